//! Plans for terminals. Meaning never rests on colour.

use std::cmp::Reverse;
use std::fmt::Write;

use adplane_core::plan::document::{DocumentChange, DocumentField, DocumentMoney, PlanDocument};
use adplane_core::plan::{Action, Class};
use owo_colors::OwoColorize;

use super::{Extras, approvals, safe, words};

/// Widest path column before values move on.
const PATH_WIDTH: usize = 34;
/// Campaigns of a currency that are listed with their money.
const ROWS: usize = 10;

/// A plan as text.
pub(crate) fn plan(document: &PlanDocument, extras: &Extras<'_>) -> String {
    let mut out = String::new();
    for change in &document.changes {
        one(&mut out, change);
    }
    for drift in &document.drift {
        let _ = writeln!(out, "{} {}", "Drift:".yellow().bold(), words::drift(drift));
    }
    if !document.changes.is_empty() {
        money(&mut out, document);
        policy(&mut out, document);
        let classes: Vec<_> = document.classes.iter().map(Class::word).collect();
        if !classes.is_empty() {
            let _ = writeln!(out, "{} {}", "Classes:".bold(), classes.join(", "));
        }
        if let Some(raises) = approvals::raises(document) {
            let _ = writeln!(out, "{} {raises}", "Raises:".bold());
        }
        for line in approvals::lines(document, extras.judgement) {
            let _ = writeln!(out, "{} {line}", "Approval:".bold());
        }
    }
    let verdict = if document.summary.has_pending() { "Plan:" } else { "No changes:" };
    let _ = writeln!(
        out,
        "{} {} ({})",
        verdict.bold(),
        words::summary(&document.summary),
        words::scope(document)
    );
    if !document.changes.is_empty() {
        let _ = writeln!(out, "{} {}", "Hash:".bold(), document.hash);
    }
    out
}

fn one(out: &mut String, change: &DocumentChange) {
    let symbol = match change.action {
        Action::Create | Action::Adopt => change.action.symbol().green().to_string(),
        Action::Update | Action::Release => change.action.symbol().yellow().to_string(),
        Action::Replace | Action::Delete | Action::Blocked => change.action.symbol().red().to_string(),
        Action::None => change.action.symbol().to_owned(),
    };
    let class = change.class.as_ref().map(|class| format!(" [{class}]")).unwrap_or_default();
    let _ = writeln!(
        out,
        "{symbol} {} {} on {}{class}",
        change.action.word().bold(),
        words::name(change).bold(),
        change.address.account
    );
    for reason in words::reasons(change) {
        let _ = writeln!(out, "    {} {reason}", "·".dimmed());
    }
    for line in words::fields(change).flat_map(|field| field_lines(field, change.action)) {
        let _ = writeln!(out, "    {line}");
    }
    for line in words::breaks(change) {
        let _ = writeln!(out, "    {} {line}", "!".red());
    }
    out.push('\n');
}

fn field_lines(field: &DocumentField, action: Action) -> Vec<String> {
    let path = format!("{:<PATH_WIDTH$}", field.path.as_str());
    let mut tail = String::new();
    let marks = words::marks(field, action);
    if !marks.is_empty() {
        let _ = write!(tail, "  ({})", marks.join(", "));
    }
    if action != Action::Create
        && let Some(origin) = &field.origin
    {
        let _ = write!(tail, "  {}", origin.dimmed());
    }
    if let Some((added, removed)) = words::list_difference(field).filter(|_| action != Action::Create) {
        let mut lines: Vec<String> = Vec::new();
        lines.extend(added.iter().map(|member| format!("{path} + {}", member.green())));
        lines.extend(removed.iter().map(|member| format!("{path} - {}", member.red())));
        if let Some(first) = lines.first_mut() {
            first.push_str(&tail);
        }
        return lines;
    }
    let after = words::value(field.after.as_ref());
    let line = if action == Action::Create {
        format!("{path} {after}{tail}")
    } else {
        format!("{path} {} → {after}{tail}", words::value(field.before.as_ref()))
    };
    vec![line]
}

fn money(out: &mut String, document: &PlanDocument) {
    for (currency, impact) in &document.money {
        let _ = writeln!(out, "{} {}", format!("Money {currency}:").bold(), words::daily(&impact.total));
        let mut lines = vec![words::worst(&impact.total)];
        lines.extend(words::today(&impact.total));
        lines.extend(parts(impact));
        lines.extend(words::shared(impact));
        for address in impact.unlimited.iter().take(ROWS) {
            lines.push(format!(
                "{} {} runs without a budget that limits it",
                "no limit:".red().bold(),
                address.short()
            ));
        }
        for address in impact.automatic.iter().take(ROWS) {
            lines.push(format!(
                "{} the platform itself raises the daily budget of {}; git does not bound it",
                "automatic:".red().bold(),
                address.short()
            ));
        }
        for line in lines {
            let _ = writeln!(out, "           {line}");
        }
    }
}

/// By account where there are several, and the campaigns that move most.
fn parts(impact: &DocumentMoney) -> Vec<String> {
    let mut lines = Vec::new();
    let moving = impact.accounts.iter().filter(|row| row.spend.daily_before != row.spend.daily_after);
    if impact.accounts.len() > 1 {
        lines.extend(moving.map(|row| format!("{}: {}", row.account, words::daily(&row.spend))));
    }
    let mut campaigns: Vec<_> = impact
        .campaigns
        .iter()
        .filter(|row| row.shared_budget.is_none() && row.spend.delta.micros() != 0)
        .collect();
    if campaigns.len() > 1 {
        campaigns.sort_by_key(|row| Reverse(row.spend.delta.micros().abs()));
        let hidden = campaigns.len().saturating_sub(ROWS);
        let shown = campaigns.iter().take(ROWS);
        lines.extend(
            shown.map(|row| format!("{}: {}", safe::plain(&row.display_name), words::daily(&row.spend))),
        );
        if hidden > 0 {
            lines.push(format!("…and {hidden} more campaigns whose money moves"));
        }
    }
    lines
}

/// Verdicts of policies.
fn policy(out: &mut String, document: &PlanDocument) {
    for verdict in &document.policy {
        let about =
            verdict.address.as_ref().map(|address| format!(" {}:", address.short())).unwrap_or_default();
        let _ = writeln!(
            out,
            "{} {} {}:{about} {}",
            "Policy:".bold(),
            verdict.severity,
            verdict.rule,
            safe::plain(&verdict.message)
        );
    }
}
