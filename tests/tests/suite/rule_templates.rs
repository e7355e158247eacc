//! The templates in `examples/rules`: each compiles, each case comes out as it says, and the cases hold every default:
//! with any of a template's numbers a fifth lower or a quarter higher, some case comes out otherwise.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use adplane_core::diagnostic::Severity;
use adplane_core::rules::{Mode, ObjectRun, Outcome, Rule, run_case};
use adplane_manifest::{ExpectedObject, LoadRequest, RuleCase, load, load_rule_cases, lower};

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

/// Rules that belong to a template of another name.
const PARTS: [&str; 5] = ["monthly-pace", "spike-cpa", "spike-cpm", "spike-spend", "sunset-end"];

fn templates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("examples/rules")
}

fn request(folder: &Path) -> LoadRequest {
    LoadRequest { paths: vec![PathBuf::from(".")], cwd: folder.to_owned(), ..LoadRequest::default() }
}

/// What became of cases.
#[derive(Default)]
struct Played {
    failed: Vec<String>,
    fired: BTreeSet<String>,
    rested: BTreeSet<String>,
}

fn play(rules: &[Rule], cases: &[RuleCase]) -> Played {
    let mut played = Played::default();
    for case in cases {
        let mut rule = rules[case.rule].clone();
        rule.mode = Mode::Act;
        let run = run_case(&rule, &case.case, &adplane_platforms::schemas());
        let mut quiet = true;
        let mut unseen: BTreeSet<&String> = case.expected.keys().collect();
        for one in run.runs.iter().flat_map(|run| &run.objects) {
            let done = matches!(one.outcome, Outcome::Act | Outcome::Propose { .. });
            quiet &= !done;
            unseen.remove(&one.object.local_name());
            let failed = match case.expected.get(&one.object.local_name()) {
                Some(expected) => mismatch(expected, one),
                None => done.then(|| format!("{} was not named", one.object)),
            };
            played.failed.extend(failed.map(|why| format!("{} `{}`: {why}", case.origin, case.name)));
        }
        for name in unseen {
            played.failed.push(format!("{} `{}`: the rule did not look at {name}", case.origin, case.name));
        }
        let of = if quiet { &mut played.rested } else { &mut played.fired };
        of.insert(rule.key.name.to_string());
    }
    played
}

/// How an object came out otherwise than a case says.
fn mismatch(expected: &ExpectedObject, one: &ObjectRun) -> Option<String> {
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
    let code = expected.code.as_ref().is_none_or(|code| one.told.code.as_deref() == Some(code.as_str()));
    let same = expected.outcome == one.outcome.word() && changes == expected.changes && code;
    (!same).then(|| format!("{:?} {:?} {changes:?}", one.outcome, one.told))
}

#[test]
fn every_case_of_every_template_comes_out_as_it_says() {
    let request = request(&templates());
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
    let whole = names.iter().filter(|name| !PARTS.contains(name));
    assert_eq!(whole.copied().collect::<Vec<_>>(), TEMPLATES);
    let cases = load_rule_cases(&request, &lowered.rules);
    assert_eq!(cases.diagnostics, Vec::new());
    let played = play(&lowered.rules, &cases.cases);
    assert_eq!(played.failed, Vec::<String>::new());
    for name in names {
        assert!(played.fired.contains(name), "no case makes `{name}` fire");
        assert!(played.rested.contains(name), "no case leaves what `{name}` looks at alone");
    }
}

/// Lines whose numbers are defaults that people change.
const DEFAULTS: [&str; 6] = ["params:", "windows:", "require:", "sustain:", "action:", "limits:"];

/// Of limits, what is about one object.
const OF_LIMITS: [&str; 1] = ["maxResumes"];

/// A week before is the same day, and no default.
const OFFSET: &str = "offset:";

/// Defaults that are words or stand in a condition, each with what else could be there.
const WORDS: [(&str, &str, &str); 10] = [
    ("creative-fatigue", "first_14d", "first_11d"),
    ("creative-fatigue", "first_14d", "first_18d"),
    ("cut-laggard", ">= 3 ", ">= 2 "),
    ("dayparting", "[0, 6]", "[0, 5]"),
    ("monthly-cap", "pattern: even", "pattern: front"),
    ("monthly-cap", "pattern: even", "pattern: back"),
    ("no-delivery", "last_6h", "last_5h"),
    ("no-delivery", "last_6h", "last_8h"),
    ("surf-today", ", until: midnight", ""),
    ("weak-ctr", "probCtrBelow", "probCtrAbove"),
];

