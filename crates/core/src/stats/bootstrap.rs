//! The bootstrap over days: what a ratio could have been had other days of the same kind come.

use super::posterior::NoChance;
use super::random::{Seed, Stream};
use super::tails::share;
use super::{quantile, real};

/// Fewer days than a week say nothing about a week.
const DAYS: usize = 7;

/// How a bootstrap is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bootstrap {
    /// Where its randomness starts.
    pub seed: Seed,
    /// How often it draws; 2,000 put a probability of 0.9 within about 0.013.
    pub draws: u32,
}

impl Bootstrap {
    /// With 2,000 draws.
    pub fn new(seed: Seed) -> Self {
        Self { seed, draws: 2_000 }
    }

    /// What `statistic` gives on each draw; a draw that it has no answer for is left out.
    ///
    /// Each draw has a stream of its own, so one more draw does not change those before it.
    pub fn run<T>(&self, mut statistic: impl FnMut(&mut Stream) -> Option<T>) -> Vec<T> {
        (0..self.draws).filter_map(|draw| statistic(&mut self.seed.stream(u64::from(draw)))).collect()
    }
}

/// What one day cost and brought, in micros of one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayValue {
    /// Micros spent.
    pub spend: i64,
    /// Micros of conversion value.
    pub value: i64,
}

/// How likely a return is above a target. Always approximate: days are taken as alike and independent, and what no
/// day showed cannot be drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RoasChance {
    /// The share of draws with a return above the target.
    pub probability: f64,
    /// Below this lie 5 % of the draws.
    pub low: f64,
    /// Above this lie 5 % of the draws.
    pub high: f64,
}

impl RoasChance {
    /// Whether the number is approximate; it always is, and whatever shows it says so.
    pub const APPROXIMATE: bool = true;
}

/// How likely the true return on ad spend is above `target`, by resampling days.
///
/// # Errors
/// Below seven days, when nothing was spent, or a draw in a hundred would have no spend to divide by.
pub fn prob_roas_above(days: &[DayValue], target: f64, bootstrap: Bootstrap) -> Result<RoasChance, NoChance> {
    if !(target.is_finite() && target > 0.0) {
        return Err(NoChance::Target);
    }
    if days.len() < DAYS {
        return Err(NoChance::TooFewDays { have: days.len(), need: DAYS });
    }
    if days.iter().any(|day| day.spend < 0 || day.value < 0) {
        return Err(NoChance::Negative);
    }
    let ratios = bootstrap.run(|stream| {
        let (mut spend, mut value) = (0.0, 0.0);
        for place in stream.resample(days.len()) {
            spend += real(days[place].spend);
            value += real(days[place].value);
        }
        (spend > 0.0).then(|| value / spend)
    });
    let lost = (bootstrap.draws as usize).saturating_sub(ratios.len());
    if ratios.is_empty() || lost * 100 > bootstrap.draws as usize {
        return Err(NoChance::NoData);
    }
    let known =
        share(&ratios, |ratio| *ratio > target).zip(quantile(&ratios, 0.05)).zip(quantile(&ratios, 0.95));
    known.map(|((probability, low), high)| RoasChance { probability, low, high }).ok_or(NoChance::NoData)
}
