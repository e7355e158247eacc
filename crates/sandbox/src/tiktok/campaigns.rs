//! Campaigns of the manual lane ("Create a campaign", "Update a campaign", "Get campaigns").

use serde_json::{Value, json};

use crate::world::{Object, World};

use super::budget::{self, CAMPAIGN_BASE, DYNAMIC, INFINITE};
use super::errors::{Answer, NEEDS_ALLOWLIST, Outcome, Refusal, ensure, invalid};
use super::field::{Field, any, choice, choices, flag, id, number, text};
use super::json::{default_to, fill_nulls, flag as flag_of, set, text_or_empty};
use super::money::Micros;
use super::params::Params;
use super::store::{self, API, Kind, Lane, Level};
use super::{once, spend, status, views, words};

const KIND: Kind = Kind::new(Lane::Manual, Level::Campaign);

/// Objectives that a request may name.
const OBJECTIVES: &[&str] = &[
    "REACH",
    "TRAFFIC",
    "VIDEO_VIEWS",
    "ENGAGEMENT",
    "LEAD_GENERATION",
    "APP_PROMOTION",
    "WEB_CONVERSIONS",
    "PRODUCT_SALES",
    "RF_REACH",
    "BRAND_CONSIDERATION",
];
/// Objectives that only allowlisted accounts may create.
const ALLOWLISTED: [&str; 2] = ["RF_REACH", "BRAND_CONSIDERATION"];
/// Objectives whose manual creation ends with 2026 (independent write-ups, no primary notice seen).
const ENDING: [&str; 4] = ["PRODUCT_SALES", "WEB_CONVERSIONS", "APP_PROMOTION", "LEAD_GENERATION"];
/// Members that answers show as `null` when nobody set them.
const NULLS: &[&str] = &[
    "app_id",
    "app_promotion_type",
    "bid_type",
    "budget",
    "campaign_product_source",
    "catalog_enabled",
    "deep_bid_type",
    "optimization_goal",
    "po_number",
    "postback_window_mode",
    "rf_campaign_type",
    "rta_id",
    "sales_destination",
    "virtual_objective_type",
    "disable_skan_campaign",
    "is_advanced_dedicated_campaign",
    "bid_align_type",
    "campaign_app_profile_page_state",
];

/// Parameters of `/campaign/create/`.
pub(super) const CREATE: &[Field] = &[
    id("advertiser_id").required(),
    text("campaign_name").required(),
    choice("objective_type", OBJECTIVES).required(),
    choice("budget_mode", budget::MODES),
    number("budget"),
    flag("budget_optimize_on"),
    choice("operation_status", status::CREATE),
    text("request_id"),
    choice("app_promotion_type", &["APP_INSTALL", "APP_RETARGETING", "APP_PREREGISTRATION"]),
    choice("campaign_type", &["REGULAR_CAMPAIGN", "IOS14_CAMPAIGN"]),
    text("app_id"),
    choices("special_industries", &["HOUSING", "EMPLOYMENT", "CREDIT"]),
    choice("virtual_objective_type", &["SALES"]),
    choice("sales_destination", &["TIKTOK_SHOP", "WEBSITE", "APP", "WEB_AND_APP"]),
    choice("campaign_product_source", &["CATALOG", "STORE"]),
    flag("catalog_enabled"),
    flag("is_search_campaign"),
    text("po_number"),
    text("rta_id"),
    flag("rta_bid_enabled"),
    flag("rta_product_selection_enabled"),
    flag("is_advanced_dedicated_campaign"),
    flag("disable_skan_campaign"),
    any("campaign_app_profile_page_state"),
    any("postback_window_mode"),
    any("rf_campaign_type"),
    any("bid_align_type"),
    any("plugin_partner"),
    any("bid_type"),
    any("deep_bid_type"),
    any("optimization_goal"),
    any("roas_bid"),
    any("internal_channel"),
];

/// Parameters of `/campaign/update/`: everything the create accepts is read, four members can change.
pub(super) const UPDATE: &[Field] = &[id("advertiser_id").required(), id("campaign_id").required()];

/// Members that an update can change.
const UPDATABLE: [&str; 4] = ["campaign_name", "budget", "special_industries", "po_number"];

/// Creates a campaign.
pub(super) fn create(world: &mut World, params: &Params) -> Outcome {
    if let Some(id) = once::earlier(world, params)? {
        return answer(world, &params.advertiser, &id);
    }
    let mut campaign = params.values.clone();
    campaign.shift_remove("request_id");
    check_create(world, params, &mut campaign)?;
    complete(&mut campaign);
    status::apply_at_create(world, &mut campaign);
    let id = store::insert(world, &params.advertiser, KIND, campaign)?;
    once::remember(world, params, &id);
    answer(world, &params.advertiser, &id)
}

fn check_create(world: &World, params: &Params, campaign: &mut Object) -> Result<(), Refusal> {
    let (name, objective) = (params.text_or_empty("campaign_name"), params.text_or_empty("objective_type"));
    words::check_name("campaign_name", name)?;
    if !params.has("request_id") {
        check_unique(world, &params.advertiser, name, None)?;
    }
    check_objective(world, params, objective)?;
    let cbo = params.flag("budget_optimize_on").unwrap_or(false);
    let mode =
        params.text("budget_mode").ok_or_else(|| invalid("budget_mode: Missing data for required field."))?;
    ensure(mode != INFINITE || !cbo, || {
        "budget_mode: BUDGET_MODE_INFINITE is not supported with budget_optimize_on.".into()
    })?;
    ensure(mode != DYNAMIC || cbo, || {
        "budget_mode: BUDGET_MODE_DYNAMIC_DAILY_BUDGET requires budget_optimize_on.".into()
    })?;
    budget::check_dynamic(world, objective, mode)?;
    let base = if params.text("campaign_product_source") == Some("STORE") { 10 } else { CAMPAIGN_BASE };
    let amount = budget::required(mode, params.amount("budget"))?;
    set_budget(world, &params.advertiser, campaign, amount, base)
}

