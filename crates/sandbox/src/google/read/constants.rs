//! Rows of constants and of the account tree. Source: google-ads.md §1, §3.

use serde_json::{Value, json};

use super::Reader;
use crate::google::data::{currencies, geo, languages};
use crate::world::{Object, Vendor};

pub(super) fn places() -> Vec<Object> {
    geo::all().map(geo::Place::object).collect()
}

pub(super) fn languages() -> Vec<Object> {
    languages::LANGUAGES
        .iter()
        .map(|(id, code, name)| {
            object(json!({
                "resourceName": format!("languageConstants/{id}"),
                "id": id.to_string(),
                "code": code,
                "name": name,
                "targetable": true,
            }))
        })
        .collect()
}

pub(super) fn currencies() -> Vec<Object> {
    currencies::CURRENCIES
        .iter()
        .map(|(code, name, symbol)| {
            object(json!({
                "resourceName": format!("currencyConstants/{code}"),
                "code": code,
                "name": name,
                "symbol": symbol,
                "billableUnitMicros": currencies::billable_unit_micros(code).to_string(),
            }))
        })
        .collect()
}

/// The account itself, and below a manager every account it manages (§1).
pub(super) fn clients(reader: &Reader<'_>) -> Vec<Object> {
    let mut rows = vec![client(reader.id, reader.id, reader.customer(), 0)];
    if reader.is_manager() {
        let accounts = reader.world.accounts.get(&Vendor::Google);
        for (id, account) in accounts.into_iter().flatten().filter(|(id, _)| id.as_str() != reader.id) {
            rows.push(client(reader.id, id, &account.object, 1));
        }
    }
    rows
}

fn client(manager: &str, id: &str, customer: &Object, level: u8) -> Object {
    let copy = |field: &str| customer.get(field).cloned().unwrap_or(Value::Null);
    object(json!({
        "resourceName": format!("customers/{manager}/customerClients/{id}"),
        "clientCustomer": format!("customers/{id}"),
        "id": id,
        "level": level.to_string(),
        "manager": copy("manager"),
        "hidden": false,
        "testAccount": copy("testAccount"),
        "descriptiveName": copy("descriptiveName"),
        "currencyCode": copy("currencyCode"),
        "timeZone": copy("timeZone"),
        "status": copy("status"),
    }))
}

fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        _ => Object::new(),
    }
}
