//! The order of writes: money goes down first and up last (decision 7).

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use super::action::{Action, Reason};
use super::change::{Change, FieldChange, Operation, Step, Wave};
use super::classify::{Direction, direction};
use super::input::PlanInput;
use crate::address::{Address, Kind};
use crate::desired::DeletionPolicy;
use crate::field::FieldPath;
use crate::ids::ExternalId;
use crate::schema::{Effect, KindSchema};
use crate::value::Value;

/// All writes of a plan: by wave, inside a wave parents before children; where objects go, children first,
/// because a platform refuses to touch what lies below something deleted.
pub(super) fn steps(input: &PlanInput<'_>, changes: &[Change]) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let late = created_late(input, changes);
    for (index, change) in changes.iter().enumerate() {
        let schema =
            input.schemas.get(&change.address.platform).and_then(|schema| schema.kind(change.address.kind));
        let Some(schema) = schema else { continue };
        let policy = input
            .desired
            .object(&change.address)
            .map_or(DeletionPolicy::Pause, |object| object.deletion_policy);
        steps.extend(operations(schema, change, policy).into_iter().map(|(wave, operation)| {
            let waits = wave == Wave::Create && late.contains(&change.address);
            Step { wave: if waits { Wave::CreateBelow } else { wave }, change: index, operation }
        }));
    }
    let going = |step: &Step| {
        (step.wave == Wave::Retire)
            .then(|| Reverse(changes.get(step.change).map(|change| change.address.kind)))
    };
    steps.sort_by_key(|step| (step.wave, going(step), step.change));
    steps
}

/// Objects that can only be made once their parent or their siblings have been edited, and what lies below them.
///
/// Changes are sorted by address, but an ad group's name says nothing of its campaign's, so descendants are
/// found level by level.
fn created_late<'a>(input: &PlanInput<'_>, changes: &'a [Change]) -> BTreeSet<&'a Address> {
    let settling = settling(input, changes);
    let mut late: BTreeSet<&Address> = BTreeSet::new();
    if settling.is_empty() {
        return late;
    }
    for kind in Kind::ALL {
        let made = changes.iter().filter(|change| {
            change.address.kind == kind && matches!(change.action, Action::Create | Action::Replace)
        });
        let waiting: Vec<&Address> = made
            .filter(|change| {
                change
                    .parent
                    .as_ref()
                    .is_some_and(|parent| settling.contains(parent) || late.contains(parent))
            })
            .map(|change| &change.address)
            .collect();
        late.extend(waiting);
    }
    late
}

/// Parents below which nothing new fits before this plan's edits: of their own governing fields, or of fields
/// that all their children share.
fn settling<'a>(input: &PlanInput<'_>, changes: &'a [Change]) -> BTreeSet<&'a Address> {
    let live = input.observed.accounts.values().flat_map(|account| &account.objects);
    let shared: HashMap<(Kind, &ExternalId), &[&str]> = live
        .filter(|object| !object.shared.is_empty())
        .map(|object| ((object.kind, &object.id), object.shared))
        .collect();
    let mut parents = BTreeSet::new();
    for change in changes.iter().filter(|change| matches!(change.action, Action::Update | Action::Adopt)) {
        let schema =
            input.schemas.get(&change.address.platform).and_then(|schema| schema.kind(change.address.kind));
        let Some(schema) = schema else { continue };
        if change.fields.iter().any(|field| governs(schema, field)) {
            parents.insert(&change.address);
        }
        let members = change.id.as_ref().and_then(|id| shared.get(&(change.address.kind, id)));
        let edits = |member: &&str| change.fields.iter().any(|field| field.path.as_str() == *member);
        if members.is_some_and(|members| members.iter().any(edits)) {
            parents.extend(&change.parent);
        }
    }
    parents
}

/// Whether new children must wait for the field. A budget of another amount governs nothing, one that comes
/// or goes does.
fn governs(schema: &KindSchema, field: &FieldChange) -> bool {
    let row = schema.field(field.path.as_str());
    let only_amount = row.effect == Effect::Spend && field.before.is_some() && field.after.is_some();
    row.governs_children && !only_amount
}

