//! Responsive search ads. Source: google-ads.md §3.5, §7.

use std::collections::HashSet;

use serde_json::Value;

use super::{Check, text};
use crate::world::Object;

struct List {
    field: &'static str,
    fewest: usize,
    most: usize,
    width: usize,
    pins: &'static [&'static str],
    /// Positions that always show, so each needs a text when all are pinned.
    shown: &'static [&'static str],
}

const LISTS: [List; 2] = [
    List {
        field: "headlines",
        fewest: 3,
        most: 15,
        width: 30,
        pins: &["HEADLINE_1", "HEADLINE_2", "HEADLINE_3"],
        shown: &["HEADLINE_1", "HEADLINE_2"],
    },
    List {
        field: "descriptions",
        fewest: 2,
        most: 4,
        width: 90,
        pins: &["DESCRIPTION_1", "DESCRIPTION_2"],
        shown: &["DESCRIPTION_1"],
    },
];
const PATH_WIDTH: usize = 15;

/// Checks the texts of `ad`, which lies at `prefix`.
pub(super) fn check(check: &mut Check<'_, '_>, prefix: &str, ad: &Object) {
    let empty = Object::new();
    let rsa = ad.get("responsiveSearchAd").and_then(Value::as_object).unwrap_or(&empty);
    for list in &LISTS {
        check_list(check, &format!("{prefix}responsiveSearchAd.{}", list.field), list, rsa);
    }
    let path = |field: &str| format!("{prefix}responsiveSearchAd.{field}");
    let part = |field: &str| rsa.get(field).and_then(Value::as_str).unwrap_or_default();
    if !part("path2").is_empty() && part("path1").is_empty() {
        check.fail(
            "adError",
            "CANNOT_SET_PATH2_WITHOUT_PATH1",
            &path("path2"),
            "Cannot set path2 without path1.",
        );
    }
    for field in ["path1", "path2"] {
        if part(field).contains(['/', '\n', '\r']) {
            check.fail(
                "stringFormatError",
                "ILLEGAL_CHARS",
                &path(field),
                "The input string value contains disallowed characters.",
            );
        }
        if text::width(part(field)) > PATH_WIDTH {
            check.fail("adError", "LINE_TOO_WIDE", &path(field), "The field's text is too wide.");
        }
    }
}

fn check_list(check: &mut Check<'_, '_>, path: &str, list: &List, rsa: &Object) {
    let items = rsa.get(list.field).and_then(Value::as_array).cloned().unwrap_or_default();
    if items.len() < list.fewest {
        check.fail("collectionSizeError", "TOO_FEW", path, "Too few.");
    } else if items.len() > list.most {
        check.fail("collectionSizeError", "TOO_MANY", path, "Too many.");
    }
    let mut seen = HashSet::new();
    let mut pins = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let here = format!("{path}[{index}]");
        let words = item.get("text").and_then(Value::as_str).unwrap_or_default();
        text::check_width(check, &format!("{here}.text"), words, list.width);
        if !seen.insert(words.to_owned()) {
            check.fail("distinctError", "DUPLICATE_ELEMENT", &format!("{here}.text"), "Duplicate element.");
        }
        if let Some(pin) = item.get("pinnedField").and_then(Value::as_str) {
            if !list.pins.contains(&pin) {
                check.fail(
                    "assetLinkError",
                    "INVALID_PINNED_FIELD",
                    &format!("{here}.pinnedField"),
                    "The pinned field is invalid.",
                );
            }
            pins.push(pin);
        }
    }
    let all_pinned = !items.is_empty() && pins.len() == items.len();
    if all_pinned && list.shown.iter().any(|position| !pins.contains(position)) {
        check.fail(
            "assetLinkError",
            "NOT_ENOUGH_AVAILABLE_ASSET_LINKS_WITH_FALLBACK_FOR_VALID_COMBINATION",
            path,
            "Not enough unpinned texts for a valid combination.",
        );
    }
}
