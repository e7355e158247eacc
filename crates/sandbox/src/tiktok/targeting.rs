//! Who sees the ads: members shared by manual ad groups and the `targeting_spec` of Upgraded Smart+.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::world::{Object, World};

use super::errors::{Refusal, ensure};
use super::field::{Field, Kind, any, choice, choices, flag, ids, objects, text, texts};
use super::json::{array, set, text as text_of, texts as texts_of};
use super::{languages, locations};

/// Age groups, youngest first.
const AGES: &[&str] = &["AGE_13_17", "AGE_18_24", "AGE_25_34", "AGE_35_44", "AGE_45_54", "AGE_55_100"];
/// Most places in one ad group.
const MOST_PLACES: usize = 3_000;

/// Targeting members of both lanes.
pub(super) const MEMBERS: &[Field] = &[
    ids("location_ids"),
    texts("zipcode_ids"),
    texts("languages"),
    choice("gender", &["GENDER_UNLIMITED", "GENDER_MALE", "GENDER_FEMALE"]),
    choices("age_groups", AGES),
    ids("audience_ids"),
    ids("excluded_audience_ids"),
    text("saved_audience_id"),
    ids("interest_category_ids"),
    ids("interest_keyword_ids"),
    ids("purchase_intention_keyword_ids"),
    objects("actions", ACTION),
    flag("smart_audience_enabled"),
    flag("smart_interest_behavior_enabled"),
    choice("spending_power", &["ALL", "HIGH"]),
    choices("household_income", &["TOP5", "TOP10", "TOP10_25", "TOP25_50"]),
    choices("operating_systems", &["ANDROID", "IOS"]),
    text("min_android_version"),
    text("min_ios_version"),
    choices("network_types", &["WIFI", "2G", "3G", "4G", "5G"]),
    ids("carrier_ids"),
    ids("isp_ids"),
    ids("device_model_ids"),
    Field::new("device_price_ranges", Kind::List),
    texts("blocked_pangle_app_ids"),
    ids("included_pangle_audience_package_ids"),
    ids("excluded_pangle_audience_package_ids"),
    any("shopping_ads_retargeting_type"),
    any("shopping_ads_retargeting_actions_days"),
    any("shopping_ads_retargeting_custom_audience_relation"),
    any("included_custom_actions"),
    any("excluded_custom_actions"),
];

const ACTION: &[Field] = &[
    choice("action_scene", &["VIDEO_RELATED", "CREATOR_RELATED", "HASHTAG_RELATED"]),
    Field::new("action_period", Kind::Number),
    texts("video_user_actions"),
    ids("action_category_ids"),
];

/// Drops values that are not available, without an error (option `tiktok.drops`).
pub(super) fn drop_unavailable(world: &World, values: &mut Object) {
    let gone = world.option("tiktok.drops", "");
    for (member, value) in gone.split(',').filter_map(|pair| pair.split_once(':')) {
        if let Some(Value::Array(list)) = values.get_mut(member) {
            list.retain(|kept| kept.as_str() != Some(value));
        }
    }
}

/// Checks the values of targeting members.
pub(super) fn check(values: &Object) -> Result<(), Refusal> {
    check_places(values)?;
    for code in texts_of(values, "languages") {
        ensure(languages::exists(code), || format!("languages: `{code}` is not a supported language code."))?;
    }
    let excluded: BTreeSet<&str> = texts_of(values, "excluded_audience_ids").into_iter().collect();
    let both = texts_of(values, "audience_ids").into_iter().find(|id| excluded.contains(id));
    ensure(both.is_none(), || {
        format!("audience_ids: Audience {} is both included and excluded.", both.unwrap_or_default())
    })?;
    ensure(texts_of(values, "operating_systems").len() <= 1, || {
        "operating_systems: Only one operating system can be selected.".into()
    })?;
    let price = array(values, "device_price_ranges");
    ensure(price.is_empty() || array(values, "device_model_ids").is_empty(), || {
        "device_price_ranges: It cannot be used together with device_model_ids.".into()
    })?;
    let stepped = price.iter().all(|bound| bound.as_u64().is_some_and(|bound| bound.is_multiple_of(50)));
    ensure(stepped && (price.is_empty() || price.len() == 2), || {
        "device_price_ranges: Two multiples of 50 are required.".into()
    })?;
    let keywords = !array(values, "interest_keyword_ids").is_empty();
    ensure(!keywords || array(values, "purchase_intention_keyword_ids").is_empty(), || {
        "purchase_intention_keyword_ids: It cannot be used together with interest_keyword_ids.".into()
    })
}

fn check_places(values: &Object) -> Result<(), Refusal> {
    let places = texts_of(values, "location_ids");
    let count = places.len() + array(values, "zipcode_ids").len();
    ensure(count >= 1, || "location_ids: At least one of location_ids and zipcode_ids is required.".into())?;
    ensure(count <= MOST_PLACES, || format!("location_ids: {count} places, the limit is 3000."))?;
    let chosen: BTreeSet<&str> = places.iter().copied().collect();
    ensure(chosen.len() == places.len(), || "location_ids: The same location is given twice.".into())?;
    for place in places {
        let location = locations::find(place);
        ensure(location.is_some(), || format!("location_ids: The location {place} is not supported."))?;
        let parent = location.map(|location| location.parent).unwrap_or_default();
        ensure(!chosen.contains(parent), || {
            format!("location_ids: The location {place} lies within {parent}, which is targeted as well.")
        })?;
    }
    Ok(())
}

/// The United States cannot be dropped once targeted.
pub(super) fn check_kept_places(before: &Object, after: &Object) -> Result<(), Refusal> {
    const UNITED_STATES: &str = "6252001";
    let had = texts_of(before, "location_ids").contains(&UNITED_STATES);
    let has = !after.contains_key("location_ids") || texts_of(after, "location_ids").contains(&UNITED_STATES);
    ensure(!had || has, || "location_ids: The United States cannot be removed once targeted.".into())
}

/// Normalises ages: none written, or minors where they cannot be targeted, become the adult groups.
pub(super) fn normalise(values: &mut Object, minors: Minors) {
    let written = texts_of(values, "age_groups");
    let ages: Vec<&str> = match (written.is_empty(), minors) {
        (true, Minors::Allowed) => return set(values, "age_groups", Value::Null),
        (true, Minors::Refused) => AGES[1..].to_vec(),
        (false, _) => AGES
            .iter()
            .filter(|age| written.contains(*age) && (minors == Minors::Allowed || **age != AGES[0]))
            .copied()
            .collect(),
    };
    set(values, "age_groups", json!(ages));
    if text_of(values, "gender").is_none() {
        set(values, "gender", "GENDER_UNLIMITED");
    }
}

/// Whether people of 13 to 17 can be targeted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Minors {
    /// They can.
    Allowed,
    /// They cannot; every age reads as the five adult groups.
    Refused,
}

/// The adult age groups.
pub(super) fn adults() -> Value {
    json!(AGES[1..].to_vec())
}
