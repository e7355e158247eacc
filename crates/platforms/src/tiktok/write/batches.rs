//! Which items go into one call, and which calls wait for others (tiktok-ads.md §4.4).

use std::collections::HashMap;

use adplane_core::address::{Address, Kind};
use adplane_core::plan::Operation;
use adplane_engine::port::{Batch, WorkItem};

use super::budgets;
use super::values::Live;
use crate::tiktok::wire::Lane;

/// Most ids of a status call, most ads of a create or update call.
const MOST_PER_CALL: usize = 20;
/// Single-object calls that share a batch: they run side by side, and a batch is journaled as one.
const SINGLES_PER_BATCH: usize = 10;

/// What must agree for items to share a call.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    /// One state for many ids.
    State { kind: Kind, smart_plus: bool, status: &'static str },
    /// Budgets of ad groups of one lane.
    Budgets(Lane),
    /// Ads of one ad group in the manual lane.
    Ads { create: bool, ad_group: String },
}

/// Items that share one call, in order; the others stand alone.
pub(crate) fn groups(items: &[WorkItem<'_>]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut open: HashMap<Key, usize> = HashMap::new();
    for (index, item) in items.iter().enumerate() {
        let Some(key) = key(item) else {
            groups.push(vec![index]);
            continue;
        };
        match open.get(&key).map(|group| &mut groups[*group]) {
            Some(group) if group.len() < MOST_PER_CALL => group.push(index),
            _ => {
                open.insert(key, groups.len());
                groups.push(vec![index]);
            }
        }
    }
    groups
}

fn key(item: &WorkItem<'_>) -> Option<Key> {
    if let Some(lane) = budgets::lane(item) {
        return Some(Key::Budgets(lane));
    }
    let kind = item.change.address.kind;
    let smart_plus = is_smart_plus(item);
    let state = |status| Some(Key::State { kind, smart_plus, status });
    match &item.step.operation {
        Operation::Enable => state("ENABLE"),
        Operation::Pause | Operation::PauseSuperseded { .. } => state("DISABLE"),
        Operation::Delete | Operation::DeleteSuperseded { .. } => state("DELETE"),
        Operation::Create if kind == Kind::Ad && !smart_plus => {
            let by_address = || item.change.parent.as_ref().map(Address::to_string);
            let ad_group = item.parent.as_ref().map(ToString::to_string).or_else(by_address)?;
            Some(Key::Ads { create: true, ad_group })
        }
        Operation::Update { .. } | Operation::Supersede | Operation::Release
            if kind == Kind::Ad && !smart_plus =>
        {
            Some(Key::Ads { create: false, ad_group: item.live?.parent.as_ref()?.to_string() })
        }
        Operation::Create | Operation::Update { .. } | Operation::Supersede | Operation::Release => None,
    }
}

fn is_smart_plus(item: &WorkItem<'_>) -> bool {
    match (item.live, &item.step.operation) {
        (Some(live), operation) if *operation != Operation::Create => Live::of(live).lane == Lane::SmartPlus,
        _ => item.change.after("tiktok.lane").and_then(|lane| lane.as_text()) == Some(Lane::SmartPlus.word()),
    }
}

/// Batches of one wave: shared calls each for itself, single-object calls some together; a create waits for
/// the batch that makes its parent.
pub(crate) fn batches(items: &[WorkItem<'_>]) -> Vec<Batch> {
    let mut groups = groups(items);
    // Parents first, whatever the order of the items.
    groups.sort_by_key(|group| items[group[0]].change.address.kind);
    let mut batches: Vec<Batch> = Vec::new();
    let mut made_in: HashMap<&Address, usize> = HashMap::new();
    let mut open: HashMap<(Kind, Vec<usize>), usize> = HashMap::new();
    for group in groups {
        let mut after: Vec<usize> = group
            .iter()
            .filter(|index| items[**index].step.operation == Operation::Create)
            .filter_map(|index| made_in.get(items[*index].change.parent.as_ref()?).copied())
            .collect();
        after.sort_unstable();
        after.dedup();
        let shared = key(&items[group[0]]).is_some();
        let slot = (items[group[0]].change.address.kind, after.clone());
        let joined = open
            .get(&slot)
            .copied()
            .filter(|batch| !shared && batches[*batch].items.len() < SINGLES_PER_BATCH);
        let batch = joined.unwrap_or_else(|| {
            batches.push(Batch { items: Vec::new(), after });
            batches.len() - 1
        });
        if !shared {
            open.insert(slot, batch);
        }
        for index in group {
            if items[index].step.operation == Operation::Create {
                made_in.insert(&items[index].change.address, batch);
            }
            batches[batch].items.push(index);
        }
    }
    batches
}
