//! How old numbers count when they were read as syncs read them.

use adplane_core::metrics::{End, MetricRow, Slot};

use super::*;
use crate::metrics::sync::tests::{Bench, SCHEMA, Spender, account};
use crate::port::MetricsRequest;

/// A sync every eight hours for five weeks, over a change of clocks; the last one at the instant.
async fn synced(last: Timestamp) -> Bench {
    let (bench, spender) = (Bench::new(), Spender::new());
    for back in (0..=5 * 7 * 3).rev() {
        let now = last - SignedDuration::from_hours(8 * back);
        let report = bench.sync(&spender, &now.to_string()).await;
        assert!(report.failed.is_empty(), "{:?}", report.failed);
    }
    bench
}

/// How long ago a sync left each window up to date.
async fn ages(bench: &Bench, now: Timestamp, windows: &BTreeSet<Window>) -> Vec<(String, SignedDuration)> {
    let account = account();
    let question = Question {
        store: &bench.store,
        account: &account,
        schema: &SCHEMA,
        now,
        basis: Basis::Known,
        windows,
        levels: &BTreeSet::new(),
        conversions: false,
    };
    let found = question.answer(&mut BTreeMap::new()).await.unwrap();
    let each = found.windows.iter().map(|(window, sums)| {
        assert!(sums.sums.is_ok(), "{window} {:?}", sums.sums);
        (window.to_string(), now.duration_since(sums.as_of.unwrap()))
    });
    each.collect()
}

fn windows() -> BTreeSet<Window> {
    let words = [
        "today",
        "yesterday",
        "last_7d",
        "last_7d_incl",
        "last_30d",
        "prev_30d",
        "last_24h",
        "same_weekday_4",
    ];
    let mut windows: BTreeSet<Window> = words.iter().map(|word| word.parse().unwrap()).collect();
    // What a deviation compares with, and days that have settled.
    windows.extend((1..=6).map(|week| Window::Days { days: 1, end: End::Yesterday, offset: 7 * week }));
    windows.insert(Window::Days { days: 7, end: End::Yesterday, offset: 4 });
    windows
}

#[tokio::test]
async fn what_is_synced_all_the_time_is_fresh_whatever_the_window() {
    let last: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
    let bench = synced(last).await;
    for minutes in [1, 60, 8 * 60 - 1] {
        let mut asked = windows();
        if minutes >= 60 {
            // An hour that was over since then is a gap, not old.
            asked.retain(|window| !matches!(window, Window::LastHours { .. }));
        }
        for (window, age) in ages(&bench, last + SignedDuration::from_mins(minutes), &asked).await {
            assert!(age <= SignedDuration::from_hours(8), "{window} is {age:?} old after {minutes} minutes");
        }
    }
}

#[tokio::test]
async fn what_is_synced_no_more_gets_old() {
    let last: Timestamp = "2026-11-20T04:00:00Z".parse().unwrap();
    let bench = synced(last).await;
    let later = last + SignedDuration::from_hours(16);
    let words = ["today", "yesterday", "last_7d", "last_7d_incl"];
    let windows: BTreeSet<Window> = words.iter().map(|word| word.parse().unwrap()).collect();
    for (window, age) in ages(&bench, later, &windows).await {
        assert_eq!(age, SignedDuration::from_hours(16), "{window}");
    }
    // Days that nobody reads any more are as they will stay.
    let far = Window::Days { days: 1, end: End::Yesterday, offset: 35 };
    let old = ages(&bench, later, &BTreeSet::from([far])).await;
    assert_eq!(old[0].1, SignedDuration::ZERO);
}

#[test]
fn a_month_without_tracking_is_not_what_is_expected() {
    let conversions = |counts: &[i64]| {
        let weeks: Vec<Usual> =
            counts.iter().map(|conversions| Usual { clicks: 900, conversions: *conversions }).collect();
        middle(&weeks).map(|usual| usual.conversions)
    };
    assert_eq!(conversions(&[30, 32, 28, 31, 29, 33]), Some(31));
    assert_eq!(conversions(&[0, 1, 0, 0, 30, 32, 28, 31]), Some(31), "four broken weeks, whatever trickles");
    assert_eq!(
        conversions(&[30, 0, 0, 31, 29, 33]),
        Some(30),
        "it is back, and weeks in between were broken"
    );
    assert_eq!(conversions(&[0, 0, 0, 0, 0, 0]), Some(0), "an account that never converts");
    // It really sells a tenth of what it did: after four weeks that is what is to be expected.
    let fell = [2, 3, 2, 2, 3, 30, 32, 28, 31, 29, 33];
    assert_eq!(conversions(&fell[1..]), Some(31), "four weeks may be an outage");
    assert_eq!(conversions(&fell), Some(3), "five are none");
    assert_eq!(conversions(&[0, 0, 0, 0, 0, 30, 32, 28, 31, 29, 33]), Some(0));
    assert_eq!(conversions(&[0, 0, 30, 31]), None, "too few weeks tell");
}

#[test]
fn clicks_are_those_of_the_same_weeks() {
    let weeks =
        [(5, 0), (900, 30), (700, 20), (800, 40)].map(|(clicks, conversions)| Usual { clicks, conversions });
    assert_eq!(middle(&weeks), Some(Usual { clicks: 800, conversions: 30 }), "and not of the silent one");
}

/// What the outage latch expects of yesterday and today in a store with four weeks of days.
async fn usual(as_known: impl Fn(i64) -> Timestamp) -> BTreeMap<Window, Usual> {
    let now: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
    let bench = Bench::new();
    for ago in (0..=29).rev() {
        let day = "2026-11-20".parse::<Day>().unwrap().saturating_sub(ago.days());
        let sums =
            Sums { spend: Some(1), clicks: Some(800), conversions: Some(50_000_000), ..Sums::default() };
        let row = MetricRow { id: "7".parse().unwrap(), slot: Slot::day(day), sums };
        let (level, granularity, as_of) = (Kind::Campaign, Granularity::Day, as_known(ago));
        let request = MetricsRequest { level, granularity, from: day, to: day, as_of };
        bench.store.put(&account(), &request.reading("a", vec![row])).await.unwrap();
    }
    let (account, windows, levels) = (account(), BTreeSet::new(), BTreeSet::new());
    let schema = PlatformSchema { metrics: TOLD, ..SCHEMA };
    let question = Question {
        store: &bench.store,
        account: &account,
        schema: &schema,
        now,
        basis: Basis::Known,
        windows: &windows,
        levels: &levels,
        conversions: true,
    };
    question.answer(&mut BTreeMap::new()).await.unwrap().usual
}

const TOLD: &[Metric] = &[Metric::Spend, Metric::Clicks, Metric::Conversions];

#[tokio::test]
async fn what_is_usual_is_what_was_known_at_this_hour() {
    let now: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
    let all = Usual { clicks: 800, conversions: 50_000_000 };
    let found = usual(|ago| now - SignedDuration::from_hours(24 * (ago - 1).max(0))).await;
    assert_eq!(found, BTreeMap::from([(Window::Yesterday, all)]), "each day was read on the next");
    // All of it was read today: nobody knows what the weekdays had by this hour, but what came later is in it.
    let found = usual(|_| now).await;
    let fifth = Usual { conversions: 10_000_000, ..all };
    assert_eq!(found, BTreeMap::from([(Window::Yesterday, fifth)]));
}
