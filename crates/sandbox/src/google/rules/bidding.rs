//! Bidding: one member, legal values, what each channel takes. Source: google-ads.md §3.3, §3.5, §3.7.

use serde_json::{Value, json};

use super::{Check, int_of, text, text_of};
use crate::google::mutate::index::name_key;
use crate::google::schema::bidding::{MEMBERS, strategy_type};
use crate::world::Object;

/// What a click may cost at most where manual bidding names no bid; made up.
pub(in crate::google) const DEFAULT_CPC_MICROS: i64 = 10_000;

/// The bidding member that an object carries.
pub(in crate::google) fn member(object: &Object) -> Option<&'static str> {
    MEMBERS.iter().map(|field| field.name).find(|name| object.contains_key(*name))
}

/// Exactly one member or a portfolio, fit for the channel.
pub(super) fn check_campaign(check: &mut Check<'_, '_>) {
    let portfolio = !check.text("biddingStrategy").is_empty();
    let Some(member) = member(&check.new) else {
        if !portfolio {
            check.require("campaignBiddingStrategy");
        }
        return;
    };
    if !check.writes(member) {
        return;
    }
    let channel = check.text("advertisingChannelType");
    let fits = match channel {
        "PERFORMANCE_MAX" => matches!(member, "maximizeConversions" | "maximizeConversionValue"),
        "DEMAND_GEN" => matches!(
            member,
            "maximizeConversions"
                | "maximizeConversionValue"
                | "targetCpa"
                | "targetRoas"
                | "targetSpend"
                | "targetCpc"
        ),
        "SEARCH" => !matches!(
            member,
            "manualCpm" | "manualCpv" | "targetCpm" | "targetCpv" | "fixedCpm" | "targetCpc"
        ),
        _ => true,
    };
    if !fits {
        check.fail(
            "biddingError",
            "CANNOT_CREATE_CAMPAIGN_WITH_BIDDING_STRATEGY",
            member,
            "The bidding strategy cannot be used with this advertising channel.",
        );
    }
    check_values(check, member);
    // Bid limits of the maximize strategies belong to portfolios (§3.3).
    if member.starts_with("maximize") {
        for field in ["cpcBidCeilingMicros", "cpcBidFloorMicros"] {
            if inner(check, member).contains_key(field) {
                let path = format!("{member}.{field}");
                check.fail(
                    "fieldError",
                    "VALUE_MUST_BE_UNSET",
                    &path,
                    "Only portfolio strategies take this field.",
                );
            }
        }
    }
}

fn inner(check: &Check<'_, '_>, member: &str) -> Object {
    check.new.get(member).and_then(Value::as_object).cloned().unwrap_or_default()
}

/// Amounts, rates and required leaves of a member; a target of zero is none (§2.5).
fn check_values(check: &mut Check<'_, '_>, member: &str) {
    let mut values = inner(check, member);
    values.retain(|_, value| value != "0" && value.as_f64() != Some(0.0));
    if member == "manualCpc" && !values.contains_key("enhancedCpcEnabled") {
        values.insert("enhancedCpcEnabled".into(), json!(false));
    }
    check.new.insert(member.to_owned(), Value::Object(values.clone()));
    for field in values.keys().filter(|name| name.ends_with("Micros") && *name != "locationFractionMicros") {
        check_bid(check, &format!("{member}.{field}"), int_of(&values, field).unwrap_or_default());
    }
    if let Some(roas) = values.get("targetRoas").and_then(Value::as_f64) {
        let path = format!("{member}.targetRoas");
        if roas < 0.01 {
            check.fail("rangeError", "TOO_LOW", &path, "Too low.");
        } else if roas > 1_000.0 {
            check.fail("rangeError", "TOO_HIGH", &path, "Too high.");
        }
    }
    let required: &[&str] = match member {
        "targetImpressionShare" => &["location", "locationFractionMicros", "cpcBidCeilingMicros"],
        "targetCpa" => &["targetCpaMicros"],
        "targetRoas" => &["targetRoas"],
        _ => &[],
    };
    for field in required.iter().filter(|field| !values.contains_key(**field)) {
        check.require(&format!("{member}.{field}"));
    }
    if let Some(fraction) = int_of(&values, "locationFractionMicros")
        && !(1..=1_000_000).contains(&fraction)
    {
        let code = if fraction < 1 { "TOO_LOW" } else { "TOO_HIGH" };
        check.fail("rangeError", code, &format!("{member}.locationFractionMicros"), "Out of range.");
    }
}

/// A bid: positive, in billable units (§3).
pub(super) fn check_bid(check: &mut Check<'_, '_>, path: &str, micros: i64) {
    if micros <= 0 {
        check.fail("biddingError", "INVALID_BID", path, "The bid must be positive.");
    } else if micros % check.tx.billable_unit() != 0 {
        check.fail(
            "biddingError",
            "BID_TOO_MANY_FRACTIONAL_DIGITS",
            path,
            "The bid is not a multiple of the currency's minimum unit.",
        );
    }
}

/// Portfolio strategies.
pub(super) fn check_portfolio(check: &mut Check<'_, '_>) {
    text::check_name(check, 255, ("stringFormatError", "ILLEGAL_CHARS"));
    let key = name_key("", check.text("name"));
    if check.writes("name") && check.tx.taken("biddingStrategies", &key, check.id.as_deref()) {
        check.fail(
            "biddingStrategyError",
            "DUPLICATE_NAME",
            "name",
            "Each bidding strategy must have a unique name.",
        );
    }
    let Some(member) = member(&check.new) else {
        check.require("scheme");
        return;
    };
    check_values(check, member);
    if let Some(old) = &check.old
        && text_of(old, "type") != strategy_type(member)
    {
        check.fail("fieldError", "IMMUTABLE_FIELD", member, "The type of a bidding strategy cannot change.");
    }
    check.new.insert("type".into(), json!(strategy_type(member)));
    check.default("status", json!("ENABLED"));
}
