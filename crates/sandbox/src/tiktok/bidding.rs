//! Bids: strategy, price members and their companions ("Bidding").

use crate::world::Object;

use super::budget;
use super::errors::{Refusal, ensure};
use super::field::{Field, choice, number};
use super::json::{has, text_or_empty};
use super::money::Micros;

/// The platform bids alone.
pub(super) const NO_BID: &str = "BID_TYPE_NO_BID";
/// The price is a target.
pub(super) const CUSTOM: &str = "BID_TYPE_CUSTOM";
/// Greatest price per click in units of ratio 1.
const CLICK_CEILING: i64 = 30;

/// Bidding members of both lanes.
pub(super) const MEMBERS: &[Field] = &[
    choice("bid_type", &[NO_BID, CUSTOM]),
    number("bid_price"),
    number("conversion_bid_price"),
    choice(
        "deep_bid_type",
        &["DEFAULT", "MIN", "PACING", "VO_MIN", "VO_MIN_ROAS", "VO_HIGHEST_VALUE", "AEO"],
    ),
    number("roas_bid"),
    choice("vbo_window", &["SEVEN_DAYS", "ZERO_DAY"]),
];

/// What bids depend on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting<'a> {
    /// Currency of the account.
    pub currency: &'a str,
    /// Goal of the ad group.
    pub goal: &'a str,
    /// Billing event of the ad group.
    pub billing: &'a str,
    /// Budgets that a bid must stay under.
    pub budgets: [Option<Micros>; 2],
    /// Whether a dynamic daily budget rules.
    pub dynamic: bool,
}

/// Checks bid type, prices and value bidding of an ad group as it will be.
pub(super) fn check(group: &Object, setting: &Setting<'_>) -> Result<(), Refusal> {
    let custom = text_or_empty(group, "bid_type") == CUSTOM;
    let (price, other) = match setting.billing {
        "OCPM" => ("conversion_bid_price", "bid_price"),
        _ => ("bid_price", "conversion_bid_price"),
    };
    ensure(!is_positive(group, other), || {
        format!("{other}: It is not supported with the billing event {}, use {price}.", setting.billing)
    })?;
    ensure(!custom || is_positive(group, price), || {
        format!(
            "{price}: Required when bid_type is BID_TYPE_CUSTOM and billing_event is {}.",
            setting.billing
        )
    })?;
    ensure(custom || !is_positive(group, price), || {
        format!("{price}: It is not supported when bid_type is BID_TYPE_NO_BID.")
    })?;
    if custom {
        check_price(group, price, setting)?;
    }
    check_value_bidding(group, setting, custom)
}

fn check_price(group: &Object, price: &str, setting: &Setting<'_>) -> Result<(), Refusal> {
    let amount = group.get(price).and_then(Micros::read).unwrap_or_default();
    budget::check_precision(price, setting.currency, amount)?;
    for limit in setting.budgets.into_iter().flatten() {
        ensure(amount < limit, || {
            format!("{price}: The bid must be less than the budget {}.", limit.decimal(0))
        })?;
    }
    let ceiling = budget::minimum(setting.currency, CLICK_CEILING);
    ensure(setting.billing != "CPC" || amount <= ceiling, || {
        format!("{price}: The bid must not exceed {} {}.", ceiling.decimal(0), setting.currency)
    })
}

fn check_value_bidding(group: &Object, setting: &Setting<'_>, custom: bool) -> Result<(), Refusal> {
    let deep = text_or_empty(group, "deep_bid_type");
    let values = matches!(deep, "VO_HIGHEST_VALUE" | "VO_MIN_ROAS" | "VO_MIN");
    if setting.goal == "VALUE" {
        ensure(values, || "deep_bid_type: The goal VALUE requires VO_HIGHEST_VALUE or VO_MIN_ROAS.".into())?;
        ensure(!custom, || "bid_type: The goal VALUE requires BID_TYPE_NO_BID.".into())?;
    } else {
        ensure(!values, || format!("deep_bid_type: {deep} requires the goal VALUE."))?;
    }
    let roas = is_positive(group, "roas_bid");
    ensure(deep != "VO_MIN_ROAS" || roas, || "roas_bid: Required when deep_bid_type is VO_MIN_ROAS.".into())?;
    ensure(deep == "VO_MIN_ROAS" || !roas, || "roas_bid: It requires deep_bid_type VO_MIN_ROAS.".into())?;
    if roas {
        let bid = group.get("roas_bid").and_then(Micros::read).unwrap_or_default();
        ensure((Micros(10_000)..=Micros::units(1_000)).contains(&bid), || {
            "roas_bid: Must be between 0.01 and 1000.".into()
        })?;
        ensure(setting.dynamic, || "deep_bid_type: VO_MIN_ROAS requires a dynamic daily budget.".into())?;
    }
    Ok(())
}

/// Whether a price member was given: absent and zero both mean that it was not.
fn is_positive(group: &Object, member: &str) -> bool {
    has(group, member) && group.get(member).and_then(Micros::read).is_some_and(|amount| amount.0 > 0)
}
