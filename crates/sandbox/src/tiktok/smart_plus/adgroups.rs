//! Ad groups of the Upgraded Smart+ lane ("Create an Upgraded Smart+ Ad Group").

use serde_json::{Value, json};

use crate::tiktok::adgroups::{budgets, is_cbo};
use crate::tiktok::budget::{self, ADGROUP_BASE, TOTAL};
use crate::tiktok::errors::{Answer, NEEDS_ALLOWLIST, Outcome, Refusal, ensure};
use crate::tiktok::json::{default_to, has, set, text, text_or_empty};
use crate::tiktok::money::Micros;
use crate::tiktok::params::Params;
use crate::tiktok::schedule::{self, Flight};
use crate::tiktok::store::{self, API, Kind, Lane, Level};
use crate::tiktok::{clock, immutable, once, spend, status, targeting, views, words};
use crate::world::{Object, World};

use super::{adgroup_fields, adgroup_rules as rules, adgroup_targeting, campaigns, siblings};

pub(super) const KIND: Kind = Kind::new(Lane::SmartPlus, Level::AdGroup);
/// Most ad groups in one campaign.
const MOST: usize = 30;

/// Creates an ad group.
pub(in crate::tiktok) fn create(world: &mut World, params: &Params) -> Outcome {
    if let Some(id) = once::earlier(world, params)? {
        return answer(world, &params.advertiser, &id);
    }
    let advertiser = &params.advertiser;
    let campaign =
        store::live(world, advertiser, campaigns::KIND, params.text_or_empty("campaign_id"))?.clone();
    let count = siblings::count(world, advertiser, &campaign);
    ensure(count < MOST, || {
        format!("campaign_id: The campaign has {count} ad groups, the limit is {MOST}.")
    })?;
    words::check_name("adgroup_name", params.text_or_empty("adgroup_name"))?;
    let mut group = params.values.clone();
    group.shift_remove("request_id");
    rules::check_companions(world, advertiser, &campaign, &group)?;
    rules::settle_placements(&mut group)?;
    default_to(&mut group, "targeting_optimization_mode", "AUTOMATIC");
    let spec = adgroup_targeting::settle(world, &campaign, &group)?;
    set(&mut group, "targeting_spec", spec);
    rules::check_schedule(&campaign, &group)?;
    let flight = schedule::read(&group, world.now, None)?;
    schedule::write(&mut group, flight, false);
    set(&mut group, "dayparting", schedule::dayparting(params.text("dayparting"))?);
    rules::settle_budget(world, advertiser, &campaign, &mut group, flight)?;
    rules::settle_bids(world, advertiser, &campaign, &mut group)?;
    rules::complete_event(&mut group);
    complete(&mut group);
    siblings::check(world, advertiser, &campaign, &group)?;
    status::apply_at_create(world, &mut group);
    let id = store::insert(world, advertiser, KIND, group)?;
    once::remember(world, params, &id);
    status::refresh(world, advertiser, KIND, &id);
    answer(world, advertiser, &id)
}

/// Fills in what the platform adds.
fn complete(group: &mut Object) {
    for name in
        ["comment_disabled", "share_disabled", "video_download_disabled", "suggestion_audience_enabled"]
    {
        default_to(group, name, false);
    }
    default_to(group, "promotion_website_type", "UNSET");
    default_to(group, "attribution_event_count", "EVERY");
    if !has(group, "click_attribution_window") {
        set(group, "click_attribution_window", "SEVEN_DAYS");
        set(group, "view_attribution_window", "ONE_DAY");
    }
    if has(group, "catalog_id") {
        set(group, "product_source", "CATALOG");
    }
    set(group, "pacing", "PACING_MODE_SMOOTH");
    set(group, "search_result_enabled", true);
    set(group, "skip_learning_phase", true);
}

/// Updates an ad group: members left out are kept, `targeting_spec` is replaced as a whole (both unverified).
pub(in crate::tiktok) fn update(world: &mut World, params: &Params) -> Outcome {
    let (advertiser, id) = (&params.advertiser, params.text_or_empty("adgroup_id"));
    let current = store::live(world, advertiser, KIND, id)?.clone();
    let campaign =
        store::live(world, advertiser, campaigns::KIND, text_or_empty(&current, "campaign_id"))?.clone();
    let sent =
        immutable::changes(world, &params.values, &current, adgroup_fields::UPDATABLE, &["adgroup_id"])?;
    if let Some(name) = params.text("adgroup_name") {
        words::check_name("adgroup_name", name)?;
    }
    if params.text("budget_auto_adjust_strategy") == Some("AUTO_BUDGET_INCREASE") {
        return Err(Refusal::new(NEEDS_ALLOWLIST, "budget_auto_adjust_strategy: It requires an allowlist."));
    }
    let mut next = current.clone();
    next.extend(sent.clone());
    if has(&sent, "targeting_spec")
        || has(&sent, "targeting_optimization_mode")
        || has(&sent, "suggestion_audience_enabled")
    {
        let spec = adgroup_targeting::settle(world, &campaign, &next)?;
        targeting::check_kept_places(&adgroup_targeting::of(&current), &spec)?;
        set(&mut next, "targeting_spec", spec);
    }
    let flight = reschedule(world, &campaign, &sent, &current, &mut next)?;
    let hours = schedule::dayparting(text(&next, "dayparting"))?;
    set(&mut next, "dayparting", hours);
    if has(&sent, "budget") {
        rebudget(world, advertiser, &campaign, &current, &mut next, flight)?;
    }
    rules::settle_bids(world, advertiser, &campaign, &mut next)?;
    store::update(world, advertiser, KIND, id, &next, &API)?;
    if ["bid_price", "conversion_bid_price", "roas_bid"].iter().any(|name| has(&sent, name)) {
        siblings::spread_bids(world, advertiser, &campaign, &next)?;
    }
    status::refresh(world, advertiser, KIND, id);
    answer(world, advertiser, id)
}

