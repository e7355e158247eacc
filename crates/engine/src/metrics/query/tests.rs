//! Levels that answer for themselves, sums of what is below, and days of one's own.

use adplane_core::address::Platform;
use adplane_core::ids::AccountId;
use adplane_core::metrics::{End, Metric, MetricRow, Ratio, Reading, Slot, Sums, Unknown};
use adplane_core::money::Currency;
use adplane_core::time::Zone;

use super::*;
use crate::metrics::store::{SqliteOptions, SqliteStore};
use crate::metrics::sync::LEVELS;

const TOLD: MetricSet =
    &[Metric::Spend, Metric::Impressions, Metric::Clicks, Metric::Conversions, Metric::Value, Metric::Reach];
const NOW: &str = "2026-06-10T08:00:00Z";
const YESTERDAY: Period = Period::Window(Window::Yesterday);
const FLIGHT: Period = Period::Window(Window::Flight);

fn id(text: &str) -> ExternalId {
    ExternalId::new(text).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn account() -> StoreAccount {
    StoreAccount {
        platform: Platform::TikTok,
        id: AccountId::new("7").unwrap(),
        currency: Currency::parse("EUR").unwrap(),
        zone: Zone::utc(),
    }
}

fn sums(spend: i64, reach: i64) -> Sums {
    let count = |number: i64| Some(number * 1_000_000);
    Sums {
        spend: count(spend),
        impressions: Some(spend * 100),
        clicks: Some(spend * 2),
        conversions: count(spend / 5),
        value: count(spend * 3),
        reach: Some(reach),
        video_views: None,
    }
}

/// A reading of days by a level, each row with its day.
fn reading(level: Kind, days: (&str, &str), rows: &[(&str, &str, Sums)]) -> Reading {
    let row = |(day, object, sums): &(&str, &str, Sums)| MetricRow {
        id: id(object),
        slot: Slot::day(day.parse().unwrap()),
        sums: *sums,
    };
    Reading {
        level,
        granularity: Granularity::Day,
        from: days.0.parse().unwrap(),
        to: days.1.parse().unwrap(),
        attribution: "7d_click".to_owned(),
        as_of: at("2026-06-10T06:00:00Z"),
        rows: rows.iter().map(row).collect(),
    }
}

fn on_the_9th(level: Kind, rows: &[(&str, Sums)]) -> Reading {
    let rows: Vec<_> = rows.iter().map(|(object, sums)| ("2026-06-09", *object, *sums)).collect();
    reading(level, ("2026-06-09", "2026-06-09"), &rows)
}

/// Ads a and b of group g, ad c of group h, both of campaign k; starts by object.
fn objects(starts: &[(Kind, &str, &str)]) -> Objects {
    let mut known = Objects::default();
    for (level, child, parent) in [
        (Kind::Ad, "a", Some("g")),
        (Kind::Ad, "b", Some("g")),
        (Kind::Ad, "c", Some("h")),
        (Kind::AdGroup, "g", Some("k")),
        (Kind::AdGroup, "h", Some("k")),
        (Kind::Campaign, "k", None),
    ] {
        let start = starts.iter().find(|(of, name, _)| (*of, *name) == (level, child));
        let start = start.map(|(_, _, start)| at(start));
        known.insert(level, id(child), Known { parent: parent.map(id), start, ..Known::default() });
    }
    known
}

async fn asked(readings: &[Reading], objects: &Objects, periods: &[Period]) -> AccountFigures {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&SqliteOptions::new(folder.path().join("metrics.db"))).unwrap();
    for told in readings {
        store.put(&account(), told).await.unwrap();
    }
    let account = account();
    let asked =
        Asked { account: &account, told: TOLD, restated_days: 3, objects, now: at(NOW), as_of: AsOf::Latest };
    figures(&store, &asked, &LEVELS, periods).await.unwrap()
}

fn told(figures: &AccountFigures, level: Kind, name: &str, period: Period) -> Result<Sums, Unknown> {
    figures.of(level, &id(name), period).unwrap().sums()
}

#[tokio::test]
async fn a_level_that_was_read_answers_for_itself() {
    let read = [on_the_9th(Kind::Ad, &[("a", sums(5, 9))]), on_the_9th(Kind::AdGroup, &[("g", sums(6, 9))])];
    let found = asked(&read, &objects(&[]), &[YESTERDAY]).await;
    assert_eq!(told(&found, Kind::AdGroup, "g", YESTERDAY), Ok(sums(6, 9)), "not the 5 of its ad");
    let campaign = found.of(Kind::Campaign, &id("k"), YESTERDAY).unwrap();
    assert_eq!((campaign.basis.source, campaign.sums()), (Kind::AdGroup, Ok(sums(6, 9))));
    assert_eq!(found.account(YESTERDAY).unwrap().count(Metric::Spend), Ok(6_000_000));
}

