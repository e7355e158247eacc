//! Single objects that a reading leaves out although they spent.
//!
//! What was spent is not taken back, and platforms tell of deleted objects too. So where the level keeps most of its spend
//! ([`doubt`](super::doubt) looks at that) and an object has none of its own any more, the object is doubted on that day,
//! and on days after it of which nothing is told of it either. The others are stored. Of a doubted object what was known
//! stands; where nothing was, or a part of a day that is over by now, a row is kept that tells nothing: sums over it are
//! unknown, its own and those of its level. It ends as other doubts do.

use std::collections::{BTreeMap, BTreeSet};

use adplane_core::metrics::{Granularity, Metric, Sums};

use super::doubt::{BELIEVED_AFTER, millis, spend_by_day};
use super::merge::Row;
use super::slots::{day_of_slot, slots_of_days};

/// An object below one part in so many of a day's spend is no reason to doubt days that were never told of it: platforms
/// credit cents.
const SMALL: i64 = 100;

/// An object that is doubted on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Missing {
    pub(super) object: i64,
    pub(super) day: i64,
    pub(super) since: i64,
    pub(super) known: i64,
}

/// Since when an object is doubted on a day.
pub(super) type Standing = BTreeMap<(i64, i64), i64>;

/// The objects that a reading of some days leaves out and that are not believed to have spent nothing, by object and day.
///
/// `silent_days` says since when whole days are doubted: what was not told of all of them was not told of each.
pub(super) fn missing(
    granularity: Granularity,
    as_of: i64,
    days: &[(i64, i64)],
    (known, told): (&[Row], &[Row]),
    (standing, silent_days): (&Standing, &BTreeMap<i64, i64>),
) -> Vec<Missing> {
    if known.is_empty() && standing.is_empty() {
        return Vec::new();
    }
    let level = spend_by_day(granularity, known);
    let (known, told) = (by_object(granularity, known), by_object(granularity, told));
    let spent = |of: &BTreeMap<(i64, i64), i64>, key| of.get(&key).copied().unwrap_or(0);
    let candidates: BTreeSet<i64> = known
        .iter()
        .filter(|(key, spend)| **spend > 0 && spent(&told, **key) == 0)
        .map(|((object, _), _)| *object)
        .chain(standing.keys().map(|(object, _)| *object))
        .collect();
    let mut found = Vec::new();
    for object in candidates {
        let each = || days.iter().flat_map(|(first, last)| *first..=*last);
        let silent = |day: &i64| spent(&told, (object, *day)) == 0;
        let last_told = each().filter(|day| !silent(day)).max();
        let stood =
            |day: i64| [standing.get(&(object, day)), silent_days.get(&day)].into_iter().flatten().copied();
        let begun = each().filter(silent).flat_map(stood).min();
        let mut silence = false;
        for day in each().filter(silent) {
            let own = spent(&known, (object, day));
            let stands = standing.contains_key(&(object, day));
            let goes_on = stands && last_told.is_none_or(|last| last < day);
            if own == 0 && !goes_on && !silence {
                continue;
            }
            let since = begun.unwrap_or(as_of).min(as_of);
            if as_of.saturating_sub(since) >= millis(BELIEVED_AFTER) {
                continue;
            }
            let all = level.get(&day).copied().unwrap_or(0);
            // What goes on is as silent on days of which nothing was known yet.
            silence |= if own > 0 { own.saturating_mul(SMALL) >= all } else { goes_on };
            found.push(Missing { object, day, since, known: own });
        }
    }
    found
}

/// What a reading tells, with what stands or is unknown of the objects that are missing in it. `stands` says of which slots
/// more is known than a part of them.
pub(super) fn with_missing(
    granularity: Granularity,
    known: &[Row],
    mut told: Vec<Row>,
    missing: &[Missing],
    stands: impl Fn(i64) -> bool,
) -> Vec<Row> {
    if missing.is_empty() {
        return told;
    }
    let held: BTreeSet<(i64, i64)> = missing.iter().map(|one| (one.object, one.day)).collect();
    let is_held = |row: &Row| held.contains(&(row.object, day_of_slot(granularity, row.slot)));
    told.retain(|row| !is_held(row));
    let stand: BTreeMap<(i64, i64), Sums> = known
        .iter()
        .filter(|row| is_held(row) && stands(row.slot))
        .map(|row| ((row.slot, row.object), row.sums))
        .collect();
    for (object, day) in held {
        let (first, last) = slots_of_days(granularity, (day, day));
        told.extend((first..=last).map(|slot| {
            let sums = stand.get(&(slot, object)).copied().unwrap_or_default();
            Row { slot, object, sums }
        }));
    }
    told.sort_unstable_by_key(|row| (row.slot, row.object));
    told
}

/// Everything that rows tell of.
pub(super) fn told_of(rows: &[Row]) -> Vec<Metric> {
    Metric::ALL.into_iter().filter(|metric| rows.iter().any(|row| row.sums.get(*metric).is_some())).collect()
}

