//! What became of tasks that were brought to a platform: what rules remember of it, and what people are told.

use std::collections::{BTreeMap, BTreeSet};

use adplane_core::address::{AccountKey, Address};
use adplane_core::field::FieldPath;
use adplane_core::metrics::Day;
use adplane_core::notify::{EventAccount, Happening};
use adplane_core::overlay::STATE;
use adplane_core::plan::Operation;
use adplane_core::plan::document::PlanDocument;
use adplane_core::rules::{Change, Memory, Part, RuleMemory, RuleRun, Run, Unknown, line};
use jiff::Timestamp;

use super::store::{RunStore, RunStoreError};
use super::task::{Stage, Task};
use crate::error::ErrorKind;
use crate::execute::{ChangeResult, Failure};
use crate::notify::happenings::Told;

/// Values that an event names.
const VALUES: usize = 8;

/// What became of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Came {
    /// It was live already.
    Live,
    /// It was written.
    Written,
    /// The platform refused a write, or did not keep what it said.
    Failed(String),
    /// The platform could not be reached, or is in trouble itself: no rule can help that.
    Down(String),
    /// It was not attempted.
    Waits(String),
}

/// A plan that was carried out.
#[derive(Debug, Clone, Copy)]
pub struct Executed<'a> {
    /// What it was to write.
    pub document: &'a PlanDocument,
    /// What became of its changes.
    pub results: &'a BTreeMap<Address, ChangeResult>,
}

impl<'a> Executed<'a> {
    /// What became of a field; nothing where the plan did not write it.
    fn result(&self, address: &Address, path: &str) -> Option<&'a ChangeResult> {
        let result = self.results.get(address)?;
        let mut steps = self.document.steps.iter().filter(|step| {
            self.document.changes.get(step.change).is_some_and(|change| change.address == *address)
        });
        steps.any(|step| writes(&step.operation, path)).then_some(result)
    }
}

/// Whether a step gives a field of its object the value of the plan.
fn writes(operation: &Operation, path: &str) -> bool {
    match operation {
        // It is made paused; whether it stays so, another step says.
        Operation::Create => true,
        Operation::Update { paths } => paths.iter().any(|written| written.as_str() == path),
        Operation::Enable | Operation::Pause => path == STATE,
        Operation::Supersede
        | Operation::PauseSuperseded { .. }
        | Operation::Release
        | Operation::Delete
        | Operation::DeleteSuperseded { .. } => false,
    }
}

