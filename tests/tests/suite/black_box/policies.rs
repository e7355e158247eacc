//! Policies: checked by `validate`, judged by `plan`, in the way of `apply`, tried by `policy test`.

use serde_json::Value;

use super::bench::{Bench, Run};
use super::ownership::{ACCOUNT, endpoint};

fn campaign(name: &str, budget: &str) -> String {
    format!(
        "---\napiVersion: adplane.io/v1alpha1\nkind: Campaign\nmetadata: {{name: {name}, labels: {{team: growth}}}}\n\
         spec:\n  account: meta-eu\n  objective: Traffic\n  state: Active\n  budget: {{daily: {budget}}}\n  \
         specialAdCategories: []\n"
    )
}

/// A policy of one rule, its condition as it stands in YAML.
fn policy(severity: &str, when: &str) -> String {
    format!(
        "apiVersion: adplane.io/v1alpha1\nkind: Policy\nmetadata: {{name: spend-guard}}\nspec:\n  \
         match: {{kinds: [Campaign, AdGroup]}}\n  rules:\n    - name: daily-cap\n      severity: {severity}\n      \
         when: {when}\n      message: \"daily budget {{after.budget.daily}} is too high\"\n"
    )
}

const CAP: &str = "\"after.budget.daily > money('50 EUR')\"";

async fn shop(campaigns: &str, policy: &str) -> Bench {
    let bench = Bench::start().await;
    bench.write("shop/adplane.yaml", "project: shop\n");
    write(&bench, campaigns, policy);
    bench
}

