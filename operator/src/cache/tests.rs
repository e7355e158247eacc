use serde_json::{Value, json};

use super::*;

fn resource(kind: DocumentKind, name: &str, spec: Value) -> Resource {
    let mut object = json!({ "metadata": { "name": name, "namespace": "growth", "uid": name } });
    object["spec"] = spec;
    Resource::read(kind, serde_json::from_value(object).unwrap()).unwrap()
}

fn names(keys: impl IntoIterator<Item = AccountKey>) -> Vec<String> {
    keys.into_iter().map(|key| key.to_string()).collect()
}

/// Two accounts; one campaign with a group on the first, and a creative.
fn cache() -> Cache {
    let cache = Cache::default();
    for name in ["meta-eu", "meta-us"] {
        cache.apply(resource(DocumentKind::AdAccount, name, json!({})));
    }
    cache.apply(resource(DocumentKind::Campaign, "sale", json!({ "account": "meta-eu" })));
    let group = json!({ "campaign": "sale", "ads": [{ "name": "hero", "creative": "hero" }] });
    cache.apply(resource(DocumentKind::AdGroup, "women", group));
    cache.apply(resource(DocumentKind::Creative, "hero", json!({})));
    cache.apply(resource(DocumentKind::Creative, "unused", json!({})));
    cache
}

#[test]
fn a_change_finds_the_accounts_that_it_touches() {
    let cache = cache();
    let changed = |kind, name, spec| names(cache.apply(resource(kind, name, spec)));
    assert_eq!(changed(DocumentKind::Creative, "hero", json!({ "headlines": ["New"] })), ["growth/meta-eu"]);
    assert_eq!(changed(DocumentKind::Creative, "unused", json!({ "headlines": ["New"] })), [""; 0]);
    assert_eq!(changed(DocumentKind::Policy, "guard", json!({})), ["growth/meta-eu", "growth/meta-us"]);
    assert_eq!(changed(DocumentKind::Policy, "guard", json!({})), [""; 0], "nothing changed");
    let group = json!({ "campaign": "sale", "ads": [{ "name": "hero", "creative": "unused" }] });
    changed(DocumentKind::AdGroup, "women", group);
    assert_eq!(changed(DocumentKind::Creative, "hero", json!({})), [""; 0], "no ad uses it any more");
    assert_eq!(changed(DocumentKind::Creative, "unused", json!({})), ["growth/meta-eu"]);
    let moved = changed(DocumentKind::Campaign, "sale", json!({ "account": "meta-us" }));
    assert_eq!(moved, ["growth/meta-eu", "growth/meta-us"], "the old one and the new one");
}

#[test]
fn a_view_holds_what_the_plan_depends_on() {
    let cache = cache();
    let key = account_key("growth", "meta-eu").unwrap();
    let view: Vec<String> = cache.view(&key).iter().map(|resource| resource.key.to_string()).collect();
    assert_eq!(
        view,
        ["AdAccount/growth/meta-eu", "Campaign/growth/sale", "AdGroup/growth/women", "Creative/growth/hero"]
    );
}

#[test]
fn an_override_is_of_the_account_of_its_object_and_so_is_its_rule() {
    let cache = cache();
    let one = json!({ "object": { "kind": "AdGroup", "name": "women" }, "field": "state", "rule": "cut" });
    let changed = |kind, name, spec| names(cache.apply(resource(kind, name, spec)));
    let elsewhere = json!({ "scope": { "accounts": ["meta-us"] } });
    assert_eq!(changed(DocumentKind::AutomationRule, "cut", elsewhere), ["growth/meta-us"]);
    assert_eq!(changed(DocumentKind::Override, "one", one), ["growth/meta-eu"]);
    let everywhere = changed(DocumentKind::AutomationRule, "other", json!({}));
    assert_eq!(everywhere, ["growth/meta-eu", "growth/meta-us"]);
    let key = account_key("growth", "meta-eu").unwrap();
    let view: Vec<String> = cache.view(&key).iter().map(|resource| resource.key.to_string()).collect();
    let rules = ["AutomationRule/growth/cut", "AutomationRule/growth/other"];
    assert_eq!(view[4..], [&["Override/growth/one"], &rules[..]].concat(), "also one that looks elsewhere");
    let key = account_key("growth", "meta-us").unwrap();
    let view: Vec<String> = cache.view(&key).iter().map(|resource| resource.key.to_string()).collect();
    assert_eq!(view[1..], rules);
    let rule = ResourceKey::new(DocumentKind::AutomationRule, "growth", "cut");
    assert_eq!(names(cache.delete(&rule)), ["growth/meta-eu", "growth/meta-us"], "its override goes with it");
}

#[test]
fn what_a_new_listing_lacks_is_gone() {
    let cache = cache();
    let listed = BTreeSet::from([ResourceKey::new(DocumentKind::Creative, "growth", "unused")]);
    assert_eq!(names(cache.retain(DocumentKind::Creative, None, &listed)), ["growth/meta-eu"]);
    assert!(cache.get(&ResourceKey::new(DocumentKind::Creative, "growth", "hero")).is_none());
    assert_eq!(cache.len(), 5);
}

fn plan(uid: &str, phase: Option<&str>) -> SeenPlan {
    let object = json!({
        "apiVersion": "adplane.io/v1alpha1", "kind": "Plan",
        "metadata": { "name": "plan-a", "namespace": "growth", "uid": uid },
        "spec": {
            "account": "meta-eu", "hash": "sha256:a", "classes": [], "changes": [],
            "summary": { "create": 0, "update": 0, "replace": 0, "delete": 0, "adopt": 0, "release": 0, "blocked": 0 },
            "changesTotal": 0, "body": { "store": "Directory", "name": "a", "chunks": 1 },
        },
        "status": phase.map(|phase| json!({ "phase": phase })),
    });
    SeenPlan::read(serde_json::from_value(object).unwrap()).unwrap()
}

