//! Learning a curve from settled days, or saying why they cannot tell it.
//!
//! For a given half-way spend the best ceiling is linear least squares, so the search is over one number: the log of
//! the half-way spend in mean days' spends, which [`super::pool`] can compare between campaigns.

use super::pool::{self, Own};
use super::{Curve, UNIT};
use crate::stats::{coefficient_of_variation, length, mean, real};

/// What one settled day cost and brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayResponse {
    /// Micros spent.
    pub spend: i64,
    /// Millionths of conversions, or micros of value.
    pub response: i64,
}

/// What a curve's days were.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// Days as they happened: whatever moved the budget may have moved the response too.
    Observational,
    /// Days of a planned experiment, with budgets drawn at random.
    Causal,
}

/// The days of one campaign, oldest first.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// Settled days only.
    pub days: Vec<DayResponse>,
    /// The share of a day's effect that comes a day later, from 0 to below 1; `None` for none.
    pub adstock: Option<f64>,
    /// What the days were.
    pub evidence: Evidence,
}

/// A curve, and how it was learned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fit {
    /// The curve.
    pub curve: Curve,
    /// How much of its shape is the pool's: 0 when all is its own, 1 when none is.
    pub pooled: f64,
    /// What its days were.
    pub evidence: Evidence,
}

/// Why days cannot tell a curve.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum NotIdentifiable {
    /// Too few days.
    #[error("{have} settled days are too few: {need} are needed")]
    TooFewDays {
        /// How many there are.
        have: usize,
        /// How many are needed.
        need: usize,
    },
    /// The spend hardly varied, so no other spend was seen.
    #[error("the spend varied by {:.0} % of its mean only: 20 % are needed to see what another would bring", share * 100.0)]
    SpendHardlyVaried {
        /// The standard deviation as a share of the mean.
        share: f64,
    },
    /// Nothing was spent.
    #[error("nothing was spent")]
    NoSpend,
    /// Nothing came of it.
    #[error("no day brought anything")]
    NoResponse,
    /// More spend brought proportionally more, or no more at all: where it saturates was not seen.
    #[error("the days show no bend: more spend brought as much again, or nothing")]
    NoBend,
    /// A day is below zero, or the carry-over is not from 0 to below 1.
    #[error("a day is below zero, or the carry-over is not from 0 to below 1")]
    OutOfRange,
}

/// Four weeks: every weekday four times.
const DAYS: usize = 28;
/// Below this the spend is one point, and any curve goes through a point.
const VARIATION: f64 = 0.2;
/// The half-way spend is looked for from a fiftieth of a mean day's spend to fifty of them, by its log.
const SEARCH: f64 = 3.912;
const GRID: u32 = 64;

/// Learns the curves of similar campaigns together: those that their own days tell less surely lean on the others.
///
/// The answers are in the order of the histories.
pub fn fit(histories: &[History]) -> Vec<Result<Fit, NotIdentifiable>> {
    let prepared: Vec<_> = histories.iter().map(prepare).collect();
    fit_prepared(&prepared)
        .into_iter()
        .zip(histories)
        .map(|(fit, history)| fit.map(|(curve, pooled)| Fit { curve, pooled, evidence: history.evidence }))
        .collect()
}

/// Curves with their share of the pool.
pub(super) fn fit_prepared(
    prepared: &[Result<Points, NotIdentifiable>],
) -> Vec<Result<(Curve, f64), NotIdentifiable>> {
    let own: Vec<Result<Own, NotIdentifiable>> = prepared
        .iter()
        .map(|points| points.as_ref().map_err(|reason| *reason).and_then(Points::own))
        .collect();
    let pool = pool::Pool::of(own.iter().flatten());
    prepared
        .iter()
        .zip(own)
        .map(|(points, own)| {
            let points = points.as_ref().map_err(|reason| *reason)?;
            let (bend, pooled) = match (own, &pool) {
                (Ok(own), Some(pool)) => pool.shrink(own),
                (Ok(own), None) => (own.bend, 0.0),
                // A straight line has a place to lean on only where others showed a bend.
                (Err(NotIdentifiable::NoBend), Some(pool)) => (pool.bend, 1.0),
                (Err(reason), _) => return Err(reason),
            };
            points.curve(bend).map(|curve| (curve, pooled)).ok_or(NotIdentifiable::NoResponse)
        })
        .collect()
}

/// Days in units of money, ready to be fitted: spend with its carry-over, response.
#[derive(Debug, Clone)]
pub(super) struct Points {
    mean: f64,
    days: Vec<(f64, f64)>,
}

