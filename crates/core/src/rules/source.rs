//! Rules as written: typed, their expressions still texts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use compact_str::CompactString;
use jiff::SignedDuration;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::action::Action;
use crate::address::{Kind, Platform};
use crate::cel::SourceText;
use crate::field::Origin;
use crate::freeze::{Day, TimeOfDay};
use crate::ids::{Namespace, ObjectName};
use crate::metrics::Window;
use crate::money::{Currency, Money};
use crate::time::Zone;
use crate::value::Value;

/// Which rule: `growth/cpa-too-high`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RuleKey {
    /// Its namespace.
    pub namespace: Namespace,
    /// Its name.
    pub name: ObjectName,
}

impl fmt::Display for RuleKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// What a rule does with what it decides; ordered from the mildest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Mode {
    /// It is recorded.
    #[default]
    Shadow,
    /// It becomes a proposal.
    Propose,
    /// It is done.
    Act,
}

impl Mode {
    /// The word in YAML.
    pub fn word(self) -> &'static str {
        match self {
            Self::Shadow => "shadow",
            Self::Propose => "propose",
            Self::Act => "act",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Shadow, Self::Propose, Self::Act].into_iter().find(|mode| mode.word() == word)
    }
}

/// Which objects a rule looks at; what is empty does not restrict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleScope {
    /// Their kind.
    pub kind: Kind,
    /// Names of accounts.
    pub accounts: BTreeSet<ObjectName>,
    /// Platforms.
    pub platforms: BTreeSet<Platform>,
    /// Labels, those of parents among them.
    pub labels: BTreeMap<CompactString, CompactString>,
}

/// When a rule looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// How often, counted from local midnight.
    pub every: SignedDuration,
    /// Hours of the day; an end that is not later reaches into the next day.
    pub hours: Option<(TimeOfDay, TimeOfDay)>,
    /// Days of the week; all when empty.
    pub days: BTreeSet<Day>,
    /// The zone; that of each account when absent.
    pub zone: Option<Zone>,
    /// By how much at most it looks later, by account: so that not all accounts are read at once.
    pub jitter: SignedDuration,
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            every: SignedDuration::from_hours(1),
            hours: None,
            days: BTreeSet::new(),
            zone: None,
            jitter: SignedDuration::ZERO,
        }
    }
}

/// What an external signal holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignalKind {
    /// A number.
    Number,
    /// An amount.
    Money,
    /// A text.
    Text,
    /// True or false.
    Flag,
}

impl SignalKind {
    /// The word in YAML.
    pub fn word(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Money => "money",
            Self::Text => "text",
            Self::Flag => "flag",
        }
    }

    /// Whether a value is of it.
    pub fn fits(self, value: &Value) -> bool {
        match self {
            Self::Number => matches!(value, Value::Integer(_) | Value::Decimal(_)),
            Self::Money => matches!(value, Value::Money(_)),
            Self::Text => matches!(value, Value::Text(_)),
            Self::Flag => matches!(value, Value::Bool(_)),
        }
    }
}

/// The value that a text is: an amount, a number, true or false, or else the text.
pub fn signal_value(text: &str) -> Value {
    if let Ok(flag) = text.parse() {
        return Value::Bool(flag);
    }
    if let Ok(whole) = text.parse() {
        return Value::Integer(whole);
    }
    if let Ok(number) = text.parse::<Decimal>() {
        return Value::Decimal(number);
    }
    text.parse::<Money>().map_or_else(|_| Value::text(text), Value::Money)
}

/// A declared signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignalSource {
    /// What it holds.
    pub kind: SignalKind,
    /// Older than this it is unknown.
    pub freshness: SignedDuration,
}

/// Rates of one day: one unit of `base` is so many of another currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rates {
    /// The day of the rates.
    pub date: Date,
    /// The currency they are of.
    pub base: Currency,
    /// Rates by currency.
    pub rates: BTreeMap<Currency, Decimal>,
    /// Older than this many days they are not used.
    pub max_age: SignedDuration,
}

/// What must be there before a condition counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Require {
    /// The window of the sums below, by name; the first that the condition names when absent.
    pub window: Option<CompactString>,
    /// How long the object must exist.
    pub age: Option<SignedDuration>,
    /// How long ago the sync may be that left the numbers up to date.
    pub freshness: SignedDuration,
    /// Money that must have been spent.
    pub spend: Option<Money>,
    /// Impressions that must have been made.
    pub impressions: Option<i64>,
    /// Clicks that must have been made.
    pub clicks: Option<i64>,
    /// Conversions that must have come, in millionths.
    pub conversions: Option<i64>,
}

