//! `runReport`: what an object delivered over the windows of a rule, as a table for people.

use super::lookup::Subject;
use crate::metrics::{CONVERSION_PARTS, Metric, Ratio, Sums, Window};
use crate::money::{Currency, Money};

/// Columns of a report; the first tells the window, the last how old its numbers are.
pub const COLUMNS: [&str; 11] =
    ["window", "spend", "impressions", "clicks", "conversions", "value", "ctr", "cpc", "cpa", "roas", "asOf"];

/// Windows that every report has, beside those that its rule names.
pub(super) const USUAL: [Window; 3] =
    [Window::Today, Window::Yesterday, Window::LastDays { days: 7, with_today: false }];

/// What shows that something is not known.
const UNKNOWN: &str = "-";

/// A row for each window of the rule, every cell in the words of tables.
pub(super) fn rows(subject: Subject<'_>) -> Vec<Vec<String>> {
    let currency = subject.account.currency;
    let row = |window: &Window| {
        let told = subject.object.windows.get(window);
        let sums = told.and_then(|told| told.sums.as_ref().ok());
        let mut row = vec![window.to_string()];
        row.extend(cells(sums, currency).into_iter().map(|cell| cell.unwrap_or_else(|| UNKNOWN.to_owned())));
        let as_of = told.and_then(|told| told.as_of).map(|at| at.to_string());
        row.push(as_of.unwrap_or_else(|| "never".to_owned()));
        row
    };
    subject.rule.windows.iter().map(row).collect()
}

/// A row in a line: `last_7d: spend 12.35 EUR, impressions 3000`; what is not known is left out.
pub fn line(row: &[String]) -> String {
    let (window, values) = row.split_first().map_or(("", row), |(window, values)| (window.as_str(), values));
    let known = COLUMNS[1..].iter().zip(values).filter(|(_, value)| *value != UNKNOWN);
    let known: Vec<String> = known.map(|(column, value)| format!("{column} {value}")).collect();
    format!("{window}: {}", known.join(", "))
}

fn cells(sums: Option<&Sums>, currency: Currency) -> [Option<String>; 9] {
    let count = |metric: Metric| sums?.get(metric);
    let unit = i128::from(currency.minor_unit_micros());
    // To the nearest that is paid.
    let money = |micros: i128| {
        let micros = (micros + unit / 2).div_euclid(unit) * unit;
        Some(Money::from_micros(i64::try_from(micros).ok()?, currency).to_string())
    };
    let price = |ratio: Ratio, scale: i64| {
        let (above, below) = ratio.parts();
        let below = i128::from(count(below).filter(|below| *below > 0)?);
        money(i128::from(count(above)?) * i128::from(scale) / below)
    };
    let rate = |ratio: Ratio, digits: usize| {
        let rate = sums?.ratio(ratio)?;
        Some(format!("{rate:.digits$}"))
    };
    [
        count(Metric::Spend).and_then(|micros| money(micros.into())),
        count(Metric::Impressions).map(|count| count.to_string()),
        count(Metric::Clicks).map(|count| count.to_string()),
        count(Metric::Conversions).map(|count| Metric::Conversions.decimal(count)),
        count(Metric::Value).and_then(|micros| money(micros.into())),
        rate(Ratio::Ctr, 4),
        price(Ratio::Cpc, 1),
        price(Ratio::Cpa, CONVERSION_PARTS),
        rate(Ratio::Roas, 2),
    ]
}
