//! What a campaign of a pool spent by day, as its platform told.
//!
//! A report that says less than another did may be wrong, and money that it hides would be spent again. So of each day the
//! highest spend counts that is known now or was one, two or three days ago. What a report takes back altogether the store
//! does not believe in the first place.

use std::collections::BTreeMap;

use adplane_core::address::Kind;
use adplane_core::desired::DesiredAccount;
use adplane_core::ids::ExternalId;
use adplane_core::metrics::{Day, Granularity, Metric, MetricSet, Slots, Span};
use adplane_core::pool::DayFigures;
use adplane_core::schema::PlatformSchema;
use jiff::{SignedDuration, Timestamp};

use super::Numbers;
use crate::metrics::store::{AsOf, Of, StoreAccount, StoreError};

/// For how many days a lower figure of a day is doubted.
const DOUBTED: i64 = 3;

/// Whose figures are asked for, and of which days.
pub(super) struct Asked<'a> {
    pub(super) account: &'a DesiredAccount,
    pub(super) id: &'a ExternalId,
    pub(super) schema: Option<&'static PlatformSchema>,
    /// Before it was made it spent nothing.
    pub(super) created: Option<Timestamp>,
    pub(super) first: Day,
    /// The pool's.
    pub(super) today: Day,
}

/// What was told.
#[derive(Default)]
pub(super) struct Told {
    /// Days before today that are over.
    pub(super) days: BTreeMap<Day, DayFigures>,
    /// Since the pool's midnight.
    pub(super) today: Option<i64>,
}

impl Asked<'_> {
    pub(super) async fn ask(&self, now: Timestamp, numbers: &dyn Numbers) -> Result<Told, StoreError> {
        let Some(store) = numbers.of(&self.account.key) else { return Ok(Told::default()) };
        let (account, zone) = (StoreAccount::from(self.account), &self.account.zone);
        let span = Span {
            granularity: Granularity::Day,
            zone: zone.clone(),
            at: now,
            ranges: vec![Slots::days(self.first, now.to_zoned(zone.rules()).date())],
        };
        let series = |as_of| store.series(&account, Kind::Campaign, Of::Object(self.id), &span, as_of);
        let metrics: MetricSet = self.schema.map_or(&[], |schema| schema.metrics);
        let mut highest: BTreeMap<Day, i64> = BTreeMap::new();
        for days in 1..=DOUBTED {
            let then = now.checked_sub(SignedDuration::from_hours(24 * days)).unwrap_or(Timestamp::MIN);
            for point in series(AsOf::At(then)).await?.points {
                let spend = point.known(metrics).ok().and_then(|sums| sums.get(Metric::Spend));
                let known = highest.entry(point.slot.day).or_default();
                *known = spend.unwrap_or(0).max(*known);
            }
        }
        let series = series(AsOf::Latest).await?;
        let mut told = Told::default();
        for point in series.points {
            let (day, ends) = (point.slot.day, point.slot.ends(zone));
            let over = point.as_of.is_some_and(|read| read >= ends);
            let Some(sums) = point.known(metrics).ok().filter(|_| over || day >= self.today) else {
                if day < self.today && self.created.is_some_and(|made| ends <= made) {
                    told.days.insert(day, DayFigures::default());
                }
                continue;
            };
            let Some(spend) = sums.get(Metric::Spend) else { continue };
            let spend = spend.max(highest.get(&day).copied().unwrap_or(0));
            if day < self.today {
                let (conversions, value) = (sums.get(Metric::Conversions), sums.get(Metric::Value));
                told.days.insert(day, DayFigures { spend, conversions, value });
            } else {
                told.today = Some(told.today.unwrap_or(0).saturating_add(spend));
            }
        }
        Ok(told)
    }
}

#[cfg(test)]
mod tests {
    use adplane_core::address::{AccountKey, Platform};
    use adplane_core::desired::{Connection, DeletionPolicy, Management};
    use adplane_core::field::Fields;
    use adplane_core::metrics::{MetricRow, Reading, Slot, Sums};
    use adplane_core::money::Currency;
    use adplane_core::time::Zone;

    use super::*;
    use crate::metrics::store::{MetricStore, SqliteOptions, SqliteStore};

    fn account() -> DesiredAccount {
        DesiredAccount {
            key: AccountKey { namespace: "growth".parse().unwrap(), name: "meta-eu".parse().unwrap() },
            platform: Platform::Meta,
            account_id: "1".parse().unwrap(),
            currency: Currency::EUR,
            zone: Zone::utc(),
            management: Management::Manage,
            deletion_policy: DeletionPolicy::Pause,
            connection: Connection::default(),
            fields: Fields::new(),
            objects: BTreeMap::new(),
            origin: None,
        }
    }

    /// A report of the 9th.
    fn report(spend: i64, as_of: &str) -> Reading {
        let day: Day = "2026-06-09".parse().unwrap();
        let sums = Sums { spend: Some(spend), conversions: Some(spend), ..Sums::default() };
        let row = MetricRow { id: ExternalId::new("7").unwrap(), slot: Slot::day(day), sums };
        Reading {
            level: Kind::Campaign,
            granularity: Granularity::Day,
            from: day,
            to: day,
            attribution: "7d_click".to_owned(),
            as_of: as_of.parse().unwrap(),
            rows: vec![row],
        }
    }

    /// A tenth of the money is taken back at noon of the 10th, after a doubled count had come and gone in an hour.
    #[tokio::test]
    async fn the_highest_spend_of_three_days_counts() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&SqliteOptions::new(folder.path().join("metrics.db"))).unwrap();
        let account = account();
        for (spend, as_of) in [
            (60, "2026-06-09T20:00:00Z"),
            (100, "2026-06-10T06:00:00Z"),
            (200, "2026-06-10T10:30:00Z"),
            (100, "2026-06-10T11:00:00Z"),
            (90, "2026-06-10T12:00:00Z"),
        ] {
            store.put(&StoreAccount::from(&account), &report(spend, as_of)).await.unwrap();
        }
        let id = ExternalId::new("7").unwrap();
        let asked = async |now: &str| {
            let now: Timestamp = now.parse().unwrap();
            let day = now.to_zoned(Zone::utc().rules()).date();
            let first = "2026-06-08".parse().unwrap();
            let asked = Asked { account: &account, id: &id, schema: None, created: None, first, today: day };
            let store: &dyn MetricStore = &store;
            let told = asked.ask(now, &store).await.unwrap();
            assert!(!told.days.contains_key(&first), "nobody read it");
            told.days.get(&"2026-06-09".parse().unwrap()).map(|day| (day.spend, day.conversions))
        };
        assert_eq!(asked("2026-06-10T13:00:00Z").await, Some((90, Some(90))), "a day ago it was not over");
        for (now, spend) in
            [("2026-06-11T11:30:00Z", 100), ("2026-06-13T11:30:00Z", 100), ("2026-06-13T12:00:00Z", 90)]
        {
            assert_eq!(asked(now).await, Some((spend, Some(90))), "{now}");
        }
    }
}
