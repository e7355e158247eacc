//! What a run decided to have done, or to be agreed to, and how far that has come.
//!
//! A task is on disk in the same transaction as the run that decided it, before anything else happens. What follows can
//! be cut off anywhere and is taken up by the next run: amounts are absolute, an overlay is a file of its own that is
//! written again as it is, and whether something is live is seen on the platform, never remembered.
//!
//! ```text
//! decided ──overlay on disk──> in force ──live──> written
//!    └─ not any more, or refused ──> lapsed            (superseded: the same rule decided the field anew)
//! ```

use adplane_core::address::Address;
use adplane_core::field::FieldPath;
use adplane_core::ids::ObjectName;
use adplane_core::overlay::{DAILY_BUDGET, STATE};
use adplane_core::plan::Fields;
use adplane_core::rules::{Change, Intent, Outcome, Planned, Run};
use data_encoding::HEXLOWER;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::state::{Event, Line, LoggedField, Stored};

/// Digits by which people name a task.
const DIGITS: usize = 12;
/// A decision is put in force by the run that made it, or by one that follows soon: an older one rests on numbers that
/// have passed.
const PROMPT: SignedDuration = SignedDuration::from_hours(1);

/// How far a task has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Stage {
    /// Somebody has been asked.
    Proposed,
    /// It is to be done, and nothing has been put in force.
    Decided,
    /// Its overlays are on disk; the platform may not have it yet.
    InForce,
    /// It is live.
    Written,
    /// People were told what it says; there is nothing to write.
    Told,
    /// Somebody agreed, and git must say it.
    Agreed,
    /// Somebody said no.
    Rejected,
    /// Nobody decided in time.
    Expired,
    /// What it was proposed on has moved.
    Stale,
    /// It was given up.
    Lapsed,
    /// The same rule decided the field anew.
    Superseded,
    /// What it held, somebody resumed by hand or lifted.
    Lifted,
}

impl Stage {
    /// Those from which something can still happen.
    pub const OPEN: [Self; 3] = [Self::Proposed, Self::Decided, Self::InForce];

    /// The word in the store and in tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Decided => "decided",
            Self::InForce => "inForce",
            Self::Written => "written",
            Self::Told => "told",
            Self::Agreed => "agreed",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::Stale => "stale",
            Self::Lapsed => "lapsed",
            Self::Superseded => "superseded",
            Self::Lifted => "lifted",
        }
    }

    /// Whether something can still happen.
    pub fn is_open(self) -> bool {
        Self::OPEN.contains(&self)
    }
}

/// A write that a task led to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskWrite {
    /// The object.
    pub object: Address,
    /// The plan, by its hash.
    pub plan: String,
    /// The vendor's ids of the requests.
    pub requests: Vec<String>,
    /// When.
    pub at: Timestamp,
    /// What became of it.
    #[serde(default = "done")]
    pub result: Stored,
}

/// What was recorded before results were is taken as it was told then.
fn done() -> Stored {
    Stored::Done
}

impl TaskWrite {
    /// What an apply log says was sent since an instant of the writes that are asked about, whatever became of them. One
    /// whose answer was lost and that was found on the platform later is stored.
    pub fn sent(
        lines: &[Line],
        since: Timestamp,
        is_asked: impl Fn(&str, &Address, &[LoggedField]) -> bool,
    ) -> Vec<Self> {
        let before = lines.iter().rposition(|line| line.at < since).map_or(0, |last| last + 1);
        let mut found: Vec<Self> = Vec::new();
        for line in lines.iter().skip(before) {
            match &line.event {
                Event::Write { plan, address, requests, fields, result, .. }
                    if is_asked(plan, address, fields) =>
                {
                    found.push(Self {
                        object: address.clone(),
                        plan: plan.clone(),
                        requests: requests.clone(),
                        at: line.at,
                        result: *result,
                    });
                }
                Event::Settled { plan, address, .. } => {
                    let theirs = |write: &&mut Self| write.plan == *plan && write.object == *address;
                    if let Some(write) = found.iter_mut().rev().find(theirs) {
                        write.result = Stored::Done;
                    }
                }
                _ => {}
            }
        }
        found
    }
}

/// Something that a run decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Task {
    /// Fingerprint of rule, object, changes, evidence and instant.
    pub digest: String,
    /// What is wanted.
    pub intent: Intent,
    /// What the rule said.
    pub revision: String,
    /// The account.
    pub account: ObjectName,
    /// When it was decided.
    pub at: Timestamp,
    /// Until when it may be put in force, or decided by people.
    pub until: Timestamp,
    /// How far it has come.
    pub stage: Stage,
    /// When it came there.
    pub since: Timestamp,
    /// Why it is there and no further.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Who decided, where a person did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Whether what rules remember counts it already.
    pub remembered: bool,
    /// What was written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub writes: Vec<TaskWrite>,
}

impl Task {
    /// Its first digits, as people type them.
    pub fn short(&self) -> &str {
        let digits = self.digest.trim_start_matches("sha256:");
        digits.get(..DIGITS).unwrap_or(digits)
    }

    /// The fields that it moves and that git may lend: those that a plan is made of. Labels are git's alone.
    pub fn fields(&self) -> impl Iterator<Item = (&Address, FieldPath)> {
        moves(&self.intent).map(|planned| (&planned.object, FieldPath::new(planned.field.as_str())))
    }

    /// Adds its fields to those of others.
    pub fn add_fields(&self, fields: &mut Fields) {
        for (object, path) in self.fields() {
            fields.entry(object.clone()).or_default().insert(path);
        }
    }

