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
fn what_a_new_listing_lacks_is_gone() {
    let cache = cache();
    let listed = BTreeSet::from([ResourceKey::new(DocumentKind::Creative, "growth", "unused")]);
    assert_eq!(names(cache.retain(DocumentKind::Creative, None, &listed)), ["growth/meta-eu"]);
    assert!(cache.get(&ResourceKey::new(DocumentKind::Creative, "growth", "hero")).is_none());
    assert_eq!(cache.len(), 5);
}
