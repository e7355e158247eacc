//! What the known days of one metric foretell of days that are named, for people and for rules.
//!
//! Days in, sums out: which days are known, how much of them can be learned from, and how far the days that are asked
//! about lie beyond the last of them. Models are tried when somebody asks, and once for each horizon.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::ToSpan;

use super::ahead::Ahead;
use super::rolling::{Forecast, NoForecast, Outcome, Question, Record, Step, forecast};
use crate::metrics::Day;

/// Days that are learned from at most: half a year, so that a model knows the season it is in and not the last one.
pub const HISTORY_DAYS: u16 = 182;
/// Days of a week, which is the season.
const WEEK: usize = 7;
/// Days beyond the last known one that are forecast at most: a month, and what a platform may restate.
const FURTHEST: usize = 62;

/// Why the days that are learned from begin where they begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Nothing was delivered before.
    Began,
    /// The day before is not known.
    NotKnown(Day),
    /// Older days are not looked at.
    Oldest,
}

/// Days in a row without a gap.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// The first day.
    pub first: Day,
    /// Why it is the first.
    pub start: Start,
    /// The last day.
    pub last: Day,
    /// The newest day before it that is not known.
    gap: Option<Day>,
    values: Vec<f64>,
}

/// One metric of one object or account: its known days, and what they foretell.
#[derive(Debug)]
pub struct Outlook {
    known: Known,
    told: Mutex<BTreeMap<usize, Result<Arc<Outcome>, NoForecast>>>,
}

#[derive(Debug, PartialEq)]
enum Known {
    Nothing,
    Days(History),
    /// Made up for a case: `None` where forecasts have no skill.
    Given(BTreeMap<Ahead, Option<f64>>),
}

/// What is expected of days that follow one another.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// The first of them.
    pub first: Day,
    /// Each of them.
    pub steps: Vec<Step>,
    /// How such forecasts would have done.
    pub record: Record,
}

/// Why a number of days to come is not known.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Untold {
    /// No day is known, or none on which anything was delivered.
    #[error("no day is known on which anything was delivered")]
    NothingKnown,
    /// Too few days, and why there are no more.
    #[error("{have} days in a row are known{since}: a forecast of {horizon} days needs {need}")]
    TooShort {
        /// How many there are.
        have: usize,
        /// How many are needed.
        need: usize,
        /// For how many days from the last known one on.
        horizon: usize,
        /// Why there are no more.
        since: Since,
    },
    /// The days lie further ahead than anybody can tell.
    #[error("the last known day is {0}, too long ago")]
    TooFar(Day),
    /// Days of the month that are over are not all known.
    #[error("{0} is not known, and is a part of the month")]
    NotKnown(Day),
    /// Every week is as the one before.
    #[error("every week is as the one before it, so nothing can be learned")]
    Constant,
    /// Forecasts of these days have no skill.
    #[error("no skill: forecasts of it have not been better than last week again")]
    NoSkill(Option<Record>),
}

/// Why days begin where they begin, as the rest of a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Since(Start, Day);

impl fmt::Display for Since {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Start::Began => write!(f, " since {}, when delivery began", self.1),
            Start::NotKnown(day) => write!(f, " since {}, and {day} is not", self.1),
            Start::Oldest => write!(f, " since {}", self.1),
        }
    }
}

impl Untold {
    /// Whether there is a record that says no.
    pub fn is_no_skill(&self) -> bool {
        matches!(self, Self::NoSkill(_))
    }
}

impl PartialEq for Outlook {
    fn eq(&self, other: &Self) -> bool {
        self.known == other.known
    }
}

impl History {
    /// The days up to the last known one, as far back as there is no gap; before a gap nothing is learned from, because
    /// what is missing may be what changed.
    fn of(days: &BTreeMap<Day, f64>, oldest: Day) -> Option<Self> {
        let last = *days.last_key_value()?.0;
        let (mut first, mut values) = (last, Vec::new());
        let mut day = Some(last);
        let mut gap = None;
        while let Some(one) = day.filter(|one| *one >= oldest) {
            let Some(value) = days.get(&one) else {
                gap = Some(one);
                break;
            };
            values.push(*value);
            first = one;
            day = one.yesterday().ok();
        }
        // That it had not begun is no part of how it goes.
        let idle = values.iter().rev().take_while(|value| **value <= 0.0).count();
        values.truncate(values.len() - idle);
        first = first.checked_add(i64::try_from(idle).ok()?.days()).ok()?;
        values.reverse();
        let start = match gap {
            _ if idle > 0 => Start::Began,
            Some(day) => Start::NotKnown(day),
            None => Start::Oldest,
        };
        (!values.is_empty()).then_some(Self { first, start, last, gap, values })
    }

