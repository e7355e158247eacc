//! Who wins, and who says so: intents about several objects, limits by account, kinds that nobody decides about.

use super::*;
use crate::freeze::Allow;

const TRUE: &str = "recent.cpa > params.target";

fn rebalance() -> Vec<Action<SourceText>> {
    vec![Action::Rebalance { by: 2_000, bounds: Bounds::default() }]
}

fn good() -> ObjectState {
    let mut one = object();
    one.windows.insert(week(), known(sums(40, 1000, 2)));
    one
}

fn with_priority(priority: i32, source: RuleSource) -> Rule {
    compiled(&RuleSource { priority, ..source })
}

#[test]
fn money_goes_to_peers_only() {
    let (mine, other) = (address(Kind::Campaign, "mine"), address(Kind::Campaign, "other"));
    let within = |above: &Address, mut one: ObjectState| {
        one.parent = Some(above.clone());
        one
    };
    let above = || ObjectState { budget: None, ..object() };
    let mut world = snapshot([
        (mine.clone(), above()),
        (other.clone(), above()),
        (group("bad"), within(&mine, object())),
        (group("good"), within(&other, good())),
    ]);
    let rule = [compiled(&source("move", TRUE, rebalance()))];
    assert_eq!(told(&once(&rule, &world)), ["move bad: impossible", "move good: false"]);
    world.objects.insert(group("peer"), within(&mine, good()));
    assert_eq!(
        told(&once(&rule, &world))[0],
        "move bad: act, bad budget from 100.00 EUR to 80.00 EUR, peer budget from 100.00 EUR to 120.00 EUR"
    );
}

#[test]
fn a_peer_of_which_too_little_is_known_takes_nothing() {
    let mut rule = source("move", TRUE, rebalance());
    rule.require.clicks = Some(500);
    rule.require.window = Some("recent".into());
    let mut little = good();
    little.windows.insert(week(), known(sums(1, 10, 1)));
    let world = snapshot([(group("bad"), object()), (group("little"), little)]);
    assert_eq!(told(&once(&[compiled(&rule)], &world)), ["move bad: impossible", "move little: false"]);
}

#[test]
fn nothing_is_given_to_what_is_paused() {
    let world = snapshot([(group("bad"), object()), (group("good"), good())]);
    let stop = compiled(&source("stop", "self.name == 'good'", pause()));
    let give = compiled(&source("give", TRUE, rebalance()));
    let run = once(&[stop, give], &world);
    assert_eq!(
        told(&run),
        [
            "give bad: superseded, bad budget from 100.00 EUR to 80.00 EUR, good budget from 100.00 EUR to 120.00 EUR",
            "give good: false",
            "stop bad: false",
            "stop good: act, good pause it"
        ]
    );
}

#[test]
fn who_lost_stands_in_nobodys_way() {
    let world = snapshot([(group("bad"), object()), (group("good"), good())]);
    let stop = with_priority(10, source("stop", "self.name == 'good'", pause()));
    let give = with_priority(5, source("give", TRUE, rebalance()));
    let cut = with_priority(0, source("cut", TRUE, by(-1_000)));
    let run = once(&[cut, give, stop], &world);
    let words: Vec<String> = told(&run).into_iter().filter(|line| !line.contains("false")).collect();
    assert_eq!(
        words,
        [
            "cut bad: act, bad budget from 100.00 EUR to 90.00 EUR",
            "give bad: superseded, bad budget from 100.00 EUR to 80.00 EUR, good budget from 100.00 EUR to 120.00 EUR",
            "stop good: act, good pause it"
        ]
    );
}

