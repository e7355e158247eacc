//! `adplane log`: what commits changed, in the team's words.

use serde_json::{Value, json};

use super::bench::Bench;
use super::repository::Repository;

fn campaign(name: &str, annotations: &str, daily: &str, locations: &str) -> String {
    format!(
        "apiVersion: adplane.io/v1alpha1\nkind: Campaign\nmetadata: {{name: {name}, annotations: {{{annotations}}}}}\n\
         spec:\n  account: meta-eu\n  objective: Traffic\n  budget: {{daily: {daily}}}\n  specialAdCategories: []\n  \
         targeting: {{locations: [{locations}]}}\n"
    )
}

/// A history: two campaigns, a raise, a move, a rename, a break, a removal.
fn history(bench: &Bench) -> Repository {
    let repository = Repository::init(&bench.path("p"));
    bench.write("p/adplane.yaml", "project: retail\n");
    bench.write(
        "p/a.yaml",
        campaign("a", "", "20.00 EUR", "ES") + "---\n" + &campaign("b", "", "5.00 EUR", "ES"),
    );
    repository.commit("Begin with two campaigns");
    bench.write(
        "p/a.yaml",
        campaign("a", "", "35.00 EUR", "PT, ES") + "---\n" + &campaign("b", "", "5.00 EUR", "ES"),
    );
    repository.commit("Raise a and add Portugal\n\nIt sells.\n\nAdplane-Plan: sha256:0123abcd");
    bench.write("p/a.yaml", campaign("b", "", "5.00 EUR", "ES"));
    bench.write("p/new/a.yaml", campaign("a", "", "35.00 EUR", "ES, PT"));
    repository.commit("Sort the folders");
    bench.write("p/new/a.yaml", campaign("spring", "adplane.io/moved-from: a", "35.00 EUR", "ES, PT"));
    repository.commit("Call it spring");
    bench.write("p/a.yaml", "apiVersion: adplane.io/v1alpha1\nkind: Campaign\n  broken: [\n");
    repository.commit("Break it");
    std::fs::remove_file(bench.path("p/a.yaml")).unwrap();
    repository.commit("Drop b");
    repository
}

async fn log(bench: &Bench, arguments: &[&str]) -> Vec<Value> {
    let arguments = [&["log", "--format", "json"], arguments].concat();
    serde_json::from_str(&bench.run_in("p", &arguments).await.exits(0).out).unwrap()
}

fn subjects(log: &[Value]) -> Vec<&str> {
    log.iter().map(|entry| entry["subject"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn commits_are_told_object_by_object() {
    let bench = Bench::start().await;
    history(&bench);
    let all = log(&bench, &[]).await;
    assert_eq!(
        subjects(&all),
        ["Break it", "Call it spring", "Raise a and add Portugal", "Begin with two campaigns"],
        "moving an object to another file changes nothing, and what was broken before cannot be told as removed"
    );
    let raise = &all[2];
    assert_eq!((raise["author"].as_str(), raise["email"].as_str()), (Some("Ana"), Some("ana@shop.example")));
    assert_eq!(raise["plans"], json!([{"hash": "sha256:0123abcd"}]));
    assert_eq!(
        raise["objects"][0]["fields"],
        json!([
            {"path": "budget.daily", "before": "20.00 EUR", "after": "35.00 EUR"},
            {"path": "targeting.locations", "before": ["ES"], "after": ["ES", "PT"]},
        ])
    );
    assert_eq!(
        (all[1]["objects"][0]["happening"].as_str(), all[1]["objects"][0]["from"].as_str()),
        (Some("renamed"), Some("a"))
    );
    assert_eq!(all[0]["unreadable"], json!(["a.yaml"]));

    let text = bench.run_in("p", &["log"]).await.exits(0);
    for line in [
        "20.00 EUR → 35.00 EUR",
        "+ PT",
        "campaign/spring renamed from `a`",
        "plan sha256:0123abcd",
        "+ campaign/b added",
    ] {
        assert!(text.out.contains(line), "{line}: {}", text.out);
    }
    let page = bench.run_in("p", &["log", "--format", "markdown", "-N", "1", "HEAD~3"]).await.exits(0);
    assert!(page.out.starts_with("### Raise a and add Portugal"), "{}", page.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn ranges_paths_and_objects_narrow_it() {
    let bench = Bench::start().await;
    history(&bench);
    assert_eq!(subjects(&log(&bench, &["HEAD~5..HEAD~3"]).await), ["Raise a and add Portugal"]);
    // The object that lies below `new` now is followed back to the file and the name that it had.
    assert_eq!(
        subjects(&log(&bench, &["new"]).await),
        ["Call it spring", "Raise a and add Portugal", "Begin with two campaigns"]
    );
    let spring = log(&bench, &["--target", "campaign/spring"]).await;
    assert_eq!(subjects(&spring), ["Call it spring", "Raise a and add Portugal", "Begin with two campaigns"]);
    assert!(spring.iter().all(|entry| entry["objects"].as_array().unwrap().len() == 1));
    let wrong = bench.run_in("p", &["log", "nowhere"]).await.exits(1);
    assert!(wrong.err.contains("neither a revision of git nor a file"), "{}", wrong.err);
    bench.run_in("p", &["log", "HEAD", "nowhere"]).await.exits(64);
}
