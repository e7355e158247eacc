//! Why a number is not known: a value with a reason, never a silent zero.

use std::fmt;

use jiff::Timestamp;

use super::{Day, Metric, Ratio, Slot, Unresolved};

/// Why something that a rule or a person asked for is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unknown {
    /// The window has no days at this instant.
    Unresolved(Unresolved),
    /// No reading covers these slots, or none that was made after they were over.
    NotCovered {
        /// The first slot missing.
        from: Slot,
        /// The last slot missing, itself included.
        to: Slot,
    },
    /// The platform did not tell this count for all of the window.
    NotTold(Metric),
    /// People reached are known for single days only: the same person counts once in any longer range.
    NotAdditive(Metric),
    /// The lower part of the ratio is zero.
    ZeroDenominator(Ratio),
    /// What is known is older than allowed.
    Stale {
        /// When a sync left it up to date last.
        as_of: Timestamp,
    },
    /// Nothing tells yet how complete conversions of a day are.
    NotSettled(Day),
    /// A part of the sum is unknown: this many of the objects below.
    Parts(usize),
}

impl From<Unresolved> for Unknown {
    fn from(reason: Unresolved) -> Self {
        Self::Unresolved(reason)
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unresolved(reason) => reason.fmt(f),
            Self::NotCovered { from, to } if from == to => {
                write!(f, "no report covers {from}; run `adplane metrics sync`")
            }
            Self::NotCovered { from, to } => {
                write!(f, "no report covers {from} to {to}; run `adplane metrics sync`")
            }
            Self::NotTold(metric) => write!(f, "the platform does not tell `{}`", metric.word()),
            Self::NotAdditive(metric) => write!(f, "`{}` of several days cannot be added", metric.word()),
            Self::ZeroDenominator(ratio) => {
                write!(f, "`{}` has nothing to divide by: its lower part is zero", ratio.word())
            }
            Self::Stale { as_of } => {
                write!(f, "it was up to date at {as_of}, which is too long ago; run `adplane metrics sync`")
            }
            Self::NotSettled(day) => write!(f, "conversions of {day} are still coming in"),
            Self::Parts(1) => f.write_str("one object below it is not known"),
            Self::Parts(count) => write!(f, "{count} objects below it are not known"),
        }
    }
}
