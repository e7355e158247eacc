//! Ad groups as read. In the manual lane targeting lies on the ad group itself, in Smart+ inside
//! `targeting_spec`.

use adplane_core::field::Values;
use adplane_core::ids::ExternalId;
use adplane_core::observed::ObservedObject;
use adplane_core::value::Value;

use super::campaigns::Parent;
use super::context::{Context, Form, native, pass_through, start};
use super::unexpressed;
use crate::countries;
use crate::tiktok::calls::Level;
use crate::tiktok::wire::{self, Lane, Object, amount, goals, hours, time, words};

/// Members beside targeting.
const MEMBERS: [(&str, Form); 12] = [
    ("placement_type", Form::Text),
    ("promotion_type", Form::Text),
    ("promotion_target_type", Form::Text),
    ("pacing", Form::Text),
    ("comment_disabled", Form::Flag),
    ("share_disabled", Form::Flag),
    ("video_download_disabled", Form::Flag),
    ("search_result_enabled", Form::Flag),
    ("frequency", Form::Number),
    ("frequency_schedule", Form::Number),
    ("click_attribution_window", Form::Text),
    ("view_attribution_window", Form::Text),
];
const MORE_MEMBERS: [(&str, Form); 4] = [
    ("attribution_event_count", Form::Text),
    ("targeting_optimization_mode", Form::Text),
    ("catalog_id", Form::Id),
    ("catalog_authorized_bc_id", Form::Id),
];
/// What ad groups of one Smart+ campaign share where the campaign holds the budget (tiktok-smart-plus.md §4.1).
const SHARED: [&str; 6] = [
    "optimization.goal",
    "tiktok.promotion_type",
    "tiktok.promotion_target_type",
    "bidding.strategy",
    "bidding.amount",
    "bidding.roas",
];
/// What they share where it does not: the budget's kind, and bids, whose writes reach every sibling.
const SHARED_WITHOUT_BUDGET: [&str; 5] =
    ["bidding.strategy", "bidding.amount", "bidding.roas", "budget.daily", "budget.total"];
const SYSTEMS: [&str; 2] = ["operating_systems", "network_types"];

/// An observed ad group.
pub(crate) fn observe(raw: Object, of: &Parent, context: &Context) -> Option<ObservedObject> {
    let mut object = start(&raw, of.lane, Level::AdGroup)?;
    object.parent = wire::text(&raw, "campaign_id").and_then(|id| ExternalId::new(id).ok());
    let fields = &mut object.fields;
    if !of.has_budget {
        context.budget(&raw, fields);
    }
    bidding(&raw, context, fields);
    optimization(&raw, fields);
    schedule(&raw, context, fields);
    targeting(&raw, of.lane, context, fields);
    pass_through(&raw, &MEMBERS, "tiktok.", fields);
    pass_through(&raw, &MORE_MEMBERS, "tiktok.", fields);
    // With automatic placement the list only shows where ads happen to run.
    if wire::word(&raw, "placement_type") != Some("PLACEMENT_TYPE_AUTOMATIC") {
        fields.insert("tiktok.placements".into(), Value::text_set(wire::texts(&raw, "placements")));
    }
    of.protect(&mut object);
    if of.lane == Lane::SmartPlus || of.has_budget {
        object.fixed = &["bidding.strategy"];
    }
    if of.lane == Lane::SmartPlus {
        object.shared = if of.has_budget { &SHARED } else { &SHARED_WITHOUT_BUDGET };
    }
    object.unexpressed = unexpressed::of_ad_group(&raw, of.lane);
    object.raises_itself = unexpressed::raises_itself(&raw);
    object.native = native(raw, of.lane, &of.objective, of.has_budget);
    Some(object)
}

fn bidding(raw: &Object, context: &Context, fields: &mut Values) {
    let deep = wire::word(raw, "deep_bid_type");
    if deep == Some("VO_MIN_ROAS") {
        fields.insert("bidding.strategy".into(), Value::text("MinRoas"));
        if let Some(roas) = raw.get("roas_bid").and_then(amount::decimal_from_json) {
            fields.insert("bidding.roas".into(), Value::Decimal(roas.normalize()));
        }
        return;
    }
    if wire::word(raw, "bid_type") != Some("BID_TYPE_CUSTOM") {
        fields.insert("bidding.strategy".into(), Value::text("LowestCost"));
        return;
    }
    fields.insert("bidding.strategy".into(), Value::text("CostCap"));
    let member = goals::bid_member(wire::word(raw, "billing_event").unwrap_or_default());
    if let Some(amount) = raw.get(member).and_then(|bid| amount::from_json(bid, context.currency)) {
        fields.insert("bidding.amount".into(), Value::Money(amount));
    }
}

