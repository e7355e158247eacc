//! Moving the budget between a campaign and its ad sets (meta-ads.md §4, §17.14).

use serde_json::{Value, json};

use super::{BUDGETS, has_budget};
use crate::meta::errors::GraphError;
use crate::meta::kind::Kind;
use crate::meta::money;
use crate::meta::params;
use crate::meta::store::{self, Node};
use crate::world::{Object, World};

/// Ad sets beyond which a campaign budget cannot be turned off.
const MOST_SETS_TO_SWITCH: usize = 70;

/// Changes of ad sets that follow from a change of their campaign.
pub(super) type Followers = Vec<(Node, Object)>;

fn ad_sets(world: &World, node: &Node) -> Vec<Node> {
    let ids = store::children(world, &node.id, Kind::AdSet).into_iter();
    ids.map(|id| Node::new(Kind::AdSet, &node.account, id)).collect()
}

/// A first budget on the campaign takes those of its ad sets away.
pub(super) fn to_campaign(world: &World, node: &Node, current: &Object, changes: &mut Object) -> Followers {
    let gains = BUDGETS.iter().any(|name| money::amount(changes, name) > 0);
    if has_budget(current) || !gains {
        return Followers::new();
    }
    changes.entry("bid_strategy").or_insert_with(|| json!("LOWEST_COST_WITHOUT_CAP"));
    changes.insert("is_adset_budget_sharing_enabled".to_owned(), json!(false));
    let zero = || BUDGETS.into_iter().map(|name| (name.to_owned(), json!("0"))).collect::<Object>();
    ad_sets(world, node).into_iter().map(|ad_set| (ad_set, zero())).collect()
}

/// `adset_budgets` gives each ad set its own, and takes budget and strategy from the campaign.
pub(super) fn to_ad_sets(
    world: &World,
    node: &Node,
    current: &Object,
    budgets: &[Value],
    changes: &mut Object,
) -> Result<Followers, GraphError> {
    let ad_sets = ad_sets(world, node);
    if ad_sets.len() > MOST_SETS_TO_SWITCH {
        let text =
            format!("With more than {MOST_SETS_TO_SWITCH} ad sets the campaign budget cannot be turned off.");
        return Err(GraphError::parameter("adset_budgets", "Too many ad sets", text));
    }
    let strategy = current.get("bid_strategy").cloned().unwrap_or_else(|| json!("LOWEST_COST_WITHOUT_CAP"));
    let mut followers = Followers::new();
    for ad_set in ad_sets {
        let entry = budgets.iter().find(|entry| params::plain(&entry["adset_id"]) == ad_set.id);
        let entry = entry.ok_or_else(|| {
            let text = format!("adset_budgets has no budget for ad set {}.", ad_set.id);
            GraphError::parameter("adset_budgets", "Budget is missing", text)
        })?;
        let mut own = Object::from_iter([("bid_strategy".to_owned(), strategy.clone())]);
        for name in BUDGETS {
            let amount = params::integer(&entry[name]).unwrap_or(0);
            own.insert(name.to_owned(), json!(amount.to_string()));
        }
        followers.push((ad_set, own));
    }
    for name in ["daily_budget", "lifetime_budget", "bid_strategy"] {
        changes.insert(name.to_owned(), Value::Null);
    }
    Ok(followers)
}

/// `adset_bid_amounts` maps ad sets to amounts.
pub(super) fn bids(world: &World, node: &Node, amounts: Option<&Value>) -> Result<Followers, GraphError> {
    let Some(Value::Object(amounts)) = amounts else { return Ok(Followers::new()) };
    let mut followers = Followers::new();
    for ad_set in ad_sets(world, node) {
        if let Some(amount) = amounts.get(&ad_set.id) {
            let amount = params::integer(amount).filter(|amount| *amount > 0).ok_or_else(|| {
                GraphError::must_be("adset_bid_amounts", "a map of ad sets to positive integers")
            })?;
            followers.push((ad_set, Object::from_iter([("bid_amount".to_owned(), json!(amount))])));
        }
    }
    Ok(followers)
}
