//! Pools in the passes of `adplane run`: what stops them, and what waits.

use std::time::Duration;

use adplane_engine::state::{Actor, Holder, StateDir};
use serde_json::{Value, json};

use super::bench::{Bench, Run};
use super::november::{changes, pass, project};
use super::repository::Repository;

const NOVEMBER: &str = "2026-10-31T23:10:00Z";
const FREEZE: &str = "apiVersion: adplane.io/v1alpha1\nkind: FreezeWindow\nmetadata: {name: stocktaking}\nspec:\n  match: \
                      {accounts: [google-es, meta-es]}\n  ranges: [{from: \"2026-11-01\", to: \"2026-11-02\"}]\n  allow: Nothing\n";

/// A pool that comes after the other, over one campaign.
const SALE: &str = "\
apiVersion: adplane.io/v1alpha1
kind: Budget
metadata: {name: sale}
spec:
  pool: {monthly: 1500.00 EUR, pattern: Even}
---
apiVersion: adplane.io/v1alpha1
kind: Campaign
metadata: {name: sale}
spec:
  account: meta-es
  displayName: Sale
  objective: Sales
  state: Active
  budget: {ref: sale, managed: {daily: {initial: 60.00 EUR, min: 5.00 EUR, max: 150.00 EUR}}}
  specialAdCategories: []
  targeting: {locations: [ES], ages: {min: 18}}
---
apiVersion: adplane.io/v1alpha1
kind: AdGroup
metadata: {name: sale}
spec:
  campaign: sale
  state: Active
  optimization: {goal: Purchase}
  ads:
    - {name: rain, creative: social-rain, state: Active}
";

/// The campaigns are live, and nothing was paced yet.
pub(super) async fn shop(latency: Duration) -> (Bench, Repository) {
    let bench = Bench::at_with_latency(NOVEMBER, latency).await;
    let repository = project(&bench);
    bench.run_in("p", &["apply", "--auto-approve"]).await.exits(0);
    (bench, repository)
}

/// Cents a day that are live: Google's and Meta's.
pub(super) async fn live(bench: &Bench) -> [i64; 2] {
    let state = bench.state().await;
    let number = |value: &Value| value.as_str().map_or_else(|| value.as_i64(), |text| text.parse().ok());
    let google = number(&state["google"]["1000000001"]["campaignBudgets"][0]["amountMicros"]);
    let meta = number(&state["meta"]["act_1000000001"]["campaigns"][0]["daily_budget"]);
    [google.unwrap() / 10_000, meta.unwrap()]
}

pub(super) async fn explain(bench: &Bench, object: &str) -> Value {
    let run = bench.run_in("p", &["explain", object, "--format", "json"]).await.exits(0);
    serde_json::from_str(&run.out).unwrap()
}

