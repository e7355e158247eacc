//! From the vendor's place of an error to the field in YAML. Source: google-ads.md §5.

use adplane_core::field::FieldPath;

use super::Element;

/// Vendor's paths by operation, longest first inside one operation, with the YAML's.
const FIELDS: &[(&str, &str, &str)] = &[
    ("campaign_operation", "name", "displayName"),
    ("campaign_operation", "status", "state"),
    ("campaign_operation", "start_date_time", "schedule.start"),
    ("campaign_operation", "end_date_time", "schedule.end"),
    ("campaign_operation", "campaign_budget", "budget"),
    ("campaign_operation", "contains_eu_political_advertising", "compliance.euPoliticalAds"),
    ("campaign_operation", "advertising_channel_type", "google.advertisingChannelType"),
    ("campaign_operation", "network_settings", "google.networkSettings"),
    ("campaign_operation", "geo_target_type_setting", "google.geoTargetTypeSetting"),
    ("campaign_operation", "maximize_conversions.target_cpa_micros", "bidding.amount"),
    ("campaign_operation", "maximize_conversion_value.target_roas", "bidding.roas"),
    ("campaign_operation", "target_spend.cpc_bid_ceiling_micros", "bidding.maxCpc"),
    ("campaign_operation", "target_impression_share.cpc_bid_ceiling_micros", "bidding.maxCpc"),
    ("campaign_operation", "target_impression_share.location_fraction_micros", "bidding.share"),
    ("campaign_operation", "target_impression_share.location", "bidding.location"),
    ("campaign_operation", "bidding_strategy", "google.biddingStrategy"),
    ("campaign_operation", "campaign_bidding_strategy", "bidding.strategy"),
    ("campaign_operation", "maximize_conversions", "bidding.strategy"),
    ("campaign_operation", "maximize_conversion_value", "bidding.strategy"),
    ("campaign_operation", "target_impression_share", "bidding.strategy"),
    ("campaign_operation", "target_spend", "bidding.strategy"),
    ("campaign_operation", "manual_cpc", "bidding.strategy"),
    ("campaign_operation", "final_url_suffix", "google.finalUrlSuffix"),
    ("campaign_operation", "tracking_url_template", "google.trackingUrlTemplate"),
    ("campaign_operation", "url_custom_parameters", "google.urlCustomParameters"),
    ("campaign_budget_operation", "total_amount_micros", "budget.total"),
    ("campaign_budget_operation", "amount_micros", "budget.daily"),
    ("campaign_budget_operation", "name", "displayName"),
    ("campaign_criterion_operation", "location", "targeting.locations"),
    ("campaign_criterion_operation", "language", "targeting.languages"),
    ("campaign_criterion_operation", "device", "targeting.devices"),
    ("campaign_criterion_operation", "ad_schedule", "schedule.hours"),
    ("campaign_criterion_operation", "keyword", "negativeKeywords"),
    ("ad_group_operation", "name", "displayName"),
    ("ad_group_operation", "status", "state"),
    ("ad_group_operation", "cpc_bid_micros", "bidding.bid"),
    ("ad_group_operation", "target_cpa_micros", "bidding.amount"),
    ("ad_group_operation", "target_roas", "bidding.roas"),
    ("ad_group_criterion_operation", "keyword", "keywords"),
    ("ad_group_criterion_operation", "cpc_bid_micros", "keywords"),
    ("ad_group_criterion_operation", "age_range", "targeting.ages"),
    ("ad_group_criterion_operation", "gender", "targeting.genders"),
    ("ad_group_criterion_operation", "user_list", "targeting.audiences"),
    ("ad_group_ad_operation", "status", "state"),
    ("ad_group_ad_operation", "ad.responsive_search_ad.headlines", "creative.headlines"),
    ("ad_group_ad_operation", "ad.responsive_search_ad.descriptions", "creative.descriptions"),
    ("ad_group_ad_operation", "ad.responsive_search_ad.path1", "creative.google.path1"),
    ("ad_group_ad_operation", "ad.responsive_search_ad.path2", "creative.google.path2"),
    ("ad_group_ad_operation", "ad.final_urls", "creative.landingPage"),
    ("ad_group_ad_operation", "ad.final_url_suffix", "creative.tracking.utm"),
    ("asset_operation", "sitelink_asset", "sitelinks"),
    ("asset_operation", "final_urls", "sitelinks"),
    ("asset_operation", "callout_asset", "callouts"),
    ("ad_group_criterion_operation", "user_interest", "google.userInterests"),
    ("ad_group_criterion_operation", "location", "targeting.locations"),
    ("ad_group_criterion_operation", "language", "targeting.languages"),
    ("ad_group_operation", "targeting_setting", "targeting.audiences.include"),
    ("ad_group_ad_operation", "ad.url_custom_parameters", "google.urlCustomParameters"),
    ("ad_group_ad_operation", "ad.demand_gen_multi_asset_ad.headlines", "creative.headlines"),
    ("ad_group_ad_operation", "ad.demand_gen_multi_asset_ad.descriptions", "creative.descriptions"),
    ("ad_group_ad_operation", "ad.demand_gen_multi_asset_ad.business_name", "creative.businessName"),
    ("ad_group_ad_operation", "ad.demand_gen_multi_asset_ad.logo_images", "creative.logos"),
    ("ad_group_ad_operation", "ad.demand_gen_multi_asset_ad.call_to_action_text", "creative.callToAction"),
    ("ad_group_ad_operation", "ad.demand_gen_multi_asset_ad", "creative.images"),
    ("ad_group_ad_operation", "ad.demand_gen_video_responsive_ad.headlines", "creative.headlines"),
    ("ad_group_ad_operation", "ad.demand_gen_video_responsive_ad.long_headlines", "creative.longHeadlines"),
    ("ad_group_ad_operation", "ad.demand_gen_video_responsive_ad.descriptions", "creative.descriptions"),
    ("ad_group_ad_operation", "ad.demand_gen_video_responsive_ad.business_name", "creative.businessName"),
    ("ad_group_ad_operation", "ad.demand_gen_video_responsive_ad.logo_images", "creative.logos"),
    ("ad_group_ad_operation", "ad.demand_gen_video_responsive_ad.call_to_actions", "creative.callToAction"),
    ("ad_group_ad_operation", "ad.demand_gen_video_responsive_ad", "creative.videos"),
    ("ad_group_ad_operation", "ad.demand_gen_carousel_ad.headline", "creative.headlines"),
    ("ad_group_ad_operation", "ad.demand_gen_carousel_ad.description", "creative.descriptions"),
    ("ad_group_ad_operation", "ad.demand_gen_carousel_ad.business_name", "creative.businessName"),
    ("ad_group_ad_operation", "ad.demand_gen_carousel_ad.logo_image", "creative.logos"),
    ("ad_group_ad_operation", "ad.demand_gen_carousel_ad.call_to_action_text", "creative.callToAction"),
    ("ad_group_ad_operation", "ad.demand_gen_carousel_ad", "creative.cards"),
    ("asset_group_operation", "name", "displayName"),
    ("asset_group_operation", "status", "state"),
    ("asset_group_operation", "final_urls", "creative.landingPage"),
    ("asset_group_operation", "final_url_suffix", "creative.tracking.utm"),
    ("asset_group_operation", "tracking_url_template", "creative.google.trackingUrlTemplate"),
    ("asset_group_operation", "path1", "creative.google.path1"),
    ("asset_group_operation", "path2", "creative.google.path2"),
    ("asset_group_operation", "url_custom_parameters", "google.urlCustomParameters"),
    ("asset_group_signal_operation", "audience", "targeting.audiences.include"),
];

