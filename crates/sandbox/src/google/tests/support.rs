//! A seeded world, requests, and a valid tree to deviate from.

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::google::{advance, handle, seed};
use crate::http::{Request, Response};
use crate::world::World;

pub(super) const EUR: &str = "1000000001";
pub(super) const JPY: &str = "1000000003";

/// A seeded world on a Monday noon in Madrid.
pub(super) fn world() -> World {
    let mut world = World::new(1, "2026-03-02T11:00:00Z".parse().unwrap());
    world.options.insert("quota".into(), "off".into());
    seed(&mut world);
    world
}

pub(super) fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Request {
    let headers: BTreeMap<String, String> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Request {
        method: method.into(),
        path: path.into(),
        query: Vec::new(),
        headers,
        body: Bytes::copy_from_slice(body.as_bytes()),
        base_url: "http://127.0.0.1:9440/google".into(),
    }
}

pub(super) fn json_of(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap()
}

/// A POST below an account, with a valid token.
pub(super) fn post(world: &mut World, account: &str, call: &str, body: &Value) -> (u16, Value) {
    let path = format!("/v26/customers/{account}/{call}");
    let response = handle(
        world,
        &request("POST", &path, &[("authorization", "Bearer sandbox-token")], &body.to_string()),
    );
    (response.status, json_of(&response))
}

/// A mutate that has to succeed.
pub(super) fn apply(world: &mut World, call: &str, body: &Value) -> Value {
    let (status, answer) = post(world, EUR, call, body);
    assert_eq!(status, 200, "{answer:#}");
    answer
}

/// The rows of a query that has to succeed.
pub(super) fn rows(world: &mut World, query: &str) -> Vec<Value> {
    let (status, answer) = post(world, EUR, "googleAds:search", &json!({"query": query}));
    assert_eq!(status, 200, "{answer:#}");
    answer.get("results").and_then(Value::as_array).cloned().unwrap_or_default()
}

/// Sandbox time passes.
pub(super) fn pass(world: &mut World, hours: i64) {
    let from = world.now;
    world.now = from + SignedDuration::from_hours(hours);
    let to = world.now;
    advance(world, from, to);
}

/// `family.code` of each error, with its place.
pub(super) fn errors(answer: &Value) -> Vec<String> {
    let list = answer
        .pointer("/error/details/0/errors")
        .or_else(|| answer.pointer("/partialFailureError/details/0/errors"))
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    list.iter()
        .map(|error| {
            let (family, code) = error["errorCode"].as_object().unwrap().iter().next().unwrap();
            format!("{family}.{} at {}", code.as_str().unwrap(), place(error))
        })
        .collect()
}

fn place(error: &Value) -> String {
    let elements = error.pointer("/location/fieldPathElements").and_then(Value::as_array).cloned();
    let parts: Vec<String> = elements
        .unwrap_or_default()
        .iter()
        .map(|element| {
            let name = element["fieldName"].as_str().unwrap();
            element.get("index").map_or_else(|| name.to_owned(), |index| format!("{name}[{index}]"))
        })
        .collect();
    parts.join(".")
}

pub(super) fn budget() -> Value {
    json!({
        "resourceName": "customers/1000000001/campaignBudgets/-1",
        "amountMicros": "40000000",
        "explicitlyShared": false,
    })
}

pub(super) fn campaign() -> Value {
    json!({
        "resourceName": "customers/1000000001/campaigns/-2",
        "name": "Brand search",
        "status": "PAUSED",
        "advertisingChannelType": "SEARCH",
        "campaignBudget": "customers/1000000001/campaignBudgets/-1",
        "targetSpend": {"cpcBidCeilingMicros": "1200000"},
        "containsEuPoliticalAdvertising": "DOES_NOT_CONTAIN_EU_POLITICAL_ADVERTISING",
        "urlCustomParameters": [{"key": "adplane", "value": "owner6.key10"}],
    })
}

pub(super) fn ad_group() -> Value {
    json!({
        "resourceName": "customers/1000000001/adGroups/-3",
        "name": "Shoes",
        "campaign": "customers/1000000001/campaigns/-2",
        "cpcBidMicros": "500000",
    })
}

pub(super) fn ad() -> Value {
    json!({
        "adGroup": "customers/1000000001/adGroups/-3",
        "ad": {
            "finalUrls": ["https://shop.example/shoes"],
            "responsiveSearchAd": {
                "headlines": [{"text": "Running shoes"}, {"text": "Free returns"}, {"text": "New in spring"}],
                "descriptions": [{"text": "Light and fast."}, {"text": "Delivered in two days."}],
                "path1": "shoes",
            },
        },
    })
}

pub(super) fn keyword() -> Value {
    json!({
        "adGroup": "customers/1000000001/adGroups/-3",
        "keyword": {"text": "running shoes", "matchType": "PHRASE"},
    })
}

/// The operations of a whole valid tree.
pub(super) fn tree() -> Vec<Value> {
    vec![
        json!({"campaignBudgetOperation": {"create": budget()}}),
        json!({"campaignOperation": {"create": campaign()}}),
        json!({"adGroupOperation": {"create": ad_group()}}),
        json!({"adGroupAdOperation": {"create": ad()}}),
        json!({"adGroupCriterionOperation": {"create": keyword()}}),
        json!({"campaignCriterionOperation": {"create": {
            "campaign": "customers/1000000001/campaigns/-2",
            "location": {"geoTargetConstant": "geoTargetConstants/2724"},
        }}}),
        json!({"campaignCriterionOperation": {"create": {
            "campaign": "customers/1000000001/campaigns/-2",
            "language": {"languageConstant": "languageConstants/1003"},
        }}}),
    ]
}

/// Real resource names of the tree, by operation.
pub(super) fn create_tree(world: &mut World) -> Vec<String> {
    let answer = apply(world, "googleAds:mutate", &json!({"mutateOperations": tree()}));
    let results = answer["mutateOperationResponses"].as_array().unwrap();
    results
        .iter()
        .map(|result| {
            let (_, result) = result.as_object().unwrap().iter().next().unwrap();
            result["resourceName"].as_str().unwrap().to_owned()
        })
        .collect()
}

/// Replaces the value at a JSON pointer; `null` removes it.
pub(super) fn with(mut value: Value, pointer: &str, new: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = value.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    if new.is_null() {
        parent.remove(name);
    } else {
        parent.insert(name.to_owned(), new);
    }
    value
}
