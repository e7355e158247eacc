//! TikTok API for Business v1.3, emulated over the shared world: the manual lane and Upgraded Smart+.
//!
//! Comments name the vendor's page behind a behaviour. What no page settles is marked unverified and can be
//! switched through the world's options (`tiktok.…`); `docs` of each option stand where it is read.

mod adgroups;
mod ads;
mod auth;
mod bidding;
mod budget;
mod campaigns;
mod clock;
mod errors;
mod field;
mod gets;
mod goals;
mod identity;
mod images;
mod immutable;
mod json;
mod languages;
mod list;
mod locations;
mod media;
mod money;
mod multipart;
mod once;
mod params;
mod pixel;
mod portfolio;
mod route;
mod schedule;
mod seed;
mod smart_plus;
mod spend;
mod status;
mod store;
mod switch;
mod targeting;
mod tools;
mod videos;
mod views;
mod words;

#[cfg(test)]
mod tests;

use jiff::Timestamp;

use crate::http::{Request, Response};
use crate::world::{Object, Vendor, World};

/// Adds the seeded accounts of this vendor.
pub(crate) fn seed(world: &mut World) {
    seed::seed(world);
}

/// Answers one request as the vendor would.
pub(crate) fn handle(world: &mut World, request: &Request) -> Response {
    route::handle(world, request)
}

/// Lets sandbox time pass: scheduled budgets take effect, the platform adds creatives of its own.
///
/// States (review, schedule, budget) are computed from the clock whenever they are read.
pub(crate) fn advance(world: &mut World, from: Timestamp, to: Timestamp) {
    if to > from {
        adgroups::budgets::apply_scheduled(world);
        smart_plus::ads::add_creatives(world);
    }
}

/// Changes a live object as a person in the vendor's web screens would; fields named as on the wire.
pub(crate) fn edit(
    world: &mut World,
    account: &str,
    collection: &str,
    id: &str,
    set: &Object,
    actor: &str,
) -> Result<(), String> {
    store::ensure_index(world, account);
    let found = world.account(Vendor::Tiktok, account).ok_or_else(|| format!("no advertiser {account}"))?;
    if found.get(collection, id).is_none() {
        return Err(format!("no object {id} in {collection} of advertiser {account}"));
    }
    let author = store::Author { name: actor, via_api: false };
    if let Some(kind) = store::Kind::of_collection(collection) {
        store::update(world, account, kind, id, set, &author).map_err(|refusal| refusal.message)?;
        status::refresh(world, account, kind, id);
    } else {
        let account = store::account_mut(world, account).map_err(|refusal| refusal.message)?;
        if let Some(object) = account.collection_mut(collection).get_mut(id) {
            object.extend(set.clone());
        }
    }
    Ok(())
}
