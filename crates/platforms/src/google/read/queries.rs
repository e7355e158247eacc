//! One query per kind. Removed things come back unless filtered, at every level (google-ads.md §4, §8).

/// The account itself.
pub(in super::super) const CUSTOMER: &str = "SELECT customer.id, customer.descriptive_name, customer.currency_code, \
    customer.time_zone, customer.manager, customer.status FROM customer";

/// Campaigns with their budgets.
pub(in super::super) const CAMPAIGNS: &str = "SELECT campaign.resource_name, campaign.id, campaign.name, campaign.status, \
    campaign.primary_status, campaign.primary_status_reasons, campaign.advertising_channel_type, \
    campaign.advertising_channel_sub_type, campaign.campaign_budget, campaign.bidding_strategy, \
    campaign.bidding_strategy_type, campaign.manual_cpc.enhanced_cpc_enabled, \
    campaign.maximize_conversions.target_cpa_micros, campaign.maximize_conversion_value.target_roas, \
    campaign.target_cpa.target_cpa_micros, campaign.target_roas.target_roas, \
    campaign.target_spend.cpc_bid_ceiling_micros, campaign.target_impression_share.location, \
    campaign.target_impression_share.location_fraction_micros, \
    campaign.target_impression_share.cpc_bid_ceiling_micros, campaign.network_settings.target_google_search, \
    campaign.network_settings.target_search_network, campaign.network_settings.target_content_network, \
    campaign.network_settings.target_partner_search_network, \
    campaign.geo_target_type_setting.positive_geo_target_type, \
    campaign.geo_target_type_setting.negative_geo_target_type, campaign.start_date_time, campaign.end_date_time, \
    campaign.tracking_url_template, campaign.final_url_suffix, campaign.url_custom_parameters, \
    campaign.contains_eu_political_advertising, campaign.asset_automation_settings, \
    campaign.ai_max_setting.enable_ai_max, campaign.brand_guidelines_enabled, campaign.experiment_type, \
    campaign_budget.resource_name, campaign_budget.name, campaign_budget.amount_micros, \
    campaign_budget.total_amount_micros, campaign_budget.period, campaign_budget.explicitly_shared \
    FROM campaign WHERE campaign.status != 'REMOVED'";

/// Which campaign a budget of its own belongs to.
pub(in super::super) const OWN_BUDGETS: &str = "SELECT campaign.resource_name, campaign.campaign_budget, \
    campaign_budget.explicitly_shared FROM campaign WHERE campaign.status != 'REMOVED' \
    AND campaign_budget.explicitly_shared = FALSE";

/// What campaigns target and exclude.
pub(in super::super) const CAMPAIGN_CRITERIA: &str = "SELECT campaign_criterion.resource_name, campaign_criterion.campaign, \
    campaign_criterion.type, campaign_criterion.negative, campaign_criterion.bid_modifier, \
    campaign_criterion.location.geo_target_constant, campaign_criterion.language.language_constant, \
    campaign_criterion.keyword.text, campaign_criterion.keyword.match_type, campaign_criterion.device.type, \
    campaign_criterion.ad_schedule.day_of_week, campaign_criterion.ad_schedule.start_hour, \
    campaign_criterion.ad_schedule.start_minute, campaign_criterion.ad_schedule.end_hour, \
    campaign_criterion.ad_schedule.end_minute FROM campaign_criterion WHERE campaign.status != 'REMOVED' \
    AND campaign_criterion.status != 'REMOVED' \
    AND campaign_criterion.type IN ('LOCATION', 'LANGUAGE', 'KEYWORD', 'DEVICE', 'AD_SCHEDULE')";

/// Sitelinks and callouts.
pub(in super::super) const CAMPAIGN_ASSETS: &str = "SELECT campaign_asset.resource_name, campaign_asset.campaign, \
    campaign_asset.asset, campaign_asset.field_type, campaign_asset.status, asset.resource_name, asset.final_urls, \
    asset.sitelink_asset.link_text, asset.sitelink_asset.description1, asset.sitelink_asset.description2, \
    asset.callout_asset.callout_text FROM campaign_asset WHERE campaign.status != 'REMOVED' \
    AND campaign_asset.status != 'REMOVED' AND campaign_asset.field_type IN ('SITELINK', 'CALLOUT')";

/// Ad groups.
pub(in super::super) const AD_GROUPS: &str = "SELECT ad_group.resource_name, ad_group.id, ad_group.name, ad_group.status, \
    ad_group.primary_status, ad_group.primary_status_reasons, ad_group.campaign, ad_group.type, \
    ad_group.cpc_bid_micros, ad_group.target_cpa_micros, ad_group.target_roas, ad_group.targeting_setting.target_restrictions, \
    ad_group.tracking_url_template, ad_group.final_url_suffix, ad_group.url_custom_parameters \
    FROM ad_group WHERE ad_group.status != 'REMOVED' AND campaign.status != 'REMOVED'";

