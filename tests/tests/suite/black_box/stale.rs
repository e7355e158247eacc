//! A plan that no longer fits what is live is void: exit 5, nothing written, and who changed what.

use std::time::Duration;

use serde_json::{Value, json};

use super::bench::Bench;
use super::freezes::{campaign, unwrapped, write};

/// One platform: where its first campaign lies, a field that the plan touches, and one that it does not.
struct Case {
    platform: &'static str,
    account: &'static str,
    collection: &'static str,
    id: &'static str,
    /// A line of the examples, and what the plan makes of it.
    yaml: (&'static str, &'static str, &'static str),
    name: &'static str,
    touched: Value,
    untouched: Value,
}

fn cases() -> [Case; 3] {
    [
        Case {
            platform: "google",
            account: "1000000001",
            collection: "campaigns",
            id: "id",
            yaml: ("google/brand.yaml", "displayName: ", "displayName: Planned · "),
            name: "name",
            touched: json!({ "name": "renamed by hand" }),
            untouched: json!({ "status": "PAUSED" }),
        },
        Case {
            platform: "meta",
            account: "act_1000000001",
            collection: "campaigns",
            id: "id",
            yaml: ("meta/boots-sales.yaml", "displayName: ", "displayName: Planned · "),
            name: "name",
            touched: json!({ "name": "renamed by hand" }),
            untouched: json!({ "status": "PAUSED" }),
        },
        Case {
            platform: "tiktok",
            account: "7000000000000000001",
            collection: "campaigns",
            id: "campaign_id",
            yaml: ("tiktok/traffic.yaml", "daily: 75.00 EUR", "daily: 60.00 EUR"),
            name: "campaign_name",
            touched: json!({ "budget": 90 }),
            untouched: json!({ "operation_status": "DISABLE" }),
        },
    ]
}

/// The id of the live campaign that the YAML's first `displayName` names.
async fn live_id(bench: &Bench, case: &Case) -> Value {
    let text = std::fs::read_to_string(bench.path(case.yaml.0)).unwrap();
    let label = text.lines().find_map(|line| line.trim().strip_prefix("displayName: ")).unwrap();
    let label = label.split(" #").next().unwrap_or_default().trim();
    let state = bench.state().await;
    let objects = state[case.platform][case.account][case.collection].as_array().unwrap().clone();
    let named = |object: &&Value| object[case.name].as_str().is_some_and(|name| name.starts_with(label));
    objects.iter().find(named).unwrap_or_else(|| panic!("{label} is not live"))[case.id].clone()
}

async fn edit(bench: &Bench, case: &Case, id: &Value, set: &Value) {
    bench
        .edit(json!({
            "platform": case.platform, "account": case.account, "collection": case.collection, "id": id,
            "set": set, "actor": "sam@shop.example",
        }))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_touched_field_voids_the_plan_and_an_untouched_one_does_not() {
    let bench = Bench::start().await;
    bench.run(&["apply", "--auto-approve"]).await.exits(0);
    for case in cases() {
        let id = live_id(&bench, &case).await;
        let before = std::fs::read_to_string(bench.path(case.yaml.0)).unwrap();
        let wanted = before.replacen(case.yaml.1, case.yaml.2, 1);
        assert_ne!(wanted, before, "{}", case.platform);
        bench.write(case.yaml.0, &wanted);
        bench.run(&["plan", "--out", "p.json"]).await.exits(0);
        let writes = bench.writes().await;

        edit(&bench, &case, &id, &case.touched).await;
        let stale = bench.run(&["apply", "p.json"]).await.exits(5);
        let told = unwrapped(&stale.err);
        assert!(told.contains("by now, the plan was made for"), "{}: {told}", case.platform);
        // TikTok shows only the first and the last letter of a name.
        let who = if case.platform == "tiktok" { "s***e" } else { "sam@shop.example" };
        assert!(told.contains(&format!("changed by {who}")), "{}: {told}", case.platform);
        assert_eq!(bench.writes().await, writes, "{}: a stale plan writes nothing", case.platform);

        // The same with a field that the plan does not rest on.
        bench.write(case.yaml.0, &before);
        bench.run(&["apply", "--auto-approve"]).await.exits(0);
        bench.write(case.yaml.0, &wanted);
        bench.run(&["plan", "--out", "p.json"]).await.exits(0);
        edit(&bench, &case, &id, &case.untouched).await;
        bench.run(&["apply", "p.json"]).await.exits(0);
        bench.write(case.yaml.0, &before);
        bench.run(&["apply", "--auto-approve"]).await.exits(0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ad_group_that_somebody_adds_voids_a_raise() {
    let bench = Bench::start().await;
    write(&bench, &campaign("spring", "20.00"));
    bench.run(&["apply", "shop", "--auto-approve"]).await.exits(0);
    write(&bench, &campaign("spring", "30.00"));
    bench.run(&["plan", "shop", "--out", "p.json"]).await.exits(0);
    // Somebody else's project puts an ad group below the campaign, by its id.
    let state = bench.state().await;
    let id = state["meta"]["act_1000000001"]["campaigns"][0]["id"].as_str().unwrap().to_owned();
    bench.create_ad_set(&id).await;
    let writes = bench.writes().await;
    let refused = bench.run(&["apply", "p.json"]).await.exits(5);
    let told = unwrapped(&refused.err);
    assert!(told.contains("has other members than when the plan was made: AdGroup new:"), "{told}");
    assert_eq!(bench.writes().await, writes);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_applies_of_one_plan_one_wins_and_the_other_says_why() {
    let bench = Bench::with_latency(Duration::from_millis(60)).await;
    write(&bench, &(campaign("a", "20.00") + &campaign("b", "20.00")));
    bench.run(&["plan", "shop", "--out", "p.json"]).await.exits(0);
    let (one, two) = tokio::join!(bench.run(&["apply", "p.json"]), bench.run(&["apply", "p.json"]));
    let (won, lost) = if one.code == 0 { (one, two) } else { (two, one) };
    won.exits(0);
    match lost.code {
        1 => assert!(lost.err.contains("another apply is running here"), "{}", lost.err),
        5 => assert!(unwrapped(&lost.err).contains("exists by now"), "{}", lost.err),
        other => panic!("exit {other}\n{}", lost.err),
    }
    let markers = bench.markers().await;
    assert!(markers.values().all(|count| *count == 1), "{markers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_machines_the_later_finds_the_plan_stale() {
    let bench = Bench::start().await;
    write(&bench, &campaign("a", "20.00"));
    bench.run(&["plan", "shop", "--out", "p.json"]).await.exits(0);
    bench.run(&["apply", "p.json"]).await.exits(0);
    // Another machine has the same plan and no local state.
    std::fs::remove_dir_all(bench.path("shop/.adplane")).unwrap();
    let writes = bench.writes().await;
    let lost = bench.run(&["apply", "p.json"]).await.exits(5);
    assert!(unwrapped(&lost.err).contains("campaign/a exists by now"), "{}", lost.err);
    assert_eq!(bench.writes().await, writes);
}
