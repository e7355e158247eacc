//! Ad sets: what a create requires, what an update allows (meta-ads.md §5).

mod bids;
mod budgets;
mod flights;
mod goals;

use serde_json::{Value, json};

use super::campaigns::{BUDGETS, has_budget, require};
use super::errors::GraphError;
use super::kind::Kind;
use super::params::Params;
use super::schema::{self, When, ad_set};
use super::store::{self, Node};
use super::{insights, learning, lifecycle, targeting};
use crate::world::{Object, World};

/// Ad sets of a campaign that are neither archived nor deleted (§16).
const MOST_PER_CAMPAIGN: usize = 200;
/// Letters of a name (§5).
const LONGEST_NAME: usize = 400;

/// Checks a create and fills in what the server would.
pub(super) fn draft(world: &World, account: &str, params: &Params) -> Result<Object, GraphError> {
    let clock = store::clock(world, account);
    let mut draft = schema::read(ad_set::PARAMETERS, params, When::Create, &clock)?;
    take_old_time_names(&mut draft);
    for name in ["execution_options", "date_format", "account_id"] {
        draft.remove(name);
    }
    for name in ["name", "campaign_id", "optimization_goal", "billing_event", "targeting"] {
        require(&draft, name)?;
    }
    lifecycle::check_new_status(&draft)?;
    check_name(&draft)?;
    let campaign = campaign(world, account, &draft)?;
    check_room(world, store::text(&draft, "campaign_id"))?;
    store::check_room(world, account, Kind::AdSet)?;
    goals::check(world, campaign, &draft)?;
    let targeting = targeting::settle(world, draft.get("targeting"), targeting::Occasion::Create)?;
    targeting::check_special(campaign, &targeting)?;
    draft.insert("targeting".into(), targeting);
    check_compliance(world, account, &mut draft)?;
    budgets::check_level(campaign, &draft)?;
    bids::settle(campaign, &mut draft)?;
    flights::check(world, campaign, &draft)?;
    budgets::check_size(world, account, &draft)?;
    fill_defaults(world, account, &mut draft);
    Ok(draft)
}

/// `time_start` and `time_stop` are older names of the same (§5).
fn take_old_time_names(input: &mut Object) {
    for (old, name) in [("time_start", "start_time"), ("time_stop", "end_time")] {
        if let Some(value) = input.remove(old) {
            input.entry(name).or_insert(value);
        }
    }
}

fn check_name(input: &Object) -> Result<(), GraphError> {
    if store::text(input, "name").chars().count() <= LONGEST_NAME {
        return Ok(());
    }
    let text = format!("The name is longer than {LONGEST_NAME} characters.");
    Err(GraphError::parameter("name", "Name is too long", text))
}

fn campaign<'a>(world: &'a World, account: &str, draft: &Object) -> Result<&'a Object, GraphError> {
    let id = store::text(draft, "campaign_id");
    let campaign = store::object(world, account, Kind::Campaign, id).ok_or_else(|| {
        let text = format!("Campaign {id} does not exist in this account.");
        GraphError::parameter("campaign_id", "Campaign does not exist", text)
    })?;
    if matches!(store::text(campaign, "status"), "DELETED" | "ARCHIVED") {
        let text = format!("Campaign {id} is archived or deleted.");
        return Err(GraphError::parameter("campaign_id", "Campaign cannot be used", text).subcode(1_487_056));
    }
    // New ad sets below legacy objectives are refused (§4).
    let objective = store::text(campaign, "objective");
    if !objective.starts_with("OUTCOME_") {
        let text = format!("Objective {objective} can no longer be used for new ad sets.");
        return Err(GraphError::parameter("campaign_id", "Objective is not available", text));
    }
    Ok(campaign)
}

fn check_room(world: &World, campaign: &str) -> Result<(), GraphError> {
    if store::children(world, campaign, Kind::AdSet).len() < MOST_PER_CAMPAIGN {
        return Ok(());
    }
    let text = format!("A campaign can hold {MOST_PER_CAMPAIGN} ad sets.");
    Err(GraphError::parameter("campaign_id", "Too many ad sets", text))
}

