//! Campaigns: what a create requires, what an update allows (meta-ads.md §4).

mod levels;

use serde_json::{Value, json};

use super::call::{Answer, Call};
use super::errors::GraphError;
use super::insights;
use super::kind::Kind;
use super::lifecycle;
use super::money::{self, Pays};
use super::params::Params;
use super::schema::{self, When, campaign};
use super::store::{self, Node};
use super::time::AccountClock;
use crate::world::{Object, World};

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
    store::check_room(world, account, Kind::Campaign)?;
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

/// Whether a campaign has the budget.
pub(super) fn has_budget(object: &Object) -> bool {
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

/// `POST /{campaign}`; a switch of the budget's level changes the ad sets too.
pub(super) fn update(call: &mut Call<'_>, node: &Node) -> Result<Answer, GraphError> {
    let (changes, followers) = changes(call.world, node, &call.params)?;
    let answer = call.update(node, changes)?;
    if !call.validates_only() {
        for (ad_set, changes) in followers {
            store::update(call.world, &ad_set, changes, store::API);
        }
    }
    Ok(answer)
}

/// Checks an update and completes it with what follows from it, for the campaign and for its ad sets.
fn changes(world: &World, node: &Node, params: &Params) -> Result<(Object, levels::Followers), GraphError> {
    let clock = store::clock(world, &node.account);
    let current = store::object(world, &node.account, Kind::Campaign, &node.id).cloned().unwrap_or_default();
    schema::refuse_fixed(campaign::PARAMETERS, params, &current, &clock)?;
    let mut changes = schema::read(campaign::PARAMETERS, params, When::Update, &clock)?;
    let to_ad_sets = changes.remove("adset_budgets");
    let bids = changes.remove("adset_bid_amounts");
    for name in ["execution_options", "migrate_to_advantage_plus", "special_ad_category"] {
        changes.remove(name);
    }
    lifecycle::check(node, &current, &changes)?;
    check_fixed_objective(world, node, &current, &changes)?;
    check_objective(&changes)?;
    check_sharing_change(&current, &changes)?;
    let mut followers = levels::Followers::new();
    if BUDGETS.iter().any(|name| changes.contains_key(*name)) {
        change_budget(&mut changes);
        followers.extend(levels::to_campaign(world, node, &current, &mut changes));
    }
    if let Some(Value::Array(budgets)) = to_ad_sets {
        followers.extend(levels::to_ad_sets(world, node, &current, &budgets, &mut changes)?);
    }
    followers.extend(levels::bids(world, node, bids.as_ref())?);
    let mut next = current.clone();
    next.extend(changes.clone());
    next.retain(|_, value| !value.is_null());
    for name in BUDGETS {
        insights::check_lowered(
            world,
            node,
            name,
            money::amount(&current, name),
            money::amount(&next, name),
        )?;
    }
    check_budget(world, &node.account, &next)?;
    check_special_categories(&next)?;
    Ok((changes, followers))
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

/// A new amount replaces the other kind of budget (§5.1); nothing reads back as no budget.
fn change_budget(changes: &mut Object) {
    let given = BUDGETS.into_iter().find(|name| money::amount(changes, name) > 0);
    for name in BUDGETS {
        let replaced = given.is_some_and(|given| given != name);
        if money::amount(changes, name) == 0 && (replaced || changes.contains_key(name)) {
            changes.insert(name.to_owned(), Value::Null);
        }
    }
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
