//! What people made that no field can say: kept on the platform, never touched, named by `import`.
//!
//! Defaults that reads add to everything are not named (meta-ads.md §6, §17.11).

use serde_json::Value as Json;

use super::ad_set::PROMOTED;
use crate::meta::wire::words::{self, CATEGORIES, DEVICES, STRATEGIES, Words};
use crate::meta::wire::{blocks, hours, json, places};

/// Members of an object that hold something, besides known ones.
fn others(object: Option<&Json>, known: impl Fn(&str) -> bool, named: &str, found: &mut Vec<String>) {
    for (name, value) in object.and_then(Json::as_object).into_iter().flatten() {
        if !known(name) && !is_empty(value) {
            found.push(format!("{named}{name}"));
        }
    }
}

fn is_empty(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::Bool(flag) => !flag,
        Json::Number(number) => number.as_i64() == Some(0),
        Json::String(text) => matches!(text.as_str(), "" | "0" | "NONE"),
        Json::Array(members) => members.iter().all(is_empty),
        Json::Object(members) => members.values().all(is_empty),
    }
}

/// Members that, where they are there, say something that no field does.
fn present(object: &Json, names: &[&str], found: &mut Vec<String>) {
    found.extend(
        names
            .iter()
            .filter(|name| object.get(**name).is_some_and(|value| !is_empty(value)))
            .map(ToString::to_string),
    );
}

/// Words of closed lists that nobody knows yet.
fn unknown(object: &Json, name: &str, known: Words, found: &mut Vec<String>) {
    let mut words = json::texts(object, name);
    words.extend(json::text(object, name));
    let new = words.into_iter().filter(|word| word != "NONE" && words::to_neutral(known, word).is_none());
    found.extend(new.map(|word| format!("{name} {word}")));
}

/// Of a campaign.
pub(super) fn campaign(campaign: &Json) -> Vec<String> {
    let mut found = Vec::new();
    unknown(campaign, "bid_strategy", STRATEGIES, &mut found);
    unknown(campaign, "special_ad_categories", CATEGORIES, &mut found);
    present(campaign, &["budget_schedule_specs", "frequency_control_specs", "promoted_object"], &mut found);
    let smart = json::word(campaign, "smart_promotion_type");
    if !matches!(smart, "" | "GUIDED_CREATION") {
        found.push(format!("smart_promotion_type {smart}"));
    }
    found
}

/// Members of targeting with a field, and those that reads add.
const TARGETING: &str = "age_max age_min age_range brand_safety_content_filter_levels custom_audiences \
    device_platforms excluded_custom_audiences excluded_geo_locations flexible_spec genders geo_locations locales \
    targeting_automation targeting_relaxation_types targeting_optimization";

/// Of an ad set.
pub(super) fn ad_set(ad_set: &Json) -> Vec<String> {
    let mut found = Vec::new();
    let targeting = ad_set.get("targeting");
    unknown(ad_set, "bid_strategy", STRATEGIES, &mut found);
    if let Some(targeting) = targeting {
        unknown(targeting, "device_platforms", DEVICES, &mut found);
    }
    let member = |name: &str| targeting.and_then(|targeting| targeting.get(name));
    let known = |name: &str| {
        name.starts_with("effective_")
            || TARGETING.split_ascii_whitespace().any(|word| word == name)
            || blocks::targeting_rows().iter().any(|row| row.name == name)
    };
    others(targeting, known, "targeting.", &mut found);
    others(
        member("targeting_automation"),
        |name| name == "advantage_audience",
        "targeting.targeting_automation.",
        &mut found,
    );
    for name in ["geo_locations", "excluded_geo_locations"] {
        let named = format!("targeting.{name}.");
        others(member(name), places::is_member, &named, &mut found);
        if places::has_radius(member(name)) {
            found.push(format!("{named}radius"));
        }
    }
    flexible(member("flexible_spec"), &mut found);
    let promoted =
        |name: &str| name == "custom_event_type" || PROMOTED.iter().any(|(_, known)| *known == name);
    others(ad_set.get("promoted_object"), promoted, "promoted_object.", &mut found);
    if !json::list(ad_set, "adset_schedule").is_empty() && hours::read(ad_set).is_none() {
        found.push("adset_schedule by the viewer's clock".to_owned());
    }
    present(ad_set, &["bid_adjustments", "value_rule_set_id"], &mut found);
    found
}

/// Interests of the first element have a field; the rest narrows further in the vendor's own way.
fn flexible(elements: Option<&Json>, found: &mut Vec<String>) {
    let elements = elements.and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    for (index, element) in elements.iter().enumerate() {
        let named = format!("targeting.flexible_spec[{index}].");
        others(Some(element), |name| index == 0 && name == "interests", &named, found);
    }
}