#[tokio::test]
async fn else_the_parts_are_added_upward() {
    let ads = [on_the_9th(Kind::Ad, &[("a", sums(5, 9)), ("b", sums(10, 2)), ("c", sums(3, 4))])];
    let found = asked(&ads, &objects(&[]), &[YESTERDAY]).await;
    let group = found.of(Kind::AdGroup, &id("g"), YESTERDAY).unwrap();
    assert_eq!(group.basis.source, Kind::Ad);
    assert_eq!(group.count(Metric::Spend), Ok(15_000_000));
    assert_eq!(
        group.count(Metric::Reach),
        Err(Unknown::NotAdditive(Metric::Reach)),
        "two ads may have reached the same person"
    );
    assert_eq!(told(&found, Kind::AdGroup, "h", YESTERDAY), Ok(sums(3, 4)));
    assert_eq!(told(&found, Kind::AdGroup, "z", YESTERDAY), Ok(Sums::zero(TOLD)));
    assert_eq!(found.of(Kind::Campaign, &id("k"), YESTERDAY).unwrap().count(Metric::Clicks), Ok(36));
    let all = found.account(YESTERDAY).unwrap();
    assert_eq!(all.ratio(Ratio::Cpa), Ok(6.0), "18 for 3 conversions, no mean of ratios");
    assert_eq!(all.ratio(Ratio::Roas), Ok(3.0));
    assert_eq!(all.basis.freshness.unwrap().oldest, at("2026-06-10T06:00:00Z"));
}

#[tokio::test]
async fn a_part_without_a_parent_makes_the_sums_unknown() {
    let ads = [on_the_9th(Kind::Ad, &[("a", sums(5, 9)), ("gone", sums(1, 2))])];
    let found = asked(&ads, &objects(&[]), &[YESTERDAY]).await;
    assert_eq!(told(&found, Kind::AdGroup, "g", YESTERDAY), Err(Unknown::Parts(1)));
    assert_eq!(
        found.account(YESTERDAY).unwrap().count(Metric::Spend),
        Ok(6_000_000),
        "whosever it is, it is the account's"
    );
    let idle = [on_the_9th(Kind::Ad, &[("a", sums(5, 9)), ("gone", Sums::zero(TOLD))])];
    let found = asked(&idle, &objects(&[]), &[YESTERDAY]).await;
    assert_eq!(told(&found, Kind::AdGroup, "g", YESTERDAY), Ok(sums(5, 9)), "it delivered nothing");
}

#[tokio::test]
async fn what_nobody_read_is_unknown() {
    let week = Period::Window(WEEK);
    let found = asked(&[on_the_9th(Kind::Campaign, &[("k", sums(5, 9))])], &objects(&[]), &[week]).await;
    for level in LEVELS {
        assert!(matches!(told(&found, level, "k", week), Err(Unknown::NotCovered { .. })), "{level}");
    }
    assert!(found.account(week).unwrap().count(Metric::Spend).is_err(), "six of seven days are missing");
    let none = asked(&[], &objects(&[]), &[YESTERDAY, FLIGHT]).await;
    assert!(told(&none, Kind::Ad, "a", YESTERDAY).is_err());
    assert_eq!(told(&none, Kind::Ad, "a", FLIGHT), Err(Unresolved::NoFlight.into()));
}

#[tokio::test]
async fn a_flight_is_of_each_object_its_own() {
    let rows = [
        ("2026-06-07", "g", sums(1, 1)),
        ("2026-06-08", "g", sums(2, 1)),
        ("2026-06-09", "g", sums(4, 1)),
        ("2026-06-07", "h", sums(8, 1)),
        ("2026-06-10", "h", sums(16, 1)),
        ("2026-06-10", "late", sums(32, 1)),
    ];
    let read = [reading(Kind::AdGroup, ("2026-06-07", "2026-06-10"), &rows)];
    let mut known = objects(&[
        (Kind::AdGroup, "g", "2026-06-08T10:00:00Z"),
        (Kind::AdGroup, "h", "2026-06-07T00:00:00Z"),
    ]);
    let later = Known { start: Some(at("2026-06-11T00:00:00Z")), ..Known::default() };
    known.insert(Kind::AdGroup, id("late"), later);
    let found = asked(&read, &known, &[FLIGHT]).await;
    assert_eq!(told(&found, Kind::AdGroup, "g", FLIGHT).unwrap().spend, Some(6_000_000));
    assert_eq!(told(&found, Kind::AdGroup, "h", FLIGHT).unwrap().spend, Some(24_000_000));
    assert_eq!(
        told(&found, Kind::AdGroup, "late", FLIGHT),
        Err(Unresolved::FlightNotBegun("2026-06-11".parse().unwrap()).into())
    );
    let group = found.of(Kind::AdGroup, &id("g"), FLIGHT).unwrap();
    assert_eq!(group.basis.span.as_ref().unwrap().to_string(), "2026-06-08 to 2026-06-10");
    let groups = found.level(Kind::AdGroup, FLIGHT).unwrap();
    assert_eq!(groups.all.count(Metric::Spend), Ok(30_000_000), "what begins tomorrow delivered nothing");

    let deleted =
        reading(Kind::AdGroup, ("2026-06-06", "2026-06-06"), &[("2026-06-06", "deleted", sums(64, 1))]);
    let found = asked(&[read[0].clone(), deleted], &known, &[FLIGHT]).await;
    let groups = found.level(Kind::AdGroup, FLIGHT).unwrap();
    assert_eq!(groups.all.sums(), Err(Unknown::Parts(1)), "nobody tells any more when it ran");
    let idle =
        reading(Kind::AdGroup, ("2026-06-06", "2026-06-06"), &[("2026-06-06", "deleted", Sums::zero(TOLD))]);
    let found = asked(&[read[0].clone(), idle], &known, &[FLIGHT]).await;
    assert_eq!(found.level(Kind::AdGroup, FLIGHT).unwrap().all.count(Metric::Spend), Ok(30_000_000));

    known.insert(
        Kind::AdGroup,
        id("older"),
        Known { start: Some(at("2026-06-01T00:00:00Z")), ..Known::default() },
    );
    let found = asked(&read, &known, &[FLIGHT]).await;
    assert!(matches!(told(&found, Kind::AdGroup, "older", FLIGHT), Err(Unknown::NotCovered { .. })));
    let groups = found.level(Kind::AdGroup, FLIGHT).unwrap();
    assert_eq!(groups.all.sums(), Err(Unknown::Parts(1)));
}

