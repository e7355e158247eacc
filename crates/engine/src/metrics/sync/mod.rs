//! Bringing the store up to date: asks one account's adapter for what is due and stores each reading as it arrives.
//!
//! - Today and yesterday are read at every sync, by hours and by days. Once a day the whole range that the platform
//!   may still restate is read by days. What was missed since the last sync is read too, as far back as wanted.
//! - What is due follows from the store alone: nobody remembers a schedule.
//! - A reading that fails is told and the others go on, unless the failure would meet them too (a token, a quota). What was
//!   stored stays. What could not be read is a gap in the store, never a zero.
//! - A report that takes back what was spent is doubted by the store, and told: its days were asked for, but not read.
//! - A report under another attribution than before is followed by the days that were read under the former one, as far back
//!   as wanted: the two are never added. What of them could not be read is read at the next sync.
//! - Whoever syncs lets the store drop what is older than wanted ([`tidy`](super::tidy::tidy)).
//! - The account's currency and zone are asked first: with another zone the days would be wrong.

mod due;

use std::fmt;
use std::sync::Arc;

use adplane_core::address::Kind;
use adplane_core::metrics::{Day, Granularity};
use adplane_core::money::Currency;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use jiff::{SignedDuration, Timestamp};

use self::due::{Due, lacking};
use super::requests;
use super::store::{Doubts, MetricStore, StoreAccount, StoreError, Stored, StoredReading};
use crate::clock::Clock;
use crate::error::{ErrorKind, PlatformError};
use crate::port::{Adapter, MetricsRequest};

/// The levels that platforms report on, the coarsest first: after a failure the totals are there.
pub const LEVELS: [Kind; 3] = [Kind::Campaign, Kind::AdGroup, Kind::Ad];

/// How far back the first sync of an account reads unless told otherwise: a quarter, for weekday patterns.
pub const FIRST_DAYS: u16 = 90;

/// How much to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct What {
    /// How many days back at most, today included.
    pub back: u16,
    /// Which part of them.
    pub depth: Depth,
}

impl Default for What {
    fn default() -> Self {
        Self { back: FIRST_DAYS, depth: Depth::Due }
    }
}

/// Which days of those that may be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Depth {
    /// Today, yesterday, what was missed, and once a day what may be restated.
    #[default]
    Due,
    /// All of them.
    All,
}

/// What a sync did with one account.
#[derive(Debug)]
pub struct SyncReport {
    /// Readings stored, in order.
    pub stored: Vec<Synced>,
    /// Readings that failed.
    pub failed: Vec<Missed>,
    /// Attributions that conversions were counted under before, and are now, by level; told once, when that begins.
    pub relabelled: Vec<Relabelled>,
    /// All requests sent to the vendor, retries included.
    pub requests: u64,
}

impl SyncReport {
    /// What was told and is not believed, of the coarsest level where that is so: the finer ones say the same.
    pub fn doubts(&self, currency: Currency) -> Option<(Asked, Doubts)> {
        let told = || {
            self.stored
                .iter()
                .filter_map(|synced| Some((synced.asked, Doubts::of(&synced.stored.doubted, currency)?)))
        };
        let of = |alarm: bool, day: bool| {
            told().find(|(asked, doubts)| {
                doubts.is_alarm() == alarm && (!day || asked.granularity == Granularity::Day)
            })
        };
        of(true, true).or_else(|| of(true, false)).or_else(|| of(false, true)).or_else(|| of(false, false))
    }
}

/// What was asked for: a level by days or hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// The level.
    pub level: Kind,
    /// Days or hours.
    pub granularity: Granularity,
    /// The first day.
    pub from: Day,
    /// The last day.
    pub to: Day,
}

/// A reading that was stored.
#[derive(Debug)]
pub struct Synced {
    /// What was asked for.
    pub asked: Asked,
    /// When.
    pub as_of: Timestamp,
    /// How conversions were attributed.
    pub attribution: String,
    /// Rows that the platform told.
    pub rows: usize,
    /// What became of them.
    pub stored: Stored,
    /// Requests that it took.
    pub requests: u64,
}

/// A level whose conversions are counted in another way than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relabelled {
    /// The level.
    pub level: Kind,
    /// How they were attributed.
    pub before: String,
    /// How they are.
    pub now: String,
}

