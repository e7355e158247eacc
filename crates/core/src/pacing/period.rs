//! The pool's budget of one day.

use std::collections::BTreeMap;

use super::pattern::{Pattern, Weights};
use crate::metrics::Day;
use crate::stats::{ewma, length, real, whole};

/// Whether the target may be exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cap {
    /// Landing near the target is enough.
    Soft,
    /// The target is never exceeded. The platforms deliver up to this many times a day's budget, in basis points:
    /// 20,000 for Google's twice, 10,000 for none.
    Hard {
        /// The largest factor among the platforms of the pool.
        over_delivery: u32,
    },
}

/// What is to be spent, when, and in which shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// Its first day.
    pub first: Day,
    /// Its last, itself included.
    pub last: Day,
    /// Micros to be spent over it.
    pub target: i64,
    /// The shape.
    pub pattern: Pattern,
    /// First and last days on which the pool runs; none for all days.
    pub flights: Vec<(Day, Day)>,
    /// Whether the target may be exceeded.
    pub cap: Cap,
}

/// Why a period makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPeriod {
    /// It ends before it begins.
    #[error("the period ends before it begins")]
    Backwards,
    /// The target is not above zero.
    #[error("the target must be above zero")]
    Target,
    /// A custom pattern has not one weight for each day, or no day weighs anything.
    #[error("the custom pattern needs one weight for each of the {days} days, one of them above zero")]
    Weights {
        /// The days of the period.
        days: usize,
    },
    /// The factor of over-delivery is below one.
    #[error("the factor of over-delivery is in basis points and at least 10000")]
    OverDelivery,
    /// No day of the period is in a flight.
    #[error("no day of the period is in a flight")]
    NoFlight,
}

impl Period {
    /// Its days in order.
    pub fn days(&self) -> impl Iterator<Item = Day> {
        self.first.series(jiff::Span::new().days(1)).take_while(|day| *day <= self.last)
    }

    /// Whether the pool runs on a day of the period.
    pub fn runs_on(&self, day: Day) -> bool {
        let flies = self.flights.iter().any(|(first, last)| (*first..=*last).contains(&day));
        (self.first..=self.last).contains(&day) && (self.flights.is_empty() || flies)
    }

    /// Checks that it can be paced.
    ///
    /// # Errors
    /// When it cannot: see [`InvalidPeriod`].
    pub fn check(&self) -> Result<(), InvalidPeriod> {
        if self.first > self.last {
            return Err(InvalidPeriod::Backwards);
        }
        if self.target <= 0 {
            return Err(InvalidPeriod::Target);
        }
        if matches!(self.cap, Cap::Hard { over_delivery } if over_delivery < 10_000) {
            return Err(InvalidPeriod::OverDelivery);
        }
        let days = self.days().count();
        if !self.days().any(|day| self.runs_on(day)) {
            return Err(InvalidPeriod::NoFlight);
        }
        if let Pattern::Custom(weights) = &self.pattern {
            let running = self.days().zip(weights).any(|(day, weight)| self.runs_on(day) && *weight > 0);
            if weights.len() != days || !running {
                return Err(InvalidPeriod::Weights { days });
            }
        }
        Ok(())
    }

    fn over_delivery(&self) -> f64 {
        match self.cap {
            Cap::Soft => 1.0,
            Cap::Hard { over_delivery } => f64::from(over_delivery) / 10_000.0,
        }
    }
}

/// What one day spent, and what it might have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DaySpend {
    /// Micros spent.
    pub spend: i64,
    /// The pool's budget of that day in micros, where it had one.
    pub budget: Option<i64>,
}

/// The knobs, in basis points; [`Settings::default`] is what the documents promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// A change smaller than this share of yesterday's budget is not made.
    pub dead_band: u32,
    /// The largest change beyond what the pattern asks for.
    pub max_step: u32,
    /// How far the sum may be off the plan and still be on track.
    pub tolerance: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { dead_band: 300, max_step: 2_000, tolerance: 500 }
    }
}

/// The question.
#[derive(Debug, Clone, Copy)]
pub struct PaceRequest<'a> {
    /// The period.
    pub period: &'a Period,
    /// The account's day.
    pub today: Day,
    /// Micros spent since midnight, where that is known; moves the state, not the budget.
    pub spent_today: Option<i64>,
    /// The days before today: those of the period, without a gap, and those of the eight weeks before.
    pub history: &'a BTreeMap<Day, DaySpend>,
    /// The knobs.
    pub settings: Settings,
}

/// Where the period stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Near the plan.
    OnTrack,
    /// Behind it.
    Under,
    /// Ahead of it.
    Over,
    /// The target is reached: nothing more may be spent.
    Exhausted,
    /// No full day of the period has passed.
    Unknown,
}

/// What moved a budget away from its plain share of what is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adjustment {
    /// The pool delivers only this share of its budgets, in basis points, and was given more in turn.
    Delivery(u32),
    /// The change was too small to be worth making.
    DeadBand,
    /// The change was larger than one step may be.
    Step,
    /// More could have broken the hard cap.
    HardCap,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paced {
    /// Micros that the pool may spend today, all day long; 0 on a day out of flight or when nothing is left.
    pub budget: i64,
    /// Where the period stands.
    pub state: State,
    /// Micros that the plan had spent by the end of yesterday.
    pub planned: i64,
    /// Micros that were.
    pub spent: i64,
    /// What moved the budget, in order.
    pub adjustments: Vec<Adjustment>,
}

