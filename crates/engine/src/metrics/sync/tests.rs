use std::sync::Mutex;

use adplane_core::address::Platform;
use adplane_core::ids::{AccountId, ExternalId};
use adplane_core::metrics::{Metric, MetricRow, Reading, Slot, Sums, Window, resolve};
use adplane_core::money::Currency;
use adplane_core::observed::{AccountFacts, ObservedAccount};
use adplane_core::schema::PlatformSchema;
use adplane_core::time::Zone;
use async_trait::async_trait;

use super::*;
use crate::error::Retry;
use crate::metrics::store::{AsOf, SqliteOptions, SqliteStore};
use crate::port::{AssetReader, Batch, Health, HistoryEvent, ObserveRequest, Outcome, WorkItem};

const TOLD: &[Metric] = &[Metric::Spend];

pub(crate) static SCHEMA: PlatformSchema = PlatformSchema {
    platform: Platform::Meta,
    amount_step: adplane_core::money::Currency::minor_unit_micros,
    kinds: &[],
    marker_in_name: false,
    over_delivery: &[],
    edit_limits: &[],
    new_ad_relearns: None,
    pause_relearns: None,
    metrics: TOLD,
    restated_days: 28,
};

/// Spends one euro in every slot that it is asked for.
pub(crate) struct Spender {
    zone: &'static str,
    /// Fails on reports of this kind and level.
    fails: Option<(Kind, ErrorKind)>,
    /// Fails on reports of more days than that.
    longest: Option<i32>,
    /// Answers with no rows.
    is_silent: bool,
    label: &'static str,
    asked: Mutex<Vec<MetricsRequest>>,
}

impl Spender {
    pub(crate) fn new() -> Self {
        Self {
            zone: "Europe/Madrid",
            fails: None,
            longest: None,
            is_silent: false,
            label: "attribution_setting",
            asked: Mutex::default(),
        }
    }

    fn asked(&self) -> Vec<MetricsRequest> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

#[async_trait]
impl Adapter for Spender {
    fn schema(&self) -> &'static PlatformSchema {
        &SCHEMA
    }

    async fn facts(&self) -> Result<AccountFacts, PlatformError> {
        requests::note();
        Ok(AccountFacts {
            name: "Shop".into(),
            currency: Currency::EUR,
            zone: Zone::parse(self.zone).unwrap(),
            inactive: None,
        })
    }

    async fn metrics(&self, request: &MetricsRequest) -> Result<Reading, PlatformError> {
        requests::note();
        requests::note();
        self.asked.lock().unwrap().push(*request);
        if let Some((_, kind)) = self.fails.filter(|(level, _)| *level == request.level) {
            return Err(PlatformError::new(kind, Retry::Never, Platform::Meta, "insights", "no"));
        }
        if self.longest.is_some_and(|days| (request.to - request.from).get_days() >= days) {
            let kind = ErrorKind::Unavailable;
            return Err(PlatformError::new(kind, Retry::Never, Platform::Meta, "insights", "too long"));
        }
        let mut rows = Vec::new();
        let mut day = request.from;
        while day <= request.to && !self.is_silent {
            let hour = (request.granularity == Granularity::Hour).then_some(9);
            let sums = Sums { spend: Some(1_000_000), ..Sums::default() };
            rows.push(MetricRow { id: ExternalId::new("7").unwrap(), slot: Slot { day, hour }, sums });
            day = day.tomorrow().unwrap();
        }
        Ok(request.reading(self.label, rows))
    }

    async fn observe(&self, _: &ObserveRequest) -> Result<ObservedAccount, PlatformError> {
        unreachable!("a sync reads reports only")
    }

    fn batches(&self, _: &[WorkItem<'_>]) -> Vec<Batch> {
        unreachable!("a sync writes nothing")
    }

    async fn perform(&self, _: &[WorkItem<'_>], _: &dyn AssetReader) -> Vec<Outcome> {
        unreachable!("a sync writes nothing")
    }

    async fn history(&self, _: Timestamp) -> Result<Vec<HistoryEvent>, PlatformError> {
        unreachable!("a sync reads reports only")
    }

    async fn health(&self) -> Result<Health, PlatformError> {
        unreachable!("a sync reads reports only")
    }

    async fn download(&self, _: &str) -> Result<Option<Vec<u8>>, PlatformError> {
        unreachable!("a sync reads reports only")
    }
}

pub(crate) fn account() -> StoreAccount {
    StoreAccount {
        platform: Platform::Meta,
        id: AccountId::new("1").unwrap(),
        currency: Currency::EUR,
        zone: Zone::parse("Europe/Madrid").unwrap(),
    }
}

pub(crate) struct Bench {
    pub(crate) store: SqliteStore,
    _folder: tempfile::TempDir,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&SqliteOptions::new(folder.path().join("metrics.db"))).unwrap();
        Self { store, _folder: folder }
    }

