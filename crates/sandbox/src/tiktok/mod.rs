//! TikTok API for Business v1.3, emulated over the shared world: the manual lane and Upgraded Smart+.
//!
//! Comments name the vendor's page behind a behaviour. What no page settles is marked unverified and can be
//! switched through the world's options; the first value is the default.
//!
//! | option | values |
//! |---|---|
//! | `review_seconds` | `60`: how long a review takes |
//! | `tiktok.ad_write_gap` | `0`; `5` lets two writes to one Smart+ ad within so many seconds conflict (40202) |
//! | `tiktok.adgroup_update` | `keep`; `replace` resets targeting that an ad group update leaves out |
//! | `tiktok.auto_add` | `off`; `on` adds creatives to Smart+ ads that do not forbid it |
//! | `tiktok.bid_propagation` | `on`; `off`: Smart+ bid writes stay with their ad group |
//! | `tiktok.brand_safety_update` | `refuse`; `allow` |
//! | `tiktok.changelog_ids` | `ad`; `creative`: the change log names the first creative of a Smart+ ad |
//! | `tiktok.cover_ratio` | `accept`; `enforce`: the cover must have the video's ratio |
//! | `tiktok.create_disable` | `honour`; `ignore`: creates answer ENABLE although DISABLE was sent |
//! | `tiktok.drops` | ``; `languages:fr,interest_category_ids:13` are dropped from targeting without an error |
//! | `tiktok.dynamic_budget` | `listed`; `any`: dynamic daily budgets for REACH, VIDEO_VIEWS, ENGAGEMENT too |
//! | `tiktok.engagement_identity` | `account`; `any` lets custom identities speak in ENGAGEMENT ads |
//! | `tiktok.engagement_pairs` | `listed`; `any` billing event for ENGAGEMENT goals |
//! | `tiktok.host` | `production`; `test` never returns `secondary_status` |
//! | `tiktok.immutable` | `refuse`; `ignore`: fixed members of an update are dropped |
//! | `tiktok.manual_sales_end` | `2027-01-01 00:00:00`: from when the manual lane refuses sales objectives |
//! | `tiktok.max_adgroups` | `999` ad groups in one manual campaign |
//! | `tiktok.partial_ads` | `off`; `on`: `/ad/create/` stores the good ones and answers 20001 |
//! | `tiktok.replay` | `first` answers a repeated `request_id` with the first object; `40050` refuses it |
//! | `tiktok.scheduled_budget` | `refuse`; `allow` scheduled budgets in Smart+ |
//! | `tiktok.smart_plus` | `on`; `off`: its paths do not exist |
//! | `tiktok.text_marks` | `refuse`; `accept` `{ } # @` in ad texts |
//! | `tiktok.unique_names` | `on`; `off` |
//! | `tiktok.unknown_fields` | `refuse`; `ignore` |

mod adgroups;
mod ads;
mod auth;
mod bidding;
mod budget;
mod campaigns;
mod changelog;
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
pub(crate) mod multipart;
mod once;
mod params;
mod pixel;
mod portfolio;
mod quota;
mod report;
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

/// Lets sandbox time pass: delivery, scheduled budgets, creatives that the platform adds by itself.
///
/// States (review, schedule, budget) are computed from the clock whenever the API is asked; the stored ones, which
/// only the sandbox's own state shows, follow writes and reviews.
pub(crate) fn advance(world: &mut World, from: Timestamp, to: Timestamp) {
    if to > from {
        spend::begin(world, from);
        // Booking at each full hour keeps requests in between cheap; changes and reports book up to the instant.
        if to.as_second().rem_euclid(3_600) == 0 {
            spend::settle_all(world);
        }
        status::end_reviews(world);
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
        // The platform computes many states for reasons that are not emulated: an edited one stays.
        if let Some(state) = set.get("secondary_status") {
            store::set_note(world, status::held_key(id), state.clone());
        }
        status::refresh(world, account, kind, id);
    } else {
        let account = store::account_mut(world, account).map_err(|refusal| refusal.message)?;
        if let Some(object) = account.collection_mut(collection).get_mut(id) {
            object.extend(set.clone());
        }
    }
    Ok(())
}
