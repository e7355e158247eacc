//! Spend against the budgets in force.
//!
//! A platform may spend more than a day's budget on a day and makes up for it within its billing period, so a full
//! day is only good to know; more than the platform's own rule allows is not, and neither is a whole period or flight
//! that is spent. A period counts only where the same amount was in force since it began.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use adplane_core::address::{Address, Kind};
use adplane_core::desired::{DesiredAccount, DesiredObject};
use adplane_core::ids::ExternalId;
use adplane_core::metrics::{Day, Granularity, Metric, Slots, Span};
use adplane_core::money::Money;
use adplane_core::notify::Happening;
use adplane_core::observed::{ObservedAccount, ObservedObject};
use adplane_core::schema::PlatformSchema;
use adplane_core::value::Value;
use jiff::{Timestamp, ToSpan};

use super::Looked;
use super::memory::{KnownBudget, Seen};
use crate::metrics::store::{AsOf, MetricStore, StoreError};

/// Shares of a flight's budget, in percent, that are told.
const OF_A_FLIGHT: [u32; 2] = [80, 100];
/// The share of a day's or period's.
const WHOLE: u32 = 100;
/// Periods of a budget whose shares are remembered.
const MOST_PERIODS: usize = 40;

/// A budget in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// The object that holds it.
    pub address: Address,
    /// Whose spend counts against it.
    pub spenders: BTreeSet<ExternalId>,
    /// Their kind.
    pub level: Kind,
    /// The field that it stands in.
    pub path: &'static str,
    /// The amount.
    pub amount: Money,
    /// Whether the platform itself raises it during the day.
    pub automatic: bool,
    /// The first day of the flight.
    pub start: Option<Day>,
}

/// The budgets of an account's objects: as they are live where that was read, else as the YAML says.
pub fn limits(
    account: &DesiredAccount,
    ids: &BTreeMap<Address, ExternalId>,
    live: Option<&ObservedAccount>,
) -> Vec<Limit> {
    let objects = live.into_iter().flat_map(|live| &live.objects);
    let objects: BTreeMap<&ExternalId, &ObservedObject> =
        objects.map(|object| (&object.id, object)).collect();
    let found = account.objects.values().filter_map(|wanted| {
        let id = ids.get(&wanted.address)?;
        let live = objects.get(id).copied();
        let value = |path: &str| match live {
            Some(live) => live.value(path),
            None => wanted.value(path),
        };
        let (path, amount) = ["budget.daily", "budget.total", "shared.daily"]
            .into_iter()
            .find_map(|path| Some((path, value(path)?.as_money()?)))?;
        let (level, spenders) = match wanted.address.kind {
            Kind::Campaign | Kind::AdGroup => (wanted.address.kind, BTreeSet::from([id.clone()])),
            Kind::Budget => (Kind::Campaign, drawing(account, ids, &wanted.address)),
            Kind::Ad => return None,
        };
        let start = value("schedule.start").and_then(Value::as_time);
        Some(Limit {
            address: wanted.address.clone(),
            spenders,
            level,
            path,
            amount,
            automatic: path == "budget.daily" && live.is_some_and(|live| live.raises_itself),
            start: start.map(|start| start.at.to_zoned(account.zone.rules()).date()),
        })
    });
    found.filter(|limit| limit.amount.micros() > 0 && !limit.spenders.is_empty()).collect()
}

/// The campaigns that draw on a shared budget.
fn drawing(
    account: &DesiredAccount,
    ids: &BTreeMap<Address, ExternalId>,
    budget: &Address,
) -> BTreeSet<ExternalId> {
    let draws = |object: &&DesiredObject| object.budget.as_ref() == Some(budget);
    account.objects.values().filter(draws).filter_map(|object| ids.get(&object.address).cloned()).collect()
}

/// Days that an amount is for.
struct Period {
    /// The days so far.
    days: (Day, Day),
    /// As people call it.
    name: String,
    /// The amount of all of it.
    amount: Money,
    /// Shares that are told, in percent and rising.
    shares: Vec<u32>,
    /// The share that the platform may spend by its own rule.
    allowed: u32,
}

/// Compares what was spent with every budget.
pub(super) async fn look(
    looked: &Looked,
    store: &dyn MetricStore,
    seen: &mut Seen,
    now: Timestamp,
) -> Result<Vec<Happening>, StoreError> {
    let today = looked.today(now);
    let mut totals = BTreeMap::new();
    let mut found = Vec::new();
    for limit in &looked.limits {
        let since = in_force(seen, limit, today);
        for period in periods(limit, looked.schema, &since, today) {
            let key = (limit.level, period.days);
            if let Entry::Vacant(unasked) = totals.entry(key) {
                let span = Span {
                    granularity: Granularity::Day,
                    zone: looked.zone().clone(),
                    at: now,
                    ranges: vec![Slots::days(period.days.0, period.days.1)],
                };
                unasked.insert(store.window(&looked.store, limit.level, &span, AsOf::Latest).await?);
            }
            let of = |id: &ExternalId| totals[&key].count(id, Metric::Spend, looked.told()).ok();
            // What nobody read is not known, and nothing is said of it.
            let Some(spent) = limit.spenders.iter().try_fold(0_i64, |sum, id| sum.checked_add(of(id)?))
            else {
                continue;
            };
            found.extend(passed(looked, limit, &period, spent, seen));
        }
    }
    let held: BTreeSet<String> = looked.limits.iter().map(|limit| limit.address.to_string()).collect();
    seen.budgets.retain(|address, _| held.contains(address));
    Ok(found)
}

