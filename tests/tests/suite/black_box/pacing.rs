//! Pools in the passes of `adplane run`: what stops them, what waits, and what a pass that is cut off leaves behind.

use std::time::Duration;

use serde_json::{Value, json};

use super::acting::copy;
use super::bench::{Bench, Run};
use super::november::{changes, pass, project};
use super::repository::Repository;

const NOVEMBER: &str = "2026-10-31T23:10:00Z";
const FREEZE: &str = "apiVersion: adplane.io/v1alpha1\nkind: FreezeWindow\nmetadata: {name: stocktaking}\nspec:\n  match: \
                      {accounts: [google-es, meta-es]}\n  ranges: [{from: \"2026-11-01\", to: \"2026-11-02\"}]\n  allow: Nothing\n";

/// The campaigns are live, and nothing was paced yet.
async fn shop(latency: Duration) -> (Bench, Repository) {
    let bench = Bench::at_with_latency(NOVEMBER, latency).await;
    let repository = project(&bench);
    bench.run_in("p", &["apply", "--auto-approve"]).await.exits(0);
    (bench, repository)
}

/// Cents a day that are live: Google's and Meta's.
async fn live(bench: &Bench) -> [i64; 2] {
    let state = bench.state().await;
    let number = |value: &Value| value.as_str().map_or_else(|| value.as_i64(), |text| text.parse().ok());
    let google = number(&state["google"]["1000000001"]["campaignBudgets"][0]["amountMicros"]);
    let meta = number(&state["meta"]["act_1000000001"]["campaigns"][0]["daily_budget"]);
    [google.unwrap() / 10_000, meta.unwrap()]
}

async fn explain(bench: &Bench, object: &str) -> Value {
    let run = bench.run_in("p", &["explain", object, "--format", "json"]).await.exits(0);
    serde_json::from_str(&run.out).unwrap()
}

/// Amounts that pools have put in force.
fn in_force(bench: &Bench) -> usize {
    let files = std::fs::read_dir(bench.path("p/.adplane/overrides")).into_iter().flatten();
    files.filter(|file| file.as_ref().unwrap().path().extension().is_some_and(|end| end == "json")).count()
}

