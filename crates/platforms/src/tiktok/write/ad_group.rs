//! Ad groups: bodies of create and update.
//!
//! The manual lane's update replaces the updatable set, so what is live and not wanted otherwise is sent back;
//! Smart+ keeps absent members but replaces `targeting_spec` whole (tiktok-ads.md §4.5).

use adplane_core::plan::Change;
use adplane_core::value::Value;
use adplane_engine::error::PlatformError;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value as Json, json};

use super::refused;
use super::targeting;
use super::values::{Live, Wanted, to_json};
use crate::tiktok::memory::Memory;
use crate::tiktok::wire::{self, Lane, Object, amount, goals, hours, set, time, words};

/// Typed members that are written as they are, at create.
const MEMBERS: [&str; 18] = [
    "placement_type",
    "placements",
    "promotion_type",
    "promotion_target_type",
    "optimization_goal",
    "optimization_event",
    "billing_event",
    "catalog_id",
    "catalog_authorized_bc_id",
    "comment_disabled",
    "share_disabled",
    "video_download_disabled",
    "search_result_enabled",
    "frequency",
    "frequency_schedule",
    "click_attribution_window",
    "view_attribution_window",
    "attribution_event_count",
];
/// Those that an update may change, per lane.
const UPDATABLE: [&str; 6] = [
    "comment_disabled",
    "share_disabled",
    "search_result_enabled",
    "frequency",
    "frequency_schedule",
    "pacing",
];
const UPDATABLE_SMART_PLUS: [&str; 3] = ["comment_disabled", "share_disabled", "pacing"];
/// The manual lane's updatable set as far as it is sent back: absent members might be reset.
const SENT_BACK: [&str; 38] = [
    "adgroup_name",
    "actions",
    "age_groups",
    "audience_ids",
    "blocked_pangle_app_ids",
    "brand_safety_type",
    "carrier_ids",
    "category_exclusion_ids",
    "comment_disabled",
    "contextual_tag_ids",
    "dayparting",
    "device_model_ids",
    "device_price_ranges",
    "excluded_audience_ids",
    "excluded_custom_actions",
    "excluded_pangle_audience_package_ids",
    "frequency",
    "frequency_schedule",
    "gender",
    "household_income",
    "included_custom_actions",
    "included_pangle_audience_package_ids",
    "interest_category_ids",
    "interest_keyword_ids",
    "ios14_targeting",
    "isp_ids",
    "languages",
    "location_ids",
    "min_android_version",
    "min_ios_version",
    "network_types",
    "operating_systems",
    "purchase_intention_keyword_ids",
    "saved_audience_id",
    "share_disabled",
    "smart_audience_enabled",
    "smart_interest_behavior_enabled",
    "spending_power",
];
/// Bids are sent back too, unless the campaign holds the budget: then they are not updatable.
const BIDS: [&str; 6] =
    ["bid_type", "bid_price", "conversion_bid_price", "deep_bid_type", "roas_bid", "pacing"];
/// A start lies this far ahead of the vendor's clock, so that it is not past when it arrives.
const LEAD_MINUTES: i64 = 2;

/// The body of a create.
///
/// # Errors
/// When the goal is not ours to create, or a place is not known.
pub(crate) fn create(
    wanted: &Wanted<'_>,
    change: &Change,
    lane: Lane,
    memory: &Memory,
    now: Timestamp,
) -> Result<Object, PlatformError> {
    let mut body = Object::new();
    let (Some(goal), Some(billing)) =
        (wanted.text("tiktok.optimization_goal"), wanted.text("tiktok.billing_event"))
    else {
        let message = format!("{} has no goal that TikTok can create", change.address.local_name());
        return Err(refused("adgroup/create", message).field("optimization.goal".into()));
    };
    for member in MEMBERS {
        if let Some(value) = wanted.get(&format!("tiktok.{member}")) {
            set(&mut body, member, to_json(value));
        }
    }
    if billing == "CPV" {
        set(&mut body, "bid_display_mode", "CPV");
    }
    for (path, member) in [("optimization.pixel", "pixel_id"), ("optimization.app.id", "app_id")] {
        if let Some(id) = wanted.text(path) {
            set(&mut body, member, id);
        }
    }
    bid(wanted, goal, billing, &mut body);
    budget(wanted, &mut body);
    created_schedule(wanted, now, &mut body);
    match lane {
        Lane::Manual => {
            let pacing = wanted.text("tiktok.pacing").unwrap_or("PACING_MODE_SMOOTH");
            set(&mut body, "pacing", pacing);
            targeting::apply(wanted, memory, &mut body)?;
        }
        Lane::SmartPlus => {
            let mut spec = Object::new();
            targeting::apply(wanted, memory, &mut spec)?;
            let mode =
                targeting::settle_mode(&mut spec, None, wanted.text("tiktok.targeting_optimization_mode"));
            spec.retain(|_, value| is_set(value));
            set(&mut body, "targeting_optimization_mode", mode);
            set(&mut body, "targeting_spec", spec);
        }
    }
    body.retain(|_, value| value.as_array().is_none_or(|list| !list.is_empty()));
    set(&mut body, "operation_status", "DISABLE");
    Ok(body)
}

