//! What git owns: each proposal that somebody agrees to becomes a patch that `git apply` takes, and the plan after it
//! is what the rule wanted.

use super::acting::{LESS, run, shop};
use super::bench::{Bench, Run};
use super::proposals::asked;
use super::repository::Repository;

/// A rule that wants something of one object, whatever was delivered.
fn rule(name: &str, kind: &str, object: &str, action: &str) -> String {
    format!(
        "---\napiVersion: adplane.io/v1alpha1\nkind: AutomationRule\nmetadata: {{name: {name}}}\nspec:\n  mode: act\n  \
         scope: {{kind: {kind}}}\n  schedule: {{every: 1h}}\n  when: self.name == '{object}' && self.state == 'Active'\n  \
         {action}\n  limits: {{maxShareOfScope: 1.0, perRun: 20}}\n"
    )
}

/// The examples live, committed, and these rules run once.
async fn asking(rules: &[String]) -> (Bench, Repository) {
    let bench = shop(&rules.concat()).await;
    let repository = Repository::init(&bench.path(""));
    repository.run(&["config", "user.name", "Ana"]);
    repository.run(&["config", "user.email", "ana@shop.example"]);
    repository.commit("the shop");
    run(&bench, 0).await;
    (bench, repository)
}

async fn approve(bench: &Bench, object: &str, more: &[&str]) -> Run {
    let digits = asked(bench, object).await;
    bench.run(&[&["rules", "approve", &digits], more].concat()).await
}

/// Applies a patch with git; what differs afterwards.
fn apply(bench: &Bench, repository: &Repository, patch: &str) -> String {
    bench.write("said.patch", patch);
    repository.run(&["apply", "said.patch"]);
    std::fs::remove_file(bench.path("said.patch")).unwrap();
    repository.run(&["diff", "-U0"])
}

