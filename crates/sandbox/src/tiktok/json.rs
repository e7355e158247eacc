//! Short ways to read the vendor's JSON objects.

use serde_json::Value;

use crate::world::Object;

/// A text member.
pub(super) fn text<'a>(object: &'a Object, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Value::as_str)
}

/// A text member, empty when absent.
pub(super) fn text_or_empty<'a>(object: &'a Object, name: &str) -> &'a str {
    text(object, name).unwrap_or_default()
}

/// A boolean member.
pub(super) fn flag(object: &Object, name: &str) -> Option<bool> {
    object.get(name).and_then(Value::as_bool)
}

/// The texts of an array member, none when absent.
pub(super) fn texts<'a>(object: &'a Object, name: &str) -> Vec<&'a str> {
    array(object, name).iter().filter_map(Value::as_str).collect()
}

/// An array member, empty when absent.
pub(super) fn array<'a>(object: &'a Object, name: &str) -> &'a [Value] {
    object.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The objects of an array member.
pub(super) fn objects<'a>(object: &'a Object, name: &str) -> impl Iterator<Item = &'a Object> {
    array(object, name).iter().filter_map(Value::as_object)
}

/// An object member.
pub(super) fn child<'a>(object: &'a Object, name: &str) -> Option<&'a Object> {
    object.get(name).and_then(Value::as_object)
}

/// Whether a member is there and not `null`.
pub(super) fn has(object: &Object, name: &str) -> bool {
    object.get(name).is_some_and(|value| !value.is_null())
}

/// Sets members that are absent.
pub(super) fn default_to(object: &mut Object, name: &str, value: impl Into<Value>) {
    if !has(object, name) {
        object.insert(name.into(), value.into());
    }
}

/// Sets a member.
pub(super) fn set(object: &mut Object, name: &str, value: impl Into<Value>) {
    object.insert(name.into(), value.into());
}

/// Adds the named members as `null` where absent: answers show unset members that way.
pub(super) fn fill_nulls(object: &mut Object, names: &[&str]) {
    for name in names {
        object.entry(*name).or_insert(Value::Null);
    }
}
