//! Why a clause of a rule is neither true nor false.

use std::fmt;

use compact_str::CompactString;
use jiff::Timestamp;

use crate::metrics;

/// What is not told where nobody knows whether an object runs.
pub(super) const RUNNING: &str = "state, or that of what it lies in";

/// Why something that a rule asks for is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unknown {
    /// The number itself: not covered, not told, nothing to divide by, too old.
    Number(metrics::Unknown),
    /// The platform does not say it, such as a budget that it keeps to itself.
    NotLive(&'static str),
    /// There is no parent that could be asked.
    NoParent,
    /// The object did nothing in the window, so it has no place among its peers.
    NoData,
    /// No number of days was asked that a daily budget could be compared with.
    NoDailyBudget,
    /// Nobody told the signal.
    NoSignal(CompactString),
    /// The signal is older than allowed.
    StaleSignal(CompactString, Timestamp),
    /// The signal is of another type than declared.
    WrongSignal(CompactString),
    /// The calendar names no day of this year.
    NoCalendar(CompactString, i16),
    /// The rates are older than allowed, or hold no such currency.
    NoRate(String),
    /// The account counts clicks as always and next to no conversions: its tracking is probably broken.
    TrackingOutage,
    /// Too few equal weekdays to compare with.
    NoHistory,
    /// The equal weekdays before it show nothing but zeros, which no distance can be measured by.
    NoSpread,
    /// No forecast can be made, and why.
    NoForecast(String),
    /// Forecasts of it are no better than last week again.
    NoSkill(String),
    /// What `require` asks for is not met.
    NotEnough(String),
    /// A calculation failed.
    Failed(String),
}

impl Unknown {
    /// A stable word for each reason, for counters.
    pub fn word(&self) -> &'static str {
        use metrics::Unknown as Number;
        match self {
            Self::Number(Number::Unresolved(_)) => "unresolved-window",
            Self::Number(Number::NotCovered { .. }) => "not-covered",
            Self::Number(Number::NotTold(_)) => "not-told",
            Self::Number(Number::NotAdditive(_)) => "not-additive",
            Self::Number(Number::ZeroDenominator(_)) => "zero-denominator",
            Self::Number(Number::Stale { .. }) => "stale",
            Self::Number(Number::NotSettled(_)) => "not-settled",
            Self::Number(Number::Parts(_)) => "parts-unknown",
            Self::NotLive(_) => "not-live",
            Self::NoParent => "no-parent",
            Self::NoData => "no-data",
            Self::NoDailyBudget => "no-daily-budget",
            Self::NoSignal(_) => "no-signal",
            Self::StaleSignal(..) => "stale-signal",
            Self::WrongSignal(_) => "wrong-signal",
            Self::NoCalendar(..) => "no-calendar",
            Self::NoRate(_) => "no-rate",
            Self::TrackingOutage => "tracking-outage",
            Self::NoHistory => "no-history",
            Self::NoSpread => "no-spread",
            Self::NoForecast(_) => "no-forecast",
            Self::NoSkill(_) => "no-skill",
            Self::NotEnough(_) => "not-enough",
            Self::Failed(_) => "failed",
        }
    }
}

impl From<metrics::Unknown> for Unknown {
    fn from(reason: metrics::Unknown) -> Self {
        Self::Number(reason)
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(reason) => reason.fmt(f),
            Self::NotLive(what) => write!(f, "the platform does not tell its {what}"),
            Self::NoParent => f.write_str("it has no parent that is known"),
            Self::NoData => f.write_str("it delivered nothing in the window, so it has no rank"),
            Self::NoDailyBudget => f.write_str("it has no daily budget to compare the spend with"),
            Self::NoSignal(name) => write!(f, "nobody told the signal `{name}`"),
            Self::StaleSignal(name, at) => write!(f, "the signal `{name}` is of {at}, which is too old"),
            Self::WrongSignal(name) => write!(f, "the signal `{name}` is not of the type that the rule declares"),
            Self::NoCalendar(name, year) => write!(f, "the calendar `{name}` names no day of {year}"),
            Self::NoRate(why) | Self::NoSkill(why) => f.write_str(why),
            Self::TrackingOutage => f.write_str(
                "the account has clicks as always and next to no conversions, so its tracking is probably broken",
            ),
            Self::NoHistory => f.write_str("there are too few equal weekdays before it to compare with"),
            Self::NoSpread => f.write_str("the equal weekdays before it were all zero, so nothing says what is far"),
            Self::NoForecast(why) => write!(f, "nothing can be forecast: {why}"),
            Self::NotEnough(what) => f.write_str(what),
            Self::Failed(why) => write!(f, "it cannot be calculated: {why}"),
        }
    }
}
