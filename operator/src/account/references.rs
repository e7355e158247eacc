//! Which live objects refer to the same budget or creative: what these delivered is the sum of them.

use std::collections::{BTreeMap, BTreeSet};

use adplane_core::address::{Address, Kind};
use adplane_core::desired::Desired;
use adplane_core::ids::ExternalId;
use adplane_core::observed::ObservedAccount;
use adplane_core::plan::{Change, Plan, Reason};
use adplane_manifest::load::DocumentKind;

use super::lower::{pool_of, resource_of};
use crate::cache::ResourceKey;
use crate::delivered::{References, Referring};

/// The references of an account's objects; `ids` are the live ids of what is wanted, of none where nobody can tell it now.
///
/// Who draws on a shared budget is read from the platform, where campaigns may draw on it that nobody wrote.
pub(super) fn references<'p>(
    desired: &Desired,
    live: &ObservedAccount,
    ids: impl Iterator<Item = (&'p Address, Option<&'p ExternalId>)>,
) -> References {
    let mut found = References::new();
    let mut drawing: BTreeMap<&ExternalId, Vec<&ExternalId>> = BTreeMap::new();
    for object in live.objects.iter().filter(|object| object.kind == Kind::Campaign) {
        if let Some(budget) = &object.budget {
            drawing.entry(budget).or_default().push(&object.id);
        }
    }
    for (address, id) in ids {
        match address.kind {
            Kind::Budget => {
                let Some(id) = id else {
                    add(&mut found, resource_of(address), Kind::Campaign, None);
                    continue;
                };
                for campaign in drawing.get(id).into_iter().flatten() {
                    add(&mut found, resource_of(address), Kind::Campaign, Some(campaign));
                }
            }
            Kind::Campaign => {
                if let Some(pool) = desired.object(address).and_then(pool_of) {
                    add(&mut found, pool, Kind::Campaign, id);
                }
            }
            Kind::Ad => {
                let creative = desired.object(address).and_then(|ad| ad.creative.as_deref());
                if let Some(name) = creative {
                    let key = ResourceKey::new(DocumentKind::Creative, address.namespace.as_str(), name);
                    add(&mut found, key, Kind::Ad, id);
                }
            }
            Kind::AdGroup => {}
        }
    }
    found
}

fn add(found: &mut References, key: ResourceKey, level: Kind, id: Option<&ExternalId>) {
    let new = || Referring { level, ids: BTreeSet::new(), is_whole: true };
    let referring = found.entry(key).or_insert_with(new);
    match id {
        Some(id) => drop(referring.ids.insert(id.clone())),
        None => referring.is_whole = false,
    }
}

/// The live ids of what a plan is about, as far as anything tells them: where the whole account is blocked no change has
/// one, and those of earlier applies are asked.
pub(super) fn ids<'p>(
    plan: &'p Plan,
    remembered: &'p BTreeMap<Address, ExternalId>,
) -> impl Iterator<Item = (&'p Address, Option<&'p ExternalId>)> {
    plan.changes.iter().filter_map(|change| match &change.id {
        None if is_unread(change) => Some((&change.address, remembered.get(&change.address))),
        None => None,
        id => Some((&change.address, id.as_ref())),
    })
}

