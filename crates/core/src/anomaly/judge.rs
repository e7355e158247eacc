//! Whether a day is an alarm.

use super::baseline::{self, Judged, NotJudged, Series, shifted};
use crate::metrics::Day;

/// The knobs; [`Settings::default`] is what the documents promise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// How many standard deviations are far.
    pub z: f64,
    /// Changes below this share of what was expected are not worth a word, however sure.
    pub min_change: f64,
    /// The scale is at least this share of what was expected.
    pub floor: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { z: 3.5, min_change: 0.3, floor: 0.05 }
    }
}

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// Less than expected.
    Drop,
    /// More.
    Rise,
}

impl Direction {
    pub(super) fn of(z: f64) -> Self {
        if z < 0.0 { Self::Drop } else { Self::Rise }
    }
}

/// An alarm that was raised: the days it was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alarm {
    /// Its first day.
    pub first: Day,
    /// The last day on which it held.
    pub last: Day,
    /// Which way.
    pub direction: Direction,
}

impl Alarm {
    /// Whether what begins on `first` and holds on `last` is this alarm, going on or restated.
    pub(super) fn covers(&self, first: Day, last: Day, direction: Direction) -> bool {
        let next = self.last.tomorrow().unwrap_or(self.last);
        self.direction == direction && first <= next && self.first <= last
    }
}

/// What a day is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Verdict {
    /// Like the days before it.
    Normal(Judged),
    /// Far from them, for the first day: no alarm yet.
    Suspected(Judged),
    /// Far from them for the second day in a row: raise an alarm.
    Anomaly {
        /// The day.
        judged: Judged,
        /// The alarm to remember.
        alarm: Alarm,
    },
    /// An alarm that was raised before goes on, or one of its days was restated: extend it to this day.
    Known {
        /// The day.
        judged: Judged,
        /// The alarm that the caller gave.
        alarm: Alarm,
    },
}

/// Judges one day, with the day before it.
///
/// Two days in a row make an alarm: both at least half as far as [`Settings::z`] the same way, and together as
/// unlikely as one day that far (the sum of both by the root of two). That asks no more evidence than a single day
/// would, and a single wild day is never enough.
///
/// # Errors
/// When it cannot be judged: see [`NotJudged`].
pub fn judge_day(
    series: &Series,
    day: Day,
    settings: &Settings,
    known: &[Alarm],
) -> Result<Verdict, NotJudged> {
    let judged = baseline::judge(series, day, settings)?;
    let before =
        shifted(day, -1).and_then(|before| Some((before, baseline::judge(series, before, settings).ok()?)));
    let pair = before.filter(|(_, before)| together(before, &judged, settings));
    Ok(match pair {
        Some((first, _)) => verdict(judged, first, day, known),
        None if far(&judged, settings) => Verdict::Suspected(judged),
        None => Verdict::Normal(judged),
    })
}

fn together(before: &Judged, judged: &Judged, settings: &Settings) -> bool {
    let large =
        |judged: &Judged| judged.z.abs() >= settings.z / 2.0 && judged.change().abs() >= settings.min_change;
    let same = Direction::of(before.z) == Direction::of(judged.z);
    same && large(before)
        && large(judged)
        && (before.z + judged.z).abs() * std::f64::consts::FRAC_1_SQRT_2 >= settings.z
}

/// Whether a day alone is as far as the settings say.
pub(super) fn far(judged: &Judged, settings: &Settings) -> bool {
    judged.z.abs() >= settings.z && judged.change().abs() >= settings.min_change
}

/// An alarm, unless it is one that is known.
pub(super) fn verdict(judged: Judged, first: Day, last: Day, known: &[Alarm]) -> Verdict {
    let direction = Direction::of(judged.z);
    match known.iter().find(|alarm| alarm.covers(first, last, direction)) {
        Some(alarm) => Verdict::Known { judged, alarm: *alarm },
        None => Verdict::Anomaly { judged, alarm: Alarm { first, last, direction } },
    }
}
