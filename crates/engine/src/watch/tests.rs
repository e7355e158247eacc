use std::collections::BTreeSet;
use std::sync::Arc;

use adplane_core::address::{Address, Kind, Platform};
use adplane_core::ids::ExternalId;
use adplane_core::metrics::{CONVERSION_PARTS, Day, Granularity, Metric, MetricRow, Reading, Slot, Sums};
use adplane_core::money::Money;
use adplane_core::notify::{EventAccount, Happening};
use adplane_core::observed::Coverage;
use adplane_core::schema::{Claim, Confidence, OverDelivery, PlatformSchema};
use adplane_core::time::Zone;
use jiff::{Timestamp, ToSpan};

use super::*;
use crate::metrics::store::{SqliteOptions, SqliteStore};
use crate::state::StateDir;

const DAILY: OverDelivery = OverDelivery {
    path: "budget.daily",
    automatic: false,
    worst_day: Some((2, 1)),
    worst_period: (304, 10),
    period: "calendar month",
    on_change: "",
    claim: Claim { confidence: Confidence::High, source: "" },
    since: "2017-10-04",
};

static SCHEMA: PlatformSchema = PlatformSchema {
    platform: Platform::Google,
    amount_step: adplane_core::money::Currency::minor_unit_micros,
    kinds: &[],
    marker_in_name: false,
    over_delivery: &[DAILY],
    edit_limits: &[],
    new_ad_relearns: None,
    pause_relearns: None,
    metrics: &[Metric::Spend, Metric::Impressions, Metric::Clicks, Metric::Conversions],
    restated_days: 28,
};

/// What one day delivered: money in whole units, clicks, conversions.
#[derive(Clone, Copy)]
pub(super) struct Delivered {
    pub(super) spend: i64,
    pub(super) clicks: i64,
    pub(super) conversions: i64,
}

pub(super) const USUAL: Delivered = Delivered { spend: 100, clicks: 500, conversions: 40 };

pub(super) struct Case {
    folder: tempfile::TempDir,
    pub(super) store: Arc<SqliteStore>,
    pub(super) looked: Looked,
}

pub(super) fn day(text: &str) -> Day {
    text.parse().unwrap()
}

pub(super) fn id() -> ExternalId {
    ExternalId::new("101").unwrap()
}

impl Case {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&SqliteOptions::new(folder.path().join("metrics.db"))).unwrap();
        let store_account = StoreAccount {
            platform: Platform::Google,
            id: "1234567890".parse().unwrap(),
            currency: "EUR".parse().unwrap(),
            zone: Zone::utc(),
        };
        let event = EventAccount {
            namespace: "growth".parse().unwrap(),
            name: "google-eu".parse().unwrap(),
            platform: Platform::Google,
        };
        let looked = Looked { event, store: store_account, schema: &SCHEMA, limits: Vec::new() };
        Self { folder, store: Arc::new(store), looked }
    }

    fn budget(mut self, path: &'static str, amount: i64, start: Option<&str>) -> Self {
        let address: Address = "google/google-eu/Campaign/growth/sale".parse().unwrap();
        self.looked.limits = vec![Limit {
            address,
            spenders: BTreeSet::from([id()]),
            level: Kind::Campaign,
            path,
            amount: Money::from_micros(amount * 1_000_000, self.looked.store.currency),
            automatic: false,
            start: start.map(day),
        }];
        self
    }

    /// A report of days from one on, made at an instant.
    pub(super) async fn report(&self, first: Day, days: &[Delivered], as_of: &str) {
        let rows = days.iter().zip(0_i64..).map(|(delivered, number)| MetricRow {
            id: id(),
            slot: Slot::day(first.saturating_add(number.days())),
            sums: Sums {
                spend: Some(delivered.spend * 1_000_000),
                impressions: Some(delivered.clicks * 20),
                clicks: Some(delivered.clicks),
                conversions: Some(delivered.conversions * CONVERSION_PARTS),
                ..Sums::default()
            },
        });
        let reading = Reading {
            level: Kind::Campaign,
            granularity: Granularity::Day,
            from: first,
            to: first.saturating_add(i64::try_from(days.len() - 1).unwrap().days()),
            attribution: "last click".to_owned(),
            as_of: as_of.parse().unwrap(),
            rows: rows.collect(),
        };
        self.store.put(&self.looked.store, &reading).await.unwrap();
    }

    /// Looks, remembers, and says the titles of what is told.
    pub(super) async fn look(&self, now: &str) -> Vec<String> {
        let now: Timestamp = now.parse().unwrap();
        let mut watch = Watch::open(&StateDir::of_project(self.folder.path())).unwrap();
        let key = self.looked.event.key();
        let found = delivered(&self.looked, self.store.as_ref(), watch.of(&key), now).await.unwrap();
        watch.save().unwrap();
        found.iter().map(|one| one.event(None, now, BTreeSet::new()).title).collect()
    }
}

