//! Sums of objects that each have days of their own.

use std::collections::BTreeSet;
use std::sync::Arc;

use adplane_core::address::Kind;
use adplane_core::ids::ExternalId;
use adplane_core::metrics::{Granularity, Metric, Slots, Span, Sums, WindowTotals};
use adplane_engine::metrics::store::{AsOf, MetricStore};

use crate::build::{With, account, at, day, id, reading, shown, spent, window};

crate::cases![
    objects_are_summed_over_days_of_their_own,
    days_of_their_own_are_as_known_at_an_instant,
    whoever_has_all_days_has_the_window,
];

fn own(first: &str, last: &str, objects: &[&str]) -> (Span, BTreeSet<ExternalId>) {
    let span = Span {
        granularity: Granularity::Day,
        zone: account().zone,
        at: at("2026-06-10T08:00:00Z"),
        ranges: vec![Slots::days(day(first), day(last))],
    };
    (span, objects.iter().map(id).collect())
}

async fn asked(store: &dyn MetricStore, as_of: AsOf) -> Vec<WindowTotals> {
    let spans = [
        own("2026-06-07", "2026-06-08", &["1", "3"]),
        own("2026-06-08", "2026-06-09", &["2", "nobody"]),
        own("2026-06-05", "2026-06-09", &["4"]),
    ];
    store.windows_of(&account(), Kind::Ad, &spans, as_of).await.unwrap()
}

fn all(totals: &[WindowTotals]) -> Vec<String> {
    totals.iter().map(shown).collect()
}

async fn objects_are_summed_over_days_of_their_own(store: Arc<dyn MetricStore>) {
    assert_eq!(
        all(&asked(&*store, AsOf::Latest).await),
        ["[2026-06-07 to 2026-06-08]", "[2026-06-08 to 2026-06-09]", "[2026-06-05 to 2026-06-09]"],
        "nothing was read"
    );
    let seen = |units, reach| Sums { reach: Some(reach), ..spent(units) };
    let mut told = reading("2026-06-07", "2026-06-09", "2026-06-10T06:00:00Z");
    for (object, units) in [("1", 1), ("2", 10), ("3", 100), ("4", 1_000), ("5", 10_000)] {
        for date in ["2026-06-07", "2026-06-08", "2026-06-09"] {
            told = told.with(object, date, seen(units, 7));
        }
    }
    store.put(&account(), &told.with("6", "2026-06-07", Sums::default())).await.unwrap();
    let totals = asked(&*store, AsOf::Latest).await;
    assert_eq!(all(&totals), ["1=2 3=200", "2=20", "4=3000 [2026-06-05 to 2026-06-06]"]);
    assert_eq!(totals[0].objects[&id(1)].get(Metric::Reach), None, "people of two days are not added");
    assert_eq!(totals[0].freshness.unwrap().oldest, at("2026-06-10T06:00:00Z"));
    assert_eq!(totals[0].attribution.as_deref(), Some("7d_click,1d_view"));

    let idle = [own("2026-06-07", "2026-06-08", &["nobody"])];
    let totals = store.windows_of(&account(), Kind::Ad, &idle, AsOf::Latest).await.unwrap();
    assert_eq!(all(&totals), [""], "it was read of them that they delivered nothing");

    let one_day = [own("2026-06-07", "2026-06-07", &["1", "6"])];
    let totals = store.windows_of(&account(), Kind::Ad, &one_day, AsOf::Latest).await.unwrap();
    assert_eq!(totals[0].objects[&id(1)].get(Metric::Reach), Some(7));
    assert_eq!(totals[0].objects[&id(6)], Sums::default(), "what was not told stays unknown");
    assert_eq!(store.windows_of(&account(), Kind::Ad, &[], AsOf::Latest).await.unwrap(), []);
}

async fn days_of_their_own_are_as_known_at_an_instant(store: Arc<dyn MetricStore>) {
    for (as_of, units) in [("2026-06-10T06:00:00Z", 1), ("2026-06-10T07:00:00Z", 5)] {
        let told = reading("2026-06-05", "2026-06-09", as_of)
            .with("1", "2026-06-08", spent(units))
            .with("2", "2026-06-08", spent(units))
            .with("2", "2026-06-09", spent(3));
        store.put(&account(), &told).await.unwrap();
    }
    let then = AsOf::At(at("2026-06-10T06:30:00Z"));
    assert_eq!(all(&asked(&*store, then).await), ["1=1", "2=4", ""]);
    assert_eq!(all(&asked(&*store, AsOf::Latest).await), ["1=5", "2=8", ""]);
}

async fn whoever_has_all_days_has_the_window(store: Arc<dyn MetricStore>) {
    let mut told = reading("2026-06-03", "2026-06-09", "2026-06-10T06:00:00Z");
    let mut objects = BTreeSet::new();
    for object in 0..250 {
        objects.insert(id(object));
        for date in ["2026-06-03", "2026-06-06", "2026-06-09"] {
            told = told.with(&object.to_string(), date, spent(object));
        }
    }
    store.put(&account(), &told).await.unwrap();
    let week = window(&*store, "last_7d", "2026-06-10T08:00:00Z").await;
    let own = store.windows_of(&account(), Kind::Ad, &[(week.span.clone(), objects)], AsOf::Latest).await;
    assert_eq!(own.unwrap(), [week]);
}
