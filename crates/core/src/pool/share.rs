//! Splitting a pool's day among its members.

use std::collections::BTreeMap;

use super::allot::{Answer, Binds, Case};
use super::curves::{self, Question};
use super::position::{sum, times};
use super::{Allocation, Member};
use crate::address::{Address, Platform};
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

/// Each one's part of the day's money, and what curves say to leave unspent of it.
pub(super) struct Parts {
    pub(super) each: BTreeMap<Address, Part>,
    pub(super) unspent: i64,
}

/// What all members must get together is above what there is.
pub(super) struct TooLittle(pub(super) i64);

/// The members that run, each with its part of the day's money in steps of its platform.
pub(super) fn parts(case: &Case<'_>, budget: i64, answers: &mut Vec<Answer>) -> Result<Parts, TooLittle> {
    let members = case.running();
    let least = sum(members.iter().map(|member| member.min));
    if least > budget {
        return Err(TooLittle(least));
    }
    let caps = caps(case, answers);
    let by_curves = match case.pool.allocation {
        Allocation::Curves(returns, stop) => {
            curves::amounts(case, &Question { returns, stop, caps: &caps, budget }, answers)
        }
        Allocation::Delivered | Allocation::Weights(_) => None,
    };
    let (demands, unspent, by_curves) = match by_curves {
        Some(split) => (split.amounts, split.unspent, true),
        None => (demands(case, &members), 0, false),
    };
    // What one cannot take is no other's where the curves did not ask for it.
    let stops = by_curves && matches!(case.pool.allocation, Allocation::Curves(_, Some(_)));
    let budget = budget.saturating_sub(unspent).max(least);
    let asked: Vec<Demand> = members
        .iter()
        .map(|member| Demand {
            id: member.object.to_string(),
            platform: member.object.platform,
            demand: demands.get(&member.object).copied().unwrap_or(1).max(1),
            min: member.min,
            max: Some(match demands.get(&member.object) {
                Some(asked) if stops => ceiling(case, member).min(*asked).max(member.min),
                _ => ceiling(case, member),
            }),
        })
        .collect();
    let split = split(budget, &asked, &caps).map_err(|small| TooLittle(small.needed))?;
    let part = |member: &&Member| {
        let exact = split.amounts.get(&member.object.to_string()).copied().unwrap_or(member.min);
        let step = member.step.max(1);
        let amount = (exact - exact % step).max(member.min);
        let full = caps.get(&member.object.platform).is_some_and(|cap| {
            let own = members.iter().filter(|other| other.object.platform == member.object.platform);
            sum(own.filter_map(|other| split.amounts.get(&other.object.to_string()).copied())) >= *cap
        });
        let binds = binds(case, member, exact).or(full.then_some(Binds::Cap));
        (member.object.clone(), Part { amount, binds })
    };
    let unspent = if stops { unspent.saturating_add(split.left) } else { unspent };
    Ok(Parts { each: members.iter().map(part).collect(), unspent })
}

/// What is left of each platform's cap after what others than the pool decide; never below its campaigns' minimums.
fn caps(case: &Case<'_>, answers: &mut Vec<Answer>) -> BTreeMap<Platform, i64> {
    let pinned = case.pinned();
    let decided = pinned.iter().chain(case.left.iter().filter(|member| member.leaves));
    let decided: Vec<&Member> = decided.copied().collect();
    let running = case.running();
    let mut left = BTreeMap::new();
    for (platform, cap) in &case.pool.caps {
        let here = |member: &&&Member| member.object.platform == *platform;
        let rest = cap.saturating_sub(sum(decided.iter().filter(here).map(|member| member.in_force)));
        let least = sum(running.iter().filter(here).map(|member| member.min));
        if rest < least {
            let message = format!(
                "the cap of {} is {} a day, and its campaigns take {} with what the pool does not decide",
                platform.title(),
                case.money(*cap),
                case.money(least.saturating_add(cap.saturating_sub(rest)))
            );
            answers.push(Answer::new("platform-cap", message));
        }
        left.insert(*platform, rest.max(least));
    }
    left
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
        Allocation::Curves(..) => present(case, members),
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
