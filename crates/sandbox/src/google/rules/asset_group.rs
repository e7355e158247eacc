//! Asset groups of Performance Max. Source: google-ads.md §3.7.

use serde_json::{Value, json};

use super::{Check, text, text_of, urls};
use crate::google::mutate::Transaction;
use crate::google::mutate::index::name_key;
use crate::world::Object;

const FAMILY: &str = "assetGroupError";

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
            "operationAccessDeniedError",
            "OPERATION_NOT_PERMITTED_FOR_CAMPAIGN_TYPE",
            "campaign",
            "The operation is not permitted for the campaign's type.",
        );
    }
    if check.new.get("finalUrls").and_then(Value::as_array).is_none_or(Vec::is_empty) {
        check.fail(FAMILY, "FINAL_URL_REQUIRED", "finalUrls", "A final URL is required.");
    }
    urls::check(check, "");
    if !check.text("path2").is_empty() && check.text("path1").is_empty() {
        check.fail(FAMILY, "PATH2_REQUIRES_PATH1", "path2", "Path2 requires path1.");
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
