//! The kill switch: stops what spends, holds writes, and restores exactly what it stopped.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::bench::Bench;
use super::freezes::{campaign, unwrapped, write};

/// Platform, collection and id of every running campaign.
async fn running(bench: &Bench) -> BTreeSet<String> {
    let state = bench.state().await;
    let mut found = BTreeSet::new();
    for (platform, collection, field, word, id) in [
        ("google", "campaigns", "status", "ENABLED", "id"),
        ("meta", "campaigns", "status", "ACTIVE", "id"),
        ("tiktok", "campaigns", "operation_status", "ENABLE", "campaign_id"),
        ("tiktok", "smart_plus_campaigns", "operation_status", "ENABLE", "campaign_id"),
    ] {
        let accounts = state[platform].as_object().into_iter().flat_map(|accounts| accounts.values());
        let objects = accounts.filter_map(|account| account[collection].as_array()).flatten();
        found.extend(
            objects
                .filter(|object| object[field] == json!(word))
                .map(|object| format!("{platform} {collection} {}", shown(&object[id]))),
        );
    }
    found
}

fn shown(id: &Value) -> String {
    id.as_str().map_or_else(|| id.to_string(), str::to_owned)
}

fn record(bench: &Bench, folder: &str) -> Value {
    let path = bench.path(folder).join(".adplane/pause.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_stops_whatever_stands_in_the_way_and_runs_again_when_lifted() {
    let bench = Bench::start().await;
    bench.run(&["apply", "--auto-approve"]).await.exits(0);
    let ours = running(&bench).await;
    assert!(ours.len() >= 10, "{ours:?}");
    // Another project's campaign on one of the accounts.
    write(&bench, &campaign("theirs", "20.00"));
    bench.run(&["apply", "shop", "--auto-approve"]).await.exits(0);
    let all = running(&bench).await;
    let theirs: BTreeSet<String> = all.difference(&ours).cloned().collect();
    assert_eq!(theirs.len(), 1);

    // Broken YAML, an approval policy and a freeze that forbids even lowering.
    bench.write(
        "broken.yaml",
        "apiVersion: adplane.io/v1alpha1\nkind: Campaign\nmetadata: {name: x}\nspec: {acount: y}\n",
    );
    bench.write("frozen.yaml", "apiVersion: adplane.io/v1alpha1\nkind: FreezeWindow\nmetadata: {name: x}\nspec:\n  ranges: [{from: \"2026-11-01\", to: \"2026-12-01\"}]\n  allow: Nothing\n");
    let project = std::fs::read_to_string(bench.path("adplane.yaml")).unwrap();
    bench.write(
        "adplane.yaml",
        format!(
            "{project}\napprovals:\n  classes:\n    lower: {{approvals: 2}}\n    raise: {{approvals: 1}}\n"
        ),
    );
    let paused = bench.run(&["pause", "--all", "--reason", "wrong prices"]).await.exits(0);
    assert_eq!(running(&bench).await, theirs, "{}", paused.out);
    assert!(paused.out.contains("wrong prices"), "{}", paused.out);
    assert!(paused.err.contains("1 campaign that this project does not own"), "{}", paused.err);
    let written = record(&bench, ".");
    assert_eq!(written["pauses"][0]["stopped"].as_array().unwrap().len(), ours.len());
    assert_eq!(written["pauses"][0]["complete"], json!(true));

    // Writes stop until it is lifted.
    std::fs::remove_file(bench.path("broken.yaml")).unwrap();
    std::fs::remove_file(bench.path("frozen.yaml")).unwrap();
    bench.write("adplane.yaml", &project);
    let plan = bench.run(&["plan"]).await.exits(0);
    assert!(unwrapped(&plan.err).contains("the whole project is paused since"), "{}", plan.err);
    let writes = bench.writes().await;
    let refused = bench.run(&["apply", "--auto-approve"]).await.exits(3);
    assert!(refused.err.contains("the whole project is paused"), "{}", refused.err);
    assert_eq!(bench.writes().await, writes);

    // A person renames a campaign meanwhile: that one is left, and named.
    let state = bench.state().await;
    let touched = &state["meta"]["act_1000000001"]["campaigns"][0];
    bench
        .edit(json!({
            "platform": "meta", "account": "act_1000000001", "collection": "campaigns", "id": touched["id"],
            "set": { "name": "touched" }, "actor": "sam@shop.example",
        }))
        .await;
    bench.run(&["pause", "--lift"]).await.exits(6);
    assert_eq!(running(&bench).await, theirs, "without a terminal and `--auto-approve` nothing is lifted");
    let lifted = bench.run(&["pause", "--lift", "--auto-approve"]).await.exits(0);
    assert!(unwrapped(&lifted.err).contains("displayName was changed since"), "{}", lifted.err);
    let mut expected = all.clone();
    assert!(expected.remove(&format!("meta campaigns {}", shown(&touched["id"]))));
    assert_eq!(running(&bench).await, expected);
    assert_eq!(record(&bench, ".")["pauses"], json!([]));
    bench.run(&["apply", "--auto-approve"]).await.exits(0);
    assert_eq!(running(&bench).await, all);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scope_stops_its_own_and_lowering_passes() {
    let bench = Bench::start().await;
    let labelled = campaign("b", "20.00").replace("{name: b}", "{name: b, labels: {team: growth}}");
    write(&bench, &(campaign("a", "20.00") + &labelled));
    bench.run(&["apply", "shop", "--auto-approve"]).await.exits(0);
    bench.run(&["pause", "shop"]).await.exits(64);
    bench.run(&["pause", "shop", "--all", "--account", "meta-eu"]).await.exits(64);
    bench.run(&["pause", "shop", "--selector", "team=growth"]).await.exits(0);
    assert_eq!(running(&bench).await.len(), 1);

    // Lowering passes, raising is held, and what is outside the scope goes on.
    let lower = labelled.replace("20.00", "10.00");
    write(&bench, &(campaign("a", "30.00") + &lower));
    let part = bench.run(&["apply", "shop", "--auto-approve"]).await.exits(4);
    assert!(
        unwrapped(&part.err)
            .contains("campaign/b was not attempted: held back: what carries team=growth is paused"),
        "{}",
        part.err
    );
    let state = bench.state().await;
    let budgets: BTreeSet<&str> = state["meta"]["act_1000000001"]["campaigns"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|campaign| campaign["daily_budget"].as_str())
        .collect();
    assert_eq!(budgets, ["1000", "3000"].into());

    // Two pauses that overlap: lifting one leaves to the other what it covers.
    bench.run(&["pause", "shop", "--account", "meta-eu"]).await.exits(0);
    assert_eq!(running(&bench).await.len(), 0);
    bench.run(&["pause", "shop", "--lift", "--all", "--auto-approve"]).await.exits(1);
    bench.run(&["pause", "shop", "--lift", "--selector", "team=growth", "--auto-approve"]).await.exits(0);
    assert_eq!(running(&bench).await.len(), 0);
    bench.run(&["pause", "shop", "--lift", "--auto-approve"]).await.exits(0);
    // `b` was lowered while it was paused: it is left for the next apply.
    assert_eq!(running(&bench).await.len(), 1);
    bench.run(&["apply", "shop", "--auto-approve"]).await.exits(0);
    assert_eq!(running(&bench).await.len(), 2);
    bench.run(&["pause", "shop", "--lift"]).await.exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn lifting_needs_the_approval_that_a_raise_needs() {
    let bench = Bench::start().await;
    write(&bench, &campaign("a", "20.00"));
    bench.run(&["apply", "shop", "--auto-approve"]).await.exits(0);
    bench.write("shop/adplane.yaml", "project: shop\napprovals:\n  classes:\n    raise: {approvals: 1}\n");
    bench.run(&["pause", "shop", "--all"]).await.exits(0);
    let refused = bench.run(&["pause", "shop", "--lift", "--auto-approve"]).await.exits(6);
    assert!(refused.err.contains("raise"), "{}", refused.err);
    assert_eq!(running(&bench).await.len(), 0);
    bench.run(&["pause", "shop", "--lift", "--out", "lift.json"]).await.exits(0);
    let saved: Value = serde_json::from_slice(&std::fs::read(bench.path("lift.json")).unwrap()).unwrap();
    assert_eq!(saved["classes"], json!(["raise"]));
    bench.run(&["pause", "shop", "--lift", "--plan", "lift.json"]).await.exits(6);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_and_run_again_it_is_complete() {
    let bench = Bench::with_latency(Duration::from_millis(5)).await;
    bench.run(&["apply", "--auto-approve"]).await.exits(0);
    let all = running(&bench).await;
    let started = std::time::Instant::now();
    bench.run(&["pause", "--all"]).await.exits(0);
    let whole = started.elapsed();
    bench.run(&["pause", "--lift", "--auto-approve"]).await.exits(0);
    assert_eq!(running(&bench).await, all);
    for tenth in [5, 7, 9] {
        let mut child = bench.command(&["pause", "--all"]).spawn().unwrap();
        tokio::time::sleep(whole * tenth / 10).await;
        child.kill().await.unwrap();
        bench.run(&["pause", "--all"]).await.exits(0);
        assert_eq!(running(&bench).await.len(), 0, "killed after {tenth} tenths");
        bench.run(&["pause", "--lift", "--auto-approve"]).await.exits(0);
        assert_eq!(running(&bench).await, all, "killed after {tenth} tenths");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_do_not_keep_it_from_stopping() {
    let bench = Bench::start().await;
    bench.run(&["apply", "--auto-approve"]).await.exits(0);
    bench
        .faults(json!([
            { "match": { "platform": "meta", "method": "POST" }, "times": 2, "kind": "http_500" },
            { "match": { "platform": "tiktok", "method": "POST" }, "times": 1, "kind": "drop_after" },
            { "match": { "platform": "google", "path": "mutate" }, "times": 1, "kind": "drop_before" },
        ]))
        .await;
    bench.run(&["pause", "--all"]).await.exits(0);
    assert_eq!(running(&bench).await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_apply_under_way_stops() {
    let bench = Bench::with_latency(Duration::from_millis(200)).await;
    write(&bench, &(campaign("a", "20.00") + &campaign("b", "20.00")));
    let apply = bench.command(&["apply", "shop", "--auto-approve"]).spawn().unwrap();
    while bench.writes().await == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    bench.run(&["pause", "shop", "--all"]).await.exits(0);
    let output = apply.wait_with_output().await.unwrap();
    let told = unwrapped(&String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(4), "{told}");
    assert!(told.contains("the whole project is paused"), "{told}");
    assert_eq!(running(&bench).await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_whose_answer_was_lost_is_not_repeated_once_paused() {
    let bench = Bench::start().await;
    bench.run(&["apply", "--auto-approve"]).await.exits(0);
    let budgets = async || {
        let state = bench.state().await;
        let mut found: Vec<String> = state["google"]["1000000001"]["campaignBudgets"]
            .as_array()
            .unwrap()
            .iter()
            .map(|budget| budget["amountMicros"].to_string())
            .collect();
        found.sort();
        found
    };
    let before = budgets().await;
    let brand = std::fs::read_to_string(bench.path("google/brand.yaml")).unwrap();
    let raised = brand.replace("budget: {daily: 20.00 EUR}", "budget: {daily: 35.00 EUR}");
    assert_ne!(brand, raised);
    bench.write("google/brand.yaml", raised);
    bench
        .faults(json!([
            { "match": { "platform": "google", "path": "mutate" }, "times": 1, "kind": "drop_before" },
        ]))
        .await;
    let apply = bench.command(&["apply", "--auto-approve"]).spawn().unwrap();
    while bench.faults_left().await > 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // Whether the lost write was stored is looked up two seconds later; the switch is pulled before that.
    bench.run(&["pause", "--all"]).await.exits(0);
    let output = apply.wait_with_output().await.unwrap();
    let told = unwrapped(&String::from_utf8_lossy(&output.stderr));
    assert_ne!(output.status.code(), Some(0), "{told}");
    assert_eq!(running(&bench).await.len(), 0);
    assert_eq!(budgets().await, before, "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lifting_starts_nothing_that_a_person_holds() {
    let bench = Bench::start().await;
    let lent = campaign("a", "20.00").replace("state: Active", "state: Active\n  rulesMayPause: true");
    write(&bench, &(lent.clone() + &campaign("b", "20.00")));
    bench.run(&["apply", "shop", "--auto-approve"]).await.exits(0);
    bench.run(&["pause", "shop", "--all"]).await.exits(0);
    let hold = "---\napiVersion: adplane.io/v1alpha1\nkind: Override\nmetadata: {name: shop-closed}\nspec:\n  object: {kind: \
                Campaign, name: a}\n  field: state\n  value: Paused\n  expires: \"2036-12-01T08:00:00Z\"\n";
    write(&bench, &(lent + &campaign("b", "20.00") + hold));
    let lifted = bench.run(&["pause", "shop", "--lift", "--auto-approve"]).await.exits(0);
    assert!(unwrapped(&lifted.err).contains("held by override `shop-closed` until"), "{}", lifted.err);
    assert_eq!(running(&bench).await.len(), 1);
    bench.run(&["plan", "shop", "--detailed-exitcode"]).await.exits(0);
}
