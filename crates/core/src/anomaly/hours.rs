//! Whether today, so far, is like the same weekdays up to the same hour.

use std::collections::BTreeMap;

use super::baseline::{self, FEW, Judged, Measure, NotJudged, Series};
use super::judge::{Alarm, Direction, Settings, Verdict, far, verdict};
use super::points::counted;
use crate::metrics::{Day, Metric, MetricSet, Point};
use crate::time::Zone;

/// One metric by the hours of the wall clock: of each day what each hour delivered, from midnight on, as far as it is
/// known. The hour that clocks skip is one of nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Hours {
    /// What it counts.
    pub measure: Measure,
    /// The days.
    pub days: BTreeMap<Day, Vec<f64>>,
}

impl Hours {
    /// One metric of an account's or an object's hours. An hour that no report covers, or only one made before the
    /// platform had counted all of it, is not known, and neither are those after it.
    pub fn of_points(points: &[Point], metric: Metric, told: MetricSet, zone: &Zone) -> Self {
        let mut days: BTreeMap<Day, Vec<f64>> = BTreeMap::new();
        for point in points {
            let known = days.entry(point.slot.day).or_default();
            let next = point.slot.hour.is_some_and(|hour| usize::from(hour) == known.len());
            known.extend(counted(point, metric, told, zone).filter(|_| next));
        }
        Self { measure: Measure::of(metric), days }
    }

    /// How many hours of a day are known, from midnight on.
    pub fn known(&self, day: Day) -> usize {
        self.days.get(&day).map_or(0, Vec::len)
    }

    /// What each day came to by the end of so many hours.
    fn up_to(&self, hours: usize) -> Series {
        let sums =
            self.days.iter().filter_map(|(day, values)| Some((*day, values.get(..hours)?.iter().sum())));
        Series { measure: self.measure, days: sums.collect() }
    }
}

/// What makes an hour's sum an alarm. It is asked of every hour of a day, and a day may alarm by chance no more often
/// for that, so more is needed than of a day: with 3.5 deviations clean days alarm twice as often as they may.
pub fn hourly() -> Settings {
    Settings { z: 5.0, ..Settings::default() }
}

/// Judges what a day delivered in its first `hours` hours.
///
/// `made_of` are the counts that an amount is made of, such as clicks: where fewer than thirty are usual by that hour, an
/// amount is not judged. An alarm is two hours in a row that are both far the same way. Sums up to two hours are nearly the same sum, so
/// here each must be as far as the settings say; nothing is added up.
///
/// # Errors
/// When it cannot be judged: see [`NotJudged`].
pub fn judge_hours(
    known_hours: &Hours,
    made_of: &Hours,
    day: Day,
    hours: usize,
    settings: &Settings,
    known: &[Alarm],
) -> Result<Verdict, NotJudged> {
    let up_to = |hours: usize| -> Result<Judged, NotJudged> {
        baseline::judge(&known_hours.up_to(hours), day, settings)
    };
    if known_hours.measure == Measure::Amount
        && baseline::judge(&made_of.up_to(hours), day, settings)?.expected < FEW
    {
        return Err(NotJudged::TooFewCounts(30));
    }
    let judged = up_to(hours)?;
    if !far(&judged, settings) {
        return Ok(Verdict::Normal(judged));
    }
    let before = hours.checked_sub(1).filter(|hours| *hours > 0);
    let before = before.and_then(|before| up_to(before).ok());
    let same = |before: &Judged| Direction::of(before.z) == Direction::of(judged.z);
    Ok(match before.filter(|before| far(before, settings) && same(before)) {
        Some(_) => verdict(judged, day, day, known),
        None => Verdict::Suspected(judged),
    })
}
