//! Cases of rules: what is wrong with them is told, and what they are made from is what they say.

use std::path::PathBuf;

use adplane_core::rules::{Outcome, run_case};
use adplane_manifest::{LoadRequest, load, load_rule_cases};

const RULE: &str = "apiVersion: adplane.io/v1alpha1
kind: AutomationRule
metadata: {name: stop}
spec:
  scope: {kind: AdGroup}
  signals: {stock: {type: number, freshness: 6h}}
  when: last_7d.spend > money('50 EUR') && signals.stock < 5
  action: {type: pause}
";

const CASES: &str = "rule: stop
account: {platform: Meta, currency: EUR, timeZone: Europe/Madrid, baseline: 900 EUR, expectedConversions: 20, expectedToday: 9, expectedClicks: 900, expectedClicksToday: 400}
cases:
  - name: money for nothing
    runs: 2
    settled: 3
    signals: {stock: 3}
    objects:
      shoes: {age: 40d, paused: 3h, state: Paused, mayPause: true, targetRoas: 2.5, creatives: [blue], series: [{days: 7, spend: 10 EUR}], budget: {daily: 9 EUR, owner: git}, forecast: {next_7d: {spend: 90 EUR, clicks: noSkill}}}
    expect: {shoes: holding}
";

/// What is wrong with the cases, as `code: message`.
#[expect(clippy::unwrap_used, reason = "a test that cannot write its files has failed")]
fn problems(cases: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("adplane.yaml"), "project: shop\n").unwrap();
    std::fs::write(folder.path().join("stop.yaml"), RULE).unwrap();
    std::fs::write(folder.path().join("stop.cases.yaml"), cases).unwrap();
    let request = LoadRequest {
        paths: vec![PathBuf::from(".")],
        cwd: folder.path().to_owned(),
        ..LoadRequest::default()
    };
    let lowered = adplane_manifest::lower_rules(&load(&request));
    let found = load_rule_cases(&request, &lowered.rules);
    found.diagnostics.iter().map(|found| format!("{}: {}", found.code, found.message)).collect()
}

#[test]
fn a_mistake_in_a_case_is_told() {
    assert_eq!(problems(CASES), Vec::<String>::new());
    for (good, bad) in [
        ("platform: Meta", "platform: Mta"),
        ("currency: EUR", "currency: EURO"),
        ("timeZone: Europe/Madrid", "timeZone: Europe/Atlantis"),
        ("baseline: 900 EUR", "baseline: lots"),
        ("baseline: 900 EUR", "baseline: 900 USD"),
        ("expectedConversions: 20", "expectedConversions: many"),
        ("expectedToday: 9", "expectedToday: some"),
        ("expectedClicks: 900", "expectedClicks: 9.5"),
        ("expectedClicksToday: 400", "expectedClicksToday: some"),
        ("runs: 2", "runs: 0"),
        ("settled: 3", "settled: soon"),
        ("stock: 3", "stok: 3"),
        ("stock: 3", "stock: [3]"),
        ("age: 40d", "age: old"),
        ("paused: 3h", "paused: yes"),
        ("state: Paused", "state: Running"),
        ("mayPause: true", "mayPause: perhaps"),
        ("targetRoas: 2.5", "targetRoas: high"),
        ("creatives: [blue]", "creatives: blue"),
        ("days: 7", "days: 700"),
        ("owner: git", "owner: gti"),
        ("next_7d: {spend: 90 EUR", "last_7d: {spend: 90 EUR"),
        ("spend: 90 EUR", "spend: 90 USD"),
        ("spend: 90 EUR", "spend: much"),
        ("spend: 90 EUR", "cpa: 90 EUR"),
        ("clicks: noSkill", "clicks: -1"),
        ("shoes: {age", "\"a b\": {age"),
    ] {
        let found = problems(&CASES.replace(good, bad));
        assert!(!found.is_empty(), "`{bad}` is not told");
    }
}

const AHEAD: &str = "apiVersion: adplane.io/v1alpha1
kind: AutomationRule
metadata: {name: stop}
spec:
  scope: {kind: AdGroup}
  when: forecast.next_7d.spend > money('500 EUR') && account.forecast.month.conversions < 40
  action: {type: pause}
";

/// An account with fewer conversions ahead than wanted; what is given, and what two months of days foretell.
const AHEAD_CASES: &str = "rule: stop
account: {forecast: {month: {conversions: 39.5}}}
cases:
  - name: given
    objects:
      dear: {forecast: {next_7d: {spend: 501 EUR}}}
      cheap: {forecast: {next_7d: {spend: 499 EUR}}}
      nobody-knows: {forecast: {next_7d: {spend: noSkill}}}
      young: {series: [{days: 40, spend: 90 EUR}]}
    expect:
      dear: act
      cheap: \"false\"
      nobody-knows: {outcome: unknown, code: no-skill}
      young: {outcome: unknown, code: no-forecast}
  - name: enough conversions
    account: {forecast: {month: {conversions: 41}}}
    objects:
      dear: {forecast: {next_7d: {spend: 501 EUR}}}
    expect: {dear: \"false\"}
  - name: made from the days
    objects:
      steady:
        series: [SERIES]
    expect: {steady: act}
";

#[test]
fn a_case_gives_forecasts_or_the_days_that_they_are_made_from() {
    let folder = tempfile::tempdir().unwrap();
    let days: Vec<String> =
        (0..90).map(|day| format!("{{days: 1, spend: {} EUR}}", 80 + (day * 37) % 23)).collect();
    std::fs::write(folder.path().join("adplane.yaml"), "project: shop\n").unwrap();
    std::fs::write(folder.path().join("stop.yaml"), AHEAD).unwrap();
    let cases = AHEAD_CASES.replace("SERIES", &days.join(", "));
    std::fs::write(folder.path().join("stop.cases.yaml"), cases).unwrap();
    let request = LoadRequest {
        paths: vec![PathBuf::from(".")],
        cwd: folder.path().to_owned(),
        ..LoadRequest::default()
    };
    let lowered = adplane_manifest::lower_rules(&load(&request));
    let cases = load_rule_cases(&request, &lowered.rules);
    assert_eq!(cases.diagnostics, Vec::new());
    assert_eq!(cases.cases.len(), 3);
    for case in &cases.cases {
        let run = run_case(&lowered.rules[case.rule], &case.case, &adplane_platforms::schemas());
        for one in run.runs.iter().flat_map(|run| &run.objects) {
            let expected = &case.expected[&one.object.local_name()];
            let code =
                expected.code.as_ref().is_none_or(|code| one.told.code.as_deref() == Some(code.as_str()));
            let word = match &one.outcome {
                Outcome::Shadow { would } => would.word(),
                other => other.word(),
            };
            assert!(word == expected.outcome && code, "{}: {one:#?}", case.name);
        }
    }
}