#[test]
fn what_is_refused_leaves_its_place_in_a_limit_to_the_next() {
    let kept = |spend: i64| {
        let mut one = object();
        one.windows.insert(week(), known(sums(spend, 1000, 1)));
        one.labels.insert("line".into(), spend.to_string().into());
        one.keep_one = BTreeSet::from(["line".into()]);
        one
    };
    let mut rule = source("stop", TRUE, pause());
    rule.limits.per_run = Some(1);
    let mut world = snapshot([(group("a"), kept(300)), (group("b"), kept(200)), (group("c"), kept(100))]);
    for called in ["b", "c"] {
        world.objects.get_mut(&group(called)).unwrap().keep_one.clear();
    }
    assert_eq!(
        told(&once(&[compiled(&rule)], &world)),
        ["stop a: refused, a pause it", "stop b: act, b pause it", "stop c: deferred, c pause it"]
    );
}

#[test]
fn limits_are_those_of_each_account() {
    let elsewhere = |called: &str| Address { account: name("meta-us"), ..group(called) };
    let mut world = snapshot([
        (group("a"), object()),
        (group("b"), object()),
        (elsewhere("c"), object()),
        (elsewhere("d"), object()),
    ]);
    world.accounts.insert(AccountKey { namespace: growth(), name: name("meta-us") }, state());
    let acted = |limits: Limits| {
        let rule = RuleSource { limits, ..source("stop", TRUE, pause()) };
        let run = once(&[compiled(&rule)], &world);
        let acts = |run: &RuleRun| run.objects.iter().filter(|one| one.outcome == Outcome::Act).count();
        run.runs.iter().map(acts).collect::<Vec<_>>()
    };
    assert_eq!(acted(Limits { per_run: Some(1), share: Some(10_000), ..Limits::default() }), [1, 1]);
    assert_eq!(acted(Limits { share: Some(5_000), ..Limits::default() }), [1, 1]);
    assert_eq!(acted(Limits { per_day: Some(1), share: Some(10_000), ..Limits::default() }), [1, 1]);
}

#[test]
fn what_nobody_decides_about_is_refused() {
    let shared = address(Kind::Budget, "pool");
    let mut rule = source("stop", "self.state == 'Active'", pause());
    rule.scope.kind = Kind::Budget;
    assert_eq!(
        told(&once(&[compiled(&rule)], &snapshot([(shared, object())]))),
        ["stop pool: refused, pool pause it"]
    );
}

/// A cut of the budget together with a higher bid: it comes to less a day, and can spend more all the same.
fn mixed() -> Vec<Action<SourceText>> {
    let mut actions = by(-2_000);
    actions.push(Action::AdjustBid { by: Step::Share(5_000), bounds: Bounds::default() });
    actions
}

fn with_bid() -> ObjectState {
    ObjectState { bid: Some(euros(2)), ..object() }
}

#[test]
fn a_freeze_looks_at_each_change() {
    let frozen = |actions: Vec<Action<SourceText>>| {
        let mut world = snapshot([(group("bad"), with_bid()), (group("good"), good())]);
        world.accounts.get_mut(&account()).unwrap().frozen = Some(Allow::LowerSpend);
        once(&[compiled(&source("one", TRUE, actions))], &world).decisions[0].outcome.word()
    };
    assert_eq!(frozen(mixed()), "refused", "a bid rises");
    assert_eq!(frozen(rebalance()), "refused", "a peer gets more");
    let mut labelled = by(-2_000);
    labelled.push(Action::Label(BTreeMap::from([("seen".into(), "yes".into())])));
    assert_eq!(frozen(labelled), "act", "a label holds no cut back");
    let label = vec![Action::Label(BTreeMap::from([("seen".into(), "yes".into())]))];
    assert_eq!(frozen(label), "refused");
}

#[test]
fn the_guard_looks_at_each_change() {
    let rule = [compiled(&source("one", "recent.cpa > params.target && self.name == 'bad'", mixed()))];
    let mut world = snapshot([(group("bad"), with_bid()), (group("good"), good())]);
    let Outcome::Propose { why } = &once(&rule, &world).decisions[0].outcome else { panic!("asks") };
    assert_eq!(why, "git owns the bid (`bidding`); it raises spend");
    world.objects.get_mut(&group("good")).unwrap().state = None;
    let Outcome::Refused { why, .. } = &once(&rule, &world).decisions[0].outcome else { panic!("refused") };
    assert_eq!(why, "whether ad-group/good runs is not known");
}

