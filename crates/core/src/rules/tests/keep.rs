//! What one rule lets go of stays paused where another one wants it paused.

use super::*;

/// Holds everything, and lets go of it as soon as it is held.
fn night(priority: i32) -> Rule {
    let mut night = source("night", "self.age > duration('1h')", pause());
    night.release = Some(SourceText::unplaced("self.age > duration('1h')"));
    night.priority = priority;
    compiled(&night)
}

/// Pauses what costs too much; a test says what else it is.
fn stop(priority: i32, is: impl FnOnce(&mut RuleSource)) -> Rule {
    let mut stop = source("stop", "recent.cpa > params.target", pause());
    stop.priority = priority;
    is(&mut stop);
    compiled(&stop)
}

/// An ad group that `night` holds, as it spent and converted in the week before.
fn held(spend: i64, conversions: i64) -> (Snapshot, Memory) {
    let address = group("shoes");
    let mut one = object();
    one.windows.insert(week(), known(sums(spend, 1000, conversions)));
    let mut world = snapshot([(address, one)]);
    let paused = once(&[night(0)], &world);
    assert_eq!(told(&paused), ["night shoes: act, shoes pause it"]);
    carry_out(&paused, &mut world.objects);
    (later(&world, 24), paused.memory)
}

/// What becomes of the release of `night` beside another rule, in both orders.
#[track_caller]
fn released((world, memory): &(Snapshot, Memory), night: &Rule, other: Rule) -> Outcome {
    let found = run(&[night.clone(), other.clone()], world, memory);
    assert_eq!(found, run(&[other, night.clone()], world, memory));
    let of_night = found.decisions.iter().find(|one| one.intent.rule == night.key).unwrap();
    assert_eq!(of_night.intent.changes[0].change, Change::Resume);
    of_night.outcome.clone()
}

fn kept() -> Outcome {
    Outcome::Superseded { by: RuleKey { namespace: growth(), name: name("stop") }, object: group("shoes") }
}

#[test]
fn a_release_gives_way_to_a_rule_that_wants_it_paused() {
    let bad = held(500, 1);
    for (priority, stays) in [(100, true), (50, true), (0, false)] {
        let outcome = released(&bad, &night(50), stop(priority, |_| ()));
        assert_eq!(outcome == kept(), stays, "{priority}: {outcome:?}");
        assert_eq!(outcome.word(), if stays { "superseded" } else { "propose" });
    }
    let well = held(20, 10);
    assert_eq!(released(&well, &night(50), stop(100, |_| ())).word(), "propose", "it is false");
    // Who would pause it says why nothing comes of that.
    let found = run(&[night(50), stop(100, |_| ())], &bad.0, &bad.1);
    assert_eq!(told(&found), ["night shoes: superseded, shoes resume it", "stop shoes: noChange"]);
}

#[test]
fn whether_the_other_rule_is_due_or_its_condition_lasts_does_not_matter() {
    let (world, mut memory) = held(500, 1);
    let seldom = |rule: &mut RuleSource| {
        rule.schedule.every = SignedDuration::from_hours(7 * 24);
        rule.true_for = 3;
    };
    let rule = stop(100, seldom);
    memory.rules.entry(rule.key.to_string()).or_default().ran.insert(account().name, world.now);
    let found = run(&[night(50), rule.clone()], &world, &memory);
    assert_eq!(found.runs.len(), 1, "it is not due");
    assert_eq!(released(&(world, memory), &night(50), rule), kept());
}

#[test]
fn who_only_records_is_not_there_or_rests_at_this_hour_keeps_nothing() {
    let bad = held(500, 1);
    let shadow = stop(100, |rule| rule.mode = Mode::Shadow);
    assert_eq!(released(&bad, &night(50), shadow.clone()).word(), "propose");
    // As if all of them acted, it would.
    let imagined = rehearse(&[night(50), shadow], &bad.0, &bad.1);
    assert_eq!(*imagined.decisions[0].outcome.decided(), kept());
    let closed = |rule: &mut RuleSource| {
        rule.schedule.hours = Some(("02:00".parse().unwrap(), "03:00".parse().unwrap()));
    };
    assert_eq!(released(&bad, &night(50), stop(100, closed)).word(), "propose");
    let elsewhere = |rule: &mut RuleSource| {
        rule.scope.labels.insert("team".into(), "other".into());
    };
    assert_eq!(released(&bad, &night(50), stop(100, elsewhere)).word(), "propose");
    let cuts = |rule: &mut RuleSource| rule.actions = by(-1000);
    assert_eq!(released(&bad, &night(50), stop(100, cuts)).word(), "propose", "it pauses nothing");
    let asks = |rule: &mut RuleSource| rule.mode = Mode::Propose;
    assert_eq!(released(&bad, &night(50), stop(100, asks)), kept());
}

#[test]
fn a_condition_may_ask_for_what_runs() {
    let bad = held(500, 1);
    let runs = |rule: &mut RuleSource| {
        rule.when =
            SourceText::unplaced("self.running && self.state == 'Active' && recent.cpa > params.target");
    };
    assert_eq!(released(&bad, &night(50), stop(100, runs)), kept());
}

#[test]
fn what_is_unknown_keeps_it_where_that_can_end_while_it_is_paused() {
    let mut stale = held(20, 10);
    for sums in stale.0.objects.values_mut().flat_map(|one| one.windows.values_mut()) {
        sums.as_of = Some(at("2026-06-01T09:00:00Z"));
    }
    assert_eq!(released(&stale, &night(50), stop(100, |_| ())), kept());
    assert_eq!(released(&stale, &night(50), stop(0, |_| ())).word(), "propose", "of a lower priority");
    // What never ran enough would never run again.
    let none = held(20, 0);
    assert_eq!(released(&none, &night(50), stop(100, |_| ())).word(), "propose", "nothing to divide by");
    let little = |rule: &mut RuleSource| rule.require.spend = Some(euros(1_000));
    assert_eq!(released(&held(500, 1), &night(50), stop(100, little)).word(), "propose");
}

#[test]
fn nobody_agrees_to_a_release_while_another_rule_wants_it_paused() {
    let ask = |(world, memory): &(Snapshot, Memory), other: Rule| {
        let rules = [night(50), other];
        reconsider(&rules[0], &rules, world, memory, &group("shoes"))
    };
    let bad = held(500, 1);
    let Reconsidered::Wants(found) = ask(&bad, stop(100, |_| ())) else { panic!("it wants to let go") };
    assert_eq!(found.outcome, kept());
    let Reconsidered::Wants(found) = ask(&bad, stop(0, |_| ())) else { panic!("it wants to let go") };
    assert_eq!(found.outcome.word(), "propose");
    let mut stale = held(20, 10);
    for sums in stale.0.objects.values_mut().flat_map(|one| one.windows.values_mut()) {
        sums.as_of = Some(at("2026-06-01T09:00:00Z"));
    }
    let Reconsidered::Unclear(why) = ask(&stale, stop(100, |_| ())) else { panic!("it cannot be said") };
    assert!(why.starts_with("rule `growth/stop`, which may want it paused, is unknown: "), "{why}");
}
