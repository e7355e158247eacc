//! From exact shares to whole micros that add up.

use std::collections::BTreeMap;

use crate::stats::whole;

/// One share before rounding, in micros.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Exact<G> {
    /// The share.
    pub(crate) amount: f64,
    /// The least it may become.
    pub(crate) low: i64,
    /// The most.
    pub(crate) high: i64,
    /// What has a cap in common.
    pub(crate) group: G,
}

/// Whole micros whose sum is `total`, each within its bounds and each group within its cap, as near to the exact
/// shares as that allows; the largest fractions are rounded up first, and of equal ones the earlier.
///
/// The caller made sure that `total` can be held; what cannot is left out.
pub(crate) fn round<G: Copy + Ord>(shares: &[Exact<G>], caps: &BTreeMap<G, i64>, total: i64) -> Vec<i64> {
    let mut amounts: Vec<i64> =
        shares.iter().map(|share| whole(share.amount).clamp(share.low, share.high)).collect();
    let mut order: Vec<usize> = (0..shares.len()).collect();
    let fraction = |place: &usize| shares[*place].amount - shares[*place].amount.floor();
    order.sort_by(|one, other| fraction(other).total_cmp(&fraction(one)).then(one.cmp(other)));

    let mut rest = total - amounts.iter().sum::<i64>();
    // One micro each first; what is left after that goes wherever it fits.
    for at_most in [1, i64::MAX] {
        for place in &order {
            let share = shares[*place];
            let given = if rest > 0 {
                let held: i64 = members(shares, &amounts, share.group).sum();
                let cap = caps.get(&share.group).map_or(i64::MAX, |cap| (cap - held).max(0));
                rest.min(at_most).min(share.high - amounts[*place]).min(cap)
            } else {
                rest.max(-at_most).max(share.low - amounts[*place])
            };
            amounts[*place] += given;
            rest -= given;
        }
    }
    amounts
}

fn members<G: Copy + Ord>(shares: &[Exact<G>], amounts: &[i64], group: G) -> impl Iterator<Item = i64> {
    shares.iter().zip(amounts).filter(move |(share, _)| share.group == group).map(|(_, amount)| *amount)
}
