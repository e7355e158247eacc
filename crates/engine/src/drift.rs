//! Drift: differences that the platform's side brought about, who did, and what is wanted about them.

mod alert;

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use adplane_core::address::{AccountKey, Address};
use adplane_core::desired::{Desired, DesiredObject};
use adplane_core::diagnostic::Diagnostic;
use adplane_core::field::{FieldOwner, FieldPath, FieldSource};
use adplane_core::ids::ExternalId;
use adplane_core::observed::{Observed, ObservedObject};
use adplane_core::plan::document::{
    ChangedBy, DocumentChange, DocumentDrift, DocumentField, DriftPolicy, DriftRules, DriftSide,
    PlanDocument, ThreeWays, encode,
};
use adplane_core::plan::{Action, Change, Held, Plan};
use adplane_core::time::Zone;

use crate::execute::{ApplyReport, ChangeResult};
use crate::history::{History, local};
use crate::port::HistoryEvent;
use crate::state::{Applied, LastWritten, Moved};

pub use alert::{alerted, is_decided};

/// What drift is judged by.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// What is wanted.
    pub desired: &'a Desired,
    /// What the plan leaves as it is.
    pub held: &'a Held,
    /// What is wanted about drift.
    pub rules: &'a DriftRules,
    /// What both sides last agreed on.
    pub applied: &'a Applied,
    /// Ids remembered from earlier applies.
    pub bindings: &'a BTreeMap<Address, ExternalId>,
    /// Fields that are known to have been edited on our side, by object.
    pub edited: &'a BTreeMap<Address, BTreeSet<FieldPath>>,
    /// Reads what applies wrote last; asked at most once.
    pub written: &'a dyn Fn() -> LastWritten,
}

/// Fields that are neither compared nor written.
pub fn ignored(desired: &Desired, rules: &DriftRules) -> Held {
    let mut held = Held::default();
    for object in objects(desired) {
        for path in object.fields.keys().chain(object.clear.keys()) {
            if rules.policy(object.address.account.as_str(), Some(path)) == DriftPolicy::Ignore {
                held.hold_field(&object.address, path);
            }
        }
    }
    held
}

fn objects(desired: &Desired) -> impl Iterator<Item = &DesiredObject> {
    desired.accounts.values().flat_map(|account| account.objects.values())
}

/// Fields that were managed when both sides last agreed.
pub fn agreed(desired: &Desired, applied: &Applied) -> BTreeMap<Address, BTreeSet<FieldPath>> {
    if applied.is_empty() {
        return BTreeMap::new();
    }
    let known = objects(desired).filter(|object| applied.knows(&object.address));
    known.map(|object| (object.address.clone(), applied.fields(&object.address).cloned().collect())).collect()
}

/// Fields that were managed and are not any more, with what they stay at.
pub fn unmanaged(
    desired: &Desired,
    former: &BTreeMap<Address, BTreeSet<FieldPath>>,
    plan: &Plan,
    observed: &Observed,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let stays = plan.changes.iter().filter(|change| {
        matches!(change.action, Action::None | Action::Update | Action::Adopt) && change.id.is_some()
    });
    for change in stays {
        let (Some(former), Some(object)) = (former.get(&change.address), desired.object(&change.address))
        else {
            continue;
        };
        let live = live_of(change, observed);
        for path in former {
            let value = live.and_then(|live| live.fields.get(path));
            let managed = object.fields.contains_key(path) || object.clear.contains_key(path);
            if let (Some(value), false, None) = (value, managed, change.field(path.as_str())) {
                found.push(no_longer_managed(object, path, &value.to_string()));
            }
        }
    }
    found
}

fn no_longer_managed(object: &DesiredObject, path: &FieldPath, value: &str) -> Diagnostic {
    let message = format!("`{path}` of {} is no longer managed: stays {value}", object.address.short());
    Diagnostic::info("no-longer-managed", message)
        .on(&object.address)
        .field(path.clone())
        .at(object.origin.as_ref())
        .hint(format!("write `clear: [{path}]` to clear it on the platform, or write the field again"))
}

fn live_of<'a>(change: &Change, observed: &'a Observed) -> Option<&'a ObservedObject> {
    let account = observed.accounts.get(&change.address.account_key())?;
    let id = change.id.as_ref()?;
    account.objects.iter().find(|object| object.kind == change.address.kind && object.id == *id)
}

/// Differences of live objects; a missing object is one difference without a field.
pub fn differences(change: &DocumentChange) -> Vec<Option<&DocumentField>> {
    match change.action {
        Action::Create => vec![None],
        Action::None | Action::Delete | Action::Release => Vec::new(),
        Action::Update | Action::Replace | Action::Adopt | Action::Blocked => {
            let compared = change.fields.iter().filter(|field| {
                field.source != FieldSource::CreateDefault && field.owner != FieldOwner::Platform
            });
            compared.filter(|field| field.before != field.after).map(Some).collect()
        }
    }
}

/// Which side of a difference has moved.
///
/// Where nobody remembers, a live value that an apply of ours wrote last is no move of the platform: that is how an
/// apply that was interrupted leaves what it had just created, paused.
fn side(
    ground: &Ground<'_>,
    written: &OnceCell<LastWritten>,
    change: &DocumentChange,
    field: Option<&DocumentField>,
) -> Moved {
    let address = &change.address;
    let Some(field) = field else {
        return if ground.applied.knows(address) { Moved::Platform } else { Moved::Yaml };
    };
    let moved = ground.applied.moved(address, &field.path, field.after.as_ref(), field.before.as_ref());
    let edited = ground.edited.get(address).is_some_and(|paths| paths.contains(&field.path));
    if moved != Moved::Unknown {
        return moved;
    }
    let ours = written.get_or_init(ground.written).get(&(address.clone(), field.path.clone()));
    if edited || ours.is_some_and(|ours| Some(ours) == field.before.as_ref()) { Moved::Yaml } else { moved }
}

