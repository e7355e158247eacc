//! `adplane rules shadow` and `explain` over a sandbox: what is recorded, what is remembered, and that nothing is written.

use adplane_core::overlay::Overlay;
use adplane_engine::state::StateDir;
use serde_json::{Value, json};

use super::bench::Bench;

const START: &str = "2026-11-02T08:00:00Z";

const RULES: &str = "apiVersion: adplane.io/v1alpha1
kind: AutomationRule
metadata: {name: less}
spec:
  mode: act
  scope: {kind: Campaign, accounts: [meta-es]}
  schedule: {every: 1h}
  require: {freshness: 72h}
  when: yesterday.spend > money('0.01 EUR')
  action: {type: adjustBudget, by: \"-20%\"}
  limits: {maxShareOfScope: 1.0, perRun: 2}
---
apiVersion: adplane.io/v1alpha1
kind: AutomationRule
metadata: {name: never-read}
spec:
  scope: {kind: Campaign, accounts: [meta-es]}
  schedule: {every: 1h}
  when: prev_month.spend > money('1 EUR')
  action: {type: pause}
";

async fn shop() -> Bench {
    let bench = Bench::at(START).await;
    bench.run(&["apply", "--auto-approve"]).await.exits(0);
    bench.advance("50h").await;
    bench.write("rules.yaml", RULES);
    bench
}

fn outcomes(document: &Value, rule: &str) -> Vec<String> {
    let runs = document["runs"].as_array().unwrap().iter().filter(|run| run["rule"]["name"] == json!(rule));
    let objects = runs.flat_map(|run| run["objects"].as_array().unwrap());
    let word = |object: &Value| {
        let outcome = &object["outcome"];
        let would = if outcome["kind"] == json!("shadow") { &outcome["would"] } else { outcome };
        would["kind"].as_str().unwrap().to_owned()
    };
    objects.map(word).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_are_tried_on_what_is_live_and_nothing_is_written() {
    let bench = shop().await;
    let unread = bench.run(&["rules", "shadow"]).await.exits(1);
    assert!(unread.err.contains("run `adplane metrics sync`"), "{}", unread.err);
    bench.run(&["metrics", "sync", "--back", "3"]).await.exits(0);
    let writes = bench.writes().await;
    let run = bench.run(&["rules", "shadow"]).await.exits(0);
    for word in ["RULE", "less", "propose", "git owns the budget", "deferred", "never-read", "not-covered"] {
        assert!(run.out.contains(word), "{word}:\n{}", run.out);
    }
    assert_eq!(bench.writes().await, writes, "nothing was written");
    // The same tick again: nothing is due, and what was recorded stays.
    let again = bench.run(&["rules", "shadow"]).await.exits(0);
    assert!(again.err.contains("no rule is due"), "{}", again.err);
    // An hour later, in another process, what was proposed rests and what waited has its turn.
    bench.advance("1h").await;
    let later = bench.run(&["rules", "shadow", "--format", "json"]).await.exits(0);
    let later: Value = serde_json::from_str(&later.out).unwrap();
    let found = outcomes(&later, "less");
    assert_eq!(found.iter().filter(|word| *word == "cooling").count(), 2, "{found:?}");
    assert_eq!(found.iter().filter(|word| *word == "propose").count(), 2, "{found:?}");
    assert!(outcomes(&later, "never-read").iter().all(|word| word == "unknown"));
    assert!(later["accounts"][0]["baseline"].as_i64().unwrap() > 0);
    assert_eq!(bench.writes().await, writes, "nothing was written");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_is_explained_rule_by_rule() {
    let bench = shop().await;
    let none = bench.run(&["explain", "campaign/social-app"]).await.exits(1);
    assert!(none.err.contains("or `adplane rules shadow`"), "{}", none.err);
    bench.run(&["metrics", "sync", "--back", "3"]).await.exits(0);
    bench.run(&["rules", "shadow"]).await.exits(0);
    let told = bench.run(&["explain", "campaign/social-app"]).await.exits(0);
    for words in [
        "default/less at ",
        "when yesterday.spend > money('0.01 EUR'): true",
        "yesterday.spend = ",
        "wanted: budget from 50.00 EUR to 40.00 EUR",
        "default/never-read at ",
        "unknown, since no report covers",
    ] {
        assert!(told.out.contains(words), "{words}:\n{}", told.out);
    }
    bench.write("rules.yaml", RULES.replace("-20%", "-10%"));
    let told = bench.run(&["explain", "campaign/social-app"]).await.exits(0);
    assert!(told.out.contains("(the rule has changed since)"), "{}", told.out);
    let unknown = bench.run(&["explain", "campaign/nothing"]).await.exits(1);
    assert!(unknown.err.contains("nothing is called `campaign/nothing`"), "{}", unknown.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_kill_switch_stops_what_rules_would_do() {
    let bench = shop().await;
    bench.run(&["metrics", "sync", "--back", "3"]).await.exits(0);
    bench.run(&["pause", "--account", "meta-es", "--reason", "broken pixel"]).await;
    let run = bench.run(&["rules", "shadow", "--format", "json"]).await.exits(0);
    let document: Value = serde_json::from_str(&run.out).unwrap();
    let found = outcomes(&document, "less");
    assert!(!found.is_empty());
    assert!(found.iter().all(|word| word == "refused" || word == "notRunning"), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_could_not_be_read_whole_keeps_its_ticks() {
    let bench = shop().await;
    bench.run(&["metrics", "sync", "--back", "3"]).await.exits(0);
    bench
        .faults(json!([{"kind": "http_500", "times": 99, "match": {"platform": "meta", "path": "/adsets"}}]))
        .await;
    let unread = bench.run(&["rules", "shadow"]).await.exits(1);
    assert!(unread.err.contains("no rule looked at account default/meta-es"), "{}", unread.err);
    assert!(unread.out.is_empty(), "{}", unread.out);
    // Minutes later, in the same tick, all of it is read.
    bench.faults(json!([])).await;
    bench.advance("5m").await;
    let read = bench.run(&["rules", "shadow", "--format", "json"]).await.exits(0);
    let read: Value = serde_json::from_str(&read.out).unwrap();
    assert!(outcomes(&read, "less").iter().any(|word| word == "propose"), "{read}");
}

const HALF: &str = "apiVersion: adplane.io/v1alpha1
kind: AutomationRule
metadata: {name: half}
spec:
  mode: act
  scope: {kind: Campaign, accounts: [meta-es], selector: {matchLabels: {team: content}}}
  schedule: {every: 1h}
  when: self.budget.daily > money('1 EUR')
  action: {type: adjustBudget, by: \"-50%\"}
  limits: {maxShareOfScope: 1.0}
";

/// What is wanted of a campaign, with the word for what would become of it.
fn wanted(document: &Value, campaign: &str) -> String {
    let runs = document["runs"].as_array().unwrap();
    let mut objects = runs.iter().flat_map(|run| run["objects"].as_array().unwrap());
    let ends = format!("/{campaign}");
    let one = objects.find(|one| one["object"].as_str().unwrap().ends_with(&ends)).unwrap();
    let change = &one["intent"]["changes"][0]["change"];
    format!("{} from {} to {}", one["outcome"]["would"]["kind"], change["from"], change["to"])
        .replace('"', "")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_managed_budget_is_moved_within_the_bounds_of_git() {
    let bench = Bench::at(START).await;
    let file = std::fs::read_to_string(bench.path("meta/engagement.yaml")).unwrap();
    let managed = "budget: {managed: {daily: {initial: 30.00 EUR, min: 20.00 EUR, max: 50.00 EUR}}}";
    bench.write("meta/engagement.yaml", file.replace("budget: {daily: 30.00 EUR}", managed));
    bench.write("rules.yaml", HALF);
    bench.run(&["apply", "--auto-approve"]).await.exits(0);
    bench.advance("26h").await;
    bench.run(&["metrics", "sync", "--back", "2"]).await.exits(0);
    let writes = bench.writes().await;
    let shadow = async || -> Value {
        serde_json::from_str(&bench.run(&["rules", "shadow", "--format", "json"]).await.exits(0).out).unwrap()
    };
    assert_eq!(
        wanted(&shadow().await, "social-engagement"),
        "act from 30.00 EUR to 20.00 EUR",
        "not below git's bound"
    );
    assert_eq!(bench.writes().await, writes, "nothing was written");

    // What a rule has put in force is what the next step goes from.
    let overlay = json!({
        "name": "half-social-engagement",
        "object": {"namespace": "default", "kind": "Campaign", "name": "social-engagement"},
        "field": "budget.daily", "value": "44.00 EUR", "rule": "half", "expires": "2026-12-01T00:00:00Z",
        "evidence": format!("sha256:{}", "5a".repeat(32)),
    });
    let overlay: Overlay = serde_json::from_value(overlay).unwrap();
    StateDir::of_project(&bench.path("")).overrides().put(&overlay).unwrap();
    bench.run(&["apply", "--auto-approve"]).await.exits(0);
    bench.advance("5h").await;
    assert_eq!(wanted(&shadow().await, "social-engagement"), "act from 44.00 EUR to 22.00 EUR");
}