fn write(bench: &Bench, campaigns: &str, policy: &str) {
    bench.write("shop/ads/ads.yaml", ACCOUNT.replace("URL", &endpoint(bench)) + campaigns);
    bench.write("shop/policies/guard.yaml", policy);
}

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.out).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_policy_denies_is_not_applied_in_any_way() {
    let bench = shop(&campaign("spring", "60.00 EUR"), &policy("Deny", CAP)).await;
    let plan = bench.run(&["plan", "shop", "--format", "json", "--out", "p.json"]).await.exits(3);
    let verdict = &json(&plan)["policy"][0];
    assert_eq!(verdict["rule"], "default/spend-guard/daily-cap");
    assert_eq!(verdict["severity"], "Deny");
    assert_eq!(verdict["address"], "meta/meta-eu/Campaign/default/spring");
    assert_eq!(verdict["message"], "daily budget 60.00 EUR is too high");
    // Where the amount was written.
    assert!(verdict["origin"]["file"].as_str().unwrap().ends_with("shop/ads/ads.yaml"));
    for arguments in [
        &["apply", "p.json"][..],
        &["apply", "shop", "--auto-approve"],
        // A part of the project is judged by all of its policies.
        &["apply", "shop/ads", "--auto-approve"],
        &["apply", "shop", "--auto-approve", "--target", "campaign/spring"],
    ] {
        let refused = bench.run(arguments).await.exits(3);
        assert!(refused.err.contains("default/spend-guard/daily-cap"), "{arguments:?}: {}", refused.err);
    }
    assert_eq!(bench.writes().await, 0);

    write(&bench, &campaign("spring", "50.00 EUR"), &policy("Deny", CAP));
    bench.run(&["apply", "shop", "--auto-approve"]).await.exits(0);
    let writes = bench.writes().await;
    assert!(writes > 0);
    // What is live keeps its budget; a change of anything else about it is judged with it.
    write(
        &bench,
        &campaign("spring", "50.00 EUR"),
        &policy("Deny", "\"after.budget.daily >= money('50 EUR')\""),
    );
    bench.run(&["plan", "shop"]).await.exits(0);
    assert_eq!(bench.writes().await, writes);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verdict_belongs_to_the_plan() {
    let bench = shop(&campaign("spring", "60.00 EUR"), &policy("Warn", CAP)).await;
    let warned = json(&bench.run(&["plan", "shop", "--format", "json"]).await.exits(0));
    write(&bench, &campaign("spring", "60.00 EUR"), &policy("RequireApproval", CAP));
    let asked = json(&bench.run(&["plan", "shop", "--format", "json"]).await.exits(0));
    assert_ne!(warned["hash"], asked["hash"]);
    let classes = |plan: &Value| plan["classes"].as_array().unwrap().contains(&"exception".into());
    assert!(!classes(&warned) && classes(&asked));

    // A saved plan without the verdict is another plan.
    write(&bench, &campaign("spring", "60.00 EUR"), &policy("Deny", CAP));
    bench.run(&["plan", "shop", "--out", "p.json"]).await.exits(3);
    let mut saved: Value = serde_json::from_slice(&std::fs::read(bench.path("p.json")).unwrap()).unwrap();
    saved["policy"] = Value::Array(Vec::new());
    bench.write("q.json", saved.to_string());
    bench.run(&["apply", "q.json"]).await.exits(1);
    assert_eq!(bench.writes().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_is_wrong_stops_everything_before_anything_is_read() {
    let bench = shop(&campaign("spring", "60.00 EUR"), "").await;
    for (when, code, at) in [
        ("after.budget.daily >", "policy-syntax", "guard.yaml:9:"),
        ("\"after.budget.daily > 50\"", "policy-type", "guard.yaml:9:33"),
        (
            "|-\n        after.state == 'Active'\n        && after.budget.dialy > money('5 EUR')",
            "policy-unknown-field",
            "guard.yaml:11:25",
        ),
        ("\"money('5 EUR') > money('5 USD')\"", "policy-currency", "guard.yaml:9:29"),
        ("\"after.displayName.matches('(a{1000}){1000}')\"", "policy-too-costly", "guard.yaml:9:"),
    ] {
        write(&bench, &campaign("spring", "60.00 EUR"), &policy("Deny", when));
        for command in [&["validate", "shop"][..], &["plan", "shop"], &["apply", "shop", "--auto-approve"]] {
            let refused = bench.run(command).await.exits(1);
            assert!(refused.err.contains(code) && refused.err.contains(at), "{when}: {}", refused.err);
        }
        let found = json(&bench.run(&["validate", "shop", "--format", "json"]).await.exits(1));
        assert!(found.to_string().contains(code), "{found}");
    }
    assert_eq!(bench.writes().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_cannot_be_judged_denies_and_says_why() {
    let bench =
        shop(&campaign("spring", "60.00 EUR"), &policy("Deny", "\"after.budget.daily > money('5 USD')\""))
            .await;
    let plan = bench.run(&["plan", "shop"]).await.exits(3);
    assert!(
        plan.err.contains("policy-currency-unknown") && plan.err.contains("match: {currency"),
        "{}",
        plan.err
    );
    write(&bench, &campaign("spring", "60.00 EUR"), &policy("Deny", "\"1 / (size(change.name) - 6) == 1\""));
    let refused = bench.run(&["apply", "shop", "--auto-approve"]).await.exits(3);
    assert!(refused.err.contains("policy-failed"), "{}", refused.err);
    assert_eq!(bench.writes().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn cases_are_tried() {
    let bench = shop(&campaign("spring", "60.00 EUR"), &policy("Deny", CAP)).await;
    let cases = |expected: &str| {
        format!(
            "policy: spend-guard\ncases:\n  - name: fifty is fine\n    after: {{budget: {{daily: 50.00 EUR}}}}\n    \
             expect: allow\n  - name: more is not\n    after: {{budget: {{daily: 50.01 EUR}}}}\n    expect: {expected}\n"
        )
    };
    bench.run(&["policy", "test", "shop/policies"]).await.exits(1);
    bench.write("shop/policies/guard.cases.yaml", cases("{deny: daily-cap}"));
    let passed = bench.run(&["policy", "test", "shop/policies"]).await.exits(0);
    assert!(passed.out.contains("2 cases: 2 passed, 0 failed"), "{}", passed.out);
    bench.run(&["policy", "test", "shop/policies/guard.cases.yaml"]).await.exits(0);
    bench.run_in("shop", &["policy", "test"]).await.exits(0);

    bench.write("shop/policies/guard.cases.yaml", cases("allow"));
    let failed = bench.run(&["policy", "test", "shop/policies"]).await.exits(1);
    assert!(
        failed.out.contains("FAIL more is not") && failed.out.contains("daily budget 50.01 EUR"),
        "{}",
        failed.out
    );
    let told = json(&bench.run(&["policy", "test", "shop/policies", "--format", "json"]).await.exits(1));
    assert_eq!((told["passed"].as_u64(), told["failed"].as_u64()), (Some(1), Some(1)));
    assert_eq!(told["cases"][1]["verdicts"][0]["severity"], "Deny");

    bench.write("shop/policies/guard.cases.yaml", cases("{deny: weekly-cap}"));
    let wrong = bench.run(&["policy", "test", "shop/policies"]).await.exits(1);
    assert!(wrong.err.contains("case-unknown-rule"), "{}", wrong.err);
    // Cases are no documents: nothing else stumbles over them.
    bench.run(&["validate", "shop"]).await.exits(0);
}
