//! Budget pools on live accounts: working out what each campaign gets now, and bringing that to the platforms.
//!
//! ```text
//! pace ──moves──> plan of these fields ──> gates ──record──> overlays on disk ──execute──> record: which requests
//! ```
//!
//! The amounts are those of `adplane budgets`. They take the way of what rules decide: a plan of exactly the fields that
//! are moved, the same judges, the one executor. What is recorded before it is in force, and what is in force counts for
//! every plan, so that being cut off anywhere does nothing twice and loses nothing. `carry` writes, `note` records.

mod carry;
mod note;

use std::collections::BTreeSet;

use adplane_core::address::Address;
use adplane_core::observed::Observed;
use adplane_engine::pools::{Move, PacedPool, PoolAction, PoolRecords, PoolStage, World, pace};
use adplane_engine::rules::RunStore;

use super::rules::{self, Bridge};
use crate::error::{Exit, Failure};
use crate::pipeline;
use carry::Turn;

/// A pool that was paced.
pub(crate) struct Paced {
    /// What it gives.
    pub(crate) pool: PacedPool,
    /// What was done for that, and what waits; what was in force already is no action.
    pub(crate) actions: Vec<PoolAction>,
    /// Why it was not paced to the end.
    pub(crate) failed: Option<Failure>,
}

impl Paced {
    fn may_have_written(&self) -> bool {
        self.failed.is_some() || self.actions.iter().any(|action| action.stage != PoolStage::Waits)
    }
}

impl Bridge<'_> {
    /// Works every pool out and puts in force what can be; what cannot says why, and the next pass tries again. What fails
    /// of one pool is no matter to the others.
    pub(crate) async fn pace(&mut self) -> Result<Vec<Paced>, Failure> {
        let worked_out = self.work_out().await?;
        let mut runs = RunStore::open(&rules::file(self.prepared));
        let mut all: Vec<Paced> = Vec::new();
        for pool in worked_out {
            let runs = runs.as_mut().ok();
            let turn = if all.iter().any(Paced::may_have_written) {
                // What was written counts for what policies allow of the next one.
                let observed = pipeline::observe_all(self.prepared, self.connected, self.ui).await;
                self.seeing(&observed).take_turn(&pool, runs).await
            } else {
                self.take_turn(&pool, runs).await
            };
            let (actions, failed) = match turn {
                Ok(actions) => (actions, None),
                Err(failure) if failure.exit == Exit::Interrupted => return Err(failure),
                Err(failure) => (Vec::new(), Some(failure)),
            };
            all.push(Paced { pool, actions, failed });
        }
        Ok(all)
    }

    /// The same after another look.
    fn seeing<'s>(&'s mut self, observed: &'s Observed) -> Bridge<'s> {
        Bridge {
            prepared: &mut *self.prepared,
            connected: self.connected,
            observed,
            numbers: self.numbers,
            approvals: self.approvals,
            plans: self.plans.clone(),
            notices: self.notices,
            settings: self.settings,
            ui: self.ui,
        }
    }

    async fn work_out(&self) -> Result<Vec<PacedPool>, Failure> {
        let (schemas, state) = (adplane_platforms::schemas(), self.prepared.state());
        let world = World {
            desired: &self.prepared.desired,
            pools: &self.prepared.pools,
            observed: self.observed,
            schemas: &schemas,
            remembered: &state.bindings().ids(),
            now: self.connected.clock.now(),
        };
        let memory = state.pools();
        Ok(pace(world, &self.numbers, &|pool| memory.recall(&pool.namespace, &pool.name)).await?)
    }

    async fn take_turn(
        &mut self,
        pool: &PacedPool,
        runs: Option<&mut RunStore>,
    ) -> Result<Vec<PoolAction>, Failure> {
        let (state, now) = (self.prepared.state(), self.connected.clock.now());
        let records = PoolRecords::of(&state);
        let known = records.newest(&pool.pool.namespace, &pool.pool.name)?;
        let is_open = |wanted: &Move| known.get(&wanted.object).is_some_and(|last| last.stage.is_open());
        let given = &self.prepared.desired.overlays.given;
        let moves = pool.moves();
        let over: Vec<PoolAction> = known.values().filter(|last| is_over(last, &moves)).cloned().collect();
        let wanted: Vec<Move> =
            moves.into_iter().filter(|one| is_open(one) || one.is_new(given, now)).collect();
        // What the others have is in force already.
        let is_moving = |object: &Address| wanted.iter().any(|one| one.object == *object);
        let settled: BTreeSet<Address> =
            pool.allotment.members.keys().filter(|object| !is_moving(object)).cloned().collect();
        let memory = state.pools().recall(&pool.pool.namespace, &pool.pool.name);
        let behind = pool.is_behind(&memory);
        if behind.is_none() {
            pool.remember(&state, |object| settled.contains(object))?;
        }
        let mut turn = Turn { bridge: self, pool, runs, records, known, settled, actions: Vec::new() };
        turn.close(over)?;
        match behind {
            Some(why) => turn.leave(&wanted, &why)?,
            None => turn.take(wanted).await?,
        }
        Ok(turn.actions)
    }
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
