//! A process that is killed while it stores: nothing that it said was stored is lost, and nothing is doubled.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

use adplane_core::address::Kind;
use adplane_core::metrics::{Granularity, Reading};
use adplane_engine::metrics::store::{
    MetricStore, PostgresOptions, PostgresStore, SqliteOptions, SqliteStore, Versions,
};
use jiff::ToSpan;

use crate::build::{With, account, at, day, reading, shown, spent, window};
use crate::server::Database;
use crate::server::runtime;

/// The first word of a process that stores until it is killed.
pub(crate) const CHILD: &str = "store-until-killed";
const DAY: &str = "2026-06-09";
const OBJECTS: i64 = 300;
const TIMES: u64 = 12;

fn told(number: i64) -> Reading {
    let as_of = at("2026-06-10T06:00:00Z") + number.seconds();
    let mut told = reading(DAY, DAY, &as_of.to_string());
    for object in 0..OBJECTS {
        told = told.with(&object.to_string(), DAY, spent(number));
    }
    told
}

/// What the child does: `sqlite FILE FIRST` or `postgres URL FIRST`.
#[expect(clippy::print_stdout, reason = "the test reads on the other end of the pipe how far it came")]
pub(crate) fn child(mut words: impl Iterator<Item = String>) -> ExitCode {
    let (kind, place) = (words.next().unwrap(), words.next().unwrap());
    let first: i64 = words.next().unwrap().parse().unwrap();
    runtime().unwrap().block_on(async {
        let store: Box<dyn MetricStore> = match kind.as_str() {
            "sqlite" => Box::new(SqliteStore::open(&SqliteOptions::new(place)).unwrap()),
            _ => Box::new(
                PostgresStore::open(&PostgresOptions { url: place.into(), roots: None }).await.unwrap(),
            ),
        };
        for number in first.. {
            store.put(&account(), &told(number)).await.unwrap();
            println!("{number}");
        }
    });
    ExitCode::SUCCESS
}

/// Starts a child, waits until it stored something, kills it a little later, and reads what it said last.
fn kill_one(kind: &str, place: &str, first: i64, after: Duration) -> i64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([CHILD, kind, place, &first.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut said: i64 = lines.next().unwrap().unwrap().parse().unwrap();
    std::thread::sleep(after);
    end(&mut child);
    // A last line may be cut short.
    for line in lines.map_while(Result::ok) {
        said = line.parse().unwrap_or(said).max(said);
    }
    said
}

fn end(child: &mut Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

/// How many readings are there, each of them whole, once and in order.
async fn stored(store: &dyn MetricStore) -> i64 {
    let totals = window(store, "yesterday", "2026-06-10T08:00:00Z").await;
    let units = totals.objects.values().next().unwrap().spend.unwrap() / 1_000_000;
    assert!(totals.objects.values().all(|sums| *sums == spent(units)), "in part: {}", shown(&totals));
    let versions = store.rows(&account(), Kind::Ad, Granularity::Day, day(DAY), Versions::All).await.unwrap();
    let readings = store.readings(&account(), Kind::Ad, Granularity::Day).await.unwrap();
    assert_eq!(i64::try_from(readings.len()).unwrap(), units, "each reading once");
    assert_eq!(i64::try_from(versions.len()).unwrap(), units * OBJECTS, "each version once");
    units
}

/// Killed again and again at other moments, over one store.
fn again_and_again<S: MetricStore>(kind: &str, place: &str, open: impl AsyncFn() -> S) -> Result<(), String> {
    let runtime = runtime()?;
    let mut first = 1;
    for time in 0..TIMES {
        let said = kill_one(kind, place, first, Duration::from_millis(time * 7));
        let found = runtime.block_on(async { stored(&open().await).await });
        assert!(found >= said, "it said that {said} were stored, and {found} are");
        first = found + 1;
    }
    Ok(())
}

pub(crate) fn file() -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let path = folder.path().join("metrics.db");
    let place = path.to_str().unwrap().to_owned();
    again_and_again("sqlite", &place, async || SqliteStore::open(&SqliteOptions::new(&path)).unwrap())
}

pub(crate) fn database(database: &Database) -> Result<(), String> {
    again_and_again("postgres", &database.url(), async || {
        PostgresStore::open(&database.options()).await.unwrap()
    })
}
