//! Exponential smoothing with additive errors and seasons: ETS(A,N,A) and ETS(A,Ad,A).
//!
//! In the form of R. J. Hyndman et al., "Forecasting with Exponential Smoothing" (2008). With the smoothing parameters
//! given, every one-step error is linear in the state before the first day, so that state is exact least squares and
//! only two or four numbers are searched for. Bounds and counts of parameters are those of statsmodels, which the
//! likelihood is compared with.

use std::f64::consts::TAU;

use super::least_squares;
use super::simplex::minimise;
use crate::stats::length;

/// Whether the level has a slope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trend {
    /// None.
    Flat,
    /// One that fades.
    Damped,
}

/// How fast level, slope and season follow, and how fast the slope fades.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Smoothing {
    level: f64,
    slope: f64,
    season: f64,
    damping: f64,
}

/// Level, slope, and one season for each place in the period; the first is the next day's.
#[derive(Debug, Clone, PartialEq)]
struct State {
    level: f64,
    slope: f64,
    seasons: Vec<f64>,
}

/// A fitted model, at the end of its series.
#[derive(Debug, Clone, PartialEq)]
pub struct Ets {
    smoothing: Smoothing,
    state: State,
    variance: f64,
    log_likelihood: f64,
    parameters: f64,
    days: f64,
}

/// The least that a smoothing parameter may be.
const LEAST: f64 = 1e-4;

impl Smoothing {
    /// From numbers without bounds: each becomes a share of what it may be.
    fn of(free: [f64; 4], trend: Trend) -> Self {
        let within = |free: f64, low: f64, high: f64| low + (high - low) / (1.0 + (-free).exp());
        let level = within(free[0], LEAST, 1.0 - LEAST);
        let season = within(free[1], LEAST, (1.0 - level).max(2.0 * LEAST));
        match trend {
            Trend::Flat => Self { level, slope: 0.0, season, damping: 0.0 },
            Trend::Damped => Self {
                level,
                slope: within(free[2], LEAST, level.max(2.0 * LEAST)),
                season,
                damping: within(free[3], 0.8, 0.98),
            },
        }
    }

    /// One day: its error, and the state after it.
    fn step(&self, state: &mut State, place: usize, value: f64) -> f64 {
        let slope = self.damping * state.slope;
        let season = state.seasons[place];
        let error = value - (state.level + slope + season);
        state.level += slope + self.level * error;
        state.slope = slope + self.slope * error;
        state.seasons[place] = season + self.season * error;
        error
    }

    fn errors(&self, values: impl Iterator<Item = f64>, state: &mut State) -> Vec<f64> {
        let period = state.seasons.len();
        values.enumerate().map(|(number, value)| self.step(state, number % period, value)).collect()
    }
}

impl Ets {
    /// Fits a model by its likelihood; `None` below three periods, for a period below two, or where a value is no
    /// number.
    pub fn fit(values: &[f64], period: usize, trend: Trend) -> Option<Self> {
        if period < 2 || values.len() < 3 * period || values.iter().any(|value| !value.is_finite()) {
            return None;
        }
        let squares = |free: &[f64; 4]| {
            start(values, period, Smoothing::of(*free, trend), trend)
                .map_or(f64::INFINITY, |(_, squares)| squares)
        };
        // Where the valley is, coarsely; then down it.
        let coarse = [-4.0, -2.0, 0.0, 1.5]
            .into_iter()
            .flat_map(|level| [-5.0, -1.5].into_iter().map(move |season| [level, season, -2.0, 1.0]));
        let begin = coarse.min_by(|one, other| squares(one).total_cmp(&squares(other)))?;
        let free = match trend {
            Trend::Flat => {
                let [level, season] =
                    minimise([begin[0], begin[1]], 1.0, |free| squares(&[free[0], free[1], 0.0, 0.0]));
                [level, season, 0.0, 0.0]
            }
            Trend::Damped => minimise(begin, 1.0, squares),
        };
        let smoothing = Smoothing::of(free, trend);
        let (mut state, squares) = start(values, period, smoothing, trend)?;
        smoothing.errors(values.iter().copied(), &mut state);
        state.seasons.rotate_left(values.len() % period);
        let days = length(values.len());
        // Smoothing, the state before the first day, and the variance.
        let parameters = length(period) + if trend == Trend::Flat { 4.0 } else { 7.0 };
        let log_likelihood = -0.5 * days * ((TAU * squares / days).ln() + 1.0);
        // What fitting took from the errors is given back, or intervals would be too narrow.
        let variance = squares / (days - parameters + 1.0);
        Some(Self { smoothing, state, variance, log_likelihood, parameters, days })
    }

    /// The logarithm of the likelihood.
    pub fn log_likelihood(&self) -> f64 {
        self.log_likelihood
    }

    /// Akaike's criterion, corrected for short series.
    pub fn aicc(&self) -> f64 {
        let count = self.parameters;
        2.0 * count - 2.0 * self.log_likelihood + 2.0 * count * (count + 1.0) / (self.days - count - 1.0)
    }

    /// What is expected on the next days, and its standard deviation.
    pub fn forecast(&self, horizon: usize) -> Vec<(f64, f64)> {
        let Smoothing { level, slope, season, damping } = self.smoothing;
        let period = self.state.seasons.len();
        // How much of the slope has been added so far, and how far one error has moved the days to come.
        let (mut slopes, mut power, mut moved) = (0.0, 1.0, 0.0);
        (0..horizon)
            .map(|ahead| {
                if ahead > 0 {
                    let again = if ahead % period == 0 { season } else { 0.0 };
                    let weight = level + slope * slopes + again;
                    moved += weight * weight;
                }
                power *= damping;
                slopes += power;
                let expected =
                    self.state.level + slopes * self.state.slope + self.state.seasons[ahead % period];
                (expected, (self.variance * (1.0 + moved)).sqrt())
            })
            .collect()
    }
}

/// The best state before the first day, and the sum of the squared errors that it leaves.
fn start(values: &[f64], period: usize, smoothing: Smoothing, trend: Trend) -> Option<(State, f64)> {
    let empty = State { level: 0.0, slope: 0.0, seasons: vec![0.0; period] };
    let target = smoothing.errors(values.iter().copied(), &mut empty.clone());
    // The last season is zero: the level holds what all have in common.
    let mut units = vec![State { level: 1.0, ..empty.clone() }];
    if trend == Trend::Damped {
        units.push(State { slope: 1.0, ..empty.clone() });
    }
    units.extend((0..period - 1).map(|place| {
        let mut unit = empty.clone();
        unit.seasons[place] = 1.0;
        unit
    }));
    let columns: Vec<Vec<f64>> = units
        .iter()
        .map(|unit| smoothing.errors(std::iter::repeat_n(0.0, values.len()), &mut unit.clone()))
        .collect();
    let found = least_squares::solve(&target, &columns)?;
    let mut state = empty;
    for (unit, amount) in units.iter().zip(&found) {
        state.level += amount * unit.level;
        state.slope += amount * unit.slope;
        for (season, one) in state.seasons.iter_mut().zip(&unit.seasons) {
            *season += amount * one;
        }
    }
    let errors = smoothing.errors(values.iter().copied(), &mut state.clone());
    let squares: f64 = errors.iter().map(|error| error * error).sum();
    squares.is_finite().then_some((state, squares))
}
