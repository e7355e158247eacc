//! Sums as gauges in Prometheus' text format.

use std::collections::BTreeMap;
use std::fmt::Write;

use adplane_core::address::Kind;
use adplane_core::ids::ExternalId;

use super::Named;
use crate::metrics::query::{Answer, Figures, Period};

/// What names of gauges begin with.
const PREFIX: &str = "adplane_delivery_";

/// What gauges tell, and in which unit.
const HELP: [(&str, &str); 15] = [
    ("spend", "Money spent, in units of the label currency"),
    ("impressions", "Times shown"),
    ("clicks", "Clicks"),
    ("conversions", "Conversions; platforms count fractions"),
    ("value", "Value of conversions, in units of the label currency"),
    ("reach", "People reached"),
    ("video_views", "Views of videos"),
    ("ctr", "Clicks for each time shown, of the sums"),
    ("cpc", "Money for a click, in units of the label currency"),
    ("cpm", "Money for a thousand times shown, in units of the label currency"),
    ("cpa", "Money for a conversion, in units of the label currency"),
    ("roas", "Value of conversions for the money spent"),
    ("as_of_timestamp_seconds", "When the platform was asked, for the part that was asked longest ago"),
    ("completeness", "Which share of the conversions has come in"),
    ("covered", "Whether all of the window was read"),
];

/// Gauges by name, each with its lines.
#[derive(Debug, Default)]
pub struct Gauges(BTreeMap<String, String>);

impl Gauges {
    /// Adds those of a level over a period.
    pub fn add(&mut self, named: &Named<'_>, level: Kind, period: Period, answer: &Answer) {
        let of_account = labels(&[
            ("account", named.name),
            ("platform", named.account.platform.slug()),
            ("currency", named.account.currency.code()),
            ("level", level.word()),
            ("window", &period.to_string()),
        ]);
        if let Some(freshness) = answer.all.basis.freshness {
            self.line("as_of_timestamp_seconds", &of_account, &freshness.oldest.as_second().to_string());
        }
        if let Some(share) = answer.all.basis.completeness {
            self.line("completeness", &of_account, &format!("{share:.6}"));
        }
        self.line("covered", &of_account, if answer.all.sums().is_ok() { "1" } else { "0" });
        for (id, figures) in &answer.each {
            self.object(named, &of_account, id, figures);
        }
    }

    fn object(&mut self, named: &Named<'_>, of_account: &str, id: &ExternalId, figures: &Figures) {
        let address = (named.address)(id).unwrap_or_default();
        let labels = format!("{of_account},{}", labels(&[("id", id.as_str()), ("address", &address)]));
        for (word, value) in figures.plain() {
            // An unknown number is no sample: a scrape that sees zero would take it for one.
            if let Some(value) = value {
                self.line(&snake(word), &labels, &value);
            }
        }
    }

    fn line(&mut self, name: &str, labels: &str, value: &str) {
        let lines = self.0.entry(format!("{PREFIX}{name}")).or_default();
        let _ = writeln!(lines, "{{{labels}}} {value}");
    }

    /// All of them.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (name, lines) in &self.0 {
            if let Some((_, help)) = HELP.iter().find(|(of, _)| name.strip_prefix(PREFIX) == Some(of)) {
                let _ = writeln!(text, "# HELP {name} {help}");
            }
            let _ = writeln!(text, "# TYPE {name} gauge");
            for line in lines.lines() {
                let _ = writeln!(text, "{name}{line}");
            }
        }
        text
    }
}

/// `videoViews` as `video_views`.
fn snake(word: &str) -> String {
    word.chars().fold(String::new(), |mut text, letter| {
        if letter.is_ascii_uppercase() {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
        text
    })
}

fn labels(pairs: &[(&str, &str)]) -> String {
    let pair = |(name, value): &(&str, &str)| {
        let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        format!("{name}=\"{value}\"")
    };
    pairs.iter().map(pair).collect::<Vec<_>>().join(",")
}
