//! The spend guard: amounts and numbers that people set, and that neither rules nor pools get past.

use serde_json::{Value, json};

use super::acting::{LESS, live, run, shop};
use super::bench::Bench;

fn guard(bench: &Bench, spend_guard: &str) {
    bench.write("adplane.yaml", format!("project: veleta\napprovals: {{spendGuard: {spend_guard}}}\n"));
}

/// What became of the rule on each object, with why.
async fn became(bench: &Bench) -> Vec<(String, Value)> {
    let run = bench.run(&["rules", "run", "--format", "json", "--dry-run"]).await.exits(0);
    let document: Value = serde_json::from_str(&run.out).unwrap();
    let runs = document["runs"].as_array().unwrap().clone();
    let objects = runs.iter().flat_map(|run| run["objects"].as_array().unwrap().clone());
    objects.map(|one| (one["object"].as_str().unwrap().to_owned(), one["outcome"].clone())).collect()
}

async fn of(bench: &Bench, name: &str) -> Value {
    let all = became(bench).await;
    let found = all.iter().find(|(object, _)| object.ends_with(name));
    found.unwrap_or_else(|| panic!("{all:?}")).1.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_raise_past_a_worst_day_is_refused_and_told_with_the_amounts() {
    let bench = shop(&LESS.replace("-20%", "+10%")).await;
    let name = "social-engagement";
    assert_eq!(of(&bench, name).await["kind"], json!("propose"), "without amounts");

    guard(&bench, "{worstDay: {accounts: {meta-es: 60.00 EUR}}}");
    let refused = of(&bench, name).await;
    let why = refused["why"].as_str().unwrap().to_owned();
    assert_eq!(refused["guard"], json!("spend guard"), "{refused}");
    assert!(why.starts_with("the worst day of account meta-es would be "), "{why}");
    assert!(why.ends_with(" EUR, at most 60.00 EUR is allowed"), "{why}");
    let (before, writes) = (live(&bench).await, bench.writes().await);
    let told = run(&bench, 0).await;
    assert!(told.out.contains("refused") && told.out.contains(&why), "{}", told.out);
    let explained = bench.run(&["explain", "campaign/social-engagement"]).await.exits(0);
    assert!(explained.out.contains(&format!("refused (spend guard): {why}")), "{}", explained.out);
    assert_eq!((live(&bench).await, bench.writes().await), (before, writes));

    // The account says the same, and the tighter of both counts.
    bench.advance("1h").await;
    guard(&bench, "{worstDay: {accounts: {meta-es: 90000.00 EUR}}}");
    assert_eq!(of(&bench, name).await["kind"], json!("propose"));
    let accounts = std::fs::read_to_string(bench.path("accounts.yaml")).unwrap();
    let own = "  accountId: act_1000000001\n";
    assert!(accounts.contains(own));
    let with = |guard: &str| accounts.replace(own, &format!("{own}  spendGuard: {guard}\n"));
    bench.write("accounts.yaml", with("{worstDay: 60.00 EUR}"));
    assert_eq!(of(&bench, name).await["why"], json!(why));
    bench.write("accounts.yaml", with("{maxDailyRise: 0%}"));
    let why = of(&bench, name).await["why"].as_str().unwrap().to_owned();
    assert!(why.contains("at midnight and 0 % more"), "{why}");

    // Accounts that no rule looks at count in what is about all of them.
    bench.write("accounts.yaml", accounts);
    guard(&bench, "{worstDay: {namespace: [60.00 EUR], platforms: {Meta: [60.00 EUR]}}}");
    let meta = of(&bench, name).await["why"].as_str().unwrap().to_owned();
    guard(&bench, "{worstDay: {namespace: [60.00 EUR]}}");
    let all = of(&bench, name).await["why"].as_str().unwrap().to_owned();
    let euros = |why: &str, of: &str| -> f64 {
        let after =
            why.strip_prefix(&format!("the worst day of {of} would be ")).unwrap_or_else(|| panic!("{why}"));
        after.split(' ').next().unwrap().parse().unwrap()
    };
    assert!(euros(&all, "namespace default") > euros(&meta, "Meta Ads in namespace default"), "{all} {meta}");

    guard(&bench, "{worstDay: {accounts: {meta-es: 60.00 USD}}}");
    let wrong = bench.run(&["validate"]).await.exits(1);
    assert!(
        wrong.err.contains("adplane.yaml:2:") && wrong.err.contains("currency-mismatch"),
        "{}",
        wrong.err
    );
}

/// A campaign that leaves git and goes on running makes no room, neither on the day that began with it nor later, and
/// neither does one that never was there.
#[tokio::test(flavor = "multi_thread")]
async fn what_runs_without_yaml_takes_its_room() {
    // Of the one campaign whose budget git lends, so that no other raise takes its room first.
    let lent = "money('0.01 EUR') && self.name == 'social-engagement'";
    let bench = shop(&LESS.replace("-20%", "+60%").replace("money('0.01 EUR')", lent)).await;
    let (name, guide) = ("social-engagement", "meta/guide-traffic.yaml");
    let why = async || of(&bench, name).await["why"].as_str().unwrap_or_default().to_owned();
    guard(&bench, "{maxDailyRise: 2%}");
    let past = why().await;
    assert!(past.starts_with("daily budgets of account meta-es would come to "), "{past}");
    let sum = past.strip_prefix("daily budgets of account meta-es would come to ").unwrap();
    let sum = sum.split(' ').next().unwrap().to_owned();
    guard(&bench, "{worstDay: {accounts: {meta-es: 820.00 EUR}}}");
    let worst = why().await;
    assert!(worst.starts_with("the worst day of account meta-es would be "), "{worst}");
    guard(&bench, "{worstDay: {namespace: [820.00 EUR]}}");
    let all = why().await;
    guard(&bench, "{maxDailyRise: 2%}");
    run(&bench, 0).await;

    std::fs::remove_file(bench.path(guide)).unwrap();
    bench.advance("1h").await;
    let (before, writes) = (live(&bench).await, bench.writes().await);
    guard(&bench, "{worstDay: {namespace: [820.00 EUR]}}");
    assert_eq!(why().await, all, "of all accounts");
    guard(&bench, "{worstDay: {accounts: {meta-es: 820.00 EUR}}}");
    assert_eq!(why().await, worst, "it can spend as before");
    guard(&bench, "{maxDailyRise: 2%}");
    let told = run(&bench, 0).await;
    let outside = format!("would come to {sum} EUR, 25.00 EUR of it outside git since midnight; ");
    assert!(told.out.contains("refused") && told.out.contains(&outside), "{}", told.out);
    assert_eq!((live(&bench).await, bench.writes().await), (before, writes), "nothing is raised");

    // Once it is stopped, by whomever, it makes room.
    bench.advance("1h").await;
    bench.run(&["apply", "--auto-approve", "--prune"]).await.exits(0);
    guard(&bench, "{worstDay: {accounts: {meta-es: 820.00 EUR}}}");
    let stopped = of(&bench, name).await;
    assert_eq!(stopped["kind"], json!("propose"), "{stopped}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_touches_no_more_objects_than_it_may() {
    let bench = shop(LESS).await;
    let words = async || -> Vec<String> {
        let all = became(&bench).await;
        all.iter().map(|(_, outcome)| outcome["kind"].as_str().unwrap().to_owned()).collect()
    };
    let touched =
        |words: &[String]| words.iter().filter(|word| ["act", "propose"].contains(&word.as_str())).count();
    let before = words().await;
    assert!(touched(&before) > 2, "{before:?}");
    guard(&bench, "{maxObjectsPerRun: 2}");
    let after = words().await;
    assert_eq!(touched(&after), 2, "{after:?}");
    let deferred =
        became(&bench).await.into_iter().find(|(_, outcome)| outcome["kind"] == "deferred").unwrap();
    assert_eq!(deferred.1["limit"], json!("spendGuard.maxObjectsPerRun"));
}

/// A pool's raise waits as well, and says so; its other campaigns go on.
#[tokio::test(flavor = "multi_thread")]
async fn a_pools_raise_past_a_worst_day_waits() {
    let bench = Bench::at("2026-11-30T23:10:00Z").await;
    let pools = async |arguments: &[&str]| bench.run_in("pools", arguments).await.exits(0);
    pools(&["apply", "--auto-approve"]).await;
    pools(&["metrics", "sync", "--back", "40"]).await;
    let file = std::fs::read_to_string(bench.path("pools/adplane.yaml")).unwrap();
    let paced = async |most: &str| -> Value {
        let guard = format!(
            "approvals: {{spendGuard: {{worstDay: {{accounts: {{google-es: {most}, meta-es: {most}}}}}}}}}\n"
        );
        bench.write("pools/adplane.yaml", format!("{file}\n{guard}"));
        let told = pools(&["budgets", "--put", "--format", "json"]).await;
        serde_json::from_str::<Value>(&told.out).unwrap()["pools"][0].clone()
    };
    let waits = |pool: &Value| {
        let answers = pool["answers"].as_array().unwrap();
        answers
            .iter()
            .find(|one| one["code"] == "spend-guard")
            .map(|one| one["message"].as_str().unwrap().to_owned())
    };
    let overrides = || std::fs::read_dir(bench.path("pools/.adplane/overrides")).map_or(0, Iterator::count);
    let why = waits(&paced("60.00 EUR").await).unwrap();
    for words in
        ["the raise of campaign/", " waits: the worst day of account ", ", at most 60.00 EUR is allowed"]
    {
        assert!(why.contains(words), "{words}: {why}");
    }
    let held = overrides();
    assert_eq!(waits(&paced("800.00 EUR").await), None);
    assert!(overrides() > held);
}
