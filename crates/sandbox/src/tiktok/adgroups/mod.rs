//! Ad groups of the manual lane ("Create an ad group", "Update an ad group").

pub(super) mod budgets;
pub(super) mod fields;
mod rules;

use serde_json::{Value, json};

use crate::world::{Object, World};

use super::errors::{Answer, Outcome, Refusal, ensure};
use super::json::{array, default_to, fill_nulls, flag, has, set, text, text_or_empty};
use super::money::Micros;
use super::params::Params;
use super::schedule::{self, Flight};
use super::store::{self, API, Kind, Lane, Level};
use super::targeting::{self, Minors};
use super::{bidding, budget, immutable, once, spend, status, views, words};

const KIND: Kind = Kind::new(Lane::Manual, Level::AdGroup);
const CAMPAIGN: Kind = Kind::new(Lane::Manual, Level::Campaign);
/// Most ad groups in one campaign (unverified; option `tiktok.max_adgroups`).
const MOST: usize = 999;

/// Creates an ad group.
pub(super) fn create(world: &mut World, params: &Params) -> Outcome {
    if let Some(id) = once::earlier(world, params)? {
        return answer(world, &params.advertiser, &id);
    }
    let campaign =
        store::live(world, &params.advertiser, CAMPAIGN, params.text_or_empty("campaign_id"))?.clone();
    check_count(world, &campaign)?;
    words::check_name("adgroup_name", params.text_or_empty("adgroup_name"))?;
    let mut group = params.values.clone();
    group.shift_remove("request_id");
    rules::check_companions(world, &params.advertiser, &campaign, &group)?;
    rules::check_placements(&mut group)?;
    targeting::check(&group)?;
    targeting::drop_unavailable(world, &mut group);
    targeting::normalise(&mut group, minors(&campaign));
    let flight = schedule::read(&group, world.now, None)?;
    schedule::write(&mut group, flight, true);
    set(&mut group, "dayparting", schedule::dayparting(text(&params.values, "dayparting"))?);
    rules::settle_budget(world, &params.advertiser, &campaign, &mut group, flight)?;
    settle_bids(world, &params.advertiser, &campaign, &mut group)?;
    complete(&mut group);
    status::apply_at_create(world, &mut group);
    let id = store::insert(world, &params.advertiser, KIND, group)?;
    once::remember(world, params, &id);
    status::refresh(world, &params.advertiser, KIND, &id);
    answer(world, &params.advertiser, &id)
}

fn check_count(world: &World, campaign: &Object) -> Result<(), Refusal> {
    let most = world.option("tiktok.max_adgroups", "").parse().unwrap_or(MOST);
    let count = store::children(world, text_or_empty(campaign, "campaign_id")).len();
    ensure(count < most, || format!("campaign_id: The campaign has {count} ad groups, the limit is {most}."))
}

/// Minors can be targeted by reach, traffic, video and app campaigns; others read the five adult groups.
///
/// Where exactly is unverified; the platform turns "all ages" into the adult ones where minors are refused.
fn minors(campaign: &Object) -> Minors {
    match text_or_empty(campaign, "objective_type") {
        "REACH" | "VIDEO_VIEWS" | "TRAFFIC" | "ENGAGEMENT" | "APP_PROMOTION" => Minors::Allowed,
        _ => Minors::Refused,
    }
}

/// Checks bids against both budgets and fills in bid type and pacing.
fn settle_bids(
    world: &World,
    advertiser: &str,
    campaign: &Object,
    group: &mut Object,
) -> Result<(), Refusal> {
    default_to(group, "bid_type", bidding::NO_BID);
    let cbo = is_cbo(campaign);
    if cbo {
        set(group, "pacing", "PACING_MODE_SMOOTH");
    }
    ensure(has(group, "pacing"), || "pacing: Missing data for required field.".into())?;
    let smooth = text_or_empty(group, "pacing") == "PACING_MODE_SMOOTH";
    ensure(smooth || text_or_empty(group, "bid_type") == bidding::CUSTOM, || {
        "pacing: BID_TYPE_NO_BID requires PACING_MODE_SMOOTH.".into()
    })?;
    let amount = |object: &Object| object.get("budget").and_then(Micros::read).filter(|amount| amount.0 > 0);
    let mode = text_or_empty(if cbo { campaign } else { group }, "budget_mode");
    let setting = bidding::Setting {
        currency: &store::currency(world, advertiser),
        goal: text_or_empty(group, "optimization_goal"),
        billing: text_or_empty(group, "billing_event"),
        budgets: [amount(campaign), amount(group)],
        dynamic: mode == budget::DYNAMIC,
    };
    bidding::check(group, &setting)?;
    for price in ["bid_price", "conversion_bid_price", "roas_bid", "deep_cpa_bid"] {
        let amount = group.get(price).and_then(Micros::read).unwrap_or_default();
        set(group, price, amount.number());
    }
    Ok(())
}

/// Whether the campaign spreads its own budget over the ad groups.
pub(super) fn is_cbo(campaign: &Object) -> bool {
    flag(campaign, "budget_optimize_on") == Some(true)
}

