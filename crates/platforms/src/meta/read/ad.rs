//! Ads as they are live, each with its creative.

use std::sync::Arc;

use adplane_core::address::Kind;
use adplane_core::ids::ExternalId;
use adplane_core::observed::ObservedObject;
use serde_json::Value as Json;

use super::{Context, beyond, campaign, creative};
use crate::meta::wire::{blocks, json};

/// One ad.
pub(super) fn read(ad: Json, no_creates: Option<&str>, context: &Context<'_>) -> Option<ObservedObject> {
    let mut object = campaign::start(Kind::Ad, &ad, context)?;
    object.no_creates = no_creates.map(str::to_owned);
    object.unexpressed = beyond::ad(&ad);
    object.parent = ExternalId::new(json::text(&ad, "adset_id")?).ok();
    if let Some(found) = ad.get("creative") {
        creative::read(found, context, &mut object.fields);
    }
    blocks::read(blocks::rows(Kind::Ad), &ad, context.currency, &mut object.fields);
    object.native = Arc::new(ad);
    Some(object)
}
