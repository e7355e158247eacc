//! The safeguard of what must keep running: the last active ad of an ad group, the last of a label that is kept.

use std::collections::{BTreeMap, BTreeSet};

use compact_str::CompactString;

use super::intent::{Change, Intent};
use super::snapshot::{ObjectState, Snapshot, State};
use crate::address::{AccountKey, Address, Kind};

/// Objects of one kind and account with one value of a label.
type Labelled<'a> = (AccountKey, Kind, &'a str, Option<&'a str>);

/// Objects that pauses of this run leave running.
#[derive(Clone)]
pub(super) struct Running<'a> {
    snapshot: &'a Snapshot,
    paused: BTreeSet<Address>,
    /// Labels of which some object must always run.
    kept: BTreeSet<&'a str>,
    /// Active ads by what they lie in.
    ads: BTreeMap<Option<&'a Address>, usize>,
    /// Active objects by labels of which one is kept.
    labels: BTreeMap<Labelled<'a>, usize>,
}

impl<'a> Running<'a> {
    pub(super) fn new(snapshot: &'a Snapshot) -> Self {
        let kept: BTreeSet<&'a str> = snapshot
            .objects
            .values()
            .flat_map(|object| object.keep_one.iter().map(CompactString::as_str))
            .collect();
        let (mut ads, mut labels) = (BTreeMap::new(), BTreeMap::new());
        let active = snapshot.objects.iter().filter(|(_, object)| object.state == Some(State::Active));
        for (address, object) in active {
            if address.kind == Kind::Ad {
                *ads.entry(object.parent.as_ref()).or_default() += 1;
            }
            for key in &kept {
                *labels.entry(labelled(address, object, key)).or_default() += 1;
            }
        }
        Self { snapshot, paused: BTreeSet::new(), kept, ads, labels }
    }

    /// Says which pause of an intent would leave nothing running.
    pub(super) fn check(&self, intent: &Intent) -> Result<(), String> {
        for (address, object) in self.stopped(intent) {
            // What does not run already leaves as many running as before.
            let own = usize::from(self.runs(address, object));
            if address.kind == Kind::Ad && count(&self.ads, &object.parent.as_ref()) <= own {
                return Err("it is the last active ad of its ad group".to_owned());
            }
            for key in &object.keep_one {
                if count(&self.labels, &labelled(address, object, key)) <= own {
                    let value = object.labels.get(key).map_or("", |value| value.as_str());
                    return Err(format!("it is the last active one with the label `{key}={value}`"));
                }
            }
        }
        Ok(())
    }

    /// Counts the pauses of an intent.
    pub(super) fn take(&mut self, intent: &Intent) {
        for (address, object) in self.stopped(intent) {
            if !self.runs(address, object) {
                continue;
            }
            self.paused.insert(address.clone());
            if address.kind == Kind::Ad {
                drop_one(&mut self.ads, &object.parent.as_ref());
            }
            for key in &self.kept {
                drop_one(&mut self.labels, &labelled(address, object, key));
            }
        }
    }

    fn stopped(&self, intent: &Intent) -> Vec<(&'a Address, &'a ObjectState)> {
        let pauses = intent.changes.iter().filter(|change| matches!(change.change, Change::Pause { .. }));
        pauses.filter_map(|change| self.snapshot.objects.get_key_value(&change.object)).collect()
    }

    fn runs(&self, address: &Address, object: &ObjectState) -> bool {
        object.state == Some(State::Active) && !self.paused.contains(address)
    }
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
