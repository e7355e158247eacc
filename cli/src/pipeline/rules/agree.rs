//! Proposals: agreed to, refused, or left until their time is over.
//!
//! Whoever agrees does so to a digest: the rule as it was, the object, from what to what, and the evidence. What is live
//! is read again and the rule asked again: where either has moved, the proposal is stale and nothing happens.

use adplane_core::rules::{Intent, OnTimeout, Outcome, Reconsidered, sentence};
use adplane_engine::rules::{RunStore, Stage, Task, carry as effects, reconsider, stand};
use jiff::SignedDuration;

use super::{Bridge, file};
use crate::error::Failure;
use crate::pipeline::rules::Carried;

/// How long what was agreed to may take to be put in force.
const PROMPT: SignedDuration = SignedDuration::from_hours(1);

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
        let mut runs = RunStore::open(&file(self.prepared))?;
        let stale = match self.still(task, &mut runs).await? {
            Still::Wanted => None,
            Still::Not(why) => Some(why),
            Still::Unclear(why) => {
                return Err(Failure::error(format!("the rule cannot be asked again: {why}"))
                    .hint("the proposal stays as it is: agree once that can be read"));
            }
        };
        let agreed = self.agreed(task, by, stale, &mut runs)?;
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

    /// The proposal as it is once somebody has agreed: to be done, for git to say, or stale.
    fn agreed(
        &self,
        task: &Task,
        by: &str,
        stale: Option<String>,
        runs: &mut RunStore,
    ) -> Result<Task, Failure> {
        let now = self.connected.clock.now();
        let mut agreed = task.clone();
        agreed.by = Some(by.to_owned());
        match stale {
            Some(stale) => agreed.now(Stage::Stale, Some(stale), now),
            None => match effects::effects(task, &self.prepared.desired) {
                Ok(_) if task.is_lent() => {
                    agreed.until = now.checked_add(PROMPT).unwrap_or(now);
                    agreed.now(Stage::Decided, None, now);
                }
                Ok(_) => agreed.now(Stage::Agreed, Some("git must say it".to_owned()), now),
                Err(why) => agreed.now(Stage::Agreed, Some(why), now),
            },
        }
        runs.move_on(std::slice::from_ref(&agreed), now, |_| ())?;
        Ok(agreed)
    }

    /// Whether a rule still wants what it proposed or decided, on what is live now.
    pub(super) async fn still(&self, task: &Task, runs: &mut RunStore) -> Result<Still, Failure> {
        let rule = self.prepared.rules.iter().find(|rule| rule.key == task.intent.rule);
        let Some(rule) = rule.filter(|rule| rule.revision == task.revision) else {
            return Ok(Still::Not("the rule has changed since, or is gone".to_owned()));
        };
        let mut snapshot = self.look().await?;
        let found = reconsider(rule, task, &mut snapshot, self.observed, runs)?;
        let decision = match found {
            Reconsidered::Unclear(why) => return Ok(Still::Unclear(why)),
            Reconsidered::Nothing(why) => {
                return Ok(Still::Not(format!("the rule wants nothing of it any more: {why}")));
            }
            Reconsidered::Wants(decision) => decision,
        };
        if !same(&decision.intent, &task.intent) {
            let each: Vec<String> =
                decision.intent.changes.iter().map(|planned| planned.change.to_string()).collect();
            let why = format!("by now the rule wants something else: {}", each.join("; "));
            return Ok(Still::Not(why));
        }
        Ok(match decision.outcome {
            Outcome::Act => Still::Wanted,
            // What a person agreed to, or is about to.
            Outcome::Propose { .. } if task.by.is_some() || task.stage == Stage::Proposed => Still::Wanted,
            other => Still::Not(sentence(&other)),
        })
    }

    /// Proposals whose time is over: they lapse, or are done where their rule says so and they lower spend.
    pub(super) async fn review(&mut self, runs: &mut RunStore) -> Result<Vec<Task>, Failure> {
        let now = self.connected.clock.now();
        let mut over = Vec::new();
        for task in
            runs.tasks()?.into_iter().filter(|task| task.stage == Stage::Proposed && task.until <= now)
        {
            let rule = self.prepared.rules.iter().find(|rule| rule.key == task.intent.rule);
            let applies = rule.is_some_and(|rule| rule.approval.on_timeout == OnTimeout::Apply)
                && task.intent.direction().lowers();
            let mut why = format!("nobody decided by {}", task.until);
            let still = if applies { self.still(&task, runs).await? } else { Still::Unclear(String::new()) };
            let stale = match still {
                Still::Wanted => None,
                Still::Not(stale) => Some(stale),
                Still::Unclear(unclear) => {
                    if !unclear.is_empty() {
                        why = format!("{why}, and the rule cannot be asked again: {unclear}");
                    }
                    let mut expired = task.clone();
                    expired.now(Stage::Expired, Some(why), now);
                    runs.move_on(std::slice::from_ref(&expired), now, |_| ())?;
                    over.push(expired);
                    continue;
                }
            };
            over.push(self.agreed(&task, "nobody in time (`onTimeout: apply`)", stale, runs)?);
        }
        Ok(over)
    }
}

/// What a rule says of a task when it is asked again.
pub(super) enum Still {
    /// It wants the same.
    Wanted,
    /// It cannot be said now, and why.
    Unclear(String),
    /// It does not, and why.
    Not(String),
}

/// Whether two intents change the same from the same to the same.
fn same(one: &Intent, other: &Intent) -> bool {
    use adplane_core::rules::Change;
    let alike = |a: &Change, b: &Change| match (a, b) {
        // The end is counted from the instant of the decision.
        (Change::Pause { .. }, Change::Pause { .. }) => true,
        (a, b) => a == b,
    };
    one.changes.len() == other.changes.len()
        && one
            .changes
            .iter()
            .zip(&other.changes)
            .all(|(a, b)| a.object == b.object && a.field == b.field && alike(&a.change, &b.change))
}
