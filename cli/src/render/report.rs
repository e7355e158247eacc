//! What an apply did.

use std::collections::BTreeMap;
use std::fmt::Write;

use adplane_core::address::Address;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::field::FieldPath;
use adplane_core::plan::document::{DocumentChange, PlanDocument};
use adplane_engine::execute::{ApplyReport, ChangeResult, Failure};
use adplane_engine::port::Verdict;

/// A sentence or two; failures are diagnostics.
pub(crate) fn text(document: &PlanDocument, report: &ApplyReport) -> String {
    let count =
        |wanted: fn(&ChangeResult) -> bool| report.results.values().filter(|result| wanted(result)).count();
    let applied = count(|result| matches!(result, ChangeResult::Applied));
    let failed = count(|result| matches!(result, ChangeResult::Failed(_)));
    let skipped = count(|result| matches!(result, ChangeResult::Skipped { .. }));
    let mut out =
        format!("Applied {applied} of {} changes with {} writes", report.results.len(), report.writes);
    for (number, word) in [
        (failed, "failed"),
        (skipped, "not attempted"),
        (usize::try_from(document.summary.blocked).unwrap_or(0), "blocked"),
    ] {
        if number > 0 {
            let _ = write!(out, ", {number} {word}");
        }
    }
    if report.interrupted {
        out.push_str("; interrupted");
    }
    out.push('\n');
    if failed + skipped > 0 {
        out.push_str(
            "Run the same command again to go on: what exists is recognised and not created twice.\n",
        );
    }
    out
}

/// Failures beside the YAML lines that caused them.
pub(crate) fn diagnostics(document: &PlanDocument, report: &ApplyReport) -> Vec<Diagnostic> {
    document
        .changes
        .iter()
        .filter_map(|change| Some((change, report.results.get(&change.address)?)))
        .filter_map(|(change, result)| match result {
            ChangeResult::Applied => None,
            ChangeResult::Failed(failure) => Some(failed(change, failure)),
            ChangeResult::Skipped { because } => Some(
                Diagnostic::warning(
                    "not-attempted",
                    format!("{} was not attempted: {because}", change.address.short()),
                )
                .on(&change.address),
            ),
        })
        .collect()
}

fn failed(change: &DocumentChange, failure: &Failure) -> Diagnostic {
    let (code, field, hint) = match failure {
        Failure::Platform(error) => ("platform-refused", error.field.clone(), error.advice()),
        Failure::ReadBack { differences } => (
            "read-back-differs",
            differences.iter().find_map(|unkept| unkept.path.clone()),
            "the platform did not keep it: write a value that it offers here, or leave the field out",
        ),
        Failure::Unclear(error) => {
            ("unclear", error.field.clone(), "run the same command again: it looks before it writes")
        }
    };
    let found = Diagnostic::error(code, format!("{}: {failure}", change.address.short())).hint(hint);
    placed(found, change, field)
}

/// Puts a finding beside the YAML line that caused it.
fn placed(found: Diagnostic, change: &DocumentChange, field: Option<FieldPath>) -> Diagnostic {
    let written = field
        .as_ref()
        .and_then(|path| {
            // A vendor may name a group: `budget` stands for `budget.daily`.
            let exact = change.fields.iter().find(|field| field.path == *path);
            exact.or_else(|| change.fields.iter().find(|field| field.path.is_within(path.as_str())))
        })
        .and_then(|field| field.origin.as_ref());
    let mut found = found.at(written.or(change.origin.as_ref())).on(&change.address);
    found.field = field;
    found
}

/// What the platforms would refuse, beside the YAML lines that cause it.
pub(crate) fn refusals(document: &PlanDocument, verdicts: &BTreeMap<Address, Verdict>) -> Vec<Diagnostic> {
    let asked = document.changes.iter().filter_map(|change| Some((change, verdicts.get(&change.address)?)));
    asked
        .filter_map(|(change, verdict)| match verdict {
            Verdict::Refused(error) => {
                let message = format!("{} would be refused: {error}", change.address.short());
                let found = Diagnostic::error("platform-would-refuse", message).hint(error.advice());
                Some(placed(found, change, error.field.clone()))
            }
            Verdict::Accepted | Verdict::Unasked(_) => None,
        })
        .collect()
}

/// What was asked of the platforms, in a sentence per reason.
pub(crate) fn rehearsed(verdicts: &BTreeMap<Address, Verdict>) -> String {
    let accepted = verdicts.values().filter(|verdict| **verdict == Verdict::Accepted).count();
    let mut unasked: BTreeMap<&str, usize> = BTreeMap::new();
    for verdict in verdicts.values() {
        if let Verdict::Unasked(because) = verdict {
            *unasked.entry(because).or_default() += 1;
        }
    }
    let mut text = format!("the platforms would take {accepted} of {} changes", verdicts.len());
    for (because, count) in unasked {
        let _ = write!(text, "; {count} could not be checked: {because}");
    }
    text
}
