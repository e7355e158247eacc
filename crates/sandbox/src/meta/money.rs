//! Minor units and smallest budgets by currency (meta-ads.md §13).

use serde_json::{Value, json};

use super::errors::GraphError;
use super::store;
use crate::world::{Object, World};

/// Currencies without minor units here, whatever ISO 4217 says.
const WHOLE_CURRENCIES: &str = "CLP COP CRC HUF ISK IDR JPY KRW PYG TWD VND";
/// What removes a cap.
pub(super) const NO_CAP: &str = "922337203685478";

/// What a budget pays for, which decides its smallest daily amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pays {
    /// Impressions.
    Impressions,
    /// Clicks, likes, views.
    Actions,
    /// Rare actions, such as installs.
    RareActions,
}

impl Pays {
    /// What a billing event pays for.
    pub(super) fn of(billing_event: &str) -> Self {
        match billing_event {
            "IMPRESSIONS" | "" | "NONE" => Self::Impressions,
            "APP_INSTALLS" | "OFFER_CLAIMS" | "PURCHASE" => Self::RareActions,
            _ => Self::Actions,
        }
    }
}

/// How many minor units one US dollar is worth, roughly, for the figures that the vendor states in dollars.
fn minor_units_per_dollar(currency: &str) -> i64 {
    match currency {
        "JPY" => 150,
        "KRW" => 1400,
        "CLP" => 950,
        "COP" => 4000,
        "HUF" => 350,
        "IDR" => 16_000,
        "TWD" => 32,
        "VND" => 25_000,
        other if super::schema::has_word(WHOLE_CURRENCIES, other) => 130,
        _ => 100,
    }
}

/// The smallest daily budget in minor units, for the rich countries that the seeded accounts belong to.
pub(super) fn minimum_daily(currency: &str, pays: Pays) -> i64 {
    let unit = minor_units_per_dollar(currency);
    match pays {
        Pays::Impressions => unit,
        Pays::Actions => unit * 5,
        Pays::RareActions => unit * 40,
    }
}

/// The smallest spending cap, about 100 US dollars (§4).
pub(super) fn minimum_cap(currency: &str) -> i64 {
    minor_units_per_dollar(currency) * 100
}

/// Rows of `minimum_budgets` (§9).
pub(super) fn minimum_budgets(world: &World, account: &str) -> Value {
    let currency = currency(world, account);
    json!([{
        "currency": currency,
        "min_daily_budget_imp": minimum_daily(&currency, Pays::Impressions),
        "min_daily_budget_high_freq": minimum_daily(&currency, Pays::Actions),
        "min_daily_budget_low_freq": minimum_daily(&currency, Pays::RareActions),
        "min_daily_budget_video_views": minimum_daily(&currency, Pays::Actions),
    }])
}

/// An account's currency.
pub(super) fn currency(world: &World, account: &str) -> String {
    store::account(world, account)
        .map(|found| store::text(&found.object, "currency").to_owned())
        .unwrap_or_default()
}

/// An amount of an object in minor units; absent, `0` and nothing are the same (§17.9).
pub(super) fn amount(object: &Object, name: &str) -> i64 {
    match object.get(name) {
        Some(Value::String(text)) => text.parse().unwrap_or(0),
        Some(Value::Number(number)) => number.as_i64().unwrap_or(0),
        _ => 0,
    }
}

/// Amounts in minor units as decimal text in major units, as insights show them (§11).
pub(super) fn major(currency: &str, micros: i64) -> String {
    if super::schema::has_word(WHOLE_CURRENCIES, currency) {
        return ((micros + 500_000) / 1_000_000).to_string();
    }
    let cents = (micros + 5_000) / 10_000;
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// Micros of the major unit in an amount of minor units.
pub(super) fn micros(currency: &str, minor: i64) -> i64 {
    minor * if super::schema::has_word(WHOLE_CURRENCIES, currency) { 1_000_000 } else { 10_000 }
}

/// Refuses a budget below the smallest (100/1885272, §13).
pub(super) fn check_minimum(
    currency: &str,
    field: &str,
    amount: i64,
    days: i64,
    pays: Pays,
) -> Result<(), GraphError> {
    let smallest = minimum_daily(currency, pays).saturating_mul(days.max(1));
    if amount >= smallest {
        return Ok(());
    }
    let text = format!(
        "Your budget must be at least {smallest} in the minor unit of {currency}; {amount} was given."
    );
    Err(GraphError::parameter(field, "Budget is too low", text).subcode(1_885_272))
}
