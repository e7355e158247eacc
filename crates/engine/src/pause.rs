//! The kill switch: which live objects it stops, and which of them may run again.
//!
//! Campaigns are what spends, so campaigns are what it pauses; nothing below them is touched. Only what carries this
//! project's marker is stopped, and only what was stopped and nobody changed since is restored.

use std::collections::{BTreeMap, HashSet};

use adplane_core::address::{Address, Kind};
use adplane_core::desired::{Desired, DesiredAccount};
use adplane_core::freeze::{Labels, effective_labels};
use adplane_core::ids::ExternalId;
use adplane_core::marker::Owner;
use adplane_core::observed::{Observed, ObservedAccount, ObservedObject};
use adplane_core::plan::{Target, unnamed};

use crate::state::{Pause, PauseScope, Stopped};

/// What runs in a scope.
#[derive(Debug, Default)]
pub struct Running<'a> {
    /// What is to be stopped.
    pub targets: Vec<Target<'a>>,
    /// What the record says of each of them.
    pub stopped: Vec<Stopped>,
    /// Running campaigns in the scope's accounts that are not this project's, by account.
    pub others: BTreeMap<String, usize>,
}

/// Finds every running campaign of the project in a scope.
pub fn running<'a>(
    desired: &Desired,
    owners: &[Owner],
    observed: &'a Observed,
    scopes: &[PauseScope],
) -> Running<'a> {
    let mut found = Running::default();
    for (key, account) in &observed.accounts {
        let Some(wanted) = desired.accounts.get(key) else { continue };
        let mut taken: HashSet<Address> = HashSet::new();
        let campaigns = account.objects.iter().filter(|object| object.kind == Kind::Campaign);
        for object in campaigns.filter(|object| object.is_active()) {
            let Some(marker) = object.marker.as_ref().filter(|marker| owners.contains(&marker.owner)) else {
                *found.others.entry(key.to_string()).or_default() += 1;
                continue;
            };
            let named = addressed(desired, wanted, object);
            let labels = named.as_ref().map(|(_, labels)| labels.clone()).unwrap_or_default();
            // Of two that carry one marker both are stopped, under names of their own.
            let address = named.map(|(address, _)| address).filter(|address| !taken.contains(address));
            let Some(address) = address.or_else(|| unnamed(wanted, object)) else { continue };
            if !scopes.iter().any(|scope| scope.covers(&address, Some(&labels))) {
                continue;
            }
            taken.insert(address.clone());
            found.stopped.push(Stopped {
                address: address.clone(),
                id: object.id.clone(),
                marker: marker.to_string(),
                display_name: object.display_name().to_owned(),
                as_it_was: as_it_was(account, object),
            });
            found.targets.push(Target { address, object, run: false });
        }
    }
    found
}

/// The address and labels that the YAML gives a live object, by its marker.
fn addressed(
    desired: &Desired,
    account: &DesiredAccount,
    object: &ObservedObject,
) -> Option<(Address, Labels)> {
    let key = &object.marker.as_ref()?.key;
    let campaigns = account.objects.values().filter(|wanted| wanted.address.kind == object.kind);
    let found = campaigns.into_iter().find(|wanted| wanted.identity(&account.account_id) == *key)?;
    Some((found.address.clone(), effective_labels(desired, found)))
}

/// What it costs to run a campaign: its own fields, and what decides spend below it.
fn as_it_was(account: &ObservedAccount, campaign: &ObservedObject) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let own = campaign.fields.iter().filter(|(path, _)| path.as_str() != "state");
    found.extend(own.map(|(path, value)| (path.to_string(), value.to_string())));
    let spends = |path: &str| {
        ["state", "budget", "bidding", "shared"].contains(&path.split('.').next().unwrap_or(path))
    };
    for object in &account.objects {
        let below = object.kind == Kind::AdGroup && object.parent.as_ref() == Some(&campaign.id);
        let pays = object.kind == Kind::Budget && campaign.budget.as_ref() == Some(&object.id);
        if below || pays {
            let fields = object.fields.iter().filter(|(path, _)| spends(path.as_str()));
            let named = |path| format!("{} {}: {path}", object.kind, object.id);
            found.extend(fields.map(|(path, value)| (named(path), value.to_string())));
        }
    }
    found
}