fn operations(schema: &KindSchema, change: &Change, policy: DeletionPolicy) -> Vec<(Wave, Operation)> {
    match change.action {
        Action::None | Action::Blocked => Vec::new(),
        Action::Create => created(change, policy),
        Action::Replace => replaced(change, policy),
        Action::Update | Action::Adopt => updated(schema, change, policy),
        Action::Delete => removed(change),
        Action::Release => vec![(Wave::Retire, Operation::Release)],
    }
}

fn enable_wave(kind: Kind) -> Wave {
    match kind {
        Kind::Ad => Wave::EnableAds,
        Kind::AdGroup => Wave::EnableAdGroups,
        Kind::Campaign | Kind::Budget => Wave::EnableCampaigns,
    }
}

fn state(change: &Change) -> Option<&str> {
    change.after("state").and_then(Value::as_text)
}

fn created(change: &Change, policy: DeletionPolicy) -> Vec<(Wave, Operation)> {
    let mut steps = vec![(Wave::Create, Operation::Create)];
    if state(change) == Some("Active") {
        steps.push((enable_wave(change.address.kind), Operation::Enable));
    }
    steps.extend(retired(change, policy));
    steps
}

fn replaced(change: &Change, policy: DeletionPolicy) -> Vec<(Wave, Operation)> {
    let mut steps = vec![(Wave::Supersede, Operation::Supersede)];
    steps.extend(created(change, policy));
    steps
}

/// Old objects are paused, and deleted only where the policy says so.
fn retired(change: &Change, policy: DeletionPolicy) -> impl Iterator<Item = (Wave, Operation)> + '_ {
    change.superseded.iter().cloned().map(move |id| {
        let operation = match policy {
            DeletionPolicy::Delete => Operation::DeleteSuperseded { id },
            DeletionPolicy::Pause | DeletionPolicy::Orphan => Operation::PauseSuperseded { id },
        };
        (Wave::Retire, operation)
    })
}

fn removed(change: &Change) -> Vec<(Wave, Operation)> {
    let policy = change.reasons.iter().find_map(|reason| match reason {
        Reason::NotInYaml { policy } => Some(*policy),
        _ => None,
    });
    let mut steps = Vec::new();
    if state(change) == Some("Paused") {
        steps.push((Wave::Lower, Operation::Pause));
    }
    if policy == Some(DeletionPolicy::Delete) {
        steps.push((Wave::Retire, Operation::Delete));
    }
    steps
}

/// Plain amounts that only go down run first; everything else of the object in one write, so that fields
/// the vendor couples (a strategy and its amount) travel together.
fn updated(schema: &KindSchema, change: &Change, policy: DeletionPolicy) -> Vec<(Wave, Operation)> {
    let mut steps = Vec::new();
    let mut lower: Vec<FieldPath> = Vec::new();
    let mut rest: Vec<FieldPath> = Vec::new();
    let mut raises = false;
    for field in change.fields.iter().filter(|field| field.path.as_str() != "state") {
        let amount = field.before.as_ref().and_then(Value::as_money).is_some()
            && field.after.as_ref().and_then(Value::as_money).is_some();
        match direction(schema, field) {
            Direction::Down if amount => lower.push(field.path.clone()),
            Direction::Up => {
                raises = true;
                rest.push(field.path.clone());
            }
            Direction::Down | Direction::Neutral => rest.push(field.path.clone()),
        }
    }
    let marks = change.action == Action::Adopt
        || change
            .reasons
            .iter()
            .any(|reason| matches!(reason, Reason::Renamed { .. } | Reason::MarkerLost | Reason::TakenOver));
    if !lower.is_empty() {
        steps.push((Wave::Lower, Operation::Update { paths: lower }));
    }
    if !rest.is_empty() || (marks && steps.is_empty()) {
        let wave = if raises { Wave::Raise } else { Wave::Edit };
        steps.push((wave, Operation::Update { paths: rest }));
    }
    match state(change) {
        Some("Active") => steps.push((enable_wave(change.address.kind), Operation::Enable)),
        Some("Paused") => steps.push((Wave::Lower, Operation::Pause)),
        _ => {}
    }
    steps.extend(retired(change, policy));
    steps
}
