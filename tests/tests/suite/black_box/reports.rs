//! `runReport`: a table of what an object delivered.

use super::acting::{run, shop};

const WEEKLY: &str = "apiVersion: adplane.io/v1alpha1
kind: AutomationRule
metadata: {name: weekly}
spec:
  mode: act
  scope: {kind: Campaign, accounts: [meta-es]}
  schedule: {every: 1h}
  when: yesterday.spend > money('0.01 EUR')
  action: {type: runReport, report: the-week}
  limits: {maxShareOfScope: 1.0, perRun: 20}
";

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_a_table_in_local_state() {
    let bench = shop(WEEKLY).await;
    bench.run(&["validate"]).await.exits(0);
    let told = run(&bench, 0).await;
    assert!(told.err.contains("rule `default/weekly` reports on campaign/"), "{}", told.err);
    let files: Vec<_> =
        std::fs::read_dir(bench.path(".adplane/reports")).unwrap().map(Result::unwrap).collect();
    assert!(!files.is_empty());
    for file in &files {
        let page = std::fs::read_to_string(file.path()).unwrap();
        assert!(page.starts_with("# the-week\n"), "{page}");
        assert!(page.contains("by rule default/weekly"), "{page}");
        let row = |window: &str| page.lines().find(|line| line.starts_with(&format!("| {window} "))).unwrap();
        assert!(row("yesterday").contains(" EUR | "), "{page}");
        assert_eq!(row("window").matches('|').count(), row("yesterday").matches('|').count(), "{page}");
        row("today");
    }
    // What was told a short while ago is not told again.
    run(&bench, 0).await;
    assert_eq!(std::fs::read_dir(bench.path(".adplane/reports")).unwrap().count(), files.len());
}
