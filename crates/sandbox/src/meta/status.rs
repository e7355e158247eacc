//! Effective states, computed from own state, parents and review (meta-ads.md §8, §17.1 to §17.3).

use serde_json::Value;

use super::kind::Kind;
use super::store::{self, Node};
use super::{review, time};
use crate::world::{Object, World};

/// The `effective_status` of a campaign, ad set or ad; empty for other kinds.
pub(super) fn effective(world: &World, node: &Node, object: &Object) -> &'static str {
    match node.kind {
        Kind::Campaign => own(object),
        Kind::AdSet => ad_set(world, &node.account, object),
        Kind::Ad => ad(world, node, object),
        _ => "",
    }
}

fn own(object: &Object) -> &'static str {
    match store::text(object, "status") {
        "DELETED" => "DELETED",
        "ARCHIVED" => "ARCHIVED",
        "PAUSED" => "PAUSED",
        _ => "ACTIVE",
    }
}

/// The nearer of two states that ends an object, if any.
fn gone(own: &'static str, parent: &'static str) -> Option<&'static str> {
    ["DELETED", "ARCHIVED"].into_iter().find(|state| own == *state || parent == *state)
}

fn ad_set(world: &World, account: &str, object: &Object) -> &'static str {
    let parent = store::object(world, account, Kind::Campaign, store::text(object, "campaign_id"))
        .map_or("ACTIVE", own);
    let own = own(object);
    match gone(own, parent) {
        Some(state) => state,
        // What a paused child of a paused parent reads as is unverified (§17.2); its own word is shown.
        None if own == "PAUSED" => "PAUSED",
        None if parent == "PAUSED" => "CAMPAIGN_PAUSED",
        None => "ACTIVE",
    }
}

fn ad(world: &World, node: &Node, object: &Object) -> &'static str {
    let Some(set) = store::object(world, &node.account, Kind::AdSet, store::text(object, "adset_id")) else {
        return own(object);
    };
    let parent = ad_set(world, &node.account, set);
    let own = own(object);
    if let Some(state) = gone(own, parent) {
        return state;
    }
    // A paused ad hides its review: the feedback tells (unverified order of precedence).
    match (own, parent) {
        ("PAUSED", _) => "PAUSED",
        (_, "CAMPAIGN_PAUSED") => "CAMPAIGN_PAUSED",
        (_, "PAUSED") => paused_parent(world, node, set),
        _ => reviewed(world, node, object, set),
    }
}

/// Which parent paused an ad: the campaign wins over the ad set.
fn paused_parent(world: &World, node: &Node, set: &Object) -> &'static str {
    let campaign = store::object(world, &node.account, Kind::Campaign, store::text(set, "campaign_id"));
    if campaign.map_or("ACTIVE", own) == "PAUSED" { "CAMPAIGN_PAUSED" } else { "ADSET_PAUSED" }
}

fn reviewed(world: &World, node: &Node, object: &Object, set: &Object) -> &'static str {
    if review::is_pending(world, &node.id) {
        "PENDING_REVIEW"
    } else if object.get("ad_review_feedback").is_some_and(|feedback| feedback.get("global").is_some()) {
        "DISAPPROVED"
    } else if starts_later(world, set) {
        "PREAPPROVED"
    } else {
        "ACTIVE"
    }
}

fn starts_later(world: &World, set: &Object) -> bool {
    set.get("start_time")
        .and_then(Value::as_str)
        .and_then(time::parse_instant)
        .is_some_and(|start| start > world.now)
}
