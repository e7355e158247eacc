//! `run`: starts every part, and stops them in the order in which they need each other.
//!
//! Asked to stop, the operator takes no more accounts and ends the calls under way; then it hands its leases
//! over, so that another replica goes on at once; last it stops answering for its health.

use std::io;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use adplane_engine::clock::Clock;
use data_encoding::HEXLOWER;
use kube::Client;
use rand::RngCore as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::args::Run;
use crate::cache::{self, Cache};
use crate::cluster::{self, ClusterError};
use crate::config::{Config, ConfigError, PlanStore};
use crate::connect::Connections;
use crate::context::Context;
use crate::controller;
use crate::delivered::Delivered;
use crate::events::Events;
use crate::guard::{Guard, ShippedError, shipped};
use crate::health::{self, Health, Question};
use crate::lease::{Elector, KubeLeases, Leases};
use crate::metrics::Metrics;
use crate::notices::Notices;
use crate::plans::BodyStore;
use crate::queue::Queue;
use crate::rights::ClusterRights;
use crate::telemetry::{self, TelemetryError};

/// Why the operator does not run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Logging cannot start.
    #[error(transparent)]
    Telemetry(#[from] TelemetryError),
    /// The cluster cannot be reached.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// The release is broken.
    #[error(transparent)]
    Shipped(#[from] ShippedError),
    /// Signals cannot be received.
    #[error("cannot receive signals: {0}")]
    Signals(#[source] io::Error),
    /// Health and metrics cannot be served.
    #[error("cannot serve health and metrics on `{listen}`: {source}")]
    Serve {
        /// The address.
        listen: std::net::SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A part ended that must not.
    #[error("the {0} ended by itself: this is a defect, and the operator starts again")]
    Ended(&'static str),
}

/// Everything that a reconcile is built from.
pub struct Parts {
    /// The cluster.
    pub client: Client,
    /// The configuration.
    pub config: Arc<Config>,
    /// The operator's own namespace.
    pub namespace: String,
    /// This replica's name, no other process's ever.
    pub identity: String,
    /// What this replica holds.
    pub leases: Leases,
    /// Whether the guards are in place.
    pub guard: Guard,
    /// Adapters.
    pub connections: Arc<Connections>,
    /// Health.
    pub health: Health,
    /// Metrics.
    pub metrics: Arc<Metrics>,
    /// The clock.
    pub clock: Clock,
    /// Cancelled when nothing new is to be begun.
    pub stopping: CancellationToken,
}

/// Runs until a signal asks to stop.
pub async fn run(arguments: &Run) -> Result<(), RunError> {
    let config = Arc::new(Config::load(&arguments.config)?);
    let traces = telemetry::start(config.log_format, &config.log_filter, config.traces.as_deref())?;
    let (client, namespace) = cluster::connect(&arguments.cluster).await?;
    let stopping = stop_on_signals()?;
    let identity = identity(&arguments.identity);
    tracing::info!(version = env!("CARGO_PKG_VERSION"), identity, namespace, project = %config.project, dry_run = config.dry_run, "starts");

    let (health, metrics) = (Health::default(), Arc::new(Metrics::new()));
    let store = KubeLeases::new(client.clone(), &namespace);
    let timing = config.lease.timing();
    let (elector, leases) = Elector::new(store, identity.clone(), config.shards, timing, Clock::System);
    // A round is missed when the cluster does not answer; restarting would not help, so only readiness asks.
    let rounds = health.expect_loop("leases", timing.duration, Question::Ready);
    let elector = elector.on_round(move || rounds.beat());
    let guard = Guard::new(client.clone(), shipped(&namespace)?);
    let connections =
        Arc::new(Connections::new(client.clone(), config.lease.call_timeout, leases.clone(), &identity));
    let parts = Parts {
        client,
        namespace,
        identity,
        leases,
        guard,
        connections,
        health,
        metrics,
        clock: Clock::System,
        stopping,
        config,
    };
    let ended = supervise(parts, elector).await;
    // Waits for the collector, on a thread where waiting is allowed.
    let _ = tokio::task::spawn_blocking(move || traces.end()).await;
    ended
}

/// Starts the parts and waits; the first that fails or ends stops the others.
async fn supervise(parts: Parts, elector: Elector<KubeLeases>) -> Result<(), RunError> {
    let (hand_over, close) = (CancellationToken::new(), CancellationToken::new());
    let mut tasks = JoinSet::new();
    tasks.spawn(serve(&parts, close.clone()));
    tasks.spawn(named("watch of admission policies", parts.stopping.clone(), watch_guards(&parts)));
    tasks.spawn(named("watch of leases", parts.stopping.clone(), count_shards(&parts)));
    let leases = tokio::spawn(elector.run(hand_over.clone()));
    let stopping = parts.stopping.clone();
    let mut work = tokio::spawn(reconcile(parts));

    let ended = tokio::select! {
        result = &mut work => Some(match result {
            Ok(true) if stopping.is_cancelled() => Ok(()),
            _ => Err(RunError::Ended("controller")),
        }),
        Some(result) = tasks.join_next() => match result {
            Ok(Ok(())) if stopping.is_cancelled() => None,
            Ok(Err(error)) => Some(Err(error)),
            _ => Some(Err(RunError::Ended("supervisor"))),
        },
        () = stopping.cancelled() => None,
    };
    tracing::info!("stops: ends what is under way");
    stopping.cancel();
    let whole = work.is_finished() || matches!((&mut work).await, Ok(true));
    hand_over.cancel();
    let _ = leases.await;
    close.cancel();
    while tasks.join_next().await.is_some() {}
    tracing::info!("stopped");
    ended.unwrap_or(if whole { Ok(()) } else { Err(RunError::Ended("controller")) })
}

/// The controller's loop; returns when it is told to stop and nothing is under way, and whether every worker did its part.
async fn reconcile(parts: Parts) -> bool {
    let namespaces: Vec<String> = parts.config.namespaces.iter().map(ToString::to_string).collect();
    let (cache, queue) = (Arc::new(Cache::default()), Arc::new(Queue::default()));
    let mut watching = JoinSet::new();
    let watches = cache::spawn(
        &mut watching,
        &parts.client,
        &namespaces,
        &cache,
        &queue,
        (&parts.health, &parts.metrics),
    );
    let state = parts.health.expect_state("caches", "not every kind was listed yet");
    let mut listed = watches.clone();
    watching.spawn(async move {
        listed.synced().await;
        state.set(true);
        // Held for as long as the watches run.
        std::future::pending::<()>().await;
    });
    let context = Arc::new(context(parts, cache));
    controller::run(context, queue, watches).await
}

/// What reconciles share, of the parts.
fn context(parts: Parts, cache: Arc<Cache>) -> Context {
    let rights =
        ClusterRights::new(parts.client.clone(), parts.guard, Arc::clone(&parts.config), parts.clock);
    Context {
        rights: Arc::new(rights),
        bodies: match &parts.config.plan_store {
            PlanStore::ConfigMap => BodyStore::ConfigMaps(parts.client.clone()),
            PlanStore::Directory(folder) => BodyStore::Directory(folder.clone()),
        },
        events: Events::new(parts.client.clone(), parts.identity),
        delivered: Delivered::new(parts.config.metrics.clone()),
        notices: Notices::default(),
        client: parts.client,
        config: parts.config,
        cache,
        connector: parts.connections,
        fence: Arc::new(parts.leases),
        metrics: parts.metrics,
        health: parts.health,
        clock: parts.clock,
        namespace: parts.namespace,
        stopping: parts.stopping,
        looked: Mutex::default(),
        kept: Mutex::default(),
        told: Mutex::default(),
        suspended: Mutex::default(),
        spends: crate::spends::Spends::default(),
        settled: Mutex::default(),
        uninstall: AtomicBool::default(),
    }
}

/// A task that must not end before it is told to.
async fn named(
    name: &'static str,
    stopping: CancellationToken,
    task: impl Future<Output = ()> + Send,
) -> Result<(), RunError> {
    task.await;
    if stopping.is_cancelled() { Ok(()) } else { Err(RunError::Ended(name)) }
}

fn serve(
    parts: &Parts,
    close: CancellationToken,
) -> impl Future<Output = Result<(), RunError>> + Send + use<> {
    let (listen, health, metrics) = (parts.config.listen, parts.health.clone(), Arc::clone(&parts.metrics));
    let debug = parts.config.debug.then(|| debug(parts));
    async move {
        let started = |address| tracing::info!(%address, "serves health and metrics");
        let served = health::serve(listen, health, metrics, debug, close, started).await;
        served.map_err(|source| RunError::Serve { listen, source })
    }
}

/// What `/debug` shows: nothing secret, and nothing of the resources.
fn debug(parts: &Parts) -> health::Debug {
    let (leases, guard, health) = (parts.leases.clone(), parts.guard.clone(), parts.health.clone());
    let (identity, shards) = (parts.identity.clone(), parts.config.shards);
    Arc::new(move || {
        let verdict = guard.verdict();
        serde_json::json!({
            "identity": identity,
            "shards": {"all": shards, "held": leases.held()},
            "guards": {
                "missing": verdict.missing,
                "unsupported": verdict.unsupported,
                "since": verdict.since.map(|since| since.to_string()),
            },
            "health": health.answer(Question::Ready).1.lines().collect::<Vec<_>>(),
        })
    })
}

fn watch_guards(parts: &Parts) -> impl Future<Output = ()> + Send + use<> {
    let (guard, metrics, stop) = (parts.guard.clone(), Arc::clone(&parts.metrics), parts.stopping.clone());
    let task = parts.health.expect_task("watch of admission policies");
    async move {
        guard.run(stop, |verdict| metrics.guards_missing(verdict.missing.len())).await;
        drop(task);
    }
}

fn count_shards(parts: &Parts) -> impl Future<Output = ()> + Send + use<> {
    let (mut leases, metrics) = (parts.leases.clone(), Arc::clone(&parts.metrics));
    let stop = parts.stopping.clone();
    async move {
        loop {
            metrics.shards_held(leases.held().len());
            tokio::select! {
                changed = leases.changed() => if !changed { return },
                () = stop.cancelled() => return,
            }
        }
    }
}

/// A name that no other process has: a container that starts again is another holder of leases.
fn identity(name: &str) -> String {
    let mut bytes = [0; 4];
    rand::rng().fill_bytes(&mut bytes);
    format!("{name}-{}", HEXLOWER.encode(&bytes))
}

/// Cancelled by the first SIGTERM or SIGINT; the second one ends the process.
fn stop_on_signals() -> Result<CancellationToken, RunError> {
    let mut terminate = signal(SignalKind::terminate()).map_err(RunError::Signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(RunError::Signals)?;
    let stop = CancellationToken::new();
    let told = stop.clone();
    tokio::spawn(async move {
        for _ in 0..2 {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if told.is_cancelled() {
                tracing::warn!("asked again: ends at once");
                // What was under way is settled from the journal by whoever comes next.
                tokio::time::sleep(Duration::from_millis(50)).await;
                std::process::exit(1);
            }
            told.cancel();
        }
    });
    Ok(stop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_processes_are_two_holders() {
        assert_ne!(identity("adplane-operator-0"), identity("adplane-operator-0"));
        assert!(identity("adplane-operator-0").starts_with("adplane-operator-0-"));
    }

    #[tokio::test]
    async fn a_part_that_ends_too_early_is_a_failure() {
        let stopping = CancellationToken::new();
        let ended = named("watch", stopping.clone(), std::future::ready(())).await;
        assert!(matches!(ended, Err(RunError::Ended("watch"))));
        stopping.cancel();
        assert!(named("watch", stopping, std::future::ready(())).await.is_ok());
    }
}
