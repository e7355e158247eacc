//! Splitting a pool's day among its members.

use std::collections::BTreeMap;

use super::allot::{Answer, Binds, Case};
use super::curves;
use super::position::{sum, times};
use super::{Allocation, Member};
use crate::address::Address;
use crate::metrics::Day;
use crate::pacing::{Demand, split};

/// Days whose delivery says what a member can use.
const DEMAND_DAYS: usize = 7;
/// Basis points of one.
const WHOLE: u32 = 10_000;

/// One member's part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) amount: i64,
    pub(super) binds: Option<Binds>,
}

/// What all members must get together is above what there is.
pub(super) struct TooLittle(pub(super) i64);

/// The members that run, each with its part of the day's money in steps of its platform.
pub(super) fn parts(
    case: &Case<'_>,
    budget: i64,
    answers: &mut Vec<Answer>,
) -> Result<BTreeMap<Address, Part>, TooLittle> {
    let members = case.running();
    let least = sum(members.iter().map(|member| member.min));
    if least > budget {
        return Err(TooLittle(least));
    }
    let by_curves = match case.pool.allocation {
        Allocation::Curves(returns) => curves::amounts(case, returns, budget, answers),
        Allocation::Delivered | Allocation::Weights(_) => None,
    };
    let demands = by_curves.unwrap_or_else(|| demands(case, &members));
    let asked: Vec<Demand> = members
        .iter()
        .map(|member| Demand {
            id: member.object.to_string(),
            demand: demands.get(&member.object).copied().unwrap_or(1).max(1),
            min: member.min,
            max: Some(ceiling(case, member)),
        })
        .collect();
    let split = split(budget, &asked).map_err(|small| TooLittle(small.needed))?;
    let part = |member: &&Member| {
        let exact = split.amounts.get(&member.object.to_string()).copied().unwrap_or(member.min);
        let step = member.step.max(1);
        let amount = (exact - exact % step).max(member.min);
        (member.object.clone(), Part { amount, binds: binds(case, member, exact) })
    };
    Ok(members.iter().map(part).collect())
}

/// The most that a member may get today: git's, or as far as one raise goes.
fn ceiling(case: &Case<'_>, member: &Member) -> i64 {
    let Some(step) = member.max_step else { return member.max };
    let before = match case.exposed(member) {
        0 => member.in_force,
        before => before,
    };
    times(before, WHOLE.saturating_add(step)).clamp(member.min, member.max)
}

fn binds(case: &Case<'_>, member: &Member, exact: i64) -> Option<Binds> {
    let ceiling = ceiling(case, member);
    if exact >= ceiling {
        Some(if ceiling < member.max { Binds::Step } else { Binds::Maximum })
    } else {
        (exact <= member.min).then_some(Binds::Minimum)
    }
}

fn demands(case: &Case<'_>, members: &[&Member]) -> BTreeMap<Address, i64> {
    match &case.pool.allocation {
        Allocation::Delivered => delivered(case, members),
        Allocation::Weights(weights) => members
            .iter()
            .map(|member| {
                let weight = weights.get(&member.object.name).copied().unwrap_or(1);
                (member.object.clone(), i64::from(weight))
            })
            .collect(),
        Allocation::Curves(_) => present(case, members),
    }
}

/// What members have now, or had when the day began.
pub(super) fn present(case: &Case<'_>, members: &[&Member]) -> BTreeMap<Address, i64> {
    let of = |member: &&Member| match case.exposed(member) {
        0 => member.in_force,
        before => before,
    };
    members.iter().map(|member| (member.object.clone(), of(member))).collect()
}

/// The mean of each one's last days with a budget; one of which there are none counts like what it has.
fn delivered(case: &Case<'_>, members: &[&Member]) -> BTreeMap<Address, i64> {
    let present = present(case, members);
    members
        .iter()
        .map(|member| {
            let days: Vec<i64> = member
                .days
                .range(..case.today)
                .rev()
                .take(DEMAND_DAYS)
                .filter(|(day, figures)| figures.spend > 0 || had_budget(case, member, **day))
                .map(|(_, figures)| figures.spend)
                .collect();
            let mean =
                i64::try_from(days.len()).ok().and_then(|count| sum(days.iter().copied()).checked_div(count));
            let own = mean.or_else(|| present.get(&member.object).copied()).unwrap_or(1);
            (member.object.clone(), own)
        })
        .collect()
}

fn had_budget(case: &Case<'_>, member: &Member, day: Day) -> bool {
    let given = case.given.get(&day).and_then(|given| given.amounts.get(&member.object));
    given.is_some_and(|given| given.amount > 0)
}
