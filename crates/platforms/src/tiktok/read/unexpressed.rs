//! What people made that no field of the YAML can say: kept on the platform, named by `import`, never touched.

use serde_json::Value as Json;

use super::ads;
use crate::tiktok::wire::{self, Lane, Object, amount, words};

/// Members of a campaign, with what each reads when nobody chose it.
const CAMPAIGN: [(&str, &str); 6] = [
    ("campaign_type", "REGULAR_CAMPAIGN"),
    ("campaign_product_source", ""),
    ("budget_auto_adjust_strategy", "UNSET"),
    ("is_search_campaign", "false"),
    ("rta_id", ""),
    ("virtual_objective_type", ""),
];
/// Members of an ad group.
const AD_GROUP: [(&str, &str); 15] = [
    ("tiktok_subplacements", ""),
    ("secondary_optimization_event", ""),
    ("custom_conversion_id", ""),
    ("vbo_window", "SEVEN_DAYS"),
    ("engaged_view_attribution_window", ""),
    ("creative_material_mode", "CUSTOM"),
    ("search_keywords", ""),
    ("brand_safety_type", "NO_BRAND_SAFETY"),
    ("min_budget", ""),
    ("store_id", ""),
    ("shopping_ads_type", ""),
    ("messaging_app_type", ""),
    ("minis_id", ""),
    ("is_hfss", "false"),
    ("suggestion_audience_enabled", "false"),
];
/// Members of targeting, on the ad group itself or in `targeting_spec`.
const TARGETING: [(&str, &str); 18] = [
    ("zipcode_ids", ""),
    ("actions", ""),
    ("interest_keyword_ids", ""),
    ("purchase_intention_keyword_ids", ""),
    ("saved_audience_id", ""),
    ("spending_power", "ALL"),
    ("household_income", ""),
    ("min_android_version", ""),
    ("min_ios_version", ""),
    ("ios14_targeting", "UNSET"),
    ("carrier_ids", ""),
    ("isp_ids", ""),
    ("device_model_ids", ""),
    ("device_price_ranges", ""),
    ("smart_audience_enabled", "false"),
    ("smart_interest_behavior_enabled", "false"),
    ("blocked_pangle_app_ids", ""),
    ("shopping_ads_retargeting_type", "OFF"),
];
/// Members of an ad of the manual lane.
const AD: [(&str, &str); 16] = [
    ("ad_texts", ""),
    ("card_id", ""),
    ("playable_url", ""),
    ("impression_tracking_url", ""),
    ("click_tracking_url", ""),
    ("video_view_tracking_url", ""),
    ("tracking_app_id", ""),
    ("tracking_offline_event_set_ids", ""),
    ("disclaimer_type", ""),
    ("item_duet_status", "ENABLE"),
    ("item_stitch_status", "ENABLE"),
    ("aigc_disclosure_type", "NOT_DECLARED"),
    ("fallback_type", "UNSET"),
    ("product_specific_type", ""),
    ("showcase_products", ""),
    ("phone_number", ""),
];
/// Members of a Smart+ ad, and of its configuration.
const SMART_AD: [(&str, &str); 5] = [
    ("interactive_add_on_list", ""),
    ("auto_message_list", ""),
    ("custom_product_page_list", ""),
    ("playable_list", ""),
    ("disclaimer", ""),
];
const CONFIGURATION: [(&str, &str); 8] = [
    ("deeplink_utm_params", ""),
    ("fallback_type", "UNSET"),
    ("phone_info", ""),
    ("catalog_creative_info", ""),
    ("end_card_cta", ""),
    ("product_display_field_list", ""),
    ("product_info", ""),
    ("tracking_info", ""),
];

/// What a campaign holds beyond the fields.
pub(super) fn of_campaign(raw: &Object) -> Vec<String> {
    chosen(raw, &CAMPAIGN)
}

/// Whether TikTok raises the budget by itself during the day.
pub(super) fn raises_itself(raw: &Object) -> bool {
    wire::word(raw, "budget_auto_adjust_strategy") == Some("AUTO_BUDGET_INCREASE")
}

