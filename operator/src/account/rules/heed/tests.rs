use adplane_core::rules::{Direction, Pause};

use super::super::worlds::{NOW, Small, address, at, moves, pauses, stages, task};
use super::*;

#[test]
fn only_what_nobody_has_in_force_is_missed() {
    let pause = task(&[pauses("sale")]);
    let mut small = Small::new();
    assert_eq!(missing(&small.world, &pause).len(), 1, "somebody deleted it, or it was not heard of yet");
    for stage in [Stage::Decided, Stage::Proposed, Stage::Expired] {
        let task = Task { stage, ..pause.clone() };
        assert!(missing(&small.world, &task).is_empty(), "{stage:?}: nothing is in force");
    }
    small.put(&pause);
    assert!(missing(&small.world, &pause).is_empty());
    // Half of it.
    let shared = task(&[moves("sale", "40.00 EUR", "30.00 EUR"), moves("rain", "20.00 EUR", "30.00 EUR")]);
    small.put(&task(&[moves("sale", "40.00 EUR", "30.00 EUR")]));
    let missed = missing(&small.world, &shared);
    assert_eq!(missed.iter().map(|overlay| overlay.object.name.as_str()).collect::<Vec<_>>(), ["rain"]);
}

#[test]
fn an_amount_that_another_rule_replaced_was_not_deleted() {
    let mut small = Small::new();
    let former = task(&[moves("rain", "20.00 EUR", "30.00 EUR")]);
    let mut other = task(&[moves("rain", "20.00 EUR", "25.00 EUR")]);
    other.intent.rule.name = "other".parse().unwrap();
    small.put(&other);
    assert!(missing(&small.world, &former).is_empty());
    // A person's own takes the place of nothing: that of the rule is still looked for.
    let mut own = small.world.wanted.desired.overlays.given.remove(0);
    (own.rule, own.evidence) = (None, None);
    small.give(own);
    assert_eq!(missing(&small.world, &former).len(), 1);
}

#[test]
fn a_rule_rests_on_what_somebody_took_back() {
    let pause = Task { stage: Stage::Written, ..task(&[pauses("sale")]) };
    let small = Small::new();
    let mut runs = small.runs(std::slice::from_ref(&pause));
    let (rule, sale) = (pause.intent.rule.clone(), address("sale"));
    let before = at("2026-11-19T10:00:00Z");
    runs.move_on(&[], before, |memory| {
        memory.made(&pause.intent, &pause.account, at(NOW).to_zoned(jiff::tz::TimeZone::UTC).date(), before);
    })
    .unwrap();
    let held = |runs: &RunStore| runs.memory().unwrap().mood(&rule, &sale).cloned().unwrap();
    assert_eq!(held(&runs).pause, Some(Pause { since: before, until: None }));
    let lifted = taken_back(&pause, &mut runs, &small.world).unwrap();
    assert_eq!((lifted.stage, lifted.why.as_deref()), (Stage::Lifted, Some("somebody deleted its Override")));
    assert_eq!(stages(&runs), [Stage::Lifted]);
    let mood = held(&runs);
    assert_eq!(mood.pause, None, "it holds nothing any more");
    assert_eq!(
        (mood.acted["state"], mood.turned["state"]),
        (at(NOW), Direction::Pause),
        "it rests from now on"
    );
}

#[test]
fn an_end_by_hand_ends_the_hold_and_nothing_else() {
    let pause = Task { stage: Stage::Written, ..task(&[pauses("sale")]) };
    let mut small = Small::new();
    small.put(&pause);
    small.put(&task(&[moves("sale", "40.00 EUR", "30.00 EUR")]));
    let mut other = task(&[pauses("sale")]);
    other.intent.rule.name = "other".parse().unwrap();
    small.put(&other);
    let end = end_of_hold(&pause);
    let given = &small.world.wanted.desired.overlays.given;
    let ends: Vec<bool> = given.iter().map(|kept| replaces(&end, kept, Place::Cluster)).collect();
    assert_eq!(ends, [true, false, false]);
    let mut runs = small.runs(std::slice::from_ref(&pause));
    let lifted = lifted(&pause, "somebody runs it again by hand", &mut runs, &small.world).unwrap();
    assert_eq!((lifted.stage, lifted.since), (Stage::Lifted, at(NOW)));
}

/// Four writes, three of which failed.
fn suspended(small: &Small) -> RunStore {
    let mut runs = small.runs(&[]);
    let key = small.world.wanted.rules[0].key.clone();
    runs.move_on(&[], small.world.now, |memory| memory.report(&key, 4, 3)).unwrap();
    runs
}

#[test]
fn a_new_value_lifts_a_suspension_once() {
    let mut small = Small::new();
    let rules = small.world.wanted.rules.clone();
    let mut runs = suspended(&small);
    let mut told = Told::default();
    let is_suspended =
        |runs: &RunStore| runs.memory().unwrap().rule(&rules[0].key).is_some_and(RuleMemory::is_suspended);
    lift(&small.world, &rules, &mut runs, &mut told).unwrap();
    assert!(is_suspended(&runs), "nobody asked");
    small.annotate("share", names::LIFT, "once");
    lift(&small.world, &rules, &mut runs, &mut told).unwrap();
    assert!(!is_suspended(&runs));
    // It fails again: what was asked before counts no more.
    let mut runs = suspended(&small);
    lift(&small.world, &rules, &mut runs, &mut told).unwrap();
    assert!(is_suspended(&runs));
    small.annotate("share", names::LIFT, "again");
    lift(&small.world, &rules, &mut runs, &mut told).unwrap();
    assert!(!is_suspended(&runs));
    // A value that was there before anything failed lifts nothing later.
    small.annotate("share", names::LIFT, "early");
    lift(&small.world, &rules, &mut runs, &mut told).unwrap();
    let mut runs = suspended(&small);
    lift(&small.world, &rules, &mut runs, &mut told).unwrap();
    assert!(is_suspended(&runs));
}
