//! What a pass does by itself after what git wants: rules that are due, and budget pools.

use adplane_core::observed::Observed;
use adplane_engine::metrics::store::MetricStore;

use super::follow;
use super::pass::Daemon;
use crate::error::{Exit, Failure};
use crate::pipeline::notices::Notices;
use crate::pipeline::rules::{self, Bridge};
use crate::pipeline::{self, Connected, Interrupt, Prepared, happenings, metrics};

/// What rules and pools of a pass work with.
struct Desk<'d> {
    connected: &'d Connected,
    /// What is live, as long as nothing was written since.
    seen: Option<&'d Observed>,
    numbers: &'d dyn MetricStore,
    notices: &'d Notices<'d>,
}

/// What failed of rules and pools: told as it comes, and the first of it kept for who runs a single pass.
struct Troubles<'n> {
    notices: &'n Notices<'n>,
    first: Option<Failure>,
}

impl Troubles<'_> {
    fn tell(&mut self, what: &str, failure: Failure) {
        let causes = failure.causes.join(": ");
        tracing::error!(target: "adplane_run", causes, "{what}: {}", failure.message);
        self.notices.keep(happenings::failed(&failure));
        self.keep(failure);
    }

    fn keep(&mut self, failure: Failure) {
        self.first.get_or_insert(failure);
    }

    /// Ends where somebody asked to stop; anything else is told, and what does not rest on it goes on.
    fn goes_on<T>(&mut self, what: &str, came: Result<T, Failure>) -> Result<Option<T>, Failure> {
        match came {
            Ok(came) => Ok(Some(came)),
            Err(failure) if failure.exit == Exit::Interrupted => Err(failure),
            Err(failure) => {
                self.tell(what, failure);
                Ok(None)
            }
        }
    }
}

impl Daemon<'_> {
    /// Rules and pools, on what is live and known by now. They wait for nobody who must approve a commit, and what fails
    /// of them fails no pass: the next one takes up what is open. `seen` is what is live, where nothing was written since.
    ///
    /// # Errors
    /// The first thing that failed; it was told.
    pub(super) async fn automate(
        &self,
        prepared: &mut Prepared,
        connected: &Connected,
        seen: Option<&Observed>,
    ) -> Result<(), Failure> {
        let Some(notices) = &self.notices else { return Ok(()) };
        let mut troubles = Troubles { notices, first: None };
        match self.work_on(prepared, connected, seen, &mut troubles).await {
            Err(failure) if failure.exit == Exit::Interrupted => return Err(failure),
            Err(failure) => troubles.tell("rules and pools were not run", failure),
            Ok(()) => {}
        }
        troubles.first.map_or(Ok(()), Err)
    }

    async fn work_on(
        &self,
        prepared: &mut Prepared,
        connected: &Connected,
        seen: Option<&Observed>,
        troubles: &mut Troubles<'_>,
    ) -> Result<(), Failure> {
        // Pools are paced whatever becomes of rules.
        let due = rules::is_anything_due(prepared, connected);
        let due = troubles.goes_on("rules were not run", due)?.unwrap_or(false);
        if !due && prepared.pools.is_empty() {
            return Ok(());
        }
        Interrupt::watch().stops_here()?;
        rules::require_whole(prepared)?;
        let numbers = metrics::open(prepared).await?;
        metrics::refresh(prepared, connected, numbers.as_ref()).await?;
        pipeline::retake(prepared, connected.clock.now())?;
        let mut desk = Desk { connected, seen, numbers: numbers.as_ref(), notices: troubles.notices };
        if due {
            // Whatever becomes of them, they may have written: what was seen before is old from here on.
            desk.seen = None;
            self.run_rules(prepared, &desk, troubles).await?;
        }
        // What a rule has paused draws nothing, and its part is for the others: pools go after rules.
        if prepared.pools.is_empty() {
            return Ok(());
        }
        Interrupt::watch().stops_here()?;
        self.pace_pools(prepared, &desk, troubles).await
    }

    async fn run_rules(
        &self,
        prepared: &mut Prepared,
        desk: &Desk<'_>,
        troubles: &mut Troubles<'_>,
    ) -> Result<(), Failure> {
        let observed = pipeline::observe_all(prepared, desk.connected, self.ui).await;
        let ticked = self.bridge(prepared, desk, &observed).tick().await;
        if let Some(ticked) = troubles.goes_on("rules were not run", ticked)? {
            follow::ticked(&ticked);
            if ticked.carried.failed {
                troubles.keep(Failure::error("a write of a rule failed; the next pass tries it again"));
            }
        }
        Ok(())
    }

    async fn pace_pools(
        &self,
        prepared: &mut Prepared,
        desk: &Desk<'_>,
        troubles: &mut Troubles<'_>,
    ) -> Result<(), Failure> {
        let fresh = match desk.seen {
            Some(_) => None,
            None => Some(pipeline::observe_all(prepared, desk.connected, self.ui).await),
        };
        if let Some(fresh) = &fresh {
            pipeline::hold_drift(prepared, desk.connected, fresh);
        }
        let Some(observed) = fresh.as_ref().or(desk.seen) else { return Ok(()) };
        let paced = self.bridge(prepared, desk, observed).pace().await;
        for mut one in troubles.goes_on("pools were not paced", paced)?.unwrap_or_default() {
            follow::paced(&one);
            if let Some(failure) = one.failed.take() {
                troubles.tell("a pool was not paced", failure);
            }
            if one.unwritten {
                troubles.keep(Failure::error("a write of a pool failed; the next pass tries it again"));
            }
        }
        Ok(())
    }

    fn bridge<'b>(
        &'b self,
        prepared: &'b mut Prepared,
        desk: &Desk<'b>,
        observed: &'b Observed,
    ) -> Bridge<'b> {
        let plans = self.plans(prepared);
        Bridge {
            prepared,
            connected: desk.connected,
            observed,
            numbers: desk.numbers,
            approvals: &self.args.approvals,
            plans,
            notices: desk.notices,
            settings: self.settings,
            ui: self.ui,
        }
    }
}
