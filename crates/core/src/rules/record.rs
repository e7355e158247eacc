//! Records: what a rule saw of each object, what it wanted and what became of it. They read back from JSON.

use std::sync::Arc;

use compact_str::CompactString;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::decide::Outcome;
use super::intent::Intent;
use super::source::{Mode, RuleKey};
use super::unknown::Unknown;
use crate::address::Address;
use crate::ids::ObjectName;

/// What a clause came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Truth {
    /// It holds.
    True,
    /// It does not.
    False,
    /// Nobody knows, and why.
    Unknown(Unknown),
}

impl Truth {
    /// Both: what is false decides, also when the other side is unknown.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::False, _) | (_, Self::False) => Self::False,
            (Self::Unknown(why), _) | (_, Self::Unknown(why)) => Self::Unknown(why),
            (Self::True, Self::True) => Self::True,
        }
    }

    /// Either: what is true decides, also when the other side is unknown.
    pub(super) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::True, _) | (_, Self::True) => Self::True,
            (Self::Unknown(why), _) | (_, Self::Unknown(why)) => Self::Unknown(why),
            (Self::False, Self::False) => Self::False,
        }
    }

    /// As records hold it.
    pub(super) fn told(&self) -> Told {
        match self {
            Self::True => Told { verdict: Verdict::True, code: None, reason: None },
            Self::False => Told { verdict: Verdict::False, code: None, reason: None },
            Self::Unknown(why) => Told {
                verdict: Verdict::Unknown,
                code: Some(CompactString::const_new(why.word())),
                reason: Some(why.to_string()),
            },
        }
    }
}

/// The word for a truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// It holds.
    True,
    /// It does not.
    False,
    /// Nobody knows.
    Unknown,
}

impl Verdict {
    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Self::True => "true",
            Self::False => "false",
            Self::Unknown => "unknown",
        }
    }
}

/// A verdict with its reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Told {
    /// The verdict.
    pub verdict: Verdict,
    /// A stable word for why it is unknown, for counters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<CompactString>,
    /// Why it is unknown, as a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Which part of a rule a clause is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Part {
    /// `require`.
    Require,
    /// `when`.
    When,
    /// `release`.
    Release,
}

impl Part {
    /// The word in YAML.
    pub fn word(self) -> &'static str {
        match self {
            Self::Require => "require",
            Self::When => "when",
            Self::Release => "release",
        }
    }
}

/// A value that a clause rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    /// As the rule names it.
    pub name: Arc<str>,
    /// As people read it.
    pub value: CompactString,
}

/// One clause on one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Clause {
    /// Of which part.
    pub part: Part,
    /// As written.
    pub text: Arc<str>,
    /// What it came to.
    #[serde(flatten)]
    pub told: Told,
    /// What it rests on.
    pub values: Vec<Used>,
}

/// One object in one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectRun {
    /// Which.
    pub object: Address,
    /// Clauses, in the order of the rule.
    pub clauses: Vec<Clause>,
    /// What they come to together.
    #[serde(flatten)]
    pub told: Told,
    /// What the rule wants, when it wants something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<Arc<Intent>>,
    /// What became of it.
    pub outcome: Outcome,
}

/// One run of one rule on one account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleRun {
    /// Which rule.
    pub rule: RuleKey,
    /// What it said then.
    pub revision: String,
    /// What it may do.
    pub mode: Mode,
    /// The account.
    pub account: ObjectName,
    /// The snapshot that it read.
    pub snapshot: String,
    /// When.
    pub at: Timestamp,
    /// The tick that it ran for; missed ones before it are not made up for.
    pub tick: Timestamp,
    /// Why it may do less than git says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_back: Option<String>,
    /// Every object in scope.
    pub objects: Vec<ObjectRun>,
}