fn bid(wanted: &Wanted<'_>, goal: &str, billing: &str, body: &mut Object) {
    match wanted.text("bidding.strategy") {
        Some("CostCap") => {
            set(body, "bid_type", "BID_TYPE_CUSTOM");
            if let Some(amount) = wanted.get("bidding.amount").and_then(Value::as_money) {
                set(body, goals::bid_member(billing), amount::to_json(amount));
            }
        }
        Some("MinRoas") => {
            set(body, "bid_type", "BID_TYPE_NO_BID");
            set(body, "deep_bid_type", "VO_MIN_ROAS");
            if let Some(roas) = wanted.get("bidding.roas") {
                set(body, "roas_bid", to_json(roas));
            }
        }
        _ => {
            set(body, "bid_type", "BID_TYPE_NO_BID");
            if goal == "VALUE" {
                set(body, "deep_bid_type", "VO_HIGHEST_VALUE");
            }
        }
    }
}

fn budget(wanted: &Wanted<'_>, body: &mut Object) {
    let budget = ["budget.daily", "budget.total"].into_iter().find_map(|path| wanted.get(path)?.as_money());
    if let Some(budget) = budget {
        set(body, "budget", amount::to_json(budget));
        if let Some(mode) = wanted.text("tiktok.budget_mode") {
            set(body, "budget_mode", mode);
        }
    }
}

fn created_schedule(wanted: &Wanted<'_>, now: Timestamp, body: &mut Object) {
    let at = |path: &str| wanted.get(path).and_then(Value::as_time).map(|time| time.at);
    let soon = now.checked_add(LEAD_MINUTES.minutes()).unwrap_or(now);
    // A written start is sent as it is: when it is too long past the vendor says so, and nobody is surprised.
    set(body, "schedule_start_time", time::to_text(at("schedule.start").unwrap_or(soon)));
    match at("schedule.end") {
        Some(end) => {
            set(body, "schedule_type", "SCHEDULE_START_END");
            set(body, "schedule_end_time", time::to_text(end));
        }
        None => set(body, "schedule_type", "SCHEDULE_FROM_NOW"),
    }
    if let Some(Ok(text)) = wanted.get("schedule.hours").map(hours::to_text) {
        set(body, "dayparting", text);
    }
}

/// The body of an update without its id and name.
///
/// # Errors
/// When a field is fixed at create, or a place is not known.
pub(crate) fn update(wanted: &Wanted<'_>, live: &Live<'_>, memory: &Memory) -> Result<Object, PlatformError> {
    let raw = live.raw();
    let mut body = match live.lane {
        Lane::Manual => sent_back(&raw, live.campaign_budget),
        Lane::SmartPlus => Object::new(),
    };
    for path in wanted.paths() {
        if !is_updatable(path.as_str(), live.lane) {
            let message = format!("TikTok fixes `{path}` of an ad group at create");
            return Err(refused("adgroup/update", message).field(path.clone()));
        }
    }
    let members: &[&str] = match live.lane {
        Lane::Manual => &UPDATABLE,
        Lane::SmartPlus => &UPDATABLE_SMART_PLUS,
    };
    for member in members {
        if let Some(value) = wanted.get(&format!("tiktok.{member}")) {
            set(&mut body, member, to_json(value));
        }
    }
    if wanted.touches("budget") {
        budget(wanted, &mut body);
        body.remove("budget_mode");
    }
    updated_bid(wanted, &raw, live.lane, &mut body)?;
    updated_schedule(wanted, &raw, &mut body);
    if targeting::touches(wanted) {
        updated_targeting(wanted, &raw, live.lane, memory, &mut body)?;
    }
    Ok(body)
}

fn is_updatable(path: &str, lane: Lane) -> bool {
    let typed = path.strip_prefix("tiktok.");
    match (typed, lane) {
        (Some("operating_systems" | "network_types"), _)
        | (Some("targeting_optimization_mode" | "spc_audience_age"), Lane::SmartPlus) => true,
        (Some(member), Lane::Manual) => UPDATABLE.contains(&member),
        (Some(member), Lane::SmartPlus) => UPDATABLE_SMART_PLUS.contains(&member),
        (None, _) => !path.starts_with("optimization."),
    }
}

