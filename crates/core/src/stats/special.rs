//! The regularised incomplete gamma and beta functions, both tails at once.
//!
//! Series and continued fractions of Abramowitz and Stegun 6.5.29, 6.5.31 and 26.5.8, the fractions by Lentz's
//! method, with the factors before them in Loader's form. The smaller tail is computed and the larger is its
//! complement, so a tail of 1e-200 has its digits too.

use super::saddle::{binomial_density, poisson_density};

/// Steps after which a fraction that did not settle is given up. They settle in a few times the square root of
/// the shape, so this is enough for shapes of ten thousand million.
const STEPS: u32 = 1_000_000;

const TINY: f64 = 1e-300;

/// The two sides of a distribution at one point; they add to one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tails {
    /// The probability at or below the point.
    pub lower: f64,
    /// The probability above it.
    pub upper: f64,
}

impl Tails {
    const BELOW_ALL: Self = Self { lower: 0.0, upper: 1.0 };
    const ABOVE_ALL: Self = Self { lower: 1.0, upper: 0.0 };

    fn of_lower(lower: f64) -> Self {
        Self { lower, upper: 1.0 - lower }
    }

    fn of_upper(upper: f64) -> Self {
        Self { lower: 1.0 - upper, upper }
    }

    fn swapped(self) -> Self {
        Self { lower: self.upper, upper: self.lower }
    }
}

/// The tails of a Gamma distribution with this shape and rate 1.
///
/// `None` when the shape is not above zero, the point is below zero, or either is not finite.
pub fn gamma_tails(shape: f64, point: f64) -> Option<Tails> {
    if !(shape.is_finite() && point.is_finite() && shape > 0.0 && point >= 0.0) {
        return None;
    }
    if point == 0.0 {
        return Some(Tails::BELOW_ALL);
    }
    let density = poisson_density(shape, point);
    if density == 0.0 {
        return Some(if point < shape { Tails::BELOW_ALL } else { Tails::ABOVE_ALL });
    }
    if point < shape + 1.0 {
        Some(Tails::of_lower((density * gamma_series(shape, point)?).min(1.0)))
    } else {
        Some(Tails::of_upper((density * shape * gamma_fraction(shape, point)?).min(1.0)))
    }
}

fn gamma_series(shape: f64, point: f64) -> Option<f64> {
    let (mut term, mut sum, mut below) = (1.0, 1.0, shape);
    for _ in 0..STEPS {
        below += 1.0;
        term *= point / below;
        sum += term;
        if term < sum * f64::EPSILON * 0.25 {
            return Some(sum);
        }
    }
    None
}

fn gamma_fraction(shape: f64, point: f64) -> Option<f64> {
    let mut below = point + 1.0 - shape;
    let mut c = TINY.recip();
    let mut d = below.recip();
    let mut value = d;
    for step in 1..=STEPS {
        let step = f64::from(step);
        let above = -step * (step - shape);
        below += 2.0;
        d = away_from_zero(above * d + below).recip();
        c = away_from_zero(below + above / c);
        let factor = c * d;
        value *= factor;
        if (factor - 1.0).abs() <= f64::EPSILON {
            return Some(value);
        }
    }
    None
}

/// The tails of a Beta distribution at `point`; `rest` is `1 - point`, given apart so that neither loses digits.
///
/// `None` when a shape is not above zero, the point is not within 0 and 1, or `point + rest` is not 1.
pub fn beta_tails(successes: f64, failures: f64, point: f64, rest: f64) -> Option<Tails> {
    let shaped = successes.is_finite() && failures.is_finite() && successes > 0.0 && failures > 0.0;
    let placed = point >= 0.0 && rest >= 0.0 && (point + rest - 1.0).abs() < 1e-12;
    if !(shaped && placed) {
        return None;
    }
    if point == 0.0 {
        return Some(Tails::BELOW_ALL);
    }
    if rest == 0.0 {
        return Some(Tails::ABOVE_ALL);
    }
    if point > (successes + 1.0) / (successes + failures + 2.0) {
        return beta_lower(failures, successes, rest, point).map(|upper| Tails::of_lower(upper).swapped());
    }
    beta_lower(successes, failures, point, rest).map(Tails::of_lower)
}

fn beta_lower(a: f64, b: f64, x: f64, y: f64) -> Option<f64> {
    let density = binomial_density(a, b, x, y);
    if density == 0.0 {
        return Some(0.0);
    }
    Some((density * b / (a + b) * beta_fraction(a, b, x)?).clamp(0.0, 1.0))
}

#[expect(clippy::many_single_char_names, reason = "the names of the formula in Abramowitz and Stegun")]
fn beta_fraction(a: f64, b: f64, x: f64) -> Option<f64> {
    let mut c = 1.0;
    let mut d = away_from_zero(1.0 - (a + b) * x / (a + 1.0)).recip();
    let mut value = d;
    for step in 1..=STEPS {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = away_from_zero(1.0 + even * d).recip();
        c = away_from_zero(1.0 + even / c);
        value *= c * d;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = away_from_zero(1.0 + odd * d).recip();
        c = away_from_zero(1.0 + odd / c);
        let factor = c * d;
        value *= factor;
        if (factor - 1.0).abs() <= f64::EPSILON {
            return Some(value);
        }
    }
    None
}

fn away_from_zero(value: f64) -> f64 {
    if value.abs() < TINY { TINY } else { value }
}
