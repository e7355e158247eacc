//! Reads request JSON strictly by schema: unknown names and misfitting values are refused (§5).
//!
//! Names may be lowerCamelCase or `snake_case`, 64-bit integers strings or numbers; `null` means absent. What comes
//! out is in the form answers use: lowerCamelCase names, 64-bit integers as strings.

use serde_json::{Value, json};

use super::errors::Violation;
use super::schema::{Field, Kind, by_json_name};
use crate::world::Object;

const ENUM_PACKAGE: &str = "type.googleapis.com/google.ads.googleads.v26.enums";

/// Reads a message.
pub(super) fn message(
    fields: &'static [Field],
    value: &Value,
    place: &str,
    violations: &mut Vec<Violation>,
) -> Object {
    let Value::Object(members) = value else {
        violations.push(misfit(place, "message", value));
        return Object::new();
    };
    let mut read = Object::new();
    let mut groups: Vec<(&'static str, &'static str)> = Vec::new();
    for (name, value) in members {
        let Some(field) = by_json_name(fields, name) else {
            violations.push(unknown_name(place, name));
            continue;
        };
        if value.is_null() {
            continue;
        }
        let here = join(place, field.name);
        if let Some(group) = field.oneof {
            if let Some((_, other)) = groups.iter().find(|(known, _)| *known == group) {
                violations.push(Violation {
                    field: here.clone(),
                    description: format!(
                        "Invalid value at '{place}' (oneof), oneof field '{group}' is already set. Cannot set '{}' beside '{other}'",
                        field.name
                    ),
                });
            }
            groups.push((group, field.name));
        }
        if let Some(value) = field_value(field, value, &here, violations) {
            read.insert(field.name.to_owned(), value);
        }
    }
    read
}

/// Refuses members that are not among the allowed ones.
pub(super) fn only(value: &Value, allowed: &[&str], place: &str, violations: &mut Vec<Violation>) {
    if let Value::Object(members) = value {
        for name in members.keys().filter(|name| !allowed.contains(&name.as_str())) {
            violations.push(unknown_name(place, name));
        }
    } else {
        violations.push(misfit(place, "message", value));
    }
}

fn field_value(
    field: &'static Field,
    value: &Value,
    place: &str,
    violations: &mut Vec<Violation>,
) -> Option<Value> {
    if !field.repeated {
        return single(field, value, place, violations);
    }
    let Value::Array(items) = value else {
        violations.push(misfit(place, "repeated field", value));
        return None;
    };
    let items = items
        .iter()
        .enumerate()
        .filter_map(|(index, item)| single(field, item, &format!("{place}[{index}]"), violations))
        .collect();
    Some(Value::Array(items))
}

fn single(
    field: &'static Field,
    value: &Value,
    place: &str,
    violations: &mut Vec<Violation>,
) -> Option<Value> {
    let read = match field.kind {
        Kind::Text | Kind::Date | Kind::Name(_) | Kind::Bytes => value.as_str().map(|text| json!(text)),
        Kind::Int64 => integer(value).map(|number| json!(number.to_string())),
        Kind::Int32 => {
            integer(value).and_then(|number| i32::try_from(number).ok()).map(|number| json!(number))
        }
        Kind::Double => double(value),
        Kind::Bool => value.as_bool().map(|flag| json!(flag)),
        Kind::Enum(values) => value
            .as_str()
            .filter(|text| values.contains(text) || matches!(*text, "UNSPECIFIED" | "UNKNOWN"))
            .map(|text| json!(text)),
        Kind::Message(fields) => return Some(Value::Object(message(fields, value, place, violations))),
        Kind::Any => Some(value.clone()),
    };
    if read.is_none() {
        violations.push(misfit(place, type_name(field), value));
    }
    read
}

fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn double(value: &Value) -> Option<Value> {
    match value {
        Value::Number(number) => number.as_f64().map(|number| json!(number)),
        Value::String(text) => text.parse::<f64>().ok().map(|number| json!(number)),
        _ => None,
    }
}

fn type_name(field: &Field) -> &'static str {
    match field.kind {
        Kind::Text | Kind::Date | Kind::Name(_) => "TYPE_STRING",
        Kind::Bytes => "TYPE_BYTES",
        Kind::Int64 => "TYPE_INT64",
        Kind::Int32 => "TYPE_INT32",
        Kind::Double => "TYPE_DOUBLE",
        Kind::Bool => "TYPE_BOOL",
        Kind::Enum(_) => ENUM_PACKAGE,
        Kind::Message(_) | Kind::Any => "message",
    }
}

fn unknown_name(place: &str, name: &str) -> Violation {
    let inside = if place.is_empty() { String::new() } else { format!(" at '{place}'") };
    Violation {
        field: place.to_owned(),
        description: format!(
            "Invalid JSON payload received. Unknown name \"{name}\"{inside}: Cannot find field."
        ),
    }
}

/// A value that does not fit the type of its field.
pub(super) fn misfit(place: &str, expected: &str, value: &Value) -> Violation {
    Violation {
        field: place.to_owned(),
        description: format!("Invalid value at '{place}' ({expected}), {value}"),
    }
}

fn join(place: &str, name: &str) -> String {
    if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") }
}
