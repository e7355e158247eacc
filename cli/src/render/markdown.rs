//! Plans for comments on pull requests: one comment, however large the plan.

use std::fmt::Write;

use adplane_core::plan::Action;
use adplane_core::plan::document::{DocumentChange, PlanDocument};

use super::words;

/// Forges cut comments at 65,536 characters; this leaves room for what a bot adds.
const MAX_CHARACTERS: usize = 60_000;
/// Room kept for the line that says what was left out.
const RESERVE: usize = 200;

/// A plan as markdown, at most [`MAX_CHARACTERS`] long.
pub(crate) fn plan(document: &PlanDocument) -> String {
    let mut out = String::new();
    let title = if document.summary.has_pending() { "Ads plan" } else { "Ads plan: no changes" };
    let _ =
        writeln!(out, "### {title}\n\n{} — {}\n", words::summary(&document.summary), words::scope(document));
    money(&mut out, document);
    if !document.classes.is_empty() {
        let classes: Vec<String> = document.classes.iter().map(|class| format!("`{class}`")).collect();
        let _ = writeln!(out, "Needs approval of: {}\n", classes.join(", "));
    }
    for finding in document.diagnostics.iter().filter(|finding| finding.is_error()).take(20) {
        let _ = writeln!(out, "- **{}** {}", finding.severity, escape(&finding.message));
    }
    for drift in document.drift.iter().take(20) {
        let _ = writeln!(out, "- **drift** {}", escape(&words::drift(drift)));
    }
    let footer = format!("\n<sub>plan `{}`, {}</sub>\n", document.hash, document.engine);
    let mut left = MAX_CHARACTERS.saturating_sub(out.chars().count() + footer.chars().count() + RESERVE);
    let mut shown = 0;
    // What spends or breaks comes first, so that it is never what is left out.
    let mut changes: Vec<&DocumentChange> = document.changes.iter().collect();
    changes.sort_by_key(|change| (weight(change), &change.address));
    for change in changes {
        let block = one(change);
        let length = block.chars().count();
        if length > left {
            break;
        }
        left -= length;
        shown += 1;
        out.push_str(&block);
    }
    let hidden = document.changes.len() - shown;
    if hidden > 0 {
        let _ = writeln!(out, "\n…and {hidden} more changes: see the saved plan with `adplane show`.");
    }
    out.push_str(&footer);
    out
}

fn weight(change: &DocumentChange) -> u8 {
    match change.action {
        Action::Blocked => 0,
        Action::Delete => 1,
        Action::Replace => 2,
        Action::Release => 3,
        _ => match change.class {
            Some(adplane_core::plan::Class::Raise(_)) => 4,
            _ => 5,
        },
    }
}

fn money(out: &mut String, document: &PlanDocument) {
    if document.money.is_empty() || document.changes.is_empty() {
        return;
    }
    out.push_str("| currency | a day now | a day after | delta | worst day | worst period |\n|---|--:|--:|--:|--:|---|\n");
    for (currency, impact) in &document.money {
        let periods: Vec<String> =
            impact.worst_period.iter().map(|(period, amount)| format!("{amount} a {period}")).collect();
        let _ = writeln!(
            out,
            "| {currency} | {} | {} | {} | {} | {} |",
            impact.daily_before,
            impact.daily_after,
            words::signed(impact.delta),
            impact.worst_day,
            periods.join(", ")
        );
    }
    out.push('\n');
}

fn one(change: &DocumentChange) -> String {
    let mut out = String::new();
    let class = change.class.as_ref().map(|class| format!(" `{class}`")).unwrap_or_default();
    let _ = writeln!(
        out,
        "<details><summary><code>{}</code> {} <b>{}</b> on {}{class}</summary>\n",
        change.action.symbol(),
        change.action,
        escape(&change.address.short()),
        change.address.account
    );
    for reason in words::reasons(change) {
        let _ = writeln!(out, "- {}", escape(&reason));
    }
    let mut rows = words::fields(change).peekable();
    if rows.peek().is_some() {
        out.push_str("\n| field | now | after | |\n|---|---|---|---|\n");
    }
    for field in rows {
        let _ = writeln!(
            out,
            "| `{}` | {} | {} | {} |",
            field.path,
            escape(&words::value(field.before.as_ref())),
            escape(&words::value(field.after.as_ref())),
            words::marks(field, change.action).join(", ")
        );
    }
    out.push_str("\n</details>\n");
    out
}

/// Text of the YAML must not become markup of the comment.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '|' => out.push_str("\\|"),
            '\n' | '\r' => out.push(' '),
            '@' => out.push_str("&#64;"),
            '*' | '_' | '`' | '[' | ']' | '#' => {
                out.push('\\');
                out.push(c);
            }
            other => out.push(other),
        }
    }
    out
}
