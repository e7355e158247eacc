//! Bid strategies and the amounts they need (meta-ads.md §5, §5.1, §16).

use serde_json::{Value, json};

use crate::meta::campaigns::BUDGETS;
use crate::meta::errors::GraphError;
use crate::meta::money;
use crate::meta::store;
use crate::world::Object;

const WITHOUT_CAP: &str = "LOWEST_COST_WITHOUT_CAP";

/// Checks the bid of a new ad set and fills in its strategy, which a campaign with a budget decides.
pub(super) fn settle(campaign: &Object, draft: &mut Object) -> Result<(), GraphError> {
    let given = store::text(draft, "bid_strategy").to_owned();
    let strategy = match (campaign_strategy(campaign), given.as_str()) {
        (Some(own), "") => own,
        (Some(own), given) if own == given => own,
        (Some(_), _) => {
            let text = "The campaign has the budget, so it has the bid strategy too.";
            return Err(GraphError::parameter("bid_strategy", "Bid strategy belongs to the campaign", text));
        }
        // An amount alone means a cap (§5.1).
        (None, "") if money::amount(draft, "bid_amount") > 0 => "LOWEST_COST_WITH_BID_CAP".to_owned(),
        (None, "") => WITHOUT_CAP.to_owned(),
        (None, given) => given.to_owned(),
    };
    draft.insert("bid_strategy".to_owned(), json!(strategy));
    if money::amount(draft, "bid_amount") == 0 {
        draft.remove("bid_amount");
    }
    check(draft)
}

/// Checks changed bids; a strategy without cap drops the amount that it leaves behind.
pub(super) fn resettle(campaign: &Object, next: &mut Object, changes: &mut Object) -> Result<(), GraphError> {
    let given = changes.get("bid_strategy").and_then(Value::as_str).map(str::to_owned);
    if given.is_none() && money::amount(changes, "bid_amount") > 0 && campaign_strategy(campaign).is_none() {
        let uncapped = store::text(next, "bid_strategy") == WITHOUT_CAP;
        if uncapped {
            changes.insert("bid_strategy".to_owned(), json!("LOWEST_COST_WITH_BID_CAP"));
            next.insert("bid_strategy".to_owned(), json!("LOWEST_COST_WITH_BID_CAP"));
        }
    }
    let drops = matches!(given.as_deref(), Some(WITHOUT_CAP | "LOWEST_COST_WITH_MIN_ROAS"));
    if (drops && !changes.contains_key("bid_amount")) || money::amount(next, "bid_amount") == 0 {
        changes.insert("bid_amount".to_owned(), Value::Null);
        next.remove("bid_amount");
    }
    if given.as_deref().is_some_and(|strategy| strategy != "LOWEST_COST_WITH_MIN_ROAS")
        && !changes.contains_key("bid_constraints")
    {
        changes.insert("bid_constraints".to_owned(), Value::Null);
        next.remove("bid_constraints");
    }
    if given.is_none()
        && let Some(strategy) = campaign_strategy(campaign)
    {
        next.insert("bid_strategy".to_owned(), json!(strategy));
    }
    settle(campaign, next)
}

/// The strategy of a campaign that has the budget.
fn campaign_strategy(campaign: &Object) -> Option<String> {
    let has_budget = BUDGETS.iter().any(|name| money::amount(campaign, name) > 0);
    has_budget.then(|| store::text(campaign, "bid_strategy").to_owned())
}

fn check(draft: &Object) -> Result<(), GraphError> {
    let strategy = store::text(draft, "bid_strategy");
    let amount = money::amount(draft, "bid_amount");
    let smallest = if store::text(draft, "billing_event") == "IMPRESSIONS" { 2 } else { 1 };
    match strategy {
        "LOWEST_COST_WITH_BID_CAP" | "COST_CAP" if amount < smallest => {
            let text = format!("Bid strategy {strategy} needs a bid_amount of at least {smallest}.");
            Err(GraphError::parameter("bid_amount", "Bid amount is missing", text).subcode(1_815_857))
        }
        WITHOUT_CAP if amount > 0 => {
            let text = format!("Bid strategy {WITHOUT_CAP} takes no bid_amount.");
            Err(GraphError::parameter("bid_amount", "Bid amount is not allowed", text).subcode(2_446_149))
        }
        "LOWEST_COST_WITH_MIN_ROAS" => {
            let floor = draft
                .get("bid_constraints")
                .and_then(|constraints| constraints["roas_average_floor"].as_i64());
            if floor.is_some_and(|floor| floor > 0) {
                return Ok(());
            }
            let text = "Bid strategy LOWEST_COST_WITH_MIN_ROAS needs bid_constraints.roas_average_floor.";
            Err(GraphError::parameter("bid_constraints", "Minimum ROAS is missing", text))
        }
        _ => Ok(()),
    }
}
