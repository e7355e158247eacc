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
        let run = run_case(&rule, &case.case);
        let mut quiet = true;
        for one in run.runs.iter().flat_map(|run| &run.objects) {
            let done = matches!(one.outcome, Outcome::Act | Outcome::Propose { .. });
            quiet &= !done;
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
            let code = expected.code.as_ref().is_none_or(|code| one.told.code.as_ref() == Some(code));
            if expected.outcome != one.outcome.word() || changes != expected.changes || !code {
                failed.push(format!(
                    "{} `{}`: {:?} {:?} {changes:?}",
                    case.origin, case.name, one.outcome, one.told
                ));
            }
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
