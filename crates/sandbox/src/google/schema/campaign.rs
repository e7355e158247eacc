//! Campaigns. Source: google-ads.md §3.2.

use super::bidding::MEMBERS;
use super::{CUSTOM_PARAMETER, Field, RESOURCE_NAME, TARGETING_SETTING, enums};

const NETWORK_SETTINGS: &[Field] = &[
    Field::bool("targetGoogleSearch"),
    Field::bool("targetSearchNetwork"),
    Field::bool("targetContentNetwork"),
    Field::bool("targetPartnerSearchNetwork"),
    Field::bool("targetYoutube"),
    Field::bool("targetGoogleTvNetwork"),
];

const GEO_TARGET_TYPE_SETTING: &[Field] = &[
    Field::choice("positiveGeoTargetType", &["PRESENCE_OR_INTEREST", "SEARCH_INTEREST", "PRESENCE"]),
    Field::choice("negativeGeoTargetType", &["PRESENCE_OR_INTEREST", "PRESENCE"]),
];

const ASSET_AUTOMATION: &[Field] = &[
    Field::choice(
        "assetAutomationType",
        &[
            "TEXT_ASSET_AUTOMATION",
            "FINAL_URL_EXPANSION_TEXT_ASSET_AUTOMATION",
            "GENERATE_VERTICAL_YOUTUBE_VIDEOS",
            "GENERATE_SHORTER_YOUTUBE_VIDEOS",
            "GENERATE_ENHANCED_YOUTUBE_VIDEOS",
            "GENERATE_IMAGE_ENHANCEMENT",
            "GENERATE_IMAGE_EXTRACTION",
            "GENERATE_DESIGN_VERSIONS_FOR_IMAGES",
            "GENERATE_LANDING_PAGE_PREVIEW",
            "GENERATE_LANDING_PAGE_TEXT",
            "GENERATE_VIDEOS_FROM_OTHER_ASSETS",
            "GENERATE_ANIMATED_IMAGES_FROM_OTHER_ASSETS",
            "AUTOMATED_VIDEO_CRAWL",
        ],
    ),
    Field::choice("assetAutomationStatus", &["OPTED_IN", "OPTED_OUT"]),
];

const FREQUENCY_CAP: &[Field] = &[
    Field::message(
        "key",
        &[
            Field::choice("level", &["AD_GROUP_AD", "AD_GROUP", "CAMPAIGN"]),
            Field::choice("eventType", &["IMPRESSION", "VIDEO_VIEW"]),
            Field::choice("timeUnit", &["DAY", "WEEK", "MONTH"]),
            Field::int32("timeLength"),
        ],
    ),
    Field::int32("cap"),
];

pub(in crate::google) const CAMPAIGN: &[Field] = &[
    RESOURCE_NAME,
    Field::int64("id").output(),
    Field::text("name").required(),
    Field::choice("status", enums::STATUS),
    Field::choice("advertisingChannelType", enums::CHANNEL).immutable().required(),
    Field::choice("advertisingChannelSubType", enums::CHANNEL_SUB_TYPE).immutable(),
    Field::name("campaignBudget", "campaignBudgets").required(),
    Field::choice("containsEuPoliticalAdvertising", enums::EU_POLITICAL).required(),
    Field::name("biddingStrategy", "biddingStrategies").one_of("campaign_bidding_strategy"),
    MEMBERS[0],
    MEMBERS[1],
    MEMBERS[2],
    MEMBERS[3],
    MEMBERS[4],
    MEMBERS[5],
    MEMBERS[6],
    MEMBERS[7],
    MEMBERS[8],
    MEMBERS[9],
    MEMBERS[10],
    MEMBERS[11],
    MEMBERS[12],
    MEMBERS[13],
    MEMBERS[14],
    MEMBERS[15],
    Field::message("networkSettings", NETWORK_SETTINGS),
    Field::message("geoTargetTypeSetting", GEO_TARGET_TYPE_SETTING),
    Field::date("startDateTime"),
    Field::date("endDateTime"),
    Field::text("trackingUrlTemplate"),
    Field::text("finalUrlSuffix"),
    Field::message("urlCustomParameters", CUSTOM_PARAMETER).repeated(),
    Field::choice(
        "adServingOptimizationStatus",
        &["OPTIMIZE", "CONVERSION_OPTIMIZE", "ROTATE", "ROTATE_INDEFINITELY", "UNAVAILABLE"],
    ),
    Field::message("frequencyCaps", FREQUENCY_CAP).repeated(),
    Field::message("targetingSetting", TARGETING_SETTING),
    Field::message("audienceSetting", &[Field::bool("useAudienceGrouped")]).immutable(),
    Field::choice("keywordMatchType", &["BROAD"]),
    Field::message("aiMaxSetting", &[Field::bool("enableAiMax")]),
    Field::message("assetAutomationSettings", ASSET_AUTOMATION).repeated(),
    Field::message("textGuidelines", &[Field::text("termExclusions").repeated()]),
    Field::bool("brandGuidelinesEnabled").immutable(),
    Field::message(
        "brandGuidelines",
        &[Field::text("mainColor"), Field::text("accentColor"), Field::text("predefinedFontFamily")],
    ),
    Field::choice("excludedParentAssetFieldTypes", enums::ASSET_FIELD_TYPE).repeated(),
    Field::text("campaignGroup"),
    Field::choice("paymentMode", &["CLICKS", "CONVERSION_VALUE", "CONVERSIONS", "GUEST_STAY"]),
    Field::message(
        "shoppingSetting",
        &[
            Field::int64("merchantId").immutable(),
            Field::text("feedLabel"),
            Field::int32("campaignPriority"),
            Field::bool("enableLocal"),
        ],
    ),
    Field::message(
        "dynamicSearchAdsSetting",
        &[
            Field::text("domainName").required(),
            Field::text("languageCode").required(),
            Field::bool("useSuppliedUrlsOnly"),
        ],
    ),
    Field::message("demandGenCampaignSettings", &[Field::bool("upgradedTargeting").immutable()]),
    Field::message(
        "optimizationGoalSetting",
        &[Field::choice(
            "optimizationGoalTypes",
            &["CALL_CLICKS", "DRIVING_DIRECTIONS", "APP_PRE_REGISTRATION"],
        )
        .repeated()],
    ),
    Field::bool("viewThroughConversionOptimizationEnabled"),
    Field::choice("primaryStatus", enums::PRIMARY_STATUS).output(),
    Field::text("primaryStatusReasons").repeated().output(),
    Field::choice("servingStatus", &["SERVING", "NONE", "ENDED", "PENDING", "SUSPENDED"]).output(),
    Field::choice("biddingStrategySystemStatus", &["ENABLED", "LEARNING_NEW", "LIMITED_BY_BUDGET"]).output(),
    Field::choice("biddingStrategyType", enums::BIDDING_TYPE).output(),
    Field::name("labels", "labels").repeated().output(),
    Field::choice("experimentType", &["BASE", "DRAFT", "EXPERIMENT"]).output(),
    Field::name("baseCampaign", "campaigns").output(),
    Field::double("optimizationScore").output(),
    Field::message("trackingSetting", &[Field::text("trackingUrl")]).output(),
    Field::bool("missingEuPoliticalAdvertisingDeclaration").output(),
    Field::name("accessibleBiddingStrategy", "accessibleBiddingStrategies").output(),
];
