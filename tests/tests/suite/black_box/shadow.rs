//! `adplane rules shadow` and `explain` over a sandbox: what is recorded, what is remembered, and that nothing is written.

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
    assert!(none.err.contains("run `adplane rules shadow`"), "{}", none.err);
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
