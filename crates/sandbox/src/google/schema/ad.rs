//! Ads and their place in an ad group. Source: google-ads.md §3.5.

use super::{CUSTOM_PARAMETER, Field, RESOURCE_NAME, enums};

const POLICY_TOPIC_ENTRY: &[Field] = &[
    Field::text("topic"),
    Field::choice(
        "type",
        &["PROHIBITED", "LIMITED", "FULLY_LIMITED", "DESCRIPTIVE", "BROADENING", "AREA_OF_INTEREST_ONLY"],
    ),
    Field::any("evidences").repeated(),
    Field::any("constraints").repeated(),
];

/// `policySummary` of ads, assets and links.
pub(in crate::google) const POLICY_SUMMARY: &[Field] = &[
    Field::message("policyTopicEntries", POLICY_TOPIC_ENTRY).repeated().output(),
    Field::choice("reviewStatus", enums::REVIEW_STATUS).output(),
    Field::choice("approvalStatus", enums::APPROVAL_STATUS).output(),
];

const TEXT: &[Field] = &[
    Field::text("text"),
    Field::choice(
        "pinnedField",
        &[
            "HEADLINE_1",
            "HEADLINE_2",
            "HEADLINE_3",
            "DESCRIPTION_1",
            "DESCRIPTION_2",
            "HEADLINE",
            "DESCRIPTION",
        ],
    ),
    Field::choice("assetPerformanceLabel", &["PENDING", "LEARNING", "LOW", "GOOD", "BEST"]).output(),
    Field::message("policySummaryInfo", POLICY_SUMMARY).output(),
];

const IMAGE: &[Field] = &[Field::name("asset", "assets")];
const ASSET: &[Field] = &[Field::name("asset", "assets")];

const RESPONSIVE_SEARCH_AD: &[Field] = &[
    Field::message("headlines", TEXT).repeated(),
    Field::message("descriptions", TEXT).repeated(),
    Field::text("path1"),
    Field::text("path2"),
];

const RESPONSIVE_DISPLAY_AD: &[Field] = &[
    Field::message("marketingImages", IMAGE).repeated(),
    Field::message("squareMarketingImages", IMAGE).repeated(),
    Field::message("logoImages", IMAGE).repeated(),
    Field::message("squareLogoImages", IMAGE).repeated(),
    Field::message("headlines", TEXT).repeated(),
    Field::message("longHeadline", TEXT),
    Field::message("descriptions", TEXT).repeated(),
    Field::message("youtubeVideos", ASSET).repeated(),
    Field::text("businessName"),
    Field::text("mainColor"),
    Field::text("accentColor"),
    Field::bool("allowFlexibleColor"),
    Field::text("callToActionText"),
    Field::text("pricePrefix"),
    Field::text("promoText"),
    Field::choice("formatSetting", &["ALL_FORMATS", "NON_NATIVE", "NATIVE"]),
    Field::message(
        "controlSpec",
        &[Field::bool("enableAssetEnhancements"), Field::bool("enableAutogenVideo")],
    ),
];

const DEMAND_GEN_MULTI_ASSET_AD: &[Field] = &[
    Field::message("marketingImages", IMAGE).repeated(),
    Field::message("squareMarketingImages", IMAGE).repeated(),
    Field::message("portraitMarketingImages", IMAGE).repeated(),
    Field::message("tallPortraitMarketingImages", IMAGE).repeated(),
    Field::message("logoImages", IMAGE).repeated(),
    Field::message("headlines", TEXT).repeated(),
    Field::message("descriptions", TEXT).repeated(),
    Field::text("businessName"),
    Field::text("callToActionText"),
    Field::bool("leadFormOnly"),
];

const DEMAND_GEN_VIDEO_RESPONSIVE_AD: &[Field] = &[
    Field::message("headlines", TEXT).repeated(),
    Field::message("longHeadlines", TEXT).repeated(),
    Field::message("descriptions", TEXT).repeated(),
    Field::message("videos", ASSET).repeated(),
    Field::message("logoImages", IMAGE).repeated(),
    Field::text("breadcrumb1"),
    Field::text("breadcrumb2"),
    Field::message("businessName", TEXT),
    Field::message("callToActions", ASSET).repeated(),
];

