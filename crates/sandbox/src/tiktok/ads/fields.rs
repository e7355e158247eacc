//! Parameters of the manual ad endpoints ("Create ads", "Update ads").

use crate::tiktok::field::{Field, Kind, any, choice, flag, id, number, objects, text, texts};
use crate::tiktok::{identity, status};

/// Calls to action.
pub(in crate::tiktok) const CALLS_TO_ACTION: &[&str] = &[
    "APPLY_NOW",
    "BOOK_NOW",
    "CALL_NOW",
    "CHECK_AVAILABILITY",
    "CONTACT_US",
    "DOWNLOAD_NOW",
    "EXPERIENCE_NOW",
    "GET_QUOTE",
    "GET_SHOWTIMES",
    "GET_TICKETS_NOW",
    "INSTALL_NOW",
    "INTERESTED",
    "LEARN_MORE",
    "LISTEN_NOW",
    "ORDER_NOW",
    "PLAY_GAME",
    "PREORDER_NOW",
    "READ_MORE",
    "SEND_MESSAGE",
    "SHOP_NOW",
    "SIGN_UP",
    "SUBSCRIBE",
    "VIEW_NOW",
    "VIEW_PROFILE",
    "VISIT_STORE",
    "WATCH_LIVE",
    "WATCH_NOW",
];

/// Whether a word is a call to action.
pub(in crate::tiktok) fn is_call_to_action(word: &str) -> bool {
    CALLS_TO_ACTION.contains(&word)
}

/// One tracking parameter of a landing page.
pub(in crate::tiktok) const UTM: &[Field] = &[text("key").required(), text("value").required()];

/// Members of one creative.
pub(super) const CREATIVE: &[Field] = &[
    id("ad_id"),
    text("ad_name"),
    choice(
        "ad_format",
        &["SINGLE_VIDEO", "SINGLE_IMAGE", "CAROUSEL_ADS", "CATALOG_CAROUSEL", "LIVE_CONTENT"],
    ),
    choice("identity_type", identity::TYPES),
    text("identity_id"),
    text("identity_authorized_bc_id"),
    text("video_id"),
    texts("image_ids"),
    text("music_id"),
    text("tiktok_item_id"),
    text("ad_text"),
    texts("ad_texts"),
    choice("call_to_action", CALLS_TO_ACTION),
    id("call_to_action_id"),
    id("card_id"),
    text("landing_page_url"),
    number("page_id"),
    objects("utm_params", UTM),
    text("deeplink"),
    choice("deeplink_type", &["NORMAL", "DEFERRED_DEEPLINK"]),
    choice("deeplink_format_type", &["UNIVERSAL_OR_APP", "SCHEME"]),
    objects("deeplink_utm_params", UTM),
    choice("fallback_type", &["APP_INSTALL", "WEBSITE", "UNSET"]),
    number("tracking_pixel_id"),
    text("tracking_app_id"),
    texts("tracking_offline_event_set_ids"),
    text("tracking_message_event_set_id"),
    text("impression_tracking_url"),
    text("click_tracking_url"),
    text("video_view_tracking_url"),
    choice("dark_post_status", &["ON", "OFF"]),
    flag("promotional_music_disabled"),
    choice("item_duet_status", status::CREATE),
    choice("item_stitch_status", status::CREATE),
    flag("creative_authorized"),
    choice("aigc_disclosure_type", &["NOT_DECLARED", "SELF_DISCLOSURE"]),
    any("disclaimer_type"),
    any("disclaimer_text"),
    any("disclaimer_clickable_texts"),
    any("viewability_postbid_partner"),
    any("viewability_vast_url"),
    any("brand_safety_postbid_partner"),
    any("brand_safety_vast_url"),
    text("playable_url"),
    text("display_name"),
    text("app_name"),
    text("avatar_icon_web_uri"),
    choice("tiktok_page_category", &["PROFILE_PAGE", "OTHER_TIKTOK_PAGE", "TIKTOK_INSTANT_PAGE"]),
    text("cpp_url"),
    any("phone_region_code"),
    any("phone_region_calling_code"),
    any("phone_number"),
    any("catalog_id"),
    any("product_specific_type"),
    any("item_group_ids"),
    any("product_set_id"),
    any("sku_ids"),
    any("showcase_products"),
    any("vertical_video_strategy"),
    any("dynamic_format"),
    any("shopping_ads_fallback_type"),
    any("shopping_ads_video_package_id"),
    any("shopping_ads_deeplink_type"),
    any("auto_disclaimer_types"),
    any("auto_message_id"),
    any("carousel_image_index"),
    any("page_image_index"),
    any("creative_type"),
    any("dynamic_destination"),
    any("end_card_cta"),
    any("instant_product_page_used"),
    any("product_display_field_list"),
    any("schedule_id"),
    any("vast_moat_enabled"),
    any("vehicle_ids"),
    choice("operation_status", status::CREATE),
];

/// Parameters of `/ad/create/`.
pub(in crate::tiktok) const CREATE: &[Field] = &[
    id("advertiser_id").required(),
    id("adgroup_id").required(),
    Field::new("creatives", Kind::Objects(CREATIVE)).required(),
];

/// Parameters of `/ad/update/`.
pub(in crate::tiktok) const UPDATE: &[Field] = &[
    id("advertiser_id").required(),
    id("adgroup_id").required(),
    flag("patch_update"),
    Field::new("creatives", Kind::Objects(CREATIVE)).required(),
];

/// What an incremental update can change.
pub(super) const PATCHABLE: &[&str] = &[
    "ad_name",
    "identity_id",
    "identity_type",
    "identity_authorized_bc_id",
    "video_id",
    "image_ids",
    "music_id",
    "tiktok_item_id",
    "ad_text",
];

/// Members whose change sends an ad back to review.
pub(super) const REVIEWED: &[&str] = &[
    "video_id",
    "image_ids",
    "music_id",
    "tiktok_item_id",
    "ad_text",
    "ad_texts",
    "landing_page_url",
    "deeplink",
    "display_name",
    "identity_id",
    "impression_tracking_url",
    "click_tracking_url",
    "video_view_tracking_url",
];

/// Members that answers show as `null` when nobody set them.
pub(super) const NULLS: &[&str] = &[
    "ad_texts",
    "app_name",
    "avatar_icon_web_uri",
    "brand_safety_postbid_partner",
    "brand_safety_vast_url",
    "call_to_action",
    "call_to_action_id",
    "card_id",
    "click_tracking_url",
    "cpp_url",
    "deeplink",
    "deeplink_type",
    "display_name",
    "fallback_type",
    "identity_authorized_bc_id",
    "impression_tracking_url",
    "landing_page_url",
    "music_id",
    "optimization_event",
    "playable_url",
    "profile_image_url",
    "tiktok_item_id",
    "tiktok_page_category",
    "tracking_app_id",
    "utm_params",
    "video_id",
    "video_view_tracking_url",
    "viewability_postbid_partner",
    "viewability_vast_url",
];

/// Members that the official client gives a value of its own in every update; a patch says nothing by them.
pub(super) const SENT_ANYWAY: &[&str] = &[
    "aigc_disclosure_type",
    "creative_authorized",
    "deeplink_type",
    "promotional_music_disabled",
    "vast_moat_enabled",
];
