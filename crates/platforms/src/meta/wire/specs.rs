//! Specs in the vendor's own words, brought to one form: reads come back reordered and enriched
//! (meta-ads.md §17.11), so lists of words are sets, ids are text, and what means nothing is left out.

use adplane_core::value::Value;

/// Members of an attribution window that say something; reads may add others.
const WINDOW: [&str; 2] = ["event_type", "window_days"];
/// Members of a frequency control.
const FREQUENCY: [&str; 4] = ["event", "interval_days", "max_frequency", "type"];

/// Any spec: words in any order, ids as text.
pub(crate) fn canonical(value: &Value) -> Value {
    match value {
        Value::List(members) | Value::Set(members) => {
            let members = members.iter().map(canonical);
            if members.clone().any(|member| matches!(member, Value::Map(_))) {
                Value::List(members.collect())
            } else {
                Value::set(members)
            }
        }
        Value::Map(entries) => Value::map(entries.iter().map(|(key, value)| {
            let id = key == "id" || key.ends_with("_id");
            let value = match value {
                Value::Integer(number) if id => Value::text(number.to_string()),
                other => canonical(other),
            };
            (key.as_str(), value)
        })),
        other => other.clone(),
    }
}

/// `attribution_spec`: windows in any order, those of no day left out.
pub(crate) fn attribution(value: &Value) -> Value {
    let windows = value.members().iter().filter(|window| number(window, "window_days") != Some(0));
    listed(windows.map(|window| only(window, &WINDOW)))
}

/// `frequency_control_specs`: in any order; the type `NONE` is what an absent one means (unverified).
pub(crate) fn frequency(value: &Value) -> Value {
    listed(value.members().iter().map(|spec| {
        let spec = only(spec, &FREQUENCY);
        let plain = spec.entry("type").and_then(Value::as_text) == Some("NONE");
        if plain { only(&spec, &FREQUENCY[..3]) } else { spec }
    }))
}

/// A member that is a whole number, also when it is written as text.
pub(crate) fn number(spec: &Value, key: &str) -> Option<i64> {
    match spec.entry(key)? {
        Value::Integer(number) => Some(*number),
        Value::Text(text) => text.parse().ok(),
        _ => None,
    }
}

/// A member that is a text.
pub(crate) fn word<'a>(spec: &'a Value, key: &str) -> &'a str {
    spec.entry(key).and_then(Value::as_text).unwrap_or_default()
}

fn only(spec: &Value, keys: &[&str]) -> Value {
    Value::map(keys.iter().filter_map(|key| {
        let value = spec.entry(key)?;
        Some((*key, number(spec, key).map_or_else(|| value.clone(), Value::Integer)))
    }))
}

fn listed(members: impl Iterator<Item = Value>) -> Value {
    let Value::Set(members) = Value::set(members) else { return Value::List(Vec::new()) };
    Value::List(members)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::meta::wire::json::to_value;

    fn value(json: &Json) -> Value {
        to_value(json).unwrap()
    }

    #[test]
    fn windows_have_no_order_and_nothing_of_no_length() {
        let sent = json!([{"event_type": "VIEW_THROUGH", "window_days": 1}, {"event_type": "CLICK_THROUGH", "window_days": 7}]);
        let read = json!([
            {"event_type": "CLICK_THROUGH", "window_days": "7", "weight": 1},
            {"event_type": "ENGAGED_VIDEO_VIEW", "window_days": 0},
            {"event_type": "VIEW_THROUGH", "window_days": 1},
        ]);
        assert_eq!(attribution(&value(&sent)), attribution(&value(&read)));
        assert_eq!(attribution(&value(&sent)).members().len(), 2);
    }

    #[test]
    fn an_untyped_frequency_is_the_plain_one() {
        let sent = json!([{"event": "IMPRESSIONS", "interval_days": 7, "max_frequency": 2}]);
        let read = json!([{"type": "NONE", "event": "IMPRESSIONS", "max_frequency": 2, "interval_days": 7}]);
        assert_eq!(frequency(&value(&sent)), frequency(&value(&read)));
        let cap = json!([{"type": "CAP", "event": "IMPRESSIONS", "max_frequency": 2, "interval_days": 7}]);
        assert_ne!(frequency(&value(&sent)), frequency(&value(&cap)));
    }

    #[test]
    fn ids_are_text_and_words_have_no_order() {
        let one = json!({"video_id": 12, "ad_formats": ["B", "A"], "rules": [{"priority": 1}]});
        let other = json!({"video_id": "12", "ad_formats": ["A", "B"], "rules": [{"priority": 1}]});
        let sent = Value::map([
            ("video_id", Value::Integer(12)),
            ("ad_formats", Value::text_list(["B", "A"])),
            ("rules", Value::List(vec![Value::map([("priority", Value::Integer(1))])])),
        ]);
        assert_eq!(canonical(&value(&one)), canonical(&value(&other)));
        assert_eq!(canonical(&sent), canonical(&value(&one)));
    }
}
