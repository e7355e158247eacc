//! Carrying out what a pool wants: what lowers first, and nothing that raises before all of that is live.

use std::collections::{BTreeMap, BTreeSet};

use adplane_core::address::Address;
use adplane_core::field::FieldPath;
use adplane_core::overlay::settle;
use adplane_core::plan::document::PlanDocument;
use adplane_core::plan::{Fields, Held, Removals};
use adplane_engine::approve::ApprovedPlan;
use adplane_engine::execute::{ExecuteError, ready, waiting};
use adplane_engine::pools::{Move, PacedPool, PoolAction, PoolRecords, PoolStage, bring_about, foreseen};
use adplane_engine::rules::RunStore;
use adplane_engine::state::{Holder, StateError};
use jiff::Timestamp;

use crate::args::PlanFlags;
use crate::error::{Exit, Failure};
use crate::pipeline::rules::{Bridge, Ground, Obstacle, obstacle};
use crate::pipeline::{self, happenings};
use crate::settings::Settings;

/// One pool's turn.
pub(super) struct Turn<'t, 'b> {
    pub(super) bridge: &'t mut Bridge<'b>,
    pub(super) pool: &'t PacedPool,
    /// What is remembered of accounts whose writes fail; nothing where that cannot be read.
    pub(super) runs: Option<&'t mut RunStore>,
    pub(super) records: PoolRecords,
    /// The last action on each campaign.
    pub(super) known: BTreeMap<Address, PoolAction>,
    /// Those whose amount of this look counts: nothing was to be moved, or it was.
    pub(super) settled: BTreeSet<Address>,
    /// What came about in this turn.
    pub(super) actions: Vec<PoolAction>,
}

/// What keeps moves from being made, with the plan that they would have been made by.
pub(super) type Stopped = (Obstacle, PlanDocument);

/// What became of moves.
pub(super) enum Came {
    /// All of them are live.
    Live,
    /// They are in force, and not all of them are live.
    NotLive,
    /// Nothing came of them.
    Stopped(Box<Stopped>),
}

impl Turn<'_, '_> {
    /// Makes moves, as far as that may be.
    pub(super) async fn take(&mut self, wanted: Vec<Move>) -> Result<(), Failure> {
        let going = self.ready(wanted)?;
        if going.is_empty() {
            return Ok(());
        }
        let mut ground = self.bridge.take_ground();
        let outcome = self.make(going, &mut ground).await;
        self.bridge.leave_ground(ground);
        outcome
    }

    pub(super) fn now(&self) -> Timestamp {
        self.bridge.connected.clock.now()
    }

    /// Those that nothing stops beforehand.
    fn ready(&mut self, wanted: Vec<Move>) -> Result<Vec<Move>, Failure> {
        let memory = self.runs.as_ref().and_then(|runs| runs.memory().ok());
        let now = self.now();
        let mut going = Vec::new();
        let mut cuts_wait = false;
        for one in wanted {
            let broken = || match &memory {
                Some(memory) => memory.broken(&one.object.account_key(), now),
                None => (!one.lowers).then(|| NO_MEMORY.to_owned()),
            };
            match self.pool.refuses(&one).or_else(broken) {
                Some(why) => {
                    cuts_wait |= one.lowers;
                    self.wait(&one, why)?;
                }
                None if cuts_wait && !one.lowers => self.wait(&one, CUTS_FIRST.to_owned())?,
                None => going.push(one),
            }
        }
        Ok(going)
    }

    /// Cuts first: together where that can be, else each alone. Raises only once all of them are live.
    async fn make(&mut self, going: Vec<Move>, ground: &mut Ground) -> Result<(), Failure> {
        let (cuts, raises): (Vec<Move>, Vec<Move>) = going.into_iter().partition(|one| one.lowers);
        let all_live = cuts.is_empty() || self.cut(&cuts, ground).await?;
        if all_live {
            return self.raise(raises, ground).await;
        }
        raises.iter().try_for_each(|raise| self.wait(raise, CUTS_FIRST.to_owned()))
    }

    /// Whether all of them are live now.
    async fn cut(&mut self, cuts: &[Move], ground: &mut Ground) -> Result<bool, Failure> {
        match self.attempt(cuts, ground).await? {
            Came::Live => return Ok(true),
            Came::NotLive => return Ok(false),
            Came::Stopped(_) => {}
        }
        let mut all_live = true;
        for cut in cuts {
            let alone = std::slice::from_ref(cut);
            match self.attempt(alone, ground).await? {
                Came::Live => {}
                Came::NotLive => all_live = false,
                Came::Stopped(stopped) => {
                    all_live = false;
                    self.hold(alone, *stopped)?;
                }
            }
        }
        Ok(all_live)
    }

