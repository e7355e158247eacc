//! `adplane policy test`: cases beside policies, each judged as a plan would judge it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

use adplane_core::diagnostic::{Diagnostic, Severity as Found};
use adplane_core::plan::document::PolicyVerdict;
use adplane_core::policy::{Policy, Severity, judge_case};
use adplane_manifest::{Cases, LoadRequest, PolicyCase, load_cases};
use serde_json::json;

use crate::args::{PolicyTestArgs, TestFormat};
use crate::error::{Exit, Failure};
use crate::settings::Settings;
use crate::ui::Ui;

/// One case as it came out.
struct Outcome<'a> {
    case: &'a PolicyCase,
    policy: &'a Policy,
    verdicts: Vec<PolicyVerdict>,
    /// Rules that could not be judged, each with its reason.
    trouble: Vec<Diagnostic>,
    passed: bool,
}

pub(super) fn test(args: &PolicyTestArgs, settings: &Settings, ui: &Ui) -> Result<Exit, Failure> {
    let paths = if args.path.paths.is_empty() { vec![PathBuf::from(".")] } else { args.path.paths.clone() };
    let request = LoadRequest {
        paths: paths.iter().map(|path| holder(path)).collect(),
        cwd: settings.cwd.clone(),
        ..LoadRequest::default()
    };
    let loaded = adplane_manifest::load(&request);
    let lowered = adplane_manifest::lower_policies(&loaded);
    let mut diagnostics: Vec<Diagnostic> =
        loaded.diagnostics.iter().filter(|found| found.severity != Found::Info).cloned().collect();
    diagnostics.extend(lowered.diagnostics);
    let policies = lowered.desired.policies;
    let broken = |found: &[Diagnostic]| found.iter().any(Diagnostic::is_error);
    if broken(&diagnostics) {
        ui.diagnostics(&diagnostics, &|file| loaded.source(file).map(ToOwned::to_owned));
        return Err(Failure::shown(Exit::Error));
    }
    let cases = load_cases(&LoadRequest { paths, ..request }, &policies);
    diagnostics.extend(cases.diagnostics.iter().cloned());
    let source = |file: &str| cases.sources.text(file).or_else(|| loaded.source(file)).map(ToOwned::to_owned);
    ui.diagnostics(&diagnostics, &source);
    if broken(&diagnostics) {
        return Err(Failure::shown(Exit::Error));
    }
    if cases.cases.is_empty() {
        return Err(Failure::error("there are no cases")
            .hint("write them in a file named `*.cases.yaml` beside the policy; see docs/policies.md"));
    }
    let outcomes: Vec<Outcome<'_>> = cases.cases.iter().map(|case| run(case, &policies)).collect();
    match args.format {
        TestFormat::Text => {
            ui.data(&text(&cases, &outcomes))?;
            for rule in unmatched(&outcomes) {
                ui.note(&format!("no case makes `{rule}` match"));
            }
        }
        TestFormat::Json => ui.data(&format!("{:#}\n", json(&outcomes)))?,
    }
    Ok(if outcomes.iter().all(|outcome| outcome.passed) { Exit::Done } else { Exit::Error })
}

/// Policies lie beside their cases: naming a file of cases means its folder.
pub(super) fn holder(path: &std::path::Path) -> PathBuf {
    if adplane_manifest::is_case_file(path) {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        return parent.map_or_else(|| PathBuf::from("."), ToOwned::to_owned);
    }
    path.to_owned()
}

fn run<'a>(case: &'a PolicyCase, policies: &'a [Policy]) -> Outcome<'a> {
    let policy = &policies[case.policy];
    let judged = judge_case(std::slice::from_ref(policy), &case.case);
    let passed = matched(&judged.verdicts) == case.expected;
    Outcome { case, policy, verdicts: judged.verdicts, trouble: judged.diagnostics, passed }
}