    pub(crate) async fn sync(&self, spender: &Spender, now: &str) -> SyncReport {
        sync(&account(), spender, &self.store, Clock::Fixed(now.parse().unwrap()), What::default()).await
    }

    async fn spend(&self, window: &str, now: &str) -> Result<Option<i64>, String> {
        let window: Window = window.parse().unwrap();
        let span = resolve(&window, now.parse().unwrap(), &account().zone, None, None).unwrap();
        let found = self.store.window(&account(), Kind::Campaign, &span, AsOf::Latest).await.unwrap();
        found.all(TOLD).map(|sums| sums.spend).map_err(|unknown| unknown.to_string())
    }
}

#[tokio::test]
async fn the_first_sync_fills_the_past_and_the_next_reads_what_moves() {
    let (bench, spender) = (Bench::new(), Spender::new());
    let first = bench.sync(&spender, "2026-11-20T10:00:00Z").await;
    assert!(first.failed.is_empty(), "{:?}", first.failed);
    assert_eq!(
        (first.stored.len(), first.requests),
        (6, 13),
        "three levels by hours and days, and the account"
    );
    let days: Vec<i32> = spender.asked().iter().map(|asked| (asked.to - asked.from).get_days() + 1).collect();
    assert_eq!(days, [8, 90, 8, 90, 8, 90]);
    assert_eq!(bench.spend("last_30d", "2026-11-20T10:00:00Z").await, Ok(Some(30_000_000)));

    let second = bench.sync(&spender, "2026-11-20T10:15:00Z").await;
    assert!(spender.asked().iter().all(|asked| asked.from == "2026-11-19".parse().unwrap()));
    assert!(second.stored.iter().all(|synced| synced.stored.changed == 0), "nothing was restated");
    bench.sync(&spender, "2026-11-21T10:30:00Z").await;
    let restated = spender.asked();
    assert_eq!(restated[1].from, "2026-10-25".parse().unwrap(), "28 days, once a day");
}

#[tokio::test]
async fn one_report_that_fails_leaves_the_others_and_shows_as_a_gap() {
    let bench = Bench::new();
    let spender = Spender { fails: Some((Kind::Campaign, ErrorKind::Unavailable)), ..Spender::new() };
    let report = bench.sync(&spender, "2026-11-20T10:00:00Z").await;
    assert_eq!((report.stored.len(), report.failed.len()), (4, 2));
    let gap = bench.spend("last_7d", "2026-11-20T10:00:00Z").await.unwrap_err();
    assert!(gap.contains("no report covers 2026-11-13 to 2026-11-19"), "{gap}");
}

/// A platform whose reporting is out and says so in no way.
#[tokio::test]
async fn a_report_without_rows_is_doubted_and_not_asked_for_in_vain() {
    let (bench, spender) = (Bench::new(), Spender::new());
    bench.sync(&spender, "2026-11-20T10:00:00Z").await;
    let silent = Spender { is_silent: true, ..Spender::new() };
    let report = bench.sync(&silent, "2026-11-21T10:30:00Z").await;
    assert!(report.failed.is_empty() && report.stored.iter().all(|synced| !synced.stored.doubted.is_empty()));
    let (asked, doubts) = report.doubts(Currency::EUR).unwrap();
    assert_eq!((asked.level, asked.granularity), (Kind::Campaign, Granularity::Day));
    assert_eq!(
        (doubts.days_in_words().as_str(), doubts.known.micros()),
        ("2026-10-25 to 2026-11-21", 27_000_000)
    );
    assert_eq!(silent.asked()[1].from, "2026-10-25".parse().unwrap());

    assert_eq!(
        bench.spend("last_30d", "2026-11-20T10:00:00Z").await,
        Ok(Some(30_000_000)),
        "what is known stands"
    );
    let gap = bench.spend("yesterday", "2026-11-21T10:30:00Z").await.unwrap_err();
    assert!(gap.contains("no report covers 2026-11-20"), "it was read in part only: {gap}");
    assert!(bench.spend("today", "2026-11-21T10:30:00Z").await.is_err(), "and of today nothing is known");

    bench.sync(&silent, "2026-11-21T10:45:00Z").await;
    let again = silent.asked();
    assert!(
        again.iter().all(|asked| asked.from == "2026-11-20".parse().unwrap()),
        "28 days are asked for once a day"
    );
    let back = bench.sync(&spender, "2026-11-21T11:00:00Z").await;
    assert!(back.doubts(Currency::EUR).is_none());
    assert_eq!(bench.spend("last_7d_incl", "2026-11-21T11:00:00Z").await, Ok(Some(7_000_000)));
}

