//! What a pool gives on a day, as it is told.

use std::collections::BTreeMap;
use std::fmt;

use super::DayAmount;
use crate::address::Address;
use crate::metrics::Day;
use crate::pacing::Adjustment;

/// Where a pool's period stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It has not begun.
    NotBegun,
    /// No full day of it has passed, or what was spent is not known.
    Unknown,
    /// Near the plan.
    OnTrack,
    /// Behind it.
    Under,
    /// Ahead of it.
    Over,
    /// The amount is reached.
    Exhausted,
    /// It is over.
    Ended,
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::NotBegun => "notBegun",
            Self::Unknown => "unknown",
            Self::OnTrack => "onTrack",
            Self::Under => "under",
            Self::Over => "over",
            Self::Exhausted => "exhausted",
            Self::Ended => "ended",
        })
    }
}

/// Something that a pool has to say beside its amounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// A stable word for programs.
    pub code: &'static str,
    /// A sentence for people.
    pub message: String,
}

impl Answer {
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// What keeps a member's amount from going further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binds {
    /// Its minimum.
    Minimum,
    /// Its maximum.
    Maximum,
    /// The largest raise at once.
    Step,
    /// The most that the campaigns of its platform get together.
    Cap,
    /// What was spent is not known, so nothing is raised.
    Unknown,
    /// The pool is used up, and what is left could be broken.
    Exhausted,
    /// It does not run.
    Idle,
    /// Somebody's `Override` decides its amount.
    Pinned,
    /// What today has was given to others before.
    GivenToday,
}

impl fmt::Display for Binds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Minimum => "minimum",
            Self::Maximum => "maximum",
            Self::Step => "largest step",
            Self::Cap => "cap of its platform",
            Self::Unknown => "spend not known: no raise",
            Self::Exhausted => "pool used up: paused",
            Self::Idle => "does not run",
            Self::Pinned => "an override decides it",
            Self::GivenToday => "today's money was given before",
        })
    }
}

/// What a member gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Micros in force when the day began.
    pub before: i64,
    /// Micros in force now.
    pub now: i64,
    /// Micros a day from now on; `None` leaves what is in force.
    pub after: Option<i64>,
    /// Whether the pool pauses it, or goes on to.
    pub paused: bool,
    /// What binds.
    pub binds: Option<Binds>,
    /// The largest amount in micros that it had before on this day.
    pub most: i64,
    /// The largest that a look of this day gave it.
    pub gave: i64,
    /// How much of the day had passed for it at the first look, in basis points.
    pub looked: u32,
}

impl Share {
    /// Whether this look decides what it spends: an amount, or that somebody else's counts.
    pub fn is_given(&self) -> bool {
        self.after.is_some() || self.binds == Some(Binds::Pinned)
    }

    /// What is to be remembered of the day, where this look decides it.
    pub fn day(&self) -> Option<DayAmount> {
        if self.paused {
            return Some(self.day_with(0));
        }
        self.is_given().then(|| self.day_with(self.after.unwrap_or(self.now)))
    }

    /// What is to be remembered of the day when it has this amount from now on.
    pub fn day_with(&self, amount: i64) -> DayAmount {
        let (most, gave) = (self.most.max(amount), Some(self.gave.max(amount)));
        DayAmount { before: self.before, amount, most, gave, looked: self.looked }
    }
}

/// What a pool gives on a day, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allotment {
    /// Where its period stands.
    pub standing: Standing,
    /// The day.
    pub day: Day,
    /// How much of it had passed at its first look, in basis points.
    pub looked: u32,
    /// First and last day of the period.
    pub period: (Day, Day),
    /// Micros spent in the period, with today's as far as it is told.
    pub spent: i64,
    /// Of these, micros that nobody told and a hard pool takes as spent.
    pub assumed: i64,
    /// Micros left; 0 where it is used up.
    pub left: i64,
    /// Micros that the plan had spent by the end of yesterday, and that were.
    pub planned: Option<(i64, i64)>,
    /// Micros that all members together may spend on this day.
    pub budget: Option<i64>,
    /// What moved that away from its plain share of what is left.
    pub adjustments: Vec<Adjustment>,
    /// Every member.
    pub members: BTreeMap<Address, Share>,
    /// What else is to be said.
    pub answers: Vec<Answer>,
    /// Micros spent by day of the period, as taken.
    pub days: BTreeMap<Day, i64>,
}

impl Allotment {
    /// Whether every campaign told what it spent on every day of the period before this one.
    pub fn is_known(&self) -> bool {
        self.unknown().is_none()
    }

    /// Who did not, and what follows from it.
    pub fn unknown(&self) -> Option<&str> {
        let found = self.answers.iter().find(|answer| answer.code == UNKNOWN);
        found.map(|answer| answer.message.as_str())
    }
}

/// What somebody spent on a day of the period was not told.
pub(super) const UNKNOWN: &str = "spend-unknown";
