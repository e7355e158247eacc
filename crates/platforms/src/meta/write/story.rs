//! Creatives: the whole content, out of what is wanted and, for an edit, what is live (meta-ads.md §7).

use adplane_core::asset::AssetRef;
use adplane_core::field::{FieldPath, Values};
use adplane_core::value::Value;
use adplane_engine::error::{ErrorKind, PlatformError};
use adplane_engine::port::WorkItem;
use serde_json::{Value as Json, json};

use super::prepare::Prepared;
use super::wanted::Wanted;
use super::{features, refused};
use crate::meta::wire::json::Object;
use crate::meta::wire::words::{self, CALLS_TO_ACTION};
use crate::meta::wire::{blocks, feed, media, tracking};

/// The creative's fields as they shall be: live ones, overlaid by what is written.
pub(super) fn content(item: &WorkItem<'_>, wanted: &Wanted<'_>) -> Values {
    let live = item.live.filter(|_| !wanted.is_create()).into_iter().flat_map(|live| &live.fields);
    let mut content: Values =
        live.filter(|(path, _)| path.is_within("creative")).map(|(p, v)| (p.clone(), v.clone())).collect();
    for field in wanted.fields().filter(|field| field.path.is_within("creative")) {
        match &field.after {
            Some(value) => content.insert(field.path.clone(), value.clone()),
            None => content.remove(&field.path),
        };
    }
    content
}

/// Parameters of a new creative.
///
/// # Errors
/// When the live creative has a form that cannot be rebuilt, or a file is missing.
pub(super) fn creative(
    item: &WorkItem<'_>,
    wanted: &Wanted<'_>,
    prepared: &Prepared,
) -> Result<Object, PlatformError> {
    let content = content(item, wanted);
    let native = item.live.filter(|_| !wanted.is_create()).and_then(|live| live.native.get("creative"));
    let base = native.and_then(|creative| creative.get("object_story_spec"));
    let builder = Story { content: &content, prepared };
    let mut creative = Object::new();
    match content.get(feed::SPEC) {
        Some(rest) => {
            creative.insert("object_story_spec".into(), builder.identity().into());
            creative.insert("asset_feed_spec".into(), builder.feed(rest)?);
        }
        None => {
            creative.insert("object_story_spec".into(), builder.story(base)?);
        }
    }
    if let Some(tags) = builder.url_tags() {
        creative.insert("url_tags".into(), json!(tags));
    }
    creative.insert("degrees_of_freedom_spec".into(), features::spec(&content));
    let ad = wanted.text("displayName").unwrap_or(&item.change.display_name);
    let name = media::creative_name(ad, builder.untold());
    creative.insert("name".into(), json!(name));
    Ok(creative)
}

struct Story<'a> {
    content: &'a Values,
    prepared: &'a Prepared,
}