    /// What is stopped by itself waits by itself. All others are one plan: several small raises are one large one to those
    /// who approve it and to policies.
    async fn raise(&mut self, raises: Vec<Move>, ground: &mut Ground) -> Result<(), Failure> {
        let mut going = Vec::new();
        for raise in raises {
            let alone = std::slice::from_ref(&raise);
            let (document, fields) = self.plan(alone, ground);
            match self.stopped(alone, ground, &document, &fields) {
                Some(obstacle) => self.hold(alone, (obstacle, document))?,
                None => going.push(raise),
            }
        }
        if !going.is_empty()
            && let Came::Stopped(stopped) = self.attempt(&going, ground).await?
        {
            self.hold(&going, *stopped)?;
        }
        Ok(())
    }

    /// Puts moves in force and writes them, unless something stands in the way: then nothing came of them.
    async fn attempt(&mut self, group: &[Move], ground: &mut Ground) -> Result<Came, Failure> {
        let (document, fields) = self.plan(group, ground);
        let stopped = self.stopped(group, ground, &document, &fields);
        let approved = match stopped.map_or_else(|| self.bridge.judge(&document), Err) {
            Ok(approved) => approved,
            Err(obstacle) => return Ok(Came::Stopped(Box::new((obstacle, document)))),
        };
        self.put(group, ground)?;
        if document.steps.is_empty() {
            self.settle(group, None)
        } else {
            self.write(group, &document, &approved).await
        }
    }

    /// What stands in the way of a plan before anybody is asked about it.
    fn stopped(
        &self,
        group: &[Move],
        ground: &Ground,
        document: &PlanDocument,
        fields: &Fields,
    ) -> Option<Obstacle> {
        let known = drifted(ground, fields).or_else(|| self.outweighed(group));
        known.or_else(|| obstacle(document, fields)).or_else(|| self.held_back(document))
    }

    /// Why nothing of a plan would be sent now. What only waits must not be in force meanwhile.
    fn held_back(&self, document: &PlanDocument) -> Option<Obstacle> {
        let (state, clock) = (self.bridge.prepared.state(), self.bridge.connected.clock);
        let holder = Holder::here(&Settings::actor(state.project()), &document.hash, clock.now());
        if let Err(error) = ready(&state, clock, &holder) {
            return Some(Obstacle::Wait(error.to_string()));
        }
        match document.to_plan() {
            Ok(plan) => {
                let waits = waiting(&plan, &state, clock.now());
                (!waits.is_empty()).then(|| Obstacle::Wait(waits.join("; ")))
            }
            Err(error) => Some(Obstacle::Wait(error.to_string())),
        }
    }

    /// The plan of exactly these fields, as if the moves had been made.
    fn plan(&mut self, group: &[Move], ground: &Ground) -> (PlanDocument, Fields) {
        let now = self.now();
        let mut fields = Fields::new();
        for one in group {
            one.add_fields(&mut fields);
        }
        let prepared = &mut *self.bridge.prepared;
        prepared.desired.overlays.given = foreseen(&ground.given, group);
        settle(&mut prepared.desired, now);
        let mut held = Held::all_but(&prepared.desired, &fields);
        held.extend(ground.held.clone());
        prepared.held = held;
        prepared.removals = Some(Removals::default());
        let bridge = &*self.bridge;
        let flags = PlanFlags::default();
        (pipeline::make_plan(bridge.prepared, bridge.connected, bridge.observed, &flags), fields)
    }

    /// Why a move would not be what counts. Asked after [`Self::plan`].
    fn outweighed(&self, group: &[Move]) -> Option<Obstacle> {
        let desired = &self.bridge.prepared.desired;
        let mut puts = group.iter().flat_map(|one| &one.put);
        puts.find_map(|overlay| overlay.outweighed(desired)).map(Obstacle::Outweighed)
    }

