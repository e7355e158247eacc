//! Budget pools in a cluster: worked out beside the looks, put in force by `Override`s that the looks at accounts plan.
//!
//! ```text
//! Budget, campaigns, what is live, what was spent ──pace──> memory (ConfigMap) ──> Override resources ──look──> plan, executor
//! ```
//!
//! A pool spans accounts, so no look at one of them can work it out. Whoever looks after the first of its accounts paces it:
//! one replica, at about the time at which metrics are read anew, and soon again while something of it is not live. What it
//! gives is remembered before it is in force, in one write that fails where somebody else has written since, so that no two
//! replicas give the same money. Cuts go first; nothing is raised before no campaign of the pool has more on its platform than
//! it gets. The amounts are `core::pool`'s, the same as on the command line.

mod ground;
mod memory;
mod obstacles;
mod tell;
mod turn;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use adplane_core::address::AccountKey;
use adplane_engine::metrics::store::StoreError;
use jiff::Timestamp;
use tokio::runtime::Handle;
use tokio::task::JoinSet;

use crate::account::{ReconcileError, chain};
use crate::cache::{Resource, ResourceKey, account_key};
use crate::context::Context;
use crate::delivered::HomeError;
use crate::queue::Queue;
use memory::MemoryError;
use turn::Turned;

/// How often is asked whether a pool is due.
const EVERY: Duration = Duration::from_secs(2);
/// How soon a pool is worked out again of which something is not live; twice as long each time that nothing has changed.
const SOON: Duration = Duration::from_secs(5);
/// How soon one is tried again that cannot be worked out yet.
const NOT_YET: Duration = Duration::from_mins(1);
/// Pools that are worked out side by side: each reads all of its accounts.
const AT_ONCE: usize = 4;

