//! Campaigns. Source: google-ads.md §3.2, §7, §8.

use jiff::civil::{DateTime, Time};
use serde_json::{Value, json};

use super::{Check, bidding, text, text_of, urls};
use crate::google::clock;
use crate::google::mutate::index::name_key;
use crate::world::Object;

const FAMILY: &str = "campaignError";

pub(super) fn check(check: &mut Check<'_, '_>) {
    // Video campaigns are read only (§3.2; the code is one of two, unverified which).
    if check.text("advertisingChannelType") == "VIDEO" {
        check.fail(
            "mutateError",
            "MUTATE_NOT_ALLOWED",
            "advertisingChannelType",
            "Video campaigns cannot be created or changed.",
        );
        return;
    }
    text::check_name(check, 255, (FAMILY, "INVALID_CAMPAIGN_NAME"));
    let key = name_key("", check.text("name"));
    if check.writes("name") && check.tx.taken("campaigns", &key, check.id.as_deref()) {
        check.fail(FAMILY, "DUPLICATE_CAMPAIGN_NAME", "name", "The campaign name is already being used.");
    }
    check_budget(check);
    bidding::check_campaign(check);
    check_dates(check);
    check_networks(check);
    urls::check(check, "");
    if check.is_create() {
        defaults(check);
    }
}

/// What the server fills in (§3.2, §8; the values are unverified).
fn defaults(check: &mut Check<'_, '_>) {
    let search = matches!(check.text("advertisingChannelType"), "SEARCH" | "DISPLAY");
    check.default("status", json!("ENABLED"));
    check.default("adServingOptimizationStatus", json!("OPTIMIZE"));
    check.default("paymentMode", json!("CLICKS"));
    check.default("experimentType", json!("BASE"));
    if search {
        check.default("networkSettings", default_networks());
    }
    let geo = check.new.get("geoTargetTypeSetting").and_then(Value::as_object).cloned().unwrap_or_default();
    let setting = |name: &str, default: &str| geo.get(name).cloned().unwrap_or_else(|| json!(default));
    let setting = json!({
        "positiveGeoTargetType": setting("positiveGeoTargetType", "PRESENCE_OR_INTEREST"),
        "negativeGeoTargetType": setting("negativeGeoTargetType", "PRESENCE"),
    });
    check.new.insert("geoTargetTypeSetting".into(), setting);
    let today = check.tx.now.to_zoned(check.tx.zone.clone()).date();
    check.default("startDateTime", json!(format!("{today} 00:00:00")));
}

fn default_networks() -> Value {
    json!({
        "targetGoogleSearch": true,
        "targetSearchNetwork": true,
        "targetContentNetwork": true,
        "targetPartnerSearchNetwork": false,
    })
}

/// Which budgets a campaign may use (§3.1).
fn check_budget(check: &mut Check<'_, '_>) {
    if !check.writes("campaignBudget") {
        return;
    }
    let name = check.text("campaignBudget").to_owned();
    let Some(budget) = check.tx.follow(&name) else { return };
    let shared = budget.get("explicitlyShared") == Some(&Value::Bool(true));
    let custom = text_of(budget, "period") == "CUSTOM_PERIOD";
    let alone = matches!(check.text("advertisingChannelType"), "PERFORMANCE_MAX" | "DEMAND_GEN");
    if shared && alone {
        check.fail(
            FAMILY,
            "BUDGET_CANNOT_BE_SHARED",
            "campaignBudget",
            "A campaign of this type cannot use a shared budget.",
        );
    }
    if !shared && check.tx.taken("campaigns", &format!("budget:{name}"), check.id.as_deref()) {
        check.fail(
            "campaignBudgetError",
            "CANNOT_USE_IMPLICITLY_SHARED_CAMPAIGN_BUDGET_WITH_MULTIPLE_CAMPAIGNS",
            "campaignBudget",
            "An implicitly shared budget serves one campaign only.",
        );
    }
    if custom && check.text("endDateTime").is_empty() {
        check.require("endDateTime");
    }
}

