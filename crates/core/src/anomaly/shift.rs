//! A change of level, and the day it came.

use super::baseline::{NotJudged, Series, shifted};
use super::judge::{Alarm, Direction, Settings};
use crate::metrics::Day;
use crate::stats::{length, median};

/// Days looked at.
const DAYS: i64 = 56;
const NEEDED: usize = 28;
/// A level that changed by chance is called a shift once in so many windows.
const CHANCE: f64 = 0.001;
/// Days on either side without which there is no level.
const SIDE: usize = 5;

/// A level that changed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shift {
    /// The days from the change on.
    pub alarm: Alarm,
    /// The median before it.
    pub before: f64,
    /// The median since.
    pub after: f64,
    /// How likely chance alone gives so clear a change.
    pub chance: f64,
    /// Whether that alarm was given as known.
    pub known: bool,
}

/// Looks for one change of level in the last eight weeks, by Pettitt's rank test of the days less their weekday's
/// median.
///
/// # Errors
/// When fewer than 28 of the days are known.
pub fn level_shift(
    series: &Series,
    day: Day,
    settings: &Settings,
    known: &[Alarm],
) -> Result<Option<Shift>, NotJudged> {
    let days: Vec<(Day, f64)> = (0..DAYS)
        .rev()
        .filter_map(|back| shifted(day, -back))
        .filter_map(|one| series.days.get(&one).map(|value| (one, *value)))
        .collect();
    if days.len() < NEEDED {
        return Err(NotJudged::TooFewDays { have: days.len(), need: NEEDED });
    }
    let values = without_weekdays(&days);
    let Some((place, chance)) = pettitt(&values) else { return Ok(None) };
    let raw: Vec<f64> = days.iter().map(|(_, value)| *value).collect();
    let Some((before, after)) = median(&raw[..place]).zip(median(&raw[place..])) else { return Ok(None) };
    let moved = (after - before).abs() / before.abs().max(f64::MIN_POSITIVE);
    if chance >= CHANCE || moved < settings.min_change {
        return Ok(None);
    }
    let found = Alarm { first: days[place].0, last: day, direction: Direction::of(after - before) };
    let earlier = known.iter().find(|alarm| alarm.covers(found.first, day, found.direction));
    let alarm = earlier.copied().unwrap_or(found);
    Ok(Some(Shift { alarm, before, after, chance, known: earlier.is_some() }))
}

/// Each day less what its weekday has in common.
fn without_weekdays(days: &[(Day, f64)]) -> Vec<f64> {
    let typical = |day: Day| {
        let own: Vec<f64> =
            days.iter().filter(|(one, _)| one.weekday() == day.weekday()).map(|(_, value)| *value).collect();
        median(&own).unwrap_or(0.0)
    };
    days.iter().map(|(day, value)| value - typical(*day)).collect()
}

/// Where the values before and after differ most in rank, and how likely chance gives that.
///
/// A. N. Pettitt, "A non-parametric approach to the change-point problem" (1979); the chance is his approximation.
fn pettitt(values: &[f64]) -> Option<(usize, f64)> {
    let sign = |one: f64, other: f64| {
        if one > other {
            1.0
        } else if one < other {
            -1.0
        } else {
            0.0
        }
    };
    let difference = |place: usize| -> f64 {
        let (before, after) = values.split_at(place);
        before.iter().map(|one| after.iter().map(|other| sign(*one, *other)).sum::<f64>()).sum()
    };
    let last = values.len().checked_sub(SIDE)?;
    let (place, most) = (SIDE..=last)
        .map(|place| (place, difference(place).abs()))
        .max_by(|(_, one), (_, other)| one.total_cmp(other))?;
    let count = length(values.len());
    let chance = 2.0 * (-6.0 * most * most / (count.powi(3) + count.powi(2))).exp();
    Some((place, chance.min(1.0)))
}
