//! Plans for comments on pull requests: one comment that a bot finds again, however large the plan.
//!
//! Money and danger come first; changes follow by weight until the comment is full, and what was left out is counted
//! beside a link to the whole.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write;

use adplane_core::plan::document::{
    DocumentCampaignMoney, DocumentChange, DocumentField, DocumentMoney, DocumentSpend, PlanDocument,
};
use adplane_core::plan::{Action, BreakKind};

use super::rank::Ranks;
use super::safe::{cut, markdown as escape};
use super::{Extras, approvals, words};

/// Forges cut comments at 65,536 characters; this leaves room for what a bot adds.
const MAX_CHARACTERS: usize = 60_000;
/// Room kept for the line that says what was left out.
const RESERVE: usize = 500;
/// Rows of each table at the head.
const ROWS: usize = 10;
/// Fields of one change.
const FIELDS: usize = 30;
/// Characters of one value.
const VALUE: usize = 300;

/// A plan as markdown, at most [`MAX_CHARACTERS`] long. Its second line, which nobody sees, is how a bot finds
/// the comment of this project again.
pub(crate) fn plan(document: &PlanDocument, extras: &Extras<'_>) -> String {
    let link = extras.link;
    let ranks = Ranks::new(document);
    let order = ranks.order(document);
    let mut out = head(document);
    money(&mut out, document);
    dearest(&mut out, document);
    danger(&mut out, &order, &ranks);
    verdicts(&mut out, document);
    needed(&mut out, document, extras);
    let footer = footer(document, link);
    let mut left = MAX_CHARACTERS.saturating_sub(out.chars().count() + footer.chars().count() + RESERVE);
    let mut shown = 0;
    for change in &order {
        let block = one(change);
        let length = block.chars().count();
        if length > left {
            break;
        }
        left -= length;
        shown += 1;
        out.push_str(&block);
    }
    let hidden = order.len() - shown;
    if hidden > 0 {
        let whole = match link {
            Some(link) => format!("[the whole plan]({})", address(link)),
            None => "the saved plan with `adplane show`".into(),
        };
        let _ = writeln!(out, "\n**…and {hidden} more changes**, lighter than those above: see {whole}.");
    }
    out.push_str(&footer);
    out
}

fn head(document: &PlanDocument) -> String {
    let project = document.project.as_ref().map(|name| format!(" project={name}")).unwrap_or_default();
    let title = if document.summary.has_pending() { "Ads plan" } else { "Ads plan: no changes" };
    let mut out = format!(
        "### {title}\n<!-- adplane:plan{project} -->\n\n{} — {}\n\n",
        words::summary(&document.summary),
        words::scope(document)
    );
    if !document.classes.is_empty() {
        let classes: Vec<String> = document.classes.iter().map(|class| format!("`{class}`")).collect();
        let raises = approvals::raises(document).map(|raises| format!(", raises {raises}"));
        let _ = writeln!(out, "Classes of change: {}{}\n", classes.join(", "), raises.unwrap_or_default());
    }
    out
}

/// What each class needs, and what is there.
fn needed(out: &mut String, document: &PlanDocument, extras: &Extras<'_>) {
    let lines = approvals::lines(document, extras.judgement);
    for line in &lines {
        let _ = writeln!(out, "- {}", escape(line));
    }
    if !lines.is_empty() {
        out.push('\n');
    }
}

fn footer(document: &PlanDocument, link: Option<&str>) -> String {
    let whole = link.map(|link| format!(", [whole plan]({})", address(link))).unwrap_or_default();
    format!("\n<sub>plan `{}`, {}{whole}</sub>\n", document.hash, document.engine)
}

