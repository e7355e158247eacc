//! Budgets of ad sets: one kind, on one level, large enough, not changed too often (meta-ads.md §5.1, §13, §15).

use serde_json::{Value, json};

use super::flights;
use crate::meta::campaigns::BUDGETS;
use crate::meta::errors::GraphError;
use crate::meta::insights;
use crate::meta::money::{self, Pays};
use crate::meta::params::Params;
use crate::meta::store::{self, Node};
use crate::quota::QuotaMode;
use crate::world::{Object, World};

/// Budget changes of one ad set in an hour (§15).
const CHANGES_AN_HOUR: usize = 4;
const HOUR: i64 = 3_600;

/// The fields of the budgets that an ad set has.
fn set(draft: &Object) -> Vec<&'static str> {
    BUDGETS.into_iter().filter(|name| money::amount(draft, name) > 0).collect()
}

/// Exactly one budget, on exactly one level.
pub(super) fn check_level(campaign: &Object, draft: &Object) -> Result<(), GraphError> {
    let on_campaign = BUDGETS.iter().any(|name| money::amount(campaign, name) > 0);
    match (on_campaign, set(draft).as_slice()) {
        (true, []) | (false, [_]) => Ok(()),
        (true, [field, ..]) => {
            let text = "The campaign has a budget, so its ad sets cannot have one.";
            Err(GraphError::parameter(field, "Budget is on the campaign", text).subcode(1_885_621))
        }
        (false, []) => {
            let text = "The ad set needs a daily or a lifetime budget, since its campaign has none.";
            Err(GraphError::parameter("daily_budget", "Budget is missing", text).subcode(1_487_061))
        }
        (false, _) => {
            let text = "An ad set has either a daily or a lifetime budget.";
            Err(GraphError::parameter("daily_budget", "Two budgets", text))
        }
    }
}

/// A budget large enough for its days and its bid.
pub(super) fn check_size(world: &World, account: &str, draft: &Object) -> Result<(), GraphError> {
    for field in set(draft) {
        let days = if field == "lifetime_budget" { flights::days(world, draft) } else { 1 };
        check_amount(world, account, field, days, draft)?;
    }
    Ok(())
}

fn check_amount(
    world: &World,
    account: &str,
    field: &str,
    days: i64,
    draft: &Object,
) -> Result<(), GraphError> {
    let pays = Pays::of(store::text(draft, "billing_event"));
    let amount = money::amount(draft, field);
    money::check_minimum(&money::currency(world, account), field, amount, days, pays)?;
    // A capped bid must fit into the budget: once for impressions, five times for actions (§13).
    let bid = money::amount(draft, "bid_amount");
    let times = if pays == Pays::Impressions { 1 } else { 5 };
    if store::text(draft, "bid_strategy") == "LOWEST_COST_WITH_BID_CAP" && amount < bid.saturating_mul(times)
    {
        let text = format!("The budget must be at least {times} times the bid_amount.");
        return Err(GraphError::parameter(field, "Budget is too low for the bid", text).subcode(1_885_650));
    }
    Ok(())
}

/// The kind that is set replaces the other one, which reads back as `"0"` (§5.1).
pub(super) fn switch_kind(changes: &mut Object) {
    let Some(set) = BUDGETS.into_iter().find(|name| money::amount(changes, name) > 0) else { return };
    for other in BUDGETS.into_iter().filter(|name| *name != set) {
        changes.entry(other).or_insert_with(|| json!("0"));
    }
}

/// A changed budget keeps what was spent, and changes at most four times an hour.
pub(super) fn check_change(
    world: &mut World,
    node: &Node,
    current: &Object,
    next: &Object,
    params: &Params,
) -> Result<(), GraphError> {
    let amounts = |name: &str| (money::amount(current, name), money::amount(next, name));
    if BUDGETS.iter().all(|name| amounts(name).0 == amounts(name).1) {
        return Ok(());
    }
    for name in BUDGETS {
        let (before, after) = amounts(name);
        insights::check_lowered(world, node, name, before, after)?;
    }
    if world.quota_mode() == QuotaMode::Off {
        return Ok(());
    }
    let now = world.now.as_second();
    let changes =
        store::note_mut(world, "budget_changes").entry(node.id.clone()).or_insert_with(|| json!([]));
    let Value::Array(changes) = changes else { return Ok(()) };
    changes.retain(|at| at.as_i64().is_some_and(|at| now - at < HOUR));
    if changes.len() >= CHANGES_AN_HOUR {
        let text = "The budget of an ad set can change four times an hour.";
        let error = GraphError::parameter("daily_budget", "Too many budget changes", text);
        return Err(error.code(613).subcode(1_487_632));
    }
    if !params.has_option("validate_only") {
        changes.push(json!(now));
    }
    Ok(())
}
