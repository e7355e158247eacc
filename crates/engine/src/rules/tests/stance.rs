//! What was decided or proposed is asked again before it comes about, and what is in force outlives a lost store.

use adplane_core::rules::{
    Action, Approval, Bounds, Limits, Memory, Mode, OnTimeout, Promote, Require, Rule, RuleKey, RuleScope,
    RuleSource, Schedule,
};
use jiff::{SignedDuration, Timestamp};

use super::super::carry::Next;
use super::super::stance::{self, Still};
use super::super::{Keep, RunStore, Stage, Task, decide, stand};
use super::life::{Fuse, Life, rule, text};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn noon() -> Timestamp {
    "2026-06-10T10:00:00Z".parse().unwrap()
}

/// Pauses what costs too much for a conversion, and lets go of it once that is over.
fn stop(mode: Mode, on_timeout: OnTimeout) -> Rule {
    stop_when("stop", "recent.cpa > money('25 EUR')", (mode, on_timeout))
}

fn stop_when(name: &str, when: &str, (mode, on_timeout): (Mode, OnTimeout)) -> Rule {
    rule(&RuleSource {
        key: RuleKey {
            namespace: adplane_core::ids::Namespace::new("growth").unwrap(),
            name: name.parse().unwrap(),
        },
        mode,
        priority: 0,
        scope: RuleScope {
            kind: adplane_core::address::Kind::AdGroup,
            accounts: [].into(),
            platforms: [].into(),
            labels: [].into(),
        },
        schedule: Schedule { every: SignedDuration::from_hours(6), ..Schedule::default() },
        windows: [("recent".into(), "last_7d".parse().unwrap())].into(),
        params: [].into(),
        signals: [].into(),
        rates: None,
        require: Require::default(),
        calendars: [].into(),
        promote: None,
        dead_band: None,
        stabilize: adplane_core::rules::Stabilize::default(),
        when: text(when),
        release: (on_timeout == OnTimeout::Expire).then(|| text("recent.cpa < money('25 EUR')")),
        true_for: 1,
        actions: vec![Action::Pause { hold_for: None }],
        limits: Limits { share: Some(10_000), cooldown: Some(HOUR), ..Limits::default() },
        approval: Approval { on_timeout, ..Approval::default() },
        origin: None,
    })
}

/// Two ad groups of which the first is bad, and what a tick has decided of it.
fn decided(rule: Rule) -> (Life, RunStore, Task) {
    let mut life = Life::new(vec![rule], 2, noon());
    life.bad(&[true, false]);
    let mut store = life.store();
    let (mut snapshot, observed) = life.look();
    let (_, mut new) = decide(&life.rules, &mut snapshot, &observed, &mut store, Keep::All).unwrap();
    assert_eq!(new.len(), 1);
    let task = new.remove(0);
    (life, store, task)
}

/// What becomes of it, asked at the instant that the life has come to.
fn asked(life: &Life, store: &mut RunStore, task: &Task) -> Next {
    let (fresh, observed) = life.look();
    stance::stance(task, life.ground(&observed, &fresh), &fresh, store).unwrap()
}

#[track_caller]
fn drops(next: &Next, words: &str) {
    assert!(matches!(next, Next::Drop(why) if why.contains(words)), "{next:?}");
}

#[track_caller]
fn waits(next: &Next, words: &str) {
    assert!(matches!(next, Next::Wait(why) if why.contains(words)), "{next:?}");
}

#[test]
fn what_was_decided_just_now_goes_and_what_waited_is_asked_again() {
    let (mut life, mut store, task) = decided(stop(Mode::Act, OnTimeout::Expire));
    assert!(matches!(asked(&life, &mut store, &task), Next::Go(effects) if effects.len() == 1));
    life.now += HOUR / 2;
    assert!(matches!(asked(&life, &mut store, &task), Next::Go(_)), "the numbers are as they were");
    life.bad(&[false, false]);
    drops(&asked(&life, &mut store, &task), "the rule wants nothing of it any more");
    life.bad(&[true, false]);
    life.now += HOUR;
    drops(&asked(&life, &mut store, &task), "it was not put in force by");
}

