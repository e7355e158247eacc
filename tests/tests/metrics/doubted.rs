//! What a platform takes back is not believed at once.

use std::sync::Arc;

use adplane_core::address::Kind;
use adplane_core::metrics::{Granularity, Metric, Slots, Sums, Unknown};
use adplane_engine::metrics::store::{About, AsOf, Doubt, Doubts, MetricStore, Retention};

use crate::build::{TOLD, With, account, at, day, id, reading, shown, span, spent, window};
use crate::telling::everything;

crate::cases![
    a_day_without_rows_is_as_if_nobody_had_read_it,
    a_day_that_loses_most_is_doubted_and_the_others_are_stored,
    a_reading_that_tells_the_day_again_ends_the_doubt,
    what_is_said_for_a_week_is_believed,
    hours_are_doubted_day_by_day,
    doubts_go_with_their_days,
    an_object_that_vanishes_is_unknown_and_the_others_are_stored,
    an_object_that_stays_away_for_a_week_is_believed,
    an_object_that_vanishes_by_the_hour_is_unknown,
    a_part_of_a_day_does_not_stand_for_the_whole,
    many_objects_may_vanish_at_once,
    doubts_that_nobody_asks_about_are_forgotten,
    a_store_that_begins_with_silence_knows_nothing_for_three_days,
    a_day_that_is_told_ends_the_silence_of_a_beginning,
    a_new_attribution_that_begins_with_silence_does_not_answer,
    days_under_another_attribution_are_gaps,
];

/// The 8th with 3 and the 9th with 5, read on the morning of the 10th.
async fn known(store: &dyn MetricStore) {
    let told = reading("2026-06-08", "2026-06-09", "2026-06-10T06:00:00Z")
        .with("1", "2026-06-08", spent(3))
        .with("1", "2026-06-09", spent(5));
    store.put(&account(), &told).await.unwrap();
}

async fn doubts(store: &dyn MetricStore, granularity: Granularity) -> Vec<String> {
    let doubts = store.doubts(&account(), Kind::Ad, granularity).await.unwrap();
    doubts.iter().map(words).collect()
}

fn words(doubt: &Doubt) -> String {
    let Doubt { attribution: _, object, is_unread: _, day, since, as_of, known, told } = doubt;
    let of = object.as_ref().map(|id| format!(" of {id}")).unwrap_or_default();
    format!("{day}{of}: {} for {}, {since} to {as_of}", told / 1_000_000, known / 1_000_000)
}

async fn a_day_without_rows_is_as_if_nobody_had_read_it(store: Arc<dyn MetricStore>) {
    known(&*store).await;
    let silent = reading("2026-06-09", "2026-06-10", "2026-06-10T07:00:00Z");
    let stored = store.put(&account(), &silent).await.unwrap();
    assert_eq!((stored.changed, stored.zeroed, stored.days.len()), (0, 0, 0));
    assert_eq!(stored.doubted.len(), 2);
    assert!(!stored.is_repeated());
    let since = "2026-06-10T07:00:00Z";
    let told = [
        format!("2026-06-09: 0 for 5, {since} to {since}"),
        format!("2026-06-10: 0 for 0, {since} to {since}"),
    ];
    assert_eq!(doubts(&*store, Granularity::Day).await, told, "today is as silent, and nobody knows of what");
    assert_eq!(shown(&window(&*store, "last_2d", "2026-06-10T08:00:00Z").await), "1=8");
    assert_eq!(shown(&window(&*store, "today", "2026-06-10T08:00:00Z").await), "[2026-06-10]");
    let fresh = window(&*store, "yesterday", "2026-06-10T08:00:00Z").await.freshness.unwrap();
    assert_eq!(fresh.newest, at("2026-06-10T06:00:00Z"), "it is as old as it was");
    let yesterday = span("yesterday", "2026-06-10T08:00:00Z");
    let as_of = AsOf::At(at("2026-06-10T07:30:00Z"));
    let then = store.window(&account(), Kind::Ad, &yesterday, as_of).await.unwrap();
    assert_eq!(shown(&then), "1=5");

    let before = everything(&*store).await;
    store.put(&account(), &silent).await.unwrap();
    assert_eq!(everything(&*store).await, before, "the same again changes nothing");
    // The next day nobody told the 10th: it is a gap and no zero.
    let next = reading("2026-06-10", "2026-06-11", "2026-06-11T06:00:00Z");
    store.put(&account(), &next).await.unwrap();
    assert_eq!(shown(&window(&*store, "last_2d", "2026-06-11T08:00:00Z").await), "1=5 [2026-06-10]");
    let told = doubts(&*store, Granularity::Day).await;
    assert_eq!(told[2], format!("2026-06-11: 0 for 0, {since} to 2026-06-11T06:00:00Z"), "one silence");
}