/// Ads shown in the EU name who benefits and who pays, or the account does (§5, §16).
fn check_compliance(world: &World, account: &str, draft: &mut Object) -> Result<(), GraphError> {
    if !draft.get("targeting").is_some_and(targeting::reaches_eu) {
        return Ok(());
    }
    let defaults = store::account(world, account).map(|found| &found.object);
    let pair = [
        ("dsa_beneficiary", "default_dsa_beneficiary", 3_858_081, "Beneficiary is missing"),
        ("dsa_payor", "default_dsa_payor", 3_858_079, "Payor is missing"),
    ];
    for (name, default, subcode, title) in pair {
        if store::text(draft, name).is_empty() {
            let value = defaults.and_then(|account| account.get(default)).cloned();
            let value = value.ok_or_else(|| {
                let text = format!("Ads shown in the European Union need {name}.");
                GraphError::parameter(name, title, text).subcode(subcode)
            })?;
            draft.insert(name.to_owned(), value);
        }
        if store::text(draft, name).chars().count() > 512 {
            return Err(GraphError::parameter(
                name,
                "Text is too long",
                "At most 512 characters are allowed.",
            ));
        }
    }
    Ok(())
}

fn fill_defaults(world: &World, account: &str, draft: &mut Object) {
    let now = store::clock(world, account).format(world.now);
    let attribution = goals::default_attribution(store::text(draft, "optimization_goal"));
    let mut default = |name: &str, value: Value| {
        draft.entry(name).or_insert(value);
    };
    default("status", json!("ACTIVE"));
    default("start_time", json!(now));
    default("destination_type", json!("UNDEFINED"));
    default("attribution_spec", attribution);
    default("pacing_type", json!(["standard"]));
    default("is_dynamic_creative", json!(false));
    default("learning_stage_info", learning::fresh(world.now));
    for name in BUDGETS {
        default(name, json!("0"));
    }
}

/// Checks an update and completes it with what follows from it.
pub(super) fn changes(world: &mut World, node: &Node, params: &Params) -> Result<Object, GraphError> {
    let clock = store::clock(world, &node.account);
    let current = store::object(world, &node.account, Kind::AdSet, &node.id).cloned().unwrap_or_default();
    schema::refuse_fixed(ad_set::PARAMETERS, params, &current, &clock)?;
    let mut changes = schema::read(ad_set::PARAMETERS, params, When::Update, &clock)?;
    take_old_time_names(&mut changes);
    for name in ["execution_options", "date_format", "account_id", "campaign_spec"] {
        changes.remove(name);
    }
    lifecycle::check(node, &current, &changes)?;
    check_name(&changes)?;
    flights::check_ended(world, &current, &changes)?;
    goals::check_fixed(&current, &changes)?;
    let campaign_id = store::text(&current, "campaign_id");
    let campaign =
        store::object(world, &node.account, Kind::Campaign, campaign_id).cloned().unwrap_or_default();
    let touched = |names: &[&str]| names.iter().any(|name| changes.contains_key(*name));
    let (retargets, rebids) =
        (touched(&["targeting"]), touched(&["bid_amount", "bid_strategy", "bid_constraints"]));
    let (rebudgets, reflights) = (touched(&BUDGETS), touched(&["start_time", "end_time"]));
    let regoals = touched(&["billing_event", "attribution_spec", "frequency_control_specs"]);
    if retargets {
        let settled = targeting::settle(world, changes.get("targeting"), targeting::Occasion::Update)?;
        targeting::check_special(&campaign, &settled)?;
        changes.insert("targeting".into(), settled);
    }
    budgets::switch_kind(&mut changes);
    let mut next = current.clone();
    next.extend(changes.clone());
    next.retain(|_, value| !value.is_null());
    if retargets {
        check_compliance(world, &node.account, &mut next)?;
    }
    if regoals {
        goals::check(world, &campaign, &next)?;
    }
    if rebids {
        bids::resettle(&campaign, &mut next, &mut changes)?;
    }
    if rebudgets || reflights {
        flights::check(world, &campaign, &next)?;
        budgets::check_level(&campaign, &next)?;
        budgets::check_size(world, &node.account, &next)?;
    }
    if rebudgets {
        budgets::check_change(world, node, &current, &next, params)?;
    }
    Ok(changes)
}

/// Computed fields of an ad set; `None` where there is no value at all.
pub(super) fn computed(world: &World, node: &Node, object: &Object, name: &str) -> Option<Value> {
    match name {
        "budget_remaining" => Some(json!(insights::remaining(world, node, object))),
        "learning_stage_info" => learning::info(world, node, object),
        "bid_strategy" => {
            let id = store::text(object, "campaign_id");
            let campaign = store::object(world, &node.account, Kind::Campaign, id);
            let owner = campaign.filter(|campaign| has_budget(campaign)).unwrap_or(object);
            owner.get(name).cloned()
        }
        _ => object.get(name).cloned().filter(|value| !value.is_null()),
    }
}
