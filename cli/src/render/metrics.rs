//! Counts and ratios for people and programs; what is not known is a dash or a reason, never zero.

use adplane_core::ids::ExternalId;
use adplane_core::metrics::{CONVERSION_PARTS, Metric, MetricSet, Ratio, Unknown, WindowTotals};
use adplane_core::money::{Currency, MICROS, Money};
use serde_json::{Map, Value, json};

/// Counts, as columns of tables and exports.
pub(crate) const COUNTS: [Metric; 7] = Metric::ALL;
/// Ratios, likewise.
pub(crate) const RATIOS: [Ratio; 5] = [Ratio::Ctr, Ratio::Cpc, Ratio::Cpm, Ratio::Cpa, Ratio::Roas];

/// Columns that tables for people have room for.
const NARROW: [Metric; 5] =
    [Metric::Spend, Metric::Impressions, Metric::Clicks, Metric::Conversions, Metric::Value];

/// What shows that something is not known.
const UNKNOWN: &str = "-";

/// Everything that is known of one object, or of all of a level, over a window.
#[derive(Debug, Clone)]
pub(crate) struct Figures {
    currency: Currency,
    counts: Vec<(Metric, Result<i64, Unknown>)>,
    ratios: Vec<(Ratio, Result<f64, Unknown>)>,
}

impl Figures {
    /// Of one object.
    pub(crate) fn of(totals: &WindowTotals, id: &ExternalId, told: MetricSet, currency: Currency) -> Self {
        Self {
            currency,
            counts: COUNTS.map(|metric| (metric, totals.count(id, metric, told))).into(),
            ratios: RATIOS.map(|ratio| (ratio, totals.ratio(id, ratio, told))).into(),
        }
    }

    /// Of all objects of the level together.
    pub(crate) fn of_all(totals: &WindowTotals, told: MetricSet, currency: Currency) -> Self {
        let all = totals.all(told);
        let count = |metric: Metric| match &all {
            Err(why) => Err(why.clone()),
            Ok(sums) if metric.is_additive() => sums.get(metric).ok_or(Unknown::NotTold(metric)),
            // The same person may have seen several objects.
            Ok(_) => Err(Unknown::NotAdditive(metric)),
        };
        let ratio = |ratio: Ratio| {
            let (above, below) = ratio.parts();
            count(above)?;
            count(below)?;
            all.as_ref().ok().and_then(|sums| sums.ratio(ratio)).ok_or(Unknown::ZeroDenominator(ratio))
        };
        Self {
            currency,
            counts: COUNTS.map(|metric| (metric, count(metric))).into(),
            ratios: RATIOS.map(|of| (of, ratio(of))).into(),
        }
    }

    /// What was spent, for sorting; nothing known sorts last.
    pub(crate) fn spend(&self) -> i64 {
        self.counts
            .iter()
            .find(|(metric, _)| *metric == Metric::Spend)
            .map_or(-1, |(_, spend)| spend.as_ref().copied().unwrap_or(-1))
    }

