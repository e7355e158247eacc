//! Ads of the manual lane: one flat object each, up to 20 of one ad group in a call.

use adplane_core::value::Value;
use adplane_engine::error::PlatformError;
use serde_json::{Value as Json, json};

use super::values::{Wanted, to_json};
use super::{Writer, media};
use crate::tiktok::calls::Medium;
use crate::tiktok::limits::to_utm;
use crate::tiktok::wire::url::{self, Utm};
use crate::tiktok::wire::{self, Object, set, words};

/// Typed members that are written as they are.
const MEMBERS: [&str; 9] = [
    "ad_format",
    "call_to_action",
    "call_to_action_id",
    "tiktok_item_id",
    "display_name",
    "deeplink",
    "deeplink_type",
    "dark_post_status",
    "promotional_music_disabled",
];
/// Ids that are numbers in this lane only.
const NUMBERS: [&str; 2] = ["page_id", "tracking_pixel_id"];
const IDENTITY: [&str; 3] = ["identity_type", "identity_id", "identity_authorized_bc_id"];
/// What an update sends back: it replaces the whole creative.
const SENT_BACK: [&str; 40] = [
    "ad_id",
    "ad_name",
    "ad_format",
    "ad_text",
    "aigc_disclosure_type",
    "app_name",
    "avatar_icon_web_uri",
    "brand_safety_postbid_partner",
    "call_to_action",
    "call_to_action_id",
    "card_id",
    "click_tracking_url",
    "cpp_url",
    "creative_authorized",
    "dark_post_status",
    "deeplink",
    "deeplink_type",
    "disclaimer_clickable_texts",
    "disclaimer_text",
    "disclaimer_type",
    "display_name",
    "fallback_type",
    "identity_authorized_bc_id",
    "identity_id",
    "identity_type",
    "image_ids",
    "impression_tracking_url",
    "item_duet_status",
    "item_stitch_status",
    "landing_page_url",
    "music_id",
    "page_id",
    "playable_url",
    "promotional_music_disabled",
    "tiktok_item_id",
    "tracking_app_id",
    "tracking_pixel_id",
    "utm_params",
    "video_id",
    "video_view_tracking_url",
];

/// The creative of a create, without its name.
///
/// # Errors
/// When a file cannot be uploaded.
pub(crate) async fn create(writer: &Writer<'_>, wanted: &Wanted<'_>) -> Result<Object, PlatformError> {
    let mut creative = Object::new();
    overlay(writer, wanted, &mut creative).await?;
    set(&mut creative, "operation_status", "DISABLE");
    Ok(creative)
}

/// The creative of an update: what is live, and over it what is wanted.
///
/// # Errors
/// When a file cannot be uploaded.
pub(crate) async fn update(
    writer: &Writer<'_>,
    wanted: &Wanted<'_>,
    raw: &Object,
) -> Result<Object, PlatformError> {
    let mut creative: Object = SENT_BACK
        .iter()
        .filter_map(|member| Some(((*member).to_owned(), raw.get(*member)?.clone())))
        .filter(|(_, value)| says_something(value))
        .collect();
    overlay(writer, wanted, &mut creative).await?;
    Ok(creative)
}

fn says_something(value: &Json) -> bool {
    match value {
        Json::Null => false,
        Json::String(text) => !text.is_empty() && text != "UNSET",
        Json::Array(list) => !list.is_empty(),
        Json::Number(number) => number.as_i64() != Some(0),
        Json::Bool(_) | Json::Object(_) => true,
    }
}

