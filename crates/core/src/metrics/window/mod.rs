//! Windows that rules and people name, such as `last_7d`, and the days or hours that they mean at an instant.
//!
//! Vendors use the same words for different days, so a window is declared in words of our own: [`Window`] says
//! what is meant, [`resolve`] says which slots of the account that is, [`vendor`] compares the vendors' words.

mod parse;
mod resolve;
mod span;
#[cfg(test)]
mod tests;
pub mod vendor;

use std::fmt;

pub use parse::InvalidWindow;
pub use resolve::{Unresolved, resolve};
pub use span::{Slots, Span};

/// The longest window in days: what the store keeps of days.
pub const MOST_DAYS: u16 = 400;
/// The longest window in hours: a week, beyond which days tell the same.
pub const MOST_HOURS: u16 = 168;
/// The most equal weekdays that can be looked back at: half a year.
pub const MOST_WEEKDAYS: u16 = 26;

/// For how many days the store keeps hours unless told otherwise.
pub const HOURS_KEPT: u16 = 35;

/// A range of time as it is declared, to be resolved for an account and an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Window {
    /// `today`: the account's day so far.
    Today,
    /// `yesterday`: the last full day.
    Yesterday,
    /// `last_7d`: full days that end yesterday; `last_7d_incl`: as many days that end today.
    LastDays {
        /// How many.
        days: u16,
        /// Whether the last of them is today.
        with_today: bool,
    },
    /// `prev_7d`: the days before those of `last_7d`.
    PreviousDays {
        /// How many.
        days: u16,
    },
    /// `mtd`: from the first of the month to today.
    MonthToDate,
    /// `prev_month`: all of the month before.
    PreviousMonth,
    /// `flight`: from the object's start to its end or today.
    Flight,
    /// `lifetime`: from the object's start to today, whatever its end.
    Lifetime,
    /// `first_14d`: the object's first days, once all of them are over.
    FirstDays {
        /// How many.
        days: u16,
    },
    /// `last_6h`: full hours that end with the hour before this one.
    LastHours {
        /// How many.
        hours: u16,
    },
    /// `same_weekday_4`: the last equal weekdays, each up to the hour before this one.
    SameWeekday {
        /// How many.
        count: u16,
    },
    /// `{days: 7, end: settled, offset: 7}`: days that end where somebody says.
    Days {
        /// How many.
        days: u16,
        /// Where they end.
        end: End,
        /// How many days earlier than that.
        offset: u16,
    },
}

/// Where a declared window ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum End {
    /// With today, which is not over.
    Today,
    /// With the last full day.
    Yesterday,
    /// With the newest day whose conversions have come in, by and large.
    Settled,
    /// With the last full day, and conversions that are still to come are reckoned in.
    Estimated,
}

impl End {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Today, Self::Yesterday, Self::Settled, Self::Estimated];

    /// The word in rules.
    pub fn word(self) -> &'static str {
        match self {
            Self::Today => "today",
            Self::Yesterday => "yesterday",
            Self::Settled => "settled",
            Self::Estimated => "estimated",
        }
    }
}

impl Window {
    /// Whether a day of it may still be running, so that its counts are a part of what they will be.
    pub fn includes_today(self) -> bool {
        match self {
            Self::Today | Self::MonthToDate | Self::Flight | Self::Lifetime => true,
            Self::LastDays { with_today, .. } => with_today,
            Self::Days { end, offset, .. } => end == End::Today && offset == 0,
            Self::Yesterday
            | Self::PreviousDays { .. }
            | Self::PreviousMonth
            | Self::FirstDays { .. }
            | Self::LastHours { .. }
            | Self::SameWeekday { .. } => false,
        }
    }

    /// Whether it differs from object to object, and so needs the object's flight.
    pub fn needs_flight(self) -> bool {
        matches!(self, Self::Flight | Self::Lifetime | Self::FirstDays { .. })
    }

    /// For how many days hours must be kept for it to be known; `None` where it is made of days.
    pub fn days_of_hours(self) -> Option<u16> {
        match self {
            Self::LastHours { hours } => Some(hours.div_ceil(24)),
            Self::SameWeekday { count } => Some(count.saturating_mul(7)),
            Self::Today
            | Self::Yesterday
            | Self::LastDays { .. }
            | Self::PreviousDays { .. }
            | Self::MonthToDate
            | Self::PreviousMonth
            | Self::Flight
            | Self::Lifetime
            | Self::FirstDays { .. }
            | Self::Days { .. } => None,
        }
    }

    /// Whether conversions that are still to come are reckoned in.
    pub fn is_estimated(self) -> bool {
        matches!(self, Self::Days { end: End::Estimated, .. })
    }

    /// Its days one by one, the newest first, as they were counted; of what is no such window none.
    pub fn counted_days(self) -> Vec<Self> {
        let Self::Days { days, end, offset } = self else { return Vec::new() };
        let end = if end == End::Estimated { End::Yesterday } else { end };
        (0..days).map(|back| Self::Days { days: 1, end, offset: offset.saturating_add(back) }).collect()
    }

    /// Whether it needs to know which days have settled.
    pub fn needs_settled(self) -> bool {
        matches!(self, Self::Days { end: End::Settled, .. })
    }
}

/// The word that parses back; of [`Window::Days`] a phrase, since it is written as fields.
impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Today => f.write_str("today"),
            Self::Yesterday => f.write_str("yesterday"),
            Self::LastDays { days, with_today: false } => write!(f, "last_{days}d"),
            Self::LastDays { days, with_today: true } => write!(f, "last_{days}d_incl"),
            Self::PreviousDays { days } => write!(f, "prev_{days}d"),
            Self::MonthToDate => f.write_str("mtd"),
            Self::PreviousMonth => f.write_str("prev_month"),
            Self::Flight => f.write_str("flight"),
            Self::Lifetime => f.write_str("lifetime"),
            Self::FirstDays { days } => write!(f, "first_{days}d"),
            Self::LastHours { hours } => write!(f, "last_{hours}h"),
            Self::SameWeekday { count } => write!(f, "same_weekday_{count}"),
            Self::Days { days, end, offset: 0 } => write!(f, "{days} days to {}", end.word()),
            Self::Days { days, end, offset } => {
                write!(f, "{days} days to {offset} days before {}", end.word())
            }
        }
    }
}
