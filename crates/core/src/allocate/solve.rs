//! The best split, exactly: equal marginal returns wherever money may still move.

use std::collections::{BTreeMap, BTreeSet};

use super::UNIT;
use super::curve::Curve;
use super::fill::{self, Vessel};
use super::limits::{self, Bound, Infeasible, Range};
use super::round::{Exact, round};
use crate::address::Platform;
use crate::stats::{real, whole};

/// Something that gets a part of the budget. Amounts in micros a day.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Its name, which is there once.
    pub id: String,
    /// Where it runs.
    pub platform: Platform,
    /// What its spend brings; `None` where that could not be learned, and then its amount stays as it is.
    pub curve: Option<Curve>,
    /// What it has now; `None` for one that is new, which no step limits. A step from zero is zero.
    pub current: Option<i64>,
    /// The least that it may get.
    pub min: i64,
    /// The most, where there is one.
    pub max: Option<i64>,
    /// What a person fixed; beats everything else.
    pub pin: Option<i64>,
}

/// The marginal return below which money stays unspent, per unit of money.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stop(f64);

impl Stop {
    /// Curves in conversions: the last conversion may cost `target` micros. `None` where it is not above zero.
    pub fn at_cpa(target: i64) -> Option<Self> {
        (target > 0).then(|| Self(UNIT / real(target)))
    }

    /// Curves in value: the last unit of money must bring `target` units. `None` where it is not above zero.
    pub fn at_roas(target: f64) -> Option<Self> {
        (target.is_finite() && target > 0.0).then_some(Self(target))
    }

    /// The marginal return itself.
    pub fn per_unit(self) -> f64 {
        self.0
    }
}

/// What to split, and within what.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Micros a day.
    pub budget: i64,
    /// What gets a part, in any order.
    pub members: Vec<Member>,
    /// The most that a platform's members get together.
    pub caps: BTreeMap<Platform, i64>,
    /// Where spending more stops to pay. With it the budget is a ceiling, without it an amount to be spent.
    pub stop: Option<Stop>,
    /// The largest step from a present amount, in basis points of it; see [`Request::MAX_STEP`].
    pub max_step: u32,
}

impl Request {
    /// A fifth: larger steps restart the platforms' learning, and leave what the curve was learned from.
    pub const MAX_STEP: u32 = 2_000;
}

/// What one member gets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// Micros a day.
    pub amount: i64,
    /// What keeps it from moving further; `None` where its marginal return is the common one.
    pub bound: Option<Bound>,
    /// What one more unit of money would bring here; `None` without a curve.
    pub marginal: Option<f64>,
}

/// A split of the budget: the shares and `unspent` add up to it exactly.
#[derive(Debug, Clone, PartialEq)]
pub struct Allocation {
    /// By the members' names.
    pub shares: BTreeMap<String, Share>,
    /// What stays unspent because it would not pay; 0 without a [`Stop`].
    pub unspent: i64,
    /// The marginal return that all unbound members share; `None` where all are bound.
    pub marginal: Option<f64>,
    /// What the members with a curve bring a day.
    pub response: f64,
}

/// Splits a budget so that no other split within the bounds brings more.
///
/// # Errors
/// When no split satisfies the bounds: [`Infeasible`] names those that bind.
pub fn allocate(request: &Request) -> Result<Allocation, Infeasible> {
    // In the order of names, so that the order of the input shows in no digit.
    let mut members: Vec<&Member> = request.members.iter().collect();
    members.sort_by(|one, other| one.id.cmp(&other.id));
    let mut names = BTreeSet::new();
    if let Some(twice) = members.iter().find(|member| !names.insert(&member.id)) {
        return Err(Infeasible::Twice { member: twice.id.clone() });
    }
    let ranges =
        members.iter().map(|member| limits::range(member, request)).collect::<Result<Vec<_>, _>>()?;
    limits::check(&members, &ranges, request)?;

    let mut vessels: Vec<Vessel> = members
        .iter()
        .zip(&ranges)
        .map(|(member, range)| vessel(member.curve, range, request.budget))
        .collect();
    let platforms: Vec<Platform> = members.iter().map(|member| member.platform).collect();
    let caps = request.caps.iter().map(|(platform, cap)| (*platform, real(*cap) / UNIT)).collect();
    let capped = fill::hold_caps(&platforms, &mut vessels, &caps);
    let level = level(&vessels, request);
    let exact: Vec<f64> = vessels.iter().map(|vessel| vessel.at(level)).collect();

    let amounts = whole_micros(&members, &ranges, &exact, request);
    Ok(describe(&Solved { members, ranges, capped, vessels, exact, level, budget: request.budget }, &amounts))
}

