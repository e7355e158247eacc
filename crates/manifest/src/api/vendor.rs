//! The vendors' own fields, named exactly as on the wire: lowerCamel for Google, snake case for Meta and
//! TikTok. What a vendor accepts in them is checked by the platform, not here.

use std::collections::BTreeMap;

use super::macros::block;
use super::text::{Amount, Anything, DecimalNumber, Line, VendorId};

block! {
    /// Google's own fields of a campaign.
    #[serde(rename_all = "camelCase")]
    GoogleCampaign {
        /// `SEARCH`, `PERFORMANCE_MAX` or `DEMAND_GEN`; fixed once created.
        advertising_channel_type: Line,
        /// Where search campaigns run.
        network_settings: GoogleNetworkSettings,
        /// Whether people in a place count, or also people interested in it.
        geo_target_type_setting: GoogleGeoTargetTypeSetting,
        /// Resource name of a portfolio bidding strategy.
        bidding_strategy: Line,
        /// Texts and pictures that Google may generate, by type: `TEXT_ASSET_AUTOMATION: OPTED_OUT`.
        #[schemars(extend("maxProperties" = 50, "x-adplane" = "leaves"))]
        asset_automation_settings: BTreeMap<String, Line>,
        /// Sub type of the channel; fixed once created.
        advertising_channel_sub_type: Line,
        /// Values for placeholders in landing pages, by name.
        #[schemars(extend("maxProperties" = 8, "x-adplane" = "leaves"))]
        url_custom_parameters: BTreeMap<String, Line>,
        /// Broader matching and generated content in search campaigns.
        ai_max_setting: GoogleAiMaxSetting,
        /// Whether name and logo belong to the campaign; fixed once created.
        brand_guidelines_enabled: bool,
        /// Parameters appended to every landing page.
        final_url_suffix: Line,
        /// Template around every landing page.
        tracking_url_template: Line,
        /// Leave out people whose age or gender is unknown.
        exclude_undetermined: bool,
    }
}

block! {
    /// Networks of a search campaign.
    #[serde(rename_all = "camelCase")]
    GoogleNetworkSettings {
        /// Google's own search.
        target_google_search: bool,
        /// Search partners.
        target_search_network: bool,
        /// The display network.
        target_content_network: bool,
        /// Partner search network.
        target_partner_search_network: bool,
    }
}

block! {
    /// Presence or interest.
    #[serde(rename_all = "camelCase")]
    GoogleGeoTargetTypeSetting {
        /// `PRESENCE` or `PRESENCE_OR_INTEREST`, for places to reach.
        positive_geo_target_type: Line,
        /// `PRESENCE` or `PRESENCE_OR_INTEREST`, for places to leave out.
        negative_geo_target_type: Line,
    }
}

block! {
    /// Broader matching and generated content.
    #[serde(rename_all = "camelCase")]
    GoogleAiMaxSetting {
        /// Whether it is on.
        enable_ai_max: bool,
    }
}

block! {
    /// Google's own fields of an ad group or asset group.
    #[serde(rename_all = "camelCase")]
    GoogleAdGroup {
        /// Type of the ad group, such as `SEARCH_STANDARD`; fixed once created.
        #[serde(rename = "type")]
        kind: Line,
        /// Leave out people whose age or gender is unknown.
        exclude_undetermined: bool,
        /// Ids of interests.
        #[schemars(length(max = 500), extend("x-kubernetes-list-type" = "set"))]
        user_interests: Vec<VendorId>,
        /// Values for placeholders in landing pages, by name.
        #[schemars(extend("maxProperties" = 8, "x-adplane" = "leaves"))]
        url_custom_parameters: BTreeMap<String, Line>,
        /// Parameters appended to every landing page.
        final_url_suffix: Line,
        /// Template around every landing page.
        tracking_url_template: Line,
    }
}