#[test]
fn an_approval_looks_at_each_change() {
    let mut actions = by(-2_000);
    actions.push(Action::Notify(SourceText::unplaced("look")));
    let asks = |actions: &[Action<SourceText>], when: &str| {
        let mut rule = source("one", TRUE, actions.to_vec());
        rule.approval.when = Some(SourceText::unplaced(when));
        once(&[compiled(&rule)], &snapshot([(group("one"), object())])).decisions[0].outcome.word()
    };
    assert_eq!(asks(&actions, "action.type == 'notify'"), "propose");
    assert_eq!(asks(&actions, "action.type == 'adjustBudget'"), "propose");
    assert_eq!(asks(&actions, "action.type == 'pause'"), "act");
    assert_eq!(asks(&actions, "action.type == 'notify' && recent.reach > 5"), "propose", "the unknown asks");
}

#[test]
fn an_approval_may_be_about_resumes() {
    let mut rule = source("one", "now.getHours() == 12", pause());
    rule.release = Some(SourceText::unplaced("now.getHours() == 13"));
    rule.approval.when =
        Some(SourceText::unplaced("action.type == 'resume' && delta.dailySpend > money('50 EUR')"));
    let rule = [compiled(&rule)];
    let world = snapshot([(group("one"), object())]);
    let paused = once(&rule, &world);
    assert_eq!(paused.decisions[0].outcome, Outcome::Act);
    let mut next = later(&world, 1);
    carry_out(&paused, &mut next.objects);
    let found = run(&rule, &next, &paused.memory);
    let Outcome::Propose { why } = &found.decisions[0].outcome else { panic!("asks") };
    assert!(why.contains("action.type == 'resume'"), "{why}");
}

#[test]
fn words_that_rest_hold_nothing_back() {
    let mut actions = by(-1_000);
    actions.push(Action::Notify(SourceText::unplaced("look")));
    let mut rule = source("cut", TRUE, actions);
    rule.scope.kind = Kind::Campaign;
    let rule = [compiled(&rule)];
    let world = snapshot([(address(Kind::Campaign, "sale"), object())]);
    let first = once(&rule, &world);
    assert_eq!(told(&first), ["cut sale: act, sale budget from 100.00 EUR to 90.00 EUR, sale tell: look"]);
    // A cut rests for four hours, words for a day.
    let again = run(&rule, &later(&world, 5), &first.memory);
    assert_eq!(told(&again), ["cut sale: act, sale budget from 100.00 EUR to 90.00 EUR"]);
}

#[test]
fn a_pause_waits_for_no_resume() {
    let mut rule = source("stop", TRUE, pause());
    rule.release = Some(SourceText::unplaced("recent.cpa <= params.target"));
    rule.limits.cooldown = Some(SignedDuration::from_hours(24));
    let rule = [compiled(&rule)];
    let bad = snapshot([(group("one"), object())]);
    let first = once(&rule, &bad);
    let mut well = later(&bad, 1);
    carry_out(&first, &mut well.objects);
    well.objects.get_mut(&group("one")).unwrap().windows.insert(week(), known(sums(20, 1000, 2)));
    let resumed = run(&rule, &well, &first.memory);
    assert_eq!(told(&resumed), ["stop one: propose, one resume it"]);
    // Somebody agreed, and it is as bad as before.
    let again = run(&rule, &later(&bad, 2), &resumed.memory);
    assert_eq!(told(&again), ["stop one: act, one pause it"]);
    // Whoever runs it again without having been asked is left alone for a while.
    let lifted = run(&rule, &later(&bad, 2), &first.memory);
    assert_eq!(told(&lifted), ["stop one: cooling"]);
}
