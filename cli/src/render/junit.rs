//! `JUnit` XML, which most systems of continuous integration show: an object of the plan is a test case.
//!
//! What is blocked, denied or cannot be read fails; everything else passes and tells its fields.

use std::collections::BTreeMap;
use std::fmt::Write;

use adplane_core::diagnostic::{Diagnostic, Severity};
use adplane_core::plan::Action;
use adplane_core::plan::document::{DocumentChange, PlanDocument};
use adplane_core::policy;

use super::rank::Ranks;
use super::{safe, words};

/// One case: its attributes, and what is inside.
struct Case {
    name: String,
    place: String,
    failure: Option<(&'static str, String)>,
    text: String,
}

/// A plan as test suites: one for each account, one for what was found, one for policies.
pub(crate) fn plan(document: &PlanDocument) -> String {
    let mut suites: BTreeMap<String, Vec<Case>> = BTreeMap::new();
    let ranks = Ranks::new(document);
    for change in &document.changes {
        suites.entry(change.address.account_key().to_string()).or_default().push(changed(change, &ranks));
    }
    let mut all: Vec<(String, Vec<Case>)> = Vec::new();
    let findings = document.diagnostics.iter().map(found).collect::<Vec<_>>();
    if !findings.is_empty() {
        all.push(("diagnostics".into(), findings));
    }
    let verdicts: Vec<Case> = document
        .policy
        .iter()
        .map(|verdict| {
            let about =
                verdict.address.as_ref().map(|address| format!(" {}", address.short())).unwrap_or_default();
            Case {
                name: format!("{}{about}", verdict.rule),
                place: place(verdict.origin.as_ref()),
                failure: (verdict.severity != policy::Severity::Warn)
                    .then(|| ("policy", verdict.message.clone())),
                text: format!("{}: {}", verdict.severity, verdict.message),
            }
        })
        .collect();
    if !verdicts.is_empty() {
        all.push(("policies".into(), verdicts));
    }
    all.extend(suites);
    document_of(&all)
}

/// Diagnostics as one test suite.
pub(crate) fn diagnostics(found_all: &[Diagnostic]) -> String {
    document_of(&[("validate".to_owned(), found_all.iter().map(found).collect())])
}

fn document_of(suites: &[(String, Vec<Case>)]) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"adplane\">\n");
    for (name, cases) in suites {
        let failures = cases.iter().filter(|case| case.failure.is_some()).count();
        let _ = writeln!(
            out,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failures}\" errors=\"0\">",
            safe::xml(name),
            cases.len()
        );
        for case in cases {
            one(&mut out, name, case);
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn one(out: &mut String, suite: &str, case: &Case) {
    let _ = writeln!(
        out,
        "    <testcase classname=\"{}\" name=\"{}\"{}>",
        safe::xml(suite),
        safe::xml(&case.name),
        case.place
    );
    if let Some((kind, why)) = &case.failure {
        let _ = writeln!(out, "      <failure type=\"{kind}\" message=\"{}\"/>", safe::xml(why));
    }
    if !case.text.is_empty() {
        let lines: Vec<String> = case.text.lines().map(safe::xml).collect();
        let _ = writeln!(out, "      <system-out>{}</system-out>", lines.join("\n"));
    }
    out.push_str("    </testcase>\n");
}

fn place(origin: Option<&adplane_core::field::Origin>) -> String {
    origin
        .map(|origin| format!(" file=\"{}\" line=\"{}\"", safe::xml(&origin.file), origin.line))
        .unwrap_or_default()
}

fn changed(change: &DocumentChange, ranks: &Ranks<'_>) -> Case {
    let mut text = String::new();
    for line in words::breaks(change) {
        let _ = writeln!(text, "{line}");
    }
    for field in words::fields(change) {
        let (before, after) = (words::value(field.before.as_ref()), words::value(field.after.as_ref()));
        let _ = match change.action {
            Action::Create => writeln!(text, "{}: {after}", field.path),
            _ => writeln!(text, "{}: {before} → {after}", field.path),
        };
    }
    if let Some(spend) = ranks.spend(change) {
        let _ = writeln!(text, "{}", words::daily(spend));
    }
    let why: Vec<String> = words::reasons(change).collect();
    Case {
        name: format!("{} {}", change.action, change.address.short()),
        place: place(words::place(change)),
        failure: (change.action == Action::Blocked).then(|| ("blocked", why.join("; "))),
        text,
    }
}

fn found(finding: &Diagnostic) -> Case {
    let text = match &finding.hint {
        Some(hint) => format!("{}; {hint}", finding.message),
        None => finding.message.clone(),
    };
    let at = finding.origin.as_ref().map(|origin| format!(" at {origin}")).unwrap_or_default();
    Case {
        name: format!("{}{at}", finding.code),
        place: place(finding.origin.as_ref()),
        failure: (finding.severity == Severity::Error).then(|| ("error", text.clone())),
        text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_cases_and_errors_fail() {
        let text = diagnostics(&[
            Diagnostic::error("bad", "a < b & \"c\"\u{0}").hint("write d"),
            Diagnostic::info("fine", "nothing"),
        ]);
        assert!(text.contains("tests=\"2\" failures=\"1\""), "{text}");
        assert!(
            text.contains(
                "<failure type=\"error\" message=\"a &lt; b &amp; &quot;c&quot;[U+0000]; write d\"/>"
            ),
            "{text}"
        );
    }
}