/// Why there is no budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoPace {
    /// The period makes no sense.
    #[error(transparent)]
    Invalid(#[from] InvalidPeriod),
    /// It has not begun.
    #[error("the period begins on {0}")]
    NotBegun(Day),
    /// It is over.
    #[error("the period ended on {0}")]
    Ended(Day),
    /// What a day spent is not known, so neither is what is left.
    #[error("what {0} spent is not known")]
    Gap(Day),
}

/// How fast the delivery ratio follows: half of it is the last three days.
const DELIVERY_WEIGHT: f64 = 0.2;
const DELIVERY_DAYS: usize = 28;

/// The pool's budget of today.
///
/// # Errors
/// When there is none: see [`NoPace`].
pub fn pace(request: &PaceRequest<'_>) -> Result<Paced, NoPace> {
    let PaceRequest { period, today, spent_today, history, settings } = *request;
    period.check()?;
    if today < period.first {
        return Err(NoPace::NotBegun(period.first));
    }
    if today > period.last {
        return Err(NoPace::Ended(period.last));
    }
    let mut spent = 0_i64;
    for day in period.days().take_while(|day| *day < today) {
        spent = spent.saturating_add(history.get(&day).ok_or(NoPace::Gap(day))?.spend);
    }
    let weights = Weights::of(period, today, history);
    let state = state(request, &weights, spent, spent.saturating_add(spent_today.unwrap_or(0)));
    let planned =
        whole(real(period.target) * weights.before(today) / (weights.before(today) + weights.from(today)));
    let mut adjustments = Vec::new();
    let left = period.target.saturating_sub(spent).max(0);
    let budget = budget(&Standing { left, today, weights, history, settings, period }, &mut adjustments);
    Ok(Paced { budget, state, planned, spent, adjustments })
}

struct Standing<'a> {
    left: i64,
    today: Day,
    weights: Weights,
    history: &'a BTreeMap<Day, DaySpend>,
    settings: Settings,
    period: &'a Period,
}

fn budget(standing: &Standing<'_>, adjustments: &mut Vec<Adjustment>) -> i64 {
    let Standing { left, today, weights, history, settings, period } = standing;
    let factor = period.over_delivery();
    let weight = weights.get(*today);
    if *left == 0 || weight <= 0.0 {
        return 0;
    }
    let ratio = delivery(*today, history);
    let hard = matches!(period.cap, Cap::Hard { .. });
    let planned = weights.clone().with_reserve(if hard { factor / ratio } else { 1.0 });
    let mut budget = real(*left) * planned.get(*today) / planned.from(*today);

    if ratio < 1.0 {
        budget /= ratio;
        adjustments.push(Adjustment::Delivery(u32::try_from(whole(ratio * 10_000.0)).unwrap_or(10_000)));
    }
    if let Some((yesterday, before)) = yesterday(*today, history, weights) {
        let share = |points: u32| f64::from(points) / 10_000.0;
        let (low, high) =
            (before * (1.0 - share(settings.max_step)), before * (1.0 + share(settings.max_step)));
        if budget < low || budget > high {
            budget = budget.clamp(low, high);
            adjustments.push(Adjustment::Step);
        }
        if (budget - yesterday).abs() < share(settings.dead_band) * yesterday {
            budget = yesterday;
            adjustments.push(Adjustment::DeadBand);
        }
    }
    let most = real(*left) / if hard { factor } else { ratio };
    if budget > most {
        budget = most;
        adjustments.extend(hard.then_some(Adjustment::HardCap));
    }
    whole(budget)
}

/// What share of its budgets the pool delivers, within a half and one.
fn delivery(today: Day, history: &BTreeMap<Day, DaySpend>) -> f64 {
    let mut ratios: Vec<f64> = history
        .range(..today)
        .rev()
        .filter_map(|(_, day)| {
            day.budget.filter(|budget| *budget > 0).map(|budget| real(day.spend) / real(budget))
        })
        .take(DELIVERY_DAYS)
        .collect();
    ratios.reverse();
    // One to begin with: nothing is known of a pool before its first day.
    ratios.insert(0, 1.0);
    ewma(&ratios, DELIVERY_WEIGHT).unwrap_or(1.0).clamp(0.5, 1.0)
}

/// Yesterday's budget, and what the pattern makes of it today; none after a pause or on a first day.
fn yesterday(today: Day, history: &BTreeMap<Day, DaySpend>, weights: &Weights) -> Option<(f64, f64)> {
    let day = today.yesterday().ok()?;
    let budget = history.get(&day)?.budget.filter(|budget| *budget > 0)?;
    let weight = weights.get(day);
    (weight > 0.0).then(|| (real(budget), real(budget) * weights.get(today) / weight))
}

fn state(request: &PaceRequest<'_>, weights: &Weights, spent: i64, with_today: i64) -> State {
    let PaceRequest { period, today, settings, .. } = *request;
    if with_today >= period.target {
        return State::Exhausted;
    }
    let passed = period.days().filter(|day| *day < today && weights.get(*day) > 0.0).count();
    if passed == 0 {
        return State::Unknown;
    }
    let planned = real(period.target) * weights.before(today) / (weights.before(today) + weights.from(today));
    // Half a day in the beginning, when one day is much of the sum.
    let tolerance = planned * (f64::from(settings.tolerance) / 10_000.0).max(0.5 / length(passed));
    if real(spent) > planned + tolerance {
        State::Over
    } else if real(spent) < planned - tolerance {
        State::Under
    } else {
        State::OnTrack
    }
}
