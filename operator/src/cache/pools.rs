//! Budget pools: who draws on one, and what a look at one account needs of others for that.

use std::collections::BTreeSet;
use std::sync::Arc;

use adplane_core::address::AccountKey;
use adplane_manifest::load::DocumentKind;

use super::{Cache, Inner, Resource, ResourceKey, account_key};

impl Inner {
    /// The campaigns that draw on a pool.
    fn drawing<'i>(&'i self, pool: &'i Resource) -> impl Iterator<Item = &'i Arc<Resource>> {
        self.of_kind(DocumentKind::Campaign, &pool.key.namespace).filter(|campaign| campaign.draws_on(pool))
    }

    /// The accounts of a pool's campaigns, and those where it has something in force.
    pub(super) fn pooled(&self, pool: &Resource) -> BTreeSet<AccountKey> {
        let namespace = &*pool.key.namespace;
        let drawing = self.drawing(pool).filter_map(|one| one.links.account.as_deref());
        let held = self
            .of_kind(DocumentKind::Override, namespace)
            .filter(|one| one.links.rule.as_ref() == Some(&pool.key.name))
            .flat_map(|one| self.accounts_of(one));
        drawing.filter_map(|name| account_key(namespace, name)).chain(held).collect()
    }

    /// The pools that campaigns of an account draw on, or that have something in force there.
    pub(super) fn pools_on(&self, account: &AccountKey) -> Vec<Arc<Resource>> {
        let budgets = self.of_kind(DocumentKind::Budget, account.namespace.as_str());
        let pools = budgets.filter(|budget| budget.links.is_pool());
        pools.filter(|pool| self.pooled(pool).contains(account)).cloned().collect()
    }
}

impl Cache {
    /// What a look at an account must know of others: the campaigns that draw on the same pools, and their accounts. An even
    /// part of a pool, and what its campaigns spend at least, follow from all of them.
    pub fn beside(&self, account: &AccountKey) -> Vec<Arc<Resource>> {
        let inner = self.read();
        let pools = inner.pools_on(account);
        let elsewhere = |one: &&Arc<Resource>| {
            one.deleting.is_none() && one.links.account.as_deref() != Some(account.name.as_str())
        };
        let mut found: Vec<Arc<Resource>> = Vec::new();
        for campaign in pools.iter().flat_map(|pool| inner.drawing(pool)).filter(elsewhere) {
            if !found.iter().any(|known| known.key == campaign.key) {
                found.push(Arc::clone(campaign));
            }
        }
        let accounts: BTreeSet<Arc<str>> =
            found.iter().filter_map(|campaign| campaign.links.account.clone()).collect();
        let accounts = accounts.into_iter().filter_map(|name| {
            let key = ResourceKey::new(DocumentKind::AdAccount, account.namespace.as_str(), name);
            inner.resources.get(&key).cloned()
        });
        found.extend(accounts);
        found
    }

    /// Every pool that stays, with the campaigns that draw on it.
    pub fn pools(&self) -> Vec<(Arc<Resource>, Vec<Arc<Resource>>)> {
        let inner = self.read();
        let pools = inner.resources.values().filter(|one| one.links.is_pool() && one.deleting.is_none());
        pools.map(|pool| (Arc::clone(pool), inner.drawing(pool).cloned().collect())).collect()
    }
}
