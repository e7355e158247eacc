//! The three vendor modules behind one set of calls.

use jiff::{SignedDuration, Timestamp};

use crate::http::{Request, Response};
use crate::world::{Object, Vendor, World};
use crate::{google, meta, tiktok};

/// A world with the seeded accounts of all vendors and no campaigns in them.
pub fn seed_world(seed: u64, now: Timestamp) -> World {
    let mut world = World::new(seed, now);
    google::seed(&mut world);
    meta::seed(&mut world);
    tiktok::seed(&mut world);
    world
}

/// Answers one request as the vendor would.
pub(crate) fn handle(vendor: Vendor, world: &mut World, request: &Request) -> Response {
    match vendor {
        Vendor::Google => google::handle(world, request),
        Vendor::Meta => meta::handle(world, request),
        Vendor::Tiktok => tiktok::handle(world, request),
    }
}

/// Lets sandbox time pass for all vendors up to an instant, in steps that end with each full hour.
pub(crate) fn advance(world: &mut World, to: Timestamp) {
    while world.advanced_to < to {
        let from = world.advanced_to;
        let step_end = next_full_hour(from).min(to);
        world.now = step_end;
        google::advance(world, from, step_end);
        meta::advance(world, from, step_end);
        tiktok::advance(world, from, step_end);
        world.advanced_to = step_end;
    }
}

fn next_full_hour(instant: Timestamp) -> Timestamp {
    let into_hour = instant.as_second().rem_euclid(3_600);
    let start = Timestamp::from_second(instant.as_second() - into_hour).unwrap_or(instant);
    start.checked_add(SignedDuration::from_hours(1)).unwrap_or(Timestamp::MAX)
}

/// Changes a live object as a person in the vendor's web screens would.
pub(crate) fn edit(
    vendor: Vendor,
    world: &mut World,
    account: &str,
    collection: &str,
    id: &str,
    set: &Object,
    actor: &str,
) -> Result<(), String> {
    match vendor {
        Vendor::Google => google::edit(world, account, collection, id, set, actor),
        Vendor::Meta => meta::edit(world, account, collection, id, set, actor),
        Vendor::Tiktok => tiktok::edit(world, account, collection, id, set, actor),
    }
}

/// The world after some hours that passed in steps of these lengths, again and again.
#[cfg(test)]
pub(crate) fn after(hours: i64, steps: &[SignedDuration], world: &World) -> World {
    let mut world = world.clone();
    world.advanced_to = world.now;
    let end = world.now + SignedDuration::from_hours(hours);
    for step in steps.iter().cycle() {
        let to = (world.now + *step).min(end);
        advance(&mut world, to);
        world.now = to;
        if to == end {
            break;
        }
    }
    world
}

/// Asserts that two weeks deliver the same in one step and in many, of any length, and tells what they came to.
#[cfg(test)]
#[track_caller]
pub(crate) fn assert_steps_do_not_matter(vendor: Vendor, world: &World) -> World {
    const HOURS: i64 = 24 * 15;
    let (hours, minutes) = (SignedDuration::from_hours, SignedDuration::from_mins);
    let whole = after(HOURS, &[hours(HOURS)], world);
    assert_ne!(whole.delivered[&vendor], crate::delivery::Ledger::default());
    for steps in [
        &[hours(1)][..],
        &[minutes(7), minutes(31)],
        &[hours(25), minutes(95), SignedDuration::from_secs(77)],
    ] {
        let pieces = after(HOURS, steps, world);
        assert_eq!(pieces.delivered[&vendor], whole.delivered[&vendor], "{steps:?}");
        assert_eq!(pieces.allowances[&vendor], whole.allowances[&vendor], "{steps:?}");
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_passes_in_steps_that_end_with_the_hour() {
        let start: Timestamp = "2026-11-02T08:20:00Z".parse().unwrap();
        assert_eq!(next_full_hour(start).to_string(), "2026-11-02T09:00:00Z");
        assert_eq!(next_full_hour(next_full_hour(start)).to_string(), "2026-11-02T10:00:00Z");
        let mut world = seed_world(1, start);
        let end = "2026-11-03T08:20:30Z".parse().unwrap();
        advance(&mut world, end);
        assert_eq!((world.now, world.advanced_to), (end, end));
    }

    #[test]
    fn a_world_is_decided_by_its_seed() {
        let now = "2026-11-02T08:20:00Z".parse().unwrap();
        let text = |seed| serde_json::to_string(&seed_world(seed, now)).unwrap();
        assert_eq!(text(1), text(1));
        assert_ne!(text(1), text(2));
    }
}
