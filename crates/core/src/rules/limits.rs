//! Limits: how many objects a rule may still touch on an account, in this run and on its day, and how many all rules
//! together.

use std::collections::{BTreeMap, BTreeSet};

use super::memory::Memory;
use super::peers::Peers;
use super::resolve::{Allowance, Allowances};
use super::run::{Due, today};
use super::snapshot::Snapshot;
use super::source::Mode;
use crate::address::{AccountKey, Address, Kind};

/// Objects in one run where a rule does not say.
const PER_RUN: u32 = 50;
/// Share of the objects in scope that can be touched, where a rule does not say, in basis points.
const SHARE: u32 = 5_000;

/// What limits leave of each rule on each account. What is wanted in shadow is judged as if it could be done.
pub(super) fn allowances(
    due: &[Due<'_>],
    (snapshot, peers): (&Snapshot, &[Peers<'_>]),
    memory: &Memory,
    shadow: bool,
) -> Allowances {
    let each = due.iter().zip(peers).map(|(Due { rule, account, .. }, peers)| {
        let limits = &rule.limits;
        // What the rule itself holds can be touched as well: else all of it would come back one by one.
        let known = memory.rule(&rule.key);
        let mood = |address| known.and_then(|known| known.objects.get(address));
        let holds = |address| mood(address).is_some_and(|mood| mood.pause.is_some());
        let live =
            peers.all().iter().filter(|placed| placed.runs == Some(true) || holds(placed.address)).count();
        let share = u64::from(limits.share.unwrap_or(SHARE));
        // One object may always be touched: of three, a quarter is none.
        let of_scope = u32::try_from((live as u64 * share / 10_000).max(1)).unwrap_or(u32::MAX);
        let per_run = limits.per_run.unwrap_or(PER_RUN);
        let run = if of_scope < per_run {
            (of_scope, "maxShareOfScope".to_owned())
        } else {
            (per_run, "perRun".to_owned())
        };
        let day = limits.per_day.map(|most| {
            let today = today(snapshot, account);
            let used = known
                .and_then(|known| known.days.get(&account.name))
                .filter(|(day, _)| Some(*day) == today)
                .map_or(0, |(_, used)| *used);
            most.saturating_sub(used)
        });
        let acts = rule.mode == Mode::Act || (shadow && rule.mode == Mode::Shadow);
        ((rule.key.clone(), account.clone()), Allowance { run, day, acts })
    });
    each.collect()
}

/// How many objects of an account all rules together may still touch in one run, where the spend guard says so.
#[derive(Default)]
pub(super) struct Breadth {
    left: BTreeMap<AccountKey, (u32, &'static str)>,
    touched: BTreeSet<Address>,
}

impl Breadth {
    pub(super) fn new(snapshot: &Snapshot, memory: &Memory) -> Self {
        let mut left = BTreeMap::new();
        for key in snapshot.accounts.keys() {
            let guard = snapshot.guards.spend.of(key);
            let share =
                guard.share_of_live.map(|points| (of_live(points, key, snapshot, memory), "maxShareOfLive"));
            let most = guard.per_run.map(|most| (most, "maxObjectsPerRun")).into_iter().chain(share).min();
            left.extend(most.map(|most| (key.clone(), most)));
        }
        Self { left, touched: BTreeSet::new() }
    }

    /// The limit that does not let these be touched as well.
    pub(super) fn over(&self, objects: &BTreeSet<&Address>) -> Option<String> {
        let each = self.new_ones(objects).into_iter();
        let mut over = each.filter_map(|(key, new)| self.left.get(&key).filter(|(left, _)| new > *left));
        over.next().map(|(_, limit)| format!("spendGuard.{limit}"))
    }

    pub(super) fn take(&mut self, objects: &BTreeSet<&Address>) {
        for (key, new) in self.new_ones(objects) {
            if let Some((left, _)) = self.left.get_mut(&key) {
                *left = left.saturating_sub(new);
            }
        }
        self.touched.extend(objects.iter().map(|object| (*object).clone()));
    }

    /// How many are touched for the first time in this run.
    fn new_ones(&self, objects: &BTreeSet<&Address>) -> BTreeMap<AccountKey, u32> {
        let mut new: BTreeMap<AccountKey, u32> = BTreeMap::new();
        for object in objects.iter().filter(|object| !self.touched.contains(**object)) {
            *new.entry(object.account_key()).or_default() += 1;
        }
        new
    }
}

/// A share of the campaigns, ad groups and ads of an account that run or that rules hold. One may always be touched.
fn of_live(points: u32, key: &AccountKey, snapshot: &Snapshot, memory: &Memory) -> u32 {
    let holds = |address: &Address| {
        memory.rules.values().any(|rule| rule.objects.get(address).is_some_and(|mood| mood.pause.is_some()))
    };
    let of_account = snapshot
        .objects
        .iter()
        .filter(|(address, _)| address.kind != Kind::Budget && address.account_key() == *key);
    let live = of_account.filter(|(address, object)| snapshot.is_running(object) || holds(address)).count();
    u32::try_from((live as u64 * u64::from(points) / 10_000).max(1)).unwrap_or(u32::MAX)
}
