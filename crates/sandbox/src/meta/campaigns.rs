//! Campaigns: what a create requires, what an update allows (meta-ads.md §4).

use serde_json::{Value, json};

use super::errors::GraphError;
use super::insights;
use super::kind::Kind;
use super::lifecycle;
use super::money::{self, Pays};
use super::params::Params;
use super::schema::{self, When, campaign};
use super::store::{self, Node};
use super::time::AccountClock;
use crate::world::{Object, Vendor, World};

/// Ad sets beyond which a campaign budget cannot be turned off (§4).
const MOST_SETS_TO_SWITCH: usize = 70;

/// The budget fields of campaigns and ad sets.
pub(super) const BUDGETS: [&str; 2] = ["daily_budget", "lifetime_budget"];

/// Checks a create and fills in what the server would.
pub(super) fn draft(world: &World, account: &str, params: &Params) -> Result<Object, GraphError> {
    let clock = store::clock(world, account);
    let mut draft = schema::read(campaign::PARAMETERS, params, When::Create, &clock)?;
    draft.remove("execution_options");
    for name in ["name", "objective", "special_ad_categories"] {
        require(&draft, name)?;
    }
    lifecycle::check_new_status(&draft)?;
    check_objective(&draft)?;
    check_buying_type(&draft)?;
    check_special_categories(&draft)?;
    check_budget(world, account, &draft)?;
    check_sharing(&draft)?;
    fill_defaults(world, &clock, &mut draft);
    Ok(draft)
}

/// Refuses a create without a parameter; an empty text counts as none.
pub(super) fn require(draft: &Object, name: &'static str) -> Result<(), GraphError> {
    match draft.get(name) {
        None | Some(Value::Null) => Err(GraphError::required(name)),
        Some(Value::String(text)) if text.trim().is_empty() => Err(GraphError::required(name)),
        Some(_) => Ok(()),
    }
}

/// Legacy objectives can be read and not made (§4).
fn check_objective(draft: &Object) -> Result<(), GraphError> {
    let objective = store::text(draft, "objective");
    if objective.is_empty() || objective.starts_with("OUTCOME_") {
        return Ok(());
    }
    let text = format!(
        "Objective {objective} can no longer be used for new campaigns; use one of the OUTCOME_ ones."
    );
    Err(GraphError::parameter("objective", "Objective is not available", text))
}

fn check_buying_type(draft: &Object) -> Result<(), GraphError> {
    match store::text(draft, "buying_type") {
        "" | "AUCTION" | "RESERVED" => Ok(()),
        _ => Err(GraphError::must_be("buying_type", "one of {AUCTION, RESERVED}")),
    }
}

/// Political ads name their countries (§16).
fn check_special_categories(draft: &Object) -> Result<(), GraphError> {
    let categories = draft.get("special_ad_categories").and_then(Value::as_array);
    let political =
        categories.is_some_and(|list| list.iter().any(|category| category == "ISSUES_ELECTIONS_POLITICS"));
    let has_country = draft
        .get("special_ad_category_country")
        .and_then(Value::as_array)
        .is_some_and(|list| !list.is_empty());
    if political && !has_country {
        let text = "Ads about social issues, elections or politics must name their countries.";
        return Err(GraphError::parameter("special_ad_category_country", "Country is missing", text));
    }
    Ok(())
}

fn has_budget(object: &Object) -> bool {
    BUDGETS.iter().any(|name| money::amount(object, name) > 0)
}

/// One kind of budget, not below the smallest (§13, §16).
fn check_budget(world: &World, account: &str, draft: &Object) -> Result<(), GraphError> {
    if BUDGETS.iter().all(|name| money::amount(draft, name) > 0) {
        let text = "A campaign has either a daily or a lifetime budget.";
        return Err(GraphError::parameter("daily_budget", "Two budgets", text));
    }
    let currency = money::currency(world, account);
    for name in BUDGETS.into_iter().filter(|name| money::amount(draft, name) > 0) {
        money::check_minimum(&currency, name, money::amount(draft, name), 1, Pays::Impressions)?;
    }
    let cap = money::amount(draft, "spend_cap");
    if cap > 0 && store::text(draft, "spend_cap") != money::NO_CAP && cap < money::minimum_cap(&currency) {
        let text = format!("A spending limit must be at least {}.", money::minimum_cap(&currency));
        return Err(GraphError::parameter("spend_cap", "Spending limit is too low", text));
    }
    Ok(())
}

