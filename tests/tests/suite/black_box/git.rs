//! Plans of git ranges: what a range changes, and nothing else.

use serde_json::{Value, json};

use super::bench::Bench;
use super::repository::Repository;

const ACCOUNT: &str = "\
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

pub(crate) fn campaign(name: &str, daily: &str) -> String {
    format!(
        "apiVersion: adplane.io/v1alpha1\nkind: Campaign\nmetadata: {{name: {name}}}\nspec:\n  account: meta-eu\n  \
         objective: Traffic\n  state: Active\n  budget: {{daily: {daily}}}\n  specialAdCategories: []\n"
    )
}

/// A project of two campaigns, each in a file of its own, committed.
pub(crate) fn start(bench: &Bench) -> Repository {
    let repository = Repository::init(&bench.path("p"));
    bench.write("p/adplane.yaml", "project: retail\n");
    bench.write("p/account.yaml", ACCOUNT.replace("URL", &bench.url()));
    bench.write("p/a.yaml", campaign("a", "20.00 EUR"));
    bench.write("p/b.yaml", campaign("b", "20.00 EUR"));
    repository.commit("two campaigns");
    repository
}

/// The same, applied.
async fn project(bench: &Bench) -> Repository {
    let repository = start(bench);
    bench.run_in("p", &["apply", "--auto-approve"]).await.exits(0);
    repository
}

/// Ana changes a campaign on the platform.
pub(crate) async fn edit(bench: &Bench, campaign: &str, set: Value) {
    let state = bench.state().await;
    let campaigns = state["meta"]["act_1000000001"]["campaigns"].as_array().unwrap().clone();
    let id = campaigns.iter().find(|live| live["name"] == campaign).unwrap()["id"].clone();
    bench
        .edit(json!({"platform": "meta", "account": "act_1000000001", "collection": "campaigns", "id": id,
            "set": set, "actor": "ana@shop.example"}))
        .await;
}

