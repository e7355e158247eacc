use adplane_core::overlay::Overlay;
use adplane_engine::rules::carry::{Effect, effects};
use jiff::SignedDuration;

use super::super::rules::worlds::{NOW, Small, at, moves, task};
use super::*;

#[test]
fn the_account_is_looked_at_when_what_is_in_force_ends() {
    let mut small = Small::new();
    let every = small.config.observe_every;
    let next = |small: &Small| small.decide().next(&small.world, &small.config);
    assert_eq!(next(&small), every);
    let raise = task(&[moves("rain", "20.00 EUR", "30.00 EUR")]);
    let Effect::Put(raise) = effects(&raise, &small.world.wanted.desired).unwrap().remove(0) else {
        panic!("a raise is put in force");
    };
    let ends = |seconds: i64| at(NOW) + SignedDuration::from_secs(seconds);
    small.give(Overlay { expires: ends(100), ..raise.clone() });
    assert_eq!(next(&small), Duration::from_secs(101));
    let mut long = Small::new();
    long.give(Overlay { expires: ends(100_000), ..raise });
    assert_eq!(next(&long), every);
}
