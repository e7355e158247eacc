//! Operations per day and per account. Source: google-ads.md §6.

use serde_json::{Value, json};

use super::errors::{ApiError, Refusal};
use crate::quota::{Limit, QuotaMode};
use crate::world::{Vendor, World};

const DAY_SECONDS: u32 = 86_400;
/// The vendor publishes no rate; this one is made up, wide enough for one careful client (§6).
const RATE: Limit = Limit::Bucket { capacity: 30_000, seconds: 60, blocked_seconds: 0 };

/// Operations of a day by access level; none for the unlimited one.
fn daily(mode: &QuotaMode) -> Option<u32> {
    match mode {
        QuotaMode::Tier(tier) => match tier.as_str() {
            "standard" => None,
            "explorer" => Some(2_880),
            _ => Some(15_000),
        },
        _ => Some(15_000),
    }
}

/// Charges a call: so many operations, to the project and to the account.
pub(super) fn charge(world: &mut World, customer: Option<&str>, operations: u32) -> Result<(), Refusal> {
    let mode = world.quota_mode();
    let account = customer.map(|customer| format!("customer:{customer}"));
    let mut limits: Vec<(&str, Limit)> = Vec::new();
    if let Some(most) = daily(&mode) {
        limits.push(("project", Limit::Window { most, seconds: DAY_SECONDS, blocked_seconds: 0 }));
    }
    if let Some(account) = &account {
        limits.push((account.as_str(), RATE));
    }
    let keys: Vec<String> = limits.iter().map(|(key, _)| (*key).to_owned()).collect();
    world.charge(Vendor::Google, &limits, operations).map_err(|refusal| {
        let project = keys.get(refusal.limit).is_some_and(|key| key == "project");
        let (code, scope, rate) = if project {
            ("RESOURCE_EXHAUSTED", "DEVELOPER", "Number of operations per day")
        } else {
            ("RESOURCE_TEMPORARILY_EXHAUSTED", "ACCOUNT", "Number of operations per minute")
        };
        let retry = format!("{}s", refusal.retry_after_seconds);
        ApiError::new(
            "quotaError",
            code,
            format!("Too many requests. Retry in {} seconds.", refusal.retry_after_seconds),
        )
        .details(json!({"quotaErrorDetails": {"rateScope": scope, "rateName": rate, "retryDelay": retry}}))
        .into()
    })
}

/// A query is one operation; its further pages are free (§6).
pub(super) fn charge_query(world: &mut World, customer: &str, body: &Value) -> Result<(), Refusal> {
    let first = body.get("pageToken").and_then(Value::as_str).unwrap_or_default().is_empty();
    if first { charge(world, Some(customer), 1) } else { Ok(()) }
}
