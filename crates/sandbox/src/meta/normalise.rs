//! What the server makes of what it is sent: trimmed, reordered, completed (meta-ads.md §17.10, §17.11, §17.21).
//!
//! That it does so is documented, what exactly it adds is seen by others at best: option `meta.normalise` = `off`
//! stores what was sent. Targeting, bids and budgets have their own defaults elsewhere.

use serde_json::{Value, json};

use super::kind::Kind;
use crate::world::{Object, World};

/// Normalises an object or the changes to one.
pub(super) fn settle(world: &World, kind: Kind, object: &mut Object) {
    if world.option("meta.empty_categories", "list") == "none" {
        name_no_category(object);
    }
    if world.option("meta.normalise", "on") != "on" {
        return;
    }
    trim(object, "name");
    match kind {
        Kind::AdSet => {
            reorder(object, "attribution_spec");
            complete_each(object, "frequency_control_specs", "type", &json!("NONE"));
            complete_member(object, "promoted_object", "smart_pse_enabled", &json!(false));
            if let Some(targeting) = object.get_mut("targeting").and_then(Value::as_object_mut) {
                let settings = json!({"age": 0, "gender": 0});
                complete_member(targeting, "targeting_automation", "individual_setting", &settings);
            }
        }
        Kind::Creative => settle_creative(object),
        _ => {}
    }
}

/// `[]` and `["NONE"]` mean the same and may read back as either (§17.10).
fn name_no_category(object: &mut Object) {
    if object.get("special_ad_categories") == Some(&json!([])) {
        object.insert("special_ad_categories".to_owned(), json!(["NONE"]));
    }
}

fn trim(object: &mut Object, name: &str) {
    if let Some(Value::String(text)) = object.get_mut(name) {
        *text = text.trim().to_owned();
    }
}

fn reorder(object: &mut Object, name: &str) {
    if let Some(Value::Array(members)) = object.get_mut(name) {
        members.sort_by_key(ToString::to_string);
    }
}

fn complete_each(object: &mut Object, list: &str, name: &str, value: &Value) {
    for member in object.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
        if let Value::Object(member) = member {
            member.entry(name).or_insert_with(|| value.clone());
        }
    }
}

fn complete_member(object: &mut Object, member: &str, name: &str, value: &Value) {
    if let Some(Value::Object(member)) = object.get_mut(member) {
        member.entry(name).or_insert_with(|| value.clone());
    }
}

fn settle_creative(creative: &mut Object) {
    if let Some(Value::Object(story)) = creative.get_mut("object_story_spec") {
        for block in ["link_data", "video_data"] {
            let Some(Value::Object(data)) = story.get_mut(block) else { continue };
            for text in ["name", "title", "message", "description", "link_description"] {
                trim(data, text);
            }
            if block == "link_data" {
                data.entry("attachment_style").or_insert_with(|| json!("link"));
            }
        }
    }
    // Its options stay as they are: the official client's types of them have no other member.
    complete_member(creative, "asset_feed_spec", "optimization_type", &json!("REGULAR"));
}
