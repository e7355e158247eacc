use adplane_core::plan::Class;
use adplane_core::rules::Memory;

use adplane_manifest::load::DocumentKind;
use serde_json::json;

use crate::account::decide::Hold;
use crate::account::lower::tests::{lowered, resource};
use crate::config::Config;
use crate::names;

use super::super::worlds::{NOW, Small, address, at, moves, pauses, results, stages, task, went_ahead};
use super::*;

/// 10.00 EUR a day go from `sale` to `rain`.
fn shared() -> Task {
    task(&[moves("sale", "40.00 EUR", "30.00 EUR"), moves("rain", "20.00 EUR", "30.00 EUR")])
}

/// A task in force, of which the lowering goes ahead while the rest waits for an approval.
fn in_force(tasks: &[&Task]) -> (Small, Decision) {
    let mut small = Small::new();
    for task in tasks {
        small.put(task);
    }
    let decision = small.decide();
    (small, decision)
}

fn settled(small: &Small, decision: &Decision, outcome: &Outcome, tasks: &[Task]) -> (Vec<Task>, Memory) {
    let mut runs = small.runs(tasks);
    settle(&small.world, decision, outcome, &mut runs, &mut Vec::new()).unwrap();
    (runs.tasks_since(Timestamp::MIN).unwrap(), runs.memory().unwrap())
}

#[test]
fn half_of_a_rebalance_is_not_done() {
    let shared = shared();
    let (mut small, decision) = in_force(&[&shared]);
    let ahead = &decision.ahead.as_ref().unwrap().document;
    assert_eq!((ahead.classes.as_slice(), ahead.changes.len()), ([Class::Lower].as_slice(), 1));
    assert!(matches!(decision.standing, AccountStanding::Waiting(_)), "{:?}", decision.standing);
    let (after, memory) =
        settled(&small, &decision, &went_ahead(&[("sale", true)]), std::slice::from_ref(&shared));
    assert_eq!(after[0].stage, Stage::InForce);
    assert!(after[0].why.as_ref().unwrap().contains("waits for approval"), "{:?}", after[0].why);
    assert_eq!(memory, Memory::default(), "nothing is counted yet");
    // A look later the cut is live, and the rest is written.
    small.live("sale", "30.00 EUR");
    let later = small.decide();
    assert!(later.ahead.is_none());
    let outcome = Outcome { results: Some(results(&[("rain", true)])), ..Outcome::default() };
    let (after, memory) = settled(&small, &later, &outcome, std::slice::from_ref(&shared));
    assert_eq!((after[0].stage, after[0].since), (Stage::Written, at(NOW)));
    let of_rule = memory.rules.values().next().unwrap();
    assert_eq!((of_rule.attempts, of_rule.failures), (1, 0));
}

/// A stop-loss pauses what another rule raises, in the same look.
#[test]
fn what_is_paused_is_not_raised() {
    let raise = task(&[moves("rain", "20.00 EUR", "30.00 EUR")]);
    let stop = task(&[pauses("rain")]);
    let (small, decision) = in_force(&[&raise, &stop]);
    let (after, _) =
        settled(&small, &decision, &went_ahead(&[("rain", true)]), &[raise.clone(), stop.clone()]);
    let stage = |task: &Task| after.iter().find(|other| other.digest == task.digest).unwrap().stage;
    assert_eq!((stage(&raise), stage(&stop)), (Stage::InForce, Stage::Written));
}

#[test]
fn what_failed_is_counted_and_says_so() {
    let shared = shared();
    let (small, decision) = in_force(&[&shared]);
    let outcome = Outcome { failure: Some("refused".to_owned()), ..went_ahead(&[("sale", false)]) };
    let (after, memory) = settled(&small, &decision, &outcome, std::slice::from_ref(&shared));
    assert_eq!(after[0].stage, Stage::InForce);
    assert!(after[0].why.as_ref().unwrap().starts_with("campaign/sale: stored, but"), "{:?}", after[0].why);
    assert_eq!(memory.rules.values().next().unwrap().failures, 1);
    // Nothing was sent of what went ahead.
    let outcome = Outcome { failure: Some("stale: moved".to_owned()), ..Outcome::default() };
    let (after, _) = settled(&small, &decision, &outcome, std::slice::from_ref(&shared));
    assert!(after[0].why.as_ref().unwrap().ends_with(": stale: moved"), "{:?}", after[0].why);
    // It went ahead, and the rest is kept back for something else.
    let kept = Outcome { kept_back: Some("it waits".to_owned()), ..went_ahead(&[("sale", true)]) };
    let (after, _) = settled(&small, &decision, &kept, &[shared]);
    assert_eq!(after[0].why.as_deref(), Some("it waits"));
}

#[test]
fn what_is_live_is_done_whoever_wrote_it() {
    let shared = shared();
    let (mut small, _) = in_force(&[&shared]);
    small.live("sale", "30.00 EUR");
    small.live("rain", "30.00 EUR");
    let decision = small.decide();
    let (after, memory) = settled(&small, &decision, &Outcome::default(), std::slice::from_ref(&shared));
    assert_eq!(after[0].stage, Stage::Written);
    assert_eq!(memory, Memory::default(), "it was not the rule's write");
    // What was put in force in this look is in no plan yet.
    let fresh = Task { digest: "sha256:b".to_owned(), since: at(NOW), ..shared };
    let (after, _) = settled(&small, &decision, &Outcome::default(), std::slice::from_ref(&fresh));
    assert!(after.contains(&fresh), "{after:?}");
}