/// What the platform's side brought about, or may have.
pub fn find(document: &PlanDocument, ground: &Ground<'_>) -> Vec<DocumentDrift> {
    let written = OnceCell::new();
    let mut drift: Vec<DocumentDrift> = Vec::new();
    for change in &document.changes {
        for field in differences(change) {
            let side = match side(ground, &written, change, field) {
                Moved::Yaml => continue,
                Moved::Platform => DriftSide::Platform,
                Moved::Both => DriftSide::Both,
                Moved::Unknown => DriftSide::Unknown,
            };
            let ways = field.map(ThreeWays::of);
            drift.push(DocumentDrift {
                address: change.address.clone(),
                id: change.id.clone().or_else(|| ground.bindings.get(&change.address).cloned()),
                path: field.map(|field| field.path.clone()),
                yaml: ways.as_ref().and_then(|ways| ways.yaml.clone()),
                overlay: ways.as_ref().and_then(|ways| ways.overlay.clone()),
                bounds: ways.and_then(|ways| ways.bounds),
                live: field.and_then(|field| field.before.clone()),
                origin: field.and_then(|field| field.origin.clone()).or_else(|| change.origin.clone()),
                side,
                policy: ground.rules.policy(change.address.account.as_str(), field.map(|field| &field.path)),
                reverted: change.action.writes(),
                changed_by: None,
            });
        }
    }
    drift
}

/// Names who brought it about, as far as the platforms' histories tell.
pub fn name(drift: &mut [DocumentDrift], history: &History, desired: &Desired) {
    for item in drift {
        item.changed_by = changed_by(item, history, desired);
    }
}

/// Accounts whose histories [`name`] needs.
pub fn accounts(drift: &[DocumentDrift]) -> Vec<AccountKey> {
    drift.iter().map(|item| item.address.account_key()).collect()
}

/// Drift with what a plan does about it.
pub fn with_outcome(mut drift: Vec<DocumentDrift>, document: &PlanDocument) -> Vec<DocumentDrift> {
    for item in &mut drift {
        let change = document.changes.iter().find(|change| change.address == item.address);
        item.reverted = change.is_some_and(|change| {
            let written = match &item.path {
                None => change.action == Action::Create,
                Some(path) => differences(change).into_iter().flatten().any(|field| field.path == *path),
            };
            change.action.writes() && written
        });
    }
    drift
}

fn changed_by(item: &DocumentDrift, history: &History, desired: &Desired) -> Option<ChangedBy> {
    let key = item.address.account_key();
    let event = history.last(&key, item.id.as_ref()?, item.path.as_ref())?;
    Some(told(event, &key, desired))
}

/// An event as documents tell it.
fn told(event: &HistoryEvent, account: &AccountKey, desired: &Desired) -> ChangedBy {
    let zone = desired.accounts.get(account).map(|account| account.zone.clone());
    ChangedBy {
        actor: event.actor.clone(),
        client: event.client.clone(),
        at: event.at,
        local: local(event.at, &zone.unwrap_or_else(Zone::utc)),
        what: event.what.clone(),
    }
}

/// Remembers what an apply brought into line.
pub fn learn_applied(applied: &mut Applied, document: &PlanDocument, report: &ApplyReport) {
    for change in &document.changes {
        let address = &change.address;
        if report.results.get(address) != Some(&ChangeResult::Applied) {
            continue;
        }
        match change.action {
            Action::Create | Action::Replace => applied.seen(address),
            // Of the rest of an object that was never looked at, nothing is known.
            Action::Update | Action::Adopt if applied.knows(address) => {}
            _ => continue,
        }
        let compared = change.fields.iter().filter(|field| field.source != FieldSource::CreateDefault);
        for field in compared {
            if let Some(value) = &field.after {
                applied.agree(address, &field.path, value);
            }
        }
    }
}

/// Learns what both sides agree on, as a plan of the present moment shows it.
pub fn learn(applied: &mut Applied, desired: &Desired, held: &Held, document: &PlanDocument) {
    let changes: BTreeMap<&Address, &DocumentChange> =
        document.changes.iter().map(|change| (&change.address, change)).collect();
    for object in objects(desired) {
        let address = &object.address;
        let change = changes.get(address);
        if change.is_some_and(|change| change.id.is_none()) || held.object(address) {
            continue;
        }
        let first_look = !applied.knows(address);
        applied.seen(address);
        applied.retain(address, |path| object.fields.contains_key(path));
        let fields = held.fields(address);
        for (path, field) in &object.fields {
            let compared = field.source != FieldSource::CreateDefault && field.owner != FieldOwner::Platform;
            if !compared || fields.is_some_and(|fields| fields.contains(path)) {
                continue;
            }
            let differs = change.is_some_and(|change| {
                change.fields.iter().any(|found| found.path == *path && found.before != found.after)
            });
            if !differs {
                applied.agree(address, path, &encode(&field.value));
            } else if first_look {
                applied.unsettled(address, path);
            }
        }
    }
    if desired.complete {
        applied.retain_objects(|address| desired.object(address).is_some());
    }
}
