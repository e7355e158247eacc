//! Which slots were read, and when.

use std::collections::BTreeMap;

use adplane_core::address::Kind;
use adplane_core::ids::ExternalId;
use adplane_core::metrics::{Freshness, Slot, Slots, Span, Sums, WindowTotals};
use adplane_core::time::Zone;
use jiff::Timestamp;

use super::slots::{day_number, instant};

/// Days that were read at an instant, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Covered {
    pub(super) first: i64,
    pub(super) last: i64,
    pub(super) as_of: i64,
}

/// The days of a range that none of the others holds, as ranges in order.
pub(super) fn left_of(days: (i64, i64), taken: &[(i64, i64)]) -> Vec<(i64, i64)> {
    let mut taken = taken.to_vec();
    taken.sort_unstable();
    let (mut next, last) = days;
    let mut left = Vec::new();
    for (from, to) in taken {
        if from > last {
            break;
        }
        if next < from {
            left.push((next, from - 1));
        }
        next = next.max(to.saturating_add(1));
    }
    if next <= last {
        left.push((next, last));
    }
    left
}

/// When each day was read last.
#[derive(Debug, Default)]
pub(super) struct LastRead {
    first: i64,
    days: Vec<Option<i64>>,
}

impl LastRead {
    pub(super) fn of(readings: &[Covered]) -> Self {
        let ends =
            readings.iter().map(|read| read.first).min().zip(readings.iter().map(|read| read.last).max());
        let Some((first, last)) = ends else { return Self::default() };
        let mut newest = Self { first, days: vec![None; place(first, last).map_or(0, |last| last + 1)] };
        for read in readings {
            for day in read.first..=read.last {
                if let Some(known) = place(first, day).and_then(|place| newest.days.get_mut(place)) {
                    *known = (*known).max(Some(read.as_of));
                }
            }
        }
        newest
    }

    fn on(&self, day: i64) -> Option<i64> {
        self.days.get(place(self.first, day)?).copied().flatten()
    }

    /// Whether a slot was read after its end: what was read before is a part of it.
    pub(super) fn is_whole(&self, slot: Slot, zone: &Zone) -> bool {
        self.on(day_number(slot.day)).is_some_and(|as_of| instant(as_of) >= slot.ends(zone))
    }
}

fn place(first: i64, day: i64) -> Option<usize> {
    usize::try_from(day - first).ok()
}

/// Two days after one begins in Greenwich it is over in every zone.
const OVER_ANYWHERE: i64 = 2 * 24 * 60 * 60 * 1000;

/// When each slot of a span was read last; `None` where nothing covers it.
///
/// A slot that was over by the span's instant must have been read after its end: what was read before is a part of
/// it. One that is still running counts with whatever was read of it.
pub(super) fn read_of(span: &Span, last_read: &LastRead) -> Vec<(Slot, Option<Timestamp>)> {
    span.slots()
        .map(|slot| {
            let day = day_number(slot.day);
            let enough = |as_of: &i64| {
                if *as_of >= day * (OVER_ANYWHERE / 2) + OVER_ANYWHERE {
                    return true;
                }
                let ends = slot.ends(&span.zone);
                let needed = if ends <= span.at { ends } else { slot.begins(&span.zone) };
                instant(*as_of) >= needed
            };
            (slot, last_read.on(day).filter(enough).map(instant))
        })
        .collect()
}

/// The slots that nothing covers, as ranges.
fn gaps(read: &[(Slot, Option<Timestamp>)]) -> Vec<Slots> {
    let mut gaps: Vec<Slots> = Vec::new();
    for (slot, _) in read.iter().filter(|(_, as_of)| as_of.is_none()) {
        match gaps.last_mut() {
            Some(gap) if gap.last.next() == Some(*slot) => gap.last = *slot,
            _ => gaps.push(Slots { first: *slot, last: *slot }),
        }
    }
    gaps
}

/// Slots that were read, together where they were read at once.
fn runs(read: &[(Slot, Option<Timestamp>)]) -> Vec<(Slots, Timestamp)> {
    let mut runs: Vec<(Slots, Timestamp)> = Vec::new();
    for (slot, as_of) in read {
        let Some(as_of) = as_of else { continue };
        match runs.last_mut() {
            Some((run, at)) if at == as_of && run.last.next() == Some(*slot) => run.last = *slot,
            _ => runs.push((Slots { first: *slot, last: *slot }, *as_of)),
        }
    }
    runs
}

/// The oldest and the newest reading that the slots rest on.
fn freshness(read: &[(Slot, Option<Timestamp>)]) -> Option<Freshness> {
    let known = || read.iter().filter_map(|(_, as_of)| *as_of);
    Some(Freshness { oldest: known().min()?, newest: known().max()? })
}

