//! What a story must hold: a page, one block of content, images and videos that exist (meta-ads.md §7).

use serde_json::{Map, Value};

use crate::meta::errors::GraphError;
use crate::meta::images;
use crate::meta::kind::Kind;
use crate::meta::schema::{enums, has_word, nested};
use crate::meta::store;
use crate::meta::targeting::check_keys;
use crate::world::{Object, World};

type Spec = Map<String, Value>;

/// The blocks of content, of which a story holds one.
const BLOCKS: [&str; 6] =
    ["link_data", "video_data", "photo_data", "text_data", "template_data", "product_data"];

fn error(field: &str, title: &'static str, text: impl Into<String>) -> GraphError {
    GraphError::parameter(&format!("object_story_spec.{field}"), title, text)
}

/// Checks a story; with an asset feed it needs no block of its own.
pub(super) fn check(world: &World, account: &str, story: &Spec, has_feed: bool) -> Result<(), GraphError> {
    check_keys(world, "object_story_spec", story, nested::OBJECT_STORY_SPEC)?;
    let page = store::text(story, "page_id");
    if page.is_empty() {
        return Err(error(
            "page_id",
            "Page is missing",
            "Every story is posted by a page: give its page_id.",
        ));
    }
    if !store::note(world, "pages").is_some_and(|pages| pages.contains_key(page)) {
        let text = format!("Page {page} does not exist, or you may not advertise for it.");
        return Err(error("page_id", "Page does not exist", text));
    }
    let blocks: Vec<&str> = BLOCKS.into_iter().filter(|name| story.contains_key(*name)).collect();
    let context = Context { world, account };
    match blocks.as_slice() {
        [] if has_feed => Ok(()),
        [] => Err(error(
            "link_data",
            "Content is missing",
            "A story needs link_data, video_data or another block.",
        )),
        [block] => context.check_block(block, &story[*block]),
        _ => Err(error("link_data", "Two kinds of content", "A story holds one block of content.")),
    }
}

/// Where images and videos are looked up.
#[derive(Clone, Copy)]
struct Context<'a> {
    world: &'a World,
    account: &'a str,
}

impl Context<'_> {
    fn check_block(self, name: &str, block: &Value) -> Result<(), GraphError> {
        let Value::Object(data) = block else {
            // `product_data` is a list.
            return Ok(());
        };
        match name {
            "link_data" | "template_data" => self.check_link(name, data),
            "video_data" => self.check_video(data),
            "photo_data" => {
                check_keys(self.world, "photo_data", data, nested::PHOTO_DATA)?;
                if !data.contains_key("image_hash") && !data.contains_key("url") {
                    return Err(error(
                        "photo_data",
                        "Image is missing",
                        "photo_data needs image_hash or url.",
                    ));
                }
                self.check_media("photo_data", data)
            }
            _ => Ok(()),
        }
    }

    fn check_link(self, name: &str, data: &Spec) -> Result<(), GraphError> {
        check_keys(self.world, name, data, nested::LINK_DATA)?;
        check_url(name, data)?;
        self.check_media(name, data)?;
        check_action(name, data)?;
        let Some(cards) = data.get("child_attachments").and_then(Value::as_array) else { return Ok(()) };
        if !(2..=10).contains(&cards.len()) {
            let text = "A carousel has 2 to 10 cards.";
            return Err(error("link_data.child_attachments", "Number of cards", text));
        }
        for card in cards {
            let Value::Object(card) = card else {
                return Err(GraphError::must_be("child_attachments", "a list of objects"));
            };
            check_keys(self.world, "child_attachments", card, nested::CHILD_ATTACHMENT)?;
            check_url("link_data.child_attachments", card)?;
            self.check_media("link_data.child_attachments", card)?;
            check_action("link_data.child_attachments", card)?;
        }
        Ok(())
    }

    fn check_video(self, data: &Spec) -> Result<(), GraphError> {
        check_keys(self.world, "video_data", data, nested::VIDEO_DATA)?;
        if store::text(data, "video_id").is_empty() {
            return Err(error("video_data.video_id", "Video is missing", "video_data needs video_id."));
        }
        if !data.contains_key("image_hash") && !data.contains_key("image_url") {
            let text = "A video needs a thumbnail: give image_hash or image_url.";
            return Err(error("video_data.image_hash", "Thumbnail is missing", text));
        }
        self.check_media("video_data", data)?;
        check_action("video_data", data)
    }

    /// Images and videos must be in the account.
    fn check_media(self, field: &str, data: &Spec) -> Result<(), GraphError> {
        for (key, kind, title) in [
            ("image_hash", Kind::Image, "Image does not exist"),
            ("video_id", Kind::Video, "Video does not exist"),
        ] {
            let id = store::text(data, key);
            if !id.is_empty() && !exists(self.world, self.account, kind, id) {
                let text = format!("{key} {id} is not in this account: upload it first.");
                return Err(error(&format!("{field}.{key}"), title, text));
            }
        }
        Ok(())
    }
}

