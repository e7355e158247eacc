//! Days of a reading that are not believed yet.
//!
//! A platform whose reporting is out may answer with no rows, or with a part of them, and say nothing of it. What was
//! spent is not taken back: vendors correct a day by some per cent. So a day of a level is doubted
//!
//! - whose spend falls to less than two fifths of what is known, as long as no reading a week later says so too: a day that
//!   was counted twice and is corrected falls to a half;
//! - that spent nothing by a reading which takes all of an earlier day's spend away: it is as silent about this day as about
//!   that one, which nobody could know otherwise, since nothing was known of it.
//!
//! - that is one of a stream of which nothing was ever read, and no day of the reading tells anything: a store that was begun
//!   anew while reporting is out must not take it for an account that never spent. That is believed after
//!   [`FIRST_BELIEVED_AFTER`], and is no alarm: a new account says the same.
//!
//! Where numbers come under another attribution than before, they are compared with those under the former one: what was
//! spent does not depend on it. Single objects that vanish while their level keeps most of its spend are doubted one by one
//! ([`missing`](super::missing)).
//!
//! A doubted day is left as if nobody had read it. What was known before stands with the instant of its own reading; a day
//! that was never read after its end is a gap. So nothing that reads the store can take the silence for a zero: budget pools
//! count the worst for it and rules do not act. A reading that tells the day again ends the doubt, and so does one that
//! says the same [`BELIEVED_AFTER`] the first one.
//!
//! A rise is never doubted: who believes that more was spent spends less.

use std::collections::BTreeMap;

use adplane_core::ids::ExternalId;
use adplane_core::metrics::{Day, Granularity};
use jiff::{SignedDuration, Timestamp};

use super::merge::Row;
use super::slots::day_of_slot;

/// How long readings must go on saying the same until it is believed: longer than reporting is ever out.
pub const BELIEVED_AFTER: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The same of a stream of which nothing was ever read: nothing known speaks against it.
pub const FIRST_BELIEVED_AFTER: SignedDuration = SignedDuration::from_hours(3 * 24);

/// How long a doubt is remembered whose days nobody asks for any more: if they were asked for, it would be believed since
/// long.
pub(super) const FORGOTTEN_AFTER: SignedDuration = SignedDuration::from_hours(10 * 24);

/// A day of which a reading told too little to be believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// How conversions were attributed.
    pub attribution: String,
    /// Of which object alone; all of the level where there is none.
    pub object: Option<ExternalId>,
    /// Whether nothing was ever read under this attribution.
    pub is_unread: bool,
    /// The day.
    pub day: Day,
    /// When readings began to say so.
    pub since: Timestamp,
    /// When one said so last.
    pub as_of: Timestamp,
    /// Spend of all objects that stays known, in micros.
    pub known: i64,
    /// Spend that was told instead.
    pub told: i64,
}

/// The same in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Doubted {
    pub(super) day: i64,
    pub(super) since: i64,
    pub(super) known: i64,
    pub(super) told: i64,
}