/// What an asset group lacks, with the list that it belongs in.
const LACKING: &[(&str, &str)] = &[
    ("NOT_ENOUGH_HEADLINE_ASSET", "creative.headlines"),
    ("NOT_ENOUGH_LONG_HEADLINE_ASSET", "creative.longHeadlines"),
    ("NOT_ENOUGH_DESCRIPTION_ASSET", "creative.descriptions"),
    ("NOT_ENOUGH_BUSINESS_NAME_ASSET", "creative.businessName"),
    ("NOT_ENOUGH_MARKETING_IMAGE_ASSET", "creative.images"),
    ("NOT_ENOUGH_SQUARE_MARKETING_IMAGE_ASSET", "creative.images"),
    ("NOT_ENOUGH_LOGO_ASSET", "creative.logos"),
];

/// The YAML's path of an error's place, or of what its code says is missing.
pub(super) fn field(elements: &[Element], code: &str) -> Option<FieldPath> {
    let lacking = LACKING.iter().find(|(known, _)| *known == code);
    lacking.map(|(_, path)| FieldPath::new(path)).or_else(|| placed(elements))
}

fn placed(elements: &[Element]) -> Option<FieldPath> {
    let names: Vec<&str> = elements.iter().map(|element| element.field_name.as_str()).collect();
    let (operation, rest) = match names.as_slice() {
        ["mutate_operations", "ad_operation", "create" | "update", rest @ ..] => {
            ("ad_group_ad_operation", format!("ad.{}", rest.join(".")))
        }
        ["mutate_operations", operation, "create" | "update", rest @ ..] => (*operation, rest.join(".")),
        _ => return None,
    };
    FIELDS
        .iter()
        .find(|(of, path, _)| *of == operation && FieldPath::new(&rest).is_within(path))
        .map(|(_, _, yaml)| FieldPath::new(yaml))
}
