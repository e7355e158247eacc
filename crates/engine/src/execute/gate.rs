//! What may be written now: asked at the start, before every wave, and right before every batch.
//!
//! Time passes while a plan is applied. A freeze window that closes midway holds back the rest, with the
//! executor's own clock, and so does somebody who pulls the kill switch meanwhile.

use adplane_core::freeze;
use adplane_core::plan::{Change, Plan, Step, lowers_spend};

use super::{ExecuteError, Execution};
use crate::state::{Intent, Pauses, StateError};

/// Answers for one instant.
pub(super) struct Gate<'a> {
    plan: &'a Plan,
    windows: freeze::Gate<'a>,
    pauses: Result<Pauses, StateError>,
    intent: Intent,
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
