//! Asset groups of Performance Max. Source: google-ads.md §3.7.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Check, text, text_of, urls};
use crate::google::errors::{ApiError, Path};
use crate::google::mutate::Transaction;
use crate::google::mutate::index::name_key;
use crate::world::Object;

const FAMILY: &str = "assetGroupError";

/// Field types that a group cannot do without: fewest, and the code when they are missing.
const MINIMUM: [(&str, usize, &str); 7] = [
    ("HEADLINE", 3, "NOT_ENOUGH_HEADLINE_ASSET"),
    ("LONG_HEADLINE", 1, "NOT_ENOUGH_LONG_HEADLINE_ASSET"),
    ("DESCRIPTION", 2, "NOT_ENOUGH_DESCRIPTION_ASSET"),
    ("BUSINESS_NAME", 1, "NOT_ENOUGH_BUSINESS_NAME_ASSET"),
    ("MARKETING_IMAGE", 1, "NOT_ENOUGH_MARKETING_IMAGE_ASSET"),
    ("SQUARE_MARKETING_IMAGE", 1, "NOT_ENOUGH_SQUARE_MARKETING_IMAGE_ASSET"),
    ("LOGO", 1, "NOT_ENOUGH_LOGO_ASSET"),
];

/// Field types that link to the campaign when it follows brand guidelines.
const BRAND: [&str; 2] = ["BUSINESS_NAME", "LOGO"];

pub(super) fn check(check: &mut Check<'_, '_>) {
    text::check_name(check, 128, ("stringFormatError", "ILLEGAL_CHARS"));
    let key = name_key(check.text("campaign"), check.text("name"));
    if check.writes("name") && check.tx.taken("assetGroups", &key, check.id.as_deref()) {
        check.fail(FAMILY, "DUPLICATE_NAME", "name", "The asset group name is already used in the campaign.");
    }
    let other_channel = check
        .referenced("campaign")
        .is_some_and(|campaign| text_of(campaign, "advertisingChannelType") != "PERFORMANCE_MAX");
    if check.is_create() && other_channel {
        check.fail(
            FAMILY,
            "CANNOT_ADD_ASSET_GROUP_FOR_CAMPAIGN_TYPE",
            "campaign",
            "Asset groups belong to Performance Max campaigns.",
        );
    }
    if check.new.get("finalUrls").and_then(Value::as_array).is_none_or(Vec::is_empty) {
        check.fail(FAMILY, "FINAL_URL_REQUIRED", "finalUrls", "A final URL is required.");
    }
    urls::check(check, "");
    if !check.text("path2").is_empty() && check.text("path1").is_empty() {
        check.fail(
            FAMILY,
            "PATH1_REQUIRED_WHEN_PATH2_IS_SET",
            "path2",
            "Path1 is required when path2 is set.",
        );
    }
    check.default("status", json!("ENABLED"));
}

pub(super) fn check_signal(check: &mut Check<'_, '_>) {
    if !check.new.contains_key("audience") && !check.new.contains_key("searchTheme") {
        check.require("signal");
    }
}

/// Whether an asset group is the only one of its campaign that is left.
pub(super) fn is_last(tx: &mut Transaction<'_>, object: &Object) -> bool {
    tx.count("assetGroups", &format!("campaign:{}", text_of(object, "campaign"))) == 1
}

fn follows_brand_guidelines(campaign: &Object) -> bool {
    campaign.get("brandGuidelinesEnabled") == Some(&Value::Bool(true))
}

/// With brand guidelines the name and the logo of the business belong to the campaign.
pub(super) fn check_brand_link(check: &mut Check<'_, '_>) {
    let campaign =
        check.referenced("assetGroup").and_then(|group| check.tx.follow(text_of(group, "campaign")));
    if BRAND.contains(&check.text("fieldType")) && campaign.is_some_and(follows_brand_guidelines) {
        check.fail(
            "assetLinkError",
            "BRAND_ASSETS_NOT_LINKED_AT_CAMPAIGN_LEVEL",
            "fieldType",
            "With brand guidelines, brand assets must be linked at the campaign level.",
        );
    }
}

/// What a group lacks at the end of a request; it and its minimum assets must arrive together.
pub(in crate::google) fn lacks(tx: &mut Transaction<'_>, group: &str, path: &Path) -> Vec<ApiError> {
    let Some(object) = tx.follow(group).filter(|group| text_of(group, "status") != "REMOVED") else {
        return Vec::new();
    };
    let campaign = tx.follow(text_of(object, "campaign"));
    // Retail campaigns take their assets from the shop's feed.
    if campaign.is_some_and(|campaign| campaign.contains_key("shoppingSetting")) {
        return Vec::new();
    }
    let branded = campaign.is_some_and(follows_brand_guidelines);
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for link in tx.find("assetGroupAssets", &format!("group:{group}")) {
        let kind = tx.get("assetGroupAssets", &link).map(|link| text_of(link, "fieldType").to_owned());
        *counts.entry(kind.unwrap_or_default()).or_default() += 1;
    }
    MINIMUM
        .iter()
        .filter(|(kind, ..)| !(branded && BRAND.contains(kind)))
        .filter(|(kind, fewest, _)| counts.get(*kind).copied().unwrap_or(0) < *fewest)
        .map(|(_, _, code)| ApiError::new(FAMILY, code, "Not enough assets of this type.").at(path.clone()))
        .collect()
}
