//! What stands in the way of a rule's plan, and what became of its tasks.

use adplane_core::address::Address;
use adplane_core::plan::document::PlanDocument;
use adplane_core::plan::{Action, Fields, Reason, beyond};
use adplane_engine::execute::ApplyReport;
use adplane_engine::rules::outcome::{Came, Executed};
use adplane_engine::rules::{Task, TaskWrite};
use adplane_engine::state::StateDir;
use jiff::Timestamp;

/// What stands in the way of a plan.
pub(in crate::pipeline) enum Obstacle {
    /// It may pass.
    Wait(String),
    /// It does not.
    Never(String),
    /// Something else counts instead.
    Outweighed(String),
    /// A policy says no.
    Denied(String),
    /// Somebody must approve it.
    Unapproved(String),
}

/// What of a plan keeps it from being what the tasks are about, and nothing else.
pub(in crate::pipeline) fn obstacle(document: &PlanDocument, fields: &Fields) -> Option<Obstacle> {
    let touched = |address: &Address| fields.contains_key(address);
    let blocked =
        document.changes.iter().find(|change| change.action == Action::Blocked && touched(&change.address));
    let reasons =
        blocked.into_iter().flat_map(|change| change.reasons.iter().map(move |reason| (change, reason)));
    for (change, reason) in reasons {
        let Reason::Blocked(blocked) = reason else { continue };
        let why = format!("{}: {}", change.address.short(), blocked.why);
        let passes = matches!(blocked.code.as_str(), "account-not-read" | "account-differs");
        return Some(if passes { Obstacle::Wait(why) } else { Obstacle::Never(why) });
    }
    let address = beyond(document, fields)?;
    Some(Obstacle::Wait(format!(
        "the plan would change more of {} than is to be moved: run `adplane apply` first",
        address.short()
    )))
}

/// A plan that was carried out.
pub(super) struct Done<'a> {
    pub(super) document: &'a PlanDocument,
    pub(super) report: &'a ApplyReport,
    pub(super) started: Timestamp,
}

impl Done<'_> {
    pub(super) fn came(&self, task: &Task) -> Came {
        let executed = Executed { document: self.document, results: &self.report.results };
        // The plan is of all that the task moves: what it does not write was live.
        Came::of(task, &[executed], |_, _| None)
    }

    /// What the apply log says was sent of it.
    pub(super) fn writes(&self, task: &Task, state: &StateDir) -> Vec<TaskWrite> {
        let Ok(chain) = state.apply_log().read() else { return Vec::new() };
        TaskWrite::sent(&chain.lines, self.started, |plan, address, _| {
            plan == self.document.hash && task.intent.claims().any(|(object, _)| object == address)
        })
    }
}
