//! Ads: their format, landing pages, and how many may run. Source: google-ads.md §3.5, §6.

use serde_json::{Value, json};

use super::{Check, campaign, formats, rsa, text_of, urls};
use crate::google::errors::ApiError;
use crate::google::names;
use crate::google::schema::{ad::AD, ad::FORMAT, snake};
use crate::world::Object;

/// Most enabled responsive search ads of an ad group (§6).
const MOST_RSA: usize = 3;

/// A text with this word is refused when it is saved; made up, to practise policy findings (§5, Policy).
const PROHIBITED_WORD: &str = "PROHIBIT-ME";
/// The topic found in it.
const PROHIBITED_TOPIC: &str = "SANDBOX_PROHIBITED";

/// The format member an ad carries.
pub(in crate::google) fn format(ad: &Object) -> Option<&'static str> {
    AD.iter()
        .filter(|field| field.oneof == Some(FORMAT))
        .map(|field| field.name)
        .find(|name| ad.contains_key(*name))
}

/// A new ad in an ad group, or a change of its status.
pub(super) fn check_in_group(check: &mut Check<'_, '_>) {
    if check.is_create() {
        check.default("status", json!("ENABLED"));
        check_content(check);
    }
    check_limit(check);
}

fn check_content(check: &mut Check<'_, '_>) {
    let Some(Value::Object(ad)) = check.new.get("ad").cloned() else { return };
    let Some(format) = format(&ad) else {
        check.require("ad.adData");
        return;
    };
    if matches!(format, "textAd" | "expandedTextAd") {
        check.fail(
            "adGroupAdError",
            "CANNOT_CREATE_DEPRECATED_ADS",
            "ad",
            "Ads of this type can no longer be created.",
        );
        return;
    }
    let channel = campaign::of_ad_group(check, check.text("adGroup"))
        .map(|campaign| text_of(campaign, "advertisingChannelType").to_owned());
    let fits = match channel.as_deref() {
        Some("SEARCH") => format == "responsiveSearchAd",
        Some("DISPLAY") => format == "responsiveDisplayAd",
        Some("DEMAND_GEN") => format.starts_with("demandGen"),
        _ => true,
    };
    if !fits {
        check.fail(
            "contextError",
            "OPERATION_NOT_PERMITTED_FOR_CONTEXT",
            "ad",
            "The ad's type does not fit the campaign's channel.",
        );
    }
    if ad.get("finalUrls").and_then(Value::as_array).is_none_or(Vec::is_empty) {
        check.require("ad.finalUrls");
    }
    urls::check(check, "ad.");
    if format == "responsiveSearchAd" {
        rsa::check(check, "ad.", &ad);
    }
    formats::check(check, "ad.", format, &ad);
    check_policy(check, "ad", &ad);
    if let Some(Value::Object(ad)) = check.new.get_mut("ad") {
        ad.insert("type".into(), json!(type_of(format)));
    }
}

/// The `type` of a format.
fn type_of(format: &str) -> String {
    snake(format).to_ascii_uppercase()
}

/// A changed ad (`ads:mutate`): the kind of an ad stays, everything else is checked as when new.
pub(super) fn check_update(check: &mut Check<'_, '_>) {
    let was = check.old.as_ref().and_then(format);
    let is = format(&check.new);
    if was != is {
        check.fail("adError", "CANNOT_MODIFY_AD", "adData", "The type of an ad cannot be changed.");
        return;
    }
    if check.new.get("finalUrls").and_then(Value::as_array).is_none_or(Vec::is_empty) {
        check.fail("fieldError", "FIELD_CANNOT_BE_CLEARED", "finalUrls", "The field cannot be cleared.");
    }
    urls::check(check, "");
    let ad = check.new.clone();
    if is == Some("responsiveSearchAd") {
        rsa::check(check, "", &ad);
    }
    formats::check(check, "", is.unwrap_or_default(), &ad);
    check_policy(check, "", &ad);
}

fn check_policy(check: &mut Check<'_, '_>, path: &str, ad: &Object) {
    let exempt = check.topics.iter().any(|topic| topic == PROHIBITED_TOPIC);
    if exempt || !mentions(&Value::Object(ad.clone()), PROHIBITED_WORD) {
        return;
    }
    let entry = json!({"topic": PROHIBITED_TOPIC, "type": "PROHIBITED", "evidences": [{"textList": {"texts": [PROHIBITED_WORD]}}]});
    let error = ApiError::new("policyFindingError", "POLICY_FINDING", "The resource has policy findings.")
        .details(json!({"policyFindingDetails": {"policyTopicEntries": [entry]}}));
    check.push(error, path);
}

/// Whether any text inside a value holds a word.
pub(in crate::google) fn mentions(value: &Value, word: &str) -> bool {
    match value {
        Value::String(text) => text.contains(word),
        Value::Array(items) => items.iter().any(|item| mentions(item, word)),
        Value::Object(members) => members.values().any(|member| mentions(member, word)),
        _ => false,
    }
}

/// At most three enabled responsive search ads per ad group (§6, §7).
fn check_limit(check: &mut Check<'_, '_>) {
    let is_rsa = check.new.get("ad").is_some_and(|ad| ad.get("responsiveSearchAd").is_some());
    if !is_rsa || check.text("status") != "ENABLED" {
        return;
    }
    if check.old.as_ref().is_some_and(|old| text_of(old, "status") == "ENABLED") {
        return;
    }
    let ad_group = check.text("adGroup").to_owned();
    let running = check.tx.count("adGroupAds", &format!("rsa:{ad_group}"));
    if running >= MOST_RSA {
        let error = ApiError::new(
            "resourceCountLimitExceededError",
            "AD_GROUP_AD_LIMIT",
            "The ad group has too many enabled responsive search ads.",
        )
        .details(json!({"resourceCountDetails": {
            "enclosingId": names::id_of(&ad_group),
            "enclosingResource": ad_group,
            "limit": MOST_RSA,
            "existingCount": running,
        }}));
        check.push(error, "");
    }
}
