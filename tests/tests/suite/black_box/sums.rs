//! What has no reports of its own in `get` and `describe`: shared budgets, pools and creatives.

use serde_json::Value;

use super::bench::Bench;

const START: &str = "2026-11-02T08:00:00Z";

async fn listed(bench: &Bench, folder: &str, kind: &str) -> Vec<Value> {
    let shown = bench.run_in(folder, &["get", kind, "-o", "json"]).await.exits(0);
    serde_json::from_str(&shown.out).unwrap()
}

/// Those whose address ends so; of creatives and pools one for each account.
fn named<'v>(all: &'v [Value], address: &str) -> Vec<&'v Value> {
    all.iter().filter(|one| one["address"].as_str().is_some_and(|text| text.ends_with(address))).collect()
}

/// What was spent and shown yesterday, in micros.
fn yesterday(object: &Value) -> (i64, i64) {
    let told = &object["delivered"]["yesterday"]["metrics"];
    let text = told["spend"].as_str().unwrap_or_else(|| panic!("{object}"));
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let micros = format!("{whole}{part:0<6}").parse().unwrap();
    (micros, told["impressions"].as_i64().unwrap())
}

fn sum(parts: &[&Value]) -> (i64, i64) {
    assert!(!parts.is_empty());
    parts.iter().map(|one| yesterday(one)).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
}

#[tokio::test(flavor = "multi_thread")]
async fn budgets_and_creatives_are_the_sum_of_what_refers_to_them() {
    let bench = Bench::at(START).await;
    bench.run(&["apply", "--auto-approve"]).await.exits(0);
    bench.advance("75h").await;
    let unread = listed(&bench, ".", "creatives").await;
    assert!(
        unread[0]["delivered"]["unknown"].as_str().unwrap().contains("nothing was read"),
        "{}",
        unread[0]
    );
    bench.run(&["metrics", "sync", "--back", "5"]).await.exits(0);

    let all = listed(&bench, ".", "all").await;
    let budget = named(&all, "Budget/default/products-shared");
    let campaigns =
        [named(&all, "Campaign/default/search-jackets"), named(&all, "Campaign/default/search-boots")]
            .concat();
    assert!(sum(&campaigns).0 > 0);
    assert_eq!(yesterday(budget[0]), sum(&campaigns));
    let creative = named(&all, "creative/search-jackets-dry");
    let ads = [named(&all, "/jackets-women-dry"), named(&all, "/jackets-men-dry")].concat();
    assert_eq!(ads.len(), 2);
    assert_eq!(yesterday(creative[0]), sum(&ads));
    // One that ads of two accounts show has a line for each.
    let shared = named(&all, "creative/rain-video");
    let accounts: Vec<&str> = shared.iter().map(|one| one["account"].as_str().unwrap()).collect();
    assert_eq!(accounts, ["default/meta-es", "default/tiktok-es"], "{shared:?}");
    assert_eq!(
        listed(&bench, ".", "creatives").await.len(),
        all.iter().filter(|one| one["kind"] == "Creative").count()
    );

    let spent = bench.run(&["get", "creatives", "-o", "wide"]).await.exits(0).out;
    let line = spent.lines().find(|line| line.contains("search-jackets-dry")).unwrap();
    assert!(line.starts_with("Creative") && spent.contains("ROAS"), "{spent}");
    let told = bench.run(&["describe", "creative/rain-video"]).await.exits(0).out;
    assert_eq!(told.matches("Delivered, yesterday").count(), 2, "{told}");
    assert!(told.contains("Account:    default/tiktok-es"), "{told}");
    let told = bench.run(&["describe", "budget/products-shared"]).await.exits(0).out;
    let impressions = format!("impressions {}", yesterday(budget[0]).1);
    assert!(told.contains("Delivered, yesterday") && told.contains(&impressions), "{impressions} in {told}");
    bench.run(&["describe", "creative/nobody"]).await.exits(1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_is_the_sum_of_its_campaigns_on_each_account() {
    let bench = Bench::at(START).await;
    bench.run_in("pools", &["apply", "--auto-approve"]).await.exits(0);
    bench.advance("50h").await;
    bench.run_in("pools", &["metrics", "sync", "--back", "3"]).await.exits(0);
    let pools = listed(&bench, "pools", "budgets").await;
    let campaigns = listed(&bench, "pools", "campaigns").await;
    let pool = named(&pools, "budget/rain");
    assert!(pool.len() > 1, "{pools:?}");
    for one in pool {
        let theirs: Vec<&Value> = campaigns
            .iter()
            .filter(|campaign| one["ids"].as_array().unwrap().contains(&campaign["id"]))
            .collect();
        assert!(theirs.iter().all(|campaign| campaign["account"] == one["account"]));
        assert_eq!(yesterday(one), sum(&theirs));
    }
}
