//! What rules make of forecasts: known where they have skill, unknown where they have none.

use jiff::ToSpan;

use super::*;
use crate::anomaly::unit;
use crate::forecast::{Ahead, Outlook};
use crate::metrics::{Day, Metric};
use crate::stats::Seed;

const TODAY: Day = Day::constant(2026, 6, 10);

/// Days that ended yesterday, around a hundred of something.
fn days(count: i64, metric: Metric) -> BTreeMap<Day, f64> {
    let mut stream = Seed(7).stream(0);
    let one = if metric.is_money() { unit(metric, 1_000_000) } else { 1.0 };
    let day = |ago: i64| TODAY.saturating_sub(ago.days());
    (1..=count).rev().map(|ago| (day(ago), one * (100.0 + 10.0 * stream.normal()))).collect()
}

fn foreseen(outlook: Outlook) -> Foreseen {
    Foreseen { outlook: Arc::new(outlook), as_of: at("2026-06-10T09:00:00Z") }
}

fn seen(metric: Metric) -> Foreseen {
    foreseen(Outlook::new(&days(120, metric), TODAY))
}

/// Gives the object this forecast of a metric.
fn own(metric: Metric, of: Foreseen) -> impl FnOnce(&mut Snapshot) {
    move |world| {
        world.forecasts.objects.entry(group("one")).or_default().insert(metric, of);
    }
}

#[track_caller]
fn told(when: &str, change: impl FnOnce(&mut Snapshot)) -> (String, Run) {
    let rule = compiled(&source("one", when, by(-2_000)));
    let mut seen_now = snapshot([(group("one"), object())]);
    change(&mut seen_now);
    let run = once(&[rule], &seen_now);
    let one = run.runs[0].objects.iter().find(|one| one.object == group("one")).unwrap();
    let word = match &one.told.code {
        Some(code) => format!("{} {code}", one.told.verdict.word()),
        None => one.told.verdict.word().to_owned(),
    };
    (word, run)
}

#[track_caller]
fn verdict(when: &str, change: impl FnOnce(&mut Snapshot)) -> String {
    told(when, change).0
}

#[test]
fn a_forecast_with_skill_is_a_number() {
    let spend = || own(Metric::Spend, seen(Metric::Spend));
    assert_eq!(verdict("forecast.next_7d.spend > money('650 EUR')", spend()), "true");
    assert_eq!(verdict("forecast.next_7d.spend > money('750 EUR')", spend()), "false");
    let clicks = own(Metric::Clicks, seen(Metric::Clicks));
    assert_eq!(
        verdict("forecast.next_1d.clicks > 85.5 && self.forecast.next_1d.clicks < 115", clicks),
        "true"
    );
    let of_account = |world: &mut Snapshot| {
        let known = BTreeMap::from([(Metric::Value, seen(Metric::Value))]);
        world.forecasts.accounts.insert(account(), known);
    };
    assert_eq!(verdict("account.forecast.next_7d.value > money('650 EUR')", of_account), "true");
    let (_, run) = told("forecast.next_7d.spend > money('650 EUR')", spend());
    let clause = &run.runs[0].objects[0].clauses[0];
    assert_eq!(&*clause.values[0].name, "forecast.next_7d.spend", "{clause:?}");
}

#[test]
fn a_forecast_without_skill_never_acts() {
    let none = || BTreeMap::from([(Ahead::Days(7), None)]);
    for when in ["forecast.next_7d.spend > money('1 EUR')", "forecast.next_7d.spend <= money('1 EUR')"] {
        let (word, run) = told(when, own(Metric::Spend, foreseen(Outlook::given(none()))));
        assert_eq!(word, "unknown no-skill");
        assert!(run.runs[0].objects[0].intent.is_none());
    }
    let mut stream = Seed(1).stream(0);
    let mut steps: Vec<f64> = (0..7).map(|_| 5e8 + 1e8 * stream.normal()).collect();
    while steps.len() < 112 {
        steps.push(steps[steps.len() - 7] + 4e7 * stream.normal());
    }
    let steps = (1..=112_i64).rev().map(|ago| TODAY.saturating_sub(ago.days())).zip(steps).collect();
    let steps = own(Metric::Spend, foreseen(Outlook::new(&steps, TODAY)));
    assert_eq!(verdict("forecast.next_7d.spend > money('1 EUR')", steps), "unknown no-skill");
}

#[test]
fn what_cannot_be_forecast_is_unknown() {
    let when = "forecast.next_7d.spend > money('1 EUR')";
    assert_eq!(verdict(when, |_| {}), "unknown no-forecast");
    let short = foreseen(Outlook::new(&days(40, Metric::Spend), TODAY));
    assert_eq!(verdict(when, own(Metric::Spend, short)), "unknown no-forecast");
    let stale = Foreseen { as_of: at("2026-06-08T09:00:00Z"), ..seen(Metric::Spend) };
    assert_eq!(verdict(when, own(Metric::Spend, stale)), "unknown stale");
    assert_eq!(verdict("parent.forecast.next_7d.spend > money('1 EUR')", |_| {}), "unknown no-parent");
    // What decides beside it decides.
    assert_eq!(verdict("recent.clicks > 5000 && forecast.next_7d.spend > money('1 EUR')", |_| {}), "false");
}

#[test]
fn conversions_are_not_forecast_while_tracking_is_broken() {
    let broken = |metric: Metric, expected: i64| {
        move |world: &mut Snapshot| {
            own(metric, seen(metric))(world);
            let state = world.accounts.get_mut(&account()).unwrap();
            state.windows.insert(Window::Yesterday, known(sums(100, 1000, 0)));
            let usual = Usual { clicks: 1000, conversions: expected * 1_000_000 };
            state.usual.insert(Window::Yesterday, usual);
        }
    };
    let when = "forecast.next_7d.conversions > 1";
    assert_eq!(verdict(when, broken(Metric::Conversions, 0)), "true");
    assert_eq!(verdict(when, broken(Metric::Conversions, 60)), "unknown tracking-outage");
    assert_eq!(verdict("forecast.next_7d.clicks > 1", broken(Metric::Clicks, 60)), "true");
}
