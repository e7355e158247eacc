//! Whether what a rule decided or proposed may still be acted on: the one place that asks a rule again.
//!
//! Whoever runs rules, on a laptop or in a cluster, asks here before anything that was decided earlier comes about, and
//! before what somebody agrees to does: the rule as it is now, on what is live now. Nothing here puts anything in force.

use adplane_core::desired::Desired;
use adplane_core::observed::Observed;
use adplane_core::rules::{
    Change, Intent, OnTimeout, Outcome, Planned, Reconsidered, Rule, Snapshot, sentence,
};
use jiff::{SignedDuration, Timestamp};

use super::carry::{self, Next, Place};
use super::store::{RunStore, RunStoreError};
use super::task::{Stage, Task};
use super::{RuleMemory, promote, reconsider};

/// How long what was agreed to may take to be put in force.
const PROMPT: SignedDuration = SignedDuration::from_hours(1);

/// What a rule is asked on.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// What is wanted, with what is in force.
    pub desired: &'a Desired,
    /// The rules as they are now.
    pub rules: &'a [Rule],
    /// What is live.
    pub observed: &'a Observed,
    /// What rules see of it now, before anything was shown to it of what is on its way ([`super::see`]).
    pub fresh: &'a Snapshot,
}

impl<'a> Ground<'a> {
    fn rule(&self, task: &Task) -> Option<&'a Rule> {
        self.rules.iter().find(|rule| rule.key == task.intent.rule)
    }
}

/// What a rule says of a task when it is asked again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Still {
    /// It wants the same.
    Wanted,
    /// It cannot be said now, and why.
    Unclear(String),
    /// It does not, and why.
    Not(String),
}

/// Whether a rule still wants what it proposed or decided, on what is live now.
///
/// # Errors
/// When the store cannot be used.
pub fn still(task: &Task, ground: Ground<'_>, store: &mut RunStore) -> Result<Still, RunStoreError> {
    let rule = ground.rule(task).filter(|rule| rule.revision == task.revision);
    let Some(rule) = rule else {
        return Ok(Still::Not("the rule has changed since, or is gone".to_owned()));
    };
    if let Some(why) = promote::only_records(rule, &store.memory()?) {
        return Ok(Still::Not(why));
    }
    let found = reconsider((rule, ground.rules), task, &mut ground.fresh.clone(), ground.observed, store)?;
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

/// What becomes now of a task that is to be done or in force: `seen` is what rules saw when they ran just now, with what is
/// on its way. What was decided on what was seen before, and of which nothing has come, is asked of its rule again.
///
/// # Errors
/// When the store cannot be used.
pub fn stance(
    task: &Task,
    ground: Ground<'_>,
    seen: &Snapshot,
    store: &mut RunStore,
) -> Result<Next, RunStoreError> {
    // What only lowers spend is tried all the same: a stop that waits for somebody to lift it stops nothing.
    let (waits, memory) = (!task.intent.direction().lowers(), store.memory()?);
    if waits && memory.rule(&task.intent.rule).is_some_and(RuleMemory::is_suspended) {
        return Ok(Next::Wait("the rule is suspended: more than half of its writes failed".to_owned()));
    }
    let rules = promote::gated(ground.rules, &memory);
    let next = carry::next(task, ground.desired, &rules, seen, seen.now);
    let Next::Go(effects) = next else { return Ok(next) };
    let begun = carry::has_begun(&effects, &ground.desired.overlays.given, Place::of(ground.desired));
    if task.stage != Stage::Decided || task.since >= seen.now || begun {
        return Ok(Next::Go(effects));
    }
    Ok(match still(task, ground, store)? {
        Still::Wanted => Next::Go(effects),
        Still::Unclear(why) => Next::Wait(why),
        Still::Not(why) => Next::Drop(why),
    })
}

/// A proposal as it is once somebody has agreed: to be done, for git to say, or stale.
pub fn agreed(task: &Task, by: &str, stale: Option<String>, desired: &Desired, now: Timestamp) -> Task {
    let mut agreed = task.clone();
    agreed.by = Some(by.to_owned());
    match stale {
        Some(stale) => agreed.now(Stage::Stale, Some(stale), now),
        None => match carry::effects(task, desired) {
            Ok(_) if task.is_lent() => {
                agreed.until = now.checked_add(PROMPT).unwrap_or(now);
                agreed.now(Stage::Decided, None, now);
            }
            Ok(_) => agreed.now(Stage::Agreed, Some("git must say it".to_owned()), now),
            Err(why) => agreed.now(Stage::Agreed, Some(why), now),
        },
    }
    agreed
}

/// Proposals whose time is over.
///
/// # Errors
/// When the store cannot be read.
pub fn overdue(store: &RunStore, now: Timestamp) -> Result<Vec<Task>, RunStoreError> {
    let mut tasks = store.tasks()?;
    tasks.retain(|task| task.stage == Stage::Proposed && task.until <= now);
    Ok(tasks)
}

/// What becomes of proposals whose time is over: they lapse, or are to be done where their rule says so, they lower spend
/// and the rule still wants them.
///
/// # Errors
/// When the store cannot be used.
pub fn review(
    overdue: &[Task],
    ground: Ground<'_>,
    store: &mut RunStore,
    now: Timestamp,
) -> Result<Vec<Task>, RunStoreError> {
    let mut over = Vec::new();
    for task in overdue {
        let rule = ground.rule(task);
        let applies = rule.is_some_and(|rule| rule.approval.on_timeout == OnTimeout::Apply)
            && task.intent.direction().lowers();
        let still = if applies { still(task, ground, store)? } else { Still::Unclear(String::new()) };
        let stale = match still {
            Still::Wanted => None,
            Still::Not(stale) => Some(stale),
            Still::Unclear(unclear) => {
                over.push(expired(task, &unclear, now));
                continue;
            }
        };
        over.push(agreed(task, "nobody in time (`onTimeout: apply`)", stale, ground.desired, now));
    }
    store.move_on(&over, now, |_| ())?;
    Ok(over)
}

/// A proposal that nobody decided, and why it was not simply done.
fn expired(task: &Task, unclear: &str, now: Timestamp) -> Task {
    let mut why = format!("nobody decided by {}", task.until);
    if !unclear.is_empty() {
        why = format!("{why}, and the rule cannot be asked again: {unclear}");
    }
    let mut expired = task.clone();
    expired.now(Stage::Expired, Some(why), now);
    expired
}

/// Whether two intents change the same from the same to the same.
fn same(one: &Intent, other: &Intent) -> bool {
    let alike = |a: &Change, b: &Change| match (a, b) {
        // The end is counted from the instant of the decision.
        (Change::Pause { .. }, Change::Pause { .. }) => true,
        (a, b) => a == b,
    };
    // Words and reports say what is known by now.
    let (ours, theirs): (Vec<&Planned>, Vec<&Planned>) = (one.claimed().collect(), other.claimed().collect());
    ours.len() == theirs.len()
        && ours
            .iter()
            .zip(&theirs)
            .all(|(a, b)| a.object == b.object && a.field == b.field && alike(&a.change, &b.change))
}
