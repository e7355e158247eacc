//! Records in words: why a rule did or did not act on an object.

use std::fmt::Write as _;

use super::decide::Outcome;
use super::intent::{Change, Intent};
use super::record::{ObjectRun, RuleRun, Verdict};
use crate::address::Address;

/// Why a rule did or did not act on an object in a run; `None` when it did not look at it.
pub fn explain(run: &RuleRun, object: &Address) -> Option<String> {
    let found = run.objects.iter().find(|one| one.object == *object)?;
    let mut text = String::new();
    // Writing to a text does not fail.
    let _ = writeln!(text, "{} at {}: {}", run.rule, run.at, sentence(&found.outcome));
    if let Some(why) = &run.held_back {
        let _ = writeln!(text, "  held back: {why}");
    }
    for clause in &found.clauses {
        let _ = write!(text, "  {} {}: {}", clause.part.word(), clause.text, clause.told.verdict.word());
        if let (Verdict::Unknown, Some(reason)) = (clause.told.verdict, &clause.told.reason) {
            let _ = write!(text, ", since {reason}");
        }
        let _ = writeln!(text);
        for used in clause.values.iter().filter(|used| !used.value.starts_with("unknown: ")) {
            let _ = writeln!(text, "    {} = {}", used.name, used.value);
        }
    }
    wanted(&mut text, found);
    Some(text)
}

fn wanted(text: &mut String, found: &ObjectRun) {
    let Some(intent) = &found.intent else { return };
    for line in lines(intent) {
        let _ = writeln!(text, "  wanted: {line}");
    }
    for note in &intent.notes {
        let _ = writeln!(text, "  note: {note}");
    }
}

/// What an intent changes, a line for each change.
pub(super) fn lines(intent: &Intent) -> Vec<String> {
    let each = intent.changes.iter().map(|planned| {
        let what = planned.change.to_string();
        if planned.object == intent.object { what } else { format!("{}: {what}", planned.object.short()) }
    });
    each.collect()
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Pause { until: None } => f.write_str("pause it"),
            Self::Pause { until: Some(until) } => write!(f, "pause it until {until}"),
            Self::Resume => f.write_str("resume it"),
            Self::Budget { from, to, until: None, .. } => write!(f, "budget from {from} to {to}"),
            Self::Budget { from, to, until: Some(until), .. } => {
                write!(f, "budget from {from} to {to} until {until}")
            }
            Self::Bid { from, to } => write!(f, "bid from {from} to {to}"),
            Self::Target { from: Some(from), to } => write!(f, "target from {from} to {to}"),
            Self::Target { from: None, to } => write!(f, "target {to}"),
            Self::Creative { from: Some(from), to } => write!(f, "creative `{to}` in place of `{from}`"),
            Self::Creative { from: None, to } => write!(f, "creative `{to}`"),
            Self::Label { key, value } => write!(f, "label {key}={value}"),
            Self::Notify { message } => write!(f, "tell: {message}"),
            Self::ProposePr { message } => write!(f, "pull request: {message}"),
            Self::RunReport { name, .. } => write!(f, "report `{name}`"),
        }
    }
}

/// What became of it, as a sentence fragment.
pub fn sentence(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Act => "it acts".to_owned(),
        Outcome::Propose { why } => format!("it proposes, since {why}"),
        Outcome::Shadow { would } => format!("it only records; otherwise {}", sentence(would)),
        Outcome::False => "the condition is false".to_owned(),
        Outcome::Unknown => "the condition is unknown, so nothing happens".to_owned(),
        Outcome::Sustaining { have, need } => format!("the condition is true for {have} of {need} runs"),
        Outcome::Cooling { until } => format!("the rule changed it already and waits until {until}"),
        Outcome::Settling { rule, until } => format!("rule `{rule}` changed it and it rests until {until}"),
        Outcome::NoChange { why } => format!("nothing changes: {why}"),
        Outcome::Impossible { why } => format!("it cannot: {why}"),
        Outcome::NotRunning => "the object does not run".to_owned(),
        Outcome::Holding { since } => format!("the rule holds it paused since {since}"),
        Outcome::Superseded { by, object } => format!("rule `{by}` went first on {}", object.short()),
        Outcome::Suppressed { by, object } => format!("rule `{by}` pauses {}", object.short()),
        Outcome::Deferred { limit } => {
            format!("it waits for a later run: `{limit}` is reached, and others are worse")
        }
        Outcome::Refused { guard, why } => format!("refused ({guard}): {why}"),
    }
}
