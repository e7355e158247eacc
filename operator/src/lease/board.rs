//! Decides what to do about the leases, from what was read and when; waits for nothing and asks nobody.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use adplane_engine::clock::Clock;

use super::fence::{Held, Renewal};
use super::record::{Record, Role};
use super::{Fence, Timing};

/// After how many durations without a sign a replica's own lease is cleared away.
const FORGET_AFTER: u32 = 10;

/// What is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Write {
    pub(super) purpose: Purpose,
    pub(super) record: Record,
}

/// Why it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To tell that this replica is there.
    Announce,
    /// To go on holding a shard.
    Renew,
    /// To take a shard; `wait` where nothing says who wrote to it last.
    Acquire {
        /// Whether a whole duration must pass before the first write.
        wait: bool,
    },
    /// To hand a shard over.
    Release,
    /// To clear away what nobody renews.
    Forget,
}

/// When a version of a lease was first seen.
#[derive(Debug)]
struct Seen {
    version: Option<String>,
    at: Instant,
}

/// What this replica knows and holds.
#[derive(Debug)]
pub(super) struct Board {
    me: String,
    shards: u32,
    timing: Timing,
    clock: Clock,
    seen: BTreeMap<String, Seen>,
    held: BTreeMap<u32, Arc<Held>>,
    stopping: bool,
}

impl Board {
    pub(super) fn new(me: String, shards: u32, timing: Timing, clock: Clock) -> Self {
        Self { me, shards, timing, clock, seen: BTreeMap::new(), held: BTreeMap::new(), stopping: false }
    }

    /// Fences of what is held.
    pub(super) fn fences(&self) -> BTreeMap<u32, Fence> {
        self.held.iter().map(|(shard, held)| (*shard, Fence(Arc::clone(held)))).collect()
    }

    pub(super) fn holds_nothing(&self) -> bool {
        self.held.is_empty()
    }

    /// Nothing is taken any more, and what is held is handed over as soon as its work has ended.
    pub(super) fn stop(&mut self) {
        self.stopping = true;
        self.held.values().for_each(|held| held.drain());
    }

    /// Whether nothing is left to wait for: work has ended, and what is held could not be handed over yet.
    pub(super) fn only_waits(&self, now: Instant) -> bool {
        self.held.values().all(|held| held.is_idle() && !held.is_ripe(now))
    }

    /// Gives up everything at once: what is under way was not waited for.
    pub(super) fn abandon(&mut self) {
        self.held.values().for_each(|held| held.lose());
        self.held.clear();
    }

    /// What to write, given every lease as it was read.
    pub(super) fn decide(&mut self, records: &[Record], now: Instant) -> Vec<Write> {
        self.note(records, now);
        let mut writes = self.presence(records, now);
        let shards: BTreeMap<u32, &Record> = records
            .iter()
            .filter_map(|record| match record.role {
                Role::Shard(shard) => Some((shard, record)),
                Role::Replica => None,
            })
            .collect();
        self.drop_lost(&shards);
        let share = self.share(records, now);
        self.hand_over(&shards, share);
        writes.extend(self.keep(&shards, now));
        if !self.stopping {
            writes.extend(self.take(&shards, share, now));
        }
        writes
    }

    /// Remembers when each version was first seen, by this replica's own clock.
    fn note(&mut self, records: &[Record], now: Instant) {
        let names: BTreeSet<&str> = records.iter().map(|record| record.name.as_str()).collect();
        self.seen.retain(|name, _| names.contains(name.as_str()));
        for record in records {
            let seen = self.seen.get(&record.name);
            if seen.is_none_or(|seen| seen.version != record.version) {
                self.seen.insert(record.name.clone(), Seen { version: record.version.clone(), at: now });
            }
        }
    }

    /// How long a lease has not changed.
    fn age(&self, record: &Record, now: Instant) -> Duration {
        self.seen.get(&record.name).map_or(Duration::ZERO, |seen| now.saturating_duration_since(seen.at))
    }

    /// Whether its holder may still be there. A duration of nothing would end every lease at once.
    fn is_live(&self, record: &Record, now: Instant) -> bool {
        let duration = if record.duration.is_zero() { self.timing.duration } else { record.duration };
        record.holder.is_some() && self.age(record, now) < duration
    }

    fn is_mine(&self, record: &Record) -> bool {
        record.holder.as_ref() == Some(&self.me)
    }

    /// Tells that this replica is there, and clears away those that went without a word.
    fn presence(&self, records: &[Record], now: Instant) -> Vec<Write> {
        let replicas = || records.iter().filter(|record| record.role == Role::Replica);
        let mut writes = Vec::new();
        let mine = replicas().find(|record| self.is_mine(record));
        if self.stopping {
            writes.extend(mine.map(|record| Write { purpose: Purpose::Forget, record: record.clone() }));
        } else {
            let fresh = || Record::new(Role::Replica, &self.me, self.timing.duration, self.shards);
            let record = mine.cloned().unwrap_or_else(fresh);
            writes.push(Write { purpose: Purpose::Announce, record: self.signed(record) });
        }
        let gone = replicas().filter(|record| {
            let limit = record.duration.max(self.timing.duration) * FORGET_AFTER;
            !self.is_mine(record) && self.age(record, now) >= limit
        });
        writes.extend(gone.map(|record| Write { purpose: Purpose::Forget, record: record.clone() }));
        writes
    }

