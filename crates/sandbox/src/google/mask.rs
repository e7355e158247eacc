//! Update masks: which leaves an update changes. Source: google-ads.md §2.5.

use serde_json::Value;

use super::errors::{ApiError, Path};
use super::schema::{Field, Kind, Mode, by_json_name};
use crate::world::Object;

/// One path of a mask, resolved: the fields from the resource down to the leaf.
pub(super) type Steps = Vec<&'static Field>;

/// Resolves a mask against a resource; every wrong path is an error.
pub(super) fn resolve(
    fields: &'static [Field],
    mask: &str,
    place: &Path,
    errors: &mut Vec<ApiError>,
) -> Vec<Steps> {
    let mut resolved = Vec::new();
    for path in mask.split(',').map(str::trim).filter(|path| !path.is_empty()) {
        let here = || place.at("updateMask");
        match steps(fields, path) {
            None => errors.push(
                ApiError::new(
                    "fieldMaskError",
                    "FIELD_NOT_FOUND",
                    format!("The field mask contained an invalid field: '{path}'."),
                )
                .trigger(&Value::String(path.into()))
                .at(here()),
            ),
            Some(steps) if names_a_message(&steps) => errors.push(
                ApiError::new(
                    "fieldMaskError",
                    "FIELD_HAS_SUBFIELDS",
                    format!("The field mask updated a field with subfields: '{path}'. Fields with subfields may not be updated directly."),
                )
                .trigger(&Value::String(path.into()))
                .at(here()),
            ),
            Some(steps) if steps.iter().any(|field| field.mode != Mode::Writable) => {
                errors.push(
                    ApiError::new("fieldError", "IMMUTABLE_FIELD", "The field cannot be modified.")
                        .trigger(&Value::String(path.into()))
                        .at(place.at("update").at(path)),
                );
            }
            Some(steps) => resolved.push(steps),
        }
    }
    resolved
}

/// A path may not go below a repeated field, since those are replaced whole.
fn steps(fields: &'static [Field], path: &str) -> Option<Steps> {
    let mut level = fields;
    let mut steps: Steps = Vec::new();
    for name in path.split('.') {
        if steps.last().is_some_and(|field| field.repeated) {
            return None;
        }
        let field = by_json_name(level, name)?;
        steps.push(field);
        level = field.fields();
    }
    Some(steps)
}

/// Messages without fields and repeated messages are named themselves.
fn names_a_message(steps: &Steps) -> bool {
    steps.last().is_some_and(|field| {
        !field.repeated && matches!(field.kind, Kind::Message(inner) if !inner.is_empty())
    })
}

/// Copies one masked leaf from the request to the object; absent in the request means cleared.
///
/// Setting a member of a oneof clears the others (§2.5, unverified).
pub(super) fn copy(fields: &'static [Field], steps: &[&'static Field], from: &Object, to: &mut Object) {
    let Some((field, rest)) = steps.split_first() else { return };
    let given = from.get(field.name);
    if given.is_some()
        && let Some(group) = field.oneof
    {
        for other in fields.iter().filter(|other| other.oneof == Some(group) && other.name != field.name) {
            to.shift_remove(other.name);
        }
    }
    if rest.is_empty() {
        match given {
            Some(value) if !is_empty_list(value) => {
                to.insert(field.name.to_owned(), value.clone());
            }
            _ => {
                to.shift_remove(field.name);
            }
        }
        return;
    }
    let empty = Object::new();
    let inner_from = given.and_then(Value::as_object).unwrap_or(&empty);
    if given.is_none() && !to.contains_key(field.name) {
        return;
    }
    let inner_to = to.entry(field.name).or_insert_with(|| Value::Object(Object::new()));
    if let Value::Object(inner_to) = inner_to {
        copy(field.fields(), rest, inner_from, inner_to);
    }
}

fn is_empty_list(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty)
}

/// The dotted lowerCamelCase form.
pub(super) fn dotted(steps: &[&'static Field]) -> String {
    steps.iter().map(|field| field.name).collect::<Vec<_>>().join(".")
}