/// A store that was begun anew while reporting is out, or an account that is new: nobody can tell.
#[tokio::test]
async fn a_first_report_without_rows_is_no_zero_and_no_alarm() {
    let (bench, spender) = (Bench::new(), Spender::new());
    let silent = Spender { is_silent: true, ..Spender::new() };
    let first = bench.sync(&silent, "2026-11-20T10:00:00Z").await;
    let (asked, doubts) = first.doubts(Currency::EUR).unwrap();
    assert_eq!(
        (asked.level, asked.granularity, doubts.is_alarm()),
        (Kind::Campaign, Granularity::Day, false)
    );
    silent.asked();
    bench.sync(&silent, "2026-11-20T10:15:00Z").await;
    assert!(silent.asked().iter().all(|asked| asked.from == "2026-11-19".parse().unwrap()));
    for window in ["today", "last_7d"] {
        assert!(bench.spend(window, "2026-11-20T10:15:00Z").await.is_err(), "{window}");
    }

    // What is told by now may hold more than was asked for.
    let told = bench.sync(&spender, "2026-11-20T10:30:00Z").await;
    assert!(told.doubts(Currency::EUR).is_none() && told.relabelled.is_empty());
    assert_eq!(bench.spend("last_30d", "2026-11-20T10:30:00Z").await, Ok(Some(30_000_000)));
    let asked = spender.asked();
    assert_eq!(asked[3].from, "2026-08-23".parse().unwrap(), "as far back as a first sync reads");
    bench.sync(&spender, "2026-11-20T10:45:00Z").await;
    assert!(spender.asked().iter().all(|asked| asked.from == "2026-11-19".parse().unwrap()));
}

#[tokio::test]
async fn an_account_that_is_new_is_believed_after_three_days() {
    let bench = Bench::new();
    let silent = Spender { is_silent: true, ..Spender::new() };
    for now in ["2026-11-20T10:00:00Z", "2026-11-21T10:00:00Z", "2026-11-23T09:45:00Z"] {
        bench.sync(&silent, now).await;
        assert!(bench.spend("last_7d", now).await.is_err(), "{now}");
    }
    let now = "2026-11-23T10:00:00Z";
    let report = bench.sync(&silent, now).await;
    assert!(report.doubts(Currency::EUR).is_none());
    for window in ["today", "last_7d", "last_30d"] {
        assert_eq!(bench.spend(window, now).await, Ok(Some(0)), "{window}");
    }
}

#[tokio::test]
async fn conversions_counted_in_another_way_are_told_once_and_read_anew() {
    let (bench, before) = (Bench::new(), Spender::new());
    bench.sync(&before, "2026-11-20T10:00:00Z").await;
    let now = Spender { label: "1d_click", ..Spender::new() };
    let report = bench.sync(&now, "2026-11-20T10:15:00Z").await;
    let told: Vec<String> = report.relabelled.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 3, "one for each level: {told:?}");
    assert!(
        told[0].starts_with("Campaign: conversions are counted as `1d_click` now, and were as `attr"),
        "{told:?}"
    );
    assert_eq!(bench.spend("last_30d", "2026-11-20T10:15:00Z").await, Ok(Some(30_000_000)), "all of it anew");
    let again = bench.sync(&now, "2026-11-20T10:30:00Z").await;
    assert!(again.relabelled.is_empty());

    // A report that is out says nothing, whatever its label.
    let silent = Spender { is_silent: true, label: "7d_view", ..Spender::new() };
    let report = bench.sync(&silent, "2026-11-20T10:45:00Z").await;
    assert!(report.relabelled.is_empty() && report.doubts(Currency::EUR).unwrap().1.is_alarm());
    assert_eq!(bench.spend("last_30d", "2026-11-20T10:45:00Z").await, Ok(Some(30_000_000)));
}