block! {
    /// Google's own fields of a creative.
    #[serde(rename_all = "camelCase")]
    GoogleCreative {
        /// Headlines and descriptions that stay in one place.
        #[schemars(length(max = 20), extend("x-kubernetes-list-type" = "atomic"))]
        pins: Vec<GooglePin>,
        /// First part of the shown path.
        path1: Line,
        /// Second part of the shown path.
        path2: Line,
        /// The button in Google's own word.
        call_to_action: Line,
        /// Parameters appended to the landing page.
        final_url_suffix: Line,
        /// Template around the landing page.
        tracking_url_template: Line,
    }
}

block! {
    /// A text that stays in one place.
    #[serde(rename_all = "camelCase")]
    GooglePin {
        [required] {
            /// `HEADLINE_1` to `HEADLINE_3`, `DESCRIPTION_1`, `DESCRIPTION_2`, or the number alone.
            position: GooglePosition,
        }
        /// The headline's text.
        headline: Line,
        /// The description's text.
        description: Line,
    }
}

/// A position: `HEADLINE_1`, or its number.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
pub enum GooglePosition {
    /// The number.
    Number(u32),
    /// The vendor's word.
    Word(String),
}

impl Default for GooglePosition {
    fn default() -> Self {
        Self::Number(1)
    }
}

impl schemars::JsonSchema for GooglePosition {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "GooglePosition".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "x-kubernetes-int-or-string": true,
            "anyOf": [{ "type": "integer" }, { "type": "string" }]
        })
    }
}

block! {
    /// Meta's own fields of a campaign.
    MetaCampaign {
        /// A legacy objective, as read; never written.
        objective: Line,
        /// `AUCTION` or `RESERVED`; fixed once created.
        buying_type: Line,
        /// Let ad sets share up to a fifth of their budgets.
        is_adset_budget_sharing_enabled: bool,
        /// Stop spending at this amount.
        spend_cap: Amount,
    }
}

block! {
    /// Meta's own fields of an ad set.
    MetaAdSet {
        /// The optimization goal in Meta's own word.
        optimization_goal: Line,
        /// What is billed, such as `IMPRESSIONS`.
        billing_event: Line,
        /// Where a click leads, such as `WEBSITE`.
        destination_type: Line,
        /// Where ads appear: `facebook`, `instagram`, `messenger`, `audience_network`, `threads`.
        #[schemars(length(max = 20), extend("x-kubernetes-list-type" = "set"))]
        publisher_platforms: Vec<Line>,
        /// Positions on Facebook.
        #[schemars(length(max = 50), extend("x-kubernetes-list-type" = "set"))]
        facebook_positions: Vec<Line>,
        /// Positions on Instagram.
        #[schemars(length(max = 50), extend("x-kubernetes-list-type" = "set"))]
        instagram_positions: Vec<Line>,
        /// Positions on Messenger.
        #[schemars(length(max = 50), extend("x-kubernetes-list-type" = "set"))]
        messenger_positions: Vec<Line>,
        /// Positions on the Audience Network.
        #[schemars(length(max = 50), extend("x-kubernetes-list-type" = "set"))]
        audience_network_positions: Vec<Line>,
        /// Positions on Threads.
        #[schemars(length(max = 50), extend("x-kubernetes-list-type" = "set"))]
        threads_positions: Vec<Line>,
        /// Positions on `WhatsApp`.
        #[schemars(length(max = 50), extend("x-kubernetes-list-type" = "set"))]
        whatsapp_positions: Vec<Line>,
        /// What Meta may widen by itself.
        targeting_automation: MetaTargetingAutomation,
        /// `ALL_CONVERSIONS` or `FIRST_CONVERSION`; fixed once created.
        attribution_count_type: Line,
        /// Windows in which results count, in Meta's own words.
        attribution_spec: Anything,
        /// Let Meta combine texts and pictures; fixed once created.
        is_dynamic_creative: bool,
        /// What is promoted; fixed once published.
        promoted_object: MetaPromotedObject,
        /// How often one person sees the ads, in Meta's own words.
        frequency_control_specs: Anything,
        /// At least this per day of the campaign's budget.
        daily_min_spend_target: Amount,
        /// At most this per day of the campaign's budget.
        daily_spend_cap: Amount,
        /// At least this of the campaign's total budget.
        lifetime_min_spend_target: Amount,
        /// At most this of the campaign's total budget.
        lifetime_spend_cap: Amount,
    }
}

