//! Drift: differences that the platform's side brought about, who did, and what the project wants done about them.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use adplane_core::address::{AccountKey, Address};
use adplane_core::desired::{Desired, DesiredObject};
use adplane_core::diagnostic::Diagnostic;
use adplane_core::field::{FieldOwner, FieldPath, FieldSource};
use adplane_core::observed::Observed;
use adplane_core::plan::document::{
    ChangedBy, DocumentChange, DocumentDrift, DocumentField, DriftPolicy, DriftSide, PlanDocument, encode,
};
use adplane_core::plan::{Action, Change, Held, Plan};
use adplane_engine::execute::{ApplyReport, ChangeResult};
use adplane_engine::history::{History, local};
use adplane_engine::port::HistoryEvent;
use adplane_engine::state::{Applied, LastWritten, Moved, StateDir};
use adplane_manifest::api::project::{DriftPolicy as Written, DriftSettings};

use super::{Connected, Prepared};
use crate::error::Failure;
use crate::ui::Ui;

/// What the project wants done about a field of an account; without a field, about a whole object.
pub(crate) fn policy(rules: &DriftSettings, account: &str, field: Option<&FieldPath>) -> DriftPolicy {
    let mut matching = rules.rules.iter().flatten().filter(|rule| {
        let path = match (&rule.field, field) {
            (None, _) => true,
            (Some(path), Some(field)) => field.is_within(path),
            (Some(_), None) => false,
        };
        path && rule.account.as_ref().is_none_or(|name| name.0 == account)
    });
    match matching.next_back().map(|rule| rule.policy).or(rules.default).unwrap_or_default() {
        Written::Revert => DriftPolicy::Revert,
        Written::Alert => DriftPolicy::Alert,
        Written::Ignore => DriftPolicy::Ignore,
    }
}

