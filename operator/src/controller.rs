//! The loop: accounts that are due, so many at a time, each by one worker.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use adplane_core::address::AccountKey;
use rand::Rng as _;
use tokio::runtime::Handle;
use tokio::task::JoinSet;

use crate::account::{Look, ReconcileError, chain, reconcile};
use crate::cache;
use crate::context::Context;
use crate::delivered;
use crate::metrics::Outcome;
use crate::notices;
use crate::pools;
use crate::queue::Queue;
use crate::unattached;

/// The first and the longest wait after a look that failed.
const FIRST_RETRY: Duration = Duration::from_secs(2);
const LONGEST_RETRY: Duration = Duration::from_mins(5);
/// When the allocator believes that freed memory is not needed again, and what is large enough to make it ask.
const PURGED_AFTER: Duration = Duration::from_secs(3);
const NUDGE: usize = 16 << 20;
/// How soon an account is looked at again that another replica writes to: it may fall to us.
const NOT_OURS: Duration = Duration::from_secs(5);

/// Runs until the operator stops: watches, then workers. Returns when every look under way has ended, and whether no worker
/// failed.
pub async fn run(context: Arc<Context>, queue: Arc<Queue>, mut watches: cache::Watches) -> bool {
    tokio::select! {
        () = watches.synced() => {}
        () = context.stopping.cancelled() => return true,
    }
    tracing::info!(resources = context.cache.len(), "every kind was listed");
    for key in context.cache.accounts() {
        queue.add(key, Instant::now());
    }
    let (mut workers, failures) = (JoinSet::new(), Arc::new(Failures::default()));
    for _ in 0..context.config.accounts_at_once {
        workers.spawn(work(Arc::clone(&context), Arc::clone(&queue), Arc::clone(&failures)));
    }
    for _ in 0..delivered::AT_ONCE {
        workers.spawn(delivered::work(Arc::clone(&context)));
    }
    workers.spawn(notices::work(Arc::clone(&context)));
    workers.spawn(unattached::work(Arc::clone(&context)));
    workers.spawn(pools::work(Arc::clone(&context), Arc::clone(&queue)));
    let mut whole = true;
    while let Some(ended) = workers.join_next().await {
        // Its account would be looked at never again: a fresh start is better than a part that is silently gone.
        if let Err(error) = ended {
            tracing::error!(%error, "a worker failed: the operator stops");
            context.stopping.cancel();
            whole = false;
        }
    }
    whole
}

/// Looks that failed in a row, by account; any worker may take the next.
type Failures = Mutex<BTreeMap<AccountKey, u32>>;

async fn work(context: Arc<Context>, queue: Arc<Queue>, failures: Arc<Failures>) {
    loop {
        let key = tokio::select! {
            key = queue.next() => key,
            () = context.stopping.cancelled() => return,
        };
        let wait = if let Some(ours) = context.fence.begin(&key) {
            let working = context.health.working(&key);
            let begun = Instant::now();
            let result = look(&context, &key).await;
            drop((working, ours));
            let outcome = result.as_ref().map_or(Outcome::Failed, |look| look.outcome);
            context.metrics.reconciled(&key, outcome, begun.elapsed(), context.clock.now());
            match result {
                Ok(look) => {
                    failures.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
                    jittered(look.next)
                }
                Err(error) => {
                    let wait = jittered(backoff(again(&failures, &key)));
                    context.metrics.error(&key, "reconcile");
                    tracing::error!(account = %key, error = chain(&error), again_in = ?wait, "the account could not be looked at");
                    wait
                }
            }
        } else {
            // Whoever has it now tells what it delivers, and shows its numbers.
            context.delivered.forget(&key);
            context.metrics.forget(&key);
            NOT_OURS
        };
        queue.done(&key);
        // An account that nothing refers to any more is not looked at again.
        if context.cache.accounts().contains(&key) {
            queue.add(key, Instant::now() + wait);
        } else {
            context.metrics.forget(&key);
            context.delivered.forget(&key);
        }
    }
}

/// Looks at an account on a thread of its own: deciding about thousands of resources takes a second in which probes are
/// answered, and what a thread took goes back when it ends.
async fn look(context: &Arc<Context>, key: &AccountKey) -> Result<Look, ReconcileError> {
    let (runtime, context, key) = (Handle::current(), Arc::clone(context), key.clone());
    let looking = tokio::task::spawn_blocking(move || runtime.block_on(reconcile(&context, &key)));
    let looked = looking.await;
    tokio::spawn(give_back());
    match looked {
        Ok(result) => result,
        // Blocking tasks are never cancelled.
        Err(failed) => std::panic::resume_unwind(failed.into_panic()),
    }
}

/// Lets the allocator give back what a look took: it does so when something is taken a moment later, and at rest that may be
/// minutes. On a thread that ends soon, for the same reason.
async fn give_back() {
    tokio::time::sleep(PURGED_AFTER).await;
    // Whether it ran is nobody's concern.
    let _ = tokio::task::spawn_blocking(|| drop(std::hint::black_box(vec![0_u8; NUDGE]))).await;
}

/// Counts one more failure.
fn again(failures: &Failures, key: &AccountKey) -> u32 {
    let mut failures = failures.lock().unwrap_or_else(PoisonError::into_inner);
    let count = failures.entry(key.clone()).or_default();
    *count += 1;
    *count
}

fn backoff(failures: u32) -> Duration {
    FIRST_RETRY.saturating_mul(1 << failures.saturating_sub(1).min(10)).min(LONGEST_RETRY)
}

/// Up to a tenth more or less, so that accounts spread out.
fn jittered(wait: Duration) -> Duration {
    wait.mul_f64(rand::rng().random_range(0.9..=1.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_bound() {
        assert_eq!(backoff(1), Duration::from_secs(2));
        assert_eq!(backoff(2), Duration::from_secs(4));
        assert_eq!(backoff(40), LONGEST_RETRY);
    }
}
