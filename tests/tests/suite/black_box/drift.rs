//! Drift with a name, on every platform, and back into the YAML.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use super::bench::Bench;

const ACTOR: &str = "ana@shop.example";

/// The live object whose name is this.
fn named<'a>(objects: &'a Value, member: &str, name: &str) -> &'a Value {
    objects.as_array().unwrap().iter().find(|object| object[member] == name).unwrap()
}

/// Ana raises one budget on each platform, as a person in its web screens.
async fn raise_budgets(bench: &Bench) {
    let state = bench.state().await;
    let google = &state["google"]["1000000001"];
    let campaign = named(&google["campaigns"], "name", "ES · Search · Brand");
    let budget = campaign["campaignBudget"].as_str().unwrap().rsplit('/').next().unwrap();
    let meta = named(&state["meta"]["act_1000000001"]["campaigns"], "name", "ES · Engagement · Ask us");
    let tiktok = state["tiktok"]["7000000000000000001"]["campaigns"].as_array().unwrap();
    let tiktok = tiktok
        .iter()
        .find(|object| object["campaign_name"].as_str().unwrap().starts_with("ES - Traffic - Rain jackets"))
        .unwrap();
    for (platform, account, collection, id, set) in [
        ("google", "1000000001", "campaignBudgets", json!(budget), json!({"amountMicros": "33000000"})),
        ("meta", "act_1000000001", "campaigns", meta["id"].clone(), json!({"daily_budget": "4400"})),
        ("tiktok", "7000000000000000001", "campaigns", tiktok["campaign_id"].clone(), json!({"budget": 88})),
    ] {
        bench
            .edit(json!({"platform": platform, "account": account, "collection": collection, "id": id,
                "set": set, "actor": ACTOR}))
            .await;
    }
}

fn files(folder: &Path, into: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with(".adplane") {
            files(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            into.insert(path.display().to_string(), std::fs::read_to_string(&path).unwrap());
        }
    }
}

fn yaml(bench: &Bench) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    files(&bench.path(""), &mut found);
    found
}

/// Lines that differ, by file: before and after.
fn changed(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<(String, String)> {
    assert!(before.keys().eq(after.keys()));
    let pairs = before.values().zip(after.values());
    pairs
        .flat_map(|(before, after)| {
            assert_eq!(before.lines().count(), after.lines().count());
            before.lines().zip(after.lines()).filter(|(before, after)| before != after)
        })
        .map(|(before, after)| (before.to_owned(), after.to_owned()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn drift_has_a_name_and_goes_back_into_its_line() {
    let bench = Bench::start().await;
    bench.run(&["apply", "--auto-approve"]).await.exits(0);
    bench.run(&["drift"]).await.exits(0);
    raise_budgets(&bench).await;

    let list = bench.run(&["drift", "-o", "json"]).await.exits(2);
    let list: Vec<Value> = serde_json::from_str(&list.out).unwrap();
    let seen: Vec<(&str, &str, &str, &str)> = list
        .iter()
        .map(|found| {
            let text = |value: &'static str| found.pointer(value).and_then(Value::as_str).unwrap_or("(none)");
            (text("/yaml"), text("/live"), text("/changedBy/actor"), text("/moved"))
        })
        .collect();
    // TikTok shows its operators masked.
    assert_eq!(
        seen,
        [
            ("20.00 EUR", "33.00 EUR", ACTOR, "platform"),
            ("30.00 EUR", "44.00 EUR", ACTOR, "platform"),
            ("75.00 EUR", "88.00 EUR", "a***e", "platform"),
        ],
        "{list:#?}"
    );
    for found in &list {
        assert!(found["changedBy"]["local"].as_str().unwrap().ends_with("Europe/Madrid"), "{found}");
    }
    let table = bench.run(&["drift"]).await.exits(2);
    assert!(table.out.contains(ACTOR) && table.out.contains("Europe/Madrid"), "{}", table.out);
    let plan = bench.run(&["plan"]).await.exits(0);
    assert!(plan.out.contains("was changed on the platform by ana@shop.example"), "{}", plan.out);

    let before = yaml(&bench);
    let one = bench.run(&["drift", "--write-back", "--target", "campaign/search-brand"]).await.exits(0);
    assert!(one.out.contains("google/brand.yaml:13:"), "{}", one.out);
    assert_eq!(
        changed(&before, &yaml(&bench)),
        [("  budget: {daily: 20.00 EUR}".to_owned(), "  budget: {daily: 33.00 EUR}".to_owned())]
    );
    bench.run(&["drift", "--write-back"]).await.exits(0);
    let all = changed(&before, &yaml(&bench));
    assert_eq!(all.len(), 3, "{all:#?}");
    assert!(
        all.contains(&(
            "  budget: {daily: 75.00 EUR}           # TikTok's minimum for a campaign is 50 a day".to_owned(),
            "  budget: {daily: 88.00 EUR}           # TikTok's minimum for a campaign is 50 a day".to_owned(),
        )),
        "{all:#?}"
    );
    bench.run(&["plan", "--detailed-exitcode"]).await.exits(0);
    bench.run(&["drift"]).await.exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_of_the_yaml_are_not_written_over() {
    let bench = Bench::start().await;
    bench.run(&["apply", "--auto-approve"]).await.exits(0);
    let file = bench.path("google/brand.yaml");
    let text = std::fs::read_to_string(&file).unwrap().replace("daily: 20.00 EUR", "daily: 25.00 EUR");
    std::fs::write(&file, &text).unwrap();
    let nothing = bench.run(&["drift", "--write-back"]).await.exits(0);
    assert!(nothing.err.contains("nothing to write back"), "{}", nothing.err);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    let unknown = bench.run(&["drift", "--write-back", "--target", "campaign/nothing"]).await.exits(1);
    assert!(unknown.err.contains("nothing that was named differs"), "{}", unknown.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_ignored_is_neither_compared_nor_written() {
    let bench = Bench::start().await;
    let settings = "project: veleta\ndrift:\n  rules: [{account: meta-es, field: budget, policy: Ignore}]\n";
    bench.write("adplane.yaml", settings);
    bench.run(&["apply", "--auto-approve"]).await.exits(0);
    raise_budgets(&bench).await;
    let list = bench.run(&["drift", "-o", "json"]).await.exits(2);
    let list: Vec<Value> = serde_json::from_str(&list.out).unwrap();
    assert!(list.iter().all(|found| !found["address"].as_str().unwrap().starts_with("meta/")), "{list:#?}");
    bench.run(&["apply", "--auto-approve"]).await.exits(0);
    let state = bench.state().await;
    let meta = named(&state["meta"]["act_1000000001"]["campaigns"], "name", "ES · Engagement · Ask us");
    assert_eq!(meta["daily_budget"], json!("4400"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_line_decides_for_several_is_refused() {
    let bench = Bench::start().await;
    bench.run(&["apply", "--auto-approve"]).await.exits(0);
    // The amount is written once, on the campaign, for both of its ad sets.
    let state = bench.state().await;
    let sets = state["meta"]["act_1000000001"]["adsets"].as_array().unwrap();
    let spain = sets.iter().find(|set| set["name"] == "Spain").unwrap();
    bench
        .edit(
            json!({"platform": "meta", "account": "act_1000000001", "collection": "adsets", "id": spain["id"],
            "set": {"bid_amount": 2100}, "actor": ACTOR}),
        )
        .await;
    let before = yaml(&bench);
    let refused = bench.run(&["drift", "--write-back"]).await.exits(1);
    assert!(refused.err.contains("the same line also decides"), "{}", refused.err);
    assert_eq!(yaml(&bench), before);
}
