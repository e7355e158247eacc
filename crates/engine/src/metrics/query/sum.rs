//! Some objects of a level together: the campaigns that draw on a budget, the ads that show a creative.

use std::sync::Arc;

use adplane_core::address::Kind;
use adplane_core::ids::ExternalId;
use adplane_core::metrics::{Freshness, Sums, Unknown, Unresolved};

use super::figures::{Basis, Figures};
use super::{AccountFigures, Period};

impl AccountFigures {
    /// Objects of a level together; `None` where there are none, or that level or period was not asked for. Known only
    /// where each of them is: what has not begun delivered nothing.
    pub fn sum<'i>(
        &self,
        level: Kind,
        ids: impl IntoIterator<Item = &'i ExternalId>,
        period: Period,
    ) -> Option<Figures> {
        let answer = self.level(level, period)?;
        let parts: Vec<&Figures> = ids.into_iter().map(|id| answer.of(id)).collect();
        let (first, rest) = parts.split_first()?;
        if rest.is_empty() {
            return Some((*first).clone());
        }
        let Added { basis, sums, several } = added(parts.iter().copied(), level, 0);
        let alike = rest.iter().all(|one| Arc::ptr_eq(&one.basis, &first.basis));
        let basis = if alike { Arc::clone(&first.basis) } else { Arc::new(basis) };
        // Where all are unknown for one reason, that says more than how many they are.
        let same = rest.iter().all(|one| one.sums == first.sums);
        let sums = if same && sums.is_err() { first.sums.clone() } else { sums };
        Some(Figures { currency: first.currency, basis, sums, told: first.told, several })
    }
}

/// What figures come to together.
pub(super) struct Added {
    pub(super) basis: Basis,
    pub(super) sums: Result<Sums, Unknown>,
    /// Whether they are of several objects.
    pub(super) several: bool,
}

/// Adds figures that may rest on days of their own; what has not begun delivered nothing. `gone`: parts of which nobody can
/// tell the days.
pub(super) fn added<'f>(figures: impl Iterator<Item = &'f Figures>, level: Kind, gone: usize) -> Added {
    let begun =
        |figures: &&Figures| !matches!(figures.sums, Err(Unknown::Unresolved(Unresolved::FlightNotBegun(_))));
    let (mut sum, mut parts, mut unknown) = (None, gone, gone);
    let mut basis = Basis::none(level);
    for figures in figures.filter(begun) {
        parts += 1;
        basis.freshness = match (basis.freshness, figures.basis.freshness) {
            (Some(one), Some(other)) => {
                Some(Freshness { oldest: one.oldest.min(other.oldest), newest: one.newest.max(other.newest) })
            }
            (one, other) => one.or(other),
        };
        basis.attribution = basis.attribution.or_else(|| figures.basis.attribution.clone());
        match &figures.sums {
            Ok(own) => sum = Some(sum.map_or(*own, |sum: Sums| sum.plus(own))),
            Err(_) => unknown += 1,
        }
    }
    let sums = match (sum, unknown) {
        (_, 1..) => Err(Unknown::Parts(unknown)),
        (Some(sum), 0) => Ok(sum),
        (None, 0) => Err(Unresolved::NoFlight.into()),
    };
    Added { basis, sums, several: parts > 1 }
}