/// A link's address that can neither end its brackets nor start markup.
fn address(link: &str) -> String {
    let mut out = String::with_capacity(link.len());
    for c in link.chars() {
        match c {
            '(' | ')' | '<' | '>' | '"' | '\\' | ' ' => {
                let _ = write!(out, "%{:02X}", u32::from(c));
            }
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

fn columns(out: &mut String, first: &str) {
    let _ = writeln!(
        out,
        "| {first} | a day now | a day after | delta | worst day | worst period |\n|---|--:|--:|--:|--:|---|"
    );
}

fn row(out: &mut String, first: &str, spend: &DocumentSpend) {
    let periods: Vec<String> = spend
        .worst_period
        .iter()
        .map(|(period, amount)| format!("{} a {period}", words::shown(*amount)))
        .collect();
    let day = if spend.worst_day > spend.worst_day_after {
        format!("{} today, then {}", words::shown(spend.worst_day), words::shown(spend.worst_day_after))
    } else {
        words::shown(spend.worst_day).to_string()
    };
    let _ = writeln!(
        out,
        "| {first} | {} | {} | {} | {day} | {} |",
        words::shown(spend.daily_before),
        words::shown(spend.daily_after),
        words::signed(spend.delta),
        periods.join(", ")
    );
}

/// By currency, by account where there are several, shared budgets, and what nothing limits.
fn money(out: &mut String, document: &PlanDocument) {
    if document.money.is_empty() || document.changes.is_empty() {
        return;
    }
    columns(out, "money");
    for (currency, impact) in &document.money {
        row(out, &format!("**{currency}**"), &impact.total);
        let moving = |spend: &DocumentSpend| spend.daily_before != spend.daily_after;
        let accounts = impact.accounts.iter().filter(|row| moving(&row.spend));
        if impact.accounts.len() > 1 {
            for account in accounts.take(ROWS) {
                row(out, &escape(&account.account), &account.spend);
            }
        }
    }
    out.push('\n');
    for impact in document.money.values() {
        for line in words::shared(impact).iter().take(ROWS) {
            let _ = writeln!(out, "- {}", escape(&cut(line, VALUE)));
        }
        for address in impact.unlimited.iter().take(ROWS) {
            let _ = writeln!(out, "- **No limit:** {} runs without a budget", escape(&address.short()));
        }
        let more = impact.unlimited.len().saturating_sub(ROWS);
        if more > 0 {
            let _ = writeln!(out, "- **No limit:** {more} more campaigns run without a budget");
        }
        for address in impact.automatic.iter().take(ROWS) {
            let name = escape(&address.short());
            let _ = writeln!(
                out,
                "- **Automatic:** the platform itself raises the daily budget of {name}; git does not bound it"
            );
        }
    }
    out.push('\n');
}

/// The campaigns whose money moves most, in each currency.
fn dearest(out: &mut String, document: &PlanDocument) {
    let moving =
        |impact: &DocumentMoney| impact.campaigns.iter().filter(|row| row.spend.delta.micros() != 0).count();
    if document.money.values().map(moving).sum::<usize>() < 2 {
        return;
    }
    columns(out, "campaign");
    for impact in document.money.values() {
        let mut rows: Vec<&DocumentCampaignMoney> =
            impact.campaigns.iter().filter(|row| row.spend.delta.micros() != 0).collect();
        rows.sort_by_key(|row| (Reverse(row.spend.delta.micros().saturating_abs()), &row.address));
        for campaign in rows.into_iter().take(ROWS) {
            let shared = if campaign.shared_budget.is_some() { " (shared)" } else { "" };
            let name = cut(&campaign.display_name, 60);
            row(out, &format!("{}{shared} on {}", escape(&name), campaign.address.account), &campaign.spend);
        }
    }
    out.push('\n');
}

/// How often each thing breaks, and where first.
fn danger(out: &mut String, order: &[&DocumentChange], ranks: &Ranks<'_>) {
    let mut kinds: BTreeMap<BreakKind, Vec<&DocumentChange>> = BTreeMap::new();
    for change in order {
        let mut seen: Vec<BreakKind> = change.breaks.iter().map(|found| found.what).collect();
        seen.dedup();
        for what in seen {
            kinds.entry(what).or_default().push(change);
        }
    }
    if !kinds.is_empty() {
        out.push_str("**What it breaks**\n\n");
    }
    for (what, changes) in &kinds {
        let mut names: Vec<String> =
            changes.iter().take(3).map(|change| format!("**{}**", escape(&words::name(change)))).collect();
        if changes.len() > 3 {
            names.push(format!("{} more", changes.len() - 3));
        }
        let _ = writeln!(out, "- {}: {}", what.words(), names.join(", "));
    }
    let grave = order.iter().filter(|change| ranks.danger(change).is_grave()).count();
    if grave > 0 {
        let _ = writeln!(out, "\n{grave} of {} changes need a close look.", order.len());
    }
    if !kinds.is_empty() || grave > 0 {
        out.push('\n');
    }
}

fn verdicts(out: &mut String, document: &PlanDocument) {
    for finding in document.diagnostics.iter().filter(|finding| finding.is_error()).take(2 * ROWS) {
        let _ = writeln!(out, "- **{}** {}", finding.severity, escape(&cut(&finding.message, VALUE)));
    }
    for drift in document.drift.iter().take(2 * ROWS) {
        let _ = writeln!(out, "- **drift** {}", escape(&cut(&words::drift(drift), VALUE)));
    }
    for verdict in document.policy.iter().take(2 * ROWS) {
        let about = verdict
            .address
            .as_ref()
            .map(|address| format!(" {}:", escape(&address.short())))
            .unwrap_or_default();
        let _ = writeln!(
            out,
            "- **{}** {}:{about} {}",
            verdict.severity,
            escape(&verdict.rule),
            escape(&cut(&verdict.message, VALUE))
        );
    }
    let more = document.policy.len().saturating_sub(2 * ROWS);
    if more > 0 {
        let _ = writeln!(out, "- …and {more} more verdicts of policies");
    }
    if !document.policy.is_empty() {
        out.push('\n');
    }
}

fn one(change: &DocumentChange) -> String {
    let class = change.class.as_ref().map(|class| format!(" <code>{class}</code>")).unwrap_or_default();
    let mut out = format!(
        "<details><summary><code>{}</code> {} <b>{}</b> on {}{class}</summary>\n\n",
        change.action.symbol(),
        change.action,
        escape(&words::name(change)),
        change.address.account
    );
    for line in words::reasons(change).chain(words::breaks(change)) {
        let _ = writeln!(out, "- {}", escape(&cut(&line, VALUE)));
    }
    let fields: Vec<&DocumentField> = words::fields(change).collect();
    let created = change.action == Action::Create;
    if !fields.is_empty() {
        out.push_str(if created {
            "\n| field | value | |\n|---|---|---|\n"
        } else {
            "\n| field | now | after | |\n|---|---|---|---|\n"
        });
    }
    for field in fields.iter().take(FIELDS) {
        let (before, after) = sides(field, change.action);
        let before = if created { String::new() } else { format!(" {} |", escape(&before)) };
        let marks = words::marks(field, change.action).join(", ");
        let _ = writeln!(out, "| `{}` |{before} {} | {marks} |", field.path, escape(&after));
    }
    if fields.len() > FIELDS {
        let _ = writeln!(out, "\n…and {} more fields", fields.len() - FIELDS);
    }
    out.push_str("\n</details>\n");
    out
}

/// Both values; of a long list what it loses and gains.
fn sides(field: &DocumentField, action: Action) -> (String, String) {
    let shown = |value: &str| cut(value, VALUE).into_owned();
    match words::list_difference(field).filter(|_| action != Action::Create) {
        Some((added, removed)) => {
            let list = |sign: &str, members: &[String]| {
                let members: Vec<String> = members.iter().map(|member| format!("{sign} {member}")).collect();
                shown(&members.join(", "))
            };
            (list("−", &removed), list("+", &added))
        }
        None => (shown(&words::value(field.before.as_ref())), shown(&words::value(field.after.as_ref()))),
    }
}
