//! What a run decides: intents, who wins a field, limits.

use super::*;

const TRUE: &str = "recent.cpa > params.target";

fn one() -> Snapshot {
    snapshot([(group("one"), object())])
}

#[test]
fn a_cut_acts_and_a_raise_asks() {
    let cut = compiled(&source("cut", TRUE, by(-2000)));
    assert_eq!(told(&once(&[cut], &one())), ["cut one: act, one budget from 100.00 EUR to 80.00 EUR"]);
    let raise = compiled(&source("raise", TRUE, by(2000)));
    let run = once(&[raise], &one());
    assert_eq!(told(&run), ["raise one: propose, one budget from 100.00 EUR to 120.00 EUR"]);
    assert_eq!(run.decisions[0].outcome, Outcome::Propose { why: "it raises spend".to_owned() });
}

#[test]
fn git_that_owns_a_budget_is_asked() {
    let mut world = one();
    let held = world.objects.get_mut(&group("one")).unwrap();
    held.budget = held.budget.map(|budget| Budget { ownership: Ownership::Git, ..budget });
    let cut = compiled(&source("cut", TRUE, by(-2000)));
    assert_eq!(once(std::slice::from_ref(&cut), &world).decisions[0].outcome.word(), "propose");
    let held = world.objects.get_mut(&group("one")).unwrap();
    held.budget = held.budget.map(|budget| Budget { ownership: Ownership::Pool, ..budget });
    assert_eq!(told(&once(&[cut], &world)), ["cut one: impossible"]);
}

#[test]
fn modes_go_as_far_as_they_say() {
    let of = |mode: Mode| compiled(&RuleSource { mode, ..source("cut", TRUE, by(-2000)) });
    assert_eq!(once(&[of(Mode::Propose)], &one()).decisions[0].outcome.word(), "propose");
    let shadow = once(&[of(Mode::Shadow)], &one());
    assert_eq!(shadow.decisions[0].outcome, Outcome::Shadow { would: Box::new(Outcome::Act) });
    assert!(shadow.memory.fields.is_empty(), "a shadow changes nothing for others");
}

#[test]
fn a_shadow_takes_no_field() {
    let shadow =
        compiled(&RuleSource { mode: Mode::Shadow, priority: 10, ..source("above", TRUE, by(-5000)) });
    let cut = compiled(&source("cut", TRUE, by(-2000)));
    let run = once(&[shadow, cut], &one());
    assert_eq!(
        told(&run),
        [
            "above one: shadow, one budget from 100.00 EUR to 50.00 EUR",
            "cut one: act, one budget from 100.00 EUR to 80.00 EUR"
        ]
    );
}

#[test]
fn a_rehearsal_does_nothing_and_counts_as_if_it_had() {
    let mut daily = source("cut", TRUE, by(-2000));
    daily.limits.per_day = Some(1);
    let cut = [compiled(&daily)];
    let both = snapshot([(group("one"), object()), (group("two"), object())]);
    let would = |run: &Run| -> Vec<(&'static str, &'static str)> {
        let each = run.runs.iter().flat_map(|run| &run.objects);
        each.map(|one| (one.outcome.word(), one.outcome.decided().word())).collect()
    };
    let first = rehearse(&cut, &both, &Memory::default());
    assert_eq!(would(&first), [("shadow", "act"), ("shadow", "deferred")]);
    let next = rehearse(&cut, &later(&both, 1), &first.memory);
    assert_eq!(would(&next), [("cooling", "cooling"), ("shadow", "deferred")], "the day's limit is used up");
    let mut killed = both.clone();
    killed.accounts.get_mut(&account()).unwrap().killed = Some("somebody pulled it".to_owned());
    let refused = rehearse(&cut, &killed, &Memory::default());
    assert_eq!(would(&refused), [("shadow", "refused"), ("shadow", "refused")]);
    let next = rehearse(&cut, &later(&both, 1), &refused.memory);
    assert_eq!(would(&next)[0], ("shadow", "act"), "what was refused rests nothing");
}

#[test]
fn in_a_rehearsal_rules_of_all_modes_contend() {
    let of = |called: &str, mode, points| compiled(&RuleSource { mode, ..source(called, TRUE, by(points)) });
    let rules = [of("a", Mode::Shadow, -1000), of("b", Mode::Act, -2000), of("c", Mode::Propose, -3000)];
    let run = rehearse(&rules, &one(), &Memory::default());
    let words: Vec<&str> = run.decisions.iter().map(|one| one.outcome.decided().word()).collect();
    assert_eq!(words, ["act", "superseded", "superseded"]);
}

