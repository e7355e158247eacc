//! Packs items into requests: whole trees of new objects, no object twice, no more than a request holds.

use std::collections::{HashMap, HashSet};

use adplane_core::address::{Address, Kind};
use adplane_core::plan::Operation as Step;
use adplane_core::value::Value;
use adplane_engine::port::{Batch, WorkItem};

use crate::google::wire::lane;

/// Operations of one request. The vendor takes 10,000; fewer keep a call within its time (google-ads.md §2.6).
pub(super) const MOST_OPERATIONS: usize = 2_000;

/// How many operations an item makes, at most.
pub(super) fn weight(item: &WorkItem<'_>) -> usize {
    let size = |value: Option<&Value>| match value {
        Some(Value::Set(members) | Value::List(members)) => members.len(),
        // A sitelink is an asset and its link; every day has hours.
        Some(Value::Map(entries)) => entries.values().map(|entry| 2.max(entry.members().len())).sum(),
        _ => 0,
    };
    let lists: usize =
        item.change.fields.iter().map(|field| size(field.before.as_ref()) + size(field.after.as_ref())).sum();
    2 + lists
}

/// Items that belong together: a new object with the new objects below it. Indexes keep the items' order.
pub(super) fn trees(items: &[WorkItem<'_>]) -> Vec<Vec<usize>> {
    let created: HashMap<&Address, usize> = items
        .iter()
        .enumerate()
        .filter(|(_, item)| item.step.operation == Step::Create)
        .map(|(index, item)| (&item.change.address, index))
        .collect();
    let mut roots: Vec<usize> = (0..items.len()).collect();
    for (index, item) in items.iter().enumerate() {
        let needs =
            [(&item.change.parent, item.parent.is_some()), (&item.change.budget, item.budget.is_some())];
        for (reference, live) in needs {
            let holder = reference.as_ref().filter(|_| !live).and_then(|address| created.get(address));
            if let Some(holder) = holder.filter(|holder| **holder != index) {
                let (root, other) = (root_of(&roots, *holder), root_of(&roots, index));
                roots[other.max(root)] = other.min(root);
            }
        }
    }
    let mut trees: Vec<Vec<usize>> = Vec::new();
    let mut places: HashMap<usize, usize> = HashMap::new();
    for index in 0..items.len() {
        let root = root_of(&roots, index);
        let place = *places.entry(root).or_insert_with(|| {
            trees.push(Vec::new());
            trees.len() - 1
        });
        trees[place].push(index);
    }
    trees
}

fn root_of(roots: &[usize], mut index: usize) -> usize {
    while roots[index] != index {
        index = roots[index];
    }
    index
}

/// Groups the items of one wave into requests.
pub(in super::super) fn batches(items: &[WorkItem<'_>]) -> Vec<Batch> {
    let mut packer = Packer::default();
    for tree in trees(items) {
        packer.tree(items, &tree);
    }
    packer.batches
}

#[derive(Default)]
struct Packer {
    batches: Vec<Batch>,
    /// Operations and objects of the last batch.
    used: usize,
    objects: HashSet<String>,
    /// The last batch that wrote an object, for those that are written twice in a wave.
    written: HashMap<String, usize>,
}

impl Packer {
    /// Puts a tree into the open batch when it fits, else into new ones, parents first.
    fn tree(&mut self, items: &[WorkItem<'_>], tree: &[usize]) {
        let whole: usize = tree.iter().map(|index| weight(&items[*index])).sum();
        let repeats = tree.iter().any(|index| self.objects.contains(&object_of(&items[*index])));
        if self.batches.is_empty() || repeats || self.used + whole > MOST_OPERATIONS {
            self.open(Vec::new());
        }
        let first = self.batches.len() - 1;
        for index in tree {
            let weight = weight(&items[*index]);
            let object = object_of(&items[*index]);
            // An asset group and its ad arrive together, or not at all.
            let full =
                self.used > 0 && self.used + weight > MOST_OPERATIONS && !belongs_to_group(&items[*index]);
            if full || self.objects.contains(&object) {
                self.open((first..self.batches.len()).collect());
            }
            let here = self.batches.len() - 1;
            self.used += weight;
            let before = self.written.insert(object.clone(), here);
            self.objects.insert(object);
            if let Some(batch) = self.batches.last_mut() {
                batch.items.push(*index);
                if let Some(before) = before.filter(|before| *before != here && !batch.after.contains(before))
                {
                    batch.after.push(before);
                }
            }
        }
    }

    fn open(&mut self, after: Vec<usize>) {
        self.batches.push(Batch { items: Vec::new(), after });
        self.used = 0;
        self.objects.clear();
    }
}

/// Whether an item is the ad of an asset group that is being made.
fn belongs_to_group(item: &WorkItem<'_>) -> bool {
    item.step.operation == Step::Create
        && item.change.address.kind == Kind::Ad
        && item.change.after(lane::FIELD).and_then(Value::as_text) == Some(lane::PERFORMANCE_MAX)
}

/// What an item writes to, by the live id where there is one.
fn object_of(item: &WorkItem<'_>) -> String {
    match item.live.filter(|_| item.step.operation != Step::Create) {
        Some(live) => live.id.to_string(),
        None => item.change.address.to_string(),
    }
}
