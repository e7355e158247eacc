//! What rules ask, and what comes of saying yes, no, or nothing.

use serde_json::{Value, json};

use super::acting::{LESS, STOP_LOSS, live, moved, run, shop};
use super::bench::Bench;

/// The digits of the one proposal about an object.
pub(super) async fn asked(bench: &Bench, object: &str) -> String {
    let list = bench.run(&["rules", "proposals", "--format", "json"]).await.exits(0);
    let document: Value = serde_json::from_str(&list.out).unwrap();
    let proposals = document["proposals"].as_array().unwrap();
    let about = |one: &&Value| one["intent"]["object"].as_str().unwrap().ends_with(object);
    let found: Vec<&Value> = proposals.iter().filter(about).collect();
    assert_eq!(found.len(), 1, "{object}: {list:?}");
    found[0]["digest"].as_str().unwrap()["sha256:".len()..][..12].to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_raise_waits_for_a_yes_and_is_done_once() {
    let bench = shop(&LESS.replace("-20%", "+10%")).await;
    let (before, writes) = (live(&bench).await, bench.writes().await);
    let asks = run(&bench, 0).await;
    assert!(asks.out.contains("it raises spend"), "{}", asks.out);
    assert_eq!(bench.writes().await, writes);
    let digits = asked(&bench, "social-engagement").await;
    // Asked again, the rule waits for the answer.
    bench.advance("1h").await;
    let waits = run(&bench, 0).await;
    assert!(!waits.out.contains("proposed"), "{}", waits.out);
    let agreed = bench.run(&["rules", "approve", &digits]).await.exits(0);
    assert!(agreed.out.contains("written"), "{}", agreed.out);
    assert_eq!(moved(&before, &live(&bench).await), ["ES · Engagement · Ask us: ACTIVE 3300"]);
    assert_eq!(bench.writes().await, writes + 1);
    bench.run(&["plan", "--detailed-exitcode"]).await.exits(0);
    let again = bench.run(&["rules", "approve", &digits]).await.exits(1);
    assert!(again.err.contains("written already"), "{}", again.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_git_owns_is_for_git_to_say() {
    let bench = shop(LESS).await;
    run(&bench, 0).await;
    let (before, writes) = (live(&bench).await, bench.writes().await);
    let digits = asked(&bench, "social-app").await;
    let file = std::fs::read_to_string(bench.path("meta/app.yaml")).unwrap();
    let agreed = bench.run(&["rules", "approve", &digits]).await.exits(0);
    for line in ["+++ b/meta/app.yaml", "-  budget: {daily: 50.00 EUR}", "+  budget: {daily: 40.00 EUR}"] {
        assert!(agreed.out.contains(line), "{line}: {}", agreed.out);
    }
    assert_eq!(std::fs::read_to_string(bench.path("meta/app.yaml")).unwrap(), file, "git is a person's");
    assert_eq!(live(&bench).await, before);
    let no = asked(&bench, "social-awareness").await;
    bench.run(&["rules", "reject", &no, "--reason", "not before Easter"]).await.exits(0);
    let again = bench.run(&["rules", "approve", &no]).await.exits(1);
    assert!(again.err.contains("rejected already: not before Easter"), "{}", again.err);
    assert_eq!(bench.writes().await, writes);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proposal_does_not_outlive_what_it_rests_on() {
    let bench = shop(&LESS.replace("-20%", "+10%")).await;
    run(&bench, 0).await;
    let digits = asked(&bench, "social-engagement").await;
    let late = asked(&bench, "social-app").await;
    let state = bench.state().await;
    let campaigns = state["meta"]["act_1000000001"]["campaigns"].as_array().unwrap();
    let id = &campaigns.iter().find(|one| one["name"] == "ES · Engagement · Ask us").unwrap()["id"];
    bench
        .edit(json!({"platform": "meta", "account": "act_1000000001", "collection": "campaigns", "id": id,
            "set": {"daily_budget": "2500"}, "actor": "ana@shop.example"}))
        .await;
    let writes = bench.writes().await;
    let moved = bench.run(&["rules", "approve", &digits]).await.exits(5);
    assert!(moved.err.contains("by now the rule wants something else"), "{}", moved.err);
    bench.advance("25h").await;
    let over = bench.run(&["rules", "approve", &late]).await.exits(5);
    assert!(over.err.contains("nobody decided it by"), "{}", over.err);
    run(&bench, 0).await;
    let again = bench.run(&["rules", "approve", &late]).await.exits(1);
    assert!(again.err.contains("expired already"), "{}", again.err);
    assert_eq!(bench.writes().await, writes);
}

/// What cannot be read says neither yes nor no: the proposal is there afterwards as it was.
#[tokio::test(flavor = "multi_thread")]
async fn a_proposal_outlives_an_account_that_cannot_be_read() {
    let bench = shop(&LESS.replace("-20%", "+10%")).await;
    run(&bench, 0).await;
    let (before, digits) = (live(&bench).await, asked(&bench, "social-engagement").await);
    let unread = json!([{"match": {"platform": "meta", "method": "GET"}, "times": 200, "kind": "http_500"}]);
    bench.faults(unread).await;
    let unclear = bench.run(&["rules", "approve", &digits]).await.exits(1);
    assert!(unclear.err.contains("the rule cannot be asked again"), "{}", unclear.err);
    assert!(unclear.err.contains("the proposal stays as it is"), "{}", unclear.err);
    bench.faults(json!([])).await;
    assert_eq!(moved(&before, &live(&bench).await), [""; 0]);
    bench.run(&["rules", "approve", &digits]).await.exits(0);
    assert_eq!(moved(&before, &live(&bench).await), ["ES · Engagement · Ask us: ACTIVE 3300"]);
}

/// The end of a hold is no date on which spend begins: the rule asks, and nobody else resumes it.
#[tokio::test(flavor = "multi_thread")]
async fn a_hold_that_has_an_end_is_resumed_by_its_rule_alone() {
    let bench = shop(STOP_LOSS).await;
    let before = live(&bench).await;
    run(&bench, 0).await;
    let paused = ["ES · Traffic · Bad weather guide: PAUSED 2500"];
    assert_eq!(moved(&before, &live(&bench).await), paused);
    bench.advance("49h").await;
    bench.run(&["apply", "--auto-approve"]).await.exits(0);
    assert_eq!(moved(&before, &live(&bench).await), paused, "a date resumes nothing");
    bench.run(&["metrics", "sync"]).await.exits(0);
    let asks = run(&bench, 0).await;
    assert!(asks.out.contains("it raises spend"), "{}", asks.out);
    assert_eq!(moved(&before, &live(&bench).await), paused);
    let digits = asked(&bench, "social-guide").await;
    bench.run(&["rules", "approve", &digits]).await.exits(0);
    assert_eq!(moved(&before, &live(&bench).await), [""; 0]);
}

/// What a person put in force beside git, no rule changes; neither does its cut carry it to the platform.
#[tokio::test(flavor = "multi_thread")]
async fn a_persons_override_goes_before_rules() {
    let bench = shop(LESS).await;
    bench.write(
        "override.yaml",
        "apiVersion: adplane.io/v1alpha1\nkind: Override\nmetadata: {name: launch}\nspec:\n  \
         object: {kind: Campaign, name: social-engagement}\n  field: budget.daily\n  value: 45.00 EUR\n  \
         expires: 2026-12-01T00:00:00Z\n  reason: the launch\n",
    );
    let before = live(&bench).await;
    for _ in 0..2 {
        let held = run(&bench, 0).await;
        assert!(held.out.contains("override `launch` holds `budget.daily`"), "{}", held.out);
        assert_eq!(moved(&before, &live(&bench).await), [""; 0]);
        bench.advance("1h").await;
    }
    bench.run(&["apply", "--auto-approve"]).await.exits(0);
    assert_eq!(moved(&before, &live(&bench).await), ["ES · Engagement · Ask us: ACTIVE 4500"]);
}
