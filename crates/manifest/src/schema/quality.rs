//! What makes a definition good for years: judged over every definition, so that a new field cannot miss it.

use serde_json::Value;

use super::crds;

/// A schema in a definition: where it is, itself, and whether something above it may be left out or is a list.
struct Place<'a> {
    path: String,
    schema: &'a Value,
    loose: bool,
}

/// Every schema of a definition, from the root on.
fn places(schema: &Value, kind: &str) -> Vec<(String, Value, bool)> {
    let mut found = Vec::new();
    walk(&Place { path: kind.to_owned(), schema, loose: false }, &mut found);
    found
}

fn walk(place: &Place<'_>, found: &mut Vec<(String, Value, bool)>) {
    let Place { path, schema, loose } = place;
    found.push((path.clone(), (*schema).clone(), *loose));
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        let loose = *loose || !required.contains(&name.as_str());
        walk(&Place { path: format!("{path}.{name}"), schema: inner, loose }, found);
    }
    for key in ["items", "additionalProperties"] {
        if schema[key].is_object() {
            walk(&Place { path: format!("{path}[]"), schema: &schema[key], loose: true }, found);
        }
    }
}

/// Every schema of every definition.
fn all() -> Vec<(String, Value, bool)> {
    crds()
        .iter()
        .flat_map(|crd| {
            let version = serde_json::to_value(&crd.spec.versions[0]).unwrap();
            places(&version["schema"]["openAPIV3Schema"], &crd.spec.names.kind)
        })
        .collect()
}

fn rules(schema: &Value) -> impl Iterator<Item = &Value> {
    schema["x-kubernetes-validations"].as_array().into_iter().flatten()
}

fn columns(kind: &str) -> Vec<String> {
    let crds = crds();
    let crd = crds.iter().find(|crd| crd.spec.names.kind == kind).unwrap();
    let columns = crd.spec.versions[0].additional_printer_columns.as_deref().unwrap_or_default();
    columns
        .iter()
        .filter(|column| column.priority.unwrap_or(0) == 0)
        .map(|column| column.name.to_uppercase())
        .collect()
}

/// The API server writes a default into what is stored, and then nobody can tell that it was left out.
#[test]
fn nothing_has_a_default() {
    let found: Vec<String> = all()
        .into_iter()
        .filter(|(_, schema, _)| schema.get("default").is_some())
        .map(|(path, ..)| path)
        .collect();
    assert_eq!(found, Vec::<String>::new());
}

/// Without bounds the API server estimates the worst and refuses the definition, or takes what etcd cannot hold.
#[test]
fn every_text_list_and_map_is_bounded() {
    let unbounded = |schema: &Value| match schema["type"].as_str() {
        Some("string") => schema.get("maxLength").is_none() && schema.get("enum").is_none(),
        Some("array") => schema.get("maxItems").is_none(),
        Some("object") => schema.get("properties").is_none() && schema.get("maxProperties").is_none(),
        _ => false,
    };
    let of_kubernetes = |path: &str| {
        path.matches('.').count() == 1
            && [".apiVersion", ".kind", ".metadata"].iter().any(|name| path.ends_with(name))
    };
    let found: Vec<String> = all()
        .into_iter()
        .filter(|(path, schema, _)| !of_kubernetes(path) && unbounded(schema))
        .map(|(path, ..)| path)
        .collect();
    assert_eq!(found, Vec::<String>::new());
}

/// A rule that forbids a change is evaded by leaving out the field, or what it lies in, and writing it anew.
#[test]
fn what_is_fixed_cannot_be_left_out() {
    let mut guarded = Vec::new();
    for (path, schema, loose) in all() {
        for rule in rules(&schema).map(|rule| rule["rule"].as_str().unwrap()) {
            if !rule.contains("oldSelf") {
                continue;
            }
            assert!(!loose, "{path} may be left out, and `{rule}` with it");
            let required: Vec<&str> =
                schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            for name in rule.split("oldSelf.").skip(1) {
                let name: String = name.chars().take_while(|letter| letter.is_alphanumeric()).collect();
                let both = format!("has(self.{name}) == has(oldSelf.{name})");
                let watched = rules(&schema).any(|other| other["rule"] == both.as_str());
                assert!(required.contains(&name.as_str()) || watched, "{path}.{name} may be left out");
                guarded.push(format!("{path}.{name}"));
            }
            if rule == "self == oldSelf" {
                guarded.push(path.clone());
            }
        }
    }
    guarded.sort();
    guarded.dedup();
    assert_eq!(
        guarded,
        [
            "AdAccount.spec.accountId",
            "AdAccount.spec.platform",
            "AdGroup.spec.campaign",
            "Budget.spec.shared",
            "Campaign.spec.account",
            "Plan.spec",
            "PlanApproval.spec"
        ]
    );
}

