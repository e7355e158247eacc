//! What must be there before a condition counts: age and enough numbers.

use jiff::SignedDuration;

use super::lookup::{Subject, shown_conversions};
use super::record::{Clause, Part, Truth, Used};
use super::slot::Holder;
use super::unknown::Unknown;
use crate::metrics::{self, Metric, Sums};
use crate::money::Money;

/// One clause for each thing that is required, and what they come to: true or unknown, never false.
pub(super) fn clauses(subject: Subject<'_>) -> (Vec<Clause>, Truth) {
    let require = &subject.rule.require;
    let mut clauses = Vec::new();
    let mut all = Truth::True;
    let mut add = |text: String, name: &str, value: String, truth: Truth| {
        let values = vec![Used { name: name.to_owned(), value }];
        clauses.push(Clause { part: Part::Require, text, told: truth.told(), values });
        all = std::mem::replace(&mut all, Truth::True).and(truth);
    };
    if let Some(least) = require.age {
        let (value, truth) = age(subject, least);
        add(format!("age >= {}", shown(least)), "age", value, truth);
    }
    let wanted: Vec<(Metric, i64)> = [
        (Metric::Spend, require.spend.map(Money::micros)),
        (Metric::Impressions, require.impressions),
        (Metric::Clicks, require.clicks),
        (Metric::Conversions, require.conversions),
    ]
    .into_iter()
    .filter_map(|(metric, least)| Some((metric, least?)))
    .collect();
    if wanted.is_empty() {
        return (clauses, all);
    }
    let sums = match subject.rule.measured {
        Some(window) => subject.sums(Holder::Own, window),
        None => Err(Unknown::NotLive("numbers of any window")),
    };
    for (metric, least) in wanted {
        let text = format!("{} >= {}", metric.word(), count(subject, metric, least));
        let (value, truth) = enough(subject, metric, least, &sums);
        add(text, metric.word(), value, truth);
    }
    (clauses, all)
}

fn age(subject: Subject<'_>, least: SignedDuration) -> (String, Truth) {
    let Some(created) = subject.object.created else {
        return ("unknown".to_owned(), Truth::Unknown(Unknown::NotLive("age")));
    };
    let age = subject.snapshot.now.duration_since(created);
    let truth = if age >= least {
        Truth::True
    } else {
        Truth::Unknown(Unknown::NotEnough(format!(
            "it is {} old, {} are asked for",
            shown(age),
            shown(least)
        )))
    };
    (shown(age), truth)
}

fn enough(subject: Subject<'_>, metric: Metric, least: i64, sums: &Result<Sums, Unknown>) -> (String, Truth) {
    let found = match sums {
        Ok(sums) => sums.get(metric).ok_or(Unknown::Number(metrics::Unknown::NotTold(metric))),
        Err(why) => Err(why.clone()),
    };
    let currency = subject.account.currency;
    let other = subject.rule.require.spend.is_some_and(|spend| spend.currency() != currency);
    match found {
        Err(why) => (format!("unknown: {why}"), Truth::Unknown(why)),
        Ok(_) if metric == Metric::Spend && other => {
            let why = format!("the account is in {currency}, and `minSpend` is not");
            (String::new(), Truth::Unknown(Unknown::NotEnough(why)))
        }
        Ok(have) if have >= least => (count(subject, metric, have), Truth::True),
        Ok(have) => {
            let (have, least) = (count(subject, metric, have), count(subject, metric, least));
            let why = format!("{} is {have}, {least} are asked for", metric.word());
            (have, Truth::Unknown(Unknown::NotEnough(why)))
        }
    }
}

fn count(subject: Subject<'_>, metric: Metric, count: i64) -> String {
    match metric {
        Metric::Spend | Metric::Value => Money::from_micros(count, subject.account.currency).to_string(),
        Metric::Conversions => shown_conversions(count),
        Metric::Impressions | Metric::Clicks | Metric::Reach | Metric::VideoViews => count.to_string(),
    }
}

/// `3d`, `6h`, `90m`.
pub(super) fn shown(length: SignedDuration) -> String {
    let minutes = length.as_mins();
    match minutes {
        0 => "0m".to_owned(),
        _ if minutes % (24 * 60) == 0 => format!("{}d", minutes / (24 * 60)),
        _ if minutes >= 3 * 24 * 60 => format!("{}d", minutes / (24 * 60)),
        _ if minutes % 60 == 0 || minutes >= 6 * 60 => format!("{}h", minutes / 60),
        _ => format!("{minutes}m"),
    }
}
