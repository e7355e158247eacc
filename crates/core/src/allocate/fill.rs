//! Pouring an amount into vessels that rise together, exactly.
//!
//! Every vessel holds `clamp(slope * level - offset, low, high)`. That covers both splits there are: equal marginal
//! returns of saturating curves, whose level is the inverse root of the marginal return, and plain proportions, whose
//! offset is zero. The sum is piecewise linear in the level, so a bisection over its corners and one interpolation
//! give the level to a float's precision.

use std::collections::{BTreeMap, BTreeSet};

/// One vessel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Vessel {
    /// How fast it fills; at zero it keeps `low`.
    pub(crate) slope: f64,
    /// How late it begins.
    pub(crate) offset: f64,
    /// What it holds at least.
    pub(crate) low: f64,
    /// What it holds at most.
    pub(crate) high: f64,
}

impl Vessel {
    /// What it holds at this level.
    pub(crate) fn at(&self, level: f64) -> f64 {
        (self.slope * level - self.offset).clamp(self.low, self.high.max(self.low))
    }

    fn corners(&self) -> Option<[f64; 2]> {
        (self.slope > 0.0).then(|| [self.low, self.high].map(|edge| (edge + self.offset) / self.slope))
    }
}

/// What all hold at this level.
pub(crate) fn sum(vessels: &[Vessel], level: f64) -> f64 {
    vessels.iter().map(|vessel| vessel.at(level)).sum()
}

/// Where a group could rise above its cap, each of it may rise as far as it does when the cap is all that its group gets:
/// at any level the group then holds what it would, or the cap. Returns the groups that are held.
///
/// `groups` are the vessels' in their order, and a cap is at least what its group holds empty.
pub(crate) fn hold_caps<G: Copy + Ord>(
    groups: &[G],
    vessels: &mut [Vessel],
    caps: &BTreeMap<G, f64>,
) -> BTreeSet<G> {
    let mut held = BTreeSet::new();
    for (group, cap) in caps {
        let places: Vec<usize> = (0..groups.len()).filter(|place| groups[*place] == *group).collect();
        let own: Vec<Vessel> = places.iter().map(|place| vessels[*place]).collect();
        if own.iter().map(|vessel| vessel.high).sum::<f64>() <= *cap {
            continue;
        }
        let level = level(&own, *cap);
        for place in places {
            vessels[place].high = vessels[place].at(level);
        }
        held.insert(*group);
    }
    held
}

/// The lowest level at which all hold `total`. Below what they hold empty it is the level at which the first begins to
/// fill, above what they can hold the one at which the last is full; 0 where none can be filled.
pub(crate) fn level(vessels: &[Vessel], total: f64) -> f64 {
    let mut corners: Vec<f64> = vessels.iter().filter_map(Vessel::corners).flatten().collect();
    corners.sort_by(f64::total_cmp);
    let above = corners.partition_point(|corner| sum(vessels, *corner) < total);
    match (above.checked_sub(1).and_then(|below| corners.get(below)), corners.get(above)) {
        (Some(below), Some(above)) => {
            let (low, high) = (sum(vessels, *below), sum(vessels, *above));
            below + (above - below) * ((total - low) / (high - low)).clamp(0.0, 1.0)
        }
        (Some(last), None) => *last,
        (None, Some(first)) => *first,
        (None, None) => 0.0,
    }
}
