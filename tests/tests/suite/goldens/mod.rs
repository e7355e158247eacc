//! Golden plans: what a reviewer reads, word for word, with money checked by hand.
//!
//! Each test applies a first project, edits it, and plans again through the real binary; the plan's text is a snapshot
//! (`snapshots/`), and its money is asserted with the calculation beside it. `INSTA_UPDATE=always cargo test -p
//! adplane-tests --test suite goldens` writes snapshots anew: read every change of one as if a customer had sent it.

mod shop;

use serde_json::{Value, json};

use shop::{ads, budget, google, group, meta, search, social, tiktok, words};

use crate::black_box::bench::Bench;

/// A project's documents, joined, its accounts pointed at the sandbox.
fn project(bench: &Bench, documents: &[String]) -> String {
    documents.join("---\n").replace("SANDBOX", &bench.url())
}

/// Applies `before`, plans `after`, and returns the plan's text without its hash, and its document.
async fn planned(name: &str, before: &[String], after: &[String], flags: &[&str]) -> Value {
    let bench = Bench::start().await;
    bench.write("shop/adplane.yaml", "project: shop\n");
    if !before.is_empty() {
        bench.write("shop/ads.yaml", project(&bench, before));
        bench.run(&["apply", "shop", "--auto-approve"]).await.exits(0);
    }
    bench.write("shop/ads.yaml", project(&bench, after));
    let plan = [&["plan", "shop", "--out", "p.json"], flags].concat();
    let shown = bench.run(&plan).await.exits(0);
    let lines: Vec<&str> = shown.out.lines().filter(|line| !line.starts_with("Hash:")).collect();
    let text = lines.join("\n") + "\n";
    insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!(name, text);
    });
    serde_json::from_slice(&std::fs::read(bench.path("p.json")).unwrap()).unwrap()
}

/// Expected a day before and after, the difference, the worst day of the apply and of the days after.
#[track_caller]
fn money(plan: &Value, currency: &str, expected: [&str; 5]) {
    let money = &plan["money"][currency];
    let found =
        ["dailyBefore", "dailyAfter", "delta", "worstDay", "worstDayAfter"].map(|name| money[name].clone());
    assert_eq!(found, expected.map(|amount| json!(format!("{amount} {currency}"))), "{money:#}");
}

/// Actions by address, without what is unchanged.
fn actions(plan: &Value) -> Vec<String> {
    let changes = plan["changes"].as_array().unwrap();
    let kind =
        |address: &str| address.split('/').skip(2).collect::<Vec<_>>().join("/").replace("/default", "");
    changes
        .iter()
        .map(|change| {
            format!("{} {}", change["action"].as_str().unwrap(), kind(change["address"].as_str().unwrap()))
        })
        .collect()
}