async fn a_day_that_loses_most_is_doubted_and_the_others_are_stored(store: Arc<dyn MetricStore>) {
    known(&*store).await;
    let less = reading("2026-06-08", "2026-06-10", "2026-06-10T07:00:00Z")
        .with("1", "2026-06-08", spent(2))
        .with("2", "2026-06-09", spent(1))
        .with("1", "2026-06-10", spent(7));
    let stored = store.put(&account(), &less).await.unwrap();
    assert_eq!((stored.changed, stored.doubted.len()), (2, 1));
    let days = ["2026-06-08", "2026-06-10"].map(|one| Slots::days(day(one), day(one)));
    assert_eq!(stored.days, days);
    assert_eq!(shown(&window(&*store, "yesterday", "2026-06-10T08:00:00Z").await), "1=5");
    assert_eq!(shown(&window(&*store, "last_3d_incl", "2026-06-10T08:00:00Z").await), "1=14");
    let since = "2026-06-10T07:00:00Z";
    assert_eq!(doubts(&*store, Granularity::Day).await, [format!("2026-06-09: 1 for 5, {since} to {since}")]);
}

async fn a_reading_that_tells_the_day_again_ends_the_doubt(store: Arc<dyn MetricStore>) {
    known(&*store).await;
    let silent = reading("2026-06-09", "2026-06-10", "2026-06-10T07:00:00Z");
    store.put(&account(), &silent).await.unwrap();
    let back = reading("2026-06-09", "2026-06-10", "2026-06-10T08:00:00Z").with("1", "2026-06-09", spent(4));
    let stored = store.put(&account(), &back).await.unwrap();
    assert_eq!((stored.changed, stored.doubted.len()), (1, 1), "the 10th is silent still");
    assert_eq!(shown(&window(&*store, "yesterday", "2026-06-10T08:30:00Z").await), "1=4");
    let all = reading("2026-06-09", "2026-06-10", "2026-06-10T09:00:00Z")
        .with("1", "2026-06-09", spent(4))
        .with("1", "2026-06-10", spent(1));
    store.put(&account(), &all).await.unwrap();
    assert!(doubts(&*store, Granularity::Day).await.is_empty());
    assert_eq!(shown(&window(&*store, "last_2d_incl", "2026-06-10T09:30:00Z").await), "1=5");
}

async fn what_is_said_for_a_week_is_believed(store: Arc<dyn MetricStore>) {
    known(&*store).await;
    let silent = |as_of: &str| reading("2026-06-09", "2026-06-09", as_of);
    for as_of in ["2026-06-10T07:00:00Z", "2026-06-12T07:00:00Z", "2026-06-17T06:59:59Z"] {
        assert_eq!(store.put(&account(), &silent(as_of)).await.unwrap().doubted.len(), 1, "{as_of}");
    }
    let since = "2026-06-10T07:00:00Z";
    assert_eq!(
        doubts(&*store, Granularity::Day).await,
        [format!("2026-06-09: 0 for 5, {since} to 2026-06-17T06:59:59Z")]
    );
    let stored = store.put(&account(), &silent("2026-06-17T07:00:00Z")).await.unwrap();
    assert_eq!((stored.zeroed, stored.doubted.len()), (1, 0));
    assert!(doubts(&*store, Granularity::Day).await.is_empty());
    assert_eq!(
        shown(&window(&*store, "last_10d", "2026-06-17T08:00:00Z").await).split(' ').next(),
        Some("1=3")
    );
}

