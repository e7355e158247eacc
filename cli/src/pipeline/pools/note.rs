//! What is recorded and remembered of moves: that they wait, are in force, or came to be live, and by which requests.

use adplane_core::address::Address;
use adplane_core::field::FieldPath;
use adplane_core::overlay::{DAILY_BUDGET, STATE};
use adplane_core::plan::document::PlanDocument;
use adplane_engine::execute::{ApplyReport, ChangeResult};
use adplane_engine::pools::{Move, PoolAction, PoolStage};
use adplane_engine::rules::TaskWrite;
use adplane_engine::state::Line;

use super::carry::Turn;
use crate::error::Failure;

/// What a pool moves.
const MOVED: [&str; 2] = [DAILY_BUDGET, STATE];

impl Turn<'_, '_> {
    /// Ends actions that are not wanted any more: what was written of them is told, whoever was cut off.
    pub(super) fn close(&mut self, mut over: Vec<PoolAction>) -> Result<(), Failure> {
        if over.is_empty() {
            return Ok(());
        }
        let (now, log) = (self.now(), self.log()?);
        for action in &mut over {
            if action.stage.is_open() {
                action.writes = writes(&log, action, &MOVED.map(FieldPath::new));
            }
            action.now(PoolStage::Over, None, now);
        }
        self.record(&over)
    }

    /// Makes none of them.
    pub(super) fn leave(&mut self, wanted: &[Move], why: &str) -> Result<(), Failure> {
        wanted.iter().try_for_each(|one| self.wait(one, why))
    }

    /// The action of a move: the one that is known, or a new one.
    pub(super) fn action(&self, one: &Move) -> PoolAction {
        let known = self.known.get(&one.object).filter(|known| known.id == one.id);
        let new = || PoolAction::of(&self.pool.pool, self.pool.allotment.day, one, self.now());
        known.cloned().unwrap_or_else(new)
    }

    pub(super) fn record(&mut self, actions: &[PoolAction]) -> Result<(), Failure> {
        let now = self.now();
        Ok(self.records.record(&self.pool.pool, &mut self.known, actions, now)?)
    }

    /// Nothing comes of a move now. What is on disk stays in force, whoever put it there.
    pub(super) fn wait(&mut self, one: &Move, why: &str) -> Result<(), Failure> {
        let stage = if self.in_force.contains(&one.object) { PoolStage::InForce } else { PoolStage::Waits };
        self.rest(std::slice::from_ref(one), stage, why)
    }

    /// Moves that are in force, and that no write was tried for.
    pub(super) fn stays(&mut self, group: &[Move], why: &str) -> Result<(), Failure> {
        self.rest(group, PoolStage::InForce, why)
    }

    fn rest(&mut self, group: &[Move], stage: PoolStage, why: &str) -> Result<(), Failure> {
        let now = self.now();
        let mut resting: Vec<PoolAction> = group.iter().map(|one| self.action(one)).collect();
        for (action, one) in resting.iter_mut().zip(group) {
            action.now(stage, Some(why.to_owned()), now);
            self.is_left(one);
        }
        self.record(&resting)?;
        self.actions.extend(resting);
        Ok(())
    }

    /// Remembers the first cut that is not live.
    fn is_left(&mut self, one: &Move) {
        if one.lowers {
            self.left.get_or_insert_with(|| one.object.clone());
        }
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

    /// Says of each move what became of it, by the plan that it was written with and how that went; without one all of them
    /// were live.
    pub(super) fn settle(
        &mut self,
        group: &[Move],
        done: Option<(&PlanDocument, &ApplyReport)>,
    ) -> Result<(), Failure> {
        let (now, log) = (self.now(), self.log()?);
        let mut settled: Vec<PoolAction> = group.iter().map(|one| self.action(one)).collect();
        for (action, one) in settled.iter_mut().zip(group) {
            let left = done.and_then(|(document, report)| not_live(&one.object, document, report));
            if left.is_some() {
                self.is_left(one);
            } else {
                self.live.insert(one.object.clone());
                self.settled.insert(one.object.clone());
            }
            let stage = if left.is_none() { PoolStage::Written } else { PoolStage::InForce };
            action.writes = writes(&log, action, &one.paths());
            action.now(stage, left, now);
        }
        let failed = |result: &ChangeResult| matches!(result, ChangeResult::Failed(_));
        self.failed |= done.is_some_and(|(_, report)| report.results.values().any(failed));
        self.record(&settled)?;
        self.pool.remember(&self.bridge.prepared.state(), |object| self.settled.contains(object))?;
        self.actions.extend(settled);
        Ok(())
    }

    /// The lines of the apply log.
    fn log(&self) -> Result<Vec<Line>, Failure> {
        Ok(self.bridge.prepared.state().apply_log().read()?.lines)
    }
}

/// Why a campaign is not live as a plan wanted it; of what the plan had nothing to write the look saw that it is.
fn not_live(object: &Address, document: &PlanDocument, report: &ApplyReport) -> Option<String> {
    let is_written = || {
        let mut changes = document.steps.iter().filter_map(|step| document.changes.get(step.change));
        changes.any(|change| change.address == *object)
    };
    match report.results.get(object) {
        Some(ChangeResult::Applied) => None,
        Some(ChangeResult::Failed(failure)) => Some(failure.to_string()),
        Some(ChangeResult::Skipped { because }) => Some(because.clone()),
        None => is_written().then(|| "nobody knows what became of its write".to_owned()),
    }
}

/// What the apply log says was sent of an action since it was decided: in the name of its pool, or with a plan of git that
/// wrote its fields.
fn writes(log: &[Line], action: &PoolAction, moved: &[FieldPath]) -> Vec<TaskWrite> {
    TaskWrite::sent(log, action.at, |_, address, fields| {
        *address == action.object && fields.iter().any(|field| moved.contains(&field.path))
    })
}