/// What of the past could not be read anew is read by the next sync, and by no more than that.
#[tokio::test]
async fn a_past_that_was_not_read_anew_is_tried_again() {
    let (bench, before) = (Bench::new(), Spender::new());
    bench.sync(&before, "2026-11-20T10:00:00Z").await;
    let short = Spender { label: "1d_click", longest: Some(3), ..Spender::new() };
    for now in ["2026-11-20T10:15:00Z", "2026-11-20T10:30:00Z"] {
        let report = bench.sync(&short, now).await;
        assert_eq!((report.stored.len(), report.failed.len()), (6, 6), "{now}");
        let gap = bench.spend("last_30d", now).await.unwrap_err();
        assert!(gap.contains("no report covers 2026-10-21"), "{gap}");
    }
    let now = Spender { label: "1d_click", ..Spender::new() };
    let report = bench.sync(&now, "2026-11-20T10:45:00Z").await;
    assert!(report.failed.is_empty() && report.relabelled.is_empty(), "it was told before");
    let days: Vec<i32> = now.asked().iter().map(|asked| (asked.to - asked.from).get_days() + 1).collect();
    assert_eq!(days, [2, 8, 2, 90, 2, 8, 2, 90, 2, 8, 2, 90]);
    assert_eq!(bench.spend("last_30d", "2026-11-20T10:45:00Z").await, Ok(Some(30_000_000)));
    bench.sync(&now, "2026-11-20T11:00:00Z").await;
    assert_eq!(now.asked().len(), 6, "all of it is there");

    // Counted as before again: days since then are asked for under that label, and no more.
    bench.sync(&now, "2026-11-24T10:00:00Z").await;
    bench.sync(&before, "2026-11-24T10:15:00Z").await;
    assert_eq!(bench.spend("last_30d", "2026-11-24T10:15:00Z").await, Ok(Some(30_000_000)));
    before.asked();
    bench.sync(&before, "2026-11-24T10:30:00Z").await;
    assert_eq!(before.asked().len(), 6);
}

#[tokio::test]
async fn a_failure_that_would_meet_all_stops_and_keeps_what_is_stored() {
    let bench = Bench::new();
    let spender = Spender { fails: Some((Kind::AdGroup, ErrorKind::QuotaExhausted)), ..Spender::new() };
    let report = bench.sync(&spender, "2026-11-20T10:00:00Z").await;
    assert_eq!((report.stored.len(), report.failed.len()), (2, 1));
    assert_eq!(bench.spend("last_7d", "2026-11-20T10:00:00Z").await, Ok(Some(7_000_000)));
}

#[tokio::test]
async fn days_of_another_zone_are_not_read() {
    let (bench, spender) = (Bench::new(), Spender { zone: "America/New_York", ..Spender::new() });
    let report = bench.sync(&spender, "2026-11-20T10:00:00Z").await;
    assert!(report.stored.is_empty() && spender.asked().is_empty());
    let why = report.failed[0].why.to_string();
    assert!(why.contains("time zone America/New_York, but the YAML says Europe/Madrid"), "{why}");
}

/// Otherwise every report would be taken for an older one and left out in silence until the clock has caught up.
#[tokio::test]
async fn a_store_from_the_future_stops_the_sync() {
    let (bench, spender) = (Bench::new(), Spender::new());
    bench.sync(&spender, "2026-11-21T10:00:00Z").await;
    spender.asked();
    let report = bench.sync(&spender, "2026-11-20T10:00:00Z").await;
    assert!(report.stored.is_empty() && spender.asked().is_empty());
    let why = report.failed[0].why.to_string();
    assert!(
        why.contains("a report of 2026-11-21T10:00:00Z, and this machine's clock says 2026-11-20"),
        "{why}"
    );
    let near = bench.sync(&spender, "2026-11-21T09:56:00Z").await;
    assert!(near.failed.is_empty(), "clocks may differ a little: {:?}", near.failed);
}
