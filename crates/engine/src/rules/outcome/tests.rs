use adplane_core::desired::Desired;
use adplane_core::observed::Observed;
use adplane_core::plan::document::DocumentContext;
use adplane_core::plan::{PlanInput, PlanOptions, plan};
use adplane_core::rules::{Blind, Notice};
use serde_json::{Value, json};

use super::*;
use crate::error::{PlatformError, Retry};
use crate::execute::Failure;

fn address(name: &str) -> Address {
    format!("meta/meta-eu/Campaign/growth/{name}").parse().unwrap()
}

/// A plan of these operations, and nothing else.
fn document(steps: &[(&str, Value)]) -> PlanDocument {
    let (desired, observed, options) = (Desired::default(), Observed::default(), PlanOptions::default());
    let schemas = adplane_core::schema::Schemas::default();
    let empty = plan(&PlanInput {
        desired: &desired,
        observed: &observed,
        schemas: &schemas,
        options: &options,
        bindings: &BTreeMap::new(),
        now: Timestamp::UNIX_EPOCH,
    });
    let context = DocumentContext { desired: &desired, observed: &observed, engine: "test", approvals: None };
    let mut document = PlanDocument::new(&empty, &context);
    for (place, (name, operation)) in steps.iter().enumerate() {
        let change = json!({
            "address": address(name), "displayName": name, "action": "update", "fields": [], "reasons": [],
            "preconditions": [],
        });
        document.changes.push(serde_json::from_value(change).unwrap());
        let step = json!({"wave": "edit", "change": place, "operation": operation});
        document.steps.push(serde_json::from_value(step).unwrap());
    }
    document
}

fn update(paths: &[&str]) -> Value {
    json!({"update": {"paths": paths}})
}

/// A task that moves these fields.
fn task(fields: &[(&str, &str)]) -> Task {
    let changes = fields.iter().map(|(name, field)| {
        let pause = json!({"kind": "pause"});
        let budget = json!({"kind": "budget", "from": "50.00 EUR", "to": "40.00 EUR", "cadence": "Daily"});
        json!({
            "object": address(name), "field": field, "direction": "cut", "daily": 0, "claims": true,
            "change": if *field == "state" { pause } else { budget },
        })
    });
    let at = "2026-06-10T10:00:00Z";
    let task = json!({
        "digest": "sha256:a", "revision": "1", "account": "meta-eu", "at": at, "until": at, "since": at,
        "stage": "inForce", "remembered": true,
        "intent": {
            "rule": {"namespace": "growth", "name": "cut"}, "priority": 0, "object": address(fields[0].0),
            "weight": 0, "evidence": "e", "changes": changes.collect::<Vec<_>>(),
        },
    });
    serde_json::from_value(task).unwrap()
}

fn results(each: &[(&str, ChangeResult)]) -> BTreeMap<Address, ChangeResult> {
    each.iter().map(|(name, result)| (address(name), result.clone())).collect()
}

fn skipped() -> ChangeResult {
    ChangeResult::Skipped { because: "it is frozen".to_owned() }
}

fn failed() -> ChangeResult {
    ChangeResult::Failed(Failure::ReadBack { differences: Vec::new() })
}

const DAILY: &str = "budget.daily";

/// What became of a task; what no plan wrote is live where its object is named.
fn came(task: &Task, plans: &[(PlanDocument, BTreeMap<Address, ChangeResult>)], live: &[&str]) -> Came {
    let executed: Vec<Executed<'_>> =
        plans.iter().map(|(document, results)| Executed { document, results }).collect();
    Came::of(task, &executed, |object, _| {
        (!live.contains(&object.name.as_str())).then(|| format!("{} waits", object.short()))
    })
}

#[test]
fn an_object_that_was_written_for_another_reason_says_nothing() {
    let raise = task(&[("a", DAILY)]);
    for operation in [json!("pause"), update(&["state"]), update(&[]), json!("release")] {
        let plan = (document(&[("a", operation.clone())]), results(&[("a", ChangeResult::Applied)]));
        let waits = Came::Waits("campaign/a waits".to_owned());
        assert_eq!(came(&raise, std::slice::from_ref(&plan), &[]), waits, "{operation}");
        assert_eq!(came(&raise, &[plan], &["a"]), Came::Live, "{operation}");
    }
    let failing = (document(&[("a", json!("pause"))]), results(&[("a", failed())]));
    assert_eq!(came(&raise, &[failing], &["a"]), Came::Live, "the failure is of another's write");
}

#[test]
fn every_field_is_written_or_live() {
    let shared = task(&[("a", DAILY), ("b", DAILY)]);
    let of = |name: &str, result: ChangeResult| {
        (document(&[(name, update(&[DAILY]))]), results(&[(name, result)]))
    };
    let half = of("a", ChangeResult::Applied);
    assert_eq!(came(&shared, std::slice::from_ref(&half), &[]), Came::Waits("campaign/b waits".to_owned()));
    assert_eq!(came(&shared, std::slice::from_ref(&half), &["b"]), Came::Written);
    let both = [half.clone(), of("b", ChangeResult::Applied)];
    assert_eq!(came(&shared, &both, &[]), Came::Written, "by two plans");
    assert_eq!(came(&shared, &[], &["a", "b"]), Came::Live);
    let frozen = [half.clone(), of("b", skipped())];
    assert_eq!(came(&shared, &frozen, &["a", "b"]), Came::Waits("campaign/b: it is frozen".to_owned()));
    let broken = came(&shared, &[half, of("b", failed())], &[]);
    assert!(matches!(&broken, Came::Failed(why) if why.starts_with("campaign/b: stored")), "{broken:?}");
    // What failed goes before what waits.
    assert!(matches!(came(&shared, &[of("b", failed())], &[]), Came::Failed(_)));
}

