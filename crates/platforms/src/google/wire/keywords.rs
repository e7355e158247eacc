//! Keywords: text and match type are the identity, compared without regard to case or spacing.
//!
//! Source: google-ads.md §3.8 (the vendor may store them lower-cased), §7.

use adplane_core::money::{Currency, Money};
use adplane_core::value::Value;
use serde_json::json;

use super::{money, text};

/// Match types as YAML and as the vendor writes them.
pub(in super::super) const MATCHES: [(&str, &str); 3] =
    [("Exact", "EXACT"), ("Phrase", "PHRASE"), ("Broad", "BROAD")];

/// One keyword, normalised.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in super::super) struct Keyword {
    /// Lower case, single spaces.
    pub(in super::super) text: String,
    /// `Exact`, `Phrase` or `Broad`.
    pub(in super::super) matching: &'static str,
}

impl Keyword {
    /// A keyword from its text and the YAML's match word.
    pub(in super::super) fn new(text: &str, matching: &str) -> Option<Self> {
        let (matching, _) = MATCHES.iter().find(|(word, _)| *word == matching)?;
        Some(Self { text: normalised(text), matching })
    }

    /// Reads a criterion's `keyword`.
    pub(in super::super) fn read(keyword: &serde_json::Value) -> Option<Self> {
        let vendor = text(keyword, "matchType")?;
        let (matching, _) = MATCHES.iter().find(|(_, word)| *word == vendor)?;
        Some(Self { text: normalised(text(keyword, "text")?), matching })
    }

    /// The key in a keyword map.
    pub(in super::super) fn key(&self) -> String {
        format!("{}|{}", self.text, self.matching)
    }

    /// The entry in a keyword map.
    pub(in super::super) fn value(&self, bid: Option<Money>) -> Value {
        let bid = bid.map(|bid| ("bid", Value::Money(bid)));
        Value::map(
            [("text", Value::text(&self.text)), ("match", Value::text(self.matching))].into_iter().chain(bid),
        )
    }

    /// A criterion's `keyword`.
    pub(in super::super) fn criterion(&self) -> serde_json::Value {
        let vendor = MATCHES.iter().find(|(word, _)| *word == self.matching).map(|(_, vendor)| *vendor);
        json!({ "text": self.text, "matchType": vendor })
    }
}

fn normalised(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// The keywords of a map with their bids.
pub(in super::super) fn entries(map: &Value) -> impl Iterator<Item = (Keyword, Option<Money>)> {
    map.entries().into_iter().flatten().filter_map(|(_, entry)| {
        let keyword = Keyword::new(entry.entry("text")?.as_text()?, entry.entry("match")?.as_text()?)?;
        Some((keyword, entry.entry("bid").and_then(Value::as_money)))
    })
}

/// The map of keywords with their bids.
pub(in super::super) fn map(keywords: impl IntoIterator<Item = (Keyword, Option<Money>)>) -> Value {
    Value::map(keywords.into_iter().map(|(keyword, bid)| (keyword.key(), keyword.value(bid))))
}

/// A criterion's own bid.
pub(in super::super) fn bid(criterion: &serde_json::Value, currency: Currency) -> Option<Money> {
    money(criterion, "cpcBidMicros", currency)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_spacing_do_not_matter() {
        let written = Keyword::new("  Running   Shoes ", "Phrase").unwrap();
        let stored = json!({"text": "running shoes", "matchType": "PHRASE"});
        assert_eq!(Keyword::read(&stored).as_ref(), Some(&written));
        assert_eq!(written.key(), "running shoes|Phrase");
        assert_eq!(written.criterion(), stored);
    }

    #[test]
    fn maps_read_back() {
        let bid = Some(Money::from_micros(500_000, Currency::EUR));
        let one = (Keyword::new("shoes", "Exact").unwrap(), bid);
        let two = (Keyword::new("boots", "Broad").unwrap(), None);
        let value = map([one.clone(), two.clone()]);
        assert_eq!(entries(&value).collect::<Vec<_>>(), [two, one]);
    }
}
