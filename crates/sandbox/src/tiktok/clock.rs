//! Times as the vendor writes them: UTC text for objects, the account's days for budgets and reports.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::world::Object;

use super::json::text;

/// `YYYY-MM-DD HH:MM:SS` in UTC.
pub(super) fn stamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// `2020-06-10T07:39:14Z`, the form of assets.
pub(super) fn asset_stamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Digits only, for log ids.
pub(super) fn compact(at: Timestamp) -> String {
    at.strftime("%Y%m%d%H%M%S").to_string()
}

/// Reads `YYYY-MM-DD HH:MM:SS` as UTC.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let civil = DateTime::strptime("%Y-%m-%d %H:%M:%S", text).ok()?;
    Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// The account's zone; UTC when it names none that exists.
pub(super) fn zone(advertiser: &Object) -> TimeZone {
    text(advertiser, "display_timezone").and_then(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC)
}

/// The day in the account's zone.
pub(super) fn day(at: Timestamp, zone: &TimeZone) -> Date {
    at.to_zoned(zone.clone()).date()
}

/// The instant a day begins in the account's zone.
pub(super) fn start_of(day: Date, zone: &TimeZone) -> Timestamp {
    day.to_zoned(zone.clone()).map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp())
}

/// The same civil time some years on; the instant itself when that is out of range.
pub(super) fn years_later(at: Timestamp, years: i32) -> Timestamp {
    let civil = at.to_zoned(TimeZone::UTC);
    civil.checked_add(years.years()).map_or(at, |later| later.timestamp())
}
