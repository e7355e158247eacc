//! The pool's parts.

use proptest::prelude::*;

use std::collections::BTreeMap;

use super::super::{Demand, TooSmall};
use crate::address::Platform;

fn demand(id: &str, demand: i64, min: i64, max: Option<i64>) -> Demand {
    Demand { id: id.into(), platform: Platform::Google, demand, min, max }
}

fn on(platform: Platform, demand: Demand) -> Demand {
    Demand { platform, ..demand }
}

fn split(pool: i64, demands: &[Demand]) -> Result<super::super::Split, TooSmall> {
    super::super::split(pool, demands, &BTreeMap::new())
}

fn parts(pool: i64, demands: &[Demand]) -> (Vec<i64>, i64) {
    let split = split(pool, demands).expect("the minimums fit");
    (split.amounts.into_values().collect(), split.left)
}

#[test]
fn parts_follow_demand() {
    let demands = [demand("a", 30, 0, None), demand("b", 60, 0, None), demand("c", 10, 0, None)];
    assert_eq!(parts(1_000, &demands), (vec![300, 600, 100], 0));
}

#[test]
fn what_a_capped_campaign_cannot_take_flows_to_the_rest() {
    let demands = [demand("a", 30, 0, None), demand("b", 60, 0, Some(200)), demand("c", 10, 0, None)];
    assert_eq!(parts(1_000, &demands), (vec![600, 200, 200], 0));
    let all = [demand("a", 1, 0, Some(100)), demand("b", 1, 0, Some(200))];
    assert_eq!(parts(1_000, &all), (vec![100, 200], 700), "what nobody may take is left");
}

#[test]
fn campaigns_without_demand_get_what_the_others_cannot_take() {
    let demands =
        [demand("a", 50, 0, Some(400)), demand("new", 0, 0, None), demand("old", 50, 100, Some(300))];
    assert_eq!(parts(1_000, &demands), (vec![400, 300, 300], 0));
    assert_eq!(parts(600, &demands), (vec![300, 0, 300], 0));
    let fresh = [demand("a", 0, 0, None), demand("b", 0, 0, None)];
    assert_eq!(parts(101, &fresh), (vec![51, 50], 0));
}

#[test]
fn minimums_above_the_pool_are_told() {
    let demands = [demand("a", 1, 600, None), demand("b", 1, 500, None), demand("c", 1, 0, None)];
    let binding = vec!["a".to_owned(), "b".to_owned()];
    assert_eq!(split(1_000, &demands), Err(TooSmall { pool: 1_000, needed: 1_100, binding }));
}

#[test]
fn what_a_capped_platform_cannot_take_flows_to_the_others() {
    let demands = [
        demand("a", 30, 0, None),
        demand("b", 10, 0, None),
        on(Platform::Meta, demand("c", 40, 0, None)),
        on(Platform::TikTok, demand("d", 20, 0, None)),
    ];
    let parts = |caps: &[(Platform, i64)]| {
        let split = super::super::split(1_000, &demands, &caps.iter().copied().collect()).unwrap();
        (split.amounts.into_values().collect::<Vec<_>>(), split.left)
    };
    assert_eq!(parts(&[(Platform::Google, 500)]), (vec![300, 100, 400, 200], 0), "a cap that binds nobody");
    assert_eq!(parts(&[(Platform::Google, 100)]), (vec![75, 25, 600, 300], 0));
    assert_eq!(parts(&[(Platform::Google, 100), (Platform::Meta, 300)]), (vec![75, 25, 300, 600], 0));
    let all = [(Platform::Google, 100), (Platform::Meta, 300), (Platform::TikTok, 200)];
    assert_eq!(parts(&all), (vec![75, 25, 300, 200], 400), "what no platform may take is left");
    // Minimums go before a cap.
    let least = [demand("a", 1, 90, None), demand("b", 1, 50, None)];
    let split = super::super::split(1_000, &least, &BTreeMap::from([(Platform::Google, 100)])).unwrap();
    assert_eq!((split.amounts.into_values().collect::<Vec<_>>(), split.left), (vec![90, 50], 860));
}

proptest! {
    #[test]
    fn caps_hold_and_what_is_left_fits_nowhere(
        drawn in prop::collection::vec((0..1_000_000_i64, 0..50_000_i64, 0..500_000_i64, 0..3_usize), 1..9),
        pool in 450_000..4_000_000_i64,
        caps in prop::collection::btree_map(0..3_usize, 0..900_000_i64, 0..4),
    ) {
        let demands: Vec<Demand> = drawn
            .iter()
            .enumerate()
            .map(|(place, (wanted, min, room, platform))| {
                on(Platform::ALL[*platform], demand(&place.to_string(), *wanted, *min, Some(min + room)))
            })
            .collect();
        let caps: BTreeMap<Platform, i64> = caps.into_iter().map(|(place, cap)| (Platform::ALL[place], cap)).collect();
        let parts = super::super::split(pool, &demands, &caps).expect("the minimums fit");
        prop_assert_eq!(parts.amounts.values().sum::<i64>() + parts.left, pool);
        for platform in Platform::ALL {
            let own: Vec<&Demand> = demands.iter().filter(|demand| demand.platform == platform).collect();
            let given: i64 = own.iter().map(|demand| parts.amounts[&demand.id]).sum();
            let least: i64 = own.iter().map(|demand| demand.min).sum();
            let cap = caps.get(&platform).map_or(i64::MAX, |cap| (*cap).max(least));
            prop_assert!(given <= cap, "{platform} has {given} of {cap}");
            for demand in own {
                let amount = parts.amounts[&demand.id];
                prop_assert!(amount >= demand.min && demand.max.is_none_or(|max| amount <= max));
                prop_assert!(parts.left == 0 || given == cap || demand.max == Some(amount), "what is left fits nowhere");
            }
        }
    }

    #[test]
    fn parts_add_up_within_bounds_in_any_order(
        drawn in prop::collection::vec((0..1_000_000_i64, 0..50_000_i64, prop::option::of(0..500_000_i64)), 1..9),
        pool in 450_000..90_000_000_000_i64,
    ) {
        let mut demands: Vec<Demand> = drawn
            .iter()
            .enumerate()
            .map(|(place, (wanted, min, room))| demand(&place.to_string(), *wanted, *min, room.map(|room| min + room)))
            .collect();
        let parts = split(pool, &demands).expect("the minimums fit");
        prop_assert_eq!(parts.amounts.values().sum::<i64>() + parts.left, pool);
        for demand in &demands {
            let amount = parts.amounts[&demand.id];
            prop_assert!(amount >= demand.min && demand.max.is_none_or(|max| amount <= max));
            prop_assert!(parts.left == 0 || demand.max == Some(amount), "what is left fits nowhere");
        }
        demands.reverse();
        prop_assert_eq!(split(pool, &demands), Ok(parts));
    }
}
