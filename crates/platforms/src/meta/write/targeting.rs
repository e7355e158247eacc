//! Targeting is replaced as a whole (meta-ads.md §6): what is not written goes back as it is live.

use adplane_core::value::Value;
use adplane_engine::error::{ErrorKind, PlatformError};
use serde_json::{Value as Json, json};

use super::prepare::Prepared;
use super::refused;
use super::wanted::Wanted;
use crate::meta::wire::json::{self as tolerant, Object};
use crate::meta::wire::words::{self, DEVICES};
use crate::meta::wire::{blocks, places};

/// Whether a field of the typed block lies in the targeting.
pub(super) fn is_leaf(path: &str) -> bool {
    path.strip_prefix("meta.").is_some_and(|name| blocks::targeting_rows().iter().any(|row| row.name == name))
}

/// The whole targeting, when any of it is written.
pub(super) fn rebuilt(
    wanted: &Wanted<'_>,
    native: Option<&Json>,
    prepared: &Prepared,
) -> Result<Option<Json>, PlatformError> {
    let touched =
        wanted.fields().any(|field| field.path.is_within("targeting") || is_leaf(field.path.as_str()));
    if !touched && !wanted.is_create() {
        return Ok(None);
    }
    let live = native.and_then(|native| native.get("targeting")).and_then(Json::as_object);
    let mut targeting = live.cloned().unwrap_or_default();
    targeting.retain(|name, _| !name.starts_with("effective_"));
    for field in wanted.fields() {
        let after = field.after.as_ref();
        let path = field.path.as_str();
        if is_leaf(path) {
            blocks::write(&mut targeting, path.trim_start_matches("meta."), after.map(tolerant::of_value));
        } else if field.path.is_within("targeting") {
            set(&mut targeting, path, after, prepared).map_err(|unknown| {
                refused(ErrorKind::Invalid, "write", format!("Meta Ads does not know `{unknown}`"))
                    .field(field.path.clone())
            })?;
        }
    }
    Ok(Some(targeting.into()))
}

/// Puts one field into the targeting.
///
/// # Errors
/// The place or language that the vendor does not know.
fn set(targeting: &mut Object, path: &str, after: Option<&Value>, prepared: &Prepared) -> Result<(), String> {
    let empty = Value::text_set::<&str>([]);
    let value = after.unwrap_or(&empty);
    let some = |list: Vec<Json>| (!list.is_empty()).then(|| Json::from(list));
    let ids = |value: &Value| some(value.texts().map(|id| json!({"id": id})).collect());
    let (name, json) = match path {
        "targeting.locations" => ("geo_locations", geo(targeting.get("geo_locations"), value, prepared)?),
        "targeting.locationsExcluded" => {
            let name = "excluded_geo_locations";
            (name, geo(targeting.get(name), value, prepared)?)
        }
        "targeting.languages" => {
            let keys = prepared.locales.to_wire(value)?;
            ("locales", some(keys.into_iter().map(Json::from).collect()))
        }
        "targeting.ages" => {
            let bound = |key: &str| value.entry(key).and_then(Value::as_integer).map(Json::from);
            blocks::write(targeting, "age_max", bound("max"));
            ("age_min", bound("min"))
        }
        "targeting.genders" => ("genders", some(genders(value))),
        "targeting.audiences.include" => ("custom_audiences", ids(value)),
        "targeting.audiences.exclude" => ("excluded_custom_audiences", ids(value)),
        "targeting.interests" => ("flexible_spec", interests(targeting.get("flexible_spec"), value)),
        "targeting.devices" => {
            let devices = value.texts().map(|word| json!(words::to_wire(DEVICES, word).unwrap_or(word)));
            ("device_platforms", some(devices.collect()))
        }
        other => return Err(other.to_owned()),
    };
    blocks::write(targeting, name, json);
    Ok(())
}

fn geo(base: Option<&Json>, places: &Value, prepared: &Prepared) -> Result<Option<Json>, String> {
    if places.members().is_empty() {
        return Ok(None);
    }
    places::to_wire(places, base, &prepared.known.regions).map(Some)
}

/// One gender; both are written as none.
fn genders(value: &Value) -> Vec<Json> {
    match value.texts().collect::<Vec<_>>().as_slice() {
        ["Male"] => vec![json!(1)],
        ["Female"] => vec![json!(2)],
        _ => Vec::new(),
    }
}

/// Interests lie in the first element; what else it and the others hold stays.
fn interests(base: Option<&Json>, value: &Value) -> Option<Json> {
    let mut elements = base.and_then(Json::as_array).cloned().unwrap_or_default();
    if elements.is_empty() {
        elements.push(Json::Object(Object::new()));
    }
    if let Some(Json::Object(first)) = elements.first_mut() {
        let ids: Vec<Json> = value.texts().map(|id| json!({"id": id})).collect();
        blocks::write(first, "interests", (!ids.is_empty()).then(|| ids.into()));
    }
    elements.retain(|element| element.as_object().is_none_or(|element| !element.is_empty()));
    (!elements.is_empty()).then(|| elements.into())
}
