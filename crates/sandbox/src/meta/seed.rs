//! The seeded accounts, page, pixel and audience.

use serde_json::{Value, json};

use super::money::{self, Pays};
use super::store;
use super::time::AccountClock;
use crate::world::{Account, Object, Vendor, World};

/// Digits, name, currency, zone and country of the seeded accounts.
const ACCOUNTS: [(&str, &str, &str, &str, &str); 3] = [
    ("1000000001", "Sandbox EUR", "EUR", "Europe/Madrid", "ES"),
    ("1000000002", "Sandbox USD", "USD", "America/New_York", "US"),
    ("1000000003", "Sandbox JPY", "JPY", "Asia/Tokyo", "JP"),
];
const PAGE: &str = "111";
const PIXEL: &str = "1122334455";
const AUDIENCE: &str = "2384";

/// Adds the accounts, and what they advertise for.
pub(super) fn accounts(world: &mut World) {
    let clock = AccountClock::of(&Object::new());
    let made = clock.format(world.now);
    for (digits, name, currency, zone, country) in ACCOUNTS {
        let account = json!({
            "id": format!("act_{digits}"), "account_id": digits, "name": name, "account_status": 1,
            "currency": currency, "timezone_name": zone, "business_country_code": country,
            "business": {"id": "3000000000000001", "name": "Sandbox Business"},
            "owner": "3000000000000001", "created_time": made, "age": 400.0, "disable_reason": 0,
            "is_personal": 0, "is_prepay_account": false, "balance": "0", "spend_cap": "0",
            "min_campaign_group_spend_cap": money::minimum_cap(currency).to_string(),
            "min_daily_budget": money::minimum_daily(currency, Pays::Impressions),
            "capabilities": ["CAN_USE_REACH_AND_FREQUENCY"], "user_tasks": ["DRAFT", "ANALYZE", "ADVERTISE", "MANAGE"],
        });
        if let Value::Object(object) = account {
            let account = Account { object, ..Account::default() };
            world.accounts.entry(Vendor::Meta).or_default().insert(digits.to_owned(), account);
        }
    }
    let page = json!({"id": PAGE, "name": "Sandbox Shop", "category": "Shopping & retail"});
    store::note_mut(world, "pages").insert(PAGE.to_owned(), page);
    let pixel = json!({"id": PIXEL, "name": "Sandbox pixel", "creation_time": made, "is_unavailable": false});
    store::note_mut(world, "pixels").insert(PIXEL.to_owned(), pixel);
    let audience = json!({
        "id": AUDIENCE, "name": "Sandbox customers", "subtype": "CUSTOM", "approximate_count_lower_bound": 20_000,
        "approximate_count_upper_bound": 23_500, "time_created": world.now.as_second(),
        "operation_status": {"code": 200, "description": "Normal"},
        "delivery_status": {"code": 200, "description": "This audience is ready for use."},
    });
    store::note_mut(world, "audiences").insert(AUDIENCE.to_owned(), audience);
}
