//! One day's budget, by hand.

use std::collections::BTreeMap;

use super::super::{
    Adjustment, Cap, DaySpend, InvalidPeriod, NoPace, PaceRequest, Paced, Pattern, Period, Settings, State,
    Weights, pace,
};
use super::{day, period};
use crate::metrics::Day;

type History = BTreeMap<Day, DaySpend>;

/// Every day before `today` spent this, of this budget.
fn spent(today: i8, spend: i64, budget: i64) -> History {
    (1..today).map(|number| (day(number), DaySpend { spend, budget: Some(budget) })).collect()
}

fn ask(period: &Period, today: i8, history: &History) -> Result<Paced, NoPace> {
    pace(&PaceRequest {
        period,
        today: day(today),
        spent_today: None,
        history,
        settings: Settings::default(),
    })
}

#[test]
fn on_the_first_day_the_state_is_unknown_and_the_budget_is_its_share() {
    let paced = ask(&period(3_000_000, Pattern::Even, Cap::Soft), 1, &History::new()).expect("a budget");
    assert_eq!((paced.budget, paced.state, paced.planned), (100_000, State::Unknown, 0));
}

#[test]
fn what_is_left_is_spread_over_the_days_that_are_left() {
    let period = period(3_000_000, Pattern::Even, Cap::Soft);
    // Ten days at 95,000 leave 2,050,000 for twenty; all budgets were delivered.
    let paced = ask(&period, 11, &spent(11, 95_000, 95_000)).expect("a budget");
    assert_eq!((paced.budget, paced.planned, paced.spent), (102_500, 1_000_000, 950_000));
    assert_eq!(paced.state, State::OnTrack);
    assert_eq!(paced.adjustments, []);
}

#[test]
fn a_change_that_is_not_worth_making_is_not_made() {
    let period = period(3_000_000, Pattern::Even, Cap::Soft);
    let paced = ask(&period, 11, &spent(11, 99_000, 99_000)).expect("a budget");
    assert_eq!((paced.budget, paced.adjustments), (99_000, vec![Adjustment::DeadBand]));
}

#[test]
fn no_step_is_larger_than_a_fifth() {
    let period = period(3_000_000, Pattern::Even, Cap::Soft);
    let up = ask(&period, 16, &spent(16, 50_000, 50_000)).expect("a budget");
    assert_eq!((up.budget, up.state, up.adjustments), (60_000, State::Under, vec![Adjustment::Step]));
    let down = ask(&period, 16, &spent(16, 150_000, 150_000)).expect("a budget");
    assert_eq!((down.budget, down.state, down.adjustments), (120_000, State::Over, vec![Adjustment::Step]));
}

#[test]
fn a_pool_that_delivers_less_is_given_more() {
    let period = period(3_000_000, Pattern::Even, Cap::Soft);
    // The ratio has nearly arrived at 0.8: 1 - 0.2 * (1 - 0.8^20).
    let paced = ask(&period, 21, &spent(21, 100_000, 125_000)).expect("a budget");
    assert_eq!(paced.adjustments[0], Adjustment::Delivery(8_023));
    assert_eq!(paced.budget, 125_000);
}

#[test]
fn a_hard_cap_leaves_room_for_what_platforms_deliver_over() {
    let hard = period(3_000_000, Pattern::Even, Cap::Hard { over_delivery: 20_000 });
    let paced = ask(&hard, 30, &spent(30, 100_000, 100_000)).expect("a budget");
    assert_eq!((paced.budget, paced.adjustments), (50_000, vec![Adjustment::DeadBand, Adjustment::HardCap]));
    // The last three count a half, a quarter and an eighth: 27.875 days.
    assert_eq!(ask(&hard, 1, &History::new()).expect("a budget").budget, 107_623);
    // Two days before the end with little left, a step down would not be enough.
    let late = ask(&hard, 29, &spent(29, 105_000, 105_000)).expect("a budget");
    assert_eq!((late.budget, late.adjustments), (30_000, vec![Adjustment::Step, Adjustment::HardCap]));
}

#[test]
fn a_target_that_is_reached_is_exhausted() {
    let period = period(3_000_000, Pattern::Even, Cap::Soft);
    let paced = ask(&period, 21, &spent(21, 150_000, 150_000)).expect("an answer");
    assert_eq!((paced.budget, paced.state), (0, State::Exhausted));
    let history = spent(21, 100_000, 100_000);
    let request = PaceRequest {
        period: &period,
        today: day(21),
        spent_today: Some(1_000_000),
        history: &history,
        settings: Settings::default(),
    };
    let today = pace(&request).expect("an answer");
    assert_eq!(
        (today.budget, today.state),
        (100_000, State::Exhausted),
        "the state moves, the budget does not"
    );
}