const DEMAND_GEN_CAROUSEL_AD: &[Field] = &[
    Field::text("businessName"),
    Field::message("logoImage", IMAGE),
    Field::message("headline", TEXT),
    Field::message("description", TEXT),
    Field::text("callToActionText"),
    Field::message("carouselCards", ASSET).repeated(),
];

/// The oneof of ad formats.
pub(in crate::google) const FORMAT: &str = "ad_data";

/// Types that the read-only `type` takes, one per format here.
pub(in crate::google) const TYPE: &[&str] = &[
    "RESPONSIVE_SEARCH_AD",
    "RESPONSIVE_DISPLAY_AD",
    "DEMAND_GEN_MULTI_ASSET_AD",
    "DEMAND_GEN_VIDEO_RESPONSIVE_AD",
    "DEMAND_GEN_CAROUSEL_AD",
    "EXPANDED_TEXT_AD",
    "TEXT_AD",
];

pub(in crate::google) const AD: &[Field] = &[
    RESOURCE_NAME,
    Field::int64("id").output(),
    Field::choice("type", TYPE).output(),
    Field::text("name").immutable(),
    Field::text("finalUrls").repeated(),
    Field::text("finalMobileUrls").repeated(),
    Field::text("finalUrlSuffix"),
    Field::text("trackingUrlTemplate"),
    Field::message("urlCustomParameters", CUSTOM_PARAMETER).repeated(),
    Field::text("displayUrl"),
    Field::bool("addedByGoogleAds").output(),
    Field::message("responsiveSearchAd", RESPONSIVE_SEARCH_AD).one_of(FORMAT),
    Field::message("responsiveDisplayAd", RESPONSIVE_DISPLAY_AD).one_of(FORMAT),
    Field::message("demandGenMultiAssetAd", DEMAND_GEN_MULTI_ASSET_AD).one_of(FORMAT),
    Field::message("demandGenVideoResponsiveAd", DEMAND_GEN_VIDEO_RESPONSIVE_AD).one_of(FORMAT),
    Field::message("demandGenCarouselAd", DEMAND_GEN_CAROUSEL_AD).one_of(FORMAT),
    Field::message(
        "expandedTextAd",
        &[
            Field::text("headlinePart1"),
            Field::text("headlinePart2"),
            Field::text("headlinePart3"),
            Field::text("description"),
            Field::text("description2"),
            Field::text("path1"),
            Field::text("path2"),
        ],
    )
    .one_of(FORMAT),
    Field::message(
        "textAd",
        &[Field::text("headline"), Field::text("description1"), Field::text("description2")],
    )
    .immutable()
    .one_of(FORMAT),
];

pub(in crate::google) const AD_GROUP_AD: &[Field] = &[
    RESOURCE_NAME,
    Field::name("adGroup", "adGroups").immutable().required(),
    Field::message("ad", AD).immutable().required(),
    Field::choice("status", enums::STATUS),
    Field::message(
        "adGroupAdAssetAutomationSettings",
        &[
            Field::text("assetAutomationType"),
            Field::choice("assetAutomationStatus", &["OPTED_IN", "OPTED_OUT"]),
        ],
    )
    .repeated(),
    Field::date("startDateTime"),
    Field::date("endDateTime"),
    Field::message("policySummary", POLICY_SUMMARY).output(),
    Field::choice("adStrength", &["PENDING", "NO_ADS", "POOR", "AVERAGE", "GOOD", "EXCELLENT"]).output(),
    Field::text("actionItems").repeated().output(),
    Field::name("labels", "labels").repeated().output(),
    Field::choice("primaryStatus", enums::PRIMARY_STATUS).output(),
    Field::text("primaryStatusReasons").repeated().output(),
];
