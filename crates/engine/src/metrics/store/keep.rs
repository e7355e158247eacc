//! What is kept, and for how long.

use std::collections::BTreeMap;

use adplane_core::metrics::{Granularity, HOURS_KEPT, Slot};
use adplane_core::time::Zone;
use jiff::{SignedDuration, Timestamp};

use super::StoredReading;
use super::coverage::{Covered, left_of};
use super::slots::{day_number, day_of, instant};

/// For how many days what is kept. What is older goes when [`retain`](super::MetricStore::retain) runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Days.
    pub days: u16,
    /// Hours; older ones become days where no day was read.
    pub hours: u16,
    /// Every reading, so that any instant can be asked for. Of older ones the first of each day stays.
    pub every_reading: u16,
    /// The first reading of each day. Of older ones only what is known now stays.
    pub daily_readings: u16,
}

impl Default for Retention {
    /// More than a year of days; enough history to learn for 60 days how conversions come in over 30.
    fn default() -> Self {
        Self { days: 400, hours: HOURS_KEPT, every_reading: 7, daily_readings: 120 }
    }
}

/// What a clean-up did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retained {
    /// Days made of hours.
    pub rolled_up: usize,
    /// Rows dropped for their age.
    pub rows: usize,
    /// Earlier versions of rows dropped.
    pub versions: usize,
    /// Readings whose instant cannot be asked for any more.
    pub readings: usize,
}

/// A pause in reading that makes it doubtful whether the clock is right.
const PAUSE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Since when an account is read without a long pause, where that is too short a time to believe the clock: then the last
/// reading before. A clock that jumped ahead would drop history that nobody can tell again.
pub(in crate::metrics) fn doubtful(
    readings: impl IntoIterator<Item = Timestamp>,
    now: Timestamp,
) -> Option<(Timestamp, Timestamp)> {
    let mut newest_first: Vec<Timestamp> = readings.into_iter().filter(|at| *at <= now).collect();
    newest_first.sort_unstable_by(|one, other| other.cmp(one));
    let mut since = now;
    for at in newest_first {
        if since.duration_since(at) > PAUSE {
            return (now.duration_since(since) < PAUSE).then_some((since, at));
        }
        since = at;
    }
    None
}

/// Whether anything of the readings of one level is older than wanted.
pub(in crate::metrics) fn is_old(
    readings: &[StoredReading],
    granularity: Granularity,
    retention: Retention,
    now: Timestamp,
    zone: &Zone,
) -> bool {
    let mut streams: BTreeMap<&str, Vec<Covered>> = BTreeMap::new();
    for read in readings {
        let covered = Covered {
            first: day_number(read.first),
            last: day_number(read.last),
            as_of: read.as_of.as_millisecond(),
        };
        streams.entry(&read.attribution).or_default().push(covered);
    }
    streams.values().any(|readings| {
        let plan = plan(readings, granularity, retention, now, zone);
        !plan.dropped.is_empty() || readings.iter().any(|read| read.first < plan.oldest_day)
    })
}

/// What to keep of one stream of readings.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// The oldest day whose rows stay.
    pub(super) oldest_day: i64,
    /// Readings to drop.
    pub(super) dropped: Vec<Covered>,
}

/// Decides what goes.
///
/// A reading stays while it is the newest of any of its days, since that is what says that the day was read. Versions
/// that no remaining reading can see go with the others.
pub(super) fn plan(
    readings: &[Covered],
    granularity: Granularity,
    retention: Retention,
    now: Timestamp,
    zone: &Zone,
) -> Plan {
    let local = |at: Timestamp| day_number(at.to_zoned(zone.rules()).date());
    let today = local(now);
    let kept_days = match granularity {
        Granularity::Day => retention.days,
        Granularity::Hour => retention.hours,
    };
    let oldest_day = today - i64::from(kept_days);
    let mut sorted = readings.to_vec();
    sorted.sort_unstable_by_key(|read| read.as_of);

    let mut first_of_days: BTreeMap<i64, Vec<(i64, i64)>> = BTreeMap::new();
    let mut wanted: Vec<bool> = sorted
        .iter()
        .map(|read| {
            let read_on = local(instant(read.as_of));
            let age = today - read_on;
            let taken = first_of_days.entry(read_on).or_default();
            let is_first = !left_of((read.first, read.last), taken).is_empty();
            join(taken, (read.first, read.last));
            age <= i64::from(retention.every_reading)
                || is_first && age <= i64::from(retention.daily_readings)
        })
        .collect();

    let mut newer: Vec<(i64, i64)> = Vec::new();
    for (position, read) in sorted.iter().enumerate().rev() {
        let days = (read.first.max(oldest_day), read.last);
        if days.0 > days.1 {
            wanted[position] = false;
            continue;
        }
        if !left_of(days, &newer).is_empty() {
            wanted[position] = true;
        }
        join(&mut newer, days);
    }
    let dropped = sorted.iter().zip(&wanted).filter(|(_, wanted)| !**wanted).map(|(read, _)| *read).collect();
    Plan { oldest_day, dropped }
}

/// Adds a range to ranges that are apart and in order.
fn join(ranges: &mut Vec<(i64, i64)>, (mut first, mut last): (i64, i64)) {
    ranges.retain(|(from, to)| {
        let apart = *to < first - 1 || *from > last + 1;
        if !apart {
            first = first.min(*from);
            last = last.max(*to);
        }
        apart
    });
    let place = ranges.partition_point(|range| range.0 < first);
    ranges.insert(place, (first, last));
}

/// The instant at which a day is over.
pub(super) fn end_of(day: i64, zone: &Zone) -> i64 {
    Slot::day(day_of(day)).ends(zone).as_millisecond()
}

