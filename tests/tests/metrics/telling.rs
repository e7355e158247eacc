//! What was told is what is answered.

use std::sync::Arc;

use adplane_core::address::{Kind, Platform};
use adplane_core::ids::AccountId;
use adplane_core::metrics::{Granularity, Metric, Slots, Sums, Unknown};
use adplane_core::money::Currency;
use adplane_core::time::Zone;
use adplane_engine::metrics::store::{AsOf, MetricStore, Of, StoreAccount, StoreError, Versions};

use crate::build::{TOLD, With, account, at, day, id, reading, shown, span, spent, window};

crate::cases![
    a_reading_is_answered_as_it_was_told,
    the_same_reading_again_changes_nothing,
    only_differences_are_kept,
    what_a_later_reading_leaves_out_delivered_nothing,
    a_day_that_nobody_read_is_a_gap,
    a_day_read_before_it_was_over_is_a_gap,
    counts_that_were_not_told_stay_unknown,
    hours_follow_the_wall_clock,
    equal_weekdays_are_ranges_apart,
    a_series_has_a_point_for_each_slot,
    accounts_levels_and_platforms_do_not_mix,
    an_account_in_another_currency_is_refused,
    an_account_in_another_zone_is_not_answered,
    a_reading_that_contradicts_itself_is_refused,
    an_empty_store_knows_nothing,
];

async fn a_reading_is_answered_as_it_was_told(store: Arc<dyn MetricStore>) {
    let told = reading("2026-06-08", "2026-06-09", "2026-06-10T06:00:00Z")
        .with("1", "2026-06-08", spent(10))
        .with("1", "2026-06-09", spent(5))
        .with("2", "2026-06-09", spent(7));
    let stored = store.put(&account(), &told).await.unwrap();
    assert_eq!((stored.changed, stored.unchanged, stored.zeroed), (3, 0, 0));
    assert_eq!(stored.days, [Slots::days(day("2026-06-08"), day("2026-06-09"))]);

    let totals = window(&*store, "last_2d", "2026-06-10T08:00:00Z").await;
    assert_eq!(shown(&totals), "1=15 2=7");
    assert_eq!(totals.of(&id(1), TOLD), Ok(spent(15)));
    assert_eq!(totals.of(&id(3), TOLD), Ok(Sums::zero(TOLD)), "it was read and delivered nothing");
    assert_eq!(totals.all(TOLD), Ok(spent(22)));
    assert_eq!(totals.attribution.as_deref(), Some("7d_click,1d_view"));
    let fresh = totals.freshness.unwrap();
    assert_eq!((fresh.oldest, fresh.newest), (at("2026-06-10T06:00:00Z"), at("2026-06-10T06:00:00Z")));
}

async fn the_same_reading_again_changes_nothing(store: Arc<dyn MetricStore>) {
    let told = reading("2026-06-08", "2026-06-09", "2026-06-10T06:00:00Z")
        .with("1", "2026-06-08", spent(10))
        .with("2", "2026-06-09", spent(7));
    store.put(&account(), &told).await.unwrap();
    let before = everything(&*store).await;
    let again = store.put(&account(), &told).await.unwrap();
    assert!(again.is_repeated());
    assert_eq!((again.changed, again.unchanged), (0, 0));
    assert_eq!(everything(&*store).await, before);
}

async fn only_differences_are_kept(store: Arc<dyn MetricStore>) {
    let first = reading("2026-06-09", "2026-06-09", "2026-06-10T06:00:00Z")
        .with("1", "2026-06-09", spent(5))
        .with("2", "2026-06-09", spent(7));
    let second = reading("2026-06-09", "2026-06-09", "2026-06-10T07:00:00Z")
        .with("1", "2026-06-09", spent(5))
        .with("2", "2026-06-09", spent(8));
    store.put(&account(), &first).await.unwrap();
    let stored = store.put(&account(), &second).await.unwrap();
    assert_eq!((stored.changed, stored.unchanged), (1, 1));
    let versions =
        store.rows(&account(), Kind::Ad, Granularity::Day, day("2026-06-09"), Versions::All).await.unwrap();
    let told: Vec<String> = versions
        .iter()
        .map(|row| format!("{} {} {}", row.id, row.as_of, row.sums.spend.unwrap() / 1_000_000))
        .collect();
    assert_eq!(told, ["1 2026-06-10T06:00:00Z 5", "2 2026-06-10T06:00:00Z 7", "2 2026-06-10T07:00:00Z 8"]);
}

