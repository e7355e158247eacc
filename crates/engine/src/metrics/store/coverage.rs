//! Which slots were read, and when.

use adplane_core::metrics::{Freshness, Slot, Slots, Span};
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

/// When each slot of a span was read last; `None` where nothing covers it.
///
/// A slot that was over by the span's instant must have been read after its end: what was read before is a part of
/// it. One that is still running counts with whatever was read of it.
pub(super) fn read_of(span: &Span, readings: &[Covered]) -> Vec<(Slot, Option<Timestamp>)> {
    let mut last_day: Option<(i64, Option<i64>)> = None;
    span.slots()
        .map(|slot| {
            let day = day_number(slot.day);
            let newest = match last_day {
                Some((known, newest)) if known == day => newest,
                _ => {
                    let covering = readings.iter().filter(|read| (read.first..=read.last).contains(&day));
                    covering.map(|read| read.as_of).max()
                }
            };
            last_day = Some((day, newest));
            let enough = |as_of: &Timestamp| {
                let ends = slot.ends(&span.zone);
                if ends <= span.at { *as_of >= ends } else { *as_of >= slot.begins(&span.zone) }
            };
            (slot, newest.map(instant).filter(enough))
        })
        .collect()
}

/// The slots that nothing covers, as ranges.
pub(super) fn gaps(read: &[(Slot, Option<Timestamp>)]) -> Vec<Slots> {
    let mut gaps: Vec<Slots> = Vec::new();
    for (slot, _) in read.iter().filter(|(_, as_of)| as_of.is_none()) {
        match gaps.last_mut() {
            Some(gap) if gap.last.next() == Some(*slot) => gap.last = *slot,
            _ => gaps.push(Slots { first: *slot, last: *slot }),
        }
    }
    gaps
}

/// The oldest and the newest reading that the slots rest on.
pub(super) fn freshness(read: &[(Slot, Option<Timestamp>)]) -> Option<Freshness> {
    let known = || read.iter().filter_map(|(_, as_of)| *as_of);
    Some(Freshness { oldest: known().min()?, newest: known().max()? })
}

#[cfg(test)]
mod tests {
    use adplane_core::metrics::{Window, resolve};
    use adplane_core::time::Zone;

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
        let found = gaps(&read_of(&span(window, now), readings));
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
    fn freshness_is_that_of_the_slots() {
        let readings = [
            covered("2026-06-01", "2026-06-09", "2026-06-10T01:00:00Z"),
            covered("2026-06-09", "2026-06-10", "2026-06-10T07:45:00Z"),
        ];
        let read = read_of(&span("last_7d", "2026-06-10T08:00:00Z"), &readings);
        let told = freshness(&read).unwrap();
        assert_eq!(told.oldest, "2026-06-10T01:00:00Z".parse().unwrap());
        assert_eq!(told.newest, "2026-06-10T07:45:00Z".parse().unwrap());
    }
}
