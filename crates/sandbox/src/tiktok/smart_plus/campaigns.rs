//! Campaigns of the Upgraded Smart+ lane ("Create an Upgraded Smart+ Campaign").

use serde_json::Value;

use crate::tiktok::budget::{self, CAMPAIGN_BASE, DAY, DYNAMIC, INFINITE, TOTAL};
use crate::tiktok::campaigns::{check_new_budget, check_unique, set_budget};
use crate::tiktok::errors::{Answer, NEEDS_ALLOWLIST, Outcome, Refusal, ensure, invalid};
use crate::tiktok::field::{Field, choice, choices, flag, id, number, text};
use crate::tiktok::json::{default_to, flag as flag_of, has, set, text as text_of, text_or_empty};
use crate::tiktok::params::Params;
use crate::tiktok::store::{self, API, Kind, Lane, Level};
use crate::tiktok::{immutable, once, status, views, words};
use crate::world::{Object, World};

pub(super) const KIND: Kind = Kind::new(Lane::SmartPlus, Level::Campaign);

/// Objectives that the lane accepts, and those that it sends elsewhere.
const OBJECTIVES: &[&str] = &["WEB_CONVERSIONS", "APP_PROMOTION", "LEAD_GENERATION"];

/// Parameters of `/smart_plus/campaign/create/`.
pub(in crate::tiktok) const CREATE: &[Field] = &[
    id("advertiser_id").required(),
    text("request_id").required(),
    choice("objective_type", OBJECTIVES).required(),
    text("campaign_name").required(),
    choice("operation_status", status::CREATE),
    choice("app_promotion_type", &["APP_INSTALL", "APP_RETARGETING", "MINIS"]),
    choice("sales_destination", &["WEBSITE", "APP", "WEB_AND_APP"]),
    flag("catalog_enabled"),
    choice("catalog_type", &["ECOMMERCE", "TRAVEL_ENTERTAINMENT", "MINI_SERIES"]),
    choice("campaign_type", &["REGULAR_CAMPAIGN", "IOS14_CAMPAIGN"]),
    text("app_id"),
    flag("is_advanced_dedicated_campaign"),
    flag("disable_skan_campaign"),
    choice("bid_align_type", &["SAN", "SKAN"]),
    choice("campaign_app_profile_page_state", &["ON", "OFF"]),
    choice(
        "postback_window_mode",
        &["POSTBACK_WINDOW_MODE1", "POSTBACK_WINDOW_MODE2", "POSTBACK_WINDOW_MODE3"],
    ),
    choices("special_industries", &["HOUSING", "EMPLOYMENT", "CREDIT"]),
    flag("budget_optimize_on"),
    choice("budget_mode", budget::MODES),
    number("budget"),
    choice("budget_auto_adjust_strategy", &["AUTO_BUDGET_INCREASE", "UNSET"]),
    text("po_number"),
    text("rta_id"),
    flag("rta_bid_enabled"),
    flag("rta_product_selection_enabled"),
    flag("is_promotional_campaign"),
    choice("gaming_ad_compliance_agreement", &["ON", "OFF"]),
    text("open_api_partner"),
];

/// Parameters of `/smart_plus/campaign/update/`, beside the create's, which are read to be refused.
pub(in crate::tiktok) const UPDATE: &[Field] =
    &[id("advertiser_id").required(), id("campaign_id").required()];

const UPDATABLE: [&str; 4] = ["campaign_name", "budget", "po_number", "budget_auto_adjust_strategy"];

/// Creates a campaign; `request_id` is required, and equal names are allowed with it.
pub(in crate::tiktok) fn create(world: &mut World, params: &Params) -> Outcome {
    if let Some(id) = once::earlier(world, params)? {
        return answer(world, &params.advertiser, &id);
    }
    words::check_name("campaign_name", params.text_or_empty("campaign_name"))?;
    let mut campaign = params.values.clone();
    campaign.shift_remove("request_id");
    check_objective(&campaign)?;
    let apple = text_of(&campaign, "campaign_type") == Some("IOS14_CAMPAIGN");
    if !apple {
        // True by default, so that the official client always sends it; it says something about iOS only.
        campaign.shift_remove("is_advanced_dedicated_campaign");
    }
    check_apple(&campaign, apple)?;
    settle_budget(world, params, &mut campaign)?;
    default_to(&mut campaign, "campaign_type", "REGULAR_CAMPAIGN");
    set(&mut campaign, "smart_plus_adgroup_mode", "MULTIPLE");
    status::apply_at_create(world, &mut campaign);
    let id = store::insert(world, &params.advertiser, KIND, campaign)?;
    once::remember(world, params, &id);
    status::refresh(world, &params.advertiser, KIND, &id);
    answer(world, &params.advertiser, &id)
}

