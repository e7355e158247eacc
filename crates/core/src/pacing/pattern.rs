//! How a period's target is spread over its days.

use std::collections::BTreeMap;

use super::period::{DaySpend, Period};
use crate::metrics::Day;
use crate::stats::{length, mean, real};

/// The shape of spend over a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// Every day the same.
    Even,
    /// As the weekdays of the last eight weeks spent.
    Weekday,
    /// The same, but no day below a share of the mean day, in basis points.
    WeekdayWithFloor(u32),
    /// Three times as much on the first day as on the last, falling evenly.
    Front,
    /// The other way round.
    Back,
    /// A weight for each day of the period, in order.
    Custom(Vec<u32>),
}

/// Weeks that weekday weights are learned from.
const WEEKS: usize = 8;

/// Each weekday's mean counts as if there were this many more days at the overall mean: with all eight weeks there, a
/// third of its difference is taken as chance.
const SHRINK: f64 = 4.0;

/// Days that are planned smaller before a hard cap.
const RESERVED_DAYS: i32 = 3;

/// What each day of a period weighs; a day outside its flights weighs nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights(BTreeMap<Day, f64>);

impl Weights {
    /// The weights of a period as known on `today`.
    pub fn of(period: &Period, today: Day, history: &BTreeMap<Day, DaySpend>) -> Self {
        let weekdays = match period.pattern {
            Pattern::Weekday | Pattern::WeekdayWithFloor(_) => weekday_factors(today, history),
            Pattern::Even | Pattern::Front | Pattern::Back | Pattern::Custom(_) => [1.0; 7],
        };
        let days: Vec<(Day, bool)> = period.days().map(|day| (day, period.runs_on(day))).collect();
        let running = days.iter().filter(|(_, runs)| *runs).count();
        let mut place = 0;
        let weigh = |(number, (day, runs)): (usize, (Day, bool))| {
            if !runs {
                return (day, 0.0);
            }
            // From 0 on the first day to 1 on the last; a period of one day is in its middle.
            let progress = if running > 1 { length(place) / (length(running) - 1.0) } else { 0.5 };
            place += 1;
            let weekday = weekdays[weekday_place(day)];
            let weight = match &period.pattern {
                Pattern::Even => 1.0,
                Pattern::Weekday => weekday,
                Pattern::WeekdayWithFloor(floor) => weekday.max(f64::from(*floor) / 10_000.0),
                Pattern::Front => 1.5 - progress,
                Pattern::Back => 0.5 + progress,
                Pattern::Custom(weights) => weights.get(number).copied().map_or(0.0, f64::from),
            };
            (day, weight)
        };
        Self(days.into_iter().enumerate().map(weigh).collect())
    }

    /// One day's weight; 0 outside the period and its flights.
    pub fn get(&self, day: Day) -> f64 {
        self.0.get(&day).copied().unwrap_or(0.0)
    }

    /// The sum over the days before `day`.
    pub fn before(&self, day: Day) -> f64 {
        self.0.range(..day).map(|(_, weight)| weight).sum()
    }

    /// The sum over `day` and the days after it.
    pub fn from(&self, day: Day) -> f64 {
        self.0.range(day..).map(|(_, weight)| weight).sum()
    }

    /// The same with the last three days weighing less: by the factor, its square and its cube.
    ///
    /// Under a hard cap each can spend only a part of what is left, so the days before take the rest.
    pub(super) fn with_reserve(mut self, factor: f64) -> Self {
        let last = self.0.values_mut().rev().filter(|weight| **weight > 0.0);
        for (weight, power) in last.zip((1..=RESERVED_DAYS).rev()) {
            *weight /= factor.powi(power);
        }
        self
    }
}

/// What each weekday spends relative to a mean day, Monday first.
fn weekday_factors(today: Day, history: &BTreeMap<Day, DaySpend>) -> [f64; 7] {
    let spends: Vec<(usize, f64)> = history
        .range(..today)
        .rev()
        .take_while(|(day, _)| days_between(**day, today) <= WEEKS * 7)
        .map(|(day, spend)| (weekday_place(*day), real(spend.spend)))
        .collect();
    let all: Vec<f64> = spends.iter().map(|(_, spend)| *spend).collect();
    let Some(center) = mean(&all).filter(|center| *center > 0.0) else { return [1.0; 7] };
    std::array::from_fn(|weekday| {
        let own: Vec<f64> =
            spends.iter().filter(|(place, _)| *place == weekday).map(|(_, spend)| *spend).collect();
        (own.iter().sum::<f64>() / center + SHRINK) / (length(own.len()) + SHRINK)
    })
}

fn weekday_place(day: Day) -> usize {
    usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or(0)
}

fn days_between(earlier: Day, later: Day) -> usize {
    usize::try_from(later.duration_since(earlier).as_hours() / 24).unwrap_or(usize::MAX)
}
