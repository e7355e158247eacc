//! Where a pool stands on a day: what is spent, what nobody told, and what was in force.

use std::collections::BTreeMap;

use super::hard::worst;
use super::{DayAmount, Given, Member, Pool, WHOLE};
use crate::address::Address;
use crate::metrics::Day;
use crate::pacing::DaySpend;

/// What is known of a pool before it decides.
#[derive(Debug, Clone)]
pub(super) struct Position {
    /// First and last day of the period.
    pub(super) period: (Day, Day),
    /// Days before today: all of the period, and those before it that every member tells.
    pub(super) history: BTreeMap<Day, DaySpend>,
    /// Spent since midnight, as far as it is told.
    pub(super) today: i64,
    /// Of what is taken as spent in the period, how much nobody told.
    pub(super) assumed: i64,
    /// Who did not tell days of the period, and which.
    pub(super) gaps: BTreeMap<Address, (Day, Day)>,
}

impl Position {
    /// Of all members, those that have left as well.
    pub(super) fn of(pool: &Pool, members: &[&Member], today: Day, given: &Given) -> Self {
        let period = pool.period(today);
        let mut position =
            Self { period, history: BTreeMap::new(), today: 0, assumed: 0, gaps: BTreeMap::new() };
        position.today = sum(members.iter().filter_map(|member| member.today));
        let told = members.iter().filter(|member| member.left.is_none());
        let told = told.flat_map(|member| member.days.keys().copied());
        let first = told.chain([period.0]).min().unwrap_or(period.0);
        for day in first.series(jiff::Span::new().days(1)).take_while(|day| *day < today.min(next(period.1)))
        {
            let budget = budget_on(members, period.0, day, given);
            if let Some(spend) = position.spend(pool, members, day, given) {
                position.history.insert(day, DaySpend { spend, budget });
            }
        }
        position
    }

    /// What all members spent on a day; a gap outside the period leaves the day out.
    fn spend(&mut self, pool: &Pool, members: &[&Member], day: Day, given: &Given) -> Option<i64> {
        let mut spend = 0_i64;
        for member in members {
            if member.left.is_some_and(|left| day < self.period.0 || left < day) {
                continue;
            }
            let own = match member.days.get(&day) {
                Some(figures) => figures.spend,
                None if day < self.period.0 => return None,
                None => {
                    let days = self.gaps.entry(member.object.clone()).or_insert((day, day));
                    days.1 = days.1.max(day);
                    let taken = if pool.is_hard() {
                        times(worst_on(member, self.period.0, day, given), member.over_delivery)
                    } else {
                        0
                    };
                    self.assumed = self.assumed.saturating_add(taken);
                    taken
                }
            };
            spend = spend.saturating_add(own);
        }
        Some(spend)
    }

    /// What is taken as spent in the period before today.
    pub(super) fn spent(&self) -> i64 {
        sum(self.history.range(self.period.0..).map(|(_, day)| day.spend))
    }

    /// Whether every member told every day of the period.
    pub(super) fn is_known(&self) -> bool {
        self.gaps.is_empty()
    }
}

/// What was in force when today began: what was given last in the period or what is in force now, whichever is more; 0
/// after a pause. One that waits for its removal has what it has.
pub(super) fn exposed(member: &Member, first: Day, today: Day, given: &Given) -> i64 {
    if let Some(amount) = given_on(given, today, &member.object) {
        return amount.before;
    }
    if member.left.is_some_and(|left| left < today) {
        return 0;
    }
    let running = if member.runs || member.leaves { member.in_force } else { 0 };
    let Some(before) = today.yesterday().ok().and_then(|day| amount_on(member, first, day, given)) else {
        return running;
    };
    if member.held { before } else { before.max(running) }
}

/// What a look of a day gave.
pub(super) fn given_on(given: &Given, day: Day, object: &Address) -> Option<DayAmount> {
    given.get(&day)?.amounts.get(object).copied()
}

/// The amount whose worst day a day may have been.
fn worst_on(member: &Member, first: Day, day: Day, given: &Given) -> i64 {
    let known = match given_on(given, day, &member.object) {
        Some(own) => Some(own.most.max(own.amount).saturating_add(times(own.before, worst(own.looked)))),
        None => amount_on(member, first, day, given),
    };
    match known {
        Some(known) if member.pinned || member.leaves => known.max(member.in_force),
        known => known.unwrap_or(member.in_force),
    }
}

/// What the pool had given to a member on a day, where it was in charge.
fn amount_on(member: &Member, first: Day, day: Day, given: &Given) -> Option<i64> {
    if member.left.is_some_and(|left| left < day) {
        return None;
    }
    // Amounts of a period hold to its end and no further.
    let from = if day < first { day } else { first };
    let mut days = given.range(from..=day).rev();
    days.find_map(|(_, given)| given.amounts.get(&member.object)).map(|one| one.amount)
}

/// What all had on a day; who has left under the same address counts once.
fn budget_on(members: &[&Member], first: Day, day: Day, given: &Given) -> Option<i64> {
    let known: BTreeMap<&Address, i64> = members
        .iter()
        .filter_map(|member| Some((&member.object, amount_on(member, first, day, given)?)))
        .collect();
    (!known.is_empty()).then(|| sum(known.into_values()))
}

/// An amount times a factor in basis points.
pub(super) fn times(amount: i64, factor: u32) -> i64 {
    scaled(amount, i64::from(factor), i64::from(WHOLE))
}

/// `amount × times / of`, rounded down; as large as can be said where it does not fit.
pub(super) fn scaled(amount: i64, times: i64, of: i64) -> i64 {
    let exact = i128::from(amount) * i128::from(times) / i128::from(of.max(1));
    i64::try_from(exact).unwrap_or(i64::MAX)
}

pub(super) fn sum(amounts: impl Iterator<Item = i64>) -> i64 {
    amounts.fold(0, i64::saturating_add)
}

fn next(day: Day) -> Day {
    day.tomorrow().unwrap_or(day)
}
