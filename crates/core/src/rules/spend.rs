//! What can be spent on a day: budgets of what runs, and of what would run if something else did.
//!
//! A daily budget counts whole. So does a total one, apart from the daily ones: on the worst day all that is left of it
//! can go, and no platform goes beyond it.

use std::collections::{BTreeMap, BTreeSet};

use compact_str::CompactString;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::memory::Memory;
use super::snapshot::{AccountState, Budget, Cadence, ObjectState, Ownership, Snapshot, State};
use super::strangers::{Stranger, Strangers};
use crate::address::{AccountKey, Address};
use crate::money::Money;

/// Budgets in micros, by how they are spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Spend {
    /// Daily budgets.
    pub daily: i64,
    /// Total budgets.
    pub total: i64,
    /// What of the daily ones the platform itself raises; no day is remembered by it.
    #[serde(skip)]
    pub automatic: i64,
}

impl Spend {
    /// An amount of one cadence.
    pub(super) fn of(cadence: Cadence, micros: i64) -> Self {
        match cadence {
            Cadence::Daily => Self { daily: micros, ..Self::default() },
            Cadence::Total => Self { total: micros, ..Self::default() },
        }
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            daily: self.daily.saturating_add(other.daily),
            total: self.total.saturating_add(other.total),
            automatic: self.automatic.saturating_add(other.automatic),
        }
    }

    pub(super) fn minus(self, other: Self) -> Self {
        Self {
            daily: self.daily.saturating_sub(other.daily),
            total: self.total.saturating_sub(other.total),
            automatic: self.automatic.saturating_sub(other.automatic),
        }
    }

    /// Only what rises of it: what falls on one side makes no room on the other.
    pub(super) fn rise(self) -> Self {
        Self { daily: self.daily.max(0), total: self.total.max(0), automatic: self.automatic.max(0) }
    }

    /// The worst day of it.
    pub(super) fn together(self) -> i64 {
        self.daily.saturating_add(self.total)
    }

    pub(super) fn own(object: &ObjectState) -> Self {
        Self::by(object, |budget| budget.amount)
    }

    /// The same without raises whose time is over.
    fn settled(object: &ObjectState) -> Self {
        Self::by(object, Budget::settled)
    }

    fn by(object: &ObjectState, amount: fn(&Budget) -> Money) -> Self {
        let Some(budget) = object.budget else { return Self::default() };
        let own = Self::of(budget.cadence, amount(&budget).micros());
        let automatic = if budget.ownership == Ownership::External { own.daily } else { 0 };
        Self { automatic, ..own }
    }
}

/// What can be spent on an account, by whether git knows of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Sum {
    /// By objects that are in git.
    pub(super) git: Spend,
    /// By what is not ([`strangers`](super::strangers)).
    pub(super) strangers: Spend,
    /// By how much each of that is more than when the day began.
    pub(super) grown: Spend,
}

impl Sum {
    pub(super) fn git(spend: Spend) -> Self {
        Self { git: spend, ..Self::default() }
    }

    pub(super) fn plus(self, other: Self) -> Self {
        let Self { git, strangers, grown } = other;
        Self {
            git: self.git.plus(git),
            strangers: self.strangers.plus(strangers),
            grown: self.grown.plus(grown),
        }
    }

    /// Only what rises of it.
    pub(super) fn rise(self) -> Self {
        Self { git: self.git.rise(), strangers: self.strangers.rise(), grown: self.grown.rise() }
    }

    /// All of it.
    pub(super) fn all(self) -> Spend {
        self.git.plus(self.strangers)
    }
}

/// What an account's day began with, as the first run of that day saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Morning {
    /// The account's day.
    pub day: Date,
    /// Total budgets of what ran and is in git; daily ones are the account's baseline.
    pub total: i64,
    /// What of it would have run besides, had no rule paused it: budgets by object.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub holding: BTreeMap<Address, Spend>,
    /// What ran that is not in git, with what would have run then.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub strangers: BTreeMap<CompactString, Spend>,
}

/// Objects of a snapshot by what they lie in.
pub(super) struct Tree<'a> {
    pub(super) snapshot: &'a Snapshot,
    below: BTreeMap<&'a Address, Vec<(&'a Address, &'a ObjectState)>>,
    /// What is not in git, by the object that it lies in.
    strangers: BTreeMap<&'a Address, Sum>,
    /// What days began with; of a tree that nobody asks that, nothing.
    began: Option<&'a BTreeMap<String, Morning>>,
}

