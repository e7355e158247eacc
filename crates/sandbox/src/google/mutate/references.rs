//! Checks that hold for every resource: what may be written, what is required, where references lead.

use serde_json::{Value, json};

use super::index::is_removed;
use super::transaction::{Temporary, Transaction};
use crate::google::errors::{ApiError, Path};
use crate::google::schema::{Field, Kind, Mode};
use crate::google::{data, names, resource};
use crate::world::Object;

/// Output-only fields and meaningless enum values in a create (§3: `RO`; `UNSPECIFIED` is never valid input).
pub(super) fn check_written(
    fields: &'static [Field],
    object: &Object,
    path: &Path,
    errors: &mut Vec<ApiError>,
) {
    for_each_message(fields, object, path, &mut |fields, object, path| {
        let read_only = fields.iter().filter(|field| field.mode == Mode::OutputOnly);
        for field in read_only.filter(|field| object.contains_key(field.name)) {
            // Which code answers a read-only field is unverified (§2.5).
            errors.push(
                ApiError::new(
                    "fieldError",
                    "VALUE_MUST_BE_UNSET",
                    "The field is read-only and must be left out.",
                )
                .at(path.at(field.name)),
            );
        }
    });
    check_enums(fields, object, path, errors);
}

/// Meaningless enum values.
pub(super) fn check_enums(
    fields: &'static [Field],
    object: &Object,
    path: &Path,
    errors: &mut Vec<ApiError>,
) {
    for_each_message(fields, object, path, &mut |fields, object, path| {
        refuse_unspecified(fields, object, path, errors);
    });
}

fn refuse_unspecified(fields: &'static [Field], object: &Object, path: &Path, errors: &mut Vec<ApiError>) {
    for field in fields.iter().filter(|field| matches!(field.kind, Kind::Enum(_))) {
        let Some(value) = object.get(field.name) else { continue };
        if matches!(value.as_str(), Some("UNSPECIFIED" | "UNKNOWN")) {
            errors.push(
                ApiError::new("requestError", "INVALID_ENUM_VALUE", "Enum value is invalid.")
                    .trigger(value)
                    .at(path.at(field.name)),
            );
        }
    }
}

/// Required fields, also inside messages that are given.
pub(super) fn check_required(
    fields: &'static [Field],
    object: &Object,
    path: &Path,
    errors: &mut Vec<ApiError>,
) {
    for_each_message(fields, object, path, &mut |fields, object, path| {
        for field in fields.iter().filter(|field| field.required) {
            let given = match object.get(field.name) {
                None => false,
                Some(Value::String(text)) => !text.is_empty(),
                Some(_) => true,
            };
            if !given {
                errors.push(
                    ApiError::new("fieldError", "REQUIRED", "The required field was not present.")
                        .at(path.at(field.name)),
                );
            }
        }
    });
}

/// Visits a message and every message inside it.
fn for_each_message(
    fields: &'static [Field],
    object: &Object,
    path: &Path,
    visit: &mut dyn FnMut(&'static [Field], &Object, &Path),
) {
    visit(fields, object, path);
    for field in fields.iter().filter(|field| matches!(field.kind, Kind::Message(_))) {
        match object.get(field.name) {
            Some(Value::Object(inner)) => {
                for_each_message(field.fields(), inner, &path.at(field.name), visit);
            }
            Some(Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    if let Value::Object(inner) = item {
                        let here = path.at(&format!("{}[{index}]", field.name));
                        for_each_message(field.fields(), inner, &here, visit);
                    }
                }
            }
            _ => {}
        }
    }
}