/// What is known once the split is.
struct Solved<'a> {
    members: Vec<&'a Member>,
    ranges: Vec<Range>,
    capped: BTreeSet<Platform>,
    vessels: Vec<Vessel>,
    exact: Vec<f64>,
    level: f64,
    budget: i64,
}

/// The level of a curve is the inverse root of its marginal return: `x = sqrt(ceiling * half) * level - half`.
///
/// Nothing holds more than the budget, so that what has no maximum has an end.
fn vessel(curve: Option<Curve>, range: &Range, budget: i64) -> Vessel {
    let (slope, offset) =
        curve.map_or((0.0, 0.0), |curve| ((curve.ceiling() * curve.half()).sqrt(), curve.half()));
    let high = range.high.min(budget.max(range.low));
    Vessel { slope, offset, low: real(range.low) / UNIT, high: real(high) / UNIT }
}

fn level(vessels: &[Vessel], request: &Request) -> f64 {
    let spent = fill::level(vessels, real(request.budget) / UNIT);
    request.stop.map_or(spent, |stop| spent.min(stop.per_unit().sqrt().recip()))
}

fn whole_micros(members: &[&Member], ranges: &[Range], exact: &[f64], request: &Request) -> Vec<i64> {
    let shares: Vec<Exact<Platform>> = members
        .iter()
        .zip(ranges)
        .zip(exact)
        .map(|((member, range), exact)| Exact {
            amount: exact * UNIT,
            low: range.low,
            high: range.high,
            group: member.platform,
        })
        .collect();
    let total = match request.stop {
        None => request.budget,
        // Half a micro, so that a budget that is spent in full is not a rounding error short of it.
        Some(_) => whole(exact.iter().sum::<f64>() * UNIT + 0.5).min(request.budget),
    };
    round(&shares, &request.caps, total)
}

fn describe(solved: &Solved<'_>, amounts: &[i64]) -> Allocation {
    let mut shares = BTreeMap::new();
    let mut response = 0.0;
    let mut free = false;
    for (place, member) in solved.members.iter().enumerate() {
        let spend = real(amounts[place]) / UNIT;
        let bound = bound_of(solved, place);
        free |= bound.is_none();
        response += member.curve.map_or(0.0, |curve| curve.response(spend));
        let marginal = member.curve.map(|curve| curve.marginal(spend));
        shares.insert(member.id.clone(), Share { amount: amounts[place], bound, marginal });
    }
    let marginal = (free && solved.level > 0.0).then(|| (solved.level * solved.level).recip());
    Allocation { shares, unspent: solved.budget - amounts.iter().sum::<i64>(), marginal, response }
}

fn bound_of(solved: &Solved<'_>, place: usize) -> Option<Bound> {
    let (member, range, exact) = (solved.members[place], &solved.ranges[place], solved.exact[place]);
    let near = |edge: i64| (exact * UNIT - real(edge)).abs() < 0.5;
    if near(range.low) {
        return Some(range.low_bound);
    }
    if near(range.high) {
        return Some(range.high_bound);
    }
    // A vessel that a cap lowered and that is full at its lower edge.
    let at_cap = solved.capped.contains(&member.platform) && exact >= solved.vessels[place].high - 0.5 / UNIT;
    at_cap.then_some(Bound::PlatformCap)
}