async fn hours_are_doubted_day_by_day(store: Arc<dyn MetricStore>) {
    let mut told = reading("2026-06-09", "2026-06-09", "2026-06-10T06:00:00Z").by_hour();
    for hour in 0..24 {
        told = told.with_hour("1", "2026-06-09", hour, spent(1));
    }
    store.put(&account(), &told).await.unwrap();
    let later = reading("2026-06-09", "2026-06-09", "2026-06-10T07:00:00Z").by_hour();
    let silent = store.put(&account(), &later).await.unwrap();
    assert_eq!((silent.changed, silent.doubted.len()), (0, 1));
    assert!(doubts(&*store, Granularity::Day).await.is_empty(), "days were not read");
    // An hour may be told in another: their sum counts.
    let moved = reading("2026-06-09", "2026-06-09", "2026-06-10T08:00:00Z").by_hour().with_hour(
        "1",
        "2026-06-09",
        5,
        spent(20),
    );
    let moved = store.put(&account(), &moved).await.unwrap();
    assert_eq!((moved.changed, moved.doubted.len()), (24, 0));
    assert!(doubts(&*store, Granularity::Hour).await.is_empty());
}

async fn doubts_go_with_their_days(store: Arc<dyn MetricStore>) {
    known(&*store).await;
    let silent = reading("2026-06-08", "2026-06-09", "2026-06-10T07:00:00Z");
    store.put(&account(), &silent).await.unwrap();
    let short = Retention { days: 10, ..Retention::default() };
    store.retain(&account(), short, at("2026-06-19T06:00:00Z")).await.unwrap();
    let told = doubts(&*store, Granularity::Day).await;
    assert!(told.len() == 1 && told[0].starts_with("2026-06-09"), "{told:?}");
}

async fn an_object_that_vanishes_is_unknown_and_the_others_are_stored(store: Arc<dyn MetricStore>) {
    let told = reading("2026-06-09", "2026-06-09", "2026-06-10T06:00:00Z")
        .with("1", "2026-06-09", spent(4))
        .with("2", "2026-06-09", spent(5));
    store.put(&account(), &told).await.unwrap();
    let one_left = |as_of| {
        reading("2026-06-09", "2026-06-10", as_of).with("2", "2026-06-09", spent(6)).with(
            "2",
            "2026-06-10",
            spent(3),
        )
    };
    let since = "2026-06-10T07:00:00Z";
    let stored = store.put(&account(), &one_left(since)).await.unwrap();
    assert_eq!((stored.zeroed, stored.doubted.len()), (0, 2));
    assert_eq!(stored.days, [Slots::days(day("2026-06-09"), day("2026-06-10"))], "the others are told");
    let doubted = [
        format!("2026-06-09 of 1: 0 for 4, {since} to {since}"),
        format!("2026-06-10 of 1: 0 for 0, {since} to {since}"),
    ];
    assert_eq!(doubts(&*store, Granularity::Day).await, doubted);
    assert_eq!(shown(&window(&*store, "yesterday", "2026-06-10T08:00:00Z").await), "1=4 2=6");
    let today = window(&*store, "today", "2026-06-10T08:00:00Z").await;
    assert_eq!(shown(&today), "1=? 2=3");
    let spend = |sums: Result<Sums, Unknown>| sums.unwrap().spend;
    assert_eq!((spend(today.of(&id(2), TOLD)), spend(today.of(&id(1), TOLD))), (Some(3_000_000), None));
    assert_eq!(spend(today.all(TOLD)), None, "and what all of them spent is unknown");

    let before = everything(&*store).await;
    store.put(&account(), &one_left(since)).await.unwrap();
    assert_eq!(everything(&*store).await, before, "the same again changes nothing");
    let back = reading("2026-06-09", "2026-06-10", "2026-06-10T09:00:00Z")
        .with("1", "2026-06-09", spent(4))
        .with("2", "2026-06-09", spent(6))
        .with("2", "2026-06-10", spent(3));
    store.put(&account(), &back).await.unwrap();
    assert_eq!(doubts(&*store, Granularity::Day).await.len(), 1, "of today nothing is told yet");
    let more = reading("2026-06-10", "2026-06-11", "2026-06-11T01:00:00Z")
        .with("1", "2026-06-11", spent(1))
        .with("2", "2026-06-10", spent(3));
    store.put(&account(), &more).await.unwrap();
    assert!(doubts(&*store, Granularity::Day).await.is_empty(), "it was idle");
    assert_eq!(shown(&window(&*store, "yesterday", "2026-06-11T02:00:00Z").await), "1=0 2=3");
    let then = AsOf::At(at("2026-06-10T08:00:00Z"));
    let today = span("today", "2026-06-10T08:00:00Z");
    let known = store.window(&account(), Kind::Ad, &today, then).await.unwrap();
    assert_eq!(shown(&known), "1=? 2=3", "as was known then");
}