/// Replaces temporary ids by real ones and checks that every reference leads to something that lives.
pub(super) fn resolve(
    tx: &Transaction<'_>,
    fields: &'static [Field],
    object: &mut Object,
    path: &Path,
    errors: &mut Vec<ApiError>,
) {
    for field in fields {
        let Some(value) = object.get_mut(field.name) else { continue };
        match (field.kind, value) {
            (Kind::Name(collection), Value::String(text)) if !text.is_empty() => {
                match reference(tx, collection, text) {
                    Ok(real) => *text = real,
                    Err(error) => errors.push(error.trigger(&json!(text)).at(path.at(field.name))),
                }
            }
            (Kind::Message(inner), Value::Object(object)) => {
                resolve(tx, inner, object, &path.at(field.name), errors);
            }
            (Kind::Message(inner), Value::Array(items)) => {
                for (index, item) in items.iter_mut().enumerate() {
                    if let Value::Object(object) = item {
                        let here = path.at(&format!("{}[{index}]", field.name));
                        resolve(tx, inner, object, &here, errors);
                    }
                }
            }
            _ => {}
        }
    }
}

fn reference(tx: &Transaction<'_>, collection: &str, text: &str) -> Result<String, ApiError> {
    let name = names::parse(text)
        .filter(|name| name.collection == collection)
        .ok_or_else(|| malformed(text, collection))?;
    match name.customer {
        None => constant(collection, name.id).then(|| text.to_owned()).ok_or_else(|| not_found(text)),
        Some(customer) if customer != tx.customer => Err(not_found(text)),
        Some(customer) => {
            // A parent has to come before its child; each type is looked up among what exists so far (§2.3).
            let id = match temporary_state(tx, name.id) {
                Some(Temporary::Failed) => {
                    return Err(ApiError::new(
                        "newResourceCreationError",
                        "TEMP_ID_RESOURCE_HAD_ERRORS",
                        "The temporary id refers to a resource that had errors.",
                    ));
                }
                _ => real_id(tx, collection, name.id).ok_or_else(|| not_found(text))?,
            };
            let emulated = resource::by_collection(collection).is_some() && collection != "ads";
            match tx.get(collection, &id) {
                Some(target) if is_removed(target) => Err(crate::google::rules::removed(collection)),
                None if emulated => Err(not_found(text)),
                _ => Ok(names::name(customer, collection, &id)),
            }
        }
    }
}

fn temporary_state<'t>(tx: &'t Transaction<'_>, id: &str) -> Option<&'t Temporary> {
    names::temporary(id).and_then(|number| tx.temporary(number))
}

/// The id with its temporary parts replaced; none when one is unknown or of another type.
pub(super) fn real_id(tx: &Transaction<'_>, collection: &str, id: &str) -> Option<String> {
    if !id.contains('-') {
        return Some(id.to_owned());
    }
    let joined = id.contains('~');
    let mut parts = Vec::new();
    for part in id.split('~') {
        match names::temporary(part).map(|number| tx.temporary(number)) {
            None => parts.push(part.to_owned()),
            Some(Some(Temporary::Created(of, real))) if joined || *of == collection => {
                parts.push(real.clone());
            }
            Some(_) => return None,
        }
    }
    Some(parts.join("~"))
}

/// Whether a constant may be referred to. Countries and languages are all known; of regions and cities only a few
/// are bundled, so any other number passes.
fn constant(collection: &str, id: &str) -> bool {
    let Ok(number) = id.parse::<u32>() else { return false };
    match collection {
        "geoTargetConstants" if (2_000..3_000).contains(&number) => data::geo::find(number).is_some(),
        "languageConstants" => data::languages::find(number).is_some(),
        _ => true,
    }
}

pub(super) fn malformed(text: &str, collection: &str) -> ApiError {
    ApiError::new(
        "requestError",
        "RESOURCE_NAME_MALFORMED",
        format!("Resource name '{text}' is malformed, expected a name in '{collection}'."),
    )
    .trigger(&json!(text))
}

pub(super) fn not_found(text: &str) -> ApiError {
    ApiError::new("mutateError", "RESOURCE_NOT_FOUND", "Resource was not found.").trigger(&json!(text))
}
