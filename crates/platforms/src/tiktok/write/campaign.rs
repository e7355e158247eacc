//! Campaigns: bodies of create and update.

use adplane_core::value::Value;
use adplane_engine::error::PlatformError;
use serde_json::json;

use super::refused;
use super::values::{Wanted, to_json};
use crate::tiktok::wire::{Lane, Object, amount, set, words};

/// Typed members that are written as they are.
const MEMBERS: [&str; 6] = [
    "po_number",
    "sales_destination",
    "app_promotion_type",
    "catalog_enabled",
    "catalog_type",
    "objective_type",
];

/// The body of a create.
pub(crate) fn create(wanted: &Wanted<'_>, lane: Lane, name: &str) -> Object {
    let mut body = Object::new();
    set(&mut body, "campaign_name", name);
    for member in MEMBERS {
        if let Some(value) = wanted.get(&format!("tiktok.{member}")) {
            set(&mut body, member, to_json(value));
        }
    }
    if lane == Lane::Manual {
        body.remove("sales_destination");
    }
    let budget = ["budget.daily", "budget.total"].into_iter().find_map(|path| wanted.get(path)?.as_money());
    let mode = wanted.text("tiktok.budget_mode").unwrap_or("BUDGET_MODE_INFINITE");
    set(&mut body, "budget_mode", mode);
    if let Some(budget) = budget {
        set(&mut body, "budget", amount::to_json(budget));
    }
    // Smart+ would share the budget out by default, so it is always said.
    set(&mut body, "budget_optimize_on", budget.is_some());
    let industries = industries(wanted.get("specialAdCategories"));
    if !industries.is_empty() {
        set(&mut body, "special_industries", json!(industries));
    }
    set(&mut body, "operation_status", "DISABLE");
    body
}

fn industries(categories: Option<&Value>) -> Vec<&'static str> {
    categories.into_iter().flat_map(Value::texts).filter_map(words::industry).collect()
}

/// The body of an update without its id; only what changes is sent (tiktok-ads.md §4.5).
///
/// # Errors
/// When a field is fixed at create.
pub(crate) fn update(wanted: &Wanted<'_>) -> Result<Object, PlatformError> {
    let mut body = Object::new();
    for path in wanted.paths() {
        match path.as_str() {
            "displayName" | "state" => {}
            "budget.daily" | "budget.total" => {
                if let Some(budget) = wanted.get(path.as_str()).and_then(Value::as_money) {
                    set(&mut body, "budget", amount::to_json(budget));
                }
            }
            "specialAdCategories" => {
                set(&mut body, "special_industries", json!(industries(wanted.get(path.as_str()))));
            }
            "tiktok.po_number" => set(&mut body, "po_number", wanted.text(path.as_str()).unwrap_or_default()),
            other => {
                let message = format!("TikTok fixes `{other}` of a campaign at create");
                return Err(refused("campaign/update", message).field(path.clone()));
            }
        }
    }
    Ok(body)
}
