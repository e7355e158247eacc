//! Ads as read: flat in the manual lane, lists of objects in Smart+.

use adplane_core::field::Values;
use adplane_core::ids::ExternalId;
use adplane_core::observed::ObservedObject;
use adplane_core::value::Value;

use super::campaigns::Parent;
use super::context::{Context, Form, native, pass_through, start};
use super::unexpressed;
use crate::tiktok::calls::Level;
use crate::tiktok::limits::{covers, from_utm, is_default};
use crate::tiktok::wire::{self, Lane, Object, url, words};

const MANUAL: [(&str, Form); 9] = [
    ("tiktok_item_id", Form::Id),
    ("display_name", Form::Text),
    ("page_id", Form::Id),
    ("deeplink", Form::Text),
    ("deeplink_type", Form::Text),
    ("tracking_pixel_id", Form::Id),
    ("dark_post_status", Form::Text),
    ("promotional_music_disabled", Form::Flag),
    ("call_to_action_id", Form::Id),
];
const CONFIGURATION: [(&str, Form); 7] = [
    ("dark_post_status", Form::Text),
    ("creative_auto_add_toggle", Form::Flag),
    ("creative_auto_enhancement_strategy_list", Form::Set),
    ("product_specific_type", Form::Text),
    ("product_set_id", Form::Id),
    ("product_ids", Form::Set),
    ("catalog_creative_toggle", Form::Flag),
];
const DEEPLINK: [(&str, Form); 2] = [("deeplink", Form::Text), ("deeplink_type", Form::Text)];
const IDENTITY: [(&str, Form); 3] =
    [("identity_type", Form::Text), ("identity_id", Form::Id), ("identity_authorized_bc_id", Form::Id)];
const CAROUSEL: &str = "CAROUSEL_ADS";
const MUSIC: &str = "creative.music";
const TYPED: &str = "creative.tiktok.";
const IDENTITY_PATH: &str = "creative.identity.tiktok.";

/// An observed ad.
pub(crate) fn observe(raw: Object, of: &Parent, context: &Context) -> Option<ObservedObject> {
    let mut object = start(&raw, of.lane, Level::Ad)?;
    object.parent = wire::text(&raw, "adgroup_id").and_then(|id| ExternalId::new(id).ok());
    match of.lane {
        Lane::Manual => manual(&raw, context, &mut object.fields),
        Lane::SmartPlus => smart_plus(&raw, context, &mut object.fields),
    }
    if of.objective == "LEAD_GENERATION"
        && let Some(form) = object.fields.remove("creative.tiktok.page_id")
    {
        object.fields.insert("creative.leadForm".into(), form);
    }
    of.protect(&mut object);
    object.unexpressed = unexpressed::of_ad(&raw, of.lane);
    object.native = native(raw, of.lane, &of.objective, of.has_budget);
    Some(object)
}

/// The vendor's ids of images and videos that an ad shows.
pub(crate) fn media_ids(raw: &Object, lane: Lane) -> (Vec<String>, Vec<String>) {
    match lane {
        Lane::Manual => (wire::texts(raw, "image_ids"), wire::text(raw, "video_id").into_iter().collect()),
        Lane::SmartPlus => {
            let (mut images, mut videos) = (Vec::new(), Vec::new());
            for info in creatives(raw) {
                images.extend(
                    wire::objects(info, "image_info").filter_map(|image| wire::text(image, "web_uri")),
                );
                videos
                    .extend(wire::object(info, "video_info").and_then(|video| wire::text(video, "video_id")));
            }
            (images, videos)
        }
    }
}

/// `creative_info` of each creative of a Smart+ ad.
fn creatives(raw: &Object) -> impl Iterator<Item = &Object> {
    wire::objects(raw, "creative_list").filter_map(|creative| wire::object(creative, "creative_info"))
}

fn manual(raw: &Object, context: &Context, fields: &mut Values) {
    pass_through(raw, &MANUAL, TYPED, fields);
    pass_through(raw, &IDENTITY, IDENTITY_PATH, fields);
    texts(wire::text(raw, "ad_text").into_iter().collect(), fields);
    let is_carousel = wire::word(raw, "ad_format") == Some(CAROUSEL);
    let is_post = wire::text(raw, "tiktok_item_id").is_some_and(|post| post != "0");
    format(raw, is_post, fields);
    let (images, videos) = media_ids(raw, Lane::Manual);
    if is_post {
        // A post brings its own media.
    } else if is_carousel {
        cards(&images, context, fields);
    } else {
        media(&images, &videos, context, fields);
    }
    if let Some(music) = wire::text(raw, "music_id").filter(|_| is_carousel) {
        fields.insert(MUSIC.into(), Value::text(music));
    }
    call_to_action(wire::word(raw, "call_to_action"), fields);
    landing(wire::word(raw, "landing_page_url"), fields);
}

