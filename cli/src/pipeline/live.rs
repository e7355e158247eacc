//! Live objects as people look at them: with their address, their parents' names and the worst review below.

use std::collections::HashMap;

use adplane_core::address::{AccountKey, Address, Kind};
use adplane_core::desired::{Desired, DesiredAccount};
use adplane_core::ids::ExternalId;
use adplane_core::observed::{Observed, ObservedAccount, ObservedObject, Review};
use adplane_core::value::Value;

/// Whose a live object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ownership {
    /// It carries a marker of this project.
    Ours,
    /// It carries somebody else's marker.
    Theirs,
    /// It carries none.
    Nobodys,
}

impl Ownership {
    /// The word in tables.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Theirs => "another's",
            Self::Nobodys => "",
        }
    }
}

/// One live object with what is known of it.
pub(crate) struct LiveObject<'a> {
    pub(crate) account: &'a AccountKey,
    pub(crate) object: &'a ObservedObject,
    /// Its address, when the YAML describes it.
    pub(crate) address: Option<&'a Address>,
    pub(crate) ownership: Ownership,
    /// Its own review, of parents the worst below them.
    pub(crate) review: Option<Review>,
}

impl LiveObject<'_> {
    /// Its name in the YAML, else what people see on the platform.
    pub(crate) fn name(&self) -> String {
        self.address.map_or_else(|| self.object.display_name().to_owned(), Address::local_name)
    }

    /// `20.00 EUR a day`, `500.00 EUR in all`; empty when it holds none.
    pub(crate) fn budget(&self) -> String {
        let amount = |path: &str| self.object.value(path).and_then(Value::as_money);
        if let Some(daily) = amount("budget.daily").or_else(|| amount("shared.daily")) {
            format!("{daily}/day")
        } else if let Some(total) = amount("budget.total") {
            format!("{total} total")
        } else if self.object.budget.is_some() {
            "shared".into()
        } else {
            String::new()
        }
    }
}

/// All live objects of all accounts, by account, kind and name.
pub(crate) fn live<'a>(desired: &'a Desired, observed: &'a Observed) -> Vec<LiveObject<'a>> {
    let mut found = Vec::new();
    for (key, account) in &observed.accounts {
        let wanted = desired.accounts.get(key);
        let addresses = wanted.map(addresses).unwrap_or_default();
        let reviews = worst_reviews(account);
        for object in &account.objects {
            let marker = object.marker.as_ref();
            let ours = marker.filter(|marker| {
                Some(&marker.owner) == desired.owner().as_ref()
                    || desired.previous_owners.contains(&marker.owner)
            });
            let by_marker =
                ours.and_then(|marker| addresses.0.get(&(object.kind, marker.key.as_str().to_owned())));
            let address = by_marker.or_else(|| addresses.1.get(&(object.kind, &object.id))).copied();
            found.push(LiveObject {
                account: key,
                object,
                address,
                ownership: match (ours, marker) {
                    (Some(_), _) => Ownership::Ours,
                    (None, Some(_)) => Ownership::Theirs,
                    (None, None) => Ownership::Nobodys,
                },
                review: reviews.get(&object.id).copied(),
            });
        }
    }
    found.sort_by_cached_key(|live| (live.account.clone(), live.object.kind, live.name()));
    found
}

type Addresses<'a> = (HashMap<(Kind, String), &'a Address>, HashMap<(Kind, &'a ExternalId), &'a Address>);

fn addresses(account: &DesiredAccount) -> Addresses<'_> {
    let mut found: Addresses<'_> = (HashMap::new(), HashMap::new());
    for object in account.objects.values() {
        let key = object.identity(&account.account_id).as_str().to_owned();
        found.0.insert((object.address.kind, key), &object.address);
        if let Some(id) = &object.external_id {
            found.1.insert((object.address.kind, id), &object.address);
        }
    }
    found
}

/// Review is a property of ads; a parent shows the worst of its children.
fn worst_reviews(account: &ObservedAccount) -> HashMap<&ExternalId, Review> {
    let parents: HashMap<&ExternalId, &ExternalId> =
        account.objects.iter().filter_map(|object| Some((&object.id, object.parent.as_ref()?))).collect();
    let mut worst: HashMap<&ExternalId, Review> = HashMap::new();
    for object in &account.objects {
        let Some(review) = object.status.review else { continue };
        let mut next = Some(&object.id);
        while let Some(id) = next {
            let entry = worst.entry(id).or_insert(review);
            *entry = (*entry).max(review);
            next = parents.get(id).copied();
        }
    }
    worst
}