pub(super) fn prepare(history: &History) -> Result<Points, NotIdentifiable> {
    let carry = history.adstock.unwrap_or(0.0);
    let below_zero = history.days.iter().any(|day| day.spend < 0 || day.response < 0);
    if below_zero || !(0.0..1.0).contains(&carry) {
        return Err(NotIdentifiable::OutOfRange);
    }
    // Scaled so that a steady spend stays what it is.
    let mut carried = 0.0;
    let days = history.days.iter().enumerate().map(|(place, day)| {
        let spend = real(day.spend) / UNIT;
        carried = if place == 0 { spend } else { carry * carried + (1.0 - carry) * spend };
        (carried, real(day.response) / UNIT)
    });
    Points::of(days.collect())
}

impl Points {
    /// Checks that these days can tell a curve.
    pub(super) fn of(days: Vec<(f64, f64)>) -> Result<Self, NotIdentifiable> {
        if days.len() < DAYS {
            return Err(NotIdentifiable::TooFewDays { have: days.len(), need: DAYS });
        }
        let spends: Vec<f64> = days.iter().map(|(spend, _)| *spend).collect();
        let share = coefficient_of_variation(&spends).ok_or(NotIdentifiable::NoSpend)?;
        if share < VARIATION {
            return Err(NotIdentifiable::SpendHardlyVaried { share });
        }
        if days.iter().all(|(_, response)| *response <= 0.0) {
            return Err(NotIdentifiable::NoResponse);
        }
        let mean = mean(&spends).ok_or(NotIdentifiable::NoSpend)?;
        Ok(Self { mean, days })
    }

    /// The same campaign on other days.
    pub(super) fn resampled(&self, places: &[usize]) -> Result<Self, NotIdentifiable> {
        Self::of(places.iter().map(|place| self.days[*place]).collect())
    }

    pub(super) fn len(&self) -> usize {
        self.days.len()
    }

    /// The best bend by these days alone, with its standard error.
    fn own(&self) -> Result<Own, NotIdentifiable> {
        let step = 2.0 * SEARCH / f64::from(GRID);
        let at = |place: u32| f64::from(place) * step - SEARCH;
        let best = (0..=GRID)
            .min_by(|one, other| self.squares(at(*one)).total_cmp(&self.squares(at(*other))))
            .filter(|place| (1..GRID).contains(place))
            .ok_or(NotIdentifiable::NoBend)?;
        let bend = golden_section(at(best - 1), at(best + 1), |bend| self.squares(bend));
        let error = self.standard_error(bend).ok_or(NotIdentifiable::NoBend)?;
        Ok(Own { bend, error })
    }

    /// How far the sum of squares leaves the bend open, by its curvature.
    fn standard_error(&self, bend: f64) -> Option<f64> {
        const STEP: f64 = 0.05;
        let here = self.squares(bend);
        let curvature = (self.squares(bend - STEP) + self.squares(bend + STEP) - 2.0 * here) / (STEP * STEP);
        let variance = here / (length(self.days.len()) - 2.0);
        let error = (2.0 * variance / curvature).sqrt();
        // An exact fit has no error of its own; a thousandth keeps its weight finite.
        (curvature > 0.0 && error.is_finite()).then(|| error.max(0.001))
    }

    /// What is left of the response's squares with the best ceiling for this bend.
    fn squares(&self, bend: f64) -> f64 {
        let (ceiling, half) = self.parameters(bend);
        let rest = |(spend, response): &(f64, f64)| response - ceiling * spend / (half + spend);
        self.days.iter().map(|day| rest(day) * rest(day)).sum()
    }

    /// The best ceiling for this bend, and the half-way spend in units of money.
    fn parameters(&self, bend: f64) -> (f64, f64) {
        let half = self.mean * bend.exp();
        let (mut above, mut below) = (0.0, 0.0);
        for (spend, response) in &self.days {
            let shape = spend / (half + spend);
            above += shape * response;
            below += shape * shape;
        }
        (above / below, half)
    }

    fn curve(&self, bend: f64) -> Option<Curve> {
        let (ceiling, half) = self.parameters(bend);
        Curve::new(ceiling, half)
    }
}

/// The place of the least value between two, where there is one valley.
fn golden_section(mut low: f64, mut high: f64, value: impl Fn(f64) -> f64) -> f64 {
    let share = (5.0_f64.sqrt() - 1.0) / 2.0;
    while high - low > 1e-9 {
        let (left, right) = (high - share * (high - low), low + share * (high - low));
        if value(left) <= value(right) { high = right } else { low = left }
    }
    f64::midpoint(low, high)
}
