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
mod guard;
mod moves;
mod news;
mod overlays;
mod records;

use std::collections::BTreeMap;
use std::sync::Arc;

use adplane_core::address::{AccountKey, Address};
use adplane_core::desired::Desired;
use adplane_core::ids::ExternalId;
use adplane_core::observed::Observed;
use adplane_core::overlay::{Overlay, Target};
use adplane_core::pool::{Allotment, DayAmount, GivenDay, Pool, Share, allot};
use adplane_core::rules::OtherAccount;
use adplane_core::schema::Schemas;
use jiff::Timestamp;

use crate::metrics::store::{MetricStore, StoreError};
use crate::rules::carry::Place;
use crate::state::{Drawn, Remembered, StateDir, StateError};

pub use moves::{Move, foreseen};
pub use news::{News, is_wanted};
pub use records::{PoolAction, PoolRecords, PoolStage};

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
    /// What accounts can spend that are not among these, where an amount is set about several together.
    pub others: &'a BTreeMap<AccountKey, OtherAccount>,
    /// The instant.
    pub now: Timestamp,
}

/// A pool with what it gives.
#[derive(Debug, Clone)]
pub struct PacedPool {
    /// The pool.
    pub pool: Pool,
    /// What it gives, and why.
    pub allotment: Allotment,
    /// What is to be put in force.
    pub put: Vec<Overlay>,
    /// Overlays of its own that are to be taken back: pauses that have ended.
    pub take_back: Vec<Overlay>,
    /// Who drew on it in its period, to be remembered.
    drawn: Vec<Drawn>,
    /// What each campaign has before anything comes of this.
    has: BTreeMap<Address, Has>,
    /// Raises that the spend guard has no room for, and why.
    crowded: BTreeMap<Address, String>,
    /// Where it is kept what is in force.
    place: Place,
}

/// What a campaign has.
#[derive(Debug, Clone, Copy, Default)]
struct Has {
    /// Micros a day that it may spend: what is in force or what is live, whichever is more.
    amount: i64,
    /// The live daily budget, where it is known.
    live: Option<i64>,
    /// Whether it runs on the platform.
    runs: bool,
    /// Whether it is on the platform; `None` where its account was not read.
    is_there: Option<bool>,
}

impl Has {
    /// Whether what a campaign gets is live. One of which nothing is known may spend anything, one that is not there spends
    /// nothing; one that a hard pool lets run is not live as long as it stands still, whatever its amount.
    fn is_live(&self, pool: &Pool, share: &Share) -> bool {
        match self.is_there {
            None => false,
            Some(false) => true,
            Some(true) if share.paused => !self.runs,
            Some(true) => self.live == share.after && !self.stands_still(pool, share),
        }
    }

    /// Whether a campaign that a hard pool lets run does not run: the pool's pause is taken back, and its resume is not live
    /// yet. A soft pool pauses nobody.
    fn stands_still(&self, pool: &Pool, share: &Share) -> bool {
        pool.is_hard() && self.is_there == Some(true) && !self.runs && !share.paused && share.after.is_some()
    }
}

/// Where what accounts delivered is kept: all of them in one store, or each in its own.
pub trait Numbers: Sync {
    /// The store of an account; of one without a store nobody knows what it spent.
    fn of(&self, account: &AccountKey) -> Option<&dyn MetricStore>;
}

impl Numbers for &dyn MetricStore {
    fn of(&self, _: &AccountKey) -> Option<&dyn MetricStore> {
        Some(*self)
    }
}

impl Numbers for BTreeMap<AccountKey, Arc<dyn MetricStore>> {
    fn of(&self, account: &AccountKey) -> Option<&dyn MetricStore> {
        self.get(account).map(|store| &**store)
    }
}

