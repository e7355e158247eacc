//! Tails of counts and of the normal distribution.

use super::special::{Tails, beta_tails, gamma_tails};
use super::{length, real};

/// What the median absolute deviation is multiplied with to estimate a standard deviation, for normal data.
pub const NORMAL_MAD: f64 = 1.4826;

/// How likely a count at most as high (`lower`) and at least as high (`upper`) is when `mean` are expected.
///
/// Both include the count itself, so they add to more than one. `None` when the count is below zero or the mean is
/// not a number above or at zero.
pub fn poisson(count: i64, mean: f64) -> Option<Tails> {
    if count < 0 {
        return None;
    }
    let lower = gamma_tails(real(count) + 1.0, mean)?.upper;
    let upper = if count == 0 { 1.0 } else { gamma_tails(real(count), mean)?.lower };
    Some(Tails { lower, upper })
}

/// The same for a negative binomial count with this mean and this variance, which is above the mean.
///
/// A variance at or below the mean is Poisson's.
pub fn negative_binomial(count: i64, mean: f64, variance: f64) -> Option<Tails> {
    if count < 0 || !variance.is_finite() || !(mean.is_finite() && mean >= 0.0) {
        return None;
    }
    if variance <= mean * (1.0 + 1e-9) || mean == 0.0 {
        return poisson(count, mean);
    }
    let size = mean * mean / (variance - mean);
    let (success, failure) = (size / (size + mean), mean / (size + mean));
    let lower = beta_tails(size, real(count) + 1.0, success, failure)?.lower;
    let upper = if count == 0 { 1.0 } else { beta_tails(real(count), size, failure, success)?.lower };
    Some(Tails { lower, upper })
}

/// The probability that a standard normal value lies above `z`; `None` when `z` is no number.
pub fn normal_upper(z: f64) -> Option<f64> {
    let tails = gamma_tails(0.5, z * z / 2.0)?;
    Some(if z >= 0.0 { 0.5 * tails.upper } else { 0.5 + 0.5 * tails.lower })
}

/// The share of `values` for which `holds`; `None` of none.
pub(crate) fn share<T>(values: &[T], holds: impl Fn(&T) -> bool) -> Option<f64> {
    (!values.is_empty())
        .then(|| length(values.iter().filter(|value| holds(value)).count()) / length(values.len()))
}
