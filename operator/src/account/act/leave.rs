//! Leave to go on with an apply: an approval says what may be written, and people may take leave back meanwhile.
//!
//! Asked before every batch, of what was last heard and never of the API server, because it is asked often.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use adplane_core::address::AccountKey;
use adplane_manifest::load::DocumentKind;
use serde_json::Value;

use crate::cache::{Cache, Resource, ResourceKey};
use crate::context::Context;
use crate::names;

/// Leave of one apply.
pub(super) struct Leave<'a> {
    context: &'a Context,
    key: &'a AccountKey,
    /// What was planned from.
    planned: &'a [Arc<Resource>],
    /// The changes of the cache when it was last compared with that.
    compared: Mutex<Option<u64>>,
    /// Why leave was taken back; it is not given again to the same apply.
    found: OnceLock<String>,
}

impl<'a> Leave<'a> {
    pub(super) fn new(context: &'a Context, key: &'a AccountKey, planned: &'a [Arc<Resource>]) -> Self {
        Self { context, key, planned, compared: Mutex::default(), found: OnceLock::new() }
    }

    /// Why nothing more may be begun, as a sentence fragment.
    pub(super) fn withdrawn(&self) -> Option<String> {
        if self.found.get().is_none() {
            let because = withdrawn(self.context, self.key).or_else(|| self.overtaken())?;
            // Whoever comes second found the same, or something as good.
            let _ = self.found.set(because);
        }
        self.found.get().cloned()
    }

    /// What happened to the resources, asked only when any has changed since.
    fn overtaken(&self) -> Option<String> {
        let cache = &self.context.cache;
        let changes = cache.changes();
        let mut compared = self.compared.lock().unwrap_or_else(PoisonError::into_inner);
        if compared.replace(changes) == Some(changes) {
            return None;
        }
        overtaken(self.planned, cache, self.key)
    }
}

/// What happened to the resources that a plan was made from and takes leave back: one was removed, or a policy or a freeze
/// window came, went or says something else. Any other edit makes another plan, and this one goes on as it was approved.
fn overtaken(planned: &[Arc<Resource>], cache: &Cache, key: &AccountKey) -> Option<String> {
    let governs =
        |resource: &Resource| matches!(resource.key.kind, DocumentKind::Policy | DocumentKind::FreezeWindow);
    for former in planned.iter().filter(|former| former.deleting.is_none()) {
        let now = cache.get(&former.key).filter(|now| now.uid == former.uid);
        match now {
            Some(now) if now.deleting.is_some() => return Some(format!("{} is being removed", former.key)),
            Some(now) if governs(&now) && now.generation != former.generation => {
                return Some(format!("{} was changed", former.key));
            }
            Some(_) => {}
            None => return Some(format!("{} was removed", former.key)),
        }
    }
    let known: BTreeSet<&ResourceKey> = planned.iter().map(|former| &former.key).collect();
    let view = cache.view(key);
    let added = view.iter().find(|resource| governs(resource) && !known.contains(&resource.key))?;
    Some(format!("{} was added", added.key))
}

/// What the operator itself and the account say against it.
fn withdrawn(context: &Context, key: &AccountKey) -> Option<String> {
    if context.stopping.is_cancelled() {
        return Some("the operator is stopping".to_owned());
    }
    if !context.fence.holds(key) {
        return Some("this replica's lease runs out".to_owned());
    }
    if context.uninstall.load(Ordering::SeqCst) {
        return Some("the operator is being uninstalled".to_owned());
    }
    let missing = context.rights.guards_missing();
    if !missing.is_empty() {
        return Some(format!("admission policies are missing or changed: {}", missing.join(", ")));
    }
    withdrawn_by_account(&context.cache, key)
}

/// What the account's own resource says against it.
fn withdrawn_by_account(cache: &Cache, key: &AccountKey) -> Option<String> {
    let own = ResourceKey::new(DocumentKind::AdAccount, key.namespace.as_str(), key.name.as_str());
    let Some(account) = cache.get(&own) else {
        return Some(format!("AdAccount {key} was removed"));
    };
    let because = if account.deleting.is_some() {
        "is being removed"
    } else if account.annotation(names::SUSPEND) == Some("true") {
        "is suspended (annotation `adplane.io/suspend`)"
    } else if account.document().pointer("/spec/management").and_then(Value::as_str) == Some("Observe") {
        "is only observed (`management: Observe`)"
    } else {
        return None;
    };
    Some(format!("AdAccount {key} {because}"))
}