#[test]
fn a_rule_that_changed_or_may_not_act_any_more_does_nothing() {
    let (mut life, mut store, task) = decided(stop(Mode::Act, OnTimeout::Expire));
    life.rules[0].mode = Mode::Propose;
    drops(&asked(&life, &mut store, &task), "mode is `propose` by now");
    life.rules[0].mode = Mode::Act;
    life.rules[0].revision.push('0');
    drops(&asked(&life, &mut store, &task), "the rule has changed since");
    life.rules.clear();
    drops(&asked(&life, &mut store, &task), "the rule is not in git any more");
}

/// What git lets act only after days in shadow, of which the record has none.
fn waiting(rule: &mut Rule) {
    rule.promote = Some(Promote { shadow_days: 2 });
}

#[test]
fn a_rule_that_waits_for_its_days_does_nothing_of_what_was_decided() {
    let (mut life, mut store, task) = decided(stop(Mode::Act, OnTimeout::Expire));
    assert!(matches!(asked(&life, &mut store, &task), Next::Go(_)));
    waiting(&mut life.rules[0]);
    drops(&asked(&life, &mut store, &task), "mode is `shadow` by now");
    let (fresh, observed) = life.look();
    let still = stance::still(&task, life.ground(&observed, &fresh), &mut store).unwrap();
    assert!(matches!(&still, Still::Not(why) if why.contains("`promote` asks for 2 days")), "{still:?}");
    // What is in force is brought to the platform: it counts for every plan.
    let in_force = Task { stage: Stage::InForce, ..task };
    assert!(matches!(asked(&life, &mut store, &in_force), Next::Go(_)));
}

#[test]
fn nothing_is_agreed_to_that_a_rule_would_only_record_by_now() {
    for only_records in [
        |rule: &mut Rule| rule.mode = Mode::Shadow,
        |rule: &mut Rule| {
            rule.mode = Mode::Act;
            waiting(rule);
        },
    ] {
        let (mut life, mut store, task) = decided(stop(Mode::Propose, OnTimeout::Apply));
        life.now = task.until;
        only_records(&mut life.rules[0]);
        let overdue = stance::overdue(&store, life.now).unwrap();
        let (fresh, observed) = life.look();
        let over = stance::review(&overdue, life.ground(&observed, &fresh), &mut store, life.now).unwrap();
        assert_eq!(over[0].stage, Stage::Stale, "{:?}", over[0]);
        assert!(over[0].why.as_ref().unwrap().contains("only records by now"), "{:?}", over[0]);
    }
}

/// Another rule that wants it paused keeps it so, and not while that one only records.
#[test]
fn a_rule_that_waits_for_its_days_keeps_nothing_paused() {
    let released = |waits: bool| {
        let mut life = Life::new(vec![stop(Mode::Act, OnTimeout::Expire)], 2, noon());
        life.bad(&[true, false]);
        life.tick(&mut Fuse::default()).unwrap();
        assert_eq!(life.writes.len(), 1);
        life.bad(&[false, false]);
        life.now += HOUR * 6;
        life.tick(&mut Fuse::default()).unwrap();
        let asked = life.asked();
        let acts = (Mode::Act, OnTimeout::Expire);
        let mut other = stop_when("other", "recent.cpa < money('25 EUR')", acts);
        if waits {
            waiting(&mut other);
        }
        life.rules.push(other);
        let mut store = life.store();
        let task = store.tasks_named(&asked[0]).unwrap().pop().unwrap();
        let (fresh, observed) = life.look();
        stance::still(&task, life.ground(&observed, &fresh), &mut store).unwrap()
    };
    assert_eq!(released(true), Still::Wanted);
    assert!(matches!(released(false), Still::Not(_)), "{:?}", released(false));
}

/// Raises what costs too much for a conversion.
fn more() -> Rule {
    let by = Action::AdjustBudget {
        by: adplane_core::rules::Step::Share(1_000),
        bounds: Bounds::default(),
        until_midnight: false,
    };
    let mut more = stop(Mode::Act, OnTimeout::Expire);
    more.actions = vec![by];
    more
}

#[test]
fn a_suspended_rule_still_stops_what_it_decided_to_stop() {
    let (life, mut store, task) = decided(stop(Mode::Act, OnTimeout::Expire));
    let key = task.intent.rule.clone();
    store.move_on(&[], life.now, |memory: &mut Memory| memory.report(&key, 4, 3)).unwrap();
    assert!(matches!(asked(&life, &mut store, &task), Next::Go(effects) if effects.len() == 1));
    let in_force = Task { stage: Stage::InForce, ..task };
    assert!(matches!(asked(&life, &mut store, &in_force), Next::Go(_)));
}

