//! Forecasts for people and programs: each with how good such forecasts have been.

use std::fmt::Write as _;

use adplane_core::address::Address;
use adplane_core::anomaly::in_words;
use adplane_core::desired::DesiredAccount;
use adplane_core::forecast::{History, Model, Path, Record, Start, Step, Untold};
use adplane_core::metrics::{CONVERSION_PARTS, Day, Metric, Unknown};
use adplane_core::money::MICROS;
use jiff::ToSpan;
use serde_json::{Value, json};

use super::table;

/// What came of a question about an account or an object.
pub(crate) struct Answer<'p> {
    /// As people know it.
    pub(crate) name: String,
    pub(crate) account: &'p DesiredAccount,
    pub(crate) address: Option<&'p Address>,
    pub(crate) metric: Metric,
    /// The days that were learned from.
    pub(crate) history: Option<History>,
    /// Whether its newest days drift away from those before.
    pub(crate) drift: Option<String>,
    pub(crate) path: Result<Path, Refused>,
}

/// Why there is none.
pub(crate) enum Refused {
    /// The platform does not tell the metric.
    NotTold(Unknown),
    /// Too few days, or no skill.
    Untold(Untold),
}

impl Refused {
    /// Why nothing can be said, and what to do about it; that there is no skill is an answer.
    pub(crate) fn told(&self) -> Option<(String, &'static str)> {
        let (why, hint) = match self {
            Self::NotTold(why) => (why.to_string(), "ask for another metric"),
            Self::Untold(Untold::NoSkill(_)) => return None,
            Self::Untold(why @ Untold::Constant) => (why.to_string(), "there is nothing to forecast"),
            Self::Untold(why) => (
                why.to_string(),
                "ask for fewer days, or read more: `adplane metrics sync --all` with a larger `--back`",
            ),
        };
        Some((why, hint))
    }
}

/// A method as people call it.
fn method(model: Model) -> &'static str {
    match model {
        Model::Mean => "mean of all days",
        Model::SeasonalNaive => "last week again",
        Model::Smoothing => "exponential smoothing with weekdays, ETS(A,N,A)",
        Model::DampedSmoothing => "exponential smoothing with weekdays and a fading trend, ETS(A,Ad,A)",
    }
}

/// A method as programs know it.
fn word(model: Model) -> &'static str {
    match model {
        Model::Mean => "mean",
        Model::SeasonalNaive => "seasonalNaive",
        Model::Smoothing => "ets(A,N,A)",
        Model::DampedSmoothing => "ets(A,Ad,A)",
    }
}

/// What is expected, and on which grounds; empty where nothing can be said.
pub(crate) fn text(answer: &Answer<'_>) -> String {
    let Answer { name, account, metric, history, drift, path, .. } = answer;
    let mut out = String::new();
    let (record, rows) = match path {
        Ok(path) => {
            let shown = |value: f64| in_words(value, *metric, account.currency);
            let between = |(low, high): (f64, f64)| format!("{} to {}", shown(low), shown(high));
            let row = |(day, step): (Day, &Step)| {
                vec![day.to_string(), shown(step.expected), between(step.within_80), between(step.within_95)]
            };
            let mut rows: Vec<Vec<String>> = days(path.first).zip(&path.steps).map(row).collect();
            let sum = path.steps.iter().map(|step| step.expected).sum();
            rows.push(vec!["(all)".to_owned(), shown(sum), String::new(), String::new()]);
            (path.record, rows)
        }
        Err(Refused::Untold(Untold::NoSkill(Some(record)))) => (*record, Vec::new()),
        Err(_) => return out,
    };
    let _ = writeln!(out, "{name} {}", metric.word());
    if let Some(history) = history {
        let _ = writeln!(out, "  learned from: {}", learned(history));
    }
    if let Some(drift) = drift {
        let _ = writeln!(out, "  drift: {drift}");
    }
    let _ = writeln!(out, "  method: {}", method(record.model));
    let skill = if record.skill > 0.0 { "" } else { ": no skill: not shown to rules" };
    let _ = writeln!(out, "  skill against last week again: {:.3}{skill}", record.skill);
    let _ = writeln!(out, "  scaled error (MASE): {:.3}", record.mase);
    let _ = writeln!(
        out,
        "  tried on {} past days: {:.0} % lay within their 80 % interval, {:.0} % within their 95 % interval",
        record.measured_on,
        record.coverage_80 * 100.0,
        record.coverage_95 * 100.0
    );
    if !rows.is_empty() {
        out.push_str(&table::table(&["DAY", "EXPECTED", "80 %", "95 %"], &rows));
    }
    out
}

fn learned(history: &History) -> String {
    let days = format!("{} days, {} to {}", history.days(), history.first, history.last);
    match history.start {
        Start::NotKnown(day) => format!("{days}; {day} is not known, and days before it are left out"),
        Start::Began | Start::Oldest => days,
    }
}

/// A day and those after it.
fn days(first: Day) -> impl Iterator<Item = Day> {
    (0_i64..).map(move |number| first.saturating_add(number.days()))
}

pub(crate) fn json(answer: &Answer<'_>) -> Value {
    let Answer { account, address, metric, history, drift, path, .. } = answer;
    let whole = match metric {
        Metric::Spend | Metric::Value => MICROS,
        _ => 1,
    };
    let unit = |value: f64| rounded(value / f64::from(i32::try_from(whole).unwrap_or(1)));
    let mut found = json!({
        "account": account.key.to_string(),
        "address": address.map(ToString::to_string),
        "currency": metric.is_money().then_some(account.currency),
        "learnedFrom": history.as_ref().map(|history| json!({
            "days": history.days(), "first": history.first.to_string(), "last": history.last.to_string(),
        })),
        "drift": drift,
        "shownToRules": path.is_ok(),
        "expected": [],
    });
    match path {
        Ok(path) => {
            found["record"] = recorded(&path.record);
            let each = days(path.first).zip(&path.steps).map(|(day, step)| {
                let pair = |(low, high): (f64, f64)| json!([unit(low), unit(high)]);
                json!({
                    "day": day.to_string(), "expected": unit(step.expected),
                    "within80": pair(step.within_80), "within95": pair(step.within_95),
                })
            });
            found["expected"] = each.collect();
            found["sum"] = json!(unit(path.steps.iter().map(|step| step.expected).sum()));
        }
        Err(Refused::Untold(why @ Untold::NoSkill(record))) => {
            found["record"] = json!(record.as_ref().map(recorded));
            found["because"] = json!(why.to_string());
        }
        Err(why) => found["because"] = json!(why.told().map(|(why, _)| why)),
    }
    found
}

fn recorded(record: &Record) -> Value {
    json!({
        "method": word(record.model), "skill": record.skill, "mase": record.mase,
        "coverage80": record.coverage_80, "coverage95": record.coverage_95, "measuredOn": record.measured_on,
    })
}

/// To the millionth: what is beyond is noise of the calculation.
fn rounded(value: f64) -> f64 {
    let parts = f64::from(i32::try_from(CONVERSION_PARTS).unwrap_or(1));
    (value * parts).round() / parts
}
