//! One turn of a pool: what it gives, what of that may be put in force now, and what is live.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use adplane_core::address::{AccountKey, Address};
use adplane_core::field::FieldPath;
use adplane_core::overlay::{Overlay, STATE};
use adplane_core::plan::Fields;
use adplane_core::rules::State;
use adplane_engine::pools::{Move, PacedPool, World as Seen, foreseen, pace};
use adplane_engine::state::Moved;
use jiff::Timestamp;
use serde_json::Value;

use super::ground::{Ground, Written, numbers};
use super::memory::Memory;
use super::obstacles::{held_back, left_alone, untaken};
use super::{Trouble, tell};
use crate::account::foresee::{Obstacle, Wish, foresee};
use crate::account::gather::World;
use crate::account::overrides::{self, Refused};
use crate::account::spend;
use crate::cache::Resource;
use crate::context::Context;

/// Why a raise waits for cuts: otherwise more than the day's money would be given meanwhile.
const CUTS_FIRST: &str = "what lowers another campaign of the pool is not live yet";

/// What came of a turn.
pub(super) enum Turned {
    /// The pool was worked out.
    Paced(Box<Paced>),
    /// Nothing can be worked out yet; why.
    NotYet(String),
    /// What an account of it delivered was not read yet; which.
    Unread(String),
    /// What it rests on has changed meanwhile; how.
    Again(String),
    /// It is wrong as it is written; why.
    Wrong(String),
    /// No campaign draws on it.
    Unused,
    /// It went wrong, and is tried again.
    Failed(String),
}

/// A pool that was worked out.
pub(super) struct Paced {
    /// What it gives.
    pub(super) pool: PacedPool,
    /// What is not live, by campaign, with why.
    pub(super) waits: BTreeMap<Address, String>,
    /// What was put in force in this turn.
    pub(super) put: Vec<Move>,
    /// Why nothing is raised, where something that it rests on is wrong.
    pub(super) unclear: Option<String>,
}

impl Turned {
    /// What is not live, in words that stay the same while nothing changes.
    pub(super) fn open(&self) -> Vec<String> {
        match self {
            Self::Paced(paced) => paced.waits.iter().map(|(object, why)| format!("{object} {why}")).collect(),
            Self::NotYet(why)
            | Self::Unread(why)
            | Self::Again(why)
            | Self::Wrong(why)
            | Self::Failed(why) => vec![why.clone()],
            Self::Unused => Vec::new(),
        }
    }

    /// Accounts where something was put in force.
    pub(super) fn touched(&self) -> BTreeSet<AccountKey> {
        match self {
            Self::Paced(paced) => paced.put.iter().map(|one| one.object.account_key()).collect(),
            Self::NotYet(_)
            | Self::Unread(_)
            | Self::Again(_)
            | Self::Wrong(_)
            | Self::Unused
            | Self::Failed(_) => BTreeSet::new(),
        }
    }
}

