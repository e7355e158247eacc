//! Carrying out what a pool wants: what lowers first, and nothing that raises before all of that is live.

use std::collections::{BTreeMap, BTreeSet};

use adplane_core::address::Address;
use adplane_core::overlay::settle;
use adplane_core::plan::document::PlanDocument;
use adplane_core::plan::{Fields, Held, Removals};
use adplane_core::rules::Memory;
use adplane_engine::approve::ApprovedPlan;
use adplane_engine::execute::{ExecuteError, ready, waiting};
use adplane_engine::pools::{Move, PacedPool, PoolAction, PoolRecords, PoolStage, bring_about, foreseen};
use adplane_engine::rules::RunStore;
use adplane_engine::state::Holder;
use jiff::Timestamp;

use crate::args::PlanFlags;
use crate::error::{Exit, Failure};
use crate::pipeline::rules::{Bridge, Ground, Obstacle, held, obstacle};
use crate::pipeline::{self, Interrupt, happenings};
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
    /// Those of whom this look's values are on disk, live or not.
    pub(super) in_force: BTreeSet<Address>,
    /// Those that have come to be live in this turn: of them the look saw what was before.
    pub(super) live: BTreeSet<Address>,
    /// The first of which a cut is not live.
    pub(super) left: Option<Address>,
    /// What came about in this turn.
    pub(super) actions: Vec<PoolAction>,
    /// Whether a write failed.
    pub(super) failed: bool,
}

/// What keeps moves from being made, with the plan that they would have been made by.
pub(super) type Stopped = (Obstacle, PlanDocument);

/// What became of moves.
pub(super) enum Came {
    /// They are in force, and what is live of them is known.
    About,
    /// Nothing came of them.
    Stopped(Box<Stopped>),
}

