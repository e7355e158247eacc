//! Ad sets as they are live.

use std::sync::Arc;

use adplane_core::address::Kind;
use adplane_core::field::Values;
use adplane_core::ids::ExternalId;
use adplane_core::observed::ObservedObject;
use adplane_core::value::Value;
use rust_decimal::Decimal;
use serde_json::Value as Json;

use super::{Above, Context, beyond, campaign};
use crate::meta::wire::words::{self, DEVICES};
use crate::meta::wire::{blocks, goals, hours, json, money, places, time};

const UNCAPPED: &str = "LOWEST_COST_WITHOUT_CAP";
const MIN_ROAS: &str = "LOWEST_COST_WITH_MIN_ROAS";
/// Members of `promoted_object` with a field of their own.
pub(super) const PROMOTED: [(&str, &str); 6] = [
    ("optimization.pixel", "pixel_id"),
    ("optimization.app.id", "application_id"),
    ("optimization.app.storeUrl", "object_store_url"),
    ("meta.promoted_object.custom_conversion_id", "custom_conversion_id"),
    ("meta.promoted_object.page_id", "page_id"),
    ("meta.promoted_object.product_set_id", "product_set_id"),
];

/// One ad set below its campaign, which decides where strategy and budget are.
pub(super) fn read(ad_set: Json, campaign: &Above<'_>, context: &Context<'_>) -> Option<ObservedObject> {
    let mut object = campaign::start(Kind::AdGroup, &ad_set, context)?;
    object.parent = ExternalId::new(json::text(&ad_set, "campaign_id")?).ok();
    object.no_creates.clone_from(&campaign.no_creates);
    object.unexpressed = beyond::ad_set(&ad_set);
    let values = &mut object.fields;
    if !campaign.holds_budget {
        campaign::read_budget(&ad_set, context, values);
        campaign::read_strategy(&ad_set, values);
    }
    read_bids(&ad_set, campaign.strategy, context, values);
    read_schedule(&ad_set, context, values);
    read_goal(&ad_set, campaign.objective, values);
    if let Some(targeting) = ad_set.get("targeting") {
        read_targeting(targeting, context, values);
        blocks::read(blocks::targeting_rows(), targeting, context.currency, values);
    }
    for (path, name) in
        [("compliance.dsa.beneficiary", "dsa_beneficiary"), ("compliance.dsa.payor", "dsa_payor")]
    {
        if let Some(text) = json::text(&ad_set, name) {
            values.insert(path.into(), Value::text(text));
        }
    }
    blocks::read(blocks::rows(Kind::AdGroup), &ad_set, context.currency, values);
    object.native = Arc::new(ad_set);
    Some(object)
}

/// Amounts, as far as the strategy takes them: one that it left behind means nothing.
fn read_bids(ad_set: &Json, above: &str, context: &Context<'_>, values: &mut Values) {
    let strategy = if above.is_empty() { json::word(ad_set, "bid_strategy") } else { above };
    let amount = money::read(ad_set, "bid_amount", context.currency);
    if let Some(amount) = amount.filter(|_| !matches!(strategy, UNCAPPED | MIN_ROAS)) {
        values.insert("bidding.amount".into(), amount.into());
    }
    let floor = ad_set.get("bid_constraints").and_then(|bid| json::integer(bid, "roas_average_floor"));
    if let Some(floor) = floor.filter(|_| matches!(strategy, MIN_ROAS | "")) {
        // Scaled by 10,000 (meta-ads.md §5.1).
        values.insert("bidding.roas".into(), Value::Decimal(Decimal::new(floor, 4).normalize()));
    }
}

fn read_schedule(ad_set: &Json, context: &Context<'_>, values: &mut Values) {
    for (path, name) in [("schedule.start", "start_time"), ("schedule.end", "end_time")] {
        if let Some(time) = time::read(ad_set, name, context.zone) {
            values.insert(path.into(), time.into());
        }
    }
    if let Some(hours) = hours::read(ad_set) {
        values.insert("schedule.hours".into(), hours);
    }
}

/// The goal, and what it promotes. What follows from the goal anyway is left out.
fn read_goal(ad_set: &Json, objective: &str, values: &mut Values) {
    let found = goals::read(objective, ad_set);
    let promoted = ad_set.get("promoted_object");
    let mut put = |path: &str, text: &str| values.insert(path.into(), Value::text(text));
    if let Some((goal, _)) = found {
        put("optimization.goal", goal);
    } else {
        put("meta.optimization_goal", json::word(ad_set, "optimization_goal"));
        if let Some(event) = promoted.and_then(|promoted| json::text(promoted, "custom_event_type")) {
            put("meta.promoted_object.custom_event_type", &event);
        }
    }
    let destination = json::word(ad_set, "destination_type");
    let implied = found.and_then(|(_, goal)| goal.destination);
    if !matches!(destination, "" | "UNDEFINED" | "WEBSITE") && implied != Some(destination) {
        put("meta.destination_type", destination);
    }
    for (path, name) in PROMOTED {
        if let Some(text) = promoted.and_then(|promoted| json::text(promoted, name)) {
            put(path, &text);
        }
    }
}

/// Targeting: only what means something; an absent list of a restriction is the empty one.
fn read_targeting(targeting: &Json, context: &Context<'_>, values: &mut Values) {
    let mut put = |path: &str, value: Value| values.insert(path.into(), value);
    put("targeting.locations", places::read(targeting.get("geo_locations"), context.regions));
    put(
        "targeting.locationsExcluded",
        places::read(targeting.get("excluded_geo_locations"), context.regions),
    );
    let keys = json::list(targeting, "locales").iter().filter_map(json::whole);
    put("targeting.languages", context.locales.read(keys));
    put("targeting.ages", ages(targeting));
    put("targeting.genders", genders(targeting));
    let ids = |name: &str| Value::text_set(json::keys(targeting, name, "id"));
    put("targeting.audiences.include", ids("custom_audiences"));
    put("targeting.audiences.exclude", ids("excluded_custom_audiences"));
    let interests = json::list(targeting, "flexible_spec").first();
    put(
        "targeting.interests",
        Value::text_set(interests.map(|first| json::keys(first, "interests", "id")).unwrap_or_default()),
    );
    if let Some(devices) = words::all_neutral(DEVICES, &json::texts(targeting, "device_platforms")) {
        put("targeting.devices", Value::text_set(devices));
    }
}

fn ages(targeting: &Json) -> Value {
    let mut ages = vec![("min", Value::Integer(json::integer(targeting, "age_min").unwrap_or(18)))];
    if let Some(max) = json::integer(targeting, "age_max").filter(|max| *max < 65) {
        ages.push(("max", Value::Integer(max)));
    }
    Value::map(ages)
}

fn genders(targeting: &Json) -> Value {
    let listed: Vec<i64> = json::list(targeting, "genders").iter().filter_map(json::whole).collect();
    let has = |number: i64| listed.is_empty() || listed.contains(&number);
    let men = has(1).then_some("Male");
    let women = has(2).then_some("Female");
    Value::text_set(men.into_iter().chain(women))
}
