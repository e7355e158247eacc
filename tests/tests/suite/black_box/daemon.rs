//! `adplane run`: following a checkout.

use std::process::Stdio;
use std::time::Duration;

use adplane_core::overlay::Overlay;
use adplane_engine::state::StateDir;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStderr};

use super::bench::{Bench, Run};
use super::git::{campaign, edit, start};
use super::overlays::RULE;
use super::repository::Repository;

async fn once(bench: &Bench) -> Run {
    bench.run_in("p", &["run", "--once"]).await
}

async fn budgets(bench: &Bench) -> Vec<(String, String, String)> {
    let state = bench.state().await;
    let campaigns = state["meta"]["act_1000000001"]["campaigns"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut found: Vec<_> = campaigns
        .iter()
        .map(|live| (text(&live["name"]), text(&live["daily_budget"]), text(&live["status"])))
        .collect();
    found.sort();
    found
}

fn budget(name: &str, cents: &str, status: &str) -> (String, String, String) {
    (name.to_owned(), cents.to_owned(), status.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_committed_is_applied_once() {
    let bench = Bench::start().await;
    let repository = start(&bench);
    once(&bench).await.exits(0);
    assert_eq!(budgets(&bench).await, [budget("a", "2000", "ACTIVE"), budget("b", "2000", "ACTIVE")]);
    let writes = bench.writes().await;
    once(&bench).await.exits(0);
    assert_eq!(bench.writes().await, writes, "the second run writes nothing");

    // The working copy does not count, the commit does.
    bench.write("p/a.yaml", campaign("a", "30.00 EUR"));
    once(&bench).await.exits(0);
    assert_eq!(bench.writes().await, writes);
    let commit = repository.commit("raise a");
    let applied = once(&bench).await.exits(0);
    assert!(
        applied.err.contains("plan=sha256:") && applied.err.contains("default/meta-eu"),
        "{}",
        applied.err
    );
    assert_eq!(budgets(&bench).await[0], budget("a", "3000", "ACTIVE"));
    let log = bench.run_in("p", &["log", "--format", "json", "-N", "1"]).await.exits(0);
    let log: Value = serde_json::from_str(&log.out).unwrap();
    assert_eq!(log[0]["commit"], json!(commit));
    assert!(log[0]["plans"][0]["hash"].as_str().unwrap().starts_with("sha256:"), "{log}");
    assert!(log[0]["plans"][0]["appliedAt"].is_string(), "{log}");

    // What is taken out of git is retired.
    std::fs::remove_file(bench.path("p/b.yaml")).unwrap();
    repository.commit("drop b");
    once(&bench).await.exits(0);
    assert_eq!(budgets(&bench).await[1], budget("b", "2000", "PAUSED"));
}

#[tokio::test(flavor = "multi_thread")]
async fn drift_is_alerted_or_reverted_as_the_project_says() {
    let bench = Bench::start().await;
    let repository = start(&bench);
    once(&bench).await.exits(0);
    edit(&bench, "a", json!({"daily_budget": "9900"})).await;
    let writes = bench.writes().await;
    let alerted = once(&bench).await.exits(0);
    assert!(
        alerted.err.contains("ana@shop.example") && alerted.err.contains("stays as it is there"),
        "{}",
        alerted.err
    );
    // Another field of the same object may change meanwhile.
    bench.write("p/a.yaml", campaign("a", "20.00 EUR").replace("state: Active", "state: Paused"));
    repository.commit("pause a");
    once(&bench).await.exits(0);
    assert_eq!(budgets(&bench).await[0], budget("a", "9900", "PAUSED"));
    assert!(bench.writes().await > writes);

    bench.write("p/adplane.yaml", "project: retail\ndrift: {rules: [{field: budget, policy: Revert}]}\n");
    repository.commit("take budgets back");
    once(&bench).await.exits(0);
    assert_eq!(budgets(&bench).await[0], budget("a", "2000", "PAUSED"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_approved_waits_and_says_so() {
    let bench = Bench::start().await;
    let repository = start(&bench);
    once(&bench).await.exits(0);
    bench.write("p/adplane.yaml", "project: retail\napprovals: {classes: {raise: {approvals: 1}}}\n");
    bench.write("p/a.yaml", campaign("a", "30.00 EUR"));
    repository.commit("raise a");
    let writes = bench.writes().await;
    let waits = once(&bench).await.exits(6);
    assert!(
        waits.err.contains("waits for approval") && waits.err.contains("adplane approve"),
        "{}",
        waits.err
    );
    assert_eq!(bench.writes().await, writes);
    let plans = std::fs::read_dir(bench.path("p/.adplane/plans")).unwrap().count();
    assert_eq!(plans, 1, "the plan lies there to be approved");
    once(&bench).await.exits(6);
    assert_eq!(
        std::fs::read_dir(bench.path("p/.adplane/plans")).unwrap().count(),
        plans,
        "the same plan, the same file"
    );
}

/// A daemon over the project, and its log.
struct Daemon {
    child: Child,
    lines: Lines<BufReader<ChildStderr>>,
}

impl Daemon {
    fn start(bench: &Bench) -> Self {
        let mut command = bench.command(&["run", "p", "--interval", "1s", "--log-format", "json"]);
        let mut child = command.stdout(Stdio::null()).kill_on_drop(true).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        Self { child, lines }
    }

    async fn says(&mut self, text: &str) {
        let mut seen = Vec::new();
        let found = tokio::time::timeout(Duration::from_mins(1), async {
            while let Some(line) = self.lines.next_line().await.unwrap() {
                let _: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("not JSON: {line}"));
                seen.push(line);
                if seen.last().unwrap().contains(text) {
                    return true;
                }
            }
            false
        })
        .await;
        assert_eq!(found, Ok(true), "{text}: {seen:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_commit_says_what_a_rule_put_in_force() {
    let bench = Bench::start().await;
    let repository = start(&bench);
    let lent = "{managed: {daily: {initial: 20.00 EUR, min: 10.00 EUR, max: 40.00 EUR}}}";
    bench.write("p/a.yaml", campaign("a", "20.00 EUR").replace("{daily: 20.00 EUR}", lent));
    bench.write("p/rule.yaml", RULE);
    repository.commit("lend the budget of a");
    let cut: Overlay = serde_json::from_value(json!({
        "name": "scale-a", "object": {"namespace": "default", "kind": "Campaign", "name": "a"},
        "field": "budget.daily", "value": "15.00 EUR", "rule": "scale", "expires": "2036-03-01T00:00:00Z",
        "evidence": format!("sha256:{}", "5a".repeat(32)),
    }))
    .unwrap();
    StateDir::of_project(&bench.path("p")).overrides().put(&cut).unwrap();
    let mut daemon = Daemon::start(&bench);
    daemon.says("applied").await;
    daemon.says("in sync").await;
    assert_eq!(budgets(&bench).await[0], budget("a", "1500", "ACTIVE"));
    let writes = bench.writes().await;
    bench.write("p/.adplane/overrides/other.json", "{");
    for _ in 0..2 {
        daemon.says("nobody can tell what a rule put in force").await;
    }
    std::fs::remove_file(bench.path("p/.adplane/overrides/other.json")).unwrap();
    daemon.says("in sync").await;
    assert_eq!(bench.writes().await, writes, "the sound commit alone would raise it to 20.00 EUR");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_looks_first_keeps_the_sound_state_and_stops_when_asked() {
    let bench = Bench::start().await;
    let repository = start(&bench);
    let mut daemon = Daemon::start(&bench);
    daemon.says("this pass only looks").await;
    assert_eq!(bench.writes().await, 0, "the first pass only looks");
    daemon.says("applied").await;
    assert_eq!(budgets(&bench).await.len(), 2);
    bench.write("p/a.yaml", "apiVersion: adplane.io/v1alpha1\nkind: Campaign\nmetadata: {name: a}\n");
    repository.commit("break a");
    daemon.says("stays in force").await;
    daemon.says("in sync").await;
    assert_eq!(budgets(&bench).await[0], budget("a", "2000", "ACTIVE"), "nothing was touched");
    bench.write("p/a.yaml", campaign("a", "40.00 EUR"));
    repository.commit("mend a");
    daemon.says("applied").await;
    assert_eq!(budgets(&bench).await[0], budget("a", "4000", "ACTIVE"));

    let id = daemon.child.id().unwrap().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    let ended = tokio::time::timeout(Duration::from_secs(30), daemon.child.wait()).await.unwrap().unwrap();
    assert_eq!(ended.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_remote_is_followed_forward_only() {
    let bench = Bench::start().await;
    let upstream = start(&bench);
    let clone = bench.path("clone");
    upstream.run(&["clone", "-q", ".", clone.to_str().unwrap()]);
    let follower = Repository::at(&clone);
    bench.run_in("clone", &["run", "--once", "--fetch", "--branch", "main"]).await.exits(0);
    bench.write("p/a.yaml", campaign("a", "45.00 EUR"));
    let commit = upstream.commit("raise a");
    bench.run_in("clone", &["run", "--once", "--fetch", "--branch", "main"]).await.exits(0);
    assert_eq!((follower.head(), &budgets(&bench).await[0]), (commit, &budget("a", "4500", "ACTIVE")));
    let other = bench.run_in("clone", &["run", "--once", "--branch", "release"]).await.exits(1);
    assert!(other.err.contains("the checkout is on `main`, not on `release`"), "{}", other.err);
    bench.run_in("clone", &["run", "--interval", "soon"]).await.exits(64);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_is_stopped_midway_ends_cleanly_and_the_next_goes_on() {
    let bench = Bench::with_latency(Duration::from_millis(300)).await;
    start(&bench);
    let mut command = bench.command(&["run", "p", "--interval", "1s"]);
    let daemon = command.stdout(Stdio::null()).spawn().unwrap();
    while bench.writes().await == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let id = daemon.id().unwrap().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    let output = tokio::time::timeout(Duration::from_mins(1), daemon.wait_with_output()).await;
    let output = output.unwrap().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(told.contains("stopped as asked"), "{told}");
    // The calls under way were waited for: each has its answer in the journal, and nothing spends half done.
    let journal = std::fs::read_to_string(bench.path("p/.adplane/journal.jsonl")).unwrap();
    let count = |word: &str| journal.matches(word).count();
    assert_eq!(count("\"intent\""), count("\"result\""), "{journal}");
    let stopped = budgets(&bench).await;
    assert!(!stopped.is_empty() && stopped.iter().all(|(_, _, status)| status == "PAUSED"), "{stopped:?}");
    bench.run_in("p", &["audit", "verify"]).await.exits(0);
    once(&bench).await.exits(0);
    assert_eq!(budgets(&bench).await, [budget("a", "2000", "ACTIVE"), budget("b", "2000", "ACTIVE")]);
    let markers = bench.markers().await;
    assert!(markers.len() == 2 && markers.values().all(|count| *count == 1), "{markers:?}");
    bench.run_in("p", &["audit", "verify"]).await.exits(0);
}
