//! What a pool is worked out on: what git wants of every account of its campaigns, what is live there, what it delivered.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use adplane_core::address::{AccountKey, Address, Kind, Platform};
use adplane_core::desired::{Desired, DesiredAccount};
use adplane_core::field::FieldOwner;
use adplane_core::ids::ExternalId;
use adplane_core::metrics::{Granularity, Slot};
use adplane_core::observed::Observed;
use adplane_core::overlay::DAILY_BUDGET;
use adplane_core::pool::Pool;
use adplane_core::rules::OtherAccount;
use adplane_engine::metrics::store::{MetricStore, StoreAccount};
use adplane_engine::state::Drawn;
use adplane_manifest::load::DocumentKind;
use jiff::{SignedDuration, Timestamp};

use super::Trouble;
use crate::account::Wanted;
use crate::account::gather::{World, gather, wanted};
use crate::account::spend;
use crate::account::status::told;
use crate::cache::{Resource, ResourceKey, account_key};
use crate::context::Context;

/// How long after midnight, or after the operator began, the numbers of an account are waited for; then the day goes on
/// without them, and what nobody knows raises nothing.
const PATIENCE: SignedDuration = SignedDuration::from_hours(1);

/// What git wants of the accounts of a pool: asked before any of them is read.
pub(super) struct Written {
    accounts: BTreeMap<AccountKey, Wanted>,
}

impl Written {
    /// What the accounts of these campaigns want, and those where somebody drew on the pool before: what they spent, and
    /// may still spend, is asked there.
    pub(super) fn of(context: &Context, campaigns: &[Arc<Resource>], drawn: &[Drawn]) -> Self {
        let named =
            campaigns.iter().filter_map(|one| Some((&one.key.namespace, one.links.account.as_deref()?)));
        let is_there = |key: &AccountKey| {
            let key = ResourceKey::new(DocumentKind::AdAccount, key.namespace.as_str(), key.name.as_str());
            context.cache.get(&key).is_some()
        };
        let before = drawn.iter().map(|one| one.object.account_key()).filter(is_there);
        let keys: BTreeSet<AccountKey> =
            named.filter_map(|(namespace, name)| account_key(namespace, name)).chain(before).collect();
        let accounts = keys.into_iter().map(|key| {
            let wanted = wanted(context, &key, &context.cache.view(&key), &BTreeSet::new());
            (key, wanted)
        });
        Self { accounts: accounts.collect() }
    }

    /// The pool as the accounts see it.
    pub(super) fn pool(&self, resource: &Resource) -> Option<&Pool> {
        let mut pools = self.accounts.values().flat_map(|wanted| &wanted.pools);
        pools.find(|pool| *pool.name.as_str() == *resource.key.name)
    }

    /// What is wrong with a pool as it is written.
    pub(super) fn broken(&self, context: &Context, resource: &Resource) -> Option<String> {
        let (namespace, name) = (Arc::clone(&resource.key.namespace), Arc::clone(&resource.key.name));
        if context.cache.get(&ResourceKey::new(DocumentKind::AutomationRule, namespace, name)).is_some() {
            return Some(
                "an AutomationRule has the same name, and an Override names its author: rename one"
                    .to_owned(),
            );
        }
        let mut broken = self.accounts.values().filter_map(|wanted| wanted.broken.get(&resource.key));
        Some(told(broken.next()?.first()?))
    }

    /// A campaign that draws on a pool and whose amount cannot be told: as long as there is one nothing is raised, since what
    /// it spends would go to the others.
    pub(super) fn unclear(&self, resource: &Resource, campaigns: &[Arc<Resource>]) -> Option<String> {
        let unclear = |one: &&Arc<Resource>| !self.is_lent(resource, one);
        if let Some(one) = campaigns.iter().filter(|one| one.deleting.is_none()).find(unclear) {
            return Some(format!(
                "campaign `{}` draws on it and is wrong, or its account is: see there",
                one.key.name
            ));
        }
        let leaving = campaigns.iter().find(|one| one.deleting.is_some() && one.finalized)?;
        Some(format!("campaign `{}` is being removed, and may spend until it is", leaving.key.name))
    }