    /// The headings of [`Self::cells`].
    pub(crate) fn header() -> Vec<&'static str> {
        vec!["SPEND", "IMPRESSIONS", "CLICKS", "CONVERSIONS", "VALUE", "CTR", "CPC", "CPM", "CPA", "ROAS"]
    }

    /// Cells of a table for people.
    pub(crate) fn cells(&self) -> Vec<String> {
        let counts =
            self.counts.iter().filter(|(metric, _)| NARROW.contains(metric)).map(|(metric, count)| {
                count.as_ref().map_or_else(|_| UNKNOWN.to_owned(), |count| self.shown(*metric, *count))
            });
        let ratios = self.ratios.iter().map(|(ratio, value)| {
            value.as_ref().map_or_else(|_| UNKNOWN.to_owned(), |value| shown_ratio(*ratio, *value))
        });
        counts.chain(ratios).collect()
    }

    /// Words and values for exports; `None` where nothing is known.
    pub(crate) fn plain(&self) -> Vec<(&'static str, Option<String>)> {
        let counts = self.counts.iter().map(|(metric, count)| {
            (metric.word(), count.as_ref().ok().map(|count| plain_count(*metric, *count)))
        });
        let ratios = self
            .ratios
            .iter()
            .map(|(ratio, value)| (ratio.word(), value.as_ref().ok().map(|value| format!("{value:.6}"))));
        counts.chain(ratios).collect()
    }

    /// `{"metrics": {…}, "unknown": {…}}`: amounts and conversions as decimal text, and why the others are missing.
    pub(crate) fn json(&self) -> Value {
        let mut known = Map::new();
        let mut unknown = Map::new();
        for (metric, count) in &self.counts {
            match count {
                Ok(count) if metric.is_money() || *metric == Metric::Conversions => {
                    known.insert(metric.word().to_owned(), json!(plain_count(*metric, *count)));
                }
                Ok(count) => {
                    known.insert(metric.word().to_owned(), json!(count));
                }
                Err(why) => {
                    unknown.insert(metric.word().to_owned(), json!(why.to_string()));
                }
            }
        }
        for (ratio, value) in &self.ratios {
            match value {
                Ok(value) => known.insert(ratio.word().to_owned(), json!(value)),
                Err(why) => unknown.insert(ratio.word().to_owned(), json!(why.to_string())),
            };
        }
        json!({"metrics": known, "unknown": unknown})
    }

    /// A line for each count and ratio, with the reason where one is not known.
    pub(crate) fn lines(&self) -> Vec<(&'static str, String)> {
        let counts = self.counts.iter().map(|(metric, count)| match count {
            Ok(count) => (metric.word(), self.shown(*metric, *count)),
            Err(why) => (metric.word(), format!("{UNKNOWN} ({why})")),
        });
        let ratios = self.ratios.iter().map(|(ratio, value)| match value {
            Ok(value) => (ratio.word(), shown_ratio(*ratio, *value)),
            Err(why) => (ratio.word(), format!("{UNKNOWN} ({why})")),
        });
        counts.chain(ratios).collect()
    }

    /// A count for people: money to the smallest unit that is paid.
    fn shown(&self, metric: Metric, count: i64) -> String {
        if !metric.is_money() {
            return plain_count(metric, count);
        }
        let step = self.currency.minor_unit_micros();
        let rounded = (count + step / 2).div_euclid(step) * step;
        Money::from_micros(rounded, self.currency).to_string()
    }
}

/// What one live object delivered, for programs: the window, how fresh, the figures, or why there are none.
pub(crate) fn delivered(found: Option<(&WindowTotals, &Figures)>) -> Value {
    let Some((totals, figures)) = found else {
        return json!({"unknown": "nothing was read from the platform yet; run `adplane metrics sync`"});
    };
    let mut shown = figures.json();
    shown["slots"] = json!(totals.span.to_string());
    shown["asOf"] = json!(totals.freshness.map(|freshness| freshness.oldest.to_string()));
    shown["attribution"] = json!(totals.attribution);
    shown
}

/// A count in whole units, exactly.
pub(crate) fn plain_count(metric: Metric, count: i64) -> String {
    match metric {
        Metric::Spend | Metric::Value => decimal(count, MICROS),
        Metric::Conversions => decimal(count, CONVERSION_PARTS),
        Metric::Impressions | Metric::Clicks | Metric::Reach | Metric::VideoViews => count.to_string(),
    }
}

/// Millionths as decimal text without zeroes at its end.
fn decimal(parts: i64, whole: i64) -> String {
    let (sign, parts) = (if parts < 0 { "-" } else { "" }, parts.unsigned_abs());
    let whole = whole.unsigned_abs();
    let text = format!("{sign}{}.{:06}", parts / whole, parts % whole);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn shown_ratio(ratio: Ratio, value: f64) -> String {
    match ratio {
        Ratio::Ctr | Ratio::ConversionRate => format!("{value:.4}"),
        _ => format!("{value:.2}"),
    }
}

/// One line of CSV; cells with commas, quotes or line breaks are quoted (RFC 4180).
pub(crate) fn csv_line(cells: &[String]) -> String {
    let quoted: Vec<String> = cells
        .iter()
        .map(|cell| {
            if cell.contains(['"', ',', '\n', '\r']) {
                format!("\"{}\"", cell.replace('"', "\"\""))
            } else {
                cell.clone()
            }
        })
        .collect();
    quoted.join(",") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_decimal_text() {
        assert_eq!(plain_count(Metric::Spend, 12_340_000), "12.34");
        assert_eq!(plain_count(Metric::Spend, 2_000_000_000), "2000");
        assert_eq!(plain_count(Metric::Conversions, 1_500_000), "1.5");
        assert_eq!(plain_count(Metric::Value, -10_000), "-0.01");
        assert_eq!(plain_count(Metric::Clicks, 7), "7");
    }

    #[test]
    fn cells_with_commas_are_quoted() {
        assert_eq!(csv_line(&["a,b".into(), "c\"d".into(), "e".into()]), "\"a,b\",\"c\"\"d\",e\n");
    }
}