/// Keywords, people and audiences.
pub(in super::super) const AD_GROUP_CRITERIA: &str = "SELECT ad_group_criterion.resource_name, ad_group_criterion.ad_group, \
    ad_group_criterion.type, ad_group_criterion.status, ad_group_criterion.negative, \
    ad_group_criterion.cpc_bid_micros, ad_group_criterion.keyword.text, ad_group_criterion.keyword.match_type, \
    ad_group_criterion.age_range.type, ad_group_criterion.gender.type, ad_group_criterion.user_list.user_list, \
    ad_group_criterion.user_interest.user_interest_category, ad_group_criterion.location.geo_target_constant, \
    ad_group_criterion.language.language_constant \
    FROM ad_group_criterion WHERE campaign.status != 'REMOVED' AND ad_group.status != 'REMOVED' \
    AND ad_group_criterion.status != 'REMOVED' \
    AND ad_group_criterion.type IN ('KEYWORD', 'AGE_RANGE', 'GENDER', 'USER_LIST', 'USER_INTEREST', \
    'LOCATION', 'LANGUAGE')";

/// Ads.
pub(in super::super) const ADS: &str = "SELECT ad_group_ad.resource_name, ad_group_ad.ad_group, ad_group_ad.status, \
    ad_group_ad.primary_status, ad_group_ad.primary_status_reasons, ad_group_ad.policy_summary.review_status, \
    ad_group_ad.policy_summary.approval_status, ad_group_ad.ad.resource_name, ad_group_ad.ad.id, ad_group_ad.ad.type, \
    ad_group_ad.ad.final_urls, ad_group_ad.ad.final_mobile_urls, ad_group_ad.ad.final_url_suffix, ad_group_ad.ad.tracking_url_template, \
    ad_group_ad.ad.url_custom_parameters, ad_group_ad.ad.responsive_search_ad.headlines, \
    ad_group_ad.ad.responsive_search_ad.descriptions, ad_group_ad.ad.responsive_search_ad.path1, \
    ad_group_ad.ad.responsive_search_ad.path2, \
    ad_group_ad.ad.demand_gen_multi_asset_ad.headlines, ad_group_ad.ad.demand_gen_multi_asset_ad.descriptions, \
    ad_group_ad.ad.demand_gen_multi_asset_ad.business_name, \
    ad_group_ad.ad.demand_gen_multi_asset_ad.call_to_action_text, \
    ad_group_ad.ad.demand_gen_multi_asset_ad.marketing_images, \
    ad_group_ad.ad.demand_gen_multi_asset_ad.square_marketing_images, \
    ad_group_ad.ad.demand_gen_multi_asset_ad.portrait_marketing_images, \
    ad_group_ad.ad.demand_gen_multi_asset_ad.tall_portrait_marketing_images, \
    ad_group_ad.ad.demand_gen_multi_asset_ad.logo_images, \
    ad_group_ad.ad.demand_gen_video_responsive_ad.headlines, \
    ad_group_ad.ad.demand_gen_video_responsive_ad.long_headlines, \
    ad_group_ad.ad.demand_gen_video_responsive_ad.descriptions, \
    ad_group_ad.ad.demand_gen_video_responsive_ad.business_name.text, \
    ad_group_ad.ad.demand_gen_video_responsive_ad.videos, \
    ad_group_ad.ad.demand_gen_video_responsive_ad.logo_images, \
    ad_group_ad.ad.demand_gen_video_responsive_ad.call_to_actions, \
    ad_group_ad.ad.demand_gen_carousel_ad.business_name, ad_group_ad.ad.demand_gen_carousel_ad.headline.text, \
    ad_group_ad.ad.demand_gen_carousel_ad.description.text, ad_group_ad.ad.demand_gen_carousel_ad.logo_image.asset, \
    ad_group_ad.ad.demand_gen_carousel_ad.call_to_action_text, \
    ad_group_ad.ad.demand_gen_carousel_ad.carousel_cards FROM ad_group_ad WHERE campaign.status != 'REMOVED' \
    AND ad_group.status != 'REMOVED' AND ad_group_ad.status != 'REMOVED'";

/// Shared budgets; own ones come with their campaigns.
pub(in super::super) const SHARED_BUDGETS: &str = "SELECT campaign_budget.resource_name, campaign_budget.id, \
    campaign_budget.name, campaign_budget.amount_micros, campaign_budget.total_amount_micros, campaign_budget.period, \
    campaign_budget.explicitly_shared FROM campaign_budget WHERE campaign_budget.explicitly_shared = TRUE \
    AND campaign_budget.status != 'REMOVED'";

