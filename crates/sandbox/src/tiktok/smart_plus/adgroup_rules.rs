//! Combinations that an Upgraded Smart+ ad group must satisfy (companions per objective, budgets, bids).

use serde_json::{Value, json};

use crate::tiktok::adgroups::is_cbo;
use crate::tiktok::budget::{self, ADGROUP_BASE, DAY, DYNAMIC, TOTAL};
use crate::tiktok::errors::{NEEDS_ALLOWLIST, Refusal, ensure, invalid};
use crate::tiktok::json::{default_to, flag, has, set, text, text_or_empty, texts};
use crate::tiktok::money::Micros;
use crate::tiktok::schedule::{self, Flight};
use crate::tiktok::{bidding, goals, pixel, store};
use crate::world::{Object, World};

/// Checks goal, promotion, pixel, app and catalog against the campaign.
pub(super) fn check_companions(
    world: &World,
    advertiser: &str,
    campaign: &Object,
    group: &Object,
) -> Result<(), Refusal> {
    let objective = text_or_empty(campaign, "objective_type");
    let goal = text_or_empty(group, "optimization_goal");
    goals::check(objective, goal, text_or_empty(group, "billing_event"), false)?;
    check_promotion(campaign, objective, group)?;
    check_pixel(world, advertiser, objective, goal, group)?;
    check_app(campaign, objective, goal, group)?;
    let catalog = flag(campaign, "catalog_enabled") == Some(true);
    for member in ["catalog_id", "catalog_authorized_bc_id"] {
        ensure(catalog == has(group, member), || {
            let needs = if catalog { "Required" } else { "Not supported" };
            format!("{member}: {needs} when catalog_enabled of the campaign is {catalog}.")
        })?;
    }
    check_attribution(group)?;
    for member in ["budget_auto_adjust_strategy", "tiktok_subplacements"] {
        if has(group, member) && text(group, member) != Some("UNSET") {
            return Err(Refusal::new(NEEDS_ALLOWLIST, format!("{member}: It requires an allowlist.")));
        }
    }
    ensure(
        text(group, "deep_funnel_optimization_status") != Some("ON")
            || has(group, "deep_funnel_event_source"),
        || "deep_funnel_event_source: Required when deep_funnel_optimization_status is ON.".into(),
    )
}

fn check_promotion(campaign: &Object, objective: &str, group: &Object) -> Result<(), Refusal> {
    let promotion = text_or_empty(group, "promotion_type");
    let app = matches!(promotion, "APP_ANDROID" | "APP_IOS");
    let good = match (objective, text(campaign, "sales_destination")) {
        ("WEB_CONVERSIONS", Some("APP")) => app,
        ("WEB_CONVERSIONS", _) => promotion == "WEBSITE",
        ("APP_PROMOTION", _) if text(campaign, "app_promotion_type") == Some("MINIS") => {
            promotion.starts_with("MINI_")
        }
        ("APP_PROMOTION", _) => app,
        _ => promotion.starts_with("LEAD_GEN"),
    };
    ensure(good, || format!("promotion_type: {promotion} is not supported by this campaign."))?;
    let lead = promotion == "LEAD_GENERATION";
    ensure(lead == has(group, "promotion_target_type"), || {
        "promotion_target_type: It is required with promotion_type LEAD_GENERATION and not supported otherwise.".into()
    })?;
    let form = text(group, "promotion_target_type") == Some("INSTANT_PAGE");
    let goal = text_or_empty(group, "optimization_goal");
    ensure(!(lead && !form && goal == "LEAD_GENERATION"), || {
        "optimization_goal: LEAD_GENERATION requires promotion_target_type INSTANT_PAGE.".into()
    })
}