impl Default for Require {
    fn default() -> Self {
        Self {
            window: None,
            age: None,
            freshness: SignedDuration::from_hours(24),
            spend: None,
            impressions: None,
            clicks: None,
            conversions: None,
        }
    }
}

/// How long amounts are looked back at: of all that were wanted, the most cautious counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stabilize {
    /// Before a raise.
    pub raises: Option<SignedDuration>,
    /// Before a cut.
    pub cuts: Option<SignedDuration>,
}

/// What must come before a rule may act, though git says that it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promote {
    /// Days on which it was in shadow, saying the same.
    pub shadow_days: u32,
}

/// How often and how much a rule acts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Limits {
    /// How long the rule leaves a field alone after it changed it; by direction and platform when absent.
    pub cooldown: Option<SignedDuration>,
    /// Objects in one run.
    pub per_run: Option<u32>,
    /// Objects in one day of the account.
    pub per_day: Option<u32>,
    /// Share of the live objects in scope in one run, in basis points.
    pub share: Option<u32>,
    /// How often the rule resumes what it paused, for one object.
    pub resumes: Option<u32>,
}

/// What happens to a proposal that nobody decides on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OnTimeout {
    /// It lapses.
    #[default]
    Expire,
    /// It is done.
    Apply,
}

/// When somebody must agree first.
#[derive(Debug, Clone, PartialEq)]
pub struct Approval<E> {
    /// An expression over what would change; what raises spend is proposed in any case.
    pub when: Option<E>,
    /// How long a proposal waits.
    pub timeout: SignedDuration,
    /// What happens then.
    pub on_timeout: OnTimeout,
}

impl<E> Default for Approval<E> {
    fn default() -> Self {
        Self { when: None, timeout: SignedDuration::from_hours(24), on_timeout: OnTimeout::Expire }
    }
}

/// One rule as written.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleSource {
    /// Which rule.
    pub key: RuleKey,
    /// What it does with what it decides.
    pub mode: Mode,
    /// The higher goes first.
    pub priority: i32,
    /// Which objects.
    pub scope: RuleScope,
    /// When.
    pub schedule: Schedule,
    /// Windows by name.
    pub windows: BTreeMap<CompactString, Window>,
    /// Values by name: flags, numbers, amounts, texts.
    pub params: BTreeMap<CompactString, Value>,
    /// Signals by name.
    pub signals: BTreeMap<CompactString, SignalSource>,
    /// Days by the names of their calendars.
    pub calendars: BTreeMap<CompactString, BTreeSet<Date>>,
    /// Rates for `convert`.
    pub rates: Option<Rates>,
    /// What must be there.
    pub require: Require,
    /// What must come before it may act.
    pub promote: Option<Promote>,
    /// When it fires.
    pub when: SourceText,
    /// When it lets go.
    pub release: Option<SourceText>,
    /// How far back past its threshold a value must come, in basis points of it.
    pub dead_band: Option<u32>,
    /// How long amounts must have been wanted.
    pub stabilize: Stabilize,
    /// Runs in a row in which the condition must be true.
    pub true_for: u32,
    /// What it does.
    pub actions: Vec<Action<SourceText>>,
    /// How often and how much.
    pub limits: Limits,
    /// When somebody must agree.
    pub approval: Approval<SourceText>,
    /// Where it was written.
    pub origin: Option<Origin>,
}

impl RuleSource {
    /// Whether everything it does can only lower spend. What it pauses and lets go of spends again.
    pub fn only_lowers(&self) -> bool {
        !self.resumes() && self.actions.iter().all(Action::only_lowers)
    }

    /// Whether it pauses what it looks at.
    pub fn pauses(&self) -> bool {
        self.actions.iter().any(|action| matches!(action, Action::Pause { .. }))
    }

    /// Whether it resumes what it paused: when its release says so, or when its pause is over.
    pub fn resumes(&self) -> bool {
        self.release.is_some()
            || (self.dead_band.is_some() && self.pauses())
            || self.actions.iter().any(Action::ends)
    }
}