impl fmt::Display for Relabelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { level, before, now } = self;
        write!(
            f,
            "{level}: conversions are counted as `{now}` now, and were as `{before}`: the two are never added, past days are \
             read anew, and until they are, rules on conversions are unknown"
        )
    }
}

/// A reading that could not be made or stored.
#[derive(Debug)]
pub struct Missed {
    /// What was asked for; nothing in particular where the account itself could not be read.
    pub asked: Option<Asked>,
    /// Why.
    pub why: SyncError,
}

/// Why an account, or a part of it, was not synced.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The platform did not tell.
    #[error(transparent)]
    Platform(#[from] PlatformError),
    /// The store did not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The account is not as declared, so its days or its money would be taken for others.
    #[error("{account} has the {what} {live}, but the YAML says {declared}: correct the YAML, then sync")]
    Differs {
        /// The account.
        account: String,
        /// `currency` or `time zone`.
        what: &'static str,
        /// What is live.
        live: String,
        /// What is declared.
        declared: String,
    },
    /// The store holds a report from later than now, beside which whatever is read now would be the older one.
    #[error(
        "the store holds a report of {as_of}, and this machine's clock says {now}: what is read now would not count; \
         set the clock right, or move the store away if that report's was wrong"
    )]
    Ahead {
        /// When that report was read, by the clock of whoever did.
        as_of: Timestamp,
        /// The time here.
        now: Timestamp,
    },
}

impl SyncError {
    /// Whether every other reading of the account would fail alike.
    fn stops(&self) -> bool {
        match self {
            Self::Platform(error) => matches!(
                error.kind,
                ErrorKind::Unauthenticated
                    | ErrorKind::PermissionDenied
                    | ErrorKind::NotFound
                    | ErrorKind::RateLimited
                    | ErrorKind::QuotaExhausted
                    | ErrorKind::Network
            ),
            Self::Store(_) | Self::Differs { .. } | Self::Ahead { .. } => true,
        }
    }
}

/// Accounts that are synced at the same time: enough to hide the vendors' latency, and each has a quota of its own.
const ACCOUNTS_AT_ONCE: usize = 8;

/// Syncs several accounts side by side; one report for each, in order.
pub async fn sync_all(
    accounts: &[(StoreAccount, Arc<dyn Adapter>)],
    store: &dyn MetricStore,
    clock: Clock,
    what: What,
) -> Vec<SyncReport> {
    let syncs: Vec<BoxFuture<'_, SyncReport>> = accounts
        .iter()
        .map(|(account, adapter)| sync(account, adapter.as_ref(), store, clock, what).boxed())
        .collect();
    futures::stream::iter(syncs).buffered(ACCOUNTS_AT_ONCE).collect().await
}

/// Reads what is due of one account and stores it.
pub async fn sync(
    account: &StoreAccount,
    adapter: &dyn Adapter,
    store: &dyn MetricStore,
    clock: Clock,
    what: What,
) -> SyncReport {
    let mut report =
        SyncReport { stored: Vec::new(), failed: Vec::new(), relabelled: Vec::new(), requests: 0 };
    let (checked, requests) = requests::count(check(account, adapter)).await;
    report.requests += requests;
    if let Err(why) = checked {
        report.failed.push(Missed { asked: None, why });
        return report;
    }
    let due = Due::new(clock.now(), &account.zone, adapter.schema().restated_days, what);
    for level in LEVELS {
        for granularity in [Granularity::Hour, Granularity::Day] {
            let stream = Stream { account, adapter, store, clock, level, granularity };
            if let Err(missed) = stream.sync(&due, &mut report).await {
                let stops = missed.why.stops();
                report.failed.push(missed);
                if stops {
                    return report;
                }
            }
        }
    }
    report
}

/// A level of an account by days or hours.
struct Stream<'a> {
    account: &'a StoreAccount,
    adapter: &'a dyn Adapter,
    store: &'a dyn MetricStore,
    clock: Clock,
    level: Kind,
    granularity: Granularity,
}