async fn what_a_later_reading_leaves_out_delivered_nothing(store: Arc<dyn MetricStore>) {
    let first = reading("2026-06-08", "2026-06-09", "2026-06-10T06:00:00Z")
        .with("1", "2026-06-08", spent(3))
        .with("1", "2026-06-09", spent(5))
        .with("2", "2026-06-09", spent(7));
    let left_out = |as_of| reading("2026-06-09", "2026-06-09", as_of).with("2", "2026-06-09", spent(7));
    store.put(&account(), &first).await.unwrap();
    // That it spent and did not is believed after a week.
    store.put(&account(), &left_out("2026-06-10T07:00:00Z")).await.unwrap();
    let stored = store.put(&account(), &left_out("2026-06-17T07:00:00Z")).await.unwrap();
    assert_eq!((stored.changed, stored.zeroed), (1, 1));
    let totals = window(&*store, "yesterday", "2026-06-10T08:00:00Z").await;
    assert_eq!(totals.of(&id(1), TOLD), Ok(Sums::zero(TOLD)));
    let totals = window(&*store, "last_2d", "2026-06-10T08:00:00Z").await;
    assert_eq!(shown(&totals), "1=3 2=7", "the day before was not read again and stays");
}

async fn a_day_that_nobody_read_is_a_gap(store: Arc<dyn MetricStore>) {
    for (from, to) in [("2026-06-03", "2026-06-04"), ("2026-06-07", "2026-06-08")] {
        let told = reading(from, to, "2026-06-10T06:00:00Z").with("1", from, spent(5));
        store.put(&account(), &told).await.unwrap();
    }
    let totals = window(&*store, "last_7d", "2026-06-10T08:00:00Z").await;
    assert_eq!(shown(&totals), "1=10 [2026-06-05 to 2026-06-06] [2026-06-09]");
    let unknown = Unknown::NotCovered { from: totals.gaps[0].first, to: totals.gaps[1].last };
    assert_eq!(totals.of(&id(1), TOLD), Err(unknown));
}

async fn a_day_read_before_it_was_over_is_a_gap(store: Arc<dyn MetricStore>) {
    // Midnight in Madrid is 22:00Z.
    let told = reading("2026-06-09", "2026-06-09", "2026-06-09T21:30:00Z").with("1", "2026-06-09", spent(5));
    store.put(&account(), &told).await.unwrap();
    assert_eq!(shown(&window(&*store, "today", "2026-06-09T21:45:00Z").await), "1=5");
    assert_eq!(shown(&window(&*store, "yesterday", "2026-06-09T22:05:00Z").await), "1=5 [2026-06-09]");
}

async fn counts_that_were_not_told_stay_unknown(store: Arc<dyn MetricStore>) {
    let with_reach = |spend, reach| Sums { reach, ..spent(spend) };
    let told = reading("2026-06-08", "2026-06-09", "2026-06-10T06:00:00Z")
        .with("1", "2026-06-08", spent(3))
        .with("1", "2026-06-09", Sums { spend: None, ..spent(5) })
        .with("2", "2026-06-09", with_reach(4, Some(90)))
        .with("3", "2026-06-08", with_reach(4, Some(90)))
        .with("3", "2026-06-09", with_reach(4, Some(80)));
    store.put(&account(), &told).await.unwrap();
    let totals = window(&*store, "last_2d", "2026-06-10T08:00:00Z").await;
    assert_eq!(totals.count(&id(1), Metric::Spend, TOLD), Err(Unknown::NotTold(Metric::Spend)));
    assert_eq!(totals.count(&id(1), Metric::Clicks, TOLD), Ok(8));
    assert_eq!(totals.count(&id(2), Metric::Reach, TOLD), Ok(90), "on one day only");
    assert_eq!(totals.count(&id(3), Metric::Reach, TOLD), Err(Unknown::NotAdditive(Metric::Reach)));
}

async fn hours_follow_the_wall_clock(store: Arc<dyn MetricStore>) {
    // Clocks go back at 01:00Z: the hour from two to three is one slot of two hours.
    let mut told = reading("2026-10-25", "2026-10-25", "2026-10-25T05:30:00Z").by_hour();
    for hour in 0..=6 {
        told = told.with_hour("1", "2026-10-25", hour, spent(i64::from(hour) + 1));
    }
    store.put(&account(), &told).await.unwrap();
    for (name, now, expected) in [
        ("last_1h", "2026-10-25T05:30:00Z", "1=6"),
        ("last_2h", "2026-10-25T02:10:00Z", "1=3"),
        ("last_3h", "2026-10-25T02:10:00Z", "1=5"),
        ("last_2h", "2026-10-25T06:10:00Z", "1=13 [2026-10-25 06h]"),
    ] {
        assert_eq!(shown(&window(&*store, name, now).await), expected, "{name} at {now}");
    }
}

