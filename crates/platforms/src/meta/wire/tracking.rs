//! Tracking parameters: `creative.tracking.utm` and `url_tags` (mapping §7.3).
//!
//! `source=meta` and `medium=paid_social` are added where they are not written; on read they are left out
//! again, so that both spellings are one value.

use adplane_core::value::Value;
use url::form_urlencoded;

/// Placeholders, neutral and Meta's.
const PLACEHOLDERS: [(&str, &str); 8] = [
    ("{campaign.id}", "{{campaign.id}}"),
    ("{campaign.name}", "{{campaign.name}}"),
    ("{adGroup.id}", "{{adset.id}}"),
    ("{adGroup.name}", "{{adset.name}}"),
    ("{ad.id}", "{{ad.id}}"),
    ("{ad.name}", "{{ad.name}}"),
    ("{placement}", "{{placement}}"),
    ("{source}", "{{site_source_name}}"),
];

/// What is added when other parameters are written.
const DEFAULTS: [(&str, &str); 2] = [("source", "meta"), ("medium", "paid_social")];

/// The order on the wire; other keys follow, sorted.
const ORDER: [&str; 6] = ["source", "medium", "campaign", "content", "term", "id"];

/// The placeholders in a text that Meta has no macro for.
pub(crate) fn unknown_placeholders(text: &str) -> Vec<&str> {
    let mut unknown = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('{') {
        let Some(length) = rest[start..].find('}') else { break };
        let placeholder = &rest[start..=start + length];
        if !PLACEHOLDERS.iter().any(|(neutral, _)| *neutral == placeholder) {
            unknown.push(placeholder);
        }
        rest = &rest[start + length + 1..];
    }
    unknown
}

/// A placeholder-free piece, percent-encoded as in a query.
fn encode(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

fn encode_with_macros(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let next = PLACEHOLDERS
            .iter()
            .filter_map(|(neutral, wire)| Some((rest.find(neutral)?, *neutral, *wire)))
            .min_by_key(|(position, ..)| *position);
        let Some((position, neutral, wire)) = next else {
            out.push_str(&encode(rest));
            break;
        };
        out.push_str(&encode(&rest[..position]));
        out.push_str(wire);
        rest = &rest[position + neutral.len()..];
    }
    out
}

/// The normal form of `utm`: without what is added anyway.
pub(crate) fn normal(utm: &Value) -> Value {
    let entries = utm.entries().into_iter().flatten();
    Value::map(
        entries
            .filter(|(key, value)| {
                !DEFAULTS.iter().any(|(name, text)| key.as_str() == *name && value.as_text() == Some(text))
            })
            .map(|(key, value)| (key.as_str(), value.clone())),
    )
}

/// `url_tags` of a `utm` map.
pub(crate) fn to_wire(utm: &Value) -> Option<String> {
    let entries = utm.entries()?;
    let written = |key: &str| entries.get(key).and_then(Value::as_text);
    let default = |key: &str| DEFAULTS.iter().find(|(name, _)| *name == key).map(|(_, text)| *text);
    let ordered = ORDER.iter().filter_map(|key| Some((*key, written(key).or_else(|| default(key))?)));
    let others = entries
        .iter()
        .filter(|(key, _)| !ORDER.contains(&key.as_str()))
        .filter_map(|(key, value)| Some((key.as_str(), value.as_text()?)));
    let pairs: Vec<String> = ordered
        .chain(others)
        .map(|(key, text)| format!("utm_{}={}", encode(key), encode_with_macros(text)))
        .collect();
    Some(pairs.join("&"))
}

/// The `utm` map of `url_tags`; `None` when they hold anything else.
pub(crate) fn read(url_tags: &str) -> Option<Value> {
    let mut entries = Vec::new();
    for (key, text) in form_urlencoded::parse(url_tags.as_bytes()) {
        let key = key.strip_prefix("utm_")?.to_owned();
        let mut text = text.into_owned();
        for (neutral, wire) in PLACEHOLDERS {
            text = text.replace(wire, neutral);
        }
        entries.push((key, Value::text(text)));
    }
    Some(normal(&Value::map(entries)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_read_back() {
        let utm = Value::map([
            ("campaign", Value::text("{campaign.name} 50% & more")),
            ("audience", Value::text("{adGroup.id}")),
        ]);
        let tags = to_wire(&utm).unwrap();
        assert_eq!(
            tags,
            "utm_source=meta&utm_medium=paid_social&utm_campaign={{campaign.name}}%2050%25%20%26%20more\
             &utm_audience={{adset.id}}"
        );
        assert_eq!(read(&tags), Some(utm));
    }

    #[test]
    fn written_defaults_are_the_same_value() {
        let utm = Value::map([("source", Value::text("meta")), ("term", Value::text("x"))]);
        assert_eq!(normal(&utm), Value::map([("term", Value::text("x"))]));
        assert_eq!(read("utm_source=other"), Some(Value::map([("source", Value::text("other"))])));
        assert_eq!(read("ref=abc"), None);
        let none = Value::map::<&str>([]);
        assert_eq!(read(&to_wire(&none).unwrap()), Some(none));
    }

    #[test]
    fn names_what_has_no_macro() {
        assert_eq!(unknown_placeholders("{keyword}-{ad.id}-{x}"), ["{keyword}", "{x}"]);
    }
}
