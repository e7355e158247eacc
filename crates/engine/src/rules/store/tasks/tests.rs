use std::collections::BTreeMap;

use adplane_core::rules::{Memory, Run};

use super::super::Keep;
use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

const TEN: &str = "2026-06-10T10:00:00Z";
const ELEVEN: &str = "2026-06-10T11:00:00Z";

fn task(digest: &str, rule: &str, change: &serde_json::Value, when: &str, stage: &str) -> Task {
    let object = "meta/meta-eu/Campaign/growth/sale";
    let field = if change["kind"] == "pause" { "state" } else { "budget.daily" };
    let task = serde_json::json!({
        "digest": format!("sha256:{digest}"),
        "intent": {
            "rule": {"namespace": "growth", "name": rule}, "priority": 0, "object": object, "weight": 0, "evidence": "e",
            "changes": [{"object": object, "field": field, "change": change, "direction": "cut", "daily": 0, "claims": true}],
        },
        "revision": "1", "account": "meta-eu", "at": when, "until": when, "stage": stage, "since": when, "remembered": true,
    });
    serde_json::from_value(task).unwrap()
}

fn pause() -> serde_json::Value {
    serde_json::json!({"kind": "pause"})
}

fn cut() -> serde_json::Value {
    serde_json::json!({"kind": "budget", "from": "50.00 EUR", "to": "40.00 EUR", "cadence": "Daily"})
}

fn decided(store: &mut RunStore, now: &str, keep: Keep, tasks: Vec<Task>) {
    let run = |memory: &Memory| Run {
        runs: Vec::new(),
        decisions: Vec::new(),
        notices: Vec::new(),
        memory: memory.clone(),
    };
    store.decide(at(now), &BTreeMap::new(), keep, |memory, _, _| (run(memory), tasks)).unwrap();
}

fn stages(store: &RunStore) -> Vec<(String, Stage)> {
    let all = store.tasks_since(Timestamp::MIN).unwrap();
    all.iter().map(|task| (task.short().to_owned(), task.stage)).collect()
}

#[test]
fn a_rule_that_decides_anew_supersedes_what_it_decided_before() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = RunStore::open(&folder.path().join("live.db")).unwrap();
    let first = vec![
        task("a1", "less", &cut(), TEN, "decided"),
        task("a2", "stop", &pause(), TEN, "decided"),
        task("a3", "other", &cut(), TEN, "inForce"),
    ];
    decided(&mut store, TEN, Keep::All, first);
    decided(&mut store, ELEVEN, Keep::Nothing, vec![task("b0", "less", &cut(), ELEVEN, "decided")]);
    decided(&mut store, ELEVEN, Keep::All, vec![task("b1", "less", &cut(), ELEVEN, "decided")]);
    let wanted =
        [("a1", Stage::Superseded), ("a2", Stage::Decided), ("a3", Stage::InForce), ("b1", Stage::Decided)];
    assert_eq!(stages(&store), wanted.map(|(digest, stage)| (digest.to_owned(), stage)));
    // A question decides nothing: what is on its way goes on.
    decided(&mut store, ELEVEN, Keep::All, vec![task("b2", "less", &cut(), ELEVEN, "proposed")]);
    assert!(stages(&store).contains(&("b1".to_owned(), Stage::Decided)));
    assert_eq!(store.tasks_named("b").unwrap().len(), 2);
    assert_eq!(store.tasks_named("%").unwrap(), []);
}

/// Somebody agrees to one raise after another before any tick of the day: all are measured from what the day began with.
#[test]
fn what_a_day_began_with_is_kept_before_anything_is_agreed_to() {
    use super::super::Spendable;
    let folder = tempfile::tempdir().unwrap();
    let mut store = RunStore::open(&folder.path().join("live.db")).unwrap();
    let account = adplane_core::address::AccountKey {
        namespace: adplane_core::ids::Namespace::new("growth").unwrap(),
        name: adplane_core::ids::ObjectName::new("meta-eu").unwrap(),
    };
    let mut known = Vec::new();
    for (keep, micros) in [(Keep::Nothing, 7), (Keep::Walls, 1_000), (Keep::Walls, 1_200), (Keep::All, 1_400)]
    {
        let day = jiff::civil::date(2026, 6, 10);
        let spendable = BTreeMap::from([(account.clone(), Spendable { day, micros: Some(micros) })]);
        let run = |memory: &Memory| Run {
            runs: Vec::new(),
            decisions: Vec::new(),
            notices: Vec::new(),
            memory: memory.clone(),
        };
        let asked = store.decide(at(TEN), &spendable, keep, |memory, baselines, _| {
            known.push(baselines[&account]);
            (run(memory), vec![task("a1", "less", &cut(), TEN, "decided")])
        });
        asked.unwrap();
        let stored = store.tasks_since(Timestamp::MIN).unwrap().len();
        assert_eq!(stored, usize::from(keep == Keep::All), "a question decides nothing");
    }
    assert_eq!(known, [Some(7), Some(1_000), Some(1_000), Some(1_000)]);
}

/// Two processes carry the same out; the slower one knows less.
#[test]
fn what_has_come_to_its_end_stays_there() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = RunStore::open(&folder.path().join("live.db")).unwrap();
    let mut pausing = task("a1", "stop", &pause(), TEN, "decided");
    decided(&mut store, TEN, Keep::All, vec![pausing.clone()]);
    let mut slow = pausing.clone();
    pausing.now(Stage::Written, None, at(ELEVEN));
    store.move_on(&[pausing.clone()], at(ELEVEN), |_| ()).unwrap();
    slow.now(Stage::InForce, Some("another apply is running".into()), at(ELEVEN));
    store.move_on(&[slow], at(ELEVEN), |_| ()).unwrap();
    // It still holds what somebody may resume, and only that moves it on.
    assert_eq!(store.tasks().unwrap(), [pausing.clone()]);
    pausing.now(Stage::Lifted, None, at(ELEVEN));
    store.move_on(&[pausing], at(ELEVEN), |_| ()).unwrap();
    assert_eq!(store.tasks().unwrap(), []);
}

#[test]
fn what_came_and_what_is_remembered_of_it_go_in_together() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = RunStore::open(&folder.path().join("live.db")).unwrap();
    let cutting = task("a1", "less", &cut(), TEN, "decided");
    decided(&mut store, TEN, Keep::All, vec![cutting.clone()]);
    let mut written = cutting.clone();
    written.now(Stage::Written, None, at(TEN));
    let died = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        store.move_on(&[written], at(TEN), |_| panic!("killed"))
    }));
    assert!(died.is_err());
    assert_eq!(store.tasks().unwrap(), [cutting]);
}
