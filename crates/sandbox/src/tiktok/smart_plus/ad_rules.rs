//! What an Upgraded Smart+ ad must satisfy: creatives, identity, texts, call to action, destination.

use crate::tiktok::ads::rules::{check_cover, check_utm, marks};
use crate::tiktok::errors::{Refusal, ensure, invalid};
use crate::tiktok::json::{array, child, flag, has, objects, text, text_or_empty, texts};
use crate::tiktok::{identity, images, portfolio, videos, words};
use crate::world::{Object, World};

/// Most entries of each list.
const MOST: [(&str, usize); 9] = [
    ("creative_list", 50),
    ("ad_text_list", 5),
    ("call_to_action_list", 3),
    ("landing_page_url_list", 1),
    ("page_list", 3),
    ("deeplink_list", 1),
    ("interactive_add_on_list", 1),
    ("custom_product_page_list", 1),
    ("playable_list", 5),
];
/// Most images of a carousel.
const MOST_IMAGES: usize = 35;

/// Checks an ad as it will be.
pub(super) fn check(
    world: &World,
    advertiser: &str,
    campaign: &Object,
    group: &Object,
    ad: &Object,
) -> Result<(), Refusal> {
    words::check_length("ad_name", text_or_empty(ad, "ad_name"))?;
    for (member, most) in MOST {
        ensure(array(ad, member).len() <= most, || format!("{member}: At most {most} entries are allowed."))?;
    }
    ensure(!array(ad, "creative_list").is_empty(), || {
        "creative_list: At least one creative is required.".into()
    })?;
    let empty = Object::new();
    let configuration = child(ad, "ad_configuration").unwrap_or(&empty);
    let on_tiktok = texts(group, "placements").contains(&"PLACEMENT_TIKTOK");
    let mut spark = false;
    for creative in objects(ad, "creative_list") {
        let info = child(creative, "creative_info").unwrap_or(&empty);
        let identity = check_identity(world, advertiser, info, configuration, on_tiktok)?;
        spark |= identity::ACCOUNTS.contains(&identity);
        check_creative(world, advertiser, info, campaign)?;
    }
    check_texts(world, ad)?;
    check_call_to_action(world, advertiser, campaign, ad, configuration, on_tiktok && spark)?;
    check_destination(campaign, group, ad, configuration)?;
    check_catalog(campaign, configuration)
}

/// The identity stands in the creative, or in the configuration for custom ones and catalogs.
fn check_identity<'a>(
    world: &World,
    advertiser: &str,
    info: &'a Object,
    configuration: &'a Object,
    on_tiktok: bool,
) -> Result<&'a str, Refusal> {
    let own = has(info, "identity_type") || has(info, "identity_id");
    let kind = identity::check(world, advertiser, if own { info } else { configuration })?;
    ensure(kind != "CUSTOMIZED_USER" || !on_tiktok, || {
        "identity_type: CUSTOMIZED_USER is not supported when the placements include TikTok.".into()
    })?;
    ensure(kind != "CUSTOMIZED_USER" || !own, || {
        "identity_type: CUSTOMIZED_USER belongs into ad_configuration.".into()
    })?;
    Ok(kind)
}

fn check_creative(world: &World, advertiser: &str, info: &Object, campaign: &Object) -> Result<(), Refusal> {
    let found: Vec<&str> = objects(info, "image_info").filter_map(|image| text(image, "web_uri")).collect();
    let video = child(info, "video_info").and_then(|video| text(video, "video_id"));
    let music = has(info, "music_info");
    let format = text_or_empty(info, "ad_format");
    if has(info, "tiktok_item_id") {
        ensure(video.is_none() && found.is_empty(), || {
            "creative_info: A post (tiktok_item_id) brings its own video and images.".into()
        })?;
        return ensure(format != "CAROUSEL_ADS" || music, || {
            "creative_info.music_info: Required when ad_format is CAROUSEL_ADS.".into()
        });
    }
    images::check(world, advertiser, "creative_info.image_info", &found)?;
    match format {
        "SINGLE_VIDEO" => {
            let id = video.ok_or_else(|| {
                invalid("creative_info.video_info: Required when ad_format is SINGLE_VIDEO.")
            })?;
            let video = videos::check(world, advertiser, id)?;
            ensure(found.len() == 1, || {
                "creative_info.image_info: SINGLE_VIDEO requires exactly one cover.".into()
            })?;
            check_cover(world, advertiser, video, found[0])
        }
        "CAROUSEL_ADS" => {
            ensure((1..=MOST_IMAGES).contains(&found.len()), || {
                "creative_info.image_info: CAROUSEL_ADS requires 1 to 35 images.".into()
            })?;
            ensure(music, || "creative_info.music_info: Required when ad_format is CAROUSEL_ADS.".into())
        }
        _ => {
            ensure(flag(campaign, "catalog_enabled") == Some(true), || {
                "creative_info.ad_format: CATALOG_CAROUSEL requires catalog_enabled of the campaign.".into()
            })?;
            ensure(music, || "creative_info.music_info: Required when ad_format is CATALOG_CAROUSEL.".into())
        }
    }
}