/// Objects of a level together, such as the campaigns of a budget.
fn together(found: &AccountFigures, level: Kind, names: &[&str], period: Period) -> Option<Figures> {
    let ids: Vec<ExternalId> = names.iter().map(|name| id(name)).collect();
    found.sum(level, &ids, period)
}

#[tokio::test]
async fn some_objects_together_are_known_where_each_of_them_is() {
    let ads = [on_the_9th(Kind::Ad, &[("a", sums(5, 9)), ("b", sums(10, 2)), ("c", sums(3, 4))])];
    let found = asked(&ads, &objects(&[]), &[YESTERDAY, FLIGHT]).await;
    let both = together(&found, Kind::Ad, &["a", "c", "idle"], YESTERDAY).unwrap();
    assert_eq!(both.count(Metric::Spend), Ok(8_000_000));
    assert_eq!(both.ratio(Ratio::Roas), Ok(3.0));
    assert_eq!(both.count(Metric::Reach), Err(Unknown::NotAdditive(Metric::Reach)));
    assert_eq!(both.basis.span.as_ref().unwrap().to_string(), "2026-06-09");
    assert_eq!(together(&found, Kind::Ad, &["b"], YESTERDAY).unwrap().count(Metric::Reach), Ok(2));
    assert_eq!(together(&found, Kind::Ad, &[], YESTERDAY), None, "nothing is no zero");
    assert_eq!(together(&found, Kind::Ad, &["a"], Period::Window(WEEK)), None, "nobody asked for it");
    let unknown = together(&found, Kind::Ad, &["a", "c"], FLIGHT).unwrap();
    assert_eq!(unknown.sums(), Err(Unresolved::NoFlight.into()), "all for the same reason");
}

#[tokio::test]
async fn flights_together_leave_out_what_has_not_begun() {
    let rows = [("2026-06-09", "a", sums(1, 1)), ("2026-06-10", "b", sums(2, 1))];
    let read = [reading(Kind::Ad, ("2026-06-08", "2026-06-10"), &rows)];
    let starts = [
        (Kind::Ad, "a", "2026-06-08T00:00:00Z"),
        (Kind::Ad, "b", "2026-06-10T00:00:00Z"),
        (Kind::Ad, "c", "2026-06-12T00:00:00Z"),
    ];
    let found = asked(&read, &objects(&starts), &[FLIGHT]).await;
    let flight = together(&found, Kind::Ad, &["a", "b", "c"], FLIGHT).unwrap();
    assert_eq!(flight.count(Metric::Spend), Ok(3_000_000));
    assert_eq!(flight.basis.span, None, "each has days of its own");
    let part = together(&found, Kind::Ad, &["a", "deleted"], FLIGHT).unwrap();
    assert_eq!(part.sums(), Err(Unknown::Parts(1)), "nobody tells when the other one ran");
}

#[tokio::test]
async fn settled_days_end_where_conversions_have_come_in() {
    let settled = Period::Window(Window::days(2, End::Settled, 0).unwrap());
    let read = [reading(
        Kind::Campaign,
        ("2026-06-01", "2026-06-10"),
        &[
            ("2026-06-06", "k", sums(5, 1)),
            ("2026-06-07", "k", sums(10, 1)),
            ("2026-06-08", "k", sums(20, 1)),
        ],
    )];
    let found = asked(&read, &objects(&[]), &[settled, YESTERDAY]).await;
    assert_eq!(found.settling.through(), Some("2026-06-07".parse().unwrap()), "three days are restated");
    let campaign = found.of(Kind::Campaign, &id("k"), settled).unwrap();
    assert_eq!(campaign.count(Metric::Spend), Ok(15_000_000));
    assert_eq!(campaign.basis.completeness, Some(1.0));
    assert_eq!(found.account(YESTERDAY).unwrap().basis.completeness, None, "nothing was learned yet");
    let none = asked(&[], &objects(&[]), &[settled]).await;
    assert_eq!(told(&none, Kind::Campaign, "k", settled), Err(Unresolved::NotSettled.into()));
}
