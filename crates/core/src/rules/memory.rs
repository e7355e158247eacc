//! What rules remember between runs: a value, that whoever runs them keeps.

use std::collections::{BTreeMap, BTreeSet};

use compact_str::CompactString;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::intent::{Change, Direction, Intent};
use super::source::RuleKey;
use super::spend::Morning;
use crate::address::{AccountKey, Address};
use crate::ids::ObjectName;

/// Attempts below which failures say nothing.
const FEWEST_ATTEMPTS: u32 = 4;
/// So many of a rule's last writes are counted.
const LAST_WRITES: u32 = 20;
/// Failed writes in a row after which rules and pools leave an account alone.
const BREAKS_AFTER: u32 = 3;
/// For how long they do.
const BROKEN_FOR: SignedDuration = SignedDuration::from_hours(1);

/// Everything that is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Memory {
    /// By rule, `growth/cpa-too-high`.
    pub rules: BTreeMap<String, RuleMemory>,
    /// Fields that rules changed, by object and field.
    pub fields: BTreeMap<Address, BTreeMap<CompactString, FieldMemory>>,
    /// Days on which an account counted next to no conversions, by account.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub outages: BTreeMap<String, BTreeSet<Date>>,
    /// What the day of each account began with, `growth/meta-eu`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub mornings: BTreeMap<String, Morning>,
    /// Accounts of which nobody knows any more what this day began with: on it nothing is raised.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub lost: BTreeMap<String, Date>,
    /// Accounts on which writes of rules and pools failed last, `growth/meta-eu`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub breakers: BTreeMap<String, Breaker>,
}

/// Writes of rules and pools that failed on an account, one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Breaker {
    /// How many in a row.
    pub failures: u32,
    /// Until when rules and pools leave the account alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// What is remembered of one rule.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RuleMemory {
    /// What it said when it ran last: streaks of another condition count for nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub revision: String,
    /// On which days it was in shadow, where something rests on that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shadowed: Option<Shadowed>,
    /// The tick that it ran for last, by account.
    pub ran: BTreeMap<ObjectName, Timestamp>,
    /// Objects that it changed on an account's day.
    pub days: BTreeMap<ObjectName, (Date, u32)>,
    /// What it remembers of objects.
    pub objects: BTreeMap<Address, Mood>,
    /// How many of its last writes are counted.
    pub attempts: u32,
    /// Of these, how many the platform refused.
    pub failures: u32,
    /// Which of them, a bit each; the lowest is the newest.
    #[serde(skip_serializing_if = "is_zero")]
    pub failed: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands the field over by reference")]
fn is_zero(bits: &u32) -> bool {
    *bits == 0
}

/// The days on which a rule was in shadow.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Shadowed {
    /// What it said on them.
    pub revision: String,
    /// The days, each of an account's own.
    pub days: BTreeSet<Date>,
}

/// What a rule remembers of one object.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Mood {
    /// Runs in a row in which the condition was true.
    pub true_for: u32,
    /// Runs in a row in which it was unknown.
    pub unknown_for: u32,
    /// When it changed, or proposed to change, a field last.
    pub acted: BTreeMap<CompactString, Timestamp>,
    /// Which way that went, where it is about running at all: a pause waits for no resume, and no resume for a pause.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub turned: BTreeMap<CompactString, Direction>,
    /// Its own pause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pause: Option<Pause>,
    /// How often it resumed what it paused.
    pub resumes: u32,
    /// Amounts that it wanted in its last runs, by field, where it looks back at them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub wanted: BTreeMap<CompactString, Vec<Wanted>>,
}

/// An amount that a rule wanted in a run; what was in force where it wanted none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Wanted {
    /// When.
    pub at: Timestamp,
    /// In micros.
    pub micros: i64,
    /// Which way it went; absent where none was wanted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub way: Option<Direction>,
}

/// A rule's own pause of an object: a hold that only its release, its expiry or a person ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Since when.
    pub since: Timestamp,
    /// Until when at most.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub until: Option<Timestamp>,
}

/// The last change of a field by any rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldMemory {
    /// When.
    pub at: Timestamp,
    /// Which way.
    pub direction: Direction,
    /// By which rule.
    pub rule: RuleKey,
}

impl Memory {
    /// What is remembered of a rule.
    pub fn rule(&self, key: &RuleKey) -> Option<&RuleMemory> {
        self.rules.get(&key.to_string())
    }

    /// What a rule remembers of an object.
    pub fn mood(&self, key: &RuleKey, object: &Address) -> Option<&Mood> {
        self.rule(key)?.objects.get(object)
    }

    /// Tells how writes of a rule went, for its breaker; those that failed were the last. What a suspended rule tries again
    /// neither lifts its suspension nor makes it worse.
    pub fn report(&mut self, key: &RuleKey, attempts: u32, failures: u32) {
        let rule = self.rules.entry(key.to_string()).or_default();
        for write in 0..attempts {
            if rule.is_suspended() {
                break;
            }
            rule.count(write < attempts.saturating_sub(failures));
        }
    }

