//! Creatives: content is checked once and never changes afterwards (meta-ads.md §7).

mod features;
mod stories;

use serde_json::{Value, json};

use super::errors::GraphError;
use super::kind::Kind;
use super::lifecycle;
use super::params::{self, Params};
use super::reader::Reader;
use super::schema::{self, When, creative};
use super::store::{self, Node};
use crate::world::{Object, World};

/// Letters of a name (§7).
const LONGEST_NAME: usize = 100;

/// What may carry a creative's content, besides a story (§7).
const OTHER_CONTENT: [&str; 5] =
    ["object_story_id", "product_set_id", "template_url_spec", "source_instagram_media_id", "object_id"];

/// Checks a create and fills in what the server would.
pub(super) fn draft(world: &World, account: &str, given: &Params) -> Result<Object, GraphError> {
    let clock = store::clock(world, account);
    let mut draft = schema::read(creative::PARAMETERS, given, When::Create, &clock)?;
    draft.remove("execution_options");
    draft.remove("account_id");
    check_name(&draft)?;
    for value in draft.values_mut() {
        ids_as_text(value);
    }
    let story = draft.get("object_story_spec").and_then(Value::as_object).cloned();
    match &story {
        Some(story) => stories::check(world, account, story, draft.contains_key("asset_feed_spec"))?,
        None if OTHER_CONTENT.iter().any(|name| draft.contains_key(*name)) => {}
        None => {
            let text = "A creative needs object_story_spec or object_story_id.";
            return Err(GraphError::parameter("object_story_spec", "Content is missing", text));
        }
    }
    stories::check_feed(world, account, &draft)?;
    features::settle(world, &mut draft)?;
    derive(&mut draft, story.as_ref());
    Ok(draft)
}

fn check_name(draft: &Object) -> Result<(), GraphError> {
    if store::text(draft, "name").chars().count() <= LONGEST_NAME {
        return Ok(());
    }
    let text = format!("The name is longer than {LONGEST_NAME} characters.");
    Err(GraphError::parameter("name", "Name is too long", text))
}

/// Ids read back as text, whatever they were written as (§17.20).
fn ids_as_text(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(ids_as_text),
        Value::Object(map) => {
            for (name, member) in map.iter_mut() {
                if (name.ends_with("_id") || name == "id") && member.is_number() {
                    *member = Value::String(params::plain(member));
                } else {
                    ids_as_text(member);
                }
            }
        }
        _ => {}
    }
}

/// Adds the fields that reads derive from the content.
fn derive(draft: &mut Object, story: Option<&Object>) {
    let mut default = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            draft.entry(name).or_insert(value);
        }
    };
    default("status", Some(json!("ACTIVE")));
    default("name", Some(json!("Untitled creative")));
    let Some(story) = story else { return };
    let data = |name: &str| story.get(name).and_then(Value::as_object);
    let (link, video, photo) = (data("link_data"), data("video_data"), data("photo_data"));
    let object_type = match (link, video, photo) {
        (Some(_), _, _) => "SHARE",
        (_, Some(_), _) => "VIDEO",
        (_, _, Some(_)) => "PHOTO",
        _ => "STATUS",
    };
    default("object_type", Some(json!(object_type)));
    let Some(content) = link.or(video).or(photo) else { return };
    let member = |name: &str| content.get(name).cloned();
    default("body", member("message").or_else(|| member("caption")));
    default("title", member("name").or_else(|| member("title")));
    default("image_hash", member("image_hash"));
    default("video_id", member("video_id"));
    default(
        "call_to_action_type",
        content.get("call_to_action").and_then(|action| action.get("type")).cloned(),
    );
    default("link_url", None);
}

/// Checks an update: only name, labels and status change (§7).
pub(super) fn changes(world: &World, node: &Node, given: &Params) -> Result<Object, GraphError> {
    let clock = store::clock(world, &node.account);
    let current = store::object(world, &node.account, Kind::Creative, &node.id).cloned().unwrap_or_default();
    let fixed = creative::PARAMETERS.iter().map(|(name, ..)| *name);
    let mut fixed = fixed
        .filter(|name| !matches!(*name, "name" | "adlabels" | "status" | "account_id" | "execution_options"));
    if let Some(name) = fixed.find(|name| given.get(name).is_some()) {
        let text = "The content of a creative cannot change: make a new creative and point the ad to it.";
        return Err(GraphError::parameter(name, "Creative cannot be edited", text));
    }
    let mut changes = schema::read(creative::PARAMETERS, given, When::Update, &clock)?;
    changes.remove("execution_options");
    changes.remove("account_id");
    check_name(&changes)?;
    lifecycle::check(node, &current, &changes)?;
    Ok(changes)
}

/// Computed fields of a creative.
pub(super) fn computed(reader: &Reader<'_>, object: &Object, name: &str) -> Option<Value> {
    let account = store::text(object, "account_id");
    match name {
        "image_url" | "thumbnail_url" => {
            let hash = story_image(object)?;
            let image = super::images::find(reader.world, account, hash)?;
            Some(json!(super::images::url(reader.base_url, image)))
        }
        "effective_object_story_id" => {
            if let Some(existing) = object.get("object_story_id") {
                return Some(existing.clone());
            }
            let page = object.get("object_story_spec")?.get("page_id")?.as_str()?;
            Some(json!(format!("{page}_{}", store::text(object, "id"))))
        }
        _ => None,
    }
}

/// The image of a story: its own or its first card's.
fn story_image(object: &Object) -> Option<&str> {
    let story = object.get("object_story_spec")?;
    let own = |data: &str| story[data]["image_hash"].as_str();
    own("link_data")
        .or_else(|| own("video_data"))
        .or_else(|| own("photo_data"))
        .or_else(|| story["link_data"]["child_attachments"][0]["image_hash"].as_str())
}
