//! What holds whatever a rule says.

use super::*;
use crate::freeze::Allow;

const TRUE: &str = "recent.cpa > params.target";

#[track_caller]
fn outcome(actions: Vec<Action<SourceText>>, change: impl FnOnce(&mut Snapshot)) -> String {
    let rule = compiled(&source("one", TRUE, actions));
    let mut world = snapshot([(group("one"), object())]);
    change(&mut world);
    match &once(&[rule], &world).runs[0].objects[0].outcome {
        Outcome::Refused { guard, why } => format!("{guard}: {why}"),
        other => other.word().to_owned(),
    }
}

fn of_account(world: &mut Snapshot) -> &mut AccountState {
    world.accounts.get_mut(&account()).unwrap()
}

#[test]
fn stops_stop() {
    let killed = |world: &mut Snapshot| of_account(world).killed = Some("stop all".to_owned());
    assert_eq!(outcome(pause(), killed), "kill switch: stop all");
    assert_eq!(outcome(by(-2000), |world| of_account(world).frozen = Some(Allow::LowerSpend)), "act");
    assert_eq!(
        outcome(by(2000), |world| of_account(world).frozen = Some(Allow::LowerSpend)),
        "freeze: a freeze window lets spend fall and nothing else"
    );
    assert_eq!(
        outcome(by(-2000), |world| of_account(world).frozen = Some(Allow::Nothing)),
        "freeze: a freeze window is closed"
    );
    let held = |world: &mut Snapshot| {
        let hold = Hold { by: "ana@shop.example".to_owned(), reason: "a test runs".to_owned() };
        world.objects.get_mut(&group("one")).unwrap().hold = Some(hold);
    };
    assert_eq!(outcome(by(-2000), held), "hold: ana@shop.example holds ad-group/one: a test runs");
    let tell = vec![Action::Notify(SourceText::unplaced("look"))];
    assert_eq!(
        outcome(tell, |world| of_account(world).killed = Some("stop all".to_owned())),
        "act",
        "words are no write"
    );
}

#[test]
fn raises_stay_below_the_wall_of_midnight() {
    assert_eq!(outcome(by(2000), |world| of_account(world).baseline = Some(100_000_000)), "propose");
    assert_eq!(
        outcome(by(2100), |world| of_account(world).baseline = Some(100_000_000)),
        "spend guard: daily budgets of account meta-eu would come to 121.00 EUR; 100.00 EUR at midnight and 20 % more \
         are 120.00 EUR"
    );
    assert_eq!(
        outcome(by(2000), |world| of_account(world).baseline = None),
        "spend guard: what account meta-eu could spend at midnight is not known"
    );
}

#[test]
fn the_worst_day_counts_what_a_platform_may_overspend() {
    let rule = compiled(&source("raise", TRUE, by(1000)));
    let world = snapshot([(group("one"), object())]);
    let guarded = |cap: i64| {
        let world = world.clone().held_to(&super::of_account(euros(cap)));
        once(std::slice::from_ref(&rule), &world).decisions[0].outcome.clone()
    };
    assert_eq!(guarded(193).word(), "propose");
    let Outcome::Refused { why, .. } = guarded(192) else { panic!("refused") };
    assert_eq!(why, "the worst day of account meta-eu would be 192.50 EUR, at most 192.00 EUR is allowed");
}

#[test]
fn what_is_refused_takes_no_field() {
    let raise = compiled(&RuleSource { priority: 10, ..source("raise", TRUE, by(5000)) });
    let cut = compiled(&source("cut", TRUE, by(-2000)));
    let mut world = snapshot([(group("one"), object())]);
    of_account(&mut world).baseline = Some(100_000_000);
    assert_eq!(
        told(&once(&[raise, cut], &world)),
        [
            "cut one: act, one budget from 100.00 EUR to 80.00 EUR",
            "raise one: refused, one budget from 100.00 EUR to 150.00 EUR"
        ]
    );
}

#[test]
fn the_last_active_ad_stays() {
    let ad = |called: &str| address(Kind::Ad, &format!("sale/{called}"));
    let in_group = || {
        let mut one = object();
        one.parent = Some(group("sale"));
        one.budget = None;
        one
    };
    let mut rule = source("weak", TRUE, pause());
    rule.scope.kind = Kind::Ad;
    let rule = compiled(&rule);
    let world = snapshot([(group("sale"), object()), (ad("a"), in_group()), (ad("b"), in_group())]);
    let run = once(&[rule], &world);
    assert_eq!(told(&run), ["weak sale/a: act, sale/a pause it", "weak sale/b: refused, sale/b pause it"]);
}

