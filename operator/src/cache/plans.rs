//! Plans and approvals as last seen.

use std::collections::BTreeSet;
use std::sync::Arc;

use adplane_core::address::AccountKey;

use super::Cache;
use crate::plans::{SeenApproval, SeenPlan};

impl Cache {
    /// Takes a plan up; its account, when the plan is new and something was decided of it before it was heard of. What a
    /// plan says never changes, and where it stands is ours to write: a look that ended in a status must not bring about
    /// the next.
    pub fn apply_plan(&self, plan: SeenPlan) -> Option<AccountKey> {
        let (account, uid) = (plan.account(), plan.uid.clone());
        let decided = !self.approvals(&plan.namespace, &plan.name).is_empty();
        let former = self.write().plans.insert((plan.namespace.clone(), plan.name.clone()), Arc::new(plan));
        account.filter(|_| decided && former.is_none_or(|former| former.uid != uid))
    }

    /// Forgets a plan, and no later one of its name; its account, when it had not run its course.
    pub fn delete_plan(&self, namespace: &str, name: &str, uid: &str) -> Option<AccountKey> {
        let mut inner = self.write();
        let key = (namespace.into(), name.into());
        inner.plans.get(&key).filter(|plan| plan.uid == uid)?;
        inner.plans.remove(&key).filter(|plan| !plan.has_ended())?.account()
    }

    /// Takes an approval up; the account of its plan, when the approval is new. Only whether it counts changes later, and
    /// that is ours to write.
    pub fn apply_approval(&self, approval: SeenApproval) -> Option<AccountKey> {
        let mut inner = self.write();
        let plan = (approval.namespace.clone(), Arc::from(approval.spec.plan.0.as_str()));
        let uid = approval.uid.clone();
        let key = (approval.namespace.clone(), approval.name.clone());
        let former = inner.approvals.insert(key, Arc::new(approval));
        if former.is_some_and(|former| former.uid == uid) {
            return None;
        }
        inner.plans.get(&plan)?.account()
    }

    /// Forgets an approval, and no later one of its name; the account of its plan, when that has not run its course.
    pub fn delete_approval(&self, namespace: &str, name: &str, uid: &str) -> Option<AccountKey> {
        let mut inner = self.write();
        let key = (namespace.into(), name.into());
        inner.approvals.get(&key).filter(|approval| approval.uid == uid)?;
        let gone = inner.approvals.remove(&key)?;
        let plan = inner.plans.get(&(gone.namespace.clone(), Arc::from(gone.spec.plan.0.as_str())))?;
        if plan.has_ended() { None } else { plan.account() }
    }

    /// Plans of an account.
    pub fn plans(&self, account: &AccountKey) -> Vec<Arc<SeenPlan>> {
        let inner = self.read();
        let theirs = inner.plans.values().filter(|plan| plan.account().as_ref() == Some(account));
        theirs.cloned().collect()
    }

    /// Approvals that name a plan.
    pub fn approvals(&self, namespace: &str, plan: &str) -> Vec<Arc<SeenApproval>> {
        let inner = self.read();
        let named = inner
            .approvals
            .values()
            .filter(|approval| &*approval.namespace == namespace && approval.spec.plan.0 == plan);
        named.cloned().collect()
    }

    /// Leaves only the plans that a whole listing of a namespace, or of all, held.
    pub fn retain_plans(&self, namespace: Option<&str>, listed: &BTreeSet<(Arc<str>, Arc<str>)>) {
        let elsewhere = |of: &str| namespace.is_some_and(|name| name != of);
        self.write().plans.retain(|key, _| elsewhere(&key.0) || listed.contains(key));
    }

    /// Leaves only the approvals that a whole listing of a namespace, or of all, held.
    pub fn retain_approvals(&self, namespace: Option<&str>, listed: &BTreeSet<(Arc<str>, Arc<str>)>) {
        let elsewhere = |of: &str| namespace.is_some_and(|name| name != of);
        self.write().approvals.retain(|key, _| elsewhere(&key.0) || listed.contains(key));
    }
}
