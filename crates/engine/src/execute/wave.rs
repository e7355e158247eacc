//! One wave on one account: batches in their order, as many at once as the account bears.

use std::collections::{BTreeMap, BTreeSet};

use adplane_core::address::Address;
use adplane_core::ids::ExternalId;
use adplane_core::plan::{Change, Operation, Step};
use futures::StreamExt;
use futures::stream::FuturesUnordered;

use super::account::{Account, Permit};
use super::gate::Gate;
use super::record::Sent;
use crate::port::{Batch, Outcome, WorkItem};
use crate::receipts;
use crate::state::{Entry, StateError};

/// Batches of one account that run at the same time. Vendors limit writers per account; independent trees
/// still gain from overlapping their round trips.
const BATCHES_AT_ONCE: usize = 6;

/// An item with its outcome, by its index among the wave's items.
pub(super) type Outcomes = Vec<(usize, Outcome)>;

/// What became of a wave.
pub(super) struct Ran {
    /// Outcomes of the items that were sent.
    pub(super) outcomes: Outcomes,
    /// Items that had to wait when their batch came up, and why.
    pub(super) held: Vec<(usize, String)>,
    /// Local records that could not be written.
    pub(super) trouble: Option<StateError>,
}

/// Runs the items of one wave. Items whose batch never ran (interrupted, or a batch before it failed whole)
/// have no outcome.
///
/// When local records cannot be written, nothing more is begun; what is under way is waited for, since it
/// may be stored. A batch of which something must wait is held as a whole: its items belong together.
pub(super) async fn run(account: &Account<'_>, items: &[WorkItem<'_>]) -> Ran {
    let batches = account.adapter.batches(items);
    let mut waiting: BTreeSet<usize> = (0..batches.len()).collect();
    let mut done: BTreeSet<usize> = BTreeSet::new();
    let mut ids = BatchIds::default();
    let mut running = FuturesUnordered::new();
    let mut outcomes = Vec::with_capacity(items.len());
    let mut held = Vec::new();
    let mut trouble = None;
    loop {
        while running.len() < BATCHES_AT_ONCE && trouble.is_none() {
            let Some(permit) = account.permit() else { break };
            let ready = waiting
                .iter()
                .copied()
                .find(|index| batches[*index].after.iter().all(|before| done.contains(before)));
            let Some(index) = ready else { break };
            waiting.remove(&index);
            let work = ids.complete(items, &batches[index]);
            let mut gate = Gate::now(account.execution);
            if let Some(because) = work.iter().find_map(|(_, item)| gate.held(item.change, item.step)) {
                held.extend(work.iter().map(|(item, _)| (*item, because.clone())));
                done.insert(index);
                continue;
            }
            running.push(perform(account, permit, index, work));
        }
        let Some((index, batch, problem)) = running.next().await else { break };
        done.insert(index);
        trouble = trouble.or(problem);
        ids.learn(items, &batch);
        outcomes.extend(batch);
    }
    Ran { outcomes, held, trouble }
}

