//! `adplane rules`: automation rules on cases, on what is live without acting, on days that have passed.
//!
//! `test` is here: cases beside rules, each run as a tick would run it, offline.

mod backtest;
mod harvest;
mod lift;
mod patch;
mod proposals;
mod run;
pub(super) mod shadow;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

use adplane_core::diagnostic::{Diagnostic, Severity};
use adplane_core::rules::{Mode, ObjectRun, Outcome as Became, Rule, RuleRun, explain, run_case};
use adplane_manifest::{ExpectedObject, LoadRequest, RuleCase, RuleCases, load_rule_cases};
use serde_json::json;

use super::policy::holder;
use crate::args::{Global, RulesCommand, RulesTestArgs, TestFormat};
use crate::error::{Exit, Failure};
use crate::settings::Settings;
use crate::ui::Ui;

/// One case as it came out.
struct Outcome<'a> {
    case: &'a RuleCase,
    rule: &'a Rule,
    runs: Vec<RuleRun>,
    /// What came out otherwise, a line for each object.
    wrong: Vec<String>,
}

pub(super) async fn run(
    global: &Global,
    command: &RulesCommand,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    match command {
        RulesCommand::Test(args) => test(args, settings, ui),
        RulesCommand::Shadow(args) => shadow::run(global, args, settings, ui).await,
        RulesCommand::Run(args) => run::run(global, args, settings, ui).await,
        RulesCommand::Proposals(args) => proposals::list(global, args, settings, ui),
        RulesCommand::Approve(args) => proposals::approve(global, args, settings, ui).await,
        RulesCommand::Reject(args) => proposals::reject(global, args, settings, ui).await,
        RulesCommand::Lift(args) => lift::lift(global, args, settings, ui).await,
        RulesCommand::Harvest(args) => harvest::run(global, args, settings, ui).await,
        RulesCommand::Backtest(args) => backtest::run(global, args, settings, ui).await,
    }
}

fn test(args: &RulesTestArgs, settings: &Settings, ui: &Ui) -> Result<Exit, Failure> {
    let paths = if args.path.paths.is_empty() { vec![PathBuf::from(".")] } else { args.path.paths.clone() };
    let request = LoadRequest {
        paths: paths.iter().map(|path| holder(path)).collect(),
        cwd: settings.cwd.clone(),
        ..LoadRequest::default()
    };
    let loaded = adplane_manifest::load(&request);
    let lowered = adplane_manifest::lower_rules(&loaded);
    let mut diagnostics: Vec<Diagnostic> =
        loaded.diagnostics.iter().filter(|found| found.severity != Severity::Info).cloned().collect();
    diagnostics.extend(lowered.diagnostics);
    let broken = |found: &[Diagnostic]| found.iter().any(Diagnostic::is_error);
    if broken(&diagnostics) {
        ui.diagnostics(&diagnostics, &|file| loaded.source(file).map(ToOwned::to_owned));
        return Err(Failure::shown(Exit::Error));
    }
    let cases = load_rule_cases(&LoadRequest { paths, ..request }, &lowered.rules);
    diagnostics.extend(cases.diagnostics.iter().cloned());
    let source = |file: &str| cases.sources.text(file).or_else(|| loaded.source(file)).map(ToOwned::to_owned);
    ui.diagnostics(&diagnostics, &source);
    if broken(&diagnostics) {
        return Err(Failure::shown(Exit::Error));
    }
    if cases.cases.is_empty() {
        return Err(Failure::error("there are no cases")
            .hint("write them in a file named `*.cases.yaml` beside the rule; see docs/rules.md"));
    }
    let outcomes: Vec<Outcome<'_>> = cases.cases.iter().map(|case| tried(case, &lowered.rules)).collect();
    match args.format {
        TestFormat::Text => {
            ui.data(&text(&cases, &outcomes))?;
            for rule in silent(&outcomes) {
                ui.note(&format!("no case makes `{rule}` fire"));
            }
        }
        TestFormat::Json => ui.data(&format!("{:#}\n", json(&outcomes)))?,
    }
    Ok(if outcomes.iter().all(|outcome| outcome.wrong.is_empty()) { Exit::Done } else { Exit::Error })
}

/// Runs one case. A case shows what a rule does once it may act, whatever its mode is now.
fn tried<'a>(case: &'a RuleCase, rules: &'a [Rule]) -> Outcome<'a> {
    let rule = &rules[case.rule];
    let mut acting = rule.clone();
    acting.mode = Mode::Act;
    let runs = run_case(&acting, &case.case, &adplane_platforms::schemas()).runs;
    let objects: BTreeMap<String, &ObjectRun> =
        runs.iter().flat_map(|run| &run.objects).map(|one| (one.object.local_name(), one)).collect();
    let mut wrong = Vec::new();
    for (name, expected) in &case.expected {
        match objects.get(name) {
            Some(one) => wrong.extend(differs(name, expected, one)),
            None => {
                wrong.push(format!("{name}: expected {}, but the rule did not look at it", expected.outcome));
            }
        }
    }
    for (name, one) in objects.iter().filter(|(name, _)| !case.expected.contains_key(*name)) {
        if matches!(one.outcome, Became::Act | Became::Propose { .. }) {
            wrong.push(format!("{name}: expected nothing, but {}", came(one)));
        }
    }
    Outcome { case, rule, runs, wrong }
}