    /// Whether it pauses an object.
    pub fn pauses(&self, object: &Address) -> bool {
        let mut changes = self.intent.changes.iter().filter(|planned| planned.object == *object);
        changes.any(|planned| matches!(planned.change, Change::Pause { .. }))
    }

    /// Whether it moves one of the fields that another does.
    pub fn meets(&self, other: &Self) -> bool {
        self.intent.claims().any(|claim| other.intent.claims().any(|of_other| of_other == claim))
    }

    /// Whether everything in it can be put in force by overlays, as far as the changes tell.
    pub fn is_lent(&self) -> bool {
        let lent = |planned: &Planned| planned.field == DAILY_BUDGET || planned.field == STATE;
        moves(&self.intent).next().is_some() && moves(&self.intent).all(lent)
    }

    /// The same further on.
    pub fn now(&mut self, stage: Stage, why: Option<String>, at: Timestamp) {
        if self.stage != stage {
            self.since = at;
        }
        self.stage = stage;
        self.why = why;
    }

    /// What it changes, in words.
    pub fn shown(&self) -> String {
        let each = self.intent.changes.iter().map(|planned| {
            let what = planned.change.to_string();
            if planned.object == self.intent.object {
                what
            } else {
                format!("{}: {what}", planned.object.short())
            }
        });
        each.collect::<Vec<_>>().join("; ")
    }
}

/// What of an intent an overlay or a plan could say: labels come along as words do.
pub(super) fn moves(intent: &Intent) -> impl Iterator<Item = &Planned> {
    let label = |planned: &Planned| matches!(planned.change, Change::Label { .. });
    intent.changes.iter().filter(move |planned| planned.claims && !label(planned))
}

/// The tasks of a run: one for each intent that is to be done or agreed to.
pub fn tasks(run: &Run, timeout: impl Fn(&Intent) -> SignedDuration) -> Vec<Task> {
    let mut found = Vec::new();
    for record in &run.runs {
        for one in &record.objects {
            let Some(intent) = &one.intent else { continue };
            let (stage, why, length) = match &one.outcome {
                Outcome::Act if intent.claims().next().is_none() => (Stage::Told, None, PROMPT),
                Outcome::Act if moves(intent).next().is_none() => {
                    let why =
                        "git owns labels (`metadata.labels`): an approved proposal is a commit".to_owned();
                    (Stage::Proposed, Some(why), timeout(intent))
                }
                Outcome::Act => (Stage::Decided, None, PROMPT),
                Outcome::Propose { why } => (Stage::Proposed, Some(why.clone()), timeout(intent)),
                _ => continue,
            };
            found.push(Task {
                digest: digest(&record.revision, intent, record.at),
                intent: Intent::clone(intent),
                revision: record.revision.clone(),
                account: record.account.clone(),
                at: record.at,
                until: ends(intent).min(record.at.checked_add(length).unwrap_or(Timestamp::MAX)),
                stage,
                since: record.at,
                why,
                by: None,
                remembered: stage != Stage::Proposed,
                writes: Vec::new(),
            });
        }
    }
    found
}

/// When the first of its amounts would end: after that there is nothing to agree to.
fn ends(intent: &Intent) -> Timestamp {
    let each = intent.changes.iter().filter_map(|planned| match planned.change {
        Change::Budget { until, .. } => until,
        _ => None,
    });
    each.min().unwrap_or(Timestamp::MAX)
}

/// What an approval is given for: the rule as it was, the object, from what to what, and the evidence.
fn digest(revision: &str, intent: &Intent, at: Timestamp) -> String {
    let content = serde_json::to_vec(&(revision, intent, at)).unwrap_or_default();
    format!("sha256:{}", HEXLOWER.encode(&Sha256::digest(content)))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn line(number: u64, minute: u64, event: &Value) -> Line {
        let mut line =
            json!({"line": number, "previous": "", "at": format!("2026-11-02T09:{minute:02}:00Z")});
        line.as_object_mut().unwrap().extend(event.as_object().unwrap().clone());
        serde_json::from_value(line).unwrap()
    }

    fn write(plan: &str, object: &str, result: &str) -> Value {
        json!({"event": "write", "plan": plan, "write": 1, "address": object, "operation": "pause",
            "requests": ["r"], "fields": [], "result": result})
    }

    #[test]
    fn what_was_sent_says_what_became_of_it() {
        let (sale, other) = ("meta/shop/Campaign/growth/sale", "meta/shop/Campaign/growth/other");
        let settled = json!({"event": "settled", "plan": "3", "address": sale, "id": null,
            "operation": "pause"});
        let lines = [
            line(1, 1, &write("0", sale, "done")),
            line(2, 2, &write("1", sale, "failed")),
            line(3, 3, &write("2", sale, "unclear")),
            line(4, 4, &write("3", other, "done")),
            line(5, 4, &write("3", sale, "unclear")),
            line(6, 5, &settled),
        ];
        let asked = |_: &str, object: &Address, _: &[LoggedField]| object.to_string() == sale;
        let found = TaskWrite::sent(&lines, lines[1].at, asked);
        let told: Vec<_> = found.iter().map(|write| (write.plan.as_str(), write.result)).collect();
        assert_eq!(told, [("1", Stored::Failed), ("2", Stored::Unclear), ("3", Stored::Done)]);
        // Records of before say nothing of results.
        let mut old = serde_json::to_value(&found[0]).unwrap();
        old.as_object_mut().unwrap().remove("result");
        assert_eq!(serde_json::from_value::<TaskWrite>(old).unwrap().result, Stored::Done);
    }
}
