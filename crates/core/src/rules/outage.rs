//! The tracking-outage latch: an account with clicks as always and next to no conversions has probably lost its
//! tracking, and no rule may act on what it no longer counts.

use std::collections::BTreeSet;

use super::snapshot::{AccountState, Snapshot};
use crate::address::AccountKey;
use crate::metrics::{CONVERSION_PARTS, Window};
use crate::stats;

/// The window that is looked at: yesterday, and of an account whose yesterday is not told, today.
const WINDOWS: [Window; 2] = [Window::Yesterday, Window::Today];

/// Fewer conversions than this are expected too rarely to miss them.
const FEWEST_EXPECTED: i64 = 10 * CONVERSION_PARTS;

/// So unlikely must it be that conversions merely failed to come.
const UNLIKELY: f64 = 1e-4;

/// Conversions below this share of what was expected are next to none.
const NEAR_ZERO: i64 = 10;

/// Fewer clicks than this explain by themselves why nothing converts.
const FEWEST_CLICKS: i64 = 100;

/// Accounts whose tracking is probably broken.
pub(super) fn outages(snapshot: &Snapshot) -> BTreeSet<AccountKey> {
    snapshot.accounts.iter().filter(|(_, account)| is_out(account)).map(|(key, _)| key.clone()).collect()
}

fn is_out(account: &AccountState) -> bool {
    let Some(expected) = account.expected_conversions.filter(|expected| *expected >= FEWEST_EXPECTED) else {
        return false;
    };
    let sums = WINDOWS.iter().find_map(|window| account.windows.get(window)?.sums.as_ref().ok());
    let Some((Some(clicks), Some(conversions))) = sums.map(|sums| (sums.clicks, sums.conversions)) else {
        return false;
    };
    if clicks < FEWEST_CLICKS || conversions > expected / NEAR_ZERO {
        return false;
    }
    let mean = stats::real(expected) / stats::real(CONVERSION_PARTS);
    stats::poisson(conversions / CONVERSION_PARTS, mean).is_some_and(|tails| tails.lower < UNLIKELY)
}
