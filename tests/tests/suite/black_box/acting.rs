//! `adplane rules run` over a sandbox: what rules do to live accounts, and what they leave alone.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::bench::{Bench, Run};

const START: &str = "2026-11-02T08:00:00Z";
const GUIDE: &str = "meta/guide-traffic.yaml";
const ENGAGEMENT: &str = "meta/engagement.yaml";

/// Pauses everything on an account that has spent: git lets one campaign be paused.
pub(super) const STOP_LOSS: &str = "apiVersion: adplane.io/v1alpha1
kind: AutomationRule
metadata: {name: stop-loss}
spec:
  mode: act
  scope: {kind: Campaign, accounts: [meta-es]}
  schedule: {every: 1h}
  require: {freshness: 72h}
  when: yesterday.spend > money('0.01 EUR')
  action: {type: pause, holdFor: 48h}
  limits: {maxShareOfScope: 1.0, perRun: 20}
";

/// Cuts by a fifth: git lends the budget of one campaign.
pub(super) const LESS: &str = "apiVersion: adplane.io/v1alpha1
kind: AutomationRule
metadata: {name: less}
spec:
  mode: act
  scope: {kind: Campaign, accounts: [meta-es]}
  schedule: {every: 1h}
  require: {freshness: 72h}
  when: yesterday.spend > money('0.01 EUR')
  action: {type: adjustBudget, by: \"-20%\"}
  limits: {maxShareOfScope: 1.0, perRun: 20}
";

fn replace(bench: &Bench, file: &str, from: &str, to: &str) {
    let text = std::fs::read_to_string(bench.path(file)).unwrap();
    assert!(text.contains(from), "{file} has no `{from}`");
    bench.write(file, text.replacen(from, to, 1));
}

/// The examples live for two days, with a campaign that rules may pause and one whose budget git lends.
async fn shop_with(latency: Duration, rules: &str) -> Bench {
    let bench = Bench::at_with_latency(START, latency).await;
    replace(&bench, GUIDE, "  state: Active\n", "  state: Active\n  rulesMayPause: true\n");
    let bounds = "budget: {managed: {daily: {initial: 30.00 EUR, min: 10.00 EUR, max: 50.00 EUR}}}";
    replace(&bench, ENGAGEMENT, "budget: {daily: 30.00 EUR}", bounds);
    bench.run(&["apply", "--auto-approve"]).await.exits(0);
    bench.advance("50h").await;
    bench.write("rules.yaml", rules);
    bench.run(&["metrics", "sync", "--back", "3"]).await.exits(0);
    bench
}

pub(super) async fn shop(rules: &str) -> Bench {
    shop_with(Duration::ZERO, rules).await
}

/// Status and daily budget of the campaigns of the Meta account, by name.
pub(super) async fn live(bench: &Bench) -> BTreeMap<String, (String, String)> {
    let state = bench.state().await;
    let campaigns = state["meta"]["act_1000000001"]["campaigns"].as_array().unwrap().clone();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    campaigns
        .iter()
        .map(|one| (text(&one["name"]), (text(&one["status"]), text(&one["daily_budget"]))))
        .collect()
}

/// What differs, by name.
pub(super) fn moved(
    before: &BTreeMap<String, (String, String)>,
    after: &BTreeMap<String, (String, String)>,
) -> Vec<String> {
    let changed = after.iter().filter(|(name, now)| before.get(*name) != Some(*now));
    changed.map(|(name, (status, budget))| format!("{name}: {status} {budget}")).collect()
}

pub(super) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (path, target) = (entry.as_ref().unwrap().path(), to.join(entry.unwrap().file_name()));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

pub(super) async fn run(bench: &Bench, code: i32) -> Run {
    bench.run(&["rules", "run"]).await.exits(code)
}

async fn tasks(bench: &Bench) -> Vec<Value> {
    let run = bench.run(&["rules", "run", "--format", "json"]).await.exits(0);
    let document: Value = serde_json::from_str(&run.out).unwrap();
    document["tasks"].as_array().unwrap().clone()
}

/// What is on disk of the rules' memory may be moved away when it is damaged; what they have in force stays theirs.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_record_repeats_nothing() {
    let bench = shop(&LESS.replace("every: 1h", "every: 15m")).await;
    run(&bench, 0).await;
    let writes = bench.writes().await;
    std::fs::remove_dir_all(bench.path(".adplane/rules")).unwrap();
    bench.advance("1h").await;
    let again = run(&bench, 0).await;
    let told = "the record of rules was lost: 1 override in force is its rule's again and rests, and nothing is raised on";
    assert!(again.err.contains(told), "{}", again.err);
    assert_eq!(bench.writes().await, writes, "no second cut: {}", again.out);
    let quiet = run(&bench, 0).await;
    assert!(!quiet.err.contains("was lost"), "told once: {}", quiet.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_loss_pauses_what_it_should_and_nothing_else() {
    let bench = shop(STOP_LOSS).await;
    // A change in git that nobody has applied does not ride along.
    replace(&bench, "meta/app.yaml", "budget: {daily: 50.00 EUR}", "budget: {daily: 55.00 EUR}");
    let (before, writes) = (live(&bench).await, bench.writes().await);

    let dry = bench.run(&["rules", "run", "--dry-run"]).await.exits(0);
    assert!(dry.out.contains("held by rule `stop-loss` until"), "{}", dry.out);
    assert!(!dry.out.contains("55.00 EUR"), "{}", dry.out);
    assert_eq!(bench.writes().await, writes, "a dry run writes nothing");

    let acted = run(&bench, 0).await;
    assert!(acted.out.contains("written") && acted.out.contains("campaign/social-guide"), "{}", acted.out);
    assert!(acted.out.contains("git does not let rules pause it"), "{}", acted.out);
    assert_eq!(moved(&before, &live(&bench).await), ["ES · Traffic · Bad weather guide: PAUSED 2500"]);
    assert_eq!(bench.writes().await, writes + 1);

    // The record says what was sent, and as which request.
    let told = bench.run(&["explain", "campaign/social-guide"]).await.exits(0);
    for words in ["it acts", "yesterday.spend = ", "written", "request"] {
        assert!(told.out.contains(words), "{words}:\n{}", told.out);
    }
    let log = std::fs::read_to_string(bench.path(".adplane/log.jsonl")).unwrap();
    assert!(log.contains("\"automation\":\"rule default/stop-loss\""), "{log}");
    bench.run(&["audit", "verify"]).await.exits(0);

    // Again, in the same tick and in the next: nothing is left to do.
    run(&bench, 0).await;
    bench.advance("1h").await;
    run(&bench, 0).await;
    assert_eq!(bench.writes().await, writes + 1);
    let plan =
        bench.run(&["plan", "--target", "campaign/social-guide", "--detailed-exitcode"]).await.exits(0);
    assert!(plan.err.contains("held by rule `stop-loss` until"), "{}", plan.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rules_budget_outlives_looks_at_git_until_git_says_otherwise() {
    let bench = shop(LESS).await;
    let before = live(&bench).await;
    let acted = run(&bench, 0).await;
    assert!(acted.out.contains("budget from 30.00 EUR to 24.00 EUR"), "{}", acted.out);
    assert!(acted.out.contains("git owns the budget"), "{}", acted.out);
    assert_eq!(moved(&before, &live(&bench).await), ["ES · Engagement · Ask us: ACTIVE 2400"]);
    let writes = bench.writes().await;
    for _ in 0..5 {
        bench.run(&["apply", "--auto-approve"]).await.exits(0);
        bench.run(&["plan", "--detailed-exitcode"]).await.exits(0);
    }
    assert_eq!(bench.writes().await, writes);

    replace(&bench, ENGAGEMENT, "max: 50.00 EUR", "max: 20.00 EUR");
    replace(&bench, ENGAGEMENT, "initial: 30.00 EUR", "initial: 20.00 EUR");
    bench.run(&["apply", "--auto-approve"]).await.exits(0);
    assert_eq!(moved(&before, &live(&bench).await), ["ES · Engagement · Ask us: ACTIVE 2000"]);

    replace(&bench, ENGAGEMENT, "max: 20.00 EUR", "max: 50.00 EUR");
    replace(&bench, ENGAGEMENT, "initial: 20.00 EUR", "initial: 30.00 EUR");
    bench.run(&["apply", "--auto-approve"]).await.exits(0);
    assert_eq!(moved(&before, &live(&bench).await), ["ES · Engagement · Ask us: ACTIVE 2400"]);
    bench.write("rules.yaml", LESS.replace("name: less", "name: other"));
    let gone = bench.run(&["plan"]).await.exits(0);
    let line = "overlay of rule `less` removed (24.00 EUR), since the rule is not in git any more";
    assert!(gone.out.contains(line), "{}", gone.out);
    bench.run(&["apply", "--auto-approve"]).await.exits(0);
    assert_eq!(moved(&before, &live(&bench).await), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_kill_switch_and_freeze_windows_stop_rules() {
    let bench = shop(LESS).await;
    bench.write(
        "freeze.yaml",
        "apiVersion: adplane.io/v1alpha1\nkind: FreezeWindow\nmetadata: {name: stocktaking}\nspec:\n  \
         match: {accounts: [meta-es]}\n  ranges: [{from: \"2026-11-04\", to: \"2026-11-05\"}]\n  allow: Nothing\n",
    );
    let writes = bench.writes().await;
    let frozen = run(&bench, 0).await;
    assert!(frozen.out.contains("freeze"), "{}", frozen.out);
    assert_eq!(bench.writes().await, writes);
    std::fs::remove_file(bench.path("freeze.yaml")).unwrap();
    bench.run(&["pause", "--account", "meta-es"]).await.exits(0);
    let (before, writes) = (live(&bench).await, bench.writes().await);
    bench.advance("1h").await;
    run(&bench, 0).await;
    assert_eq!(live(&bench).await, before);
    assert_eq!(bench.writes().await, writes);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_resumes_by_hand_ends_the_hold() {
    let bench = shop(STOP_LOSS).await;
    let before = live(&bench).await;
    run(&bench, 0).await;
    bench.advance("1h").await;
    let state = bench.state().await;
    let campaigns = state["meta"]["act_1000000001"]["campaigns"].as_array().unwrap();
    let id = &campaigns.iter().find(|one| one["name"] == "ES · Traffic · Bad weather guide").unwrap()["id"];
    bench
        .edit(json!({"platform": "meta", "account": "act_1000000001", "collection": "campaigns", "id": id,
            "set": {"status": "ACTIVE"}, "actor": "ana@shop.example"}))
        .await;
    let writes = bench.writes().await;
    let let_go = run(&bench, 0).await;
    assert!(let_go.err.contains("runs again by hand"), "{}", let_go.err);
    assert_eq!(moved(&before, &live(&bench).await), [""; 0]);
    bench.run(&["plan", "--detailed-exitcode"]).await.exits(0);
    assert_eq!(bench.writes().await, writes);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_denies_what_a_rule_decides() {
    let labelled = "kind: Campaign, selector: {matchLabels: {stop: hard}}";
    let bench = shop(&format!("{LESS}---\n{}", STOP_LOSS.replace("kind: Campaign", labelled))).await;
    replace(&bench, GUIDE, "labels: {team: content}", "labels: {team: content, stop: hard}");
    bench.write(
        "policy.yaml",
        "apiVersion: adplane.io/v1alpha1\nkind: Policy\nmetadata: {name: floor}\nspec:\n  match: {kinds: [Campaign]}\n  \
         rules:\n    - name: at-least\n      severity: Deny\n      when: \"after.budget.daily < money('25 EUR')\"\n      \
         message: too little\n",
    );
    let before = live(&bench).await;
    let acted = run(&bench, 3).await;
    assert!(acted.out.contains("policy") && acted.out.contains("lapsed"), "{}", acted.out);
    // What is denied stands in nobody's way: neither in that of the other rule, nor in that of git.
    assert_eq!(moved(&before, &live(&bench).await), ["ES · Traffic · Bad weather guide: PAUSED 2500"]);
    bench.run(&["plan", "--detailed-exitcode"]).await.exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_is_tried_again_and_told() {
    let bench = shop(LESS).await;
    let before = live(&bench).await;
    bench
        .faults(json!([{"match": {"platform": "meta", "method": "POST"}, "times": 50, "kind": "http_500"}]))
        .await;
    let failed = run(&bench, 4).await;
    assert!(failed.out.contains("inForce"), "{}", failed.out);
    assert_eq!(live(&bench).await, before);
    bench.faults(json!([])).await;
    let again = run(&bench, 0).await;
    assert!(again.out.contains("written"), "{}", again.out);
    assert_eq!(moved(&before, &live(&bench).await), ["ES · Engagement · Ask us: ACTIVE 2400"]);
}

/// Killed at any moment and run again: one cut, never two, and it is there in the end.
#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_and_run_again() {
    let bench = shop_with(Duration::from_millis(3), LESS).await;
    let before = live(&bench).await;
    let kept = bench.path(".adplane");
    let aside = tempfile::tempdir().unwrap();
    copy(&kept, aside.path());
    let started = std::time::Instant::now();
    run(&bench, 0).await;
    let whole = started.elapsed();
    for kill in 0..5_u32 {
        // As it was before the rule acted, live and in local state.
        let state = bench.state().await;
        let campaigns = state["meta"]["act_1000000001"]["campaigns"].as_array().unwrap();
        let id = &campaigns.iter().find(|one| one["name"] == "ES · Engagement · Ask us").unwrap()["id"];
        bench
            .edit(
                json!({"platform": "meta", "account": "act_1000000001", "collection": "campaigns", "id": id,
                "set": {"daily_budget": "3000"}, "actor": "ana@shop.example"}),
            )
            .await;
        std::fs::remove_dir_all(&kept).unwrap();
        copy(aside.path(), &kept);
        let writes = bench.writes().await;
        let mut child = bench.command(&["rules", "run"]).spawn().unwrap();
        tokio::time::sleep(whole * (kill + 3) / 8).await;
        child.kill().await.unwrap();
        for _ in 0..2 {
            run(&bench, 0).await;
        }
        let after = moved(&before, &live(&bench).await);
        assert_eq!(after, ["ES · Engagement · Ask us: ACTIVE 2400"], "kill {kill}");
        assert!(bench.writes().await <= writes + 1, "kill {kill}");
        let all = tasks(&bench).await;
        assert!(all.is_empty(), "{all:?}");
    }
}
