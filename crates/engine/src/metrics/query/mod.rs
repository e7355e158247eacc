//! What objects delivered over periods, and what that adds up to: ad, ad group, campaign, account.
//!
//! A level answers for itself where it was read over the whole period, else with the sums of a level below it. Sums
//! go upward only where every part is known: an object that delivered and whose parent nobody knows, such as one that was
//! deleted since, makes every parent's sum unknown, because it could be a part of any.

mod answer;
mod figures;
mod objects;
mod settling;
mod sum;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use adplane_core::address::Kind;
use adplane_core::ids::ExternalId;
use adplane_core::metrics::{Day, Granularity, MetricSet, Slots, Span, Unresolved, Window, resolve};
use jiff::Timestamp;

use super::store::{AsOf, MetricStore, StoreAccount, StoreError};

pub use answer::Answer;
pub use figures::{Basis, COUNTS, Figures, RATIOS};
pub use objects::{Flight, Known, Objects};
pub use settling::Settling;

/// The periods of a status: what is told of every object.
pub const SHOWN: [Period; 4] = [
    Period::Window(Window::Today),
    Period::Window(Window::Yesterday),
    Period::Window(WEEK),
    Period::Window(Window::Flight),
];

/// The window of tables that have room for one.
pub const WEEK: Window = Window::LastDays { days: 7, with_today: false };

/// What is asked about: a declared window, or days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Period {
    /// A window, as it lies at the instant that is asked for.
    Window(Window),
    /// From one day to another, both included.
    Days(Day, Day),
}

impl Period {
    /// Whether it differs from object to object.
    pub fn is_own(self) -> bool {
        matches!(self, Self::Window(window) if window.needs_flight())
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Window(window) => window.fmt(f),
            Self::Days(first, last) => write!(f, "{first} to {last}"),
        }
    }
}

/// Whose figures are asked for, and as of when.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Of which account.
    pub account: &'a StoreAccount,
    /// What its platform tells.
    pub told: MetricSet,
    /// For how many days its platform restates.
    pub restated_days: u16,
    /// Its objects, as far as they are known: without them nothing is added up, and nothing has a flight.
    pub objects: &'a Objects,
    /// The instant at which windows lie.
    pub now: Timestamp,
    /// As of when.
    pub as_of: AsOf,
}

impl Asked<'_> {
    /// The slots of a period.
    fn span(&self, period: Period, flight: Option<Flight>, settling: &Settling) -> Result<Span, Unresolved> {
        match period {
            Period::Window(window) => {
                resolve(&window, self.now, &self.account.zone, flight, settling.through())
            }
            Period::Days(first, last) => Ok(self.days(first, last)),
        }
    }

    /// The slots of days, both included.
    fn days(&self, first: Day, last: Day) -> Span {
        Span {
            granularity: Granularity::Day,
            zone: self.account.zone.clone(),
            at: self.now,
            ranges: vec![Slots::days(first, last)],
        }
    }
}

/// The figures of an account by level and period.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountFigures {
    answers: BTreeMap<(Kind, Period), Answer>,
    /// How late conversions come.
    pub settling: Settling,
}

impl AccountFigures {
    /// One object; `None` where that level or period was not asked for.
    pub fn of(&self, level: Kind, id: &ExternalId, period: Period) -> Option<&Figures> {
        Some(self.answers.get(&(level, period))?.of(id))
    }

    /// All that is known of a level.
    pub fn level(&self, level: Kind, period: Period) -> Option<&Answer> {
        self.answers.get(&(level, period))
    }

    /// All that is known of a level, on its own.
    pub fn into_level(mut self, level: Kind, period: Period) -> Option<Answer> {
        self.answers.remove(&(level, period))
    }

    /// The account: all objects of the coarsest level that was asked for. Its flight is that of each of them.
    pub fn account(&self, period: Period) -> Option<&Figures> {
        self.answers.iter().find(|((_, of), _)| *of == period).map(|(_, answer)| &answer.all)
    }
}

/// Reads the figures of an account's objects at some levels over some periods.
pub async fn figures(
    store: &dyn MetricStore,
    asked: &Asked<'_>,
    levels: &[Kind],
    periods: &[Period],
) -> Result<AccountFigures, StoreError> {
    let settling = Settling::learn(store, asked.account, asked.restated_days, asked.as_of).await?;
    let mut answers = BTreeMap::new();
    for period in periods {
        for level in levels {
            let answer = answer::answer(store, asked, &settling, *level, *period).await?;
            answers.insert((*level, *period), answer);
        }
    }
    Ok(AccountFigures { answers, settling })
}