/// Works every pool out from what is remembered of it; nothing is put in force.
pub async fn pace(
    world: World<'_>,
    numbers: &dyn Numbers,
    recall: &(dyn Fn(&Pool) -> Remembered + Sync),
) -> Result<Vec<PacedPool>, StoreError> {
    let (mut paced, place) = (Vec::new(), Place::of(world.desired));
    for pool in world.pools {
        let mut gathered = gather::gather(world, pool, numbers).await?;
        let (look, Remembered { given, drawn, .. }) = (gathered.look, recall(pool));
        let (drawing, days) = (std::mem::take(&mut gathered.drawing), (pool.period(look.day).0, look.day));
        let drawn = former::drawn(drawn, &drawing, days, |one| former::runs_on(world, one, &drawing));
        let has = std::mem::take(&mut gathered.has);
        let about = (&*drawn, &drawing, &given);
        gathered.members.extend(former::members(world, pool, numbers, about, look.day).await?);
        let allotment = allot(pool, &gathered.members, look, &given);
        let put = overlays::put(world, pool, &allotment);
        let take_back = overlays::take_back(world, pool, &allotment);
        let (pool, crowded) = (pool.clone(), BTreeMap::new());
        paced.push(PacedPool { pool, allotment, put, take_back, drawn, has, crowded, place });
    }
    guard::hold(world, &mut paced);
    Ok(paced)
}

/// Puts in force what pools give, and remembers it; how many values are new. What the spend guard has no room for stays as
/// it is.
///
/// # Errors
/// When local state cannot be read or written: what was in force before still is, or a part of the new values is, and the
/// next run puts the rest there.
pub fn put_in_force(paced: &[PacedPool], state: &StateDir) -> Result<usize, StateError> {
    let mut changed = 0;
    for one in paced {
        one.remember(state, |object| !one.crowded.contains_key(object))?;
        let crowded: Vec<Target> = one.crowded.keys().map(Target::of).collect();
        let roomy = |all: &[Overlay]| -> Vec<Overlay> {
            all.iter().filter(|overlay| !crowded.contains(&overlay.object)).cloned().collect()
        };
        changed += bring_about(&roomy(&one.put), &roomy(&one.take_back), state)?;
    }
    Ok(changed)
}

/// Puts overlays in force and takes others back; how many values are new. What lowers goes first: a crash between two
/// values spends no more.
///
/// # Errors
/// When local state cannot be read or written.
pub fn bring_about(put: &[Overlay], take_back: &[Overlay], state: &StateDir) -> Result<usize, StateError> {
    let overrides = state.overrides();
    let mut changed = 0;
    for overlay in put {
        changed += usize::from(overrides.put(overlay)? == crate::state::Put::Written);
    }
    for overlay in take_back {
        overrides.remove(overlay)?;
        changed += 1;
    }
    Ok(changed)
}

impl PacedPool {
    /// Remembers who draws on the pool, and what its campaigns get on its day: those that `is_given` names what this look
    /// gives, the others what they have. Before that is in force, so that whoever is cut off between the two gives none of
    /// it again.
    ///
    /// # Errors
    /// When the file cannot be read or written; what is in force stays as it was.
    pub fn remember(&self, state: &StateDir, is_given: impl Fn(&Address) -> bool) -> Result<(), StateError> {
        let Pool { namespace, name, .. } = &self.pool;
        state.pools().change(namespace, name, |known| self.note(known, is_given))
    }

    /// The same where memory is kept elsewhere.
    pub fn note(&self, known: &mut Remembered, is_given: impl Fn(&Address) -> bool) {
        known.drawn.clone_from(&self.drawn);
        let amount = |(object, share): (&Address, &Share)| {
            let given = share.day()?;
            Some((object.clone(), if is_given(object) { given } else { self.stays(object, share) }))
        };
        let amounts: BTreeMap<Address, DayAmount> =
            self.allotment.members.iter().filter_map(amount).collect();
        if !amounts.is_empty() {
            known.gave(self.allotment.day, GivenDay { looked: self.allotment.looked, amounts });
        }
    }

    /// What a campaign has on the day as long as nothing comes of what this look gives it.
    fn stays(&self, object: &Address, share: &Share) -> DayAmount {
        share.day_with(self.has.get(object).map_or(share.now, |has| has.amount))
    }

    /// Why nothing is put in force: by the clock it is a day before one on which the pool has given something already.
    pub fn is_behind(&self, known: &Remembered) -> Option<String> {
        let day = self.allotment.day;
        let newest =
            known.given.last_key_value().map(|(newest, _)| *newest).filter(|newest| *newest > day)?;
        Some(format!("by the clock it is {day}, and the pool gave amounts on {newest} already"))
    }
}
