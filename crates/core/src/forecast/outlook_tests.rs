//! Which days are learned from, and what days that are named are expected to come to.

use std::collections::BTreeMap;

use jiff::ToSpan;

use super::{Ahead, HISTORY_DAYS, Outlook, Start, Untold};
use crate::metrics::Day;
use crate::stats::{Seed, length};

const TODAY: Day = Day::constant(2026, 6, 10);

fn back(days: i64) -> Day {
    TODAY.saturating_sub(days.days())
}

/// Days around a hundred that ended yesterday.
fn days(count: i64) -> BTreeMap<Day, f64> {
    let mut stream = Seed(7).stream(0);
    (1..=count).rev().map(|ago| (back(ago), 100.0 + 10.0 * stream.normal())).collect()
}

fn next(days: u16) -> Ahead {
    Ahead::Days(days)
}

#[test]
fn days_to_come_are_summed_from_today_on() {
    let outlook = Outlook::new(&days(120), TODAY);
    let path = outlook.path(TODAY, 7).unwrap();
    assert_eq!((path.first, path.steps.len()), (TODAY, 7));
    assert!(path.record.skill > 0.0);
    let sum = outlook.sum(next(7), TODAY).unwrap();
    let expected: f64 = path.steps.iter().map(|step| step.expected).sum();
    assert!((sum - expected).abs() < 1e-9 && (sum - 700.0).abs() < 40.0, "{sum}");
    let one = outlook.sum(next(1), TODAY).unwrap();
    assert!((one - 100.0).abs() < 10.0, "{one}");
}

#[test]
fn what_has_not_come_in_yet_is_forecast_and_not_counted() {
    let mut known = days(120);
    known.retain(|day, _| *day < back(4));
    let outlook = Outlook::new(&known, TODAY);
    let path = outlook.path(TODAY, 7).unwrap();
    assert_eq!((path.first, path.steps.len()), (TODAY, 7), "four days between are skipped");
    let tried = length(path.record.measured_on) / 11.0;
    assert!((tried - tried.round()).abs() < 1e-9, "models are tried as far ahead as they are asked");
}

#[test]
fn a_month_is_what_is_known_of_it_and_what_is_expected() {
    let mut known = days(170);
    for (_, value) in known.range_mut(TODAY.first_of_month()..) {
        *value = 1000.0;
    }
    let mut quiet = known.clone();
    let nine: f64 = known.range(TODAY.first_of_month()..).map(|(_, value)| value).sum();
    assert!((nine - 9000.0).abs() < 1e-9);
    for (_, value) in quiet.range_mut(TODAY.first_of_month()..) {
        *value = 100.0;
    }
    let sum = Outlook::new(&quiet, TODAY).sum(Ahead::Month, TODAY).unwrap();
    assert!((sum - 3000.0).abs() < 100.0, "{sum}");
    assert!(Outlook::new(&known, TODAY).sum(Ahead::Month, TODAY).unwrap() > 9000.0);
    // On the second nobody knows the first yet: it is expected like those after it, and so is the last of May.
    let second = Day::constant(2026, 6, 2);
    let mut early = days(170);
    early.retain(|day, _| *day < Day::constant(2026, 5, 31));
    let sum = Outlook::new(&early, second).sum(Ahead::Month, second).unwrap();
    assert!((sum - 3000.0).abs() < 150.0, "{sum}");
}

#[test]
fn nothing_is_learned_from_before_a_gap() {
    let mut known = days(120);
    known.remove(&back(70));
    let outlook = Outlook::new(&known, TODAY);
    let history = outlook.history().unwrap();
    assert_eq!((history.first, history.days(), history.start), (back(69), 69, Start::NotKnown(back(70))));
    assert!(outlook.path(TODAY, 7).is_ok());
    known.remove(&back(50));
    let why = Outlook::new(&known, TODAY).path(TODAY, 7).unwrap_err();
    assert_eq!(
        why.to_string(),
        "49 days in a row are known since 2026-04-22, and 2026-04-21 is not: a forecast of 7 days needs 56"
    );
    let mut hole = days(170);
    hole.remove(&back(6));
    let why = Outlook::new(&hole, TODAY).sum(Ahead::Month, TODAY).unwrap_err();
    assert_eq!(why, Untold::NotKnown(back(6)), "a part of the month is missing");
}

#[test]
fn before_delivery_began_there_is_nothing_to_learn() {
    let mut known: BTreeMap<Day, f64> = (1..=200).map(|ago| (back(ago), 0.0)).collect();
    assert_eq!(Outlook::new(&known, TODAY).path(TODAY, 7), Err(Untold::NothingKnown));
    known.extend(days(30));
    let outlook = Outlook::new(&known, TODAY);
    assert_eq!(outlook.history().unwrap().days(), 30);
    let why = outlook.path(TODAY, 7).unwrap_err().to_string();
    assert!(why.starts_with("30 days in a row are known since 2026-05-11, when delivery began"), "{why}");
    let long = Outlook::new(&days(400), TODAY);
    assert_eq!(long.history().unwrap().days(), usize::from(HISTORY_DAYS));
}

#[test]
fn what_nobody_can_tell_says_why() {
    assert_eq!(Outlook::new(&BTreeMap::new(), TODAY).path(TODAY, 7), Err(Untold::NothingKnown));
    let flat = (1..=120).map(|ago| (back(ago), 5.0)).collect();
    assert_eq!(Outlook::new(&flat, TODAY).path(TODAY, 7), Err(Untold::Constant));
    let mut old = days(182);
    old.retain(|day, _| *day < back(80));
    assert_eq!(Outlook::new(&old, TODAY).path(TODAY, 7), Err(Untold::TooFar(back(81))));
    // Every week repeats the one before, with steps that nothing foretells.
    let mut stream = Seed(1).stream(0);
    let mut steps: Vec<f64> = (0..7).map(|_| 500.0 + 100.0 * stream.normal()).collect();
    while steps.len() < 112 {
        steps.push(steps[steps.len() - 7] + 40.0 * stream.normal());
    }
    let steps = (1..=112).rev().map(back).zip(steps).collect();
    let why = Outlook::new(&steps, TODAY).sum(next(7), TODAY).unwrap_err();
    assert!(why.is_no_skill(), "{why}");
}

#[test]
fn days_to_come_are_written_one_way() {
    for text in ["next_1d", "next_7d", "next_28d", "month"] {
        assert_eq!(text.parse::<Ahead>().unwrap().to_string(), text);
    }
    for text in ["next_0d", "next_29d", "next_07d", "next_+7d", "next_d", "next_7", "last_7d", "months", ""] {
        assert!(text.parse::<Ahead>().is_err(), "{text}");
    }
}
