//! The calendar of a freeze window: local rules, and the instants they mean in an account's zone.
//!
//! A local time that a change of clocks skips means the moment of the jump. One that comes twice means the
//! first of the two for a start and the second for an end, so that no window is shorter than it was written.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Span as Duration, ToSpan};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

const MINUTES_A_DAY: u16 = 24 * 60;

/// A minute of the day, `00:00` to `24:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay(u16);

impl TimeOfDay {
    /// The start of a day.
    pub const START: Self = Self(0);
    /// The end of a day.
    pub const END: Self = Self(MINUTES_A_DAY);

    /// Seconds since the start of its day, as the wall clock counts.
    pub(crate) fn seconds(self) -> i64 {
        i64::from(self.0) * 60
    }

    pub(crate) fn on(self, date: Date) -> DateTime {
        let minutes = i64::from(self.0);
        moved(date.to_datetime(jiff::civil::Time::midnight()), minutes.minutes())
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// A text that is not a time of day, or not a day of the year.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {what}")]
pub struct InvalidCalendar {
    /// The text.
    pub text: String,
    /// What it was meant to be, with an example.
    pub what: &'static str,
}

fn two_digits(text: &str) -> Option<u16> {
    (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

impl FromStr for TimeOfDay {
    type Err = InvalidCalendar;
    fn from_str(text: &str) -> Result<Self, InvalidCalendar> {
        text.split_once(':')
            .and_then(|(hours, minutes)| Some((two_digits(hours)?, two_digits(minutes)?)))
            .filter(|(hours, minutes)| *minutes < 60 && hours * 60 + minutes <= MINUTES_A_DAY)
            .map(|(hours, minutes)| Self(hours * 60 + minutes))
            .ok_or_else(|| InvalidCalendar { text: text.to_owned(), what: "a time of day such as `08:00`" })
    }
}

/// A day of every year, `12-24`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MonthDay {
    month: i8,
    day: i8,
}

impl MonthDay {
    /// The day in a year; in a year without 29 February, the day after the 28th.
    fn first(self, year: i16) -> Option<Date> {
        Date::new(year, self.month, self.day).or_else(|_| Date::new(year, 3, 1)).ok()
    }

    /// The day after it in a year.
    fn after(self, year: i16) -> Option<Date> {
        match Date::new(year, self.month, self.day) {
            Ok(date) => date.tomorrow().ok(),
            Err(_) => Date::new(year, 3, 1).ok(),
        }
    }
}

impl fmt::Display for MonthDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}-{:02}", self.month, self.day)
    }
}

impl FromStr for MonthDay {
    type Err = InvalidCalendar;
    fn from_str(text: &str) -> Result<Self, InvalidCalendar> {
        let parts = text.split_once('-').and_then(|(month, day)| {
            let month = i8::try_from(two_digits(month)?).ok()?;
            let day = i8::try_from(two_digits(day)?).ok()?;
            // 2024 is a leap year: 29 February is a day of the year.
            Date::new(2024, month, day).ok().map(|_| Self { month, day })
        });
        parts.ok_or_else(|| InvalidCalendar {
            text: text.to_owned(),
            what: "a day of the year such as `12-24`",
        })
    }
}

macro_rules! as_text {
    ($name:ident) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
as_text!(TimeOfDay);
as_text!(MonthDay);

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the days of the week")]
pub enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

impl Day {
    /// All days, Monday first.
    pub const ALL: [Self; 7] = [Self::Mon, Self::Tue, Self::Wed, Self::Thu, Self::Fri, Self::Sat, Self::Sun];

    pub(crate) fn of(date: Date) -> Self {
        let offset = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0);
        Self::ALL[offset % 7]
    }
}

