//! Creatives as they are live: link, video, carousel and asset feed (meta-ads.md §7). Other forms show their
//! identity and tracking only.

use adplane_core::field::Values;
use adplane_core::value::Value;
use serde_json::Value as Json;

use super::Context;
use crate::meta::wire::words::{self, CALLS_TO_ACTION};
use crate::meta::wire::{feed, json, media, tracking};

/// Adds a creative's fields.
pub(super) fn read(creative: &Json, context: &Context<'_>, values: &mut Values) {
    read_tracking(creative, values);
    read_features(creative, values);
    let Some(story) = creative.get("object_story_spec") else { return };
    let mut put = |path: &str, text: Option<String>| {
        if let Some(text) = text {
            values.insert(path.into(), Value::text(text));
        }
    };
    put("creative.identity.meta.page", json::text(story, "page_id"));
    put("creative.identity.meta.instagram_user_id", json::text(story, "instagram_user_id"));
    let reader = Story { creative, context };
    if let Some(link) = story.get("link_data") {
        reader.link(link, values);
    } else if let Some(video) = story.get("video_data") {
        reader.video(video, values);
    } else if let Some(spec) = creative.get("asset_feed_spec").and_then(json::to_value) {
        reader.feed(&spec, values);
    }
}

struct Story<'a> {
    creative: &'a Json,
    context: &'a Context<'a>,
}

impl Story<'_> {
    fn link(&self, link: &Json, values: &mut Values) {
        let cards = json::list(link, "child_attachments");
        if cards.is_empty() {
            texts(link, &[("headlines", "name"), ("descriptions", "description")], values);
            self.image(link, values);
        } else {
            let cards = cards.iter().map(|card| self.card(card)).collect();
            values.insert("creative.cards".into(), Value::List(cards));
        }
        texts(link, &[("primaryTexts", "message")], values);
        if let Some(page) = json::text(link, "link") {
            values.insert("creative.landingPage".into(), Value::text(page));
        }
        call_to_action(link, values);
    }

    fn video(&self, video: &Json, values: &mut Values) {
        let names =
            [("headlines", "title"), ("descriptions", "link_description"), ("primaryTexts", "message")];
        texts(video, &names, values);
        self.image(video, values);
        if let Some(id) = json::text(video, "video_id") {
            let reference = self.context.videos.reference(&id);
            values.insert("creative.videos".into(), Value::text_list([reference]));
        }
        let page = video.get("call_to_action").and_then(|call| json::text(call.get("value")?, "link"));
        if let Some(page) = page {
            values.insert("creative.landingPage".into(), Value::text(page));
        }
        call_to_action(video, values);
    }

    /// A feed; files are told by the account's library alone, since several share one creative.
    fn feed(&self, spec: &Value, values: &mut Values) {
        for path in ["creative.headlines", "creative.descriptions", "creative.primaryTexts"] {
            values.insert(path.into(), Value::text_list::<&str>([]));
        }
        let parts = feed::take_apart(spec);
        for (path, value) in parts.fields {
            let library = match path.as_str() {
                "creative.images" => Some(self.context.images),
                "creative.videos" => Some(self.context.videos),
                _ => None,
            };
            let known = |library: &media::Library| {
                let ids = value.texts().filter_map(|reference| reference.strip_prefix("id:"));
                let mut references: Vec<String> = ids.map(|id| library.reference(id)).collect();
                references.sort_unstable();
                Value::text_list(references)
            };
            let value = library.map_or_else(|| value.clone(), known);
            values.insert(path, value);
        }
        values.insert(feed::SPEC.into(), parts.rest);
    }

    fn image(&self, data: &Json, values: &mut Values) {
        if let Some(hash) = json::text(data, "image_hash") {
            values.insert("creative.images".into(), Value::text_list([self.reference(&hash)]));
        }
    }

    /// An image's digest by its own name, else by its creative's.
    fn reference(&self, hash: &str) -> String {
        let reference = self.context.images.reference(hash);
        match media::untold_digest(self.creative) {
            Some(digest) if reference.starts_with("id:") => format!("sha256:{digest}"),
            _ => reference,
        }
    }

    fn card(&self, card: &Json) -> Value {
        let image = json::text(card, "image_hash").map(|hash| self.context.images.reference(&hash));
        let parts = [
            ("image", image),
            ("headline", json::text(card, "name")),
            ("description", json::text(card, "description")),
            ("landingPage", json::text(card, "link")),
        ];
        Value::map(parts.into_iter().filter_map(|(key, text)| Some((key, Value::text(text?)))))
    }
}

/// Texts of which one is shown, as lists of at most one.
fn texts(data: &Json, names: &[(&str, &str)], values: &mut Values) {
    for (path, name) in names {
        let path = format!("creative.{path}");
        values.insert(path.as_str().into(), Value::text_list(json::text(data, name)));
    }
}

fn call_to_action(data: &Json, values: &mut Values) {
    let Some(call) = data.get("call_to_action") else { return };
    let word = json::word(call, "type");
    match words::to_neutral(CALLS_TO_ACTION, word) {
        Some(neutral) => values.insert("creative.callToAction".into(), Value::text(neutral)),
        None => values.insert("creative.meta.call_to_action_type".into(), Value::text(word)),
    };
    if let Some(form) = call.get("value").and_then(|value| json::text(value, "lead_gen_form_id")) {
        values.insert("creative.leadForm".into(), Value::text(form));
    }
}

fn read_tracking(creative: &Json, values: &mut Values) {
    let Some(tags) = json::text(creative, "url_tags") else { return };
    match tracking::read(&tags) {
        Some(utm) => values.insert("creative.tracking.utm".into(), utm),
        None => values.insert("creative.meta.url_tags".into(), Value::text(tags)),
    };
}

/// Features that alter the creative, where somebody opted in.
fn read_features(creative: &Json, values: &mut Values) {
    let features =
        creative.get("degrees_of_freedom_spec").and_then(|spec| spec.get("creative_features_spec"));
    for (name, feature) in features.and_then(Json::as_object).into_iter().flatten() {
        if json::word(feature, "enroll_status") == "OPT_IN" {
            let path =
                format!("creative.meta.degrees_of_freedom_spec.creative_features_spec.{name}.enroll_status");
            values.insert(path.as_str().into(), Value::text("OPT_IN"));
        }
    }
}
