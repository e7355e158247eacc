//! What holds for every split.

use proptest::prelude::*;

use super::super::{Allocation, Infeasible, Member, Request, Stop, allocate};
use super::{member, micros, request, total};
use crate::address::Platform;

const PLATFORMS: [Platform; 3] = [Platform::Google, Platform::Meta, Platform::TikTok];

prop_compose! {
    fn any_member()(
        ceiling in 1.0..3000.0_f64,
        half in 1.0..900.0_f64,
        platform in 0..3_usize,
        min in prop_oneof![Just(0), 0..40_000_000_i64],
        room in prop_oneof![Just(None), (0..500_000_000_i64).prop_map(Some)],
        current in prop_oneof![Just(None), (0..400_000_000_i64).prop_map(Some)],
        pinned in prop_oneof![9 => Just(false), 1 => Just(true)],
    ) -> Member {
        Member {
            platform: PLATFORMS[platform],
            min,
            max: room.map(|room| min + room),
            current,
            pin: current.filter(|_| pinned),
            ..member("", ceiling, half)
        }
    }
}

prop_compose! {
    fn any_request()(
        mut members in prop::collection::vec(any_member(), 1..8),
        budget in 1..2_000_000_000_i64,
        caps in prop::collection::btree_map(0..3_usize, 0..900_000_000_i64, 0..3),
        stop in prop_oneof![2 => Just(None), 1 => (1_000_000..200_000_000_i64).prop_map(Some)],
    ) -> Request {
        for (place, member) in members.iter_mut().enumerate() {
            member.id = format!("m{place}");
        }
        let mut request = request(0.0, members);
        request.budget = budget;
        request.caps = caps.into_iter().map(|(place, cap)| (PLATFORMS[place], cap)).collect();
        request.stop = stop.and_then(Stop::at_cpa);
        request
    }
}

fn held(request: &Request, platform: Platform, amount: impl Fn(&Member) -> i64) -> i64 {
    request.members.iter().filter(|member| member.platform == platform).map(amount).sum()
}

/// The request with the nearest budget that can be split, and the split; `None` where no budget can.
fn feasible(request: Request) -> Option<(Request, Allocation)> {
    let budget = match allocate(&request) {
        Ok(allocation) => return Some((request, allocation)),
        Err(Infeasible::TooSmall { needed, .. }) => needed,
        Err(Infeasible::TooLarge { possible, .. }) => possible,
        Err(_) => return None,
    };
    let nearest = Request { budget, ..request };
    let allocation = allocate(&nearest).expect("the nearest budget can be split");
    Some((nearest, allocation))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn a_split_adds_up_and_keeps_every_bound(request in any_request()) {
        let Some((request, allocation)) = feasible(request) else { return Ok(()) };
        prop_assert_eq!(total(&allocation), request.budget);
        prop_assert!(allocation.unspent >= 0);
        prop_assert!(request.stop.is_some() || allocation.unspent == 0);
        for member in &request.members {
            let amount = allocation.shares[&member.id].amount;
            if let Some(pin) = member.pin {
                prop_assert_eq!(amount, pin);
                continue;
            }
            prop_assert!(amount >= member.min && member.max.is_none_or(|max| amount <= max));
            if let Some(current) = member.current.filter(|now| *now >= member.min && member.max.is_none_or(|max| *now <= max)) {
                prop_assert!((amount - current).abs() * 5 <= current, "{} to {}", current, amount);
            }
        }
        for (platform, cap) in &request.caps {
            prop_assert!(held(&request, *platform, |member| allocation.shares[&member.id].amount) <= *cap);
        }
    }

    #[test]
    fn the_order_of_members_shows_nowhere(request in any_request(), turn in 0..8_usize) {
        let mut turned = request.clone();
        let places = turned.members.len();
        turned.members.rotate_left(turn % places);
        prop_assert_eq!(allocate(&request), allocate(&turned));
    }

    #[test]
    fn no_feasible_move_brings_more(
        request in any_request(),
        from in 0..8_usize,
        to in 0..8_usize,
        share in 0.0001..1.0_f64,
    ) {
        let Some((request, allocation)) = feasible(request) else { return Ok(()) };
        let (from, to) = (&request.members[from % request.members.len()], &request.members[to % request.members.len()]);
        let moved = micros(share * 50.0);
        let (less, more) = (allocation.shares[&from.id].amount - moved, allocation.shares[&to.id].amount + moved);
        let step = |member: &Member, amount: i64| member.current.is_none_or(|now| (amount - now).abs() * 5 <= now);
        let fits = from.id != to.id
            && from.pin.is_none() && to.pin.is_none()
            && less >= from.min && to.max.is_none_or(|max| more <= max)
            && step(from, less) && step(to, more)
            && (from.platform == to.platform || request.caps.get(&to.platform).is_none_or(|cap| {
                held(&request, to.platform, |member| allocation.shares[&member.id].amount) + moved <= *cap
            }));
        if !fits { return Ok(()) }
        let response = |member: &Member, amount: i64| {
            member.curve.expect("a curve").response(crate::stats::real(amount) / 1e6)
        };
        let before = response(from, allocation.shares[&from.id].amount) + response(to, allocation.shares[&to.id].amount);
        let after = response(from, less) + response(to, more);
        prop_assert!(after <= before * (1.0 + 1e-9) + 1e-6, "{} beats {}", after, before);
    }

    #[test]
    fn with_a_stop_no_money_is_spent_below_it_and_none_left_above(request in any_request()) {
        let (Some(stop), Some((_, allocation))) = (request.stop, feasible(request)) else { return Ok(()) };
        let stop = stop.per_unit();
        for share in allocation.shares.values().filter(|share| share.bound.is_none()) {
            let marginal = share.marginal.expect("a curve");
            prop_assert!(marginal > stop * (1.0 - 1e-4), "{} is below {}", marginal, stop);
            prop_assert!(allocation.unspent == 0 || marginal < stop * (1.0 + 1e-4), "{} is above {}", marginal, stop);
        }
    }
}
