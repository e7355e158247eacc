//! What a back-test tells, and why there is none.

use std::collections::BTreeMap;

use adplane_core::address::{AccountKey, Address};
use adplane_core::metrics::Day;
use adplane_core::money::Money;
use adplane_core::rules::Review;
use jiff::Timestamp;
use serde::Serialize;

use crate::metrics::store::StoreError;

/// Why there is no back-test.
#[derive(Debug, thiserror::Error)]
pub enum BacktestError {
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nothing was known on these days of what rules ask for.
    #[error(
        "nothing was known on these days: account {account} was first read for {at} only later, so the store knows what the days came to, not what was known of them then"
    )]
    Restated {
        /// The account.
        account: AccountKey,
        /// The first tick at which something was missing.
        at: Timestamp,
    },
    /// None of its objects has an id.
    #[error("no object of the rules' accounts has an id that is known here, so no number can be told apart")]
    NoIds,
}

/// What rules would have done.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Backtest {
    /// The first day.
    pub from: Day,
    /// The last day.
    pub to: Day,
    /// Whether proposals were taken as agreed to.
    pub agreed: bool,
    /// Instants at which something was due.
    pub ticks: u64,
    /// Which numbers it rests on, by account.
    pub basis: BTreeMap<String, Rested>,
    /// Objects without an id, of which nothing could be known.
    pub nameless: Vec<String>,
    /// Objects whose age rules ask for and of which the YAML does not say when they began.
    pub ageless: Vec<String>,
    /// What rules came to.
    #[serde(flatten)]
    pub review: Review,
    /// Daily budgets in force at the end of each day, by account.
    pub budgets: BTreeMap<String, BudgetPath>,
    /// What followed pauses.
    pub pauses: Vec<Paused>,
}

/// Which numbers an account's part rests on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rested {
    /// Windows as they were known at their tick.
    pub known: u64,
    /// Windows that only later readings cover.
    pub restated: u64,
    /// Days on which the latter were used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restated_days: Option<(Day, Day)>,
    /// Windows that only later readings cover, and that counted as unknown.
    pub unread: u64,
    /// Days on which those were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unread_days: Option<(Day, Day)>,
}

/// Daily budgets of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BudgetPath {
    /// As the YAML has them.
    pub written: Money,
    /// At the end of each day.
    pub days: BTreeMap<Day, Money>,
}

/// A pause that would have been made.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Paused {
    /// By which rule.
    pub rule: String,
    /// What.
    pub object: Address,
    /// Whether somebody would have had to agree.
    pub proposed: bool,
    /// When, the first time.
    pub at: Timestamp,
    /// The days after it that were looked at; `None` when there are none.
    pub days: Option<(Day, Day)>,
    /// What was spent on them, by the numbers of today; `None` where that is not known.
    pub spend: Option<Money>,
    /// Conversions that came of them, in millionths.
    pub conversions: Option<i64>,
}