#[test]
fn one_of_a_label_stays() {
    let kept = || {
        let mut one = object();
        one.labels.insert("line".into(), "shoes".into());
        one.keep_one.insert("line".into());
        one
    };
    let rule = compiled(&source("stop", TRUE, pause()));
    let run = once(&[rule], &snapshot([(group("a"), kept()), (group("b"), kept())]));
    assert_eq!(told(&run), ["stop a: act, a pause it", "stop b: refused, b pause it"]);
}

/// An object of a line of which one is kept.
fn of_line(parent: Option<&Address>) -> ObjectState {
    let mut one = object();
    one.labels.insert("line".into(), "shoes".into());
    one.keep_one.insert("line".into());
    one.parent = parent.cloned();
    one
}

#[test]
fn what_lies_in_something_paused_keeps_nothing_running() {
    let (runs, rests) = (address(Kind::Campaign, "runs"), address(Kind::Campaign, "rests"));
    let mut resting = object();
    resting.state = Some(State::Paused);
    let world = snapshot([
        (runs.clone(), object()),
        (rests.clone(), resting),
        (group("a"), of_line(Some(&runs))),
        (group("b"), of_line(Some(&rests))),
    ]);
    let rule = compiled(&source("stop", TRUE, pause()));
    assert_eq!(told(&once(&[rule], &world)), ["stop a: refused, a pause it", "stop b: notRunning"]);
}

#[test]
fn a_pause_above_stops_what_is_kept_below() {
    let (one, two) = (address(Kind::Campaign, "one"), address(Kind::Campaign, "two"));
    let mut rule = source("stop", TRUE, pause());
    rule.scope.kind = Kind::Campaign;
    let rule = [compiled(&rule)];
    let mut world = snapshot([(one.clone(), object()), (group("a"), of_line(Some(&one)))]);
    let found = once(&rule, &world);
    let Outcome::Refused { guard, why } = &found.decisions[0].outcome else { panic!("{:?}", told(&found)) };
    assert_eq!(
        format!("{guard}: {why}"),
        "last active: ad-group/a, which lies in it, is the last active one with the label `line=shoes`"
    );
    world.objects.extend([(two.clone(), object()), (group("b"), of_line(Some(&two)))]);
    assert_eq!(
        told(&once(&rule, &world)),
        ["stop one: act, one pause it", "stop two: refused, two pause it"]
    );
}

#[test]
fn a_rule_that_fails_too_often_is_suspended() {
    let rule = compiled(&source("stop", TRUE, pause()));
    let world = snapshot([(group("one"), object())]);
    let mut memory = Memory::default();
    memory.report(&rule.key, 4, 2);
    assert_eq!(run(std::slice::from_ref(&rule), &world, &memory).runs.len(), 1);
    memory.report(&rule.key, 1, 1);
    let suspended = run(std::slice::from_ref(&rule), &world, &memory);
    assert_eq!((suspended.runs.len(), suspended.notices[0].code), (0, "rule-suspended"));
    memory.lift(&rule.key);
    assert_eq!(run(&[rule], &world, &memory).runs.len(), 1);
}

/// A raise that somebody agreed to and that is not live yet takes its room of the day, and a resume all that it lets run.
#[test]
fn what_is_underway_takes_its_room() {
    let morning = |world: &mut Snapshot| of_account(world).baseline = Some(100_000_000);
    let mut world = snapshot([(group("one"), object())]);
    morning(&mut world);
    let raised = once(&[compiled(&source("other", TRUE, by(1500)))], &world).decisions[0].intent.clone();
    assert_eq!(outcome(by(1000), morning), "propose");
    let underway = |world: &mut Snapshot| {
        morning(world);
        world.coming.clone_from(&raised.changes);
    };
    assert_eq!(
        outcome(by(1000), underway),
        "spend guard: daily budgets of account meta-eu would come to 125.00 EUR; 100.00 EUR at midnight and 20 % more \
         are 120.00 EUR"
    );
    assert_eq!(outcome(by(-1000), underway), "act", "what lowers spend needs no room");
}

/// A person's override goes before what rules decide, on its own field alone.
#[test]
fn a_persons_override_holds_its_field() {
    let overridden = |world: &mut Snapshot| {
        let hold = Hold { by: "override `mine`".to_owned(), reason: "the launch".to_owned() };
        world.overridden.insert((group("one"), "budget.daily".into()), hold);
    };
    let why = "hold: override `mine` holds `budget.daily` of ad-group/one: the launch";
    assert_eq!(outcome(by(-2000), overridden), why);
    assert_eq!(outcome(pause(), overridden), "act");
}