fn smart_plus(raw: &Object, context: &Context, fields: &mut Values) {
    let none = Object::new();
    let configuration = wire::object(raw, "ad_configuration").unwrap_or(&none);
    pass_through(configuration, &CONFIGURATION, TYPED, fields);
    pass_through(configuration, &IDENTITY, IDENTITY_PATH, fields);
    if let Some(first) = creatives(raw).next() {
        pass_through(first, &IDENTITY, IDENTITY_PATH, fields);
    }
    shown(raw, context, fields);
    let ad_texts = wire::objects(raw, "ad_text_list").filter_map(|item| wire::text(item, "ad_text"));
    texts(ad_texts.collect(), fields);
    let listed =
        wire::objects(raw, "call_to_action_list").find_map(|item| wire::word(item, "call_to_action"));
    let portfolio = wire::text(configuration, "call_to_action_id");
    let named = portfolio.as_ref().and_then(|id| context.portfolios.get(id));
    match (named, portfolio.as_ref()) {
        (None, Some(id)) => {
            fields.insert("creative.tiktok.call_to_action_id".into(), Value::text(id));
        }
        (named, _) => call_to_action(named.map(String::as_str).or(listed), fields),
    }
    let page =
        wire::objects(raw, "landing_page_url_list").find_map(|item| wire::word(item, "landing_page_url"));
    landing(page, fields);
    let mut pages = wire::objects(raw, "page_list").filter_map(|item| wire::text(item, "page_id"));
    if let (Some(only), None) = (pages.next(), pages.next()) {
        fields.insert("creative.tiktok.page_id".into(), Value::text(only));
    }
    if let Some(deeplink) = wire::objects(raw, "deeplink_list").next() {
        pass_through(deeplink, &DEEPLINK, TYPED, fields);
    }
}

/// What the creatives of a Smart+ ad show, where a neutral creative can say it: videos, or one carousel, one
/// post, one catalogue.
fn shown(raw: &Object, context: &Context, fields: &mut Values) {
    let infos: Vec<&Object> = creatives(raw).collect();
    let Some(first) = infos.first().filter(|_| !is_mixed(raw)) else { return };
    pass_through(first, &[("tiktok_item_id", Form::Id)], TYPED, fields);
    let is_post = fields.contains_key("creative.tiktok.tiktok_item_id");
    format(first, is_post, fields);
    let music = wire::object(first, "music_info").and_then(|music| wire::text(music, "music_id"));
    if let Some(music) = music {
        fields.insert(MUSIC.into(), Value::text(music));
    }
    if is_post {
        return;
    }
    let (images, videos) = media_ids(raw, Lane::SmartPlus);
    if wire::word(first, "ad_format") == Some(CAROUSEL) {
        cards(&images, context, fields);
    } else {
        media(&images, &videos, context, fields);
    }
}

/// The format, where it does not follow from what is shown.
fn format(object: &Object, is_post: bool, fields: &mut Values) {
    let implied: &[&str] =
        if is_post { &["SINGLE_VIDEO"] } else { &["SINGLE_VIDEO", "SINGLE_IMAGE", CAROUSEL] };
    if let Some(format) = wire::word(object, "ad_format").filter(|format| !implied.contains(format)) {
        fields.insert("creative.tiktok.ad_format".into(), Value::text(format));
    }
}

/// Whether a Smart+ ad holds creatives that one neutral creative cannot say together.
pub(crate) fn is_mixed(raw: &Object) -> bool {
    let infos: Vec<&Object> = creatives(raw).collect();
    let plain_video = |info: &&Object| {
        wire::word(info, "ad_format") == Some("SINGLE_VIDEO") && wire::text(info, "tiktok_item_id").is_none()
    };
    infos.len() > 1 && !infos.iter().all(plain_video)
}

/// The cards of a carousel: of each only the image is shown.
fn cards(images: &[String], context: &Context, fields: &mut Values) {
    let cards = images.iter().map(|image| Value::map([("image", Value::text(context.asset(image)))]));
    fields.insert("creative.cards".into(), Value::List(cards.collect()));
}

fn texts(texts: Vec<String>, fields: &mut Values) {
    if !texts.is_empty() {
        fields.insert("creative.primaryTexts".into(), Value::text_list(texts));
    }
}

fn media(images: &[String], videos: &[String], context: &Context, fields: &mut Values) {
    let references = |ids: &[String]| ids.iter().map(|id| context.asset(id)).collect::<Vec<_>>();
    if !videos.is_empty() {
        fields.insert("creative.videos".into(), Value::text_list(references(videos)));
    }
    let mut images = references(images);
    if !videos.is_empty() {
        images = covers(&images, videos.len());
    }
    if !images.is_empty() {
        fields.insert("creative.images".into(), Value::text_list(images));
    }
}

fn call_to_action(word: Option<&str>, fields: &mut Values) {
    let neutral = words::neutral_call_to_action(word.unwrap_or_default());
    match (neutral, word) {
        (Some(neutral), _) => fields.insert("creative.callToAction".into(), Value::text(neutral)),
        (None, Some(word)) => fields.insert("creative.tiktok.call_to_action".into(), Value::text(word)),
        (None, None) => None,
    };
}

fn landing(page: Option<&str>, fields: &mut Values) {
    let Some(page) = page else { return };
    let mut landing = url::split(page);
    fields.insert("creative.landingPage".into(), Value::text(&landing.page));
    landing.utm.retain(|key, value| !is_default(key, value));
    if !landing.utm.is_empty() {
        fields.insert("creative.tracking.utm".into(), from_utm(&landing.utm));
    }
}
