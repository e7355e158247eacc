//! What may be written now: asked at the start, before every wave, and right before every batch.
//!
//! Time passes while a plan is applied. A freeze window that closes midway holds back the rest, with the
//! executor's own clock, and so does somebody who pulls the kill switch meanwhile.

use adplane_core::field::FieldPath;
use adplane_core::freeze;
use adplane_core::overlay::{InForce, STATE};
use adplane_core::plan::{Change, Operation, Plan, Step, lowers_spend};
use jiff::Timestamp;

use super::{ExecuteError, Execution};
use crate::state::{Intent, Pauses, StateDir, StateError};

/// Answers for one instant.
pub(super) struct Gate<'a> {
    plan: &'a Plan,
    windows: freeze::Gate<'a>,
    pauses: Result<Pauses, StateError>,
    intent: Intent,
    now: Timestamp,
}

impl<'a> Gate<'a> {
    /// For the instant that the execution's clock shows.
    pub(super) fn now(execution: &Execution<'a>) -> Self {
        let plan = execution.plan.plan();
        let intent = execution.run.intent;
        Self {
            plan,
            windows: freeze::Gate::new(&plan.freezes, execution.clock.now()),
            // Stopping and restoring what was stopped are the switch itself.
            pauses: if intent == Intent::Apply { execution.state.pauses() } else { Ok(Pauses::default()) },
            intent,
            now: execution.clock.now(),
        }
    }

    /// Why a write must wait, as a sentence fragment.
    pub(super) fn held(&mut self, change: &Change, step: &Step) -> Option<String> {
        if self.intent == Intent::Pause {
            return None;
        }
        let lowers = lowers_spend(change, step);
        if let Some(frozen) = self.windows.frozen(&change.address, lowers) {
            return Some(frozen.to_string());
        }
        // Also where it spends less: nobody wants that any more.
        if let Some(by) = expired(change, step, self.now) {
            let author = by.author();
            return Some(format!("held back: what {author} decided expired {}; plan again", by.expires));
        }
        if lowers {
            return None;
        }
        match &self.pauses {
            // What cannot be read may say anything: nothing that spends is written.
            Err(error) => Some(format!("held back: {error}")),
            Ok(pauses) => {
                let pause = pauses.covering(&change.address, self.plan.labels.get(&change.address))?;
                Some(format!("held back: {pause}"))
            }
        }
    }
}

/// The overlay that a step would write although its time is over: a plan that was saved outlives what it rests on.
fn expired<'c>(change: &'c Change, step: &Step, now: Timestamp) -> Option<&'c InForce> {
    let written = |path: &FieldPath| match &step.operation {
        // The first step of a replacement decides about the whole of it.
        Operation::Create | Operation::Supersede => true,
        Operation::Update { paths } => paths.contains(path),
        Operation::Pause => path.as_str() == STATE,
        Operation::Enable
        | Operation::PauseSuperseded { .. }
        | Operation::Release
        | Operation::Delete
        | Operation::DeleteSuperseded { .. } => false,
    };
    let overlays = change.fields.iter().filter(|field| written(&field.path));
    overlays.filter_map(|field| field.owner.overlay()).find(|by| by.expires <= now)
}

/// Why steps of a plan would have to wait, were it carried out at this instant; nothing where all of it may be sent.
///
/// For those that put something in force before they write it: what would only wait must not count meanwhile.
pub fn waiting(plan: &Plan, state: &StateDir, now: Timestamp) -> Vec<String> {
    let windows = freeze::Gate::new(&plan.freezes, now);
    let mut gate = Gate { plan, windows, pauses: state.pauses(), intent: Intent::Apply, now };
    let mut reasons = Vec::new();
    for step in &plan.steps {
        let change = &plan.changes[step.change];
        reasons.extend(
            gate.held(change, step).map(|because| format!("{} is {because}", change.address.short())),
        );
    }
    reasons.dedup();
    reasons
}

/// Refuses a plan of which nothing may be written now; one of which a part may is let in, and `held` holds the rest.
pub(super) fn start(execution: &Execution<'_>, plan: &Plan) -> Result<(), ExecuteError> {
    let mut gate = Gate::now(execution);
    let mut reasons = Vec::new();
    for step in &plan.steps {
        let change = &plan.changes[step.change];
        let Some(because) = gate.held(change, step) else { return Ok(()) };
        reasons.push(format!("{} is {because}", change.address.short()));
    }
    reasons.dedup();
    if reasons.is_empty() { Ok(()) } else { Err(ExecuteError::Held(reasons)) }
}

#[cfg(test)]
mod tests {
    use adplane_core::field::{Field, FieldOwner};
    use adplane_core::overlay::{Hold, STATE};
    use adplane_core::plan::{Action, FieldChange, Wave};
    use adplane_core::value::Value;

    use super::*;

    /// A change of a state that somebody holds until eight.
    fn held() -> Change {
        let by = serde_json::json!({"name": "shop-closed", "expires": "2026-03-01T08:00:00Z"});
        let hold = Hold { written: "Active".into(), by: serde_json::from_value(by).unwrap() };
        let field = Field::declared(Value::text("Paused"), None);
        Change {
            address: "meta/shop/Campaign/default/sale".parse().unwrap(),
            display_name: "Sale".into(),
            action: Action::Update,
            class: None,
            id: None,
            superseded: Vec::new(),
            parent: None,
            parent_id: None,
            budget: None,
            budget_id: None,
            marker: None,
            fields: vec![FieldChange {
                path: STATE.into(),
                before: Some(Value::text("Active")),
                after: Some(field.value),
                origin: None,
                source: field.source,
                owner: FieldOwner::Hold(Box::new(hold)),
                immutable: false,
                resets_learning: None,
                needs_review: None,
            }],
            reasons: Vec::new(),
            preconditions: Vec::new(),
            origin: None,
        }
    }

    #[test]
    fn no_step_writes_what_nobody_wants_any_more() {
        let change = held();
        let old = || "1".parse().unwrap();
        for (operation, writes) in [
            (Operation::Create, true),
            (Operation::Supersede, true),
            (Operation::Update { paths: vec![STATE.into()] }, true),
            (Operation::Update { paths: vec!["budget.daily".into()] }, false),
            (Operation::Pause, true),
            (Operation::Enable, false),
            (Operation::PauseSuperseded { id: old() }, false),
            (Operation::DeleteSuperseded { id: old() }, false),
            (Operation::Release, false),
            (Operation::Delete, false),
        ] {
            let step = Step { wave: Wave::Lower, change: 0, operation };
            let at = |time: &str| expired(&change, &step, time.parse().unwrap()).is_some();
            assert!(!at("2026-03-01T07:59:59Z"), "{step:?}");
            assert_eq!(at("2026-03-01T08:00:00Z"), writes, "{step:?}");
        }
    }
}
