//! Comparing JSON with a fact.

use serde_json::Value;

/// Says that an object has other members as well.
const OTHERS: &str = "...";

/// How closely values are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// Same members and types.
    Shape,
    /// Same values too, but for placeholders.
    Values,
}

/// What differs, each with its pointer.
///
/// A text in angle brackets stands for any value of any type. An object of a fact that holds `...` may have other
/// members; a list's elements each fit the fact's element at that place, or its last one.
pub(crate) fn differences(fact: &Value, found: &Value, depth: Depth) -> Vec<String> {
    let mut all = Vec::new();
    compare(fact, found, depth, "", &mut all);
    all
}

fn compare(fact: &Value, found: &Value, depth: Depth, at: &str, all: &mut Vec<String>) {
    if is_placeholder(fact) {
        return;
    }
    match (fact, found) {
        (Value::Object(wanted), Value::Object(members)) => {
            for (name, value) in wanted.iter().filter(|(name, _)| *name != OTHERS) {
                match members.get(name) {
                    Some(found) => compare(value, found, depth, &format!("{at}/{name}"), all),
                    None => all.push(format!("{at}/{name} is not there")),
                }
            }
            let unknown =
                members.keys().filter(|name| !wanted.contains_key(*name) && !wanted.contains_key(OTHERS));
            all.extend(unknown.map(|name| format!("{at}/{name} is there as well")));
        }
        (Value::Array(wanted), Value::Array(items)) => {
            if wanted.is_empty() != items.is_empty()
                || (depth == Depth::Values && wanted.len() != items.len())
            {
                all.push(format!("{at} has {} elements, not {}", items.len(), wanted.len()));
            }
            for (number, item) in items.iter().enumerate() {
                if let Some(value) = wanted.get(number).or(wanted.last()) {
                    compare(value, item, depth, &format!("{at}/{number}"), all);
                }
            }
        }
        _ if kind(fact) != kind(found) => all.push(format!("{at} is {found}, the fact has {fact}")),
        _ if depth == Depth::Values && !same(fact, found) => {
            all.push(format!("{at} is {found}, the fact has {fact}"));
        }
        _ => {}
    }
}

/// `20` and `20.0` are one number in JSON.
fn same(fact: &Value, found: &Value) -> bool {
    fact == found || (fact.is_number() && fact.as_f64() == found.as_f64())
}

fn is_placeholder(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.starts_with('<') && text.ends_with('>'))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}