/// Campaign dates are whole days on the account's clock (§3.2).
fn check_dates(check: &mut Check<'_, '_>) {
    let now = check.tx.now.to_zoned(check.tx.zone.clone()).datetime();
    let start = check_date(
        check,
        "startDateTime",
        Time::midnight(),
        "DATE_RANGE_ERROR_START_TIME_MUST_BE_THE_START_OF_A_DAY",
    );
    let end = check_date(
        check,
        "endDateTime",
        Time::constant(23, 59, 59, 0),
        "DATE_RANGE_ERROR_END_TIME_MUST_BE_THE_END_OF_A_DAY",
    );
    if check.writes("startDateTime") {
        let began = check.old.as_ref().and_then(|old| clock::parse(text_of(old, "startDateTime")));
        if began.is_some_and(|began| began <= now)
            && check.old.as_ref().map(|old| text_of(old, "startDateTime"))
                != Some(check.text("startDateTime"))
        {
            check.fail(
                FAMILY,
                "CANNOT_MODIFY_START_DATE_IF_ALREADY_STARTED",
                "startDateTime",
                "The start date cannot be changed once the campaign has started.",
            );
        } else if check.old.is_none() && start.is_some_and(|start| start.date() < now.date()) {
            past(check, "startDateTime");
        }
    }
    if check.writes("endDateTime") && end.is_some_and(|end| end < now) {
        past(check, "endDateTime");
    }
    if let (Some(start), Some(end)) = (start, end)
        && end <= start
        && (check.writes("startDateTime") || check.writes("endDateTime"))
    {
        check.fail(
            "dateRangeError",
            "START_DATE_AFTER_END_DATE",
            "endDateTime",
            "The start is after the end.",
        );
    }
}

fn past(check: &mut Check<'_, '_>, field: &str) {
    check.fail(FAMILY, "CANNOT_SET_DATE_TO_PAST", field, "The date cannot be in the past.");
}

fn check_date(check: &mut Check<'_, '_>, field: &str, edge: Time, code: &'static str) -> Option<DateTime> {
    let text = check.text(field).to_owned();
    if text.is_empty() {
        return None;
    }
    let Some(date) = clock::parse(&text) else {
        check.fail(
            "dateError",
            "INVALID_STRING_DATE_TIME_SECONDS",
            field,
            "The string date time's format should be yyyy-mm-dd hh:mm:ss.",
        );
        return None;
    };
    if date.time() != edge && check.writes(field) {
        check.fail("dateError", code, field, "Campaign dates have daily granularity.");
    }
    Some(date)
}

/// Search partners need Google search, and one network must be on (§3.2).
fn check_networks(check: &mut Check<'_, '_>) {
    if !check.writes("networkSettings") || check.text("advertisingChannelType") != "SEARCH" {
        return;
    }
    let settings: Object =
        check.new.get("networkSettings").and_then(Value::as_object).cloned().unwrap_or_default();
    let on = |name: &str| settings.get(name) == Some(&Value::Bool(true));
    if on("targetSearchNetwork") && !on("targetGoogleSearch") {
        check.fail(
            FAMILY,
            "CANNOT_TARGET_SEARCH_NETWORK_WITHOUT_GOOGLE_SEARCH",
            "networkSettings.targetSearchNetwork",
            "Search partners cannot be targeted without Google search.",
        );
    }
    if !["targetGoogleSearch", "targetSearchNetwork", "targetContentNetwork"].iter().any(|name| on(name)) {
        check.fail(
            FAMILY,
            "CAMPAIGN_MUST_TARGET_AT_LEAST_ONE_NETWORK",
            "networkSettings",
            "The campaign must target at least one network.",
        );
    }
}

/// The campaign that an ad group belongs to.
pub(super) fn of_ad_group<'a>(check: &'a Check<'_, '_>, ad_group: &str) -> Option<&'a Object> {
    check.tx.follow(text_of(check.tx.follow(ad_group)?, "campaign"))
}
