//! Creative portfolios: dynamic calls to action and cards ("Create a creative portfolio").

use serde_json::{Value, json};

use crate::world::{Object, World};

use super::errors::{Answer, NOT_FOUND, Outcome, Refusal, ensure};
use super::field::{Field, Kind, choice, choices, id, ids, object};
use super::json::{array, set, text_or_empty, texts};
use super::list::Page;
use super::params::Params;
use super::store;

const TYPES: &[&str] = &["CTA", "CARD", "DOWNLOAD_CARD", "PREMIUM_BADGE", "GIFT_CODE_STICKER", "STICKER"];

/// Parameters of `/creative/portfolio/create/`.
pub(super) const CREATE: &[Field] = &[
    id("advertiser_id").required(),
    choice("creative_portfolio_type", TYPES).required(),
    Field::new("portfolio_content", Kind::List).required(),
];
/// Parameters of `/creative/portfolio/get/`.
pub(super) const GET: &[Field] = &[id("advertiser_id").required(), id("creative_portfolio_id").required()];
const FILTER: &[Field] = &[ids("creative_portfolio_ids"), choices("creative_portfolio_types", TYPES)];
/// Parameters of `/creative/portfolio/list/`.
pub(super) const LIST: &[Field] = &[
    id("advertiser_id").required(),
    object("filtering", FILTER),
    Field::new("page", Kind::Number),
    Field::new("page_size", Kind::Number),
];

/// Makes a portfolio.
pub(super) fn create(world: &mut World, params: &Params) -> Outcome {
    let content = array(&params.values, "portfolio_content");
    ensure(!content.is_empty() && content.iter().all(Value::is_object), || {
        "portfolio_content: A list of at least one object is required.".into()
    })?;
    if params.text("creative_portfolio_type") == Some("CTA") {
        check_calls_to_action(content)?;
    }
    let id = store::fresh_id(world);
    let mut portfolio = Object::new();
    set(&mut portfolio, "creative_portfolio_id", id.clone());
    set(&mut portfolio, "creative_portfolio_type", params.text_or_empty("creative_portfolio_type"));
    set(&mut portfolio, "portfolio_content", content.to_vec());
    let account = store::account_mut(world, &params.advertiser)?;
    account.collection_mut("creative_portfolios").insert(id.clone(), portfolio);
    Ok(Answer::wrote(json!({"creative_portfolio_id": id})))
}

/// A call to action names its word, as `asset_content` beside numeric `asset_ids` or alone (unverified).
fn check_calls_to_action(content: &[Value]) -> Result<(), Refusal> {
    let named = |item: &Value| {
        let word = ["asset_content", "call_to_action"].iter().find_map(|name| item.get(name)?.as_str());
        word.is_some_and(|word| {
            super::ads::fields::is_call_to_action(word) || word.chars().any(char::is_lowercase)
        })
    };
    ensure(
        content.iter().all(|item| named(item) || item.get("asset_ids").is_some_and(Value::is_array)),
        || "portfolio_content: Each call to action needs asset_content or asset_ids.".into(),
    )
}

/// Shows a portfolio.
pub(super) fn get(world: &mut World, params: &Params) -> Outcome {
    let id = params.text_or_empty("creative_portfolio_id");
    let found = store::account(world, &params.advertiser)?.get("creative_portfolios", id).cloned();
    let portfolio = found
        .ok_or_else(|| Refusal::new(NOT_FOUND, format!("creative_portfolio_id: {id} does not exist.")))?;
    Ok(Answer::read(Value::Object(portfolio)))
}

/// Lists portfolios.
pub(super) fn list(world: &mut World, params: &Params) -> Outcome {
    let page = Page::read(params, 100)?;
    let account = store::account(world, &params.advertiser)?;
    let filter = params.object("filtering");
    let listed = |portfolio: &Object, name: &str, member: &str| {
        let wanted = filter.filter(|filter| filter.contains_key(name)).map(|filter| texts(filter, name));
        wanted.is_none_or(|wanted| wanted.contains(&text_or_empty(portfolio, member)))
    };
    let found: Vec<&Object> = account
        .collection("creative_portfolios")
        .into_iter()
        .flat_map(|portfolios| portfolios.values())
        .filter(|portfolio| listed(portfolio, "creative_portfolio_ids", "creative_portfolio_id"))
        .filter(|portfolio| listed(portfolio, "creative_portfolio_types", "creative_portfolio_type"))
        .collect();
    Ok(Answer::read(page.answer("creative_portfolios", &found, |portfolio| (*portfolio).clone())))
}

/// Checks that an id names a portfolio of calls to action.
pub(super) fn check_call_to_action(world: &World, advertiser: &str, id: &str) -> Result<(), Refusal> {
    let found = store::account(world, advertiser)?.get("creative_portfolios", id);
    let fits = found.is_some_and(|portfolio| text_or_empty(portfolio, "creative_portfolio_type") == "CTA");
    ensure(fits, || {
        format!("call_to_action_id: {id} is not a portfolio of type CTA of this advertiser account.")
    })
}