#[test]
fn days_out_of_flight_get_nothing_and_the_others_more() {
    let flights = vec![(day(1), day(10)), (day(21), day(30))];
    let mut flying = period(2_000_000, Pattern::Even, Cap::Soft);
    flying.flights = flights;
    assert_eq!(ask(&flying, 1, &History::new()).expect("a budget").budget, 100_000);
    let mut history = spent(11, 100_000, 100_000);
    assert_eq!(ask(&flying, 11, &history).expect("an answer").budget, 0);
    for number in 11..21 {
        history.insert(day(number), DaySpend { spend: 0, budget: None });
    }
    let back = ask(&flying, 21, &history).expect("a budget");
    assert_eq!((back.budget, back.state), (100_000, State::OnTrack));
}

#[test]
fn patterns_shape_the_days() {
    let weights = |pattern: Pattern, history: &History| {
        Weights::of(&period(3_000_000, pattern, Cap::Soft), day(1), history)
    };
    let none = History::new();
    let front = weights(Pattern::Front, &none);
    assert!((front.get(day(1)) / front.get(day(30)) - 3.0).abs() < 1e-12);
    let back = weights(Pattern::Back, &none);
    assert!((back.get(day(30)) / back.get(day(1)) - 3.0).abs() < 1e-12);
    let custom = weights(Pattern::Custom((1..=30).collect()), &none);
    assert!((custom.get(day(7)) - 7.0).abs() < 1e-12);
    // Eight weeks before: Sundays spent nothing, the other days 70.
    let history: History = (1..=56)
        .filter_map(|back| day(1).checked_sub(jiff::Span::new().days(back)).ok())
        .map(|day| (day, if day.weekday() == jiff::civil::Weekday::Sunday { 0 } else { 70 }))
        .map(|(day, spend)| (day, DaySpend { spend, budget: None }))
        .collect();
    let weekday = weights(Pattern::Weekday, &history);
    // A mean day is 60; eight Sundays of nothing and four of the mean are a third.
    assert!((weekday.get(day(1)) - 1.0 / 3.0).abs() < 1e-12);
    assert!((weekday.get(day(2)) - (8.0 * 70.0 / 60.0 + 4.0) / 12.0).abs() < 1e-12);
    let floor = weights(Pattern::WeekdayWithFloor(6_000), &history);
    assert!((floor.get(day(1)) - 0.6).abs() < 1e-12);
    // Without a history every weekday is a mean day.
    assert!((weights(Pattern::Weekday, &none).get(day(1)) - 1.0).abs() < 1e-12);
}

#[test]
fn what_cannot_be_paced_says_why() {
    let good = period(3_000_000, Pattern::Even, Cap::Soft);
    let mut history = spent(11, 100_000, 100_000);
    history.remove(&day(4));
    assert_eq!(ask(&good, 11, &history), Err(NoPace::Gap(day(4))));
    let early = PaceRequest {
        period: &good,
        today: Day::constant(2026, 10, 31),
        spent_today: None,
        history: &history,
        settings: Settings::default(),
    };
    assert_eq!(pace(&early), Err(NoPace::NotBegun(day(1))));
    let late = PaceRequest { today: Day::constant(2026, 12, 1), ..early };
    assert_eq!(pace(&late), Err(NoPace::Ended(day(30))));

    let invalid = |period: Period| period.check().expect_err("no sense");
    assert_eq!(invalid(period(0, Pattern::Even, Cap::Soft)), InvalidPeriod::Target);
    let low = Cap::Hard { over_delivery: 9_999 };
    assert_eq!(invalid(period(1, Pattern::Even, low)), InvalidPeriod::OverDelivery);
    let short = Pattern::Custom(vec![1; 29]);
    assert_eq!(invalid(period(1, short, Cap::Soft)), InvalidPeriod::Weights { days: 30 });
    let mut grounded = period(1, Pattern::Even, Cap::Soft);
    grounded.flights = vec![(Day::constant(2026, 12, 1), Day::constant(2026, 12, 9))];
    assert_eq!(invalid(grounded), InvalidPeriod::NoFlight);
    let mut backwards = period(1, Pattern::Even, Cap::Soft);
    backwards.last = Day::constant(2026, 10, 1);
    assert_eq!(invalid(backwards), InvalidPeriod::Backwards);
}
