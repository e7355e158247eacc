//! What must be there before a condition counts: age and enough numbers.

use std::cell::LazyCell;
use std::sync::Arc;

use compact_str::{CompactString, ToCompactString as _, format_compact};
use jiff::SignedDuration;

use super::lookup::{Subject, shown_conversions};
use super::record::{Clause, Part, Truth, Used};
use super::rule::Rule;
use super::slot::Holder;
use super::unknown::Unknown;
use crate::metrics::{self, Metric, Sums};
use crate::money::{Currency, Money};

/// One thing that a rule requires of the objects of an account, in words that are the same for all of them.
pub(super) struct Required {
    least: Least,
    name: Arc<str>,
    text: Arc<str>,
}

/// What must be there at least.
enum Least {
    Age(SignedDuration),
    Count(Metric, i64),
}

/// What a rule requires of the objects of an account in this currency.
pub(super) fn of_rule(rule: &Rule, currency: Currency) -> Vec<Required> {
    let require = &rule.require;
    let age = require.age.map(|least| Required {
        least: Least::Age(least),
        name: "age".into(),
        text: format!("age >= {}", shown(least)).into(),
    });
    let counts = [
        (Metric::Spend, require.spend.map(Money::micros)),
        (Metric::Impressions, require.impressions),
        (Metric::Clicks, require.clicks),
        (Metric::Conversions, require.conversions),
    ];
    let counts = counts.into_iter().filter_map(|(metric, least)| {
        let least = least?;
        let text = format!("{} >= {}", metric.word(), count(currency, metric, least)).into();
        Some(Required { least: Least::Count(metric, least), name: metric.word().into(), text })
    });
    age.into_iter().chain(counts).collect()
}

/// Adds a clause for each thing that is required, and says what they come to: true or unknown, never false.
pub(super) fn clauses(subject: Subject<'_>, required: &[Required], clauses: &mut Vec<Clause>) -> Truth {
    let sums = LazyCell::new(|| match subject.rule.measured {
        Some(window) => subject.sums(Holder::Own, window),
        None => Err(Unknown::NotLive("numbers of any window")),
    });
    let mut all = Truth::True;
    for Required { least, name, text } in required {
        let (value, truth) = match *least {
            Least::Age(least) => age(subject, least),
            Least::Count(metric, least) => enough(subject, metric, least, &sums),
        };
        let values = vec![Used { name: Arc::clone(name), value }];
        clauses.push(Clause { part: Part::Require, text: Arc::clone(text), told: truth.told(), values });
        all = all.and(truth);
    }
    all
}

fn age(subject: Subject<'_>, least: SignedDuration) -> (CompactString, Truth) {
    let Some(created) = subject.object.created else {
        return (CompactString::const_new("unknown"), Truth::Unknown(Unknown::NotLive("age")));
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

fn enough(
    subject: Subject<'_>,
    metric: Metric,
    least: i64,
    sums: &Result<Sums, Unknown>,
) -> (CompactString, Truth) {
    let clear = match subject.rule.measured.filter(|_| metric == Metric::Conversions) {
        Some(window) => subject.clear(Holder::Own, window),
        None => Ok(()),
    };
    let found = match sums {
        _ if clear.is_err() => Err(clear.err().unwrap_or(Unknown::NoData)),
        Ok(sums) => sums.get(metric).ok_or(Unknown::Number(metrics::Unknown::NotTold(metric))),
        Err(why) => Err(why.clone()),
    };
    let currency = subject.account.currency;
    let other = subject.rule.require.spend.is_some_and(|spend| spend.currency() != currency);
    match found {
        Err(why) => (format_compact!("unknown: {why}"), Truth::Unknown(why)),
        Ok(_) if metric == Metric::Spend && other => {
            let why = format!("the account is in {currency}, and `minSpend` is not");
            (CompactString::default(), Truth::Unknown(Unknown::NotEnough(why)))
        }
        Ok(have) if have >= least => (count(currency, metric, have), Truth::True),
        Ok(have) => {
            let (have, least) = (count(currency, metric, have), count(currency, metric, least));
            let why = format!("{} is {have}, {least} are asked for", metric.word());
            (have, Truth::Unknown(Unknown::NotEnough(why)))
        }
    }
}

fn count(currency: Currency, metric: Metric, count: i64) -> CompactString {
    match metric {
        Metric::Spend | Metric::Value => Money::from_micros(count, currency).to_compact_string(),
        Metric::Conversions => shown_conversions(count),
        Metric::Impressions | Metric::Clicks | Metric::Reach | Metric::VideoViews => {
            count.to_compact_string()
        }
    }
}

/// `3d`, `6h`, `90m`.
pub(super) fn shown(length: SignedDuration) -> CompactString {
    let minutes = length.as_mins();
    match minutes {
        0 => CompactString::const_new("0m"),
        _ if minutes % (24 * 60) == 0 => format_compact!("{}d", minutes / (24 * 60)),
        _ if minutes >= 3 * 24 * 60 => format_compact!("{}d", minutes / (24 * 60)),
        _ if minutes % 60 == 0 || minutes >= 6 * 60 => format_compact!("{}h", minutes / 60),
        _ => format_compact!("{minutes}m"),
    }
}