pub(super) const NONE: [String; 0] = [];

#[tokio::test]
async fn two_days_far_below_are_told_once_however_often_they_are_restated() {
    let case = Case::new();
    let mut days = vec![USUAL; 60];
    let first = day("2026-03-01");
    // Days 58 and 59 are 28 and 29 April.
    for low in &mut days[58..] {
        *low = Delivered { spend: 10, clicks: 50, conversions: 4 };
    }
    case.report(first, &days[..59], "2026-04-29T08:00:00Z").await;
    assert_eq!(case.look("2026-04-29T08:00:00Z").await, NONE, "one day is no alarm");
    case.report(first, &days, "2026-04-30T03:00:00Z").await;
    assert_eq!(case.look("2026-04-30T03:00:00Z").await, NONE, "the platform has not counted all of it yet");
    case.report(first, &days, "2026-04-30T08:00:00Z").await;
    let told = case.look("2026-04-30T08:00:00Z").await;
    assert_eq!(
        told,
        [
            "spend of growth/google-eu left its range: 10.00 EUR, 90 % less than expected",
            "impressions of growth/google-eu left its range: 1000, 90 % less than expected",
            "clicks of growth/google-eu left its range: 50, 90 % less than expected",
        ]
    );
    assert_eq!(case.look("2026-04-30T08:15:00Z").await, NONE);
    // The platform restates both days, and then the next is as bad: it is the same alarm.
    for low in &mut days[58..] {
        *low = Delivered { spend: 20, clicks: 60, conversions: 5 };
    }
    case.report(first, &days, "2026-04-30T12:00:00Z").await;
    assert_eq!(case.look("2026-04-30T12:00:00Z").await, NONE);
    days.push(Delivered { spend: 5, clicks: 30, conversions: 2 });
    case.report(first, &days, "2026-05-01T08:00:00Z").await;
    assert_eq!(case.look("2026-05-01T08:00:00Z").await, NONE);
}

#[tokio::test]
async fn a_month_without_conversions_is_one_alert() {
    let case = Case::new();
    let first = day("2026-01-01");
    let mut told = Vec::new();
    for number in 60..120_usize {
        let broken = (70..100).contains(&number);
        let all: Vec<Delivered> = (0..number)
            .map(|one| {
                let conversions = if (70..100).contains(&one) { 0 } else { USUAL.conversions };
                Delivered { conversions, ..USUAL }
            })
            .collect();
        let today = first.saturating_add(i64::try_from(number).unwrap().days());
        let now = format!("{today}T08:00:00Z");
        // As a sync does: the restated days, and everything the first time.
        let from = if number == 60 { 0 } else { number - 28 };
        let begin = first.saturating_add(i64::try_from(from).unwrap().days());
        case.report(begin, &all[from..], &now).await;
        let found = case.look(&now).await;
        assert!(found.is_empty() || broken || number == 100, "{number}: {found:?}");
        told.extend(found);
    }
    assert_eq!(
        told,
        ["Tracking on growth/google-eu is probably broken: clicks go on, conversions do not"],
        "neither the month nor the return from it is told again"
    );
}

/// Of a report without rows nothing is judged: it is told that it is not believed, however long that lasts.
#[tokio::test]
async fn what_is_taken_back_is_told_once_and_judged_never() {
    let case = Case::new();
    let first = day("2026-03-01");
    case.report(first, &[USUAL; 60], "2026-04-30T08:00:00Z").await;
    assert_eq!(case.look("2026-04-30T08:00:00Z").await, NONE);
    let nothing = Delivered { spend: 0, clicks: 0, conversions: 0 };
    for (as_of, is_told) in
        [("2026-04-30T09:00:00Z", true), ("2026-04-30T10:00:00Z", false), ("2026-05-01T09:00:00Z", false)]
    {
        case.report(day("2026-04-29"), &[nothing; 3], as_of).await;
        let told = case.look(as_of).await;
        let once = "spend of growth/google-eu left its range: 0.00 EUR told, and not believed";
        assert_eq!(told, if is_told { vec![once] } else { Vec::new() }, "{as_of}");
    }
    case.report(day("2026-04-29"), &[USUAL; 2], "2026-05-01T10:00:00Z").await;
    assert_eq!(case.look("2026-05-01T10:00:00Z").await, NONE);
}

