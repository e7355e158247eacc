//! Labels, shared sets, conversion actions. Source: google-ads.md §3.10-§3.12.

use serde_json::json;

use super::{Check, text, text_of};
use crate::google::mutate::index::name_key;

pub(super) fn check_label(check: &mut Check<'_, '_>) {
    text::check_name(check, 80, ("labelError", "INVALID_LABEL_NAME"));
    let key = name_key("", check.text("name"));
    if check.writes("name") && check.tx.taken("labels", &key, check.id.as_deref()) {
        check.fail("labelError", "DUPLICATE_NAME", "name", "Label name is already taken.");
    }
    check.default("status", json!("ENABLED"));
    let inner = check.new.get("textLabel").and_then(|label| label.as_object()).cloned().unwrap_or_default();
    let color = text_of(&inner, "backgroundColor");
    if !color.is_empty() && !is_color(color) {
        check.fail(
            "stringFormatError",
            "INVALID_FORMAT",
            "textLabel.backgroundColor",
            "The colour must be #rrggbb or #rgb.",
        );
    }
    if text_of(&inner, "description").chars().count() > 200 {
        check.fail("stringLengthError", "TOO_LONG", "textLabel.description", "Too long.");
    }
}

fn is_color(text: &str) -> bool {
    text.strip_prefix('#').is_some_and(|digits| {
        matches!(digits.len(), 3 | 6) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

pub(super) fn check_set(check: &mut Check<'_, '_>) {
    text::check_name(check, 255, ("stringFormatError", "ILLEGAL_CHARS"));
    if check.text("name").len() > 255 && check.text("name").chars().count() <= 255 {
        check.fail("stringLengthError", "TOO_LONG", "name", "Too long.");
    }
    let key = name_key(check.text("type"), check.text("name"));
    if check.writes("name") && check.tx.taken("sharedSets", &key, check.id.as_deref()) {
        check.fail("sharedSetError", "DUPLICATE_NAME", "name", "The shared set's name is already used.");
    }
    check.default("status", json!("ENABLED"));
}

/// Conversion actions; the defaults are unverified.
pub(super) fn check_conversion(check: &mut Check<'_, '_>) {
    let key = name_key("", check.text("name"));
    if check.writes("name") && check.tx.taken("conversionActions", &key, check.id.as_deref()) {
        check.fail(
            "conversionActionError",
            "DUPLICATE_NAME",
            "name",
            "The specified conversion action name already exists.",
        );
    }
    check.default("status", json!("ENABLED"));
    check.default("type", json!("WEBPAGE"));
    check.default("category", json!("DEFAULT"));
    check.default("countingType", json!("MANY_PER_CLICK"));
    check.default("clickThroughLookbackWindowDays", json!("30"));
    check.default("primaryForGoal", json!(true));
}