#[test]
fn each_way_of_writing_a_field_counts() {
    let pause = task(&[("a", "state")]);
    for operation in [json!("pause"), json!("enable"), update(&["state"]), json!("create")] {
        let plan = (document(&[("a", operation.clone())]), results(&[("a", ChangeResult::Applied)]));
        assert_eq!(came(&pause, &[plan], &[]), Came::Written, "{operation}");
    }
    let gone = (document(&[("a", json!("delete"))]), results(&[("a", ChangeResult::Applied)]));
    assert!(matches!(came(&pause, &[gone], &[]), Came::Waits(_)));
}

fn down(kind: ErrorKind) -> ChangeResult {
    let platform = adplane_core::address::Platform::Meta;
    ChangeResult::Failed(Failure::Platform(PlatformError::new(kind, Retry::Never, platform, "update", "no")))
}

/// What rules remember after tasks came to something, one after the other.
fn learned(task: &Task, each: &[Came]) -> Memory {
    let mut memory = Memory::default();
    for came in each {
        came.learn(&mut memory, task, "2026-06-10".parse().unwrap(), task.at);
    }
    memory
}

#[test]
fn trouble_of_the_platform_is_charged_to_the_account_and_not_to_the_rule() {
    let pause = task(&[("a", "state")]);
    let plan = |kind: ErrorKind| (document(&[("a", json!("pause"))]), results(&[("a", down(kind))]));
    let rule = |memory: &Memory| memory.rule(&pause.intent.rule).cloned().unwrap_or_default();
    let broken = |memory: &Memory| memory.breakers.values().map(|breaker| breaker.failures).sum::<u32>();
    for kind in [ErrorKind::Unavailable, ErrorKind::Timeout, ErrorKind::Network, ErrorKind::RateLimited] {
        let came = came(&pause, &[plan(kind)], &[]);
        assert!(matches!(&came, Came::Down(why) if why.starts_with("campaign/a: ")), "{kind:?}: {came:?}");
        let memory = learned(&pause, &vec![came.clone(); 7]);
        assert!(!rule(&memory).is_suspended(), "{kind:?}");
        assert_eq!((rule(&memory).attempts, broken(&memory)), (0, 7), "{kind:?}");
        let mut after = pause.clone();
        came.moves(&mut after, pause.at);
        assert_eq!(after.stage, Stage::InForce, "it is tried again");
    }
    let refused = came(&pause, &[plan(ErrorKind::Invalid)], &[]);
    assert!(matches!(refused, Came::Failed(_)), "{refused:?}");
    let memory = learned(&pause, &vec![refused.clone(); 7]);
    assert!(rule(&memory).is_suspended());
    // Once it is suspended, what it tries again is charged to nobody.
    assert_eq!((rule(&memory).attempts, broken(&memory)), (4, 4));
    // A refusal beside an outage is a refusal.
    let two = task(&[("a", DAILY), ("b", DAILY)]);
    let both = (
        document(&[("a", update(&[DAILY])), ("b", update(&[DAILY]))]),
        results(&[("a", down(ErrorKind::Unavailable)), ("b", down(ErrorKind::Policy))]),
    );
    assert!(matches!(came(&two, &[both], &[]), Came::Failed(why) if why.starts_with("campaign/b: ")));
}

#[test]
fn a_rule_that_cannot_judge_is_told_by_rule_and_reason() {
    let told = |code: &'static str, names: &[&str]| {
        let rule = task(&[("a", "state")]).intent.rule;
        let objects = names.iter().map(|name| address(name)).collect();
        let found = Blind { rule, code, reason: "it is old".to_owned(), objects };
        let notice = Notice { code: "rule-unknown", message: String::new(), blind: Some(found) };
        let other = Notice { code: "rule-suspended", message: String::new(), blind: None };
        let run =
            Run { runs: vec![], decisions: vec![], notices: vec![notice, other], memory: Memory::default() };
        let told = blind(&run).into_iter().next()?;
        Some(told.0.event(None, Timestamp::UNIX_EPOCH, BTreeSet::new()))
    };
    assert_eq!(told("tracking-outage", &["a"]), None, "that is told by itself");
    let told = |code, names: &[&str]| told(code, names).unwrap();
    let stale = told("stale", &["a", "b", "c"]);
    assert_eq!(stale.title, "Rule growth/cut cannot judge campaign/a and 2 others: unknown in 6 runs");
    assert_eq!(
        (stale.kind.to_string(), stale.severity.to_string()),
        ("RuleUnknown".into(), "Warning".into())
    );
    assert_eq!(stale.account.as_ref().unwrap().name.as_str(), "meta-eu");
    assert_eq!(stale.key, told("stale", &["d"]).key, "the same news");
    assert_ne!(stale.key, told("not-covered", &["a", "b", "c"]).key);
}
