//! Sending what automation decided: its plan is judged like everybody's, and the one executor carries it out.

use adplane_core::plan::document::PlanDocument;
use adplane_engine::approve::{ApprovedPlan, Unapproved, approve_with};
use adplane_engine::assets::PlannedAssets;
use adplane_engine::execute::{ApplyReport, ExecuteError, Execution, RunInfo, execute};
use adplane_engine::state::{Actor, Intent};

use super::Bridge;
use super::outcome::Obstacle;
use crate::pipeline::{self, Interrupt, people};
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
}
