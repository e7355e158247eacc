//! Paths to endpoints. Source: google-ads.md §2.

use serde_json::{Value, json};

use super::errors::{ApiError, Refusal};
use super::mutate::{self, Answer};
use super::{auth, quota, rules, search};
use crate::http::{Request, Response};
use crate::world::{Vendor, World};

const VERSION: &str = "v26";
/// Collections that are no resources of an account but are asked below it.
const MANAGER_REFUSED: &str = "CANNOT_BE_EXECUTED_BY_MANAGER_ACCOUNT";

/// Answers a request below the vendor's root.
pub(super) fn route(world: &mut World, request: &Request, request_id: &str) -> Response {
    let path = percent_decoded(&request.path);
    let stream = path.ends_with(":searchStream");
    match answer(world, request, &path, request_id) {
        Ok((body, customer)) => {
            let mut response = Response::json(200, &body.body);
            response.wrote = body.wrote;
            response.account = customer;
            response
        }
        Err(refusal) => refusal.response(request_id, stream).for_account_of(&path),
    }
}

trait ForAccountOf {
    fn for_account_of(self, path: &str) -> Self;
}

impl ForAccountOf for Response {
    /// Names the account in the path, for the request log.
    fn for_account_of(self, path: &str) -> Self {
        match path.split("customers/").nth(1).and_then(|rest| rest.split(['/', ':']).next()) {
            Some(id) if !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()) => {
                self.for_account(id)
            }
            _ => self,
        }
    }
}

fn percent_decoded(path: &str) -> String {
    // Clients may escape the colon before a verb; nothing else in these paths needs escaping.
    path.replace("%3A", ":").replace("%3a", ":").replace("%7E", "~").replace("%7e", "~")
}

fn answer(
    world: &mut World,
    request: &Request,
    path: &str,
    request_id: &str,
) -> Result<(Answer, Option<String>), Refusal> {
    let rest = versioned(path)?;
    let read = |body: Value| Answer { body, wrote: false };
    if rest == "customers:listAccessibleCustomers" {
        expect(request, "GET")?;
        auth::authenticate(world, request)?;
        quota::charge(world, None, 1)?;
        return Ok((read(auth::accessible_customers(world)), None));
    }
    if rest == "geoTargetConstants:suggest" {
        expect(request, "POST")?;
        auth::authenticate(world, request)?;
        quota::charge(world, None, 1)?;
        return Ok((read(search::suggest(&body(request)?)?), None));
    }
    let below = rest.strip_prefix("customers/").ok_or(Refusal::NotFound)?;
    if let Some(customer) = below.strip_suffix(":mutate").filter(|id| !id.contains('/')) {
        return settings(world, request, customer);
    }
    let (customer, call) = below.split_once('/').ok_or(Refusal::NotFound)?;
    let (collection, verb) = call.split_once(':').ok_or(Refusal::NotFound)?;
    if !matches!((collection, verb), ("googleAds", "search" | "searchStream" | "mutate") | (_, "mutate")) {
        return Err(Refusal::NotFound);
    }
    expect(request, "POST")?;
    auth::authenticate(world, request)?;
    let body = body(request)?;
    auth::authorize(world, request, customer)?;
    let answer = match verb {
        "search" => {
            quota::charge_query(world, customer, &body)?;
            read(search::paged(world, customer, &body)?)
        }
        "searchStream" => {
            quota::charge_query(world, customer, &body)?;
            read(search::stream(world, customer, &body, request_id)?)
        }
        _ => write(world, customer, collection, &body, request_id)?,
    };
    Ok((answer, Some(customer.to_owned())))
}

/// `customers/{customer}:mutate`.
fn settings(
    world: &mut World,
    request: &Request,
    customer: &str,
) -> Result<(Answer, Option<String>), Refusal> {
    expect(request, "POST")?;
    auth::authenticate(world, request)?;
    let body = body(request)?;
    auth::authorize(world, request, customer)?;
    quota::charge(world, Some(customer), 1)?;
    let (body, wrote) = rules::customer::mutate(world, customer, &body, mutate::api_author())?;
    Ok((Answer { body, wrote }, Some(customer.to_owned())))
}

fn write(
    world: &mut World,
    customer: &str,
    collection: &str,
    body: &Value,
    request_id: &str,
) -> Result<Answer, Refusal> {
    let list = if collection == "googleAds" { "mutateOperations" } else { "operations" };
    let operations = body.get(list).and_then(Value::as_array).map_or(1, |items| items.len().max(1));
    quota::charge(world, Some(customer), u32::try_from(operations).unwrap_or(u32::MAX))?;
    let manager = world
        .account(Vendor::Google, customer)
        .is_some_and(|account| account.object.get("manager") == Some(&json!(true)));
    if manager {
        return Err(ApiError::new(
            "requestError",
            MANAGER_REFUSED,
            "The request cannot be executed by a manager account.",
        )
        .into());
    }
    if collection == "googleAds" {
        mutate::many(world, customer, body, request_id)
    } else {
        mutate::one(world, customer, collection, body, request_id)
    }
}

/// The path below the version.
fn versioned(path: &str) -> Result<&str, Refusal> {
    let (version, rest) = path.trim_start_matches('/').split_once('/').ok_or(Refusal::NotFound)?;
    let numbered = version
        .strip_prefix('v')
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()));
    match version {
        VERSION => Ok(rest),
        _ if numbered => Err(ApiError::new(
            "requestError",
            "UNSUPPORTED_VERSION",
            format!("Version {version} is not served here, only {VERSION} is."),
        )
        .into()),
        _ => Err(Refusal::NotFound),
    }
}

fn expect(request: &Request, method: &str) -> Result<(), Refusal> {
    if request.method == method { Ok(()) } else { Err(Refusal::NotFound) }
}

/// The body as JSON; an empty one is an empty message.
fn body(request: &Request) -> Result<Value, Refusal> {
    if request.body.is_empty() {
        return Ok(json!({}));
    }
    serde_json::from_slice(&request.body).map_err(|error| {
        Refusal::Schema(vec![super::errors::Violation {
            field: String::new(),
            description: format!("Invalid JSON payload received. {error}"),
        }])
    })
}
