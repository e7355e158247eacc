//! Everything that a decision rests on, read once: resources from the cache, teardown signs and the platform live.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use adplane_core::address::{AccountKey, Address};
use adplane_core::desired::Management;
use adplane_core::ids::{self, ExternalId, ProjectName};
use adplane_core::marker::Owner;
use adplane_core::observed::Observed;
use adplane_core::overlay::settle;
use adplane_engine::execute::wait_for_unfinished;
use adplane_engine::observe;
use adplane_engine::port::{Adapter, ObserveRequest};
use adplane_engine::state::{Applied, StateDir};
use adplane_manifest::load::DocumentKind;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Namespace;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::Api;

use super::lower::{Owners, Wanted, leave_astray, lower};
use super::{ReconcileError, spend};
use crate::cache::{Resource, ResourceKey};
use crate::config::Config;
use crate::context::{Context, NotConnected};
use crate::deletion::{self, Facts, Presence, Release};
use crate::delivered::Known;
use crate::names;
use crate::plans::{SeenPlan, Verified, verify};
use crate::spends::Began;

/// What a decision rests on.
pub struct World {
    /// The account.
    pub key: AccountKey,
    /// The account by whose lease overrides are written: this one, or the one that a pool is paced by.
    pub holder: AccountKey,
    /// Now.
    pub now: Timestamp,
    /// Its resource and everything that its plan depends on.
    pub resources: Vec<Arc<Resource>>,
    /// Those whose status this account writes: what several accounts share, one of them reports on.
    pub reports: BTreeSet<ResourceKey>,
    /// What they want.
    pub wanted: Wanted,
    /// What is live.
    pub observed: Observed,
    /// The account's adapter.
    pub adapter: Option<Arc<dyn Adapter>>,
    /// Why the account cannot be reached.
    pub unconnected: Option<NotConnected>,
    /// What removed resources come to.
    pub releases: BTreeMap<ResourceKey, Release>,
    /// Whether so much is removed at once that somebody must allow it.
    pub mass: bool,
    /// Plans of the account.
    pub plans: Vec<Arc<SeenPlan>>,
    /// Their approvals.
    pub approvals: Vec<Verified>,
    /// What guards approvals and is missing.
    pub guards_missing: Vec<String>,
    /// Whether the cluster writes down who changed what.
    pub authors_stamped: bool,
    /// Whether it is the first look since the start.
    pub first_look: bool,
    /// Where local state lies.
    pub state: StateDir,
    /// What both sides last agreed on.
    pub applied: Applied,
    /// Ids remembered from earlier applies.
    pub bindings: BTreeMap<Address, ExternalId>,
    /// What re-reading must look up.
    pub requests: BTreeMap<AccountKey, ObserveRequest>,
    /// What was delivered, as far as it was read.
    pub delivered: Known,
    /// What is known of the other accounts that use a creative, of those that several use and this one reports on.
    pub elsewhere: BTreeMap<ResourceKey, Vec<Known>>,
    /// How often the figures in statuses may change within a day.
    pub figures_every: Duration,
    /// When it was begun, for what the account can spend.
    pub began: Began,
}

impl World {
    /// The account's resource.
    pub fn account(&self) -> Option<&Arc<Resource>> {
        self.resources.iter().find(|resource| resource.key.kind == DocumentKind::AdAccount)
    }

    /// Whether nothing is written to the account for now, by annotation.
    pub fn suspended(&self) -> bool {
        self.account().is_some_and(|account| is_true(account.annotation(names::SUSPEND)))
    }
}

fn is_true(annotation: Option<&str>) -> bool {
    annotation == Some("true")
}