#[test]
fn one_wins_each_field_and_the_others_name_it() {
    let a = compiled(&source("a", TRUE, by(-1000)));
    let b = compiled(&source("b", TRUE, by(-2000)));
    let run = once(&[a.clone(), b.clone()], &one());
    assert_eq!(run.decisions[0].outcome, Outcome::Act, "the smaller effect goes first");
    let Outcome::Superseded { by, .. } = &run.decisions[1].outcome else { panic!("{:?}", run.decisions) };
    assert_eq!(by.to_string(), "growth/a");
    let b = Rule { priority: 5, ..b };
    let run = once(&[a.clone(), b], &one());
    assert_eq!(run.decisions[1].outcome, Outcome::Act, "priority goes before");
    let stop = compiled(&source("stop", TRUE, pause()));
    let run = once(&[a, stop], &one());
    assert_eq!(
        told(&run),
        ["a one: superseded, one budget from 100.00 EUR to 90.00 EUR", "stop one: act, one pause it"],
        "what stops is not cut"
    );
}

#[test]
fn a_pause_above_makes_what_is_below_idle() {
    let campaign = address(Kind::Campaign, "sale");
    let mut below = object();
    below.parent = Some(campaign.clone());
    let world = snapshot([(campaign, object()), (group("one"), below)]);
    let mut stop = source("stop", TRUE, pause());
    stop.scope.kind = Kind::Campaign;
    let cut = compiled(&source("cut", TRUE, by(-2000)));
    let run = once(&[compiled(&stop), cut], &world);
    assert_eq!(
        told(&run),
        ["cut one: suppressed, one budget from 100.00 EUR to 80.00 EUR", "stop sale: act, sale pause it"]
    );
}

#[test]
fn several_actions_are_done_together_or_not_at_all() {
    let mut actions = by(-2000);
    actions.push(Action::Notify(SourceText::unplaced("cpa is {recent.cpa}")));
    let both = compiled(&source("both", TRUE, actions));
    let run = once(std::slice::from_ref(&both), &one());
    assert_eq!(
        told(&run),
        ["both one: act, one budget from 100.00 EUR to 80.00 EUR, one tell: cpa is 100.00 EUR"]
    );
    let mut without = one();
    without.objects.get_mut(&group("one")).unwrap().budget = None;
    assert_eq!(told(&once(&[both], &without)), ["both one: impossible"]);
}

#[test]
fn the_worst_go_first_and_the_rest_waits() {
    let mut rule = source("stop", TRUE, pause());
    rule.limits = Limits { per_run: Some(2), share: Some(10_000), ..Limits::default() };
    let worlds = [("a", 100), ("b", 300), ("c", 200)].map(|(called, spend)| {
        let mut one = object();
        one.windows.insert(week(), known(sums(spend, 1000, 1)));
        (group(called), one)
    });
    let run = once(&[compiled(&rule)], &snapshot(worlds.clone()));
    assert_eq!(
        told(&run),
        ["stop a: deferred, a pause it", "stop b: act, b pause it", "stop c: act, c pause it"]
    );
    rule.limits = Limits { share: Some(4_000), ..Limits::default() };
    let run = once(&[compiled(&rule)], &snapshot(worlds.clone()));
    assert_eq!(run.runs[0].objects.iter().filter(|one| one.outcome == Outcome::Act).count(), 1);
    rule.limits = Limits { per_day: Some(1), share: Some(10_000), ..Limits::default() };
    let first = once(&[compiled(&rule)], &snapshot(worlds.clone()));
    let again = run_again(&compiled(&rule), &snapshot(worlds), &first, 1);
    assert!(told(&again).iter().all(|line| !line.contains(": act")), "{:?}", told(&again));
}

fn run_again(rule: &Rule, world: &Snapshot, first: &Run, hours: i64) -> Run {
    run(std::slice::from_ref(rule), &later(world, hours), &first.memory)
}

