//! What a day was expected to be, and how far from that is far.

use std::collections::BTreeMap;

use super::judge::Settings;
use crate::metrics::Day;
use crate::stats::{NORMAL_MAD, length, mad, mean, median, negative_binomial, normal_upper, whole};

/// What a series counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Whole things, such as clicks: below thirty expected, chance is judged by a counting distribution.
    Count,
    /// Anything else, such as money.
    Amount,
}

/// One metric by day. A day that is not there is not known.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// What it counts.
    pub measure: Measure,
    /// The days; money in any one unit.
    pub days: BTreeMap<Day, f64>,
}

/// One day beside what was expected of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judged {
    /// What was expected.
    pub expected: f64,
    /// What it was.
    pub actual: f64,
    /// How far off it is, in standard deviations of days like it; below zero for less.
    pub z: f64,
    /// The smallest change, as a share of what was expected, that one day could have shown: above 1 no drop can be
    /// seen, not even to nothing.
    pub detectable: f64,
}

impl Judged {
    /// The change as a share of what was expected; without end where nothing was.
    pub fn change(&self) -> f64 {
        if self.expected > 0.0 {
            self.actual / self.expected - 1.0
        } else if self.actual > 0.0 {
            f64::INFINITY
        } else {
            0.0
        }
    }
}

/// Why a day cannot be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotJudged {
    /// The day itself is not known.
    #[error("what {0} delivered is not known")]
    NoValue(Day),
    /// Too few days to compare it with.
    #[error("{have} of the last {asked} equal weekdays are known: at least {need} are needed")]
    TooFewWeekdays {
        /// How many are known.
        have: usize,
        /// How many are looked at.
        asked: usize,
        /// How many are needed.
        need: usize,
    },
    /// An amount of a few things is chance: one click more is a jump.
    #[error("fewer than {0} clicks are usual, so chance alone moves it far")]
    TooFewCounts(u32),
    /// Too few days to learn from how far days differ.
    #[error("{have} days of the last six weeks can be compared: at least {need} are needed")]
    TooFewDays {
        /// How many can.
        have: usize,
        /// How many are needed.
        need: usize,
    },
}

/// Equal weekdays that a day is compared with, and how many of them must be known.
pub(super) const WEEKS: i64 = 6;
const NEEDED_WEEKS: usize = 4;
/// Days whose differences make the scale.
const WINDOW: i64 = 7 * WEEKS;
const NEEDED_DAYS: usize = 21;
/// Below this many expected, a count is judged by its distribution.
pub(super) const FEW: f64 = 30.0;

/// Compares a day with the days before it.
pub(super) fn judge(series: &Series, day: Day, settings: &Settings) -> Result<Judged, NotJudged> {
    let actual = *series.days.get(&day).ok_or(NotJudged::NoValue(day))?;
    let like = weekdays(series, day);
    let too_few = NotJudged::TooFewWeekdays { have: like.len(), asked: 6, need: NEEDED_WEEKS };
    if like.len() < NEEDED_WEEKS {
        return Err(too_few);
    }
    let (expected, usual) = median(&like).zip(mean(&like)).ok_or(too_few)?;
    let residuals = residuals(series, day);
    let too_few = NotJudged::TooFewDays { have: residuals.len(), need: NEEDED_DAYS };
    if residuals.len() < NEEDED_DAYS {
        return Err(too_few);
    }
    let spread = NORMAL_MAD * mad(&residuals).ok_or(too_few)?;
    if series.measure == Measure::Count && usual < FEW {
        return Ok(judge_count(actual, usual, &like, spread, settings));
    }
    // A series without any variation would make the smallest difference endless.
    let scale = spread.max(settings.floor * expected.abs()).max(f64::MIN_POSITIVE);
    Ok(Judged {
        expected,
        actual,
        z: (actual - expected) / scale,
        detectable: settings.z * scale / expected.max(f64::MIN_POSITIVE),
    })
}

/// By the tail of a negative binomial whose variance adds up chance, what is unsure of the mean, and how far days
/// differ beyond chance. With neither of the last two that is Poisson's.
fn judge_count(actual: f64, usual: f64, like: &[f64], spread: f64, settings: &Settings) -> Judged {
    // Weekdays that all had nothing do not make a first click impossible.
    let center = usual.max(0.5 / length(like.len()));
    let beyond = (spread * spread - center).max(0.0);
    let variance = center + center / length(like.len()) + beyond;
    let count = whole(actual.max(0.0) + 0.5);
    let tails = negative_binomial(count, center, variance);
    let z = tails.map_or(0.0, |tails| if actual < center { -z_of(tails.lower) } else { z_of(tails.upper) });
    Judged { expected: usual, actual, z, detectable: settings.z * variance.sqrt() / center }
}

/// How many standard deviations of a normal distribution leave this tail; 0 for a half and more.
fn z_of(tail: f64) -> f64 {
    let (mut low, mut high) = (0.0, 38.0);
    for _ in 0..40 {
        let middle = f64::midpoint(low, high);
        if normal_upper(middle).is_some_and(|above| above > tail) { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// How far each day of the last six weeks was from the median of the other equal weekdays among them. Leaving the
/// day itself out makes these as large as a new day's difference is.
fn residuals(series: &Series, day: Day) -> Vec<f64> {
    let window: Vec<Option<f64>> =
        (1..=WINDOW).map(|back| series.days.get(&shifted(day, -back)?).copied()).collect();
    let difference = |(place, value): (usize, &Option<f64>)| {
        let others: Vec<f64> = window
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != place && other % 7 == place % 7)
            .filter_map(|(_, value)| *value)
            .collect();
        (others.len() + 1 >= NEEDED_WEEKS).then_some(())?;
        Some((*value)? - median(&others)?)
    };
    window.iter().enumerate().filter_map(difference).collect()
}

/// The last equal weekdays.
fn weekdays(series: &Series, day: Day) -> Vec<f64> {
    (1..=WEEKS).filter_map(|week| series.days.get(&shifted(day, -7 * week)?).copied()).collect()
}

/// The day this many days later.
pub(super) fn shifted(day: Day, days: i64) -> Option<Day> {
    day.checked_add(jiff::Span::new().try_days(days).ok()?).ok()
}
