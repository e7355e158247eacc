//! Pools and the spend guard: their raises are held to the amounts of worst days, as those of rules are. The wall of the day
//! is for rules alone: a pool moves money within its own amount, and knows what its period has left.

use adplane_core::address::Address;
use adplane_core::money::Money;
use adplane_core::pool::Answer;
use adplane_core::rules::beyond_caps;

use super::{PacedPool, World};
use crate::rules::standing;

/// Notes of each pool which of its raises have no room, the earliest pools first.
pub(super) fn hold(world: World<'_>, paced: &mut [PacedPool]) {
    if !world.desired.spend_guard.has_amounts() {
        return;
    }
    let mut seen = standing(world.desired, world.observed, world.remembered, world.schemas, world.now);
    for (key, other) in world.others {
        seen.others.entry(key.clone()).or_insert(*other);
    }
    let raises: Vec<(Address, Money)> = paced.iter().flat_map(raises).collect();
    let beyond = beyond_caps(&seen, &raises);
    for pool in paced {
        let members = pool.allotment.members.keys();
        let mine = members.filter_map(|object| Some((object.clone(), beyond.get(object)?.clone())));
        pool.crowded = mine.collect();
        let told = pool.crowded.iter().map(|(object, why)| Answer {
            code: "spend-guard",
            message: format!("the raise of {} waits: {why}", object.short()),
        });
        pool.allotment.answers.extend(told);
    }
}

/// What a pool would let more be spent on, with the amount that it then has.
fn raises(paced: &PacedPool) -> Vec<(Address, Money)> {
    let moves = paced.moves();
    let each = moves.iter().filter(|one| !one.lowers).filter_map(|one| {
        let share = paced.allotment.members.get(&one.object)?;
        Some((one.object.clone(), paced.pool.money(share.after.unwrap_or(share.now))))
    });
    each.collect()
}
