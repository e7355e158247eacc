//! One budget's money, before and after, under the vendor's over-delivery rule.

use std::collections::BTreeMap;

use crate::money::{Currency, Money};
use crate::schema::{OverDelivery, PlatformSchema};

/// What is spent before and after, and the worst of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spend {
    /// Expected spend per day now.
    pub daily_before: Money,
    /// Expected spend per day afterwards.
    pub daily_after: Money,
    /// The worst day of the apply: a budget lowered today counts with the higher amount, and what is replaced counts
    /// beside its successor, whose day is fresh.
    pub worst_day: Money,
    /// The worst day at the amounts before.
    pub worst_day_before: Money,
    /// The worst day at the amounts after, from the day after the apply.
    pub worst_day_after: Money,
    /// The worst billing periods at the amounts after, by what the vendors call them.
    pub worst_period: BTreeMap<&'static str, Money>,
    /// The worst billing periods at the amounts before.
    pub worst_period_before: BTreeMap<&'static str, Money>,
}

/// An amount that limits spend on one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limit {
    /// The field it stands in.
    pub(super) path: &'static str,
    /// The amount.
    pub(super) amount: Money,
    /// What it comes to a day.
    pub(super) daily: Money,
    /// Whether the platform itself raises it during the day.
    pub(super) automatic: bool,
}

impl Spend {
    /// Nothing.
    pub fn zero(currency: Currency) -> Self {
        let zero = Money::zero(currency);
        Self {
            daily_before: zero,
            daily_after: zero,
            worst_day: zero,
            worst_day_before: zero,
            worst_day_after: zero,
            worst_period: BTreeMap::new(),
            worst_period_before: BTreeMap::new(),
        }
    }

    /// After minus before, a day.
    pub fn delta(&self) -> Money {
        self.daily_after.checked_sub(self.daily_before).unwrap_or(Money::zero(self.daily_after.currency()))
    }

    /// One budget: its limit on each side, absent where it does not run.
    pub(super) fn of(
        schema: &PlatformSchema,
        currency: Currency,
        before: Option<Limit>,
        after: Option<Limit>,
        replaced: bool,
    ) -> Self {
        let mut spend = Self::zero(currency);
        let zero = Money::zero(currency);
        if let Some(limit) = before {
            spend.daily_before = limit.daily;
            spend.worst_day_before = worst_day(schema, limit);
            spend.worst_period_before.extend(worst_period(schema, limit));
        }
        if let Some(limit) = after {
            spend.daily_after = limit.daily;
            spend.worst_day_after = worst_day(schema, limit);
            spend.worst_period.extend(worst_period(schema, limit));
        }
        spend.worst_day = match (before, after) {
            (_, None) => zero,
            (Some(_), Some(_)) if replaced => add(spend.worst_day_before, spend.worst_day_after),
            (_, Some(_)) => spend.worst_day_before.max(spend.worst_day_after),
        };
        spend
    }

    /// Adds another's money; what would not fit stays at the largest amount.
    pub(super) fn add(&mut self, other: &Self) {
        for (sum, part) in [
            (&mut self.daily_before, other.daily_before),
            (&mut self.daily_after, other.daily_after),
            (&mut self.worst_day, other.worst_day),
            (&mut self.worst_day_before, other.worst_day_before),
            (&mut self.worst_day_after, other.worst_day_after),
        ] {
            *sum = add(*sum, part);
        }
        for (sums, parts) in [
            (&mut self.worst_period, &other.worst_period),
            (&mut self.worst_period_before, &other.worst_period_before),
        ] {
            for (period, part) in parts {
                let sum = sums.entry(period).or_insert_with(|| Money::zero(part.currency()));
                *sum = add(*sum, *part);
            }
        }
    }
}

/// The row for a budget; a shared daily amount without a row of its own is spent as a daily one.
pub(super) fn rule(schema: &PlatformSchema, path: &str, automatic: bool) -> Option<&'static OverDelivery> {
    let shared =
        || (path == "shared.daily").then(|| schema.over_delivery("budget.daily", automatic)).flatten();
    schema.over_delivery(path, automatic).or_else(shared)
}

/// Where the vendor names a limit, that many times the amount; otherwise all that remains, at most the amount.
fn worst_day(schema: &PlatformSchema, limit: Limit) -> Money {
    match rule(schema, limit.path, limit.automatic).and_then(|rule| rule.worst_day) {
        Some((times, of)) => scaled(limit.amount, times, of),
        None => limit.amount,
    }
}

fn worst_period(schema: &PlatformSchema, limit: Limit) -> Option<(&'static str, Money)> {
    let rule = rule(schema, limit.path, limit.automatic)?;
    Some((rule.period, scaled(limit.amount, rule.worst_period.0, rule.worst_period.1)))
}

/// An amount that would not fit is as large as can be said: a figure is never too low.
pub(super) fn scaled(amount: Money, times: i64, of: i64) -> Money {
    amount.scaled(times, of).unwrap_or(Money::from_micros(i64::MAX, amount.currency()))
}

fn add(sum: Money, part: Money) -> Money {
    sum.checked_add(part).unwrap_or(Money::from_micros(i64::MAX, sum.currency()))
}
