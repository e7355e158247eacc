//! Budgets of ad groups, up to 20 in a call (tiktok-ads.md §7, tiktok-smart-plus.md §4.3).
//!
//! `/adgroup/budget/update/` sets total budgets at once; daily ones it would only change at midnight, so they go
//! through the ad group's own update. The Smart+ twin sets any budget at once.

use adplane_core::address::Kind;
use adplane_core::money::Money;
use adplane_core::plan::Operation;
use adplane_core::value::Value;
use adplane_engine::port::{Outcome, WorkItem};

use super::states::stands_alone;
use super::values::{Live, Wanted, new_name};
use super::{Writer, outcome, refused};
use crate::tiktok::calls;
use crate::tiktok::wire::{Lane, amount, word};

const PATHS: [&str; 2] = ["budget.daily", "budget.total"];

/// The lane, where an item only sets an ad group's budget and the budget call does so at once.
pub(super) fn lane(item: &WorkItem<'_>) -> Option<Lane> {
    let Operation::Update { paths } = &item.step.operation else { return None };
    let only_budget = !paths.is_empty() && paths.iter().all(|path| PATHS.contains(&path.as_str()));
    if item.change.address.kind != Kind::AdGroup || !only_budget || wanted(item).is_none() {
        return None;
    }
    let live = Live::of(item.live?);
    let at_once =
        live.lane == Lane::SmartPlus || word(&live.raw(), "budget_mode") == Some("BUDGET_MODE_TOTAL");
    (at_once && new_name(item).is_none()).then_some(live.lane)
}

fn wanted(item: &WorkItem<'_>) -> Option<Money> {
    PATHS.iter().find_map(|path| Wanted::of(item).get(path).and_then(Value::as_money))
}

/// Sets the budgets of one call; when the vendor refuses it whole, each is tried alone.
pub(super) async fn perform(writer: &Writer<'_>, items: &[&WorkItem<'_>], lane: Lane) -> Vec<Outcome> {
    let all = together(writer, items, lane).await;
    let refused_whole = items.len() > 1
        && all.iter().all(|outcome| matches!(outcome, Outcome::Failed(error) if stands_alone(error)));
    if !refused_whole {
        return all;
    }
    let mut outcomes = Vec::with_capacity(items.len());
    for item in items {
        outcomes.extend(together(writer, std::slice::from_ref(item), lane).await);
    }
    outcomes
}

async fn together(writer: &Writer<'_>, items: &[&WorkItem<'_>], lane: Lane) -> Vec<Outcome> {
    let budgets: Option<Vec<_>> =
        items.iter().map(|item| Some((item.live?.id.as_str(), amount::to_json(wanted(item)?)))).collect();
    let Some(budgets) = budgets else {
        let error = refused("adgroup/budget/update", "the ad group was not observed: plan again");
        return items.iter().map(|_| Outcome::Failed(error.clone())).collect();
    };
    let call = calls::set_budgets(&writer.session.config, lane, &budgets);
    match writer.session.send(&call).await {
        Ok(_) => items.iter().map(|item| Outcome::Done(item.live.map(|live| live.id.clone()))).collect(),
        Err(error) => items.iter().map(|_| outcome(error.clone())).collect(),
    }
}
