//! Instants and days as an ad account writes and reads them (meta-ads.md §13).

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::world::Object;

/// How Graph writes an instant: no colon in the offset.
const FORMAT: &str = "%Y-%m-%dT%H:%M:%S%z";

/// An account's time zone.
#[derive(Debug, Clone)]
pub(super) struct AccountClock {
    zone: TimeZone,
}

impl AccountClock {
    /// The clock of an account object; UTC when its zone is unknown.
    pub(super) fn of(account: &Object) -> Self {
        let name = account.get("timezone_name").and_then(serde_json::Value::as_str).unwrap_or("UTC");
        Self { zone: TimeZone::get(name).unwrap_or(TimeZone::UTC) }
    }

    /// An instant as reads show it, such as `2026-11-20T09:15:00-0800`.
    pub(super) fn format(&self, instant: Timestamp) -> String {
        instant.to_zoned(self.zone.clone()).strftime(FORMAT).to_string()
    }

    /// An instant from what writes may hold: with offset, Unix seconds, or local time without offset.
    pub(super) fn parse(&self, text: &str) -> Option<Timestamp> {
        if let Ok(seconds) = text.parse::<i64>() {
            return Timestamp::from_second(seconds).ok();
        }
        if let Some(instant) = parse_instant(text) {
            return Some(instant);
        }
        let local: DateTime = text.parse().ok()?;
        local.to_zoned(self.zone.clone()).ok().map(|zoned| zoned.timestamp())
    }

    /// The account's day at an instant.
    pub(super) fn day(&self, instant: Timestamp) -> Date {
        instant.to_zoned(self.zone.clone()).date()
    }

    /// The hour on the account's wall clock; the one that a change of clocks repeats comes twice.
    pub(super) fn hour(&self, instant: Timestamp) -> i8 {
        instant.to_zoned(self.zone.clone()).hour()
    }

    /// The first instant of a day.
    pub(super) fn start_of(&self, day: Date) -> Timestamp {
        day.to_zoned(self.zone.clone()).map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp())
    }

    /// Hours between UTC and the account's time at an instant.
    pub(super) fn offset_hours(&self, instant: Timestamp) -> f64 {
        f64::from(self.zone.to_offset(instant).seconds()) / 3600.0
    }
}

/// An instant from text that carries its offset.
pub(super) fn parse_instant(text: &str) -> Option<Timestamp> {
    text.parse::<Timestamp>().ok().or_else(|| Timestamp::strptime(FORMAT, text).ok())
}

/// The day so many days later.
pub(super) fn plus_days(day: Date, days: i64) -> Date {
    day.checked_add(days.days()).unwrap_or(day)
}
