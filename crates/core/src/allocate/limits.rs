//! What holds an amount, and what to say when the bounds leave no split.

use std::collections::BTreeMap;
use std::fmt;

use super::solve::{Member, Request};
use crate::address::Platform;

/// What keeps an amount from moving further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bound {
    /// The member's minimum.
    Minimum,
    /// The member's maximum.
    Maximum,
    /// The member's amount is pinned.
    Pin,
    /// The largest step from the present amount.
    Step,
    /// The member's curve is not known, so its amount stays.
    NoCurve,
    /// The platform's cap over all its members.
    PlatformCap,
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Minimum => "minimum",
            Self::Maximum => "maximum",
            Self::Pin => "pin",
            Self::Step => "largest step",
            Self::NoCurve => "present amount, as its curve is not known",
            Self::PlatformCap => "cap of its platform",
        })
    }
}

/// A bound that leaves no split.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Binding {
    /// The member, or the platform's word for its cap.
    pub of: String,
    /// Which bound.
    pub bound: Bound,
    /// Where it lies, in micros.
    pub amount: i64,
}

/// Why there is no split.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Infeasible {
    /// The least that the members must get is above the budget.
    #[error("the members must get at least {needed} micros together, which is above the budget of {budget}")]
    TooSmall {
        /// The budget, in micros.
        budget: i64,
        /// The least that could be split.
        needed: i64,
        /// The bounds that ask for it.
        binding: Vec<Binding>,
    },
    /// The most that the members may get is below the budget.
    #[error("the members may get at most {possible} micros together, which is below the budget of {budget}")]
    TooLarge {
        /// The budget, in micros.
        budget: i64,
        /// The most that could be split.
        possible: i64,
        /// The bounds that forbid more.
        binding: Vec<Binding>,
    },
    /// The least that a platform's members must get is above its cap.
    #[error(
        "the members on {platform} must get at least {needed} micros together, which is above its cap of {cap}"
    )]
    AboveCap {
        /// The platform.
        platform: Platform,
        /// Its cap, in micros.
        cap: i64,
        /// The least that its members must get.
        needed: i64,
        /// The bounds that ask for it.
        binding: Vec<Binding>,
    },
    /// A member's minimum is above its maximum, or an amount is below zero.
    #[error("the bounds of `{member}` contradict each other")]
    Contradiction {
        /// The member.
        member: String,
    },
    /// Two members have one name.
    #[error("`{member}` is there twice")]
    Twice {
        /// The name.
        member: String,
    },
    /// A member has neither a curve nor a present amount nor a pin to go by.
    #[error("nothing is known of `{member}`: give it a pin, or let it spend first")]
    NothingKnown {
        /// The member.
        member: String,
    },
}

/// The least and the most that a member may get, and what says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) low: i64,
    pub(super) high: i64,
    pub(super) low_bound: Bound,
    pub(super) high_bound: Bound,
}

/// Declared bounds win over the largest step: a minimum that was raised in git holds at once.
pub(super) fn range(member: &Member, request: &Request) -> Result<Range, Infeasible> {
    let most = member.max.unwrap_or(i64::MAX);
    let amounts = [Some(member.min), member.max, member.pin, member.current];
    if member.min > most || amounts.into_iter().flatten().any(|amount| amount < 0) {
        return Err(Infeasible::Contradiction { member: member.id.clone() });
    }
    let fixed = |amount, bound| Range { low: amount, high: amount, low_bound: bound, high_bound: bound };
    if let Some(pin) = member.pin {
        return Ok(fixed(pin, Bound::Pin));
    }
    match (member.current, member.curve) {
        (Some(current), None) => Ok(fixed(current.clamp(member.min, most), Bound::NoCurve)),
        (None, None) => Err(Infeasible::NothingKnown { member: member.id.clone() }),
        (None, Some(_)) => Ok(declared(member, most)),
        (Some(current), Some(_)) => {
            let step = i64::try_from(i128::from(current) * i128::from(request.max_step) / 10_000);
            let step = step.unwrap_or(i64::MAX);
            let mut range = declared(member, most);
            if current.saturating_sub(step) > range.low {
                (range.low, range.low_bound) = (current.saturating_sub(step).min(most), Bound::Step);
            }
            if current.saturating_add(step) < range.high {
                (range.high, range.high_bound) = (current.saturating_add(step).max(member.min), Bound::Step);
            }
            Ok(range)
        }
    }
}

fn declared(member: &Member, most: i64) -> Range {
    Range { low: member.min, high: most, low_bound: Bound::Minimum, high_bound: Bound::Maximum }
}

/// Whether some split satisfies everything; `ranges` are the members' in their order.
pub(super) fn check(members: &[&Member], ranges: &[Range], request: &Request) -> Result<(), Infeasible> {
    let mut by_platform: BTreeMap<Platform, (i64, i64)> = BTreeMap::new();
    for (member, range) in members.iter().zip(ranges) {
        let (low, high) = by_platform.entry(member.platform).or_default();
        *low = low.saturating_add(range.low);
        *high = high.saturating_add(range.high);
    }
    for (platform, cap) in &request.caps {
        let needed = by_platform.get(platform).map_or(0, |(low, _)| *low);
        if needed > *cap {
            let binding = lows(members, ranges, |member| member.platform == *platform);
            return Err(Infeasible::AboveCap { platform: *platform, cap: *cap, needed, binding });
        }
    }
    let budget = request.budget;
    let needed = by_platform.values().fold(0, |sum: i64, (low, _)| sum.saturating_add(*low));
    if needed > budget {
        return Err(Infeasible::TooSmall { budget, needed, binding: lows(members, ranges, |_| true) });
    }
    let capped =
        |platform: &Platform, high: i64| request.caps.get(platform).map_or(high, |cap| high.min(*cap));
    let possible = by_platform
        .iter()
        .fold(0, |sum: i64, (platform, (_, high))| sum.saturating_add(capped(platform, *high)));
    if possible < budget && request.stop.is_none() {
        let binding = highs(members, ranges, request, &by_platform);
        return Err(Infeasible::TooLarge { budget, possible, binding });
    }
    Ok(())
}

fn lows(members: &[&Member], ranges: &[Range], counts: impl Fn(&Member) -> bool) -> Vec<Binding> {
    members
        .iter()
        .zip(ranges)
        .filter(|(member, range)| counts(member) && range.low > 0)
        .map(|(member, range)| Binding { of: member.id.clone(), bound: range.low_bound, amount: range.low })
        .collect()
}

/// The cap where it is what binds, the members' bounds elsewhere.
fn highs(
    members: &[&Member],
    ranges: &[Range],
    request: &Request,
    by_platform: &BTreeMap<Platform, (i64, i64)>,
) -> Vec<Binding> {
    let binds = |platform: &Platform| {
        let cap = request.caps.get(platform)?;
        by_platform.get(platform).filter(|(_, high)| high > cap).map(|_| *cap)
    };
    let caps = by_platform.keys().filter_map(|platform| {
        binds(platform).map(|amount| Binding { of: platform.to_string(), bound: Bound::PlatformCap, amount })
    });
    let own = members.iter().zip(ranges).filter(|(member, _)| binds(&member.platform).is_none()).map(
        |(member, range)| Binding { of: member.id.clone(), bound: range.high_bound, amount: range.high },
    );
    caps.chain(own).collect()
}
