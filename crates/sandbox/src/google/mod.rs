//! Google: the Google Ads API v26 over REST, emulated over the shared world.
//!
//! `route` finds the endpoint, `auth` decides who may, `mutate` writes, `gaql` and `read` answer queries, `rules`
//! knows each resource, `schema` what it looks like. Source of every behaviour: google-ads.md, cited by section.
//!
//! Behaviour that the vendor's documents leave open is switchable through options of the world:
//!
//! | option | default | meaning |
//! |---|---|---|
//! | `review_seconds` | `60` | how long a review takes |
//! | `google.asset_deduplication` | `on` | creating an asset with known content answers with the known one |
//! | `google.duplicate_create` | `refuse` | `adopt`: creating a criterion or link that exists succeeds |
//! | `google.list_order` | `keep` | `reverse`: lists of texts and pictures of ads come back the other way round |
//! | `google.repeated_target` | `refuse` | `allow`: one object may be changed twice in one request |
//! | `google.keyword_case` | `keep` | `lower`: keywords are stored in lower case |
//! | `google.require_login_customer_id` | `off` | `on`: accounts are reached only through the manager |
//! | `google.change_event_lag_seconds` | `0` | how late changes show in the change history |

mod auth;
mod clock;
mod data;
mod edit;
mod errors;
mod gaql;
mod images;
mod json;
mod mask;
mod mutate;
mod names;
mod quota;
mod read;
mod resource;
mod review;
mod route;
mod rules;
mod schema;
mod search;
mod seed;
mod service_account;
mod serving;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use rand::RngCore as _;

use crate::http::{Request, Response};
use crate::world::{Object, World};

/// Path of the OAuth token endpoint below the vendor's root.
const TOKEN_PATH: &str = "/token";

/// The key file of the service account that the token endpoint knows.
pub(crate) fn service_account_key() -> serde_json::Value {
    service_account::key_file()
}

/// Adds the seeded accounts of this vendor.
pub(crate) fn seed(world: &mut World) {
    seed::seed(world);
}

/// Answers one request as the vendor would.
pub(crate) fn handle(world: &mut World, request: &Request) -> Response {
    if request.path == TOKEN_PATH {
        return auth::token(world, request);
    }
    if let Some(name) = request.path.strip_prefix(images::PATH).filter(|_| request.method == "GET") {
        return images::serve(world, name);
    }
    images::remember_root(world, request);
    let request_id = random_hex(world);
    route::route(world, request, &request_id).with_header("request-id", request_id)
}

/// Lets sandbox time pass: review outcomes, schedules, simulated delivery between two instants.
pub(crate) fn advance(world: &mut World, from: Timestamp, to: Timestamp) {
    serving::advance(world, from, to);
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
    edit::edit(world, account, collection, id, set, actor)
}

/// Sixteen hexadecimal digits drawn from the world's randomness.
fn random_hex(world: &mut World) -> String {
    format!("{:016x}", world.rng.next_u64())
}
