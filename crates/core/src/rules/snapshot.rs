//! What all rules of a namespace read: objects, their live state, their numbers, at one instant.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use compact_str::CompactString;
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::foresee::Forecasts;
use super::guards::{Guards, OtherAccount};
use super::intent::Planned;
use super::strangers::Strangers;
use crate::address::{AccountKey, Address, Platform};
use crate::freeze::Allow;
use crate::metrics::{Day, Slots, Sums, Unknown, Window};
use crate::money::{Currency, Money};
use crate::time::Zone;
use crate::value::Value;

/// Everything at one instant.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// What it is known by in records.
    pub id: String,
    /// The instant.
    pub now: Timestamp,
    /// Accounts.
    pub accounts: BTreeMap<AccountKey, AccountState>,
    /// Objects.
    pub objects: BTreeMap<Address, ObjectState>,
    /// What forecasts are made from, where rules ask for any.
    pub forecasts: Forecasts,
    /// Signals by name, with the instant at which each was told.
    pub signals: BTreeMap<CompactString, Signal>,
    /// Fields of objects that somebody has been asked about and has not decided.
    pub pending: BTreeSet<(Address, CompactString)>,
    /// Changes that earlier runs decided and that are not live yet: where they let more be spent, the spend guard counts
    /// them as if they were.
    pub coming: Vec<Planned>,
    /// Decisions of earlier runs, by digest, for which the spend guard has no room any more, and why.
    pub crowded: BTreeMap<String, String>,
    /// Fields of objects whose value a person put in force, beside git: rules leave them alone.
    pub overridden: BTreeMap<(Address, CompactString), Hold>,
    /// What rules are held to.
    pub guards: Guards,
    /// Accounts that are not among these, where an amount is set about several together.
    pub others: BTreeMap<AccountKey, OtherAccount>,
    /// What can be spent on accounts by what is not in git; nothing where an account is not here.
    pub strangers: BTreeMap<AccountKey, Strangers>,
}

/// A value from outside.
#[derive(Debug, Clone, PartialEq)]
pub struct Signal {
    /// The value.
    pub value: Value,
    /// When it was told.
    pub as_of: Timestamp,
}

/// An account.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountState {
    /// Platform.
    pub platform: Platform,
    /// Currency.
    pub currency: Currency,
    /// What its platform bills in, in micros: every amount is a multiple of it.
    pub unit: i64,
    /// Zone.
    pub zone: Zone,
    /// Sums of the whole account.
    pub windows: BTreeMap<Window, WindowSums>,
    /// Why nothing may be written, when the kill switch is on.
    pub killed: Option<String>,
    /// What a closed freeze window still allows.
    pub frozen: Option<Allow>,
    /// Why rules leave it alone for now: it was not read whole, or their writes to it fail.
    pub halted: Option<String>,
    /// Daily budgets of what was active at the last local midnight, in micros; `None` when nobody knows.
    pub baseline: Option<i64>,
    /// What it usually counts of yesterday and of today by now: the outage latch looks at both.
    pub usual: BTreeMap<Window, Usual>,
}

/// What an account counted by this hour of such days before, as it was known then: what comes late was not there either.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usual {
    /// Clicks; 0 where nobody told, and then any number of them is as always.
    pub clicks: i64,
    /// Conversions, in millionths.
    pub conversions: i64,
}

/// Sums over a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowSums {
    /// What is known.
    pub sums: Result<Sums, Unknown>,
    /// The sync that left all of it up to date: days differ in how often they are read.
    pub as_of: Option<Timestamp>,
    /// How many days the window has, where it is one of days.
    pub days: Option<u16>,
    /// The days or hours that it means.
    pub ranges: Arc<[Slots]>,
    /// What of it has come in, where the sums hold what is still to come.
    pub observed: Option<Observed>,
}

/// What of estimated sums has come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observed {
    /// As counted.
    pub sums: Sums,
    /// What it tells of rates: conversions and value as counted, beside the part of spend, impressions and clicks that has
    /// brought them.
    pub evidence: Sums,
    /// The day that is too young to tell what is to come, where there is one.
    pub unclear: Option<Day>,
}

/// Whether something runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum State {
    /// It runs.
    Active,
    /// It does not.
    Paused,
}

impl State {
    /// The word in YAML.
    pub fn word(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Paused => "Paused",
        }
    }
}

/// Over which time a budget is spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Cadence {
    /// Every day.
    Daily,
    /// The whole flight.
    Total,
}