async fn equal_weekdays_are_ranges_apart(store: Arc<dyn MetricStore>) {
    for (date, units) in [("2026-05-27", 1), ("2026-06-03", 10), ("2026-06-09", 1000)] {
        let mut told = reading(date, date, "2026-06-10T06:00:00Z").by_hour();
        for hour in 0..24 {
            told = told.with_hour("1", date, hour, spent(units));
        }
        store.put(&account(), &told).await.unwrap();
    }
    // 10:30 in Madrid: ten full hours of each Wednesday.
    let totals = window(&*store, "same_weekday_2", "2026-06-10T08:30:00Z").await;
    assert_eq!(shown(&totals), "1=110");
}

async fn a_series_has_a_point_for_each_slot(store: Arc<dyn MetricStore>) {
    let told = reading("2026-06-07", "2026-06-09", "2026-06-10T06:00:00Z")
        .with("1", "2026-06-07", spent(3))
        .with("1", "2026-06-09", spent(5))
        .with("2", "2026-06-09", spent(7));
    store.put(&account(), &told).await.unwrap();
    let days = span("last_4d", "2026-06-10T08:00:00Z");
    let tell = async |of: Of<'_>| {
        let series = store.series(&account(), Kind::Ad, of, &days, AsOf::Latest).await.unwrap();
        let points = series.points.iter().map(|point| match (point.as_of, point.sums) {
            (None, _) => "gap".to_owned(),
            (Some(_), None) => "nothing".to_owned(),
            (Some(_), Some(sums)) => (sums.spend.unwrap() / 1_000_000).to_string(),
        });
        points.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(tell(Of::Object(&id(1))).await, "gap 3 nothing 5");
    assert_eq!(tell(Of::Object(&id(9))).await, "gap nothing nothing nothing");
    assert_eq!(tell(Of::Account).await, "gap 3 nothing 12");
}

async fn accounts_levels_and_platforms_do_not_mix(store: Arc<dyn MetricStore>) {
    let other = StoreAccount { id: AccountId::new("1002").unwrap(), ..account() };
    let google = StoreAccount { platform: Platform::Google, ..account() };
    let ad = |units| {
        reading("2026-06-09", "2026-06-09", "2026-06-10T06:00:00Z").with("1", "2026-06-09", spent(units))
    };
    store.put(&account(), &ad(1)).await.unwrap();
    store.put(&other, &ad(2)).await.unwrap();
    store.put(&google, &ad(3)).await.unwrap();
    let mut campaign = ad(4);
    campaign.level = Kind::Campaign;
    store.put(&account(), &campaign).await.unwrap();
    let yesterday = span("yesterday", "2026-06-10T08:00:00Z");
    for (account, level, expected) in [
        (&account(), Kind::Ad, "1=1"),
        (&other, Kind::Ad, "1=2"),
        (&google, Kind::Ad, "1=3"),
        (&account(), Kind::Campaign, "1=4"),
        (&account(), Kind::AdGroup, "[2026-06-09]"),
    ] {
        let totals = store.window(account, level, &yesterday, AsOf::Latest).await.unwrap();
        assert_eq!(shown(&totals), expected, "{account} {level:?}");
    }
    assert_eq!(store.accounts().await.unwrap(), [google, account(), other]);
}

async fn an_account_in_another_currency_is_refused(store: Arc<dyn MetricStore>) {
    let told = reading("2026-06-09", "2026-06-09", "2026-06-10T06:00:00Z").with("1", "2026-06-09", spent(5));
    store.put(&account(), &told).await.unwrap();
    let before = everything(&*store).await;
    let dollars = StoreAccount { currency: Currency::parse("USD").unwrap(), ..account() };
    let later = reading("2026-06-09", "2026-06-09", "2026-06-10T07:00:00Z").with("1", "2026-06-09", spent(6));
    let error = store.put(&dollars, &later).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "Meta Ads account 1001 was stored in EUR with days of Europe/Madrid, and is now in USD with days of \
         Europe/Madrid: these cannot be compared; move the store away to begin anew"
    );
    assert_eq!(everything(&*store).await, before);
}

