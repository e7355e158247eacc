//! What may be spent on a day of a daily budget: on some days more than it, never more than the vendor's rule allows.
//!
//! | vendor | a day | its billing period |
//! |---|---|---|
//! | Google | twice the budget | 30.4 times in a calendar month |
//! | Meta | 1.75 times | 7 times in a week from Sunday to Saturday |
//! | TikTok | 1.25 times | 7 times in a calendar week |
//!
//! Sources: google-ads.md §3.3 (budgets), meta-ads.md §13, and for TikTok its help text on daily budgets. A period that begins with
//! the budget or with another amount is worth the days that are left of it; what was not spent before is not made up for.

use std::collections::BTreeMap;

use jiff::civil::{Date, Weekday};
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::PPM;
use super::market::{self, scale};
use crate::world::Vendor;

/// A change by more than one part in so many begins learning anew.
const LARGE_CHANGE: i64 = 5;

/// How far a vendor goes beyond daily budgets.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    /// At most so much of the budget on one day, in parts per million.
    most_ppm: i64,
    period: Period,
    /// One day in so many is a busy one.
    busy_one_in: i64,
}

#[derive(Debug, Clone, Copy)]
enum Period {
    Month,
    WeekFrom(Weekday),
}

/// Busy days are one in so many.
const BUSY_ONE_IN: i64 = 6;

/// What a vendor says of itself.
pub(super) fn rule(vendor: Vendor) -> Rule {
    let (most_ppm, period) = match vendor {
        Vendor::Google => (2 * PPM, Period::Month),
        Vendor::Meta => (1_750_000, Period::WeekFrom(Weekday::Sunday)),
        Vendor::Tiktok => (1_250_000, Period::WeekFrom(Weekday::Monday)),
    };
    Rule { most_ppm, period, busy_one_in: BUSY_ONE_IN }
}

impl Rule {
    /// The first day of the period that a day lies in.
    fn first(self, day: Date) -> Date {
        match self.period {
            Period::Month => day.first_of_month(),
            Period::WeekFrom(weekday) => day.saturating_sub(i64::from(day.weekday().since(weekday)).days()),
        }
    }

    /// Days from this one to the end of its period.
    fn days_left(self, day: Date) -> i64 {
        match self.period {
            Period::Month => i64::from(day.days_in_month() - day.day()) + 1,
            Period::WeekFrom(weekday) => 7 - i64::from(day.weekday().since(weekday)),
        }
    }

    /// What an amount is worth in a whole period.
    fn whole(self, amount: i64) -> i64 {
        match self.period {
            Period::Month => scale(amount, 304, 10),
            Period::WeekFrom(_) => amount.saturating_mul(7),
        }
    }

    /// What an amount that is in force from a day on is worth in the rest of its period.
    fn rest(self, amount: i64, day: Date) -> i64 {
        self.whole(amount).min(amount.saturating_mul(self.days_left(day)))
    }
}

/// One budget in its period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Allowance {
    /// The amount in force.
    amount: i64,
    /// Since when the vendor learns what to do with it.
    learning_since: Timestamp,
    /// The newest day.
    day: Date,
    /// What may be spent until the period ends, since it or the amount began.
    allowed: i64,
    /// What of it was spent before the newest day, and on it.
    spent: (i64, i64),
}

/// What a budget gives on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Today {
    /// What may be spent at the most.
    pub(super) most: i64,
    /// Whether there is more to buy than usual.
    pub(super) busy: bool,
    /// Since when the vendor learns what to do with the budget.
    pub(super) learning_since: Timestamp,
}

/// A vendor's budgets, by what they belong to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Allowances(BTreeMap<String, Allowance>);

impl Allowances {
    /// What a budget of an amount gives on the day of an instant.
    pub(super) fn today(
        &mut self,
        seed: u64,
        budget: &str,
        amount: i64,
        (at, day): (Timestamp, Date),
        rule: Rule,
    ) -> Today {
        let begun =
            || Allowance { amount, learning_since: at, day, allowed: rule.rest(amount, day), spent: (0, 0) };
        let known = self.0.entry(budget.to_owned()).or_insert_with(begun);
        if known.amount != amount {
            let large = (amount - known.amount).saturating_abs().saturating_mul(LARGE_CHANGE) > known.amount;
            let learning_since = if large { at } else { known.learning_since };
            *known = Allowance { learning_since, ..begun() };
        } else if known.day != day {
            if rule.first(known.day) == rule.first(day) {
                known.spent = (known.spent.0.saturating_add(known.spent.1), 0);
            } else {
                (known.allowed, known.spent) = (rule.whole(amount), (0, 0));
            }
            known.day = day;
        }
        let (wanted_ppm, busy) = market::demand(seed, budget, day, rule.busy_one_in, rule.most_ppm);
        let left = (known.allowed - known.spent.0).max(0);
        Today { most: scale(amount, wanted_ppm, PPM).min(left), busy, learning_since: known.learning_since }
    }

