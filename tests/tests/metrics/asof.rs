//! What was known when, under which label, and how it was restated.

use std::sync::Arc;

use adplane_core::address::Kind;
use adplane_core::metrics::completeness::{Basis, Completeness, Triangle};
use adplane_core::metrics::{Granularity, Metric, Slots};
use adplane_engine::metrics::store::{AsOf, MetricStore, Of, Versions};
use jiff::ToSpan;

use crate::build::{With, account, at, day, id, reading, shown, span, spent, window};
use crate::telling::everything;

crate::cases![
    an_instant_is_answered_as_it_was_known_then,
    a_reading_that_comes_late_leaves_newer_days_alone,
    another_label_is_never_added,
    restatements_teach_how_complete_days_are,
];

async fn an_instant_is_answered_as_it_was_known_then(store: Arc<dyn MetricStore>) {
    for (as_of, units) in
        [("2026-06-10T06:00:00Z", 5), ("2026-06-10T07:00:00Z", 8), ("2026-06-10T09:00:00Z", 6)]
    {
        let told = reading("2026-06-09", "2026-06-09", as_of).with("1", "2026-06-09", spent(units));
        store.put(&account(), &told).await.unwrap();
    }
    let yesterday = span("yesterday", "2026-06-10T12:00:00Z");
    for (asked, expected) in [
        ("2026-06-10T05:59:59Z", "[2026-06-09]"),
        ("2026-06-10T06:00:00Z", "1=5"),
        ("2026-06-10T08:59:59Z", "1=8"),
        ("2026-06-10T09:00:00Z", "1=6"),
        ("2027-01-01T00:00:00Z", "1=6"),
    ] {
        let as_of = AsOf::At(at(asked));
        let totals = store.window(&account(), Kind::Ad, &yesterday, as_of).await.unwrap();
        assert_eq!(shown(&totals), expected, "as of {asked}");
        for of in [Of::Account, Of::Object(&id(1))] {
            let series = store.series(&account(), Kind::Ad, of, &yesterday, as_of).await.unwrap();
            let told = series.points[0].sums.map(|sums| format!("1={}", sums.spend.unwrap() / 1_000_000));
            assert_eq!(told.unwrap_or_else(|| "[2026-06-09]".to_owned()), expected, "as of {asked}");
        }
        let rows = store
            .rows(&account(), Kind::Ad, Granularity::Day, day("2026-06-09"), Versions::AsOf(as_of))
            .await
            .unwrap();
        assert_eq!(rows.len(), usize::from(expected.starts_with('1')), "as of {asked}");
    }
}

async fn a_reading_that_comes_late_leaves_newer_days_alone(store: Arc<dyn MetricStore>) {
    let newer = reading("2026-06-09", "2026-06-09", "2026-06-10T07:00:00Z").with("1", "2026-06-09", spent(9));
    let late = reading("2026-06-08", "2026-06-10", "2026-06-10T06:00:00Z")
        .with("1", "2026-06-08", spent(1))
        .with("1", "2026-06-09", spent(2))
        .with("1", "2026-06-10", spent(4));
    store.put(&account(), &newer).await.unwrap();
    let stored = store.put(&account(), &late).await.unwrap();
    assert_eq!(
        stored.days,
        [
            Slots::days(day("2026-06-08"), day("2026-06-08")),
            Slots::days(day("2026-06-10"), day("2026-06-10"))
        ]
    );
    assert_eq!(shown(&window(&*store, "last_2d", "2026-06-10T08:00:00Z").await), "1=10");
    assert_eq!(shown(&window(&*store, "last_3d_incl", "2026-06-10T08:00:00Z").await), "1=14");
    let before = everything(&*store).await;
    assert!(store.put(&account(), &late).await.unwrap().is_repeated());
    assert_eq!(everything(&*store).await, before);
}

async fn another_label_is_never_added(store: Arc<dyn MetricStore>) {
    let old = reading("2026-06-07", "2026-06-09", "2026-06-10T06:00:00Z")
        .labelled("28d_click")
        .with("1", "2026-06-07", spent(1))
        .with("1", "2026-06-09", spent(2));
    store.put(&account(), &old).await.unwrap();
    assert_eq!(shown(&window(&*store, "last_3d", "2026-06-10T08:00:00Z").await), "1=3");
    let new = reading("2026-06-08", "2026-06-09", "2026-06-10T07:00:00Z").labelled("7d_click").with(
        "1",
        "2026-06-09",
        spent(8),
    );
    store.put(&account(), &new).await.unwrap();
    let totals = window(&*store, "last_3d", "2026-06-10T08:00:00Z").await;
    assert_eq!(shown(&totals), "1=8 [2026-06-07]");
    assert_eq!(totals.attribution.as_deref(), Some("7d_click"));
    let before = store
        .window(
            &account(),
            Kind::Ad,
            &span("last_3d", "2026-06-10T08:00:00Z"),
            AsOf::At(at("2026-06-10T06:30:00Z")),
        )
        .await
        .unwrap();
    assert_eq!(shown(&before), "1=3", "as it was known under the older label");
}

/// Forty days that come in as 50 %, 80 % and 100 % at the ages of one, two and three days.
async fn restatements_teach_how_complete_days_are(store: Arc<dyn MetricStore>) {
    let first = day("2026-04-01");
    for morning in 1..=43_i32 {
        let today = first.checked_add(morning.days()).unwrap();
        let from = first.max(today.checked_sub(3.days()).unwrap());
        let to = today.yesterday().unwrap();
        let mut told = reading(&from.to_string(), &to.to_string(), &format!("{today}T04:00:00Z"));
        for slot in Slots::days(from, to).each() {
            let age = today.since(slot.day).unwrap().get_days();
            let units = match age {
                1 => 50,
                2 => 80,
                _ => 100,
            };
            told = told.with("1", &slot.day.to_string(), spent(units));
        }
        store.put(&account(), &told).await.unwrap();
    }
    let (from, to) = (first, day("2026-05-13"));
    let told = async |as_of| {
        store.restatements(&account(), Kind::Ad, Metric::Conversions, (from, to), as_of).await.unwrap()
    };
    let restatements = told(AsOf::Latest).await;
    let triangle = Triangle::new(&restatements, 3, &account().zone);
    let learned = Completeness::learn(&triangle, 3);
    assert_eq!(learned.basis, Basis::Learned { days: 41 });
    for (age, share) in [(1, 0.5), (2, 0.8), (3, 1.0)] {
        assert!((learned.at(age).unwrap() - share).abs() < 1e-9, "{age}: {learned:?}");
    }
    assert_eq!(learned.settled_through(day("2026-05-14")), Some(day("2026-05-11")));
    // Asked as of a day when they were counted otherwise, and beside a label that came later.
    let then = at("2026-05-01T12:00:00Z");
    let before = told(AsOf::At(then)).await;
    let newest =
        before.readings.iter().map(|read| read.as_of).chain(before.changes.iter().map(|change| change.as_of));
    assert!(newest.max().unwrap() <= then && before.readings.len() < restatements.readings.len());
    let relabelled = reading("2026-05-13", "2026-05-13", "2026-05-14T05:00:00Z").labelled("1d_click");
    store.put(&account(), &relabelled.with("1", "2026-05-13", spent(1_000))).await.unwrap();
    assert_eq!(told(AsOf::Latest).await.readings.len(), 1, "of the new label little is known");
    assert_eq!(told(AsOf::At(then)).await, before, "what was known then stays");
}
