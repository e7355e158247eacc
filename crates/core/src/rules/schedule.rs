//! When a rule is due: ticks from local midnight on, inside its hours and days. Ticks that were missed count once.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::source::Schedule;
use crate::freeze::{Day, Rule as Window, TimeOfDay};
use crate::time::Zone;

/// The newest tick at or before an instant that has not been run for; `None` outside of hours, or when there is none.
///
/// Ticks are counted from each local midnight, so that every day has the same ones, whatever the change of clocks.
pub(super) fn due(
    schedule: &Schedule,
    last: Option<Timestamp>,
    now: Timestamp,
    zone: &Zone,
) -> Option<Timestamp> {
    let zone = schedule.zone.as_ref().unwrap_or(zone).rules();
    if !is_open(schedule, now, &zone) {
        return None;
    }
    let tick = tick(schedule.every, now, &zone)?;
    last.is_none_or(|last| last < tick).then_some(tick)
}

fn tick(every: SignedDuration, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let midnight = now.to_zoned(zone.clone()).start_of_day().ok()?.timestamp();
    let seconds = every.as_secs().max(60);
    let day = SignedDuration::from_hours(24).as_secs();
    if seconds >= day {
        // Longer than a day: counted in whole days from a fixed one, so that it does not depend on when it was first seen.
        let days = seconds / day;
        let today = now.to_zoned(zone.clone()).date();
        let epoch = jiff::civil::date(1970, 1, 5);
        let passed = i64::from(epoch.until(today).ok()?.get_days());
        let first = today.checked_sub(passed.rem_euclid(days).days()).ok()?;
        return first.to_zoned(zone.clone()).ok().map(|first| first.timestamp());
    }
    let passed = now.duration_since(midnight).as_secs();
    midnight.checked_add(SignedDuration::from_secs(passed - passed.rem_euclid(seconds))).ok()
}

fn is_open(schedule: &Schedule, now: Timestamp, zone: &TimeZone) -> bool {
    let (from, to) = schedule.hours.unwrap_or((TimeOfDay::START, TimeOfDay::END));
    let days = if schedule.days.is_empty() { Day::ALL.into_iter().collect() } else { schedule.days.clone() };
    let window = Window::Weekly { days, from, to, first: None, last: None };
    window.stretch_at(now, zone).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn every(minutes: i64) -> Schedule {
        Schedule { every: SignedDuration::from_mins(minutes), ..Schedule::default() }
    }

    #[track_caller]
    fn check(schedule: &Schedule, last: Option<&str>, now: &str, expected: Option<&str>) {
        let zone = Zone::parse("Europe/Madrid").unwrap();
        let found = due(schedule, last.map(at), at(now), &zone);
        assert_eq!(found, expected.map(at), "{now}");
    }

    #[test]
    fn a_tick_is_run_once() {
        let half = every(30);
        check(&half, None, "2026-06-10T08:47:00Z", Some("2026-06-10T08:30:00Z"));
        check(&half, Some("2026-06-10T08:30:00Z"), "2026-06-10T08:59:59Z", None);
        check(&half, Some("2026-06-10T08:30:00Z"), "2026-06-10T09:00:00Z", Some("2026-06-10T09:00:00Z"));
    }

    #[test]
    fn missed_ticks_are_one() {
        check(&every(30), Some("2026-06-09T08:30:00Z"), "2026-06-10T08:47:00Z", Some("2026-06-10T08:30:00Z"));
    }

    #[test]
    fn hours_are_local_and_may_reach_into_the_next_day() {
        let hours = |from: &str, to: &str| Schedule {
            hours: Some((from.parse().unwrap(), to.parse().unwrap())),
            ..every(60)
        };
        // Madrid is two hours ahead in summer, one in winter.
        check(&hours("06:00", "22:00"), None, "2026-06-10T03:59:00Z", None);
        check(&hours("06:00", "22:00"), None, "2026-06-10T04:00:00Z", Some("2026-06-10T04:00:00Z"));
        check(&hours("06:00", "22:00"), None, "2026-01-10T04:00:00Z", None);
        check(&hours("22:00", "02:00"), None, "2026-06-10T23:30:00Z", Some("2026-06-10T23:00:00Z"));
    }

    #[test]
    fn days_are_counted_from_a_monday() {
        let weekly = every(7 * 24 * 60);
        check(&weekly, None, "2026-06-10T10:00:00Z", Some("2026-06-07T22:00:00Z"));
        check(&weekly, Some("2026-06-07T22:00:00Z"), "2026-06-14T10:00:00Z", None);
        check(&weekly, Some("2026-06-07T22:00:00Z"), "2026-06-14T22:00:00Z", Some("2026-06-14T22:00:00Z"));
    }

    #[test]
    fn a_day_of_twenty_five_hours_has_its_ticks() {
        // 2026-10-25: clocks go back at 03:00, midnight is 22:00 UTC.
        check(&every(60), None, "2026-10-25T00:30:00Z", Some("2026-10-25T00:00:00Z"));
        check(&every(60), Some("2026-10-25T00:00:00Z"), "2026-10-25T01:30:00Z", Some("2026-10-25T01:00:00Z"));
    }
}
