//! Sending what automation decided: its plan is judged like everybody's, and the one executor carries it out.

use adplane_core::plan::document::PlanDocument;
use adplane_engine::approve::{ApprovedPlan, Unapproved, approve_with};
use adplane_engine::assets::PlannedAssets;
use adplane_engine::execute::{ApplyReport, ExecuteError, Execution, RunInfo, execute};
use adplane_engine::state::{Actor, Intent, StateError};

use super::Bridge;
use super::outcome::Obstacle;
use crate::error::{Exit, Failure};
use crate::pipeline::{self, Interrupt, happenings, people};
use crate::settings::Settings;

impl Bridge<'_> {
    /// The plan as approved, or what stands in its way.
    pub(in crate::pipeline) fn judge(&self, document: &PlanDocument) -> Result<ApprovedPlan, Obstacle> {
        let file = self.plan_file(document);
        let project = Some(&self.prepared.loaded.project);
        let sources = people::sources(project, Some(&file), self.approvals, self.settings);
        approve_with(document, sources, self.connected.clock.now()).map_err(|error| match error {
            Unapproved::Denied { rule, message } => {
                Obstacle::Denied(format!("policy `{rule}` denies it: {message}"))
            }
            Unapproved::Missing(judgement) => Obstacle::Unapproved(judgement.missing().join("; ")),
            other => Obstacle::Wait(other.to_string()),
        })
    }

    /// Carries a plan out in the name of who decided it.
    pub(in crate::pipeline) async fn execute(
        &self,
        author: String,
        document: &PlanDocument,
        approved: &ApprovedPlan,
    ) -> Result<ApplyReport, ExecuteError> {
        let state = self.prepared.state();
        let run = RunInfo {
            intent: Intent::Apply,
            actor: Actor { automation: Some(author), git: None, ..Settings::actor(state.project()) },
            engine: pipeline::ENGINE.to_owned(),
            project: document.project.clone(),
            policy: document.approvals.clone(),
        };
        let interrupt = Interrupt::watch();
        let progress = self.ui.apply_progress(document.steps.len());
        execute(&Execution {
            plan: approved,
            adapters: &self.connected.adapters,
            requests: &pipeline::requests(&self.prepared.desired),
            assets: &PlannedAssets::new(document.assets.clone(), self.settings.cwd.clone()),
            state: &state,
            clock: self.connected.clock,
            run: &run,
            progress: &progress,
            interrupted: &move || interrupt.is_raised(),
        })
        .await
    }

    /// Tells what the executor refused, where it is trouble: how a command of its own would have ended by it.
    pub(in crate::pipeline) fn not_sent(
        &self,
        document: &PlanDocument,
        error: &ExecuteError,
    ) -> Option<Exit> {
        let exit = trouble(error)?;
        let failure = Failure::new(exit, error.to_string());
        self.notices.keep(happenings::not_applied(document, &failure));
        Some(exit)
    }
}

/// What the executor refuses is trouble where it does not pass by itself.
fn trouble(error: &ExecuteError) -> Option<Exit> {
    match error {
        ExecuteError::State(StateError::Locked { .. })
        | ExecuteError::Stale(_)
        | ExecuteError::Held(_)
        | ExecuteError::Interrupted => None,
        ExecuteError::Unapproved(_) => Some(Exit::Unapproved),
        ExecuteError::Unreadable(_) | ExecuteError::State(_) | ExecuteError::ClockWentBack { .. } => {
            Some(Exit::Error)
        }
    }
}

#[cfg(test)]
mod tests {
    use adplane_engine::approve::Unapproved;

    use super::*;

    #[test]
    fn what_passes_by_itself_is_no_trouble() {
        let lapsed = Unapproved::Unsound("its approvals hold no more".to_owned());
        for (error, told) in [
            (ExecuteError::Interrupted, None),
            (ExecuteError::Stale(Vec::new()), None),
            (ExecuteError::Held(Vec::new()), None),
            (ExecuteError::Unapproved(lapsed), Some(Exit::Unapproved)),
            (ExecuteError::Unreadable("no answer".to_owned()), Some(Exit::Error)),
            (ExecuteError::State(StateError::Pool("rain.json".into())), Some(Exit::Error)),
        ] {
            assert_eq!(trouble(&error), told, "{error}");
        }
    }
}
