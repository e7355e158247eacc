//! Statistics that decisions about money rest on: tails, posteriors, robust summaries, the bootstrap.
//!
//! Floats live here and in the modules that ask this one; money and counts come in as integers and leave as
//! integers. Nothing here draws randomness of its own: a bootstrap takes its [`Seed`]. A number that cannot be
//! known is an error that says why, never zero, never infinity. `docs/statistics.md` says what each number
//! means to a person.
//!
//! The tail functions are our own and not a crate's: with the shapes that ads make (a million clicks) the usual
//! way over logarithms of the gamma function loses seven digits, and Loader's saddle point form used here does not.

mod bootstrap;
mod posterior;
mod random;
mod robust;
mod saddle;
mod special;
mod tails;
#[cfg(test)]
mod tests;

pub use bootstrap::{Bootstrap, DayValue, RoasChance, prob_roas_above};
pub use posterior::{
    Chance, NoChance, Parent, PriorSource, prob_cpa_above, prob_ctr_above, prob_ctr_below, prob_cvr_above,
    prob_cvr_below,
};
pub use random::{Seed, Stream};
pub use robust::{coefficient_of_variation, ewma, mad, mean, median, quantile, standard_deviation};
pub use special::{Tails, beta_tails, gamma_tails};
pub(crate) use tails::share;
pub use tails::{NORMAL_MAD, negative_binomial, normal_upper, poisson};

/// A count or an amount in micros as a float, for judging only.
#[expect(clippy::cast_precision_loss, reason = "exact to 2^53: nine billion units of money in micros")]
pub(crate) fn real(count: i64) -> f64 {
    count as f64
}

/// A length as a float.
#[expect(clippy::cast_precision_loss, reason = "no slice has 2^53 elements")]
pub(crate) fn length(count: usize) -> f64 {
    count as f64
}

/// The whole number at or below a float; what does not fit becomes the nearest that does, and no number 0.
#[expect(clippy::cast_possible_truncation, reason = "saturates by the language's definition")]
pub(crate) fn whole(value: f64) -> i64 {
    value.floor() as i64
}
