//! Sending what was kept: one account after the other, each while its shard is held.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use adplane_core::address::AccountKey;
use adplane_core::ids::Namespace;
use adplane_core::notify::NotificationPolicy;
use adplane_engine::notify::{Flush, Flushed, Outbox, Shelf};

use super::secrets::OfCluster;
use super::{dead, policies};
use crate::context::Context;

/// How often what waits is looked through: for messages whose time has come, and for channels to be tried again.
const EVERY: Duration = Duration::from_secs(15);
/// How long sending for one account may take; what is under way then is sent again another time.
const BUDGET: Duration = Duration::from_secs(20);

/// Sends until the operator stops.
pub async fn work(context: Arc<Context>) {
    loop {
        tokio::select! {
            () = context.stopping.cancelled() => return,
            () = context.notices.woken() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
        let mut known: BTreeMap<Namespace, Vec<NotificationPolicy>> = BTreeMap::new();
        for key in context.cache.accounts() {
            if context.stopping.is_cancelled() {
                return;
            }
            send(&context, &key, &mut known).await;
        }
    }
}

async fn send(context: &Context, key: &AccountKey, known: &mut BTreeMap<Namespace, Vec<NotificationPolicy>>) {
    let outbox = Outbox::of(&context.state(key));
    if !outbox.root().is_dir() {
        return;
    }
    // The shard is not handed over meanwhile, and nothing is sent that another replica may send.
    let Some(_ours) = context.fence.begin(key).filter(|_| context.fence.holds(key)) else { return };
    if let Err(error) = dead::heed(context, key, context.clock.now()) {
        context.metrics.error(key, "notifications");
        tracing::error!(account = %key, %error, "dead letters cannot be tried again or dropped");
    }
    if !waits(&outbox) {
        return;
    }
    let policies = known
        .entry(key.namespace.clone())
        .or_insert_with(|| policies(&context.cache, key.namespace.as_str()));
    let flush = Flush {
        outbox: &outbox,
        policies,
        secrets: &OfCluster(context.client.clone()),
        clock: context.clock,
        budget: BUDGET,
    };
    let flushed = tokio::select! {
        flushed = flush.run() => flushed,
        () = context.stopping.cancelled() => return,
    };
    match flushed {
        Ok(flushed) => tell(context, key, &flushed).await,
        Err(error) => {
            context.metrics.error(key, "notifications");
            tracing::error!(account = %key, %error, "notifications cannot be sent");
        }
    }
}

/// Whether anything is to be sent, now or later.
fn waits(outbox: &Outbox) -> bool {
    outbox.read(Shelf::Pending).is_ok_and(|kept| !kept.deliveries.is_empty())
}

async fn tell(context: &Context, key: &AccountKey, flushed: &Flushed) {
    if flushed.sent > 0 {
        tracing::info!(account = %key, messages = flushed.sent, "people were told");
    }
    for trouble in &flushed.troubles {
        context.metrics.error(key, "notifications");
        let (place, given_up) = (&trouble.place, trouble.dead);
        let next = trouble.next.map(|at| at.to_string()).unwrap_or_default();
        tracing::warn!(account = %key, place, given_up, next, "not told: {}", trouble.message);
        if given_up > 0 {
            dead::tell(context, key, trouble).await;
        }
    }
    for place in &flushed.unknown {
        tracing::warn!(account = %key, place, "no NotificationPolicy declares this channel: what it was to get still waits");
    }
}