    /// Moves that cannot be made; people are told once where they can do something about it.
    fn hold(&mut self, group: &[Move], (obstacle, document): Stopped) -> Result<(), Failure> {
        let document = &document;
        let (asks, why) = match obstacle {
            Obstacle::Wait(why) | Obstacle::Never(why) | Obstacle::Outweighed(why) => (None, why),
            Obstacle::Denied(why) => (Some(Exit::Denied), why),
            Obstacle::Unapproved(missing) => {
                let file = self.bridge.plan_file(document);
                pipeline::save_plan(document, &file)?;
                let seen = file.strip_prefix(&self.bridge.settings.cwd).unwrap_or(&file).display();
                let why = format!("its plan waits for an approval ({missing}): `adplane approve {seen}`");
                (Some(Exit::Unapproved), why)
            }
        };
        let is_new = || group.iter().any(|one| self.action(one).why.as_ref() != Some(&why));
        if let Some(exit) = asks.filter(|_| is_new()) {
            let failure = Failure::new(exit, why.clone());
            self.bridge.notices.keep(happenings::not_applied(document, &failure));
        }
        group.iter().try_for_each(|one| self.wait(one, why.clone()))
    }

    /// Puts overlays on disk: recorded and remembered first, so that no crash leaves one of which nobody knows.
    fn put(&mut self, group: &[Move], ground: &mut Ground) -> Result<(), Failure> {
        let (state, now) = (self.bridge.prepared.state(), self.now());
        let mut decided: Vec<PoolAction> = group.iter().map(|one| self.action(one)).collect();
        for (action, one) in decided.iter_mut().zip(group).filter(|(action, _)| !action.stage.is_open()) {
            action.because.clone_from(&one.because);
            (action.at, action.writes) = (now, Vec::new());
            action.now(PoolStage::Decided, None, now);
        }
        self.record(&decided)?;
        // A raise counts from here on, a cut once it is live.
        let raises = group.iter().filter(|one| !one.lowers);
        self.settled.extend(raises.map(|one| one.object.clone()));
        self.pool.remember(&state, |object| self.settled.contains(object))?;
        for one in group {
            bring_about(&one.put, &one.take_back, &state)?;
        }
        ground.given = foreseen(&ground.given, group);
        Ok(())
    }

    async fn write(
        &mut self,
        group: &[Move],
        document: &PlanDocument,
        approved: &ApprovedPlan,
    ) -> Result<Came, Failure> {
        let author = format!("pool {}/{}", self.pool.pool.namespace, self.pool.pool.name);
        match self.bridge.execute(author, document, approved).await {
            Ok(report) => {
                pipeline::remember_applied(document, &report, &self.bridge.prepared.state())?;
                self.bridge.notices.keep(happenings::executed(document, &report));
                self.learn(&report)?;
                self.settle(group, Some(&report))
            }
            Err(ExecuteError::Interrupted) => Err(Failure::new(
                Exit::Interrupted,
                "interrupted before any write; what pools give is in force and comes with the next run",
            )),
            Err(error) => {
                self.tell(document, &error);
                self.stays(group, &error.to_string())?;
                Ok(Came::NotLive)
            }
        }
    }

    /// What the executor refuses is told where it is trouble, and not where it passes by itself.
    fn tell(&self, document: &PlanDocument, error: &ExecuteError) {
        let passes = matches!(
            error,
            ExecuteError::State(StateError::Locked { .. }) | ExecuteError::Stale(_) | ExecuteError::Held(_)
        );
        if !passes {
            let failure = Failure::new(Exit::Error, error.to_string());
            self.bridge.notices.keep(happenings::not_applied(document, &failure));
        }
    }
}

/// Why a raise waits for cuts: otherwise more than the day's money would be given meanwhile.
const CUTS_FIRST: &str = "what lowers another campaign of the pool is not live yet";

/// Why a raise waits where nobody knows which accounts are to be left alone.
const NO_MEMORY: &str = "what rules remember of accounts cannot be read (`.adplane/rules/live.db`)";

/// A field that was moved on the platform, or that the drift policy leaves alone there.
fn drifted(ground: &Ground, fields: &Fields) -> Option<Obstacle> {
    let is_held = |address: &Address, path: &FieldPath| {
        ground.held.object(address) || ground.held.fields(address).is_some_and(|paths| paths.contains(path))
    };
    let mut each = fields.iter().flat_map(|(address, paths)| paths.iter().map(move |path| (address, path)));
    let (address, path) = each.find(|(address, path)| is_held(address, path))?;
    let why = format!(
        "`{path}` of {} was changed on the platform, and the drift policy leaves it as it is there",
        address.short()
    );
    Some(Obstacle::Never(why))
}