#[test]
fn a_condition_must_hold_for_long_enough() {
    let rule = compiled(&RuleSource { true_for: 2, ..source("stop", TRUE, pause()) });
    let first = once(std::slice::from_ref(&rule), &one());
    assert_eq!(first.runs[0].objects[0].outcome, Outcome::Sustaining { have: 1, need: 2 });
    let second = run_again(&rule, &one(), &first, 1);
    assert_eq!(second.runs[0].objects[0].outcome, Outcome::Act);
    let mut gap = one();
    gap.objects.get_mut(&group("one")).unwrap().windows.clear();
    let broken = run_again(&rule, &gap, &first, 1);
    let third = run_again(&rule, &one(), &broken, 2);
    assert_eq!(
        third.runs[0].objects[0].outcome,
        Outcome::Sustaining { have: 1, need: 2 },
        "unknown is not true"
    );
}

#[test]
fn a_field_rests_after_a_change() {
    let mut cut = source("cut", TRUE, by(-2000));
    cut.limits.cooldown = Some(SignedDuration::from_hours(24));
    let cut = compiled(&cut);
    let first = once(std::slice::from_ref(&cut), &one());
    assert_eq!(run_again(&cut, &one(), &first, 23).runs[0].objects[0].outcome.word(), "cooling");
    // An ad group on Meta rests three days from the change of any rule: learning begins anew.
    assert_eq!(run_again(&cut, &one(), &first, 25).runs[0].objects[0].outcome.word(), "settling");
    assert_eq!(run_again(&cut, &one(), &first, 73).runs[0].objects[0].outcome.word(), "act");
    let raise = compiled(&source("raise", TRUE, by(1000)));
    let turned = run(&[raise], &later(&one(), 25), &first.memory);
    let Outcome::Propose { why } = &turned.decisions[0].outcome else { panic!("{:?}", turned.decisions) };
    assert!(why.contains("went the other way"), "{why}");
}

#[test]
fn a_cut_after_a_raise_asks_while_the_field_rests() {
    let raise = compiled(&source("raise", TRUE, by(1000)));
    let raised = agreed(std::slice::from_ref(&raise), &one(), &Memory::default());
    let cut = [compiled(&source("cut", TRUE, by(-1000)))];
    let after = |hours: i64| run(&cut, &later(&one(), hours), &raised.memory).decisions[0].outcome.clone();
    let Outcome::Propose { why } = after(71) else { panic!("{:?}", after(71)) };
    assert!(why.contains("`budget.daily` went the other way"), "{why}");
    assert_eq!(
        after(73),
        Outcome::Act,
        "three days after the change of an ad group on Meta it rests no more"
    );
}

#[test]
fn a_rule_resumes_only_what_it_paused() {
    let mut rule = source("stop", TRUE, pause());
    rule.release = Some(SourceText::unplaced("recent.cpa <= params.target"));
    rule.limits.resumes = Some(1);
    let rule = compiled(&rule);
    let first = once(std::slice::from_ref(&rule), &one());
    let mut paused = one();
    paused.objects.get_mut(&group("one")).unwrap().state = Some(State::Paused);
    assert_eq!(
        told(&once(std::slice::from_ref(&rule), &paused)),
        ["stop one: notRunning"],
        "a person paused it"
    );
    assert_eq!(told(&run_again(&rule, &paused, &first, 1)), ["stop one: holding"]);
    paused.objects.get_mut(&group("one")).unwrap().windows.insert(week(), known(sums(20, 1000, 2)));
    let released = run_again(&rule, &paused, &first, 1);
    assert_eq!(told(&released), ["stop one: propose, one resume it"]);
    // A person who runs it again ends the hold.
    let lifted = run_again(
        &rule,
        &snapshot([(group("one"), {
            let mut one = object();
            one.windows.insert(week(), known(sums(20, 1000, 2)));
            one
        })]),
        &first,
        1,
    );
    assert!(lifted.memory.mood(&rule.key, &group("one")).is_none_or(|mood| mood.pause.is_none()));
}

#[test]
fn a_pause_with_an_end_ends() {
    let hold = vec![Action::Pause { hold_for: Some(SignedDuration::from_hours(12)) }];
    let rule = compiled(&source("stop", TRUE, hold));
    let first = once(std::slice::from_ref(&rule), &one());
    let mut paused = one();
    paused.objects.get_mut(&group("one")).unwrap().state = Some(State::Paused);
    assert_eq!(told(&run_again(&rule, &paused, &first, 11)), ["stop one: holding"]);
    assert_eq!(told(&run_again(&rule, &paused, &first, 12)), ["stop one: propose, one resume it"]);
}

