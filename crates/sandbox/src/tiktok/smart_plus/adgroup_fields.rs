//! Parameters of the Upgraded Smart+ ad group endpoints.

use crate::tiktok::field::{Field, any, choice, choices, flag, id, number, object, objects, text};
use crate::tiktok::{budget, goals, schedule, status};

const WINDOWS: &[&str] = &[
    "OFF",
    "ONE_DAY",
    "SEVEN_DAYS",
    "FOURTEEN_DAYS",
    "TWENTY_EIGHT_DAYS",
    "THIRTY_DAYS",
    "THIRTY_TWO_DAYS",
    "ONE_HUNDRED_EIGHTY_DAYS",
];
const APP: &[Field] = &[text("app_id").required()];
/// Members of `targeting_spec` beyond the shared ones; `brand_safety_type` is returned only.
pub(super) const TARGETING: &[Field] = &[
    choice("spc_audience_age", &["ALL", "18+", "25+", "OVER_EIGHTEEN", "OVER_TWENTY_FIVE"]),
    choice("app_targeting_type", &["PROSPECT", "RETARGETING"]),
    any("brand_safety_type"),
];
/// Ways to choose the audience.
pub(super) const MODES: &[&str] = &["AUTOMATIC", "MANUAL"];

/// Parameters of `/smart_plus/adgroup/create/`.
pub(in crate::tiktok) const CREATE: &[Field] = &[
    id("advertiser_id").required(),
    text("request_id").required(),
    id("campaign_id").required(),
    text("adgroup_name").required(),
    choice(
        "promotion_type",
        &[
            "WEBSITE",
            "APP_ANDROID",
            "APP_IOS",
            "LEAD_GENERATION",
            "LEAD_GEN_CLICK_TO_TT_DIRECT_MESSAGE",
            "LEAD_GEN_CLICK_TO_SOCIAL_MEDIA_APP_MESSAGE",
            "LEAD_GEN_CLICK_TO_CALL",
            "MINI_APP",
            "MINI_GAME",
        ],
    )
    .required(),
    choice("optimization_goal", goals::SMART_PLUS_GOALS).required(),
    choice("billing_event", &["CPC", "OCPM"]).required(),
    choice("bid_type", &["BID_TYPE_NO_BID", "BID_TYPE_CUSTOM"]).required(),
    choice("schedule_type", schedule::TYPES).required(),
    text("schedule_start_time").required(),
    any("targeting_spec").required(),
    choice("targeting_optimization_mode", MODES),
    flag("suggestion_audience_enabled"),
    choice("operation_status", status::CREATE),
    choice("promotion_target_type", &["INSTANT_PAGE", "EXTERNAL_WEBSITE"]),
    id("pixel_id"),
    text("optimization_event"),
    text("custom_conversion_id"),
    text("app_id"),
    objects("app_config", APP),
    text("minis_id"),
    text("catalog_id"),
    text("catalog_authorized_bc_id"),
    number("bid_price"),
    number("conversion_bid_price"),
    choice("deep_bid_type", &["DEFAULT", "AEO", "VO_HIGHEST_VALUE", "VO_MIN_ROAS"]),
    number("roas_bid"),
    choice("vbo_window", &["SEVEN_DAYS", "ZERO_DAY"]),
    choice("click_attribution_window", WINDOWS),
    choice("view_attribution_window", &["OFF", "ONE_DAY", "SEVEN_DAYS"]),
    choice(
        "engaged_view_attribution_window",
        &["OFF", "ONE_DAY", "SEVEN_DAYS", "FOURTEEN_DAYS", "TWENTY_EIGHT_DAYS"],
    ),
    choice("attribution_event_count", &["UNSET", "EVERY", "ONCE"]),
    choice("deep_funnel_optimization_status", &["ON", "OFF"]),
    choice("deep_funnel_event_source", &["PIXEL", "OFFLINE", "CRM"]),
    text("deep_funnel_event_source_id"),
    text("deep_funnel_optimization_event"),
    choice("budget_mode", budget::MODES),
    number("budget"),
    number("min_budget"),
    choice("budget_auto_adjust_strategy", &["AUTO_BUDGET_INCREASE", "UNSET"]),
    text("schedule_end_time"),
    text("dayparting"),
    choice("placement_type", &["PLACEMENT_TYPE_NORMAL", "PLACEMENT_TYPE_AUTOMATIC"]),
    choices("placements", crate::tiktok::adgroups::fields::PLACEMENTS),
    choices("tiktok_subplacements", &["LEMON8", "PINE_DRAMA"]),
    flag("comment_disabled"),
    flag("share_disabled"),
    flag("video_download_disabled"),
    flag("is_hfss"),
    flag("is_lhf_compliance"),
    text("movie_premiere_date"),
    // Only in the official client's model.
    number("deep_cpabid"),
    choice("product_source", &["UNSET", "CATALOG"]),
    choice("promotion_website_type", &["UNSET", "TIKTOK_NATIVE_PAGE"]),
    text("open_api_partner"),
    choice("identity_type", &["TT_USER", "BC_AUTH_TT"]),
    text("identity_id"),
    text("identity_authorized_bc_id"),
    choice("messaging_app_type", &["MESSENGER", "WHATSAPP", "ZALO", "LINE", "IM_URL"]),
    text("messaging_app_account_id"),
    text("zalo_id_type"),
    object("phone_info", PHONE),
    text("message_event_set_id"),
    choice("gaming_ad_compliance_agreement", &["ON", "OFF"]),
];

const PHONE: &[Field] = &[text("phone_region_code"), text("phone_region_calling_code"), text("phone_number")];

/// Parameters of `/smart_plus/adgroup/update/`, beside the create's.
pub(in crate::tiktok) const UPDATE: &[Field] =
    &[id("advertiser_id").required(), id("adgroup_id").required(), choice("pacing", &["PACING_MODE_SMOOTH"])];

/// What an update can change; everything else is fixed.
pub(super) const UPDATABLE: &[&str] = &[
    "adgroup_name",
    "bid_price",
    "conversion_bid_price",
    "roas_bid",
    "budget",
    "min_budget",
    "pacing",
    "comment_disabled",
    "share_disabled",
    "dayparting",
    "schedule_type",
    "schedule_start_time",
    "schedule_end_time",
    "targeting_optimization_mode",
    "suggestion_audience_enabled",
    "targeting_spec",
    "is_hfss",
    "is_lhf_compliance",
    "budget_auto_adjust_strategy",
];
