//! Ad accounts, pages and pixels (meta-ads.md §2, §9).

use serde_json::{Value, json};

use super::call::{Answer, Call};
use super::errors::GraphError;
use super::insights;
use super::store::{self, Node};
use crate::world::{Object, Vendor, World};

/// What an update of an account may carry here (§A.2).
const WRITABLE: [&str; 7] = [
    "name",
    "default_dsa_beneficiary",
    "default_dsa_payor",
    "end_advertiser",
    "media_agency",
    "partner",
    "is_notifications_enabled",
];

/// All accounts of the token.
pub(super) fn all(world: &World) -> Vec<Node> {
    world.accounts.get(&Vendor::Meta).into_iter().flatten().map(|(digits, _)| Node::account(digits)).collect()
}

/// The ids that a note holds, such as pages.
pub(super) fn note_ids(world: &World, name: &str) -> Vec<String> {
    store::note(world, name).map(|map| map.keys().cloned().collect()).unwrap_or_default()
}

/// `POST act_N`.
pub(super) fn update(call: &mut Call<'_>, node: &Node) -> Result<Answer, GraphError> {
    let mut changes = Object::new();
    for name in WRITABLE {
        if let Some(text) = call.params.text(name) {
            changes.insert(name.to_owned(), json!(text));
        }
    }
    if call.validates_only() {
        return Ok(Answer::valid());
    }
    store::update(call.world, node, changes, store::API);
    call.written(node, json!({"success": true}))
}

/// Computed fields of an account.
pub(super) fn computed(world: &World, object: &Object, name: &str) -> Option<Value> {
    let digits = store::text(object, "account_id");
    match name {
        "timezone_offset_hours_utc" => Some(json!(store::clock(world, digits).offset_hours(world.now))),
        "amount_spent" => Some(json!(insights::spent_minor(world, &Node::account(digits)).to_string())),
        _ => None,
    }
}