/// Reads all of it; `first_look` tells whether it is the first since the start.
///
/// # Errors
/// When the API server cannot be asked; a platform that cannot is in the result.
pub async fn gather(context: &Context, key: &AccountKey, first_look: bool) -> Result<World, ReconcileError> {
    let now = context.clock.now();
    let began = spend::begin(context, key);
    let resources = context.cache.view(key);
    let releases = releases(context, key, &resources).await?;
    let carried: BTreeSet<ResourceKey> = releases
        .iter()
        .filter(|(_, release)| **release == Release::CarryOut)
        .map(|(resource, _)| resource.clone())
        .collect();
    let wanted = wanted(context, key, &resources, &carried);
    let state = context.state(key);
    let (adapter, unconnected) = connected(context, &wanted).await;
    let (requests, observed) = observed(context, key, &wanted, adapter.as_ref(), unconnected.as_ref()).await;
    let plans = context.cache.plans(key);
    let finalized = resources.iter().filter(|resource| resource.finalized).count();
    let (reports, elsewhere) = reports(context, key, &resources);
    Ok(World {
        approvals: approvals(context, &plans).await,
        mass: deletion::is_mass(carried.len(), finalized),
        guards_missing: context.rights.guards_missing(),
        authors_stamped: context.rights.authors_stamped(),
        first_look,
        applied: state.applied(),
        bindings: state.bindings().ids(),
        state,
        reports,
        elsewhere,
        holder: key.clone(),
        key: key.clone(),
        began,
        now,
        resources,
        wanted,
        observed,
        adapter,
        unconnected,
        releases,
        plans,
        requests,
        delivered: context.delivered.of(key),
        figures_every: context.delivered.settings().map(|settings| settings.status_every).unwrap_or_default(),
    })
}

/// What an account's resources want now, with those of others that its pools need. `carried`: removals that are carried out.
pub(crate) fn wanted(
    context: &Context,
    key: &AccountKey,
    resources: &[Arc<Resource>],
    carried: &BTreeSet<ResourceKey>,
) -> Wanted {
    let previous = previous_owners(&context.config);
    let owners = Owners { project: &context.config.project, previous: &previous };
    let mut wanted = lower(key, resources, &context.cache.beside(key), carried, owners);
    leave_astray(&mut wanted, resources, |name| {
        let namespace = key.namespace.as_str();
        context.cache.get(&ResourceKey::new(DocumentKind::AdAccount, namespace, name)).is_some()
    });
    for desired in [&mut wanted.desired].into_iter().chain(&mut wanted.with_leaving) {
        context.config.spend_guard.hold(desired);
        settle(desired, context.clock.now());
    }
    wanted
}

/// Owners whose markers count as ours besides our own.
fn previous_owners(config: &Config) -> Vec<Owner> {
    let owners = config.previous_owners.iter();
    owners
        .filter_map(|owner| {
            let project = ProjectName::new(&owner.project.0).ok()?;
            Some(match &owner.namespace {
                Some(namespace) => Owner::of_cluster(&project, &ids::Namespace::new(&namespace.0).ok()?),
                None => Owner::of_project(&project),
            })
        })
        .collect()
}

/// What is live, and what was asked for it.
async fn observed(
    context: &Context,
    key: &AccountKey,
    wanted: &Wanted,
    adapter: Option<&Arc<dyn Adapter>>,
    unconnected: Option<&NotConnected>,
) -> (BTreeMap<AccountKey, ObserveRequest>, Observed) {
    let requests: BTreeMap<AccountKey, ObserveRequest> = wanted
        .account()
        .map(|account| (account.key.clone(), observe::request_for(account)))
        .into_iter()
        .collect();
    let mut observed = Observed::default();
    if let Some(adapter) = adapter {
        wait_for_unfinished(&context.state(key).journal(), context.clock).await;
        let adapters = BTreeMap::from([(key.clone(), Arc::clone(adapter))]);
        observed = observe::observe(&adapters, &requests).await;
    } else if let Some(problem) = unconnected {
        observed.accounts.insert(key.clone(), observe::unreadable(key, &problem.because, &problem.hint));
    }
    (requests, observed)
}

/// The adapter of an account, or why there is none.
async fn connected(context: &Context, wanted: &Wanted) -> (Option<Arc<dyn Adapter>>, Option<NotConnected>) {
    let Some(account) = wanted.account() else { return (None, None) };
    match context.connector.connect(account).await {
        Ok(adapter) => (Some(adapter), None),
        Err(problem) => (None, Some(problem)),
    }
}

/// The resources whose status an account writes, and what is known of the other accounts that use a creative among them.
fn reports(
    context: &Context,
    key: &AccountKey,
    resources: &[Arc<Resource>],
) -> (BTreeSet<ResourceKey>, BTreeMap<ResourceKey, Vec<Known>>) {
    let (mut reports, mut elsewhere) = (BTreeSet::new(), BTreeMap::new());
    // Who paces a pool tells of it.
    for resource in resources.iter().filter(|resource| !resource.links.is_pool()) {
        let accounts = context.cache.accounts_of(&resource.key);
        if accounts.first() != Some(key) {
            continue;
        }
        reports.insert(resource.key.clone());
        if resource.key.kind == DocumentKind::Creative && accounts.len() > 1 {
            let others = accounts.iter().skip(1).map(|other| context.delivered.of(other));
            elsewhere.insert(resource.key.clone(), others.collect());
        }
    }
    (reports, elsewhere)
}