impl<'a> Story<'a> {
    fn value(&self, path: &str) -> Option<&'a Value> {
        self.content.get(path)
    }

    fn text(&self, path: &str) -> Option<&'a str> {
        self.value(path)?.as_text()
    }

    fn first(&self, path: &str) -> Option<&'a str> {
        self.value(path)?.texts().next()
    }

    fn identity(&self) -> Object {
        let mut story = Object::new();
        for (path, name) in [
            ("creative.identity.meta.page", "page_id"),
            ("creative.identity.meta.instagram_user_id", "instagram_user_id"),
        ] {
            blocks::write(&mut story, name, self.text(path).map(Json::from));
        }
        story
    }

    /// An asset feed: the spec, filled from the neutral lists.
    fn feed(&self, rest: &Value) -> Result<Json, PlatformError> {
        let files = |path: &str, id: fn(&Prepared, &str) -> Result<String, PlatformError>| {
            let references = self.value(path).into_iter().flat_map(Value::texts);
            references.map(|reference| id(self.prepared, reference)).collect::<Result<Vec<_>, _>>()
        };
        let images = files("creative.images", Prepared::image)?;
        let videos = files("creative.videos", Prepared::video)?;
        Ok(feed::to_wire(rest, |path| match path {
            "creative.images" => images.clone(),
            "creative.videos" => videos.clone(),
            "creative.callToAction" => self.call().map(str::to_owned).into_iter().collect(),
            _ => match self.value(path) {
                Some(Value::Text(text)) => vec![text.to_string()],
                Some(list) => list.texts().map(str::to_owned).collect(),
                None => Vec::new(),
            },
        }))
    }

    fn story(&self, base: Option<&Json>) -> Result<Json, PlatformError> {
        let mut story = self.identity();
        let live = |name: &str| base.and_then(|base| base.get(name)).and_then(Json::as_object).cloned();
        let cards = self.value("creative.cards").map_or(&[][..], Value::members);
        if !cards.is_empty() {
            let data = live("link_data").unwrap_or_default();
            story.insert("link_data".into(), self.carousel(data, cards)?.into());
        } else if let Some(video) = self.first("creative.videos") {
            let data = live("video_data").unwrap_or_default();
            story.insert("video_data".into(), self.video(data, video)?.into());
        } else if self.first("creative.images").is_some() {
            let data = live("link_data").unwrap_or_default();
            story.insert("link_data".into(), self.link(data)?.into());
        } else {
            let message =
                "the live creative has a form that Adplane cannot rebuild: write its images, videos or cards";
            return Err(refused(ErrorKind::Unsupported, "write", message).field(FieldPath::new("creative")));
        }
        Ok(story.into())
    }

    fn link(&self, mut data: Object) -> Result<Object, PlatformError> {
        data.remove("child_attachments");
        self.texts(
            &mut data,
            &[("headlines", "name"), ("descriptions", "description"), ("primaryTexts", "message")],
        );
        self.image(&mut data)?;
        blocks::write(&mut data, "link", self.text("creative.landingPage").map(Json::from));
        self.call_to_action(&mut data);
        Ok(data)
    }

    fn video(&self, mut data: Object, video: &str) -> Result<Object, PlatformError> {
        self.texts(
            &mut data,
            &[("headlines", "title"), ("descriptions", "link_description"), ("primaryTexts", "message")],
        );
        data.insert("video_id".into(), json!(self.prepared.video(video)?));
        self.image(&mut data)?;
        self.call_to_action(&mut data);
        Ok(data)
    }

    fn carousel(&self, mut data: Object, cards: &[Value]) -> Result<Object, PlatformError> {
        for name in ["name", "description", "image_hash"] {
            data.remove(name);
        }
        self.texts(&mut data, &[("primaryTexts", "message")]);
        blocks::write(&mut data, "link", self.text("creative.landingPage").map(Json::from));
        let cards: Result<Vec<Json>, PlatformError> = cards.iter().map(|card| self.card(card)).collect();
        data.insert("child_attachments".into(), cards?.into());
        // Otherwise the vendor shows the cards in the order that it likes best.
        data.insert("multi_share_optimized".into(), json!(false));
        self.call_to_action(&mut data);
        Ok(data)
    }

    fn card(&self, card: &Value) -> Result<Json, PlatformError> {
        let text = |key: &str| card.entry(key).and_then(Value::as_text);
        let mut attachment = Object::new();
        if let Some(image) = text("image") {
            attachment.insert("image_hash".into(), json!(self.prepared.image(image)?));
        }
        let page = text("landingPage").or_else(|| self.text("creative.landingPage"));
        for (name, value) in
            [("name", text("headline")), ("description", text("description")), ("link", page)]
        {
            blocks::write(&mut attachment, name, value.map(Json::from));
        }
        Ok(attachment.into())
    }

    fn texts(&self, data: &mut Object, names: &[(&str, &str)]) {
        for (path, name) in names {
            let text = self.first(&format!("creative.{path}"));
            blocks::write(data, name, text.map(Json::from));
        }
    }

    fn image(&self, data: &mut Object) -> Result<(), PlatformError> {
        if let Some(reference) = self.first("creative.images") {
            data.insert("image_hash".into(), json!(self.prepared.image(reference)?));
            data.remove("picture");
            data.remove("image_url");
        }
        Ok(())
    }

    /// The button in the vendor's word.
    fn call(&self) -> Option<&'a str> {
        let neutral = self.text("creative.callToAction");
        let word = neutral.and_then(|word| words::to_wire(CALLS_TO_ACTION, word));
        word.or_else(|| self.text("creative.meta.call_to_action_type"))
    }

    /// The button; its link is the ad's link.
    fn call_to_action(&self, data: &mut Object) {
        let Some(word) = self.call() else { return };
        let mut value = data
            .get("call_to_action")
            .and_then(|call| call.get("value"))
            .and_then(Json::as_object)
            .cloned()
            .unwrap_or_default();
        blocks::write(&mut value, "link", self.text("creative.landingPage").map(Json::from));
        blocks::write(&mut value, "lead_gen_form_id", self.text("creative.leadForm").map(Json::from));
        data.insert("call_to_action".into(), json!({"type": word, "value": value}));
    }

    fn url_tags(&self) -> Option<String> {
        let utm = self.value("creative.tracking.utm").and_then(tracking::to_wire);
        utm.or_else(|| self.text("creative.meta.url_tags").map(str::to_owned))
    }

    /// The digest of an image that its own name does not tell.
    fn untold(&self) -> Option<&'a str> {
        let reference = self.first("creative.images")?;
        let digest = reference.strip_prefix("sha256:")?;
        match AssetRef::parse(reference) {
            Some(AssetRef::Digest(_)) if self.prepared.known.untold.contains(digest) => Some(digest),
            _ => None,
        }
    }
}

/// Files that a creative refers to by digest: images, then videos.
pub(super) fn digests(content: &Values) -> (Vec<String>, Vec<String>) {
    let digest = |text: &str| text.strip_prefix("sha256:").map(str::to_owned);
    let listed = |path: &str| -> Vec<String> {
        content.get(path).into_iter().flat_map(Value::texts).filter_map(digest).collect()
    };
    let mut images = listed("creative.images");
    let cards = content.get("creative.cards").map_or(&[][..], Value::members);
    images.extend(cards.iter().filter_map(|card| digest(card.entry("image")?.as_text()?)));
    (images, listed("creative.videos"))
}

/// The vendor's id in an asset reference, `None` when it is a digest.
pub(super) fn vendor_id(reference: &str) -> Option<&str> {
    reference.strip_prefix("id:")
}
