//! Handing a pool's budget to its campaigns.

use std::collections::BTreeMap;

use crate::address::Platform;
use crate::allocate::fill::{self, Vessel};
use crate::allocate::round::{Exact, round};
use crate::stats::{length, real};

/// A campaign that gets a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    /// Its name, which is there once.
    pub id: String,
    /// Where it runs.
    pub platform: Platform,
    /// What it can use, in any unit that all share: what it delivered lately, or its amount by [`crate::allocate`].
    /// One without demand gets what the others cannot take.
    pub demand: i64,
    /// The least that it gets, in micros.
    pub min: i64,
    /// The most.
    pub max: Option<i64>,
}

/// The parts; with `left` they add up to the pool exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// Micros by campaign.
    pub amounts: BTreeMap<String, i64>,
    /// What no campaign may take.
    pub left: i64,
}

/// The campaigns must get more than there is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the campaigns must get at least {needed} micros together, which is above the pool of {pool}")]
pub struct TooSmall {
    /// What there is.
    pub pool: i64,
    /// What they must get.
    pub needed: i64,
    /// Those with a minimum.
    pub binding: Vec<String>,
}

/// Splits in proportion to demand; what a campaign or a platform at its cap cannot take flows to the others.
///
/// `caps` are the most micros that a platform's campaigns get together; their minimums go before one that is less.
///
/// # Errors
/// When the minimums are above the pool.
pub fn split(pool: i64, demands: &[Demand], caps: &BTreeMap<Platform, i64>) -> Result<Split, TooSmall> {
    let mut demands: Vec<&Demand> = demands.iter().collect();
    demands.sort_by(|one, other| one.id.cmp(&other.id));
    let edge = |demand: &Demand| demand.max.unwrap_or(pool).max(demand.min).max(0);
    let needed = demands.iter().fold(0_i64, |sum, demand| sum.saturating_add(demand.min.max(0)));
    if needed > pool {
        let binding = demands.iter().filter(|demand| demand.min > 0).map(|demand| demand.id.clone());
        return Err(TooSmall { pool, needed, binding: binding.collect() });
    }
    let caps = with_minimums(caps, &demands);
    let mut rooms: BTreeMap<Platform, i64> = BTreeMap::new();
    for demand in &demands {
        let room = rooms.entry(demand.platform).or_default();
        *room = room.saturating_add(edge(demand));
    }
    let room = rooms.iter().fold(0_i64, |sum, (platform, room)| {
        sum.saturating_add(caps.get(platform).map_or(*room, |cap| (*cap).min(*room)))
    });
    let total = pool.min(room);
    let mean = demands.iter().map(|demand| real(demand.demand.max(0))).sum::<f64>() / length(demands.len());
    // So little that those with demand are full before it fills a micro.
    let last = if mean > 0.0 { mean * 1e-12 } else { 1.0 };
    let mut vessels: Vec<Vessel> = demands
        .iter()
        .map(|demand| Vessel {
            slope: real(demand.demand).max(last),
            offset: 0.0,
            low: real(demand.min.max(0)),
            high: real(edge(demand)),
        })
        .collect();
    let platforms: Vec<Platform> = demands.iter().map(|demand| demand.platform).collect();
    let edges = caps.iter().map(|(platform, cap)| (*platform, real(*cap))).collect();
    fill::hold_caps(&platforms, &mut vessels, &edges);
    let level = fill::level(&vessels, real(total));
    let shares: Vec<Exact<Platform>> = vessels
        .iter()
        .zip(&demands)
        .map(|(vessel, demand)| Exact {
            amount: vessel.at(level),
            low: demand.min.max(0),
            high: edge(demand),
            group: demand.platform,
        })
        .collect();
    let amounts = round(&shares, &caps, total);
    let amounts = demands.iter().map(|demand| demand.id.clone()).zip(amounts).collect();
    Ok(Split { amounts, left: pool - total })
}

/// Caps, none below what its platform's campaigns get at least.
fn with_minimums(caps: &BTreeMap<Platform, i64>, demands: &[&Demand]) -> BTreeMap<Platform, i64> {
    let least = |platform: Platform| {
        let own = demands.iter().filter(|demand| demand.platform == platform);
        own.fold(0_i64, |sum, demand| sum.saturating_add(demand.min.max(0)))
    };
    caps.iter().map(|(platform, cap)| (*platform, (*cap).max(least(*platform)))).collect()
}
