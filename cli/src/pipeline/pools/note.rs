//! What is recorded and remembered of moves: that they wait, are in force, or came to be live, and by which requests.

use adplane_core::address::Address;
use adplane_core::field::FieldPath;
use adplane_core::overlay::{DAILY_BUDGET, STATE};
use adplane_engine::execute::{ApplyReport, ChangeResult};
use adplane_engine::pools::{Move, PoolAction, PoolStage};
use adplane_engine::rules::TaskWrite;
use adplane_engine::state::Event;
use jiff::Timestamp;

use super::carry::{Came, Turn};
use crate::error::Failure;

/// What a pool moves.
const MOVED: [&str; 2] = [DAILY_BUDGET, STATE];

impl Turn<'_, '_> {
    /// Ends actions that are not wanted any more: what was written of them is told, whoever was cut off.
    pub(super) fn close(&mut self, mut over: Vec<PoolAction>) -> Result<(), Failure> {
        let now = self.now();
        for action in &mut over {
            if action.stage.is_open() {
                action.writes = self.writes(&action.object, &MOVED.map(FieldPath::new), action.at)?;
            }
            action.now(PoolStage::Over, None, now);
        }
        self.record(&over)
    }

    /// Makes none of them.
    pub(super) fn leave(&mut self, wanted: &[Move], why: &str) -> Result<(), Failure> {
        wanted.iter().try_for_each(|one| self.wait(one, why.to_owned()))
    }

    /// The action of a move: the one that is known, or a new one.
    pub(super) fn action(&self, one: &Move) -> PoolAction {
        let known = self.known.get(&one.object).filter(|known| known.id == one.id);
        let new = || PoolAction::of(&self.pool.pool, self.pool.allotment.day, one, self.now());
        known.cloned().unwrap_or_else(new)
    }

    pub(super) fn record(&mut self, actions: &[PoolAction]) -> Result<(), Failure> {
        self.records.record(&self.pool.pool, actions, self.now())?;
        self.known.extend(actions.iter().map(|action| (action.object.clone(), action.clone())));
        Ok(())
    }

    /// Nothing comes of a move now.
    pub(super) fn wait(&mut self, one: &Move, why: String) -> Result<(), Failure> {
        let mut action = self.action(one);
        let stage = if action.stage == PoolStage::InForce { PoolStage::InForce } else { PoolStage::Waits };
        action.now(stage, Some(why), self.now());
        self.record(std::slice::from_ref(&action))?;
        self.actions.push(action);
        Ok(())
    }

    /// Moves that are in force, and that no write was tried for.
    pub(super) fn stays(&mut self, group: &[Move], why: &str) -> Result<(), Failure> {
        let now = self.now();
        let mut stay: Vec<PoolAction> = group.iter().map(|one| self.action(one)).collect();
        for action in &mut stay {
            action.now(PoolStage::InForce, Some(why.to_owned()), now);
        }
        self.record(&stay)?;
        self.actions.extend(stay);
        Ok(())
    }

    /// Accounts whose writes fail are left alone for a while, whoever wants something of them.
    pub(super) fn learn(&mut self, report: &ApplyReport) -> Result<(), Failure> {
        let now = self.now();
        let results = report.results.iter().filter_map(|(object, result)| match result {
            ChangeResult::Applied => Some((object.account_key(), true)),
            ChangeResult::Failed(_) => Some((object.account_key(), false)),
            ChangeResult::Skipped { .. } => None,
        });
        let worked: Vec<_> = results.collect();
        let Some(runs) = &mut self.runs else { return Ok(()) };
        let learned = runs.move_on(&[], now, |memory| {
            for (account, worked) in &worked {
                memory.wrote(account, *worked, now);
            }
        });
        learned.map_err(Failure::from)
    }

    /// Says of each move what became of it; without a report all of them were live.
    pub(super) fn settle(&mut self, group: &[Move], report: Option<&ApplyReport>) -> Result<Came, Failure> {
        let now = self.now();
        let mut settled: Vec<PoolAction> = group.iter().map(|one| self.action(one)).collect();
        for (action, one) in settled.iter_mut().zip(group) {
            let left = match report.and_then(|report| report.results.get(&action.object)) {
                None | Some(ChangeResult::Applied) => None,
                Some(ChangeResult::Failed(failure)) => Some(failure.to_string()),
                Some(ChangeResult::Skipped { because }) => Some(because.clone()),
            };
            let stage = if left.is_none() { PoolStage::Written } else { PoolStage::InForce };
            action.writes = self.writes(&action.object, &one.paths(), action.at)?;
            action.now(stage, left, now);
        }
        self.record(&settled)?;
        let live = |action: &&PoolAction| action.stage == PoolStage::Written;
        let all_live = settled.iter().all(|action| live(&action));
        self.settled.extend(settled.iter().filter(live).map(|action| action.object.clone()));
        self.pool.remember(&self.bridge.prepared.state(), |object| self.settled.contains(object))?;
        self.actions.extend(settled);
        Ok(if all_live { Came::Live } else { Came::NotLive })
    }

    /// What the apply log says was sent of a move since it was decided: in the name of this pool, or with a plan of git
    /// that wrote its fields.
    pub(super) fn writes(
        &self,
        object: &Address,
        moved: &[FieldPath],
        since: Timestamp,
    ) -> Result<Vec<TaskWrite>, Failure> {
        let chain = self.bridge.prepared.state().apply_log().read()?;
        let lines = chain.lines.iter().rev().take_while(|line| line.at >= since);
        let mut found: Vec<TaskWrite> = lines
            .filter_map(|line| match &line.event {
                Event::Write { plan, address, requests, fields, .. }
                    if address == object && fields.iter().any(|field| moved.contains(&field.path)) =>
                {
                    Some(TaskWrite {
                        object: address.clone(),
                        plan: plan.clone(),
                        requests: requests.clone(),
                        at: line.at,
                    })
                }
                _ => None,
            })
            .collect();
        found.reverse();
        Ok(found)
    }
}
