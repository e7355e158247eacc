//! Dates and times on an account's clock. Source: google-ads.md §3.2 (dates), §3.13 (change times).

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::world::Object;

/// The zone of an account, UTC when it names none that exists.
pub(super) fn zone(customer: &Object) -> TimeZone {
    customer
        .get("timeZone")
        .and_then(Value::as_str)
        .and_then(|name| TimeZone::get(name).ok())
        .unwrap_or(TimeZone::UTC)
}

/// An instant as `yyyy-MM-dd HH:mm:ss.ffffff` on a clock.
pub(super) fn local_micros(instant: Timestamp, zone: &TimeZone) -> String {
    instant.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S.%6f").to_string()
}

/// Reads `yyyy-MM-dd HH:mm:ss`.
pub(super) fn parse(text: &str) -> Option<DateTime> {
    DateTime::strptime("%Y-%m-%d %H:%M:%S", text).ok()
}
