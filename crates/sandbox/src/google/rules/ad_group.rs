//! Ad groups. Source: google-ads.md §3.4.

use serde_json::json;

use super::{Check, bidding, int_of, text, text_of, urls};
use crate::google::mutate::index::name_key;

const FAMILY: &str = "adGroupError";
const BIDS: [&str; 8] = [
    "cpcBidMicros",
    "cpmBidMicros",
    "cpvBidMicros",
    "targetCpaMicros",
    "targetCpmMicros",
    "targetCpcMicros",
    "percentCpcBidMicros",
    "fixedCpmMicros",
];

pub(super) fn check(check: &mut Check<'_, '_>) {
    text::check_name(check, 255, (FAMILY, "INVALID_ADGROUP_NAME"));
    let key = name_key(check.text("campaign"), check.text("name"));
    if check.writes("name") && check.tx.taken("adGroups", &key, check.id.as_deref()) {
        check.fail(
            FAMILY,
            "DUPLICATE_ADGROUP_NAME",
            "name",
            "AdGroup with the same name already exists for the campaign.",
        );
    }
    if check.is_create() {
        check_type(check);
        check.default("status", json!("ENABLED"));
        check.default("adRotationMode", json!("OPTIMIZE"));
    }
    check_bids(check);
    urls::check(check, "");
}

/// The type follows the channel and is left out for Demand Gen; Performance Max has no ad groups (§3.4).
fn check_type(check: &mut Check<'_, '_>) {
    let channel =
        check.referenced("campaign").map(|campaign| text_of(campaign, "advertisingChannelType").to_owned());
    let Some(channel) = channel else { return };
    let (default, allowed): (Option<&str>, &[&str]) = match channel.as_str() {
        "SEARCH" => (Some("SEARCH_STANDARD"), &["SEARCH_STANDARD", "SEARCH_DYNAMIC_ADS"]),
        "DISPLAY" => (Some("DISPLAY_STANDARD"), &["DISPLAY_STANDARD"]),
        "SHOPPING" => (Some("SHOPPING_PRODUCT_ADS"), &["SHOPPING_PRODUCT_ADS", "SHOPPING_SMART_ADS"]),
        "PERFORMANCE_MAX" => {
            check.fail(
                "operationAccessDeniedError",
                "OPERATION_NOT_PERMITTED_FOR_CAMPAIGN_TYPE",
                "campaign",
                "The operation is not permitted for the campaign's type.",
            );
            return;
        }
        "DEMAND_GEN" => (None, &[]),
        _ => return,
    };
    let given = check.text("type").to_owned();
    if !given.is_empty() && !allowed.contains(&given.as_str()) {
        check.fail(
            FAMILY,
            "AD_GROUP_TYPE_NOT_VALID_FOR_ADVERTISING_CHANNEL_TYPE",
            "type",
            "The ad group type is not compatible with the campaign's channel type.",
        );
    } else if let Some(default) = default {
        check.default("type", json!(default));
    }
}

pub(super) fn check_bids(check: &mut Check<'_, '_>) {
    for field in BIDS {
        let Some(bid) = check.int(field).filter(|_| check.writes(field)) else { continue };
        // A target of zero clears it (§2.5).
        if bid == 0 {
            check.new.shift_remove(field);
            continue;
        }
        bidding::check_bid(check, field, bid);
        let too_big = field == "cpcBidMicros" && budget_of(check).is_some_and(|budget| bid > budget);
        if too_big {
            check.fail(FAMILY, "BID_TOO_BIG", field, "The bid is above the campaign's daily budget.");
        }
    }
}

/// The daily amount behind an ad group, or behind the ad group of a criterion.
fn budget_of(check: &Check<'_, '_>) -> Option<i64> {
    let campaign = match check.referenced("campaign") {
        Some(campaign) => campaign,
        None => super::campaign::of_ad_group(check, check.text("adGroup"))?,
    };
    let budget = check.tx.follow(text_of(campaign, "campaignBudget"))?;
    int_of(budget, "amountMicros")
}
