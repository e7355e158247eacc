//! What holds for every pool.

use proptest::prelude::*;

use super::*;

fn members() -> impl Strategy<Value = Vec<Member>> {
    let one = (0_i64..400, 1_i64..30, 30_i64..900, 0_u32..3, any::<bool>());
    prop::collection::vec(one, 1..6).prop_map(|all| {
        let each = all.into_iter().enumerate().map(|(place, (daily, min, max, over, runs))| {
            let mut member = member(&format!("m{place}"), 10, daily);
            member.min = min * UNIT;
            member.max = max * UNIT;
            member.over_delivery = [10_000, 17_500, 20_000][over as usize];
            member.runs = runs;
            member.step = 50_000;
            member
        });
        each.collect()
    })
}

fn given_sum(allotment: &Allotment) -> i64 {
    allotment.members.values().filter(|share| !share.paused).filter_map(|share| share.after).sum()
}

proptest! {
    #[test]
    fn the_order_of_members_shows_nowhere(all in members(), monthly in 100_i64..40_000, turn in 0_usize..5) {
        let mut turned = all.clone();
        let by = turn % turned.len();
        turned.rotate_left(by);
        turned.reverse();
        for kind in [OnExhausted::Alert, OnExhausted::Pause] {
            prop_assert_eq!(ask(&pool(monthly, kind), &all, 11), ask(&pool(monthly, kind), &turned, 11));
        }
    }

    #[test]
    fn amounts_are_whole_steps_within_bounds_and_never_more_than_there_is(
        all in members(), monthly in 100_i64..40_000, today in 11_i8..32
    ) {
        let all: Vec<Member> = all.into_iter().map(|mut member| {
            let figures = *member.days.values().next().unwrap();
            member.days = (1..today).map(|number| (day(number), figures)).collect();
            member
        }).collect();
        let hard = ask(&pool(monthly, OnExhausted::Pause), &all, today);
        for member in &all {
            if let Some(after) = hard.members[&member.object].after {
                prop_assert!(after % member.step == 0 || after == member.min);
                prop_assert!((member.min..=member.max).contains(&after));
            }
        }
        // The worst of today.
        let factor = all.iter().filter(|one| one.runs).map(|one| one.over_delivery).max().unwrap_or(10_000);
        let worst = position::times(given_sum(&hard), factor);
        prop_assert!(worst <= hard.left, "{worst} of {}", hard.left);
        let soft = ask(&pool(monthly, OnExhausted::Alert), &all, today);
        let least: i64 = all.iter().filter(|one| one.runs).map(|one| one.min).sum();
        prop_assert!(given_sum(&soft) <= soft.budget.unwrap().max(least));
    }

    #[test]
    fn more_money_never_gives_less(all in members(), monthly in 100_i64..40_000, more in 0_i64..5_000) {
        for kind in [OnExhausted::Alert, OnExhausted::Pause] {
            let less = ask(&pool(monthly, kind), &all, 11);
            let more = ask(&pool(monthly + more, kind), &all, 11);
            prop_assert!(given_sum(&less) <= given_sum(&more) + 6 * 50_000);
        }
    }

    #[test]
    fn a_gap_never_raises(all in members(), monthly in 100_i64..40_000, lost in 1_i8..11) {
        let mut all = all;
        all[0].days.remove(&day(lost));
        for kind in [OnExhausted::Alert, OnExhausted::Pause] {
            let asked = ask(&pool(monthly, kind), &all, 11);
            for member in all.iter().filter(|member| member.in_force >= member.min) {
                prop_assert!(asked.members[&member.object].after.is_none_or(|after| after <= member.in_force));
            }
        }
    }
}
