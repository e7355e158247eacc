//! Whole months on platforms that deliver as they like.

use super::*;
use crate::stats::Seed;

/// What platforms do with a day.
#[derive(Clone, Copy)]
enum Delivery {
    /// Between 85 % and 105 % of the budget, as far as there is anything to buy.
    Usual,
    /// Each day the most that the platforms' rules allow, and as much of yesterday's amount before the first look as may be.
    Worst,
    /// The same on some days, and half of the budget on the others.
    Wild,
}

struct Month {
    spent: i64,
    paused: usize,
}

/// Lives through March: yesterday's amounts hold until somebody looks, and then today's do.
fn month(
    pool: &Pool,
    seed: u64,
    appetites: [i64; 3],
    over: u32,
    (delivery, passed): (Delivery, u32),
) -> Month {
    let mut random = Seed(seed).stream(0);
    let mut members: Vec<Member> = ["a", "b", "c"].into_iter().map(|name| member(name, 0, 0)).collect();
    let mut given = Given::new();
    let mut held = 0;
    for number in 1..=31 {
        let mut before: Vec<i64> = Vec::new();
        for member in &mut members {
            (member.over_delivery, member.passed) = (over, passed);
            before.push(if member.held { 0 } else { member.in_force });
        }
        let allotment = allot(pool, &members, Look { day: day(number), passed }, &given);
        given.insert(day(number), remembered(&allotment));
        for ((member, appetite), before) in members.iter_mut().zip(appetites).zip(before) {
            let share = allotment.members[&member.object];
            member.held = share.paused;
            held += usize::from(share.paused);
            member.in_force = share.after.unwrap_or(member.in_force);
            let now = if share.paused { 0 } else { member.in_force };
            let points = match delivery {
                Delivery::Usual => 8_500 + i64::try_from(random.place(2_001)).unwrap(),
                Delivery::Worst => i64::from(over),
                Delivery::Wild if random.place(2) == 0 => i64::from(over),
                Delivery::Wild => 5_000,
            };
            let early = if matches!(delivery, Delivery::Usual) { 0 } else { 2 * (passed + 417).min(5_000) };
            let base = now.saturating_add(position::times(before, early));
            let spend = position::scaled(base, points, 10_000).min(appetite * UNIT);
            member.days.insert(day(number), DayFigures { spend, ..DayFigures::default() });
        }
    }
    let spent =
        members.iter().flat_map(|member| member.days.values()).map(|figures| figures.spend).sum::<i64>();
    Month { spent: spent / UNIT, paused: held }
}

const ENOUGH: [i64; 3] = [4_000, 3_000, 2_000];

#[test]
fn a_month_lands_within_two_percent_where_there_is_enough_to_buy() {
    for seed in 0..40 {
        let soft = month(&pool(31_000, OnExhausted::Alert), seed, ENOUGH, 10_500, (Delivery::Usual, 70));
        assert!((30_380..=31_620).contains(&soft.spent), "soft, seed {seed}: {}", soft.spent);
        for over in [10_500, 12_500, 17_500, 20_000] {
            let hard = month(&pool(31_000, OnExhausted::Pause), seed, ENOUGH, over, (Delivery::Usual, 70));
            assert!((30_380..=31_000).contains(&hard.spent), "hard, seed {seed}, {over}: {}", hard.spent);
            assert_eq!(hard.paused, 0, "seed {seed}, {over}");
        }
    }
}

#[test]
fn a_small_appetite_leaves_its_part_to_the_others() {
    let month =
        month(&pool(31_000, OnExhausted::Alert), 7, [4_000, 3_000, 50], 10_500, (Delivery::Usual, 70));
    assert!((30_380..=31_620).contains(&month.spent), "{}", month.spent);
}

#[test]
fn a_hard_pool_holds_on_the_worst_of_days_whenever_it_is_looked_at() {
    let endless = [i64::MAX / UNIT; 3];
    for delivery in [Delivery::Worst, Delivery::Wild] {
        for (seed, passed) in (0..40).zip([70, 70, 3_300, 9_900].into_iter().cycle()) {
            for over in [10_000, 12_500, 17_500, 20_000, 62_000] {
                let month = month(&pool(31_000, OnExhausted::Pause), seed, endless, over, (delivery, passed));
                assert!(month.spent <= 31_000, "seed {seed}, {over}, {passed}: {}", month.spent);
            }
        }
    }
}
