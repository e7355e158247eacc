use adplane_core::rules::{Change, Direction, Mode, Planned};
use adplane_core::rules::{Told as Verdict, Verdict as Word};

use super::*;

fn now() -> Timestamp {
    "2026-11-20T10:00:00Z".parse().unwrap()
}

fn object(name: &str, wants: bool, outcome: Outcome, reason: Option<&str>) -> ObjectRun {
    let address: adplane_core::address::Address =
        format!("meta/meta-eu/Campaign/growth/{name}").parse().unwrap();
    let rule = RuleKey { namespace: "growth".parse().unwrap(), name: "stop".parse().unwrap() };
    let intent = wants.then(|| Intent {
        rule,
        priority: 0,
        object: address.clone(),
        changes: vec![Planned {
            object: address.clone(),
            field: "state".into(),
            change: Change::Pause { until: None },
            direction: Direction::Pause,
            daily: -20_000_000,
            claims: true,
        }],
        weight: 0,
        evidence: String::new(),
        ask: None,
        notes: Vec::new(),
    });
    let verdict = if reason.is_some() { Word::Unknown } else { Word::True };
    let told = Verdict { verdict, code: None, reason: reason.map(ToOwned::to_owned) };
    ObjectRun { object: address, clauses: Vec::new(), told, intent: intent.map(std::sync::Arc::new), outcome }
}

fn run(objects: Vec<ObjectRun>) -> RuleRun {
    RuleRun {
        rule: RuleKey { namespace: "growth".parse().unwrap(), name: "stop".parse().unwrap() },
        revision: "1".to_owned(),
        mode: Mode::Act,
        account: "meta-eu".parse().unwrap(),
        snapshot: String::new(),
        at: now(),
        tick: now(),
        held_back: None,
        objects,
    }
}

#[test]
fn a_run_is_counted_and_says_what_was_wanted() {
    let shadow = |would| Outcome::Shadow { would: Box::new(would) };
    let mut told = RuleTold::default();
    told.ran(
        &run(vec![
            object("a", true, Outcome::Act, None),
            object("b", true, shadow(Outcome::Act), None),
            object("c", true, shadow(Outcome::Propose { why: "it raises spend".to_owned() }), None),
            object("d", false, Outcome::False, None),
            object("e", false, Outcome::Unknown, Some("no report covers yesterday")),
            object("f", false, shadow(Outcome::Unknown), Some("no report covers today")),
            object("g", false, Outcome::Unknown, Some("no report covers today")),
        ]),
        now(),
    );
    assert_eq!((told.objects, told.fired, told.unknown), (7, 3, 3));
    assert_eq!(told.because.as_deref(), Some("no report covers today"));
    assert_eq!(
        told.wanted,
        [
            "campaign/a: pause it: it does that",
            "campaign/b: pause it: it would do that",
            "campaign/c: pause it: it would not simply do that: it proposes, since it raises spend",
        ]
    );
    // Another account of the same rule.
    let mut both = told.clone();
    both.add(&told);
    assert_eq!((both.objects, both.fired, both.wanted.len()), (14, 6, 6));
    assert_eq!(both.ran, Some(now()));
}

#[test]
fn what_is_told_is_kept_and_survives_what_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let state = StateDir::of_project(folder.path());
    assert_eq!(read(&state), Told::default());
    let mut told = Told::default();
    told.rules.insert("stop".to_owned(), RuleTold { objects: 3, ..RuleTold::default() });
    keep(&state, &told).unwrap();
    assert_eq!(read(&state), told);
    std::fs::write(file(&state), "{").unwrap();
    assert_eq!(read(&state), Told::default());
}
