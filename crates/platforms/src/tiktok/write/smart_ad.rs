//! Smart+ ads: one call each, lists of objects (tiktok-smart-plus.md §6).

use adplane_core::value::Value;
use adplane_engine::error::PlatformError;
use serde_json::{Value as Json, json};

use super::ad::{page, references, utm_params};
use super::values::{Wanted, to_json};
use super::{Writer, media};
use crate::tiktok::calls::Medium;
use crate::tiktok::wire::{self, Object, set, words};

/// Typed members of `ad_configuration`.
const CONFIGURATION: [&str; 4] = [
    "dark_post_status",
    "creative_auto_add_toggle",
    "creative_auto_enhancement_strategy_list",
    "call_to_action_id",
];
const IDENTITY: [&str; 3] = ["identity_type", "identity_id", "identity_authorized_bc_id"];

/// The body of a create, without name and ad group.
///
/// # Errors
/// When a file or a portfolio cannot be made.
pub(crate) async fn create(writer: &Writer<'_>, wanted: &Wanted<'_>) -> Result<Object, PlatformError> {
    let mut body = Object::new();
    overlay(writer, wanted, &Object::new(), &mut body).await?;
    set(&mut body, "operation_status", "DISABLE");
    Ok(body)
}

/// The body of an update, without id and name: every list that changes, whole, and the whole configuration.
///
/// # Errors
/// When a file or a portfolio cannot be made.
pub(crate) async fn update(
    writer: &Writer<'_>,
    wanted: &Wanted<'_>,
    raw: &Object,
) -> Result<Object, PlatformError> {
    let mut body = Object::new();
    overlay(writer, wanted, raw, &mut body).await?;
    Ok(body)
}

async fn overlay(
    writer: &Writer<'_>,
    wanted: &Wanted<'_>,
    raw: &Object,
    body: &mut Object,
) -> Result<(), PlatformError> {
    let live_configuration = wire::object(raw, "ad_configuration").cloned().unwrap_or_default();
    let mut configuration: Object =
        live_configuration.clone().into_iter().filter(|(_, value)| !value.is_null()).collect();
    let identity = identity(wanted, raw);
    let touches_media =
        ["creative.videos", "creative.images", "creative.identity", "creative.tiktok.tiktok_item_id"]
            .iter()
            .any(|path| wanted.touches(path));
    if touches_media {
        set(body, "creative_list", creatives(writer, wanted, raw, &identity).await?);
        if is_customized(&identity) {
            configuration.extend(identity.clone());
        }
    }
    if let Some(texts) = wanted.change("creative.primaryTexts") {
        let texts = texts.into_iter().flat_map(Value::texts).map(|text| json!({"ad_text": text}));
        set(body, "ad_text_list", texts.collect::<Vec<Json>>());
    }
    for member in CONFIGURATION {
        if let Some(value) = wanted.get(&format!("creative.tiktok.{member}")) {
            set(&mut configuration, member, to_json(value));
        }
    }
    call_to_action(writer, wanted, &identity, &mut configuration, body).await?;
    let live_page =
        wire::objects(raw, "landing_page_url_list").find_map(|item| wire::word(item, "landing_page_url"));
    if let Some(page) = page(wanted, live_page.unwrap_or_default()) {
        let params = utm_params(&page);
        configuration.remove("utm_params");
        if params.as_array().is_some_and(|params| !params.is_empty()) {
            set(&mut configuration, "utm_params", params);
        }
        set(body, "landing_page_url_list", json!([{"landing_page_url": page}]));
    }
    if configuration != live_configuration && !configuration.is_empty() && wanted.touches("creative") {
        set(body, "ad_configuration", configuration);
    }
    Ok(())
}

/// Identity members: wanted ones, else the live ones.
fn identity(wanted: &Wanted<'_>, raw: &Object) -> Object {
    let first =
        wire::objects(raw, "creative_list").find_map(|creative| wire::object(creative, "creative_info"));
    let configuration = wire::object(raw, "ad_configuration");
    let live = |member: &str| {
        [first, configuration].into_iter().flatten().find_map(|object| wire::text(object, member))
    };
    IDENTITY
        .iter()
        .filter_map(|member| {
            let chosen = wanted.text(&format!("creative.identity.tiktok.{member}")).map(str::to_owned);
            Some(((*member).to_owned(), Json::String(chosen.or_else(|| live(member))?)))
        })
        .collect()
}

fn is_customized(identity: &Object) -> bool {
    wire::word(identity, "identity_type") == Some("CUSTOMIZED_USER")
}

/// One creative for each video, with its cover; the identity of an account goes into each.
async fn creatives(
    writer: &Writer<'_>,
    wanted: &Wanted<'_>,
    raw: &Object,
    identity: &Object,
) -> Result<Vec<Json>, PlatformError> {
    let (live_images, live_videos) = crate::tiktok::read::media_ids(raw, wire::Lane::SmartPlus);
    let videos = match wanted.change("creative.videos") {
        Some(value) => media::ids(writer, Medium::Video, &references(value)).await?,
        None => live_videos,
    };
    let images = match wanted.change("creative.images") {
        Some(value) => media::ids(writer, Medium::Image, &references(value)).await?,
        None => live_images,
    };
    let creatives = videos.iter().enumerate().map(|(index, video)| {
        let mut info = Object::new();
        set(&mut info, "ad_format", "SINGLE_VIDEO");
        set(&mut info, "video_info", json!({"video_id": video}));
        if let Some(cover) = images.get(index).or_else(|| images.first()) {
            set(&mut info, "image_info", json!([{"web_uri": cover}]));
        }
        if !is_customized(identity) {
            info.extend(identity.clone());
        }
        json!({"creative_info": info})
    });
    let mut creatives: Vec<Json> = creatives.collect();
    if let Some(post) = wanted.text("creative.tiktok.tiktok_item_id") {
        let mut info = identity.clone();
        set(&mut info, "ad_format", "SINGLE_VIDEO");
        set(&mut info, "tiktok_item_id", post);
        creatives.push(json!({"creative_info": info}));
    }
    Ok(creatives)
}

/// An account's identity takes the button from a portfolio, another one from the list.
async fn call_to_action(
    writer: &Writer<'_>,
    wanted: &Wanted<'_>,
    identity: &Object,
    configuration: &mut Object,
    body: &mut Object,
) -> Result<(), PlatformError> {
    let neutral = wanted.text("creative.callToAction").and_then(words::call_to_action);
    let word = wanted.text("creative.tiktok.call_to_action").or(neutral);
    let Some(word) = word.filter(|word| !word.is_empty()) else { return Ok(()) };
    if is_customized(identity) {
        set(body, "call_to_action_list", json!([{"call_to_action": word}]));
    } else {
        set(configuration, "call_to_action_id", media::portfolio(writer, word).await?);
    }
    Ok(())
}
