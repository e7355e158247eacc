//! The seeded accounts: a manager and three accounts in three currencies and zones.

use serde_json::{Value, json};

use crate::world::{Account, Object, Vendor, World};

/// Ids of created objects count up from here.
pub(super) const FIRST_ID: u64 = 20_000_000_001;

/// The manager through which the seeded user reaches the accounts.
pub(super) const MANAGER: &str = "1000000000";

/// Id, name, currency, zone.
const ACCOUNTS: [(&str, &str, &str, &str); 4] = [
    (MANAGER, "Sandbox manager", "EUR", "Europe/Madrid"),
    ("1000000001", "Sandbox EUR", "EUR", "Europe/Madrid"),
    ("1000000002", "Sandbox USD", "USD", "America/New_York"),
    ("1000000003", "Sandbox JPY", "JPY", "Asia/Tokyo"),
];

/// Adds the accounts.
pub(super) fn seed(world: &mut World) {
    let accounts = world.accounts.entry(Vendor::Google).or_default();
    for (id, name, currency, zone) in ACCOUNTS {
        let object = customer(id, name, currency, zone);
        accounts.insert(id.to_owned(), Account { object, ..Account::default() });
    }
}

fn customer(id: &str, name: &str, currency: &str, zone: &str) -> Object {
    let customer = json!({
        "resourceName": format!("customers/{id}"),
        "id": id,
        "descriptiveName": name,
        "currencyCode": currency,
        "timeZone": zone,
        "autoTaggingEnabled": true,
        "manager": id == MANAGER,
        "testAccount": false,
        "status": "ENABLED",
        "conversionTrackingSetting": {"conversionTrackingStatus": "CONVERSION_TRACKING_MANAGED_BY_SELF"},
    });
    match customer {
        Value::Object(customer) => customer,
        _ => Object::new(),
    }
}