/// Approvals of the plans that still wait for them.
async fn approvals(context: &Context, plans: &[Arc<SeenPlan>]) -> Vec<Verified> {
    let mut verified = Vec::new();
    for plan in plans {
        for approval in context.cache.approvals(&plan.namespace, &plan.name) {
            verified.push(verify(&approval, plan, &*context.rights).await);
        }
    }
    verified
}

/// What each removed resource comes to. Teardown signs are read live, after the removal was seen.
async fn releases(
    context: &Context,
    key: &AccountKey,
    resources: &[Arc<Resource>],
) -> Result<BTreeMap<ResourceKey, Release>, ReconcileError> {
    let leaving: Vec<&Arc<Resource>> =
        resources.iter().filter(|resource| resource.deleting.is_some() && resource.finalized).collect();
    if leaving.is_empty() {
        return Ok(BTreeMap::new());
    }
    let definitions = definitions(context).await?;
    let namespace = namespace(context, key).await?;
    let announced = context.uninstalling().await;
    let uninstall = announced.map_err(ReconcileError::api("looking for an uninstall under way"))?;
    let own = resources.iter().find(|resource| resource.key.kind == DocumentKind::AdAccount);
    let account = match own {
        None => Presence::Leaves("it is not there".to_owned()),
        Some(own) if own.deleting.is_some() => Presence::Leaves("it is being removed".to_owned()),
        Some(_) => Presence::Stays,
    };
    let management =
        match own.map(|own| own.document()).as_ref().and_then(|own| own.pointer("/spec/management")) {
            Some(word) if word == "Observe" => Management::Observe,
            _ => Management::Manage,
        };
    let suspended = own.is_some_and(|own| is_true(own.annotation(names::SUSPEND)));
    let decided = leaving.into_iter().filter_map(|resource| {
        let facts = Facts {
            definitions: definitions.clone(),
            namespace: namespace.clone(),
            uninstall,
            account: account.clone(),
            management,
            suspended,
            abandoned: is_true(resource.annotation(names::ABANDON)),
            rested: resource.deletion_seen?.elapsed(),
            settle: context.config.settle,
        };
        Some((resource.key.clone(), deletion::decide(&facts)))
    });
    Ok(decided.collect())
}

/// Whether the namespace or our definitions are going, as the API server says now: what vanishes then was nobody's wish.
pub(super) async fn is_torn_down(context: &Context, key: &AccountKey) -> Result<bool, ReconcileError> {
    let signs = [definitions(context).await?, namespace(context, key).await?];
    Ok(signs.iter().any(|sign| matches!(sign, Presence::Leaves(_))))
}

/// Whether every definition of our kinds is there to stay.
async fn definitions(context: &Context) -> Result<Presence, ReconcileError> {
    let api: Api<CustomResourceDefinition> = Api::all(context.client.clone());
    for kind in DocumentKind::ALL {
        let resource = crate::cache::api_resource(kind.word());
        let name = format!("{}.{}", resource.plural, resource.group);
        let found = api.get_metadata_opt(&name).await.map_err(ReconcileError::api("reading a definition"))?;
        match found {
            None => return Ok(Presence::Leaves(format!("`{name}` is gone"))),
            Some(found) if found.metadata.deletion_timestamp.is_some() => {
                return Ok(Presence::Leaves(format!("`{name}` is being removed")));
            }
            Some(_) => {}
        }
    }
    Ok(Presence::Stays)
}

async fn namespace(context: &Context, key: &AccountKey) -> Result<Presence, ReconcileError> {
    let api: Api<Namespace> = Api::all(context.client.clone());
    let found = api
        .get_metadata_opt(key.namespace.as_str())
        .await
        .map_err(ReconcileError::api("reading the namespace"))?;
    Ok(match found {
        None => Presence::Leaves("it is gone".to_owned()),
        Some(found) if found.metadata.deletion_timestamp.is_some() => {
            Presence::Leaves("it is being removed".to_owned())
        }
        Some(_) => Presence::Stays,
    })
}
