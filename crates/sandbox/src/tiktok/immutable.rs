//! What an update may change: members outside the updatable set are refused when they differ.

use serde_json::Value;

use crate::world::{Object, World};

use super::errors::{Refusal, invalid};
use super::money::Micros;

/// The updatable members of an update.
///
/// Another member is refused when its value differs from the present one, or dropped with option
/// `tiktok.immutable=ignore`; the platform's documents leave open which of the two it does.
pub(super) fn changes(
    world: &World,
    sent: &Object,
    current: &Object,
    updatable: &[&str],
    keys: &[&str],
) -> Result<Object, Refusal> {
    let strict = world.option("tiktok.immutable", "refuse") == "refuse";
    let mut changes = Object::new();
    for (name, value) in sent {
        if name == "advertiser_id" || name == "request_id" || keys.contains(&name.as_str()) {
            continue;
        }
        if updatable.contains(&name.as_str()) {
            changes.insert(name.clone(), value.clone());
        } else if strict && !same(current.get(name), value) {
            return Err(invalid(format!("{name}: It cannot be updated after creation.")));
        }
    }
    Ok(changes)
}

/// Whether a sent value equals the present one; an absent or empty one equals `false` and nothing.
fn same(current: Option<&Value>, sent: &Value) -> bool {
    let Some(current) = current.filter(|value| !value.is_null()) else {
        return matches!(sent, Value::Bool(false)) || sent.as_array().is_some_and(Vec::is_empty);
    };
    match (Micros::read(current), Micros::read(sent)) {
        (Some(current), Some(sent)) => current == sent,
        _ => current == sent,
    }
}
