//! Reading JSON tolerantly, and generic values of typed blocks.

use adplane_core::value::Value;
use serde_json::{Map, Value as Json};

/// A JSON object.
pub(crate) type Object = Map<String, Json>;

/// A member's text; ids may come as numbers. Empty text counts as absent.
pub(crate) fn text(object: &Json, name: &str) -> Option<String> {
    match object.get(name)? {
        Json::String(text) if !text.is_empty() => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A member's text, borrowed; absent is empty.
pub(crate) fn word<'a>(object: &'a Json, name: &str) -> &'a str {
    object.get(name).and_then(Json::as_str).unwrap_or_default()
}

/// A member's whole number, also when it is written as text.
pub(crate) fn integer(object: &Json, name: &str) -> Option<i64> {
    whole(object.get(name)?)
}

/// A whole number, also when it is written as text.
pub(crate) fn whole(value: &Json) -> Option<i64> {
    match value {
        Json::Number(number) => number.as_i64(),
        Json::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// The members of a list; absent is empty.
pub(crate) fn list<'a>(object: &'a Json, name: &str) -> &'a [Json] {
    object.get(name).and_then(Json::as_array).map_or(&[], Vec::as_slice)
}

/// The texts in a list; numbers count as text.
pub(crate) fn texts(object: &Json, name: &str) -> Vec<String> {
    list(object, name).iter().filter_map(plain).collect()
}

/// A text or a number as text.
pub(crate) fn plain(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// One key of each entry of a list of objects, such as the ids of audiences.
pub(crate) fn keys(object: &Json, name: &str, key: &str) -> Vec<String> {
    list(object, name).iter().filter_map(|entry| text(entry, key)).collect()
}

/// A value of a typed block as JSON.
pub(crate) fn of_value(value: &Value) -> Json {
    match value {
        Value::Bool(flag) => Json::from(*flag),
        Value::Integer(number) => Json::from(*number),
        Value::Decimal(number) => Json::from(number.normalize().to_string()),
        Value::Money(money) => Json::from(super::money::to_minor(*money).unwrap_or_default()),
        Value::Text(text) => Json::from(text.as_str()),
        Value::Time(time) => Json::from(super::time::show(time)),
        Value::Set(members) | Value::List(members) => members.iter().map(of_value).collect(),
        Value::Map(entries) => {
            entries.iter().map(|(key, value)| (key.to_string(), of_value(value))).collect::<Object>().into()
        }
    }
}

/// JSON as a value of a typed block: lists of words are sets, lists of objects are lists.
pub(crate) fn to_value(json: &Json) -> Option<Value> {
    Some(match json {
        Json::Null => return None,
        Json::Bool(flag) => Value::Bool(*flag),
        Json::Number(number) => match number.as_i64() {
            Some(number) => Value::Integer(number),
            None => Value::text(number.to_string()),
        },
        Json::String(text) => Value::text(text),
        Json::Array(members) if members.iter().any(Json::is_object) => {
            Value::List(members.iter().filter_map(to_value).collect())
        }
        Json::Array(members) => Value::set(members.iter().filter_map(to_value)),
        Json::Object(entries) => {
            Value::map(entries.iter().filter_map(|(key, value)| Some((key.as_str(), to_value(value)?))))
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ids_survive_as_text_whatever_their_form() {
        let object = json!({"a": "1202", "b": 1202, "c": ""});
        assert_eq!(text(&object, "a"), text(&object, "b"));
        assert_eq!(text(&object, "c"), None);
    }

    #[test]
    fn typed_blocks_round_trip() {
        let block = json!([{"event_type": "CLICK_THROUGH", "window_days": 7}]);
        assert_eq!(of_value(&to_value(&block).unwrap()), block);
        assert_eq!(to_value(&json!(["b", "a"])), to_value(&json!(["a", "b"])));
    }
}
