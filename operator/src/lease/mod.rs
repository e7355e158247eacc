//! Who may write to which account: accounts are split into shards, and each shard has a lease.
//!
//! A lease is an object of the cluster that one replica holds and renews. The API server does not enforce its
//! time, so each side keeps to its own, careful half:
//!
//! - the holder writes to a platform only while its last successful renewal is young enough that every call
//!   begun now has ended before the lease can be taken away ([`Fence`]);
//! - whoever wants the lease waits until it has seen no change of it for a whole lease duration on its own
//!   monotonic clock. Times written by others are not compared, so skewed clocks do no harm.
//!
//! Every change of a lease is a replace with the resource version that was read, so of two racers one loses.
//! A lease that is gone, or was written for another number of shards, says nothing about who wrote last: it
//! can be taken at once, and its new holder waits a whole duration before it writes.
//!
//! [`board`] decides, without waiting for anything; [`elector`] carries it out; [`store`] is the cluster.

mod board;
mod elector;
mod fence;
mod record;
mod store;

use std::collections::BTreeMap;
use std::time::Duration;

use adplane_core::address::AccountKey;
use sha2::{Digest, Sha256};
use tokio::sync::watch;

pub use elector::Elector;
pub use fence::{Fence, Token, Work};
pub use record::{Record, Role};
pub use store::{KubeLeases, LeaseStore, StoreError};

/// How long leases last, and how much of that is left unused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// How long a lease lasts after a renewal.
    pub duration: Duration,
    /// The end of it in which no write begins: longer than a call to a platform can take.
    pub margin: Duration,
}

impl Timing {
    /// How often a lease is renewed: three renewals can fail before a write has to wait.
    pub fn renew_every(&self) -> Duration {
        self.usable() / 4
    }

    /// How long a renewal allows writes to begin.
    pub fn usable(&self) -> Duration {
        self.duration.saturating_sub(self.margin)
    }
}

/// The shard of an account; the same in every process and version.
pub fn shard_of(account: &AccountKey, shards: u32) -> u32 {
    let digest = Sha256::digest(format!("{}/{}", account.namespace, account.name).as_bytes());
    let number = digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    u32::try_from(number % u64::from(shards.max(1))).unwrap_or_default()
}

/// What this replica holds, as it changes.
#[derive(Debug, Clone)]
pub struct Leases {
    shards: u32,
    held: watch::Receiver<BTreeMap<u32, Fence>>,
}

impl Leases {
    /// The fence of an account's shard, where this replica holds it.
    pub fn fence(&self, account: &AccountKey) -> Option<Fence> {
        self.held.borrow().get(&shard_of(account, self.shards)).cloned()
    }

    /// The shards that are held.
    pub fn held(&self) -> Vec<u32> {
        self.held.borrow().keys().copied().collect()
    }

    /// Waits until what is held changes; `false` when it never will again.
    pub async fn changed(&mut self) -> bool {
        self.held.changed().await.is_ok()
    }
}

#[cfg(test)]
mod tests;
