//! Reads mutate requests into operations. Source: google-ads.md §2.3, §2.4.

use serde_json::Value;

use crate::google::errors::{ApiError, Path, Refusal, Violation};
use crate::google::resource::{self, Resource};
use crate::google::{json, resource::by_key};
use crate::world::Object;

/// Most operations of one request (§2.6).
const MOST_OPERATIONS: usize = 10_000;

/// What an operation does.
#[derive(Debug, Clone)]
pub(super) enum Verb {
    Create(Object),
    Update(Object, Option<String>),
    Remove(String),
}

/// One operation.
#[derive(Debug, Clone)]
pub(super) struct Operation {
    pub(super) resource: &'static Resource,
    /// Absent when no verb was set (`OPERATION_REQUIRED`).
    pub(super) verb: Option<Verb>,
    /// `operations[i]`, or `mutate_operations[i].campaign_operation`.
    pub(super) path: Path,
    /// Whether a mask came with a create or a remove.
    pub(super) stray_mask: bool,
    /// Topics that the client asks to be ignored (§5, Policy).
    pub(super) ignorable_topics: Vec<String>,
}

/// A whole request.
#[derive(Debug)]
pub(super) struct Mutate {
    pub(super) operations: Vec<Operation>,
    pub(super) partial_failure: bool,
    pub(super) validate_only: bool,
    pub(super) with_content: bool,
}

/// Reads a body for one resource's own endpoint.
pub(super) fn read_one(body: &Value, resource: &'static Resource) -> Result<Mutate, Refusal> {
    let mut violations = Vec::new();
    let mut allowed = vec!["customerId", "operations"];
    for (letter, flag) in [('p', "partialFailure"), ('v', "validateOnly"), ('c', "responseContentType")] {
        if resource.flags.contains(letter) {
            allowed.push(flag);
        }
    }
    json::only(body, &allowed, "", &mut violations);
    let operations = list(body, "operations", &mut violations)
        .iter()
        .enumerate()
        .map(|(index, value)| {
            let place = format!("operations[{index}]");
            let path = Path::operation("operations", index);
            operation(resource, value, &place, path, &mut violations)
        })
        .collect();
    finish(body, operations, violations)
}

/// Reads a body of `googleAds:mutate`.
pub(super) fn read_many(body: &Value) -> Result<Mutate, Refusal> {
    let mut violations = Vec::new();
    let allowed = ["customerId", "mutateOperations", "partialFailure", "validateOnly", "responseContentType"];
    json::only(body, &allowed, "", &mut violations);
    let mut operations = Vec::new();
    for (index, value) in list(body, "mutateOperations", &mut violations).iter().enumerate() {
        let place = format!("mutateOperations[{index}]");
        let path = Path::operation("mutateOperations", index);
        match one_of_many(value, &place, &path, &mut violations) {
            Some(operation) => operations.push(operation),
            None if violations.is_empty() => {
                return Err(ApiError::new("requestError", "OPERATION_REQUIRED", "An operation is required.")
                    .at(path)
                    .into());
            }
            None => {}
        }
    }
    finish(body, operations, violations)
}

fn one_of_many(
    value: &Value,
    place: &str,
    path: &Path,
    violations: &mut Vec<Violation>,
) -> Option<Operation> {
    let Value::Object(members) = value else {
        violations.push(json::misfit(place, "message", value));
        return None;
    };
    let mut found = None;
    for (key, value) in members {
        let resource = key.strip_suffix("Operation").and_then(by_key).filter(|known| !known.verbs.is_empty());
        match resource {
            None => json::only(&Value::Object([(key.clone(), Value::Null)].into_iter().collect()), &[], place, violations),
            Some(_) if found.is_some() => violations.push(Violation {
                field: place.to_owned(),
                description: format!("Invalid value at '{place}' (oneof), oneof field 'operation' is already set. Cannot set '{key}'"),
            }),
            Some(resource) => {
                found = Some(operation(resource, value, &format!("{place}.{key}"), path.at(key), violations));
            }
        }
    }
    found
}

