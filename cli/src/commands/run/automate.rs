//! What a pass does by itself after what git wants: rules that are due, and budget pools.

use adplane_core::observed::Observed;
use adplane_engine::metrics::store::MetricStore;

use super::follow;
use super::pass::Daemon;
use crate::args::PlanFlags;
use crate::error::Failure;
use crate::pipeline::notices::Notices;
use crate::pipeline::rules::{self, Bridge};
use crate::pipeline::{self, Connected, Prepared, happenings, metrics};

impl Daemon<'_> {
    /// Rules and pools, on what is live and known by now. They wait for nobody who must approve a commit, and what fails
    /// of them fails no pass: the next one takes up what is open. `seen` is what is live, where nothing was written since.
    pub(super) async fn automate(
        &self,
        prepared: &mut Prepared,
        connected: &Connected,
        seen: Option<&Observed>,
    ) {
        let Some(notices) = &self.notices else { return };
        if let Err(failure) = self.work_on(prepared, connected, seen, notices).await {
            failed("rules and pools were not run", &failure, notices);
        }
    }

    async fn work_on(
        &self,
        prepared: &mut Prepared,
        connected: &Connected,
        seen: Option<&Observed>,
        notices: &Notices<'_>,
    ) -> Result<(), Failure> {
        // Pools are paced whatever becomes of rules.
        let due = rules::is_anything_due(prepared, connected).unwrap_or_else(|failure| {
            failed("rules were not run", &failure, notices);
            false
        });
        if !due && prepared.pools.is_empty() {
            return Ok(());
        }
        rules::require_whole(prepared)?;
        let numbers = metrics::open(prepared).await?;
        metrics::refresh(prepared, connected, numbers.as_ref()).await?;
        pipeline::retake(prepared, connected.clock.now())?;
        let mut acted = false;
        if due {
            let observed = pipeline::observe_all(prepared, connected, self.ui).await;
            let mut bridge = self.bridge(prepared, connected, &observed, numbers.as_ref(), notices);
            match bridge.tick().await {
                Ok(ticked) => {
                    acted = true;
                    follow::ticked(&ticked);
                }
                Err(failure) => failed("rules were not run", &failure, notices),
            }
        }
        // What a rule has paused draws nothing, and its part is for the others: pools go after rules.
        if !prepared.pools.is_empty() {
            let fresh = match seen.filter(|_| !acted) {
                Some(_) => None,
                None => Some(pipeline::observe_all(prepared, connected, self.ui).await),
            };
            let Some(observed) = fresh.as_ref().or(seen) else { return Ok(()) };
            if fresh.is_some() {
                hold_drift(prepared, connected, observed);
            }
            let mut bridge = self.bridge(prepared, connected, observed, numbers.as_ref(), notices);
            match bridge.pace().await {
                Ok(paced) => {
                    for one in &paced {
                        follow::paced(one);
                        if let Some(failure) = &one.failed {
                            failed("a pool was not paced", failure, notices);
                        }
                    }
                }
                Err(failure) => failed("pools were not paced", &failure, notices),
            }
        }
        Ok(())
    }

    fn bridge<'b>(
        &'b self,
        prepared: &'b mut Prepared,
        connected: &'b Connected,
        observed: &'b Observed,
        numbers: &'b dyn MetricStore,
        notices: &'b Notices<'_>,
    ) -> Bridge<'b> {
        let plans = self.plans(prepared);
        Bridge {
            prepared,
            connected,
            observed,
            numbers,
            approvals: &self.args.approvals,
            plans,
            notices,
            settings: self.settings,
            ui: self.ui,
        }
    }
}

/// What somebody changed on the platforms since the pass looked first is left alone as well.
fn hold_drift(prepared: &mut Prepared, connected: &Connected, observed: &Observed) {
    let everything = pipeline::make_plan(prepared, connected, observed, &PlanFlags::default());
    let drift = pipeline::find_drift(&everything, prepared);
    prepared.held.extend(pipeline::alerted(&drift));
}

fn failed(what: &str, failure: &Failure, notices: &Notices<'_>) {
    tracing::error!(target: "adplane_run", causes = failure.causes.join(": "), "{what}: {}", failure.message);
    notices.keep(happenings::failed(failure));
}
