//! Broken tracking: a tag or pixel that is gone, so that clicks go on and next to no conversion is counted.
//!
//! A conversion is lost when it would have arrived while tracking was broken, whenever its click was, and does not come
//! back later. Spans belong to the world, not to the requests in it: they are saved with it.

use std::ops::Range;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::world::{Vendor, World};

const HOURS_OF_A_DAY: i64 = 24;

/// A span in which conversions are not counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outage {
    /// The one account of the vendor that it is about, by bare id; all without.
    pub account: Option<String>,
    /// From then on.
    pub from: Timestamp,
    /// Up to then, not included.
    pub until: Timestamp,
}

/// Tracking that breaks, as a test asks for it.
#[derive(Debug, Clone)]
pub(crate) struct Breakage {
    /// All vendors without one.
    pub(crate) vendor: Option<Vendor>,
    /// By bare id.
    pub(crate) account: Option<String>,
    /// Now without one; never in the past, since what was counted was counted.
    pub(crate) from: Option<Timestamp>,
    /// So many times 24 hours; for good without.
    pub(crate) days: Option<u32>,
}

/// Ends what is broken, and breaks what is asked for instead.
pub(crate) fn arm(world: &mut World, breakages: &[Breakage]) {
    let now = world.now;
    for outages in world.outages.values_mut() {
        outages.retain(|outage| outage.from < now);
        for outage in outages.iter_mut() {
            outage.until = outage.until.min(now);
        }
    }
    for breakage in breakages {
        let from = breakage.from.unwrap_or(now).max(now);
        let until = breakage.days.map_or(Timestamp::MAX, |days| {
            let span = SignedDuration::from_hours(i64::from(days) * HOURS_OF_A_DAY);
            breakage.from.unwrap_or(now).saturating_add(span).unwrap_or(Timestamp::MAX)
        });
        for vendor in [Vendor::Google, Vendor::Meta, Vendor::Tiktok] {
            if until > from && breakage.vendor.is_none_or(|asked| asked == vendor) {
                let outage = Outage { account: breakage.account.clone(), from, until };
                world.outages.entry(vendor).or_default().push(outage);
            }
        }
    }
}

/// What is broken now or will be.
pub(crate) fn in_force(world: &World) -> impl Iterator<Item = (Vendor, &Outage)> {
    let all =
        world.outages.iter().flat_map(|(vendor, outages)| outages.iter().map(|outage| (*vendor, outage)));
    all.filter(|(_, outage)| outage.until > world.now)
}

/// The spans of an account.
pub(super) fn spans(world: &World, vendor: Vendor, account: &str) -> Vec<Range<Timestamp>> {
    let outages = world.outages.get(&vendor).into_iter().flatten();
    outages
        .filter(|outage| outage.account.as_deref().is_none_or(|only| only == account))
        .map(|outage| outage.from..outage.until)
        .collect()
}