fn exists(world: &World, account: &str, kind: Kind, id: &str) -> bool {
    let found = match kind {
        Kind::Image => images::find(world, account, id),
        kind => store::object(world, account, kind, id),
    };
    found.is_some_and(|object| store::text(object, "status") != "DELETED")
}

/// Links are absolute web addresses.
fn check_url(field: &str, data: &Spec) -> Result<(), GraphError> {
    let link = store::text(data, "link");
    match url::Url::parse(link) {
        Ok(parsed) if matches!(parsed.scheme(), "http" | "https") => Ok(()),
        _ => {
            let text = format!("The link \"{link}\" is not an absolute web address.");
            Err(error(&format!("{field}.link"), "Link is not valid", text))
        }
    }
}

/// The button is a known one, and leads where the ad leads (§7).
fn check_action(field: &str, data: &Spec) -> Result<(), GraphError> {
    let Some(action) = data.get("call_to_action") else { return Ok(()) };
    let kind = action["type"].as_str().unwrap_or_default();
    if !has_word(enums::CALL_TO_ACTION_TYPE, kind) {
        return Err(GraphError::must_be(&format!("{field}[call_to_action][type]"), "a known call to action"));
    }
    let (link, target) = (store::text(data, "link"), action["value"]["link"].as_str().unwrap_or_default());
    if !link.is_empty() && !target.is_empty() && link != target {
        let text = "The link of the call to action must equal the link of the ad.";
        return Err(error(&format!("{field}.call_to_action"), "Links differ", text));
    }
    Ok(())
}

/// Checks an asset feed: a story for its page, images and videos that exist, counts (§7, §16).
pub(super) fn check_feed(world: &World, account: &str, draft: &Object) -> Result<(), GraphError> {
    let Some(Value::Object(feed)) = draft.get("asset_feed_spec") else { return Ok(()) };
    check_keys(world, "asset_feed_spec", feed, nested::ASSET_FEED_SPEC)?;
    if !draft.contains_key("object_story_spec") {
        let text = "asset_feed_spec needs object_story_spec for its page.";
        return Err(GraphError::parameter("object_story_spec", "Page is missing", text));
    }
    let list = |name: &str| feed.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    for (name, key, kind) in [("images", "hash", Kind::Image), ("videos", "video_id", Kind::Video)] {
        let known = |asset: &&Value| asset[key].as_str().is_none_or(|id| exists(world, account, kind, id));
        if let Some(asset) = list(name).iter().find(|asset| !known(asset)) {
            let text = format!("{key} {} is not in this account: upload it first.", asset[key]);
            return Err(GraphError::parameter(
                &format!("asset_feed_spec.{name}"),
                "Asset does not exist",
                text,
            ));
        }
    }
    let actions = list("call_to_action_types").iter().filter_map(Value::as_str);
    if actions.into_iter().any(|kind| !has_word(enums::CALL_TO_ACTION_TYPE, kind)) {
        return Err(GraphError::must_be("asset_feed_spec[call_to_action_types]", "known calls to action"));
    }
    Ok(())
}
