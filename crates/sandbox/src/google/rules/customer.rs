//! Account settings (`customers/{customer}:mutate`). Source: google-ads.md §2, §3.15.

use serde_json::{Value, json};

use crate::google::errors::{ApiError, Path, Refusal};
use crate::google::mutate::{Author, difference};
use crate::google::schema::report::CUSTOMER;
use crate::google::{json as strict, mask};
use crate::world::{Change, Vendor, World};

/// Updates the account itself; only updates exist.
pub(in crate::google) fn mutate(
    world: &mut World,
    customer: &str,
    body: &Value,
    author: Author,
) -> Result<(Value, bool), Refusal> {
    let mut violations = Vec::new();
    strict::only(
        body,
        &["customerId", "operation", "validateOnly", "responseContentType"],
        "",
        &mut violations,
    );
    let operation = body.get("operation").cloned().unwrap_or_else(|| json!({}));
    strict::only(&operation, &["update", "updateMask"], "operation", &mut violations);
    let given = operation.get("update").cloned().unwrap_or_else(|| json!({}));
    let given = strict::message(CUSTOMER, &given, "operation.update", &mut violations);
    if !violations.is_empty() {
        return Err(Refusal::Schema(violations));
    }
    let path = Path::default().at("operation");
    let name = format!("customers/{customer}");
    if given.get("resourceName").and_then(Value::as_str) != Some(name.as_str()) {
        let error = ApiError::new(
            "requestError",
            "RESOURCE_NAME_MALFORMED",
            "The resource name is not the account's.",
        );
        return Err(error.at(path.at("update.resourceName")).into());
    }
    let Some(paths) = operation.get("updateMask").and_then(Value::as_str).filter(|mask| !mask.is_empty())
    else {
        let error = ApiError::new(
            "fieldMaskError",
            "FIELD_MASK_MISSING",
            "The field mask must be provided for update operations.",
        );
        return Err(error.at(path.at("updateMask")).into());
    };
    let mut errors = Vec::new();
    let steps = mask::resolve(CUSTOMER, paths, &path, &mut errors);
    if !errors.is_empty() {
        return Err(Refusal::Failure(errors));
    }
    let now = world.now;
    let account = world.account_mut(Vendor::Google, customer).ok_or(Refusal::NotFound)?;
    let mut new = account.object.clone();
    for steps in &steps {
        mask::copy(CUSTOMER, steps, &given, &mut new);
    }
    let (before, after) = difference(&account.object, &new);
    let stores = body.get("validateOnly") != Some(&Value::Bool(true)) && !after.is_empty();
    if stores {
        account.object = new;
        let Author { actor, via_api } = author;
        account.history.push(Change {
            at: now,
            actor,
            via_api,
            collection: "customers".into(),
            id: customer.to_owned(),
            operation: "UPDATE".into(),
            before,
            after,
        });
    }
    Ok((json!({"result": {"resourceName": name}}), stores))
}
