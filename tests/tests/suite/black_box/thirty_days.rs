//! Thirty days of the examples: numbers in tables, a stop-loss that wants what it should, and why in the records.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::bench::Bench;

const START: &str = "2026-11-01T22:30:00Z";
/// How the clock is moved; all of it are thirty days.
const STEPS: [&str; 5] = ["55h", "89h", "7d", "168h", "10d"];

const RULE: &str = "\
apiVersion: adplane.io/v1alpha1
kind: AutomationRule
metadata: {name: stop-loss}
spec:
  mode: act
  scope: {kind: AdGroup}
  schedule: {every: 1h}
  params: {target: \"25 EUR\", k: 3}
  require: {age: 3d, minClicks: 20}
  when: last_7d.conversions == 0 && last_7d.spend >= params.k * params.target
  action: {type: pause}
  limits: {maxShareOfScope: 1.0}
";

/// Ad groups by what the store says of their last seven days: whether they spent 75 EUR, on at least twenty clicks,
/// for nothing.
async fn wasted(bench: &Bench) -> BTreeMap<String, bool> {
    let asked = ["metrics", "query", "--level", "ad-groups", "--window", "last_7d", "--format", "json"];
    let answer: Value = serde_json::from_str(&bench.run(&asked).await.exits(0).out).unwrap();
    let objects = answer["accounts"].as_array().unwrap().iter().flat_map(|account| {
        let objects = account["objects"].as_array();
        objects.into_iter().flatten()
    });
    let number = |value: &Value| match value {
        Value::String(text) => text.parse::<f64>().ok(),
        other => other.as_f64(),
    };
    let told = objects.filter_map(|object| {
        let of = |name: &str| number(&object["metrics"][name]);
        let bad = of("spend")? >= 75.0 && of("clicks")? >= 20.0 && of("conversions")? == 0.0;
        Some((object["address"].as_str()?.to_owned(), bad))
    });
    told.collect()
}

/// What the rule would do now, by ad group.
async fn wanted(bench: &Bench) -> BTreeMap<String, String> {
    let run = bench.run(&["rules", "shadow", "--format", "json"]).await.exits(0);
    let document: Value = serde_json::from_str(&run.out).unwrap();
    let runs = document["runs"].as_array().unwrap();
    let objects = runs.iter().flat_map(|run| run["objects"].as_array().unwrap());
    let word = |object: &Value| {
        let outcome = &object["outcome"];
        let would = if outcome["kind"] == json!("shadow") { &outcome["would"] } else { outcome };
        (object["object"].as_str().unwrap().to_owned(), would["kind"].as_str().unwrap().to_owned())
    };
    objects.map(word).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn thirty_days_are_watched_and_explained() {
    let bench = Bench::at(START).await;
    bench.run(&["apply", "--auto-approve"]).await.exits(0);
    bench.write("stop-loss.yaml", RULE);
    let (mut stopped, mut spared, mut last) = (BTreeSet::new(), BTreeSet::new(), BTreeMap::new());
    for step in STEPS {
        bench.advance(step).await;
        bench.run(&["metrics", "sync", "--back", "12"]).await.exits(0);
        let (known, writes) = (wasted(&bench).await, bench.writes().await);
        let found = wanted(&bench).await;
        assert_eq!(bench.writes().await, writes, "the shadow writes nothing");
        for (address, what) in &found {
            let bad = known.get(address).copied();
            match what.as_str() {
                "false" => assert_eq!(bad, Some(false), "{step}: {address} is left alone"),
                // Too young in the first step, whatever it spent; later too few clicks, or switched off.
                "unknown" | "notRunning" => {
                    assert!(step == STEPS[0] || bad != Some(true), "{step}: {address} {what}");
                }
                "propose" | "cooling" | "settling" => {
                    assert_eq!(bad, Some(true), "{step}: {address} {what}");
                    stopped.insert(address.clone());
                }
                other => panic!("{step}: {address} {other}"),
            }
            if what == "false" {
                spared.insert(address.clone());
            }
        }
        last = found;
    }
    assert!(!stopped.is_empty() && spared.len() > 5, "{stopped:?} {spared:?}");

    let wide = bench.run(&["get", "campaigns", "-o", "wide"]).await.exits(0);
    for column in ["SPEND", "CONVERSIONS", "CPA", "ROAS"] {
        assert!(wide.out.contains(column), "{column}\n{}", wide.out);
    }
    assert!(!wide.out.contains("never"), "{}", wide.out);
    for address in stopped.iter().chain(spared.first()) {
        let told = bench.run(&["explain", address]).await.exits(0);
        // What was stopped once may have sold since.
        let verdict = if last[address] == "false" { ": false" } else { "wanted: " };
        for words in ["default/stop-loss at ", "last_7d.spend = ", verdict] {
            assert!(told.out.contains(words), "{address} {words}\n{}", told.out);
        }
    }
}