async fn overlay(
    writer: &Writer<'_>,
    wanted: &Wanted<'_>,
    creative: &mut Object,
) -> Result<(), PlatformError> {
    for member in MEMBERS {
        if let Some(value) = wanted.get(&format!("creative.tiktok.{member}")) {
            set(creative, member, to_json(value));
        }
    }
    for member in NUMBERS {
        if let Some(number) =
            wanted.text(&format!("creative.tiktok.{member}")).and_then(|id| id.parse::<u64>().ok())
        {
            set(creative, member, number);
        }
    }
    for member in IDENTITY {
        if let Some(value) = wanted.text(&format!("creative.identity.tiktok.{member}")) {
            set(creative, member, value);
        }
    }
    if let Some(form) = wanted.text("creative.leadForm").and_then(|id| id.parse::<u64>().ok()) {
        set(creative, "page_id", form);
    }
    if let Some(music) = wanted.change("creative.music") {
        set(creative, "music_id", music.and_then(Value::as_text).unwrap_or_default());
    }
    if let Some(texts) = wanted.change("creative.primaryTexts") {
        let text = texts.and_then(|texts| texts.texts().next()).unwrap_or_default();
        set(creative, "ad_text", text);
    }
    overlay_media(writer, wanted, creative).await?;
    if let Some(word) = wanted.change("creative.callToAction") {
        call_to_action(word.and_then(Value::as_text).unwrap_or("None"), creative);
    }
    let live = wire::text(creative, "landing_page_url").unwrap_or_default();
    if let Some(page) = page(wanted, &live) {
        set(creative, "utm_params", utm_params(&page));
        set(creative, "landing_page_url", page);
    }
    creative.retain(|_, value| says_something(value));
    Ok(())
}

async fn overlay_media(
    writer: &Writer<'_>,
    wanted: &Wanted<'_>,
    creative: &mut Object,
) -> Result<(), PlatformError> {
    if let Some(videos) = wanted.change("creative.videos") {
        let ids = media::ids(writer, Medium::Video, &references(videos)).await?;
        let has_video = !ids.is_empty();
        set(creative, "video_id", ids.into_iter().next().unwrap_or_default());
        set(creative, "ad_format", if has_video { "SINGLE_VIDEO" } else { "SINGLE_IMAGE" });
    }
    if let Some(images) = wanted.change("creative.images") {
        set(creative, "image_ids", media::ids(writer, Medium::Image, &references(images)).await?);
    }
    if let Some(Some(cards)) = wanted.change("creative.cards") {
        set(creative, "image_ids", media::ids(writer, Medium::Image, &images_of(cards)).await?);
    }
    Ok(())
}

/// The images of cards.
pub(crate) fn images_of(cards: &Value) -> Vec<String> {
    cards
        .members()
        .iter()
        .filter_map(|card| card.entry("image").and_then(Value::as_text))
        .map(str::to_owned)
        .collect()
}

/// References of images or videos.
pub(crate) fn references(value: Option<&Value>) -> Vec<String> {
    value.into_iter().flat_map(Value::texts).map(str::to_owned).collect()
}

fn call_to_action(neutral: &str, creative: &mut Object) {
    creative.remove("call_to_action_id");
    match words::call_to_action(neutral) {
        Some(word) if !word.is_empty() => set(creative, "call_to_action", word),
        _ => {
            creative.remove("call_to_action");
        }
    }
}

/// The landing page an item wants, with its parameters; `None` when it stays as it is.
///
/// A live page that carries no source or medium gets none: the defaults belong to creation.
pub(crate) fn page(wanted: &Wanted<'_>, live: &str) -> Option<String> {
    const PAGE: &str = "creative.landingPage";
    const UTM: &str = "creative.tracking.utm";
    if !wanted.touches(PAGE) && !wanted.touches(UTM) {
        return None;
    }
    let live = url::split(live);
    let page = wanted.text(PAGE).map_or(live.page, str::to_owned);
    if page.is_empty() {
        return None;
    }
    let utm = match wanted.change(UTM) {
        None => live.utm,
        Some(value) => {
            let mut utm = value.map(to_utm).unwrap_or_default();
            keep_defaults(&live.utm, &mut utm);
            utm
        }
    };
    let mut utm = utm;
    for key in ["source", "medium"] {
        if let Some(default) = wanted.text(&format!("{UTM}.{key}")) {
            utm.entry(key.to_owned()).or_insert_with(|| default.to_owned());
        }
    }
    Some(url::join(&page, &utm))
}

fn keep_defaults(live: &Utm, utm: &mut Utm) {
    for key in ["source", "medium"] {
        if let Some(value) = live.get(key).filter(|value| crate::tiktok::limits::is_default(key, value)) {
            utm.entry(key.to_owned()).or_insert_with(|| value.clone());
        }
    }
}

/// `utm_params` of a page: its whole query, identical; empty when it has no `utm_` in it.
pub(crate) fn utm_params(page: &str) -> Json {
    if url::split(page).utm.is_empty() {
        return json!([]);
    }
    url::params(page).into_iter().map(|(key, value)| json!({"key": key, "value": value})).collect()
}
