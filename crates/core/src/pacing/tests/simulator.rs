//! Whole periods against a platform that does not do as it is told.

use std::collections::BTreeMap;

use super::super::{Cap, DaySpend, PaceRequest, Pattern, Period, Settings, pace};
use super::period;
use crate::metrics::Day;
use crate::stats::{Seed, Stream, real, whole};

/// What the platform makes of a budget.
#[derive(Debug, Clone, Copy)]
struct Platform {
    /// What it delivers of a budget in the mean.
    delivery: f64,
    /// How far days differ from that.
    noise: f64,
    /// Days without any delivery.
    outage: (i8, i8),
    /// Delivers this many times the budget on a third of the days, and never more on any.
    over: f64,
    /// What there is to buy a day.
    supply: i64,
}

const CALM: Platform = Platform { delivery: 1.0, noise: 0.1, outage: (0, 0), over: 1.2, supply: i64::MAX };

impl Platform {
    fn spends(&self, day: Day, budget: i64, stream: &mut Stream) -> i64 {
        let (noise, third) = (self.noise * stream.normal(), stream.place(3) == 0);
        if (self.outage.0..=self.outage.1).contains(&day.day()) {
            return 0;
        }
        let ratio = if third && self.over > 1.5 { self.over } else { self.delivery + noise };
        whole(real(budget) * ratio.clamp(0.0, self.over)).min(self.supply)
    }
}

/// Runs a period with `ticks` questions a day; the budgets of the days, and what was spent of the target.
fn run(period: &Period, platform: Platform, ticks: i64, seed: u64) -> (Vec<i64>, f64) {
    let mut stream = Seed(seed).stream(0);
    let mut history = weeks_before(period.first, &mut stream);
    let mut budgets = Vec::new();
    let mut total = 0;
    for today in period.days() {
        let mut budget = None;
        let mut spent = 0;
        let mut day_stream = stream.clone();
        for tick in 0..ticks {
            let request = PaceRequest {
                period,
                today,
                spent_today: Some(spent),
                history: &history,
                settings: Settings::default(),
            };
            let paced = pace(&request).expect("a budget");
            assert!(budget.is_none_or(|budget| budget == paced.budget), "the budget moved within {today}");
            budget = Some(paced.budget);
            let mut same = stream.clone();
            spent = platform.spends(today, paced.budget, &mut same) * (tick + 1) / ticks;
            day_stream = same;
        }
        stream = day_stream;
        let budget = budget.expect("one tick at least");
        total += spent;
        budgets.push(budget);
        history.insert(today, DaySpend { spend: spent, budget: Some(budget) });
    }
    (budgets, real(total) / real(period.target))
}

/// Eight weeks that spend less on weekends.
fn weeks_before(first: Day, stream: &mut Stream) -> BTreeMap<Day, DaySpend> {
    let days = (1..=56).filter_map(|back| first.checked_sub(jiff::Span::new().days(back)).ok());
    days.map(|day| {
        let level = if day.weekday().to_monday_zero_offset() >= 5 { 60e6 } else { 110e6 };
        (day, DaySpend { spend: whole(level * (1.0 + 0.1 * stream.normal())), budget: None })
    })
    .collect()
}

fn patterns() -> Vec<Pattern> {
    let custom = (0..30).map(|day| if day % 10 == 0 { 3 } else { 2 }).collect();
    vec![
        Pattern::Even,
        Pattern::Weekday,
        Pattern::WeekdayWithFloor(8_000),
        Pattern::Front,
        Pattern::Back,
        Pattern::Custom(custom),
    ]
}

const TARGET: i64 = 3_000_000_000;
const HARD: Cap = Cap::Hard { over_delivery: 20_000 };

/// The furthest from the target over all patterns and twenty seeds.
fn assert_lands(platform: Platform, cap: Cap, within: f64) {
    for pattern in patterns() {
        for seed in 0..20 {
            let (budgets, landed) = run(&period(TARGET, pattern.clone(), cap), platform, 1, seed);
            assert!(
                (landed - 1.0).abs() <= within,
                "{pattern:?} under {cap:?} lands at {landed} with seed {seed}: {budgets:?}"
            );
            assert!(
                cap == Cap::Soft || landed <= 1.0,
                "{pattern:?} breaks its cap with {landed}, seed {seed}"
            );
        }
    }
}

#[test]
fn noise_does_not_keep_a_period_from_its_target() {
    assert_lands(CALM, Cap::Soft, 0.02);
    assert_lands(CALM, HARD, 0.02);
}

#[test]
fn neither_does_under_delivery() {
    assert_lands(Platform { delivery: 0.8, ..CALM }, Cap::Soft, 0.02);
    assert_lands(Platform { delivery: 0.8, ..CALM }, HARD, 0.02);
}

#[test]
fn nor_an_outage() {
    assert_lands(Platform { outage: (12, 14), ..CALM }, Cap::Soft, 0.02);
    assert_lands(Platform { outage: (12, 14), ..CALM }, HARD, 0.02);
}

#[test]
fn nor_days_delivered_twice() {
    assert_lands(Platform { over: 2.0, ..CALM }, HARD, 0.02);
}

#[test]
fn a_hard_cap_holds_even_when_every_day_is_delivered_twice() {
    let twice = Platform { delivery: 2.0, noise: 0.0, over: 2.0, ..CALM };
    for pattern in patterns() {
        let (_, landed) = run(&period(TARGET, pattern, HARD), twice, 1, 1);
        assert!((0.98..=1.0).contains(&landed), "{landed}");
    }
}

#[test]
fn where_there_is_too_little_to_buy_everything_there_is_is_bought() {
    let scarce = Platform { supply: 60_000_000, noise: 0.0, ..CALM };
    let (_, landed) = run(&period(TARGET, Pattern::Even, Cap::Soft), scarce, 1, 1);
    assert!((landed - 0.6).abs() < 0.001, "{landed}");
}

#[test]
fn one_question_a_day_or_forty_eight_give_the_same_budgets() {
    let rough = Platform { outage: (12, 13), over: 2.0, delivery: 0.9, ..CALM };
    for pattern in patterns() {
        for cap in [Cap::Soft, HARD] {
            let period = period(TARGET, pattern.clone(), cap);
            assert_eq!(run(&period, rough, 1, 5).0, run(&period, rough, 48, 5).0);
        }
    }
}
