//! Back-tests of rules for the terminal, for pull requests, for programs and for browsers: one report, four forms.

mod html;
mod markdown;

use std::collections::BTreeMap;

use adplane_core::rules::RuleReview;
use adplane_engine::rules::Backtest;
use serde_json::{Value, json};

use super::table;

pub(crate) use html::html;
pub(crate) use markdown::markdown;

/// Columns of the table of rules.
const COLUMNS: [&str; 10] =
    ["RULE", "MODE", "RUNS", "FIRED", "ACTS", "PROPOSALS", "UNKNOWN", "SUPERSEDED", "DEFERRED", "FLAPS"];

/// Sentences that people would have been told; more would hide the rest.
const MOST_NOTICES: usize = 5;

/// A short table.
pub(crate) fn text(report: &Backtest) -> String {
    let rows: Vec<Vec<String>> = report.review.rules.iter().map(|(rule, review)| row(rule, review)).collect();
    let mut out = table::table(&COLUMNS, &rows);
    for line in basis(report).into_iter().chain(remarks(report)) {
        out.push_str(&line);
        out.push('\n');
    }
    out
}

/// The public form.
pub(crate) fn document(report: &Backtest) -> Value {
    let mut found = json!(report);
    found["formatVersion"] = json!(1);
    found["restated"] = json!(report.basis.values().any(|rested| rested.restated > 0));
    found
}

fn row(rule: &str, review: &RuleReview) -> Vec<String> {
    vec![
        rule.to_owned(),
        review.mode.word().to_owned(),
        review.runs.to_string(),
        review.firings().to_string(),
        review.count("act").to_string(),
        review.count("propose").to_string(),
        review.count("unknown").to_string(),
        review.count("superseded").to_string(),
        review.count("deferred").to_string(),
        flaps(review),
    ]
}

/// `2 of 10 (20 %)`; nothing where nothing changed.
fn flaps(review: &RuleReview) -> String {
    match review.flap_rate() {
        Some(rate) => format!("{} of {} ({:.0} %)", review.reversals, review.changes, rate * 100.0),
        None => String::new(),
    }
}

/// Which numbers it rests on, account by account.
fn basis(report: &Backtest) -> Vec<String> {
    let each = report.basis.iter().map(|(account, rested)| match (rested.restated_days, rested.unread_days) {
        (Some((first, last)), _) => format!(
            "{account}: restated numbers were used for {} of {} windows, from {first} to {last}: they were told later than the rule would have asked",
            rested.restated,
            rested.known + rested.restated,
        ),
        (None, Some((first, last))) => format!(
            "{account}: as they were known then, and {} of {} windows, from {first} to {last}, were first read later and count as unknown; `--allow-restated` takes what is known of them now",
            rested.unread,
            rested.known + rested.unread,
        ),
        (None, None) => format!("{account}: all numbers as they were known then"),
    });
    each.collect()
}

/// What whoever reads the report must know.
fn remarks(report: &Backtest) -> Vec<String> {
    let agreed = if report.agreed { "taken as agreed to at once" } else { "not agreed to" };
    let mut found = vec![format!(
        "objects, states and budgets are those of the YAML of today; rules in shadow are tried as if they acted; proposals are {agreed}"
    )];
    if !report.nameless.is_empty() {
        found.push(format!("without an id, and so without numbers: {}", report.nameless.join(", ")));
    }
    if !report.ageless.is_empty() {
        found.push(format!(
            "without `schedule.start`, so that nobody knows how old they were and `require.age` is unknown: {}",
            report.ageless.join(", ")
        ));
    }
    for (what, at) in report.review.notices.iter().take(MOST_NOTICES) {
        found.push(format!("{at}: {what}"));
    }
    let more = report.review.notices.len().saturating_sub(MOST_NOTICES);
    if more > 0 {
        found.push(format!(
            "and {more} more that people would have been told; `--format json` has all of them"
        ));
    }
    found
}

/// Money that a rule moved or asked to move: the daily budgets in force, each time.
fn money(review: &RuleReview) -> String {
    let each = review
        .money
        .iter()
        .map(|(currency, micros)| adplane_core::money::Money::from_micros(*micros, *currency).to_string());
    each.collect::<Vec<_>>().join(", ")
}

fn reasons(counts: &BTreeMap<String, u64>) -> String {
    counts.iter().map(|(code, count)| format!("{count} {code}")).collect::<Vec<_>>().join(", ")
}

/// Conversions as people count them.
fn conversions(millionths: i64) -> String {
    let text = format!("{}.{:02}", millionths / 1_000_000, (millionths % 1_000_000).abs() / 10_000);
    match text.strip_suffix(".00") {
        Some(whole) => whole.to_owned(),
        None => text,
    }
}

/// A line for each pause: rule, object, when, days, spend, conversions.
fn pauses(report: &Backtest) -> Vec<[String; 6]> {
    let unknown = || "unknown".to_owned();
    report
        .pauses
        .iter()
        .map(|paused| {
            let days =
                paused.days.map_or_else(|| "none".to_owned(), |(first, last)| format!("{first} to {last}"));
            let (spend, won) = match paused.days {
                None => (String::new(), String::new()),
                Some(_) => (
                    paused.spend.map_or_else(unknown, |spend| spend.to_string()),
                    paused.conversions.map_or_else(unknown, conversions),
                ),
            };
            [paused.rule.clone(), paused.object.short(), paused.at.to_string(), days, spend, won]
        })
        .collect()
}

/// What pauses would have saved and what would not have come, by currency.
fn followed(report: &Backtest) -> Vec<String> {
    let mut sums: BTreeMap<adplane_core::money::Currency, (i64, i64, usize)> = BTreeMap::new();
    for paused in &report.pauses {
        if let (Some(spend), Some(won)) = (paused.spend, paused.conversions) {
            let sum = sums.entry(spend.currency()).or_default();
            *sum = (sum.0 + spend.micros(), sum.1 + won, sum.2 + 1);
        }
    }
    let each = sums.into_iter().map(|(currency, (spend, won, count))| {
        let spend = adplane_core::money::Money::from_micros(spend, currency);
        let noun = if count == 1 { "pause" } else { "pauses" };
        format!(
            "{count} {noun}: {spend} would not have been spent, {} conversions would not have come",
            conversions(won)
        )
    });
    each.collect()
}