/// Fills in what the platform adds.
fn complete(group: &mut Object) {
    for name in [
        "actions",
        "audience_ids",
        "excluded_audience_ids",
        "interest_category_ids",
        "interest_keyword_ids",
        "purchase_intention_keyword_ids",
        "languages",
        "operating_systems",
        "network_types",
        "carrier_ids",
        "device_model_ids",
        "device_price_ranges",
        "isp_ids",
        "zipcode_ids",
        "location_ids",
        "contextual_tag_ids",
        "category_exclusion_ids",
        "household_income",
        "search_keywords",
        "app_config",
    ] {
        default_to(group, name, json!([]));
    }
    for name in
        ["comment_disabled", "share_disabled", "video_download_disabled", "is_hfss", "is_lhf_compliance"]
    {
        default_to(group, name, false);
    }
    default_to(group, "gender", "GENDER_UNLIMITED");
    default_to(group, "brand_safety_type", "NO_BRAND_SAFETY");
    default_to(group, "creative_material_mode", "CUSTOM");
    default_to(group, "statistic_type", "NONE");
    default_to(group, "promotion_website_type", "UNSET");
    default_to(group, "attribution_event_count", "UNSET");
    default_to(group, "search_result_enabled", true);
    default_to(group, "skip_learning_phase", false);
    default_to(group, "ios14_targeting", "UNSET");
    default_to(group, "smart_audience_enabled", false);
    default_to(group, "smart_interest_behavior_enabled", false);
    default_to(group, "spending_power", "ALL");
    set(group, "scheduled_budget", 0.0);
    set(group, "category_id", "0");
    set(group, "is_new_structure", true);
    set(group, "campaign_automation_type", "MANUAL");
    fill_nulls(group, fields::NULLS);
}

/// Updates an ad group: members left out are kept, or targeting is reset with
/// `tiktok.adgroup_update=replace` (the page calls it a full replacement, its sample sends one member).
pub(super) fn update(world: &mut World, params: &Params) -> Outcome {
    let (advertiser, id) = (&params.advertiser, params.text_or_empty("adgroup_id"));
    let current = store::live(world, advertiser, KIND, id)?.clone();
    let campaign = store::live(world, advertiser, CAMPAIGN, text_or_empty(&current, "campaign_id"))?.clone();
    let mut sent = immutable::changes(world, &params.values, &current, fields::UPDATABLE, &["adgroup_id"])?;
    if world.option("tiktok.adgroup_update", "keep") == "replace" {
        for name in fields::RESET {
            sent.entry(*name).or_insert_with(|| json!([]));
        }
    }
    if let Some(name) = params.text("adgroup_name") {
        words::check_name("adgroup_name", name)?;
    }
    rules::check_update(world, &campaign, &current, &sent)?;
    targeting::check_kept_places(&current, &sent)?;
    let mut next = current.clone();
    next.extend(sent);
    targeting::check(&next)?;
    targeting::drop_unavailable(world, &mut next);
    if array(&next, "age_groups").is_empty() || next.get("age_groups") != current.get("age_groups") {
        targeting::normalise(&mut next, minors(&campaign));
    }
    let flight = reschedule(world, &params.values, &current, &mut next)?;
    let hours = schedule::dayparting(text(&next, "dayparting"))?;
    set(&mut next, "dayparting", hours);
    if params.has("budget") {
        rebudget(world, advertiser, &campaign, &current, &mut next, flight)?;
    }
    settle_bids(world, advertiser, &campaign, &mut next)?;
    store::update(world, advertiser, KIND, id, &next, &API)?;
    status::refresh(world, advertiser, KIND, id);
    answer(world, advertiser, id)
}

/// Applies a sent schedule; a start that has passed cannot change any more.
fn reschedule(world: &World, sent: &Object, current: &Object, next: &mut Object) -> Result<Flight, Refusal> {
    let touched =
        ["schedule_type", "schedule_start_time", "schedule_end_time"].iter().any(|name| has(sent, name));
    let began = text(current, "schedule_start_time");
    if !touched {
        return Ok(current_flight(world, current));
    }
    ensure(!has(sent, "schedule_type") || has(sent, "schedule_start_time"), || {
        "schedule_start_time: Required when schedule_type is sent.".into()
    })?;
    let started = began.and_then(super::clock::parse).is_some_and(|start| start <= world.now);
    let moved = text(sent, "schedule_start_time").is_some_and(|start| Some(start) != began);
    ensure(!(started && moved), || {
        "schedule_start_time: It cannot be updated once the ad group has started.".into()
    })?;
    let open = text_or_empty(next, "schedule_type") == schedule::FROM_NOW;
    if open {
        next.shift_remove("schedule_end_time");
    }
    let flight = schedule::read(next, world.now, began)?;
    schedule::write(next, flight, true);
    Ok(flight)
}

fn current_flight(world: &World, current: &Object) -> Flight {
    let time = |name: &str| text(current, name).and_then(super::clock::parse);
    Flight { start: time("schedule_start_time").unwrap_or(world.now), end: time("schedule_end_time") }
}

/// Applies a sent budget at once; under a campaign budget none can be set.
fn rebudget(
    world: &World,
    advertiser: &str,
    campaign: &Object,
    current: &Object,
    next: &mut Object,
    flight: Flight,
) -> Result<(), Refusal> {
    let amount = next.get("budget").and_then(Micros::read).unwrap_or_default();
    let before = current.get("budget").and_then(Micros::read).unwrap_or_default();
    if is_cbo(campaign) {
        return ensure(amount == before, || {
            "budget: It cannot be updated because the campaign has budget_optimize_on.".into()
        });
    }
    rules::settle_budget(world, advertiser, campaign, next, flight)?;
    if amount != before {
        let mode = text_or_empty(current, "budget_mode");
        let id = text_or_empty(current, "adgroup_id");
        budget::check_spend(amount, spend::of_budget(world, advertiser, KIND, id, mode))?;
    }
    Ok(())
}

fn answer(world: &World, advertiser: &str, id: &str) -> Outcome {
    let account = store::account(world, advertiser)?;
    let row = account.get(KIND.collection(), id).map(|group| views::row(world, account, KIND, group));
    Ok(Answer::wrote(Value::Object(row.unwrap_or_default())))
}
