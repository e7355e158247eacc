//! Combinations that a manual ad group must satisfy ("Create an ad group", companions per objective).

use serde_json::{Value, json};

use crate::tiktok::budget::{self, ADGROUP_BASE};
use crate::tiktok::errors::{Refusal, ensure, invalid};
use crate::tiktok::json::{flag, has, set, text, text_or_empty, texts};
use crate::tiktok::money::Micros;
use crate::tiktok::schedule::{self, Flight};
use crate::tiktok::{goals, pixel, store};
use crate::world::{Object, World};

use super::is_cbo;

/// Objectives whose ad groups need no promotion type.
const WITHOUT_PROMOTION: [&str; 3] = ["REACH", "VIDEO_VIEWS", "ENGAGEMENT"];

/// Checks goal, promotion, pixel, app and the members that only some objectives have.
pub(super) fn check_companions(
    world: &World,
    advertiser: &str,
    campaign: &Object,
    group: &Object,
) -> Result<(), Refusal> {
    let objective = text_or_empty(campaign, "objective_type");
    let goal = text_or_empty(group, "optimization_goal");
    let any_billing = objective == "ENGAGEMENT" && world.option("tiktok.engagement_pairs", "listed") == "any";
    goals::check(objective, goal, text_or_empty(group, "billing_event"), any_billing)?;
    check_promotion(objective, group)?;
    check_pixel(world, advertiser, objective, goal, group)?;
    check_app(objective, goal, group)?;
    for (member, only) in [
        ("frequency", "REACH"),
        ("frequency_schedule", "REACH"),
        ("bid_display_mode", "VIDEO_VIEWS"),
        ("shopping_ads_type", "PRODUCT_SALES"),
    ] {
        ensure(objective == only || !has(group, member), || {
            format!("{member}: It requires the objective {only}.")
        })?;
    }
    check_frequency(group)?;
    let (click, view) = (has(group, "click_attribution_window"), has(group, "view_attribution_window"));
    ensure(click == view, || {
        "click_attribution_window: It must be sent together with view_attribution_window.".into()
    })?;
    let subplacements = texts(group, "tiktok_subplacements");
    ensure(subplacements.is_empty() || subplacements.contains(&"IN_FEED"), || {
        "tiktok_subplacements: It must contain IN_FEED.".into()
    })
}

fn check_promotion(objective: &str, group: &Object) -> Result<(), Refusal> {
    let promotion = text(group, "promotion_type");
    if WITHOUT_PROMOTION.contains(&objective) && promotion.is_none() {
        return Ok(());
    }
    let promotion = promotion.ok_or_else(|| invalid("promotion_type: Missing data for required field."))?;
    let app = promotion.starts_with("APP_");
    let good = match objective {
        "APP_PROMOTION" => app,
        "WEB_CONVERSIONS" => promotion == "WEBSITE",
        "LEAD_GENERATION" => promotion.starts_with("LEAD_GEN"),
        _ => true,
    };
    ensure(good, || format!("promotion_type: {promotion} is not supported by the objective {objective}."))?;
    let target = text(group, "promotion_target_type");
    ensure(promotion != "LEAD_GENERATION" || target.is_some(), || {
        "promotion_target_type: Required when promotion_type is LEAD_GENERATION.".into()
    })?;
    ensure(promotion == "LEAD_GENERATION" || target.is_none(), || {
        "promotion_target_type: It requires the promotion_type LEAD_GENERATION.".into()
    })
}

fn check_pixel(
    world: &World,
    advertiser: &str,
    objective: &str,
    goal: &str,
    group: &Object,
) -> Result<(), Refusal> {
    let pixel = text(group, "pixel_id");
    let counts = goals::counts_pixel_events(objective, goal);
    match pixel {
        None => ensure(!counts, || format!("pixel_id: Required when optimization_goal is {goal}.")),
        Some(_) if !counts => Err(invalid(format!(
            "pixel_id: It is not supported with the objective {objective} and the goal {goal}."
        ))),
        Some(pixel_id) => {
            let event = text(group, "optimization_event");
            pixel::check(world, advertiser, pixel_id, event)?;
            ensure(goal != "VALUE" || event == Some("SHOPPING"), || {
                "optimization_event: The goal VALUE requires SHOPPING.".into()
            })
        }
    }
}

fn check_app(objective: &str, goal: &str, group: &Object) -> Result<(), Refusal> {
    if objective != "APP_PROMOTION" {
        return Ok(());
    }
    ensure(has(group, "app_id"), || "app_id: Required when the objective is APP_PROMOTION.".into())?;
    if matches!(goal, "IN_APP_EVENT" | "VALUE") {
        let event = text(group, "optimization_event").ok_or_else(|| {
            invalid(format!("optimization_event: Required when optimization_goal is {goal}."))
        })?;
        pixel::check_app_event(event)?;
    }
    Ok(())
}

