//! Proposals: agreed to, refused, or left until their time is over.
//!
//! Whoever agrees does so to a digest: the rule as it was, the object, from what to what, and the evidence. What is live
//! is read again and the rule asked again: where either has moved, the proposal is stale and nothing happens.

use adplane_core::rules::Snapshot;
use adplane_engine::rules::stance::{self, Still, still};
use adplane_engine::rules::{RunStore, Stage, Task, stand};

use super::Bridge;
use crate::error::Failure;
use crate::pipeline::rules::Carried;

/// What became of a proposal.
pub(crate) struct Answer {
    /// The task, as it is now.
    pub(crate) task: Task,
    /// How the writes went.
    pub(crate) carried: Carried,
}

impl Bridge<'_> {
    /// Agrees to a proposal, and carries it out where git lends the field.
    pub(crate) async fn agree(&mut self, task: &Task, by: &str) -> Result<Answer, Failure> {
        let mut runs = self.runs()?;
        let fresh = self.look().await?;
        let stale = match still(task, self.ground(&fresh), &mut runs)? {
            Still::Wanted => None,
            Still::Not(why) => Some(why),
            Still::Unclear(why) => {
                return Err(Failure::error(format!("the rule cannot be asked again: {why}"))
                    .hint("the proposal stays as it is: agree once that can be read"));
            }
        };
        let now = self.connected.clock.now();
        let agreed = stance::agreed(task, by, stale, &self.prepared.desired, now);
        runs.move_on(std::slice::from_ref(&agreed), now, |_| ())?;
        if agreed.stage != Stage::Decided {
            return Ok(Answer { task: agreed, carried: Carried::default() });
        }
        let mut snapshot = self.look().await?;
        stand(&mut snapshot, self.observed, &mut runs)?;
        let carried = self.carry(&mut runs, &snapshot).await?;
        let task = carried.tasks.iter().find(|one| one.digest == agreed.digest).cloned().unwrap_or(agreed);
        self.keep_told(&task, &runs)?;
        Ok(Answer { task, carried })
    }

    /// Proposals whose time is over: they lapse, or are done where their rule says so and they lower spend.
    pub(super) async fn review(&self, runs: &mut RunStore) -> Result<Vec<Task>, Failure> {
        let now = self.connected.clock.now();
        let overdue = stance::overdue(runs, now)?;
        if overdue.is_empty() {
            return Ok(overdue);
        }
        let fresh = self.look().await?;
        Ok(stance::review(&overdue, self.ground(&fresh), runs, now)?)
    }

    /// What a rule is asked on again.
    pub(super) fn ground<'g>(&'g self, fresh: &'g Snapshot) -> stance::Ground<'g> {
        stance::Ground {
            desired: &self.prepared.desired,
            rules: &self.prepared.rules,
            observed: self.observed,
            fresh,
        }
    }
}
