//! `request_id`: creates that take effect once, however often they are sent.
//!
//! "Create a campaign": calls repeated with one `request_id` count once. What the repeat is answered is not
//! documented; option `tiktok.replay=40050` refuses it, the default answers the first object again.

use serde_json::Value;

use crate::world::World;

use super::errors::{DUPLICATE_REQUEST, Refusal, ensure};
use super::params::Params;
use super::store;

/// The id that an earlier call with this `request_id` made.
pub(super) fn earlier(world: &World, params: &Params) -> Result<Option<String>, Refusal> {
    let Some(request_id) = params.text("request_id") else { return Ok(None) };
    ensure(request_id.parse::<u64>().is_ok(), || {
        "request_id: It must be a 64-bit integer as a string.".into()
    })?;
    let Some(id) = store::note(world, &key(params, request_id)).and_then(Value::as_str) else {
        return Ok(None);
    };
    if world.option("tiktok.replay", "first") == "40050" {
        return Err(Refusal::new(
            DUPLICATE_REQUEST,
            format!("Duplicate request: request_id {request_id} was already used."),
        ));
    }
    Ok(Some(id.to_owned()))
}

/// Remembers what a call made.
pub(super) fn remember(world: &mut World, params: &Params, id: &str) {
    if let Some(request_id) = params.text("request_id") {
        store::set_note(world, key(params, request_id), id);
    }
}

fn key(params: &Params, request_id: &str) -> String {
    format!("once/{}{}{request_id}", params.advertiser, params.path)
}
