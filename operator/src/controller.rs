//! The loop: accounts that are due, so many at a time, each by one worker.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use adplane_core::address::AccountKey;
use rand::Rng as _;
use tokio::runtime::Handle;
use tokio::task::JoinSet;

use crate::account::{chain, reconcile};
use crate::cache;
use crate::context::Context;
use crate::metrics::Outcome;
use crate::queue::Queue;

/// The first and the longest wait after a look that failed.
const FIRST_RETRY: Duration = Duration::from_secs(2);
const LONGEST_RETRY: Duration = Duration::from_mins(5);
/// How soon an account is looked at again that another replica writes to: it may fall to us.
const NOT_OURS: Duration = Duration::from_secs(5);

/// Runs until the operator stops: watches, then workers. Returns when every look under way has ended.
pub async fn run(context: Arc<Context>, queue: Arc<Queue>, mut watches: cache::Watches) {
    tokio::select! {
        () = watches.synced() => {}
        () = context.stopping.cancelled() => return,
    }
    tracing::info!(resources = context.cache.len(), "every kind was listed");
    for key in context.cache.accounts() {
        queue.add(key, Instant::now());
    }
    let mut workers = JoinSet::new();
    for _ in 0..context.config.accounts_at_once {
        let (context, queue) = (Arc::clone(&context), Arc::clone(&queue));
        let runtime = Handle::current();
        // A thread of its own: deciding about thousands of resources takes a second in which probes are answered, and
        // what one thread took and freed again goes back to the system at once.
        workers.spawn_blocking(move || runtime.block_on(work(&context, &queue)));
    }
    while let Some(ended) = workers.join_next().await {
        // Its account would be looked at never again: a fresh start is better than a part that is silently gone.
        if let Err(error) = ended {
            tracing::error!(%error, "a worker failed: the operator stops");
            context.stopping.cancel();
        }
    }
}

async fn work(context: &Context, queue: &Queue) {
    let mut failures: BTreeMap<AccountKey, u32> = BTreeMap::new();
    loop {
        let key = tokio::select! {
            key = queue.next() => key,
            () = context.stopping.cancelled() => return,
        };
        let wait = if let Some(ours) = context.fence.begin(&key) {
            let working = context.health.working(&key);
            let begun = Instant::now();
            let result = reconcile(context, &key).await;
            drop((working, ours));
            let outcome = result.as_ref().map_or(Outcome::Failed, |look| look.outcome);
            context.metrics.reconciled(&key, outcome, begun.elapsed(), context.clock.now());
            match result {
                Ok(look) => {
                    failures.remove(&key);
                    jittered(look.next)
                }
                Err(error) => {
                    let count = failures.entry(key.clone()).or_default();
                    *count += 1;
                    let wait = jittered(backoff(*count));
                    context.metrics.error(&key, "reconcile");
                    tracing::error!(account = %key, error = chain(&error), again_in = ?wait, "the account could not be looked at");
                    wait
                }
            }
        } else {
            NOT_OURS
        };
        queue.done(&key);
        // An account that nothing refers to any more is not looked at again.
        if context.cache.accounts().contains(&key) {
            queue.add(key, Instant::now() + wait);
        } else {
            context.metrics.forget(&key);
        }
    }
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