impl<'a> Tree<'a> {
    pub(super) fn new(snapshot: &'a Snapshot) -> Self {
        Self::of(snapshot, None)
    }

    /// The same, with by how much each stranger is more than when the day began.
    pub(super) fn since(snapshot: &'a Snapshot, mornings: &'a BTreeMap<String, Morning>) -> Self {
        Self::of(snapshot, Some(mornings))
    }

    fn of(snapshot: &'a Snapshot, began: Option<&'a BTreeMap<String, Morning>>) -> Self {
        let mut below: BTreeMap<&Address, Vec<_>> = BTreeMap::new();
        for (address, object) in &snapshot.objects {
            // What lies in something of its own kind is a mistake that must not become a loop.
            if let Some(parent) = object.parent.as_ref().filter(|parent| parent.kind < address.kind) {
                below.entry(parent).or_default().push((address, object));
            }
        }
        let mut strangers: BTreeMap<&Address, Sum> = BTreeMap::new();
        for (key, of) in &snapshot.strangers {
            let began = began.and_then(|mornings| mornings.get(&key.to_string()));
            for (id, stranger) in &of.each {
                if let Some(above) = &stranger.above {
                    let sum = strangers.entry(above).or_default();
                    *sum = sum.plus(stranger.sum(id, began));
                }
            }
        }
        Self { snapshot, below, strangers, began }
    }

    /// An object.
    pub(super) fn get(&self, address: &Address) -> Option<(&'a Address, &'a ObjectState)> {
        self.snapshot.objects.get_key_value(address)
    }

    /// An object and everything that lies in it.
    pub(super) fn within(&self, address: &Address) -> Vec<(&'a Address, &'a ObjectState)> {
        let mut found: Vec<_> = self.get(address).into_iter().collect();
        let mut next = 0;
        while let Some((above, _)) = found.get(next).copied() {
            found.extend(self.below.get(above).into_iter().flatten());
            next += 1;
        }
        found
    }

    /// What each account can spend, as if these objects were active as well.
    pub(super) fn sums(&self, active: &BTreeSet<Address>) -> BTreeMap<AccountKey, Sum> {
        let mut sums: BTreeMap<AccountKey, Sum> =
            self.snapshot.accounts.keys().map(|key| (key.clone(), Sum::default())).collect();
        for (address, object) in &self.snapshot.objects {
            let own = Spend::own(object);
            if own != Spend::default() && self.runs(address, object, active) {
                let sum = sums.entry(address.account_key()).or_default();
                *sum = sum.plus(Sum::git(own));
            }
        }
        for (key, of) in &self.snapshot.strangers {
            let began = self.began.and_then(|mornings| mornings.get(&key.to_string()));
            let sum = sums.entry(key.clone()).or_default();
            for (id, stranger) in self.running(of, active) {
                *sum = sum.plus(stranger.sum(id, began));
            }
        }
        sums
    }

    /// What runs of an account without being in git, as if these objects were active as well.
    fn running(
        &self,
        of: &'a Strangers,
        active: &BTreeSet<Address>,
    ) -> impl Iterator<Item = (&'a CompactString, &'a Stranger)> {
        of.each.iter().filter(move |(_, stranger)| {
            let above = stranger.above.as_ref().and_then(|above| self.get(above));
            above.is_none_or(|(address, object)| self.runs(address, object, active))
        })
    }

    /// The same, whoever knows of it.
    pub(super) fn totals(&self, active: &BTreeSet<Address>) -> BTreeMap<AccountKey, Spend> {
        self.sums(active).into_iter().map(|(key, sum)| (key, sum.all())).collect()
    }

    /// By how much more can be spent when an object is resumed, while these are active as well: all that begins to run
    /// with it.
    pub(super) fn rise(&self, address: &Address, active: &BTreeSet<Address>) -> Sum {
        let Some(object) = self.snapshot.objects.get(address) else { return Sum::default() };
        let before = is_active(address, object, active);
        let above = self.snapshot.ancestors(object).all(|(above, one)| is_active(above, one, active));
        if before || !above { Sum::default() } else { self.own_and_below(address, object, active) }
    }

