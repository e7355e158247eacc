//! The cluster as last seen: every resource of our kinds, kept small.
//!
//! A watch per kind feeds it (`watch`); a change finds the accounts that it touches. Resources are kept as the text of
//! their document, because thousands of them stay in memory and each is read once per reconcile.

mod plans;
mod pools;
mod resource;
mod watch;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use adplane_core::address::AccountKey;
use adplane_core::ids::{Namespace, ObjectName};
use adplane_manifest::load::DocumentKind;

pub use resource::{Links, Resource, ResourceKey};
pub(crate) use watch::api_resource;
pub use watch::{Watches, spawn};

use crate::names;
use crate::plans::{SeenApproval, SeenPlan};

/// Resources by key.
type Resources = BTreeMap<ResourceKey, Arc<Resource>>;

/// Everything that is watched.
#[derive(Debug, Default)]
pub struct Cache {
    inner: RwLock<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    resources: Resources,
    /// Names of the ad groups whose ads use a creative.
    users: BTreeMap<ResourceKey, BTreeSet<Arc<str>>>,
    plans: BTreeMap<(Arc<str>, Arc<str>), Arc<SeenPlan>>,
    approvals: BTreeMap<(Arc<str>, Arc<str>), Arc<SeenApproval>>,
    /// How often a resource changed, came or went.
    changes: u64,
}

