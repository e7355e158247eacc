//! Freeze windows: when changes must not be written, in the calendar of each account.
//!
//! A window is data: who it touches, when, and whether lowering spend is still allowed. A plan carries the
//! windows that touch it ([`Freeze`]), so that a saved plan can be gated wherever it is applied. Nothing here reads a
//! clock; `adplane-engine` asks with its own before every batch.

mod calendar;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use compact_str::CompactString;
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::address::{AccountKey, Address, Platform};
use crate::desired::{Desired, DesiredObject};
use crate::field::Origin;
use crate::ids::{Namespace, ObjectName};
use crate::time::{Time, Zone};

pub(crate) use calendar::first_instant;
pub use calendar::{Day, InvalidCalendar, MonthDay, Rule, Stretch, TimeOfDay};

/// How far ahead an opening is looked for: two years hold every weekly and yearly rule.
const HORIZON: SignedDuration = SignedDuration::from_hours(24 * 731);

/// What may still be written inside a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum Allow {
    /// Pauses and lower amounts.
    #[default]
    LowerSpend,
    /// Nothing.
    Nothing,
}

/// What a window touches; all parts must match, an empty one matches everything.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FreezeMatch {
    /// Names of accounts.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub accounts: BTreeSet<ObjectName>,
    /// Platforms.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub platforms: BTreeSet<Platform>,
    /// Labels that the object or what it lies in carries.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(with = "BTreeMap<String, String>")]
    pub labels: BTreeMap<CompactString, CompactString>,
}

/// A window as written; it covers accounts of its own namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreezeWindow {
    /// Its namespace.
    pub namespace: Namespace,
    /// Its name.
    pub name: ObjectName,
    /// What it touches.
    pub matches: FreezeMatch,
    /// When.
    pub rules: Vec<Rule>,
    /// What may still be written.
    pub allow: Allow,
    /// Why, for people.
    pub reason: Option<String>,
    /// Where it was written.
    pub origin: Option<Origin>,
}

impl FreezeWindow {
    /// `growth/black-friday`.
    pub fn key(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }

    /// Whether it lies on an account.
    pub fn covers(&self, account: &AccountKey, platform: Platform) -> bool {
        self.namespace == account.namespace
            && (self.matches.accounts.is_empty() || self.matches.accounts.contains(&account.name))
            && (self.matches.platforms.is_empty() || self.matches.platforms.contains(&platform))
    }
}

/// Labels by key.
pub type Labels = BTreeMap<CompactString, CompactString>;

/// Labels of an object with those of what it lies in; its own come first.
pub fn effective_labels(desired: &Desired, object: &DesiredObject) -> Labels {
    let mut labels = object.labels.clone();
    let mut parent = object.parent.as_ref().and_then(|address| desired.object(address));
    while let Some(above) = parent {
        for (key, value) in &above.labels {
            labels.entry(key.clone()).or_insert_with(|| value.clone());
        }
        parent = above.parent.as_ref().and_then(|address| desired.object(address));
    }
    labels
}

/// A window and what of one plan it touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Freeze {
    /// `growth/black-friday`.
    pub window: String,
    /// When.
    pub rules: Vec<Rule>,
    /// What may still be written.
    pub allow: Allow,
    /// Why, for people.
    pub reason: Option<String>,
    /// Accounts that it touches, with the zones its rules are read in.
    pub accounts: BTreeMap<AccountKey, Zone>,
    /// The changes it touches; all of those accounts when absent.
    pub changes: Option<BTreeSet<Address>>,
}

impl Freeze {
    /// The zone in which the rules are read for an object, if the window touches it.
    fn zone(&self, address: &Address) -> Option<&Zone> {
        let zone = self.accounts.get(&address.account_key())?;
        self.changes.as_ref().is_none_or(|changes| changes.contains(address)).then_some(zone)
    }

    /// Whether the window holds back a write of an object, if it is closed at all.
    fn holds(&self, address: &Address, lowers: bool) -> bool {
        (self.allow == Allow::Nothing || !lowers) && self.zone(address).is_some()
    }
}

/// Why a write must wait, and until when.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Frozen {
    /// The window, `growth/black-friday`.
    pub window: String,
    /// What the window says why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The next opening, in the account's zone; absent when none comes within two years.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

impl fmt::Display for Frozen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.until {
            Some(until) => write!(f, "frozen until {until} by {}", self.window)?,
            None => write!(f, "frozen by {}, which does not open within two years", self.window)?,
        }
        self.reason.as_ref().map_or(Ok(()), |reason| write!(f, " ({reason})"))
    }
}

/// When the first instant comes that none of the rules holds; `None` when none comes within two years.
///
/// An instant that no rule holds is its own opening.
#[expect(clippy::needless_pass_by_value, reason = "callers give their iterator away")]
pub fn opening<'a>(
    rules: impl Iterator<Item = &'a Rule> + Clone,
    at: Timestamp,
    zone: &Zone,
) -> Option<Timestamp> {
    let zone = zone.rules();
    let limit = at.checked_add(HORIZON).unwrap_or(Timestamp::MAX);
    let mut open = at;
    while let Some(end) = rules.clone().filter_map(|rule| rule.stretch_at(open, &zone)).map(|s| s.end).max() {
        open = end;
        if open >= limit {
            return None;
        }
    }
    Some(open)
}

/// Answers for one instant; remembers what it has looked up, since many objects share their windows.
#[derive(Debug)]
pub struct Gate<'a> {
    freezes: &'a [Freeze],
    at: Timestamp,
    known: HashMap<(AccountKey, Vec<usize>), Option<Frozen>>,
}

impl<'a> Gate<'a> {
    /// For an instant.
    pub fn new(freezes: &'a [Freeze], at: Timestamp) -> Self {
        Self { freezes, at, known: HashMap::new() }
    }

    /// What holds back a write of an object now, if anything does. `lowers`: it can only lower spend.
    pub fn frozen(&mut self, address: &Address, lowers: bool) -> Option<Frozen> {
        let holding: Vec<usize> =
            (0..self.freezes.len()).filter(|index| self.freezes[*index].holds(address, lowers)).collect();
        if holding.is_empty() {
            return None;
        }
        let (freezes, at) = (self.freezes, self.at);
        let key = (address.account_key(), holding);
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let found = freezes[key.1[0]].accounts.get(&key.0).and_then(|zone| held(freezes, &key.1, at, zone));
        self.known.insert(key, found.clone());
        found
    }
}

fn held(freezes: &[Freeze], holding: &[usize], at: Timestamp, zone: &Zone) -> Option<Frozen> {
    let rules = zone.rules();
    let closed = holding
        .iter()
        .map(|index| &freezes[*index])
        .find(|freeze| freeze.rules.iter().any(|rule| rule.stretch_at(at, &rules).is_some()))?;
    let until = opening(holding.iter().flat_map(|index| &freezes[*index].rules), at, zone);
    Some(Frozen {
        window: closed.window.clone(),
        reason: closed.reason.clone(),
        until: until.map(|at| Time::new(at, zone.clone()).to_string()),
    })
}

#[cfg(test)]
mod tests;