fn optimization(raw: &Object, fields: &mut Values) {
    let (goal, event) = (wire::word(raw, "optimization_goal"), wire::word(raw, "optimization_event"));
    let Some(goal) = goal else { return };
    if let Some(neutral) = goals::neutral_goal(goal, event) {
        fields.insert("optimization.goal".into(), Value::text(neutral));
    } else {
        fields.insert("tiktok.optimization_goal".into(), Value::text(goal));
        if let Some(event) = event {
            fields.insert("tiktok.optimization_event".into(), Value::text(event));
        }
    }
    if let Some(pixel) = wire::text(raw, "pixel_id").filter(|pixel| pixel != "0") {
        fields.insert("optimization.pixel".into(), Value::text(pixel));
    }
    if let Some(app) = wire::text(raw, "app_id").filter(|app| app != "0") {
        fields.insert("optimization.app.id".into(), Value::text(app));
    }
}

fn schedule(raw: &Object, context: &Context, fields: &mut Values) {
    let at = |member: &str| time::in_zone(wire::word(raw, member)?, &context.zone);
    let (start, end) = (at("schedule_start_time"), at("schedule_end_time"));
    let endless = wire::word(raw, "schedule_type") == Some("SCHEDULE_FROM_NOW")
        || start.as_ref().zip(end.as_ref()).is_some_and(|(start, end)| time::is_endless(start.at, end.at));
    if let Some(start) = start {
        fields.insert("schedule.start".into(), Value::Time(start));
    }
    if let (Some(end), false) = (end, endless) {
        fields.insert("schedule.end".into(), Value::Time(end));
    }
    let hours = wire::word(raw, "dayparting").and_then(hours::from_text);
    let always = || hours::from_text(&"0".repeat(336));
    if let Some(hours) = hours.or_else(always) {
        fields.insert("schedule.hours".into(), hours);
    }
}

fn targeting(raw: &Object, lane: Lane, context: &Context, fields: &mut Values) {
    let none = Object::new();
    let spec = match lane {
        Lane::Manual => raw,
        Lane::SmartPlus => wire::object(raw, "targeting_spec").unwrap_or(&none),
    };
    let automatic =
        lane == Lane::SmartPlus && wire::word(raw, "targeting_optimization_mode") != Some("MANUAL");
    let places = wire::texts(spec, "location_ids");
    let places = places.iter().map(|id| place(id, context));
    fields.insert("targeting.locations".into(), Value::text_set(places));
    fields.insert("targeting.languages".into(), Value::text_set(wire::texts(spec, "languages")));
    if let Some(ages) = ages(spec, automatic) {
        fields.insert("targeting.ages".into(), ages);
    }
    let gender = if automatic { None } else { wire::word(spec, "gender") };
    let genders: &[&str] = match gender {
        Some("GENDER_MALE") => &["Male"],
        Some("GENDER_FEMALE") => &["Female"],
        _ => &["Female", "Male"],
    };
    fields.insert("targeting.genders".into(), Value::text_set(genders));
    let binding = |member: &str| if automatic { Vec::new() } else { wire::texts(spec, member) };
    fields.insert("targeting.audiences.include".into(), Value::text_set(binding("audience_ids")));
    let excluded = wire::texts(spec, "excluded_audience_ids");
    fields.insert("targeting.audiences.exclude".into(), Value::text_set(excluded));
    fields.insert("targeting.interests".into(), Value::text_set(binding("interest_category_ids")));
    for member in SYSTEMS {
        let mut chosen = wire::texts(spec, member);
        // An app's own system is echoed there.
        let promotion = wire::word(raw, "promotion_type").unwrap_or_default();
        chosen.retain(|system| promotion.strip_prefix("APP_") != Some(system));
        fields.insert(format!("tiktok.{member}").as_str().into(), Value::text_set(chosen));
    }
}

fn place(id: &str, context: &Context) -> String {
    let country = id.parse().ok().and_then(countries::by_geonames).map(|country| country.alpha2.to_owned());
    country.or_else(|| context.regions.get(id).cloned()).unwrap_or_else(|| format!("id:{id}"))
}

/// Ages as one span. In automatic targeting the buckets are hints; `spc_audience_age` binds.
fn ages(spec: &Object, automatic: bool) -> Option<Value> {
    let (min, max) = if automatic {
        match wire::word(spec, "spc_audience_age") {
            Some("ALL") => (13, None),
            Some("25+" | "OVER_TWENTY_FIVE") => (25, None),
            _ => (18, None),
        }
    } else {
        words::age_span(&wire::texts(spec, "age_groups"))?
    };
    let entries = [("min", Some(min)), ("max", max)];
    Some(Value::map(entries.into_iter().filter_map(|(key, year)| Some((key, Value::Integer(year?))))))
}
