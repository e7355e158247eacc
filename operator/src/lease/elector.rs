//! The loop that reads the leases and writes what the board decides.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use adplane_engine::clock::Clock;
use futures::future::join_all;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::board::{Board, Purpose, Write};
use super::fence::{Fence, Renewal};
use super::record::Record;
use super::store::{LeaseStore, StoreError};
use super::{Leases, Timing};

/// How often it is looked whether work has ended, while shards are handed over.
const HAND_OVER_EVERY: Duration = Duration::from_millis(200);

/// What is called after each round that reached the cluster.
type Pulse = Box<dyn Fn() + Send + Sync>;

/// Holds and renews the leases of one replica.
pub struct Elector<S> {
    store: S,
    board: Board,
    timing: Timing,
    clock: Clock,
    held: watch::Sender<BTreeMap<u32, Fence>>,
    pulse: Pulse,
}

impl<S: LeaseStore> Elector<S> {
    /// An elector, and what it holds as it changes. `identity` must be no other process's, ever: a container
    /// that starts again is another holder.
    pub fn new(store: S, identity: String, shards: u32, timing: Timing, clock: Clock) -> (Self, Leases) {
        let (held, receiver) = watch::channel(BTreeMap::new());
        let board = Board::new(identity, shards, timing, clock);
        let elector = Self { store, board, timing, clock, held, pulse: Box::new(|| {}) };
        (elector, Leases { shards, held: receiver })
    }

    /// Calls something after each round that reached the cluster.
    #[must_use]
    pub fn on_round(mut self, pulse: impl Fn() + Send + Sync + 'static) -> Self {
        self.pulse = Box::new(pulse);
        self
    }

    /// Runs until it is stopped; then hands over what it holds as the work under way ends, but waits no
    /// longer than a call to a platform may take.
    pub async fn run(mut self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            self.round().await;
            tokio::select! {
                () = tokio::time::sleep(self.timing.renew_every()) => {}
                () = stop.cancelled() => {}
            }
        }
        self.board.stop();
        let begun = Instant::now();
        while begun.elapsed() < self.timing.margin {
            self.round().await;
            if self.board.holds_nothing() {
                return;
            }
            if self.board.only_waits(Instant::now()) {
                break;
            }
            tokio::time::sleep(HAND_OVER_EVERY).await;
        }
        tracing::warn!("stops before its shards can be handed over: they are free when their leases end");
        self.board.abandon();
        self.publish();
    }

    /// Reads every lease once and writes what is due.
    pub(super) async fn round(&mut self) {
        match self.call(self.store.list()).await {
            Ok(records) => {
                let writes = self.board.decide(&records, Instant::now());
                let results = join_all(writes.into_iter().map(|write| self.write(write))).await;
                for (purpose, record, sent) in results.into_iter().flatten() {
                    self.board.written(purpose, &record, sent);
                }
                (self.pulse)();
            }
            Err(error) => tracing::warn!(%error, "cannot read the leases"),
        }
        self.publish();
    }

    async fn write(&self, write: Write) -> Option<(Purpose, Record, Renewal)> {
        let Write { purpose, record } = write;
        // Before the request is sent: the server may store it at any moment from here on.
        let sent = Renewal::now(self.clock);
        let written = match purpose {
            Purpose::Forget => self.call(self.store.delete(&record)).await.map(|()| record.clone()),
            _ if record.version.is_none() => self.call(self.store.create(&record)).await,
            _ => self.call(self.store.replace(&record)).await,
        };
        match written {
            Ok(record) => Some((purpose, record, sent)),
            Err(StoreError::Conflict) => {
                tracing::debug!(lease = record.name, "somebody else wrote the lease first");
                None
            }
            Err(error) => {
                tracing::warn!(lease = record.name, %error, "cannot write the lease");
                None
            }
        }
    }

    /// No call takes longer than the time between two rounds.
    async fn call<T>(&self, call: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        let limit = self.timing.renew_every();
        let late = |_| StoreError::Failed(format!("no answer within {} ms", limit.as_millis()));
        tokio::time::timeout(limit, call).await.map_err(late).and_then(|answer| answer)
    }

    /// Tells what is held, where it changed.
    fn publish(&self) {
        let fences = self.board.fences();
        let same = |old: &BTreeMap<u32, Fence>| {
            old.len() == fences.len()
                && old.iter().all(|(shard, fence)| {
                    fences.get(shard).is_some_and(|other| std::sync::Arc::ptr_eq(&fence.0, &other.0))
                })
        };
        self.held.send_if_modified(|old| {
            let changed = !same(old);
            if changed {
                old.clone_from(&fences);
            }
            changed
        });
    }
}