#[cfg(test)]
mod tests {
    use kube::api::DynamicObject;
    use serde_json::json;

    use super::*;
    use crate::cache::account_key;

    fn told(change: impl FnOnce(&mut Value)) -> Option<String> {
        let mut account = json!({
            "apiVersion": "adplane.io/v1alpha1", "kind": "AdAccount",
            "metadata": { "name": "meta-eu", "namespace": "shop", "uid": "1", "resourceVersion": "1" },
            "spec": { "platform": "Meta", "management": "Manage" },
        });
        change(&mut account);
        let object: DynamicObject = serde_json::from_value(account).unwrap();
        let cache = Cache::default();
        cache.apply(Resource::read(DocumentKind::AdAccount, object).unwrap());
        withdrawn_by_account(&cache, &account_key("shop", "meta-eu").unwrap())
    }

    #[test]
    fn an_account_that_is_managed_lets_an_apply_go_on() {
        assert_eq!(told(|_| {}), None);
    }

    #[test]
    fn whoever_stops_an_account_stops_its_apply() {
        let suspended =
            told(|account| account["metadata"]["annotations"] = json!({"adplane.io/suspend": "true"}));
        assert_eq!(
            suspended.as_deref(),
            Some("AdAccount shop/meta-eu is suspended (annotation `adplane.io/suspend`)")
        );
        let observed = told(|account| account["spec"]["management"] = json!("Observe"));
        assert!(observed.is_some_and(|because| because.contains("only observed")));
        let leaving =
            told(|account| account["metadata"]["deletionTimestamp"] = json!("2026-03-01T00:00:00Z"));
        assert!(leaving.is_some_and(|because| because.contains("is being removed")));
    }

    /// A resource of the account's namespace.
    fn resource(kind: DocumentKind, name: &str, change: impl FnOnce(&mut Value)) -> Resource {
        let mut object = json!({
            "metadata": { "name": name, "namespace": "shop", "uid": name },
            "spec": { "account": "meta-eu" },
        });
        change(&mut object);
        Resource::read(kind, serde_json::from_value(object).unwrap()).unwrap()
    }

    #[test]
    fn what_is_removed_or_governs_anew_stops_an_apply_and_other_edits_do_not() {
        let key = account_key("shop", "meta-eu").unwrap();
        let cache = Cache::default();
        for (kind, name) in [
            (DocumentKind::AdAccount, "meta-eu"),
            (DocumentKind::Campaign, "sale"),
            (DocumentKind::FreezeWindow, "xmas"),
        ] {
            cache.apply(resource(kind, name, |_| {}));
        }
        let planned = cache.view(&key);
        let found = |change: &dyn Fn()| {
            change();
            overtaken(&planned, &cache, &key)
        };
        assert_eq!(found(&|| {}), None);
        let edit = |kind, name: &'static str| {
            cache.apply(resource(kind, name, |object| object["metadata"]["generation"] = json!(2)));
        };
        assert_eq!(found(&|| edit(DocumentKind::Campaign, "sale")), None);
        // Who wrote it, and what is written down about that, is not what it says.
        let stamp =
            |object: &mut Value| object["metadata"]["annotations"] = json!({"adplane.io/authors": "ana"});
        assert_eq!(found(&|| drop(cache.apply(resource(DocumentKind::FreezeWindow, "xmas", stamp)))), None);
        assert_eq!(
            found(&|| edit(DocumentKind::FreezeWindow, "xmas")).as_deref(),
            Some("FreezeWindow/shop/xmas was changed")
        );
        cache.apply(resource(DocumentKind::FreezeWindow, "xmas", |_| {}));
        cache.apply(resource(DocumentKind::FreezeWindow, "now", |_| {}));
        assert_eq!(found(&|| {}).as_deref(), Some("FreezeWindow/shop/now was added"));
        cache.delete(&ResourceKey::new(DocumentKind::FreezeWindow, "shop", "now"));
        cache.apply(resource(DocumentKind::Campaign, "sale", |object| {
            object["metadata"]["deletionTimestamp"] = json!("2026-03-01T00:00:00Z");
        }));
        assert_eq!(found(&|| {}).as_deref(), Some("Campaign/shop/sale is being removed"));
    }

    #[test]
    fn an_account_that_is_gone_lets_nothing_go_on() {
        let none = withdrawn_by_account(&Cache::default(), &account_key("shop", "meta-eu").unwrap());
        assert_eq!(none.as_deref(), Some("AdAccount shop/meta-eu was removed"));
    }
}
