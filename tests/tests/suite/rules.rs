//! The templates in `examples/rules`: each compiles, and each case comes out as it says.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use adplane_core::diagnostic::Severity;
use adplane_core::rules::{Mode, Outcome, run_case};
use adplane_manifest::{LoadRequest, load, load_rule_cases, lower};

/// The list that teams ask for.
const TEMPLATES: [&str; 15] = [
    "budget-gone-early",
    "cpa-too-high",
    "creative-fatigue",
    "cut-laggard",
    "dayparting",
    "monthly-cap",
    "no-delivery",
    "revive",
    "roas-too-low",
    "scale-winner",
    "spike",
    "stop-loss",
    "sunset",
    "surf-today",
    "weak-ctr",
];

#[test]
fn every_case_of_every_template_comes_out_as_it_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned();
    let request =
        LoadRequest { paths: vec![PathBuf::from("examples/rules")], cwd: root, ..LoadRequest::default() };
    let loaded = load(&request);
    assert_eq!(loaded.diagnostics, Vec::new());
    let lowered = lower(&loaded);
    let remarks: Vec<&str> = lowered
        .diagnostics
        .iter()
        .filter(|found| found.severity != Severity::Info)
        .map(|found| found.code.as_ref())
        .collect();
    // The one about conversions of today is meant: it says what it rests on.
    assert_eq!(remarks, ["rule-conversions-today"]);
    let names: Vec<&str> = lowered.rules.iter().map(|rule| rule.key.name.as_str()).collect();
    let parts = names.iter().filter(|name| **name != "sunset-end");
    assert_eq!(parts.copied().collect::<Vec<_>>(), TEMPLATES);
    let cases = load_rule_cases(&request, &lowered.rules);
    assert_eq!(cases.diagnostics, Vec::new());
    let (mut failed, mut fired, mut rested) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    for case in &cases.cases {
        let mut rule = lowered.rules[case.rule].clone();
        rule.mode = Mode::Act;
        let run = run_case(&rule, &case.case, &adplane_platforms::schemas());
        let mut quiet = true;
        let mut unseen: BTreeSet<&String> = case.expected.keys().collect();
        for one in run.runs.iter().flat_map(|run| &run.objects) {
            let done = matches!(one.outcome, Outcome::Act | Outcome::Propose { .. });
            quiet &= !done;
            unseen.remove(&one.object.local_name());
            let Some(expected) = case.expected.get(&one.object.local_name()) else {
                if done {
                    failed.push(format!("{} `{}`: {} was not named", case.origin, case.name, one.object));
                }
                continue;
            };
            let changes: Option<Vec<String>> = expected.changes.as_ref().map(|_| {
                let each = one.intent.iter().flat_map(|intent| &intent.changes).map(|planned| {
                    if planned.object == one.object {
                        planned.change.to_string()
                    } else {
                        format!("{}: {}", planned.object.local_name(), planned.change)
                    }
                });
                each.collect()
            });
            let code =
                expected.code.as_ref().is_none_or(|code| one.told.code.as_deref() == Some(code.as_str()));
            if expected.outcome != one.outcome.word() || changes != expected.changes || !code {
                failed.push(format!(
                    "{} `{}`: {:?} {:?} {changes:?}",
                    case.origin, case.name, one.outcome, one.told
                ));
            }
        }
        for name in unseen {
            failed.push(format!("{} `{}`: the rule did not look at {name}", case.origin, case.name));
        }
        let name = rule.key.name.to_string();
        if quiet {
            rested.insert(name)
        } else {
            fired.insert(name)
        };
    }
    assert_eq!(failed, Vec::<String>::new());
    for name in names {
        assert!(fired.contains(name), "no case makes `{name}` fire");
        assert!(rested.contains(name), "no case leaves what `{name}` looks at alone");
    }
}

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
account: {platform: Meta, currency: EUR, timeZone: Europe/Madrid, baseline: 900 EUR, expectedConversions: 20, expectedToday: 9}
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