fn check_pixel(
    world: &World,
    advertiser: &str,
    objective: &str,
    goal: &str,
    group: &Object,
) -> Result<(), Refusal> {
    let counts = goals::counts_pixel_events(objective, goal);
    match text(group, "pixel_id") {
        None => ensure(!counts || objective == "APP_PROMOTION", || {
            format!("pixel_id: Required when optimization_goal is {goal}.")
        }),
        Some(_) if !counts => {
            Err(invalid(format!("pixel_id: It is not supported when optimization_goal is {goal}.")))
        }
        Some(pixel_id) => {
            let event = text(group, "optimization_event");
            pixel::check(world, advertiser, pixel_id, event)?;
            ensure(goal != "VALUE" || event == Some("SHOPPING"), || {
                "optimization_event: The goal VALUE requires SHOPPING.".into()
            })
        }
    }
}

fn check_app(campaign: &Object, objective: &str, goal: &str, group: &Object) -> Result<(), Refusal> {
    let destination = text(campaign, "sales_destination");
    let minis = text(campaign, "app_promotion_type") == Some("MINIS");
    let regular = text(campaign, "campaign_type") != Some("IOS14_CAMPAIGN");
    let app = (objective == "APP_PROMOTION" && !minis) || destination == Some("APP");
    ensure(!(app && regular) || has(group, "app_id"), || "app_id: Missing data for required field.".into())?;
    ensure(!minis || has(group, "minis_id"), || "minis_id: Missing data for required field.".into())?;
    ensure(app || !has(group, "app_id"), || "app_id: It is not supported by this campaign.".into())?;
    if (app || minis) && matches!(goal, "IN_APP_EVENT" | "VALUE") {
        let event = text(group, "optimization_event").ok_or_else(|| {
            invalid(format!("optimization_event: Required when optimization_goal is {goal}."))
        })?;
        pixel::check_app_event(event)?;
    }
    Ok(())
}

fn check_attribution(group: &Object) -> Result<(), Refusal> {
    let (click, view) = (has(group, "click_attribution_window"), has(group, "view_attribution_window"));
    ensure(click == view, || {
        "click_attribution_window: It must be sent together with view_attribution_window.".into()
    })?;
    ensure(!has(group, "engaged_view_attribution_window") || click, || {
        "engaged_view_attribution_window: It requires the click and the view attribution window.".into()
    })
}

/// Placements: none written means automatic, and the answer lists the effective ones.
pub(super) fn settle_placements(group: &mut Object) -> Result<(), Refusal> {
    if !has(group, "placement_type") && !has(group, "placements")
        || text(group, "placement_type") == Some("PLACEMENT_TYPE_AUTOMATIC")
    {
        set(group, "placement_type", "PLACEMENT_TYPE_AUTOMATIC");
        set(group, "placements", json!(["PLACEMENT_TIKTOK", "PLACEMENT_PANGLE"]));
        return Ok(());
    }
    set(group, "placement_type", "PLACEMENT_TYPE_NORMAL");
    let placements = texts(group, "placements");
    ensure(!placements.is_empty(), || {
        "placements: Required when placement_type is PLACEMENT_TYPE_NORMAL.".into()
    })?;
    let bundle = placements.contains(&"PLACEMENT_GLOBAL_APP_BUNDLE");
    ensure(!bundle || text_or_empty(group, "optimization_goal") != "TRAFFIC_LANDING_PAGE_VIEW", || {
        "placements: PLACEMENT_GLOBAL_APP_BUNDLE is not supported with TRAFFIC_LANDING_PAGE_VIEW.".into()
    })
}

/// The budget mode that rules an ad group: the campaign's under budget optimisation, else its own.
pub(super) fn ruling_mode<'a>(campaign: &'a Object, group: &'a Object) -> &'a str {
    text_or_empty(if is_cbo(campaign) { campaign } else { group }, "budget_mode")
}

