//! `adplane metrics sync` that is killed in the middle, between reports and within them: what it had stored stays, and whoever
//! goes on loses and doubles nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Child;
use std::time::{Duration, Instant};

use adplane_core::metrics::Granularity;
use adplane_engine::metrics::store::{MetricStore, PostgresStore, SqliteOptions, SqliteStore};
use adplane_engine::metrics::sync::LEVELS;
use serde_json::{Value, json};

use crate::command::{Project, advance, control, with_a_sandbox};
use crate::server::{Database, runtime};

/// It dies while it waits for the answer to one of these requests of a run.
const REQUESTS: [u64; 8] = [0, 2, 5, 9, 14, 20, 27, 35];
/// Or after so many milliseconds, wherever it is then: while it stores for instance.
const MOMENTS: [u64; 6] = [30, 70, 120, 200, 300, 450];
/// Longer than it takes to reach the request.
const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) fn file() -> Result<(), String> {
    check(None, |project| {
        let path = project.path(".adplane/metrics.db");
        async move || SqliteStore::open(&SqliteOptions::new(&path)).unwrap()
    })
}

pub(crate) fn database(database: &Database) -> Result<(), String> {
    let (url, options) = (database.url(), database.options());
    check(Some(url), move |_| async move || PostgresStore::open(&options).await.unwrap())
}

fn check<S, F>(url: Option<String>, opener: impl FnOnce(&Project) -> F + Send + 'static) -> Result<(), String>
where
    S: MetricStore,
    F: AsyncFn() -> S,
{
    with_a_sandbox(move |sandbox| {
        let mut project = Project::new(sandbox)?;
        if let Some(url) = url {
            project.environment.insert("ADPLANE_METRICS_DATABASE", url);
        }
        let open = opener(&project);
        project.run(&["apply", "--auto-approve"])?.exits(0)?;
        advance(sandbox, "50h")?;
        let mut known = BTreeSet::new();
        let mut cut = 0;
        for request in REQUESTS {
            let slow = json!([{"kind": "slow", "millis": 30_000, "after": request, "times": 1}]);
            control(sandbox, "faults", Some(slow))?;
            let mut child = project.start(&["metrics", "sync", "--back", "3"])?;
            cut += usize::from(waits(sandbox, &mut child)?);
            end(&mut child);
            control(sandbox, "faults", Some(json!([])))?;
            known = keeps(&open, &known)?;
            advance(sandbox, "20m")?;
        }
        assert_eq!(cut, REQUESTS.len(), "some runs were over before");
        for moment in MOMENTS {
            let mut child = project.start(&["metrics", "sync", "--back", "3", "--all"])?;
            std::thread::sleep(Duration::from_millis(moment));
            end(&mut child);
            known = keeps(&open, &known)?;
            advance(sandbox, "20m")?;
        }
        assert!(!known.is_empty(), "nothing was ever stored");

        let whole = Project::new(sandbox)?;
        for project in [&project, &whole] {
            project.run(&["metrics", "sync", "--back", "3", "--all"])?.exits(0)?;
        }
        for level in ["campaigns", "ad-groups", "ads"] {
            for window in ["last_3d_incl", "last_24h"] {
                let told = [&project, &whole].map(|project| rows(project, level, window));
                let [told, wanted] = told;
                let (told, wanted) = (told?, wanted?);
                assert!(wanted.len() > 1, "{level} {window}: {wanted:?}");
                assert_eq!(told, wanted, "{level} {window}");
            }
        }
        Ok(())
    })
}

/// Whether it got so far as to wait for the answer that does not come.
fn waits(sandbox: &str, child: &mut Child) -> Result<bool, String> {
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        let faults = control(sandbox, "faults", None)?;
        if faults.as_array().is_some_and(|faults| faults.iter().all(|fault| fault["times"] == 0)) {
            return Ok(true);
        }
        if child.try_wait().map_err(|error| error.to_string())?.is_some() {
            return Ok(false);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    Err("it neither asks nor ends".to_owned())
}

/// SIGKILL: nothing of it gets to clean up.
fn end(child: &mut Child) {
    let _ = child.kill();
    child.wait().unwrap();
}

/// Every reading that is stored: those that were stay, and none is there twice.
fn keeps<S: MetricStore>(
    open: &impl AsyncFn() -> S,
    before: &BTreeSet<String>,
) -> Result<BTreeSet<String>, String> {
    let readings = runtime()?.block_on(async {
        let store = open().await;
        let mut found = Vec::new();
        for account in store.accounts().await.unwrap() {
            for level in LEVELS {
                for granularity in [Granularity::Day, Granularity::Hour] {
                    let readings = store.readings(&account, level, granularity).await.unwrap();
                    found.extend(
                        readings.iter().map(|read| format!("{account} {level} {granularity:?} {read:?}")),
                    );
                }
            }
        }
        found
    });
    let (count, known) = (readings.len(), BTreeSet::from_iter(readings));
    assert_eq!(count, known.len(), "a reading is there twice");
    let lost: Vec<&String> = before.difference(&known).collect();
    assert!(lost.is_empty(), "lost: {lost:#?}");
    Ok(known)
}

/// What is known now of each object and slot; since when is each store's own.
fn rows(project: &Project, level: &str, window: &str) -> Result<Vec<String>, String> {
    let export = ["metrics", "export", "--format", "jsonl", "--level", level, "--window", window];
    let run = project.run(&export)?.exits(0)?;
    let row = |line: &str| {
        let mut fields: BTreeMap<String, Value> =
            serde_json::from_str(line).map_err(|error| format!("{error}: {line}"))?;
        // When it was read differs, and only one of the two projects knows its own objects by their addresses.
        let since = fields.remove("asOf");
        fields.remove("address");
        since.map(|_| format!("{fields:?}")).ok_or_else(|| format!("no `asOf` in {line}"))
    };
    let mut rows = run.out.lines().map(row).collect::<Result<Vec<_>, String>>()?;
    rows.sort();
    Ok(rows)
}
