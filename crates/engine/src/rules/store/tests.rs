use std::sync::Arc;

use adplane_core::address::{Kind, Platform};
use adplane_core::ids::{Namespace, ObjectName};
use adplane_core::rules::{Intent, Mode, Outcome, RuleKey, Told, Verdict};

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn key() -> AccountKey {
    AccountKey { namespace: Namespace::new("growth").unwrap(), name: ObjectName::new("meta-eu").unwrap() }
}

fn shoes() -> Address {
    Address {
        platform: Platform::Meta,
        account: key().name,
        kind: Kind::Campaign,
        namespace: key().namespace,
        name: ObjectName::new("shoes").unwrap(),
        ad: None,
    }
}

/// A run of one rule at a tick, after whatever is remembered.
fn one(memory: &Memory, rule: &str, tick: Timestamp) -> Run {
    let rule = RuleKey { namespace: key().namespace, name: ObjectName::new(rule).unwrap() };
    let mut memory = memory.clone();
    memory.rules.entry(rule.to_string()).or_default().ran.insert(key().name, tick);
    let object = ObjectRun {
        object: shoes(),
        clauses: Vec::new(),
        told: Told { verdict: Verdict::False, code: None, reason: None },
        intent: None,
        outcome: Outcome::False,
    };
    let run = RuleRun {
        rule,
        revision: "1".to_owned(),
        mode: Mode::Shadow,
        account: key().name,
        snapshot: tick.to_string(),
        at: tick,
        tick,
        held_back: None,
        objects: vec![object],
    };
    Run { runs: vec![run], decisions: Vec::new(), notices: Vec::new(), memory }
}

#[test]
fn what_a_run_remembers_is_there_for_the_next_process() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rules/shadow.db");
    let now = at("2026-06-10T10:00:00Z");
    let mut store = RunStore::open(&path).unwrap();
    assert_eq!(store.memory().unwrap(), Memory::default());
    let run = store.tick(now, &BTreeMap::new(), |memory, _| one(memory, "stop", now)).unwrap();
    drop(store);
    let store = RunStore::open(&path).unwrap();
    assert_eq!(store.memory().unwrap(), run.memory);
    assert_eq!(store.newest(&shoes()).unwrap(), run.runs);
    assert_eq!(store.extent().unwrap(), (1, Some(now)));
}

#[test]
fn a_run_that_dies_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shadow.db");
    let now = at("2026-06-10T10:00:00Z");
    let mut store = RunStore::open(&path).unwrap();
    store.tick(now, &BTreeMap::new(), |memory, _| one(memory, "stop", now)).unwrap();
    let before = store.memory().unwrap();
    let died = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        store.tick(now, &BTreeMap::new(), |_, _| panic!("killed"))
    }));
    assert!(died.is_err());
    drop(store);
    let mut store = RunStore::open(&path).unwrap();
    assert_eq!((store.memory().unwrap(), store.extent().unwrap().0), (before, 1));
    // The same tick again is refused by the file itself, whatever the caller thinks, and takes nothing with it.
    let twice = store.tick(now, &BTreeMap::new(), |memory, _| {
        let mut run = one(memory, "other", now);
        run.runs.extend(one(memory, "stop", now).runs);
        run
    });
    assert!(matches!(twice, Err(RunStoreError::Other { .. })), "{twice:?}");
    assert_eq!(store.extent().unwrap().0, 1);
}

#[test]
fn the_newest_record_of_each_rule_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = RunStore::open(&folder.path().join("shadow.db")).unwrap();
    let (early, late) = (at("2026-06-10T10:00:00Z"), at("2026-06-10T11:00:00Z"));
    store.tick(early, &BTreeMap::new(), |memory, _| one(memory, "stop", early)).unwrap();
    store.tick(early, &BTreeMap::new(), |memory, _| one(memory, "cut", early)).unwrap();
    store.tick(late, &BTreeMap::new(), |memory, _| one(memory, "stop", late)).unwrap();
    let newest = store.newest(&shoes()).unwrap();
    let told: Vec<(String, Timestamp)> =
        newest.iter().map(|run| (run.rule.name.to_string(), run.tick)).collect();
    assert_eq!(told, [("cut".to_owned(), early), ("stop".to_owned(), late)]);
}

#[test]
fn the_first_sum_of_a_day_is_its_wall() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = RunStore::open(&folder.path().join("shadow.db")).unwrap();
    let mut wall = |now: &str, day: &str, micros: Option<i64>| {
        let sum = Spendable { day: day.parse().unwrap(), micros };
        let mut found = None;
        let sums = BTreeMap::from([(key(), sum)]);
        store
            .tick(at(now), &sums, |memory, baselines| {
                found = baselines[&key()];
                Run { runs: Vec::new(), decisions: Vec::new(), notices: Vec::new(), memory: memory.clone() }
            })
            .unwrap();
        found
    };
    assert_eq!(wall("2026-06-10T01:00:00Z", "2026-06-10", None), None, "not known, so not kept");
    assert_eq!(wall("2026-06-10T02:00:00Z", "2026-06-10", Some(100)), Some(100));
    assert_eq!(wall("2026-06-10T09:00:00Z", "2026-06-10", Some(120)), Some(100), "a raise moves no wall");
    assert_eq!(wall("2026-06-11T02:00:00Z", "2026-06-11", Some(120)), Some(120));
}

