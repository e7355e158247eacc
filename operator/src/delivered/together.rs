//! What has no reports of its own: a budget delivered what its campaigns did, a creative what the ads did that show it.
//!
//! Each account adds up its own objects when its reports are read. What several accounts share is added here, as far as it
//! can be: money of one currency, conversions that are counted alike. What cannot be added is not known.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use adplane_core::address::{Kind, Platform};
use adplane_core::ids::ExternalId;
use adplane_core::money::Currency;
use adplane_engine::metrics::query::{AccountFigures, Figures, SHOWN};

use super::told::{Counts, Told, Windows, counts};
use crate::cache::ResourceKey;

/// Live objects of an account that refer to the same budget or creative.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Referring {
    /// What they are.
    pub level: Kind,
    /// Their ids.
    pub ids: BTreeSet<ExternalId>,
    /// Whether the ids of all are known; else nobody can tell what they delivered.
    pub is_whole: bool,
}

/// Those of an account, by what they refer to.
pub type References = BTreeMap<ResourceKey, Referring>;

/// What the objects of one account delivered that refer to the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Together {
    windows: Windows,
    /// How conversions were attributed in each window, in the platform's words.
    attribution: [Option<Arc<str>>; SHOWN.len()],
}

impl Together {
    pub(super) fn of(referring: &Referring, figures: &AccountFigures) -> Self {
        let sum = |period| figures.sum(referring.level, &referring.ids, period);
        let sums = SHOWN.map(|period| if referring.is_whole { sum(period) } else { None });
        let label = |sum: &Option<Figures>| sum.as_ref()?.basis.attribution.as_deref().map(Arc::from);
        Self { attribution: sums.each_ref().map(label), windows: sums.map(|sum| counts(&sum?)) }
    }

    #[cfg(test)]
    pub(crate) fn for_tests(windows: &Windows, attribution: &str) -> Self {
        Self { windows: *windows, attribution: std::array::from_fn(|_| Some(attribution.into())) }
    }
}

/// What the objects of several accounts delivered that refer to a budget or a creative, and the currency of its money;
/// `None` where there are none. Where currencies differ there is no money.
pub fn together(accounts: &[&Told], key: &ResourceKey) -> Option<(Windows, Currency)> {
    let parts: Vec<(&Told, &Together)> =
        accounts.iter().filter_map(|told| Some((*told, told.together(key)?))).collect();
    let (first, rest) = parts.split_first()?;
    let mut sum = first.1.windows;
    for (place, window) in sum.iter_mut().enumerate() {
        for (told, part) in rest {
            *window = window.zip(part.windows[place]).map(|(one, other)| Counts {
                sums: one.sums.plus(&other.sums),
                as_of: one.as_of.min(other.as_of),
            });
            let Some(counts) = window else { continue };
            let paid_alike = first.0.currency == told.currency;
            let counted_alike = counted(first.0, first.1, place) == counted(told, part, place);
            counts.sums.spend = counts.sums.spend.filter(|_| paid_alike);
            counts.sums.conversions = counts.sums.conversions.filter(|_| counted_alike);
            counts.sums.value = counts.sums.value.filter(|_| paid_alike && counted_alike);
        }
    }
    Some((sum, first.0.currency))
}

/// What two sums of conversions must have in common to be added.
fn counted<'t>(told: &Told, part: &'t Together, place: usize) -> (Platform, Option<&'t str>) {
    (told.platform, part.attribution[place].as_deref())
}
