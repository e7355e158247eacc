//! Which field a refusal is about.

use adplane_core::field::FieldPath;
use serde_json::Value as Json;

/// Wire names in `blame_field_specs` and the fields they come from; the longest that fits wins.
const BLAMED: [(&str, &str); 43] = [
    ("adset_budgets", "budget"),
    ("name", "displayName"),
    ("status", "state"),
    ("objective", "objective"),
    ("daily_budget", "budget.daily"),
    ("lifetime_budget", "budget.total"),
    ("bid_amount", "bidding.amount"),
    ("bid_strategy", "bidding.strategy"),
    ("bid_constraints", "bidding.roas"),
    ("start_time", "schedule.start"),
    ("end_time", "schedule.end"),
    ("adset_schedule", "schedule.hours"),
    ("special_ad_categories", "specialAdCategories"),
    ("special_ad_category_country", "specialAdCategoryCountries"),
    ("optimization_goal", "optimization.goal"),
    ("promoted_object", "optimization"),
    ("dsa_beneficiary", "compliance.dsa.beneficiary"),
    ("dsa_payor", "compliance.dsa.payor"),
    ("targeting", "targeting"),
    ("targeting.geo_locations", "targeting.locations"),
    ("targeting.excluded_geo_locations", "targeting.locationsExcluded"),
    ("targeting.locales", "targeting.languages"),
    ("targeting.age_min", "targeting.ages"),
    ("targeting.genders", "targeting.genders"),
    ("object_story_spec", "creative"),
    ("creative", "creative"),
    ("url_tags", "creative.tracking.utm"),
    ("adset_bid_amounts", "bidding.amount"),
    ("asset_feed_spec", "creative.meta.asset_feed_spec"),
    ("attribution_spec", "meta.attribution_spec"),
    ("billing_event", "meta.billing_event"),
    ("conversion_domain", "meta.conversion_domain"),
    ("degrees_of_freedom_spec", "creative.meta.degrees_of_freedom_spec"),
    ("destination_type", "meta.destination_type"),
    ("frequency_control_specs", "meta.frequency_control_specs"),
    ("is_adset_budget_sharing_enabled", "meta.is_adset_budget_sharing_enabled"),
    ("object_story_spec.page_id", "creative.identity.meta.page"),
    ("object_story_spec.instagram_user_id", "creative.identity.meta.instagram_user_id"),
    ("object_story_spec.link_data.link", "creative.landingPage"),
    ("object_story_spec.link_data.child_attachments", "creative.cards"),
    ("spend_cap", "meta.spend_cap"),
    ("targeting.flexible_spec", "targeting.interests"),
    ("targeting.targeting_automation", "meta.targeting_automation.advantage_audience"),
];

/// The field behind the first blamed parameter; `error_data` is text that holds JSON, or JSON.
pub(super) fn field(error: &Json) -> Option<FieldPath> {
    let data = error.get("error_data")?;
    let parsed: Option<Json> = data.as_str().and_then(|text| serde_json::from_str(text).ok());
    let data = parsed.as_ref().unwrap_or(data);
    let path = data.get("blame_field_specs")?.as_array()?.first()?;
    let parts: Vec<&str> = path.as_array()?.iter().filter_map(Json::as_str).collect();
    (1..=parts.len()).rev().find_map(|length| {
        let wanted = parts[..length].join(".");
        BLAMED.iter().find(|(wire, _)| *wire == wanted).map(|(_, field)| FieldPath::new(field))
    })
}