/// Kinds of content with fields.
const STORIES: [&str; 4] = ["page_id", "instagram_user_id", "link_data", "video_data"];
/// Members of `link_data` and `video_data` with a field, and those that reads add.
const CONTENT: &str = "attachment_style call_to_action child_attachments description image_hash image_url link \
    link_description message multi_share_end_card multi_share_optimized name picture title video_id";
/// Members of a card.
const CARD: &str = "call_to_action description image_hash link name picture";

/// Of an ad and its creative.
pub(super) fn ad(ad: &Json) -> Vec<String> {
    let mut found = Vec::new();
    present(ad, &["ad_schedule_start_time", "ad_schedule_end_time", "display_sequence"], &mut found);
    let Some(creative) = ad.get("creative") else { return found };
    let Some(story) = creative.get("object_story_spec") else {
        // An existing post, or a form of its own.
        present(creative, &["object_story_id", "source_instagram_media_id", "product_set_id"], &mut found);
        return found;
    };
    others(Some(story), |name| STORIES.contains(&name), "", &mut found);
    let within =
        |words: &'static str| move |name: &str| words.split_ascii_whitespace().any(|word| word == name);
    for name in ["link_data", "video_data"] {
        let named = format!("{name}.");
        others(story.get(name), within(CONTENT), &named, &mut found);
        for card in story.get(name).map_or(&[][..], |data| json::list(data, "child_attachments")) {
            others(Some(card), within(CARD), "child_attachments.", &mut found);
        }
        if story.get(name).is_some() {
            present(creative, &["asset_feed_spec"], &mut found);
        }
    }
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_reads_add_is_not_named() {
        let plain = json!({
            "targeting": {
                "age_min": 18, "age_max": 65, "geo_locations": {"countries": ["ES"], "location_types": ["home", "recent"]},
                "brand_safety_content_filter_levels": ["FACEBOOK_STANDARD"], "effective_facebook_positions": ["feed"],
                "targeting_automation": {"advantage_audience": 0}, "targeting_relaxation_types": {"lookalike": 0},
                "facebook_positions": ["feed"], "flexible_spec": [{"interests": [{"id": "1", "name": "Running"}]}],
            },
            "promoted_object": {"pixel_id": "1", "custom_event_type": "PURCHASE"},
        });
        assert_eq!(ad_set(&plain), Vec::<String>::new());
        let ad_of = json!({"creative": {"object_story_spec": {"page_id": "1", "link_data": {"link": "https://x", "image_hash": "h"}}}});
        assert_eq!(ad(&ad_of), Vec::<String>::new());
    }

    #[test]
    fn words_that_nobody_knows_are_named() {
        let new =
            json!({"bid_strategy": "SHARED_COST", "special_ad_categories": ["HOUSING", "NONE", "GAMES"]});
        assert_eq!(campaign(&new), ["bid_strategy SHARED_COST", "special_ad_categories GAMES"]);
        let new =
            json!({"bid_strategy": "COST_CAP", "targeting": {"device_platforms": ["mobile", "glasses"]}});
        assert_eq!(ad_set(&new), ["device_platforms glasses"]);
    }

    #[test]
    fn what_people_made_is_named() {
        let made = json!({
            "targeting": {
                "behaviors": [{"id": "6"}], "exclusions": {"interests": [{"id": "7"}]},
                "geo_locations": {"cities": [{"key": "1", "radius": 10}], "custom_locations": [{"latitude": 1}]},
                "flexible_spec": [{"interests": [{"id": "1"}], "behaviors": [{"id": "2"}]}, {"interests": [{"id": "3"}]}],
                "user_os": ["iOS"], "targeting_automation": {"advantage_audience": 1, "individual_setting": {"age": 1}},
            },
            "promoted_object": {"event_id": "5"},
            "adset_schedule": [{"start_minute": 0, "end_minute": 60, "days": [0], "timezone_type": "USER"}],
        });
        assert_eq!(
            ad_set(&made),
            [
                "targeting.behaviors",
                "targeting.exclusions",
                "targeting.user_os",
                "targeting.targeting_automation.individual_setting",
                "targeting.geo_locations.custom_locations",
                "targeting.geo_locations.radius",
                "targeting.flexible_spec[0].behaviors",
                "targeting.flexible_spec[1].interests",
                "promoted_object.event_id",
                "adset_schedule by the viewer's clock",
            ]
        );
        let photo =
            json!({"creative": {"object_story_spec": {"page_id": "1", "photo_data": {"image_hash": "h"}}}});
        assert_eq!(ad(&photo), ["photo_data"]);
        let post = json!({"creative": {"object_story_id": "1_2"}});
        assert_eq!(ad(&post), ["object_story_id"]);
    }
}
