//! What became of a rule on an object.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::intent::Intent;
use super::source::RuleKey;
use crate::address::Address;

/// What became of a rule on an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Outcome {
    /// It is done.
    Act,
    /// Somebody decides.
    Propose {
        /// Why it is not simply done.
        why: String,
    },
    /// It is only recorded.
    Shadow {
        /// What would have become of it.
        would: Box<Outcome>,
    },
    /// The condition is false.
    False,
    /// The condition is unknown.
    Unknown,
    /// The condition has not been true for long enough.
    Sustaining {
        /// Runs in a row so far.
        have: u32,
        /// Runs that are needed.
        need: u32,
    },
    /// The rule changed this field a short while ago.
    Cooling {
        /// When it may again.
        until: Timestamp,
    },
    /// Some rule changed this field a short while ago.
    Settling {
        /// Which.
        rule: RuleKey,
        /// When it may change again.
        until: Timestamp,
    },
    /// Everything is as it should be.
    NoChange {
        /// Why.
        why: String,
    },
    /// It cannot be done.
    Impossible {
        /// Why.
        why: String,
    },
    /// It does not run, and this rule did not pause it.
    NotRunning,
    /// This rule paused it and has not let go.
    Holding {
        /// Since when.
        since: Timestamp,
    },
    /// Another intent won the field.
    Superseded {
        /// The winner's rule.
        by: RuleKey,
        /// The winner's object.
        object: Address,
    },
    /// What it lies in is paused by another intent.
    Suppressed {
        /// The other intent's rule.
        by: RuleKey,
        /// What is paused.
        object: Address,
    },
    /// It waits for a later run: a limit of the rule or of the spend guard is reached, and others are worse.
    Deferred {
        /// Which limit.
        limit: String,
    },
    /// A safeguard does not let it.
    Refused {
        /// Which.
        guard: String,
        /// Why.
        why: String,
    },
}

impl Outcome {
    /// What was decided, also where it is only recorded.
    pub fn decided(&self) -> &Self {
        match self {
            Self::Shadow { would } => would.decided(),
            other => other,
        }
    }

    /// The word in tables and cases.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Act => "act",
            Self::Propose { .. } => "propose",
            Self::Shadow { .. } => "shadow",
            Self::False => "false",
            Self::Unknown => "unknown",
            Self::Sustaining { .. } => "sustaining",
            Self::Cooling { .. } => "cooling",
            Self::Settling { .. } => "settling",
            Self::NoChange { .. } => "noChange",
            Self::Impossible { .. } => "impossible",
            Self::NotRunning => "notRunning",
            Self::Holding { .. } => "holding",
            Self::Superseded { .. } => "superseded",
            Self::Suppressed { .. } => "suppressed",
            Self::Deferred { .. } => "deferred",
            Self::Refused { .. } => "refused",
        }
    }

    /// All words.
    pub const WORDS: [&'static str; 16] = [
        "act",
        "propose",
        "shadow",
        "false",
        "unknown",
        "sustaining",
        "cooling",
        "settling",
        "noChange",
        "impossible",
        "notRunning",
        "holding",
        "superseded",
        "suppressed",
        "deferred",
        "refused",
    ];
}

/// An intent with what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// What was wanted.
    pub intent: Arc<Intent>,
    /// What became of it.
    pub outcome: Outcome,
}
