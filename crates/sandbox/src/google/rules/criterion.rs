//! Criteria of ad groups, campaigns and shared sets. Source: google-ads.md §3.8, §3.9, §3.11, §7.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Check, campaign, schedule, text_of, urls};
use crate::google::errors::ApiError;
use crate::google::names;
use crate::google::schema::{
    criterion::AD_GROUP_CRITERION, criterion::CAMPAIGN_CRITERION, criterion::VALUE, snake,
};
use crate::world::Object;

const LONGEST_KEYWORD: usize = 80;
const MOST_WORDS: usize = 10;
/// Which characters are refused is probable, not certain (§7).
const INVALID_IN_KEYWORD: &str = "!@%,*(){}=;~`<>?\\|";

/// The value member that a criterion carries.
pub(in crate::google) fn value(object: &Object) -> Option<&'static str> {
    AD_GROUP_CRITERION
        .iter()
        .chain(CAMPAIGN_CRITERION)
        .filter(|field| field.oneof == Some(VALUE))
        .map(|field| field.name)
        .find(|name| object.contains_key(*name))
}

/// The id of a criterion, which follows from its value: the same keyword has the same id everywhere (§3.8), a
/// location or language that of its constant, devices and demographics fixed ones (§3.9; all unverified).
pub(in crate::google) fn id(object: &Object) -> String {
    let inner = |member: &str, field: &str| {
        object.get(member).and_then(|value| value.get(field)).and_then(Value::as_str).unwrap_or_default()
    };
    match value(object) {
        Some("location") => names::id_of(inner("location", "geoTargetConstant")).to_owned(),
        Some("language") => names::id_of(inner("language", "languageConstant")).to_owned(),
        Some("device") => device_id(inner("device", "type")).to_owned(),
        Some("gender") => gender_id(inner("gender", "type")).to_owned(),
        Some("ageRange") => age_id(inner("ageRange", "type")).to_owned(),
        Some("keyword") => {
            let negative = object.get("negative") == Some(&Value::Bool(true));
            let words = inner("keyword", "text").trim().to_lowercase();
            hashed(&format!("keyword|{negative}|{}|{words}", inner("keyword", "matchType")))
        }
        Some(member) => hashed(&format!("{member}|{}", object.get(member).unwrap_or(&Value::Null))),
        None => hashed(&Value::Object(object.clone()).to_string()),
    }
}

fn hashed(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let number = digest[..8].iter().fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    (100_000_000 + number % 9_000_000_000_000).to_string()
}

fn device_id(device: &str) -> &'static str {
    match device {
        "DESKTOP" => "30000",
        "MOBILE" => "30001",
        "TABLET" => "30002",
        _ => "30004",
    }
}

/// The device behind a fixed id; its criterion exists without being created (§3.9).
pub(in crate::google) fn implicit_device(criterion: &str) -> Option<&'static str> {
    match criterion {
        "30000" => Some("DESKTOP"),
        "30001" => Some("MOBILE"),
        "30002" => Some("TABLET"),
        "30004" => Some("CONNECTED_TV"),
        _ => None,
    }
}

fn gender_id(gender: &str) -> &'static str {
    match gender {
        "MALE" => "10",
        "FEMALE" => "11",
        _ => "20",
    }
}

fn age_id(age: &str) -> &'static str {
    match age {
        "AGE_RANGE_18_24" => "503001",
        "AGE_RANGE_25_34" => "503002",
        "AGE_RANGE_35_44" => "503003",
        "AGE_RANGE_45_54" => "503004",
        "AGE_RANGE_55_64" => "503005",
        "AGE_RANGE_65_UP" => "503006",
        _ => "503999",
    }
}

/// The read-only `type` of a criterion.
fn type_of(member: &str) -> String {
    snake(member).to_ascii_uppercase()
}

fn check_value(check: &mut Check<'_, '_>) -> Option<&'static str> {
    let Some(member) = value(&check.new) else {
        check.require("criterion");
        return None;
    };
    let required: &[&str] = match member {
        "keyword" => &["text", "matchType"],
        "location" => &["geoTargetConstant"],
        "language" => &["languageConstant"],
        "ageRange" | "gender" | "device" | "incomeRange" | "parentalStatus" => &["type"],
        "userList" => &["userList"],
        "placement" => &["url"],
        _ => &[],
    };
    for field in required {
        if !check.new.get(member).is_some_and(|value| value.get(field).is_some_and(|inner| inner != "")) {
            check.require(&format!("{member}.{field}"));
        }
    }
    if member == "keyword" {
        check_keyword(check);
    }
    check.new.insert("type".into(), json!(type_of(member)));
    Some(member)
}

fn check_keyword(check: &mut Check<'_, '_>) {
    let words = text_of_inner(&check.new, "keyword", "text").to_owned();
    let path = "keyword.text";
    let family = "criterionError";
    if words.chars().count() > LONGEST_KEYWORD {
        check.fail(family, "KEYWORD_TEXT_TOO_LONG", path, "Keyword text should be no more than 80 chars.");
    }
    if words.split_whitespace().count() > MOST_WORDS {
        check.fail(family, "KEYWORD_HAS_TOO_MANY_WORDS", path, "Keyword text has too many words.");
    }
    if words.chars().any(|character| INVALID_IN_KEYWORD.contains(character) || character.is_control()) {
        check.fail(
            family,
            "KEYWORD_HAS_INVALID_CHARS",
            path,
            "Keyword text has invalid characters or symbols.",
        );
    }
    check_policy(check, &words);
    // How the vendor normalises keywords is unverified (§3.8): trimmed here, lower-cased on demand.
    let mut stored = words.trim().to_owned();
    if check.tx.option("google.keyword_case", "keep") == "lower" {
        stored = stored.to_lowercase();
    }
    if let Some(Value::Object(keyword)) = check.new.get_mut("keyword")
        && keyword.contains_key("text")
    {
        keyword.insert("text".into(), json!(stored));
    }
}

