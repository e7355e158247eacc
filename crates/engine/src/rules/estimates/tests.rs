//! Days whose conversions still come in, as a store that was synced every morning knows them.

use std::collections::{BTreeMap, BTreeSet};

use adplane_core::address::{Address, Kind, Platform};
use adplane_core::ids::{AccountId, ExternalId};
use adplane_core::metrics::{Day, End, Granularity, Metric, MetricRow, Reading, Slot, Sums, Unknown, Window};
use adplane_core::money::Currency;
use adplane_core::rules::{ObjectState, State, WindowSums};
use adplane_core::schema::PlatformSchema;
use adplane_core::time::Zone;
use jiff::{Timestamp, ToSpan};

use super::super::live::Watched;
use super::super::numbers::{Basis, Question};
use crate::metrics::store::{MetricStore, SqliteOptions, SqliteStore, StoreAccount};

static SCHEMA: PlatformSchema = PlatformSchema {
    platform: Platform::Meta,
    kinds: &[],
    marker_in_name: false,
    amount_step: adplane_core::money::Currency::minor_unit_micros,
    over_delivery: &[],
    edit_limits: &[],
    new_ad_relearns: None,
    pause_relearns: None,
    metrics: &[Metric::Spend, Metric::Conversions],
    restated_days: 4,
};

/// What a day has of ten conversions when it is so many days old, in millionths.
const BY_AGE: [i64; 4] = [5_000_000, 8_000_000, 9_500_000, 10_000_000];

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn account() -> StoreAccount {
    StoreAccount {
        platform: Platform::Meta,
        id: AccountId::new("7").unwrap(),
        currency: Currency::EUR,
        zone: Zone::utc(),
    }
}

/// Ten euros and, after a while, ten conversions on each day; every morning of so many the last four days are read.
async fn synced(mornings: i32) -> (tempfile::TempDir, SqliteStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&SqliteOptions::new(folder.path().join("metrics.db"))).unwrap();
    for back in (0..mornings).rev() {
        let morning = day("2026-06-10").checked_sub(back.days()).unwrap();
        let rows = BY_AGE.iter().zip(1_i32..).map(|(conversions, age)| MetricRow {
            id: ExternalId::new("k").unwrap(),
            slot: Slot::day(morning.checked_sub(age.days()).unwrap()),
            sums: Sums { spend: Some(10_000_000), conversions: Some(*conversions), ..Sums::default() },
        });
        let reading = Reading {
            level: Kind::Campaign,
            granularity: Granularity::Day,
            from: morning.checked_sub(4.days()).unwrap(),
            to: morning.yesterday().unwrap(),
            attribution: "7d_click".to_owned(),
            as_of: format!("{morning}T06:00:00Z").parse().unwrap(),
            rows: rows.collect(),
        };
        store.put(&account(), &reading).await.unwrap();
    }
    (folder, store)
}

fn campaign() -> (Address, Watched) {
    let state = ObjectState {
        display_name: "k".to_owned(),
        labels: BTreeMap::new(),
        parent: None,
        state: Some(State::Active),
        created: Some("2026-05-20T12:00:00Z".parse().unwrap()),
        budget: None,
        bid: None,
        target_cpa: None,
        target_roas: None,
        creatives: BTreeSet::new(),
        windows: BTreeMap::new(),
        hold: None,
        rules_may_pause: true,
        keep_one: BTreeSet::new(),
    };
    let address = "meta/shop/Campaign/growth/k".parse().unwrap();
    (address, Watched { id: ExternalId::new("k").ok(), flight: None, state })
}

/// A window of the account and of its campaign.
async fn asked(store: &SqliteStore, window: Window) -> [WindowSums; 2] {
    let account = account();
    let question = Question {
        store,
        account: &account,
        schema: &SCHEMA,
        now: "2026-06-10T10:00:00Z".parse::<Timestamp>().unwrap(),
        basis: Basis::Known,
        windows: &BTreeSet::from([window]),
        levels: &BTreeSet::from([Kind::Campaign]),
        conversions: false,
    };
    let mut objects = BTreeMap::from([campaign()]);
    let found = question.answer(&mut objects).await.unwrap();
    let of_object = objects.into_values().next().unwrap().state.windows.remove(&window).unwrap();
    [found.windows[&window].clone(), of_object]
}

#[tokio::test]
async fn late_conversions_are_reckoned_in_by_how_days_came_in_before() {
    let (_folder, store) = synced(30).await;
    let window = Window::days(2, End::Estimated, 0).unwrap();
    for found in asked(&store, window).await {
        let sums = found.sums.unwrap();
        assert_eq!((sums.spend, sums.conversions), (Some(20_000_000), Some(20_000_000)));
        let observed = found.observed.unwrap();
        assert_eq!((observed.sums.conversions, observed.unclear), (Some(13_000_000), None));
        assert_eq!(found.days, Some(2));
    }
    let settled = Window::days(2, End::Estimated, 4).unwrap();
    for found in asked(&store, settled).await {
        assert_eq!(found.sums.unwrap().conversions, found.observed.unwrap().sums.conversions, "all is there");
    }
}

#[tokio::test]
async fn a_short_history_tells_nothing_of_what_is_to_come() {
    let (_folder, store) = synced(6).await;
    for found in asked(&store, Window::days(2, End::Estimated, 0).unwrap()).await {
        let sums = found.sums.unwrap();
        assert_eq!((sums.spend, sums.conversions), (Some(20_000_000), None));
        assert_eq!(found.observed.unwrap().unclear, Some(day("2026-06-09")));
    }
    let far = asked(&store, Window::days(2, End::Estimated, 30).unwrap()).await;
    assert!(far.iter().all(|found| matches!(found.sums, Err(Unknown::NotCovered { .. }))));
}

#[tokio::test]
async fn the_first_days_of_what_tells_no_start_are_those_since_it_was_made() {
    let (_folder, store) = synced(30).await;
    let [of_account, of_object] = asked(&store, "first_3d".parse().unwrap()).await;
    assert_eq!(of_object.sums.unwrap().spend, Some(30_000_000));
    assert!(matches!(of_account.sums, Err(Unknown::Unresolved(_))), "an account has no first day");
}
