//! Meta: the Marketing API v26.0 emulated over the shared world.
//!
//! One request goes `route` → `auth` → the part that answers it: `reader` and `lists` read, the folder or file of
//! a kind (`campaigns`, `ad_sets`, `creatives`, `ads`, `images`, `videos`, `labels`) checks what a write may do, `call`
//! stores it. Objects are stored as they read back; what depends on time or on other objects is computed when
//! read. Section numbers are those of `meta-ads.md`. Behaviour that is marked unverified there can be switched:
//!
//! | option of the world | default | what it decides |
//! |---|---|---|
//! | `review_seconds` | `60` | time between a change and the outcome of its review |
//! | `meta.video_seconds` | `0` | time until an uploaded video is ready |
//! | `meta.labels_made_by_assigning` | `on` | assigning an unknown name makes the label |
//! | `meta.label_names_unique` | `on` | creating a label of a known name answers the same id |
//! | `meta.most_labels` | `10000` | labels of an account |
//! | `meta.default_bid_strategy` | `LOWEST_COST_WITH_BID_CAP` | of a campaign budget without a strategy |
//! | `meta.strict_keys` | `on` | unknown members of nested objects are refused |
//! | `meta.require_degrees_of_freedom` | `off` | a creative without `degrees_of_freedom_spec` is refused |
//! | `meta.batch_ad_sets` | `one` | `any`: a batch may hold several ad sets of one campaign |
//! | `meta.app_secret` | `sandbox-secret` | the secret that `appsecret_proof` is checked with |
//! | `meta.token_expires_at` | `0` | when the token ends, in seconds since 1970; 0 is never |
//! | `meta.require_proof` | `off` | calls without `appsecret_proof` are refused |

mod accounts;
mod activities;
mod ad_sets;
mod ads;
mod auth;
mod batch;
mod call;
mod campaigns;
mod creatives;
mod edit;
mod errors;
mod fields;
mod filters;
mod geo;
mod images;
mod insights;
mod kind;
mod labels;
mod learning;
mod lifecycle;
mod lists;
mod money;
mod normalise;
mod paging;
mod params;
mod reader;
mod review;
mod route;
mod schema;
mod search;
mod seed;
mod serving;
mod status;
mod store;
mod targeting;
#[cfg(test)]
mod tests;
mod time;
mod usage;
mod videos;

use jiff::Timestamp;

use crate::http::{Request, Response};
use crate::world::{Object, World};

/// Adds the seeded accounts of this vendor.
pub(crate) fn seed(world: &mut World) {
    seed::accounts(world);
}

/// Answers one request as the vendor would.
pub(crate) fn handle(world: &mut World, request: &Request) -> Response {
    store::catch_up(world);
    review::settle(world);
    route::answer(world, request, Vec::new())
}

/// Lets sandbox time pass: review outcomes, schedules, simulated delivery between two instants.
pub(crate) fn advance(world: &mut World, from: Timestamp, to: Timestamp) {
    store::catch_up(world);
    serving::advance(world, from, to);
    review::settle(world);
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
    store::catch_up(world);
    edit::apply(world, account, collection, id, set, actor)
}
