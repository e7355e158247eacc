//! Hysteresis: dead bands, and amounts that are looked back at.

use super::*;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// One ad group with a cost per conversion of so many euros.
fn costing(cpa: i64, change: impl FnOnce(&mut ObjectState)) -> Snapshot {
    let mut one = object();
    one.windows.insert(week(), known(sums(cpa * 10, 1_000, 10)));
    change(&mut one);
    snapshot([(group("one"), one)])
}

fn outcome(run: &Run) -> String {
    told(run).remove(0)
}

#[test]
fn a_dead_band_lets_go_only_past_the_threshold() {
    let when = "recent.cpa > params.target && recent.clicks > 100";
    let rule = compiled(&RuleSource { dead_band: Some(2_000), ..source("stop", when, pause()) });
    let first = once(std::slice::from_ref(&rule), &costing(30, |_| {}));
    assert_eq!(outcome(&first), "stop one: act, one pause it");
    let then = |cpa: i64, clicks: i64| {
        let paused = costing(cpa, |one| {
            one.state = Some(State::Paused);
            one.windows.insert(week(), known(sums(cpa * 10, clicks, 10)));
        });
        let run = run(std::slice::from_ref(&rule), &later(&paused, 30), &first.memory);
        (outcome(&run), run)
    };
    // A fifth below 25 EUR is 20 EUR: between the two it stays as it is.
    assert_eq!(then(24, 1_000).0, "stop one: holding");
    assert_eq!(then(20, 1_000).0, "stop one: holding");
    assert_eq!(then(19, 1_000).0, "stop one: propose, one resume it");
    // One part that is clearly false is enough, as all must be true.
    assert_eq!(then(30, 85).0, "stop one: holding");
    let (let_go, run) = then(30, 79);
    assert_eq!(let_go, "stop one: propose, one resume it");
    let text = explain(&run.runs[0], &group("one")).unwrap();
    assert!(text.contains("release `recent.clicks > 100` is false by more than 20%: true"), "{text}");
    assert!(!rule.only_lowers(), "what is let go of spends again");
}

#[test]
fn a_dead_band_needs_a_threshold() {
    let rule = RuleSource { dead_band: Some(1_000), ..source("stop", "self.running", pause()) };
    let (_, found) = compile(&rule, &reach());
    assert_eq!(
        found[0].message,
        "`deadBand` finds no threshold: no part between `&&` compares something measured"
    );
}

#[test]
fn what_is_near_its_target_is_not_scaled() {
    let actions = vec![Action::ScaleToTarget {
        actual: SourceText::unplaced("recent.cpa"),
        target: SourceText::unplaced("params.target"),
        bounds: Bounds::default(),
        max_step: 2_000,
    }];
    let rule =
        compiled(&RuleSource { dead_band: Some(1_200), ..source("scale", "recent.clicks > 1", actions) });
    let of = |cpa: i64| outcome(&once(std::slice::from_ref(&rule), &costing(cpa, |_| {})));
    assert_eq!(of(28), "scale one: noChange");
    assert_eq!(of(22), "scale one: noChange");
    assert_eq!(of(29), "scale one: act, one budget from 100.00 EUR to 86.20 EUR");
    assert_eq!(of(20), "scale one: propose, one budget from 100.00 EUR to 120.00 EUR");
}

/// Runs a rule that scales a budget by cost, once an hour, and tells what became of it each time.
fn hourly(rule: &Rule, costs: &[i64]) -> Vec<String> {
    let mut memory = Memory::default();
    let mut found = Vec::new();
    for (hour, cpa) in costs.iter().enumerate() {
        let world = later(&costing(*cpa, |_| {}), i64::try_from(hour).unwrap());
        let run = run(std::slice::from_ref(rule), &world, &memory);
        found.push(outcome(&run));
        memory = run.memory;
    }
    found
}

fn scaling(stabilize: Stabilize) -> Rule {
    let actions = vec![Action::ScaleToTarget {
        actual: SourceText::unplaced("recent.cpa"),
        target: SourceText::unplaced("params.target"),
        bounds: Bounds::default(),
        max_step: 5_000,
    }];
    let mut limits = source("scale", "recent.clicks > 1", Vec::new()).limits;
    // Only what is looked back at holds anything up.
    limits.cooldown = Some(SignedDuration::ZERO);
    let mut rule = source("scale", "recent.clicks > 1", actions);
    rule.limits = limits;
    rule.stabilize = stabilize;
    compiled(&rule)
}

#[test]
fn a_raise_is_the_smallest_that_was_wanted_all_along() {
    let rule = scaling(Stabilize { raises: Some(HOUR.saturating_mul(3)), cuts: None });
    let raise = |to: &str| format!("scale one: propose, one budget from 100.00 EUR to {to}");
    let wait = "scale one: noChange".to_owned();
    // 20 EUR wants 125, 21 wants 119.04; at 25 nothing is wanted.
    assert_eq!(
        hourly(&rule, &[20, 21, 20, 20, 20]),
        [wait.clone(), wait.clone(), wait.clone(), raise("119.04 EUR"), raise("119.04 EUR")]
    );
    assert_eq!(hourly(&rule, &[20, 25, 20, 20, 20]), vec![wait; 5], "it was not wanted all along");
    assert_eq!(hourly(&scaling(Stabilize::default()), &[20]), [raise("125.00 EUR")]);
}

#[test]
fn a_cut_is_the_deepest_that_was_wanted_and_waits_for_nothing() {
    let rule = scaling(Stabilize { raises: None, cuts: Some(HOUR.saturating_mul(2)) });
    let cut = |to: &str| format!("scale one: act, one budget from 100.00 EUR to {to}");
    // 50 EUR wants 50, 40 wants 62.50. What was wanted more than two hours ago counts no more.
    let mut memory = Memory::default();
    let mut found = Vec::new();
    for (hour, cpa) in [50, 40, 40, 40].into_iter().enumerate() {
        let world = later(&costing(cpa, |_| {}), i64::try_from(hour).unwrap());
        let run = run(std::slice::from_ref(&rule), &world, &memory);
        found.push(outcome(&run));
        memory = run.memory;
        // Nothing of it came about, so that the field does not rest.
        memory.fields.clear();
    }
    assert_eq!(found, [cut("50.00 EUR"), cut("50.00 EUR"), cut("50.00 EUR"), cut("62.50 EUR")]);
}
