//! Bad input and trouble: a clear error, the right exit code, nothing lost, and the same command heals it.

use serde_json::json;

use super::bench::Bench;

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_is_an_error_that_says_where() {
    let bench = Bench::start().await;
    bench.write("broken.yaml", b"apiVersion: adplane.io/v1alpha1\nkind: Campaign\nmetadata: {name: x}\nspec: {account: nobody, state: Activ}\n");
    bench.write("latin.yaml", b"kind: \xff\xfe");
    bench.write("assets/not-an-image.png", b"hello");
    let run = bench.run(&["validate"]).await.exits(1);
    for expected in ["broken.yaml:4", "Active", "nobody", "latin.yaml"] {
        assert!(run.err.contains(expected), "`{expected}` is missing:\n{}", run.err);
    }
    bench.run(&["plan"]).await.exits(1);
    bench.run(&["apply", "--auto-approve"]).await.exits(1);
    assert_eq!(bench.writes().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn usage_errors_are_64() {
    let bench = Bench::start().await;
    bench.run(&["plan", "--no-such-flag"]).await.exits(64);
    bench.run(&[]).await.exits(64);
    bench.run(&["import", "--out", "x"]).await.exits(64);
    bench.run(&["--help"]).await.exits(0);
    bench.run(&["plan", "--account", "nobody"]).await.exits(1);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_terminal_nothing_is_applied_unasked() {
    let bench = Bench::start().await;
    bench.run(&["apply"]).await.exits(6);
    assert_eq!(bench.writes().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_policy_stops_an_apply() {
    let bench = Bench::start().await;
    let text = std::fs::read_to_string(bench.path("adplane.yaml")).unwrap();
    bench.write("adplane.yaml", text + "\napprovals:\n  classes:\n    raise: {approvals: 1}\n");
    let run = bench.run(&["apply", "--auto-approve"]).await.exits(6);
    assert!(run.err.contains("raise"), "{}", run.err);
    assert_eq!(bench.writes().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_different_currency_is_found_before_any_write() {
    let bench = Bench::start().await;
    bench.write(
        "other/ads.yaml",
        std::fs::read_to_string(bench.path("accounts.yaml"))
            .unwrap()
            .replace("EUR", "USD")
            .replace("./credentials", "../credentials"),
    );
    bench.write("other/adplane.yaml", "project: other\n");
    let run = bench.run(&["plan", "other", "--account", "meta-es"]).await.exits(1);
    assert!(run.err.contains("billed in EUR, not USD"), "{}", run.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_names_the_account_and_shows_no_secret() {
    let bench = Bench::start().await;
    for entry in std::fs::read_dir(bench.path("credentials")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(path, text.replace("sandbox-token", "EXPIRED")).unwrap();
    }
    let run = bench.run(&["plan", "-v", "-v"]).await.exits(1);
    assert!(run.err.contains("meta-es") && run.err.contains("reconnect"), "{}", run.err);
    assert!(!run.err.contains("EXPIRED") && !run.out.contains("EXPIRED"), "{}", run.err);
    bench.run(&["doctor"]).await.exits(1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_platform_does_not_hide_the_others() {
    let bench = Bench::start().await;
    let text = std::fs::read_to_string(bench.path("accounts.yaml")).unwrap();
    let dead: String = text
        .lines()
        .map(|line| {
            if line.contains("/tiktok") {
                "  endpoint: http://127.0.0.1:9/tiktok\n".to_owned()
            } else {
                format!("{line}\n")
            }
        })
        .collect();
    bench.write("accounts.yaml", dead);
    let run = bench.run(&["plan"]).await.exits(1);
    assert!(run.out.contains("meta-es"), "the others are planned: {}", run.out);
    assert!(run.err.contains("tiktok-es could not be read"), "{}", run.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_answers_make_no_duplicates() {
    let bench = Bench::start().await;
    bench.run(&["apply", "--auto-approve"]).await.exits(0);
    let wanted = bench.markers().await;
    for kind in ["drop_after", "drop_before"] {
        for (platform, path) in
            [("google", ":mutate"), ("meta", "/campaigns"), ("tiktok", "/campaign/create/")]
        {
            bench.reset().await;
            bench
                .faults(json!([{ "match": { "platform": platform, "method": "POST", "path": path }, "times": 1, "kind": kind }]))
                .await;
            let first = bench.run(&["apply", "--auto-approve"]).await;
            if first.code != 0 {
                bench.run(&["apply", "--auto-approve"]).await.exits(0);
            }
            assert_eq!(bench.faults_left().await, 0, "{platform} {kind} never happened");
            assert_eq!(bench.markers().await, wanted, "{platform} {kind}");
            bench.run(&["plan", "--detailed-exitcode"]).await.exits(0);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn passing_faults_are_waited_out() {
    let bench = Bench::start().await;
    bench
        .faults(json!([
            { "match": { "platform": "google" }, "times": 1, "kind": "rate_limit", "millis": 200 },
            { "match": { "platform": "meta", "method": "GET" }, "times": 2, "kind": "http_500" },
            { "match": { "platform": "tiktok" }, "times": 1, "kind": "rate_limit" },
            { "match": { "platform": "meta" }, "times": 2, "kind": "slow", "millis": 300 },
        ]))
        .await;
    bench.run(&["apply", "--auto-approve"]).await.exits(0);
    assert_eq!(bench.faults_left().await, 0, "every fault happened");
    bench.run(&["plan", "--detailed-exitcode"]).await.exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn platforms_check_a_plan_without_storing_it() {
    let bench = Bench::start().await;
    let run = bench.run(&["plan", "--validate-remote"]).await.exits(0);
    assert!(run.err.contains("the platforms would take"), "{}", run.err);
    assert_eq!(bench.writes().await, 0, "checking stores nothing");

    // What only the platform knows: the account may not use this page.
    let accounts = std::fs::read_to_string(bench.path("accounts.yaml")).unwrap();
    bench.write("accounts.yaml", accounts.replace("page: \"111\"", "page: \"999\""));
    bench.run(&["validate"]).await.exits(0);
    bench.run(&["apply", "--auto-approve", "--account", "meta-es"]).await.exits(4);
    let run = bench.run(&["plan", "--validate-remote", "--account", "meta-es"]).await.exits(1);
    assert!(run.err.contains("would be refused") && run.err.contains(".yaml:"), "{}", run.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_that_lag_behind_writes_are_waited_for() {
    let bench = Bench::start().await;
    bench.set_options(json!({ "lag": "2500ms" })).await;
    bench.run(&["apply", "--auto-approve"]).await.exits(0);
    bench.run(&["plan", "--detailed-exitcode"]).await.exits(0);
    let markers = bench.markers().await;
    assert!(markers.values().all(|count| *count == 1), "{markers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_cannot_be_saved_leaves_nothing_behind() {
    let bench = Bench::start().await;
    bench.write("file", b"in the way");
    let run = bench.run(&["plan", "--out", "file/p.json"]).await.exits(1);
    assert!(run.err.contains("p.json") || run.err.contains("file"), "{}", run.err);
    assert_eq!(std::fs::read(bench.path("file")).unwrap(), b"in the way");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_platform_drops_without_a_word_is_told_with_its_line() {
    let bench = Bench::start().await;
    bench.set_options(json!({"tiktok.drops": "languages:es"})).await;
    let run = bench.run(&["apply", "--auto-approve", "--account", "tiktok-es"]).await.exits(4);
    for expected in ["read-back-differs", "languages: [es]", "tiktok/traffic.yaml:"] {
        assert!(run.err.contains(expected), "`{expected}` is missing:\n{}", run.err);
    }
    // A change of something that runs already is looked at too.
    bench.set_options(json!({"tiktok.drops": ""})).await;
    bench.run(&["apply", "--auto-approve", "--account", "tiktok-es"]).await.exits(0);
    bench.set_options(json!({"tiktok.drops": "languages:fr"})).await;
    let traffic = std::fs::read_to_string(bench.path("tiktok/traffic.yaml")).unwrap();
    bench.write("tiktok/traffic.yaml", traffic.replace("languages: [es]", "languages: [es, fr]"));
    let run = bench.run(&["apply", "--auto-approve", "--account", "tiktok-es"]).await.exits(4);
    assert!(run.err.contains("read-back-differs") && run.err.contains("[es, fr]"), "{}", run.err);
}
