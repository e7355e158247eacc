//! Ads as read: flat in the manual lane, lists of objects in Smart+.

use adplane_core::field::Values;
use adplane_core::ids::ExternalId;
use adplane_core::observed::ObservedObject;
use adplane_core::value::Value;

use super::campaigns::Parent;
use super::context::{Context, Form, native, pass_through, start};
use crate::tiktok::calls::Level;
use crate::tiktok::limits::{covers, from_utm, is_default};
use crate::tiktok::wire::{self, Lane, Object, url, words};

const MANUAL: [(&str, Form); 9] = [
    ("ad_format", Form::Text),
    ("tiktok_item_id", Form::Id),
    ("display_name", Form::Text),
    ("page_id", Form::Id),
    ("deeplink", Form::Text),
    ("tracking_pixel_id", Form::Id),
    ("dark_post_status", Form::Text),
    ("promotional_music_disabled", Form::Flag),
    ("call_to_action_id", Form::Id),
];
const CONFIGURATION: [(&str, Form); 3] = [
    ("dark_post_status", Form::Text),
    ("creative_auto_add_toggle", Form::Flag),
    ("creative_auto_enhancement_strategy_list", Form::Set),
];
const IDENTITY: [(&str, Form); 3] =
    [("identity_type", Form::Text), ("identity_id", Form::Id), ("identity_authorized_bc_id", Form::Id)];
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
    object.read_only = object.read_only.or_else(|| of.read_only.clone());
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
    if wire::text(raw, "tiktok_item_id").is_none_or(|post| post == "0") {
        let (images, videos) = media_ids(raw, Lane::Manual);
        media(&images, &videos, context, fields);
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
        pass_through(first, &[("ad_format", Form::Text), ("tiktok_item_id", Form::Id)], TYPED, fields);
    }
    let ad_texts = wire::objects(raw, "ad_text_list").filter_map(|item| wire::text(item, "ad_text"));
    texts(ad_texts.collect(), fields);
    let (images, videos) = media_ids(raw, Lane::SmartPlus);
    media(&images, &videos, context, fields);
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