#[test]
fn budgets_scale_with_the_distance_from_the_target() {
    let scale = |max_step: u32| {
        vec![Action::ScaleToTarget {
            actual: SourceText::unplaced("recent.cpa"),
            target: SourceText::unplaced("money('80 EUR')"),
            bounds: Bounds { min: Some(euros(70)), max: None },
            max_step,
        }]
    };
    let rule = compiled(&source("scale", TRUE, scale(5_000)));
    assert_eq!(told(&once(&[rule], &one())), ["scale one: act, one budget from 100.00 EUR to 80.00 EUR"]);
    let rule = compiled(&source("scale", TRUE, scale(1_000)));
    assert_eq!(told(&once(&[rule], &one())), ["scale one: act, one budget from 100.00 EUR to 90.00 EUR"]);
}

/// Spend without any value is the worst return, and not one that nothing can be said of.
#[test]
fn what_brings_nothing_back_is_cut_by_the_largest_step() {
    let actions = vec![Action::ScaleToTarget {
        actual: SourceText::unplaced("recent.roas"),
        target: SourceText::unplaced("2.0"),
        bounds: Bounds::default(),
        max_step: 3_000,
    }];
    let rule = compiled(&source("scale", TRUE, actions));
    let mut nothing = object();
    nothing.windows.insert(week(), known(Sums { value: Some(0), ..sums(200, 1000, 2) }));
    let world = snapshot([(group("one"), nothing)]);
    assert_eq!(told(&once(&[rule], &world)), ["scale one: act, one budget from 100.00 EUR to 70.00 EUR"]);
}

#[test]
fn a_rebalance_preserves_the_sum() {
    let good = |budget: i64| {
        let mut one = object();
        one.windows.insert(week(), known(sums(40, 1000, 2)));
        one.budget = one.budget.map(|held| Budget { amount: euros(budget), ..held });
        one
    };
    let world = snapshot([(group("bad"), object()), (group("good"), good(30)), (group("better"), good(70))]);
    let actions = vec![Action::Rebalance { by: 2_001, bounds: Bounds::default() }];
    let rule = compiled(&source("move", TRUE, actions));
    let run = once(std::slice::from_ref(&rule), &world);
    assert_eq!(
        told(&run)[0],
        "move bad: act, bad budget from 100.00 EUR to 79.99 EUR, better budget from 70.00 EUR to 84.01 EUR, \
         good budget from 30.00 EUR to 36.00 EUR"
    );
    assert_eq!(run.decisions[0].intent.daily(), 0);
    // Where the platform bills whole units, whole units move.
    let whole = |(address, mut one): (Address, ObjectState)| {
        let ownership = Ownership::Bounded {
            initial: euros(100),
            settled: euros(100_000),
            min: euros(1),
            max: euros(500),
            max_step: None,
            unit: 1_000_000,
        };
        one.budget = one.budget.map(|held| Budget { ownership, ..held });
        (address, one)
    };
    let billed = snapshot(world.objects.clone().into_iter().map(whole));
    assert_eq!(
        told(&once(std::slice::from_ref(&rule), &billed))[0],
        "move bad: act, bad budget from 100.00 EUR to 79.00 EUR, better budget from 70.00 EUR to 85.00 EUR, \
         good budget from 30.00 EUR to 36.00 EUR"
    );
    // A bound in another currency is no bound: nothing moves instead of everything.
    let max = Some("90 USD".parse().unwrap());
    let bounded = vec![Action::Rebalance { by: 2_001, bounds: Bounds { min: None, max } }];
    let run = once(&[compiled(&source("move", TRUE, bounded))], &world);
    let why = "it is in EUR, the rule has amounts in USD".to_owned();
    assert_eq!(run.runs[0].objects[0].outcome, Outcome::Impossible { why });
}

#[test]
fn an_approval_may_depend_on_the_effect() {
    let mut rule = source("cut", TRUE, by(-2000));
    rule.approval.when = Some(SourceText::unplaced("delta.dailySpend < money('0 EUR') - money('15 EUR')"));
    assert_eq!(once(&[compiled(&rule)], &one()).decisions[0].outcome.word(), "propose");
    rule.approval.when = Some(SourceText::unplaced("delta.dailySpend > money('15 EUR')"));
    assert_eq!(once(&[compiled(&rule)], &one()).decisions[0].outcome.word(), "act");
    rule.approval.when = Some(SourceText::unplaced("recent.reach > 5"));
    assert_eq!(once(&[compiled(&rule)], &one()).decisions[0].outcome.word(), "propose", "the unknown asks");
}