/// Budget sharing between ad sets, to be stated when there is no campaign budget (§4).
fn check_sharing(draft: &Object) -> Result<(), GraphError> {
    const FIELD: &str = "is_adset_budget_sharing_enabled";
    let shares = draft.get(FIELD).and_then(Value::as_bool);
    match (has_budget(draft), shares) {
        (false, None) => {
            let text = "Say whether ad sets share up to 20% of their budget: \
                        set is_adset_budget_sharing_enabled to true or false.";
            Err(GraphError::parameter(FIELD, "Budget sharing must be specified", text).subcode(4_834_011))
        }
        (true, Some(true)) => {
            let text = "Ad sets cannot share budgets under a campaign budget.";
            Err(GraphError::parameter(FIELD, "Campaign has a budget", text).subcode(4_834_002))
        }
        (false, Some(true)) if !draft.contains_key("bid_strategy") => {
            let text = "Sharing budgets between ad sets needs a bid strategy on the campaign.";
            Err(GraphError::parameter("bid_strategy", "Bid strategy is missing", text).subcode(4_834_005))
        }
        _ => Ok(()),
    }
}

fn fill_defaults(world: &World, clock: &AccountClock, draft: &mut Object) {
    let mut default = |name: &str, value: Value| {
        draft.entry(name).or_insert(value);
    };
    default("status", json!("ACTIVE"));
    default("buying_type", json!("AUCTION"));
    default("special_ad_category_country", json!([]));
    default("is_adset_budget_sharing_enabled", json!(false));
    // A campaign without a start reads back the Unix epoch (§4).
    default("start_time", json!(clock.format(jiff::Timestamp::UNIX_EPOCH)));
    if has_budget(draft) {
        // The documents call a capped strategy the default (§4); the option shows what else it could be.
        let strategy = world.option("meta.default_bid_strategy", "LOWEST_COST_WITH_BID_CAP");
        draft.entry("bid_strategy").or_insert_with(|| json!(strategy));
        draft.entry("pacing_type").or_insert_with(|| json!(["standard"]));
    }
    drop_unused_budget(draft);
}

/// A campaign reads back only the kind of budget it has.
fn drop_unused_budget(object: &mut Object) {
    for name in BUDGETS {
        if object.contains_key(name) && money::amount(object, name) == 0 {
            object.remove(name);
        }
    }
}

/// Checks an update and completes it with what follows from it.
pub(super) fn changes(world: &mut World, node: &Node, params: &Params) -> Result<Object, GraphError> {
    let clock = store::clock(world, &node.account);
    let current = store::object(world, &node.account, Kind::Campaign, &node.id).cloned().unwrap_or_default();
    schema::refuse_fixed(campaign::PARAMETERS, params, &current, &clock)?;
    let mut changes = schema::read(campaign::PARAMETERS, params, When::Update, &clock)?;
    let switched = changes.remove("adset_budgets");
    for name in ["execution_options", "adset_bid_amounts", "migrate_to_advantage_plus", "special_ad_category"]
    {
        changes.remove(name);
    }
    lifecycle::check(node, &current, &changes)?;
    check_fixed_objective(world, node, &current, &changes)?;
    check_objective(&changes)?;
    check_sharing_change(&current, &changes)?;
    let mut next = current.clone();
    next.extend(changes.clone());
    if BUDGETS.iter().any(|name| changes.contains_key(*name)) {
        change_budget(world, node, &current, &mut next, &mut changes, params)?;
    }
    check_budget(world, &node.account, &next)?;
    check_special_categories(&next)?;
    if let Some(Value::Array(budgets)) = switched {
        to_ad_sets(world, node, &current, &budgets, &mut changes, params)?;
    }
    Ok(changes)
}

/// The objective of a campaign with ad sets is fixed in practice (unverified).
fn check_fixed_objective(
    world: &World,
    node: &Node,
    current: &Object,
    changes: &Object,
) -> Result<(), GraphError> {
    let wanted = changes.get("objective");
    let fixed = !store::children(world, &node.id, Kind::AdSet).is_empty();
    if fixed && wanted.is_some() && wanted != current.get("objective") {
        let text = "The objective of a campaign with ad sets cannot be changed.";
        return Err(GraphError::parameter("objective", "Objective cannot be changed", text));
    }
    Ok(())
}

/// Sharing can be switched off but not on while running, and fixes the bid strategy (§4).
fn check_sharing_change(current: &Object, changes: &Object) -> Result<(), GraphError> {
    const FIELD: &str = "is_adset_budget_sharing_enabled";
    let was = current.get(FIELD) == Some(&Value::Bool(true));
    let will = changes.get(FIELD).map_or(was, |value| value == &Value::Bool(true));
    let running = store::text(current, "status") == "ACTIVE";
    if !was && will && running {
        let text = "Budget sharing cannot be switched on while the campaign runs.";
        return Err(GraphError::parameter(FIELD, "Campaign is running", text).subcode(3_858_418));
    }
    let strategy = changes.get("bid_strategy");
    if was && will && strategy.is_some() && strategy != current.get("bid_strategy") {
        let text = "The bid strategy cannot change while ad sets share budgets.";
        return Err(GraphError::parameter("bid_strategy", "Budgets are shared", text).subcode(4_834_006));
    }
    Ok(())
}

