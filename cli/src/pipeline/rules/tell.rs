//! Telling people what rules did, what they ask, and what stopped them.

use adplane_core::notify::{Happening, Subject};
use adplane_core::rules::{Change, Memory, Part, RuleRun};
use adplane_engine::rules::{RunStore, Stage, Task};

use super::{Bridge, Ticked};
use crate::error::Failure;
use crate::pipeline::happenings::Told;

/// Values that an event names.
const VALUES: usize = 8;

impl Bridge<'_> {
    /// Keeps an event for everything that came about in this tick.
    pub(super) fn tell(&self, ticked: &Ticked, before: &Memory, runs: &RunStore) -> Result<(), Failure> {
        let mut told = Vec::new();
        for task in &ticked.tasks {
            told.extend(self.happened(task, ticked, runs)?);
        }
        let after = runs.memory()?;
        for (rule, memory) in after.rules.iter().filter(|(_, memory)| memory.is_suspended()) {
            if before.rules.get(rule).is_some_and(adplane_core::rules::RuleMemory::is_suspended) {
                continue;
            }
            let because = format!(
                "{} of its {} writes failed; when that is mended, `adplane rules lift {rule}` lets it go on",
                memory.failures, memory.attempts
            );
            self.ui.note(&format!("rule `{rule}` is suspended: {because}"));
            told.push((Happening::RuleSuspended { rule: rule.clone(), account: None, because }, [].into()));
        }
        self.notices.keep(told);
        Ok(())
    }

    /// Keeps an event for what somebody agreed to and is live now.
    pub(super) fn keep_told(&self, task: &Task, runs: &RunStore) -> Result<(), Failure> {
        if task.stage == Stage::Written {
            self.notices.keep(vec![self.fired(task, true, runs)?]);
        }
        Ok(())
    }

    /// What a task means to people: once when somebody is asked or told, once when it is live.
    fn happened(&self, task: &Task, ticked: &Ticked, runs: &RunStore) -> Result<Vec<Told>, Failure> {
        let new = task.at == ticked.snapshot.now;
        let arrived = task.since >= ticked.snapshot.now;
        let done = match task.stage {
            Stage::Written if arrived => true,
            Stage::Proposed if new => false,
            Stage::Told if new => true,
            // What was given up, or was live before, is in the records.
            _ => return Ok(Vec::new()),
        };
        Ok(vec![self.fired(task, done, runs)?])
    }

    fn fired(&self, task: &Task, done: bool, runs: &RunStore) -> Result<Told, Failure> {
        let mut evidence = evidence(task, runs)?;
        if task.stage == Stage::Proposed {
            evidence.extend(task.why.iter().map(|why| format!("asked, since {why}")));
            evidence.push(format!("decide by {}: `adplane rules approve {}`", task.until, task.short()));
        }
        let only_asked =
            |change: &Change| matches!(change, Change::ProposePr { .. } | Change::RunReport { .. });
        let happening = Happening::RuleFired {
            rule: task.intent.rule.to_string(),
            address: task.intent.object.clone(),
            action: task.shown(),
            // A pull request or a report is for somebody to make.
            done: done && !task.intent.changes.iter().all(|planned| only_asked(&planned.change)),
            evidence,
        };
        Ok((happening, self.subjects(task)))
    }

    fn subjects(&self, task: &Task) -> std::collections::BTreeSet<Subject> {
        let desired = &self.prepared.desired;
        let object = desired.object(&task.intent.object);
        let subject = object.map(|object| Subject {
            kind: object.address.kind,
            labels: adplane_core::freeze::effective_labels(desired, object),
        });
        subject.into_iter().collect()
    }
}

/// The values that a task rests on.
fn evidence(task: &Task, runs: &RunStore) -> Result<Vec<String>, Failure> {
    let found = runs.newest(&task.intent.object)?;
    let of_rule = |run: &&RuleRun| run.rule == task.intent.rule;
    let clauses = found.iter().find(of_rule).into_iter().flat_map(|run| &run.objects);
    let values = clauses.flat_map(|one| &one.clauses).filter(|clause| clause.part == Part::When);
    let mut shown: Vec<String> = values
        .flat_map(|clause| &clause.values)
        .map(|used| format!("{} = {}", used.name, used.value))
        .collect();
    shown.dedup();
    shown.truncate(VALUES);
    Ok(shown)
}
