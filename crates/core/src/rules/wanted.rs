//! From what a rule would do to what it wants: what must rest first, who is asked about it, and what it rests on.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::decide::Outcome;
use super::evaluate::Wish;
use super::intent::{Direction, Intent, Planned, fingerprint};
use super::lookup::{Effects, Subject};
use super::memory::{Memory, Mood};
use super::planning::{Plan, notes, rest};
use super::record::{Clause, Truth};
use super::slot::Holder;
use super::source::RuleKey;

/// An intent, unless what it changes must rest. Words and labels that must rest are left out of it: they hold back
/// nothing else.
pub(super) fn wanted(
    subject: Subject<'_>,
    plan: Plan,
    mood: &Mood,
    memory: &Memory,
    clauses: &[Clause],
) -> Wish {
    let now = subject.snapshot.now;
    let Plan { changes: all, mut asks } = plan;
    let mut changes = Vec::new();
    let mut words = Vec::new();
    let mut rests: Option<Timestamp> = None;
    for (planned, word) in all {
        if let Some(until) = cooling(subject, &planned, mood).filter(|until| *until > now) {
            if planned.is_quiet() {
                rests = Some(rests.map_or(until, |other| other.min(until)));
                continue;
            }
            if !is_urgent(&planned, mood) {
                return Wish::Nothing(Outcome::Cooling { until });
            }
        }
        match settling(subject, &planned, memory, now) {
            Rest::Done => {}
            Rest::Until(rule, until) => return Wish::Nothing(Outcome::Settling { rule, until }),
            Rest::Turned(why) => asks.push(why),
        }
        words.push(word);
        changes.push(planned);
    }
    if let Some(until) = rests.filter(|_| changes.is_empty()) {
        return Wish::Nothing(Outcome::Cooling { until });
    }
    let mut intent = Intent {
        rule: subject.rule.key.clone(),
        priority: subject.rule.priority,
        object: subject.address.clone(),
        weight: weight(subject),
        evidence: evidence(subject, &changes, clauses),
        notes: notes(subject, &changes),
        ask: None,
        changes,
    };
    if intent.direction().raises() && !intent.only_moves() {
        asks.push("it raises spend".to_owned());
    }
    asks.extend(asked(subject, &intent, &words));
    asks.dedup();
    intent.ask = asks.first().map(|_| asks.join("; "));
    Wish::Wants(Arc::new(intent))
}

/// A pause does not wait for what the rule did before, unless that was a pause as well: whoever runs the object again, or
/// has been asked and not answered, is left alone for a while.
fn is_urgent(planned: &Planned, mood: &Mood) -> bool {
    planned.direction == Direction::Pause && mood.turned.get(&planned.field) == Some(&Direction::Resume)
}

fn cooling(subject: Subject<'_>, planned: &Planned, mood: &Mood) -> Option<Timestamp> {
    let last = mood.acted.get(&planned.field)?;
    // What this rule paused is let go as soon as its release says so; that it asked for that already rests.
    if planned.direction == Direction::Resume && mood.pause.is_none_or(|pause| *last <= pause.since) {
        return None;
    }
    let length = subject.rule.limits.cooldown.unwrap_or_else(|| rest(subject, planned));
    last.checked_add(length).ok()
}

enum Rest {
    Done,
    Until(RuleKey, Timestamp),
    /// The direction turns while the field rests.
    Turned(String),
}

/// Whether a field rests after a change by any rule. A pause never waits.
fn settling(subject: Subject<'_>, planned: &Planned, memory: &Memory, now: Timestamp) -> Rest {
    if matches!(planned.direction, Direction::Pause | Direction::Resume | Direction::Keep) {
        return Rest::Done;
    }
    let last = memory.fields.get(&planned.object).and_then(|fields| fields.get(&planned.field));
    let Some(last) = last else { return Rest::Done };
    let length: SignedDuration = rest(subject, planned);
    let Some(until) = last.at.checked_add(length).ok().filter(|until| *until > now) else {
        return Rest::Done;
    };
    let turned = last.direction.raises() != planned.direction.raises();
    if turned {
        Rest::Turned(format!("`{}` went the other way at {}", planned.field, last.at))
    } else {
        Rest::Until(last.rule.clone(), until)
    }
}

/// Why the rule's own condition asks for an approval; what is unknown asks. Each change is looked at with the word of the
/// action that makes it, by itself and as what all of them come to.
fn asked(subject: Subject<'_>, intent: &Intent, words: &[&str]) -> Option<String> {
    let expression = subject.rule.approve.as_ref()?;
    let mut effects: BTreeSet<(&str, i64)> = BTreeSet::new();
    for (planned, word) in intent.changes.iter().zip(words) {
        effects.insert((word, intent.daily()));
        if planned.direction != Direction::Keep {
            effects.insert((word, planned.daily));
        }
    }
    let together = effects.into_iter().fold(Truth::False, |truth, (action, daily)| {
        truth.or(subject.truth(expression, Some(Effects { daily, action })).0)
    });
    match together {
        Truth::True => Some(format!("`{}`", expression.text)),
        Truth::False => None,
        Truth::Unknown(why) => Some(format!("`{}` is unknown: {why}", expression.text)),
    }
}

/// How much the object has spent: which of several is worst.
fn weight(subject: Subject<'_>) -> i64 {
    let spent = subject.rule.measured.and_then(|window| subject.sums(Holder::Own, window).ok()?.spend);
    spent.unwrap_or_else(|| subject.snapshot.daily_spend(subject.object))
}

fn evidence(subject: Subject<'_>, changes: &[Planned], clauses: &[Clause]) -> String {
    let changes: Vec<Planned> = changes.iter().map(Planned::bare).collect();
    let changes = serde_json::to_string(&changes).unwrap_or_default();
    let mut text = format!("{}\n{}\n{changes}\n", subject.rule.revision, subject.address);
    for (index, used) in clauses.iter().flat_map(|clause| &clause.values).enumerate() {
        let between = if index == 0 { "" } else { "\n" };
        // Writing to a text does not fail.
        let _ = write!(text, "{between}{}={}", used.name, used.value);
    }
    fingerprint(&text)
}