async fn an_object_that_stays_away_for_a_week_is_believed(store: Arc<dyn MetricStore>) {
    let told = reading("2026-06-09", "2026-06-09", "2026-06-10T06:00:00Z")
        .with("1", "2026-06-09", spent(4))
        .with("2", "2026-06-09", spent(5));
    store.put(&account(), &told).await.unwrap();
    let gone = |as_of| {
        reading("2026-06-09", "2026-06-10", as_of).with("2", "2026-06-09", spent(5)).with(
            "2",
            "2026-06-10",
            spent(5),
        )
    };
    for as_of in ["2026-06-11T07:00:00Z", "2026-06-18T06:59:59Z"] {
        assert_eq!(store.put(&account(), &gone(as_of)).await.unwrap().doubted.len(), 2, "{as_of}");
    }
    let stored = store.put(&account(), &gone("2026-06-18T07:00:00Z")).await.unwrap();
    assert_eq!((stored.zeroed, stored.doubted.len()), (2, 0));
    let then = window(&*store, "last_10d", "2026-06-18T08:00:00Z").await;
    assert_eq!(then.objects[&id(1)].spend, Some(0));
    let short = Retention { days: 3, ..Retention::default() };
    store.put(&account(), &reading("2026-06-09", "2026-06-10", "2026-06-18T08:00:00Z")).await.unwrap();
    store.retain(&account(), short, at("2026-06-20T06:00:00Z")).await.unwrap();
    assert!(doubts(&*store, Granularity::Day).await.is_empty(), "doubts go with their days");
}

/// Half a day of an object that vanishes is no day: what it spent after that reading nobody knows.
async fn a_part_of_a_day_does_not_stand_for_the_whole(store: Arc<dyn MetricStore>) {
    let noon = reading("2026-06-08", "2026-06-09", "2026-06-09T10:00:00Z")
        .with("1", "2026-06-08", spent(3))
        .with("2", "2026-06-08", spent(5))
        .with("1", "2026-06-09", spent(4))
        .with("2", "2026-06-09", spent(5));
    store.put(&account(), &noon).await.unwrap();
    let one_left = |as_of| {
        reading("2026-06-08", "2026-06-09", as_of).with("2", "2026-06-08", spent(5)).with(
            "2",
            "2026-06-09",
            spent(9),
        )
    };
    // In Madrid the 9th ends at 22:00Z.
    store.put(&account(), &one_left("2026-06-09T21:59:00Z")).await.unwrap();
    let today = window(&*store, "today", "2026-06-09T21:59:30Z").await;
    assert_eq!(shown(&today), "1=4 2=9", "it still runs, and that much is spent");
    for as_of in ["2026-06-09T22:00:00Z", "2026-06-10T06:00:00Z"] {
        store.put(&account(), &one_left(as_of)).await.unwrap();
        let days = window(&*store, "last_2d", "2026-06-10T08:00:00Z").await;
        assert_eq!(shown(&days), "1=? 2=14", "{as_of}");
        let whole = span("prev_1d", "2026-06-10T08:00:00Z");
        let before = store.window(&account(), Kind::Ad, &whole, AsOf::Latest).await.unwrap();
        assert_eq!(shown(&before), "1=3 2=5", "the 8th was read after its end");
    }
    let back =
        one_left("2026-06-10T09:00:00Z").with("1", "2026-06-08", spent(3)).with("1", "2026-06-09", spent(7));
    store.put(&account(), &back).await.unwrap();
    assert_eq!(shown(&window(&*store, "last_2d", "2026-06-10T10:00:00Z").await), "1=10 2=14");
}

