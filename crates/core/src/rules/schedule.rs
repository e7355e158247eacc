//! When a rule is due: ticks of the wall clock from local midnight on, inside its hours and days. Ticks that were missed
//! count once.

use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::source::Schedule;
use crate::address::AccountKey;
use crate::freeze::{Day, Rule as Window, TimeOfDay, first_instant};
use crate::time::Zone;

/// Seconds of a day whose clocks do not change.
const DAY: i64 = 24 * 60 * 60;
/// The shortest distance of ticks.
const SHORTEST: i64 = 60;
/// An hour that clocks repeat has its ticks twice where there is one in every hour.
const HOUR: i64 = 60 * 60;

/// The newest tick at or before an instant that has not been run for; `None` outside of hours, or when there is none.
pub(super) fn due(
    schedule: &Schedule,
    account: &AccountKey,
    last: Option<Timestamp>,
    now: Timestamp,
    zone: &Zone,
) -> Option<Timestamp> {
    let turn = now.checked_sub(delay(schedule, account)).ok()?;
    let zone = schedule.zone.as_ref().unwrap_or(zone).rules();
    // The turn of an account says for which tick it is looked at; no turn makes the hours themselves longer.
    if ![now, turn].into_iter().all(|at| is_open(schedule, at, &zone)) {
        return None;
    }
    let tick = tick(schedule, turn, &zone)?;
    last.is_none_or(|last| last < tick).then_some(tick)
}

/// The first instant after one at which a rule that has run for everything before can be due: a tick, the beginning of
/// its hours, or a change of clocks.
pub(super) fn next_look(
    schedule: &Schedule,
    account: &AccountKey,
    after: Timestamp,
    zone: &Zone,
) -> Option<Timestamp> {
    let delay = delay(schedule, account);
    next_tick(schedule, after.checked_sub(delay).ok()?, zone)?.checked_add(delay).ok()
}

/// Whether an instant is within the hours of a rule.
pub(super) fn is_within(schedule: &Schedule, now: Timestamp, zone: &Zone) -> bool {
    is_open(schedule, now, &schedule.zone.as_ref().unwrap_or(zone).rules())
}

/// Whether a tick was due between two runs and no run came for it.
pub(super) fn missed(
    schedule: &Schedule,
    account: &AccountKey,
    (run, next): (Timestamp, Timestamp),
    zone: &Zone,
) -> bool {
    let tick = |at| due(schedule, account, None, at, zone);
    let (Some(before), last) = (tick(run), tick(next)) else { return true };
    let looks = std::iter::successors(Some(run), |after| next_look(schedule, account, *after, zone));
    let first =
        looks.take_while(|at| *at < next).find_map(|at| due(schedule, account, Some(before), at, zone));
    first.is_some_and(|first| last.is_none_or(|last| first < last))
}

/// By how much later than others an account is looked at: always the same, whatever else there is. Of short hours at most
/// half, so that every account has its turn in them.
fn delay(schedule: &Schedule, account: &AccountKey) -> SignedDuration {
    let open = schedule.hours.map_or(DAY, |(from, to)| match to.seconds() - from.seconds() {
        length @ 1.. => length,
        over_midnight => over_midnight + DAY,
    });
    let most = schedule.jitter.as_secs().min(open / 2);
    if most <= 0 {
        return SignedDuration::ZERO;
    }
    // FNV-1a: names that differ by a digit lie far apart.
    let hash = account.to_string().bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let seconds = (hash >> 16) % (most.unsigned_abs() + 1);
    SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(0))
}

fn next_tick(schedule: &Schedule, after: Timestamp, zone: &Zone) -> Option<Timestamp> {
    let zone = schedule.zone.as_ref().unwrap_or(zone).rules();
    let local = after.to_zoned(zone.clone()).datetime();
    let today = local.date();
    let tomorrow = today.tomorrow().ok()?;
    let mut found = vec![first_instant(tomorrow.to_datetime(Time::midnight()), &zone)];
    if let Some(every) = within_day(schedule) {
        let passed = seconds(local.time());
        let next = passed - passed % every + every;
        if let Some(tick) = clock(today, next) {
            found.push(first_instant(tick, &zone));
            found.extend(zone.to_ambiguous_timestamp(tick).later());
        }
    }
    let opens =
        schedule.hours.map(|(from, _)| [today, tomorrow].map(|day| first_instant(from.on(day), &zone)));
    found.extend(opens.into_iter().flatten());
    found.extend(zone.following(after).next().map(|change| change.timestamp()));
    found.into_iter().filter(|instant| *instant > after).min()
}

/// The distance of ticks in seconds where it is shorter than a day.
fn within_day(schedule: &Schedule) -> Option<i64> {
    Some(schedule.every.as_secs().max(SHORTEST)).filter(|every| *every < DAY)
}