/// When a window is closed, in local time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Rule {
    /// Once.
    Range {
        /// The first local moment.
        #[schemars(with = "String")]
        from: DateTime,
        /// The first local moment after it.
        #[schemars(with = "String")]
        to: DateTime,
    },
    /// On days of every week.
    Weekly {
        /// The days.
        days: std::collections::BTreeSet<Day>,
        /// Start.
        #[schemars(with = "String")]
        from: TimeOfDay,
        /// End; not later than `from` reaches into the next day.
        #[schemars(with = "String")]
        to: TimeOfDay,
        /// First day on which it starts.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(with = "Option<String>")]
        first: Option<Date>,
        /// Last day on which it starts.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(with = "Option<String>")]
        last: Option<Date>,
    },
    /// Every year.
    Yearly {
        /// First day.
        #[schemars(with = "String")]
        from: MonthDay,
        /// Last day, included; before `from` it lies in the next year.
        #[schemars(with = "String")]
        to: MonthDay,
    },
}

/// A stretch of time: from the first instant to the first one after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// First instant.
    pub start: Timestamp,
    /// First instant after it.
    pub end: Timestamp,
}

impl Rule {
    /// The stretch of this rule that holds an instant; of several the one that ends last.
    pub fn stretch_at(&self, at: Timestamp, zone: &TimeZone) -> Option<Stretch> {
        let today = zone.to_datetime(at).date();
        let mut found: Vec<(DateTime, DateTime)> = Vec::new();
        match self {
            Self::Range { from, to } => found.push((*from, *to)),
            Self::Weekly { days, from, to, first, last } => {
                // A span that began on the day before yesterday may last till now where clocks skip a day.
                for offset in -2..=1_i64 {
                    let Ok(date) = today.checked_add(offset.days()) else { continue };
                    let within =
                        first.is_none_or(|first| first <= date) && last.is_none_or(|last| date <= last);
                    if within && days.contains(&Day::of(date)) {
                        let next = if to > from { date } else { date.tomorrow().unwrap_or(date) };
                        found.push((from.on(date), to.on(next)));
                    }
                }
            }
            Self::Yearly { from, to } => {
                for year in today.year().saturating_sub(1)..=today.year().saturating_add(1) {
                    let ends = if to < from { year.saturating_add(1) } else { year };
                    if let (Some(first), Some(after)) = (from.first(year), to.after(ends)) {
                        let midnight = jiff::civil::Time::midnight();
                        found.push((first.to_datetime(midnight), after.to_datetime(midnight)));
                    }
                }
            }
        }
        found
            .into_iter()
            .map(|(from, to)| Stretch { start: first_instant(from, zone), end: last_instant(to, zone) })
            .filter(|stretch| stretch.start <= at && at < stretch.end)
            .max_by_key(|stretch| stretch.end)
    }
}

fn moved(local: DateTime, by: Duration) -> DateTime {
    local.checked_add(by).unwrap_or(DateTime::MAX)
}

/// The first instant whose local time is not before this.
pub(crate) fn first_instant(local: DateTime, zone: &TimeZone) -> Timestamp {
    let found = zone.to_ambiguous_timestamp(local);
    let gap = matches!(found.offset(), AmbiguousOffset::Gap { .. });
    match found.earlier() {
        Ok(before) if gap => jump_after(before, zone),
        Ok(instant) => instant,
        Err(_) => Timestamp::MIN,
    }
}

/// The first instant after the last one whose local time is before this.
fn last_instant(local: DateTime, zone: &TimeZone) -> Timestamp {
    let found = zone.to_ambiguous_timestamp(local);
    match (found.offset(), found.earlier(), found.later()) {
        (AmbiguousOffset::Gap { .. }, Ok(before), _) => jump_after(before, zone),
        (_, _, Ok(instant)) => instant,
        (_, _, Err(_)) => Timestamp::MAX,
    }
}

/// The moment at which clocks jump next.
fn jump_after(before: Timestamp, zone: &TimeZone) -> Timestamp {
    let offset = zone.to_offset(before);
    zone.following(before)
        .find(|transition| transition.offset() != offset)
        .map_or(before, |transition| transition.timestamp())
}