#[test]
fn every_rule_says_what_to_do() {
    for (path, schema, _) in all() {
        for rule in rules(&schema) {
            let message = rule["message"].as_str().unwrap_or_default();
            assert!(message.len() > 20, "{path}: {rule}");
            // A merge patch that writes one form keeps the other, which null alone removes.
            let excludes = rule["rule"].as_str().is_some_and(|rule| rule.contains("filter(form, form)"));
            assert!(!excludes || message.contains("null"), "{path}: {message}");
        }
    }
}

/// Keyed lists cost more in managed fields than they hold: only short ones that several parties write are keyed.
#[test]
fn lists_say_how_they_merge() {
    for (path, schema, _) in all() {
        if schema["type"] != "array" {
            continue;
        }
        let kind = schema["x-kubernetes-list-type"].as_str().unwrap_or_default();
        assert!(["atomic", "set", "map"].contains(&kind), "{path} does not say how it merges");
        if kind == "map" {
            let name = path.rsplit('.').next().unwrap_or_default();
            assert!(["ads", "rules", "conditions"].contains(&name), "{path} is keyed");
            for key in schema["x-kubernetes-list-map-keys"].as_array().unwrap() {
                assert!(
                    schema["items"]["required"].as_array().unwrap().contains(key),
                    "{path}: {key} is a key"
                );
            }
        }
        if kind == "set" {
            assert_ne!(schema["items"]["type"], "object", "{path} is a set of objects");
        }
    }
}

#[test]
fn columns_answer_what_people_ask() {
    let live = ["STATE", "REVIEW", "BUDGET", "SPEND-7D", "ROAS-7D", "PLAN", "READY", "AGE"];
    assert_eq!(columns("Campaign"), [&["ACCOUNT"], &live[..]].concat());
    assert_eq!(columns("AdGroup"), [&["CAMPAIGN"], &live[..]].concat());
    assert_eq!(
        columns("Plan"),
        ["ACCOUNT", "PHASE", "CLASSES", "DAILY-BEFORE", "DAILY-AFTER", "CHANGES", "AGE"]
    );
    for crd in crds() {
        let columns = columns(&crd.spec.names.kind);
        assert_eq!(columns.last().map(String::as_str), Some("AGE"), "{}", crd.spec.names.kind);
    }
}

#[test]
fn lists_can_be_asked_for_by_what_they_belong_to() {
    let fields: Vec<(String, Vec<String>)> = crds()
        .into_iter()
        .filter_map(|crd| {
            let version = crd.spec.versions.into_iter().next()?;
            let fields = version.selectable_fields?.into_iter().map(|field| field.json_path).collect();
            Some((crd.spec.names.kind, fields))
        })
        .collect();
    let expected = [
        ("Campaign", ".spec.account"),
        ("AdGroup", ".spec.campaign"),
        ("Plan", ".spec.account"),
        ("PlanApproval", ".spec.plan"),
    ];
    assert_eq!(fields, expected.map(|(kind, path)| (kind.to_owned(), vec![path.to_owned()])));
}

/// `kubectl apply` keeps a copy in an annotation, which the API server takes up to 256 KiB.
#[test]
fn definitions_can_be_applied_without_server_side_apply() {
    for crd in crds() {
        let size = serde_json::to_vec(&crd).unwrap().len();
        assert!(size < 256 * 1024, "{} has {size} bytes", crd.spec.names.kind);
    }
}