impl Came {
    /// What plans that were carried out say of a task, field by field: an object that was written for another reason says
    /// nothing of it. Of a field that none of them wrote, `unwritten` says why it is not live; nothing where it is.
    pub fn of(
        task: &Task,
        executed: &[Executed<'_>],
        mut unwritten: impl FnMut(&Address, &FieldPath) -> Option<String>,
    ) -> Self {
        let (mut failed, mut down, mut waits, mut written) = (None, None, None, false);
        for (object, path) in task.fields() {
            match executed.iter().find_map(|executed| executed.result(object, path.as_str())) {
                Some(ChangeResult::Applied) => written = true,
                Some(ChangeResult::Failed(failure)) => {
                    let why = format!("{}: {failure}", object.short());
                    let of = if is_of_platform(failure) { &mut down } else { &mut failed };
                    of.get_or_insert(why);
                }
                Some(ChangeResult::Skipped { because }) => {
                    waits = waits.or_else(|| Some(format!("{}: {because}", object.short())));
                }
                None => waits = waits.or_else(|| unwritten(object, &path)),
            }
        }
        match (failed, down, waits) {
            (Some(why), _, _) => Self::Failed(why),
            (None, Some(why), _) => Self::Down(why),
            (None, None, Some(why)) => Self::Waits(why),
            (None, None, None) if written => Self::Written,
            (None, None, None) => Self::Live,
        }
    }

    /// The task as it is after that.
    pub fn moves(&self, task: &mut Task, now: Timestamp) {
        match self {
            Self::Live | Self::Written => {
                task.now(Stage::Written, None, now);
                task.remembered = true;
            }
            Self::Failed(why) | Self::Down(why) | Self::Waits(why) => {
                task.now(Stage::InForce, Some(why.clone()), now);
            }
        }
    }

    /// What rules remember of it; `task` is as it was before, `day` the account's.
    pub fn learn(&self, memory: &mut Memory, task: &Task, day: Day, now: Timestamp) {
        let account =
            AccountKey { namespace: task.intent.rule.namespace.clone(), name: task.account.clone() };
        let rule = &task.intent.rule;
        let was_suspended = memory.rule(rule).is_some_and(RuleMemory::is_suspended);
        match self {
            Self::Live | Self::Waits(_) => {}
            Self::Written => {
                memory.report(rule, 1, 0);
                memory.wrote(&account, true, now);
            }
            Self::Failed(_) => {
                memory.report(rule, 1, 1);
                // What a suspended rule tries again keeps no other rule from the account.
                if !was_suspended {
                    memory.wrote(&account, false, now);
                }
            }
            Self::Down(_) => memory.wrote(&account, false, now),
        }
        if matches!(self, Self::Live | Self::Written) && !task.remembered {
            memory.made(&task.intent, &task.account, day, now);
        }
    }
}

/// Whether a failure is the platform's own, or the account's: no other write would have gone better.
fn is_of_platform(failure: &Failure) -> bool {
    let (Failure::Platform(error) | Failure::Unclear(error)) = failure else { return false };
    match error.kind {
        ErrorKind::Unauthenticated
        | ErrorKind::RateLimited
        | ErrorKind::QuotaExhausted
        | ErrorKind::Unavailable
        | ErrorKind::Timeout
        | ErrorKind::Network => true,
        ErrorKind::PermissionDenied
        | ErrorKind::NotFound
        | ErrorKind::Invalid
        | ErrorKind::AlreadyExists
        | ErrorKind::Conflict
        | ErrorKind::Policy
        | ErrorKind::Unsupported
        | ErrorKind::Unexpected => false,
    }
}

/// A task goes no further for now, or, with a stage, not at all: what rules remember of a decision that is given up before
/// it was in force is forgotten.
///
/// # Errors
/// When the store cannot be used.
pub fn stop(
    mut task: Task,
    stage: Option<Stage>,
    why: String,
    store: &mut RunStore,
    now: Timestamp,
) -> Result<Task, RunStoreError> {
    let given_up = stage.is_some() && task.remembered && task.stage == Stage::Decided;
    task.now(stage.unwrap_or(task.stage), Some(why), now);
    store.move_on(std::slice::from_ref(&task), now, |memory: &mut Memory| {
        if given_up {
            memory.unmade(&task.intent, task.at);
        }
    })?;
    Ok(task)
}

/// Whether a task is news since an instant, and if so whether it was done: once when somebody is asked or told, once when
/// it is live. What was given up, or was live before, is in the records.
pub fn news(task: &Task, since: Timestamp) -> Option<bool> {
    match task.stage {
        Stage::Written if task.since >= since => Some(true),
        Stage::Proposed if task.at >= since => Some(false),
        Stage::Told if task.at >= since => Some(true),
        _ => None,
    }
}

/// What people are told of a task; `evidence` are the values that it rests on, and what to do about it.
pub fn fired(task: &Task, done: bool, evidence: Vec<String>) -> Happening {
    let only_asked = |change: &Change| matches!(change, Change::ProposePr { .. });
    Happening::RuleFired {
        rule: task.intent.rule.to_string(),
        address: task.intent.object.clone(),
        action: task.shown(),
        // A pull request is for somebody to make.
        done: done && !task.intent.changes.iter().all(|planned| only_asked(&planned.change)),
        evidence,
    }
}

/// The reports of a task, each with its name and rows.
pub fn reports(task: &Task) -> impl Iterator<Item = (&str, &[Vec<String>])> {
    task.intent.changes.iter().filter_map(|planned| match &planned.change {
        Change::RunReport { name, rows } => Some((name.as_str(), rows.as_slice())),
        _ => None,
    })
}

/// What people are told of a run besides: rules that cannot judge what they look at.
pub fn blind(run: &Run) -> Vec<Told> {
    // An outage is told by itself, as `TrackingOutage`: each rule that waits for its end is no more news.
    let outage = Unknown::TrackingOutage.word();
    let found = run.notices.iter().filter_map(|notice| notice.blind.as_ref());
    let each = found.filter(|blind| blind.code != outage).map(|blind| {
        let happening = Happening::RuleUnknown {
            rule: blind.rule.to_string(),
            account: blind.objects.first().map(EventAccount::from),
            whom: blind.whom(),
            code: blind.code.to_owned(),
            because: blind.reason.clone(),
            runs: blind.runs(),
        };
        (happening, BTreeSet::new())
    });
    each.collect()
}

/// The values that a task rests on, and the rows of its report.
///
/// # Errors
/// When the store cannot be read.
pub fn evidence(task: &Task, store: &RunStore) -> Result<Vec<String>, RunStoreError> {
    let found = store.newest(&task.intent.object)?;
    let of_rule = |run: &&RuleRun| run.rule == task.intent.rule;
    let clauses = found.iter().find(of_rule).into_iter().flat_map(|run| &run.objects);
    let values = clauses.flat_map(|one| &one.clauses).filter(|clause| clause.part == Part::When);
    let mut shown: Vec<String> = values
        .flat_map(|clause| &clause.values)
        .map(|used| format!("{} = {}", used.name, used.value))
        .collect();
    shown.dedup();
    shown.truncate(VALUES);
    shown.extend(reports(task).flat_map(|(_, rows)| rows.iter().map(|row| line(row))));
    Ok(shown)
}

#[cfg(test)]
mod tests;
