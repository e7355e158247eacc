//! Catalogues for targeting: places and languages ("Get regions", "Get languages").

use serde_json::{Value, json};

use crate::world::World;

use super::errors::{Answer, Outcome};
use super::field::{Field, any, choice, choices, id, text};
use super::languages::LANGUAGES;
use super::locations::{self, Location};
use super::params::Params;

/// Parameters of `/tool/region/`.
pub(super) const REGION: &[Field] = &[
    id("advertiser_id").required(),
    choices("placements", super::adgroups::fields::PLACEMENTS).required(),
    text("objective_type").required(),
    choice("level_range", &["ALL", "TO_COUNTRY", "TO_PROVINCE", "TO_CITY", "TO_DISTRICT"]),
    text("language"),
    text("promotion_type"),
    text("promotion_target_type"),
    any("operating_system"),
    any("brand_safety_type"),
    any("brand_safety_partner"),
    any("rf_campaign_type"),
    any("shopping_ads_type"),
    any("optimization_goal"),
];
/// Parameters of `/tool/language/`.
pub(super) const LANGUAGE: &[Field] = &[id("advertiser_id").required()];

/// Lists places; regions only of a few countries.
#[expect(clippy::unnecessary_wraps, reason = "every endpoint has one shape")]
pub(super) fn region(_: &mut World, params: &Params) -> Outcome {
    let countries_only = params.text("level_range") == Some("TO_COUNTRY");
    let shown = locations::all().iter().filter(|place| place.is_country() || !countries_only);
    let info: Vec<Value> = shown.clone().map(|place| describe(place, countries_only)).collect();
    let list: Vec<&str> = shown.map(|place| place.id).collect();
    Ok(Answer::read(json!({"region_info": info, "region_list": list})))
}

fn describe(place: &Location, countries_only: bool) -> Value {
    let below: Vec<&str> = if countries_only || !place.is_country() {
        Vec::new()
    } else {
        locations::all().iter().filter(|other| other.parent == place.id).map(|other| other.id).collect()
    };
    json!({
        "location_id": place.id, "name": place.name, "parent_id": place.parent, "region_code": place.country,
        "level": if place.is_country() { "COUNTRY" } else { "PROVINCE" },
        "area_type": "ADMIN", "next_level_ids": below, "support_below_18": place.country == "US",
    })
}

/// Lists languages.
#[expect(clippy::unnecessary_wraps, reason = "every endpoint has one shape")]
pub(super) fn language(_: &mut World, _: &Params) -> Outcome {
    let languages: Vec<Value> =
        LANGUAGES.iter().map(|(code, name)| json!({"code": code, "name": name})).collect();
    Ok(Answer::read(json!({"languages": languages})))
}
