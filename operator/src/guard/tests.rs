use std::collections::BTreeSet;

use serde_json::json;

use super::*;

const NAMESPACE: &str = "adplane-system";

fn all() -> Vec<Shipped> {
    shipped(NAMESPACE).unwrap()
}

/// A cluster that holds everything, as the API server shows it.
fn cluster() -> Vec<(Kind, DynamicObject)> {
    all().into_iter()
        .map(|shipped| {
            let object = json!({
                "apiVersion": "admissionregistration.k8s.io/v1",
                "kind": shipped.kind.word(),
                "metadata": {
                    "name": shipped.name,
                    "generation": 1,
                    "creationTimestamp": "2026-03-01T12:00:00Z",
                    "managedFields": [{"manager": "helm", "operation": "Update", "time": "2026-03-01T12:00:00Z"}]
                },
                "spec": shipped.spec,
            });
            (shipped.kind, serde_json::from_value(object).unwrap())
        })
        .collect()
}

fn verdict(objects: &[(Kind, DynamicObject)], mutating: bool) -> Verdict {
    let found = objects
        .iter()
        .map(|(kind, object)| ((*kind, object.metadata.name.clone().unwrap()), Live::of(object)));
    compare(&all(), &found.collect(), mutating)
}

fn at(objects: &mut [(Kind, DynamicObject)], kind: Kind, name: &str) -> usize {
    objects
        .iter()
        .position(|(of, object)| *of == kind && object.metadata.name.as_deref() == Some(name))
        .unwrap()
}

#[test]
fn seven_policies_are_shipped_each_with_its_binding() {
    let shipped = all();
    let names: BTreeSet<&str> = shipped.iter().map(|shipped| shipped.name.as_str()).collect();
    assert_eq!(
        names.into_iter().collect::<Vec<_>>(),
        [
            "adplane-approval",
            "adplane-approval-matches-plan",
            "adplane-confirm-delete",
            "adplane-plan-writer",
            "adplane-protect-authors",
            "adplane-stamp-approver",
            "adplane-stamp-author",
        ]
    );
    assert_eq!(shipped.len(), 14);
    for binding in shipped.iter().filter(|shipped| shipped.spec.get("policyName").is_some()) {
        assert_eq!(binding.spec["policyName"], binding.name);
    }
    let text = format!("{shipped:?}");
    assert!(text.contains("system:serviceaccount:adplane-system:adplane-operator"));
    assert!(!text.contains("{{"));
    let mutating: BTreeSet<_> =
        shipped.iter().filter(|one| one.needs_mutating).map(|one| one.name.as_str()).collect();
    let wanted = ["adplane-protect-authors", "adplane-stamp-approver", "adplane-stamp-author"];
    assert_eq!(mutating, wanted.into());
}

#[test]
fn what_is_in_place_counts_from_its_youngest_object() {
    let mut objects = cluster();
    let found = verdict(&objects, true);
    assert!(found.missing.is_empty() && found.unsupported.is_empty() && found.authors_stamped);
    assert_eq!(found.since.unwrap().to_string(), "2026-03-01T12:00:05Z");
    assert!(found.covers("2026-03-01T12:00:05Z".parse().unwrap()));
    assert!(!found.covers("2026-03-01T12:00:04Z".parse().unwrap()));
    // Taken away for a second and put back: what was approved before counts for nothing.
    let binding = at(&mut objects, Kind::ValidatingBinding, "adplane-approval");
    let mut made = serde_json::to_value(&objects[binding].1).unwrap();
    made["metadata"]["creationTimestamp"] = "2026-03-02T08:00:00Z".into();
    objects[binding].1 = serde_json::from_value(made).unwrap();
    assert_eq!(verdict(&objects, true).since.unwrap().to_string(), "2026-03-02T08:00:05Z");
}

#[test]
fn a_policy_that_was_edited_and_put_right_counts_from_then() {
    let mut objects = cluster();
    let policy = at(&mut objects, Kind::Validating, "adplane-approval");
    let mut edited = serde_json::to_value(&objects[policy].1).unwrap();
    edited["metadata"]["managedFields"][0]["time"] = "2026-03-02T08:00:00Z".into();
    objects[policy].1 = serde_json::from_value(edited.clone()).unwrap();
    assert_eq!(verdict(&objects, true).since.unwrap().to_string(), "2026-03-01T12:00:05Z", "a label changed");
    edited["metadata"]["generation"] = 3.into();
    objects[policy].1 = serde_json::from_value(edited).unwrap();
    assert_eq!(verdict(&objects, true).since.unwrap().to_string(), "2026-03-02T08:00:05Z");
}