#[tokio::test]
async fn a_day_that_is_counted_twice_is_told_once() {
    let case = Case::new();
    let first = day("2026-01-01");
    let mut told = Vec::new();
    for number in 60..114_usize {
        let mut all = vec![USUAL; number];
        if number > 110 {
            all[105] = Delivered { spend: 200, conversions: 80, ..USUAL };
        }
        let today = first.saturating_add(i64::try_from(number).unwrap().days());
        let now = format!("{today}T08:00:00Z");
        let from = if number == 60 { 0 } else { number - 28 };
        let begin = first.saturating_add(i64::try_from(from).unwrap().days());
        case.report(begin, &all[from..], &now).await;
        told.extend(case.look(&now).await);
    }
    assert_eq!(
        told,
        [
            "spend of growth/google-eu left its range: 200.00 EUR told of days that were over",
            "conversions of growth/google-eu left its range: 80 conversions told of days that were over",
        ]
    );
}

#[tokio::test]
async fn an_account_that_begins_is_no_anomaly() {
    let case = Case::new();
    let idle = Delivered { spend: 0, clicks: 0, conversions: 0 };
    let days = [vec![idle; 57], vec![USUAL; 3]].concat();
    case.report(day("2026-03-01"), &days, "2026-04-30T08:00:00Z").await;
    assert_eq!(case.look("2026-04-30T08:00:00Z").await, NONE);
}

#[tokio::test]
async fn what_was_not_read_is_told_nothing_of() {
    let case = Case::new().budget("budget.daily", 20, None);
    assert_eq!(case.look("2026-04-30T08:00:00Z").await, NONE);
    case.report(day("2026-03-01"), &[USUAL; 10], "2026-03-11T08:00:00Z").await;
    assert_eq!(case.look("2026-04-30T08:00:00Z").await, NONE);
}

#[tokio::test]
async fn a_days_budget_is_told_when_it_is_full_and_when_it_is_more_than_the_platform_may() {
    let case = Case::new().budget("budget.daily", 50, None);
    let today = day("2026-04-29");
    let spent = |spend| [Delivered { spend, ..USUAL }];
    case.report(today, &spent(49), "2026-04-29T08:00:00Z").await;
    assert_eq!(case.look("2026-04-29T08:00:00Z").await, NONE);
    case.report(today, &spent(50), "2026-04-29T09:00:00Z").await;
    let full = ["campaign/sale has spent 100 % of its budget of 2026-04-29"];
    assert_eq!(case.look("2026-04-29T09:00:00Z").await, full);
    // Restated below and above again, and up to what the platform may spend.
    case.report(today, &spent(45), "2026-04-29T10:00:00Z").await;
    assert_eq!(case.look("2026-04-29T10:00:00Z").await, NONE);
    case.report(today, &spent(100), "2026-04-29T11:00:00Z").await;
    assert_eq!(case.look("2026-04-29T11:00:00Z").await, NONE);
    case.report(today, &spent(102), "2026-04-29T12:00:00Z").await;
    let beyond = ["campaign/sale has spent more than 200 % of its budget of 2026-04-29"];
    assert_eq!(case.look("2026-04-29T12:00:00Z").await, beyond);
    assert_eq!(case.look("2026-04-29T12:15:00Z").await, NONE);
}

#[tokio::test]
async fn a_month_counts_where_the_amount_held_since_it_began() {
    let case = Case::new().budget("budget.daily", 10, None);
    // 304.00 EUR is what ten a day come to in a month.
    let month = [Delivered { spend: 31, ..USUAL }; 10];
    case.report(day("2026-04-20"), &[Delivered { spend: 1, ..USUAL }; 10], "2026-04-29T08:00:00Z").await;
    assert_eq!(case.look("2026-04-29T08:00:00Z").await, NONE);
    case.report(day("2026-05-01"), &month[..9], "2026-05-09T08:00:00Z").await;
    let told = case.look("2026-05-09T08:00:00Z").await;
    assert_eq!(told, ["campaign/sale has spent more than 200 % of its budget of 2026-05-09"]);
    case.report(day("2026-05-01"), &month, "2026-05-10T08:00:00Z").await;
    let told = case.look("2026-05-10T08:00:00Z").await;
    assert_eq!(
        told,
        [
            "campaign/sale has spent more than 200 % of its budget of 2026-05-10",
            "campaign/sale has spent 100 % of its budget of the calendar month from 2026-05-01",
        ]
    );
    // Lowered at noon: what was spent under the former amount is no news.
    let lowered = Case { looked: Case::new().budget("budget.daily", 5, None).looked, ..case };
    assert_eq!(lowered.look("2026-05-10T12:00:00Z").await, NONE);
}