/// Who owns a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ownership {
    /// Git: a rule may propose.
    Git,
    /// Git sets bounds, a rule acts inside them.
    Bounded {
        /// Git's own amount, to which it returns.
        initial: Money,
        /// What is to be in force now: git's amount, or what a rule or a person put in its place whose time is not over.
        /// The platform may have another, as where the end of a raise was not written yet.
        settled: Money,
        /// Not below.
        min: Money,
        /// Not above.
        max: Money,
        /// The largest step, in basis points.
        max_step: Option<u32>,
        /// What the platform bills in, in micros: every amount is a multiple of it.
        unit: i64,
    },
    /// A pool: rules leave it alone.
    Pool,
    /// Git, of a budget that campaigns share: rules leave it alone.
    Shared,
    /// The platform: rules leave it alone.
    External,
}

/// A budget in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// The amount.
    pub amount: Money,
    /// Over which time.
    pub cadence: Cadence,
    /// Whose it is.
    pub ownership: Ownership,
}

impl Budget {
    /// What of the amount is there to stay: without raises whose time is over and that the platform still has.
    pub fn settled(&self) -> Money {
        match self.ownership {
            Ownership::Bounded { settled, .. } if settled.currency() == self.amount.currency() => {
                settled.min(self.amount)
            }
            _ => self.amount,
        }
    }
}

/// Somebody's word that nothing may be done to an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Whose.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// One object.
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectState {
    /// What people call it.
    pub display_name: String,
    /// Labels, with those of its parents.
    pub labels: BTreeMap<CompactString, CompactString>,
    /// The object it lies in.
    pub parent: Option<Address>,
    /// Whether it runs itself; `None` when not told.
    pub state: Option<State>,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// The budget in force, its own.
    pub budget: Option<Budget>,
    /// The bid in force.
    pub bid: Option<Money>,
    /// The target cost per conversion in force.
    pub target_cpa: Option<Money>,
    /// The target return in force.
    pub target_roas: Option<Decimal>,
    /// Names of the creatives in use.
    pub creatives: BTreeSet<CompactString>,
    /// Sums by window.
    pub windows: BTreeMap<Window, WindowSums>,
    /// A person's hold.
    pub hold: Option<Hold>,
    /// Whether git lets rules pause it (`rulesMayPause`); otherwise they propose.
    pub rules_may_pause: bool,
    /// Labels of which one object must always run (`keepOne`).
    pub keep_one: BTreeSet<CompactString>,
}

/// Campaign above ad group above ad: a longer chain is a mistake that must not become a loop.
const DEPTH: usize = 4;

impl Snapshot {
    /// The account of an object.
    pub fn account(&self, address: &Address) -> Option<&AccountState> {
        self.accounts.get(&address.account_key())
    }

    /// Whose override holds a field, where a person's does; as a sentence fragment.
    pub fn overridden(&self, address: &Address, field: &CompactString) -> Option<String> {
        let hold = self.overridden.get(&(address.clone(), field.clone()))?;
        Some(format!("{} holds `{field}` of {}: {}", hold.by, address.short(), hold.reason))
    }

    /// Objects that lie in others, from the nearest outwards.
    pub fn ancestors<'a>(
        &'a self,
        object: &'a ObjectState,
    ) -> impl Iterator<Item = (&'a Address, &'a ObjectState)> {
        let mut next = object.parent.as_ref();
        std::iter::from_fn(move || {
            let address = next.take()?;
            let found = self.objects.get(address)?;
            next = found.parent.as_ref();
            Some((address, found))
        })
        .take(DEPTH)
    }

    /// Whether an object and everything it lies in runs; `None` where that is not known, as of an object whose parent
    /// nobody read.
    pub fn runs(&self, object: &ObjectState) -> Option<bool> {
        let mut known = true;
        let mut next = Some(object);
        for _ in 0..DEPTH {
            let one = next?;
            match one.state {
                Some(State::Paused) => return Some(false),
                Some(State::Active) => {}
                None => known = false,
            }
            let Some(parent) = &one.parent else { return known.then_some(true) };
            next = self.objects.get(parent);
        }
        None
    }

    /// Whether an object and everything it lies in is known to run.
    pub fn is_running(&self, object: &ObjectState) -> bool {
        self.runs(object) == Some(true)
    }

    /// What an object can spend on a day by its own budget, in micros; nothing where it does not run.
    pub fn daily_spend(&self, object: &ObjectState) -> i64 {
        match object.budget {
            Some(Budget { amount, cadence: Cadence::Daily, .. }) if self.is_running(object) => {
                amount.micros()
            }
            _ => 0,
        }
    }

    /// The same by what is there to stay: what a day begins with, and what its wall is measured from.
    pub fn daily_settled(&self, object: &ObjectState) -> i64 {
        match object.budget {
            Some(budget) if budget.cadence == Cadence::Daily && self.is_running(object) => {
                budget.settled().micros()
            }
            _ => 0,
        }
    }
}
