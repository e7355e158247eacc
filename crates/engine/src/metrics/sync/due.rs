//! Which days are due, from what was read before.

use adplane_core::address::Kind;
use adplane_core::metrics::{Day, Granularity, RESTATE_EVERY, Slot};
use adplane_core::time::Zone;
use jiff::{Timestamp, ToSpan};

use super::{Asked, Depth, What};
use crate::metrics::store::StoredReading;

/// Most days read by hours: the vendors answer hours day by day, and rules look a week back at most.
const MOST_HOURLY: u16 = 8;

/// What decides which days are due.
#[derive(Debug, Clone, Copy)]
pub(super) struct Due {
    now: Timestamp,
    today: Day,
    restated: u16,
    what: What,
}

impl Due {
    pub(super) fn new(now: Timestamp, zone: &Zone, restated: u16, what: What) -> Self {
        Self { now, today: now.to_zoned(zone.rules()).date(), restated, what }
    }

    /// The days of a level to read, given what was read of them.
    pub(super) fn of(&self, level: Kind, granularity: Granularity, known: &[StoredReading]) -> Asked {
        let days = match granularity {
            Granularity::Hour => self.days(self.what.back.min(MOST_HOURLY), None, known),
            Granularity::Day => {
                let back = self.what.back.max(self.restated);
                self.days(back, Some(self.restated), known)
            }
        };
        Asked { level, granularity, from: self.earlier(days - 1), to: self.today }
    }

    /// How many days, today included.
    fn days(&self, most: u16, restated: Option<u16>, known: &[StoredReading]) -> u16 {
        let most = most.max(2);
        let newest =
            known.iter().filter(|reading| reading.first <= self.today).map(|reading| reading.last).max();
        let Some(newest) = newest.filter(|_| self.what.depth == Depth::Due) else { return most };
        // The last day that was read may have been read before it was over.
        let missed = self.since(newest);
        let restated = restated.filter(|days| self.restating_is_due(*days, known)).unwrap_or(0);
        missed.max(restated).clamp(2, most)
    }

    fn restating_is_due(&self, days: u16, known: &[StoredReading]) -> bool {
        let first = self.earlier(days.saturating_sub(1));
        !known.iter().any(|reading| {
            // A report of yesterday's restated days begins a day earlier.
            let is_whole = reading.first <= first.tomorrow().unwrap_or(first);
            is_whole && self.now.duration_since(reading.as_of) < RESTATE_EVERY
        })
    }

    /// Days since a day, both included.
    fn since(&self, day: Day) -> u16 {
        u16::try_from((self.today - day).get_days() + 1).unwrap_or(1)
    }

    fn earlier(&self, days: u16) -> Day {
        self.today.saturating_sub(i64::from(days).days())
    }
}