    /// Whether a campaign's budget is the pool's to move.
    fn is_lent(&self, resource: &Resource, campaign: &Resource) -> bool {
        let account = campaign.links.account.as_deref();
        let Some(key) = account.and_then(|name| account_key(&campaign.key.namespace, name)) else {
            return false;
        };
        let Some(wanted) = self.accounts.get(&key) else { return false };
        let objects = wanted.account().into_iter().flat_map(|account| account.objects.values());
        let mut objects = objects.filter(|object| object.address.kind == Kind::Campaign);
        let Some(object) = objects.find(|object| *object.address.name.as_str() == *campaign.key.name) else {
            return false;
        };
        let owner = object.field(DAILY_BUDGET).map(|field| &field.owner);
        let Some(FieldOwner::Managed(managed)) = owner else { return false };
        let pool = managed.pool.as_ref().map(|pool| pool.name.as_str());
        pool == Some(&*resource.key.name) && !wanted.blocked.contains_key(&object.address)
    }
}

/// The accounts of a pool as they are now, and what is the same of all of them.
pub(super) struct Ground {
    /// Each account as a look at it would see it.
    pub(super) worlds: BTreeMap<AccountKey, World>,
    /// What is wanted of all of them.
    pub(super) desired: Desired,
    /// What is live on all of them.
    pub(super) observed: Observed,
    /// Ids remembered from earlier applies.
    pub(super) remembered: BTreeMap<Address, ExternalId>,
    /// Where their numbers are.
    pub(super) numbers: BTreeMap<AccountKey, Arc<dyn MetricStore>>,
    /// When they were read.
    pub(super) now: Timestamp,
}

impl Ground {
    /// Reads the accounts; `holder` is the one by whose lease the pool is paced.
    pub(super) async fn gather(
        context: &Context,
        numbers: BTreeMap<AccountKey, Arc<dyn MetricStore>>,
        holder: &AccountKey,
    ) -> Result<Self, Trouble> {
        let mut ground = Self {
            worlds: BTreeMap::new(),
            desired: Desired::default(),
            observed: Observed::default(),
            remembered: BTreeMap::new(),
            now: context.clock.now(),
            numbers,
        };
        let keys: Vec<AccountKey> = ground.numbers.keys().cloned().collect();
        for key in keys {
            let world = World { holder: holder.clone(), ..gather(context, &key, false).await? };
            ground.join(&world);
            ground.worlds.insert(key, world);
        }
        ground.now = context.clock.now();
        Ok(ground)
    }

    /// What the accounts of the namespace can spend on which the pool has no campaign.
    pub(super) fn others(&self, context: &Context, pool: &Pool) -> BTreeMap<AccountKey, OtherAccount> {
        let platform = pool.members.first().map_or(Platform::Google, |member| member.platform);
        let alike = (platform, pool.amount.currency());
        let is_own = |key: &AccountKey| self.worlds.contains_key(key);
        spend::others(context, pool.namespace.as_str(), alike, is_own)
    }

    fn join(&mut self, world: &World) {
        let theirs = &world.wanted.desired;
        if self.worlds.is_empty() {
            self.desired = theirs.clone();
        } else {
            self.desired.accounts.extend(theirs.accounts.clone());
            let known = &mut self.desired.overlays;
            let new = theirs.overlays.given.iter().filter(|given| !known.given.contains(given));
            let new: Vec<_> = new.cloned().collect();
            known.given.extend(new);
            known.settled.extend(theirs.overlays.settled.clone());
            self.desired.spend_guard.accounts.extend(theirs.spend_guard.accounts.clone());
        }
        self.observed.accounts.extend(world.observed.accounts.clone());
        self.remembered.extend(world.bindings.clone());
    }
}

/// The stores of the accounts; an account whose numbers are still to be read, in place of them, where they are waited for.
/// The operator began at `began`.
pub(super) async fn numbers(
    context: &Context,
    written: &Written,
    began: Timestamp,
) -> Result<Result<BTreeMap<AccountKey, Arc<dyn MetricStore>>, String>, Trouble> {
    let (mut stores, now) = (BTreeMap::new(), context.clock.now());
    for (key, wanted) in &written.accounts {
        let store = context.delivered.store(&context.state(key)).await?;
        if let Some(account) = wanted.account() {
            let midnight = midnight(account, now);
            let readings =
                store.readings(&StoreAccount::from(account), Kind::Campaign, Granularity::Day).await?;
            let newest = readings.iter().map(|reading| reading.as_of).max();
            let is_read = newest.is_some_and(|newest| newest >= midnight);
            if !is_read && now.duration_since(midnight.max(began)) < PATIENCE {
                return Ok(Err(format!("what `{}` delivered was not read yet today", key.name)));
            }
        }
        stores.insert(key.clone(), store);
    }
    Ok(Ok(stores))
}

fn midnight(account: &DesiredAccount, now: Timestamp) -> Timestamp {
    Slot::day(now.to_zoned(account.zone.rules()).date()).begins(&account.zone)
}
