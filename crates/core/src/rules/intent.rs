//! Intents: what a rule wants of an object, absolute and atomic.

use compact_str::CompactString;
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::snapshot::Cadence;
use super::source::RuleKey;
use crate::address::Address;
use crate::freeze::Allow;
use crate::money::Money;

/// Which way something goes; ordered from the most cautious.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Direction {
    /// Nothing is spent any more.
    Pause,
    /// Less is spent.
    Cut,
    /// Spend stays what it is.
    Keep,
    /// More is spent.
    Raise,
    /// Something spends again.
    Resume,
}

impl Direction {
    /// Whether spend can rise.
    pub fn raises(self) -> bool {
        matches!(self, Self::Raise | Self::Resume)
    }

    /// Whether spend falls.
    pub fn lowers(self) -> bool {
        matches!(self, Self::Pause | Self::Cut)
    }
}

/// One change, from what is in force to what should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Change {
    /// It is paused.
    Pause {
        /// Until when at most.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// What the rule paused runs again.
    Resume,
    /// Its budget.
    Budget {
        /// In force.
        from: Money,
        /// Wanted.
        to: Money,
        /// Over which time.
        cadence: Cadence,
        /// When git's amount returns, where the rule says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// Its bid.
    Bid {
        /// In force.
        from: Money,
        /// Wanted.
        to: Money,
    },
    /// The target that the platform bids for.
    Target {
        /// In force, as people read it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<String>,
        /// Wanted.
        to: String,
    },
    /// Its creative.
    Creative {
        /// In use.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<CompactString>,
        /// Wanted.
        to: CompactString,
    },
    /// A label.
    Label {
        /// Its key.
        key: CompactString,
        /// Its value.
        value: CompactString,
    },
    /// People are told.
    Notify {
        /// What.
        message: String,
    },
    /// A pull request is opened.
    ProposePr {
        /// Its description.
        message: String,
    },
    /// A report is made.
    RunReport {
        /// Which.
        name: CompactString,
        /// Its rows, under the columns of every report.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        rows: Vec<Vec<String>>,
    },
}

/// One change of one field of one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Planned {
    /// Whose.
    pub object: Address,
    /// Which field.
    pub field: CompactString,
    /// What.
    pub change: Change,
    /// Which way.
    pub direction: Direction,
    /// What it does to what can be spent on a day, in micros.
    pub daily: i64,
    /// Whether it takes the field, so that no other rule changes it in this run.
    pub claims: bool,
}

/// What a rule wants of an object: all of it, or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Intent {
    /// Whose.
    pub rule: RuleKey,
    /// The rule's priority.
    pub priority: i32,
    /// The object that it is about.
    pub object: Address,
    /// What changes.
    pub changes: Vec<Planned>,
    /// How much the object has spent, in micros: which of several is worst.
    pub weight: i64,
    /// Fingerprint of rule, object, changes and values.
    pub evidence: String,
    /// Why somebody must agree, when somebody must.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<String>,
    /// What people should know, such as that learning begins again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl Planned {
    /// Without what it tells of numbers that nobody decides by.
    pub(super) fn bare(&self) -> Self {
        let mut bare = self.clone();
        if let Change::RunReport { rows, .. } = &mut bare.change {
            rows.clear();
        }
        bare
    }

    /// Whether it sets a label, which changes nothing of what is spent.
    fn is_label(&self) -> bool {
        matches!(self.change, Change::Label { .. })
    }

    /// Whether it can wait without anything else having to: words and labels.
    pub(super) fn is_quiet(&self) -> bool {
        !self.claims || self.is_label()
    }

    /// Whether it moves spend of a field that it takes, so that the field rests afterwards.
    pub(super) fn moves(&self) -> bool {
        self.claims && self.direction != Direction::Keep
    }
}

impl Intent {
    /// The fields that it takes.
    pub fn claims(&self) -> impl Iterator<Item = (&Address, &CompactString)> {
        self.claimed().map(|change| (&change.object, &change.field))
    }

    /// Its changes that claim a field: all but words and reports.
    pub fn claimed(&self) -> impl Iterator<Item = &Planned> {
        self.changes.iter().filter(|change| change.claims)
    }

    /// Which way it goes: the least cautious of its changes.
    pub fn direction(&self) -> Direction {
        let of_spend = self.claimed().map(|change| change.direction);
        of_spend.filter(|direction| *direction != Direction::Keep).max().unwrap_or(Direction::Keep)
    }

    /// Whether it only moves budget from one object to others, and spends no more than before.
    pub fn only_moves(&self) -> bool {
        let has = |direction: Direction| self.claimed().any(|change| change.direction == direction);
        let budgets =
            self.claimed().all(|change| change.is_label() || matches!(change.change, Change::Budget { .. }));
        budgets && self.daily() <= 0 && has(Direction::Cut) && has(Direction::Raise)
    }

    /// How cautious it is beside others: what only moves budget keeps what is spent.
    pub(super) fn caution(&self) -> Direction {
        if self.only_moves() { Direction::Keep } else { self.direction() }
    }

    /// Whether a closed freeze window lets it pass: each of its changes, not what they come to together.
    pub fn passes(&self, freeze: Allow) -> bool {
        let lowers = |change: &Planned| change.direction.lowers();
        match freeze {
            Allow::Nothing => self.claimed().next().is_none(),
            Allow::LowerSpend => {
                self.claimed().all(|change| change.is_label() || lowers(change)) && self.claimed().any(lowers)
            }
        }
    }

    /// What it does to what can be spent on a day, in micros.
    pub fn daily(&self) -> i64 {
        self.changes.iter().fold(0_i64, |sum, change| sum.saturating_add(change.daily))
    }
}

/// `sha256:` of a text.
pub(super) fn fingerprint(text: &str) -> String {
    format!("sha256:{}", HEXLOWER.encode(&Sha256::digest(text.as_bytes())))
}
