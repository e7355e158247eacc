//! The report as one self-contained page: no script, nothing fetched, everything from outside escaped by the template.

use adplane_core::money::Money;
use adplane_engine::rules::Backtest;
use askama::Template;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

use super::{basis, flaps, followed, money, pauses, reasons, remarks};

const STYLE: &str = include_str!("../../../templates/backtest.css");

#[derive(Template)]
#[template(path = "backtest.html", whitespace = "minimize")]
struct Page {
    style: &'static str,
    policy: String,
    title: String,
    restated: bool,
    basis: Vec<String>,
    remarks: Vec<String>,
    rules: Vec<Row>,
    fired: Vec<Fired>,
    budgets: Vec<Path>,
    followed: Vec<String>,
    pauses: Vec<[String; 6]>,
}

/// One rule.
struct Row {
    rule: String,
    mode: &'static str,
    cells: [u64; 6],
    flaps: String,
    money: String,
    unknown: String,
}

/// Objects that a rule fired on.
struct Fired {
    rule: String,
    objects: Vec<[String; 6]>,
}

/// Daily budgets of an account, with the bars of a chart in percent of the highest.
struct Path {
    account: String,
    written: String,
    days: Vec<(String, String, u8)>,
}

/// A report as a page.
pub(crate) fn html(report: &Backtest) -> String {
    let digest = BASE64_STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    let page = Page {
        style: STYLE,
        policy: format!(
            "default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
        ),
        title: format!("Back-test {} to {}", report.from, report.to),
        restated: report.basis.values().any(|rested| rested.restated > 0),
        basis: basis(report),
        remarks: remarks(report),
        rules: rows(report),
        fired: fired(report),
        budgets: budgets(report),
        followed: followed(report),
        pauses: pauses(report),
    };
    // The template writes into a string, and nothing it calls can fail.
    page.render().unwrap_or_default()
}

fn rows(report: &Backtest) -> Vec<Row> {
    let each = report.review.rules.iter().map(|(rule, review)| Row {
        rule: rule.clone(),
        mode: review.mode.word(),
        cells: [
            review.runs,
            review.looked,
            review.count("act"),
            review.count("propose"),
            review.count("superseded"),
            review.count("deferred"),
        ],
        flaps: flaps(review),
        money: money(review),
        unknown: reasons(&review.unknown),
    });
    each.collect()
}

fn fired(report: &Backtest) -> Vec<Fired> {
    let firing = report.review.rules.iter().filter(|(_, review)| !review.fired.is_empty());
    let each = firing.map(|(rule, review)| Fired {
        rule: rule.clone(),
        objects: review
            .fired
            .iter()
            .map(|(object, fired)| {
                [
                    object.clone(),
                    fired.acts.to_string(),
                    fired.proposals.to_string(),
                    fired.first.to_string(),
                    fired.last.to_string(),
                    fired.change.clone(),
                ]
            })
            .collect(),
    });
    each.collect()
}

fn budgets(report: &Backtest) -> Vec<Path> {
    let each = report.budgets.iter().map(|(account, path)| {
        let highest = path.days.values().copied().map(Money::micros).max().unwrap_or(0).max(1);
        let percent = |amount: &Money| {
            u8::try_from(i128::from(amount.micros()) * 100 / i128::from(highest)).unwrap_or(0)
        };
        Path {
            account: account.clone(),
            written: path.written.to_string(),
            days: path
                .days
                .iter()
                .map(|(day, amount)| (day.to_string(), amount.to_string(), percent(amount)))
                .collect(),
        }
    });
    each.collect()
}