/// A new amount, the other kind of budget, or a budget where ad sets had theirs.
fn change_budget(
    world: &mut World,
    node: &Node,
    current: &Object,
    next: &mut Object,
    changes: &mut Object,
    params: &Params,
) -> Result<(), GraphError> {
    // The kind that is set replaces the other one (§5.1).
    if let Some(set) = BUDGETS.into_iter().find(|name| money::amount(changes, name) > 0) {
        for other in BUDGETS.into_iter().filter(|name| *name != set) {
            if money::amount(changes, other) > 0 {
                continue;
            }
            changes.insert(other.to_owned(), Value::Null);
            next.remove(other);
        }
    }
    for name in BUDGETS {
        if changes.contains_key(name) && money::amount(changes, name) == 0 {
            changes.insert(name.to_owned(), Value::Null);
            next.remove(name);
        }
        insights::check_lowered(world, node, name, money::amount(current, name), money::amount(next, name))?;
    }
    if !has_budget(current) && has_budget(next) {
        changes.entry("bid_strategy").or_insert_with(|| json!("LOWEST_COST_WITHOUT_CAP"));
        changes.insert("is_adset_budget_sharing_enabled".to_owned(), json!(false));
        if !params.has_option("validate_only") {
            clear_ad_set_budgets(world, node);
        }
    }
    Ok(())
}

/// Switching a campaign budget on takes the budgets of its ad sets away.
fn clear_ad_set_budgets(world: &mut World, node: &Node) {
    let sets: Vec<String> =
        store::children(world, &node.id, Kind::AdSet).into_iter().map(str::to_owned).collect();
    let Some(account) = world.account_mut(Vendor::Meta, &node.account) else { return };
    for set in sets {
        if let Some(set) = account.collection_mut("adsets").get_mut(&set) {
            for name in BUDGETS {
                set.insert(name.to_owned(), json!("0"));
            }
        }
    }
}

/// Switching a campaign budget off: `adset_budgets` gives each ad set its own (§4).
fn to_ad_sets(
    world: &mut World,
    node: &Node,
    current: &Object,
    budgets: &[Value],
    changes: &mut Object,
    params: &Params,
) -> Result<(), GraphError> {
    let sets: Vec<String> =
        store::children(world, &node.id, Kind::AdSet).into_iter().map(str::to_owned).collect();
    if sets.len() > MOST_SETS_TO_SWITCH {
        let text =
            format!("With more than {MOST_SETS_TO_SWITCH} ad sets the campaign budget cannot be turned off.");
        return Err(GraphError::parameter("adset_budgets", "Too many ad sets", text));
    }
    let given = |set: &String| budgets.iter().find(|entry| entry["adset_id"] == set.as_str());
    if let Some(set) = sets.iter().find(|set| given(set).is_none()) {
        let text = format!("adset_budgets has no budget for ad set {set}.");
        return Err(GraphError::parameter("adset_budgets", "Budget is missing", text));
    }
    for name in BUDGETS {
        changes.insert(name.to_owned(), Value::Null);
    }
    changes.insert("bid_strategy".to_owned(), Value::Null);
    if params.has_option("validate_only") {
        return Ok(());
    }
    let strategy = current.get("bid_strategy").cloned().unwrap_or_else(|| json!("LOWEST_COST_WITHOUT_CAP"));
    for set in &sets {
        let mut own = Object::from_iter([("bid_strategy".to_owned(), strategy.clone())]);
        for name in BUDGETS {
            let amount = given(set).and_then(|entry| super::params::integer(&entry[name])).unwrap_or(0);
            own.insert(name.to_owned(), json!(amount.to_string()));
        }
        store::update(world, &Node::new(Kind::AdSet, &node.account, set), own, store::API);
    }
    Ok(())
}

/// Computed fields of a campaign.
pub(super) fn computed(world: &World, node: &Node, object: &Object, name: &str) -> Option<Value> {
    match name {
        "budget_remaining" => Some(json!(insights::remaining(world, node, object))),
        "can_use_spend_cap" => Some(json!(true)),
        "special_ad_category" => {
            let first = object.get("special_ad_categories").and_then(|list| list.get(0)).cloned();
            Some(first.unwrap_or_else(|| json!("NONE")))
        }
        _ => None,
    }
}