/// Asset groups of Performance Max.
pub(in super::super) const ASSET_GROUPS: &str = "SELECT asset_group.resource_name, asset_group.id, asset_group.name, \
    asset_group.campaign, asset_group.status, asset_group.primary_status, asset_group.primary_status_reasons, \
    asset_group.final_urls, asset_group.final_mobile_urls, asset_group.path1, asset_group.path2, \
    asset_group.tracking_url_template, asset_group.final_url_suffix, asset_group.url_custom_parameters \
    FROM asset_group WHERE campaign.status != 'REMOVED' AND asset_group.status != 'REMOVED'";

/// What asset groups show.
pub(in super::super) const ASSET_GROUP_ASSETS: &str = "SELECT asset_group_asset.resource_name, \
    asset_group_asset.asset_group, asset_group_asset.asset, asset_group_asset.field_type, asset_group_asset.status, \
    asset_group_asset.source, asset.resource_name, asset.name, asset.type, asset.text_asset.text, \
    asset.youtube_video_asset.youtube_video_id, asset.call_to_action_asset.call_to_action, \
    asset.image_asset.full_size.width_pixels, asset.image_asset.full_size.height_pixels, \
    asset.image_asset.full_size.url FROM asset_group_asset WHERE campaign.status != 'REMOVED' \
    AND asset_group.status != 'REMOVED' AND asset_group_asset.status != 'REMOVED'";

/// What asset groups suggest to the vendor.
pub(in super::super) const ASSET_GROUP_SIGNALS: &str = "SELECT asset_group_signal.resource_name, \
    asset_group_signal.asset_group, asset_group_signal.audience.audience, asset_group_signal.search_theme.text \
    FROM asset_group_signal WHERE campaign.status != 'REMOVED' AND asset_group.status != 'REMOVED'";

/// Pictures, videos, buttons and cards. Texts come with what shows them.
pub(in super::super) const ASSETS: &str = "SELECT asset.resource_name, asset.name, asset.type, asset.final_urls, \
    asset.image_asset.full_size.width_pixels, asset.image_asset.full_size.height_pixels, \
    asset.image_asset.full_size.url, asset.youtube_video_asset.youtube_video_id, \
    asset.call_to_action_asset.call_to_action, asset.demand_gen_carousel_card_asset.headline, \
    asset.demand_gen_carousel_card_asset.marketing_image_asset, \
    asset.demand_gen_carousel_card_asset.square_marketing_image_asset, \
    asset.demand_gen_carousel_card_asset.portrait_marketing_image_asset FROM asset \
    WHERE asset.type IN ('IMAGE', 'YOUTUBE_VIDEO', 'CALL_TO_ACTION', 'DEMAND_GEN_CAROUSEL_CARD')";

const PLACE: &str = "SELECT geo_target_constant.id, geo_target_constant.name, geo_target_constant.country_code, \
    geo_target_constant.canonical_name, geo_target_constant.status FROM geo_target_constant WHERE";

/// Places of a country by their names. The names are ours and hold no double quote.
pub(in super::super) fn places_by_name<'a>(country: &str, names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.map(|name| format!("\"{name}\"")).collect();
    format!(
        "{PLACE} geo_target_constant.country_code = '{country}' AND geo_target_constant.name IN ({})",
        names.join(", ")
    )
}

/// Places by their constants.
pub(in super::super) fn places_by_constant(constants: impl Iterator<Item = u32>) -> String {
    let constants: Vec<String> = constants.map(|constant| constant.to_string()).collect();
    format!("{PLACE} geo_target_constant.id IN ({})", constants.join(", "))
}

/// Asset groups that changed between two moments: they are in no history that tells who (google-ads.md §3.13).
pub(in super::super) fn statuses(from: &str, to: &str) -> String {
    format!(
        "SELECT change_status.last_change_date_time, change_status.resource_type, change_status.resource_status, \
         change_status.asset_group FROM change_status WHERE change_status.last_change_date_time >= '{from}' \
         AND change_status.last_change_date_time <= '{to}' AND change_status.resource_type = 'ASSET_GROUP' \
         ORDER BY change_status.last_change_date_time DESC LIMIT 10000"
    )
}

/// Changes between two moments of the account's clock.
pub(in super::super) fn changes(from: &str, to: &str) -> String {
    format!(
        "SELECT change_event.change_date_time, change_event.user_email, change_event.client_type, \
         change_event.change_resource_type, change_event.change_resource_name, \
         change_event.resource_change_operation, change_event.changed_fields, change_event.campaign, \
         change_event.ad_group FROM change_event WHERE change_event.change_date_time >= '{from}' \
         AND change_event.change_date_time <= '{to}' ORDER BY change_event.change_date_time DESC LIMIT 10000"
    )
}
