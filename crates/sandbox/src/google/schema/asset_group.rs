//! Performance Max asset groups, their assets and signals. Source: google-ads.md §3.7.

use super::{CUSTOM_PARAMETER, Field, RESOURCE_NAME, enums};

pub(in crate::google) const ASSET_GROUP: &[Field] = &[
    RESOURCE_NAME,
    Field::int64("id").output(),
    Field::name("campaign", "campaigns").immutable().required(),
    Field::text("name").required(),
    Field::text("finalUrls").repeated(),
    Field::text("finalMobileUrls").repeated(),
    Field::choice("status", enums::STATUS),
    Field::text("path1"),
    Field::text("path2"),
    Field::text("trackingUrlTemplate"),
    Field::text("finalUrlSuffix"),
    Field::message("urlCustomParameters", CUSTOM_PARAMETER).repeated(),
    Field::choice("adStrength", &["PENDING", "NO_ADS", "POOR", "AVERAGE", "GOOD", "EXCELLENT"]).output(),
    Field::choice("primaryStatus", enums::PRIMARY_STATUS).output(),
    Field::text("primaryStatusReasons").repeated().output(),
];

pub(in crate::google) const ASSET_GROUP_ASSET: &[Field] = &[
    RESOURCE_NAME,
    Field::name("assetGroup", "assetGroups").immutable().required(),
    Field::name("asset", "assets").immutable().required(),
    Field::choice("fieldType", enums::ASSET_FIELD_TYPE).immutable().required(),
    Field::choice("status", enums::STATUS),
    Field::choice("source", &["ADVERTISER", "AUTOMATICALLY_CREATED"]).output(),
    Field::choice("performanceLabel", &["PENDING", "LEARNING", "LOW", "GOOD", "BEST"]).output(),
    Field::message("policySummary", super::ad::POLICY_SUMMARY).output(),
    Field::choice("primaryStatus", enums::PRIMARY_STATUS).output(),
    Field::text("primaryStatusReasons").repeated().output(),
];

pub(in crate::google) const ASSET_GROUP_SIGNAL: &[Field] = &[
    RESOURCE_NAME,
    Field::name("assetGroup", "assetGroups").immutable().required(),
    Field::message("audience", &[Field::text("audience")]).immutable().one_of("signal"),
    Field::message("searchTheme", &[Field::text("text")]).immutable().one_of("signal"),
    Field::choice("approvalStatus", &["APPROVED", "DISAPPROVED", "LIMITED", "UNDER_REVIEW"]).output(),
];
