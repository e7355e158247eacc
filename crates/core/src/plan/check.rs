//! Looks at a plan from outside: what must hold of every plan, whatever the input.
//!
//! Planner tests and properties run it on every plan they make; `apply` runs it before the first write.

use std::collections::{BTreeMap, BTreeSet};

use super::{Action, Operation, Plan, Precondition, Wave};
use crate::address::Kind;
use crate::value::Value;

/// Rules that the plan breaks, as sentences; empty for a sound plan.
pub fn check(plan: &Plan) -> Vec<String> {
    let mut broken = Vec::new();
    addresses_are_unique(plan, &mut broken);
    steps_fit_their_changes(plan, &mut broken);
    waves_are_ordered(plan, &mut broken);
    creates_are_guarded(plan, &mut broken);
    parents_come_first(plan, &mut broken);
    broken
}

fn addresses_are_unique(plan: &Plan, broken: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    for change in &plan.changes {
        if !seen.insert(&change.address) {
            broken.push(format!("{} appears twice", change.address));
        }
    }
}

fn steps_fit_their_changes(plan: &Plan, broken: &mut Vec<String>) {
    let mut stepped = BTreeSet::new();
    for step in &plan.steps {
        let Some(change) = plan.changes.get(step.change) else {
            broken.push(format!("a step names change {}, which does not exist", step.change));
            continue;
        };
        stepped.insert(step.change);
        let allowed = match change.action {
            Action::None | Action::Blocked => false,
            Action::Create => matches!(
                step.operation,
                Operation::Create
                    | Operation::Enable
                    | Operation::PauseSuperseded { .. }
                    | Operation::DeleteSuperseded { .. }
            ),
            Action::Release => step.operation == Operation::Release,
            Action::Delete => matches!(step.operation, Operation::Pause | Operation::Delete),
            Action::Update | Action::Adopt => {
                !matches!(step.operation, Operation::Create | Operation::Delete | Operation::Release)
            }
            Action::Replace => !matches!(step.operation, Operation::Update { .. } | Operation::Delete),
        };
        if !allowed {
            broken.push(format!(
                "{} is `{}` but has a step {:?}",
                change.address, change.action, step.operation
            ));
        }
        if let Operation::Update { paths } = &step.operation {
            for path in paths.iter().filter(|path| change.field(path.as_str()).is_none()) {
                broken.push(format!("{}: a step writes `{path}`, which does not change", change.address));
            }
        }
        let wants_active = change.after("state").and_then(Value::as_text) == Some("Active");
        if step.operation == Operation::Enable && !wants_active {
            broken.push(format!("{} is enabled though nobody asked for it", change.address));
        }
    }
    for (index, change) in plan.changes.iter().enumerate() {
        if change.action.writes() && !stepped.contains(&index) {
            broken.push(format!("{} is `{}` but has no step", change.address, change.action));
        }
        if change.action.writes() != change.class.is_some() {
            broken.push(format!("{} is `{}` with class {:?}", change.address, change.action, change.class));
        }
    }
}

fn waves_are_ordered(plan: &Plan, broken: &mut Vec<String>) {
    if !plan.steps.is_sorted_by_key(|step| step.wave) {
        broken.push("steps are not in the order of their waves".into());
    }
    for step in &plan.steps {
        let fits = match step.operation {
            Operation::Create => matches!(step.wave, Wave::Create | Wave::CreateBelow),
            Operation::Supersede => step.wave == Wave::Supersede,
            Operation::Enable => {
                matches!(step.wave, Wave::EnableAds | Wave::EnableAdGroups | Wave::EnableCampaigns)
            }
            Operation::Pause => step.wave == Wave::Lower,
            Operation::Update { .. } => matches!(step.wave, Wave::Lower | Wave::Edit | Wave::Raise),
            Operation::PauseSuperseded { .. }
            | Operation::DeleteSuperseded { .. }
            | Operation::Release
            | Operation::Delete => step.wave == Wave::Retire,
        };
        if !fits {
            broken.push(format!("a step {:?} runs in wave {:?}", step.operation, step.wave));
        }
    }
}

/// No create without proof of absence, no other write without proof that the object is the one observed.
fn creates_are_guarded(plan: &Plan, broken: &mut Vec<String>) {
    for change in &plan.changes {
        let guarded = match change.action {
            Action::None | Action::Blocked => true,
            Action::Create => {
                change.preconditions.iter().any(|guard| matches!(guard, Precondition::Absent { .. }))
            }
            Action::Update | Action::Replace | Action::Delete | Action::Adopt | Action::Release => {
                change.preconditions.iter().any(|guard| matches!(guard, Precondition::Marker { .. }))
            }
        };
        if !guarded {
            broken.push(format!("{} is `{}` without a precondition", change.address, change.action));
        }
    }
}

fn parents_come_first(plan: &Plan, broken: &mut Vec<String>) {
    let created: BTreeMap<_, _> = plan
        .steps
        .iter()
        .enumerate()
        .filter(|(_, step)| step.operation == Operation::Create)
        .filter_map(|(order, step)| Some((&plan.changes.get(step.change)?.address, order)))
        .collect();
    for (address, order) in &created {
        let Some(change) = plan.changes.iter().find(|change| change.address == **address) else { continue };
        let parent_ready = match &change.parent {
            None => change.address.kind == Kind::Campaign || change.address.kind == Kind::Budget,
            Some(parent) => {
                change.parent_id.is_some() || created.get(parent).is_some_and(|parent| parent < order)
            }
        };
        if !parent_ready {
            broken.push(format!("{address} is created before its parent"));
        }
    }
}