/// Since when an amount is in force, as far as it was looked at.
struct InForce {
    since: Day,
    /// Whether another one was in force before.
    changed: bool,
}

fn in_force(seen: &mut Seen, limit: &Limit, today: Day) -> InForce {
    let amount = limit.amount.micros();
    let known = seen.budgets.entry(limit.address.to_string()).or_insert_with(|| KnownBudget {
        amount,
        since: today,
        changed: false,
        told: BTreeMap::new(),
    });
    if known.amount != amount {
        (known.amount, known.since, known.changed) = (amount, today, true);
    }
    InForce { since: known.since, changed: known.changed }
}

/// What a budget is for: the day and the billing period of a daily one, the flight of a total.
fn periods(limit: &Limit, schema: &PlatformSchema, force: &InForce, today: Day) -> Vec<Period> {
    let rule = schema.over_delivery(limit.path, limit.automatic).or_else(|| {
        let shared = limit.path == "shared.daily";
        shared.then(|| schema.over_delivery("budget.daily", limit.automatic)).flatten()
    });
    if limit.path == "budget.total" {
        let flight = limit.start.filter(|start| *start <= today).map(|start| Period {
            days: (start, today),
            name: format!("the flight from {start}"),
            amount: limit.amount,
            shares: OF_A_FLIGHT.into(),
            allowed: WHOLE,
        });
        return flight.into_iter().collect();
    }
    let worst = rule.and_then(|rule| rule.worst_day).and_then(|(times, of)| {
        let percent = times.checked_mul(i64::from(WHOLE))?.checked_div(of)?;
        u32::try_from(percent).ok().filter(|percent| *percent > WHOLE)
    });
    let day = Period {
        days: (today, today),
        name: today.to_string(),
        amount: limit.amount,
        shares: std::iter::once(WHOLE).chain(worst).collect(),
        allowed: worst.unwrap_or(WHOLE),
    };
    // On the day of a change the former amount counts as well.
    let mut found: Vec<Period> = (!force.changed || force.since < today).then_some(day).into_iter().collect();
    found.extend(rule.and_then(|rule| {
        let first = begins(rule.period, today)?;
        let amount = limit.amount.scaled(rule.worst_period.0, rule.worst_period.1)?;
        (force.since <= first).then(|| Period {
            days: (first, today),
            name: format!("the {} from {first}", rule.period),
            amount,
            shares: vec![WHOLE],
            allowed: WHOLE,
        })
    }));
    found
}

/// The first day of the vendor's billing period, by what it is called.
fn begins(period: &str, today: Day) -> Option<Day> {
    let back = match period {
        "calendar month" => i64::from(today.day()) - 1,
        "calendar week" => i64::from(today.weekday().to_monday_zero_offset()),
        "week from Sunday to Saturday" => i64::from(today.weekday().to_sunday_zero_offset()),
        _ => return None,
    };
    today.checked_sub(back.days()).ok()
}

/// The highest share that was passed, unless it was told.
fn passed(looked: &Looked, limit: &Limit, period: &Period, spent: i64, seen: &mut Seen) -> Option<Happening> {
    let percent = i128::from(spent) * i128::from(WHOLE) / i128::from(period.amount.micros().max(1));
    // The platform's own bound is passed by more than it, every other share by reaching it.
    let reached = |share: &u32| {
        let beyond = *share == period.allowed && period.allowed > WHOLE;
        if beyond { percent > i128::from(*share) } else { percent >= i128::from(*share) }
    };
    let share = period.shares.iter().copied().filter(reached).max()?;
    let known = seen.budgets.get_mut(&limit.address.to_string())?;
    if known.told.get(&period.name).is_some_and(|told| *told >= share) {
        return None;
    }
    known.told.insert(period.name.clone(), share);
    while known.told.len() > MOST_PERIODS {
        known.told.pop_first();
    }
    let currency = limit.amount.currency();
    Some(Happening::BudgetThreshold {
        account: looked.event.clone(),
        address: Some(limit.address.clone()),
        percent: share,
        allowed: period.allowed,
        period: period.name.clone(),
        spent: Money::from_micros(spent, currency).to_string(),
        budget: period.amount.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_begin_where_the_vendor_says() {
        // A Saturday.
        let today: Day = "2026-11-21".parse().unwrap();
        let day = |text: &str| text.parse().ok();
        assert_eq!(begins("calendar month", today), day("2026-11-01"));
        assert_eq!(begins("calendar week", today), day("2026-11-16"));
        assert_eq!(begins("week from Sunday to Saturday", today), day("2026-11-15"));
        assert_eq!(begins("flight", today), None);
    }
}
