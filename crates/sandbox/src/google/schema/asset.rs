//! Assets and their links. Source: google-ads.md §3.6.

use super::ad::POLICY_SUMMARY;
use super::{CUSTOM_PARAMETER, Field, RESOURCE_NAME, enums};

/// The oneof of asset content.
pub(in crate::google) const CONTENT: &str = "asset_data";

/// Asset types that the read-only `type` takes.
pub(in crate::google) const TYPE: &[&str] = &[
    "YOUTUBE_VIDEO",
    "MEDIA_BUNDLE",
    "IMAGE",
    "TEXT",
    "LEAD_FORM",
    "PROMOTION",
    "CALLOUT",
    "STRUCTURED_SNIPPET",
    "SITELINK",
    "CALL",
    "PRICE",
    "CALL_TO_ACTION",
    "DEMAND_GEN_CAROUSEL_CARD",
];

const SCHEDULE: &[Field] = &[
    Field::choice("dayOfWeek", enums::DAY_OF_WEEK),
    Field::int32("startHour"),
    Field::choice("startMinute", enums::MINUTE),
    Field::int32("endHour"),
    Field::choice("endMinute", enums::MINUTE),
];

const IMAGE_ASSET: &[Field] = &[
    Field::bytes("data"),
    Field::int64("fileSize").output(),
    Field::choice("mimeType", &["IMAGE_JPEG", "IMAGE_GIF", "IMAGE_PNG"]).output(),
    Field::message(
        "fullSize",
        &[Field::int64("heightPixels"), Field::int64("widthPixels"), Field::text("url")],
    )
    .output(),
];

const SITELINK_ASSET: &[Field] = &[
    Field::text("linkText").required(),
    Field::text("description1"),
    Field::text("description2"),
    Field::date("startDate"),
    Field::date("endDate"),
    Field::message("adScheduleTargets", SCHEDULE).repeated(),
];

const CALLOUT_ASSET: &[Field] = &[
    Field::text("calloutText").required(),
    Field::date("startDate"),
    Field::date("endDate"),
    Field::message("adScheduleTargets", SCHEDULE).repeated(),
];

pub(in crate::google) const ASSET: &[Field] = &[
    RESOURCE_NAME,
    Field::int64("id").output(),
    Field::text("name"),
    Field::choice("type", TYPE).output(),
    Field::text("finalUrls").repeated(),
    Field::text("finalMobileUrls").repeated(),
    Field::text("finalUrlSuffix"),
    Field::text("trackingUrlTemplate"),
    Field::message("urlCustomParameters", CUSTOM_PARAMETER).repeated(),
    Field::message("textAsset", &[Field::text("text")]).immutable().one_of(CONTENT),
    Field::message("imageAsset", IMAGE_ASSET).immutable().one_of(CONTENT),
    Field::message(
        "youtubeVideoAsset",
        &[Field::text("youtubeVideoId"), Field::text("youtubeVideoTitle").output()],
    )
    .immutable()
    .one_of(CONTENT),
    Field::message("sitelinkAsset", SITELINK_ASSET).one_of(CONTENT),
    Field::message("calloutAsset", CALLOUT_ASSET).one_of(CONTENT),
    Field::message(
        "structuredSnippetAsset",
        &[Field::text("header").required(), Field::text("values").repeated()],
    )
    .one_of(CONTENT),
    Field::message(
        "callAsset",
        &[Field::text("countryCode").required(), Field::text("phoneNumber").required()],
    )
    .one_of(CONTENT),
    Field::message("callToActionAsset", &[Field::choice("callToAction", enums::CALL_TO_ACTION)])
        .immutable()
        .one_of(CONTENT),
    Field::message(
        "demandGenCarouselCardAsset",
        &[
            Field::name("marketingImageAsset", "assets"),
            Field::name("squareMarketingImageAsset", "assets"),
            Field::name("portraitMarketingImageAsset", "assets"),
            Field::text("headline").required(),
            Field::text("callToActionText"),
        ],
    )
    .immutable()
    .one_of(CONTENT),
    Field::choice("source", &["ADVERTISER", "AUTOMATICALLY_CREATED"]).output(),
    Field::message("policySummary", POLICY_SUMMARY).output(),
];

/// Links of assets to campaigns.
pub(in crate::google) const CAMPAIGN_ASSET: &[Field] = &[
    RESOURCE_NAME,
    Field::name("campaign", "campaigns").immutable().required(),
    LINK[0],
    LINK[1],
    LINK[2],
    LINK[3],
    LINK[4],
    LINK[5],
];

/// Links of assets to ad groups.
pub(in crate::google) const AD_GROUP_ASSET: &[Field] = &[
    RESOURCE_NAME,
    Field::name("adGroup", "adGroups").immutable().required(),
    LINK[0],
    LINK[1],
    LINK[2],
    LINK[3],
    LINK[4],
    LINK[5],
];

/// Links of assets to the whole account.
pub(in crate::google) const CUSTOMER_ASSET: &[Field] =
    &[RESOURCE_NAME, LINK[0], LINK[1], LINK[2], LINK[3], LINK[4], LINK[5]];

const LINK: &[Field] = &[
    Field::name("asset", "assets").immutable().required(),
    Field::choice("fieldType", enums::ASSET_FIELD_TYPE).immutable().required(),
    Field::choice("status", enums::STATUS),
    Field::choice("source", &["ADVERTISER", "AUTOMATICALLY_CREATED"]).output(),
    Field::choice("primaryStatus", enums::PRIMARY_STATUS).output(),
    Field::text("primaryStatusReasons").repeated().output(),
];