/// The days of a reading that are doubted, in order.
///
/// `days` are those that it may change, `standing` since when each day is doubted already.
pub(super) fn doubted(
    granularity: Granularity,
    as_of: i64,
    days: &[(i64, i64)],
    (known, told): (&[Row], &[Row]),
    standing: &BTreeMap<i64, i64>,
    is_first: bool,
) -> Vec<Doubted> {
    let (known, told) = (spend_by_day(granularity, known), spend_by_day(granularity, told));
    let believed_after = millis(BELIEVED_AFTER);
    let of = |sums: &BTreeMap<i64, i64>, day: i64| sums.get(&day).copied().unwrap_or(0);
    let each = || days.iter().flat_map(|(first, last)| *first..=*last);
    // One silence has one beginning, whichever of its days was read first.
    let begun = each().filter(|day| of(&told, *day) == 0).filter_map(|day| standing.get(&day).copied()).min();
    let last_told = each().filter(|day| of(&told, *day) > 0).max();
    if is_first && last_told.is_none() {
        let since = begun.unwrap_or(as_of).min(as_of);
        let doubt = |day| Doubted { day, since, known: of(&known, day), told: 0 };
        let all: Vec<Doubted> = each().map(doubt).collect();
        let nothing_known = all.iter().all(|doubt| doubt.known == 0);
        let after = millis(if nothing_known { FIRST_BELIEVED_AFTER } else { BELIEVED_AFTER });
        return if as_of.saturating_sub(since) < after { all } else { Vec::new() };
    }
    // Since when a silence lasts that reaches an earlier day.
    let mut silent: Option<i64> = None;
    let mut found = Vec::new();
    for day in each() {
        let (known, told) = (of(&known, day), of(&told, day));
        let falls = told.saturating_mul(5) < known.saturating_mul(2);
        let is_silent = told == 0;
        let stands = standing.get(&day).copied();
        // Where a later day is told again, nothing was spent on this one.
        let goes_on = stands.is_some() && last_told.is_none_or(|last| last < day);
        if !falls && !(is_silent && (goes_on || silent.is_some())) {
            continue;
        }
        let since = stands.into_iter().chain(begun.filter(|_| is_silent)).chain(silent.filter(|_| is_silent));
        let since = since.min().unwrap_or(as_of).min(as_of);
        if as_of.saturating_sub(since) >= believed_after {
            continue;
        }
        if is_silent {
            silent = Some(since);
        }
        found.push(Doubted { day, since, known, told });
    }
    found
}