/// The newest tick: every day has those of the wall clock, whatever its length.
fn tick(schedule: &Schedule, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let local = now.to_zoned(zone.clone()).datetime();
    let today = local.date();
    let Some(every) = within_day(schedule) else {
        // Counted in whole days from a fixed one, so that it does not depend on when it was first seen.
        let days = schedule.every.as_secs() / DAY;
        let epoch = jiff::civil::date(1970, 1, 5);
        let passed = i64::from(epoch.until(today).ok()?.get_days());
        let first = today.checked_sub(passed.rem_euclid(days).days()).ok()?;
        return Some(first_instant(first.to_datetime(Time::midnight()), zone));
    };
    let passed = seconds(local.time());
    let tick = clock(today, passed - passed % every)?;
    // Where clocks go back, the later of two equal times.
    let again = zone.to_ambiguous_timestamp(tick).later().ok().filter(|again| every <= HOUR && *again <= now);
    let first = first_instant(tick, zone);
    Some(again.map_or(first, |again| again.max(first)))
}

fn seconds(time: Time) -> i64 {
    i64::from(time.hour()) * HOUR + i64::from(time.minute()) * 60 + i64::from(time.second())
}

/// So many seconds on the wall clock of a day; `None` where the day is over by then.
fn clock(day: jiff::civil::Date, seconds: i64) -> Option<DateTime> {
    let midnight = day.to_datetime(Time::midnight());
    midnight.checked_add(SignedDuration::from_secs(seconds)).ok().filter(|_| seconds < DAY)
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

    fn account(name: &str) -> AccountKey {
        AccountKey {
            namespace: crate::ids::Namespace::new("growth").unwrap(),
            name: crate::ids::ObjectName::new(name).unwrap(),
        }
    }

    #[test]
    fn accounts_are_looked_at_one_after_the_other() {
        let zone = Zone::parse("Europe/Madrid").unwrap();
        let schedule = Schedule { jitter: SignedDuration::from_mins(10), ..every(60) };
        let last = Some(at("2026-06-10T08:00:00Z"));
        let delays: std::collections::BTreeSet<i64> = (0..40)
            .map(|number| {
                let account = account(&format!("meta-{number}"));
                let look = next_look(&schedule, &account, at("2026-06-10T08:30:00Z"), &zone).unwrap();
                let tick = at("2026-06-10T09:00:00Z");
                let before = look - SignedDuration::from_secs(1);
                assert_eq!(due(&schedule, &account, last, before, &zone), None, "{account} is not due yet");
                assert_eq!(due(&schedule, &account, last, look, &zone), Some(tick), "the tick is the same");
                look.duration_since(tick).as_secs()
            })
            .collect();
        assert!(delays.len() > 30 && delays.iter().all(|delay| (0..=600).contains(delay)), "{delays:?}");
        let again = next_look(&schedule, &account("meta-7"), at("2026-06-10T09:30:00Z"), &zone);
        let first = next_look(&schedule, &account("meta-7"), at("2026-06-10T08:30:00Z"), &zone);
        assert_eq!(again.unwrap().duration_since(first.unwrap()).as_secs(), 3600, "always the same");
    }

    /// Whatever the jitter, also one that is longer than the hours: no account acts outside of them, and each within.
    #[test]
    fn jitter_moves_no_hours() {
        let zone = Zone::parse("Europe/Madrid").unwrap();
        for (from, to) in [("06:10", "22:10"), ("22:30", "01:05"), ("08:00", "08:30")] {
            let (from, to): (TimeOfDay, TimeOfDay) = (from.parse().unwrap(), to.parse().unwrap());
            let schedule =
                Schedule { jitter: SignedDuration::from_mins(45), hours: Some((from, to)), ..every(60) };
            for number in 0..12 {
                let account = account(&format!("meta-{number}"));
                let (mut last, mut ran) = (None, 0);
                for minute in 0..2 * 24 * 60 {
                    let now = at("2026-06-09T22:00:00Z") + SignedDuration::from_mins(minute);
                    let Some(tick) = due(&schedule, &account, last, now, &zone) else { continue };
                    assert!(
                        is_within(&schedule, now, &zone),
                        "{account} acts at {now}, outside of {from}-{to}"
                    );
                    (last, ran) = (Some(tick), ran + 1);
                }
                assert!(ran >= 2, "{account} has its turn on each day of {from}-{to}: {ran}");
            }
        }
    }

    #[test]
    fn a_tick_without_a_run_is_missed() {
        let zone = Zone::parse("Europe/Madrid").unwrap();
        let between = |schedule: &Schedule, run: &str, next: &str| {
            missed(schedule, &account("meta-eu"), (at(run), at(next)), &zone)
        };
        let hourly = every(60);
        assert!(!between(&hourly, "2026-06-10T08:00:00Z", "2026-06-10T09:59:00Z"), "late, and of its tick");
        assert!(!between(&hourly, "2026-06-10T08:50:00Z", "2026-06-10T08:55:00Z"), "no tick lies between");
        assert!(between(&hourly, "2026-06-10T08:00:00Z", "2026-06-10T10:00:00Z"));
        assert!(between(&hourly, "2026-06-10T08:59:00Z", "2026-06-10T10:01:00Z"));
        // No tick counts at night: from 22:00 to 06:00 in Madrid.
        let day = Schedule { hours: Some(("06:00".parse().unwrap(), "22:00".parse().unwrap())), ..every(60) };
        assert!(!between(&day, "2026-06-10T19:00:00Z", "2026-06-11T04:00:00Z"));
        assert!(between(&day, "2026-06-10T18:00:00Z", "2026-06-11T04:00:00Z"));
        assert!(between(&day, "2026-06-10T19:00:00Z", "2026-06-11T05:00:00Z"));
    }

    fn every(minutes: i64) -> Schedule {
        Schedule { every: SignedDuration::from_mins(minutes), ..Schedule::default() }
    }

    #[track_caller]
    fn check(schedule: &Schedule, last: Option<&str>, now: &str, expected: Option<&str>) {
        let zone = Zone::parse("Europe/Madrid").unwrap();
        let found = due(schedule, &account("meta-eu"), last.map(at), at(now), &zone);
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
    fn days_on_which_clocks_change_have_the_ticks_of_the_wall_clock() {
        // 2026-10-25: clocks go back at 03:00 to 02:00, midnight is 22:00 UTC, and 06:00 is 05:00 UTC.
        check(&every(60), None, "2026-10-25T00:30:00Z", Some("2026-10-25T00:00:00Z"));
        check(&every(60), Some("2026-10-25T00:00:00Z"), "2026-10-25T01:30:00Z", Some("2026-10-25T01:00:00Z"));
        check(&every(6 * 60), None, "2026-10-25T04:59:00Z", Some("2026-10-24T22:00:00Z"));
        check(&every(6 * 60), None, "2026-10-25T05:00:00Z", Some("2026-10-25T05:00:00Z"));
        check(&every(2 * 60), Some("2026-10-25T00:00:00Z"), "2026-10-25T01:30:00Z", None);
        // 2026-03-29: they go on at 02:00 to 03:00, midnight is 23:00 UTC, and 06:00 is 04:00 UTC.
        check(&every(6 * 60), None, "2026-03-29T03:59:00Z", Some("2026-03-28T23:00:00Z"));
        check(&every(6 * 60), None, "2026-03-29T04:00:00Z", Some("2026-03-29T04:00:00Z"));
        check(&every(150), None, "2026-03-29T01:05:00Z", Some("2026-03-29T01:00:00Z"));
    }

    /// Every five minutes of three days, against the instants that are looked at.
    #[test]
    fn no_tick_lies_between_two_looks() {
        let hours = |from: &str, to: &str| Some((from.parse().unwrap(), to.parse().unwrap()));
        let lengths = [25, 30, 40, 150, 2 * 24 * 60];
        let open = [None, hours("06:15", "06:45"), hours("22:00", "02:10"), hours("02:30", "04:00")];
        for zone in ["Europe/Madrid", "Asia/Kolkata"].map(|zone| Zone::parse(zone).unwrap()) {
            let each = lengths.iter().flat_map(|minutes| open.map(|hours| (*minutes, hours)));
            for ((minutes, hours), jitter) in each.flat_map(|one| [0, 20].map(|jitter| (one, jitter))) {
                for first in ["2026-03-28T00:00:00Z", "2026-10-24T00:00:00Z"].map(at) {
                    let jitter = SignedDuration::from_mins(jitter);
                    let schedule = Schedule { hours, jitter, ..every(minutes) };
                    let end = first + SignedDuration::from_hours(3 * 24);
                    // With a jitter of seconds, hours may end soon after the turn of their last tick.
                    let step = SignedDuration::from_mins(if jitter.is_positive() { 2 } else { 5 });
                    let always = |after: Timestamp| Some(after + step);
                    let looks = |after: Timestamp| next_look(&schedule, &account("meta-eu"), after, &zone);
                    let all = fired(&schedule, &zone, first, end, &always);
                    assert!(!all.is_empty());
                    let found = fired(&schedule, &zone, first, end, &looks);
                    let ticks = |fired: &[(Timestamp, Timestamp)]| -> Vec<Timestamp> {
                        fired.iter().map(|(_, tick)| *tick).collect()
                    };
                    assert_eq!(ticks(&found), ticks(&all), "{schedule:?} in {}", zone.name());
                    assert!(jitter.is_positive() || found == all, "{schedule:?} in {}", zone.name());
                }
            }
        }
    }

    fn fired(
        schedule: &Schedule,
        zone: &Zone,
        first: Timestamp,
        end: Timestamp,
        next: &dyn Fn(Timestamp) -> Option<Timestamp>,
    ) -> Vec<(Timestamp, Timestamp)> {
        let (mut now, mut last, mut found) = (first, None, Vec::new());
        while now < end {
            if let Some(tick) = due(schedule, &account("meta-eu"), last, now, zone) {
                last = Some(tick);
                found.push((now, tick));
            }
            now = next(now).unwrap();
        }
        found
    }
}
