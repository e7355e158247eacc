//! Bids of ad groups: strategy, amount, and what refuses them (mapping §5).

use adplane_core::desired::DesiredObject;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::value::Value;

use super::ad_group::Parent;
use super::{Pass, amounts, creates};
use crate::tiktok::wire::Lane;
use crate::tiktok::wire::goals::Goal;

const STRATEGY: &str = "bidding.strategy";
const AMOUNT: &str = "bidding.amount";
const ROAS: &str = "bidding.roas";

pub(super) fn refine(object: &mut DesiredObject, parent: &Parent, goal: Goal, pass: &mut Pass<'_>) {
    object.default_field(STRATEGY, "LowestCost");
    let strategy = object.text(STRATEGY).unwrap_or_default().to_owned();
    if let Some(hint) = refusal(&strategy, goal.optimization == "VALUE") {
        let finding =
            Diagnostic::error("strategy-not-on-tiktok", format!("TikTok cannot bid by {strategy} here"));
        pass.error(object, STRATEGY, finding.hint(hint));
        return;
    }
    require(object, strategy == "CostCap", AMOUNT, "CostCap", pass);
    require(object, strategy == "MinRoas", ROAS, "MinRoas", pass);
    for path in ["bidding.bid", "bidding.maxCpc", "bidding.location", "bidding.share"] {
        require(object, false, path, "LowestCost", pass);
    }
    amounts::check_roas(object, pass);
    custom_bid(object, parent, &strategy, pass);
}

fn refusal(strategy: &str, value_goal: bool) -> Option<&'static str> {
    match strategy {
        "CostCap" if value_goal => Some("goal Value takes `LowestCost` or `MinRoas`"),
        "MinRoas" if !value_goal => Some("use `CostCap`, or `optimization.goal: Value`"),
        "LowestCost" | "CostCap" | "MinRoas" => None,
        "BidCap" => Some("use `CostCap`: a custom bid is a cost cap on TikTok"),
        "MaximizeClicks" => Some("use `LowestCost` with `optimization.goal: Clicks`"),
        "MaximizeConversions" => Some("use `LowestCost`"),
        "TargetCpa" => Some("use `CostCap`"),
        "MaximizeConversionValue" => Some("use `LowestCost` with `optimization.goal: Value`"),
        "TargetRoas" => Some("use `MinRoas` with `optimization.goal: Value`"),
        _ => Some("use `LowestCost` or `CostCap`"),
    }
}

fn custom_bid(object: &DesiredObject, parent: &Parent, strategy: &str, pass: &mut Pass<'_>) {
    let own = amounts::budget(object);
    let total = parent.total || own.is_some_and(|(path, _)| path == "budget.total");
    if parent.objective.lane == Lane::SmartPlus
        && total
        && matches!(strategy, "CostCap" | "MinRoas")
        && creates(object)
    {
        let message = format!("Smart+ takes {strategy} with a daily budget only");
        let finding =
            Diagnostic::error("bid-needs-daily-budget", message).hint("use `budget.daily`, or `LowestCost`");
        pass.error(object, STRATEGY, finding);
    }
    let Some(amount) = object.value(AMOUNT).and_then(Value::as_money) else { return };
    if !amounts::check_amount(object, AMOUNT, amount, pass) {
        return;
    }
    if let Some((_, budget)) = own
        && amount >= budget
    {
        let finding = Diagnostic::error(
            "bid-not-below-budget",
            format!("the bid {amount} is not below the budget {budget}"),
        )
        .hint("lower the bid or raise the budget");
        pass.error(object, AMOUNT, finding);
    }
}

/// A value of a strategy is required with it and refused without it.
fn require(object: &DesiredObject, wanted: bool, path: &str, strategy: &str, pass: &mut Pass<'_>) {
    let present = object.fields.contains_key(path);
    if wanted && !present && creates(object) {
        let finding = Diagnostic::error("bid-missing", format!("{strategy} needs `{path}`"))
            .hint(format!("add `{path}`, or use `LowestCost`"));
        pass.error(object, STRATEGY, finding);
    } else if !wanted && present {
        let finding =
            Diagnostic::error("bid-without-strategy", format!("`{path}` has no meaning with this strategy"))
                .hint("remove it");
        pass.error(object, path, finding);
    }
}
