//! Forecasts of a case of a rule: what they say, instead of what the series would foretell.

use adplane_core::forecast::Ahead;
use adplane_core::metrics::Metric;
use adplane_core::money::{Currency, Money};
use adplane_core::rules::{CaseForecast, FORETOLD};

use super::File;
use crate::yaml::node::{Content, Node};

/// What stands for forecasts that are no better than last week again.
const NO_SKILL: &str = "noSkill";

impl File<'_> {
    /// `forecast: {next_7d: {spend: 700 EUR, conversions: noSkill}}`; without the key, nothing is given.
    pub(super) fn forecast(&mut self, node: &Node<'_>, currency: Currency) -> Option<CaseForecast> {
        let mut found = CaseForecast::new();
        let Some(entry) = node.get("forecast") else { return Some(found) };
        let Content::Mapping(entries) = &entry.value.content else {
            let hint = "write `forecast: {next_7d: {spend: 700 EUR}}`";
            self.reader.wrong(&entry.value, "`forecast` takes a mapping", hint);
            return None;
        };
        for entry in entries {
            let ahead: Ahead = match entry.key.parse() {
                Ok(ahead) => ahead,
                Err(error) => {
                    let message = format!("`{}` is no days to come", entry.key);
                    self.reader.problem("invalid-value", message, &format!("{error}"), entry.key_place);
                    return None;
                }
            };
            for value in self.reader.mapping(&entry.value, &FORETOLD.map(Metric::word))? {
                let metric = FORETOLD.into_iter().find(|metric| metric.word() == value.key)?;
                let text = value.value.text().unwrap_or_default();
                let sum = if text == NO_SKILL { Some(None) } else { sum(text, metric, currency).map(Some) };
                let Some(sum) = sum else {
                    let what = if metric.is_money() { "an amount" } else { "a number" };
                    let message =
                        format!("`{}` takes {what} or `{NO_SKILL}`, and `{text}` is neither", value.key);
                    self.reader.wrong(&value.value, &message, &format!("write {what}, or `{NO_SKILL}`"));
                    return None;
                };
                found.entry(metric).or_default().insert(ahead, sum);
            }
        }
        Some(found)
    }
}

/// An amount in micros, or a number of something.
fn sum(text: &str, metric: Metric, currency: Currency) -> Option<f64> {
    if metric.is_money() {
        let money = text.parse::<Money>().ok().filter(|money| money.currency() == currency)?;
        return Some(adplane_core::anomaly::unit(metric, money.micros()));
    }
    text.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0)
}
