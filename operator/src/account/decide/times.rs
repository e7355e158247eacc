//! When an account is to be looked at though nothing happens: freeze windows open, overlays end.

use std::time::Duration;

use adplane_core::freeze;
use adplane_core::overlay::Standing;
use jiff::Timestamp;

use super::super::gather::World;

/// When the freeze windows on the account that are closed now are all open; `None` when none is closed.
pub(in crate::account) fn opening(world: &World) -> Option<Timestamp> {
    let account = world.wanted.account()?;
    let windows = world.wanted.desired.freezes.iter();
    let rules = windows
        .filter(|window| window.covers(&account.key, account.platform))
        .flat_map(|window| &window.rules);
    freeze::opening(rules, world.now, &account.zone).filter(|opening| *opening > world.now)
}

/// How long until then, rounded up to whole seconds.
pub(super) fn until_open(world: &World) -> Option<Duration> {
    until(world, opening(world)?)
}

/// How long until the first of what is in force ends, likewise.
pub(super) fn until_end(world: &World) -> Option<Duration> {
    let settled = world.wanted.desired.overlays.settled.iter();
    let in_force = settled.filter(|settled| settled.standing == Standing::InForce);
    let ends = in_force.map(|settled| settled.overlay.expires).filter(|end| *end > world.now);
    until(world, ends.min()?)
}

fn until(world: &World, then: Timestamp) -> Option<Duration> {
    let seconds = then.duration_since(world.now).as_secs() + 1;
    Some(Duration::from_secs(u64::try_from(seconds).ok()?))
}
