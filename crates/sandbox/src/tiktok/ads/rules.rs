//! What a manual creative must satisfy: identity, media, texts, landing page ("Create ads").

use std::collections::BTreeSet;

use serde_json::Value;

use crate::tiktok::errors::{Refusal, ensure, invalid};
use crate::tiktok::json::{array, has, objects, text, text_or_empty, texts};
use crate::tiktok::words::{self, Marks};
use crate::tiktok::{identity, images, portfolio, videos};
use crate::world::{Object, World};

/// Most images of a carousel.
const MOST_IMAGES: usize = 35;
/// Most tracking parameters, and their longest key and value.
const UTM: (usize, usize, usize) = (14, 100, 600);

/// Checks one creative against its ad group and campaign.
pub(super) fn check(
    world: &World,
    advertiser: &str,
    campaign: &Object,
    group: &Object,
    creative: &Object,
) -> Result<(), Refusal> {
    words::check_length("ad_name", text_or_empty(creative, "ad_name"))?;
    let identity = identity::check(world, advertiser, creative)?;
    let engagement = text_or_empty(campaign, "objective_type") == "ENGAGEMENT";
    // Unverified: engagement ads need a TikTok account.
    let account_only = engagement && world.option("tiktok.engagement_identity", "account") == "account";
    ensure(!account_only || identity::ACCOUNTS.contains(&identity), || {
        "identity_type: The objective ENGAGEMENT requires a TikTok account.".into()
    })?;
    check_media(world, advertiser, identity, creative)?;
    check_text(world, creative)?;
    check_destination(campaign, group, creative)?;
    check_tracking(creative)?;
    if let Some(id) = text(creative, "call_to_action_id") {
        portfolio::check_call_to_action(world, advertiser, id)?;
    }
    // The official client always sends the type.
    ensure(!has(creative, "deeplink") || has(creative, "deeplink_type"), || {
        "deeplink_type: It must be sent together with deeplink.".into()
    })
}

fn check_media(world: &World, advertiser: &str, identity: &str, creative: &Object) -> Result<(), Refusal> {
    let images = texts(creative, "image_ids");
    if has(creative, "tiktok_item_id") {
        ensure(identity != "CUSTOMIZED_USER", || {
            "tiktok_item_id: It requires the identity of a TikTok account.".into()
        })?;
        return ensure(images.is_empty() && !has(creative, "video_id"), || {
            "image_ids: A post (tiktok_item_id) brings its own media.".into()
        });
    }
    let format =
        text(creative, "ad_format").ok_or_else(|| invalid("ad_format: Missing data for required field."))?;
    images::check(world, advertiser, "image_ids", &images)?;
    match format {
        "SINGLE_VIDEO" => check_video(world, advertiser, creative, &images),
        "SINGLE_IMAGE" => ensure(images.len() == 1 && !has(creative, "video_id"), || {
            "image_ids: SINGLE_IMAGE requires exactly one image and no video.".into()
        }),
        "CAROUSEL_ADS" => {
            ensure((1..=MOST_IMAGES).contains(&images.len()), || {
                "image_ids: CAROUSEL_ADS requires 1 to 35 images.".into()
            })?;
            ensure(has(creative, "music_id"), || "music_id: Required when ad_format is CAROUSEL_ADS.".into())
        }
        _ => Err(invalid(format!("ad_format: {format} requires a catalog or a live room."))),
    }
}

fn check_video(world: &World, advertiser: &str, creative: &Object, images: &[&str]) -> Result<(), Refusal> {
    let id = text(creative, "video_id")
        .ok_or_else(|| invalid("video_id: Required when ad_format is SINGLE_VIDEO."))?;
    let video = videos::check(world, advertiser, id)?;
    ensure(images.len() == 1, || "image_ids: SINGLE_VIDEO requires exactly one image, the cover.".into())?;
    check_cover(world, advertiser, video, images[0])
}

