//! Pins, caps, steps, stops, and what cannot be satisfied.

use super::super::{Bound, Infeasible, Member, Request, Stop, allocate};
use super::{amounts, member, micros, request, total};
use crate::address::Platform;

fn three() -> Vec<Member> {
    vec![member("a", 1000.0, 500.0), member("b", 600.0, 200.0), member("c", 300.0, 100.0)]
}

fn bounds(request: &Request) -> Vec<Option<Bound>> {
    allocate(request).expect("feasible").shares.values().map(|share| share.bound).collect()
}

#[test]
fn a_pin_beats_everything_and_the_rest_is_split() {
    let mut members = three();
    members[0].pin = Some(micros(100.0));
    members[0].current = Some(micros(900.0));
    let allocation = allocate(&request(700.0, members)).expect("feasible");
    assert_eq!(amounts(&allocation)[0].to_bits(), 100.0_f64.to_bits());
    assert_eq!(allocation.shares["a"].bound, Some(Bound::Pin));
    let (b, c) = (allocation.shares["b"], allocation.shares["c"]);
    assert!((b.marginal.expect("a curve") - c.marginal.expect("a curve")).abs() < 1e-6);
}

#[test]
fn no_step_is_larger_than_a_fifth() {
    let mut members = three();
    for (member, current) in members.iter_mut().zip([100.0, 300.0, 600.0]) {
        member.current = Some(micros(current));
    }
    let request = request(1000.0, members);
    let allocation = allocate(&request).expect("feasible");
    assert_eq!(amounts(&allocation).map_bits(), [120.0, 360.0, 520.0].to_vec().map_bits());
    assert_eq!(bounds(&request), [Some(Bound::Step), Some(Bound::Step), None]);
}

#[test]
fn a_minimum_raised_in_git_holds_at_once() {
    let mut members = three();
    members[2].current = Some(micros(100.0));
    members[2].min = micros(200.0);
    let request = request(1000.0, members);
    assert_eq!(allocate(&request).expect("feasible").shares["c"].amount, micros(200.0));
}

#[test]
fn a_platforms_cap_holds_and_the_others_get_the_rest() {
    let mut members = three();
    members[0].platform = Platform::Meta;
    members[1].platform = Platform::Meta;
    let mut request = request(1000.0, members);
    request.caps = [(Platform::Meta, micros(500.0))].into();
    let allocation = allocate(&request).expect("feasible");
    let held = allocation.shares["a"].amount + allocation.shares["b"].amount;
    assert_eq!((held, allocation.shares["c"].amount), (micros(500.0), micros(500.0)));
    assert_eq!(bounds(&request), [Some(Bound::PlatformCap), Some(Bound::PlatformCap), None]);
    let (a, b) = (allocation.shares["a"].marginal, allocation.shares["b"].marginal);
    assert!(
        (a.expect("a curve") - b.expect("a curve")).abs() < 1e-6,
        "the capped split is the best one inside"
    );
}

#[test]
fn money_that_would_not_pay_stays_unspent() {
    let mut request = request(5000.0, three());
    request.stop = Stop::at_cpa(micros(4.0));
    let allocation = allocate(&request).expect("feasible");
    for share in allocation.shares.values() {
        assert!((share.marginal.expect("a curve") - 0.25).abs() < 1e-8, "the last conversion costs 4.00");
    }
    assert!(allocation.unspent > 0);
    assert_eq!(total(&allocation), micros(5000.0));
    // Where the budget ends before that, the stop changes nothing.
    request.budget = micros(1000.0);
    let stopped = allocate(&request).expect("feasible");
    request.stop = None;
    assert_eq!(stopped, allocate(&request).expect("feasible"));
    assert_eq!(Stop::at_cpa(0), None);
    assert_eq!(Stop::at_roas(f64::NAN), None);
}

#[test]
fn a_member_without_a_curve_keeps_what_it_has() {
    let mut members = three();
    members[1].curve = None;
    members[1].current = Some(micros(333.0));
    let allocation = allocate(&request(1000.0, members)).expect("feasible");
    assert_eq!(allocation.shares["b"].amount, micros(333.0));
    assert_eq!(allocation.shares["b"].bound, Some(Bound::NoCurve));
    let mut members = three();
    members[1].curve = None;
    let unknown = allocate(&request(1000.0, members));
    assert_eq!(unknown, Err(Infeasible::NothingKnown { member: "b".into() }));
}

#[test]
fn what_cannot_be_satisfied_names_the_bounds() {
    let mut members = three();
    members[0].min = micros(80.0);
    members[1].pin = Some(micros(50.0));
    let Err(Infeasible::TooSmall { needed, binding, .. }) = allocate(&request(100.0, members)) else {
        panic!("minimums of 130 do not fit into 100");
    };
    let named: Vec<_> = binding.iter().map(|binding| (binding.of.as_str(), binding.bound)).collect();
    assert_eq!((needed, named), (micros(130.0), vec![("a", Bound::Minimum), ("b", Bound::Pin)]));

    let mut members = three();
    members[0].max = Some(micros(100.0));
    members[1].current = Some(micros(100.0));
    members[2].platform = Platform::TikTok;
    let mut large = request(1000.0, members);
    large.caps = [(Platform::TikTok, micros(10.0))].into();
    let Err(Infeasible::TooLarge { possible, binding, .. }) = allocate(&large) else {
        panic!("230 is all there is room for");
    };
    let named: Vec<_> = binding.iter().map(|binding| (binding.of.as_str(), binding.bound)).collect();
    assert_eq!(possible, micros(230.0));
    assert_eq!(named, [("tiktok", Bound::PlatformCap), ("a", Bound::Maximum), ("b", Bound::Step)]);

    let mut members = three();
    members[0].min = micros(80.0);
    let mut capped = request(1000.0, members);
    capped.caps = [(Platform::Google, micros(60.0))].into();
    assert!(matches!(allocate(&capped), Err(Infeasible::AboveCap { needed: 80_000_000, .. })));
}

#[test]
fn contradictions_are_told() {
    let mut members = three();
    members[0].min = micros(80.0);
    members[0].max = Some(micros(70.0));
    let contradiction = allocate(&request(1000.0, members));
    assert_eq!(contradiction, Err(Infeasible::Contradiction { member: "a".into() }));
    let mut members = three();
    members[1].id = "a".into();
    assert_eq!(allocate(&request(1000.0, members)), Err(Infeasible::Twice { member: "a".into() }));
}

/// Floats that must be equal to the bit.
trait Bits {
    fn map_bits(self) -> Vec<u64>;
}

impl Bits for Vec<f64> {
    fn map_bits(self) -> Vec<u64> {
        self.into_iter().map(f64::to_bits).collect()
    }
}
