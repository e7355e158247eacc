//! Telling people what rules did, what they ask, and what stopped them.

use adplane_core::notify::{Happening, Subject};
use adplane_core::rules::Memory;
use adplane_engine::rules::outcome::{blind, evidence, fired, news};
use adplane_engine::rules::{RunStore, Stage, Task};
use jiff::Timestamp;

use super::{Bridge, Ticked};
use crate::error::Failure;
use crate::pipeline::happenings::Told;

impl Bridge<'_> {
    /// Keeps an event for everything that came about in this tick.
    pub(super) fn tell(&self, ticked: &Ticked, before: &Memory, runs: &RunStore) -> Result<(), Failure> {
        let mut told = blind(&ticked.run);
        for task in &ticked.tasks {
            if let Some(done) = news(task, ticked.snapshot.now) {
                told.push(self.fired(task, done, runs)?);
            }
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

    /// Says of words that no route takes that nobody hears them; those of which it does.
    pub(super) fn mark_unheard(&self, tasks: &mut [Task], now: Timestamp) -> Vec<Task> {
        let desired = &self.prepared.desired;
        let mut marked = Vec::new();
        for task in tasks.iter_mut().filter(|task| task.stage == Stage::Told) {
            let event = fired(task, true, Vec::new()).event(None, now, self.subjects(task));
            if !desired.notifications.iter().any(|policy| policy.takes(&event)) {
                task.why = Some("no route of a NotificationPolicy takes this `RuleFired`".to_owned());
                marked.push(task.clone());
            }
        }
        marked
    }

    /// Keeps an event for what somebody agreed to and is live now.
    pub(super) fn keep_told(&self, task: &Task, runs: &RunStore) -> Result<(), Failure> {
        if task.stage == Stage::Written {
            self.notices.keep(vec![self.fired(task, true, runs)?]);
        }
        Ok(())
    }

    fn fired(&self, task: &Task, done: bool, runs: &RunStore) -> Result<Told, Failure> {
        let mut evidence = evidence(task, runs)?;
        if task.stage == Stage::Proposed {
            evidence.extend(task.why.iter().map(|why| format!("asked, since {why}")));
            evidence.push(format!("decide by {}: `adplane rules approve {}`", task.until, task.short()));
        }
        Ok((fired(task, done, evidence), self.subjects(task)))
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