/// Days of hours that can become days: wholly read, and when.
pub(super) fn days_of_hours(readings: &[Covered], before: i64, zone: &Zone) -> Vec<(i64, i64)> {
    let first = readings.iter().map(|read| read.first).min();
    let days = first.into_iter().flat_map(|first| first..before);
    days.filter_map(|day| {
        let ends = end_of(day, zone);
        let covering = readings.iter().filter(|read| (read.first..=read.last).contains(&day));
        covering.map(|read| read.as_of).max().filter(|as_of| *as_of >= ends).map(|as_of| (day, as_of))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-06-10T12:00:00Z";

    fn read(days: (&str, &str), as_of: &str) -> Covered {
        let as_of: Timestamp = as_of.parse().unwrap();
        Covered {
            first: day_number(days.0.parse().unwrap()),
            last: day_number(days.1.parse().unwrap()),
            as_of: as_of.as_millisecond(),
        }
    }

    fn dropped(readings: &[Covered]) -> Vec<usize> {
        let plan = plan(readings, Granularity::Day, Retention::default(), NOW.parse().unwrap(), &Zone::utc());
        let position = |read: &Covered| readings.iter().position(|known| known == read).unwrap();
        plan.dropped.iter().map(position).collect()
    }

    #[test]
    fn recent_readings_stay() {
        let day = ("2026-06-09", "2026-06-10");
        let readings =
            ["2026-06-10T08:00:00Z", "2026-06-10T08:15:00Z", "2026-06-10T08:30:00Z"].map(|at| read(day, at));
        assert_eq!(dropped(&readings), [0; 0]);
    }

    #[test]
    fn of_older_days_the_first_stays_and_what_is_newest_of_a_day() {
        let readings = [
            read(("2026-05-01", "2026-05-02"), "2026-05-02T08:00:00Z"),
            read(("2026-05-01", "2026-05-02"), "2026-05-02T09:00:00Z"),
            read(("2026-05-01", "2026-05-02"), "2026-05-02T10:00:00Z"),
            // Covers the 1st no more: the one at 10:00 is the newest of it.
            read(("2026-05-02", "2026-05-03"), "2026-05-03T10:00:00Z"),
        ];
        assert_eq!(dropped(&readings), [1]);
    }

    #[test]
    fn the_first_of_a_day_is_found_for_each_range() {
        let readings = [
            read(("2026-05-02", "2026-05-02"), "2026-05-02T08:00:00Z"),
            read(("2026-04-01", "2026-05-02"), "2026-05-02T09:00:00Z"),
            read(("2026-05-02", "2026-05-02"), "2026-05-02T10:00:00Z"),
            read(("2026-04-01", "2026-05-03"), "2026-05-03T08:00:00Z"),
        ];
        assert_eq!(dropped(&readings), [2], "the one at 09:00 was the first of April");
    }

    #[test]
    fn of_the_oldest_only_what_is_known_now_stays() {
        let readings = [
            read(("2026-01-01", "2026-01-02"), "2026-01-02T08:00:00Z"),
            read(("2026-01-02", "2026-01-03"), "2026-01-03T08:00:00Z"),
            read(("2026-01-02", "2026-01-03"), "2026-01-04T08:00:00Z"),
            read(("2020-01-01", "2020-01-02"), "2026-06-10T08:00:00Z"),
        ];
        assert_eq!(dropped(&readings), [1, 3], "the last is about days that are gone");
    }

    #[test]
    fn a_clock_that_jumped_is_doubtful_for_a_week() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let steady: Vec<Timestamp> = (1..=30).map(|day| at(&format!("2026-05-{day:02}T08:00:00Z"))).collect();
        let with = |more: &[&str], now: &str| {
            doubtful(steady.iter().copied().chain(more.iter().map(|text| at(text))), at(now))
        };
        assert_eq!(with(&[], "2026-05-30T08:15:00Z"), None);
        assert_eq!(with(&[], "2026-06-03T08:00:00Z"), None, "a long weekend");
        let last = at("2026-05-30T08:00:00Z");
        let jumped = at("2027-05-30T08:15:00Z");
        assert_eq!(with(&["2027-05-30T08:15:00Z"], "2027-05-30T08:16:00Z"), Some((jumped, last)));
        let next = ["2027-05-30T08:15:00Z", "2027-06-02T08:00:00Z"];
        assert_eq!(with(&next, "2027-06-02T08:01:00Z"), Some((jumped, last)), "three days later still");
        let week = ["2027-05-30T08:15:00Z", "2027-06-02T08:00:00Z", "2027-06-06T09:00:00Z"];
        assert_eq!(with(&week, "2027-06-06T09:00:00Z"), None, "then the time may have passed indeed");
        assert_eq!(doubtful([], last), None, "nothing was ever read");
    }

    #[test]
    fn ranges_join() {
        let mut ranges = Vec::new();
        for range in [(5, 6), (1, 2), (9, 9), (3, 4), (7, 7)] {
            join(&mut ranges, range);
        }
        assert_eq!(ranges, [(1, 7), (9, 9)]);
    }

    #[test]
    fn only_whole_days_of_hours_become_days() {
        let readings = [
            read(("2026-05-01", "2026-05-01"), "2026-05-01T23:00:00Z"),
            read(("2026-05-02", "2026-05-02"), "2026-05-03T00:00:00Z"),
        ];
        let before = day_number("2026-05-06".parse().unwrap());
        let days: Vec<String> = days_of_hours(&readings, before, &Zone::utc())
            .iter()
            .map(|(day, _)| day_of(*day).to_string())
            .collect();
        assert_eq!(days, ["2026-05-02"]);
    }
}