fn approval(uid: &str) -> SeenApproval {
    let object = json!({
        "apiVersion": "adplane.io/v1alpha1", "kind": "PlanApproval",
        "metadata": { "name": "plan-a-x", "namespace": "growth", "uid": uid },
        "spec": {
            "plan": "plan-a", "hash": "sha256:a", "class": "edit", "decision": "Approve", "approver": "ana",
            "approverGroups": [],
        },
    });
    SeenApproval::read(serde_json::from_value(object).unwrap()).unwrap()
}

#[test]
fn an_approval_wakes_its_account_whichever_is_heard_first() {
    let (plan_first, approval_first) = (cache(), cache());
    assert_eq!(names(plan_first.apply_plan(plan("1", None))), [""; 0]);
    assert_eq!(names(plan_first.apply_approval(approval("1"))), ["growth/meta-eu"]);
    assert_eq!(names(plan_first.apply_approval(approval("1"))), [""; 0]);
    assert_eq!(names(approval_first.apply_approval(approval("1"))), [""; 0]);
    assert_eq!(names(approval_first.apply_plan(plan("1", None))), ["growth/meta-eu"]);
    assert_eq!(names(approval_first.apply_plan(plan("1", Some("Pending")))), [""; 0]);
}

#[test]
fn what_is_heard_late_of_a_former_plan_takes_nothing_of_the_next() {
    let cache = cache();
    cache.apply_plan(plan("2", None));
    cache.apply_approval(approval("2"));
    assert_eq!(names(cache.delete_plan("growth", "plan-a", "1")), [""; 0]);
    assert_eq!(names(cache.delete_approval("growth", "plan-a-x", "1")), [""; 0]);
    assert_eq!(cache.approvals("growth", "plan-a").len(), 1);
    assert_eq!(names(cache.delete_approval("growth", "plan-a-x", "2")), ["growth/meta-eu"]);
    assert_eq!(names(cache.delete_plan("growth", "plan-a", "2")), ["growth/meta-eu"]);
}

#[test]
fn a_plan_that_ran_its_course_wakes_nobody_when_it_goes() {
    let cache = cache();
    cache.apply_plan(plan("1", Some("Failed")));
    cache.apply_approval(approval("1"));
    assert_eq!(names(cache.delete_approval("growth", "plan-a-x", "1")), [""; 0]);
    assert_eq!(names(cache.delete_plan("growth", "plan-a", "1")), [""; 0]);
}

#[test]
fn a_pool_is_of_the_accounts_of_its_campaigns() {
    let cache = cache();
    let changed = |kind, name, spec| names(cache.apply(resource(kind, name, spec)));
    let both = ["growth/meta-eu", "growth/meta-us"];
    let of = |name: &str| {
        let key = account_key("growth", name).unwrap();
        let keys = |all: Vec<Arc<Resource>>| all.iter().map(|one| one.key.to_string()).collect::<Vec<_>>();
        (keys(cache.view(&key)), keys(cache.beside(&key)))
    };
    let pool =
        json!({ "pool": { "monthly": "3100.00 EUR", "selector": { "matchLabels": { "range": "rain" } } } });
    assert_eq!(changed(DocumentKind::Budget, "rain", pool.clone()), [""; 0], "nobody draws on it");
    changed(DocumentKind::Campaign, "sale", json!({ "account": "meta-eu", "budget": { "ref": "rain" } }));
    let labelled = json!({
        "metadata": { "name": "hats", "namespace": "growth", "uid": "hats", "labels": { "range": "rain", "x": "y" } },
        "spec": { "account": "meta-us" },
    });
    let hats = Resource::read(DocumentKind::Campaign, serde_json::from_value(labelled).unwrap()).unwrap();
    cache.apply(hats.clone());
    assert_eq!(changed(DocumentKind::Budget, "rain", json!({ "pool": { "monthly": "1.00 EUR" } })), both);
    assert_eq!(of("meta-us").1, [""; 0], "without its selector only the one that names it draws");
    assert_eq!(changed(DocumentKind::Budget, "rain", pool), both);
    let (view, beside) = of("meta-eu");
    assert!(view.contains(&"Budget/growth/rain".to_owned()), "{view:?}");
    assert_eq!(beside, ["Campaign/growth/hats", "AdAccount/growth/meta-us"]);
    assert_eq!(of("meta-us").1, ["Campaign/growth/sale", "AdAccount/growth/meta-eu"]);
    let pools = cache.pools();
    let drawing: Vec<&str> = pools[0].1.iter().map(|one| &*one.key.name).collect();
    assert_eq!((&*pools[0].0.key.name, drawing), ("rain", vec!["hats", "sale"]));
    assert!(!cache.unattached().iter().any(|one| one.key.kind == DocumentKind::Budget));
    // What it has in force on an account is told there, also when nothing there draws on it any more.
    let held =
        json!({ "object": { "kind": "Campaign", "name": "hats" }, "field": "budget.daily", "rule": "rain" });
    changed(DocumentKind::Override, "rain-hats", held);
    changed(DocumentKind::Campaign, "hats", json!({ "account": "meta-us" }));
    let (view, beside) = of("meta-us");
    assert!(view.contains(&"Budget/growth/rain".to_owned()), "{view:?}");
    assert_eq!(beside, ["Campaign/growth/sale", "AdAccount/growth/meta-eu"]);
}
