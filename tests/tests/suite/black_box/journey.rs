//! The main job: plan, apply, prove it empty, drift, heal, import.

use serde_json::{Value, json};

use super::bench::Bench;

const ACCOUNTS: [&str; 3] = ["google-es", "meta-es", "tiktok-es"];

#[tokio::test(flavor = "multi_thread")]
async fn plan_apply_plan_drift_heal() {
    let bench = Bench::start().await;
    bench.run(&["validate"]).await.exits(0);

    let planned = bench.run(&["plan", "--out", "p.json"]).await.exits(0);
    assert!(planned.out.contains("to create"), "{}", planned.out);
    assert_eq!(bench.writes().await, 0, "planning writes nothing");
    let document: Value = serde_json::from_slice(&std::fs::read(bench.path("p.json")).unwrap()).unwrap();
    let creates = document["summary"]["create"].as_u64().unwrap();
    assert!(creates >= 50, "the examples are a plan of 50 creates or more, this one has {creates}");
    bench.run(&["plan", "--detailed-exitcode"]).await.exits(2);

    bench.run(&["apply", "p.json"]).await.exits(0);
    let again = bench.run(&["plan", "--detailed-exitcode"]).await.exits(0);
    assert!(again.out.contains("No changes"), "{}", again.out);
    bench.run(&["drift"]).await.exits(0);
    let markers = bench.markers().await;
    assert!(markers.values().all(|count| *count == 1), "{markers:?}");

    // Deleting local state loses nothing: the live account is the state.
    std::fs::remove_dir_all(bench.path(".adplane")).unwrap();
    bench.run(&["plan", "--detailed-exitcode"]).await.exits(0);

    // The saved plan cannot be applied twice: what it rests on has changed.
    let writes = bench.writes().await;
    bench.run(&["apply", "p.json"]).await.exits(5);
    assert_eq!(bench.writes().await, writes, "a stale plan writes nothing");

    let state = bench.state().await;
    let campaign = &state["meta"]["act_1000000001"]["campaigns"][0];
    bench
        .edit(json!({
            "platform": "meta", "account": "act_1000000001", "collection": "campaigns",
            "id": campaign["id"], "set": { "name": "renamed by a person" }, "actor": "sam@shop.example",
        }))
        .await;
    let drift = bench.run(&["drift"]).await.exits(2);
    for expected in ["renamed by a person", "sam@shop.example"] {
        assert!(drift.out.contains(expected), "`{expected}` is missing:\n{}", drift.out);
    }
    bench.run(&["apply", "--auto-approve"]).await.exits(0);
    bench.run(&["drift"]).await.exits(0);
    bench.run(&["plan", "--detailed-exitcode"]).await.exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn importing_what_was_applied_plans_empty() {
    let bench = Bench::start().await;
    bench.run(&["apply", "--auto-approve"]).await.exits(0);
    for account in ACCOUNTS {
        bench.run(&["import", "--account", account, "--out", "imported"]).await.exits(0);
    }
    let plan = bench.run(&["plan", "imported", "--detailed-exitcode"]).await.exits(0);
    assert!(plan.out.contains("No changes"), "{}", plan.out);
    // What the platform serves is downloaded, so that the folder can create the same ads elsewhere.
    let assets = std::fs::read_dir(bench.path("imported/meta-es/assets")).unwrap().count();
    let creative =
        std::fs::read_to_string(bench.path("imported/meta-es/creatives/jacket-storm.yaml")).unwrap();
    assert!(assets >= 5 && creative.contains("images:"), "{assets} assets\n{creative}");
}

#[tokio::test(flavor = "multi_thread")]
async fn live_objects_are_listed_and_described() {
    let bench = Bench::start().await;
    bench.run(&["apply", "--auto-approve"]).await.exits(0);
    bench.advance("2h").await;
    let table = bench.run(&["get", "campaigns"]).await.exits(0);
    assert!(table.out.starts_with("KIND"), "{}", table.out);
    assert!(table.out.contains("Active") && table.out.contains("Approved"), "{}", table.out);
    let list = bench.run(&["get", "ads", "-o", "json"]).await.exits(0);
    let list: Value = serde_json::from_str(&list.out).unwrap();
    let first = list[0]["address"].as_str().unwrap();
    let described = bench.run(&["describe", first]).await.exits(0);
    assert!(described.out.contains("Review:"), "{}", described.out);
    bench.run(&["get", "creatures"]).await.exits(64);
    bench.run(&["describe", "campaign/nothing"]).await.exits(1);
    bench.run(&["doctor"]).await.exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_rendering_of_a_saved_plan_works_offline() {
    let bench = Bench::start().await;
    bench.run(&["plan", "--out", "p.json"]).await.exits(0);
    for (format, start) in [
        ("text", "+ create"),
        ("markdown", "### Ads plan"),
        ("json", "{"),
        ("sarif", "{"),
        ("html", "<!doctype html>"),
        ("github", "::notice file="),
        ("junit", "<?xml"),
    ] {
        let shown = bench.run(&["show", "p.json", "--format", format]).await.exits(0);
        assert!(shown.out.starts_with(start), "{format}: {}", &shown.out[..shown.out.len().min(200)]);
        assert!(!shown.out.contains("sandbox-token"), "{format} shows a token");
    }
    let text = std::fs::read_to_string(bench.path("p.json")).unwrap();
    std::fs::write(bench.path("p.json"), text.replacen("\"create\"", "\"update\"", 1)).unwrap();
    bench.run(&["show", "p.json"]).await.exits(1);
    bench.run(&["apply", "p.json"]).await.exits(1);
}