/// Why a pool could not be paced.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Cluster(#[from] ReconcileError),
    #[error(transparent)]
    Numbers(#[from] StoreError),
    #[error(transparent)]
    Home(#[from] HomeError),
    #[error(transparent)]
    Memory(#[from] MemoryError),
}

/// When a pool is worked out next.
struct Due {
    /// What it was worked out for: its spec, and who draws on it.
    seen: Vec<(ResourceKey, String, i64)>,
    next: Instant,
    /// What was not live, and for how many turns that has been the same.
    open: (Vec<String>, u32),
}

/// A pool whose turn it is.
struct Ready {
    pool: Arc<Resource>,
    campaigns: Vec<Arc<Resource>>,
    seen: Vec<(ResourceKey, String, i64)>,
}

/// Paces pools until the operator stops.
pub async fn work(context: Arc<Context>, queue: Arc<Queue>) {
    let began = context.clock.now();
    let mut due: BTreeMap<ResourceKey, Due> = BTreeMap::new();
    let (mut running, mut turns) =
        (BTreeSet::<ResourceKey>::new(), JoinSet::<(Ready, Option<Turned>)>::new());
    loop {
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            Some(ended) = turns.join_next() => match ended {
                Ok((ready, turned)) => {
                    running.remove(&ready.pool.key);
                    end(&context, &queue, &mut due, ready, turned);
                }
                // Blocking tasks are never cancelled.
                Err(failed) => std::panic::resume_unwind(failed.into_panic()),
            },
            () = context.stopping.cancelled() => break,
        }
        let pools = context.cache.pools();
        due.retain(|key, _| pools.iter().any(|(pool, _)| pool.key == *key));
        for (pool, campaigns) in pools {
            let ready = Ready { seen: seen(&pool, &campaigns), pool, campaigns };
            let key = &ready.pool.key;
            let waits = due.get(key).is_some_and(|due| due.seen == ready.seen && due.next > Instant::now());
            if waits || turns.len() >= AT_ONCE || !running.insert(key.clone()) {
                continue;
            }
            // On a thread of its own, as looks are: planning takes a while in which probes are answered.
            let (runtime, context) = (Handle::current(), Arc::clone(&context));
            turns.spawn_blocking(move || runtime.block_on(pace(&context, ready, began)));
        }
    }
    while turns.join_next().await.is_some() {}
}

/// Remembers when a pool is worked out next, and has accounts looked at where it put something in force.
fn end(
    context: &Context,
    queue: &Queue,
    due: &mut BTreeMap<ResourceKey, Due>,
    ready: Ready,
    turned: Option<Turned>,
) {
    let key = ready.pool.key.clone();
    let Some(turned) = turned else {
        due.remove(&key);
        return;
    };
    for account in turned.touched() {
        queue.add(account, Instant::now());
    }
    let open = opened(due.get(&key), &turned);
    let wait = wait(context, &turned, open.1);
    due.insert(key, Due { seen: ready.seen, next: Instant::now() + wait, open });
}

/// A pool's turn; nothing where another replica paces it.
async fn pace(context: &Context, ready: Ready, began: Timestamp) -> (Ready, Option<Turned>) {
    let Some(holder) = holder(context, &ready) else { return (ready, None) };
    // The shard is not handed over meanwhile.
    let Some(ours) = context.fence.begin(&holder).filter(|_| context.fence.holds(&holder)) else {
        return (ready, None);
    };
    let turned = tokio::select! {
        turned = one(context, &ready, (&holder, began)) => Some(turned),
        () = context.stopping.cancelled() => None,
    };
    drop(ours);
    (ready, turned)
}

fn seen(pool: &Arc<Resource>, campaigns: &[Arc<Resource>]) -> Vec<(ResourceKey, String, i64)> {
    let all = std::iter::once(pool).chain(campaigns);
    all.map(|one| (one.key.clone(), one.uid.clone(), one.generation)).collect()
}

/// The account by whose lease a pool is paced: the first of those that its campaigns are on, or where it has anything left.
fn holder(context: &Context, ready: &Ready) -> Option<AccountKey> {
    let namespace = &ready.pool.key.namespace;
    let accounts = ready.campaigns.iter().filter_map(|campaign| campaign.links.account.as_deref());
    let first = accounts.filter_map(|name| account_key(namespace, name)).min();
    first.or_else(|| context.cache.accounts_of(&ready.pool.key).into_iter().next())
}

/// One turn, which never fails: trouble is told in the pool's status and tried again.
async fn one(context: &Context, ready: &Ready, by: (&AccountKey, Timestamp)) -> Turned {
    let pool = &ready.pool;
    let turned = match turn::turn(context, pool, &ready.campaigns, by).await {
        Ok(turned) => turned,
        Err(trouble) => {
            let told = chain(&trouble);
            context.metrics.error(by.0, "pools");
            tracing::error!(pool = %pool.key, error = told, "the pool was not paced");
            Turned::Failed(told)
        }
    };
    // What it told before still stands, for the moment that this takes.
    if matches!(turned, Turned::Again(_)) {
        return turned;
    }
    if let Err(error) = tell::tell(context, pool, &turned).await {
        tracing::warn!(pool = %pool.key, error = chain(&error), "the pool's status was not written");
    }
    turned
}

/// What is not live, and how often that was so in a row.
fn opened(former: Option<&Due>, turned: &Turned) -> (Vec<String>, u32) {
    let open = turned.open();
    let times = former.filter(|due| due.open.0 == open).map_or(0, |due| due.open.1.saturating_add(1));
    (open, times)
}

fn wait(context: &Context, turned: &Turned, times: u32) -> Duration {
    let usual = context.delivered.settings().map_or(NOT_YET, |settings| settings.every);
    let longer = |first: Duration| (first * 2_u32.saturating_pow(times.min(10))).min(usual);
    match turned {
        Turned::NotYet(_) | Turned::Unread(_) | Turned::Wrong(_) | Turned::Failed(_) => longer(NOT_YET),
        Turned::Again(_) => SOON.min(usual),
        Turned::Paced(paced) if !paced.waits.is_empty() => longer(SOON),
        Turned::Paced(_) | Turned::Unused => usual,
    }
}