fn changes(plan: &Value) -> Vec<(String, String)> {
    let changes = plan["changes"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    changes
        .map(|change| {
            let address = text(&change["address"]);
            (text(&change["action"]), address.rsplit('/').next().unwrap().to_owned())
        })
        .collect()
}

async fn plan(bench: &Bench, arguments: &[&str]) -> Value {
    let arguments = [&["plan", "--format", "json"], arguments].concat();
    serde_json::from_str(&bench.run_in("p", &arguments).await.exits(0).out).unwrap()
}

fn pair(action: &str, name: &str) -> (String, String) {
    (action.to_owned(), name.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_plans_only_what_it_changes() {
    let bench = Bench::start().await;
    let repository = project(&bench).await;
    let before = repository.head();
    bench.write("p/a.yaml", campaign("a", "30.00 EUR"));
    repository.commit("raise a");
    // Drift elsewhere is out of scope.
    edit(&bench, "b", json!({"daily_budget": "9900"})).await;
    assert_eq!(changes(&plan(&bench, &[]).await), [pair("update", "a"), pair("update", "b")]);
    let ranged = plan(&bench, &["--from", &before]).await;
    assert_eq!(changes(&ranged), [pair("update", "a")]);
    assert_eq!(ranged["range"]["from"], json!(before));

    // The working copy does not matter where `--to` says what is wanted.
    bench.write("p/a.yaml", campaign("a", "77.00 EUR"));
    let committed = plan(&bench, &["--from", &before, "--to", "HEAD"]).await;
    assert_eq!(committed["changes"][0]["fields"][0]["after"], json!("30.00 EUR"));
    let edited = plan(&bench, &["--from", &before]).await;
    assert_eq!(edited["changes"][0]["fields"][0]["after"], json!("77.00 EUR"));
    assert_eq!(std::fs::read_to_string(bench.path("p/a.yaml")).unwrap(), campaign("a", "77.00 EUR"));

    // What is planned is applied exactly, and its drift elsewhere stays.
    repository.checkout("a.yaml");
    bench.run_in("p", &["plan", "--from", &before, "--out", "range.json"]).await.exits(0);
    bench.run_in("p", &["apply", "range.json"]).await.exits(0);
    assert_eq!(changes(&plan(&bench, &[]).await), [pair("update", "b")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_range_takes_out_is_removed_and_nothing_else() {
    let bench = Bench::start().await;
    let repository = project(&bench).await;
    let before = repository.head();
    std::fs::remove_file(bench.path("p/b.yaml")).unwrap();
    repository.commit("drop b");
    assert!(changes(&plan(&bench, &[]).await).is_empty(), "without a range a leftover is only reported");
    let ranged = plan(&bench, &["--from", &before]).await;
    assert_eq!(changes(&ranged), [pair("delete", "b")]);
    assert_eq!(ranged["classes"], json!(["delete"]));
    // A part of the project proves nothing.
    let part = plan(&bench, &["a.yaml", "account.yaml", "--from", &before]).await;
    assert!(changes(&part).is_empty(), "{part}");
    // Others' additions beside the range are not removals.
    repository.run(&["branch", "side", &before]);
    repository.run(&["checkout", "-q", "side"]);
    bench.write("p/c.yaml", campaign("c", "5.00 EUR"));
    repository.commit("add c");
    let side = plan(&bench, &["--from", "main", "--to", "side"]).await;
    assert_eq!(changes(&side), [pair("create", "c")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_taken_out_stays_and_the_plan_says_so() {
    let bench = Bench::start().await;
    let repository = project(&bench).await;
    let before = repository.head();
    bench.write("p/a.yaml", campaign("a", "20.00 EUR").replace("  state: Active\n", ""));
    repository.commit("leave the state to the platform");
    for arguments in [&["--from", before.as_str()][..], &[][..]] {
        let planned = plan(&bench, arguments).await;
        assert!(changes(&planned).is_empty());
        let told: Vec<&str> = planned["diagnostics"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|found| found["message"].as_str())
            .collect();
        assert!(
            told.contains(&"`state` of campaign/a is no longer managed: stays Active"),
            "{arguments:?}: {told:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_ranges_say_what_is_wrong() {
    let bench = Bench::start().await;
    let repository = project(&bench).await;
    let first = repository.head();
    bench.write("p/a.yaml", campaign("a", "30.00 EUR"));
    repository.commit("raise a");
    let unknown = bench.run_in("p", &["plan", "--from", "nowhere"]).await.exits(1);
    assert!(unknown.err.contains("git knows no revision `nowhere`"), "{}", unknown.err);
    let swapped = bench.run_in("p", &["plan", "--from", "HEAD", "--to", &first]).await.exits(64);
    assert!(swapped.err.contains("swap `--from` and `--to`"), "{}", swapped.err);
    bench.run_in("p", &["plan", "--to", "HEAD"]).await.exits(64);
    bench.run_in("p", &["plan", "--from", "HEAD", "--prune"]).await.exits(64);
    let outside = bench.run(&["plan", "--from", "HEAD"]).await.exits(1);
    assert!(outside.err.contains("in no git checkout"), "{}", outside.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_override_in_a_range_is_a_change_of_its_object() {
    let bench = Bench::start().await;
    let repository = start(&bench);
    let bounds = "{managed: {daily: {initial: 20.00 EUR, min: 10.00 EUR, max: 40.00 EUR}}}";
    bench.write("p/a.yaml", campaign("a", "20.00 EUR").replace("{daily: 20.00 EUR}", bounds));
    repository.commit("lend the budget of a");
    bench.run_in("p", &["apply", "--auto-approve"]).await.exits(0);
    let before = repository.head();
    edit(&bench, "b", json!({"daily_budget": "9900"})).await;
    bench.write(
        "p/less.yaml",
        "apiVersion: adplane.io/v1alpha1\nkind: Override\nmetadata: {name: less}\nspec:\n  object: {kind: Campaign, \
         name: a}\n  field: budget.daily\n  value: 15.00 EUR\n  expires: \"2036-03-01T00:00:00Z\"\n",
    );
    repository.commit("less for a");
    let less = repository.head();
    let ranged = plan(&bench, &["--from", &before]).await;
    assert_eq!(changes(&ranged), [pair("update", "a")]);
    assert_eq!(ranged["changes"][0]["fields"][0]["after"], json!("15.00 EUR"));
    bench.run_in("p", &["apply", "--target", "campaign/a", "--auto-approve"]).await.exits(0);
    std::fs::remove_file(bench.path("p/less.yaml")).unwrap();
    repository.commit("as before");
    let back = plan(&bench, &["--from", &less]).await;
    assert_eq!(changes(&back), [pair("update", "a")]);
    assert_eq!(back["changes"][0]["fields"][0]["after"], json!("20.00 EUR"));
}
