//! One watch per kind; trouble is retried with backoff, a new listing replaces what is known.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use adplane_core::address::AccountKey;
use adplane_manifest::api;
use adplane_manifest::load::DocumentKind;
use futures::StreamExt;
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind};
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::{self, Event};
use kube::{Client, ResourceExt};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::{Cache, Resource, ResourceKey};
use crate::health::{Health, Task};
use crate::metrics::Metrics;
use crate::plans::{SeenApproval, SeenPlan};
use crate::queue::Queue;

/// Objects of one page of a listing: streaming lists need a newer etcd than some clusters have.
const PAGE: u32 = 500;
/// How long after a change its accounts are looked at: edits come in groups.
const SETTLE: Duration = Duration::from_millis(500);

/// What watches tell of themselves.
#[derive(Debug, Clone)]
pub struct Watches {
    synced: Vec<watch::Receiver<bool>>,
}

impl Watches {
    /// Waits until every kind was listed once.
    pub async fn synced(&mut self) {
        for receiver in &mut self.synced {
            // A watch that has ended ends the operator: there is nothing to wait for.
            let _ = receiver.wait_for(|synced| *synced).await;
        }
    }

    /// Whether every kind was listed once.
    pub fn are_synced(&self) -> bool {
        self.synced.iter().all(|receiver| *receiver.borrow())
    }
}

/// What is watched besides documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Watched {
    Document(DocumentKind),
    Plan,
    Approval,
}

impl Watched {
    fn kind(self) -> &'static str {
        match self {
            Self::Document(kind) => kind.word(),
            Self::Plan => "Plan",
            Self::Approval => "PlanApproval",
        }
    }
}

/// The API of a kind; the plurals are what the definitions say.
pub(crate) fn api_resource(kind: &str) -> ApiResource {
    let word = kind.to_lowercase();
    let plural = match word.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None => format!("{word}s"),
    };
    ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(api::GROUP, "v1alpha1", kind), &plural)
}

/// Starts every watch; what they find goes into the cache, whose accounts go into the queue.
pub fn spawn(
    tasks: &mut JoinSet<()>,
    client: &Client,
    namespaces: &[String],
    cache: &Arc<Cache>,
    queue: &Arc<Queue>,
    (health, metrics): (&Health, &Arc<Metrics>),
) -> Watches {
    let kinds = DocumentKind::ALL.into_iter().map(Watched::Document);
    let mut synced = Vec::new();
    for watched in kinds.chain([Watched::Plan, Watched::Approval]) {
        let scopes: Vec<Option<&String>> =
            if namespaces.is_empty() { vec![None] } else { namespaces.iter().map(Some).collect() };
        for scope in scopes {
            let resource = api_resource(watched.kind());
            let api: Api<DynamicObject> = match scope {
                Some(namespace) => Api::namespaced_with(client.clone(), namespace, &resource),
                None => Api::all_with(client.clone(), &resource),
            };
            let (done, seen) = watch::channel(false);
            let place = scope.map(|namespace| format!(" in {namespace}")).unwrap_or_default();
            let running = health.expect_task(&format!("watch of {}{place}", watched.kind()));
            synced.push(seen);
            let feed = Feed {
                watched,
                namespace: scope.cloned(),
                cache: Arc::clone(cache),
                queue: Arc::clone(queue),
                listed: BTreeSet::new(),
                listed_names: BTreeSet::new(),
                done,
                metrics: Arc::clone(metrics),
                _running: running,
            };
            tasks.spawn(feed.follow(api));
        }
    }
    Watches { synced }
}

/// Feeds the cache with one kind of one namespace, or of all.
struct Feed {
    watched: Watched,
    namespace: Option<String>,
    cache: Arc<Cache>,
    queue: Arc<Queue>,
    listed: BTreeSet<ResourceKey>,
    listed_names: BTreeSet<(Arc<str>, Arc<str>)>,
    done: watch::Sender<bool>,
    metrics: Arc<Metrics>,
    /// Says that it runs, for as long as it does.
    _running: Task,
}

