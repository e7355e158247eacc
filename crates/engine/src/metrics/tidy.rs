//! Letting the store drop what is older than wanted, when that is due.
//!
//! What is due follows from the store alone, like what a sync reads: a sync that was cut short, or that another machine
//! makes, changes nothing about it.

use adplane_core::metrics::Granularity;
use jiff::Timestamp;

use super::store::{MetricStore, Retained, Retention, StoreAccount, StoreError, doubtful, is_old};
use super::sync::LEVELS;

/// What became of a clean-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tidied {
    /// Nothing is older than wanted.
    NotDue,
    /// Nothing was dropped, since the clock may be wrong.
    Doubted {
        /// Since when the account is read again, by that clock.
        since: Timestamp,
        /// When it was read before.
        before: Timestamp,
    },
    /// It went.
    Dropped(Retained),
}

/// Drops what is older than wanted of one account. After a long pause in reading it waits for a week: a clock that is wrong
/// for some days must not delete history, which platforms do not tell again.
pub async fn tidy(
    store: &dyn MetricStore,
    account: &StoreAccount,
    retention: Retention,
    now: Timestamp,
) -> Result<Tidied, StoreError> {
    let (mut due, mut read) = (false, Vec::new());
    for level in LEVELS {
        for granularity in [Granularity::Hour, Granularity::Day] {
            let readings = store.readings(account, level, granularity).await?;
            due |= is_old(&readings, granularity, retention, now, &account.zone);
            read.extend(readings.into_iter().map(|reading| reading.as_of));
        }
    }
    if !due {
        return Ok(Tidied::NotDue);
    }
    if let Some((since, before)) = doubtful(read, now) {
        return Ok(Tidied::Doubted { since, before });
    }
    store.retain(account, retention, now).await.map(Tidied::Dropped)
}

#[cfg(test)]
mod tests {
    use adplane_core::address::{Kind, Platform};
    use adplane_core::ids::{AccountId, ExternalId};
    use adplane_core::metrics::{MetricRow, Reading, Slot, Sums};
    use adplane_core::money::Currency;
    use adplane_core::time::Zone;
    use jiff::SignedDuration;

    use super::*;
    use crate::metrics::store::{SqliteOptions, SqliteStore};

    fn account() -> StoreAccount {
        StoreAccount {
            platform: Platform::Meta,
            id: AccountId::new("1").unwrap(),
            currency: Currency::EUR,
            zone: Zone::utc(),
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    async fn read(store: &SqliteStore, as_of: Timestamp) {
        let day = as_of.to_zoned(Zone::utc().rules()).date();
        let sums = Sums { spend: Some(1), ..Sums::default() };
        let reading = Reading {
            level: Kind::Ad,
            granularity: Granularity::Day,
            from: day,
            to: day,
            attribution: "7d_click".into(),
            as_of,
            rows: vec![MetricRow { id: ExternalId::new("7").unwrap(), slot: Slot::day(day), sums }],
        };
        store.put(&account(), &reading).await.unwrap();
    }

    /// Twenty days, read twice a day.
    async fn steady(folder: &tempfile::TempDir) -> SqliteStore {
        let store = SqliteStore::open(&SqliteOptions::new(folder.path().join("metrics.db"))).unwrap();
        for half in 0..40 {
            let since = SignedDuration::from_hours(12 * half);
            read(&store, at("2026-05-01T06:00:00Z").checked_add(since).unwrap()).await;
        }
        store
    }

    #[tokio::test]
    async fn what_is_due_follows_from_the_store_and_is_done_once() {
        let folder = tempfile::tempdir().unwrap();
        let store = steady(&folder).await;
        let short = Retention { days: 10, ..Retention::default() };
        let tidy = async |now: &str| tidy(&store, &account(), short, at(now)).await.unwrap();
        assert!(matches!(tidy("2026-05-20T19:00:00Z").await, Tidied::Dropped(_)));
        assert_eq!(tidy("2026-05-20T19:15:00Z").await, Tidied::NotDue, "whoever asks, and however often");
        assert!(matches!(tidy("2026-05-21T06:00:00Z").await, Tidied::Dropped(_)), "the next day it is");
    }

    #[tokio::test]
    async fn a_clock_that_jumped_ahead_drops_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let store = steady(&folder).await;
        let wrong = at("2031-05-20T18:00:00Z");
        read(&store, wrong).await;
        let before = store.readings(&account(), Kind::Ad, Granularity::Day).await.unwrap();
        let told = tidy(&store, &account(), Retention::default(), wrong).await.unwrap();
        assert_eq!(told, Tidied::Doubted { since: wrong, before: at("2026-05-20T18:00:00Z") });
        assert_eq!(store.readings(&account(), Kind::Ad, Granularity::Day).await.unwrap(), before);
    }
}
