use std::sync::Arc;

use adplane_core::overlay::{Overlay, Standing, settle};
use jiff::Timestamp;
use serde_json::json;

use super::*;
use crate::account::lower::tests::{lent, lowered, resource as read};

fn overlay(field: &str, value: &str, expires: Timestamp) -> Overlay {
    serde_json::from_value(json!({
        "name": "scale-0123456789ab",
        "object": {"namespace": "growth", "kind": "Campaign", "name": "sale"},
        "field": field, "value": value, "rule": "scale", "evidence": format!("sha256:{}", "0".repeat(64)),
        "expires": expires, "reason": "budget from 20.00 EUR to 25.00 EUR",
    }))
    .unwrap()
}

/// What a rule decides is read back from its resource as it was decided, but for where it was written.
#[test]
fn a_resource_says_what_was_decided() {
    let mut shop = lent("33.00 EUR");
    shop.retain(|resource| resource.key.kind != DocumentKind::Override);
    let mut campaign = shop[1].document()["spec"].take();
    campaign["rulesMayPause"] = json!(true);
    shop[1] = read(DocumentKind::Campaign, "sale", campaign);
    let soon: Timestamp = "2026-11-28T00:00:00Z".parse().unwrap();
    for decided in [
        overlay("budget.daily", "25.00 EUR", soon),
        // No date ends a hold of a rule.
        overlay("state", "Paused", Overlay::OPEN_ENDED),
    ] {
        let mut with = shop.clone();
        with.push(read(DocumentKind::Override, decided.name.as_str(), spec(&decided)));
        let mut wanted = lowered(&with, &[]);
        assert!(wanted.broken.is_empty(), "{:?}", wanted.broken);
        let mut given = wanted.desired.overlays.given.remove(0);
        assert!(given.origin.take().is_some(), "a cluster has a place for each");
        assert_eq!(given, decided);
        wanted.desired.overlays.given.push(given);
        settle(&mut wanted.desired, "2026-11-20T10:00:00Z".parse().unwrap());
        let standing: Vec<&Standing> =
            wanted.desired.overlays.settled.iter().map(|settled| &settled.standing).collect();
        assert_eq!(standing, [&Standing::InForce]);
    }
}

#[test]
fn what_a_rule_decides_anew_takes_the_place_of_its_own() {
    let shop: Vec<Arc<Resource>> = lent("33.00 EUR");
    let wanted = lowered(&shop, &[]);
    let given = &wanted.desired.overlays.given;
    let lift = Effect::Lift {
        rule: "scale".parse().unwrap(),
        object: given[0].object.clone(),
        path: given[0].setting.path(),
    };
    assert!(replaces(&lift, &given[0], Place::Cluster));
    assert!(!replaces(&lift, &given[0], Place::LocalState), "in files what has a place is somebody's own");
    let mut by_hand = given[0].clone();
    by_hand.rule = None;
    assert!(!replaces(&lift, &by_hand, Place::Cluster), "what a person wrote is theirs");
}

#[test]
fn what_is_somebodys_is_not_written_over() {
    let soon: Timestamp = "2026-11-28T00:00:00Z".parse().unwrap();
    let decided = overlay("budget.daily", "25.00 EUR", soon);
    let with = |change: &dyn Fn(&mut Value)| {
        let mut spec = spec(&decided);
        change(&mut spec);
        read(DocumentKind::Override, decided.name.as_str(), spec)
    };
    let other = format!("sha256:{}", "1".repeat(64));
    let same = with(&|_| ());
    let before = with(&|spec| spec["evidence"] = json!(other));
    let refused = |standing: &Resource, seen: Option<&Resource>| not_ours(standing, seen, &decided);
    assert_eq!(refused(&same, None), None, "whoever was cut off writes the same again");
    assert_eq!(refused(&before, Some(&before)), None, "what it decided before");
    assert!(refused(&before, None).unwrap().contains("has changed since"), "of another replica");
    assert!(refused(&before, Some(&same)).is_some());
    let another = with(&|spec| spec["rule"] = json!("scale-more"));
    assert!(
        refused(&another, Some(&another)).unwrap().contains("somebody's own"),
        "of a rule of a like name"
    );
    let taken = with(&|spec| drop(spec.as_object_mut().unwrap().remove("evidence")));
    assert!(refused(&taken, Some(&taken)).is_some(), "taken over");
    let mut edited = Resource::clone(&same);
    edited.annotations.insert(annotation(names::LAST_EDITED_BY), "bo".to_owned());
    assert!(refused(&edited, Some(&edited)).unwrap().contains("edited by hand"));
}

#[test]
fn what_the_cluster_refuses_is_about_one_alone() {
    let said = |code: u16| {
        let status = kube::core::Status { code, message: "no".to_owned(), ..kube::core::Status::default() };
        matches!(Refused::of("putting", kube::Error::Api(Box::new(status))), Refused::Alone(_))
    };
    assert!([400, 403, 409, 422].into_iter().all(said));
    assert!(![404, 429, 500, 503].into_iter().any(said), "trouble of the cluster is nobody's own");
}