/// Fields that are neither compared nor written.
pub(super) fn ignored(desired: &Desired, rules: &DriftSettings) -> Held {
    let mut held = Held::default();
    for object in objects(desired) {
        for path in object.fields.keys().chain(object.clear.keys()) {
            if policy(rules, object.address.account.as_str(), Some(path)) == DriftPolicy::Ignore {
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
pub(super) fn agreed(desired: &Desired, applied: &Applied) -> BTreeMap<Address, BTreeSet<FieldPath>> {
    if applied.is_empty() {
        return BTreeMap::new();
    }
    let known = objects(desired).filter(|object| applied.knows(&object.address));
    known.map(|object| (object.address.clone(), applied.fields(&object.address).cloned().collect())).collect()
}

/// Fields that were managed and are not any more, with what they stay at.
pub(super) fn unmanaged(prepared: &Prepared, plan: &Plan, observed: &Observed) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let stays = plan.changes.iter().filter(|change| {
        matches!(change.action, Action::None | Action::Update | Action::Adopt) && change.id.is_some()
    });
    for change in stays {
        let (Some(former), Some(object)) =
            (prepared.former.get(&change.address), prepared.desired.object(&change.address))
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

fn live_of<'a>(
    change: &Change,
    observed: &'a Observed,
) -> Option<&'a adplane_core::observed::ObservedObject> {
    let account = observed.accounts.get(&change.address.account_key())?;
    let id = change.id.as_ref()?;
    account.objects.iter().find(|object| object.kind == change.address.kind && object.id == *id)
}

/// Differences of live objects; a missing object is one difference without a field.
pub(crate) fn differences(change: &DocumentChange) -> Vec<Option<&DocumentField>> {
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
    prepared: &Prepared,
    applied: &Applied,
    written: &OnceCell<LastWritten>,
    change: &DocumentChange,
    field: Option<&DocumentField>,
) -> Moved {
    let address = &change.address;
    let Some(field) = field else {
        return if applied.knows(address) { Moved::Platform } else { Moved::Yaml };
    };
    let moved = applied.moved(address, &field.path, field.after.as_ref(), field.before.as_ref());
    let edited = prepared.edited.get(address).is_some_and(|paths| paths.contains(&field.path));
    if moved != Moved::Unknown {
        return moved;
    }
    let written = written.get_or_init(|| last_written(prepared));
    let ours = written.get(&(address.clone(), field.path.clone()));
    if edited || ours.is_some_and(|ours| Some(ours) == field.before.as_ref()) { Moved::Yaml } else { moved }
}

/// What applies wrote last; nothing where the log cannot be read.
fn last_written(prepared: &Prepared) -> LastWritten {
    prepared.state().apply_log().read().map(|chain| chain.last_written()).unwrap_or_default()
}

/// What the platform's side brought about, or may have.
pub(crate) fn find(document: &PlanDocument, prepared: &Prepared) -> Vec<DocumentDrift> {
    let applied = prepared.state().applied();
    let bindings = prepared.state().bindings().ids();
    let rules = prepared.loaded.project.settings.drift.clone().unwrap_or_default();
    let written = OnceCell::new();
    let mut drift: Vec<DocumentDrift> = Vec::new();
    for change in &document.changes {
        for field in differences(change) {
            let side = match side(prepared, &applied, &written, change, field) {
                Moved::Yaml => continue,
                Moved::Platform => DriftSide::Platform,
                Moved::Both => DriftSide::Both,
                Moved::Unknown => DriftSide::Unknown,
            };
            drift.push(DocumentDrift {
                address: change.address.clone(),
                id: change.id.clone().or_else(|| bindings.get(&change.address).cloned()),
                path: field.map(|field| field.path.clone()),
                yaml: field.and_then(|field| field.after.clone()),
                live: field.and_then(|field| field.before.clone()),
                origin: field.and_then(|field| field.origin.clone()).or_else(|| change.origin.clone()),
                side,
                policy: policy(&rules, change.address.account.as_str(), field.map(|field| &field.path)),
                reverted: change.action.writes(),
                changed_by: None,
            });
        }
    }
    drift
}

/// Asks the platforms who brought it about.
pub(crate) async fn name(
    mut drift: Vec<DocumentDrift>,
    prepared: &Prepared,
    connected: &Connected,
    ui: &Ui,
) -> Vec<DocumentDrift> {
    if drift.is_empty() {
        return drift;
    }
    let accounts: Vec<AccountKey> = drift.iter().map(|drift| drift.address.account_key()).collect();
    let history = super::history(connected, accounts, ui).await;
    for item in &mut drift {
        item.changed_by = changed_by(item, &history, prepared);
    }
    drift
}

/// Finds drift and asks who brought it about. Where nobody remembers what both sides agreed on, only a change in the
/// platform's own history makes a difference drift.
pub(crate) async fn explain(
    document: &mut PlanDocument,
    prepared: &Prepared,
    connected: &Connected,
    ui: &Ui,
) {
    let mut drift = name(find(document, prepared), prepared, connected, ui).await;
    drift.retain(|item| item.side != DriftSide::Unknown || item.changed_by.is_some());
    document.drift = drift;
}

/// What nobody decided about: an unattended apply leaves it as it is, and says so.
pub(crate) fn alerted(drift: &[DocumentDrift]) -> Held {
    let mut held = Held::default();
    for item in drift.iter().filter(|item| item.policy == DriftPolicy::Alert) {
        match &item.path {
            Some(path) => held.hold_field(&item.address, path),
            None => held.hold_object(item.address.clone()),
        }
    }
    held
}

/// Drift with what a plan does about it.
pub(crate) fn with_outcome(mut drift: Vec<DocumentDrift>, document: &PlanDocument) -> Vec<DocumentDrift> {
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

fn changed_by(item: &DocumentDrift, history: &History, prepared: &Prepared) -> Option<ChangedBy> {
    let key = item.address.account_key();
    let event = history.last(&key, item.id.as_ref()?, item.path.as_ref())?;
    Some(told(event, &key, prepared))
}

/// An event as documents tell it.
fn told(event: &HistoryEvent, account: &AccountKey, prepared: &Prepared) -> ChangedBy {
    let zone = prepared.desired.accounts.get(account).map(|account| account.zone.clone());
    ChangedBy {
        actor: event.actor.clone(),
        client: event.client.clone(),
        at: event.at,
        local: local(event.at, &zone.unwrap_or_else(adplane_core::time::Zone::utc)),
        what: event.what.clone(),
    }
}

/// Remembers what both sides agree on, as a plan of the present moment shows it.
pub(crate) fn remember(prepared: &Prepared, document: &PlanDocument) -> Result<(), Failure> {
    let state = prepared.state();
    let mut applied = state.applied();
    learn(&mut applied, prepared, document);
    if prepared.desired.complete {
        applied.retain_objects(|address| prepared.desired.object(address).is_some());
    }
    state.save_applied(&applied).map_err(Failure::from)
}

/// Remembers what an apply brought into line.
pub(crate) fn remember_applied(
    document: &PlanDocument,
    report: &ApplyReport,
    state: &StateDir,
) -> Result<(), Failure> {
    let mut applied = state.applied();
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
    state.save_applied(&applied).map_err(Failure::from)
}

fn learn(applied: &mut Applied, prepared: &Prepared, document: &PlanDocument) {
    let changes: BTreeMap<&Address, &DocumentChange> =
        document.changes.iter().map(|change| (&change.address, change)).collect();
    for object in objects(&prepared.desired) {
        let address = &object.address;
        let change = changes.get(address);
        if change.is_some_and(|change| change.id.is_none()) || prepared.held.object(address) {
            continue;
        }
        let first_look = !applied.knows(address);
        applied.seen(address);
        applied.retain(address, |path| object.fields.contains_key(path));
        let held = prepared.held.fields(address);
        for (path, field) in &object.fields {
            let compared = field.source != FieldSource::CreateDefault && field.owner != FieldOwner::Platform;
            if !compared || held.is_some_and(|held| held.contains(path)) {
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
}
