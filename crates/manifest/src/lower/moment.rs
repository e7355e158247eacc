//! Dates and local times as written in `schedule`, and the instants they mean.

use adplane_core::time::{Time, Zone};
use jiff::civil::{Date, DateTime, Time as CivilTime};

/// A moment as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// A whole day.
    Day(Date),
    /// A local time; `seconds` tells whether they were written.
    At(DateTime, bool),
}

/// Which end of a schedule a moment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edge {
    /// The start: a day begins at 00:00:00.
    Start,
    /// The end: a day is included, to 23:59:59.
    End,
}

/// Reads `2026-03-01`, `2026-03-01T14:30` or `2026-03-01T14:30:15`.
pub(crate) fn parse(text: &str) -> Result<Moment, String> {
    let bad = || format!("`{text}` is not a date or a local time");
    let (day, time) = match text.split_once(['T', ' ']) {
        Some((day, time)) => (day, Some(time)),
        None => (text, None),
    };
    let date = date(day).ok_or_else(bad)?.map_err(|()| format!("`{day}` does not exist"))?;
    let Some(time) = time else { return Ok(Moment::Day(date)) };
    if time.ends_with('Z') || time.contains('+') {
        return Err(format!("`{text}` names a zone; times here are in the account's zone"));
    }
    let parts: Vec<i8> = time
        .split(':')
        .map(|part| part.parse().ok().filter(|_| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit())))
        .collect::<Option<_>>()
        .ok_or_else(bad)?;
    let (hour, minute, second) = match parts.as_slice() {
        [hour, minute] => (*hour, *minute, None),
        [hour, minute, second] => (*hour, *minute, Some(*second)),
        _ => return Err(bad()),
    };
    let time = CivilTime::new(hour, minute, second.unwrap_or(0), 0)
        .map_err(|_| format!("`{time}` does not exist"))?;
    Ok(Moment::At(date.to_datetime(time), second.is_some()))
}

/// `None`: not a date's form; `Err`: no such day.
fn date(text: &str) -> Option<Result<Date, ()>> {
    let digits = |part: &str, length: usize| part.len() == length && part.bytes().all(|b| b.is_ascii_digit());
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || !digits(year, 4) || !digits(month, 2) || !digits(day, 2) {
        return None;
    }
    Some(Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).map_err(|_| ()))
}

/// The instant a moment means in a zone.
pub(crate) fn resolve(moment: Moment, edge: Edge, zone: &Zone) -> Option<Time> {
    let local = match (moment, edge) {
        (Moment::Day(date), Edge::Start) => date.to_datetime(CivilTime::midnight()),
        (Moment::Day(date), Edge::End) => date.to_datetime(CivilTime::constant(23, 59, 59, 0)),
        // An end at 23:59 means the end of that minute: every platform shows it so.
        (Moment::At(at, false), Edge::End) if at.hour() == 23 && at.minute() == 59 => {
            at.date().to_datetime(CivilTime::constant(23, 59, 59, 0))
        }
        (Moment::At(at, _), _) => at,
    };
    let instant = zone.rules().to_ambiguous_zoned(local).compatible().ok()?;
    Some(Time::new(instant.timestamp(), zone.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, edge: Edge, zone: &str, expected: &str) {
        let zone = Zone::parse(zone).unwrap();
        let found = parse(text).map(|moment| resolve(moment, edge, &zone).unwrap().to_string());
        assert_eq!(found.unwrap_or_else(|problem| problem), expected, "{text}");
    }

    #[test]
    fn days_cover_their_whole_day_in_the_accounts_zone() {
        check("2026-03-01", Edge::Start, "Europe/Madrid", "2026-03-01T00:00:00+01:00[Europe/Madrid]");
        check("2026-03-31", Edge::End, "Europe/Madrid", "2026-03-31T23:59:59+02:00[Europe/Madrid]");
        check("2026-03-31T23:59", Edge::End, "Asia/Tokyo", "2026-03-31T23:59:59+09:00[Asia/Tokyo]");
        check("2026-03-31T14:30", Edge::End, "Asia/Tokyo", "2026-03-31T14:30:00+09:00[Asia/Tokyo]");
        // The hour that a change of clocks skips: the instant after it.
        check("2026-03-29T02:30", Edge::Start, "Europe/Madrid", "2026-03-29T03:30:00+02:00[Europe/Madrid]");
    }

    #[test]
    fn refuses_what_is_no_date() {
        check("2026-02-30", Edge::Start, "UTC", "`2026-02-30` does not exist");
        check("01.03.2026", Edge::Start, "UTC", "`01.03.2026` is not a date or a local time");
        check("2026-03-01T25:00", Edge::Start, "UTC", "`25:00` does not exist");
        check(
            "2026-03-01T10:00Z",
            Edge::Start,
            "UTC",
            "`2026-03-01T10:00Z` names a zone; times here are in the account's zone",
        );
    }
}