/// Spend by object and day; one that told something else than spend is no reason for doubt.
fn by_object(granularity: Granularity, rows: &[Row]) -> BTreeMap<(i64, i64), i64> {
    let mut spend: BTreeMap<(i64, i64), i64> = BTreeMap::new();
    for row in rows {
        let own = spend.entry((row.object, day_of_slot(granularity, row.slot))).or_default();
        *own = own.saturating_add(row.sums.spend.unwrap_or(0));
    }
    spend
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * 60 * 60 * 1000;

    fn row(slot: i64, object: i64, spend: i64) -> Row {
        Row { slot, object, sums: Sums { spend: Some(spend), clicks: Some(1), ..Sums::default() } }
    }

    /// Objects, days and since when, of a reading of days 1 to 4.
    fn found(known: &[Row], told: &[Row], at: i64, standing: &[((i64, i64), i64)]) -> Vec<(i64, i64, i64)> {
        let standing = standing.iter().copied().collect();
        missing(Granularity::Day, at, &[(1, 4)], (known, told), (&standing, &BTreeMap::new()))
            .iter()
            .map(|one| (one.object, one.day, one.since))
            .collect()
    }

    #[test]
    fn an_object_that_vanishes_is_doubted_from_that_day_on() {
        let known = [row(2, 1, 10), row(2, 2, 90), row(3, 2, 90)];
        let told = [row(2, 2, 90), row(3, 2, 90), row(4, 2, 90)];
        assert_eq!(found(&known, &told, 7, &[]), [(1, 2, 7), (1, 3, 7), (1, 4, 7)]);
        let zero = [row(2, 1, 0), row(2, 2, 90), row(3, 2, 90)];
        assert_eq!(found(&known, &zero, 7, &[]).len(), 3, "a zero is no better");
        let less = [row(2, 1, 1), row(2, 2, 90), row(3, 2, 90)];
        assert_eq!(found(&known, &less, 7, &[]), [], "less is a correction");
        assert_eq!(found(&[row(2, 1, 0)], &[], 7, &[]), [], "it spent nothing");
        let back = [row(2, 2, 90), row(4, 1, 5)];
        assert_eq!(found(&known[..2], &back, 7, &[]), [(1, 2, 7), (1, 3, 7)], "it is told on the 4th");
    }

    #[test]
    fn cents_that_are_taken_back_stand_and_say_nothing_of_later_days() {
        let known = [row(2, 1, 1), row(2, 2, 100)];
        assert_eq!(found(&known, &[row(2, 2, 100)], 7, &[]), [(1, 2, 7)]);
        let more = [row(2, 1, 1), row(2, 2, 99)];
        assert_eq!(found(&more, &more[1..], 7, &[]).len(), 3);
    }

    #[test]
    fn it_lasts_until_it_is_told_again_or_a_week_has_passed() {
        let standing = [((1, 3), 7)];
        assert_eq!(
            found(&[], &[row(3, 2, 9)], 9, &standing),
            [(1, 3, 7), (1, 4, 7)],
            "and on the days after"
        );
        assert_eq!(found(&[], &[row(3, 1, 9)], 9, &standing), []);
        assert_eq!(found(&[], &[row(4, 1, 9)], 9, &standing), [], "it is told of a later day: it was idle");
        let known = [row(3, 1, 9)];
        assert_eq!(found(&known, &[], 7 * DAY + 6, &standing), [(1, 3, 7), (1, 4, 7)]);
        assert_eq!(found(&known, &[], 7 * DAY + 7, &standing), []);
    }

    #[test]
    fn a_day_that_was_doubted_as_a_whole_is_not_doubted_for_another_week() {
        let (known, silent) = ([row(3, 1, 9), row(3, 2, 9)], BTreeMap::from([(3, 7)]));
        let since = |at| {
            let none = Standing::new();
            let told = missing(Granularity::Day, at, &[(1, 3)], (&known, &known[..1]), (&none, &silent));
            told.iter().map(|one| (one.object, one.since)).collect::<Vec<_>>()
        };
        assert_eq!(since(9), [(2, 7)]);
        assert_eq!(since(7 * DAY + 7), []);
    }

    #[test]
    fn what_is_known_stands_and_the_rest_is_unknown() {
        let known = [row(2, 1, 10), row(2, 2, 90)];
        let one = |day| Missing { object: 1, day, since: 7, known: 0 };
        let told = with_missing(
            Granularity::Day,
            &known,
            vec![row(2, 1, 0), row(3, 2, 5)],
            &[one(2), one(3)],
            |_| true,
        );
        let unknown = Row { slot: 3, object: 1, sums: Sums::default() };
        assert_eq!(told, [row(2, 1, 10), unknown, row(3, 2, 5)]);
        assert_eq!(told_of(&told), [Metric::Spend, Metric::Clicks]);
        let part = with_missing(Granularity::Day, &known, Vec::new(), &[one(2)], |_| false);
        assert_eq!(part, [Row { slot: 2, ..unknown }], "a part is no sum");
        let hours = with_missing(Granularity::Hour, &[row(25, 1, 10)], Vec::new(), &[one(1)], |_| true);
        assert_eq!(hours.len(), 24, "all hours of the day");
        assert_eq!((hours[1], hours[2].sums), (row(25, 1, 10), Sums::default()));
    }
}