    /// How many days there are.
    pub fn days(&self) -> usize {
        self.values.len()
    }

    /// What days of the past add up to; the day that is not known where one is not.
    fn sum(&self, from: Day) -> Result<f64, Day> {
        if let Some(day) = self.gap.filter(|day| from <= *day) {
            return Err(day);
        }
        let before = usize::try_from((from - self.first).get_days()).unwrap_or(0);
        Ok(self.values.iter().skip(before).sum())
    }
}

impl Outlook {
    /// From the days that are known and have come in; `today` bounds how far back they are looked at.
    pub fn new(days: &BTreeMap<Day, f64>, today: Day) -> Self {
        let oldest = today.saturating_sub(i32::from(HISTORY_DAYS).days());
        Self::of(History::of(days, oldest).map_or(Known::Nothing, Known::Days))
    }

    /// Made up for a case; `None` where forecasts have no skill.
    pub fn given(sums: BTreeMap<Ahead, Option<f64>>) -> Self {
        Self::of(Known::Given(sums))
    }

    fn of(known: Known) -> Self {
        Self { known, told: Mutex::default() }
    }

    /// The days that are learned from.
    pub fn history(&self) -> Option<&History> {
        match &self.known {
            Known::Days(history) => Some(history),
            Known::Nothing | Known::Given(_) => None,
        }
    }

    /// What is expected of so many days, today the first of them.
    pub fn path(&self, today: Day, days: u16) -> Result<Path, Untold> {
        let last = today.saturating_add((i32::from(days) - 1).days());
        self.days_to_come(today, last)
    }

    /// What days to come are expected to add up to; of the month, together with what its days were that are known.
    pub fn sum(&self, ahead: Ahead, today: Day) -> Result<f64, Untold> {
        if let Known::Given(sums) = &self.known {
            let found = sums.get(&ahead).ok_or(Untold::NothingKnown)?;
            return found.ok_or(Untold::NoSkill(None));
        }
        let expected = |path: Path| path.steps.iter().map(|step| step.expected).sum::<f64>();
        match ahead {
            Ahead::Days(days) => self.path(today, days).map(expected),
            Ahead::Month => {
                let history = self.history().ok_or(Untold::NothingKnown)?;
                let begins = today.first_of_month();
                let known = history.sum(begins).map_err(Untold::NotKnown)?;
                let next = history.last.tomorrow().unwrap_or(history.last).max(begins);
                Ok(known + expected(self.days_to_come(next, today.last_of_month())?))
            }
        }
    }

    /// What is expected from one day to another; between them and the last known one nothing is asked about.
    fn days_to_come(&self, first: Day, last: Day) -> Result<Path, Untold> {
        let history = self.history().ok_or(Untold::NothingKnown)?;
        match &*self.told(history, last)? {
            Outcome::Hidden(record) => Err(Untold::NoSkill(Some(*record))),
            Outcome::Shown(Forecast { record, steps }) => {
                let before = usize::try_from((first - history.last).get_days() - 1).unwrap_or(0);
                let steps = steps.iter().skip(before).copied().collect();
                Ok(Path { first, steps, record: *record })
            }
        }
    }

    /// What models tell from the day after the last known one to a day.
    fn told(&self, history: &History, until: Day) -> Result<Arc<Outcome>, Untold> {
        let horizon = usize::try_from((until - history.last).get_days()).unwrap_or(0).max(1);
        if horizon > FURTHEST {
            return Err(Untold::TooFar(history.last));
        }
        let mut known = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.entry(horizon).or_insert_with(|| {
            let question = Question { values: &history.values, period: WEEK, horizon, at_least: Some(0.0) };
            forecast(&question).map(Arc::new)
        });
        found.clone().map_err(|why| match why {
            NoForecast::TooShort { have, need, horizon } => {
                Untold::TooShort { have, need, horizon, since: Since(history.start, history.first) }
            }
            NoForecast::Constant => Untold::Constant,
            NoForecast::NotANumber(_) | NoForecast::Question => Untold::NothingKnown,
        })
    }
}
