//! What can be spent on a day: budgets of what runs, and of what would run if something else did.
//!
//! A daily budget counts whole. So does a total one, apart from the daily ones: on the worst day all that is left of it
//! can go, and no platform goes beyond it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::memory::Memory;
use super::snapshot::{AccountState, Budget, Cadence, ObjectState, Ownership, Snapshot, State};
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

/// What an account's day began with, as the first run of that day saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Morning {
    /// The account's day.
    pub day: Date,
    /// Total budgets of what ran; daily ones are the account's baseline.
    pub total: i64,
    /// What would have run besides, had no rule paused it.
    pub held: Spend,
}

/// Objects of a snapshot by what they lie in.
pub(super) struct Tree<'a> {
    pub(super) snapshot: &'a Snapshot,
    below: BTreeMap<&'a Address, Vec<(&'a Address, &'a ObjectState)>>,
}

impl<'a> Tree<'a> {
    pub(super) fn new(snapshot: &'a Snapshot) -> Self {
        let mut below: BTreeMap<&Address, Vec<_>> = BTreeMap::new();
        for (address, object) in &snapshot.objects {
            // What lies in something of its own kind is a mistake that must not become a loop.
            if let Some(parent) = object.parent.as_ref().filter(|parent| parent.kind < address.kind) {
                below.entry(parent).or_default().push((address, object));
            }
        }
        Self { snapshot, below }
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
    pub(super) fn sums(&self, active: &BTreeSet<Address>) -> BTreeMap<AccountKey, Spend> {
        self.sums_by(active, Spend::own)
    }

    fn sums_by(
        &self,
        active: &BTreeSet<Address>,
        own: fn(&ObjectState) -> Spend,
    ) -> BTreeMap<AccountKey, Spend> {
        let mut sums: BTreeMap<AccountKey, Spend> =
            self.snapshot.accounts.keys().map(|key| (key.clone(), Spend::default())).collect();
        for (address, object) in &self.snapshot.objects {
            let own = own(object);
            if own != Spend::default() && self.runs(address, object, active) {
                let sum = sums.entry(address.account_key()).or_default();
                *sum = sum.plus(own);
            }
        }
        sums
    }

    /// By how much more can be spent when an object is resumed, while these are active as well: all that begins to run
    /// with it.
    pub(super) fn rise(&self, address: &Address, active: &BTreeSet<Address>) -> Spend {
        let Some(object) = self.snapshot.objects.get(address) else { return Spend::default() };
        let before = is_active(address, object, active);
        let above = self.snapshot.ancestors(object).all(|(above, one)| is_active(above, one, active));
        if before || !above { Spend::default() } else { self.own_and_below(address, object, active) }
    }

    /// By how much less can be spent when an object is paused.
    pub(super) fn fall(&self, address: &Address) -> Spend {
        let none = BTreeSet::new();
        match self.snapshot.objects.get(address) {
            Some(object) if self.runs(address, object, &none) => self.own_and_below(address, object, &none),
            _ => Spend::default(),
        }
    }

    fn own_and_below(&self, address: &Address, object: &ObjectState, active: &BTreeSet<Address>) -> Spend {
        let mut sum = Spend::own(object);
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
    /// end before it are no part of it, whether or not the platform has taken that yet.
    pub(super) fn mornings(&self, memory: &Memory) -> BTreeMap<String, Morning> {
        let none = BTreeSet::new();
        let (running, all) =
            (self.sums_by(&none, Spend::settled), self.sums_by(&held(self.snapshot, memory), Spend::settled));
        let mut mornings = memory.mornings.clone();
        for (key, account) in &self.snapshot.accounts {
            let day = self.snapshot.now.to_zoned(account.zone.rules()).date();
            let name = key.to_string();
            if mornings.get(&name).is_some_and(|known| known.day == day) {
                continue;
            }
            let of = |sums: &BTreeMap<AccountKey, Spend>| sums.get(key).copied().unwrap_or_default();
            let held = of(&all).minus(of(&running));
            mornings.insert(name, Morning { day, total: of(&running).total, held });
        }
        mornings
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