fn check_texts(world: &World, ad: &Object) -> Result<(), Refusal> {
    let posts = objects(ad, "creative_list")
        .all(|creative| child(creative, "creative_info").is_some_and(|info| has(info, "tiktok_item_id")));
    ensure(posts || !array(ad, "ad_text_list").is_empty(), || {
        "ad_text_list: Required unless every creative is a post.".into()
    })?;
    let marks = marks(world);
    objects(ad, "ad_text_list").try_for_each(|item| {
        words::check_ad_text("ad_text_list.ad_text", text_or_empty(item, "ad_text"), marks)
    })
}

/// Where a TikTok account speaks on TikTok, a portfolio of calls to action stands instead of a list.
fn check_call_to_action(
    world: &World,
    advertiser: &str,
    campaign: &Object,
    ad: &Object,
    configuration: &Object,
    spark_on_tiktok: bool,
) -> Result<(), Refusal> {
    let lead = text(campaign, "objective_type") == Some("LEAD_GENERATION");
    let dynamic = spark_on_tiktok || lead;
    let id = text(configuration, "call_to_action_id");
    ensure(!dynamic || id.is_some(), || {
        "ad_configuration.call_to_action_id: Required for ads of a TikTok account on TikTok and for lead generation.".into()
    })?;
    ensure(!dynamic || array(ad, "call_to_action_list").is_empty(), || {
        "call_to_action_list: Not supported here, use ad_configuration.call_to_action_id.".into()
    })?;
    id.map_or(Ok(()), |id| portfolio::check_call_to_action(world, advertiser, id))
}

fn check_destination(
    campaign: &Object,
    group: &Object,
    ad: &Object,
    configuration: &Object,
) -> Result<(), Refusal> {
    let address = objects(ad, "landing_page_url_list").find_map(|item| text(item, "landing_page_url"));
    let form = text(group, "promotion_target_type") == Some("INSTANT_PAGE");
    let website = text(group, "promotion_type") == Some("WEBSITE")
        || text(group, "promotion_target_type") == Some("EXTERNAL_WEBSITE");
    let catalog = flag(campaign, "catalog_enabled") == Some(true);
    let page = !array(ad, "page_list").is_empty();
    ensure(!website || address.is_some() || catalog || page, || {
        "landing_page_url_list: Required when the promotion type is a website.".into()
    })?;
    ensure(!form || page, || "page_list: Required when promotion_target_type is INSTANT_PAGE.".into())?;
    let messages = text(group, "promotion_type") == Some("LEAD_GEN_CLICK_TO_TT_DIRECT_MESSAGE");
    ensure(!messages || !array(ad, "auto_message_list").is_empty(), || {
        "auto_message_list: Required for direct messages.".into()
    })?;
    let Some(address) = address else { return Ok(()) };
    words::check_url("landing_page_url_list.landing_page_url", address)?;
    check_utm("ad_configuration.utm_params", address, objects(configuration, "utm_params"))
}

fn check_catalog(campaign: &Object, configuration: &Object) -> Result<(), Refusal> {
    let catalog = flag(campaign, "catalog_enabled") == Some(true);
    ensure(!catalog || has(configuration, "product_specific_type"), || {
        "ad_configuration.product_specific_type: Required when catalog_enabled of the campaign is true."
            .into()
    })
}