/// The cover has the video's ratio; enforced with option `tiktok.cover_ratio=enforce`.
pub(in crate::tiktok) fn check_cover(
    world: &World,
    advertiser: &str,
    video: &Object,
    cover: &str,
) -> Result<(), Refusal> {
    let enforced = world.option("tiktok.cover_ratio", "accept") == "enforce";
    let size = |name: &str| video.get(name).and_then(Value::as_u64);
    let (Some((width, height)), Some(video_width), Some(video_height)) =
        (images::size(world, advertiser, cover), size("width"), size("height"))
    else {
        return Ok(());
    };
    ensure(!enforced || width * video_height == height * video_width, || {
        format!(
            "image_ids: The cover ({width}x{height}) must have the ratio of the video ({video_width}x{video_height})."
        )
    })
}

fn check_text(world: &World, creative: &Object) -> Result<(), Refusal> {
    let marks = marks(world);
    let written = text(creative, "ad_text").filter(|written| !written.is_empty());
    let several = texts(creative, "ad_texts");
    ensure(written.is_some() || !several.is_empty() || has(creative, "tiktok_item_id"), || {
        "ad_text: Missing data for required field.".into()
    })?;
    written.into_iter().chain(several).try_for_each(|written| words::check_ad_text("ad_text", written, marks))
}

/// Whether `{ } # @` are refused in texts (unverified).
pub(in crate::tiktok) fn marks(world: &World) -> Marks {
    match world.option("tiktok.text_marks", "refuse") {
        "accept" => Marks::Accepted,
        _ => Marks::Refused,
    }
}

fn check_destination(campaign: &Object, group: &Object, creative: &Object) -> Result<(), Refusal> {
    let landing = text(creative, "landing_page_url").filter(|address| !address.is_empty());
    let website = text_or_empty(group, "promotion_type") == "WEBSITE"
        || text_or_empty(group, "promotion_target_type") == "EXTERNAL_WEBSITE";
    let shop = text_or_empty(campaign, "objective_type") == "PRODUCT_SALES";
    let page = creative.get("page_id").and_then(Value::as_u64).is_some_and(|id| id > 0);
    ensure(landing.is_some() || !website || shop || page, || {
        "landing_page_url: Required when promotion_type is WEBSITE.".into()
    })?;
    let form = text_or_empty(group, "promotion_target_type") == "INSTANT_PAGE";
    ensure(!form || page, || "page_id: Required when promotion_target_type is INSTANT_PAGE.".into())?;
    let Some(address) = landing else { return Ok(()) };
    words::check_url("landing_page_url", address)?;
    check_utm("utm_params", address, objects(creative, "utm_params"))
}

/// Tracking parameters equal the query of the address, in any order; they are never appended to it.
pub(in crate::tiktok) fn check_utm<'a>(
    member: &str,
    address: &str,
    params: impl Iterator<Item = &'a Object>,
) -> Result<(), Refusal> {
    let params: Vec<(&str, &str)> =
        params.map(|pair| (text_or_empty(pair, "key"), text_or_empty(pair, "value"))).collect();
    if params.is_empty() {
        return Ok(());
    }
    ensure(params.len() <= UTM.0, || format!("{member}: At most {} parameters are allowed.", UTM.0))?;
    let short =
        params.iter().all(|(key, value)| key.chars().count() <= UTM.1 && value.chars().count() <= UTM.2);
    ensure(short, || {
        format!("{member}: A key has at most {} and a value at most {} characters.", UTM.1, UTM.2)
    })?;
    let query =
        url::Url::parse(address).ok().and_then(|url| url.query().map(str::to_owned)).unwrap_or_default();
    let raw: BTreeSet<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    let decoded: BTreeSet<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
        .map(|(key, value)| (key.into_owned(), value.into_owned()))
        .collect();
    let sent: BTreeSet<(String, String)> =
        params.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    ensure(sent == raw || sent == decoded, || {
        format!("{member}: They must equal the query parameters of the landing page URL.")
    })
}

fn check_tracking(creative: &Object) -> Result<(), Refusal> {
    for member in ["impression_tracking_url", "click_tracking_url", "video_view_tracking_url"] {
        if let Some(address) = text(creative, member) {
            words::check_url(member, address)?;
        }
    }
    let name = text_or_empty(creative, "display_name");
    ensure(words::units(name) <= 40, || "display_name: It must have 1 to 40 characters.".into())?;
    ensure(array(creative, "ad_texts").len() <= 5, || "ad_texts: At most 5 texts are allowed.".into())
}
