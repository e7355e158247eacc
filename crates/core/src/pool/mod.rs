//! Pools: what each campaign that draws on one may spend a day, so that its period ends on its amount.
//!
//! ```text
//! Pool, Members (spend by day), what was given before ──allot, at a day──> Allotment: a daily budget for each member, and why
//! ```
//!
//! [`allot`] paces the period ([`crate::pacing`]) over what all members spent before today, and hands today's part to
//! those that run: by what they delivered lately, by git's weights, or by curves ([`crate::allocate`]). What was spent
//! since midnight can exhaust a pool and moves no amount, so that one look a day and forty-eight give the same.
//!
//! A hard pool is never spent beyond its amount, as long as its amounts reach the platforms on every day about as early
//! as on the days before, and each platform keeps to its own rule of a worst day: an amount counts with what was in force
//! since midnight before it, and with the hours of the next day in which it still is. Of days that nobody told a hard
//! pool takes the worst; with one of them no pool raises anything, and lowering is always allowed.

mod allot;
mod curves;
mod hard;
mod outcome;
mod position;
mod share;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::address::{Address, Platform};
use crate::field::Origin;
use crate::ids::{Namespace, ObjectName};
use crate::metrics::Day;
use crate::money::Money;
use crate::overlay::PoolOwner;
use crate::pacing::Pattern;

pub use allot::allot;
pub use outcome::{Allotment, Answer, Binds, Share, Standing};

/// One, or a whole day, in basis points.
pub(crate) const WHOLE: u32 = 10_000;

/// What happens when a pool is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnExhausted {
    /// Its campaigns are paused, and no amount is given that could break the pool: it is hard.
    Pause,
    /// It is reported.
    #[default]
    Alert,
}

/// The period of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Term {
    /// Every calendar month anew.
    Month,
    /// Once, from one day to another, both included.
    Days(Day, Day),
}

/// What curves count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Returns {
    /// Conversions.
    Conversions,
    /// Their value.
    Value,
}

/// The return of the next unit of money below which money stays unspent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marginal {
    /// The next conversion costs more than this; in the pool's currency.
    Cpa(Money),
    /// It brings less than this many times itself, in millionths.
    Roas(i64),
}

/// What a day's money is split by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allocation {
    /// By what each member delivered in its last days.
    Delivered,
    /// By git's weights; a member without one weighs 1.
    Weights(BTreeMap<ObjectName, u32>),
    /// So that the next unit of money brings as much wherever it goes.
    Curves(Returns, Option<Marginal>),
}

/// A pool as git has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pool {
    /// Its namespace.
    pub namespace: Namespace,
    /// Its name.
    pub name: ObjectName,
    /// What may be spent in a period.
    pub amount: Money,
    /// The period.
    pub term: Term,
    /// How it is spread over the period.
    pub pattern: Pattern,
    /// What happens when it is used up.
    pub on_exhausted: OnExhausted,
    /// What a day's money is split by.
    pub allocation: Allocation,
    /// The most micros a day that the campaigns of a platform get together.
    pub caps: BTreeMap<Platform, i64>,
    /// The campaigns that draw on it, by address.
    pub members: Vec<Address>,
    /// Where it was written.
    pub origin: Option<Origin>,
}

impl Pool {
    /// The first and the last day of the period that a day lies in; of a pool with one period always that.
    pub fn period(&self, day: Day) -> (Day, Day) {
        match self.term {
            Term::Month => (day.first_of_month(), day.last_of_month()),
            Term::Days(first, last) => (first, last),
        }
    }

    /// Whether it must never be spent beyond its amount.
    pub fn is_hard(&self) -> bool {
        self.on_exhausted == OnExhausted::Pause
    }

    /// Micros as people read them: whole cents, rounded down.
    pub fn money(&self, micros: i64) -> Money {
        let currency = self.amount.currency();
        Money::from_micros(micros - micros % currency.minor_unit_micros(), currency)
    }

    /// What its members' budgets know of it.
    pub fn owner(&self) -> PoolOwner {
        PoolOwner { name: self.name.clone(), pauses: self.is_hard() }
    }
}

/// What one day of a member was, in micros and millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DayFigures {
    /// Spent.
    pub spend: i64,
    /// Conversions, where they are told.
    pub conversions: Option<i64>,
    /// Their value, where it is told.
    pub value: Option<i64>,
}

/// A campaign of a pool, with what is known of it at an instant. Amounts are micros of the pool's currency.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says something of its own, and none excludes another"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Which.
    pub object: Address,
    /// Whether it runs, but for a pause by the pool itself.
    pub runs: bool,
    /// Whether the pool holds it paused now.
    pub held: bool,
    /// The daily amount in force: the pool's, a person's, else git's initial one.
    pub in_force: i64,
    /// Whether that is a person's, which the pool does not move.
    pub pinned: bool,
    /// The least that it may get a day.
    pub min: i64,
    /// The most.
    pub max: i64,
    /// The largest raise at once, in basis points of the amount before.
    pub max_step: Option<u32>,
    /// What its platform bills in multiples of.
    pub step: i64,
    /// How many times a day's budget its platform may spend, in basis points.
    pub over_delivery: u32,
    /// Days before today; one that is missing is not told.
    pub days: BTreeMap<Day, DayFigures>,
    /// Spent since midnight, where that is told.
    pub today: Option<i64>,
    /// The newest day whose conversions have come in.
    pub settled: Option<Day>,
    /// How much of the pool's day has passed in its account, in basis points; more than a whole where that is in the
    /// next day already.
    pub passed: u32,
    /// Its last day in the pool, where it draws on it no more: what it spent until then counts, and it gets nothing.
    pub left: Option<Day>,
    /// Whether it still runs all the same, with the amount in force, and nobody can move that: its removal waits.
    pub leaves: bool,
}

/// What a member was given on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayAmount {
    /// Micros in force when the day began.
    pub before: i64,
    /// Micros given last; 0 while the pool paused it.
    pub amount: i64,
    /// The most that it had on the day, whoever gave it.
    pub most: i64,
    /// The most that a look of the day gave it; files of before do not tell, and `most` stands for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gave: Option<i64>,
    /// How much of the day had passed for it at its first look, in basis points.
    pub looked: u32,
}

/// What a pool gave on a day.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct GivenDay {
    /// How much of the day had passed at its first look, in basis points.
    pub looked: u32,
    /// By member.
    pub amounts: BTreeMap<Address, DayAmount>,
}

impl GivenDay {
    /// Keeps what an earlier look of the same day gave: all of it to those of whom this one says nothing, and of the others
    /// how much they have had.
    pub fn keep(&mut self, earlier: &Self) {
        self.looked = earlier.looked;
        for (object, before) in &earlier.amounts {
            let mine = self.amounts.entry(object.clone()).or_insert(*before);
            let gave = |one: &DayAmount| one.gave.unwrap_or(one.most);
            *mine = DayAmount {
                before: before.before,
                amount: mine.amount,
                most: mine.most.max(before.most),
                gave: Some(gave(mine).max(gave(before))),
                looked: before.looked,
            };
        }
    }
}

/// What a pool gave on days, as far as it is remembered.
pub type Given = BTreeMap<Day, GivenDay>;

/// When a pool is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// The day.
    pub day: Day,
    /// How much of it has passed, in basis points.
    pub passed: u32,
}