#[tokio::test]
async fn a_flight_is_told_at_four_fifths_and_when_it_is_spent() {
    let case = Case::new().budget("budget.total", 1000, Some("2026-04-20"));
    let days = [USUAL; 10];
    case.report(day("2026-04-20"), &days[..7], "2026-04-26T20:00:00Z").await;
    assert_eq!(case.look("2026-04-26T20:00:00Z").await, NONE);
    case.report(day("2026-04-20"), &days[..8], "2026-04-27T20:00:00Z").await;
    let most = "campaign/sale has spent 80 % of its budget of the flight from 2026-04-20";
    assert_eq!(case.look("2026-04-27T20:00:00Z").await, [most]);
    case.report(day("2026-04-20"), &days, "2026-04-29T20:00:00Z").await;
    let all = "campaign/sale has spent 100 % of its budget of the flight from 2026-04-20";
    assert_eq!(case.look("2026-04-29T20:00:00Z").await, [all]);
}

fn ad(name: &str) -> Rejected {
    Rejected {
        id: ExternalId::new(name).unwrap(),
        address: format!("meta/meta-eu/Ad/growth/sale/{name}").parse().unwrap(),
        because: vec!["Personal attributes".to_owned()],
    }
}

#[test]
fn a_rejection_is_told_once_until_the_ad_is_approved() {
    let mut seen = Seen::default();
    let mut look = |ads: &[&str], coverage: &Coverage| {
        rejections(ads.iter().map(|name| ad(name)).collect(), coverage, &mut seen).len()
    };
    let partial = Coverage::Partial { because: "a page is missing".into() };
    assert_eq!(look(&["11", "12"], &Coverage::Complete), 2);
    assert_eq!(look(&["11", "12"], &Coverage::Complete), 0);
    assert_eq!(look(&["12"], &partial), 0);
    assert_eq!(look(&["11", "12"], &Coverage::Complete), 0, "it was not read, and not approved");
    assert_eq!(look(&["12"], &Coverage::Complete), 0);
    assert_eq!(look(&["11", "12"], &Coverage::Complete), 1, "rejected again");
    let many: Vec<String> = (100..150).map(|number| number.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let counts: Vec<usize> = (0..4).map(|_| look(&many, &Coverage::Complete)).collect();
    assert_eq!(counts, [20, 20, 10, 0], "none is left out");
}

#[test]
fn credentials_are_told_a_week_and_a_day_before() {
    let mut seen = Seen::default();
    let event = Case::new().looked.event;
    let expires: Timestamp = "2026-05-10T12:00:00Z".parse().unwrap();
    let mut ask = |now: &str| {
        let now = now.parse().unwrap();
        assert!(is_token_due(&seen, now));
        let told = expiring(&event, Some(expires), &mut seen, now);
        assert!(!is_token_due(&seen, now));
        told.map(|told| told.event(None, now, BTreeSet::new()).severity.to_string())
    };
    assert_eq!(ask("2026-05-01T12:00:00Z"), None);
    assert_eq!(ask("2026-05-04T12:00:00Z").as_deref(), Some("Warning"));
    assert_eq!(ask("2026-05-05T12:00:00Z"), None);
    assert_eq!(ask("2026-05-09T13:00:00Z").as_deref(), Some("Critical"));
    assert_eq!(ask("2026-05-10T11:00:00Z"), None);
    let renewed = "2026-07-10T12:00:00Z".parse().ok();
    let now = "2026-05-11T12:00:00Z".parse().unwrap();
    assert_eq!(expiring(&event, renewed, &mut seen, now), None::<Happening>);
    assert_eq!(expiring(&event, None, &mut seen, now), None, "it never expires");
}

#[test]
fn what_was_told_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let state = StateDir::of_project(folder.path());
    let key = Case::new().looked.event.key();
    {
        let mut watch = Watch::open(&state).unwrap();
        rejections(vec![ad("11")], &Coverage::Complete, watch.of(&key));
        watch.save().unwrap();
    }
    let mut watch = Watch::open(&state).unwrap();
    assert_eq!(rejections(vec![ad("11")], &Coverage::Complete, watch.of(&key)), []);
    drop(watch);
    std::fs::write(state.root().join("watch.json"), "{").unwrap();
    let mut watch = Watch::open(&state).unwrap();
    assert_eq!(rejections(vec![ad("11")], &Coverage::Complete, watch.of(&key)).len(), 1, "it is told twice");
}
