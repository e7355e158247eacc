//! What may be written now: asked at the start, before every wave, and right before every batch.
//!
//! Time passes while a plan is applied. A freeze window that closes midway holds back the rest, with the
//! executor's own clock, and so does somebody who pulls the kill switch meanwhile.

use adplane_core::field::FieldPath;
use adplane_core::freeze;
use adplane_core::overlay::{InForce, author};
use adplane_core::plan::{Change, Operation, Plan, Step, lowers_spend};
use jiff::Timestamp;

use super::{ExecuteError, Execution};
use crate::state::{Intent, Pauses, StateError};

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
        if lowers {
            return None;
        }
        if let Some(by) = expired(change, step, self.now) {
            let author = author(by.rule.as_ref(), &by.name);
            return Some(format!("held back: what {author} decided expired {}; plan again", by.expires));
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
        Operation::Create => true,
        Operation::Update { paths } => paths.contains(path),
        _ => false,
    };
    let overlays = change.fields.iter().filter(|field| written(&field.path));
    overlays.filter_map(|field| field.owner.overlay()).find(|by| by.expires <= now)
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
