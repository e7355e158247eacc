//! How old numbers count when they were read as syncs read them.

use adplane_core::metrics::End;

use super::*;
use crate::metrics::sync::tests::{Bench, SCHEMA, Spender, account};

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
    assert_eq!(usual(&[30, 32, 28, 31, 29, 33]), Some(31));
    assert_eq!(usual(&[0, 1, 0, 0, 30, 32, 28, 31]), Some(31), "four broken weeks, whatever trickles");
    assert_eq!(usual(&[30, 0, 0, 31, 29, 33]), Some(30), "it is back, and weeks in between were broken");
    assert_eq!(usual(&[0, 0, 0, 0, 0, 0]), Some(0), "an account that never converts");
    assert_eq!(usual(&[0, 0, 30, 31]), None, "too few weeks tell");
}
