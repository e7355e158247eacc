//! How complete a day's conversions are when it is so many days old, learned from how they came in before.
//!
//! The chain ladder of claims reserving: a development factor says by how much the count grows from one age to the
//! next, over all days of which both are known; completeness at an age is one over the product of the factors that
//! follow. Where history is too short to tell, the look-back of the attribution decides: until a day is that old,
//! nothing is claimed of it.

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan};

use super::{CONVERSION_PARTS, Day, Metric, Slot};
use crate::time::Zone;

/// So many days of history are learned from.
pub const HISTORY_DAYS: u16 = 60;
/// A day counts as settled when at least this share of its conversions has come in.
pub const SETTLED_SHARE: f64 = 0.9;
/// A factor rests on at least so many days.
const LEAST_DAYS: usize = 7;
/// A factor of conversions rests on at least so many of them.
const LEAST_CONVERSIONS: i64 = 20;
/// Less than this share says too little to be scaled up.
const LEAST_SHARE: f64 = 0.2;

/// How counts of an account's days were restated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restatements {
    /// Of which count.
    pub metric: Metric,
    /// Every reading of these days.
    pub readings: Vec<DaysRead>,
    /// What the account's sum of a day changed by, and when that was read.
    pub changes: Vec<Restated>,
}

/// Days that were read at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DaysRead {
    /// The first day.
    pub first: Day,
    /// The last day, itself included.
    pub last: Day,
    /// When.
    pub as_of: Timestamp,
}

/// What a reading changed in the sum of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restated {
    /// Which day.
    pub day: Day,
    /// When it was read.
    pub as_of: Timestamp,
    /// By how much; `None` where a part was not told.
    pub by: Option<i64>,
}

/// Counts of days by age: as they were known when a day was so many days old.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Triangle {
    metric: Metric,
    /// By day; the first cell is the age of one day.
    days: BTreeMap<Day, Vec<Option<i64>>>,
}

impl Triangle {
    /// Puts together what the readings told.
    ///
    /// A cell is what the first reading of that age told, so that it is known from the morning on. `look_back` is
    /// the oldest age that matters.
    pub fn new(restatements: &Restatements, look_back: u16, zone: &Zone) -> Self {
        let mut days: BTreeMap<Day, Vec<Option<i64>>> = BTreeMap::new();
        let mut changes: BTreeMap<Day, Vec<(Timestamp, Option<i64>)>> = BTreeMap::new();
        for change in &restatements.changes {
            changes.entry(change.day).or_default().push((change.as_of, change.by));
        }
        let (first, last) = (
            restatements.readings.iter().map(|read| read.first).min(),
            restatements.readings.iter().map(|read| read.last).max(),
        );
        let mut next = first.zip(last).filter(|(first, last)| first <= last).map(|(first, _)| first);
        while let Some(day) = next {
            let told = changes.get(&day).map_or(&[][..], Vec::as_slice);
            let cells =
                (1..=look_back).map(|age| cell(day, age, &restatements.readings, told, zone)).collect();
            days.insert(day, cells);
            next = day.tomorrow().ok().filter(|day| Some(*day) <= last);
        }
        Self { metric: restatements.metric, days }
    }

    /// By how much counts grow from each age to the next.
    fn factors(&self) -> Vec<Option<Factor>> {
        let ages = self.days.values().map(Vec::len).max().unwrap_or(0);
        (1..ages)
            .map(|age| {
                let pairs = self.days.values().filter_map(|cells| {
                    let (young, old) = (cells.get(age - 1)?, cells.get(age)?);
                    young.zip(*old)
                });
                let mut factor = Factor { days: 0, young: 0, old: 0 };
                for (young, old) in pairs {
                    factor.days += 1;
                    factor.young = factor.young.checked_add(young)?;
                    factor.old = factor.old.checked_add(old)?;
                }
                Some(factor)
            })
            .collect()
    }
}

