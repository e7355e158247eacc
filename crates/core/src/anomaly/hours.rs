//! Whether today, so far, is like the same weekdays up to the same hour.

use std::collections::BTreeMap;

use super::baseline::{self, Judged, Measure, NotJudged, Series};
use super::judge::{Alarm, Direction, Settings, Verdict, far, verdict};
use crate::metrics::Day;

/// Judges what a day delivered in its first `hours` hours; `days` holds what each hour of a day delivered, from
/// midnight on, as far as it is known.
///
/// An alarm is two hours in a row that are both far the same way. Sums up to two hours are nearly the same sum, so
/// here each must be as far as the settings say; nothing is added up.
///
/// # Errors
/// When it cannot be judged: see [`NotJudged`].
pub fn judge_hours(
    measure: Measure,
    days: &BTreeMap<Day, Vec<f64>>,
    day: Day,
    hours: usize,
    settings: &Settings,
    known: &[Alarm],
) -> Result<Verdict, NotJudged> {
    let judged = up_to(measure, days, day, hours, settings)?;
    if !far(&judged, settings) {
        return Ok(Verdict::Normal(judged));
    }
    let before = hours.checked_sub(1).filter(|hours| *hours > 0);
    let before = before.and_then(|before| up_to(measure, days, day, before, settings).ok());
    let same = |before: &Judged| Direction::of(before.z) == Direction::of(judged.z);
    Ok(match before.filter(|before| far(before, settings) && same(before)) {
        Some(_) => verdict(judged, day, day, known),
        None => Verdict::Suspected(judged),
    })
}

fn up_to(
    measure: Measure,
    days: &BTreeMap<Day, Vec<f64>>,
    day: Day,
    hours: usize,
    settings: &Settings,
) -> Result<Judged, NotJudged> {
    let sums = days.iter().filter_map(|(day, values)| Some((*day, values.get(..hours)?.iter().sum())));
    baseline::judge(&Series { measure, days: sums.collect() }, day, settings)
}