/// The first of some days that was told under other attributions only: numbers under two of them are never added, so those
/// days are gaps until they are read again. `before` is the day that they end before.
pub(super) fn lacking(
    label: &str,
    (from, before): (Day, Day),
    known: &[StoredReading],
    zone: &Zone,
) -> Option<Day> {
    let lacks = |day: &Day| {
        let ends = Slot::day(*day).ends(zone);
        let mut whole = known
            .iter()
            .filter(|reading| reading.first <= *day && *day <= reading.last && reading.as_of >= ends)
            .map(|reading| reading.attribution == label)
            .peekable();
        whole.peek().is_some() && !whole.any(|own| own)
    };
    from.series(1.day()).take_while(|day| *day < before).find(lacks)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-20T10:00:00Z";

    fn due(what: What) -> Due {
        Due::new(NOW.parse().unwrap(), &Zone::parse("Europe/Madrid").unwrap(), 28, what)
    }

    fn read(first: &str, last: &str, as_of: &str) -> StoredReading {
        StoredReading {
            attribution: "a".into(),
            first: first.parse().unwrap(),
            last: last.parse().unwrap(),
            as_of: as_of.parse().unwrap(),
        }
    }

    fn from(what: What, granularity: Granularity, known: &[StoredReading]) -> String {
        let asked = due(what).of(Kind::Ad, granularity, known);
        assert_eq!(asked.to, "2026-11-20".parse().unwrap());
        asked.from.to_string()
    }

    #[test]
    fn the_first_sync_reads_as_far_back_as_wanted() {
        assert_eq!(from(What::default(), Granularity::Day, &[]), "2026-08-23");
        assert_eq!(from(What::default(), Granularity::Hour, &[]), "2026-11-13");
        let short = What { back: 1, ..What::default() };
        assert_eq!(from(short, Granularity::Day, &[]), "2026-10-24", "never less than what is restated");
        assert_eq!(from(short, Granularity::Hour, &[]), "2026-11-19");
    }

    #[test]
    fn restated_days_are_read_once_a_day() {
        let whole = read("2026-10-24", "2026-11-20", "2026-11-20T09:00:00Z");
        assert_eq!(from(What::default(), Granularity::Day, std::slice::from_ref(&whole)), "2026-11-19");
        let before = read("2026-10-23", "2026-11-19", "2026-11-19T09:00:00Z");
        let short = read("2026-11-19", "2026-11-20", "2026-11-20T09:45:00Z");
        assert_eq!(from(What::default(), Granularity::Day, &[short, before]), "2026-10-24");
        let all = What { depth: Depth::All, ..What::default() };
        assert_eq!(from(all, Granularity::Day, &[whole]), "2026-08-23");
    }

    #[test]
    fn a_reading_of_yesterday_evening_still_counts_this_morning() {
        let evening = read("2026-10-23", "2026-11-19", "2026-11-19T20:00:00Z");
        assert_eq!(from(What::default(), Granularity::Day, &[evening]), "2026-11-19");
    }

    #[test]
    fn what_was_missed_is_made_up_for() {
        let old = read("2026-09-01", "2026-10-01", "2026-10-01T09:00:00Z");
        assert_eq!(from(What::default(), Granularity::Day, std::slice::from_ref(&old)), "2026-10-01");
        assert_eq!(from(What::default(), Granularity::Hour, &[old]), "2026-11-13");
        let midweek = read("2026-11-16", "2026-11-17", "2026-11-17T09:00:00Z");
        assert_eq!(from(What::default(), Granularity::Hour, &[midweek]), "2026-11-17");
    }

    #[test]
    fn days_that_were_told_otherwise_only_are_lacking() {
        let read = |label: &str, first, last, as_of| StoredReading {
            attribution: label.into(),
            ..read(first, last, as_of)
        };
        let all = read("a", "2026-11-01", "2026-11-10", "2026-11-10T10:00:00Z");
        let own = |first, as_of| read("b", first, "2026-11-10", as_of);
        let days: (Day, Day) = ("2026-10-20".parse().unwrap(), "2026-11-10".parse().unwrap());
        let zone = Zone::parse("Europe/Madrid").unwrap();
        let later = "2026-11-10T11:00:00Z";
        for (known, first) in [
            (vec![all.clone()], Some("2026-11-01")),
            (vec![all.clone(), own("2026-11-09", later)], Some("2026-11-01")),
            (vec![all.clone(), own("2026-11-01", later)], None),
            (vec![all.clone(), own("2026-10-01", later)], None),
            (vec![own("2026-11-09", later)], None),
            // In Madrid the 9th ends at 23:00Z: before, it is told in part.
            (vec![all.clone(), own("2026-11-01", "2026-11-09T22:59:00Z")], Some("2026-11-09")),
            (vec![all, own("2026-11-01", "2026-11-09T23:00:00Z")], None),
        ] {
            let found = lacking("b", days, &known, &zone);
            assert_eq!(found.map(|day| day.to_string()).as_deref(), first, "{known:?}");
        }
    }
}
