//! Links of assets to campaigns, ad groups, asset groups and the account. Source: google-ads.md §3.6, §3.7.

use serde_json::json;

use super::{Check, asset_group, text, text_of};
use crate::world::Object;

/// Width and height.
type Size = (i64, i64);

/// Field type, ratio, smallest size (§3.7, §7).
const IMAGES: [(&str, Size, Size); 6] = [
    ("MARKETING_IMAGE", (191, 100), (600, 314)),
    ("SQUARE_MARKETING_IMAGE", (1, 1), (300, 300)),
    ("PORTRAIT_MARKETING_IMAGE", (4, 5), (480, 600)),
    ("TALL_PORTRAIT_MARKETING_IMAGE", (9, 16), (600, 1067)),
    ("LOGO", (1, 1), (128, 128)),
    ("LANDSCAPE_LOGO", (4, 1), (512, 128)),
];

/// Field type of a text and its width.
const TEXTS: [(&str, usize); 4] =
    [("HEADLINE", 30), ("LONG_HEADLINE", 90), ("DESCRIPTION", 90), ("BUSINESS_NAME", 25)];

pub(super) fn check(check: &mut Check<'_, '_>) {
    if !check.is_create() {
        return;
    }
    check.default("status", json!("ENABLED"));
    check.default("source", json!("ADVERTISER"));
    if check.resource.collection == "assetGroupAssets" {
        asset_group::check_brand_link(check);
    }
    let Some(asset) = check.referenced("asset").cloned() else { return };
    if !fits(check.text("fieldType"), text_of(&asset, "type")) {
        check.fail(
            "assetLinkError",
            "FIELD_TYPE_INCOMPATIBLE_WITH_ASSET_TYPE",
            "fieldType",
            "The asset's type does not fit the field type.",
        );
        return;
    }
    check_text(check, &asset);
    check_image(check, &asset);
}

fn check_text(check: &mut Check<'_, '_>, asset: &Object) {
    let words = asset.get("textAsset").map_or("", |text| text["text"].as_str().unwrap_or_default());
    let most = TEXTS.iter().find(|(kind, _)| *kind == check.text("fieldType")).map(|(_, most)| *most);
    if most.is_some_and(|most| text::width(words) > most) {
        check.fail("stringLengthError", "TOO_LONG", "asset", "Too long.");
    }
}

/// Ratio within one percent, and large enough (§7).
fn check_image(check: &mut Check<'_, '_>, asset: &Object) {
    let side = |name: &str| {
        asset.get("imageAsset")?.pointer(&format!("/fullSize/{name}"))?.as_str()?.parse::<i64>().ok()
    };
    let (Some(width), Some(height)) = (side("widthPixels"), side("heightPixels")) else { return };
    let rule = IMAGES.iter().find(|(kind, ..)| *kind == check.text("fieldType"));
    let Some((_, ratio, smallest)) = rule else { return };
    let (left, right) = (width * ratio.1, height * ratio.0);
    if (left - right).abs() * 100 > right {
        check.fail("imageError", "ASPECT_RATIO_NOT_ALLOWED", "asset", "The image's ratio is not allowed.");
    } else if width < smallest.0 || height < smallest.1 {
        check.fail("imageError", "IMAGE_TOO_SMALL", "asset", "The image is too small.");
    }
}

/// Which asset type a field type takes.
fn fits(field_type: &str, asset_type: &str) -> bool {
    match field_type {
        "HEADLINE" | "DESCRIPTION" | "LONG_HEADLINE" | "BUSINESS_NAME" | "MANDATORY_AD_TEXT" => {
            asset_type == "TEXT"
        }
        "MARKETING_IMAGE"
        | "SQUARE_MARKETING_IMAGE"
        | "PORTRAIT_MARKETING_IMAGE"
        | "TALL_PORTRAIT_MARKETING_IMAGE"
        | "LOGO"
        | "LANDSCAPE_LOGO"
        | "BUSINESS_LOGO"
        | "AD_IMAGE" => asset_type == "IMAGE",
        "CALL_TO_ACTION_SELECTION" => asset_type == "CALL_TO_ACTION",
        "YOUTUBE_VIDEO" | "SITELINK" | "CALLOUT" | "STRUCTURED_SNIPPET" | "CALL" | "PROMOTION" | "PRICE"
        | "LEAD_FORM" | "MEDIA_BUNDLE" => asset_type == field_type,
        _ => true,
    }
}
