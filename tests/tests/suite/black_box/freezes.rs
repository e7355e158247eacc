//! Freeze windows: shown in a plan, gating the start of an apply and each of its batches.

use std::time::Duration;

use serde_json::Value;

use super::bench::Bench;
use super::ownership::{ACCOUNT, endpoint};

/// The sandbox's clock starts on Monday 2 November 2026, 09:00 in Madrid.
const CLOSED: &str = "ranges: [{from: \"2026-11-01\", to: \"2026-11-03\"}]\n  reason: peak days";
const OPENS: &str = "frozen until 2026-11-04T00:00:00+01:00[Europe/Madrid] by default/peak (peak days)";

pub(super) fn campaign(name: &str, budget: &str) -> String {
    format!(
        "---\napiVersion: adplane.io/v1alpha1\nkind: Campaign\nmetadata: {{name: {name}}}\nspec:\n  \
         account: meta-eu\n  objective: Traffic\n  state: Active\n  budget: {{daily: {budget} EUR}}\n  \
         specialAdCategories: []\n"
    )
}

fn window(spec: &str) -> String {
    format!(
        "---\napiVersion: adplane.io/v1alpha1\nkind: FreezeWindow\nmetadata: {{name: peak}}\nspec:\n  {spec}\n"
    )
}

pub(super) fn write(bench: &Bench, documents: &str) {
    bench.write("shop/adplane.yaml", "project: shop\n");
    bench.write("shop/ads.yaml", ACCOUNT.replace("URL", &endpoint(bench)) + documents);
}

/// Text as it was before it was wrapped for the terminal.
pub(super) fn unwrapped(text: &str) -> String {
    text.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Name, status and daily budget in cents of every campaign.
async fn campaigns(bench: &Bench) -> Vec<(String, String, String)> {
    let state = bench.state().await;
    let campaigns = state["meta"]["act_1000000001"]["campaigns"].as_array().cloned().unwrap_or_default();
    let text = |object: &Value, key: &str| object[key].as_str().unwrap_or_default().to_owned();
    campaigns
        .iter()
        .map(|object| (text(object, "name"), text(object, "status"), text(object, "daily_budget")))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_raise_waits_for_the_opening() {
    let bench = Bench::start().await;
    write(&bench, &campaign("spring", "20.00"));
    bench.run(&["apply", "shop", "--auto-approve"]).await.exits(0);
    let writes = bench.writes().await;

    write(&bench, &(campaign("spring", "30.00") + &window(CLOSED)));
    let plan = bench.run(&["plan", "shop", "--out", "p.json"]).await.exits(0);
    assert!(plan.out.contains(OPENS), "{}", plan.out);
    for arguments in [&["apply", "p.json"][..], &["apply", "shop", "--auto-approve"]] {
        let refused = bench.run(arguments).await.exits(3);
        assert!(refused.err.contains(OPENS) && refused.err.contains("campaign/spring"), "{}", refused.err);
    }
    assert_eq!(bench.writes().await, writes, "nothing is written while everything must wait");

    // Midnight in Madrid is 23:00 in UTC: 08:00 on the 2nd and 39 hours.
    bench.advance("39h").await;
    bench.run(&["apply", "p.json"]).await.exits(0);
    assert_eq!(campaigns(&bench).await[0].2, "3000");
}

#[tokio::test(flavor = "multi_thread")]
async fn lowering_passes_unless_the_window_forbids_even_that() {
    let bench = Bench::start().await;
    write(&bench, &(campaign("a", "20.00") + &campaign("b", "20.00")));
    bench.run(&["apply", "shop", "--auto-approve"]).await.exits(0);
    let writes = bench.writes().await;

    let lowered = campaign("a", "30.00") + &campaign("b", "10.00");
    write(&bench, &(lowered.clone() + &window(&format!("allow: Nothing\n  {CLOSED}"))));
    bench.run(&["apply", "shop", "--auto-approve"]).await.exits(3);
    assert_eq!(bench.writes().await, writes);

    write(&bench, &(lowered + &window(CLOSED)));
    let part = bench.run(&["apply", "shop", "--auto-approve"]).await.exits(4);
    let told = unwrapped(&part.err);
    assert!(told.contains("campaign/a was not attempted") && told.contains(OPENS), "{told}");
    let mut budgets: Vec<(String, String)> =
        campaigns(&bench).await.into_iter().map(|(name, _, budget)| (name, budget)).collect();
    budgets.sort();
    assert_eq!(budgets, [("a".into(), "2000".into()), ("b".into(), "1000".into())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_that_closes_midway_stops_the_rest() {
    let bench = Bench::with_latency(Duration::from_millis(250)).await;
    let wanted =
        campaign("spring", "20.00") + &window("ranges: [{from: \"2026-11-02T10:00\", to: \"2026-11-02\"}]");
    write(&bench, &wanted);
    let apply = bench.command(&["apply", "shop", "--auto-approve"]).spawn().unwrap();
    while bench.writes().await == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    bench.advance("2h").await;
    let output = apply.wait_with_output().await.unwrap();
    let told = unwrapped(&String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(4), "{told}");
    assert!(told.contains("frozen until 2026-11-03T00:00:00+01:00[Europe/Madrid]"), "{told}");
    assert_eq!(campaigns(&bench).await[0].1, "PAUSED", "it was created, and must not be enabled any more");

    bench.advance("24h").await;
    bench.run(&["apply", "shop", "--auto-approve"]).await.exits(0);
    assert_eq!(campaigns(&bench).await[0].1, "ACTIVE");
}

#[tokio::test(flavor = "multi_thread")]
async fn naming_one_folder_is_no_way_around_a_window() {
    let bench = Bench::start().await;
    bench.write("shop/adplane.yaml", "project: shop\n");
    let account = ACCOUNT.replace("URL", &endpoint(&bench));
    let other = account.replace("meta-eu", "meta-us").replace("act_1000000001", "act_1000000002");
    bench.write("shop/ads/ads.yaml", account + &campaign("spring", "20.00"));
    bench.write("shop/more/account.yaml", other);
    bench.write(
        "shop/calendar/peak.yaml",
        window(&format!("match: {{accounts: [meta-eu, meta-us]}}\n  {CLOSED}")),
    );
    for path in ["shop/ads", "shop/ads/ads.yaml"] {
        let refused = bench.run(&["apply", path, "--auto-approve"]).await.exits(3);
        assert!(refused.err.contains(OPENS), "{path}: {}", refused.err);
        let plan = bench.run(&["plan", path]).await.exits(0);
        assert!(plan.out.contains(OPENS), "{path}: {}", plan.out);
    }
    assert_eq!(bench.writes().await, 0);
    bench.advance("39h").await;
    bench.run(&["apply", "shop/ads", "--auto-approve"]).await.exits(0);
}