/// What may run again, and what must not.
#[derive(Debug, Default)]
pub struct Restorable<'a> {
    /// What may run again.
    pub targets: Vec<Target<'a>>,
    /// What is left as it is, and why.
    pub left: Vec<(Stopped, String)>,
    /// What another pause still covers, with the scope of that pause: it is restored with that one.
    pub kept: Vec<(Stopped, PauseScope)>,
}

/// Compares what pauses stopped with what is live.
pub fn restorable<'a>(
    desired: &Desired,
    observed: &'a Observed,
    lifted: &[Pause],
    remaining: &[Pause],
) -> Restorable<'a> {
    let mut found = Restorable::default();
    let mut seen: HashSet<&ExternalId> = HashSet::new();
    for stopped in lifted.iter().flat_map(|pause| &pause.stopped).filter(|stopped| seen.insert(&stopped.id)) {
        let labels = desired.object(&stopped.address).map(|object| effective_labels(desired, object));
        let other = remaining.iter().find(|pause| pause.scope.covers(&stopped.address, labels.as_ref()));
        if let Some(other) = other {
            found.kept.push((stopped.clone(), other.scope.clone()));
            continue;
        }
        match wanted(desired, &stopped.address).and_then(|()| unchanged(observed, stopped)) {
            Ok(object) => {
                found.targets.push(Target { address: stopped.address.clone(), object, run: true });
            }
            Err(because) => found.left.push((stopped.clone(), because)),
        }
    }
    found
}

/// Whether it is to run at all: the switch gives back what it took, and not what somebody else holds.
fn wanted(desired: &Desired, address: &Address) -> Result<(), String> {
    let state = desired.object(address).and_then(|object| object.field("state"));
    let Some(field) = state.filter(|field| field.value.as_text() != Some("Active")) else { return Ok(()) };
    Err(match field.owner.overlay() {
        Some(by) => {
            let until = by.ends().map_or_else(|| "it lets go".to_owned(), |end| end.to_string());
            format!("held by {} until {until}", by.author())
        }
        None => format!("the YAML says `state: {}`", field.value),
    })
}

fn unchanged<'a>(observed: &'a Observed, stopped: &Stopped) -> Result<&'a ObservedObject, String> {
    let account = observed.accounts.get(&stopped.address.account_key());
    let account = account.ok_or_else(|| "its account was not read".to_owned())?;
    let object =
        account.objects.iter().find(|object| object.kind == Kind::Campaign && object.id == stopped.id);
    let object = object.ok_or_else(|| "it is gone from the platform".to_owned())?;
    if object.marker.as_ref().map(ToString::to_string).as_deref() != Some(&stopped.marker) {
        return Err("it carries another marker by now".to_owned());
    }
    if object.is_active() {
        return Err("it runs already".to_owned());
    }
    let now = as_it_was(account, object);
    let paths = stopped.as_it_was.keys().chain(now.keys()).collect::<std::collections::BTreeSet<_>>();
    let differs = paths.into_iter().find_map(|path| {
        let (then, now) = (stopped.as_it_was.get(path), now.get(path));
        let shown = |value: Option<&String>| value.map_or("nothing", String::as_str).to_owned();
        (then != now).then(|| format!("{path} was changed since from {} to {}", shown(then), shown(now)))
    });
    differs.map_or(Ok(object), Err)
}

#[cfg(test)]
mod tests {
    use adplane_core::address::{AccountKey, Platform};
    use adplane_core::desired::{Connection, DeletionPolicy, DesiredObject, Management};
    use adplane_core::field::{Field, FieldOwner, Fields};
    use adplane_core::money::Currency;
    use adplane_core::overlay::Hold;
    use adplane_core::time::Zone;
    use adplane_core::value::Value;

    use super::*;

    const MARKER: &str = "abcdef.abcdefghij";