fn check_frequency(group: &Object) -> Result<(), Refusal> {
    let number = |name: &str| group.get(name).and_then(Value::as_u64);
    let (frequency, days) = (number("frequency"), number("frequency_schedule"));
    ensure(has(group, "frequency") == has(group, "frequency_schedule"), || {
        "frequency: It must be sent together with frequency_schedule.".into()
    })?;
    ensure(frequency.is_none_or(|frequency| (1..=1_000).contains(&frequency)), || {
        "frequency: Must be between 1 and 1000.".into()
    })?;
    ensure(days.is_none_or(|days| (1..=30).contains(&days)), || {
        "frequency_schedule: Must be between 1 and 30.".into()
    })
}

/// Placements: required for the manual choice, replaced by the effective ones for the automatic one.
pub(super) fn check_placements(group: &mut Object) -> Result<(), Refusal> {
    if text(group, "placement_type") == Some("PLACEMENT_TYPE_AUTOMATIC") {
        set(group, "placements", json!(["PLACEMENT_TIKTOK", "PLACEMENT_PANGLE"]));
        return Ok(());
    }
    set(group, "placement_type", "PLACEMENT_TYPE_NORMAL");
    let placements = texts(group, "placements");
    ensure(!placements.is_empty(), || {
        "placements: Required when placement_type is PLACEMENT_TYPE_NORMAL.".into()
    })?;
    ensure(!placements.contains(&"PLACEMENT_GLOBAL_APP_BUNDLE"), || {
        "placements: PLACEMENT_GLOBAL_APP_BUNDLE requires an allowlist.".into()
    })
}

/// Checks and writes the ad group's budget; under a campaign budget it is ignored.
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
        return Ok(());
    }
    let mode =
        text(group, "budget_mode").ok_or_else(|| invalid("budget_mode: Missing data for required field."))?;
    ensure(mode != budget::INFINITE, || {
        "budget_mode: BUDGET_MODE_INFINITE is not supported by ad groups.".into()
    })?;
    let above = text_or_empty(campaign, "budget_mode");
    ensure(!(above == budget::DAY && mode == budget::TOTAL), || {
        "budget_mode: BUDGET_MODE_TOTAL is not supported under a campaign of BUDGET_MODE_DAY.".into()
    })?;
    budget::check_dynamic(world, text_or_empty(campaign, "objective_type"), mode)?;
    let open = text_or_empty(group, "schedule_type") == schedule::FROM_NOW;
    ensure(!open || budget::is_daily(mode), || {
        "schedule_type: BUDGET_MODE_TOTAL requires SCHEDULE_START_END.".into()
    })?;
    let amount = group.get("budget").and_then(Micros::read);
    let amount = amount.ok_or_else(|| invalid("budget: Missing data for required field."))?;
    let currency = store::currency(world, advertiser);
    let base = match text(group, "product_source") {
        Some("STORE" | "SHOWCASE") => 10,
        _ => ADGROUP_BASE,
    };
    let daily = budget::minimum(&currency, base);
    let floor = match flight.end {
        Some(end) if mode == budget::TOTAL => budget::lifetime_minimum(daily, flight.start, end),
        _ => daily,
    };
    budget::check_amount("budget", &currency, amount, floor)?;
    set(group, "budget", amount.number());
    Ok(())
}

/// What an update may not do besides touching fixed members.
pub(super) fn check_update(
    world: &World,
    campaign: &Object,
    current: &Object,
    sent: &Object,
) -> Result<(), Refusal> {
    let changes = |name: &str| has(sent, name) && sent.get(name) != current.get(name);
    ensure(!(is_cbo(campaign) && changes("bid_type")), || {
        "bid_type: It cannot be updated because the campaign has budget_optimize_on.".into()
    })?;
    ensure(
        !(changes("search_result_enabled") && flag(current, "search_result_enabled") == Some(true)),
        || "search_result_enabled: It cannot be turned off once it is on.".into(),
    )?;
    ensure(!(changes("is_hfss") && flag(current, "is_hfss") == Some(true)), || {
        "is_hfss: It cannot be turned off once it is on.".into()
    })?;
    let allowed = world.option("tiktok.brand_safety_update", "refuse") == "allow";
    ensure(allowed || !changes("brand_safety_type"), || {
        "brand_safety_type: Updating it requires an allowlist.".into()
    })?;
    check_frequency(&{
        let mut next = current.clone();
        next.extend(sent.clone());
        next
    })
}
