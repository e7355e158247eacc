//! What may be written now: asked at the start, before every wave, and right before every batch.
//!
//! Time passes while a plan is applied. A freeze window that closes midway holds back the rest, with the
//! executor's own clock.

use adplane_core::freeze;
use adplane_core::plan::{Change, Plan, Step, lowers_spend};

use super::{ExecuteError, Execution};

/// Answers for one instant.
pub(super) struct Gate<'a> {
    windows: freeze::Gate<'a>,
}

impl<'a> Gate<'a> {
    /// For the instant that the execution's clock shows.
    pub(super) fn now(execution: &Execution<'a>) -> Self {
        Self { windows: freeze::Gate::new(&execution.plan.plan().freezes, execution.clock.now()) }
    }

    /// Why a write must wait, as a sentence fragment.
    pub(super) fn held(&mut self, change: &Change, step: &Step) -> Option<String> {
        let lowers = lowers_spend(change, step);
        self.windows.frozen(&change.address, lowers).map(|frozen| frozen.to_string())
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