impl Stream<'_> {
    async fn sync(&self, due: &Due, report: &mut SyncReport) -> Result<(), Missed> {
        let (level, granularity) = (self.level, self.granularity);
        let unasked = |why: SyncError| Missed { asked: None, why };
        let readings = self.store.readings(self.account, level, granularity).await;
        let readings = readings.map_err(SyncError::from).map_err(unasked)?;
        let known = with_doubts(self.store, self.account, (level, granularity), readings.clone()).await;
        let known = known.map_err(SyncError::from).and_then(|known| not_ahead(known, self.clock.now()));
        let known = known.map_err(unasked)?;
        let asked = due.of(level, granularity, &known);
        let Some(label) = self.read(asked, report).await? else { return Ok(()) };
        let is_new = readings.iter().all(|reading| reading.attribution != label);
        let is_told = report.relabelled.iter().any(|told| told.level == level);
        if let Some(before) = readings.first().filter(|_| is_new && !is_told) {
            let before = before.attribution.clone();
            report.relabelled.push(Relabelled { level, before, now: label.clone() });
        }
        let all = due.of(level, granularity, &[]);
        // A stream that was silent from its beginning was not asked for everything again until it told something.
        let began = readings.is_empty() && all.from < asked.from;
        let from = if began {
            Some(all.from)
        } else {
            lacking(&label, (all.from, asked.from), &known, &self.account.zone)
        };
        if let Some(from) = from {
            self.read(Asked { from, ..all }, report).await?;
        }
        Ok(())
    }

    /// Reads and stores; the attribution, where anything was stored.
    async fn read(&self, asked: Asked, report: &mut SyncReport) -> Result<Option<String>, Missed> {
        let work = one(self.account, self.adapter, self.store, self.clock, asked);
        let (done, requests) = requests::count(work).await;
        report.requests += requests;
        let synced = done.map_err(|why| Missed { asked: Some(asked), why })?;
        let label = (!synced.stored.days.is_empty()).then(|| synced.attribution.clone());
        report.stored.push(Synced { requests, ..synced });
        Ok(label)
    }
}

/// What was asked of a level, the newest first: its readings, and days that were told and doubted. Those need not be asked
/// for more often than others.
///
/// # Errors
/// When the store cannot be read.
pub async fn asked_before(
    store: &dyn MetricStore,
    account: &StoreAccount,
    level: Kind,
    granularity: Granularity,
) -> Result<Vec<StoredReading>, StoreError> {
    let readings = store.readings(account, level, granularity).await?;
    with_doubts(store, account, (level, granularity), readings).await
}

async fn with_doubts(
    store: &dyn MetricStore,
    account: &StoreAccount,
    (level, granularity): (Kind, Granularity),
    mut known: Vec<StoredReading>,
) -> Result<Vec<StoredReading>, StoreError> {
    let doubts = store.doubts(account, level, granularity).await?;
    let of_level = doubts.into_iter().filter(|doubt| doubt.object.is_none());
    known.extend(of_level.map(|doubt| StoredReading {
        attribution: doubt.attribution,
        first: doubt.day,
        last: doubt.day,
        as_of: doubt.as_of,
    }));
    known.sort_by_key(|reading| std::cmp::Reverse(reading.as_of));
    Ok(known)
}

/// Clocks of machines that share a store may differ by so much.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// What was read, unless that was in the future.
fn not_ahead(known: Vec<StoredReading>, now: Timestamp) -> Result<Vec<StoredReading>, SyncError> {
    match known.iter().map(|read| read.as_of).max() {
        Some(as_of) if as_of.duration_since(now) > SKEW => Err(SyncError::Ahead { as_of, now }),
        _ => Ok(known),
    }
}

/// Whether the account is the one that is declared.
async fn check(account: &StoreAccount, adapter: &dyn Adapter) -> Result<(), SyncError> {
    let facts = adapter.facts().await?;
    let differs = |what, live: String, declared: String| {
        Err(SyncError::Differs { account: account.to_string(), what, live, declared })
    };
    if facts.currency != account.currency {
        return differs("currency", facts.currency.to_string(), account.currency.to_string());
    }
    if facts.zone != account.zone {
        return differs("time zone", facts.zone.to_string(), account.zone.to_string());
    }
    Ok(())
}

async fn one(
    account: &StoreAccount,
    adapter: &dyn Adapter,
    store: &dyn MetricStore,
    clock: Clock,
    asked: Asked,
) -> Result<Synced, SyncError> {
    let Asked { level, granularity, from, to } = asked;
    let as_of = clock.now();
    let reading = adapter.metrics(&MetricsRequest { level, granularity, from, to, as_of }).await?;
    let stored = store.put(account, &reading).await?;
    Ok(Synced {
        asked,
        as_of,
        attribution: reading.attribution,
        rows: reading.rows.len(),
        stored,
        requests: 0,
    })
}

#[cfg(test)]
pub(crate) mod tests;