/// Works a pool out and puts in force what may be. The operator began at `began`.
pub(super) async fn turn(
    context: &Context,
    resource: &Arc<Resource>,
    campaigns: &[Arc<Resource>],
    (holder, began): (&AccountKey, Timestamp),
) -> Result<Turned, Trouble> {
    if campaigns.is_empty() {
        return Ok(Turned::Unused);
    }
    if context.delivered.settings().is_none() {
        return Ok(Turned::NotYet(UNMEASURED.to_owned()));
    }
    // Whoever cannot be asked is taken to say so.
    if context.uninstalling().await.unwrap_or(true) {
        return Ok(Turned::NotYet("the operator is being uninstalled".to_owned()));
    }
    // Before anything else is read: whoever writes meanwhile has seen what is newer.
    let memory = Memory::read(context, &resource.key).await?;
    let written = Written::of(context, campaigns, &memory.known.drawn);
    if let Some(why) = written.broken(context, resource) {
        return Ok(Turned::Wrong(why));
    }
    let Some(pool) = written.pool(resource) else {
        return Ok(Turned::NotYet("its campaigns have no account that can be read".to_owned()));
    };
    let stores = match numbers(context, &written, began).await? {
        Ok(stores) => stores,
        Err(why) => return Ok(Turned::Unread(why)),
    };
    let ground = Ground::gather(context, stores, holder).await?;
    let schemas = adplane_platforms::schemas();
    let guard = &ground.desired.spend_guard;
    let spans = guard.spans_accounts();
    // What others decide meanwhile would take the same room, and so may what they decided since the accounts were read.
    let _turn = if guard.has_amounts() {
        match spend::turn(context, ground.worlds.values()).await {
            Some(turn) => Some(turn),
            None => return Ok(Turned::Again(MOVED.to_owned())),
        }
    } else {
        None
    };
    let others = if spans { ground.others(context, pool) } else { BTreeMap::new() };
    let seen = Seen {
        desired: &ground.desired,
        pools: std::slice::from_ref(pool),
        observed: &ground.observed,
        schemas: &schemas,
        remembered: &ground.remembered,
        others: &others,
        now: ground.now,
    };
    let mut paced = pace(seen, &ground.numbers, &|_| memory.known.clone()).await?;
    let Some(pool) = paced.pop() else { return Ok(Turned::NotYet("there is nothing to pace".to_owned())) };
    let unclear = written.unclear(resource, campaigns);
    let (waits, put) = (BTreeMap::new(), Vec::new());
    let mut turn = Turn { context, holder, ground, memory, pool, unclear, waits, put };
    turn.take(resource).await?;
    let Turn { pool, waits, put, unclear, .. } = turn;
    Ok(Turned::Paced(Box::new(Paced { pool, waits, put, unclear })))
}

/// What a pool says whose accounts are to be read again.
const MOVED: &str = "more may be spent on its accounts than was read: it is worked out anew at once";

/// What a pool says where nothing is read of what is delivered.
pub(super) const UNMEASURED: &str = "the operator's configuration has no `metrics`";

struct Turn<'t> {
    context: &'t Context,
    /// The account by whose lease the pool is paced, and whose outbox it tells by.
    holder: &'t AccountKey,
    ground: Ground,
    memory: Memory,
    pool: PacedPool,
    unclear: Option<String>,
    waits: BTreeMap<Address, String>,
    put: Vec<Move>,
}

/// Moves of a kind, by what has become of them.
#[derive(Default)]
struct Sorted {
    /// On their platform.
    live: BTreeSet<Address>,
    /// In force, and not live.
    in_force: Vec<Move>,
    /// To be put in force.
    going: Vec<Move>,
    /// Raises in force that are to be taken back to what is live.
    withdrawn: Vec<Move>,
}

