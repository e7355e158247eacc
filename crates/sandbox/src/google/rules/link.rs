//! Links of assets to campaigns, ad groups, asset groups and the account. Source: google-ads.md §3.6, §3.7.

use serde_json::json;

use super::{Check, text_of};

pub(super) fn check(check: &mut Check<'_, '_>) {
    if !check.is_create() {
        return;
    }
    check.default("status", json!("ENABLED"));
    check.default("source", json!("ADVERTISER"));
    let Some(kind) = check.referenced("asset").map(|asset| text_of(asset, "type").to_owned()) else { return };
    if !fits(check.text("fieldType"), &kind) {
        check.fail(
            "assetLinkError",
            "FIELD_TYPE_INCOMPATIBLE_WITH_ASSET_TYPE",
            "fieldType",
            "The asset's type does not fit the field type.",
        );
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