fn reschedule(
    world: &World,
    campaign: &Object,
    sent: &Object,
    current: &Object,
    next: &mut Object,
) -> Result<Flight, Refusal> {
    let began = text(current, "schedule_start_time");
    let touched =
        ["schedule_type", "schedule_start_time", "schedule_end_time"].iter().any(|name| has(sent, name));
    if touched {
        let started = began.and_then(clock::parse).is_some_and(|start| start <= world.now);
        let moved = text(sent, "schedule_start_time").is_some_and(|start| Some(start) != began);
        ensure(!(started && moved), || {
            "schedule_start_time: It cannot be updated once the ad group has started.".into()
        })?;
        if text(next, "schedule_type") == Some(schedule::FROM_NOW) && !has(sent, "schedule_end_time") {
            next.shift_remove("schedule_end_time");
        }
        rules::check_schedule(campaign, next)?;
        let flight = schedule::read(next, world.now, began)?;
        if flight.end.is_none() {
            // A stored end must go, and an update only sets members.
            set(next, "schedule_end_time", Value::Null);
            return Ok(flight);
        }
        schedule::write(next, flight, false);
        return Ok(flight);
    }
    let time = |name: &str| text(current, name).and_then(clock::parse);
    Ok(Flight { start: time("schedule_start_time").unwrap_or(world.now), end: time("schedule_end_time") })
}

fn rebudget(
    world: &World,
    advertiser: &str,
    campaign: &Object,
    current: &Object,
    next: &mut Object,
    flight: Flight,
) -> Result<(), Refusal> {
    let amount = next.get("budget").and_then(Micros::read).unwrap_or_default();
    ensure(!is_cbo(campaign) || amount.0 == 0, || {
        "budget: It cannot be set because the campaign has budget_optimize_on.".into()
    })?;
    rules::settle_budget(world, advertiser, campaign, next, flight)?;
    if current.get("budget").and_then(Micros::read) == Some(amount) {
        return Ok(());
    }
    let (mode, id) = (text_or_empty(current, "budget_mode"), text_or_empty(current, "adgroup_id"));
    budget::check_spend(amount, spend::of_budget(world, advertiser, KIND, id, mode))
}

/// Sets budgets of any mode at once; scheduled ones need an allowlist (option `tiktok.scheduled_budget=allow`).
pub(in crate::tiktok) fn update_budgets(world: &mut World, params: &Params) -> Outcome {
    let (scheduled, entries) = budgets::entries(params)?;
    let allowed = world.option("tiktok.scheduled_budget", "refuse") == "allow";
    if scheduled && !allowed {
        return Err(Refusal::new(NEEDS_ALLOWLIST, "scheduled_budget: It requires an allowlist."));
    }
    for (id, amount) in &entries {
        check_budget(world, &params.advertiser, id, *amount)?;
    }
    for (id, amount) in entries {
        let mut change = Object::new();
        set(&mut change, if scheduled { "scheduled_budget" } else { "budget" }, amount.number());
        store::update(world, &params.advertiser, KIND, &id, &change, &API)?;
        if scheduled {
            budgets::schedule_for_tomorrow(world, &params.advertiser, KIND, &id)?;
        }
    }
    Ok(Answer::wrote(json!({})))
}

fn check_budget(world: &World, advertiser: &str, id: &str, amount: Micros) -> Result<(), Refusal> {
    let group = store::live(world, advertiser, KIND, id)?;
    let campaign = store::live(world, advertiser, campaigns::KIND, text_or_empty(group, "campaign_id"))?;
    ensure(!is_cbo(campaign), || {
        format!("budget: Ad group {id} has no budget of its own, its campaign has.")
    })?;
    let currency = store::currency(world, advertiser);
    let mode = text_or_empty(group, "budget_mode");
    let time = |name: &str| text(group, name).and_then(clock::parse);
    let daily = budget::minimum(&currency, ADGROUP_BASE);
    let floor = match (time("schedule_start_time"), time("schedule_end_time")) {
        (Some(start), Some(end)) if mode == TOTAL => budget::lifetime_minimum(daily, start, end),
        _ => daily,
    };
    budget::check_amount("budget", &currency, amount, floor)?;
    budget::check_spend(amount, spend::of_budget(world, advertiser, KIND, id, mode))
}

fn answer(world: &World, advertiser: &str, id: &str) -> Outcome {
    let account = store::account(world, advertiser)?;
    let row = account.get(KIND.collection(), id).map(|group| views::row(world, account, KIND, group));
    Ok(Answer::wrote(Value::Object(row.unwrap_or_default())))
}