pub(super) fn millis(duration: SignedDuration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

pub(super) fn spend_by_day(granularity: Granularity, rows: &[Row]) -> BTreeMap<i64, i64> {
    let mut days: BTreeMap<i64, i64> = BTreeMap::new();
    for row in rows {
        let spend = days.entry(day_of_slot(granularity, row.slot)).or_default();
        *spend = spend.saturating_add(row.sums.spend.unwrap_or(0));
    }
    days
}

/// The rows of a range of slots; all of them are by slot.
pub(super) fn within(rows: &[Row], (first, last): (i64, i64)) -> &[Row] {
    let from = rows.partition_point(|row| row.slot < first);
    let to = rows.partition_point(|row| row.slot <= last);
    rows.get(from..to).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use adplane_core::metrics::Sums;

    use super::*;

    const HOUR: i64 = 60 * 60 * 1000;

    fn row(slot: i64, object: i64, spend: i64) -> Row {
        Row { slot, object, sums: Sums { spend: Some(spend), ..Sums::default() } }
    }

    /// The doubted days of a reading of days 1 to 4, with since when.
    fn days(known: &[(i64, i64)], told: &[(i64, i64)], at: i64, standing: &[(i64, i64)]) -> Vec<(i64, i64)> {
        let rows =
            |days: &[(i64, i64)]| days.iter().map(|(day, spend)| row(*day, 1, *spend)).collect::<Vec<_>>();
        let standing = standing.iter().copied().collect();
        doubted(Granularity::Day, at, &[(1, 4)], (&rows(known), &rows(told)), &standing, false)
            .iter()
            .map(|doubt| (doubt.day, doubt.since))
            .collect()
    }

    #[test]
    fn a_day_that_falls_to_less_than_two_fifths_is_doubted() {
        for (known, told, is_doubted) in
            [(100, 100, false), (100, 300, false), (100, 40, false), (100, 39, true), (0, 0, false)]
        {
            let found = days(&[(1, 5), (2, known)], &[(1, 5), (2, told)], 7, &[]);
            assert_eq!(found, if is_doubted { vec![(2, 7)] } else { vec![] }, "{known} -> {told}");
        }
    }

    #[test]
    fn the_sum_of_all_objects_counts() {
        let known = [row(1, 1, 90), row(1, 2, 10)];
        let doubted =
            |told: &[Row]| doubted(Granularity::Day, 7, &[(1, 1)], (&known, told), &BTreeMap::new(), false);
        assert_eq!(doubted(&[row(1, 2, 60)]), [], "one object may have been another's");
        let found = [Doubted { day: 1, since: 7, known: 100, told: 10 }];
        assert_eq!(doubted(&[row(1, 2, 10)]), found);
        let hours = [row(24, 1, 90), row(25, 1, 10)];
        let by_hour = doubted_hours(&hours, &[row(47, 1, 100)]);
        assert_eq!(by_hour, [], "and all hours of a day");
        assert_eq!(doubted_hours(&hours, &[]), [Doubted { told: 0, ..found[0] }]);
    }

    fn doubted_hours(known: &[Row], told: &[Row]) -> Vec<Doubted> {
        doubted(Granularity::Hour, 7, &[(1, 1)], (known, told), &BTreeMap::new(), false)
    }

    #[test]
    fn a_silence_reaches_the_days_after_it() {
        assert_eq!(days(&[(2, 9)], &[], 7, &[]), [(2, 7), (3, 7), (4, 7)], "and not the day before");
        assert_eq!(days(&[(2, 9)], &[(4, 1)], 7, &[]), [(2, 7), (3, 7)]);
        assert_eq!(days(&[(2, 9)], &[(2, 3)], 7, &[]), [(2, 7)], "what is told in part is no silence");
        assert_eq!(days(&[(2, 9)], &[(2, 9)], 7, &[]), [], "nothing was spent on the days after");
    }

    #[test]
    fn a_doubt_lasts_until_the_day_is_told_or_a_week_has_passed() {
        assert_eq!(
            days(&[], &[], 9, &[(3, 7)]),
            [(3, 7), (4, 7)],
            "a new day is doubted as long as the first"
        );
        assert_eq!(days(&[], &[(3, 1)], 9, &[(3, 7)]), []);
        assert_eq!(days(&[], &[(4, 1)], 9, &[(3, 7)]), [], "reports go on after it: it was idle");
        assert_eq!(days(&[], &[(2, 1)], 9, &[(3, 7)]), [(3, 7), (4, 7)], "reports have not come so far yet");
        assert_eq!(days(&[(1, 5)], &[], 9, &[(3, 7)])[0], (1, 7), "a day that was not read meanwhile");
        let week = 7 * 24 * HOUR;
        assert_eq!(days(&[(3, 9)], &[], week + 6, &[(3, 7), (4, 7)]), [(3, 7), (4, 7)]);
        assert_eq!(days(&[(3, 9)], &[], week + 7, &[(3, 7), (4, 7)]), []);
        assert_eq!(days(&[(3, 9)], &[], 5, &[(3, 7)]), [(3, 5), (4, 5)], "a reading that comes late");
    }

    #[test]
    fn a_stream_that_begins_with_nothing_is_doubted_for_three_days() {
        let first = |known: &[Row], told: &[Row], at, standing: &[(i64, i64)]| -> Vec<(i64, i64)> {
            let standing = standing.iter().copied().collect();
            let found = doubted(Granularity::Day, at, &[(1, 2)], (known, told), &standing, true);
            found.iter().map(|doubt| (doubt.day, doubt.since)).collect()
        };
        assert_eq!(first(&[], &[], 7, &[]), [(1, 7), (2, 7)]);
        assert_eq!(first(&[], &[], 9, &[(1, 7)]), [(1, 7), (2, 7)], "one silence");
        assert_eq!(
            first(&[], &[row(2, 1, 5)], 9, &[(1, 7)]),
            [],
            "what is told says that it was idle before"
        );
        let three = 3 * 24 * HOUR;
        assert_eq!(first(&[], &[], three + 6, &[(1, 7)]), [(1, 7), (2, 7)]);
        assert_eq!(first(&[], &[], three + 7, &[(1, 7)]), [], "an account that is new");
        let former = [row(1, 1, 5)];
        assert_eq!(first(&former, &[], three + 7, &[(1, 7)]), [(1, 7), (2, 7)], "spend under another label");
    }

    #[test]
    fn rows_of_a_range() {
        let rows = [row(1, 1, 0), row(2, 1, 0), row(2, 2, 0), row(4, 1, 0)];
        assert_eq!(within(&rows, (2, 3)), &rows[1..3]);
        assert!(within(&rows, (5, 9)).is_empty() && within(&rows, (3, 3)).is_empty());
    }
}