async fn many_objects_may_vanish_at_once(store: Arc<dyn MetricStore>) {
    let told = |objects: std::ops::Range<i64>, as_of: &str| {
        let empty = reading("2026-06-09", "2026-06-10", as_of).with("whole", "2026-06-09", spent(90_000));
        objects.fold(empty, |told, object| told.with(&object.to_string(), "2026-06-09", spent(1)))
    };
    store.put(&account(), &told(0..6_000, "2026-06-10T06:00:00Z")).await.unwrap();
    let stored = store.put(&account(), &told(0..10, "2026-06-10T07:00:00Z")).await.unwrap();
    assert_eq!((stored.zeroed, stored.doubted.len()), (0, 5_990));
    assert_eq!(doubts(&*store, Granularity::Day).await.len(), 5_990);
    let known = window(&*store, "yesterday", "2026-06-10T08:00:00Z").await;
    let spend: i64 = known.objects.values().filter_map(|sums| sums.spend).sum();
    assert_eq!(spend, 96_000 * 1_000_000, "what is known of all of them stands");
}

async fn doubts_that_nobody_asks_about_are_forgotten(store: Arc<dyn MetricStore>) {
    let told = reading("2026-06-08", "2026-06-09", "2026-06-10T06:00:00Z")
        .with("1", "2026-06-08", spent(30))
        .with("2", "2026-06-08", spent(5))
        .with("1", "2026-06-09", spent(5));
    store.put(&account(), &told).await.unwrap();
    let less = reading("2026-06-08", "2026-06-09", "2026-06-10T07:00:00Z").with("1", "2026-06-08", spent(30));
    store.put(&account(), &less).await.unwrap();
    let begun = doubts(&*store, Granularity::Day).await;
    assert_eq!(begun.len(), 2, "a day, and an object on another: {begun:?}");
    // From here on nobody asks for these days.
    for (day, as_of, left) in
        [("2026-06-19", "2026-06-20T07:00:00Z", 2), ("2026-06-20", "2026-06-20T07:00:01Z", 0)]
    {
        let next = reading(day, day, as_of).with("1", day, spent(5));
        store.put(&account(), &next).await.unwrap();
        assert_eq!(doubts(&*store, Granularity::Day).await.len(), left, "{as_of}");
    }
    let days = window(&*store, "last_14d", "2026-06-20T08:00:00Z").await;
    assert!(shown(&days).starts_with("1=40 2=5"), "what is known stands: {}", shown(&days));
}

async fn an_object_that_vanishes_by_the_hour_is_unknown(store: Arc<dyn MetricStore>) {
    let morning = reading("2026-06-10", "2026-06-10", "2026-06-10T06:00:00Z")
        .by_hour()
        .with_hour("1", "2026-06-10", 5, spent(4))
        .with_hour("2", "2026-06-10", 5, spent(5));
    store.put(&account(), &morning).await.unwrap();
    let noon = reading("2026-06-10", "2026-06-10", "2026-06-10T10:00:00Z")
        .by_hour()
        .with_hour("2", "2026-06-10", 5, spent(5))
        .with_hour("2", "2026-06-10", 10, spent(5));
    store.put(&account(), &noon).await.unwrap();
    let hours = window(&*store, "last_4h", "2026-06-10T10:00:00Z").await;
    assert_eq!(hours.objects[&id(1)].spend, None, "{}", shown(&hours));
    assert_eq!(hours.objects[&id(2)].spend, Some(5_000_000));
    let later = reading("2026-06-10", "2026-06-10", "2026-06-10T11:00:00Z")
        .by_hour()
        .with_hour("1", "2026-06-10", 5, spent(4))
        .with_hour("2", "2026-06-10", 5, spent(5));
    store.put(&account(), &later).await.unwrap();
    let hours = window(&*store, "last_4h", "2026-06-10T11:00:00Z").await;
    assert_eq!(hours.objects[&id(1)].spend, Some(0), "{}", shown(&hours));
}

