//! Overlays that Adplane keeps beside a project of files.

use std::collections::BTreeSet;

use adplane_core::desired::Desired;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::overlay::{Overlay, Standing, Target, settle};
use adplane_core::plan::document::PlanDocument;
use adplane_engine::state::StateDir;
use jiff::Timestamp;

use super::Prepared;
use crate::error::Failure;

/// Adds what rules put in force to what the YAML overrides. Where that cannot be read, nothing can be planned.
pub(super) fn take_up(desired: &mut Desired, state: &StateDir) -> Option<Diagnostic> {
    match state.overrides().all() {
        Ok(kept) => {
            desired.overlays.given.extend(kept);
            None
        }
        Err(error) => Some(Diagnostic::error("overrides-unreadable", error.to_string())),
    }
}

/// Puts in force what is kept by now: somebody may have changed it since the YAML was loaded.
pub(crate) fn retake(prepared: &mut Prepared, now: Timestamp) -> Result<(), Failure> {
    let kept = prepared.state().overrides().all()?;
    let overlays = &mut prepared.desired.overlays;
    overlays.given.retain(|overlay| overlay.origin.is_some());
    overlays.given.extend(kept);
    settle(&mut prepared.desired, now);
    Ok(())
}

/// Forgets overlays that count no more, once their fields are as git has them: until then a plan says why they return.
pub(super) fn forget(prepared: &Prepared, document: &PlanDocument) -> Result<(), Failure> {
    let overrides = prepared.state().overrides();
    let kept = |overlay: &Overlay| overlay.origin.is_none();
    let overlays = &prepared.desired.overlays;
    for settled in overlays.settled.iter().filter(|settled| kept(&settled.overlay)) {
        let path = settled.overlay.setting.path();
        let pending =
            document.changes.iter().filter(|change| change.address == settled.address).any(|change| {
                change.fields.iter().any(|field| field.path == path && field.before != field.after)
            });
        if matches!(settled.standing, Standing::Ended(_)) && !pending {
            overrides.remove(&settled.overlay)?;
        }
    }
    if prepared.desired.complete {
        let objects = prepared.desired.accounts.values().flat_map(|account| account.objects.keys());
        let known: BTreeSet<Target> = objects.map(Target::of).collect();
        for stray in overlays.given.iter().filter(|overlay| kept(overlay) && !known.contains(&overlay.object))
        {
            overrides.remove(stray)?;
        }
    }
    Ok(())
}