block! {
    /// What Meta may widen by itself.
    MetaTargetingAutomation {
        /// `1` lets Meta treat ages and genders as suggestions.
        #[schemars(range(max = 1))]
        advantage_audience: u32,
    }
}

block! {
    /// What an ad set promotes.
    MetaPromotedObject {
        /// Id of the page.
        page_id: VendorId,
        /// Id of a conversion that people defined on the platform.
        custom_conversion_id: VendorId,
        /// The event in Meta's own word.
        custom_event_type: Line,
        /// Id of the product set.
        product_set_id: VendorId,
    }
}

block! {
    /// Meta's own fields of a creative.
    MetaCreative {
        /// Many texts and pictures that Meta combines, on an ad group with `meta.is_dynamic_creative`. What the
        /// creative's own lists say need not be said again: `{}` is enough.
        asset_feed_spec: Anything,
        /// Improvements that Meta may make.
        degrees_of_freedom_spec: MetaDegreesOfFreedom,
        /// The button in Meta's own word.
        call_to_action_type: Line,
        /// Parameters of the link, where `tracking.utm` cannot say them.
        url_tags: Line,
    }
}

block! {
    /// Improvements that Meta may make.
    MetaDegreesOfFreedom {
        /// Improvements by name; what is not listed stays off.
        #[schemars(extend("maxProperties" = 100, "x-adplane" = "leaves"))]
        creative_features_spec: BTreeMap<String, MetaFeature>,
    }
}

block! {
    /// One improvement.
    MetaFeature {
        /// `OPT_IN` or `OPT_OUT`.
        enroll_status: Line,
    }
}

block! {
    /// Meta's own fields of an ad.
    MetaAd {
        /// Domain on which conversions count.
        conversion_domain: Line,
    }
}

block! {
    /// Google's own fields of an ad.
    #[serde(rename_all = "camelCase")]
    GoogleAd {
        /// Values for placeholders in landing pages, by name.
        #[schemars(extend("maxProperties" = 8, "x-adplane" = "leaves"))]
        url_custom_parameters: BTreeMap<String, Line>,
    }
}

block! {
    /// TikTok's own fields of a campaign.
    TikTokCampaign {
        /// The objective in TikTok's own word, such as `VIDEO_VIEWS`; fixed once created.
        objective_type: Line,
        /// Sell from a catalogue.
        catalog_enabled: bool,
        /// Kind of the catalogue: `ECOMMERCE`, `TRAVEL_ENTERTAINMENT` or `MINI_SERIES`; fixed once created.
        catalog_type: Line,
        /// `MANUAL`, of sales, leads and app campaigns made before TikTok moved them to Smart+; as read.
        campaign_automation_type: Line,
        /// Where sales happen, such as `WEBSITE`.
        sales_destination: Line,
        /// `APP_INSTALL` or `APP_RETARGETING`.
        app_promotion_type: Line,
        /// Number of the purchase order on invoices.
        po_number: Line,
        /// Whether the budget sits on the campaign; it follows from where budgets are written.
        budget_optimize_on: bool,
    }
}