    fn account(budget: &str, state: &str) -> (AccountKey, ObservedAccount) {
        let mut campaign = ObservedObject::new(Kind::Campaign, "1".parse().unwrap());
        campaign.marker = Some(MARKER.parse().unwrap());
        campaign.fields.insert("state".into(), Value::text(state));
        let mut group = ObservedObject::new(Kind::AdGroup, "2".parse().unwrap());
        group.parent = Some("1".parse().unwrap());
        group.fields.insert("state".into(), Value::text("Active"));
        group.fields.insert("budget.daily".into(), Value::Money(budget.parse().unwrap()));
        group.fields.insert("displayName".into(), Value::text(budget));
        let objects = vec![campaign, group];
        let key = AccountKey { namespace: "default".parse().unwrap(), name: "meta-eu".parse().unwrap() };
        (key, ObservedAccount { objects, ..ObservedAccount::default() })
    }

    fn pause(then: &str, scope: PauseScope) -> Pause {
        let (_, account) = account(then, "Active");
        let stopped = Stopped {
            address: "meta/meta-eu/Campaign/default/spring".parse().unwrap(),
            id: "1".parse().unwrap(),
            marker: MARKER.into(),
            display_name: "Spring".into(),
            as_it_was: as_it_was(&account, &account.objects[0]),
        };
        Pause {
            scope,
            at: "2026-11-02T08:00:00Z".parse().unwrap(),
            by: crate::state::Actor::default(),
            reason: None,
            complete: true,
            stopped: vec![stopped],
        }
    }

    fn lift(budget: &str, state: &str, remaining: &[Pause]) -> String {
        lift_to(&Desired::default(), budget, state, remaining)
    }

    fn lift_to(desired: &Desired, budget: &str, state: &str, remaining: &[Pause]) -> String {
        let observed = Observed { accounts: [account(budget, state)].into() };
        let lifted = [pause("20.00 EUR", PauseScope::All)];
        let found = restorable(desired, &observed, &lifted, remaining);
        match (found.targets.as_slice(), found.left.as_slice(), found.kept.as_slice()) {
            ([target], [], []) => format!("run {}", target.object.id),
            ([], [(_, because)], []) => because.clone(),
            ([], [], [(_, scope)]) => format!("kept by {scope}"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn only_what_nobody_changed_runs_again() {
        assert_eq!(lift("20.00 EUR", "Paused", &[]), "run 1");
        assert_eq!(lift("20.00 EUR", "Active", &[]), "it runs already");
        assert_eq!(
            lift("90.00 EUR", "Paused", &[]),
            "AdGroup 2: budget.daily was changed since from 20.00 EUR to 90.00 EUR"
        );
    }

    /// The campaign as it is wanted: a state, and who holds it.
    fn wanting(state: &str, owner: FieldOwner) -> Desired {
        let mut object = DesiredObject::new("meta/meta-eu/Campaign/default/spring".parse().unwrap());
        let field = Field { owner, ..Field::declared(Value::text(state), None) };
        object.fields.insert("state".into(), field);
        let account = DesiredAccount {
            key: object.address.account_key(),
            platform: Platform::Meta,
            account_id: "1".parse().unwrap(),
            currency: Currency::EUR,
            zone: Zone::utc(),
            management: Management::Manage,
            deletion_policy: DeletionPolicy::Pause,
            connection: Connection::default(),
            fields: Fields::new(),
            objects: [(object.address.clone(), object)].into(),
            origin: None,
        };
        Desired { accounts: [(account.key.clone(), account)].into(), ..Desired::default() }
    }

    #[test]
    fn what_somebody_else_holds_stays() {
        let by = serde_json::json!({"name": "shop-closed", "expires": "2026-12-01T08:00:00Z"});
        let hold = Hold { written: "Active".into(), by: serde_json::from_value(by).unwrap() };
        let stopped = wanting("Paused", FieldOwner::Hold(Box::new(hold)));
        let lift = |desired: &Desired| lift_to(desired, "20.00 EUR", "Paused", &[]);
        assert_eq!(lift(&stopped), "held by override `shop-closed` until 2026-12-01T08:00:00Z");
        assert_eq!(lift(&wanting("Paused", FieldOwner::Git)), "the YAML says `state: Paused`");
        assert_eq!(lift(&wanting("Active", FieldOwner::Git)), "run 1");
    }

    #[test]
    fn what_another_pause_covers_stays() {
        let key = account("20.00 EUR", "Paused").0;
        let other = pause("20.00 EUR", PauseScope::Account(key));
        assert_eq!(lift("20.00 EUR", "Paused", &[other]), "kept by account default/meta-eu");
    }
}
