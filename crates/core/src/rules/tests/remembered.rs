//! What one run leaves for the next: pauses, rests, streaks, and what is forgotten.

use super::*;

const TRUE: &str = "recent.cpa > params.target";

/// Runs in which everybody agrees, each an hour after the other; what is done is live in the next.
struct Days {
    rule: Rule,
    world: Snapshot,
    memory: Memory,
}

impl Days {
    fn new(rule: &RuleSource) -> Self {
        let mut world = snapshot([(group("one"), object())]);
        // Git is asked for everything.
        world.objects.get_mut(&group("one")).unwrap().rules_may_pause = false;
        Self { rule: compiled(rule), world, memory: Memory::default() }
    }

    fn own(&mut self) -> &mut ObjectState {
        self.world.objects.get_mut(&group("one")).unwrap()
    }

    fn cpa(&mut self, conversions: i64) {
        self.own().windows.insert(week(), known(sums(200, 1000, conversions)));
    }

    /// What is decided, and what the record says.
    fn after(&mut self, hours: i64) -> (String, String) {
        self.world = later(&self.world, hours);
        let found = agreed(std::slice::from_ref(&self.rule), &self.world, &self.memory);
        self.memory = found.memory.clone();
        carry_out(&found, &mut self.world.objects);
        let decided = found.decisions.first().map_or("nothing", |one| one.outcome.word());
        (decided.to_owned(), found.runs[0].objects[0].outcome.word().to_owned())
    }
}

fn pair(decided: &str, recorded: &str) -> (String, String) {
    (decided.to_owned(), recorded.to_owned())
}

fn stop() -> RuleSource {
    let mut rule = source("stop", TRUE, pause());
    rule.release = Some(SourceText::unplaced("recent.cpa <= params.target"));
    rule.limits.resumes = Some(1);
    rule.limits.cooldown = Some(SignedDuration::from_hours(1));
    rule
}

#[test]
fn what_is_agreed_to_is_remembered_as_done() {
    let mut days = Days::new(&stop());
    assert_eq!(days.after(0), pair("act", "propose"), "the record keeps that somebody was asked");
    assert_eq!(days.own().state, Some(State::Paused));
    assert_eq!(days.after(1), pair("nothing", "holding"));
    days.cpa(10);
    assert_eq!(days.after(1), pair("act", "propose"));
    assert_eq!(days.own().state, Some(State::Active));
    days.cpa(1);
    assert_eq!(days.after(24), pair("act", "propose"));
    days.cpa(10);
    assert_eq!(days.after(24), pair("nothing", "noChange"), "it may resume it once");
}

#[test]
fn what_is_agreed_to_counts_for_the_day_and_rests() {
    let mut rule = source("cut", TRUE, by(-2000));
    rule.mode = Mode::Propose;
    rule.limits.per_day = Some(1);
    rule.limits.cooldown = Some(SignedDuration::from_mins(1));
    let mut days = Days::new(&rule);
    assert_eq!(days.after(0), pair("act", "propose"));
    assert_eq!(days.after(1), pair("nothing", "settling"));
    assert_eq!(days.memory.rules["growth/cut"].days[&name("meta-eu")].1, 1);
    assert_eq!(days.memory.fields.len(), 1);
}

#[test]
fn a_resume_is_asked_for_once_a_rest() {
    let rule =
        compiled(&RuleSource { limits: Limits { share: Some(10_000), ..Limits::default() }, ..stop() });
    let mut world = snapshot([(group("one"), object())]);
    let mut found = once(std::slice::from_ref(&rule), &world);
    let mut words = Vec::new();
    let one = world.objects.get_mut(&group("one")).unwrap();
    one.state = Some(State::Paused);
    one.windows.insert(week(), known(sums(20, 1000, 2)));
    for hour in [1, 2, 23, 25] {
        found = run(std::slice::from_ref(&rule), &later(&world, hour), &found.memory);
        words.push(found.runs[0].objects[0].outcome.word());
    }
    assert_eq!(words, ["propose", "cooling", "cooling", "propose"], "at once, and again after a day");
}

#[test]
fn a_changed_condition_begins_its_streak_anew() {
    let sustained = |when: &str| compiled(&RuleSource { true_for: 2, ..source("stop", when, pause()) });
    let world = snapshot([(group("one"), object())]);
    let first = once(&[sustained(TRUE)], &world);
    let after = |rule: Rule| {
        let found = run(&[rule], &later(&world, 1), &first.memory);
        found.runs[0].objects[0].outcome.clone()
    };
    assert_eq!(after(sustained(TRUE)), Outcome::Act);
    assert_eq!(after(sustained("recent.cpa > 2 * params.target")), Outcome::Sustaining { have: 1, need: 2 });
}