fn operation(
    resource: &'static Resource,
    value: &Value,
    place: &str,
    path: Path,
    violations: &mut Vec<Violation>,
) -> Operation {
    let mut allowed: Vec<&str> = resource.extras.to_vec();
    for verb in ["create", "update", "remove"] {
        if resource.allows(verb) {
            allowed.push(verb);
        }
    }
    if resource.allows("update") {
        allowed.push("updateMask");
    }
    json::only(value, &allowed, place, violations);
    let mask = value.get("updateMask").and_then(Value::as_str).map(str::to_owned);
    let mut read = |verb: &str| {
        value
            .get(verb)
            .filter(|body| !body.is_null() && resource.allows(verb))
            .map(|body| json::message(resource.fields, body, &format!("{place}.{verb}"), violations))
    };
    let create = read("create");
    let update = read("update");
    let remove = value.get("remove").and_then(Value::as_str).map(str::to_owned);
    let set = usize::from(create.is_some()) + usize::from(update.is_some()) + usize::from(remove.is_some());
    if set > 1 {
        violations.push(Violation {
            field: place.to_owned(),
            description: format!(
                "Invalid value at '{place}' (oneof), oneof field 'operation' is already set."
            ),
        });
    }
    let is_update = update.is_some();
    let stray_mask = !is_update && mask.is_some();
    let verb = create
        .map(Verb::Create)
        .or_else(|| update.map(|object| Verb::Update(object, mask)))
        .or_else(|| remove.map(Verb::Remove));
    Operation { resource, verb, path, stray_mask, ignorable_topics: topics(value) }
}

fn topics(operation: &Value) -> Vec<String> {
    let topics =
        operation.pointer("/policyValidationParameter/ignorablePolicyTopics").and_then(Value::as_array);
    match topics {
        Some(topics) => topics.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        None => exempt_policies(operation),
    }
}

/// Policies that a keyword's or signal's operation asks to be exempt from; the two ways exclude each other (§5).
fn exempt_policies(operation: &Value) -> Vec<String> {
    let keys = operation.get("exemptPolicyViolationKeys").and_then(Value::as_array);
    let names = keys.into_iter().flatten().filter_map(|key| key.get("policyName")?.as_str());
    names.map(str::to_owned).collect()
}

fn list<'a>(body: &'a Value, name: &str, violations: &mut Vec<Violation>) -> &'a [Value] {
    match body.get(name) {
        Some(Value::Array(items)) => items,
        None | Some(Value::Null) => &[],
        Some(other) => {
            violations.push(json::misfit(name, "repeated field", other));
            &[]
        }
    }
}

fn finish(
    body: &Value,
    operations: Vec<Operation>,
    mut violations: Vec<Violation>,
) -> Result<Mutate, Refusal> {
    let mut flag = |name: &str| match body.get(name) {
        None | Some(Value::Null) => false,
        Some(Value::Bool(flag)) => *flag,
        Some(other) => {
            violations.push(json::misfit(name, "TYPE_BOOL", other));
            false
        }
    };
    let partial_failure = flag("partialFailure");
    let validate_only = flag("validateOnly");
    let with_content = match body.get("responseContentType").map(|value| (value.as_str(), value)) {
        None | Some((Some("UNSPECIFIED" | "RESOURCE_NAME_ONLY"), _)) => false,
        Some((Some("MUTABLE_RESOURCE"), _)) => true,
        Some((_, other)) => {
            violations.push(json::misfit("responseContentType", "ResponseContentTypeEnum", other));
            false
        }
    };
    if !violations.is_empty() {
        return Err(Refusal::Schema(violations));
    }
    if operations.is_empty() {
        // The list is a required field of every mutate request (§2.6, OPERATION_REQUIRED).
        return Err(ApiError::new("requestError", "OPERATION_REQUIRED", "An operation is required.").into());
    }
    if operations.len() > MOST_OPERATIONS {
        return Err(ApiError::new(
            "requestError",
            "TOO_MANY_MUTATE_OPERATIONS",
            "Too many mutate operations in one request.",
        )
        .into());
    }
    Ok(Mutate { operations, partial_failure, validate_only, with_content })
}

/// The resource a collection's own endpoint is for.
pub(super) fn endpoint(collection: &str) -> Option<&'static Resource> {
    resource::by_collection(collection).filter(|resource| !resource.verbs.is_empty())
}