/// A keyword with this word is refused; made up, to practise policy violations (§5, Policy).
const PROHIBITED_WORD: &str = "prohibit-me";
/// The policy that it breaks.
const POLICY: &str = "sandbox_prohibited";

fn check_policy(check: &mut Check<'_, '_>, words: &str) {
    let exempt = check.topics.iter().any(|policy| policy == POLICY);
    if check.flag("negative") || exempt || !words.to_lowercase().contains(PROHIBITED_WORD) {
        return;
    }
    let error = ApiError::new(
        "policyViolationError",
        "POLICY_ERROR",
        "A policy was violated. See PolicyViolationDetails for more detail.",
    )
    .details(json!({"policyViolationDetails": {
        "externalPolicyName": "Sandbox: prohibited words",
        "externalPolicyDescription": "Made up, to practise.",
        "key": {"policyName": POLICY, "violatingText": PROHIBITED_WORD},
        "isExemptible": true,
    }}));
    check.push(error, "keyword.text");
}

fn text_of_inner<'a>(object: &'a Object, member: &str, field: &str) -> &'a str {
    object.get(member).and_then(|value| value.get(field)).and_then(Value::as_str).unwrap_or_default()
}

/// 0.1 to 10; 0 opts out of a device (§3.9).
fn check_modifier(check: &mut Check<'_, '_>, member: &str) {
    let Some(modifier) = check.new.get("bidModifier").and_then(Value::as_f64) else { return };
    if modifier == 0.0 && member == "device" {
        return;
    }
    if modifier < 0.1 {
        check.fail("rangeError", "TOO_LOW", "bidModifier", "Too low.");
    } else if modifier > 10.0 {
        check.fail("rangeError", "TOO_HIGH", "bidModifier", "Too high.");
    }
}

/// Locations need the campaign's EU declaration (§3.2).
fn check_declaration(check: &mut Check<'_, '_>, member: &str, campaign: Option<&Object>) {
    let undeclared =
        campaign.is_some_and(|campaign| !campaign.contains_key("containsEuPoliticalAdvertising"));
    if matches!(member, "location" | "proximity") && undeclared {
        check.fail(
            "mutateError",
            "EU_POLITICAL_ADVERTISING_DECLARATION_REQUIRED",
            member,
            "The campaign must declare whether it contains EU political advertising.",
        );
    }
}

/// Criteria of ad groups.
pub(super) fn check_in_ad_group(check: &mut Check<'_, '_>) {
    if check.is_create() {
        check.default("status", json!("ENABLED"));
        check.default("negative", json!(false));
    }
    let Some(member) = check_value(check) else { return };
    let campaign = campaign::of_ad_group(check, check.text("adGroup")).cloned();
    let channel = campaign.as_ref().map(|campaign| text_of(campaign, "advertisingChannelType").to_owned());
    let unfit = matches!(
        (channel.as_deref(), member),
        (Some("DEMAND_GEN"), "keyword")
            | (Some("SEARCH"), "location" | "language" | "placement" | "youtubeChannel" | "youtubeVideo")
    );
    if check.is_create() && unfit {
        check.fail(
            "criterionError",
            "CANNOT_ADD_CRITERIA_TYPE",
            member,
            "Criteria of this type cannot be added to the ad group.",
        );
    }
    if check.is_create() {
        check_declaration(check, member, campaign.as_ref());
    }
    check_modifier(check, member);
    super::ad_group::check_bids(check);
    urls::check(check, "");
    if check.flag("negative") {
        refuse_on_negative(check);
    }
}

/// Negatives cannot be paused and have no bids (§3.8; the code is unverified).
fn refuse_on_negative(check: &mut Check<'_, '_>) {
    let refused = ["bidModifier", "cpcBidMicros", "cpmBidMicros", "cpvBidMicros"]
        .into_iter()
        .filter(|field| check.new.contains_key(*field))
        .chain((check.text("status") == "PAUSED").then_some("status"))
        .collect::<Vec<_>>();
    for field in refused {
        check.fail(
            "contextError",
            "OPERATION_NOT_PERMITTED_FOR_CONTEXT",
            field,
            "The field cannot be set on negative criteria.",
        );
    }
}

/// Criteria of campaigns.
pub(super) fn check_in_campaign(check: &mut Check<'_, '_>) {
    if check.is_create() {
        check.default("status", json!("ENABLED"));
        check.default("negative", json!(false));
    }
    let Some(member) = check_value(check) else { return };
    // Campaigns take keywords as negatives only (§3.9, unverified).
    if member == "keyword" && !check.flag("negative") {
        check.fail(
            "criterionError",
            "CANNOT_ADD_CRITERIA_TYPE",
            member,
            "Positive keywords belong to ad groups.",
        );
    }
    let status_set =
        if check.is_create() { check.text("status") == "PAUSED" } else { check.writes("status") };
    if status_set {
        check.fail(
            "campaignCriterionError",
            "CANNOT_SET_STATUS_FOR_CRITERIA_TYPE",
            "status",
            "The status of criteria of this type cannot be set.",
        );
    }
    check_modifier(check, member);
    if check.is_create() {
        let campaign = check.referenced("campaign").cloned();
        check_declaration(check, member, campaign.as_ref());
        if member == "adSchedule" {
            schedule::check(check);
        }
    }
}

/// Criteria of shared sets.
pub(super) fn check_shared(check: &mut Check<'_, '_>) {
    check_value(check);
}
