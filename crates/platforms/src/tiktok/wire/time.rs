//! Instants: `YYYY-MM-DD HH:MM:SS` in UTC, without a mark (tiktok-ads.md §1).

use adplane_core::time::{Time, Zone};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

const FORM: &str = "%Y-%m-%d %H:%M:%S";

/// The text of an instant.
pub(crate) fn to_text(at: Timestamp) -> String {
    at.strftime(FORM).to_string()
}

/// The instant of a text.
pub(crate) fn from_text(text: &str) -> Option<Timestamp> {
    let civil = DateTime::strptime(FORM, text).ok()?;
    Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// The instant of a text, shown in a zone.
pub(crate) fn in_zone(text: &str, zone: &Zone) -> Option<Time> {
    Some(Time::new(from_text(text)?, zone.clone()))
}

/// Whether an end reads as "runs forever": the vendor fills in ten years after the start (§7).
pub(crate) fn is_endless(start: Timestamp, end: Timestamp) -> bool {
    let utc = |at: Timestamp| at.to_zoned(TimeZone::UTC);
    // A leap day or a second of rounding must not turn "forever" into an end.
    let almost = utc(start).checked_add(10.years()).and_then(|later| later.checked_sub(2.days()));
    almost.is_ok_and(|almost| utc(end) >= almost)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_utc() {
        let at = from_text("2026-03-31 21:59:59").unwrap();
        assert_eq!(at.to_string(), "2026-03-31T21:59:59Z");
        assert_eq!(to_text(at), "2026-03-31 21:59:59");
        let madrid = in_zone("2026-03-31 21:59:59", &Zone::parse("Europe/Madrid").unwrap()).unwrap();
        assert_eq!(madrid.local(), "2026-03-31 23:59:59");
        assert_eq!(from_text("2026-03-31"), None);
    }

    #[test]
    fn ten_years_are_forever() {
        let start = from_text("2026-03-01 00:00:00").unwrap();
        assert!(is_endless(start, from_text("2036-03-01 00:00:00").unwrap()));
        assert!(is_endless(start, from_text("2036-02-29 00:00:00").unwrap()));
        assert!(!is_endless(start, from_text("2027-03-01 00:00:00").unwrap()));
    }
}
