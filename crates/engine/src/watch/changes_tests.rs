//! What changes within a day, and what changes slowly: each told once.

use adplane_core::address::Kind;
use adplane_core::metrics::{Granularity, MetricRow, Reading, Slot, Sums};
use jiff::ToSpan;

use super::tests::{Case, Delivered, NONE, USUAL, day, id};
use crate::metrics::store::MetricStore;

impl Case {
    /// A report of hours of days from one on, made at an instant: what each hour of the wall clock spent, in whole
    /// units, with ten clicks for each.
    async fn report_hours(&self, first: &str, days: &[Vec<i64>], as_of: &str) {
        let first = day(first);
        let on = |number: usize| first.saturating_add(i64::try_from(number).unwrap().days());
        let row = |number: usize, hour: usize, spend: i64| MetricRow {
            id: id(),
            slot: Slot::hour(on(number), u8::try_from(hour).unwrap()),
            sums: Sums {
                spend: Some(spend * 1_000_000),
                impressions: Some(spend * 200),
                clicks: Some(spend * 10),
                conversions: Some(0),
                ..Sums::default()
            },
        };
        let rows = days.iter().enumerate().flat_map(|(number, hours)| {
            hours.iter().enumerate().map(move |(hour, spend)| row(number, hour, *spend))
        });
        let reading = Reading {
            level: Kind::Campaign,
            granularity: Granularity::Hour,
            from: first,
            to: on(days.len() - 1),
            attribution: "last click".to_owned(),
            as_of: as_of.parse().unwrap(),
            rows: rows.collect(),
        };
        self.store.put(&self.looked.store, &reading).await.unwrap();
    }
}

/// Six weeks of hours that vary a little, up to 12 April.
fn usual_hours() -> Vec<Vec<i64>> {
    (0..42_i64).map(|day| (0..24_i64).map(|hour| 100 + (day * 31 + hour * 17) % 13).collect()).collect()
}

#[tokio::test]
async fn what_stops_on_the_day_is_told_on_the_day_and_once() {
    let case = Case::new();
    case.report_hours("2026-03-02", &usual_hours(), "2026-04-13T06:30:00Z").await;
    // On Monday, 13 April, nothing is delivered from five o'clock on.
    let today =
        |hours: usize| vec![(0..hours).map(|hour| if hour < 5 { 100 } else { 0 }).collect::<Vec<i64>>()];
    let mut told = Vec::new();
    for hour in 7..=23 {
        let now = format!("2026-04-13T{hour:02}:15:00Z");
        case.report_hours("2026-04-13", &today(hour), &now).await;
        for found in case.look(&now).await {
            told.push(format!("{hour}: {found}"));
        }
        assert_eq!(case.look(&now).await, NONE, "the same hour again");
    }
    assert_eq!(
        told,
        [
            "14: spend of growth/google-eu left its range: 500.00 EUR, 41 % less than expected, by 8:00",
            "14: impressions of growth/google-eu left its range: 100000, 41 % less than expected, by 8:00",
            "14: clicks of growth/google-eu left its range: 5000, 41 % less than expected, by 8:00",
        ]
    );
    // The day is over and was as bad as that, and the platform restates it: it was told.
    let days = vec![USUAL; 42];
    let low = Delivered { spend: 20, clicks: 100, conversions: 40 };
    case.report(day("2026-03-02"), &[days.clone(), vec![low; 2]].concat(), "2026-04-15T08:00:00Z").await;
    assert_eq!(case.look("2026-04-15T08:00:00Z").await, NONE);
    let low = Delivered { spend: 15, clicks: 90, conversions: 40 };
    case.report(day("2026-03-02"), &[days, vec![low; 2]].concat(), "2026-04-15T12:00:00Z").await;
    assert_eq!(case.look("2026-04-15T12:00:00Z").await, NONE);
}

#[tokio::test]
async fn hours_that_are_not_counted_yet_are_no_drop() {
    let case = Case::new();
    case.report_hours("2026-03-02", &usual_hours(), "2026-04-13T06:30:00Z").await;
    // The platform is four hours behind all day.
    for hour in 7..=23 {
        let now = format!("2026-04-13T{hour:02}:15:00Z");
        case.report_hours("2026-04-13", &[vec![100; hour - 4]], &now).await;
        assert_eq!(case.look(&now).await, NONE, "{hour}");
    }
}

/// Days that vary by a third, so that no two of them show a loss of a third.
fn noisy(count: usize, times: impl Fn(usize) -> f64) -> Vec<Delivered> {
    let share = |number: usize| [1.0, 0.55, 1.35, 0.8, 1.5, 0.65, 1.2, 0.9, 0.5, 1.4, 1.1][number % 11];
    #[expect(clippy::cast_possible_truncation, reason = "some hundreds")]
    let whole = |number: usize| (1000.0 * share(number) * times(number)).round() as i64;
    (0..count)
        .map(|number| Delivered { spend: whole(number), clicks: whole(number), conversions: 40 })
        .collect()
}

#[tokio::test]
async fn a_lasting_change_that_no_two_days_show_is_told_once() {
    let case = Case::new();
    let first = day("2026-01-01");
    let mut told = Vec::new();
    for number in 75..130_usize {
        let days = noisy(number, |day| if day < 90 { 1.0 } else { 0.5 });
        let now = format!("{}T08:00:00Z", first.saturating_add(i64::try_from(number).unwrap().days()));
        let from = if number == 75 { 0 } else { number - 28 };
        let begin = first.saturating_add(i64::try_from(from).unwrap().days());
        case.report(begin, &days[from..], &now).await;
        let found = case.look(&now).await;
        assert!(found.is_empty() || number > 90, "{number}: {found:?}");
        told.extend(found);
    }
    assert_eq!(told.len(), 3, "spend, impressions and clicks, each once: {told:#?}");
    assert!(told[0].starts_with("spend of growth/google-eu left its range: "), "{told:#?}");
    assert!(told[0].contains(" a day since 2026-") && told[0].ends_with(" before"), "{told:#?}");
}