#[tokio::test(flavor = "multi_thread")]
async fn bids_and_targets_that_are_agreed_to_are_patches_that_git_applies() {
    let (bench, repository) = asking(&[
        rule(
            "bid",
            "AdGroup, platforms: [Google, Meta]",
            "boots-adults",
            "action: {type: adjustBid, by: \"-20%\"}",
        ),
        rule("return", "Campaign, platforms: [Google]", "pmax-range", "action: {type: setTarget, to: \"5\"}"),
        rule("cost", "AdGroup", "social-boots-es", "action: {type: setTarget, to: \"15 EUR\"}"),
        rule("cut", "Campaign", "social-app", "action: {type: adjustBudget, by: \"-20%\"}"),
    ])
    .await;
    for (object, lines, plan) in [
        (
            "boots-adults",
            &["-  bidding: {bid: 0.45 EUR}", "+  bidding: {bid: 0.36 EUR}             # the strategy"][..],
            "0.36 EUR",
        ),
        ("pmax-range", &["+  bidding: {strategy: TargetRoas, roas: 5}"], "roas"),
        // The campaign's line is for both ad groups: this one gets its own.
        ("social-boots-es", &["+  bidding: {strategy: CostCap, amount: 15.00 EUR}"], "15.00 EUR"),
        ("social-app", &["-  budget: {daily: 50.00 EUR}", "+  budget: {daily: 40.00 EUR}"], "40.00 EUR"),
    ] {
        let patch = approve(&bench, object, &[]).await.exits(0);
        assert!(patch.out.starts_with("# rule default/"), "{}", patch.out);
        let diff = apply(&bench, &repository, &patch.out);
        for line in lines {
            assert!(diff.contains(line), "{line}: {diff}");
        }
        let planned = bench.run(&["plan"]).await.exits(0);
        assert!(planned.out.contains(plan) && planned.out.contains("1 to update"), "{}", planned.out);
        bench.run(&["apply", "--auto-approve"]).await.exits(0);
        bench.run(&["plan", "--detailed-exitcode"]).await.exits(0);
        repository.commit(object);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn creatives_and_labels_are_written_or_committed_where_asked() {
    let (bench, repository) = asking(&[
        rule(
            "rotate",
            "Ad",
            "range-carousel",
            "action: {type: rotateCreative, creatives: [range-carousel, boots-puddle]}",
        ),
        rule("due", "Campaign", "social-guide", "action: {type: label, labels: {review: due}}"),
        rule("first", "Campaign", "social-leads", "action: {type: label, labels: {review: \"yes\"}}"),
    ])
    .await;
    // A branch beside the checkout: its files stay, and so does what is staged.
    let said = approve(&bench, "social-boots-es/range-carousel", &["--branch", "rotate"]).await.exits(0);
    assert!(said.err.contains("nothing was pushed"), "{}", said.err);
    assert_eq!(repository.run(&["status", "--porcelain"]), "");
    assert_eq!(repository.run(&["rev-parse", "rotate^"]), repository.head());
    let shown = repository.run(&["show", "rotate"]);
    assert!(
        shown.contains("+    - {name: range-carousel, creative: boots-puddle, state: Active}"),
        "{shown}"
    );
    assert!(shown.contains("rule default/rotate"), "{shown}");
    repository.run(&["merge", "-q", "rotate"]);
    let planned = bench.run(&["plan"]).await.exits(0);
    assert!(planned.out.contains("social-boots-es/range-carousel"), "{}", planned.out);

    let written = approve(&bench, "social-guide", &["--write"]).await.exits(0);
    assert!(written.out.starts_with("meta/guide-traffic.yaml:"), "{}", written.out);
    let diff = repository.run(&["diff", "-U0"]);
    assert!(diff.contains("+metadata: {name: social-guide, labels: {team: content, review: due}}"), "{diff}");

    let patch = approve(&bench, "social-leads", &[]).await.exits(0);
    let diff = apply(&bench, &repository, &patch.out);
    assert!(diff.contains("review: \"yes\"}"), "a text stays one: {diff}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_yaml_does_not_say_is_told_and_can_be_asked_for_again() {
    let (bench, repository) = asking(&[rule(
        "bid",
        "Campaign, platforms: [Google]",
        "search-jackets",
        "action: {type: adjustBid, by: \"-20%\"}",
    )])
    .await;
    let digits = asked(&bench, "search-jackets").await;
    let file = std::fs::read_to_string(bench.path("google/jackets.yaml")).unwrap();
    bench.write("google/jackets.yaml", file.replace(", maxCpc: 0.90 EUR", ""));
    let told = bench.run(&["rules", "approve", &digits]).await.exits(1);
    assert!(told.err.contains("the YAML does not say one"), "{}", told.err);
    assert!(told.err.contains("write `bidding.maxCpc: 0.72 EUR`"), "{}", told.err);
    assert_eq!(told.out, "");
    // It stays agreed to: once the YAML says a bid again, the same command has the patch.
    bench.write("google/jackets.yaml", &file);
    let again = bench.run(&["rules", "approve", &digits]).await.exits(0);
    apply(&bench, &repository, &again.out);
    let said = bench.run(&["rules", "approve", &digits]).await.exits(0);
    assert!(said.err.contains("git says `bidding.maxCpc`"), "{}", said.err);
    assert_eq!(said.out, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proposed_pull_request_is_a_patch_in_local_state() {
    let actions = "actions:\n    - {type: adjustBid, by: \"-20%\"}\n    - {type: proposePR, message: \"Lower {self.name}\\n--- a/adplane.yaml\"}";
    let (bench, repository) =
        asking(&[rule("pull", "AdGroup, platforms: [Google, Meta]", "boots-adults", actions)]).await;
    let digits = asked(&bench, "boots-adults").await;
    let file = format!(".adplane/patches/{digits}.patch");
    let patch = std::fs::read_to_string(bench.path(&file)).unwrap();
    assert!(patch.starts_with("# Lower boots-adults\n# --- a/adplane.yaml\n# rule default/pull"), "{patch}");
    repository.run(&["apply", "--check", &file]);
    assert_eq!(repository.run(&["status", "--porcelain"]), "", "the files are a person's");
}

#[tokio::test(flavor = "multi_thread")]
async fn amounts_of_long_standing_become_initial() {
    let (bench, repository) = asking(&[LESS.to_owned()]).await;
    let young = bench.run(&["rules", "harvest"]).await.exits(0);
    assert!(young.err.contains("no amount of a rule has been in force for 30d"), "{}", young.err);
    assert_eq!(young.out, "");
    bench.advance("31d").await;
    let patch = bench.run(&["rules", "harvest"]).await.exits(0);
    let diff = apply(&bench, &repository, &patch.out);
    let lent = "budget: {managed: {daily: {initial: 24.00 EUR, min: 10.00 EUR, max: 50.00 EUR}}}";
    assert!(diff.contains(&format!("+  {lent}")), "{diff}");
    assert!(!diff.contains("meta/app.yaml"), "{diff}");
    bench.run(&["plan", "--target", "campaign/social-engagement", "--detailed-exitcode"]).await.exits(0);
    let again = bench.run(&["rules", "harvest", "--older-than", "1d"]).await.exits(0);
    assert_eq!(again.out, "", "git says so now");
}