block! {
    /// TikTok's own fields of an ad group.
    TikTokAdGroup {
        /// `PLACEMENT_TYPE_NORMAL` or `PLACEMENT_TYPE_AUTOMATIC`; fixed once created.
        placement_type: Line,
        /// Where ads appear, such as `PLACEMENT_TIKTOK`; fixed once created.
        #[schemars(length(max = 10), extend("x-kubernetes-list-type" = "set"))]
        placements: Vec<Line>,
        /// What is promoted, such as `WEBSITE`.
        promotion_type: Line,
        /// `INSTANT_PAGE` or `EXTERNAL_WEBSITE`, of leads.
        promotion_target_type: Line,
        /// The optimization goal in TikTok's own word.
        optimization_goal: Line,
        /// The event in TikTok's own word.
        optimization_event: Line,
        /// What is billed, such as `OCPM`.
        billing_event: Line,
        /// How the bid is shown.
        bid_display_mode: Line,
        /// `PACING_MODE_SMOOTH` or `PACING_MODE_FAST`.
        pacing: Line,
        /// `MANUAL` or `AUTOMATIC`.
        targeting_optimization_mode: Line,
        /// Ages in automatic targeting.
        spc_audience_age: Line,
        /// Operating systems.
        #[schemars(length(max = 10), extend("x-kubernetes-list-type" = "set"))]
        operating_systems: Vec<Line>,
        /// Networks, such as `WIFI`.
        #[schemars(length(max = 10), extend("x-kubernetes-list-type" = "set"))]
        network_types: Vec<Line>,
        /// No comments below ads.
        comment_disabled: bool,
        /// No downloads of videos.
        video_download_disabled: bool,
        /// No sharing of ads.
        share_disabled: bool,
        /// Show ads beside search results.
        search_result_enabled: bool,
        /// How often one person sees the ads.
        frequency: i64,
        /// Days for which `frequency` counts.
        frequency_schedule: i64,
        /// Bid for deeper results.
        deep_bid_type: Line,
        /// Return on ad spend of value bidding.
        roas_bid: DecimalNumber,
        /// Days after a click in which results count.
        click_attribution_window: Line,
        /// Days after a view in which results count.
        view_attribution_window: Line,
        /// Whether all results of a person count, or one.
        attribution_event_count: Line,
        /// Catalogue.
        catalog_id: VendorId,
        /// Business center that the catalogue belongs to.
        catalog_authorized_bc_id: VendorId,
        /// Products.
        product_source: Line,
    }
}

block! {
    /// TikTok's own fields of a creative.
    TikTokCreative {
        /// Format in TikTok's own word, such as `SINGLE_VIDEO`.
        ad_format: Line,
        /// The button in TikTok's own word.
        call_to_action: Line,
        /// A portfolio of buttons.
        call_to_action_id: VendorId,
        /// An existing post.
        tiktok_item_id: VendorId,
        /// Name shown with the ad.
        display_name: Line,
        /// Id of an instant page.
        page_id: VendorId,
        /// Link into an app.
        deeplink: Line,
        /// `NORMAL` or `DEFERRED_DEEPLINK`.
        deeplink_type: Line,
        /// Which products of the catalogue: `ALL`, `PRODUCT_SET` or `CUSTOMIZED_PRODUCTS`.
        product_specific_type: Line,
        /// A set of products.
        product_set_id: VendorId,
        /// Products, one by one.
        #[schemars(length(max = 20), extend("x-kubernetes-list-type" = "set"))]
        product_ids: Vec<VendorId>,
        /// Let TikTok make creatives from the catalogue.
        catalog_creative_toggle: bool,
        /// Pixel that measures without optimizing.
        tracking_pixel_id: VendorId,
        /// Whether the ad shows as a post: `ON` keeps it out of the profile.
        dark_post_status: Line,
        /// No promotion of the music.
        promotional_music_disabled: bool,
        /// Let TikTok add creatives.
        creative_auto_add_toggle: bool,
        /// Improvements that TikTok may make.
        #[schemars(length(max = 20), extend("x-kubernetes-list-type" = "set"))]
        creative_auto_enhancement_strategy_list: Vec<Line>,
    }
}
