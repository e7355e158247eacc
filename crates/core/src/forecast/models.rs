//! The candidates.

use super::ets::{Ets, Trend};
use crate::stats::{length, mean, standard_deviation};

/// A way to tell the next days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Model {
    /// Every day the mean of all days.
    Mean,
    /// Every day as the same day of the last period.
    SeasonalNaive,
    /// Exponential smoothing of level and season: ETS(A,N,A).
    Smoothing,
    /// The same with a slope that fades: ETS(A,Ad,A).
    DampedSmoothing,
}

impl Model {
    /// All of them, the simplest first: of equal ones the simpler is taken.
    pub const ALL: [Self; 4] = [Self::Mean, Self::SeasonalNaive, Self::Smoothing, Self::DampedSmoothing];

    /// What each of the next days is expected to be, and the standard deviation of that; `None` where the days are
    /// too few for the model.
    pub(super) fn predict(self, values: &[f64], period: usize, horizon: usize) -> Option<Vec<(f64, f64)>> {
        match self {
            Self::Mean => {
                let center = mean(values)?;
                let deviation = standard_deviation(values)? * (1.0 + length(values.len()).recip()).sqrt();
                Some(vec![(center, deviation); horizon])
            }
            Self::SeasonalNaive => {
                let last = values.get(values.len().checked_sub(period)?..)?;
                let differences = seasonal_differences(values, period);
                let squares: f64 = differences.iter().map(|difference| difference * difference).sum();
                let deviation = (squares / length(differences.len())).sqrt();
                (!differences.is_empty()).then_some(())?;
                let far = |ahead: usize| deviation * length(ahead / period + 1).sqrt();
                Some((0..horizon).map(|ahead| (last[ahead % period], far(ahead))).collect())
            }
            Self::Smoothing => Ets::fit(values, period, Trend::Flat).map(|ets| ets.forecast(horizon)),
            Self::DampedSmoothing => Ets::fit(values, period, Trend::Damped).map(|ets| ets.forecast(horizon)),
        }
    }
}

/// Each day less the same day of the period before.
pub(super) fn seasonal_differences(values: &[f64], period: usize) -> Vec<f64> {
    values.iter().skip(period).zip(values).map(|(later, earlier)| later - earlier).collect()
}
