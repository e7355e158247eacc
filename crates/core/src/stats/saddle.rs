//! Loader's saddle point form of the Poisson and binomial densities, for real arguments.
//!
//! C. Loader, "Fast and Accurate Computation of Binomial Probabilities" (2000). The large terms cancel on paper
//! and not in the machine, so the relative error stays near 1e-14 however large the counts are.

use std::f64::consts::{PI, TAU};

/// From here on the Stirling series is exact to a float's precision.
const SERIES_FROM: f64 = 12.0;

/// `ln(x!)` less Stirling's leading terms `ln(sqrt(2 pi x)) + x ln x - x`.
pub(super) fn stirling_error(x: f64) -> f64 {
    if x >= SERIES_FROM {
        return stirling_series(x);
    }
    // ln(x!) by the recurrence from where the series holds.
    let mut top = x;
    let mut product = 1.0;
    while top < SERIES_FROM {
        top += 1.0;
        product *= top;
    }
    let factorial = (top + 0.5) * top.ln() - top + 0.5 * TAU.ln() + stirling_series(top) - product.ln();
    factorial - ((x + 0.5) * x.ln() - x + 0.5 * TAU.ln())
}

fn stirling_series(x: f64) -> f64 {
    let square = (x * x).recip();
    let terms = [
        1.0 / 12.0,
        -1.0 / 360.0,
        1.0 / 1260.0,
        -1.0 / 1680.0,
        1.0 / 1188.0,
        -691.0 / 360_360.0,
        1.0 / 156.0,
    ];
    terms.iter().rev().fold(0.0, |sum, term| sum * square + term) / x
}

/// `x ln(x / mean) + mean - x`, without cancelling when the two are close.
fn deviance(x: f64, mean: f64) -> f64 {
    if (x - mean).abs() >= 0.1 * (x + mean) {
        return x * (x / mean).ln() + mean - x;
    }
    let ratio = (x - mean) / (x + mean);
    let mut sum = (x - mean) * ratio;
    let mut power = 2.0 * x * ratio;
    let mut odd = 3.0;
    loop {
        power *= ratio * ratio;
        let next = sum + power / odd;
        if next.to_bits() == sum.to_bits() || !next.is_finite() {
            return sum;
        }
        sum = next;
        odd += 2.0;
    }
}

/// `mean^x e^-mean / Gamma(x + 1)` for `x > 0`, `mean > 0`.
pub(super) fn poisson_density(x: f64, mean: f64) -> f64 {
    (-stirling_error(x) - deviance(x, mean)).exp() / (TAU * x).sqrt()
}

/// `Gamma(a + b + 1) / (Gamma(a + 1) Gamma(b + 1)) p^a q^b` for positive `a`, `b`, `p`, `q` with `p + q = 1`.
#[expect(clippy::many_single_char_names, reason = "the names of the formula")]
pub(super) fn binomial_density(a: f64, b: f64, p: f64, q: f64) -> f64 {
    let n = a + b;
    let exponent =
        stirling_error(n) - stirling_error(a) - stirling_error(b) - deviance(a, n * p) - deviance(b, n * q);
    exponent.exp() * (n / (2.0 * PI * a * b)).sqrt()
}