/// Whether a change is blocked since nothing of its account can be told.
fn is_unread(change: &Change) -> bool {
    let mut reasons = change.reasons.iter();
    reasons.any(|reason| {
        matches!(reason, Reason::Blocked(blocked) if matches!(blocked.code.as_str(), "account-not-read" | "account-differs"))
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use adplane_core::observed::{AccountFacts, Observed, ObservedObject};
    use adplane_core::plan::{PlanInput, PlanOptions};
    use adplane_manifest::load::from_resources;
    use serde_json::{Value, json};

    use super::*;

    fn id(text: &str) -> ExternalId {
        ExternalId::new(text).unwrap()
    }

    fn document(kind: &str, name: &str, spec: &Value) -> (Arc<str>, Value) {
        let metadata = json!({"name": name, "namespace": "growth"});
        let document =
            json!({"apiVersion": "adplane.io/v1alpha1", "kind": kind, "metadata": metadata, "spec": spec});
        (format!("{kind}/growth/{name}").into(), document)
    }

    /// A shared budget, a campaign on it and one on a pool, and ads of which two show one creative.
    fn desired() -> Desired {
        let account = json!({
            "platform": "Google", "accountId": "1234567890", "currency": "EUR", "timeZone": "Europe/Madrid",
            "credentials": {"env": "G"},
        });
        let campaign = |budget: &str| json!({"account": "google-es", "type": "Search", "state": "Paused", "budget": {"ref": budget}});
        let ad = |name: &str, creative: &str| json!({"name": name, "creative": creative});
        let group = json!({"campaign": "sale", "state": "Paused", "ads": [ad("one", "hero"), ad("two", "hero"), ad("three", "rest")]});
        let creative =
            json!({"headlines": ["Walk further"], "landingPage": "https://www.shop.example/boots"});
        let documents = [
            document("AdAccount", "google-es", &account),
            document("Budget", "shared", &json!({"shared": {"account": "google-es", "daily": "50.00 EUR"}})),
            document("Budget", "month", &json!({"pool": {"monthly": "900.00 EUR"}})),
            document("Campaign", "sale", &campaign("shared")),
            document("Campaign", "paced", &campaign("month")),
            document("AdGroup", "boots", &group),
            document("Creative", "hero", &creative),
            document("Creative", "rest", &creative),
        ];
        adplane_manifest::lower(&from_resources(documents)).desired
    }

    #[test]
    fn budgets_have_the_campaigns_that_draw_on_them_and_creatives_the_ads_that_show_them() {
        let desired = desired();
        let account = desired.accounts.values().next().unwrap();
        let campaign = |name: &str, budget: Option<&str>| {
            let mut object = ObservedObject::new(Kind::Campaign, id(name));
            object.budget = budget.map(id);
            object
        };
        let objects = vec![
            campaign("Campaign-sale", Some("Budget-shared")),
            campaign("nobodys", Some("Budget-shared")),
            campaign("another", Some("B9")),
            campaign("Campaign-paced", None),
        ];
        let live = ObservedAccount { objects, ..ObservedAccount::default() };
        // Of what is not live nobody knows an id.
        let ids: BTreeMap<Address, ExternalId> = account
            .objects
            .keys()
            .filter(|address| address.ad.as_ref().is_none_or(|ad| ad.as_str() != "three"))
            .map(|address| {
                (address.clone(), id(&format!("{}-{}", address.kind.word(), address.local_name())))
            })
            .collect();
        let found = references(&desired, &live, ids.iter().map(|(address, id)| (address, Some(id))));
        assert!(found.values().all(|referring| referring.is_whole));
        let told: Vec<(String, Vec<String>)> = found
            .iter()
            .map(|(key, referring)| {
                (key.to_string(), referring.ids.iter().map(ToString::to_string).collect::<Vec<_>>())
            })
            .collect();
        let expected = [
            ("Creative/growth/hero", vec!["Ad-boots/one", "Ad-boots/two"]),
            ("Budget/growth/month", vec!["Campaign-paced"]),
            ("Budget/growth/shared", vec!["Campaign-sale", "nobodys"]),
        ];
        assert_eq!(
            told,
            expected.map(|(key, ids)| (key.to_owned(), ids.iter().map(ToString::to_string).collect()))
        );
    }

    #[test]
    fn of_an_account_that_is_blocked_ids_of_before_count_and_the_rest_is_not_known() {
        let desired = desired();
        let (options, account) = (PlanOptions::default(), desired.accounts.values().next().unwrap());
        let facts = AccountFacts {
            name: "shop".to_owned(),
            currency: "USD".parse().unwrap(),
            zone: account.zone.clone(),
            inactive: None,
        };
        let live = ObservedAccount { facts: Some(facts), ..ObservedAccount::default() };
        let observed = Observed { accounts: [(account.key.clone(), live.clone())].into() };
        let plan = adplane_core::plan::plan(&PlanInput {
            desired: &desired,
            observed: &observed,
            schemas: &adplane_platforms::schemas(),
            options: &options,
            bindings: &BTreeMap::new(),
            now: "2026-11-20T10:00:00Z".parse().unwrap(),
        });
        assert!(plan.changes.iter().all(|change| change.id.is_none()));
        // Both ads of one creative were applied before, and nothing else.
        let remembered: BTreeMap<Address, ExternalId> = account
            .objects
            .keys()
            .filter(|address| address.ad.as_ref().is_some_and(|ad| ad.as_str() != "three"))
            .map(|address| (address.clone(), id(&address.local_name())))
            .collect();
        let found = references(&desired, &live, super::ids(&plan, &remembered));
        let told: Vec<(String, usize, bool)> =
            found.iter().map(|(key, one)| (key.to_string(), one.ids.len(), one.is_whole)).collect();
        let expected = [
            ("Creative/growth/hero", 2, true),
            ("Creative/growth/rest", 0, false),
            ("Budget/growth/month", 0, false),
            ("Budget/growth/shared", 0, false),
        ];
        assert_eq!(told, expected.map(|(key, many, whole)| (key.to_owned(), many, whole)));
    }
}