fn changes(one: &ObjectRun) -> Vec<String> {
    let Some(intent) = &one.intent else { return Vec::new() };
    let each = intent.changes.iter().map(|planned| {
        let whose = if planned.object == intent.object {
            String::new()
        } else {
            format!("{}: ", planned.object.local_name())
        };
        format!("{whose}{}", planned.change)
    });
    each.collect()
}

fn came(one: &ObjectRun) -> String {
    let changes = changes(one);
    if changes.is_empty() {
        one.outcome.word().to_owned()
    } else {
        format!("{}: {}", one.outcome.word(), changes.join("; "))
    }
}

fn differs(name: &str, expected: &ExpectedObject, one: &ObjectRun) -> Option<String> {
    let outcome = expected.outcome == one.outcome.word();
    let same = expected.changes.as_ref().is_none_or(|wanted| *wanted == changes(one));
    let code = expected.code.is_none() || expected.code.as_deref() == one.told.code.as_deref();
    if outcome && same && code {
        return None;
    }
    let mut wanted = expected.outcome.clone();
    if let Some(changes) = &expected.changes {
        let _ = write!(wanted, ": {}", changes.join("; "));
    }
    if let Some(code) = &expected.code {
        let _ = write!(wanted, " ({code})");
    }
    let code = one.told.code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default();
    Some(format!("{name}: expected {wanted}, but {}{code}", came(one)))
}

/// Rules that no case makes fire, so that nobody knows whether they can.
fn silent(outcomes: &[Outcome<'_>]) -> BTreeSet<String> {
    let wants = |outcome: &Outcome<'_>| {
        let mut objects = outcome.runs.iter().flat_map(|run| &run.objects);
        objects.any(|one| one.intent.is_some())
    };
    let fired: BTreeSet<String> = outcomes
        .iter()
        .filter(|outcome| wants(outcome))
        .map(|outcome| outcome.rule.key.to_string())
        .collect();
    let all = outcomes.iter().map(|outcome| outcome.rule.key.to_string());
    all.filter(|rule| !fired.contains(rule)).collect()
}

fn text(cases: &RuleCases, outcomes: &[Outcome<'_>]) -> String {
    let mut out = String::new();
    for file in &cases.files {
        // Writing to a string does not fail.
        let _ = writeln!(out, "{file}");
        for outcome in outcomes.iter().filter(|outcome| outcome.case.origin.file == *file) {
            let word = if outcome.wrong.is_empty() { "ok  " } else { "FAIL" };
            let _ = writeln!(out, "  {word} {}", outcome.case.name);
            if !outcome.wrong.is_empty() {
                failure(&mut out, outcome);
            }
        }
    }
    let failed = outcomes.iter().filter(|outcome| !outcome.wrong.is_empty()).count();
    let noun = if outcomes.len() == 1 { "case" } else { "cases" };
    let _ = writeln!(out, "{} {noun}: {} passed, {failed} failed", outcomes.len(), outcomes.len() - failed);
    out
}

fn failure(out: &mut String, outcome: &Outcome<'_>) {
    let _ = writeln!(out, "       at {}", outcome.case.origin);
    for line in &outcome.wrong {
        let _ = writeln!(out, "       {line}");
    }
    for run in &outcome.runs {
        for one in &run.objects {
            let why = explain(run, &one.object).unwrap_or_default();
            let _ = writeln!(out, "       {}", one.object.short());
            for line in why.lines() {
                let _ = writeln!(out, "         {line}");
            }
        }
    }
}

fn json(outcomes: &[Outcome<'_>]) -> serde_json::Value {
    let cases: Vec<serde_json::Value> = outcomes
        .iter()
        .map(|outcome| {
            json!({
                "rule": outcome.rule.key.to_string(),
                "name": outcome.case.name,
                "file": outcome.case.origin.file,
                "line": outcome.case.origin.line,
                "passed": outcome.wrong.is_empty(),
                "wrong": outcome.wrong,
                "runs": outcome.runs,
            })
        })
        .collect();
    let failed = outcomes.iter().filter(|outcome| !outcome.wrong.is_empty()).count();
    let silent = silent(outcomes);
    json!({ "cases": cases, "passed": outcomes.len() - failed, "failed": failed, "silentRules": silent })
}
