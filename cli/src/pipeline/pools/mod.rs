//! Budget pools on live accounts: working out what each campaign gets now, and bringing that to the platforms.
//!
//! ```text
//! pace ──moves──> plan of these fields ──> gates ──record──> overlays on disk ──execute──> record: which requests
//! ```
//!
//! The amounts are those of `adplane budgets`. They take the way of what rules decide: a plan of exactly the fields that
//! are moved, the same judges, the one executor. What is recorded before it is in force, and what is in force counts for
//! every plan, so that being cut off anywhere does nothing twice and loses nothing. `carry` writes, `note` records, `tell`
//! tells people.

mod carry;
mod note;
mod tell;

use std::collections::{BTreeMap, BTreeSet};

use adplane_core::address::Address;
use adplane_engine::pools::{Move, PacedPool, PoolAction, PoolRecords, PoolStage, World, pace};
use adplane_engine::rules::RunStore;

use super::rules::Bridge;
use crate::error::{Exit, Failure};
use crate::pipeline::{self, Interrupt};
use carry::Turn;
pub(crate) use tell::tell;

/// A pool that was paced.
pub(crate) struct Paced {
    /// What it gives.
    pub(crate) pool: PacedPool,
    /// What was done for that, and what waits; what was in force already is no action.
    pub(crate) actions: Vec<PoolAction>,
    /// Why it was not paced to the end.
    pub(crate) failed: Option<Failure>,
    /// Whether a write of it failed; people were told.
    pub(crate) unwritten: bool,
}

impl Paced {
    fn may_have_written(&self) -> bool {
        self.failed.is_some() || self.actions.iter().any(|action| action.stage != PoolStage::Waits)
    }
}

impl<'a> Bridge<'a> {
    /// Works every pool out and puts in force what can be; what cannot says why, and the next pass tries again. What fails
    /// of one pool is no matter to the others.
    pub(crate) async fn pace(&mut self) -> Result<Vec<Paced>, Failure> {
        let worked_out = self.work_out().await?;
        // Whatever becomes of the amounts: what is spent is spent.
        tell(&worked_out, self.prepared, self.notices, self.ui);
        let mut runs = self.runs();
        let mut all: Vec<Paced> = Vec::new();
        for pool in worked_out {
            Interrupt::watch().stops_here()?;
            let runs = runs.as_mut().ok();
            let mut paced = if all.iter().any(Paced::may_have_written) {
                // What was written counts for what policies allow of the next one.
                let observed = pipeline::observe_all(self.prepared, self.connected, self.ui).await;
                pipeline::hold_drift(self.prepared, self.connected, &observed);
                self.seeing(&observed).take_turn(pool, runs).await
            } else {
                self.take_turn(pool, runs).await
            };
            if let Some(failure) = paced.failed.take_if(|failure| failure.exit == Exit::Interrupted) {
                return Err(failure);
            }
            all.push(paced);
        }
        Ok(all)
    }

    async fn work_out(&self) -> Result<Vec<PacedPool>, Failure> {
        let (schemas, state) = (adplane_platforms::schemas(), self.prepared.state());
        let world = World {
            desired: &self.prepared.desired,
            pools: &self.prepared.pools,
            observed: self.observed,
            schemas: &schemas,
            remembered: &state.bindings().ids(),
            others: &BTreeMap::new(),
            now: self.connected.clock.now(),
        };
        let memory = state.pools();
        Ok(pace(world, &self.numbers, &|pool| memory.recall(&pool.namespace, &pool.name)).await?)
    }

    async fn take_turn(&mut self, pool: PacedPool, runs: Option<&mut RunStore>) -> Paced {
        let mut paced = Paced { pool, actions: Vec::new(), failed: None, unwritten: false };
        match self.turn(&paced.pool, runs) {
            Ok((mut turn, wanted)) => {
                paced.failed = turn.go(wanted).await.err();
                (paced.actions, paced.unwritten) = (turn.actions, turn.failed);
            }
            Err(failure) => paced.failed = Some(failure),
        }
        paced
    }

    /// A pool's turn, and what it has to bring about: what is not in force, and what is not live, whoever put it in force.
    fn turn<'t>(
        &'t mut self,
        pool: &'t PacedPool,
        runs: Option<&'t mut RunStore>,
    ) -> Result<(Turn<'t, 'a>, Vec<Move>), Failure> {
        let (state, now) = (self.prepared.state(), self.connected.clock.now());
        let records = PoolRecords::of(&state);
        let known = records.newest(&pool.pool.namespace, &pool.pool.name)?;
        let given = &self.prepared.desired.overlays.given;
        let (mut wanted, mut in_force) = (Vec::new(), BTreeSet::new());
        for one in pool.moves() {
            let is_new = one.is_new(given, now);
            if !is_new {
                in_force.insert(one.object.clone());
            }
            if is_new || !one.is_live || known.get(&one.object).is_some_and(|last| is_open(last, &one)) {
                wanted.push(one);
            }
        }
        // What the others have is in force already, and live.
        let is_moving = |object: &Address| wanted.iter().any(|one| one.object == *object);
        let settled = pool.allotment.members.keys().filter(|object| !is_moving(object)).cloned().collect();
        let (live, left, actions, failed) = (BTreeSet::new(), None, Vec::new(), false);
        let turn =
            Turn { bridge: self, pool, runs, records, known, settled, in_force, live, left, actions, failed };
        Ok((turn, wanted))
    }
}

impl Turn<'_, '_> {
    /// Ends what is over, and brings about what is wanted.
    async fn go(&mut self, wanted: Vec<Move>) -> Result<(), Failure> {
        let state = self.bridge.prepared.state();
        let moves = self.pool.moves();
        self.close(self.known.values().filter(|last| is_over(last, &moves)).cloned().collect())?;
        let memory = state.pools().recall(&self.pool.pool.namespace, &self.pool.pool.name);
        if let Some(why) = self.pool.is_behind(&memory) {
            return self.leave(&wanted, &why);
        }
        self.pool.remember(&state, |object| self.settled.contains(object))?;
        self.take(wanted).await
    }
}

/// Whether what was recorded last of a campaign leaves something to be told of a move.
fn is_open(last: &PoolAction, one: &Move) -> bool {
    last.stage.is_open() || (last.stage == PoolStage::Waits && last.id == one.id)
}

/// Whether an action is no longer what its pool wants.
fn is_over(last: &PoolAction, moves: &[Move]) -> bool {
    let wanted = moves.iter().find(|one| one.object == last.object);
    match last.stage {
        PoolStage::Waits => wanted.is_none_or(|one| one.id != last.id),
        // What is in force stays so until something else is wanted.
        PoolStage::Decided | PoolStage::InForce => wanted.is_some_and(|one| one.id != last.id),
        PoolStage::Written | PoolStage::Over => false,
    }
}