#[test]
fn what_says_nothing_is_kept_once_however_often_it_says_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = RunStore::open(&folder.path().join("shadow.db")).unwrap();
    let first = at("2026-06-10T00:00:00Z");
    let mut tick = first;
    for _ in 0..48 {
        store.tick(tick, &BTreeMap::new(), |memory, _| one(memory, "stop", tick)).unwrap();
        tick += SignedDuration::from_mins(30);
    }
    let rows: i64 = store
        .connection
        .query_row("SELECT (SELECT count(*) FROM objects) + (SELECT count(*) FROM quiet)", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(rows, 1);
    assert_eq!(store.newest(&shoes()).unwrap()[0].tick, tick - SignedDuration::from_mins(30));
    // What is wanted stays beside it, and the newest of both is told.
    let run = wanting(one(&store.memory().unwrap(), "stop", tick));
    store.tick(tick, &BTreeMap::new(), |_, _| run).unwrap();
    assert_eq!(store.newest(&shoes()).unwrap()[0].tick, tick);
    assert!(store.newest(&shoes()).unwrap()[0].objects[0].intent.is_some());
    let later = tick + SignedDuration::from_hours(24 * 30);
    store.tick(later, &BTreeMap::new(), |memory, _| one(memory, "cut", later)).unwrap();
    let told: Vec<String> =
        store.newest(&shoes()).unwrap().iter().map(|run| run.rule.name.to_string()).collect();
    assert_eq!(told, ["cut", "stop"], "what was wanted is kept");
}

/// The same run with something wanted.
fn wanting(mut run: Run) -> Run {
    let wanted = &mut run.runs[0];
    wanted.objects[0].intent = Some(Arc::new(Intent {
        rule: wanted.rule.clone(),
        priority: 0,
        object: shoes(),
        changes: Vec::new(),
        weight: 0,
        evidence: String::new(),
        ask: None,
        notes: Vec::new(),
    }));
    run
}

#[test]
fn old_records_go_and_quiet_ones_first() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = RunStore::open(&folder.path().join("shadow.db")).unwrap();
    let first = at("2026-01-01T10:00:00Z");
    store.tick(first, &BTreeMap::new(), |memory, _| one(memory, "stop", first)).unwrap();
    let later = at("2026-01-20T10:00:00Z");
    store.tick(later, &BTreeMap::new(), |memory, _| one(memory, "cut", later)).unwrap();
    assert_eq!(store.newest(&shoes()).unwrap().len(), 1, "what said nothing is forgotten after a week");
    assert_eq!(store.extent().unwrap().0, 1, "and with it that it ran");
    let much_later = at("2027-06-20T10:00:00Z");
    store.tick(much_later, &BTreeMap::new(), |memory, _| one(memory, "cut", much_later)).unwrap();
    assert_eq!(store.extent().unwrap(), (1, Some(much_later)));
}

/// Whatever is wrong with the file, nothing is run, and the message says what to do.
#[test]
fn a_file_that_is_damaged_locked_or_full_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("live.db");
    let now = at("2026-06-10T10:00:00Z");
    let shown = path.display().to_string();
    let mut store = RunStore::open(&path).unwrap();
    let tick = |store: &mut RunStore| {
        let run = store.tick(now, &BTreeMap::new(), |memory, _| {
            let mut run = one(memory, "stop", now);
            run.runs[0].snapshot = "x".repeat(100_000);
            run
        });
        run.map(|_| ()).map_err(|error| error.to_string().replace(&shown, "FILE"))
    };

    store.connection.busy_timeout(Duration::ZERO).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let busy = "`FILE` is in use by another process: nothing was run; run again when that is done";
    assert_eq!(tick(&mut store), Err(busy.to_owned()));
    other.execute_batch("COMMIT").unwrap();

    store.connection.pragma_update(None, "max_page_count", 1).unwrap();
    let full = "no room is left for `FILE`: nothing was run; make room and run again";
    assert_eq!(tick(&mut store), Err(full.to_owned()));
    store.connection.pragma_update(None, "max_page_count", 1_000_000).unwrap();
    assert_eq!(store.memory().unwrap(), Memory::default(), "nothing of it is kept");
    tick(&mut store).unwrap();

    drop((store, other));
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[4096..].fill(0x5a);
    std::fs::write(&path, &bytes).unwrap();
    let damaged = RunStore::open(&path).and_then(|mut store| {
        store.tick(now, &BTreeMap::new(), |memory, _| one(memory, "stop", now)).map(|_| ())
    });
    let damaged = damaged.unwrap_err().to_string().replace(&shown, "FILE");
    assert!(damaged.starts_with("`FILE` is damaged ("), "{damaged}");
    assert!(damaged.contains("nothing was run; bring it back from a backup, or move it away"), "{damaged}");
}

#[test]
fn another_file_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shadow.db");
    std::fs::write(&path, "notes of somebody else, long enough to be looked at as a database file header")
        .unwrap();
    let before = std::fs::read(&path).unwrap();
    assert!(matches!(RunStore::open(&path), Err(RunStoreError::Foreign(_))));
    assert_eq!(std::fs::read(&path).unwrap(), before);
}
