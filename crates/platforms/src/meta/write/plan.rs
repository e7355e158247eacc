//! Which items go together: batches for the executor, lanes inside one.

use std::collections::{BTreeMap, BTreeSet};

use adplane_core::address::{Address, Kind};
use adplane_core::plan::Operation;
use adplane_engine::port::{Batch, WorkItem};

use super::switch;

/// Items of a batch. One call per object, so this only bounds what a crash leaves in doubt.
const BATCH: usize = 25;

/// The campaign of an ad set, as far as it is known: the address where there is one, else the id.
fn campaign_of(item: &WorkItem<'_>) -> String {
    let parent = item.change.parent.as_ref().map(ToString::to_string);
    let id = || item.live.and_then(|live| live.parent.as_ref()).or(item.parent.as_ref());
    parent.or_else(|| id().map(ToString::to_string)).unwrap_or_default()
}

/// Groups the items of one wave: levels apart, ad sets of one campaign together and in order, creates after
/// the creates of their parents, and updates after those of their parents: which bids an ad set takes is its campaign's word.
pub(in crate::meta) fn batches(items: &[WorkItem<'_>]) -> Vec<Batch> {
    let mut batches: Vec<Batch> = Vec::new();
    let mut creator: BTreeMap<&Address, usize> = BTreeMap::new();
    let mut updated: BTreeMap<&Address, usize> = BTreeMap::new();
    let together = switches(items);
    let apart: BTreeSet<usize> = together.iter().flatten().copied().collect();
    batches.extend(together.into_iter().map(|items| Batch { items, after: Vec::new() }));
    for kind in Kind::ALL {
        let mut order: Vec<usize> = (0..items.len())
            .filter(|index| items[*index].change.address.kind == kind && !apart.contains(index))
            .collect();
        let mut last_of_campaign: BTreeMap<String, usize> = BTreeMap::new();
        if kind == Kind::AdGroup {
            order.sort_by_cached_key(|index| campaign_of(&items[*index]));
        }
        for chunk in order.chunks(BATCH) {
            let number = batches.len();
            let mut after: Vec<usize> = Vec::new();
            for index in chunk {
                let item = &items[*index];
                let parent = item.change.parent.as_ref().filter(|_| item.parent.is_none());
                after.extend(parent.and_then(|parent| creator.get(parent)));
                if item.step.operation == Operation::Create {
                    creator.insert(&item.change.address, number);
                }
                if matches!(item.step.operation, Operation::Update { .. }) {
                    after.extend(item.change.parent.as_ref().and_then(|parent| updated.get(parent)));
                    updated.insert(&item.change.address, number);
                }
                if kind == Kind::AdGroup {
                    after.extend(last_of_campaign.insert(campaign_of(item), number));
                }
            }
            after.retain(|before| *before != number);
            after.sort_unstable();
            after.dedup();
            batches.push(Batch { items: chunk.to_vec(), after });
        }
    }
    batches
}

/// Campaigns that give up their budget, each with its ad sets: one call names the budgets of all.
fn switches(items: &[WorkItem<'_>]) -> Vec<Vec<usize>> {
    let givers = (0..items.len()).filter(|index| switch::gives_up_budget(&items[*index]));
    givers
        .map(|giver| {
            let campaign = &items[giver].change.address;
            let below =
                (0..items.len()).filter(|index| items[*index].change.parent.as_ref() == Some(campaign));
            std::iter::once(giver).chain(below).collect()
        })
        .collect()
}

/// Items of one kind that are written one after the other, in lanes that run side by side.
pub(super) fn lanes(items: &[WorkItem<'_>], kind: Kind) -> Vec<Vec<usize>> {
    let indexes = (0..items.len()).filter(|index| items[*index].change.address.kind == kind);
    if kind != Kind::AdGroup {
        return indexes.map(|index| vec![index]).collect();
    }
    let mut lanes: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for index in indexes {
        lanes.entry(campaign_of(&items[index])).or_default().push(index);
    }
    lanes.into_values().collect()
}
