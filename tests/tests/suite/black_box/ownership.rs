//! Whose an object is: removal, rename, projects side by side.

use serde_json::Value;

use super::bench::Bench;

pub(super) const ACCOUNT: &str = "\
apiVersion: adplane.io/v1alpha1
kind: AdAccount
metadata: {name: meta-eu}
spec:
  platform: Meta
  accountId: act_1000000001
  currency: EUR
  timeZone: Europe/Madrid
  endpoint: URL/meta
  credentials: {exec: [echo, '{\"access_token\": \"sandbox-token\"}']}
  compliance: {dsa: {beneficiary: Shop Ltd, payor: Shop Ltd}}
";

fn campaign(name: &str, extra: &str) -> String {
    format!(
        "---\napiVersion: adplane.io/v1alpha1\nkind: Campaign\nmetadata:\n  name: {name}\n{extra}spec:\n  \
         account: meta-eu\n  objective: Traffic\n  state: Active\n  budget: {{daily: 20.00 EUR}}\n  \
         specialAdCategories: []\n"
    )
}

fn project(bench: &Bench, folder: &str, project: &str, campaigns: &str) {
    bench.write(&format!("{folder}/adplane.yaml"), format!("project: {project}\n"));
    bench.write(&format!("{folder}/ads.yaml"), ACCOUNT.replace("URL", &endpoint(bench)) + campaigns);
}

/// The sandbox's root.
pub(super) fn endpoint(bench: &Bench) -> String {
    let text = std::fs::read_to_string(bench.path("accounts.yaml")).unwrap();
    let endpoint =
        |line: &str| line.trim().strip_prefix("endpoint: ")?.strip_suffix("/meta").map(str::to_owned);
    text.lines().find_map(endpoint).unwrap()
}

/// Names and states, by name.
async fn campaigns(bench: &Bench) -> Vec<(String, String)> {
    let state = bench.state().await;
    let list = state["meta"]["act_1000000001"]["campaigns"].as_array().cloned().unwrap_or_default();
    let mut found: Vec<(String, String)> = list
        .iter()
        .map(|object| {
            let text = |member: &str| object[member].as_str().unwrap_or_default().to_owned();
            (text("name"), text("status"))
        })
        .collect();
    found.sort_unstable();
    found
}

fn pair(name: &str, status: &str) -> (String, String) {
    (name.into(), status.into())
}

#[tokio::test(flavor = "multi_thread")]
async fn removing_yaml_stops_the_spend_and_keeps_the_history() {
    let bench = Bench::start().await;
    project(&bench, "p", "retail", &(campaign("a", "") + &campaign("b", "")));
    bench.run(&["apply", "p", "--auto-approve"]).await.exits(0);

    project(&bench, "p", "retail", &campaign("a", ""));
    let plan = bench.run(&["plan", "p", "--detailed-exitcode"]).await.exits(0);
    assert!(plan.out.contains("No changes"), "a leftover is reported, not planned: {}", plan.out);
    let plan = bench.run(&["plan", "p", "--prune", "--format", "json"]).await.exits(0);
    let plan: Value = serde_json::from_str(&plan.out).unwrap();
    assert_eq!(
        (plan["summary"]["delete"].as_u64(), &plan["classes"]),
        (Some(1), &serde_json::json!(["delete"]))
    );
    bench.run(&["apply", "p", "--prune", "--auto-approve"]).await.exits(0);
    assert_eq!(campaigns(&bench).await, [pair("a", "ACTIVE"), pair("b", "PAUSED")]);

    // Writing it again takes the same object up; nothing is created.
    project(&bench, "p", "retail", &(campaign("a", "") + &campaign("b", "")));
    bench.run(&["apply", "p", "--auto-approve"]).await.exits(0);
    assert_eq!(campaigns(&bench).await, [pair("a", "ACTIVE"), pair("b", "ACTIVE")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rename_keeps_the_live_object() {
    let bench = Bench::start().await;
    project(&bench, "p", "retail", &campaign("old", ""));
    bench.run(&["apply", "p", "--auto-approve"]).await.exits(0);
    let moved = "  annotations: {adplane.io/moved-from: old}\n";
    project(&bench, "p", "retail", &campaign("new", moved));
    bench.run(&["apply", "p", "--auto-approve"]).await.exits(0);
    assert_eq!(campaigns(&bench).await.len(), 1);
    project(&bench, "p", "retail", &campaign("new", ""));
    bench.run(&["plan", "p", "--detailed-exitcode"]).await.exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_project_never_touches_anothers_objects() {
    let bench = Bench::start().await;
    project(&bench, "theirs", "theirs", &campaign("a", ""));
    bench.run(&["apply", "theirs", "--auto-approve"]).await.exits(0);
    let state = bench.state().await;
    let id = state["meta"]["act_1000000001"]["campaigns"][0]["id"].as_str().unwrap().to_owned();

    // Pruning an empty project removes nothing that is not its own.
    project(&bench, "ours", "ours", "");
    bench.run(&["apply", "ours", "--prune", "--auto-approve"]).await.exits(0);
    assert_eq!(campaigns(&bench).await, [pair("a", "ACTIVE")]);

    let bound = format!("  annotations: {{adplane.io/external-id: \"{id}\"}}\n");
    let cheaper = campaign("mine", &bound).replace("20.00", "10.00");
    project(&bench, "ours", "ours", &cheaper);
    let refused = bench.run(&["apply", "ours", "--auto-approve"]).await.exits(4);
    assert!(refused.out.contains("another owner"), "{}", refused.out);
    bench.run(&["apply", "ours", "--take-over", "--auto-approve"]).await.exits(0);
    bench.run(&["plan", "ours", "--detailed-exitcode"]).await.exits(0);
}