fn check_objective(campaign: &Object) -> Result<(), Refusal> {
    let objective = text_or_empty(campaign, "objective_type");
    let destination = text_of(campaign, "sales_destination");
    let catalog = flag_of(campaign, "catalog_enabled") == Some(true);
    for (member, needed_by) in
        [("app_promotion_type", "APP_PROMOTION"), ("sales_destination", "WEB_CONVERSIONS")]
    {
        let needed = objective == needed_by;
        ensure(!needed || has(campaign, member), || {
            format!("{member}: Required when objective_type is {needed_by}.")
        })?;
        ensure(needed || !has(campaign, member), || {
            format!("{member}: It requires the objective {needed_by}.")
        })?;
    }
    ensure(!catalog || objective != "APP_PROMOTION", || {
        "catalog_enabled: It requires the objective WEB_CONVERSIONS or LEAD_GENERATION.".into()
    })?;
    ensure(catalog || !has(campaign, "catalog_type"), || {
        "catalog_type: It requires catalog_enabled.".into()
    })?;
    let sells = matches!(text_of(campaign, "catalog_type"), Some("ECOMMERCE" | "TRAVEL_ENTERTAINMENT"));
    ensure(destination != Some("APP") || (catalog && sells), || {
        "sales_destination: APP requires catalog_enabled and catalog_type ECOMMERCE or TRAVEL_ENTERTAINMENT."
            .into()
    })
}

/// Members of campaigns dedicated to iOS.
fn check_apple(campaign: &Object, apple: bool) -> Result<(), Refusal> {
    for member in [
        "app_id",
        "disable_skan_campaign",
        "bid_align_type",
        "campaign_app_profile_page_state",
        "postback_window_mode",
    ] {
        ensure(apple || !has(campaign, member), || {
            format!("{member}: It requires campaign_type IOS14_CAMPAIGN.")
        })?;
    }
    let off = text_of(campaign, "operation_status") == Some("DISABLE");
    ensure(!has(campaign, "postback_window_mode") || off, || {
        "postback_window_mode: It requires operation_status DISABLE.".into()
    })
}

/// Budget optimisation is on unless turned off, and the mode's default depends on it.
fn settle_budget(world: &World, params: &Params, campaign: &mut Object) -> Result<(), Refusal> {
    if text_of(campaign, "budget_auto_adjust_strategy") == Some("AUTO_BUDGET_INCREASE") {
        return Err(Refusal::new(NEEDS_ALLOWLIST, "budget_auto_adjust_strategy: It requires an allowlist."));
    }
    default_to(campaign, "budget_optimize_on", true);
    let cbo = flag_of(campaign, "budget_optimize_on") == Some(true);
    default_to(campaign, "budget_mode", if cbo { DYNAMIC } else { INFINITE });
    let mode = text_or_empty(campaign, "budget_mode").to_owned();
    let allowed: &[&str] = if cbo { &[DYNAMIC, TOTAL] } else { &[INFINITE, DAY, TOTAL] };
    ensure(allowed.contains(&mode.as_str()), || {
        format!(
            "budget_mode: {mode} is not supported when budget_optimize_on is {cbo}, use {}.",
            allowed.join(", ")
        )
    })?;
    let amount = budget::required(&mode, params.amount("budget"))?;
    set_budget(world, &params.advertiser, campaign, amount, CAMPAIGN_BASE)
}

/// Updates a campaign, member by member.
pub(in crate::tiktok) fn update(world: &mut World, params: &Params) -> Outcome {
    let (advertiser, id) = (&params.advertiser, params.text_or_empty("campaign_id"));
    let current = store::live(world, advertiser, KIND, id)?;
    let mut changes = immutable::changes(world, &params.values, current, &UPDATABLE, &["campaign_id"])?;
    if let Some(name) = params.text("campaign_name") {
        words::check_name("campaign_name", name)?;
        check_unique(world, advertiser, name, Some(id))?;
    }
    if params.text("budget_auto_adjust_strategy") == Some("AUTO_BUDGET_INCREASE") {
        return Err(Refusal::new(NEEDS_ALLOWLIST, "budget_auto_adjust_strategy: It requires an allowlist."));
    }
    if params.has("budget") {
        let amount = params.amount("budget").ok_or_else(|| invalid("budget: Not a valid number."))?;
        check_new_budget(world, advertiser, KIND, current, amount)?;
        set(&mut changes, "budget", amount.number());
    }
    store::update(world, advertiser, KIND, id, &changes, &API)?;
    answer(world, advertiser, id)
}

fn answer(world: &World, advertiser: &str, id: &str) -> Outcome {
    let account = store::account(world, advertiser)?;
    let row = account.get(KIND.collection(), id).map(|campaign| views::row(world, account, KIND, campaign));
    Ok(Answer::wrote(Value::Object(row.unwrap_or_default())))
}