#[test]
fn each_object_that_is_gone_is_named() {
    for index in 0..cluster().len() {
        let mut objects = cluster();
        let (kind, gone) = objects.remove(index);
        let found = verdict(&objects, true);
        let name = gone.metadata.name.unwrap();
        assert_eq!(found.missing, [format!("{} `{name}` is not there", kind.word())]);
        assert_eq!(found.since, None);
        assert!(!found.covers(Timestamp::MAX));
        assert_eq!(
            found.authors_stamped,
            !["adplane-stamp-author", "adplane-protect-authors"].contains(&&*name)
        );
    }
}

type Change = fn(&mut Value);

#[test]
fn a_policy_that_was_weakened_is_not_what_was_shipped() {
    let weaken: [(&str, Change); 5] = [
        ("adplane-approval", |spec| spec["failurePolicy"] = "Ignore".into()),
        ("adplane-approval", |spec| {
            spec["matchConditions"] = json!([{"name": "never", "expression": "false"}]);
        }),
        ("adplane-approval", |spec| spec["validations"][0]["expression"] = "true".into()),
        ("adplane-approval", |spec| {
            spec["matchConstraints"]["namespaceSelector"] = json!({"matchLabels": {"guarded": "yes"}});
        }),
        ("adplane-plan-writer", |spec| {
            spec["validations"].as_array_mut().unwrap().pop();
        }),
    ];
    for (name, change) in weaken {
        let mut objects = cluster();
        let policy = at(&mut objects, Kind::Validating, name);
        change(&mut objects[policy].1.data["spec"]);
        let wanted = format!("ValidatingAdmissionPolicy `{name}` is not what this version ships");
        assert_eq!(verdict(&objects, true).missing, [wanted]);
    }
    let mut objects = cluster();
    let binding = at(&mut objects, Kind::ValidatingBinding, "adplane-approval");
    objects[binding].1.data["spec"]["validationActions"] = json!(["Warn"]);
    assert_eq!(verdict(&objects, true).missing.len(), 1);
}

#[test]
fn what_the_server_fills_in_is_no_difference() {
    let mut objects = cluster();
    let policy = at(&mut objects, Kind::Validating, "adplane-approval");
    let spec = &mut objects[policy].1.data["spec"];
    spec["matchConstraints"]["matchPolicy"] = "Equivalent".into();
    spec["matchConstraints"]["namespaceSelector"] = json!({});
    spec["failurePolicy"] = "Fail".into();
    let expression = spec["validations"][0]["expression"].as_str().unwrap().replace(' ', "\n  ");
    spec["validations"][0]["expression"] = expression.into();
    assert!(verdict(&objects, true).missing.is_empty());
}

#[test]
fn an_old_server_is_not_asked_for_what_it_cannot_have() {
    let objects: Vec<_> = cluster()
        .into_iter()
        .filter(|(kind, object)| {
            !kind.is_mutating() && object.metadata.name.as_deref() != Some("adplane-protect-authors")
        })
        .collect();
    let found = verdict(&objects, false);
    assert!(found.missing.is_empty(), "{:?}", found.missing);
    assert!(!found.authors_stamped);
    assert_eq!(found.unsupported.len(), 6);
    assert!(found.since.is_some());
    assert_eq!(verdict(&objects, true).missing.len(), 6);
}

#[test]
fn a_policy_that_is_being_deleted_guards_nothing() {
    let mut objects = cluster();
    let policy = at(&mut objects, Kind::Mutating, "adplane-stamp-approver");
    let mut deleted = serde_json::to_value(&objects[policy].1).unwrap();
    deleted["metadata"]["deletionTimestamp"] = "2026-03-02T08:00:00Z".into();
    objects[policy].1 = serde_json::from_value(deleted).unwrap();
    assert_eq!(
        verdict(&objects, true).missing,
        ["MutatingAdmissionPolicy `adplane-stamp-approver` is being deleted"]
    );
}
