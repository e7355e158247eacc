//! Google: the vendor's API emulated over the shared world.

use jiff::Timestamp;

use crate::http::{Request, Response};
use crate::world::{Object, World};

/// Adds the seeded accounts of this vendor.
pub(crate) fn seed(world: &mut World) {
    let _ = world;
}

/// Answers one request as the vendor would.
pub(crate) fn handle(world: &mut World, request: &Request) -> Response {
    let _ = (world, request);
    Response::text(404, "404 page not found")
}

/// Lets sandbox time pass: review outcomes, schedules, simulated delivery between two instants.
pub(crate) fn advance(world: &mut World, from: Timestamp, to: Timestamp) {
    let _ = (world, from, to);
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
    let _ = (world, account, collection, id, set, actor);
    Err("nothing to edit".into())
}
