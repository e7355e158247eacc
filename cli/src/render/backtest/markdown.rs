//! The report for a pull request.

use std::fmt::Write as _;

use adplane_engine::rules::Backtest;

use super::super::safe;
use super::{basis, flaps, followed, money, pauses, reasons, remarks};

/// Objects of one rule that are listed; more would hide the rest.
const MOST: usize = 50;

/// Markdown, everything from outside escaped.
pub(crate) fn markdown(report: &Backtest) -> String {
    let mut out = format!("## Back-test {} to {}\n\n", report.from, report.to);
    for line in basis(report) {
        // Writing to a string does not fail.
        let _ = writeln!(out, "- {}", safe::markdown(&line));
    }
    for line in remarks(report) {
        let _ = writeln!(out, "- {}", safe::markdown(&line));
    }
    rules(&mut out, report);
    objects(&mut out, report);
    budgets(&mut out, report);
    after(&mut out, report);
    out
}

fn rules(out: &mut String, report: &Backtest) {
    out.push('\n');
    line(
        out,
        &[
            "Rule",
            "Mode",
            "Runs",
            "Acts",
            "Proposals",
            "Superseded",
            "Deferred",
            "Flaps in 7 days",
            "Money under action",
            "Unknown",
        ],
    );
    row_of(out, &["---", "---", "--:", "--:", "--:", "--:", "--:", "--:", "--:", "---"]);
    for (rule, review) in &report.review.rules {
        line(
            out,
            &[
                rule,
                review.mode.word(),
                &review.runs.to_string(),
                &review.count("act").to_string(),
                &review.count("propose").to_string(),
                &review.count("superseded").to_string(),
                &review.count("deferred").to_string(),
                &flaps(review),
                &money(review),
                &reasons(&review.unknown),
            ],
        );
    }
}

fn objects(out: &mut String, report: &Backtest) {
    for (rule, review) in report.review.rules.iter().filter(|(_, review)| !review.fired.is_empty()) {
        let _ = writeln!(out, "\n### {}\n", safe::markdown(rule));
        line(out, &["Object", "Acts", "Proposals", "First", "Last", "What, the last time"]);
        row_of(out, &["---", "--:", "--:", "---", "---", "---"]);
        for (object, fired) in review.fired.iter().take(MOST) {
            line(
                out,
                &[
                    object,
                    &fired.acts.to_string(),
                    &fired.proposals.to_string(),
                    &fired.first.to_string(),
                    &fired.last.to_string(),
                    &fired.change,
                ],
            );
        }
        if review.fired.len() > MOST {
            let _ = writeln!(out, "\nand {} more", review.fired.len() - MOST);
        }
    }
}

fn budgets(out: &mut String, report: &Backtest) {
    if report.budgets.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n### Daily budgets\n");
    line(out, &["Account", "As written", "At the end", "Lowest", "Highest"]);
    row_of(out, &["---", "--:", "--:", "--:", "--:"]);
    for (account, path) in &report.budgets {
        let amounts = || path.days.values();
        let shown =
            |amount: Option<&adplane_core::money::Money>| amount.map(ToString::to_string).unwrap_or_default();
        let last = path.days.values().next_back();
        let by = |one: &&adplane_core::money::Money| one.micros();
        line(
            out,
            &[
                account,
                &path.written.to_string(),
                &shown(last),
                &shown(amounts().min_by_key(by)),
                &shown(amounts().max_by_key(by)),
            ],
        );
    }
}

fn after(out: &mut String, report: &Backtest) {
    if report.pauses.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n### What followed pauses\n");
    for sentence in followed(report) {
        let _ = writeln!(out, "- {}", safe::markdown(&sentence));
    }
    let _ = writeln!(out, "- spend and conversions by the numbers of today\n");
    line(out, &["Rule", "Object", "When", "Days after", "Spend", "Conversions"]);
    row_of(out, &["---", "---", "---", "---", "--:", "--:"]);
    for paused in pauses(report).iter().take(MOST) {
        line(out, &paused.each_ref().map(String::as_str));
    }
    if report.pauses.len() > MOST {
        let _ = writeln!(out, "\nand {} more", report.pauses.len() - MOST);
    }
}

/// A row of a table whose cells come from outside.
fn line(out: &mut String, cells: &[&str]) {
    let cells: Vec<String> = cells.iter().map(|cell| safe::markdown(cell)).collect();
    let _ = writeln!(out, "| {} |", cells.join(" | "));
}

/// A row as it stands.
fn row_of(out: &mut String, cells: &[&str]) {
    let _ = writeln!(out, "| {} |", cells.join(" | "));
}
