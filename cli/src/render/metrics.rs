//! Counts and ratios for people and programs; what is not known is a dash or a reason, never zero.

use adplane_core::metrics::{Metric, Ratio};
use adplane_core::money::{Currency, Money};
use adplane_engine::metrics::query::Figures;
use serde_json::{Map, Value, json};

/// Columns that tables for people have room for.
const NARROW: [Metric; 5] =
    [Metric::Spend, Metric::Impressions, Metric::Clicks, Metric::Conversions, Metric::Value];

/// What shows that something is not known.
const UNKNOWN: &str = "-";

/// What was spent, for sorting; nothing known sorts last.
pub(crate) fn spend(figures: &Figures) -> i64 {
    figures.count(Metric::Spend).unwrap_or(-1)
}

/// The headings of [`cells`].
pub(crate) fn header() -> Vec<&'static str> {
    vec!["SPEND", "IMPRESSIONS", "CLICKS", "CONVERSIONS", "VALUE", "CTR", "CPC", "CPM", "CPA", "ROAS"]
}

/// Cells of a table for people.
pub(crate) fn cells(figures: &Figures) -> Vec<String> {
    let counts =
        figures.counts().into_iter().filter(|(metric, _)| NARROW.contains(metric)).map(|(metric, count)| {
            count.map_or_else(|_| UNKNOWN.to_owned(), |count| shown(metric, count, figures.currency))
        });
    let ratios = figures
        .ratios()
        .into_iter()
        .map(|(ratio, value)| value.map_or_else(|_| UNKNOWN.to_owned(), |value| shown_ratio(ratio, value)));
    counts.chain(ratios).collect()
}

/// `{"metrics": {…}, "unknown": {…}}`: amounts and conversions as decimal text, and why the others are missing.
pub(crate) fn json(figures: &Figures) -> Value {
    let mut known = Map::new();
    let mut unknown = Map::new();
    for (metric, count) in figures.counts() {
        match count {
            Ok(count) if metric.is_money() || metric == Metric::Conversions => {
                known.insert(metric.word().to_owned(), json!(metric.decimal(count)));
            }
            Ok(count) => {
                known.insert(metric.word().to_owned(), json!(count));
            }
            Err(why) => {
                unknown.insert(metric.word().to_owned(), json!(why.to_string()));
            }
        }
    }
    for (ratio, value) in figures.ratios() {
        match value {
            Ok(value) => known.insert(ratio.word().to_owned(), json!(value)),
            Err(why) => unknown.insert(ratio.word().to_owned(), json!(why.to_string())),
        };
    }
    json!({"metrics": known, "unknown": unknown})
}

/// A line for each count and ratio, with the reason where one is not known.
pub(crate) fn lines(figures: &Figures) -> Vec<(&'static str, String)> {
    let counts = figures.counts().into_iter().map(|(metric, count)| match count {
        Ok(count) => (metric.word(), shown(metric, count, figures.currency)),
        Err(why) => (metric.word(), format!("{UNKNOWN} ({why})")),
    });
    let ratios = figures.ratios().into_iter().map(|(ratio, value)| match value {
        Ok(value) => (ratio.word(), shown_ratio(ratio, value)),
        Err(why) => (ratio.word(), format!("{UNKNOWN} ({why})")),
    });
    counts.chain(ratios).collect()
}

/// What one live object delivered, for programs: which days, how fresh, the figures, or why there are none.
pub(crate) fn delivered(figures: &Figures) -> Value {
    let basis = &figures.basis;
    let mut shown = json(figures);
    shown["slots"] = json!(basis.span.as_ref().map(ToString::to_string));
    shown["asOf"] = json!(basis.freshness.map(|freshness| freshness.oldest.to_string()));
    shown["attribution"] = json!(basis.attribution);
    shown["completeness"] = json!(basis.completeness);
    shown
}

/// Which share of the conversions has come in, as the rest of a sentence.
pub(crate) fn come_in(share: f64) -> String {
    format!(", {:.0} % of the conversions have come in", share * 100.0)
}

/// A count for people: money to the smallest unit that is paid.
fn shown(metric: Metric, count: i64, currency: Currency) -> String {
    if !metric.is_money() {
        return metric.decimal(count);
    }
    let step = currency.minor_unit_micros();
    let rounded = count.saturating_add(step / 2).div_euclid(step) * step;
    Money::from_micros(rounded, currency).to_string()
}

fn shown_ratio(ratio: Ratio, value: f64) -> String {
    match ratio {
        Ratio::Ctr | Ratio::ConversionRate => format!("{value:.4}"),
        _ => format!("{value:.2}"),
    }
}