#[test]
fn what_stays_unknown_is_told_by_rule_and_reason() {
    let unknown = |rule: &RuleSource| -> Vec<String> {
        let rule = compiled(rule);
        let objects = ["one", "three", "two"].map(|called| (group(called), object()));
        let (world, mut memory, mut told) = (snapshot(objects), Memory::default(), Vec::new());
        for hour in 0..8 {
            let run = run(std::slice::from_ref(&rule), &later(&world, hour), &memory);
            memory = run.memory;
            for notice in &run.notices {
                let blind = notice.blind.as_ref().unwrap();
                assert_eq!((&blind.rule, blind.code, blind.objects.len()), (&rule.key, "not-told", 3));
                told.push(format!("{hour}: {}", notice.message));
            }
        }
        told
    };
    assert_eq!(
        unknown(&source("stop", "recent.reach > 5", pause())),
        [
            "5: rule `growth/stop` was unknown of ad-group/one and 2 others in 6 runs: the platform does not tell `reach`"
        ]
    );
    let mut waits = source("stop", TRUE, pause());
    waits.require.age = Some(SignedDuration::from_hours(24 * 365));
    assert_eq!(unknown(&waits), Vec::<String>::new(), "what waits for enough data is as it should be");
}

#[test]
fn memory_does_not_grow_with_what_is_gone() {
    let cut = compiled(&source("cut", TRUE, by(-2000)));
    let hold = compiled(&source("hold", TRUE, pause()));
    let rules = [cut, hold];
    let world = snapshot([(group("cut"), object()), (group("hold"), object())]);
    let first = run(&rules[..1], &world, &Memory::default());
    let paused = run(&rules[1..], &world, &first.memory);
    assert!(paused.memory.mood(&rules[1].key, &group("hold")).unwrap().pause.is_some());
    let empty = snapshot([]);
    let soon = run(&rules, &later(&empty, 1), &paused.memory).memory;
    assert_eq!(soon.mood(&rules[0].key, &group("cut")).unwrap().true_for, 0, "no run in a row");
    assert_eq!(soon.fields.len(), 2, "rests go on");
    let late = run(&rules, &later(&empty, 31 * 24), &soon).memory;
    assert!(late.fields.is_empty());
    assert!(late.rules["growth/cut"].objects.is_empty());
    assert!(late.mood(&rules[1].key, &group("hold")).unwrap().pause.is_some(), "its pause stays its own");
    let other = compiled(&source("other", TRUE, by(-2000)));
    let gone = run(&[other], &later(&empty, 440 * 24), &late).memory;
    assert_eq!(gone.rules.keys().collect::<Vec<_>>(), ["growth/hold", "growth/other"]);
}

#[test]
fn only_the_last_writes_of_a_rule_are_counted() {
    let key = RuleKey { namespace: growth(), name: name("stop") };
    let mut memory = Memory::default();
    let suspended = |memory: &Memory| memory.rule(&key).unwrap().is_suspended();
    memory.report(&key, 1_000, 0);
    memory.report(&key, 10, 10);
    assert!(!suspended(&memory), "half of the last twenty");
    memory.report(&key, 1, 1);
    assert!(suspended(&memory));
    let of_rule = memory.rule(&key).unwrap();
    assert_eq!((of_rule.attempts, of_rule.failures), (20, 11));
    // What it tries again does not lift it; somebody does.
    memory.report(&key, 20, 0);
    assert!(suspended(&memory));
    memory.lift(&key);
    memory.report(&key, 3, 3);
    assert!(!suspended(&memory), "three say nothing");
    // What failed long ago is forgotten.
    memory.lift(&key);
    memory.report(&key, 20, 10);
    memory.report(&key, 10, 0);
    memory.report(&key, 10, 10);
    assert!(!suspended(&memory));
    let text = serde_json::to_string(&memory).unwrap();
    assert_eq!(serde_json::from_str::<Memory>(&text).unwrap(), memory);
}

#[test]
fn counts_of_a_whole_life_are_read_as_they_were_kept() {
    let key = RuleKey { namespace: growth(), name: name("stop") };
    let old = |attempts: u32, failures: u32| -> Memory {
        let rule = serde_json::json!({"ran": {}, "days": {}, "objects": {}, "attempts": attempts,
            "failures": failures});
        serde_json::from_value(serde_json::json!({"rules": {"growth/stop": rule}, "fields": {}})).unwrap()
    };
    let after = |mut memory: Memory, failures: u32| {
        memory.report(&key, failures, failures);
        memory.rule(&key).unwrap().clone()
    };
    assert!(after(old(1_000, 501), 0).is_suspended(), "it stays so until somebody lifts it");
    assert!(after(old(1_000, 3), 4).is_suspended(), "a thousand good writes do not outweigh the last");
    let counted = after(old(4, 2), 1);
    assert_eq!((counted.attempts, counted.failures, counted.is_suspended()), (5, 3, true));
}
