//! Drift: many days a little off, none of them far.

use super::baseline::{self, NotJudged, Series, shifted};
use super::judge::{Alarm, Direction, Settings};
use crate::metrics::Day;

/// The chart's memory: half of it is the last three days.
const WEIGHT: f64 = 0.2;
/// How many of its own standard deviations are far.
const LIMIT: f64 = 3.0;
/// Days on the chart.
const DAYS: i64 = 28;
const NEEDED: usize = 7;
/// One day counts no further than this, so that a spike is no drift.
const FURTHEST: f64 = 4.0;

/// Where the chart stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drift {
    /// The weighted mean of the days' standard deviations.
    pub level: f64,
    /// What it must not exceed either way.
    pub limit: f64,
    /// The drift, where it does.
    pub alarm: Option<Alarm>,
    /// Whether that alarm was given as known.
    pub known: bool,
}

/// An exponentially weighted chart (0.2, three deviations) of how far each of the last four weeks' days was from what
/// was expected of it. Of a series that hardly varies a few percent are many deviations: days together must be off by
/// half of what one day must, too.
///
/// # Errors
/// When fewer than seven of the days, or not the last, can be judged.
pub fn drift(series: &Series, day: Day, settings: &Settings, known: &[Alarm]) -> Result<Drift, NotJudged> {
    baseline::judge(series, day, settings)?;
    let (mut level, mut change, mut days, mut first, mut rest) = (0.0_f64, 0.0_f64, 0, day, 1.0_f64);
    for back in (0..DAYS).rev() {
        let Some(one) = shifted(day, -back) else { continue };
        let Ok(judged) = baseline::judge(series, one, settings) else { continue };
        let next = WEIGHT * judged.z.clamp(-FURTHEST, FURTHEST) + (1.0 - WEIGHT) * level;
        if days == 0 || (next < 0.0) != (level < 0.0) {
            first = one;
        }
        level = next;
        change = WEIGHT * judged.change().clamp(-1.0, 1.0) + (1.0 - WEIGHT) * change;
        rest *= (1.0 - WEIGHT) * (1.0 - WEIGHT);
        days += 1;
    }
    if days < NEEDED {
        return Err(NotJudged::TooFewDays { have: days, need: NEEDED });
    }
    let limit = LIMIT * (WEIGHT / (2.0 - WEIGHT) * (1.0 - rest)).sqrt();
    let found = Alarm { first, last: day, direction: Direction::of(level) };
    let earlier = known.iter().find(|alarm| alarm.covers(first, day, found.direction));
    let matters = change.abs() >= settings.min_change / 2.0;
    let alarm = (level.abs() > limit && matters).then(|| earlier.copied().unwrap_or(found));
    Ok(Drift { level, limit, alarm, known: alarm.is_some() && earlier.is_some() })
}
