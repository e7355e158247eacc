//! Workflow commands of GitHub Actions: a note beside the line of YAML that causes each change.
//!
//! GitHub shows ten of each level and step, so the gravest and the dearest come first.

use std::fmt::Write;

use adplane_core::diagnostic::{Diagnostic, Severity};
use adplane_core::field::Origin;
use adplane_core::plan::Action;
use adplane_core::plan::document::{DocumentChange, PlanDocument};
use adplane_core::policy;

use super::rank::Ranks;
use super::{safe, words};

/// Notes of one run; more would only make its log unreadable.
const MOST: usize = 200;
/// Characters of one value.
const VALUE: usize = 80;

/// Diagnostics as annotations.
pub(crate) fn diagnostics(found: &[Diagnostic]) -> String {
    found.iter().map(finding).collect()
}

/// A plan as annotations: what was found, verdicts of policies, and the changes.
pub(crate) fn plan(document: &PlanDocument) -> String {
    let mut out = diagnostics(&document.diagnostics);
    for verdict in &document.policy {
        let level = if verdict.severity == policy::Severity::Warn { "warning" } else { "error" };
        out.push_str(&command(level, verdict.origin.as_ref(), &verdict.rule, &verdict.message));
    }
    let ranks = Ranks::new(document);
    for change in ranks.order(document).into_iter().take(MOST) {
        out.push_str(&one(change, &ranks));
    }
    let hidden = document.changes.len().saturating_sub(MOST);
    if hidden > 0 {
        out.push_str(&command(
            "notice",
            None,
            "Ads plan",
            &format!("{hidden} more changes: see the whole plan"),
        ));
    }
    out
}

fn finding(found: &Diagnostic) -> String {
    let level = match found.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let text = match &found.hint {
        Some(hint) => format!("{}\n{hint}", found.message),
        None => found.message.clone(),
    };
    command(level, found.origin.as_ref(), &found.code, &text)
}

fn one(change: &DocumentChange, ranks: &Ranks<'_>) -> String {
    let level = if change.action == Action::Blocked {
        "error"
    } else if ranks.danger(change).is_grave() {
        "warning"
    } else {
        "notice"
    };
    let mut text = String::new();
    for line in words::reasons(change).chain(words::breaks(change)) {
        let _ = writeln!(text, "{line}");
    }
    for field in words::fields(change).take(12) {
        let after = words::value(field.after.as_ref());
        let after = safe::cut(&after, VALUE);
        let _ = if change.action == Action::Create {
            writeln!(text, "{}: {after}", field.path)
        } else {
            let before = words::value(field.before.as_ref());
            writeln!(text, "{}: {} → {after}", field.path, safe::cut(&before, VALUE))
        };
    }
    if let Some(spend) = ranks.spend(change) {
        let _ = writeln!(text, "{}", words::daily(spend));
    }
    let title = format!("{} {} on {}", change.action, change.address.short(), change.address.account);
    command(level, words::place(change), &title, text.trim_end())
}

/// `::warning file=a.yaml,line=3,col=5,title=…::message`.
fn command(level: &str, origin: Option<&Origin>, title: &str, message: &str) -> String {
    let mut out = format!("::{level} ");
    if let Some(origin) = origin {
        let _ = write!(out, "file={},line={},col={},", property(&origin.file), origin.line, origin.column);
    }
    let _ = writeln!(out, "title={}::{}", property(title), data(message));
    out
}

/// Line breaks and per cent signs would end a message; what cannot be seen is shown.
fn data(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| safe::plain(line).replace('%', "%25")).collect();
    lines.join("%0A")
}

fn property(text: &str) -> String {
    safe::plain(text).replace('%', "%25").replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_cannot_end_its_command_or_start_another() {
        let found = Diagnostic::error("bad,code:x", "100 %\n::error::injected\r::stop-commands::x");
        assert_eq!(
            finding(&found),
            "::error title=bad%2Ccode%3Ax::100 %25%0A::error::injected[U+000D]::stop-commands::x\n"
                .replace("[U+000D]", " ")
        );
    }

    #[test]
    fn places_are_files_lines_and_columns() {
        let origin = Origin { file: "shop/a,b.yaml".into(), line: 3, column: 5 };
        let found = Diagnostic::warning("w", "m").at(Some(&origin)).hint("h");
        assert_eq!(finding(&found), "::warning file=shop/a%2Cb.yaml,line=3,col=5,title=w::m%0Ah\n");
    }
}