async fn perform<'a>(
    account: &Account<'_>,
    permit: Permit,
    batch: usize,
    work: Vec<(usize, WorkItem<'a>)>,
) -> (usize, Outcomes, Option<StateError>) {
    if work.is_empty() {
        return (batch, Vec::new(), None);
    }
    let (indexes, items): (Vec<usize>, Vec<WorkItem<'a>>) = work.into_iter().unzip();
    let (outcomes, trouble) = journaled(account, &permit, &items).await;
    (batch, indexes.into_iter().zip(outcomes).collect(), trouble)
}

/// Intent, then the call, then the result. Without a durable intent nothing is sent, and there are no
/// outcomes; a result that cannot be recorded is still returned.
pub(super) async fn journaled(
    account: &Account<'_>,
    permit: &Permit,
    work: &[WorkItem<'_>],
) -> (Vec<Outcome>, Option<StateError>) {
    let execution = account.execution;
    let leave = match account.recorder.keep(permit) {
        Ok(leave) => leave,
        Err(trouble) => return (Vec::new(), Some(trouble)),
    };
    let at = execution.clock.now();
    let first = account.reserve_writes(work.len());
    let intent = |(offset, item): (u64, &WorkItem<'_>)| Entry::Intent {
        at,
        write: first + offset,
        address: item.change.address.clone(),
        operation: item.step.operation.clone(),
        marker: item.change.marker.as_ref().map(ToString::to_string),
    };
    if let Err(trouble) = account.journal.append(&(0..).zip(work).map(intent).collect::<Vec<_>>()) {
        return (Vec::new(), Some(trouble));
    }
    let (outcomes, requests) = receipts::collect(account.adapter.perform(work, execution.assets)).await;
    let at = execution.clock.now();
    let logged = account.recorder.batch(at, first, work, &outcomes, &Sent { leave, requests });
    let result = |(offset, outcome): (u64, &Outcome)| {
        let (id, error) = match outcome {
            Outcome::Done(id) => (id.clone(), None),
            Outcome::Failed(error) => (None, Some(error.to_string())),
            // Without a result the write counts as open, until reading back has settled it.
            Outcome::Unknown(_) => return None,
        };
        Some(Entry::Result { at, write: first + offset, id, error })
    };
    let recorded = account.journal.append(&(0..).zip(&outcomes).filter_map(result).collect::<Vec<_>>());
    for (item, outcome) in work.iter().zip(&outcomes) {
        let error = match outcome {
            Outcome::Done(_) => None,
            Outcome::Failed(error) | Outcome::Unknown(error) => Some(error),
        };
        execution.progress.written(&item.change.address, &item.step.operation, error);
    }
    (outcomes, logged.err().or(recorded.err()))
}

/// Ids that batches of this wave have made, for the batches after them.
#[derive(Default)]
struct BatchIds(BTreeMap<Address, ExternalId>);

impl BatchIds {
    /// The items of a batch, with the ids that earlier batches made. A create whose parent did not come into
    /// being is left out.
    fn complete<'a>(&self, items: &[WorkItem<'a>], batch: &Batch) -> Vec<(usize, WorkItem<'a>)> {
        let inside: BTreeSet<&Address> =
            batch.items.iter().map(|index| &items[*index].change.address).collect();
        let known = |address: Option<&Address>| address.and_then(|address| self.0.get(address)).cloned();
        let mut work = Vec::with_capacity(batch.items.len());
        for index in &batch.items {
            let mut item = items[*index].clone();
            item.parent = item.parent.or_else(|| known(item.change.parent.as_ref()));
            item.budget = item.budget.or_else(|| known(item.change.budget.as_ref()));
            let ready = |id: &Option<ExternalId>, address: Option<&Address>| {
                id.is_some() || address.is_none_or(|address| inside.contains(address))
            };
            let is_create = item.step.operation == Operation::Create;
            if !is_create
                || (ready(&item.parent, item.change.parent.as_ref())
                    && ready(&item.budget, item.change.budget.as_ref()))
            {
                work.push((*index, item));
            }
        }
        work
    }

    fn learn(&mut self, items: &[WorkItem<'_>], outcomes: &Outcomes) {
        for (index, outcome) in outcomes {
            if let Outcome::Done(Some(id)) = outcome {
                self.0.insert(items[*index].change.address.clone(), id.clone());
            }
        }
    }
}

/// A number that is the same for every attempt at a write and differs from every other write.
pub(super) fn request_seed(plan: &str, change: &Change, step: &Step, generation: u64) -> u64 {
    use sha2::{Digest, Sha256};
    let operation = serde_json::to_string(&step.operation).unwrap_or_default();
    let text = format!("{plan}\n{}\n{operation}\n{generation}", change.address);
    let digest = Sha256::digest(text.as_bytes());
    let mut bytes = [0_u8; 8];
    bytes.copy_from_slice(&digest[..8]);
    // 63 bits: vendors read it as a signed 64-bit integer.
    u64::from_be_bytes(bytes) >> 1
}
