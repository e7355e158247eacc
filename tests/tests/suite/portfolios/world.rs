//! The platforms in memory: what a plan would leave behind, by the real schemas and without any wire.

use std::collections::{BTreeMap, BTreeSet};

use adplane_core::address::{AccountKey, Address, Kind};
use adplane_core::desired::{Desired, DesiredAccount};
use adplane_core::field::FieldPath;
use adplane_core::ids::ExternalId;
use adplane_core::marker::{IdentityKey, Marker};
use adplane_core::observed::{AccountFacts, Observed, ObservedAccount, ObservedObject};
use adplane_core::plan::document::{DocumentContext, PlanDocument};
use adplane_core::plan::{Change, Operation, Plan, PlanInput, PlanOptions, check, plan};
use adplane_core::schema::{KindSchema, OnChange};
use adplane_core::value::Value;

/// Create defaults that switch something off for all reads to come: a read gives what is switched on, leaf by
/// leaf.
const NEVER_READ: [&str; 1] = ["creative.meta.degrees_of_freedom_spec"];

/// Google's ads have no name; a read knows them by the one their tracking carries.
const TRACKED_NAME: &str = "google.urlCustomParameters.aname";

/// Live objects by account.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) objects: BTreeMap<AccountKey, Vec<ObservedObject>>,
    pub(super) options: PlanOptions,
    next: u64,
}

impl Default for World {
    /// An empty world in which removals are wanted.
    fn default() -> Self {
        let options = PlanOptions { prune: true, ..PlanOptions::default() };
        Self { objects: BTreeMap::new(), options, next: 0 }
    }
}

impl World {
    /// What a read of the desired accounts gives.
    pub(super) fn observed(&self, desired: &Desired) -> Observed {
        let accounts = desired.accounts.values().map(|account| {
            let facts = AccountFacts {
                name: account.key.name.to_string(),
                currency: account.currency,
                zone: account.zone.clone(),
                inactive: None,
            };
            let objects = self.objects.get(&account.key).cloned().unwrap_or_default();
            let read = ObservedAccount { facts: Some(facts), objects, ..ObservedAccount::default() };
            (account.key.clone(), read)
        });
        Observed { accounts: accounts.collect() }
    }

    /// Plans; every plan is checked from outside.
    #[track_caller]
    pub(super) fn plan(&self, desired: &Desired) -> Plan {
        let plan = plan(&PlanInput {
            desired,
            observed: &self.observed(desired),
            schemas: &adplane_platforms::schemas(),
            options: &self.options,
            bindings: &BTreeMap::new(),
            now: "2026-11-21T00:00:00Z".parse().unwrap(),
        });
        assert_eq!(check::check(&plan), Vec::<String>::new());
        plan
    }

    /// The hash of the plan that would be made now.
    #[track_caller]
    pub(super) fn hash(&self, desired: &Desired) -> String {
        let observed = self.observed(desired);
        let plan = self.plan(desired);
        let context =
            DocumentContext { desired, observed: &observed, engine: "adplane test", approvals: None };
        PlanDocument::new(&plan, &context).hash
    }

    /// Plans and carries it out.
    #[track_caller]
    pub(super) fn converge(&mut self, desired: &Desired) {
        let plan = self.plan(desired);
        self.apply(&plan, usize::MAX);
    }

    /// Carries out the first `count` steps, as executor and platform together would.
    #[track_caller]
    pub(super) fn apply(&mut self, plan: &Plan, count: usize) {
        let mut made: BTreeMap<&Address, ExternalId> = BTreeMap::new();
        for step in plan.steps.iter().take(count) {
            let change = &plan.changes[step.change];
            let current = made.get(&change.address).or(change.id.as_ref()).cloned();
            let objects = self.objects.entry(change.address.account_key()).or_default();
            match &step.operation {
                Operation::Create => {
                    self.next += 1;
                    let id: ExternalId = format!("n{}", self.next).parse().unwrap();
                    let object = created(change, id.clone(), &made);
                    if let Some(parent) = &object.parent {
                        assert!(
                            objects.iter().any(|live| live.id == *parent),
                            "{} has no parent",
                            change.address
                        );
                    }
                    objects.push(object);
                    made.insert(&change.address, id);
                }
                Operation::Update { paths } => {
                    let object = find(objects, current.as_ref());
                    object.marker.clone_from(&change.marker);
                    for path in paths {
                        write(object, change, path, &made);
                    }
                }
                Operation::Enable => set_state(find(objects, current.as_ref()), "Active"),
                Operation::Pause => set_state(find(objects, current.as_ref()), "Paused"),
                Operation::Supersede => {
                    let marker = change.marker.clone().unwrap();
                    let superseded = Marker { owner: marker.owner, key: marker.key.superseded() };
                    find(objects, change.id.as_ref()).marker = Some(superseded);
                }
                // Its parent may have taken it along.
                Operation::PauseSuperseded { id } => {
                    for object in objects.iter_mut().filter(|object| object.id == *id) {
                        set_state(object, "Paused");
                    }
                }
                Operation::Release => find(objects, current.as_ref()).marker = None,
                Operation::Delete => delete(objects, current.as_ref().unwrap()),
                Operation::DeleteSuperseded { id } => delete(objects, id),
            }
        }
    }

    /// Every live object.
    pub(super) fn all(&self) -> impl Iterator<Item = &ObservedObject> {
        self.objects.values().flatten()
    }