    /// With the time of this write, for people.
    fn signed(&self, mut record: Record) -> Record {
        record.renewed = Some(self.clock.now());
        record
    }

    /// Whether a lease was written for as many shards as this replica counts.
    fn agrees(&self, record: &Record) -> bool {
        record.shards == self.shards
    }

    /// Forgets what somebody else holds by now, or what is gone.
    fn drop_lost(&mut self, shards: &BTreeMap<u32, &Record>) {
        let me = &self.me;
        self.held.retain(|shard, held| {
            let record = shards.get(shard);
            let mine = record
                .is_some_and(|record| record.holder.as_ref() == Some(me) && record.token() == held.token);
            if !mine {
                tracing::warn!(shard, "lost a shard: its lease is no longer this replica's");
                held.lose();
            }
            mine
        });
    }

    /// How many shards this replica should hold: all of them, spread over those who are there.
    fn share(&self, records: &[Record], now: Instant) -> usize {
        let others = records.iter().filter(|record| {
            let there = record.role == Role::Replica && self.is_live(record, now);
            there && !self.is_mine(record) && self.agrees(record)
        });
        let shards = usize::try_from(self.shards).unwrap_or(usize::MAX);
        shards.div_ceil(others.count() + 1)
    }

    /// Begins to hand over what is too much, one at a time, and what another count of shards makes void.
    fn hand_over(&self, shards: &BTreeMap<u32, &Record>, share: usize) {
        let anchored = shards.get(&0).is_none_or(|anchor| self.agrees(anchor));
        let active = || self.held.iter().filter(|(_, held)| !held.is_draining());
        let draining = self.held.len() - active().count();
        if !anchored {
            active().for_each(|(_, held)| held.drain());
        } else if active().count() > share
            && draining == 0
            && let Some((shard, held)) = active().next_back()
        {
            tracing::info!(shard, "hands a shard over: another replica has room");
            held.drain();
        }
    }

    fn keep(&self, shards: &BTreeMap<u32, &Record>, now: Instant) -> Vec<Write> {
        let held = self.held.iter().filter_map(|(shard, held)| Some((held, shards.get(shard)?)));
        held.map(|(held, record)| {
            let mut record = self.signed((*record).clone());
            // Handed over, a shard can be written to at once: so not while this replica itself had to wait.
            let purpose = if held.is_draining() && held.is_idle() && held.is_ripe(now) {
                record.holder = None;
                Purpose::Release
            } else {
                record.duration = self.timing.duration;
                Purpose::Renew
            };
            Write { purpose, record }
        })
        .collect()
    }

    /// Takes what is free, up to this replica's share.
    fn take(&self, shards: &BTreeMap<u32, &Record>, share: usize, now: Instant) -> Vec<Write> {
        let room = share.saturating_sub(self.held.len());
        // Where the number of shards changes, nobody may hold a lease of the old count.
        let others = shards
            .values()
            .any(|record| !self.is_mine(record) && !self.agrees(record) && self.is_live(record, now));
        let anchored = shards.get(&0).is_some_and(|anchor| self.agrees(anchor));
        let allowed = |shard: &u32| if *shard == 0 { anchored || !others } else { anchored };
        let free = (0..self.shards).filter(|shard| !self.held.contains_key(shard)).filter(allowed);
        free.filter_map(|shard| self.acquisition(shard, shards.get(&shard).copied(), now))
            .take(room)
            .collect()
    }

    fn acquisition(&self, shard: u32, found: Option<&Record>, now: Instant) -> Option<Write> {
        if found.is_some_and(|record| !self.is_mine(record) && self.is_live(record, now)) {
            return None;
        }
        let mut record = match found {
            Some(record) => {
                let mut record = record.clone();
                record.transitions = record.transitions.saturating_add(1);
                record
            }
            None => Record::new(Role::Shard(shard), &self.me, self.timing.duration, self.shards),
        };
        // Nothing tells who wrote last where there is no lease, or one of another count, or one that this
        // replica wrote and does not know of.
        let wait = found.is_none_or(|record| !self.agrees(record) || self.is_mine(record));
        record.holder = Some(self.me.clone());
        record.duration = self.timing.duration;
        record.shards = self.shards;
        record.acquired = Some(self.clock.now());
        Some(Write { purpose: Purpose::Acquire { wait }, record: self.signed(record) })
    }

    /// Takes note of what was written; `sent` is when.
    pub(super) fn written(&mut self, purpose: Purpose, record: &Record, sent: Renewal) {
        let Role::Shard(shard) = record.role else { return };
        match purpose {
            Purpose::Announce | Purpose::Forget => {}
            Purpose::Renew => {
                if let Some(held) = self.held.get(&shard) {
                    held.renew(sent);
                }
            }
            Purpose::Acquire { wait } => {
                let not_before = if wait { sent.at + self.timing.duration } else { sent.at };
                tracing::info!(shard, token = %record.token(), wait, "holds a shard");
                let held = Held::new(record.token(), self.timing, self.clock, sent, not_before);
                if self.stopping {
                    held.drain();
                }
                self.held.insert(shard, Arc::new(held));
            }
            Purpose::Release => {
                if let Some(held) = self.held.remove(&shard) {
                    tracing::info!(shard, "handed a shard over");
                    held.lose();
                }
            }
        }
    }
}