#[test]
fn what_a_suspended_rule_raises_waits_until_somebody_lifts_it() {
    let (life, mut store, mut task) = decided(more());
    task.stage = Stage::Decided;
    task.by = Some("ana".to_owned());
    let key = task.intent.rule.clone();
    store.move_on(&[], life.now, |memory: &mut Memory| memory.report(&key, 4, 3)).unwrap();
    waits(&asked(&life, &mut store, &task), "the rule is suspended");
    store.move_on(&[], life.now, |memory: &mut Memory| memory.lift(&key)).unwrap();
    assert!(matches!(asked(&life, &mut store, &task), Next::Go(_)));
}

#[test]
fn what_cannot_be_seen_is_not_decided() {
    let (life, mut store, mut task) = decided(stop(Mode::Propose, OnTimeout::Expire));
    let (mut fresh, observed) = life.look();
    assert_eq!(stance::still(&task, life.ground(&observed, &fresh), &mut store).unwrap(), Still::Wanted);
    fresh.accounts.clear();
    let unclear = stance::still(&task, life.ground(&observed, &fresh), &mut store).unwrap();
    assert!(matches!(&unclear, Still::Unclear(why) if why.contains("was not read")), "{unclear:?}");
    task.revision.clear();
    let gone = stance::still(&task, life.ground(&observed, &fresh), &mut store).unwrap();
    assert!(matches!(&gone, Still::Not(why) if why.contains("changed since")), "{gone:?}");
}

/// A proposal, once its time is over: what it comes to.
fn reviewed(on_timeout: OnTimeout, bad: bool) -> Task {
    let (mut life, mut store, task) = decided(stop(Mode::Propose, on_timeout));
    assert_eq!(task.stage, Stage::Proposed);
    assert_eq!(stance::overdue(&store, life.now).unwrap(), []);
    life.now = task.until;
    life.bad(&[bad, false]);
    let overdue = stance::overdue(&store, life.now).unwrap();
    let (fresh, observed) = life.look();
    let over = stance::review(&overdue, life.ground(&observed, &fresh), &mut store, life.now).unwrap();
    assert_eq!(store.tasks_named(&task.digest).unwrap(), over, "it is recorded");
    over.into_iter().next().unwrap()
}

#[test]
fn a_proposal_that_nobody_decides_lapses_or_is_done_where_its_rule_says_so() {
    assert_eq!(reviewed(OnTimeout::Expire, true).stage, Stage::Expired);
    let done = reviewed(OnTimeout::Apply, true);
    assert_eq!((done.stage, done.why), (Stage::Decided, None));
    let stale = reviewed(OnTimeout::Apply, false);
    assert_eq!(stale.stage, Stage::Stale);
}

#[test]
fn what_is_in_force_outlives_a_lost_store() {
    let mut life = Life::new(vec![stop(Mode::Act, OnTimeout::Expire)], 2, noon());
    life.bad(&[true, false]);
    life.tick(&mut Fuse::default()).unwrap();
    assert_eq!((life.overlays().len(), life.writes.len()), (1, 1));
    assert_eq!(life.adopt(), 0, "it is remembered");
    life.forget();
    assert_eq!(life.adopt(), 1);
    assert_eq!(life.adopt(), 0, "it is remembered again");
    let baseline = |life: &Life| {
        let (mut seen, observed) = life.look();
        stand(&mut seen, &observed, &mut life.store()).unwrap();
        seen.accounts.values().next().unwrap().baseline
    };
    assert_eq!(baseline(&life), None, "what the day began with went as well: nothing is raised");
    life.now += HOUR * 24;
    assert!(baseline(&life).is_some(), "the next day begins anew");
    life.now -= HOUR * 24;
    life.now += HOUR * 6;
    life.tick(&mut Fuse::default()).unwrap();
    assert_eq!(life.writes.len(), 1, "nothing is done twice");
    // The hold is the rule's own, and so its release finds it.
    life.bad(&[false, false]);
    life.now += HOUR * 6;
    life.tick(&mut Fuse::default()).unwrap();
    let asked = life.asked();
    assert_eq!(asked.len() + life.writes.len(), 2, "it lets go, or asks whether it may");
}