impl Cache {
    fn read(&self) -> RwLockReadGuard<'_, Inner> {
        self.inner.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Inner> {
        self.inner.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a resource up; accounts that it touched before and touches now, when something changed.
    pub fn apply(&self, mut resource: Resource) -> BTreeSet<AccountKey> {
        let mut inner = self.write();
        let former = inner.resources.get(&resource.key).cloned();
        let known = former.as_ref().filter(|former| former.uid == resource.uid);
        resource.deletion_seen = known.and_then(|known| known.deletion_seen).or(resource.deletion_seen);
        let changed = former.as_ref().is_none_or(|former| former.differs(&resource));
        let mut touched = BTreeSet::new();
        if let Some(former) = former.filter(|_| changed) {
            touched.extend(inner.accounts_of(&former));
        }
        let resource = Arc::new(resource);
        inner.insert(Arc::clone(&resource));
        inner.changes += u64::from(changed);
        if changed {
            touched.extend(inner.accounts_of(&resource));
        }
        touched
    }

    /// Forgets a resource; accounts that it touched.
    pub fn delete(&self, key: &ResourceKey) -> BTreeSet<AccountKey> {
        let mut inner = self.write();
        let touched = inner.resources.get(key).cloned().map(|former| inner.accounts_of(&former));
        inner.remove(key);
        inner.changes += 1;
        touched.unwrap_or_default()
    }

    /// Leaves of a kind, in a namespace or in all, only what a whole listing held; accounts that the others touched.
    pub fn retain(
        &self,
        kind: DocumentKind,
        namespace: Option<&str>,
        listed: &BTreeSet<ResourceKey>,
    ) -> BTreeSet<AccountKey> {
        let gone: Vec<ResourceKey> = {
            let inner = self.read();
            let keys = inner.resources.keys().filter(|key| {
                key.kind == kind
                    && namespace.is_none_or(|name| &*key.namespace == name)
                    && !listed.contains(key)
            });
            keys.cloned().collect()
        };
        gone.iter().flat_map(|key| self.delete(key)).collect()
    }

    /// One resource.
    pub fn get(&self, key: &ResourceKey) -> Option<Arc<Resource>> {
        self.read().resources.get(key).cloned()
    }

    /// Resources of a kind in a namespace.
    pub fn in_namespace(&self, kind: DocumentKind, namespace: &str) -> Vec<Arc<Resource>> {
        self.read().of_kind(kind, namespace).cloned().collect()
    }

    /// How often any resource changed, came or went; statuses left out.
    pub fn changes(&self) -> u64 {
        self.read().changes
    }

    /// The account itself and everything that its plan depends on.
    pub fn view(&self, account: &AccountKey) -> Vec<Arc<Resource>> {
        self.read().view(account)
    }

    /// Accounts whose plan a resource is part of; the first of them writes its status.
    pub fn accounts_of(&self, key: &ResourceKey) -> BTreeSet<AccountKey> {
        let inner = self.read();
        inner.resources.get(key).map(|resource| inner.accounts_of(resource)).unwrap_or_default()
    }

    /// Accounts that are there, and those that something refers to.
    pub fn accounts(&self) -> BTreeSet<AccountKey> {
        let inner = self.read();
        inner.resources.values().flat_map(|resource| inner.accounts_of(resource)).collect()
    }

    /// Resources that no account takes up, and that are not on their way out. Rules are of no account, and not of these.
    pub fn unattached(&self) -> Vec<Arc<Resource>> {
        let inner = self.read();
        let of_accounts = |resource: &Resource| resource.key.kind != DocumentKind::AutomationRule;
        let staying = inner.resources.values().filter(|one| one.deleting.is_none() && of_accounts(one));
        staying.filter(|resource| inner.accounts_of(resource).is_empty()).cloned().collect()
    }

    /// How many resources there are.
    pub fn len(&self) -> usize {
        self.read().resources.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The creatives that an ad group's ads use.
fn used(resource: &Resource) -> impl Iterator<Item = ResourceKey> {
    let creatives = resource.links.creatives.iter();
    creatives.map(|name| {
        let namespace = Arc::clone(&resource.key.namespace);
        ResourceKey::new(DocumentKind::Creative, namespace, Arc::clone(name))
    })
}

/// The key of an account by names; `None` for names that no account can have.
pub fn account_key(namespace: &str, name: &str) -> Option<AccountKey> {
    Some(AccountKey { namespace: Namespace::new(namespace).ok()?, name: ObjectName::new(name).ok()? })
}

impl Inner {
    fn insert(&mut self, resource: Arc<Resource>) {
        self.remove(&resource.key);
        for creative in used(&resource) {
            self.users.entry(creative).or_default().insert(Arc::clone(&resource.key.name));
        }
        self.resources.insert(resource.key.clone(), resource);
    }

    fn remove(&mut self, key: &ResourceKey) {
        let Some(former) = self.resources.remove(key) else { return };
        for creative in used(&former) {
            let emptied = self.users.get_mut(&creative).is_some_and(|users| {
                users.remove(&former.key.name);
                users.is_empty()
            });
            if emptied {
                self.users.remove(&creative);
            }
        }
    }

    fn of_kind(&self, kind: DocumentKind, namespace: &str) -> impl Iterator<Item = &Arc<Resource>> {
        let namespace: Arc<str> = namespace.into();
        let from = ResourceKey::new(kind, Arc::clone(&namespace), "");
        self.resources
            .range(from..)
            .take_while(move |(key, _)| key.kind == kind && key.namespace == namespace)
            .map(|(_, resource)| resource)
    }

    /// Accounts whose plan a resource is part of.
    fn accounts_of(&self, resource: &Resource) -> BTreeSet<AccountKey> {
        let namespace = &*resource.key.namespace;
        let key = |name: &str| account_key(namespace, name);
        let of_campaign = |name: &Arc<str>| {
            let campaign = ResourceKey::new(DocumentKind::Campaign, namespace, Arc::clone(name));
            self.resources.get(&campaign).and_then(|campaign| key(campaign.links.account.as_deref()?))
        };
        match resource.key.kind {
            DocumentKind::AdAccount => key(&resource.key.name).into_iter().collect(),
            DocumentKind::Budget if resource.links.is_pool() => self.pooled(resource),
            DocumentKind::Campaign | DocumentKind::Budget => {
                resource.links.account.as_deref().and_then(key).into_iter().collect()
            }
            DocumentKind::AdGroup => {
                let by_campaign = resource.links.campaign.as_ref().and_then(of_campaign);
                by_campaign
                    .or_else(|| resource.annotation(names::ACCOUNT).and_then(key))
                    .into_iter()
                    .collect()
            }
            DocumentKind::Creative => self
                .users
                .get(&resource.key)
                .into_iter()
                .flatten()
                .filter_map(|group| {
                    let group = ResourceKey::new(DocumentKind::AdGroup, namespace, Arc::clone(group));
                    of_campaign(self.resources.get(&group)?.links.campaign.as_ref()?)
                })
                .collect(),
            DocumentKind::AutomationRule => self.ruled(resource),
            DocumentKind::Override => {
                self.overridden(resource).map(|held| self.accounts_of(held)).unwrap_or_default()
            }
            // Who is told what never changes a plan.
            DocumentKind::NotificationPolicy => BTreeSet::new(),
            DocumentKind::FreezeWindow | DocumentKind::Policy => self
                .of_kind(DocumentKind::AdAccount, namespace)
                .filter_map(|account| key(&account.key.name))
                .collect(),
        }
    }

    /// The accounts that a rule looks at, and those where it has something in force.
    fn ruled(&self, rule: &Resource) -> BTreeSet<AccountKey> {
        let namespace = &*rule.key.namespace;
        let held = self
            .of_kind(DocumentKind::Override, namespace)
            .filter(|one| one.links.rule.as_ref() == Some(&rule.key.name))
            .flat_map(|one| self.accounts_of(one));
        let named: Vec<Arc<str>> = match &rule.links.within {
            Some(names) => names.clone(),
            None => self
                .of_kind(DocumentKind::AdAccount, namespace)
                .map(|account| Arc::clone(&account.key.name))
                .collect(),
        };
        held.chain(named.iter().filter_map(|name| account_key(namespace, name))).collect()
    }

    /// What an override is about.
    fn overridden(&self, resource: &Resource) -> Option<&Arc<Resource>> {
        let (kind, name) = resource.links.overridden.clone()?;
        self.resources.get(&ResourceKey::new(kind, Arc::clone(&resource.key.namespace), name))
    }

    /// Overrides of what is on an account, the rules that wrote them, and those that look at it.
    fn overrides(&self, account: &AccountKey) -> Vec<Arc<Resource>> {
        let namespace = account.namespace.as_str();
        let theirs = self.of_kind(DocumentKind::Override, namespace);
        let mut found: Vec<Arc<Resource>> =
            theirs.filter(|one| self.accounts_of(one).contains(account)).cloned().collect();
        let mut rules: BTreeSet<&Arc<str>> = found.iter().filter_map(|one| one.links.rule.as_ref()).collect();
        let looking = self.of_kind(DocumentKind::AutomationRule, namespace);
        rules.extend(
            looking.filter(|rule| rule.links.reach(account.name.as_str())).map(|rule| &rule.key.name),
        );
        let rules: Vec<Arc<Resource>> = rules
            .into_iter()
            .filter_map(|name| {
                let key = ResourceKey::new(DocumentKind::AutomationRule, namespace, Arc::clone(name));
                self.resources.get(&key).cloned()
            })
            .collect();
        found.extend(rules);
        found
    }

    fn view(&self, account: &AccountKey) -> Vec<Arc<Resource>> {
        let namespace = account.namespace.as_str();
        let name = account.name.as_str();
        let on_account = |resource: &&Arc<Resource>| resource.links.account.as_deref() == Some(name);
        let mut found: Vec<Arc<Resource>> = Vec::new();
        let own = ResourceKey::new(DocumentKind::AdAccount, namespace, name);
        found.extend(self.resources.get(&own).cloned());
        found.extend(self.of_kind(DocumentKind::Budget, namespace).filter(on_account).cloned());
        let campaigns: BTreeSet<&Arc<str>> = self
            .of_kind(DocumentKind::Campaign, namespace)
            .filter(on_account)
            .map(|campaign| &campaign.key.name)
            .collect();
        found.extend(self.of_kind(DocumentKind::Campaign, namespace).filter(on_account).cloned());
        let mut creatives: BTreeSet<&Arc<str>> = BTreeSet::new();
        for group in self.of_kind(DocumentKind::AdGroup, namespace) {
            // One whose campaign is gone is known by what came with its finalizer.
            let orphan = || {
                let campaign = group.links.campaign.clone().unwrap_or_default();
                let there = ResourceKey::new(DocumentKind::Campaign, namespace, campaign);
                group.annotation(names::ACCOUNT) == Some(name) && !self.resources.contains_key(&there)
            };
            if group.links.campaign.as_ref().is_some_and(|campaign| campaigns.contains(campaign)) || orphan()
            {
                creatives.extend(&group.links.creatives);
                found.push(Arc::clone(group));
            }
        }
        let creatives = creatives.into_iter().filter_map(|name| {
            self.resources.get(&ResourceKey::new(DocumentKind::Creative, namespace, Arc::clone(name)))
        });
        found.extend(creatives.cloned());
        for kind in [DocumentKind::FreezeWindow, DocumentKind::Policy] {
            found.extend(self.of_kind(kind, namespace).cloned());
        }
        found.extend(self.pools_on(account));
        found.extend(self.overrides(account));
        found
    }
}

#[cfg(test)]
mod tests;