async fn a_store_that_begins_with_silence_knows_nothing_for_three_days(store: Arc<dyn MetricStore>) {
    let silent = |as_of: &str| reading("2026-06-05", "2026-06-13", as_of);
    for as_of in ["2026-06-10T07:00:00Z", "2026-06-13T06:59:59Z"] {
        let stored = store.put(&account(), &silent(as_of)).await.unwrap();
        assert_eq!((stored.days.len(), stored.doubted.len()), (0, 9), "{as_of}");
        let told = Doubts::of(&stored.doubted, account().currency).unwrap();
        assert_eq!((told.about.clone(), told.is_alarm()), (About::Beginning, false));
        assert_eq!(told.until, at("2026-06-13T07:00:00Z"));
        assert!(window(&*store, "last_3d", "2026-06-10T08:00:00Z").await.all(TOLD).is_err());
    }
    let short = reading("2026-06-12", "2026-06-13", "2026-06-13T07:00:00Z");
    let stored = store.put(&account(), &short).await.unwrap();
    assert_eq!((stored.days.len(), stored.doubted.len()), (1, 0));
    assert!(doubts(&*store, Granularity::Day).await.is_empty(), "of all days");
    store.put(&account(), &silent("2026-06-13T07:15:00Z")).await.unwrap();
    let known = window(&*store, "last_3d", "2026-06-13T08:00:00Z").await;
    assert_eq!(known.all(TOLD), Ok(Sums::zero(TOLD)), "an account that is new");
}

async fn a_day_that_is_told_ends_the_silence_of_a_beginning(store: Arc<dyn MetricStore>) {
    let silent = reading("2026-06-05", "2026-06-10", "2026-06-10T07:00:00Z");
    store.put(&account(), &silent).await.unwrap();
    let told = reading("2026-06-05", "2026-06-10", "2026-06-10T08:00:00Z").with("1", "2026-06-09", spent(5));
    let stored = store.put(&account(), &told).await.unwrap();
    assert_eq!(stored.doubted.len(), 1, "today is silent as it was");
    assert_eq!(shown(&window(&*store, "last_3d", "2026-06-10T08:00:00Z").await), "1=5");
}

/// An empty report under another label would answer with zeros in place of what is known.
async fn a_new_attribution_that_begins_with_silence_does_not_answer(store: Arc<dyn MetricStore>) {
    known(&*store).await;
    let silent = |as_of| reading("2026-06-08", "2026-06-10", as_of).labelled("1d_click");
    for as_of in ["2026-06-10T07:00:00Z", "2026-06-17T06:59:59Z"] {
        let stored = store.put(&account(), &silent(as_of)).await.unwrap();
        assert_eq!(stored.doubted.len(), 3, "{as_of}");
        assert_eq!(Doubts::of(&stored.doubted, account().currency).unwrap().about, About::Level);
        let last = window(&*store, "last_2d", "2026-06-10T08:00:00Z").await;
        assert_eq!((shown(&last).as_str(), last.attribution.as_deref()), ("1=8", Some("7d_click,1d_view")));
    }
    // One object alone: nothing stands under the new label, so it is unknown.
    let half = reading("2026-06-08", "2026-06-09", "2026-06-17T07:00:00Z")
        .labelled("1d_view")
        .with("2", "2026-06-08", spent(3))
        .with("2", "2026-06-09", spent(5));
    store.put(&account(), &half).await.unwrap();
    let last = window(&*store, "last_10d", "2026-06-17T08:00:00Z").await;
    assert!(last.objects[&id(1)].spend.is_none(), "{}", shown(&last));
}

async fn days_under_another_attribution_are_gaps(store: Arc<dyn MetricStore>) {
    known(&*store).await;
    let mut counted_less = spent(6);
    counted_less.conversions = Some(1);
    let new = reading("2026-06-09", "2026-06-10", "2026-06-10T07:00:00Z")
        .labelled("1d_click")
        .with("1", "2026-06-09", counted_less)
        .with("1", "2026-06-10", spent(1));
    store.put(&account(), &new).await.unwrap();
    let last = window(&*store, "last_2d", "2026-06-10T08:00:00Z").await;
    assert_eq!(shown(&last), "1=6 [2026-06-08]", "nothing of the other label is added");
    assert!(last.of(&id(1), TOLD).is_err());
    let yesterday = window(&*store, "yesterday", "2026-06-10T08:00:00Z").await;
    assert_eq!(yesterday.count(&id(1), Metric::Conversions, TOLD), Ok(1));
}