/// Checks and writes the ad group's own budget; under the campaign's it is ignored.
pub(super) fn settle_budget(
    world: &World,
    advertiser: &str,
    campaign: &Object,
    group: &mut Object,
    flight: Flight,
) -> Result<(), Refusal> {
    if is_cbo(campaign) {
        set(group, "budget_mode", budget::INFINITE);
        set(group, "budget", 0.0);
        return check_least(world, advertiser, campaign, group);
    }
    ensure(!has(group, "min_budget"), || {
        "min_budget: It requires budget_optimize_on of the campaign.".into()
    })?;
    let mode =
        text(group, "budget_mode").ok_or_else(|| invalid("budget_mode: Missing data for required field."))?;
    ensure(matches!(mode, DYNAMIC | TOTAL), || {
        format!("budget_mode: {mode} is not supported by ad groups, use {DYNAMIC} or {TOTAL}.")
    })?;
    ensure(text(campaign, "budget_mode") != Some(DAY) || mode == DYNAMIC, || {
        format!("budget_mode: A campaign of {DAY} requires {DYNAMIC}.")
    })?;
    let amount = group.get("budget").and_then(Micros::read);
    let amount = amount.ok_or_else(|| invalid("budget: Missing data for required field."))?;
    let currency = store::currency(world, advertiser);
    let daily = budget::minimum(&currency, ADGROUP_BASE);
    let floor = match flight.end {
        Some(end) if mode == TOTAL => budget::lifetime_minimum(daily, flight.start, end),
        _ => daily,
    };
    budget::check_amount("budget", &currency, amount, floor)?;
    set(group, "budget", amount.number());
    Ok(())
}

fn check_least(world: &World, advertiser: &str, campaign: &Object, group: &Object) -> Result<(), Refusal> {
    let Some(least) = group.get("min_budget").and_then(Micros::read) else { return Ok(()) };
    let no_bid = text(group, "bid_type") == Some(bidding::NO_BID);
    ensure(text(campaign, "budget_mode") == Some(DYNAMIC) && no_bid, || {
        "min_budget: It requires a dynamic daily campaign budget and BID_TYPE_NO_BID.".into()
    })?;
    budget::check_precision("min_budget", &store::currency(world, advertiser), least)
}

/// Only a dynamic daily budget lets an ad group run without an end.
pub(super) fn check_schedule(campaign: &Object, group: &Object) -> Result<(), Refusal> {
    let open = text(group, "schedule_type") == Some(schedule::FROM_NOW);
    ensure(!open || ruling_mode(campaign, group) == DYNAMIC, || {
        format!("schedule_type: SCHEDULE_FROM_NOW requires {DYNAMIC}.")
    })?;
    ensure(!open || !has(group, "schedule_end_time"), || {
        "schedule_end_time: It is not supported with SCHEDULE_FROM_NOW.".into()
    })
}

/// Checks bids; a target price needs a dynamic daily budget.
pub(super) fn settle_bids(
    world: &World,
    advertiser: &str,
    campaign: &Object,
    group: &mut Object,
) -> Result<(), Refusal> {
    let dynamic = ruling_mode(campaign, group) == DYNAMIC;
    ensure(dynamic || text(group, "bid_type") != Some(bidding::CUSTOM), || {
        format!("bid_type: BID_TYPE_CUSTOM requires {DYNAMIC}.")
    })?;
    if text(group, "optimization_goal") == Some("VALUE") {
        default_to(group, "vbo_window", "SEVEN_DAYS");
    }
    let amount = |object: &Object| object.get("budget").and_then(Micros::read).filter(|amount| amount.0 > 0);
    let setting = bidding::Setting {
        currency: &store::currency(world, advertiser),
        goal: text_or_empty(group, "optimization_goal"),
        billing: text_or_empty(group, "billing_event"),
        budgets: [amount(campaign), amount(group)],
        dynamic,
    };
    bidding::check(group, &setting)?;
    for price in ["bid_price", "conversion_bid_price", "roas_bid", "min_budget"] {
        if let Some(amount) = group.get(price).and_then(Micros::read) {
            set(group, price, amount.number());
        }
    }
    Ok(())
}

/// Members that read an event of their own accord.
pub(super) fn complete_event(group: &mut Object) {
    if text(group, "optimization_goal") == Some("TRAFFIC_LANDING_PAGE_VIEW") {
        set(group, "optimization_event", Value::from("LANDING_PAGE_VIEW"));
    }
}
