//! The learning stage of ad sets (meta-ads.md §5.1, §17.12).

use jiff::Timestamp;
use serde_json::{Value, json};

use super::kind::Kind;
use super::store::{self, Node};
use super::{insights, status};
use crate::world::{Object, Vendor, World};

/// Conversions in a week that end learning.
const ENOUGH: i64 = 50;
const WEEK: i64 = 7 * 86_400;

/// What an ad set's learning begins with.
pub(super) fn fresh(now: Timestamp) -> Value {
    json!({"status": "LEARNING", "conversions": 0, "last_sig_edit_ts": now.as_second()})
}

/// Restarts the learning of an ad set; not an edit of its own, so the history does not show it.
pub(super) fn restart(world: &mut World, account: &str, ad_set: &str) {
    let stage = fresh(world.now);
    if let Some(set) = world
        .account_mut(Vendor::Meta, account)
        .and_then(|account| account.collection_mut("adsets").get_mut(ad_set))
    {
        set.insert("learning_stage_info".into(), stage);
    }
}

/// Since when an ad set learns or has learned.
pub(super) fn since(set: &Object) -> Option<Timestamp> {
    let edited = set.get("learning_stage_info")?.get("last_sig_edit_ts")?.as_i64()?;
    Timestamp::from_second(edited).ok()
}

/// `learning_stage_info` as read: only of active ad sets, and not of dynamic-creative ones.
pub(super) fn info(world: &World, node: &Node, set: &Object) -> Option<Value> {
    let active = status::effective(world, node, set) == "ACTIVE";
    let dynamic = set.get("is_dynamic_creative") == Some(&Value::Bool(true));
    let from = since(set)?;
    let edited = from.as_second();
    if !active || dynamic || store::children(world, &node.id, Kind::Ad).is_empty() {
        return None;
    }
    let conversions = insights::delivered(world, node, from, world.now).conversions;
    let stage = match world.now.as_second() - edited {
        _ if conversions >= ENOUGH => "SUCCESS",
        age if age > WEEK => "FAIL",
        _ => "LEARNING",
    };
    Some(json!({
        "status": stage,
        "conversions": conversions,
        "last_sig_edit_ts": edited,
        "attribution_windows": ["1d_view", "7d_click"],
    }))
}
