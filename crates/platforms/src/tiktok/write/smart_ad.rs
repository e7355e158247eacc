//! Smart+ ads: one call each, lists of objects (tiktok-smart-plus.md §6).

use adplane_core::value::Value;
use adplane_engine::error::PlatformError;
use serde_json::{Value as Json, json};

use super::ad::{images_of, page, references, utm_params};
use super::values::{Wanted, to_json};
use super::{Writer, media};
use crate::tiktok::calls::Medium;
use crate::tiktok::wire::{self, Object, set, words};

/// Typed members of `ad_configuration`.
const CONFIGURATION: [&str; 8] = [
    "dark_post_status",
    "creative_auto_add_toggle",
    "creative_auto_enhancement_strategy_list",
    "call_to_action_id",
    "product_specific_type",
    "product_set_id",
    "product_ids",
    "catalog_creative_toggle",
];
/// Fields that decide what the creatives show.
const SHOWN: [&str; 6] = [
    "creative.videos",
    "creative.images",
    "creative.cards",
    "creative.music",
    "creative.tiktok.tiktok_item_id",
    "creative.tiktok.ad_format",
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
    let shows = SHOWN.iter().any(|path| wanted.touches(path));
    let format = wanted
        .text("creative.tiktok.ad_format")
        .map(str::to_owned)
        .or_else(|| first_info(raw).and_then(|info| wire::text(info, "ad_format")));
    let apart = is_apart(&identity, format.as_deref());
    if shows {
        set(body, "creative_list", creatives(writer, wanted, raw, &identity, apart).await?);
    } else if wanted.touches("creative.identity") {
        set(body, "creative_list", renamed(raw, &identity, apart));
    }
    if apart && (shows || wanted.touches("creative.identity")) {
        configuration.extend(identity.clone());
    }
    lists(wanted, body);
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

/// Lists of one entry: form or page, deep link.
fn lists(wanted: &Wanted<'_>, body: &mut Object) {
    let page = wanted.text("creative.leadForm").or_else(|| wanted.text("creative.tiktok.page_id"));
    if let Some(page) = page {
        set(body, "page_list", json!([{"page_id": page}]));
    }
    if let Some(deeplink) = wanted.text("creative.tiktok.deeplink") {
        let kind = wanted.text("creative.tiktok.deeplink_type").unwrap_or("NORMAL");
        set(body, "deeplink_list", json!([{"deeplink": deeplink, "deeplink_type": kind}]));
    }
}

/// `creative_info` of the first live creative.
fn first_info(raw: &Object) -> Option<&Object> {
    wire::objects(raw, "creative_list").find_map(|creative| wire::object(creative, "creative_info"))
}

/// Identity members: wanted ones, else the live ones.
fn identity(wanted: &Wanted<'_>, raw: &Object) -> Object {
    let (first, configuration) = (first_info(raw), wire::object(raw, "ad_configuration"));
    let live = |member: &str| {
        [first, configuration].into_iter().flatten().find_map(|object| wire::text(object, member))
    };
    let chosen = |member: &str| wanted.text(&format!("creative.identity.tiktok.{member}")).map(str::to_owned);
    // Another kind of identity brings its own business center, or none.
    let another = chosen(IDENTITY[0]).is_some();
    IDENTITY
        .iter()
        .filter_map(|member| {
            let kept = || if another && *member == IDENTITY[2] { None } else { live(member) };
            Some(((*member).to_owned(), Json::String(chosen(member).or_else(kept)?)))
        })
        .collect()
}

fn is_customized(identity: &Object) -> bool {
    wire::word(identity, "identity_type") == Some("CUSTOMIZED_USER")
}

/// Whether the identity stands in `ad_configuration`: of custom identities and of catalogues.
fn is_apart(identity: &Object, format: Option<&str>) -> bool {
    is_customized(identity) || format == Some("CATALOG_CAROUSEL")
}

/// The live creatives with another identity, everything else as it is.
fn renamed(raw: &Object, identity: &Object, apart: bool) -> Vec<Json> {
    wire::objects(raw, "creative_list")
        .map(|creative| {
            let mut info = wire::object(creative, "creative_info").cloned().unwrap_or_default();
            info.retain(|member, value| {
                !value.is_null() && member != "material_name" && !IDENTITY.contains(&member.as_str())
            });
            if !apart {
                info.extend(identity.clone());
            }
            json!({"creative_info": info})
        })
        .collect()
}

/// What the ad shows: a post, products, a carousel, or one creative for each video with its cover. The identity
/// of an account goes into each.
async fn creatives(
    writer: &Writer<'_>,
    wanted: &Wanted<'_>,
    raw: &Object,
    identity: &Object,
    apart: bool,
) -> Result<Vec<Json>, PlatformError> {
    let live = first_info(raw).cloned().unwrap_or_default();
    let format = wanted.text("creative.tiktok.ad_format").or_else(|| wire::word(&live, "ad_format"));
    let post = wanted.text("creative.tiktok.tiktok_item_id").map(str::to_owned);
    let post = post.or_else(|| wire::text(&live, "tiktok_item_id"));
    let music = wanted
        .text("creative.music")
        .map(str::to_owned)
        .or_else(|| wire::object(&live, "music_info").and_then(|music| wire::text(music, "music_id")));
    let mut info = Object::new();
    if !apart {
        info.extend(identity.clone());
    }
    if let Some(music) = music {
        set(&mut info, "music_info", json!({"music_id": music}));
    }
    if let Some(post) = post {
        set(&mut info, "ad_format", format.unwrap_or("SINGLE_VIDEO"));
        set(&mut info, "tiktok_item_id", post);
        return Ok(vec![json!({"creative_info": info})]);
    }
    if format == Some("CATALOG_CAROUSEL") {
        set(&mut info, "ad_format", format);
        return Ok(vec![json!({"creative_info": info})]);
    }
    let (live_images, live_videos) = crate::tiktok::read::media_ids(raw, wire::Lane::SmartPlus);
    if let Some(Some(cards)) = wanted.change("creative.cards") {
        let images = media::ids(writer, Medium::Image, &images_of(cards)).await?;
        return Ok(vec![carousel(info, &images)]);
    }
    if wire::word(&live, "ad_format") == Some("CAROUSEL_ADS") && !wanted.touches("creative.videos") {
        return Ok(vec![carousel(info, &live_images)]);
    }
    let videos = match wanted.change("creative.videos") {
        Some(value) => media::ids(writer, Medium::Video, &references(value)).await?,
        None => live_videos,
    };
    let images = match wanted.change("creative.images") {
        Some(value) => media::ids(writer, Medium::Image, &references(value)).await?,
        None => live_images,
    };
    info.remove("music_info");
    Ok(videos.iter().enumerate().map(|(index, video)| of_video(&info, video, index, &images)).collect())
}

fn carousel(mut info: Object, images: &[String]) -> Json {
    set(&mut info, "ad_format", "CAROUSEL_ADS");
    let images: Vec<Json> = images.iter().map(|image| json!({"web_uri": image})).collect();
    set(&mut info, "image_info", images);
    json!({"creative_info": info})
}

fn of_video(info: &Object, video: &str, index: usize, images: &[String]) -> Json {
    let mut info = info.clone();
    set(&mut info, "ad_format", "SINGLE_VIDEO");
    set(&mut info, "video_info", json!({"video_id": video}));
    if let Some(cover) = images.get(index).or_else(|| images.first()) {
        set(&mut info, "image_info", json!([{"web_uri": cover}]));
    }
    json!({"creative_info": info})
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
