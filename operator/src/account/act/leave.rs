//! Leave to go on with an apply: an approval says what may be written, and people may take leave back meanwhile.
//!
//! Asked before every batch, of what was last heard and never of the API server, because it is asked often. Freeze
//! windows are the executor's own matter.

use std::sync::atomic::Ordering;

use adplane_core::address::AccountKey;
use adplane_manifest::load::DocumentKind;
use serde_json::Value;

use crate::cache::{Cache, ResourceKey};
use crate::context::Context;
use crate::names;

/// Why nothing more may be begun on an account, as a sentence fragment.
pub(super) fn withdrawn(context: &Context, key: &AccountKey) -> Option<String> {
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
    use crate::cache::{Resource, account_key};

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

    #[test]
    fn an_account_that_is_gone_lets_nothing_go_on() {
        let none = withdrawn_by_account(&Cache::default(), &account_key("shop", "meta-eu").unwrap());
        assert_eq!(none.as_deref(), Some("AdAccount shop/meta-eu was removed"));
    }
}