impl Turn<'_> {
    async fn take(&mut self, resource: &Resource) -> Result<(), Trouble> {
        let moves = self.pool.moves();
        if let Some(why) = self.pool.is_behind(&self.memory.known) {
            self.waits.extend(moves.into_iter().map(|one| (one.object, why.clone())));
            return Ok(());
        }
        // Who is to get nothing else than it has counts as that.
        let moving: BTreeSet<Address> = moves.iter().map(|one| one.object.clone()).collect();
        let members = self.pool.allotment.members.keys();
        let mut settled: BTreeSet<Address> =
            members.filter(|object| !moving.contains(*object)).cloned().collect();
        let (cuts, raises): (Vec<Move>, Vec<Move>) = moves.into_iter().partition(|one| one.lowers);
        let cuts = self.sort(cuts);
        settled.extend(cuts.live.iter().cloned());
        let raises = match self.comes_first(&cuts) {
            None => self.sort(raises),
            Some(why) => {
                let mut sorted = Sorted::default();
                for one in raises {
                    self.refuse(one, &why, &mut sorted);
                }
                sorted
            }
        };
        // A raise counts from here on, a cut once it is live.
        let counted = raises.in_force.iter().chain(&raises.going).map(|one| &one.object).chain(&raises.live);
        settled.extend(counted.cloned());
        let in_force = cuts.in_force.into_iter().chain(raises.in_force);
        self.waits.extend(in_force.map(|one| (one.object, "in force, and not live yet".to_owned())));
        let mut known = self.memory.known.clone();
        self.pool.note(&mut known, |object| settled.contains(object));
        tell::news(self.context, self.holder, &self.pool, (&self.ground.desired, &mut known));
        self.memory.keep(self.context, known).await?;
        let withdrawn = cuts.withdrawn.into_iter().chain(raises.withdrawn);
        for one in withdrawn.chain(cuts.going).chain(raises.going) {
            self.put(one).await?;
        }
        tell::event(self.context, resource, &self.put).await;
        Ok(())
    }

    /// Why nothing is raised, given what has become of cuts.
    fn comes_first(&self, cuts: &Sorted) -> Option<String> {
        let all_live = self.waits.is_empty() && cuts.in_force.is_empty() && cuts.going.is_empty();
        let above = self.pool.above(|object| cuts.live.contains(object));
        match (&self.unclear, above) {
            (Some(why), _) => Some(why.clone()),
            (None, Some(object)) => Some(format!("{CUTS_FIRST}: {}", object.short())),
            (None, None) => (!all_live).then(|| CUTS_FIRST.to_owned()),
        }
    }

    /// A move that must not be made: where a raise is in force already, and nobody has agreed to it yet, nobody can.
    fn refuse(&mut self, one: Move, why: &str, sorted: &mut Sorted) {
        let (given, now) = (&self.ground.desired.overlays.given, self.ground.now);
        let back = self.pool.withdrawn(&one).filter(|back| back.is_new(given, now));
        sorted.withdrawn.extend(back.filter(|back| !(back.pauses && self.is_stopped_by_hand(&one.object))));
        self.waits.insert(one.object, why.to_owned());
    }

    /// Whether somebody paused a campaign on its platform: a pause of the pool's would take that over, and lifting it would let
    /// the campaign run again.
    fn is_stopped_by_hand(&self, object: &Address) -> bool {
        let Some(world) = self.ground.worlds.get(&object.account_key()) else { return false };
        let as_value = |state: State| Value::from(state.word());
        let (wanted, live) = (as_value(State::Active), as_value(State::Paused));
        let moved = world.applied.moved(object, &FieldPath::new(STATE), Some(&wanted), Some(&live));
        matches!(moved, Moved::Platform | Moved::Both)
    }

    /// What has become of moves, account by account; those that something is in the way of wait.
    fn sort(&mut self, moves: Vec<Move>) -> Sorted {
        let mut sorted = Sorted::default();
        let mut by_account: BTreeMap<AccountKey, Vec<Move>> = BTreeMap::new();
        for one in moves {
            let is_new = one.is_new(&self.ground.desired.overlays.given, self.ground.now);
            if !is_new && one.is_live {
                sorted.live.insert(one.object);
                continue;
            }
            let account = one.object.account_key();
            let untaken = || {
                let is_ours = self.context.fence.token(&account).is_some();
                untaken(&self.ground.desired.spend_guard, &account, is_ours).filter(|_| !one.lowers)
            };
            match self.pool.refuses(&one).or_else(untaken) {
                Some(why) => self.refuse(one, &why, &mut sorted),
                None => by_account.entry(account).or_default().push(one),
            }
        }
        for (account, group) in by_account {
            self.examine(&account, group, &mut sorted);
        }
        sorted
    }

    /// Moves on one account: together first; where something is in the way of one, each is tried alone, on top of those before
    /// it.
    fn examine(&mut self, account: &AccountKey, group: Vec<Move>, sorted: &mut Sorted) {
        let Some(world) = self.ground.worlds.get(account) else { return };
        let mut given = world.wanted.desired.overlays.given.clone();
        if let Ok(open) = self.not_live(world, &given, &group) {
            self.file(group, Ok(open), sorted);
            return;
        }
        for one in group {
            let alone = std::slice::from_ref(&one);
            let Some(world) = self.ground.worlds.get(account) else { return };
            let open = self.not_live(world, &given, alone);
            if open.is_ok() {
                given = foreseen(&given, alone);
            }
            self.file(vec![one], open, sorted);
        }
    }

    fn file(&mut self, group: Vec<Move>, open: Result<BTreeSet<Address>, String>, sorted: &mut Sorted) {
        let open = match open {
            Ok(open) => open,
            Err(why) => {
                self.waits.extend(group.into_iter().map(|one| (one.object, why.clone())));
                return;
            }
        };
        for one in group {
            let is_new = one.is_new(&self.ground.desired.overlays.given, self.ground.now)
                && !(open.contains(&one.object) && self.pool.is_asked(&one));
            match (is_new, open.contains(&one.object)) {
                (false, true) => sorted.in_force.push(one),
                (false, false) => drop(sorted.live.insert(one.object)),
                (true, is_open) => {
                    // What is live already is put in force all the same, so that it stays.
                    if !is_open {
                        sorted.live.insert(one.object.clone());
                    }
                    sorted.going.push(one);
                }
            }
        }
    }

    /// The objects of moves that would be written to; why nothing of them may be in force, where something is in the way.
    fn not_live(
        &self,
        world: &World,
        given: &[Overlay],
        group: &[Move],
    ) -> Result<BTreeSet<Address>, String> {
        if let Some(why) = left_alone(self.context, world) {
            return Err(why);
        }
        let wish = wish(given, group);
        let document = foresee(world, &self.context.config, given, &wish).map_err(Obstacle::why)?;
        if let Some(why) = held_back(self.context, world, &document, &wish) {
            return Err(why);
        }
        let held = &world.wanted.held;
        let is_held = |one: &&Move| {
            let fields = held.fields(&one.object);
            held.object(&one.object)
                || one.paths().iter().any(|path| fields.is_some_and(|held| held.contains(path)))
        };
        if let Some(one) = group.iter().find(is_held) {
            return Err(format!("{} is left as it is: its resource is wrong", one.object.short()));
        }
        let writes = document.changes.iter().filter(|change| change.action.writes());
        Ok(writes.map(|change| change.address.clone()).collect())
    }

    /// Puts one in force; what the cluster refuses of it keeps no other back.
    async fn put(&mut self, one: Move) -> Result<(), Trouble> {
        let Some(world) = self.ground.worlds.get(&one.object.account_key()) else { return Ok(()) };
        let done = bring_about(self.context, world, &one).await;
        // Also where that failed: half of it may be in force.
        if !one.lowers {
            self.context.spends.raised(&one.object.account_key());
        }
        match done {
            Ok(true) => {
                let just = || "it was just put in force".to_owned();
                self.waits.entry(one.object.clone()).or_insert_with(just);
                self.put.push(one);
                Ok(())
            }
            Ok(false) => Ok(()),
            Err(Refused::Alone(why)) => {
                self.waits.insert(one.object, why);
                Ok(())
            }
            Err(Refused::Failed(error)) => Err(error.into()),
        }
    }
}

/// Whether anything changed. What lowers goes first: being cut off between two spends no more.
async fn bring_about(context: &Context, world: &World, one: &Move) -> Result<bool, Refused> {
    let mut changed = false;
    for overlay in &one.put {
        changed |= overrides::put(context, world, overlay).await?;
    }
    for overlay in &one.take_back {
        overrides::remove(context, world, overlay).await?;
        changed = true;
    }
    Ok(changed)
}

fn wish(given: &[Overlay], group: &[Move]) -> Wish {
    let mut fields = Fields::new();
    for one in group {
        one.add_fields(&mut fields);
    }
    Wish {
        fields,
        puts: group.iter().flat_map(|one| one.put.clone()).collect(),
        given: foreseen(given, group),
        lowers: group.iter().all(|one| one.lowers),
    }
}