#[test]
fn a_raise_that_is_not_live_in_time_is_over() {
    let shared = shared();
    let (mut small, _) = in_force(&[&shared]);
    small.live("sale", "30.00 EUR");
    let decision = small.decide();
    let is_over = |small: &Small, task: &Task| has_expired(&small.world, &decision, task);
    assert!(!is_over(&small, &shared), "its proposals wait for half a day");
    small.world.now = at("2026-11-20T21:00:00Z");
    assert!(is_over(&small, &shared));
    assert!(!is_over(&small, &Task { stage: Stage::Written, ..shared.clone() }));
    let cut = task(&[moves("sale", "40.00 EUR", "20.00 EUR")]);
    assert!(!is_over(&small, &cut), "what lowers spend is never over for that");
    // Amounts stay as they are live: what was cut stays cut.
    let left = unreached(&small.world, &decision, &shared);
    let said: Vec<String> =
        left.iter().map(|left| format!("{} {}", left.object.name, left.setting)).collect();
    assert_eq!(said, ["rain 20.00 EUR"]);
    small.live("rain", "30.00 EUR");
    let live = small.decide();
    assert!(!has_expired(&small.world, &live, &shared), "all of it is live");
    assert!(unreached(&small.world, &live, &shared).is_empty());
}

#[test]
fn what_was_decided_anew_is_not_given_up_for_what_was_before() {
    let former = task(&[moves("rain", "20.00 EUR", "30.00 EUR")]);
    let mut anew = task(&[moves("rain", "20.00 EUR", "35.00 EUR")]);
    anew.intent.evidence = "f".to_owned();
    let (small, decision) = in_force(&[&anew]);
    assert!(unreached(&small.world, &decision, &former).is_empty());
    assert_eq!(unreached(&small.world, &decision, &anew).len(), 1);
}

#[test]
fn what_holds_a_field_up_is_said() {
    let shared = shared();
    let (mut small, decision) = in_force(&[&shared]);
    let why = |decision: &Decision, name: &str| {
        waits(decision, &Outcome::default(), &address(name), &FieldPath::new("budget.daily"))
    };
    assert!(why(&decision, "sale").ends_with("is being applied"), "{}", why(&decision, "sale"));
    assert!(why(&decision, "rain").contains("waits for approval"), "{}", why(&decision, "rain"));
    small.world.wanted.held.hold_field(&address("rain"), &FieldPath::new("budget.daily"));
    let held = small.decide();
    assert!(why(&held, "rain").contains("left as it is on the platform"), "{}", why(&held, "rain"));
    small.world.wanted.held = adplane_core::plan::Held::default();
    small.annotate("meta-eu", names::SUSPEND, "true");
    assert!(why(&small.decide(), "rain").contains("suspended"));
}

#[test]
fn an_override_goes_once_nothing_of_it_is_left() {
    let cut = task(&[moves("sale", "40.00 EUR", "30.00 EUR")]);
    let mut small = Small::new();
    small.live("sale", "30.00 EUR");
    small.put(&cut);
    let given = |small: &Small| small.world.wanted.desired.overlays.settled[0].clone();
    assert!(!is_needless(&small.decide(), &given(&small)), "it counts");
    let overlay = &mut small.world.wanted.desired.overlays.given[0];
    overlay.expires = at(NOW);
    adplane_core::overlay::settle(&mut small.world.wanted.desired, at(NOW));
    assert!(!is_needless(&small.decide(), &given(&small)), "git's amount has not returned");
    small.live("sale", "40.00 EUR");
    let (decision, mut over) = (small.decide(), given(&small));
    assert!(is_needless(&decision, &over));
    over.overlay.rule = None;
    assert!(!is_needless(&decision, &over), "a person's is theirs to remove");
}

#[test]
fn what_came_is_kept() {
    let shared = shared();
    let (small, decision) = in_force(&[&shared]);
    let mut runs = small.runs(&[shared]);
    let mut moved = Vec::new();
    settle(&small.world, &decision, &Outcome::default(), &mut runs, &mut moved).unwrap();
    assert_eq!((stages(&runs), moved.len()), (vec![Stage::InForce], 1));
    // Nothing new: nothing is told again.
    settle(&small.world, &decision, &Outcome::default(), &mut runs, &mut moved).unwrap();
    assert_eq!(moved.len(), 1);
}

/// Whether a look writes a change of `sale` from 40.00 EUR that a rule has in force, in a window that is closed now.
fn passes(to: &str, allow: &str) -> bool {
    let mut small = Small::new();
    // Nobody is asked, so that nothing else keeps it back.
    small.config = Config::parse("project: shop\nguards: {required: false}\n").unwrap();
    let window =
        json!({"ranges": [{"from": "2026-11-19", "to": "2026-11-21"}], "allow": allow, "reason": "audit"});
    small.world.resources.push(resource(DocumentKind::FreezeWindow, "audit", window));
    small.world.wanted = lowered(&small.world.resources, &[]);
    assert!(small.world.wanted.broken.is_empty(), "{:?}", small.world.wanted.broken);
    small.put(&task(&[moves("sale", "40.00 EUR", to)]));
    match small.decide().standing {
        AccountStanding::Ready(_) => true,
        AccountStanding::Holding(Hold::Frozen { .. }) => false,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_closed_window_holds_what_a_rule_raises_and_a_cut_where_it_lets_nothing_pass() {
    let cases = [("30.00 EUR", "LowerSpend"), ("50.00 EUR", "LowerSpend"), ("30.00 EUR", "Nothing")];
    assert_eq!(cases.map(|(to, allow)| passes(to, allow)), [true, false, false]);
}