impl Feed {
    async fn follow(mut self, api: Api<DynamicObject>) {
        let config = watcher::Config::default().page_size(PAGE);
        let mut events = watcher::watcher(api, config).default_backoff().boxed();
        while let Some(event) = events.next().await {
            match event {
                Ok(event) => self.take(event),
                Err(error) => {
                    self.metrics.watch_restarted(self.watched.kind());
                    tracing::warn!(kind = self.watched.kind(), %error, "the watch was interrupted and is taken up again");
                }
            }
        }
    }

    fn take(&mut self, event: Event<DynamicObject>) {
        match event {
            Event::Init => {
                self.listed.clear();
                self.listed_names.clear();
            }
            Event::InitApply(object) => {
                let names = (object.namespace().unwrap_or_default().into(), object.name_any().into());
                if let Watched::Document(kind) = self.watched {
                    let (namespace, name): (Arc<str>, Arc<str>) = names;
                    self.listed.insert(ResourceKey { kind, namespace, name });
                } else {
                    self.listed_names.insert(names);
                }
                self.apply(object);
            }
            Event::InitDone => {
                self.finish_listing();
                self.done.send_replace(true);
            }
            Event::Apply(object) => self.apply(object),
            Event::Delete(object) => self.delete(&object),
        }
    }

    fn apply(&self, object: DynamicObject) {
        let name = object.name_any();
        let touched: BTreeSet<AccountKey> = match self.watched {
            Watched::Document(kind) => match Resource::read(kind, object) {
                Some(resource) => self.cache.apply(resource),
                None => BTreeSet::new(),
            },
            Watched::Plan => match object.try_parse().map(SeenPlan::read) {
                Ok(plan) => plan.and_then(|plan| self.cache.apply_plan(plan)).into_iter().collect(),
                Err(error) => self.unreadable(&name, &error),
            },
            Watched::Approval => match object.try_parse().map(SeenApproval::read) {
                Ok(approval) => {
                    approval.and_then(|approval| self.cache.apply_approval(approval)).into_iter().collect()
                }
                Err(error) => self.unreadable(&name, &error),
            },
        };
        self.wake(touched);
    }

    /// One object that cannot be read must not hide the others.
    fn unreadable(&self, name: &str, error: &dyn std::fmt::Display) -> BTreeSet<AccountKey> {
        tracing::error!(kind = self.watched.kind(), name, %error, "an object cannot be read and is left out");
        BTreeSet::new()
    }

    fn delete(&self, object: &DynamicObject) {
        let (namespace, name) = (object.namespace().unwrap_or_default(), object.name_any());
        let uid = object.uid().unwrap_or_default();
        let touched: BTreeSet<AccountKey> = match self.watched {
            Watched::Document(kind) => self.cache.delete(&ResourceKey::new(kind, namespace, name)),
            Watched::Plan => self.cache.delete_plan(&namespace, &name, &uid).into_iter().collect(),
            Watched::Approval => self.cache.delete_approval(&namespace, &name, &uid).into_iter().collect(),
        };
        self.wake(touched);
    }

    fn finish_listing(&mut self) {
        match self.watched {
            Watched::Document(kind) => {
                let listed = std::mem::take(&mut self.listed);
                let touched = self.cache.retain(kind, self.namespace.as_deref(), &listed);
                self.wake(touched);
            }
            Watched::Plan => self.cache.retain_plans(self.namespace.as_deref(), &self.listed_names),
            Watched::Approval => self.cache.retain_approvals(self.namespace.as_deref(), &self.listed_names),
        }
    }

    fn wake(&self, accounts: impl IntoIterator<Item = AccountKey>) {
        let due = Instant::now() + SETTLE;
        for account in accounts {
            self.queue.add(account, due);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plurals_are_those_of_the_definitions() {
        let definitions = adplane_manifest::schema::crds_yaml().unwrap();
        let watched =
            DocumentKind::ALL.map(Watched::Document).into_iter().chain([Watched::Plan, Watched::Approval]);
        for watched in watched {
            let plural = api_resource(watched.kind()).plural;
            let line = format!("plural: {plural}\n");
            assert!(definitions.iter().any(|(_, yaml)| yaml.contains(&line)), "{plural}");
        }
    }
}
