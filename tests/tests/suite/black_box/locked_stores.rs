//! A store that another process holds: what needs it says so and does nothing, and goes on once it is free.

use rusqlite::Connection;
use serde_json::Value;

use super::acting::{self, LESS, live as meta, moved};
use super::bench::{Bench, Run};
use super::pacing;
use super::pools;
use super::proposals::asked;

/// The numbers of a project.
pub(super) const NUMBERS: &str = ".adplane/metrics.db";
/// What its rules remember.
pub(super) const MEMORY: &str = ".adplane/rules/live.db";

/// Holds a store as a writer does that lets nobody else in, until it is dropped.
fn hold(bench: &Bench, file: &str) -> Connection {
    let store = Connection::open(bench.path(file)).unwrap();
    store.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; PRAGMA user_version;").unwrap();
    store
}

/// Runs several commands side by side, since each of them waits for the store as long as a command does.
async fn all(bench: &Bench, folder: &str, commands: &[&[&str]]) -> Vec<Run> {
    futures::future::join_all(commands.iter().map(|arguments| bench.run_in(folder, arguments))).await
}

#[track_caller]
fn waits(run: &Run, file: &str) {
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    let told = format!("{file}` is in use by another process: nothing was ");
    assert!(run.err.contains(&told) && run.err.contains("run again when that is done"), "{}", run.err);
}

pub(super) async fn numbers(bench: &Bench, folder: &str) -> Value {
    let run = bench.run_in(folder, &["metrics", "query", "--window", "yesterday", "--format", "json"]).await;
    serde_json::from_str(&run.exits(0).out).unwrap()
}

/// Budgets of the campaign that the rule raises.
pub(super) const RAISED: [&str; 1] = ["ES · Engagement · Ask us: ACTIVE 3300"];

#[tokio::test(flavor = "multi_thread")]
async fn rules_over_numbers_that_are_locked_do_nothing_and_lose_nothing() {
    let bench = acting::shop(&LESS.replace("-20%", "+10%")).await;
    acting::run(&bench, 0).await;
    let (digits, known) = (asked(&bench, "social-engagement").await, numbers(&bench, "").await);
    let (before, writes) = (meta(&bench).await, bench.writes().await);

    let held = hold(&bench, NUMBERS);
    let commands: [&[&str]; 4] =
        [&["metrics", "sync"], &["metrics", "query"], &["rules", "run"], &["rules", "approve", &digits]];
    for run in all(&bench, "", &commands).await {
        waits(&run, "metrics.db");
    }
    assert_eq!((moved(&before, &meta(&bench).await), bench.writes().await), (vec![], writes));
    drop(held);

    assert_eq!(numbers(&bench, "").await, known, "nothing was lost");
    bench.run(&["metrics", "sync"]).await.exits(0);
    bench.run(&["rules", "approve", &digits]).await.exits(0);
    assert_eq!(moved(&before, &meta(&bench).await), RAISED);
    assert_eq!(bench.writes().await, writes + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_whose_memory_is_locked_do_nothing_and_lose_nothing() {
    let bench = acting::shop(&LESS.replace("-20%", "+10%")).await;
    acting::run(&bench, 0).await;
    let digits = asked(&bench, "social-engagement").await;
    let (before, writes) = (meta(&bench).await, bench.writes().await);
    bench.advance("1h").await;

    let held = hold(&bench, MEMORY);
    let commands: [&[&str]; 3] = [&["rules", "run"], &["rules", "approve", &digits], &["rules", "proposals"]];
    for run in all(&bench, "", &commands).await {
        waits(&run, "live.db");
    }
    assert_eq!((moved(&before, &meta(&bench).await), bench.writes().await), (vec![], writes));
    drop(held);

    assert_eq!(asked(&bench, "social-engagement").await, digits, "nothing was lost");
    bench.run(&["rules", "approve", &digits]).await.exits(0);
    assert_eq!(moved(&before, &meta(&bench).await), RAISED);
}

/// A pass does what git wants, and leaves pools for the next one.
#[tokio::test(flavor = "multi_thread")]
async fn a_pass_over_a_locked_store_paces_no_pool_and_the_next_does() {
    let (bench, _) = pacing::shop(std::time::Duration::ZERO).await;
    let before = pacing::live(&bench).await;
    bench.run_in("p", &["metrics", "sync"]).await.exits(0);
    let held = hold(&bench, &format!("p/{NUMBERS}"));
    let commands: [&[&str]; 2] = [&["run", "--once"], &["budgets", "--put"]];
    for run in all(&bench, "p", &commands).await {
        assert_ne!(run.code, 0, "{}{}", run.out, run.err);
        assert!(run.err.contains("metrics.db` is in use by another process"), "{}", run.err);
    }
    assert_eq!((pacing::live(&bench).await, pacing::in_force(&bench)), (before, 0));
    drop(held);
    bench.run_in("p", &["run", "--once"]).await.exits(0);
    assert_eq!(pacing::in_force(&bench), 2);
}

/// Cuts need no memory; raises wait until somebody has seen to it.
#[tokio::test(flavor = "multi_thread")]
async fn a_pool_raises_nothing_while_what_rules_remember_is_unreadable() {
    let (bench, _) = pacing::shop(std::time::Duration::ZERO).await;
    let before = pacing::live(&bench).await;
    bench.write(&format!("p/{MEMORY}"), vec![0x5a; 20_000]);
    let run = bench.run_in("p", &["run", "--once"]).await;
    assert!(
        run.err.contains("live.db` holds something else than Adplane's runs of rules: move it away"),
        "{}",
        run.err
    );
    assert_ne!(run.code, 0, "{}", run.err);
    let live = pacing::live(&bench).await;
    assert!(live.iter().zip(before).all(|(now, before)| *now <= before), "{before:?} {live:?}");
    std::fs::remove_file(bench.path(&format!("p/{MEMORY}"))).unwrap();
    bench.run_in("p", &["run", "--once"]).await.exits(0);
    assert!(pacing::live(&bench).await.iter().zip(before).any(|(now, before)| *now > before));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_over_a_locked_store_gives_no_more() {
    let bench = pools::shop("2026-11-30T23:10:00Z").await;
    pools::pace(&bench).await;
    let given = pools::live(&bench).await;
    bench.advance("24h").await;
    let held = hold(&bench, &format!("pools/{NUMBERS}"));
    let commands: [&[&str]; 2] = [&["metrics", "sync"], &["budgets", "--put"]];
    for run in all(&bench, "pools", &commands).await {
        waits(&run, "metrics.db");
    }
    pools::run(&bench, &["apply", "--auto-approve"]).await.exits(0);
    assert_eq!(pools::live(&bench).await, given);
    drop(held);
    let pool = pools::pace(&bench).await;
    assert_ne!(pool["state"], "unknown", "{pool}");
}