/// Amounts that pools have put in force.
pub(super) fn in_force(bench: &Bench) -> usize {
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
    break_meta(&bench).await;
    let failed = bench.run_in("p", &["run", "--once"]).await.exits(1);
    says(&failed, "what lowers campaign/social-rain is not live yet");
    says(&failed, "a write of a pool failed");
    assert_eq!(live(&bench).await, before, "{}", failed.err);
    let cut = explain(&bench, "campaign/social-rain").await;
    assert_eq!(cut["pools"]["actions"][0]["stage"], json!("inForce"), "{cut}");
    let sent = cut["pools"]["actions"][0]["writes"].as_array().unwrap();
    assert_eq!(sent.last().unwrap()["result"], json!("failed"), "{cut}");
    let told = bench.run_in("p", &["explain", "campaign/social-rain"]).await.exits(0).out;
    assert!(told.contains("    not written at "), "{told}");
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

/// What is live counts, and not what was settled, recorded or put on disk before.
#[tokio::test(flavor = "multi_thread")]
async fn over_midnight_nothing_rises_while_a_cut_is_not_live() {
    let (bench, repository) = shop(Duration::ZERO).await;
    let before = live(&bench).await;
    break_meta(&bench).await;
    bench.run_in("p", &["run", "--once"]).await.exits(1);
    let pool = std::fs::read_to_string(bench.path("p/pool.yaml")).unwrap();
    let records = bench.path("p/.adplane/pools/records");
    for day in ["the same amount", "more", "no record"] {
        bench.advance("24h").await;
        match day {
            "more" => {
                bench.write("p/pool.yaml", pool.replace("3000.00 EUR", "3600.00 EUR"));
                repository.commit(day);
            }
            "no record" => std::fs::remove_dir_all(&records).unwrap(),
            _ => {}
        }
        let run = bench.run_in("p", &["run", "--once"]).await;
        assert_ne!(run.code, 0, "{day}\n{}", run.err);
        says(&run, "what lowers campaign/social-rain is not live yet");
        assert_eq!(
            live(&bench).await,
            before,
            "{day}: what rises spends beside what did not come down\n{}",
            run.err
        );
        for (object, stage) in [("campaign/social-rain", "inForce"), ("campaign/search-rain", "waits")] {
            let known = explain(&bench, object).await;
            assert_eq!(known["pools"]["actions"][0]["stage"], json!(stage), "{day}: {known}");
        }
    }
    bench.faults(json!([])).await;
    // Three writes in a row had failed.
    bench.advance("2h").await;
    pass(&bench).await;
    let paced = live(&bench).await;
    assert!(paced[0] > before[0] && paced[1] < before[1], "{before:?} {paced:?}");
}

/// What somebody puts in force by hand and cannot be written is a cut like any other.
#[tokio::test(flavor = "multi_thread")]
async fn a_cut_that_was_put_by_hand_counts_as_what_is_live() {
    let (bench, _) = shop(Duration::ZERO).await;
    let before = live(&bench).await;
    bench.run_in("p", &["metrics", "sync"]).await.exits(0);
    bench.run_in("p", &["budgets", "--put"]).await.exits(0);
    // The cut alone is in force, and nobody recorded it.
    let overrides = bench.path("p/.adplane/overrides");
    for file in std::fs::read_dir(&overrides).unwrap() {
        let path = file.unwrap().path();
        if std::fs::read_to_string(&path).unwrap().contains("search-rain") {
            std::fs::remove_file(path).unwrap();
        }
    }
    break_meta(&bench).await;
    let run = bench.run_in("p", &["run", "--once"]).await;
    assert_ne!(run.code, 0, "{}", run.err);
    says(&run, "what lowers campaign/social-rain is not live yet");
    assert_eq!(live(&bench).await, before, "{}", run.err);
}

/// Nobody knows what is live on an account that was not read.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_of_the_pool_that_cannot_be_read_lets_nothing_rise() {
    let (bench, repository) = shop(Duration::ZERO).await;
    pass(&bench).await;
    let paced = live(&bench).await;
    let pool = std::fs::read_to_string(bench.path("p/pool.yaml")).unwrap();
    bench.write("p/pool.yaml", pool.replace("3000.00 EUR", "3600.00 EUR"));
    repository.commit("more for all");
    bench.faults(json!([{"kind": "http_500", "times": 999, "match": {"platform": "meta"}}])).await;
    let run = bench.run_in("p", &["run", "--once"]).await;
    assert_ne!(run.code, 0, "{}", run.err);
    assert_eq!(live(&bench).await, paced, "{}", run.err);
    bench.faults(json!([])).await;
    pass(&bench).await;
    let more = live(&bench).await;
    assert!(more[0] > paced[0] && more[1] > paced[1], "{paced:?} {more:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_is_used_up_is_stopped_although_writes_failed() {
    let (bench, repository) = shop(Duration::ZERO).await;
    bench.advance("60h").await;
    break_meta(&bench).await;
    for _ in 0..3 {
        bench.run_in("p", &["run", "--once"]).await.exits(1);
    }
    bench.faults(json!([])).await;
    let pool = std::fs::read_to_string(bench.path("p/pool.yaml")).unwrap();
    bench.write("p/pool.yaml", pool.replace("3000.00 EUR", "160.00 EUR"));
    repository.commit("less than what is spent");
    pass(&bench).await;
    let state = bench.state().await;
    let google = &state["google"]["1000000001"]["campaigns"][0]["status"];
    let meta = &state["meta"]["act_1000000001"]["campaigns"][0]["status"];
    assert_eq!([google, meta], [&json!("PAUSED"); 2], "used up");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_put_by_hand_while_an_apply_runs_or_before_a_day_that_was_given() {
    let (bench, _) = shop(Duration::ZERO).await;
    let now = bench.now().await;
    bench.run_in("p", &["metrics", "sync"]).await.exits(0);
    let state = StateDir::of_project(&bench.path("p"));
    let lock = state.lock(&Holder::here(&Actor::default(), "sha256:5a5a", now)).unwrap();
    let put = bench.run_in("p", &["budgets", "--put"]).await.exits(1);
    assert!(put.err.contains("applies plan sha256:5a5a") && in_force(&bench) == 0, "{}", put.err);
    drop(lock);
    bench.run_in("p", &["budgets", "--put"]).await.exits(0);
    assert_eq!(in_force(&bench), 2);
    let put = bench.run_in("p", &["budgets", "--put", "--now", "2026-10-20T08:00:00Z"]).await.exits(1);
    assert!(put.err.contains("the pool gave amounts on 2026-11-01 already"), "{}", put.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_pool_gave_for_a_month_that_is_over_is_told_as_over() {
    let (bench, _) = shop(Duration::ZERO).await;
    pass(&bench).await;
    let known = explain(&bench, "campaign/search-rain").await;
    assert_eq!(known["pools"]["inForce"].as_array().unwrap().len(), 1, "{known}");
    assert_eq!(known["pools"]["behind"], json!([]), "{known}");
    bench.advance("720h").await;
    let known = explain(&bench, "campaign/search-rain").await;
    assert_eq!(known["pools"]["inForce"], json!([]), "{known}");
    let why = known["pools"]["behind"][0]["why"].as_str().unwrap();
    assert!(why.starts_with("it expired 2026-11-30"), "{known}");
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
    let known = explain(&bench, "campaign/social-rain").await;
    let waits = &known["pools"]["actions"][0];
    assert!(waits["why"].as_str().is_some_and(|why| why.contains("was changed on the platform")), "{known}");
    assert!(waits["change"].as_str().unwrap().starts_with("budget from "), "a move was wanted: {known}");
}

/// What somebody changes while the first pool is paced is seen by the second.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_changes_while_another_pool_is_paced_stays() {
    let bench = Bench::at_with_latency(NOVEMBER, Duration::from_millis(300)).await;
    let repository = project(&bench);
    bench.write("p/sale.yaml", SALE);
    repository.commit("another pool");
    bench.run_in("p", &["apply", "--auto-approve"]).await.exits(0);
    let campaigns = bench.state().await["meta"]["act_1000000001"]["campaigns"].clone();
    let sale =
        campaigns.as_array().unwrap().iter().find(|one| one["name"] == json!("Sale")).unwrap()["id"].clone();
    let writes = changes(&bench).await.len();
    let mut command = bench.command(&["run", "--once"]);
    let child = command.current_dir(bench.path("p")).spawn().unwrap();
    while changes(&bench).await.len() == writes {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    bench
        .edit(json!({"platform": "meta", "account": "act_1000000001", "collection": "campaigns", "id": sale,
            "set": {"daily_budget": "500"}, "actor": "ana@shop.example"}))
        .await;
    let run = Run::from(child.wait_with_output().await.unwrap()).exits(0);
    let known = explain(&bench, "campaign/sale").await;
    let why = known["pools"]["actions"][0]["why"].as_str().unwrap_or_default();
    assert!(why.contains("was changed on the platform"), "{known}\n{}", run.err);
    let campaigns = bench.state().await["meta"]["act_1000000001"]["campaigns"].clone();
    let now = campaigns.as_array().unwrap().iter().find(|one| one["id"] == sale).unwrap();
    assert_eq!(now["daily_budget"], json!("500"), "{}", run.err);
}

/// Nobody decided about more than the pool gives: it is told, and nothing else of the pool rises beside it.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_raised_lets_nothing_else_rise() {
    let (bench, repository) = shop(Duration::ZERO).await;
    pass(&bench).await;
    let paced = live(&bench).await;
    let campaign = bench.state().await["meta"]["act_1000000001"]["campaigns"][0]["id"].clone();
    bench
        .edit(
            json!({"platform": "meta", "account": "act_1000000001", "collection": "campaigns", "id": campaign,
            "set": {"daily_budget": "9000"}, "actor": "ana@shop.example"}),
        )
        .await;
    let pool = std::fs::read_to_string(bench.path("p/pool.yaml")).unwrap();
    bench.write("p/pool.yaml", pool.replace("3000.00 EUR", "3600.00 EUR"));
    repository.commit("more for all");
    for _ in 0..2 {
        bench.advance("24h").await;
        let run = pass(&bench).await;
        says(&run, "what lowers campaign/social-rain is not live yet");
        assert_eq!(live(&bench).await, [paced[0], 9000], "{}", run.err);
    }
}

/// Meta takes no more writes of the pool's campaign.
async fn break_meta(bench: &Bench) {
    let meta = bench.state().await["meta"]["act_1000000001"]["campaigns"][0]["id"].clone();
    let broken = json!({"platform": "meta", "method": "POST", "path": meta});
    bench.faults(json!([{"kind": "http_500", "times": 999, "match": broken}])).await;
}
