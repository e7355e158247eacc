//! What archived and deleted objects still allow, and what changes set off elsewhere (meta-ads.md §8, §17).

use serde_json::Value;

use super::errors::GraphError;
use super::kind::Kind;
use super::store::{self, Node};
use super::{learning, money, review};
use crate::world::{Object, World};

/// Refuses edits that an archived or deleted object does not allow (§17.3).
pub(super) fn check(node: &Node, current: &Object, changes: &Object) -> Result<(), GraphError> {
    let wanted = changes.get("status").and_then(Value::as_str);
    let differs = |name: &&String| changes.get(*name) != current.get(*name);
    match store::text(current, "status") {
        "DELETED" => {
            let allowed = |name: &&String| *name == "name" && node.kind == Kind::AdSet;
            match changes.keys().filter(differs).find(|name| !allowed(name)) {
                Some(name) => {
                    let text = "The object was deleted and cannot be edited or brought back.";
                    Err(GraphError::parameter(name, "Object was deleted", text).subcode(1_487_056))
                }
                None => Ok(()),
            }
        }
        "ARCHIVED" => {
            if wanted == Some("ARCHIVED") {
                let text = "The object is archived already.";
                return Err(GraphError::parameter("status", "Already archived", text).subcode(1_487_862));
            }
            let allowed =
                |name: &&String| *name == "name" || (*name == "status" && wanted == Some("DELETED"));
            match changes.keys().filter(differs).find(|name| !allowed(name)) {
                Some(name) => {
                    let text = "Of an archived object only the name can change, or the status to DELETED.";
                    Err(GraphError::parameter(name, "Object is archived", text))
                }
                None => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

/// Refuses a status that a create does not take (§5.1).
pub(super) fn check_new_status(draft: &Object) -> Result<(), GraphError> {
    match draft.get("status").and_then(Value::as_str) {
        Some("ACTIVE" | "PAUSED") | None => Ok(()),
        Some(_) => Err(GraphError::must_be("status", "one of {ACTIVE, PAUSED} when an object is created")),
    }
}

/// Restarts review and learning where a change calls for it.
pub(super) fn react(world: &mut World, node: &Node, former: &Object, changes: &Object) {
    let differs = |name: &str| changes.get(name).is_some_and(|value| former.get(name) != Some(value));
    match node.kind {
        Kind::Ad if differs("creative") => {
            review::start(world, node);
            learning::restart(world, &node.account, store::text(former, "adset_id"));
        }
        Kind::AdSet => {
            // Review follows targeting, goal and billing event, not bids, budgets or schedule (§8).
            if ["targeting", "optimization_goal", "billing_event"].into_iter().any(differs) {
                review::start_children(world, &node.account, &node.id);
            }
            let budget =
                ["daily_budget", "lifetime_budget"].into_iter().any(|name| large(former, changes, name));
            let edits = ["targeting", "optimization_goal", "bid_strategy", "promoted_object"];
            if budget || edits.into_iter().any(differs) || large(former, changes, "bid_amount") {
                learning::restart(world, &node.account, &node.id);
            }
        }
        Kind::Campaign => {
            let budget =
                ["daily_budget", "lifetime_budget"].into_iter().any(|name| large(former, changes, name));
            if budget || differs("bid_strategy") {
                let sets: Vec<String> =
                    store::children(world, &node.id, Kind::AdSet).into_iter().map(str::to_owned).collect();
                for set in sets {
                    learning::restart(world, &node.account, &set);
                }
            }
        }
        _ => {}
    }
}

/// Whether an amount moves by more than a fifth, the rule of thumb of §17.12.
fn large(former: &Object, changes: &Object, name: &str) -> bool {
    let (before, after) = (money::amount(former, name), money::amount(changes, name));
    changes.contains_key(name) && before > 0 && after > 0 && (after - before).abs() * 5 > before
}