fn says(run: &Run, words: &str) {
    assert!(run.err.contains(words), "{words}\n{}", run.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_pool_puts_nothing_in_force() {
    let (bench, repository) = shop(Duration::ZERO).await;
    let before = live(&bench).await;
    bench.write("p/freeze.yaml", FREEZE);
    repository.commit("stocktaking");
    let writes = changes(&bench).await.len();
    says(&pass(&bench).await, "is frozen until");
    assert_eq!((live(&bench).await, changes(&bench).await.len(), in_force(&bench)), (before, writes, 0));
    let waits = explain(&bench, "campaign/search-rain").await;
    assert_eq!(waits["pools"]["actions"][0]["stage"], json!("waits"), "{waits}");

    std::fs::remove_file(bench.path("p/freeze.yaml")).unwrap();
    repository.commit("the shop is open");
    says(&pass(&bench).await, "paced");
    let paced = live(&bench).await;
    assert!(paced[0] > before[0] && paced[1] < before[1], "three parts and two: {before:?} {paced:?}");
    assert_eq!(in_force(&bench), 2);
    let writes = changes(&bench).await.len();
    pass(&bench).await;
    bench.advance("5h").await;
    pass(&bench).await;
    assert_eq!(
        (live(&bench).await, changes(&bench).await.len()),
        (paced, writes),
        "the hour moves no amount"
    );
    let written = explain(&bench, "campaign/search-rain").await;
    assert_eq!(written["pools"]["actions"].as_array().unwrap().len(), 1, "{written}");
    assert_eq!(written["pools"]["actions"][0]["stage"], json!("written"), "{written}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_raise_waits_for_its_approval_and_a_cut_does_not() {
    let (bench, repository) = shop(Duration::ZERO).await;
    let before = live(&bench).await;
    bench.write("p/adplane.yaml", "project: november\napprovals: {classes: {raise: {approvals: 1}}}\n");
    repository.commit("raises are asked about");
    let asked = pass(&bench).await;
    says(&asked, "waits for an approval");
    says(&asked, "adplane approve");
    let after = live(&bench).await;
    assert!(after[0] == before[0] && after[1] < before[1], "{before:?} {after:?}");
    assert_eq!(in_force(&bench), 1);
    let plans = || std::fs::read_dir(bench.path("p/.adplane/plans")).unwrap().count();
    assert_eq!(plans(), 1);
    bench.advance("1h").await;
    pass(&bench).await;
    assert_eq!(plans(), 1, "the same plan in every pass");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_kill_switch_and_what_nobody_knows_stop_raises() {
    let (bench, _) = shop(Duration::ZERO).await;
    let before = live(&bench).await;
    bench.run_in("p", &["pause", "--account", "google-es"]).await.exits(0);
    pass(&bench).await;
    let stopped = live(&bench).await;
    assert!(stopped[0] == before[0] && stopped[1] <= before[1], "{before:?} {stopped:?}");
    bench.run_in("p", &["pause", "--lift", "--account", "google-es", "--auto-approve"]).await.exits(0);
    pass(&bench).await;
    let paced = live(&bench).await;
    assert!(paced[0] > before[0], "{before:?} {paced:?}");

    bench.advance("24h").await;
    bench.faults(json!([{"kind": "http_500", "times": 99, "match": {"path": "/insights"}}])).await;
    let blind = pass(&bench).await;
    says(&blind, "is not known");
    let after = live(&bench).await;
    assert!(after[0] <= paced[0] && after[1] <= paced[1], "{paced:?} {after:?}");
}

/// Accounts are written side by side: what lowers on one must be live before anything rises on another.
#[tokio::test(flavor = "multi_thread")]
async fn a_cut_whose_write_fails_lets_nothing_rise() {
    let (bench, _) = shop(Duration::ZERO).await;
    let before = live(&bench).await;
    let meta = bench.state().await["meta"]["act_1000000001"]["campaigns"][0]["id"].clone();
    let broken = json!({"platform": "meta", "method": "POST", "path": meta});
    bench.faults(json!([{"kind": "http_500", "times": 99, "match": broken}])).await;
    let failed = pass(&bench).await;
    says(&failed, "is not live yet");
    assert_eq!(live(&bench).await, before, "{}", failed.err);
    let cut = explain(&bench, "campaign/social-rain").await;
    assert_eq!(cut["pools"]["actions"][0]["stage"], json!("inForce"), "{cut}");
    let given = std::fs::read_to_string(bench.path("p/.adplane/pools/default_rain.json")).unwrap();
    let given: Value = serde_json::from_str(&given).unwrap();
    let day = &given["given"].as_object().unwrap().values().next_back().unwrap()["amounts"];
    let amounts = day.as_object().unwrap().iter();
    let social = amounts.filter(|(object, _)| object.contains("social")).map(|(_, amount)| amount);
    let had: Vec<i64> = social.map(|amount| amount["amount"].as_i64().unwrap() / 10_000).collect();
    assert_eq!(had, [before[1]], "what is live counts: {given}");

    bench.faults(json!([])).await;
    pass(&bench).await;
    let paced = live(&bench).await;
    assert!(paced[0] > before[0] && paced[1] < before[1], "{before:?} {paced:?}");
}

/// An account that cannot be read is left alone, and is no reason to pace nobody.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_cannot_be_read_stops_no_pool_of_others() {
    let (bench, repository) = shop(Duration::ZERO).await;
    let before = live(&bench).await;
    bench.faults(json!([{"kind": "http_500", "times": 999, "match": {"platform": "tiktok"}}])).await;
    let run = bench.run_in("p", &["run", "--once"]).await;
    assert_ne!(run.code, 0, "{}", run.err);
    let paced = live(&bench).await;
    assert!(paced[0] > before[0] && paced[1] < before[1], "{before:?} {paced:?}\n{}", run.err);

    bench.advance("60h").await;
    let pool = std::fs::read_to_string(bench.path("p/pool.yaml")).unwrap();
    bench.write("p/pool.yaml", pool.replace("3000.00 EUR", "160.00 EUR"));
    repository.commit("less than what is spent");
    let run = bench.run_in("p", &["run", "--once"]).await;
    assert_ne!(run.code, 0, "{}", run.err);
    let state = bench.state().await;
    let google = &state["google"]["1000000001"]["campaigns"][0]["status"];
    let meta = &state["meta"]["act_1000000001"]["campaigns"][0]["status"];
    assert_eq!([google, meta], [&json!("PAUSED"); 2], "used up\n{}", run.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_changed_stays_as_long_as_drift_is_only_told() {
    let (bench, _) = shop(Duration::ZERO).await;
    pass(&bench).await;
    let paced = live(&bench).await;
    let campaign = bench.state().await["meta"]["act_1000000001"]["campaigns"][0]["id"].clone();
    bench
        .edit(
            json!({"platform": "meta", "account": "act_1000000001", "collection": "campaigns", "id": campaign,
            "set": {"daily_budget": "500"}, "actor": "ana@shop.example"}),
        )
        .await;
    for _ in 0..3 {
        bench.advance("24h").await;
        pass(&bench).await;
    }
    let after = live(&bench).await;
    assert_eq!(after[1], 500, "an emergency cut: {paced:?} {after:?}");
}

/// Killed at any moment and run again: each amount is there in the end, and each was written once.
#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_a_pool_gives_its_money_once() {
    let (bench, _) = shop(Duration::from_millis(3)).await;
    let kept = bench.path("p/.adplane");
    let aside = tempfile::tempdir().unwrap();
    copy(&kept, aside.path());
    let before = live(&bench).await;
    let started = std::time::Instant::now();
    pass(&bench).await;
    let whole = started.elapsed();
    let paced = live(&bench).await;
    for kill in 0..5_u32 {
        back(&bench, before).await;
        std::fs::remove_dir_all(&kept).unwrap();
        copy(aside.path(), &kept);
        let writes = changes(&bench).await.len();
        let mut command = bench.command(&["run", "--once"]);
        let mut child = command.current_dir(bench.path("p")).spawn().unwrap();
        tokio::time::sleep(whole * (kill + 4) / 9).await;
        child.kill().await.unwrap();
        for _ in 0..2 {
            pass(&bench).await;
        }
        assert_eq!(live(&bench).await, paced, "kill {kill}");
        let now = changes(&bench).await.len();
        assert!(now <= writes + 2, "kill {kill}");
        for object in ["campaign/search-rain", "campaign/social-rain"] {
            let known = explain(&bench, object).await;
            assert_eq!(known["pools"]["inForce"].as_array().unwrap().len(), 1, "kill {kill}: {known}");
        }
    }
}

/// The platforms as they were before a pool moved anything.
async fn back(bench: &Bench, [google, meta]: [i64; 2]) {
    let state = bench.state().await;
    let id = state["meta"]["act_1000000001"]["campaigns"][0]["id"].clone();
    let set = json!({"daily_budget": meta.to_string()});
    bench
        .edit(json!({"platform": "meta", "account": "act_1000000001", "collection": "campaigns", "id": id, "set": set,
            "actor": "ana@shop.example"}))
        .await;
    let id = state["google"]["1000000001"]["campaignBudgets"][0]["id"].clone();
    let set = json!({"amountMicros": (google * 10_000).to_string()});
    bench
        .edit(
            json!({"platform": "google", "account": "1000000001", "collection": "campaignBudgets", "id": id,
            "set": set, "actor": "ana@shop.example"}),
        )
        .await;
}