/// Sums over a span with what is missing of it and how fresh it is.
pub(super) fn totals_of(
    level: Kind,
    span: &Span,
    attribution: Option<String>,
    last_read: &LastRead,
    objects: BTreeMap<ExternalId, Sums>,
) -> WindowTotals {
    let read = read_of(span, last_read);
    WindowTotals {
        level,
        span: span.clone(),
        attribution,
        objects,
        gaps: gaps(&read),
        freshness: freshness(&read),
        read: runs(&read),
    }
}

#[cfg(test)]
mod tests {
    use adplane_core::metrics::{Window, resolve};

    use super::*;

    fn span(window: &str, now: &str) -> Span {
        let window: Window = window.parse().unwrap();
        resolve(&window, now.parse().unwrap(), &Zone::parse("Europe/Madrid").unwrap(), None, None).unwrap()
    }

    fn covered(first: &str, last: &str, as_of: &str) -> Covered {
        let as_of: Timestamp = as_of.parse().unwrap();
        Covered {
            first: day_number(first.parse().unwrap()),
            last: day_number(last.parse().unwrap()),
            as_of: as_of.as_millisecond(),
        }
    }

    fn gaps_of(window: &str, now: &str, readings: &[Covered]) -> String {
        let found = gaps(&read_of(&span(window, now), &LastRead::of(readings)));
        found.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn days_that_are_left() {
        for (taken, left) in [
            (vec![], vec![(1, 9)]),
            (vec![(1, 9)], vec![]),
            (vec![(0, 20)], vec![]),
            (vec![(3, 4)], vec![(1, 2), (5, 9)]),
            (vec![(3, 4), (4, 6), (9, 12)], vec![(1, 2), (7, 8)]),
            (vec![(10, 12)], vec![(1, 9)]),
            (vec![(5, 6), (1, 2)], vec![(3, 4), (7, 9)]),
        ] {
            assert_eq!(left_of((1, 9), &taken), left, "{taken:?}");
        }
    }

    #[test]
    fn a_day_that_nothing_covers_is_a_gap() {
        let week = [covered("2026-06-03", "2026-06-05", "2026-06-10T06:00:00Z")];
        assert_eq!(gaps_of("last_7d", "2026-06-10T08:00:00Z", &week), "2026-06-06 to 2026-06-09");
        assert_eq!(gaps_of("last_7d", "2026-06-10T08:00:00Z", &[]), "2026-06-03 to 2026-06-09");
    }

    #[test]
    fn what_was_read_before_a_day_was_over_does_not_cover_it() {
        // In Madrid the 9th ends at 22:00Z.
        let early = [covered("2026-06-09", "2026-06-09", "2026-06-09T21:59:00Z")];
        assert_eq!(gaps_of("yesterday", "2026-06-09T22:05:00Z", &early), "2026-06-09");
        let later = [covered("2026-06-09", "2026-06-09", "2026-06-09T22:00:00Z")];
        assert_eq!(gaps_of("yesterday", "2026-06-09T22:05:00Z", &later), "");
        assert_eq!(gaps_of("today", "2026-06-09T21:59:30Z", &early), "", "it is still running");
        let yesterday = [covered("2026-06-09", "2026-06-09", "2026-06-08T12:00:00Z")];
        assert_eq!(gaps_of("today", "2026-06-09T12:00:00Z", &yesterday), "2026-06-09", "it had not begun");
    }

    #[test]
    fn hours_after_the_reading_are_gaps() {
        let read = [covered("2026-06-10", "2026-06-10", "2026-06-10T06:30:00Z")];
        assert_eq!(
            gaps_of("last_4h", "2026-06-10T09:10:00Z", &read),
            "2026-06-10 08h to 2026-06-10 10h",
            "read at 08:30 in Madrid, asked at 11:10"
        );
    }

    #[test]
    fn slots_that_were_read_together_stay_together() {
        let readings = [
            covered("2026-06-01", "2026-06-06", "2026-06-10T01:00:00Z"),
            covered("2026-06-08", "2026-06-10", "2026-06-10T07:45:00Z"),
        ];
        let read = read_of(&span("last_7d", "2026-06-10T08:00:00Z"), &LastRead::of(&readings));
        let told: Vec<String> =
            runs(&read).iter().map(|(slots, as_of)| format!("{slots} at {as_of}")).collect();
        assert_eq!(
            told,
            [
                "2026-06-03 to 2026-06-06 at 2026-06-10T01:00:00Z",
                "2026-06-08 to 2026-06-09 at 2026-06-10T07:45:00Z"
            ]
        );
    }

    #[test]
    fn freshness_is_that_of_the_slots() {
        let readings = [
            covered("2026-06-01", "2026-06-09", "2026-06-10T01:00:00Z"),
            covered("2026-06-09", "2026-06-10", "2026-06-10T07:45:00Z"),
        ];
        let read = read_of(&span("last_7d", "2026-06-10T08:00:00Z"), &LastRead::of(&readings));
        let told = freshness(&read).unwrap();
        assert_eq!(told.oldest, "2026-06-10T01:00:00Z".parse().unwrap());
        assert_eq!(told.newest, "2026-06-10T07:45:00Z".parse().unwrap());
    }
}