fn sent_back(raw: &Object, campaign_budget: bool) -> Object {
    let bids = BIDS.iter().filter(|_| !campaign_budget);
    SENT_BACK
        .iter()
        .chain(bids)
        .filter_map(|member| Some(((*member).to_owned(), raw.get(*member)?.clone())))
        .filter(|(_, value)| is_set(value))
        .collect()
}

/// Whether a member says anything: null, 0, empty text and empty lists stand for "nothing chosen".
fn is_set(value: &Json) -> bool {
    match value {
        Json::Null => false,
        Json::String(text) => !text.is_empty(),
        Json::Array(list) => !list.is_empty(),
        Json::Number(_) => amount::decimal_from_json(value).is_some_and(|number| !number.is_zero()),
        Json::Bool(_) | Json::Object(_) => true,
    }
}

fn updated_bid(
    wanted: &Wanted<'_>,
    raw: &Object,
    lane: Lane,
    body: &mut Object,
) -> Result<(), PlatformError> {
    if !wanted.touches("bidding") {
        return Ok(());
    }
    let member = goals::bid_member(wire::word(raw, "billing_event").unwrap_or_default());
    if let Some(strategy) = wanted.text("bidding.strategy") {
        if lane == Lane::SmartPlus {
            let message = "TikTok fixes the bid strategy of a Smart+ ad group at create";
            return Err(refused("adgroup/update", message).field("bidding.strategy".into()));
        }
        let custom = strategy == "CostCap";
        set(body, "bid_type", if custom { "BID_TYPE_CUSTOM" } else { "BID_TYPE_NO_BID" });
        if !custom {
            body.remove(member);
        }
    }
    if let Some(amount) = wanted.get("bidding.amount").and_then(Value::as_money) {
        set(body, member, amount::to_json(amount));
    }
    if let Some(roas) = wanted.get("bidding.roas") {
        set(body, "roas_bid", to_json(roas));
    }
    Ok(())
}

/// The schedule is left out unless it changes: a start that is past cannot be sent again.
fn updated_schedule(wanted: &Wanted<'_>, raw: &Object, body: &mut Object) {
    let at = |path: &str| wanted.change(path).map(|value| value.and_then(Value::as_time).map(|time| time.at));
    let (start, end) = (at("schedule.start"), at("schedule.end"));
    let live_start = wire::word(raw, "schedule_start_time").map(str::to_owned);
    let was_open = wire::word(raw, "schedule_type") == Some("SCHEDULE_FROM_NOW");
    let start_text = start.flatten().map(time::to_text);
    match end {
        Some(Some(end)) => {
            set(body, "schedule_end_time", time::to_text(end));
            if was_open || start_text.is_some() {
                set(body, "schedule_type", "SCHEDULE_START_END");
                set(body, "schedule_start_time", json!(start_text.or(live_start)));
            }
        }
        Some(None) => {
            set(body, "schedule_type", "SCHEDULE_FROM_NOW");
            set(body, "schedule_start_time", json!(start_text.or(live_start)));
        }
        None => {
            if let Some(start) = start_text {
                set(body, "schedule_start_time", start);
            }
        }
    }
    match wanted.change("schedule.hours") {
        Some(Some(value)) => {
            if let Ok(text) = hours::to_text(value) {
                set(body, "dayparting", text);
            }
        }
        Some(None) => set(body, "dayparting", "1".repeat(336)),
        None => {}
    }
}

fn updated_targeting(
    wanted: &Wanted<'_>,
    raw: &Object,
    lane: Lane,
    memory: &Memory,
    body: &mut Object,
) -> Result<(), PlatformError> {
    match lane {
        Lane::Manual => targeting::apply(wanted, memory, body),
        Lane::SmartPlus => {
            let current = wire::word(raw, "targeting_optimization_mode");
            let mut spec = targeting::home(raw, lane);
            if current != Some("MANUAL") {
                // Echoed defaults and hints must not become binding when the mode changes.
                spec.remove("age_groups");
                if matches!(wire::word(&spec, "spc_audience_age"), Some("25+" | "OVER_TWENTY_FIVE")) {
                    set(&mut spec, "age_groups", json!(words::age_buckets(25, None)));
                }
            }
            targeting::apply(wanted, memory, &mut spec)?;
            let mode =
                targeting::settle_mode(&mut spec, current, wanted.text("tiktok.targeting_optimization_mode"));
            spec.retain(|_, value| !value.is_null());
            set(body, "targeting_optimization_mode", mode);
            set(body, "targeting_spec", spec);
            Ok(())
        }
    }
}
