//! Parameters of ad sets (meta-ads.md §5).

use adplane_core::address::Kind;
use adplane_core::observed::ObservedObject;
use adplane_core::value::Value;
use adplane_engine::error::PlatformError;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Value as Json, json};

use super::prepare::Prepared;
use super::wanted::Wanted;
use super::{campaign, targeting};
use crate::meta::wire::json::{self as tolerant, Object};
use crate::meta::wire::words::STRATEGIES;
use crate::meta::wire::{blocks, goals, hours, time};

/// Parameters of a create (`live` absent) or an update.
pub(super) fn parameters(
    wanted: &Wanted<'_>,
    live: Option<&ObservedObject>,
    prepared: &Prepared,
) -> Result<Object, PlatformError> {
    let mut parameters = Object::new();
    campaign::budgets(wanted, &mut parameters)?;
    bids(wanted, live, &mut parameters)?;
    let native = live.map(|live| &*live.native);
    if let Some(targeting) = targeting::rebuilt(wanted, native, prepared)? {
        parameters.insert("targeting".into(), targeting);
    }
    if let Some(promoted) = promoted_object(wanted, native) {
        parameters.insert("promoted_object".into(), promoted);
    }
    for field in wanted.fields() {
        let after = field.after.as_ref();
        let text = || json!(after.and_then(Value::as_text).unwrap_or_default());
        let (name, value) = match field.path.as_str() {
            "displayName" => ("name", text()),
            "optimization.goal" => {
                let goal = after.and_then(Value::as_text).unwrap_or_default();
                ("optimization_goal", json!(goals::to_wire(goal).unwrap_or(goal)))
            }
            "meta.optimization_goal" => ("optimization_goal", text()),
            "meta.destination_type" => ("destination_type", text()),
            "schedule.start" => ("start_time", instant(after)),
            "schedule.end" => ("end_time", instant(after)),
            "schedule.hours" => {
                let pacing = if after.is_some() { "day_parting" } else { "standard" };
                parameters.insert("pacing_type".into(), json!([pacing]));
                ("adset_schedule", after.map_or_else(|| json!([]), hours::to_wire))
            }
            "compliance.dsa.beneficiary" => ("dsa_beneficiary", text()),
            "compliance.dsa.payor" => ("dsa_payor", text()),
            path if is_elsewhere(path) => continue,
            path if path.starts_with("meta.") => {
                campaign::leaf(Kind::AdGroup, &field.path, after, &mut parameters);
                continue;
            }
            _ => return Err(campaign::unknown(&field.path)),
        };
        parameters.insert(name.to_owned(), value);
    }
    Ok(parameters)
}

/// Fields that a function of their own writes.
fn is_elsewhere(path: &str) -> bool {
    let prefixes = ["budget.", "bidding.", "targeting.", "optimization.", "meta.promoted_object."];
    prefixes.iter().any(|prefix| path.starts_with(prefix)) || targeting::is_leaf(path)
}

/// An instant; no end is written as zero.
fn instant(value: Option<&Value>) -> Json {
    value.and_then(Value::as_time).map_or(json!(0), |time| json!(time::show(time)))
}

/// Strategy and amounts. An amount alone would make the strategy a bid cap (meta-ads.md §5.1), so the strategy
/// goes along where the ad set decides it.
fn bids(
    wanted: &Wanted<'_>,
    live: Option<&ObservedObject>,
    parameters: &mut Object,
) -> Result<(), PlatformError> {
    for field in wanted.fields().filter(|field| field.path.is_within("bidding")) {
        match (field.path.as_str(), &field.after) {
            ("bidding.strategy", Some(_)) => {
                parameters.insert("bid_strategy".into(), campaign::word(field, STRATEGIES)?);
            }
            ("bidding.amount", Some(value)) => {
                parameters.insert("bid_amount".into(), json!(campaign::minor(&field.path, value)?));
            }
            ("bidding.roas", Some(value)) => {
                let floor = value.as_decimal().and_then(|roas| (roas * Decimal::from(10_000)).to_i64());
                let floor = floor.ok_or_else(|| campaign::unknown(&field.path))?;
                parameters.insert("bid_constraints".into(), json!({"roas_average_floor": floor}));
            }
            // A strategy that takes no amount drops the one it leaves behind.
            ("bidding.strategy" | "bidding.amount" | "bidding.roas", None) => {}
            _ => return Err(campaign::unknown(&field.path)),
        }
    }
    let touches_amount = parameters.contains_key("bid_amount") || parameters.contains_key("bid_constraints");
    let own_strategy = live.filter(|live| live.value("bidding.strategy").is_some());
    if let Some(live) = own_strategy.filter(|_| touches_amount && !parameters.contains_key("bid_strategy")) {
        parameters.insert("bid_strategy".into(), json!(tolerant::word(&live.native, "bid_strategy")));
    }
    Ok(())
}

/// What the ad set promotes, rebuilt from the live one.
fn promoted_object(wanted: &Wanted<'_>, native: Option<&Json>) -> Option<Json> {
    if !(wanted.touches("optimization") || wanted.touches("meta.promoted_object")) {
        return None;
    }
    let live = native.and_then(|native| native.get("promoted_object")).and_then(Json::as_object);
    let mut promoted = live.cloned().unwrap_or_default();
    let members = [
        ("optimization.pixel", "pixel_id"),
        ("optimization.app.id", "application_id"),
        ("optimization.app.storeUrl", "object_store_url"),
        ("meta.promoted_object.custom_conversion_id", "custom_conversion_id"),
        ("meta.promoted_object.page_id", "page_id"),
        ("meta.promoted_object.product_set_id", "product_set_id"),
        ("meta.promoted_object.custom_event_type", "custom_event_type"),
    ];
    for (path, name) in members {
        if let Some(text) = wanted.text(path) {
            blocks::write(&mut promoted, name, Some(json!(text)));
        }
    }
    let counts = promoted.contains_key("pixel_id") || promoted.contains_key("application_id");
    if let Some(event) = wanted.text("optimization.goal").and_then(goals::event).filter(|_| counts) {
        promoted.entry("custom_event_type").or_insert_with(|| json!(event));
    }
    (!promoted.is_empty()).then(|| promoted.into())
}
