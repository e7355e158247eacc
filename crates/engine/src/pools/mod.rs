//! Budget pools on live accounts: what they see, what they give, and putting it in force.
//!
//! ```text
//! Desired, Observed, metrics store ──gather──> Members ──core::pool::allot──> Allotment ──overlays──> .adplane/overrides
//! ```
//!
//! Nothing here writes to a platform: an amount is an overlay, and the planner brings it there like any other change.

mod figures;
mod former;
mod gather;
mod overlays;

use std::collections::BTreeMap;

use adplane_core::address::Address;
use adplane_core::desired::Desired;
use adplane_core::ids::ExternalId;
use adplane_core::observed::Observed;
use adplane_core::overlay::Overlay;
use adplane_core::pool::{Allotment, GivenDay, Pool, allot};
use adplane_core::schema::Schemas;
use jiff::Timestamp;

use crate::metrics::store::{MetricStore, StoreError};
use crate::state::{Drawn, PoolMemory, StateDir, StateError};

/// What pools are worked out on.
#[derive(Debug, Clone, Copy)]
pub struct World<'a> {
    /// What is wanted, with its overlays settled at `now`.
    pub desired: &'a Desired,
    /// The pools.
    pub pools: &'a [Pool],
    /// What is live.
    pub observed: &'a Observed,
    /// What platforms tell, and how far they deliver over.
    pub schemas: &'a Schemas,
    /// Ids remembered from earlier applies.
    pub remembered: &'a BTreeMap<Address, ExternalId>,
    /// The instant.
    pub now: Timestamp,
}

/// A pool with what it gives.
#[derive(Debug, Clone)]
pub struct PacedPool<'a> {
    /// The pool.
    pub pool: &'a Pool,
    /// What it gives, and why.
    pub allotment: Allotment,
    /// What is to be put in force.
    pub put: Vec<Overlay>,
    /// Overlays of its own that are to be taken back: pauses that have ended.
    pub take_back: Vec<Overlay>,
    /// Who drew on it in its period, to be remembered.
    drawn: Vec<Drawn>,
}

/// Works every pool out; nothing is put in force.
pub async fn pace<'a>(
    world: World<'a>,
    store: &dyn MetricStore,
    memory: &PoolMemory,
) -> Result<Vec<PacedPool<'a>>, StoreError> {
    let mut paced = Vec::new();
    for pool in world.pools {
        let mut gathered = gather::gather(world, pool, store).await?;
        let (look, given) = (gathered.look, memory.given(&pool.namespace, &pool.name));
        let before = memory.drawn(&pool.namespace, &pool.name);
        let drawn = former::drawn(before, &gathered.drawing, pool.period(look.day).0, look.day);
        gathered.members.extend(former::members(world, pool, store, (&drawn, &given), look.day).await?);
        let allotment = allot(pool, &gathered.members, look, &given);
        let put = overlays::put(world, pool, &allotment);
        let take_back = overlays::take_back(world, pool, &allotment);
        paced.push(PacedPool { pool, allotment, put, take_back, drawn });
    }
    Ok(paced)
}

/// Puts in force what pools give, and remembers it; how many values are new.
///
/// # Errors
/// When local state cannot be read or written: what was in force before still is, or a part of the new values is, and the
/// next run puts the rest there.
pub fn put_in_force(paced: &[PacedPool<'_>], state: &StateDir) -> Result<usize, StateError> {
    let overrides = state.overrides();
    let mut changed = 0;
    for one in paced {
        let Pool { namespace, name, .. } = one.pool;
        state.pools().drew(namespace, name, &one.drawn)?;
        // What lowers goes first: a crash between two values spends no more.
        for overlay in &one.put {
            changed += usize::from(overrides.put(overlay)? == crate::state::Put::Written);
        }
        for overlay in &one.take_back {
            overrides.remove(overlay)?;
            changed += 1;
        }
        let amounts: BTreeMap<Address, _> = one
            .allotment
            .members
            .iter()
            .filter_map(|(object, share)| Some((object.clone(), share.day()?)))
            .collect();
        if !amounts.is_empty() {
            let today = GivenDay { looked: one.allotment.looked, amounts };
            state.pools().remember(namespace, name, one.allotment.day, today)?;
        }
    }
    Ok(changed)
}