fn breaks(plan: &Value, name: &str) -> Vec<String> {
    let changes = plan["changes"].as_array().unwrap();
    let change = changes.iter().find(|change| change["address"].as_str().unwrap().ends_with(name)).unwrap();
    let found = change["breaks"].as_array().cloned().unwrap_or_default();
    found.iter().map(|found| found["what"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_raised_budget() {
    let shop = |amount: &str| vec![google("EUR"), search("brand", &format!("daily: {amount} EUR"))];
    let plan = planned("a_raised_budget", &shop("40.00"), &shop("50.00"), &[]).await;
    // Google lets a day cost twice the amount: 2 × 50.00 = 100.00. A month: 30.4 × 50.00 = 1520.00.
    money(&plan, "EUR", ["40.00", "50.00", "10.00", "100.00", "100.00"]);
    assert_eq!(plan["money"]["EUR"]["worstPeriod"]["calendar month"], "1520.00 EUR");
    // 25 % is a step above 20 %.
    assert_eq!(breaks(&plan, "brand"), ["resetsLearning"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lowered_budget() {
    let shop = |amount: &str| vec![google("JPY"), search("brand", &format!("daily: {amount} JPY"))];
    let plan = planned("a_lowered_budget", &shop("6000"), &shop("5001"), &[]).await;
    // Today still counts 2 × 6000 = 12000, from tomorrow 2 × 5001 = 10002; 30.4 × 5001 = 152030.4 a month.
    money(&plan, "JPY", ["6000", "5001", "-999", "12000", "10002"]);
    assert_eq!(plan["money"]["JPY"]["worstPeriod"]["calendar month"], "152030.4 JPY");
    // 16.65 % is no step above 20 %.
    assert_eq!(breaks(&plan, "brand"), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shared_budget_with_three_campaigns() {
    let shop = |amount: &str| {
        let campaigns = ["boots", "coats", "hats"].map(|name| search(name, "ref: products"));
        [vec![google("USD"), budget("products", &format!("{amount} USD"))], campaigns.to_vec()].concat()
    };
    let plan = planned("a_shared_budget_with_three_campaigns", &shop("85.00"), &shop("120.50"), &[]).await;
    // Counted once, not three times: 85.00 → 120.50; 2 × 120.50 = 241.00; 30.4 × 120.50 = 3663.20.
    money(&plan, "USD", ["85.00", "120.50", "35.50", "241.00", "241.00"]);
    let money = &plan["money"]["USD"];
    assert_eq!(money["worstPeriod"]["calendar month"], "3663.20 USD");
    assert_eq!(money["budgets"][0]["campaigns"], json!(["boots", "coats", "hats"]));
    // Each campaign can use all of it, and says whose money it is.
    let rows = money["campaigns"].as_array().unwrap();
    let own: Vec<_> = rows.iter().map(|row| (row["delta"].clone(), row["sharedBudget"].clone())).collect();
    let address = json!("google/shop/Budget/default/products");
    assert_eq!(own, vec![(json!("35.50 USD"), address); 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replacement() {
    let shop = |objective: &str| {
        vec![meta("EUR"), social("spring", objective, "daily: 100.00 EUR"), group("spring", ""), words()]
    };
    let plan = planned("a_replacement", &shop("Traffic"), &shop("Awareness"), &[]).await;
    // The old one may have spent 1.75 × 100.00 = 175.00 today, and its successor as much again: 350.00.
    money(&plan, "EUR", ["100.00", "100.00", "0.00", "350.00", "175.00"]);
    assert_eq!(
        actions(&plan),
        ["replace Campaign/spring", "replace AdGroup/spring-group", "replace Ad/spring-group/hello"]
    );
    assert_eq!(breaks(&plan, "Campaign/default/spring"), ["cannotBeUndone", "loses", "forcesReplacement"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rename() {
    let before = vec![google("EUR"), search("brand", "daily: 40.00 EUR")];
    let renamed = search("company", "daily: 40.00 EUR").replace(
        "metadata: {name: company}",
        "metadata: {name: company, annotations: {adplane.io/moved-from: brand}}",
    );
    let plan = planned("a_rename", &before, &[google("EUR"), renamed], &[]).await;
    // The live campaign stays, and so does its money: 2 × 40.00 = 80.00.
    money(&plan, "EUR", ["40.00", "40.00", "0.00", "80.00", "80.00"]);
    assert_eq!(actions(&plan), ["update Campaign/company"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_campaign() {
    let before =
        vec![tiktok("JPY"), social("clips", "Traffic", "daily: 20000 JPY"), ads("clips", ""), words()];
    let more =
        [before.clone(), vec![social("more", "Traffic", "daily: 12345 JPY"), ads("more", "")]].concat();
    let plan = planned("a_new_campaign", &before, &more, &[]).await;
    // 20000 + 12345 = 32345; TikTok lets a day cost 1.25 times that: 40431.25; a week 7 × 32345 = 226415.
    money(&plan, "JPY", ["20000", "32345", "12345", "40431.25", "40431.25"]);
    assert_eq!(plan["money"]["JPY"]["worstPeriod"]["calendar week"], "226415 JPY");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion() {
    let account = google("USD").replace("spec:\n", "spec:\n  deletionPolicy: Delete\n");
    let keep = search("keep", "daily: 10.00 USD");
    let before = vec![account.clone(), keep.clone(), search("gone", "daily: 25.00 USD")];
    let plan = planned("a_deletion", &before, &[account, keep], &["--prune"]).await;
    // What goes spends no more: 35.00 → 10.00, and the worst day is 2 × 10.00 = 20.00, today as well.
    money(&plan, "USD", ["35.00", "10.00", "-25.00", "20.00", "20.00"]);
    let removed = plan["changes"][0]["address"].as_str().unwrap();
    assert_eq!(breaks(&plan, removed), ["cannotBeUndone", "loses"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_inside_a_freeze() {
    // The sandbox's first instant is 03:00 on 2 November in New York: the window opens at midnight after the 3rd.
    let window = "apiVersion: adplane.io/v1alpha1\nkind: FreezeWindow\nmetadata: {name: peak}\nspec:\n  ranges: \
                  [{from: \"2026-11-01\", to: \"2026-11-03\"}]\n  reason: peak days\n";
    let shop = |raised: &str, lowered: &str| {
        let campaign = |name, amount: &str| search(name, &format!("daily: {amount} USD"));
        vec![google("USD"), campaign("raised", raised), campaign("lowered", lowered)]
    };
    let after = [shop("50.00", "15.00"), vec![window.to_owned()]].concat();
    let plan = planned("a_change_inside_a_freeze", &shop("40.00", "20.00"), &after, &[]).await;
    // 40.00 + 20.00 → 50.00 + 15.00. Google lets a day cost twice the amount, and what is lowered today may have been
    // spent already: 2 × 50.00 + 2 × 20.00 = 140.00; the days after 2 × 50.00 + 2 × 15.00 = 130.00.
    money(&plan, "USD", ["60.00", "65.00", "5.00", "140.00", "130.00"]);
    let until = |name: &str| {
        let changes = plan["changes"].as_array().unwrap();
        let change =
            changes.iter().find(|change| change["address"].as_str().unwrap().ends_with(name)).unwrap();
        change["frozen"]["until"].clone()
    };
    assert_eq!(until("/raised"), "2026-11-04T00:00:00-05:00[America/New_York]");
    assert_eq!(until("/lowered"), Value::Null, "lowering passes");
}

/// An end some days after the sandbox's first instant.
const FLIGHT: &str = "schedule: {end: \"2026-11-11\"}";

#[tokio::test(flavor = "multi_thread")]
async fn from_daily_to_total_on_google_replaces_the_campaign() {
    // Google fixes the kind of a budget with the campaign: another campaign with another budget.
    let flight = "start: \"2026-12-01\", end: \"2026-12-10\"";
    let total = search("brand", "total: 900.00 EUR")
        .replace("  state: Active", &format!("  schedule: {{{flight}}}\n  state: Active"));
    let before = vec![google("EUR"), search("brand", "daily: 40.00 EUR")];
    let plan = planned("from_daily_to_total_on_google", &before, &[google("EUR"), total], &[]).await;
    // Ten days: 900.00 / 10 = 90.00 a day. A total has no limit a day: the worst day is all of it, and today the old
    // campaign may have spent 2 × 40.00 = 80.00 beside it.
    money(&plan, "EUR", ["40.00", "90.00", "50.00", "980.00", "900.00"]);
    assert_eq!(plan["money"]["EUR"]["worstPeriod"], json!({"flight": "900.00 EUR"}));
    assert_eq!(actions(&plan), ["replace Campaign/brand"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn from_daily_to_total_on_meta_is_an_update() {
    let shop = |budget: &str, flight: &str| {
        vec![meta("USD"), social("spring", "Traffic", budget), group("spring", flight), words()]
    };
    let before = shop("daily: 70.00 USD", "");
    let plan = planned("from_daily_to_total_on_meta", &before, &shop("total: 700.00 USD", FLIGHT), &[]).await;
    assert_eq!(actions(&plan)[0], "update Campaign/spring");
    let money = &plan["money"]["USD"];
    // The end is kept on the ad set, and its flight is the campaign's: 2 to 11 November are ten days, 70.00 a day.
    assert_eq!([&money["dailyBefore"], &money["dailyAfter"]], ["70.00 USD"; 2]);
    assert_eq!(money["worstDayBefore"], "122.50 USD", "1.75 × 70.00");
    assert_eq!([&money["worstDay"], &money["worstDayAfter"]], ["700.00 USD"; 2], "all that remains");
    assert_eq!(money["worstPeriod"], json!({"flight": "700.00 USD"}));
}

#[tokio::test(flavor = "multi_thread")]
async fn from_daily_to_total_on_tiktok_replaces_the_whole_subtree() {
    let shop = |budget: &str, flight: &str| {
        vec![tiktok("EUR"), social("clips", "Traffic", budget), ads("clips", flight), words()]
    };
    let before = shop("daily: 75.00 EUR", "");
    let plan =
        planned("from_daily_to_total_on_tiktok", &before, &shop("total: 1500.00 EUR", FLIGHT), &[]).await;
    assert_eq!(
        actions(&plan),
        ["replace Campaign/clips", "replace AdGroup/clips-group", "replace Ad/clips-group/hello"]
    );
    let money = &plan["money"]["EUR"];
    // Ten days: 1500.00 / 10 = 150.00 a day.
    assert_eq!([&money["dailyBefore"], &money["dailyAfter"]], ["75.00 EUR", "150.00 EUR"]);
    // 1.25 × 75.00 = 93.75 of the old one today, and all of the total beside it.
    assert_eq!([&money["worstDayBefore"], &money["worstDay"]], ["93.75 EUR", "1593.75 EUR"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fifth_budget_change_within_an_hour_is_warned_about() {
    let bench = Bench::start().await;
    bench.write("shop/adplane.yaml", "project: shop\n");
    let shop = |amount: &str| {
        let campaign = social("spring", "Traffic", "").replace("  budget: {}\n", "");
        let documents =
            [meta("EUR"), campaign, group("spring", &format!("budget: {{daily: {amount} EUR}}")), words()];
        project(&bench, &documents)
    };
    bench.write("shop/ads.yaml", shop("20.00"));
    bench.run(&["apply", "shop", "--auto-approve"]).await.exits(0);
    bench.advance("2h").await;
    let state = bench.state().await;
    let id = state["meta"]["act_1000000001"]["adsets"][0]["id"].clone();
    bench.write("shop/ads.yaml", shop("30.00"));
    for (number, cents) in [2100, 2200, 2300, 2400].into_iter().enumerate() {
        let calm = bench.run(&["plan", "shop"]).await.exits(0);
        assert!(!calm.out.contains("exceeds an edit limit"), "after {number} changes\n{}", calm.out);
        bench
            .edit(json!({
                "platform": "meta", "account": "act_1000000001", "collection": "adsets", "id": id,
                "set": {"daily_budget": cents.to_string()}, "actor": "ana@shop.example",
            }))
            .await;
    }
    let warned = bench.run(&["plan", "shop"]).await.exits(0);
    let expected = "! exceeds an edit limit: budget.daily was changed 4 times within the last 60 minutes";
    assert!(warned.out.contains(expected), "{}", warned.out);
    // So does `apply`, before it asks; here nobody can be asked, and nothing is written.
    let warned = bench.run(&["apply", "shop"]).await.exits(6);
    assert!(warned.out.contains(expected), "{}", warned.out);
    // An hour later the vendor has forgotten.
    bench.advance("61m").await;
    let calm = bench.run(&["plan", "shop"]).await.exits(0);
    assert!(!calm.out.contains("exceeds an edit limit"), "{}", calm.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_that_tiktok_raises_by_itself_is_not_bounded_by_git() {
    let bench = Bench::start().await;
    bench.write("shop/adplane.yaml", "project: shop\n");
    let shop = |name: &str| {
        let campaign = social("clips", "Traffic", "daily: 75.00 EUR")
            .replace("spec:\n", &format!("spec:\n  displayName: {name}\n"));
        project(&bench, &[tiktok("EUR"), campaign, ads("clips", ""), words()])
    };
    bench.write("shop/ads.yaml", shop("Clips"));
    bench.run(&["apply", "shop", "--auto-approve"]).await.exits(0);
    bench.write("shop/ads.yaml", shop("Short clips"));
    let plan = async || {
        let shown = bench.run(&["plan", "shop", "--out", "p.json"]).await.exits(0).out;
        let plan: Value = serde_json::from_slice(&std::fs::read(bench.path("p.json")).unwrap()).unwrap();
        (shown, plan["money"]["EUR"].clone())
    };
    let (shown, money) = plan().await;
    // 1.25 × 75.00 a day.
    assert_eq!([&money["worstDay"], &money["automatic"]], [&json!("93.75 EUR"), &Value::Null]);
    assert!(!shown.contains("automatic:"), "{shown}");

    let state = bench.state().await;
    let id = state["tiktok"]["7000000000000000001"]["campaigns"][0]["campaign_id"].clone();
    bench
        .edit(json!({
            "platform": "tiktok", "account": "7000000000000000001", "collection": "campaigns", "id": id,
            "set": {"budget_auto_adjust_strategy": "AUTO_BUDGET_INCREASE"}, "actor": "ana@shop.example",
        }))
        .await;
    let (shown, money) = plan().await;
    // 6.2 × 75.00 = 465.00 a day, seven times that a week; the row says since when, why, and how sure it is.
    assert_eq!([&money["dailyAfter"], &money["worstDay"]], ["75.00 EUR", "465.00 EUR"]);
    assert_eq!(money["worstPeriod"]["calendar week"], "3255.00 EUR");
    let rule = money["rules"].as_array().unwrap().iter().find(|rule| rule["automatic"] == true).unwrap();
    assert_eq!([&rule["since"], &rule["confidence"]], ["2025-12-01", "medium"]);
    let said =
        "automatic: the platform itself raises the daily budget of campaign/clips; git does not bound it";
    assert!(shown.contains(said), "{shown}");
}
