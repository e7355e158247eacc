//! Drift of a project of files: the engine's, with the project's rules and local state.

use adplane_core::diagnostic::Diagnostic;
use adplane_core::observed::Observed;
use adplane_core::plan::Plan;
use adplane_core::plan::document::{DocumentDrift, DriftRules, DriftSide, PlanDocument};
use adplane_engine::drift::{self, Ground};
use adplane_engine::execute::ApplyReport;
use adplane_engine::state::{LastWritten, StateDir};
use adplane_manifest::load::Project;

use super::{Connected, Prepared, overlays};
use crate::args::PlanFlags;
use crate::error::Failure;
use crate::ui::Ui;

pub(super) use drift::agreed;
pub(crate) use drift::ignored;
pub(crate) use drift::{alerted, differences, with_outcome};

/// What the project wants done about drift.
pub(crate) fn rules(project: &Project) -> DriftRules {
    project
        .settings
        .drift
        .as_ref()
        .map(adplane_manifest::api::project::DriftSettings::rules)
        .unwrap_or_default()
}

/// Fields that were managed and are not any more, with what they stay at.
pub(super) fn unmanaged(prepared: &Prepared, plan: &Plan, observed: &Observed) -> Vec<Diagnostic> {
    drift::unmanaged(&prepared.desired, &prepared.former, plan, observed)
}

/// What applies wrote last; nothing where the log cannot be read.
fn last_written(state: &StateDir) -> LastWritten {
    state.apply_log().read().map(|chain| chain.last_written()).unwrap_or_default()
}

/// What the platform's side brought about, or may have.
pub(crate) fn find(document: &PlanDocument, prepared: &Prepared) -> Vec<DocumentDrift> {
    let state = prepared.state();
    let ground = Ground {
        desired: &prepared.desired,
        held: &prepared.held,
        rules: &rules(&prepared.loaded.project),
        applied: &state.applied(),
        bindings: &state.bindings().ids(),
        edited: &prepared.edited,
        written: &|| last_written(&state),
    };
    drift::find(document, &ground)
}

/// What somebody changed on the platforms is left alone by whoever plans after another look.
pub(crate) fn hold(prepared: &mut Prepared, connected: &Connected, observed: &Observed) {
    let everything = super::make_plan(prepared, connected, observed, &PlanFlags::default());
    let drift = find(&everything, prepared);
    prepared.held.extend(alerted(&drift));
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
    let history = super::history(connected, drift::accounts(&drift), ui).await;
    drift::name(&mut drift, &history, &prepared.desired);
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

/// Remembers what both sides agree on, as a plan of the present moment shows it, and forgets overlays that are over.
pub(crate) fn remember(prepared: &Prepared, document: &PlanDocument) -> Result<(), Failure> {
    let state = prepared.state();
    let mut applied = state.applied();
    drift::learn(&mut applied, &prepared.desired, &prepared.held, document);
    state.save_applied(&applied).map_err(Failure::from)?;
    overlays::forget(prepared, document)
}

/// Remembers what an apply brought into line.
pub(crate) fn remember_applied(
    document: &PlanDocument,
    report: &ApplyReport,
    state: &StateDir,
) -> Result<(), Failure> {
    let mut applied = state.applied();
    drift::learn_applied(&mut applied, document, report);
    state.save_applied(&applied).map_err(Failure::from)
}
