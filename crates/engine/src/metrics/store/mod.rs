//! The store of readings: what was reported, when, and what is missing.
//!
//! Bitemporal: beside the newest sums of a slot stand those that earlier readings told, so that every question can
//! be asked as of an instant. A row is kept only where sums changed. What was read is a table of its own, so that a
//! slot nobody read is a gap and never a zero; a day that a reading takes back is doubted before it is one (`doubt`).
//! [`SqliteStore`] keeps one file, [`PostgresStore`] a schema that several replicas share; both have the same tables, and
//! one suite of tests runs on both.
//!
//! `judge` (with `doubt` and `missing`), `merge`, `coverage`, `fold`, `pack`, `totals`, `keep` and `slots` decide and are
//! pure; the two stores read and write what these say.

mod coverage;
mod doubt;
mod doubts;
mod error;
mod fold;
mod judge;
mod keep;
mod merge;
mod missing;
mod pack;
mod postgres;
mod slots;
mod sqlite;
mod totals;
mod words;

use std::collections::BTreeSet;
use std::fmt;

use adplane_core::address::{Kind, Platform};
use adplane_core::desired::DesiredAccount;
use adplane_core::ids::{AccountId, ExternalId};
use adplane_core::metrics::completeness::Restatements;
use adplane_core::metrics::{
    Day, Granularity, Metric, Reading, Series, Slot, Slots, Span, Sums, WindowTotals,
};
use adplane_core::money::Currency;
use adplane_core::time::Zone;
use async_trait::async_trait;
use jiff::Timestamp;

pub use doubt::{BELIEVED_AFTER, Doubt, FIRST_BELIEVED_AFTER};
pub use doubts::{About, Doubts};
pub use error::StoreError;
pub use keep::{Retained, Retention};
pub(super) use keep::{doubtful, is_old};
pub use postgres::{PostgresOptions, PostgresStore};
pub use sqlite::{SqliteOptions, SqliteStore};

/// An ad account, as the store knows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoreAccount {
    /// The platform.
    pub platform: Platform,
    /// The vendor's id.
    pub id: AccountId,
    /// The currency of its money.
    pub currency: Currency,
    /// The zone of its days.
    pub zone: Zone,
}

impl From<&DesiredAccount> for StoreAccount {
    fn from(account: &DesiredAccount) -> Self {
        Self {
            platform: account.platform,
            id: account.account_id.clone(),
            currency: account.currency,
            zone: account.zone.clone(),
        }
    }
}

impl StoreAccount {
    /// Days of another zone are other days, and money of another currency is other money: neither is answered with.
    fn must_be(&self, stored: &Self) -> Result<(), StoreError> {
        if (stored.currency, &stored.zone) == (self.currency, &self.zone) {
            return Ok(());
        }
        Err(StoreError::OtherAccount {
            account: self.to_string(),
            stored: Box::new((stored.currency, stored.zone.clone())),
            now: Box::new((self.currency, self.zone.clone())),
        })
    }
}

impl fmt::Display for StoreAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} account {}", self.platform.title(), self.id)
    }
}

/// As of when a question is asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum AsOf {
    /// What is known now.
    #[default]
    Latest,
    /// What was known at an instant.
    At(Timestamp),
}

/// What became of a reading.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stored {
    /// Rows that are new or differ from what was known, zeros included.
    pub changed: usize,
    /// Rows that say what was known.
    pub unchanged: usize,
    /// Of the changed ones, objects that the reading left out and that therefore delivered nothing.
    pub zeroed: usize,
    /// The days that it covers now. Those that a later reading covers already are left alone.
    pub days: Vec<Slots>,
    /// The days that it tells too little of to be believed, which are as if nobody had read them; and single objects that
    /// it leaves out, of which what is known stands.
    pub doubted: Vec<Doubt>,
}

impl Stored {
    /// Whether nothing was left to store: it was stored before, or later readings cover all of it.
    pub fn is_repeated(&self) -> bool {
        self.days.is_empty() && self.doubted.is_empty()
    }
}

/// Of what a series is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of<'a> {
    /// One object.
    Object(&'a ExternalId),
    /// All objects of the level together.
    Account,
}

/// Which versions of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Versions {
    /// One for each slot and object.
    AsOf(AsOf),
    /// All that are kept.
    All,
}

/// A row as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRow {
    /// The object.
    pub id: ExternalId,
    /// When.
    pub slot: Slot,
    /// How conversions were attributed.
    pub attribution: String,
    /// Since which reading it is known so.
    pub as_of: Timestamp,
    /// What.
    pub sums: Sums,
}

/// Days that were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredReading {
    /// How conversions were attributed.
    pub attribution: String,
    /// The first day.
    pub first: Day,
    /// The last day, itself included.
    pub last: Day,
    /// When.
    pub as_of: Timestamp,
}

/// Keeps readings and answers from them.
#[async_trait]
pub trait MetricStore: Send + Sync + fmt::Debug {
    /// Stores a reading: all of it or nothing, and the same one again changes nothing.
    async fn put(&self, account: &StoreAccount, reading: &Reading) -> Result<Stored, StoreError>;

    /// Sums of all objects of a level over a span.
    ///
    /// Under the attribution that was read last: numbers under different labels are never added, so slots that were
    /// read under another one only are gaps.
    async fn window(
        &self,
        account: &StoreAccount,
        level: Kind,
        span: &Span,
        as_of: AsOf,
    ) -> Result<WindowTotals, StoreError>;

    /// Sums of objects that each have days of their own, such as flights: one answer for each span of days, holding the
    /// objects that go with it. All of them are answered in one pass.
    async fn windows_of(
        &self,
        account: &StoreAccount,
        level: Kind,
        spans: &[(Span, BTreeSet<ExternalId>)],
        as_of: AsOf,
    ) -> Result<Vec<WindowTotals>, StoreError>;

    /// One object, or all of a level together, slot by slot.
    async fn series(
        &self,
        account: &StoreAccount,
        level: Kind,
        of: Of<'_>,
        span: &Span,
        as_of: AsOf,
    ) -> Result<Series, StoreError>;

    /// Rows of one day, under every attribution, by slot and object.
    async fn rows(
        &self,
        account: &StoreAccount,
        level: Kind,
        granularity: Granularity,
        day: Day,
        versions: Versions,
    ) -> Result<Vec<StoredRow>, StoreError>;

    /// How one count of the account's days was restated up to an instant, from one day to another, both included.
    async fn restatements(
        &self,
        account: &StoreAccount,
        level: Kind,
        metric: Metric,
        days: (Day, Day),
        as_of: AsOf,
    ) -> Result<Restatements, StoreError>;

    /// What was read of a level, the newest first.
    async fn readings(
        &self,
        account: &StoreAccount,
        level: Kind,
        granularity: Granularity,
    ) -> Result<Vec<StoredReading>, StoreError>;

    /// The days of a level that are doubted, in order, and the objects that are doubted by themselves.
    async fn doubts(
        &self,
        account: &StoreAccount,
        level: Kind,
        granularity: Granularity,
    ) -> Result<Vec<Doubt>, StoreError>;

    /// The accounts that anything was stored of.
    async fn accounts(&self) -> Result<Vec<StoreAccount>, StoreError>;

    /// Drops what is older than wanted of one account; hours become days first where no day was read. Others that share
    /// the store keep what they want.
    async fn retain(
        &self,
        account: &StoreAccount,
        retention: Retention,
        now: Timestamp,
    ) -> Result<Retained, StoreError>;
}
