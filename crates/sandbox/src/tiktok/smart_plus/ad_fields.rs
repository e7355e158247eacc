//! Parameters of the Upgraded Smart+ ad endpoints.

use crate::tiktok::ads::fields::{CALLS_TO_ACTION, UTM};
use crate::tiktok::field::{Field, Kind, any, choice, choices, flag, id, ids, object, objects, text, texts};
use crate::tiktok::{identity, status};

const VIDEO: &[Field] = &[text("video_id").required(), text("file_name")];
const IMAGE: &[Field] = &[text("web_uri").required(), any("file_name")];
const MUSIC: &[Field] = &[text("music_id").required()];
const CREATIVE_INFO: &[Field] = &[
    choice("ad_format", &["SINGLE_VIDEO", "CAROUSEL_ADS", "CATALOG_CAROUSEL"]).required(),
    object("video_info", VIDEO),
    objects("image_info", IMAGE),
    object("music_info", MUSIC),
    text("tiktok_item_id"),
    choice("identity_type", identity::TYPES),
    text("identity_id"),
    text("identity_authorized_bc_id"),
    choice("aigc_disclosure_type", &["NOT_DECLARED", "SELF_DISCLOSURE"]),
    text("material_name"),
];
/// The two members beside `creative_info` are returned only; sending them back is accepted (unverified).
const CREATIVE: &[Field] = &[
    object("creative_info", CREATIVE_INFO).required(),
    id("ad_material_id"),
    choice("material_operation_status", status::CREATE),
];
const TEXT: &[Field] = &[text("ad_text").required()];
const CALL: &[Field] = &[choice("call_to_action", CALLS_TO_ACTION).required()];
const LANDING: &[Field] = &[text("landing_page_url").required()];
const PAGE: &[Field] = &[id("page_id").required()];
const DEEPLINK: &[Field] =
    &[text("deeplink").required(), choice("deeplink_type", &["NORMAL", "DEFERRED_DEEPLINK"]).required()];
const CARD: &[Field] = &[id("card_id").required()];
const MESSAGE: &[Field] = &[text("auto_message_id").required()];
const PAGE_OF_STORE: &[Field] = &[text("custom_product_page").required()];
const PLAYABLE: &[Field] = &[text("playable_url").required()];
const PHONE: &[Field] = &[text("phone_region_code"), text("phone_region_calling_code"), text("phone_number")];
const ENHANCEMENTS: &[&str] =
    &["TRANSLATE_AND_DUB", "MUSIC_REFRESH", "VIDEO_QUALITY", "IMAGE_QUALITY", "IMAGE_RESIZE"];

const CONFIGURATION: &[Field] = &[
    choice("identity_type", identity::TYPES),
    text("identity_id"),
    text("identity_authorized_bc_id"),
    id("call_to_action_id"),
    choice("dark_post_status", &["ON", "OFF"]),
    objects("utm_params", UTM),
    objects("deeplink_utm_params", UTM),
    choice("fallback_type", &["WEBSITE"]),
    object("phone_info", PHONE),
    choice("product_specific_type", &["ALL", "PRODUCT_SET", "CUSTOMIZED_PRODUCTS"]),
    text("product_set_id"),
    texts("product_ids"),
    flag("catalog_creative_toggle"),
    any("catalog_creative_info"),
    any("end_card_cta"),
    any("product_display_field_list"),
    any("auto_disclaimer_types"),
    any("product_info"),
    choice("product_info_enabled", &["UNSET", "NON_CATALOG", "CATALOG"]),
    flag("creative_auto_add_toggle"),
    choices("creative_auto_enhancement_strategy_list", ENHANCEMENTS),
    any("tracking_info"),
];

/// Members that both create and update take.
const SHARED: [Field; 12] = [
    objects("creative_list", CREATIVE),
    objects("ad_text_list", TEXT),
    objects("call_to_action_list", CALL),
    objects("landing_page_url_list", LANDING),
    objects("page_list", PAGE),
    objects("deeplink_list", DEEPLINK),
    objects("interactive_add_on_list", CARD),
    objects("custom_product_page_list", PAGE_OF_STORE),
    objects("playable_list", PLAYABLE),
    any("disclaimer"),
    object("ad_configuration", CONFIGURATION),
    text("ad_name"),
];

/// The shared members as a group.
pub(in crate::tiktok) const MEMBERS: &[Field] = &SHARED;

/// Parameters of `/smart_plus/ad/create/`, beside the shared; a sent `request_id` is ignored.
pub(in crate::tiktok) const CREATE: &[Field] = &[
    id("advertiser_id").required(),
    id("adgroup_id").required(),
    SHARED[0].required(),
    choice("operation_status", status::CREATE),
    objects("auto_message_list", MESSAGE),
    any("request_id"),
];

/// Parameters of `/smart_plus/ad/update/`, beside the shared.
pub(in crate::tiktok) const UPDATE: &[Field] = &[
    id("advertiser_id").required(),
    id("smart_plus_ad_id").required(),
    id("adgroup_id"),
    any("operation_status"),
];

/// What an update can change.
pub(super) const UPDATABLE: &[&str] = &[
    "ad_name",
    "creative_list",
    "ad_text_list",
    "call_to_action_list",
    "landing_page_url_list",
    "page_list",
    "deeplink_list",
    "interactive_add_on_list",
    "custom_product_page_list",
    "playable_list",
    "disclaimer",
    "ad_configuration",
];

/// Members whose change sends the ad back to review.
pub(super) const REVIEWED: &[&str] =
    &["creative_list", "ad_text_list", "landing_page_url_list", "page_list", "deeplink_list", "disclaimer"];

/// Parameters of `/smart_plus/ad/material_status/update/`.
pub(in crate::tiktok) const MATERIAL_STATUS: &[Field] = &[
    id("advertiser_id").required(),
    id("smart_plus_ad_id").required(),
    ids("ad_material_ids").required(),
    choice("operation_status", status::CREATE).required(),
];

/// Parameters of `/smart_plus/ad/preview/`.
pub(in crate::tiktok) const PREVIEW: &[Field] = &[
    id("advertiser_id").required(),
    choice("preview_type", &["AD", "ADS_CREATION"]).required(),
    id("smart_plus_ad_id"),
    Field::new("preview_format", Kind::Any),
];