/// What was known of a day at an age.
fn cell(
    day: Day,
    age: u16,
    readings: &[DaysRead],
    told: &[(Timestamp, Option<i64>)],
    zone: &Zone,
) -> Option<i64> {
    let then = day.checked_add(i32::from(age).days()).ok()?;
    let (begins, ends) = (Slot::day(then).begins(zone), Slot::day(then).ends(zone));
    let read = readings
        .iter()
        .filter(|read| (read.first..=read.last).contains(&day) && (begins..ends).contains(&read.as_of))
        .map(|read| read.as_of)
        .min()?;
    told.iter().filter(|(as_of, _)| *as_of <= read).try_fold(0_i64, |sum, (_, by)| sum.checked_add((*by)?))
}

/// Sums of the same days at one age and the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Factor {
    days: usize,
    young: i64,
    old: i64,
}

impl Factor {
    fn is_enough(self, metric: Metric) -> bool {
        let least = if metric == Metric::Conversions { LEAST_CONVERSIONS * CONVERSION_PARTS } else { 1 };
        self.days >= LEAST_DAYS && self.young >= least && self.old > 0
    }

    #[expect(clippy::cast_precision_loss, reason = "a ratio of sums, never an amount that is written")]
    fn ratio(self) -> f64 {
        self.old as f64 / self.young as f64
    }
}

/// What completeness rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// Learned from so many days.
    Learned {
        /// The fewest days that a factor rests on.
        days: usize,
    },
    /// History is too short: days count as complete when the attribution's look-back is over.
    LookBack,
}

/// How complete days are, by age.
#[derive(Debug, Clone, PartialEq)]
pub struct Completeness {
    /// From the age of one day up to the look-back; empty when nothing was learned.
    by_age: Vec<f64>,
    look_back: u16,
    /// What it rests on.
    pub basis: Basis,
}

/// A sum scaled up by what is still to come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// What has come in.
    pub observed: i64,
    /// What will have come in.
    pub estimated: i64,
}

impl Completeness {
    /// Learns from a triangle; `look_back` is the attribution's, in days.
    pub fn learn(triangle: &Triangle, look_back: u16) -> Self {
        let factors = triangle.factors();
        let needed = usize::from(look_back).saturating_sub(1);
        let enough: Option<Vec<Factor>> = (0..needed)
            .map(|age| factors.get(age).copied().flatten().filter(|factor| factor.is_enough(triangle.metric)))
            .collect();
        let Some(factors) = enough.filter(|factors| !factors.is_empty()) else {
            return Self::by_look_back(look_back);
        };
        let mut by_age = vec![1.0; factors.len() + 1];
        for (age, factor) in factors.iter().enumerate().rev() {
            by_age[age] = by_age[age + 1] / factor.ratio();
        }
        let by_age = by_age.into_iter().map(|share: f64| share.min(1.0)).collect();
        let days = factors.iter().map(|factor| factor.days).min().unwrap_or(0);
        Self { by_age, look_back, basis: Basis::Learned { days } }
    }

    /// Nothing learned: complete when the look-back is over.
    pub fn by_look_back(look_back: u16) -> Self {
        Self { by_age: Vec::new(), look_back, basis: Basis::LookBack }
    }

    /// Shares that somebody gives, from the age of one day on; older days are complete.
    pub fn given(by_age: Vec<f64>) -> Self {
        let look_back = u16::try_from(by_age.len()).unwrap_or(u16::MAX).saturating_add(1);
        Self { by_age, look_back, basis: Basis::Learned { days: 0 } }
    }

    /// The share of a day's count that has come in at an age in days; `None` when nobody can tell.
    pub fn at(&self, age: u16) -> Option<f64> {
        match age {
            0 => None,
            age if age >= self.look_back => Some(1.0),
            age => self.by_age.get(usize::from(age) - 1).copied(),
        }
    }

    /// The age from which on days are settled.
    pub fn settled_age(&self) -> u16 {
        let unsettled = |age: &u16| self.at(*age).is_none_or(|share| share < SETTLED_SHARE);
        (1..self.look_back).rev().find(unsettled).map_or(1, |age| age + 1)
    }

    /// The newest settled day; `known_on` is the account's day on which the newest reading was made.
    pub fn settled_through(&self, known_on: Day) -> Option<Day> {
        known_on.checked_sub(i32::from(self.settled_age()).days()).ok()
    }