    /// Books what was spent of a budget on its newest day.
    pub(super) fn spent(&mut self, budget: &str, micros: i64) {
        if let Some(known) = self.0.get_mut(budget) {
            known.spent.1 = known.spent.1.saturating_add(micros);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EUR: i64 = 1_000_000;
    const VENDORS: [Vendor; 3] = [Vendor::Google, Vendor::Meta, Vendor::Tiktok];

    /// A vendor for whom every day is a busy one, so that only its rule holds it back.
    fn greedy(vendor: Vendor) -> Rule {
        Rule { busy_one_in: 1, ..rule(vendor) }
    }

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn noon(day: Date) -> Timestamp {
        day.at(12, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp()
    }

    /// Spends all that is given each day; the amounts by day.
    fn spend(vendor: Vendor, seed: u64, from: &str, amounts: &[i64]) -> Vec<(Date, i64)> {
        let mut allowances = Allowances::default();
        let days = day(from).series(1.day()).zip(amounts);
        days.map(|(day, amount)| {
            let today = allowances.today(seed, "b", *amount, (noon(day), day), greedy(vendor));
            allowances.spent("b", today.most);
            (day, today.most)
        })
        .collect()
    }

    #[test]
    fn periods_are_the_vendors() {
        // A Saturday.
        let today = day("2026-11-21");
        let first = |vendor| rule(vendor).first(today).to_string();
        assert_eq!(VENDORS.map(first), ["2026-11-01", "2026-11-15", "2026-11-16"]);
        assert_eq!(VENDORS.map(|vendor| rule(vendor).days_left(today)), [10, 1, 2]);
        let worth = |vendor| rule(vendor).whole(100 * EUR) / EUR;
        assert_eq!(VENDORS.map(worth), [3_040, 700, 700]);
    }

    #[test]
    fn days_pass_the_budget_and_periods_never_pass_theirs() {
        for vendor in VENDORS {
            for seed in 0..50 {
                let days = spend(vendor, seed, "2026-06-01", &[100 * EUR; 92]);
                let mut periods: BTreeMap<Date, i64> = BTreeMap::new();
                for (day, spent) in &days {
                    assert!(*spent <= scale(100 * EUR, rule(vendor).most_ppm, PPM), "{vendor:?} {day}");
                    *periods.entry(rule(vendor).first(*day)).or_default() += spent;
                }
                assert!(days.iter().any(|(_, spent)| *spent > 100 * EUR), "{vendor:?}");
                let whole = rule(vendor).whole(100 * EUR);
                // Who wants more every day meets the wall in each period that is looked at from its first day.
                let full = periods.values().filter(|spent| **spent == whole).count();
                assert!(full >= 2, "{vendor:?} {seed}: {periods:?}");
                assert!(periods.values().all(|spent| *spent <= whole), "{vendor:?} {seed}: {periods:?}");
            }
        }
    }

    #[test]
    fn what_begins_within_a_period_is_worth_its_days() {
        // From Wednesday to Saturday, four days; to Sunday, five.
        for (vendor, worth) in [(Vendor::Meta, 400), (Vendor::Tiktok, 500)] {
            let days = spend(vendor, 3, "2026-06-03", &[100 * EUR; 5]);
            let week =
                days.iter().filter(|(day, _)| rule(vendor).first(*day) == rule(vendor).first(days[0].0));
            let spent: i64 = week.map(|(_, spent)| spent).sum();
            assert!(spent <= worth * EUR, "{vendor:?}: {spent}");
        }
    }

    #[test]
    fn another_amount_makes_up_for_nothing() {
        // Three days of 10, then 100 from Wednesday on: what is left are four days of 100.
        let amounts = [10, 10, 10, 100, 100, 100, 100].map(|units| units * EUR);
        for seed in 0..50 {
            let days = spend(Vendor::Meta, seed, "2026-06-07", &amounts);
            let (before, after) = days.split_at(3);
            let sum = |days: &[(Date, i64)]| days.iter().map(|(_, spent)| spent).sum::<i64>();
            assert!(sum(before) <= 3 * 1_750_000 * 10);
            assert!(sum(after) <= 400 * EUR, "{seed}: {days:?}");
        }
    }

    #[test]
    fn one_day_in_six_is_busy() {
        let mut allowances = Allowances::default();
        let year = day("2026-01-01").series(1.day()).take(360);
        let busy = year.filter(|day| {
            let today = allowances.today(1, "b", EUR, (noon(*day), *day), rule(Vendor::Meta));
            assert!(today.busy || today.most == EUR, "{day}: {today:?}");
            today.busy
        });
        let busy: Vec<Date> = busy.collect();
        assert!((59..=61).contains(&busy.len()), "{busy:?}");
        assert!(busy.windows(2).all(|pair| pair[1] > pair[0].tomorrow().unwrap()), "never two in a row");
    }

    #[test]
    fn only_a_large_change_begins_learning_anew() {
        let mut allowances = Allowances::default();
        let mut since = |amount: i64, text: &str| {
            let day = day(text);
            allowances.today(1, "b", amount, (noon(day), day), rule(Vendor::Google)).learning_since
        };
        let begun = since(100, "2026-06-01");
        assert_eq!(begun, noon(day("2026-06-01")));
        assert_eq!(since(120, "2026-06-02"), begun, "a fifth more");
        assert_eq!(since(145, "2026-06-03"), noon(day("2026-06-03")), "more than a fifth");
        assert_eq!(since(145, "2026-06-04"), noon(day("2026-06-03")));
        assert_eq!(since(100, "2026-06-05"), noon(day("2026-06-05")), "and so does a large cut");
    }
}
