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
    // What is paused has no clicks any more, whatever it costs.
    assert_eq!(then(30, 79).0, "stop one: holding");
    assert_eq!(then(30, 1).0, "stop one: holding");
    let text = explain(&then(19, 1).1.runs[0], &group("one")).unwrap();
    assert!(text.contains("release `recent.cpa > params.target` is false by more than 20%: true"), "{text}");
    assert!(!text.contains("release `recent.clicks"), "{text}");
    assert!(!rule.only_lowers(), "what is let go of spends again");
}

#[test]
fn a_dead_band_needs_a_threshold() {
    let message = "`deadBand` finds no threshold: no part between `&&` compares something measured that does not fall by the \
                   pause itself, as counts do";
    let told = |when: &str| {
        let rule = RuleSource { dead_band: Some(1_000), ..source("stop", when, pause()) };
        compile(&rule, &reach()).1.into_iter().map(|found| found.message).collect::<Vec<_>>()
    };
    for falls in [
        "self.running",
        "recent.clicks > 100",
        "100 < recent.clicks",
        "account.recent.spend > money('9 EUR')",
        "recent.budgetUse >= 0.9",
        "recent.spend / 2 > params.target",
        "recent.spend > params.target && recent.clicks > 9",
        "peers.share(recent.spend) > 0.5",
        "peers.rank(recent.spend) < 3",
    ] {
        assert_eq!(told(falls), [message], "{falls}");
    }
    // What rises all the same came late, and no ratio falls by a pause.
    for tells in [
        "recent.conversions < 1.0",
        "1.0 > recent.conversions",
        "recent.clicks > 100 && recent.ctr < 0.1",
        "zScore(yesterday.cpc) > 3.5",
    ] {
        assert_eq!(told(tells), [""; 0], "{tells}");
    }
}

#[test]
fn conversions_that_come_late_let_go_by_a_dead_band() {
    let when = "recent.conversions < 3.0 && recent.spend > params.target";
    let rule = compiled(&RuleSource { dead_band: Some(2_000), ..source("stop", when, pause()) });
    let with = |conversions: i64, state: State| {
        let mut one = object();
        one.windows.insert(week(), known(sums(100, 1_000, conversions)));
        one.state = Some(state);
        snapshot([(group("one"), one)])
    };
    let first = once(std::slice::from_ref(&rule), &with(2, State::Active));
    assert_eq!(outcome(&first), "stop one: act, one pause it");
    let then = |conversions| {
        let world = later(&with(conversions, State::Paused), 30);
        outcome(&run(std::slice::from_ref(&rule), &world, &first.memory))
    };
    assert_eq!(then(3), "stop one: holding");
    assert_eq!(then(4), "stop one: propose, one resume it");
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

/// Runs a rule at these hours after the first, at each with a cost and a budget in force; nothing of it comes about.
fn at_hours(rule: &Rule, runs: &[(i64, i64, i64)]) -> Vec<String> {
    let mut memory = Memory::default();
    let each = runs.iter().map(|(hour, cpa, amount)| {
        let in_force = |one: &mut ObjectState| one.budget.as_mut().unwrap().amount = euros(*amount);
        let run = run(std::slice::from_ref(rule), &later(&costing(*cpa, in_force), *hour), &memory);
        memory = run.memory.clone();
        memory.fields.clear();
        outcome(&run)
    });
    each.collect()
}

/// A run that did not come has agreed to nothing.
#[test]
fn a_run_that_was_missed_is_no_agreement() {
    let rule = scaling(Stabilize { raises: Some(HOUR.saturating_mul(3)), cuts: None });
    let raises = |hours: &[i64]| {
        let runs: Vec<(i64, i64, i64)> = hours.iter().map(|hour| (*hour, 20, 100)).collect();
        at_hours(&rule, &runs).last().unwrap().contains("propose")
    };
    assert!(raises(&[0, 1, 2, 3]));
    assert!(!raises(&[0, 3]), "two runs are missing");
    assert!(!raises(&[0, 1, 3]), "one is");
    assert!(!raises(&[0, 1, 3, 4, 5]));
    assert!(raises(&[0, 1, 3, 4, 5, 6]), "for three hours none was missed");
}

/// What was in force is nobody's wish: neither as deep a cut, nor a raise.
#[test]
fn what_was_in_force_was_not_wanted() {
    let cuts = scaling(Stabilize { raises: None, cuts: Some(HOUR.saturating_mul(3)) });
    // At 25 EUR nothing is wanted, at 20 EUR a raise from 40 to 50; at 27 EUR a cut from 100 to 92.59.
    for (cpa, why) in [(25, "40 EUR were in force"), (20, "a raise to 50 EUR was wanted")] {
        let found = at_hours(&cuts, &[(0, cpa, 40), (1, 27, 100)]);
        assert_eq!(found[1], "scale one: act, one budget from 100.00 EUR to 92.59 EUR", "{why}");
    }
    let raises = scaling(Stabilize { raises: Some(HOUR), cuts: None });
    let found = at_hours(&raises, &[(0, 20, 60), (1, 25, 90), (2, 20, 60)]);
    assert_eq!(found[2], "scale one: noChange", "an hour ago none was wanted, at 90 EUR");
}

/// Git's bounds of a budget are none of a bid.
#[test]
fn a_bid_knows_no_bounds_of_a_budget() {
    let actions = vec![Action::AdjustBid { by: Step::Share(-1_000), bounds: Bounds::default() }];
    let mut source = source("bid", "recent.clicks > 1", actions);
    source.limits.cooldown = Some(SignedDuration::ZERO);
    source.stabilize = Stabilize { raises: None, cuts: Some(HOUR) };
    let rule = compiled(&source);
    let bid = |one: &mut ObjectState| {
        one.bid = Some(euros(25));
        // Whole euros of budgets, and not less than 24 of them.
        let Ownership::Bounded { min, unit, .. } = &mut one.budget.as_mut().unwrap().ownership else {
            unreachable!()
        };
        (*min, *unit) = (euros(24), 1_000_000);
    };
    let run = once(&[rule], &costing(20, bid));
    assert_eq!(outcome(&run), "bid one: propose, one bid from 25.00 EUR to 22.50 EUR");
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