fn check_objective(world: &World, params: &Params, objective: &str) -> Result<(), Refusal> {
    if ALLOWLISTED.contains(&objective) {
        return Err(Refusal::new(
            NEEDS_ALLOWLIST,
            format!("objective_type: {objective} requires an allowlist."),
        ));
    }
    let end = world.option("tiktok.manual_sales_end", "2027-01-01 00:00:00");
    let ended = super::clock::stamp(world.now).as_str() >= end && ENDING.contains(&objective);
    ensure(!ended, || {
        format!("objective_type: {objective} can no longer be created here, use Upgraded Smart+.")
    })?;
    ensure(objective != "APP_PROMOTION" || params.has("app_promotion_type"), || {
        "app_promotion_type: Required when objective_type is APP_PROMOTION.".into()
    })?;
    ensure(objective == "APP_PROMOTION" || !params.has("app_promotion_type"), || {
        "app_promotion_type: It requires the objective APP_PROMOTION.".into()
    })
}

/// Names are unique among the campaigns that are not deleted (option `tiktok.unique_names=off`).
pub(super) fn check_unique(
    world: &World,
    advertiser: &str,
    name: &str,
    except: Option<&str>,
) -> Result<(), Refusal> {
    let taken = world.option("tiktok.unique_names", "on") == "on"
        && store::name_is_taken(world, advertiser, name, except);
    ensure(!taken, || format!("campaign_name: The campaign name `{name}` already exists."))
}

/// Checks and writes a campaign's budget; an unlimited one reads 0.
pub(super) fn set_budget(
    world: &World,
    advertiser: &str,
    campaign: &mut Object,
    amount: Option<Micros>,
    base: i64,
) -> Result<(), Refusal> {
    let currency = store::currency(world, advertiser);
    if let Some(amount) = amount {
        budget::check_amount("budget", &currency, amount, budget::minimum(&currency, base))?;
    }
    set(campaign, "budget", amount.unwrap_or_default().number());
    Ok(())
}

/// Fills in what the platform adds; `budget_optimize_on` is returned only when true.
fn complete(campaign: &mut Object) {
    if flag_of(campaign, "budget_optimize_on") != Some(true) {
        campaign.shift_remove("budget_optimize_on");
    }
    let app = text_or_empty(campaign, "objective_type") == "APP_PROMOTION";
    set(campaign, "objective", if app { "APP" } else { "LANDING_PAGE" });
    default_to(campaign, "campaign_type", "REGULAR_CAMPAIGN");
    default_to(campaign, "special_industries", json!([]));
    default_to(campaign, "is_search_campaign", false);
    default_to(campaign, "rta_bid_enabled", false);
    default_to(campaign, "rta_product_selection_enabled", false);
    set(campaign, "roas_bid", 0);
    set(campaign, "is_new_structure", true);
    set(campaign, "is_smart_performance_campaign", false);
    set(campaign, "campaign_automation_type", "MANUAL");
    set(campaign, "campaign_system_origin", "TT_ADS_PLATFORM");
    fill_nulls(campaign, NULLS);
}

/// Updates a campaign, member by member.
pub(super) fn update(world: &mut World, params: &Params) -> Outcome {
    let id = params.text_or_empty("campaign_id");
    let advertiser = &params.advertiser;
    let current = store::live(world, advertiser, KIND, id)?;
    let mut changes =
        super::immutable::changes(world, &params.values, current, &UPDATABLE, &["campaign_id"])?;
    if let Some(name) = params.text("campaign_name") {
        words::check_name("campaign_name", name)?;
        check_unique(world, advertiser, name, Some(id))?;
    }
    if let Some(industries) = changes.get("special_industries") {
        let cleared = industries.as_array().is_some_and(Vec::is_empty);
        ensure(cleared || current.get("special_industries") == Some(industries), || {
            "special_industries: It can only be cleared.".into()
        })?;
    }
    if let Some(amount) = params.amount("budget") {
        check_new_budget(world, advertiser, KIND, current, amount)?;
        set(&mut changes, "budget", amount.number());
    }
    store::update(world, advertiser, KIND, id, &changes, &API)?;
    answer(world, advertiser, id)
}

/// Checks a campaign's next budget: mode, limits, and at least 105 % of the spend.
pub(super) fn check_new_budget(
    world: &World,
    advertiser: &str,
    kind: Kind,
    campaign: &Object,
    amount: Micros,
) -> Result<(), Refusal> {
    let mode = text_or_empty(campaign, "budget_mode");
    if mode == INFINITE {
        return ensure(amount.0 == 0, || "budget: A campaign of BUDGET_MODE_INFINITE has no budget.".into());
    }
    let store_source = text_or_empty(campaign, "campaign_product_source") == "STORE";
    let base = if store_source { 10 } else { CAMPAIGN_BASE };
    set_budget(world, advertiser, &mut Object::new(), Some(amount), base)?;
    if campaign.get("budget").and_then(Micros::read) == Some(amount) {
        return Ok(());
    }
    let id = text_or_empty(campaign, "campaign_id");
    budget::check_spend(amount, spend::of_budget(world, advertiser, kind, id, mode))
}

fn answer(world: &World, advertiser: &str, id: &str) -> Outcome {
    let account = store::account(world, advertiser)?;
    let row = account.get(KIND.collection(), id).map(|campaign| views::row(world, account, KIND, campaign));
    Ok(Answer::wrote(Value::Object(row.unwrap_or_default())))
}
