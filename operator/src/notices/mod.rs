//! Telling people: what happened is kept in the account's outbox at once, and sent beside the looks.
//!
//! Who is told what is decided by the `NotificationPolicy` resources of the account's namespace, by the same code as on the
//! command line. Nothing here fails or delays a look. What happened is kept before a status says it, so that a
//! crash in between tells it again and the outbox knows it; a message is sent while this replica looks after the account.

mod dead;
mod secrets;
mod send;
mod watch;

use std::sync::Arc;

use adplane_core::address::AccountKey;
use adplane_core::notify::{EventKind, NotificationPolicy};
use adplane_core::pool::Pool;
use adplane_engine::notify::Outbox;
use adplane_engine::notify::happenings::Told;
use adplane_engine::pools::is_wanted;
use adplane_manifest::load::{DocumentKind, from_resources};
use adplane_manifest::lower_notifications;
use tokio::sync::Notify;

use crate::cache::Cache;
use crate::context::Context;

pub use dead::given_up;
pub use send::work;
pub use watch::{Sight, look};

/// What numbers can tell.
const OF_NUMBERS: [EventKind; 3] =
    [EventKind::Anomaly, EventKind::BudgetThreshold, EventKind::TrackingOutage];

/// Wakes whoever sends.
#[derive(Debug, Default)]
pub struct Notices {
    kept: Notify,
}

impl Notices {
    /// Something was kept: it is sent now and not with the next round.
    fn wake(&self) {
        self.kept.notify_one();
    }

    /// Waits until something was kept.
    async fn woken(&self) {
        self.kept.notified().await;
    }
}

/// The policies of a namespace; what is wrong with one is left out of it.
pub fn policies(cache: &Cache, namespace: &str) -> Vec<NotificationPolicy> {
    let of_kind = |kind| cache.in_namespace(kind, namespace).into_iter();
    let mut found = of_kind(DocumentKind::NotificationPolicy).peekable();
    if found.peek().is_none() {
        return Vec::new();
    }
    // Accounts as well: a route may name some.
    let resources = found.chain(of_kind(DocumentKind::AdAccount));
    let staying = resources.filter(|resource| resource.deleting.is_none());
    let documents = staying
        .map(|resource| (Arc::from(resource.key.to_string()), resource.document()))
        .collect::<Vec<_>>();
    lower_notifications(&from_resources(documents))
}

/// Whether anybody is told what numbers give to tell.
fn wants_numbers(policies: &[NotificationPolicy]) -> bool {
    policies.iter().any(|policy| OF_NUMBERS.into_iter().any(|kind| policy.wants(kind)))
}

/// Whether anybody is told of a pool's money.
pub fn wants_pool(context: &Context, pool: &Pool) -> bool {
    is_wanted(pool, &policies(&context.cache, pool.namespace.as_str()))
}

/// Keeps what happened on an account, to be sent; whether that worked. Where nobody is to be told, it did.
pub fn keep(context: &Context, key: &AccountKey, happened: Vec<Told>) -> bool {
    if happened.is_empty() {
        return true;
    }
    let policies = policies(&context.cache, key.namespace.as_str());
    let now = context.clock.now();
    let project = context.config.project.to_string();
    let events = happened
        .into_iter()
        .map(|(happening, subjects)| happening.event(Some(&project), now, subjects))
        .collect();
    match Outbox::of(&context.state(key)).take_in(&policies, events, now) {
        Ok(0) => true,
        Ok(_) => {
            context.notices.wake();
            true
        }
        Err(error) => {
            context.metrics.error(key, "notifications");
            tracing::error!(account = %key, %error, "nobody is told: notifications cannot be kept");
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cache::Resource;

    fn policy(name: &str, namespace: &str, deleting: bool) -> Resource {
        let mut object = json!({
            "metadata": {"name": name, "namespace": namespace, "uid": name},
            "spec": {
                "channels": [{"name": "hook", "webhook": {
                    "url": "https://hooks.shop.example/", "credentials": {"secretRef": {"name": "hook"}},
                }}],
                "routes": [{"name": "urgent", "channels": ["hook"], "match": {"severity": "Critical"}}],
            },
        });
        if deleting {
            object["metadata"]["deletionTimestamp"] = json!("2026-11-21T10:00:00Z");
        }
        Resource::read(DocumentKind::NotificationPolicy, serde_json::from_value(object).unwrap()).unwrap()
    }

    #[test]
    fn the_policies_of_a_namespace_say_who_is_told() {
        let cache = Cache::default();
        assert!(policies(&cache, "growth").is_empty());
        for (name, namespace, deleting) in
            [("team", "growth", false), ("former", "growth", true), ("team", "other", false)]
        {
            cache.apply(policy(name, namespace, deleting));
        }
        let found = policies(&cache, "growth");
        let names: Vec<String> = found.iter().map(NotificationPolicy::key).collect();
        assert_eq!(names, ["growth/team"]);
        assert!(wants_numbers(&found), "a route that names no events takes all");
        assert_eq!(found[0].channels.len(), 1);
    }
}
