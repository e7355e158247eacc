//! Campaigns as they are live.

use std::sync::Arc;

use adplane_core::address::Kind;
use adplane_core::field::Values;
use adplane_core::ids::ExternalId;
use adplane_core::observed::ObservedObject;
use adplane_core::value::Value;
use serde_json::Value as Json;

use super::{Context, beyond, status};
use crate::meta::wire::words::{self, CATEGORIES, OBJECTIVES, STATES, STRATEGIES};
use crate::meta::wire::{blocks, json, labels, money, time};

/// Whether a campaign holds the budget, and with it the bid strategy.
fn holds_budget(campaign: &Json) -> bool {
    ["daily_budget", "lifetime_budget"]
        .into_iter()
        .any(|name| json::integer(campaign, name).is_some_and(|amount| amount > 0))
}

/// What ad sets need to know of their campaign.
#[derive(Debug, Default)]
pub(super) struct Above<'a> {
    /// Whether it holds the budget, and with it the bid strategy.
    pub(super) holds_budget: bool,
    /// The bid strategy that comes with it, in the vendor's word.
    pub(super) strategy: &'a str,
    /// The neutral objective; empty for a legacy one.
    pub(super) objective: &'static str,
    /// Why nothing new can stand below it.
    pub(super) no_creates: Option<String>,
}

/// What a campaign is to its ad sets. New objects below legacy objectives are refused (meta-ads.md §4).
pub(super) fn above(campaign: &Json) -> Above<'_> {
    let word = json::word(campaign, "objective");
    let objective = words::to_neutral(OBJECTIVES, word);
    let retired = || format!("Meta Ads retired the objective {word}");
    let holds_budget = holds_budget(campaign);
    Above {
        holds_budget,
        strategy: if holds_budget { json::word(campaign, "bid_strategy") } else { "" },
        objective: objective.unwrap_or_default(),
        no_creates: objective.is_none().then(retired),
    }
}

/// One campaign; `None` when it has no usable id.
pub(super) fn read(campaign: Json, context: &Context<'_>) -> Option<ObservedObject> {
    let mut object = start(Kind::Campaign, &campaign, context)?;
    object.no_creates = above(&campaign).no_creates;
    object.unexpressed = beyond::campaign(&campaign);
    let values = &mut object.fields;
    let objective = json::word(&campaign, "objective");
    match words::to_neutral(OBJECTIVES, objective) {
        Some(neutral) => values.insert("objective".into(), Value::text(neutral)),
        None => values.insert("meta.objective".into(), Value::text(objective)),
    };
    if holds_budget(&campaign) {
        read_budget(&campaign, context, values);
        read_strategy(&campaign, values);
    }
    let mut categories = json::texts(&campaign, "special_ad_categories");
    categories.retain(|word| word != "NONE");
    if let Some(categories) = words::all_neutral(CATEGORIES, &categories) {
        values.insert("specialAdCategories".into(), Value::text_set(categories));
    }
    let countries = json::texts(&campaign, "special_ad_category_country");
    if !countries.is_empty() {
        values.insert("specialAdCategoryCountries".into(), Value::text_set(countries));
    }
    blocks::read(blocks::rows(Kind::Campaign), &campaign, context.currency, values);
    object.native = Arc::new(campaign);
    Some(object)
}

/// What every kind has: id, marker, name, state, status, time of creation.
pub(super) fn start(kind: Kind, json: &Json, context: &Context<'_>) -> Option<ObservedObject> {
    let mut object = ObservedObject::new(kind, ExternalId::new(json::text(json, "id")?).ok()?);
    object.marker = labels::marker(json);
    object.fields.insert("displayName".into(), Value::text(json::word(json, "name")));
    if let Some(state) = words::to_neutral(STATES, json::word(json, "status")) {
        object.fields.insert("state".into(), Value::text(state));
    }
    object.status = status::read(json, kind == Kind::Ad, context.now);
    object.created = json.get("created_time").and_then(time::instant);
    object.edited = json.get("updated_time").and_then(time::instant);
    Some(object)
}

/// Budgets; the unused kind is zero.
pub(super) fn read_budget(object: &Json, context: &Context<'_>, values: &mut Values) {
    for (path, name) in [("budget.daily", "daily_budget"), ("budget.total", "lifetime_budget")] {
        if let Some(amount) = money::read(object, name, context.currency) {
            values.insert(path.into(), amount.into());
        }
    }
}

/// The bid strategy where it is decided; one that nobody knows is named elsewhere (`beyond`).
pub(super) fn read_strategy(object: &Json, values: &mut Values) {
    if let Some(strategy) = words::to_neutral(STRATEGIES, json::word(object, "bid_strategy")) {
        values.insert("bidding.strategy".into(), Value::text(strategy));
    }
}