    /// The share of a day's count that has come in; `None` where it is too young to tell, or too little has.
    pub fn share_of(&self, known_on: Day, day: Day) -> Option<f64> {
        let age = u16::try_from(known_on.since(day).ok()?.get_days()).ok()?;
        self.at(age).filter(|share| *share >= LEAST_SHARE)
    }

    /// Days' counts scaled up by what is still to come. `None` where a day is too young to tell, or too little of it
    /// has come in.
    pub fn estimate(&self, known_on: Day, counts: &[(Day, i64)]) -> Option<Estimate> {
        let mut sum = Estimate { observed: 0, estimated: 0 };
        for (day, count) in counts {
            let share = self.share_of(known_on, *day)?;
            sum.observed = sum.observed.checked_add(*count)?;
            sum.estimated = sum.estimated.checked_add(scaled_up(*count, share)?)?;
        }
        Some(sum)
    }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "an estimate, shown as one; bounded before it is cast"
)]
fn scaled_up(count: i64, share: f64) -> Option<i64> {
    let estimate = (count as f64 / share).round();
    (estimate.abs() < 9e18).then_some(estimate as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn triangle(rows: &[&[i64]]) -> Triangle {
        let first: Day = "2026-01-01".parse().unwrap();
        let ages = rows.iter().map(|row| row.len()).max().unwrap();
        let days = rows
            .iter()
            .enumerate()
            .map(|(position, row)| {
                let mut cells: Vec<Option<i64>> = row.iter().copied().map(Some).collect();
                cells.resize(ages, None);
                (first.checked_add(i32::try_from(position).unwrap().days()).unwrap(), cells)
            })
            .collect();
        Triangle { metric: Metric::Value, days }
    }

    /// The triangle of Taylor and Ashe (1983) and its factors as every textbook prints them.
    #[test]
    fn factors_are_those_of_the_textbook() {
        let taylor_ashe: [&[i64]; 10] = [
            &[
                357_848, 1_124_788, 1_735_330, 2_218_270, 2_745_596, 3_319_994, 3_466_336, 3_606_286,
                3_833_515, 3_901_463,
            ],
            &[
                352_118, 1_236_139, 2_170_033, 3_353_322, 3_799_067, 4_120_063, 4_647_867, 4_914_039,
                5_339_085,
            ],
            &[290_507, 1_292_306, 2_218_525, 3_235_179, 3_985_995, 4_132_918, 4_628_910, 4_909_315],
            &[310_608, 1_418_858, 2_195_047, 3_757_447, 4_029_929, 4_381_982, 4_588_268],
            &[443_160, 1_136_350, 2_128_333, 2_897_821, 3_402_672, 3_873_311],
            &[396_132, 1_333_217, 2_180_715, 2_985_752, 3_691_712],
            &[440_832, 1_288_463, 2_419_861, 3_483_130],
            &[359_480, 1_421_128, 2_864_498],
            &[376_686, 1_363_294],
            &[344_014],
        ];
        let printed = [3.4906, 1.7473, 1.4574, 1.1739, 1.1038, 1.0863, 1.0539, 1.0766, 1.0177];
        let factors = triangle(&taylor_ashe).factors();
        assert_eq!(factors.len(), printed.len());
        for (factor, printed) in factors.iter().zip(printed) {
            let ratio = factor.unwrap().ratio();
            assert!((ratio - printed).abs() < 5e-5, "{ratio} is not {printed}");
        }
    }

    /// Eight days that all come in as 50 %, 80 %, 95 %, 100 %.
    fn learned() -> Completeness {
        let rows: [&[i64]; 8] = [&[50, 80, 95, 100]; 8];
        Completeness::learn(&triangle(&rows), 4)
    }

    #[test]
    fn completeness_is_what_is_still_to_come() {
        let learned = learned();
        assert_eq!(learned.basis, Basis::Learned { days: 8 });
        for (age, share) in [(1, 0.5), (2, 0.8), (3, 0.95), (4, 1.0), (9, 1.0)] {
            assert!((learned.at(age).unwrap() - share).abs() < 1e-9, "age {age}");
        }
        assert_eq!(learned.at(0), None, "today is not over");
        assert_eq!(learned.settled_age(), 3);
        assert_eq!(learned.settled_through("2026-03-01".parse().unwrap()), "2026-02-26".parse().ok());
    }

    #[test]
    fn an_estimate_scales_each_day_by_its_age() {
        let learned = learned();
        let day = |text: &str| text.parse::<Day>().unwrap();
        let told = learned.estimate(day("2026-03-10"), &[(day("2026-03-09"), 10), (day("2026-03-08"), 16)]);
        assert_eq!(told, Some(Estimate { observed: 26, estimated: 40 }));
        assert_eq!(learned.estimate(day("2026-03-10"), &[(day("2026-03-10"), 1)]), None, "today");
    }

    #[test]
    fn a_short_history_waits_for_the_look_back() {
        let rows: [&[i64]; 6] = [&[50, 80, 95, 100]; 6];
        let waiting = Completeness::learn(&triangle(&rows), 4);
        assert_eq!(waiting, Completeness::by_look_back(4));
        assert_eq!((waiting.at(3), waiting.at(4), waiting.settled_age()), (None, Some(1.0), 4));
        let day = |text: &str| text.parse::<Day>().unwrap();
        assert_eq!(waiting.estimate(day("2026-03-10"), &[(day("2026-03-09"), 10)]), None);
    }

    #[test]
    fn too_few_conversions_teach_nothing() {
        let rows: [&[i64]; 8] = [&[CONVERSION_PARTS, 2 * CONVERSION_PARTS]; 8];
        let few = Triangle { metric: Metric::Conversions, ..triangle(&rows) };
        assert_eq!(Completeness::learn(&few, 2).basis, Basis::LookBack);
        let rows: [&[i64]; 8] = [&[3 * CONVERSION_PARTS, 6 * CONVERSION_PARTS]; 8];
        let enough = Triangle { metric: Metric::Conversions, ..triangle(&rows) };
        assert_eq!(Completeness::learn(&enough, 2).basis, Basis::Learned { days: 8 });
    }

    #[test]
    fn a_dip_after_settling_unsettles() {
        // 95 %, then a late batch: 80 % at the next age, 100 % at the last.
        let rows: [&[i64]; 8] = [&[95, 80, 100]; 8];
        assert_eq!(Completeness::learn(&triangle(&rows), 3).settled_age(), 3);
    }

    #[test]
    fn counts_that_shrink_are_complete_and_no_more() {
        let rows: [&[i64]; 8] = [&[110, 100]; 8];
        assert_eq!(Completeness::learn(&triangle(&rows), 2).at(1), Some(1.0));
    }

    #[test]
    fn a_cell_is_what_the_first_reading_of_that_day_told() {
        let zone = Zone::parse("Europe/Madrid").unwrap();
        let day = |text: &str| text.parse::<Day>().unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let read = |as_of| DaysRead { first: day("2026-03-28"), last: day("2026-03-28"), as_of: at(as_of) };
        let restated = |as_of, by| Restated { day: day("2026-03-28"), as_of: at(as_of), by };
        let mut told = Restatements {
            metric: Metric::Conversions,
            // The 29th is 23 hours long in Madrid: it begins at 23:00Z and ends at 22:00Z.
            readings: vec![
                read("2026-03-28T20:00:00Z"),
                read("2026-03-28T23:30:00Z"),
                read("2026-03-29T12:00:00Z"),
                read("2026-03-29T22:00:00Z"),
            ],
            changes: vec![
                restated("2026-03-28T20:00:00Z", Some(5)),
                restated("2026-03-28T23:30:00Z", Some(2)),
                restated("2026-03-29T12:00:00Z", Some(3)),
            ],
        };
        let cells = |told: &Restatements| Triangle::new(told, 3, &zone).days[&day("2026-03-28")].clone();
        assert_eq!(cells(&told), [Some(7), Some(10), None]);
        told.changes[1].by = None;
        assert_eq!(cells(&told), [None, None, None], "a part that was not told");
    }
}
