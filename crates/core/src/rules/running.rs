//! The safeguard of what must keep running: the last active ad of an ad group, the last of a label that is kept.
//!
//! What counts is what runs, together with all that it lies in; and what stops is a paused object with all that lies in
//! it.

use std::collections::{BTreeMap, BTreeSet};

use compact_str::CompactString;

use super::intent::{Change, Intent};
use super::snapshot::{ObjectState, Snapshot};
use super::spend::Tree;
use crate::address::{AccountKey, Address, Kind};

/// Objects of one kind and account with one value of a label.
type Labelled<'a> = (AccountKey, Kind, &'a str, Option<&'a str>);

/// Objects that pauses of this run leave running.
pub(super) struct Running<'a> {
    tree: &'a Tree<'a>,
    /// Everything that runs.
    alive: BTreeSet<&'a Address>,
    /// Labels of which some object must always run.
    kept: BTreeSet<&'a str>,
    /// Running ads by what they lie in.
    ads: BTreeMap<Option<&'a Address>, usize>,
    /// Running objects by labels of which one is kept.
    labels: BTreeMap<Labelled<'a>, usize>,
}

impl<'a> Running<'a> {
    pub(super) fn new(snapshot: &'a Snapshot, tree: &'a Tree<'a>) -> Self {
        let kept: BTreeSet<&'a str> = snapshot
            .objects
            .values()
            .flat_map(|object| object.keep_one.iter().map(CompactString::as_str))
            .collect();
        let mut found =
            Self { tree, alive: BTreeSet::new(), kept, ads: BTreeMap::new(), labels: BTreeMap::new() };
        for (address, object) in snapshot.objects.iter().filter(|(_, object)| snapshot.is_running(object)) {
            found.alive.insert(address);
            if address.kind == Kind::Ad {
                *found.ads.entry(object.parent.as_ref()).or_default() += 1;
            }
            for key in &found.kept {
                *found.labels.entry(labelled(address, object, key)).or_default() += 1;
            }
        }
        found
    }

    /// Says which pause of an intent would leave nothing running.
    pub(super) fn check(&self, intent: &Intent) -> Result<(), String> {
        for (address, object) in paused(intent).filter_map(|address| self.tree.get(address)) {
            if address.kind == Kind::Ad
                && self.runs(address)
                && count(&self.ads, &object.parent.as_ref()) == 1
            {
                return Err("it is the last active ad of its ad group".to_owned());
            }
        }
        let mut stops: BTreeMap<Labelled<'a>, (usize, Option<&'a Address>)> = BTreeMap::new();
        for (address, object) in self.stopped(intent) {
            for key in &self.kept {
                let (number, keeper) = stops.entry(labelled(address, object, key)).or_default();
                *number += 1;
                if object.keep_one.contains(*key) {
                    *keeper = Some(address);
                }
            }
        }
        for (label, (number, keeper)) in &stops {
            let Some(keeper) = keeper.filter(|_| count(&self.labels, label) <= *number) else { continue };
            let (_, _, key, value) = label;
            let label = format!("`{key}={}`", value.unwrap_or_default());
            return Err(if intent.object == *keeper {
                format!("it is the last active one with the label {label}")
            } else {
                format!("{}, which lies in it, is the last active one with the label {label}", keeper.short())
            });
        }
        Ok(())
    }

    /// Counts the pauses of an intent.
    pub(super) fn take(&mut self, intent: &Intent) {
        for (address, object) in self.stopped(intent) {
            self.alive.remove(address);
            if address.kind == Kind::Ad {
                drop_one(&mut self.ads, &object.parent.as_ref());
            }
            for key in &self.kept {
                drop_one(&mut self.labels, &labelled(address, object, key));
            }
        }
    }

    /// All that runs and would not after the pauses of an intent.
    fn stopped(&self, intent: &Intent) -> Vec<(&'a Address, &'a ObjectState)> {
        let mut found = Vec::new();
        for address in paused(intent) {
            found.extend(self.tree.within(address).into_iter().filter(|(one, _)| self.runs(one)));
        }
        found
    }

    fn runs(&self, address: &Address) -> bool {
        self.alive.contains(address)
    }
}

fn paused(intent: &Intent) -> impl Iterator<Item = &Address> {
    let pauses = intent.changes.iter().filter(|change| matches!(change.change, Change::Pause { .. }));
    pauses.map(|change| &change.object)
}

fn labelled<'a>(address: &Address, object: &'a ObjectState, key: &'a str) -> Labelled<'a> {
    (address.account_key(), address.kind, key, object.labels.get(key).map(CompactString::as_str))
}

fn count<K: Ord>(counts: &BTreeMap<K, usize>, key: &K) -> usize {
    counts.get(key).copied().unwrap_or_default()
}

fn drop_one<K: Ord>(counts: &mut BTreeMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count = count.saturating_sub(1);
    }
}