    /// By how much less can be spent when an object is paused.
    pub(super) fn fall(&self, address: &Address) -> Sum {
        let none = BTreeSet::new();
        match self.snapshot.objects.get(address) {
            Some(object) if self.runs(address, object, &none) => self.own_and_below(address, object, &none),
            _ => Sum::default(),
        }
    }

    fn own_and_below(&self, address: &Address, object: &ObjectState, active: &BTreeSet<Address>) -> Sum {
        let strangers = self.strangers.get(address).copied().unwrap_or_default();
        let mut sum = Sum::git(Spend::own(object)).plus(strangers);
        for (below, one) in self.below.get(address).into_iter().flatten() {
            if is_active(below, one, active) {
                sum = sum.plus(self.own_and_below(below, one, active));
            }
        }
        sum
    }

    fn runs(&self, address: &Address, object: &ObjectState, active: &BTreeSet<Address>) -> bool {
        is_active(address, object, active)
            && self.snapshot.ancestors(object).all(|(above, one)| is_active(above, one, active))
    }

    /// What each account's day began with: what is remembered of it, else what is there now and stays. Raises that were to
    /// end before it are no part of it, whether or not the platform has taken that yet. Where the baseline is not known yet,
    /// nothing is: both are to be of the same instant.
    pub(super) fn mornings(&self, memory: &Memory) -> BTreeMap<String, Morning> {
        let mut mornings = memory.mornings.clone();
        let mut new: BTreeMap<&AccountKey, Morning> = BTreeMap::new();
        for (key, account) in &self.snapshot.accounts {
            let day = self.snapshot.now.to_zoned(account.zone.rules()).date();
            let known = mornings.get(&key.to_string()).is_some_and(|known| known.day == day);
            if account.baseline.is_some() && !known {
                new.insert(
                    key,
                    Morning { day, total: 0, holding: BTreeMap::new(), strangers: BTreeMap::new() },
                );
            }
        }
        if new.is_empty() {
            return mornings;
        }
        let (none, held) = (BTreeSet::new(), held(self.snapshot, memory));
        for (address, object) in &self.snapshot.objects {
            let own = Spend::settled(object);
            if own == Spend::default() || !self.runs(address, object, &held) {
                continue;
            }
            let Some(morning) = new.get_mut(&address.account_key()) else { continue };
            if self.runs(address, object, &none) {
                morning.total = morning.total.saturating_add(own.total);
            } else {
                morning.holding.insert(address.clone(), own);
            }
        }
        for (key, mut morning) in new {
            let strangers = self.snapshot.strangers.get(key).into_iter();
            let running = strangers.flat_map(|of| self.running(of, &held));
            morning.strangers = running.map(|(id, stranger)| (id.clone(), stranger.spend)).collect();
            mornings.insert(key.to_string(), morning);
        }
        mornings
    }
}

impl Stranger {
    /// What it adds to its account's, on a day that began like this.
    fn sum(&self, id: &CompactString, began: Option<&Morning>) -> Sum {
        let then = began.and_then(|began| began.strangers.get(id)).copied().unwrap_or_default();
        Sum { git: Spend::default(), strangers: self.spend, grown: self.spend.minus(then).rise() }
    }
}

fn is_active(address: &Address, object: &ObjectState, active: &BTreeSet<Address>) -> bool {
    object.state == Some(State::Active) || active.contains(address)
}

/// Objects that rules hold paused since before their account's day began. What was paused later ran when it began, so
/// that the account's baseline has it.
pub(super) fn held(snapshot: &Snapshot, memory: &Memory) -> BTreeSet<Address> {
    let mut found = BTreeSet::new();
    for (address, mood) in memory.rules.values().flat_map(|rule| &rule.objects) {
        let paused = snapshot.objects.get(address).is_some_and(|one| one.state == Some(State::Paused));
        let Some(account) = snapshot.account(address).filter(|_| paused) else { continue };
        if let (Some(pause), Some(began)) = (mood.pause, midnight(account, snapshot.now))
            && pause.since < began
        {
            found.insert(address.clone());
        }
    }
    found
}

fn midnight(account: &AccountState, now: Timestamp) -> Option<Timestamp> {
    let day = now.to_zoned(account.zone.rules()).start_of_day().ok()?;
    Some(day.timestamp())
}