    /// Tells how a write of a rule or a pool to an account went, for its breaker: a few failures in a row, and both leave
    /// it alone for a while; then one write is tried.
    pub fn wrote(&mut self, account: &AccountKey, worked: bool, now: Timestamp) {
        let name = account.to_string();
        if worked {
            self.breakers.remove(&name);
            return;
        }
        let breaker = self.breakers.entry(name).or_default();
        breaker.failures = breaker.failures.saturating_add(1);
        if breaker.failures >= BREAKS_AFTER {
            breaker.until = now.checked_add(BROKEN_FOR).ok();
        }
    }

    /// Why rules and pools leave an account alone, while its breaker is open.
    pub fn broken(&self, account: &AccountKey, now: Timestamp) -> Option<String> {
        let breaker = self.breakers.get(&account.to_string())?;
        let until = breaker.until.filter(|until| *until > now)?;
        Some(format!(
            "the last {} writes of rules and pools to it failed: the next is tried after {until}",
            breaker.failures
        ))
    }

    /// Remembers that an intent was carried out which a run only proposed.
    pub fn made(&mut self, intent: &Intent, account: &ObjectName, day: Date, at: Timestamp) {
        let rule = self.rules.entry(intent.rule.to_string()).or_default();
        let mood = rule.objects.entry(intent.object.clone()).or_default();
        for planned in &intent.changes {
            mood.acted.insert(planned.field.clone(), at);
            if matches!(planned.direction, Direction::Pause | Direction::Resume) {
                mood.turned.insert(planned.field.clone(), planned.direction);
            }
            match planned.change {
                Change::Pause { until } => mood.pause = Some(Pause { since: at, until }),
                Change::Resume => {
                    mood.pause = None;
                    mood.resumes = mood.resumes.saturating_add(1);
                }
                _ => {}
            }
        }
        let used = rule.days.entry(account.clone()).or_insert((day, 0));
        *used = if used.0 == day { (day, used.1.saturating_add(1)) } else { (day, 1) };
        for planned in intent.changes.iter().filter(|planned| planned.moves()) {
            let made = FieldMemory { at, direction: planned.direction, rule: intent.rule.clone() };
            self.fields.entry(planned.object.clone()).or_default().insert(planned.field.clone(), made);
        }
    }

    /// Forgets that an intent was carried out, since it was decided at an instant and nothing came of it. The rule
    /// itself rests all the same, so that what is refused is not wanted anew at every tick.
    pub fn unmade(&mut self, intent: &Intent, at: Timestamp) {
        if let Some(mood) =
            self.rules.get_mut(&intent.rule.to_string()).and_then(|rule| rule.objects.get_mut(&intent.object))
        {
            mood.pause = mood.pause.filter(|pause| pause.since != at);
        }
        for planned in &intent.changes {
            let Some(fields) = self.fields.get_mut(&planned.object) else { continue };
            fields.retain(|field, made| *field != planned.field || made.at != at || made.rule != intent.rule);
            if fields.is_empty() {
                self.fields.remove(&planned.object);
            }
        }
    }

    /// Lets a suspended rule try again.
    pub fn lift(&mut self, key: &RuleKey) {
        if let Some(rule) = self.rules.get_mut(&key.to_string()) {
            (rule.attempts, rule.failures, rule.failed) = (0, 0, 0);
        }
    }

    /// Ends a rule's own pause, since a person said so.
    pub fn forget_pause(&mut self, key: &RuleKey, object: &Address) {
        if let Some(mood) = self.rules.get_mut(&key.to_string()).and_then(|rule| rule.objects.get_mut(object))
        {
            mood.pause = None;
        }
    }
}

impl Memory {
    /// Lets a rule rest from an instant on what a person took back, as if it had just acted on it.
    pub fn rest(&mut self, intent: &Intent, at: Timestamp) {
        let rule = self.rules.entry(intent.rule.to_string()).or_default();
        let mood = rule.objects.entry(intent.object.clone()).or_default();
        mood.true_for = 0;
        for planned in &intent.changes {
            mood.acted.insert(planned.field.clone(), at);
            if planned.direction == Direction::Pause {
                mood.turned.insert(planned.field.clone(), planned.direction);
            }
        }
    }
}

impl RuleMemory {
    /// Counts one more write; the oldest one of those that are counted is forgotten.
    fn count(&mut self, worked: bool) {
        if self.attempts > LAST_WRITES {
            // Counts over the whole life of a rule, as they were kept before, say nothing of its last writes.
            (self.attempts, self.failures, self.failed) = (0, 0, 0);
        } else if self.failed.count_ones() != self.failures {
            // Nor do those say which writes failed: the newest.
            self.failed = (1_u32 << self.failures.min(self.attempts)) - 1;
        }
        let counted = (1_u32 << LAST_WRITES) - 1;
        self.failed = ((self.failed << 1) | u32::from(!worked)) & counted;
        self.attempts = (self.attempts + 1).min(LAST_WRITES);
        self.failures = self.failed.count_ones();
    }

    /// Whether more than half of its last writes were refused, so that it stops until somebody lifts it.
    pub fn is_suspended(&self) -> bool {
        self.attempts >= FEWEST_ATTEMPTS && u64::from(self.failures) * 2 > u64::from(self.attempts)
    }
}
