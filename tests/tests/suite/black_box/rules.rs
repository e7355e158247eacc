//! Automation rules: checked by `validate`, tried by `rules test`.

use super::bench::Bench;

const RULE: &str = "apiVersion: adplane.io/v1alpha1
kind: AutomationRule
metadata: {name: stop, namespace: growth}
spec:
  scope: {kind: AdGroup}
  when: last_7d.spend > money('50 EUR') && last_7d.conversions == 0
  action: {type: pause}
";

fn cases(expected: &str) -> String {
    format!(
        "rule: stop\ncases:\n  - name: money for nothing\n    objects:\n      shoes: {{series: [{{days: 7, spend: 10 EUR, \
         clicks: 5}}]}}\n    expect: {{shoes: {expected}}}\n"
    )
}

#[tokio::test]
async fn cases_are_run_and_explained() {
    let bench = Bench::start().await;
    bench.write("checks/stop.yaml", RULE);
    bench.write("checks/stop.cases.yaml", cases("act"));
    let run = bench.run(&["rules", "test", "checks"]).await.exits(0);
    assert!(run.out.contains("  ok   money for nothing\n1 case: 1 passed, 0 failed\n"), "{}", run.out);
    bench.write("checks/stop.cases.yaml", cases("\"false\""));
    let run = bench.run(&["rules", "test", "checks"]).await.exits(1);
    assert!(run.out.contains("shoes: expected false, but act: pause it"), "{}", run.out);
    assert!(run.out.contains("when last_7d.conversions == 0: true"), "{}", run.out);
    let run = bench.run(&["rules", "test", "checks", "--format", "json"]).await.exits(1);
    let read: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(read["failed"], 1);
    assert_eq!(read["cases"][0]["rule"], "growth/stop");
}

#[tokio::test]
async fn validate_checks_rules() {
    let bench = Bench::start().await;
    bench.write("checks/stop.yaml", RULE);
    bench.run(&["validate", "checks"]).await.exits(0);
    bench.write("checks/stop.yaml", RULE.replace("last_7d.spend", "last_7d.spent"));
    let run = bench.run(&["validate", "checks"]).await.exits(1);
    assert!(
        run.err.contains("rule-unknown-field") && run.err.contains("did you mean `spend`?"),
        "{}",
        run.err
    );
}