/// A template with another default: its name, what was changed, and its text.
struct Mutant {
    template: &'static str,
    what: String,
    text: String,
}

/// A template with each of its numbers once lower and once higher.
fn mutants(template: &'static str, text: &str) -> Vec<Mutant> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let is_default = DEFAULTS.iter().any(|key| line.trim_start().starts_with(key));
        for (from, to) in numbers(line).into_iter().filter(|_| is_default) {
            let before = line[..from].trim_end().trim_end_matches(['"', '+', '-']);
            let of_limits = OF_LIMITS.iter().any(|word| before.ends_with(&format!("{word}:")));
            if before.ends_with(OFFSET) || (line.contains("limits:") && !of_limits) {
                continue;
            }
            for other in others(&line[from..to]) {
                let mut changed = text.to_owned();
                changed.replace_range(start + from..start + to, &other);
                found.push(Mutant {
                    template,
                    what: format!("{} -> {other} in {}", &line[from..to], line.trim()),
                    text: changed,
                });
            }
        }
        start += line.len();
    }
    found
}

/// Where numbers stand that are no part of a word: of an amount and a percentage the digits.
fn numbers(line: &str) -> Vec<(usize, usize)> {
    let line = line.split(" #").next().unwrap_or(line);
    let mut found = Vec::new();
    let mut from = None;
    for (at, character) in line.char_indices() {
        let part = character.is_ascii_digit() || (character == '.' && from.is_some());
        match (part, from) {
            (true, None) => {
                let before = line[..at].chars().next_back().unwrap_or(' ');
                if !before.is_alphanumeric() && before != '_' {
                    from = Some(at);
                }
            }
            (false, Some(begun)) => {
                found.push((begun, at));
                from = None;
            }
            _ => {}
        }
    }
    found
}

fn others(number: &str) -> Vec<String> {
    if let Ok(whole) = number.parse::<i64>() {
        let lower = (whole - 1).min(whole * 4 / 5);
        // Of one day, one run or nothing there is no less.
        let lower = (whole > 1).then_some(lower);
        let higher = (whole > 1).then_some((whole + 1).max(whole * 5 / 4));
        return lower.into_iter().chain(higher).map(|other| other.to_string()).collect();
    }
    let real: f64 = number.parse().unwrap();
    vec![format!("{:.4}", real * 0.8), format!("{:.4}", real * 1.25)]
}

#[test]
fn the_cases_of_a_template_hold_every_one_of_its_defaults() {
    let from = templates();
    let mut survived = Vec::new();
    let mut tried = 0;
    for template in TEMPLATES {
        let text = std::fs::read_to_string(from.join(format!("{template}.yaml"))).unwrap();
        let mut all = mutants(template, &text);
        all.extend(WORDS.into_iter().filter(|(of, ..)| *of == template).map(|(_, word, other)| {
            assert!(text.contains(word), "{template} says nothing of {word}");
            Mutant { template, what: format!("{word} -> {other}"), text: text.replace(word, other) }
        }));
        let folder = tempfile::tempdir().unwrap();
        for file in ["adplane.yaml", "account.yaml", &format!("{template}.cases.yaml")] {
            std::fs::copy(from.join(file), folder.path().join(file)).unwrap();
        }
        let request = request(folder.path());
        for mutant in all {
            tried += 1;
            std::fs::write(folder.path().join(format!("{template}.yaml")), &mutant.text).unwrap();
            let lowered = lower(&load(&request));
            let cases = load_rule_cases(&request, &lowered.rules);
            let is_wrong = cases.diagnostics.iter().any(|found| found.severity == Severity::Error);
            if !is_wrong && play(&lowered.rules, &cases.cases).failed.is_empty() {
                survived.push(format!("{}: {}", mutant.template, mutant.what));
            }
        }
    }
    assert!(tried > 100, "{tried}");
    assert_eq!(survived, Vec::<String>::new());
}
