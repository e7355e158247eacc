//! Targeting members: flat on the ad group in the manual lane, inside `targeting_spec` in Smart+.

use adplane_core::value::Value;
use adplane_engine::error::{ErrorKind, PlatformError, Retry};
use serde_json::json;

use super::values::{Wanted, to_json};
use crate::countries;
use crate::tiktok::memory::Memory;
use crate::tiktok::wire::{self, Lane, Object, set, words};

/// Paths that become targeting members.
const PATHS: [&str; 10] = [
    "targeting.locations",
    "targeting.languages",
    "targeting.ages",
    "targeting.genders",
    "targeting.audiences.include",
    "targeting.audiences.exclude",
    "targeting.interests",
    "tiktok.operating_systems",
    "tiktok.network_types",
    "tiktok.spc_audience_age",
];
/// Members that read back and are not ours to send.
const READ_ONLY: [&str; 1] = ["brand_safety_type"];

/// Whether an item changes targeting.
pub(crate) fn touches(wanted: &Wanted<'_>) -> bool {
    PATHS.iter().any(|path| wanted.change(path).is_some())
        || wanted.change("tiktok.targeting_optimization_mode").is_some()
}

/// Writes the wanted targeting over the members that are there.
///
/// # Errors
/// When a region was not resolved.
pub(crate) fn apply(wanted: &Wanted<'_>, memory: &Memory, members: &mut Object) -> Result<(), PlatformError> {
    if let Some(places) = wanted.change("targeting.locations") {
        let ids = places.into_iter().flat_map(Value::texts).map(|place| location(place, memory));
        set(members, "location_ids", ids.collect::<Result<Vec<_>, _>>()?);
    }
    let lists = [
        ("targeting.languages", "languages"),
        ("targeting.audiences.include", "audience_ids"),
        ("targeting.audiences.exclude", "excluded_audience_ids"),
        ("targeting.interests", "interest_category_ids"),
        ("tiktok.operating_systems", "operating_systems"),
        ("tiktok.network_types", "network_types"),
    ];
    for (path, member) in lists {
        if let Some(value) = wanted.change(path) {
            set(members, member, value.map_or_else(|| json!([]), to_json));
        }
    }
    if let Some(genders) = wanted.change("targeting.genders") {
        set(members, "gender", gender(genders));
    }
    if let Some(ages) = wanted.change("targeting.ages") {
        set(members, "age_groups", json!(buckets(ages)));
    }
    if let Some(age) = wanted.change("tiktok.spc_audience_age").flatten() {
        set(members, "spc_audience_age", to_json(age));
    }
    Ok(())
}

fn gender(genders: Option<&Value>) -> &'static str {
    let chosen: Vec<&str> = genders.into_iter().flat_map(Value::texts).collect();
    match chosen.as_slice() {
        ["Male"] => "GENDER_MALE",
        ["Female"] => "GENDER_FEMALE",
        _ => "GENDER_UNLIMITED",
    }
}

fn buckets(ages: Option<&Value>) -> Vec<&'static str> {
    let year = |key: &str| ages.and_then(|ages| ages.entry(key)).and_then(Value::as_integer);
    year("min").and_then(|min| words::age_buckets(min, year("max"))).unwrap_or_default()
}

/// The location id of a place.
fn location(place: &str, memory: &Memory) -> Result<String, PlatformError> {
    if let Some(id) = place.strip_prefix("id:") {
        return Ok(id.to_owned());
    }
    if let Some(country) = countries::by_code(place) {
        return Ok(country.geonames.to_string());
    }
    memory.place(place).ok_or_else(|| {
        PlatformError::new(
            ErrorKind::Invalid,
            Retry::Never,
            adplane_core::address::Platform::TikTok,
            "tool/region",
            format!("TikTok has no region for `{place}`: write `id:<TikTok location id>`"),
        )
        .field("targeting.locations".into())
    })
}

/// Members of Smart+ targeting in the form the mode honours; the mode.
///
/// In automatic targeting age groups, gender, audiences and interests are hints at most and would be dropped
/// silently, so wanting them means manual targeting. Adults, or 25 and over, are said by `spc_audience_age`.
pub(crate) fn settle_mode(spec: &mut Object, current: Option<&str>, wanted: Option<&str>) -> &'static str {
    for member in READ_ONLY {
        spec.remove(member);
    }
    let ages = wire::texts(spec, "age_groups");
    let least = match words::age_span(&ages) {
        Some((18, None)) => Some("OVER_EIGHTEEN"),
        Some((25, None)) => Some("OVER_TWENTY_FIVE"),
        _ if ages.is_empty() => Some("OVER_EIGHTEEN"),
        _ => None,
    };
    let narrowed = least.is_none()
        || matches!(wire::word(spec, "gender"), Some("GENDER_MALE" | "GENDER_FEMALE"))
        || ["audience_ids", "interest_category_ids", "network_types"]
            .iter()
            .any(|member| !wire::list(spec, member).is_empty());
    let manual = wanted == Some("MANUAL") || current == Some("MANUAL") || narrowed;
    if manual {
        spec.remove("spc_audience_age");
        return "MANUAL";
    }
    for hint in ["age_groups", "gender", "audience_ids", "interest_category_ids", "network_types"] {
        spec.remove(hint);
    }
    if let (Some(least), false) = (least, ages.is_empty()) {
        set(spec, "spc_audience_age", least);
    }
    "AUTOMATIC"
}

/// The object that holds targeting members.
pub(crate) fn home(raw: &Object, lane: Lane) -> Object {
    match lane {
        Lane::Manual => raw.clone(),
        Lane::SmartPlus => wire::object(raw, "targeting_spec").cloned().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(value: &serde_json::Value) -> Object {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn narrower_targeting_is_manual() {
        let mut female = spec(&json!({"gender": "GENDER_FEMALE", "spc_audience_age": "OVER_EIGHTEEN"}));
        assert_eq!(settle_mode(&mut female, Some("AUTOMATIC"), None), "MANUAL");
        assert!(!female.contains_key("spc_audience_age"));
    }

    #[test]
    fn adults_stay_automatic() {
        let ages: Vec<_> = words::age_buckets(25, None).unwrap();
        let mut spec =
            spec(&json!({"age_groups": ages, "gender": "GENDER_UNLIMITED", "brand_safety_type": "X"}));
        assert_eq!(settle_mode(&mut spec, None, Some("AUTOMATIC")), "AUTOMATIC");
        assert_eq!(serde_json::Value::Object(spec), json!({"spc_audience_age": "OVER_TWENTY_FIVE"}));
    }
}