    /// Wanted objects that several live ones claim to be: never any.
    pub(super) fn duplicates(&self, desired: &Desired) -> Vec<String> {
        let mut duplicates = Vec::new();
        for (account, identities) in identities(desired) {
            let mut claimed = BTreeSet::new();
            for object in self.objects.get(account).into_iter().flatten() {
                let Some(identity) = identity(object).filter(|identity| identities.contains(identity)) else {
                    continue;
                };
                if !claimed.insert(identity) {
                    duplicates.push(format!("{account} {} {}", object.kind, object.display_name()));
                }
            }
        }
        duplicates
    }

    /// Objects of ours that run though the YAML does not know them: never any once removals were applied.
    pub(super) fn strays(&self, desired: &Desired) -> Vec<String> {
        let identities = identities(desired);
        let mut strays = Vec::new();
        for (account, objects) in &self.objects {
            for object in objects.iter().filter(|object| object.is_active()) {
                let wanted = identity(object).is_none_or(|identity| identities[account].contains(&identity));
                if !wanted {
                    strays.push(format!("{account} {} {}", object.kind, object.display_name()));
                }
            }
        }
        strays
    }

    /// Adds objects that are none of ours to every account: without a marker, and with another owner's.
    pub(super) fn add_strangers(&mut self, desired: &Desired) {
        let other: Marker = "zzzzzz.aaaaaaaaaa".parse().unwrap();
        for account in desired.accounts.keys() {
            let objects = self.objects.entry(account.clone()).or_default();
            let mut parent = None;
            for kind in [Kind::Campaign, Kind::AdGroup, Kind::Ad] {
                for marker in [None, Some(other.clone())] {
                    let name = format!("stranger-{}-{}", kind, marker.is_some()).to_lowercase();
                    let mut object = ObservedObject::new(kind, name.parse().unwrap());
                    object.parent.clone_from(&parent);
                    object.marker = marker;
                    object.fields.insert("displayName".into(), Value::text(name));
                    set_state(&mut object, "Active");
                    objects.push(object);
                }
                parent = objects.last().map(|object| object.id.clone());
            }
        }
    }
}

type Identity = (Kind, IdentityKey);

fn identity(object: &ObservedObject) -> Option<Identity> {
    Some((object.kind, object.marker.as_ref()?.key.clone()))
}

fn identities(desired: &Desired) -> BTreeMap<&AccountKey, BTreeSet<Identity>> {
    let of = |account: &DesiredAccount| {
        let objects = account.objects.values();
        objects.map(|object| (object.address.kind, object.identity(&account.account_id))).collect()
    };
    desired.accounts.iter().map(|(key, account)| (key, of(account))).collect()
}

fn created(change: &Change, id: ExternalId, made: &BTreeMap<&Address, ExternalId>) -> ObservedObject {
    let mut object = ObservedObject::new(change.address.kind, id);
    object.marker.clone_from(&change.marker);
    let parent = change.parent.as_ref().and_then(|parent| made.get(parent));
    object.parent = parent.or(change.parent_id.as_ref()).cloned();
    for field in &change.fields {
        write(&mut object, change, &field.path, made);
    }
    // A shared budget has no state of its own.
    if object.kind != Kind::Budget {
        set_state(&mut object, "Paused");
    }
    object
}

/// Writes one field as a later read would give it.
fn write(
    object: &mut ObservedObject,
    change: &Change,
    path: &FieldPath,
    made: &BTreeMap<&Address, ExternalId>,
) {
    let Some(value) = change.after(path.as_str()) else {
        object.fields.remove(path);
        if path.as_str() == "budget.ref" {
            object.budget = None;
        }
        return;
    };
    let row = schema(change).field(path.as_str());
    if row.on_change == OnChange::Unreadable || NEVER_READ.contains(&path.as_str()) {
        return;
    }
    let value = if path.as_str() == "budget.ref" {
        let budget = change.budget.as_ref().and_then(|budget| made.get(budget));
        object.budget = budget.or(change.budget_id.as_ref()).cloned();
        Value::text(format!("id:{}", object.budget.as_ref().unwrap()))
    } else {
        value.clone()
    };
    if path.as_str() == TRACKED_NAME {
        object.fields.insert("displayName".into(), value.clone());
    }
    object.fields.insert(path.clone(), value);
}

fn schema(change: &Change) -> &'static KindSchema {
    adplane_platforms::schema(change.address.platform).kind(change.address.kind).unwrap()
}

#[track_caller]
fn find<'a>(objects: &'a mut [ObservedObject], id: Option<&ExternalId>) -> &'a mut ObservedObject {
    objects.iter_mut().find(|object| Some(&object.id) == id).expect("a step names a live object")
}

fn set_state(object: &mut ObservedObject, state: &str) {
    object.fields.insert("state".into(), Value::text(state));
}

/// Deletes an object and everything below it.
fn delete(objects: &mut Vec<ObservedObject>, id: &ExternalId) {
    objects.retain(|object| object.id != *id);
    while let Some(orphan) = objects.iter().position(|object| {
        object.parent.as_ref().is_some_and(|parent| !objects.iter().any(|other| other.id == *parent))
    }) {
        objects.remove(orphan);
    }
}

/// One line per pending change, for messages.
pub(super) fn pending(plan: &Plan) -> Vec<String> {
    let pending = plan.changes.iter().filter(|change| change.action != adplane_core::plan::Action::None);
    pending
        .map(|change| {
            let fields: Vec<String> = change
                .fields
                .iter()
                .filter(|field| field.before != field.after)
                .map(|field| format!(" {}: {:?} → {:?}", field.path, field.before, field.after))
                .collect();
            format!("{} {} {:?}{}", change.action, change.address.short(), change.reasons, fields.concat())
        })
        .collect()
}