/// The name of a rule without its policy.
fn short(rule: &str) -> &str {
    rule.rsplit('/').next().unwrap_or(rule)
}

fn matched(verdicts: &[PolicyVerdict]) -> BTreeMap<Severity, BTreeSet<String>> {
    let mut matched: BTreeMap<Severity, BTreeSet<String>> = BTreeMap::new();
    for verdict in verdicts {
        matched.entry(verdict.severity).or_default().insert(short(&verdict.rule).to_owned());
    }
    matched
}

/// Rules that no case makes match, so that nobody knows whether they can.
fn unmatched(outcomes: &[Outcome<'_>]) -> BTreeSet<String> {
    let all = outcomes
        .iter()
        .flat_map(|outcome| outcome.policy.rules.iter().map(|rule| outcome.policy.rule_name(rule)));
    let matched: BTreeSet<&str> =
        outcomes.iter().flat_map(|outcome| &outcome.verdicts).map(|verdict| verdict.rule.as_str()).collect();
    all.filter(|rule| !matched.contains(rule.as_str())).collect()
}

fn text(cases: &Cases, outcomes: &[Outcome<'_>]) -> String {
    let mut out = String::new();
    for file in &cases.files {
        let of_file: Vec<&Outcome<'_>> =
            outcomes.iter().filter(|outcome| outcome.case.origin.file == *file).collect();
        // Writing to a string does not fail.
        let _ = writeln!(out, "{file}");
        for outcome in of_file {
            let word = if outcome.passed { "ok  " } else { "FAIL" };
            let _ = writeln!(out, "  {word} {}", outcome.case.name);
            if !outcome.passed {
                failure(&mut out, outcome);
            }
        }
    }
    let failed = outcomes.iter().filter(|outcome| !outcome.passed).count();
    let noun = if outcomes.len() == 1 { "case" } else { "cases" };
    let _ = writeln!(out, "{} {noun}: {} passed, {failed} failed", outcomes.len(), outcomes.len() - failed);
    out
}

fn failure(out: &mut String, outcome: &Outcome<'_>) {
    let _ = writeln!(out, "       at {}", outcome.case.origin);
    let _ = writeln!(out, "       expected {}", expectation(&outcome.case.expected));
    if outcome.verdicts.is_empty() {
        let _ = writeln!(out, "       but it is allowed");
    }
    for verdict in &outcome.verdicts {
        let _ =
            writeln!(out, "       but {} {}: {}", verdict.severity, short(&verdict.rule), verdict.message);
    }
    for trouble in &outcome.trouble {
        let _ = writeln!(out, "       {}: {}", trouble.code, trouble.message);
    }
}

/// `allow`, `Deny daily-cap, worst-day`.
fn expectation(expected: &BTreeMap<Severity, BTreeSet<String>>) -> String {
    if expected.is_empty() {
        return "allow".to_owned();
    }
    let parts: Vec<String> = expected
        .iter()
        .rev()
        .map(|(severity, rules)| {
            let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
            format!("{severity} {}", rules.join(", "))
        })
        .collect();
    parts.join("; ")
}

fn json(outcomes: &[Outcome<'_>]) -> serde_json::Value {
    let cases: Vec<serde_json::Value> = outcomes
        .iter()
        .map(|outcome| {
            json!({
                "policy": format!("{}/{}", outcome.policy.namespace, outcome.policy.name),
                "name": outcome.case.name,
                "file": outcome.case.origin.file,
                "line": outcome.case.origin.line,
                "passed": outcome.passed,
                "expected": outcome.case.expected,
                "verdicts": outcome.verdicts,
                "diagnostics": outcome.trouble,
            })
        })
        .collect();
    let failed = outcomes.iter().filter(|outcome| !outcome.passed).count();
    let unmatched = unmatched(outcomes);
    json!({ "cases": cases, "passed": outcomes.len() - failed, "failed": failed, "unmatchedRules": unmatched })
}