/// Days of one zone must not be shown as days of another, nor euros as dollars.
async fn an_account_in_another_zone_is_not_answered(store: Arc<dyn MetricStore>) {
    let told = reading("2026-06-09", "2026-06-09", "2026-06-10T06:00:00Z").with("1", "2026-06-09", spent(5));
    store.put(&account(), &told).await.unwrap();
    let moved = StoreAccount { zone: Zone::parse("America/New_York").unwrap(), ..account() };
    let dollars = StoreAccount { currency: Currency::parse("USD").unwrap(), ..account() };
    let yesterday = span("yesterday", "2026-06-10T12:00:00Z");
    for other in [&moved, &dollars] {
        let refused = |error: StoreError| matches!(error, StoreError::OtherAccount { .. });
        let (level, now) = (Kind::Ad, AsOf::Latest);
        assert!(refused(store.window(other, level, &yesterday, now).await.unwrap_err()));
        assert!(refused(store.series(other, level, Of::Account, &yesterday, now).await.unwrap_err()));
        let versions = Versions::AsOf(now);
        let rows = store.rows(other, level, Granularity::Day, day("2026-06-09"), versions).await;
        assert!(refused(rows.unwrap_err()));
        let spans = [(yesterday.clone(), [id(1)].into())];
        assert!(refused(store.windows_of(other, level, &spans, now).await.unwrap_err()));
    }
    assert_eq!(shown(&window(&*store, "yesterday", "2026-06-10T12:00:00Z").await), "1=5");
}

async fn a_reading_that_contradicts_itself_is_refused(store: Arc<dyn MetricStore>) {
    let day_of = || reading("2026-06-09", "2026-06-09", "2026-06-10T06:00:00Z");
    let budget = {
        let mut told = day_of();
        told.level = Kind::Budget;
        told
    };
    for (told, reason) in [
        (
            day_of().with("1", "2026-06-09", spent(1)).with("1", "2026-06-09", spent(2)),
            "it has two rows of 1 for 2026-06-09",
        ),
        (day_of().with("1", "2026-06-10", spent(1)), "a row of 1 is about 2026-06-10"),
        (day_of().with_hour("1", "2026-06-09", 5, spent(1)), "a row of 1 is about 2026-06-09 05h"),
        (day_of().by_hour().with("1", "2026-06-09", spent(1)), "a row of 1 is about 2026-06-09"),
        (
            reading("2026-06-09", "2026-06-08", "2026-06-10T06:00:00Z"),
            "it ends on 2026-06-08, before it begins on 2026-06-09",
        ),
        (budget, "it is about Budget objects"),
    ] {
        let error = store.put(&account(), &told).await.unwrap_err();
        assert!(matches!(error, StoreError::Reading(_)), "{error:?}");
        assert_eq!(error.to_string(), format!("a report cannot be stored: {reason}"));
    }
    assert_eq!(store.accounts().await.unwrap(), []);
}

async fn an_empty_store_knows_nothing(store: Arc<dyn MetricStore>) {
    let totals = window(&*store, "yesterday", "2026-06-10T08:00:00Z").await;
    assert_eq!(shown(&totals), "[2026-06-09]");
    assert_eq!((totals.attribution, totals.freshness), (None, None));
    assert_eq!(store.readings(&account(), Kind::Ad, Granularity::Day).await.unwrap(), []);
}

/// Every version of every row, and every reading.
pub(crate) async fn everything(store: &dyn MetricStore) -> Vec<String> {
    let mut told = Vec::new();
    for account in store.accounts().await.unwrap() {
        for level in [Kind::Campaign, Kind::AdGroup, Kind::Ad] {
            for granularity in [Granularity::Day, Granularity::Hour] {
                let readings = store.readings(&account, level, granularity).await.unwrap();
                let first = readings.iter().map(|read| read.first).min();
                let last = readings.iter().map(|read| read.last).max();
                told.extend(readings.iter().map(|read| format!("{account} {read:?}")));
                let doubts = store.doubts(&account, level, granularity).await.unwrap();
                told.extend(doubts.iter().map(|doubt| format!("{account} {doubt:?}")));
                let (Some(first), Some(last)) = (first, last) else { continue };
                for slot in Slots::days(first, last).each() {
                    let rows =
                        store.rows(&account, level, granularity, slot.day, Versions::All).await.unwrap();
                    told.extend(rows.iter().map(|row| format!("{account} {row:?}")));
                }
            }
        }
    }
    told
}
