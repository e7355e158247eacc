//! What is kept, and what goes with age.

use std::sync::Arc;

use adplane_core::address::Kind;
use adplane_core::ids::AccountId;
use adplane_core::metrics::Granularity;
use adplane_engine::metrics::store::{AsOf, MetricStore, Retained, Retention, StoreAccount};

use crate::build::{With, account, at, day, reading, shown, span, spent, window};
use crate::telling::everything;

crate::cases![
    what_is_recent_stays,
    of_older_days_the_first_reading_can_still_be_asked_for,
    days_that_went_are_gaps_and_no_zeros,
    hours_become_days_where_no_day_was_read,
    a_day_that_was_read_in_part_becomes_whole,
    others_that_share_the_store_keep_theirs,
];

async fn what_is_recent_stays(store: Arc<dyn MetricStore>) {
    for (hour, units) in [(6, 1), (7, 2), (8, 3)] {
        let told = reading("2026-06-09", "2026-06-10", &format!("2026-06-10T{hour:02}:00:00Z")).with(
            "1",
            "2026-06-09",
            spent(units),
        );
        store.put(&account(), &told).await.unwrap();
    }
    let before = everything(&*store).await;
    let retained = store.retain(&account(), Retention::default(), at("2026-06-12T12:00:00Z")).await.unwrap();
    assert_eq!(retained, Retained::default());
    assert_eq!(everything(&*store).await, before);
}

async fn of_older_days_the_first_reading_can_still_be_asked_for(store: Arc<dyn MetricStore>) {
    for (as_of, units) in [
        ("2026-06-10T06:00:00Z", 1),
        ("2026-06-10T07:00:00Z", 2),
        ("2026-06-10T08:00:00Z", 3),
        ("2026-06-11T06:00:00Z", 4),
        ("2026-06-11T07:00:00Z", 5),
    ] {
        let told = reading("2026-06-09", "2026-06-09", as_of).with("1", "2026-06-09", spent(units));
        store.put(&account(), &told).await.unwrap();
    }
    let retained = store.retain(&account(), Retention::default(), at("2026-06-30T12:00:00Z")).await.unwrap();
    assert_eq!(retained, Retained { versions: 2, readings: 2, ..Retained::default() });
    let yesterday = span("yesterday", "2026-06-10T12:00:00Z");
    for (asked, expected) in [
        ("2026-06-10T06:30:00Z", "1=1"),
        ("2026-06-10T09:00:00Z", "1=1"),
        ("2026-06-11T06:30:00Z", "1=4"),
        ("2026-06-11T07:00:00Z", "1=5"),
    ] {
        let as_of = AsOf::At(at(asked));
        let totals = store.window(&account(), Kind::Ad, &yesterday, as_of).await.unwrap();
        assert_eq!(shown(&totals), expected, "as of {asked}");
        assert!(totals.freshness.unwrap().newest <= at(asked));
    }
    let again = store.retain(&account(), Retention::default(), at("2026-06-30T12:00:00Z")).await.unwrap();
    assert_eq!(again, Retained::default());
}

async fn days_that_went_are_gaps_and_no_zeros(store: Arc<dyn MetricStore>) {
    let told = reading("2026-06-01", "2026-06-09", "2026-06-10T06:00:00Z")
        .with("1", "2026-06-03", spent(1))
        .with("1", "2026-06-07", spent(2));
    store.put(&account(), &told).await.unwrap();
    let short = Retention { days: 5, ..Retention::default() };
    let retained = store.retain(&account(), short, at("2026-06-10T12:00:00Z")).await.unwrap();
    assert_eq!(retained.rows, 1);
    let totals = window(&*store, "last_9d", "2026-06-10T12:00:00Z").await;
    assert_eq!(shown(&totals), "1=2 [2026-06-01 to 2026-06-04]");
}

async fn hours_become_days_where_no_day_was_read(store: Arc<dyn MetricStore>) {
    // Clocks go back in Madrid on the 25th; its hours are 24 slots all the same.
    for date in ["2026-10-24", "2026-10-25", "2026-10-26"] {
        let next = day(date).tomorrow().unwrap();
        let mut told = reading(date, date, &format!("{next}T06:00:00Z")).by_hour();
        for hour in 0..24 {
            told = told.with_hour("1", date, hour, spent(1));
        }
        store.put(&account(), &told.with_hour("2", date, 9, spent(5))).await.unwrap();
    }
    let unfinished = reading("2026-10-27", "2026-10-27", "2026-10-27T06:00:00Z").by_hour().with_hour(
        "1",
        "2026-10-27",
        3,
        spent(1),
    );
    store.put(&account(), &unfinished).await.unwrap();
    let read = reading("2026-10-26", "2026-10-26", "2026-10-27T08:00:00Z").with("1", "2026-10-26", spent(30));
    store.put(&account(), &read).await.unwrap();

    let retained = store.retain(&account(), Retention::default(), at("2026-12-20T12:00:00Z")).await.unwrap();
    assert_eq!((retained.rolled_up, retained.rows), (2, 76));
    let hours = store.readings(&account(), Kind::Ad, Granularity::Hour).await.unwrap();
    assert_eq!(hours, [], "nothing is left that hours were read of");
    let totals = window(&*store, "last_4d", "2026-10-28T12:00:00Z").await;
    assert_eq!(
        shown(&totals),
        "1=78 2=10 [2026-10-27]",
        "24 + 24 + 30, and a day that was never read to its end"
    );
    let again = store.retain(&account(), Retention::default(), at("2026-12-20T12:00:00Z")).await.unwrap();
    assert_eq!(again, Retained::default());
}

/// Nobody synced from the afternoon of the 26th to the next day, when its hours came in and its day did not.
async fn a_day_that_was_read_in_part_becomes_whole(store: Arc<dyn MetricStore>) {
    let half = reading("2026-10-26", "2026-10-26", "2026-10-26T14:00:00Z").with("1", "2026-10-26", spent(15));
    store.put(&account(), &half).await.unwrap();
    let mut told = reading("2026-10-26", "2026-10-26", "2026-10-27T06:00:00Z").by_hour();
    for hour in 0..24 {
        told = told.with_hour("1", "2026-10-26", hour, spent(1));
    }
    store.put(&account(), &told).await.unwrap();
    let retained = store.retain(&account(), Retention::default(), at("2026-12-20T12:00:00Z")).await.unwrap();
    assert_eq!(retained.rolled_up, 1);
    assert_eq!(shown(&window(&*store, "yesterday", "2026-10-27T12:00:00Z").await), "1=24");
}

async fn others_that_share_the_store_keep_theirs(store: Arc<dyn MetricStore>) {
    let told = reading("2026-06-01", "2026-06-09", "2026-06-10T06:00:00Z").with("1", "2026-06-03", spent(1));
    let other = StoreAccount { id: AccountId::new("1002").unwrap(), ..account() };
    store.put(&account(), &told).await.unwrap();
    store.put(&other, &told).await.unwrap();
    let short = Retention { days: 5, ..Retention::default() };
    assert_eq!(store.retain(&account(), short, at("2026-06-10T12:00:00Z")).await.unwrap().rows, 1);
    let week = span("last_9d", "2026-06-10T12:00:00Z");
    let kept = store.window(&other, Kind::Ad, &week, AsOf::Latest).await.unwrap();
    assert_eq!(shown(&kept), "1=1");
}
