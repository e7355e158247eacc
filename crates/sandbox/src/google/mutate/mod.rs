//! Mutates: one resource's endpoint and `googleAds:mutate`. Source: google-ads.md §2.3-§2.6.

mod apply;
pub(super) use self::apply::{difference, take_away};
pub(super) mod index;
mod references;
mod request;
mod target;
pub(super) mod transaction;

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use self::request::{Mutate, Operation};
pub(super) use self::transaction::{Author, Transaction};
use super::errors::{ApiError, Refusal, partial_failure};
use super::schema::{Field, Mode};
use super::{names, resource::Resource};
use crate::world::{Object, Vendor, World};

/// The user behind every token of the sandbox.
const API_USER: &str = "sandbox-user@example.com";

/// The author of changes that come through the API.
pub(super) fn api_author() -> Author {
    Author { actor: API_USER.to_owned(), via_api: true }
}

/// An answer, and whether something was stored.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) body: Value,
    pub(super) wrote: bool,
}

/// `customers/{customer}/{collection}:mutate`.
pub(super) fn one(
    world: &mut World,
    customer: &str,
    collection: &str,
    body: &Value,
    request_id: &str,
) -> Result<Answer, Refusal> {
    let resource = request::endpoint(collection).ok_or(Refusal::NotFound)?;
    let mutate = request::read_one(body, resource)?;
    let outcome = run(world, customer, &mutate)?;
    Ok(answer(outcome, "results", request_id, |_, result| result))
}

/// `customers/{customer}/googleAds:mutate`.
pub(super) fn many(
    world: &mut World,
    customer: &str,
    body: &Value,
    request_id: &str,
) -> Result<Answer, Refusal> {
    let mutate = request::read_many(body)?;
    let outcome = run(world, customer, &mutate)?;
    let keys: Vec<&str> = mutate.operations.iter().map(|operation| operation.resource.key).collect();
    Ok(answer(outcome, "mutateOperationResponses", request_id, |index, result| {
        let empty = result.as_object().is_none_or(Map::is_empty);
        if empty { result } else { json!({format!("{}Result", keys[index]): result}) }
    }))
}

/// What a request did, one result per operation.
struct Outcome {
    results: Vec<Value>,
    errors: Vec<ApiError>,
    wrote: bool,
}

fn answer(outcome: Outcome, list: &str, request_id: &str, wrap: impl Fn(usize, Value) -> Value) -> Answer {
    let mut body = Map::new();
    if !outcome.errors.is_empty() {
        body.insert("partialFailureError".into(), partial_failure(&outcome.errors, request_id));
    }
    if !outcome.results.is_empty() {
        let results =
            outcome.results.into_iter().enumerate().map(|(index, result)| wrap(index, result)).collect();
        body.insert(list.into(), Value::Array(results));
    }
    Answer { body: Value::Object(body), wrote: outcome.wrote }
}

fn run(world: &mut World, customer: &str, mutate: &Mutate) -> Result<Outcome, Refusal> {
    let fault = world.fault_partial(Vendor::Google);
    let now = world.now;
    let base_url = super::images::root(world);
    let World { accounts, next_id, options, .. } = world;
    let account = accounts
        .get_mut(&Vendor::Google)
        .and_then(|accounts| accounts.get_mut(customer))
        .ok_or(Refusal::NotFound)?;
    let next_id = next_id.entry(Vendor::Google).or_insert(super::seed::FIRST_ID);
    let author = api_author();
    let mut tx = Transaction::new(account, options, next_id, customer, now, author);
    tx.set_base_url(base_url);
    let start = tx.mark();
    let mut errors = Vec::new();
    let mut results = Vec::new();
    let mut targets = HashSet::new();
    for (index, operation) in mutate.operations.iter().enumerate() {
        let mark = tx.mark();
        let known = errors.len();
        let id = if mutate.partial_failure && fault && index % 2 == 1 {
            errors.push(interference(operation));
            None
        } else {
            checked(&mut tx, operation, mutate, &mut targets, &mut errors)
        };
        if let Some(id) = id.filter(|_| errors.len() == known) {
            results.push(result(&tx, operation.resource, &id, mutate.with_content));
        } else {
            tx.roll_back(mark);
            results.push(json!({}));
        }
    }
    if errors.is_empty() {
        errors.extend(tx.incomplete());
    }
    if !errors.is_empty() && !mutate.partial_failure {
        tx.roll_back(start);
        return Err(Refusal::Failure(errors));
    }
    if mutate.validate_only {
        tx.roll_back(start);
        return Ok(Outcome { results: Vec::new(), errors, wrote: false });
    }
    let kept = tx.keep();
    super::review::begin(world, customer, &kept.reviews);
    super::images::keep(world, kept.images);
    Ok(Outcome { results, errors, wrote: kept.wrote })
}

/// A `partial` fault: another writer was faster.
fn interference(operation: &Operation) -> ApiError {
    ApiError::new(
        "databaseError",
        "CONCURRENT_MODIFICATION",
        "Multiple requests were attempting to modify the same resource at once. Retry the request.",
    )
    .at(operation.path.clone())
}

fn checked(
    tx: &mut Transaction<'_>,
    operation: &Operation,
    mutate: &Mutate,
    targets: &mut HashSet<(String, String)>,
    errors: &mut Vec<ApiError>,
) -> Option<String> {
    // Asset groups and what belongs to them are all-or-nothing (§2.3).
    if mutate.partial_failure && operation.resource.collection.starts_with("assetGroup") {
        errors.push(
            ApiError::new(
                "mutateError",
                "OPERATION_DOES_NOT_SUPPORT_PARTIAL_FAILURE",
                "The operation cannot be used with partial failure.",
            )
            .at(operation.path.clone()),
        );
        return None;
    }
    apply::operation(tx, operation, targets, errors)
}

/// One entry of the results.
fn result(tx: &Transaction<'_>, resource: &Resource, id: &str, with_content: bool) -> Value {
    let resource_name = names::name(&tx.customer, resource.collection, id);
    let mut result = Map::new();
    result.insert("resourceName".into(), json!(resource_name));
    if with_content {
        let stored = target::stored(tx, resource, id);
        if let Some(object) = stored {
            let mut content = mutable(resource.fields, &object);
            content.insert("resourceName".into(), json!(resource_name));
            result.insert(resource.key.into(), Value::Object(content));
        }
    }
    Value::Object(result)
}

/// The members a client may write (§2.3, `MUTABLE_RESOURCE`).
fn mutable(fields: &'static [Field], object: &Object) -> Object {
    fields
        .iter()
        .filter(|field| field.mode != Mode::OutputOnly)
        .filter_map(|field| object.get(field.name).map(|value| (field.name.to_owned(), value.clone())))
        .collect()
}
