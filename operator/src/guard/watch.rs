//! Looks at the policies: a watch of each kind, and everything anew every half minute.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use futures::FutureExt;
use futures::stream::{BoxStream, SelectAll, StreamExt};
use jiff::Timestamp;
use kube::api::{Api, ApiResource, DynamicObject, ListParams};
use kube::core::GroupVersionKind;
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Client, ResourceExt};
use tokio_util::sync::CancellationToken;

use super::{Found, Kind, Live, READ_EVERY, Shared, Shipped, Verdict, compare, unknown};

/// How long changes are gathered before everything is read.
const TOGETHER: Duration = Duration::from_millis(100);

/// How long what was read holds while nothing can be read.
const HOLDS_FOR: Duration = READ_EVERY.saturating_mul(2);

const GROUP: &str = "admissionregistration.k8s.io";

/// Whether the guards are in place; cheap to copy and to ask.
#[derive(Clone)]
pub struct Guard {
    client: Client,
    shipped: Arc<Vec<Shipped>>,
    verdict: Shared,
    /// When all of it was read last.
    read: Arc<Mutex<Option<Instant>>>,
}

impl Guard {
    /// A guard that has not looked yet.
    pub fn new(client: Client, shipped: Vec<Shipped>) -> Self {
        let verdict = unknown("the admission policies were not read yet");
        Self {
            client,
            shipped: Arc::new(shipped),
            verdict: Arc::new(RwLock::new(verdict)),
            read: Arc::default(),
        }
    }

    /// What was found last.
    pub fn verdict(&self) -> Verdict {
        self.verdict.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What is wrong, a sentence each; empty when everything is in place.
    pub fn missing(&self) -> Vec<String> {
        self.verdict().missing
    }

    /// Whether the cluster writes down who changed what.
    pub fn authors_stamped(&self) -> bool {
        self.verdict().authors_stamped
    }

    /// From when on everything has been in place; approvals that are older count for nothing.
    pub fn since(&self) -> Option<Timestamp> {
        self.verdict().since
    }

    /// Looks now, rather than at what was seen last: before an apply begins. What was read a moment ago still holds while the
    /// API server does not answer: taking it for missing would void what people approved.
    pub async fn look(&self) -> Verdict {
        let verdict = match self.read().await {
            Ok((found, mutating)) => {
                *self.read.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
                compare(&self.shipped, &found, mutating)
            }
            Err(error) if self.read_lately() => {
                tracing::warn!(%error, "the admission policies cannot be read: what was read last holds for now");
                return self.verdict();
            }
            Err(error) => unknown(&format!("the admission policies cannot be read: {error}")),
        };
        self.set(verdict.clone());
        verdict
    }

    /// Watches until it is stopped. `seen` is called with every verdict.
    pub async fn run(self, stop: CancellationToken, seen: impl Fn(&Verdict) + Send) {
        let mut reads = tokio::time::interval(READ_EVERY);
        let mut changes = self.changes();
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = reads.tick() => {}
                change = changes.next() => {
                    if change.is_none() {
                        reads.tick().await;
                        changes = self.changes();
                    }
                    // A release changes many of them at once.
                    tokio::time::sleep(TOGETHER).await;
                    while let Some(Some(())) = changes.next().now_or_never() {}
                }
            }
            seen(&self.look().await);
        }
    }

    fn read_lately(&self) -> bool {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.is_some_and(|at| at.elapsed() < HOLDS_FOR)
    }

    fn set(&self, verdict: Verdict) {
        let mut held = self.verdict.write().unwrap_or_else(PoisonError::into_inner);
        if held.missing != verdict.missing {
            if verdict.missing.is_empty() {
                let since = verdict.since.map(|since| since.to_string());
                tracing::info!(
                    since,
                    unsupported = verdict.unsupported.join(", "),
                    "admission policies are in place"
                );
            } else {
                tracing::error!(
                    missing = verdict.missing.join("; "),
                    "admission policies are missing or changed"
                );
            }
        }
        *held = verdict;
    }

    fn api(&self, kind: Kind) -> Api<DynamicObject> {
        let kind_of = GroupVersionKind::gvk(GROUP, "v1", kind.word());
        let resource = ApiResource::from_gvk_with_plural(&kind_of, kind.plural());
        Api::all_with(self.client.clone(), &resource)
    }

    /// Which of our kinds the server has.
    async fn kinds(&self) -> Result<BTreeSet<Kind>, kube::Error> {
        let served = self.client.list_api_group_resources(&format!("{GROUP}/v1")).await?;
        let names: BTreeSet<String> = served.resources.into_iter().map(|resource| resource.name).collect();
        Ok(Kind::ALL.into_iter().filter(|kind| names.contains(kind.plural())).collect())
    }

    async fn read(&self) -> Result<(Found, bool), kube::Error> {
        let kinds = self.kinds().await?;
        let mut found = Found::new();
        for kind in &kinds {
            // Without a resource version: the newest, not what the server remembers.
            for object in self.api(*kind).list(&ListParams::default()).await? {
                found.insert((*kind, object.name_any()), Live::of(&object));
            }
        }
        Ok((found, kinds.iter().any(|kind| kind.is_mutating())))
    }

    /// Tells that one of our objects may have changed. A server without a kind is asked for it more and more
    /// rarely.
    fn changes(&self) -> SelectAll<BoxStream<'static, ()>> {
        let names: Arc<BTreeSet<String>> =
            Arc::new(self.shipped.iter().map(|shipped| shipped.name.clone()).collect());
        let mut all = SelectAll::new();
        for kind in Kind::ALL {
            let names = Arc::clone(&names);
            let events = watcher(self.api(kind), watcher::Config::default()).default_backoff();
            let ours = events.filter_map(move |event| {
                let changed = match event {
                    Ok(watcher::Event::Apply(object) | watcher::Event::Delete(object)) => {
                        names.contains(&object.name_any())
                    }
                    Ok(watcher::Event::InitDone) => true,
                    Ok(watcher::Event::Init | watcher::Event::InitApply(_)) | Err(_) => false,
                };
                std::future::ready(changed.then_some(()))
            });
            all.push(ours.boxed());
        }
        all
    }
}