impl Turn<'_, '_> {
    /// Makes moves, as far as that may be.
    pub(super) async fn take(&mut self, wanted: Vec<Move>) -> Result<(), Failure> {
        let going = self.ready(wanted)?;
        let Some(first) = going.first() else { return Ok(()) };
        if let Some(why) = self.closed(first) {
            return self.leave(&going, &why);
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
        for one in wanted {
            match self.pool.refuses(&one).or_else(|| broken(memory.as_ref(), &one, now)) {
                Some(why) => self.wait(&one, &why)?,
                None => going.push(one),
            }
        }
        Ok(going)
    }

    /// Why nothing may be written now, whatever it is: another apply runs, or the clock lies behind the apply log. What only
    /// waits must not be in force meanwhile.
    fn closed(&self, first: &Move) -> Option<String> {
        let (state, clock) = (self.bridge.prepared.state(), self.bridge.connected.clock);
        let holder = Holder::here(&Settings::actor(state.project()), &first.id, clock.now());
        ready(&state, clock, &holder).err().map(|error| error.to_string())
    }

    /// Cuts first, and raises only once no campaign of the pool has more than it gets.
    async fn make(&mut self, going: Vec<Move>, ground: &mut Ground) -> Result<(), Failure> {
        let (cuts, raises): (Vec<Move>, Vec<Move>) = going.into_iter().partition(|one| one.lowers);
        self.cut(&cuts, ground).await?;
        match self.cuts_first() {
            None => self.raise(&raises, ground).await,
            Some(why) => self.leave(&raises, &why),
        }
    }

    /// Why raises wait: more than the day's money would be given meanwhile. What was settled by an earlier look is no proof
    /// that it is live, and neither is that nothing is to be moved.
    fn cuts_first(&self) -> Option<String> {
        let above = self.left.as_ref().or_else(|| self.pool.above(|object| self.live.contains(object)))?;
        Some(format!("what lowers {} is not live yet", above.short()))
    }

    /// Together where that can be, else each alone.
    async fn cut(&mut self, cuts: &[Move], ground: &mut Ground) -> Result<(), Failure> {
        if cuts.is_empty() || matches!(self.attempt(cuts, ground).await?, Came::About) {
            return Ok(());
        }
        for cut in cuts {
            let alone = std::slice::from_ref(cut);
            if let Came::Stopped(stopped) = self.attempt(alone, ground).await? {
                self.hold(alone, *stopped)?;
            }
        }
        Ok(())
    }

    /// One plan: several small raises are one large one to those who approve it and to policies. What is stopped by itself
    /// waits by itself.
    async fn raise(&mut self, raises: &[Move], ground: &mut Ground) -> Result<(), Failure> {
        if raises.is_empty() {
            return Ok(());
        }
        let Came::Stopped(stopped) = self.attempt(raises, ground).await? else { return Ok(()) };
        let going = if raises.len() == 1 { raises.to_vec() } else { self.sift(raises, ground)? };
        if going.len() == raises.len() {
            return self.hold(raises, *stopped);
        }
        if !going.is_empty()
            && let Came::Stopped(stopped) = self.attempt(&going, ground).await?
        {
            self.hold(&going, *stopped)?;
        }
        Ok(())
    }

    /// Those that nothing stops by themselves.
    fn sift(&mut self, raises: &[Move], ground: &Ground) -> Result<Vec<Move>, Failure> {
        let mut going = Vec::new();
        for raise in raises {
            let alone = std::slice::from_ref(raise);
            let (document, fields) = self.plan(alone, ground);
            match self.stopped(alone, ground, &document, &fields) {
                Some(obstacle) => self.hold(alone, (obstacle, document))?,
                None => going.push(raise.clone()),
            }
        }
        Ok(going)
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
            self.settle(group, None)?;
        } else {
            self.write(group, &document, &approved).await?;
        }
        Ok(Came::About)
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

    /// Why nothing of a plan would be sent now.
    fn held_back(&self, document: &PlanDocument) -> Option<Obstacle> {
        match document.to_plan() {
            Ok(plan) => {
                let waits = waiting(&plan, &self.bridge.prepared.state(), self.now());
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
        group.iter().try_for_each(|one| self.wait(one, &why))
    }

    /// Puts overlays on disk: recorded and remembered first, so that no crash leaves one of which nobody knows.
    fn put(&mut self, group: &[Move], ground: &mut Ground) -> Result<(), Failure> {
        // The executor would stop before its first write, and this would count meanwhile.
        Interrupt::watch().stops_here()?;
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
        self.in_force.extend(group.iter().map(|one| one.object.clone()));
        ground.given = foreseen(&ground.given, group);
        Ok(())
    }

    async fn write(
        &mut self,
        group: &[Move],
        document: &PlanDocument,
        approved: &ApprovedPlan,
    ) -> Result<(), Failure> {
        let author = format!("pool {}/{}", self.pool.pool.namespace, self.pool.pool.name);
        match self.bridge.execute(author, document, approved).await {
            Ok(report) => {
                pipeline::remember_applied(document, &report, &self.bridge.prepared.state())?;
                self.bridge.notices.keep(happenings::executed(document, &report));
                self.learn(&report)?;
                self.settle(group, Some((document, &report)))
            }
            Err(ExecuteError::Interrupted) => Err(Failure::new(
                Exit::Interrupted,
                "interrupted before any write; what pools give is in force and comes with the next run",
            )),
            Err(error) => {
                let trouble = self.bridge.not_sent(document, &error);
                self.failed |= trouble.is_some_and(|exit| exit != Exit::Unapproved);
                self.stays(group, &error.to_string())
            }
        }
    }
}

/// Why a raise waits where nobody knows which accounts are to be left alone.
const NO_MEMORY: &str = "what rules and pools remember of accounts cannot be read (`.adplane/rules/live.db`)";

/// Why an account is left alone. Not by what pauses: money that is used up is worth a request that may fail.
fn broken(memory: Option<&Memory>, one: &Move, now: Timestamp) -> Option<String> {
    match memory {
        _ if one.pauses => None,
        Some(memory) => memory.broken(&one.object.account_key(), now),
        None => (!one.lowers).then(|| NO_MEMORY.to_owned()),
    }
}

/// A field that was moved on the platform, or that the drift policy leaves alone there.
fn drifted(ground: &Ground, fields: &Fields) -> Option<Obstacle> {
    let (address, path) = held(&ground.held, fields)?;
    let why = format!(
        "`{path}` of {} was changed on the platform, and the drift policy leaves it as it is there",
        address.short()
    );
    Some(Obstacle::Never(why))
}
