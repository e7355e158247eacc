//! What every reconcile shares.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use adplane_core::address::AccountKey;
use adplane_core::desired::DesiredAccount;
use adplane_core::plan::document::DocumentDrift;
use adplane_engine::clock::Clock;
use adplane_engine::port::Adapter;
use adplane_engine::state::StateDir;
use async_trait::async_trait;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::{Api, Client};

use crate::cache::{Cache, ResourceKey};
use crate::config::Config;
use crate::connect::Connections;
use crate::delivered::Delivered;
use crate::events::Events;
use crate::health::Health;
use crate::lease::Token;
use crate::metrics::Metrics;
use crate::names;
use crate::notices::Notices;
use crate::plans::{BodyStore, Rights};
use crate::spends::Spends;

/// Whether this replica may write to an account now, and for how much longer.
pub trait Fencing: Send + Sync {
    /// Begins a look at an account that this replica looks after: it publishes plans and statuses. The shard is not
    /// handed over before what is returned is dropped.
    fn begin(&self, account: &AccountKey) -> Option<Box<dyn Any + Send>>;

    /// Whether it holds the account's shard, with time enough for one more batch.
    fn holds(&self, account: &AccountKey) -> bool;

    /// By which time of holding it this replica looks after an account.
    fn token(&self, account: &AccountKey) -> Option<Token>;
}

impl Fencing for crate::lease::Leases {
    fn begin(&self, account: &AccountKey) -> Option<Box<dyn Any + Send>> {
        Some(Box::new(self.fence(account)?.begin()?))
    }

    fn holds(&self, account: &AccountKey) -> bool {
        self.fence(account).is_some_and(|fence| fence.holds())
    }

    fn token(&self, account: &AccountKey) -> Option<Token> {
        self.fence(account).map(|fence| fence.token().clone())
    }
}

/// Finds the adapter of an account.
#[async_trait]
pub trait Connector: Send + Sync {
    /// The adapter of an account; why there is none, and what to do, otherwise.
    async fn connect(&self, account: &DesiredAccount) -> Result<Arc<dyn Adapter>, NotConnected>;
}

#[async_trait]
impl Connector for Connections {
    async fn connect(&self, account: &DesiredAccount) -> Result<Arc<dyn Adapter>, NotConnected> {
        self.adapter(account).await.map_err(|error| NotConnected {
            because: error.to_string(),
            hint: "see `credentials` of the AdAccount and its Secret".to_owned(),
        })
    }
}

/// Why an account cannot be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotConnected {
    /// Why, as a sentence fragment.
    pub because: String,
    /// What to do.
    pub hint: String,
}

/// What every reconcile shares.
pub struct Context {
    /// The API server.
    pub client: Client,
    /// The configuration.
    pub config: Arc<Config>,
    /// The cluster as last seen.
    pub cache: Arc<Cache>,
    /// Adapters.
    pub connector: Arc<dyn Connector>,
    /// Rights and guards.
    pub rights: Arc<dyn Rights>,
    /// Whether this replica may write.
    pub fence: Arc<dyn Fencing>,
    /// Where plan bodies lie.
    pub bodies: BodyStore,
    /// What people read in `kubectl describe`.
    pub events: Events,
    /// What is measured.
    pub metrics: Arc<Metrics>,
    /// What was delivered.
    pub delivered: Delivered,
    /// Who is told what happens.
    pub notices: Notices,
    /// Whether the operator does its work.
    pub health: Health,
    /// The clock.
    pub clock: Clock,
    /// The operator's own namespace.
    pub namespace: String,
    /// Whether the operator is stopping: nothing new is begun.
    pub stopping: tokio_util::sync::CancellationToken,
    /// Accounts that were looked at since the start: the first look never writes.
    pub looked: Mutex<BTreeSet<AccountKey>>,
    /// Plans whose body was kept since the start, by uid.
    pub kept: Mutex<BTreeSet<String>>,
    /// Drift that was told of, by account, so that vendors are asked for names only when something is new.
    pub told: Mutex<BTreeMap<AccountKey, Vec<DocumentDrift>>>,
    /// Whether people were told since the start that an account is suspended, or is no more.
    pub suspended: Mutex<BTreeMap<AccountKey, bool>>,
    /// What accounts can spend, and whose turn it is to decide raises where the spend guard has amounts.
    pub spends: Spends,
    /// Which version of a resource that several accounts use is live, and on which of them.
    pub settled: Mutex<BTreeMap<ResourceKey, (String, BTreeSet<AccountKey>)>>,
    /// Whether an uninstall was announced since the start: it is never taken back, though its sign goes with the
    /// Deployment, a little before the last pod ends.
    pub uninstall: AtomicBool,
}

impl Context {
    /// Whether the operator is being uninstalled: nothing is taken hold of any more, and nothing written.
    pub async fn uninstalling(&self) -> Result<bool, kube::Error> {
        if self.uninstall.load(Ordering::SeqCst) {
            return Ok(true);
        }
        let signs: Api<ConfigMap> = Api::namespaced(self.client.clone(), &self.namespace);
        let announced = signs.get_metadata_opt(names::UNINSTALL).await?.is_some();
        if announced && !self.uninstall.swap(true, Ordering::SeqCst) {
            tracing::warn!("the operator is being uninstalled: every resource is left as it is");
        }
        Ok(announced)
    }

    /// Local state of an account: lock, journal, bindings, log.
    pub fn state(&self, account: &AccountKey) -> StateDir {
        StateDir::of_project(&self.state_folder(account))
    }

    /// The folder of an account's state.
    pub fn state_folder(&self, account: &AccountKey) -> PathBuf {
        self.config.state_directory.join(account.namespace.as_str()).join(account.name.as_str())
    }

    /// Whether an account was looked at before; it counts as looked at from now on.
    pub fn first_look(&self, account: &AccountKey) -> bool {
        self.looked.lock().unwrap_or_else(PoisonError::into_inner).insert(account.clone())
    }
}