/// What an ad group holds beyond the fields.
pub(super) fn of_ad_group(raw: &Object, lane: Lane) -> Vec<String> {
    let mut found = chosen(raw, &AD_GROUP);
    let spec = match lane {
        Lane::Manual => Some(raw),
        Lane::SmartPlus => wire::object(raw, "targeting_spec"),
    };
    let Some(spec) = spec else { return found };
    found.extend(chosen(spec, &TARGETING));
    let ages = wire::texts(spec, "age_groups");
    if words::age_span(&ages).is_none() {
        found.push(format!("age_groups {}", ages.join(", ")));
    }
    found
}

/// What an ad holds beyond the fields.
pub(super) fn of_ad(raw: &Object, lane: Lane) -> Vec<String> {
    if lane == Lane::Manual {
        return chosen(raw, &AD);
    }
    let mut found = chosen(raw, &SMART_AD);
    if let Some(configuration) = wire::object(raw, "ad_configuration") {
        found.extend(chosen(configuration, &CONFIGURATION));
    }
    for (member, most) in [("page_list", 1), ("call_to_action_list", 1)] {
        if wire::list(raw, member).len() > most {
            found.push(format!("{member} of {} entries", wire::list(raw, member).len()));
        }
    }
    if ads::is_mixed(raw) {
        found.push(format!("creative_list of {} unlike creatives", wire::list(raw, "creative_list").len()));
    }
    let off = wire::objects(raw, "creative_list")
        .filter(|creative| wire::word(creative, "material_operation_status") == Some("DISABLE"))
        .count();
    if off > 0 {
        found.push(format!("{off} creatives switched off"));
    }
    found
}

/// Members that somebody chose, with their values.
fn chosen(raw: &Object, members: &[(&str, &str)]) -> Vec<String> {
    members
        .iter()
        .filter_map(|(member, usual)| {
            let value = raw.get(*member).filter(|value| says_something(value))?;
            let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            (shown != *usual).then(|| format!("{member} {}", shortened(&shown)))
        })
        .collect()
}

fn says_something(value: &Json) -> bool {
    match value {
        Json::Null => false,
        Json::String(text) => !text.is_empty() && text != "0",
        Json::Array(list) => !list.is_empty(),
        Json::Object(members) => members.values().any(says_something),
        Json::Number(_) => amount::decimal_from_json(value).is_some_and(|number| !number.is_zero()),
        Json::Bool(_) => true,
    }
}

/// A comment names it; whoever wants all of it looks on the platform.
fn shortened(text: &str) -> String {
    /// Longest value shown.
    const LONGEST: usize = 60;
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: &Json) -> Object {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn only_what_somebody_chose_is_named() {
        let plain = json!({"spending_power": "ALL", "actions": [], "is_hfss": false, "min_budget": 0.0,
            "custom_conversion_id": null, "brand_safety_type": "NO_BRAND_SAFETY"});
        assert!(of_ad_group(&object(&plain), Lane::Manual).is_empty());
        let chosen = json!({"spending_power": "HIGH", "interest_keyword_ids": ["7"],
            "age_groups": ["AGE_18_24", "AGE_45_54"]});
        assert_eq!(
            of_ad_group(&object(&chosen), Lane::Manual),
            ["interest_keyword_ids [\"7\"]", "spending_power HIGH", "age_groups AGE_18_24, AGE_45_54"]
        );
    }

    #[test]
    fn unlike_creatives_are_counted() {
        let info = |format: &str| json!({"creative_info": {"ad_format": format}});
        let ad = json!({"creative_list": [info("SINGLE_VIDEO"), info("CAROUSEL_ADS")]});
        assert_eq!(of_ad(&object(&ad), Lane::SmartPlus), ["creative_list of 2 unlike creatives"]);
        let same = json!({"creative_list": [info("SINGLE_VIDEO"), info("SINGLE_VIDEO")]});
        assert!(of_ad(&object(&same), Lane::SmartPlus).is_empty());
    }
}
