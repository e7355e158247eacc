//! Resources that are only read, metrics and segments. Source: google-ads.md §1, §3.13, §3.15, §4.

use super::{Field, RESOURCE_NAME, enums};

pub(in crate::google) const CUSTOMER: &[Field] = &[
    RESOURCE_NAME,
    Field::int64("id").output(),
    Field::text("descriptiveName"),
    Field::text("currencyCode").immutable(),
    Field::text("timeZone").immutable(),
    Field::text("trackingUrlTemplate"),
    Field::text("finalUrlSuffix"),
    Field::bool("autoTaggingEnabled"),
    Field::bool("manager").output(),
    Field::bool("testAccount").output(),
    Field::choice("status", &["ENABLED", "CANCELED", "SUSPENDED", "CLOSED"]).output(),
    Field::double("optimizationScore").output(),
    Field::choice("containsEuPoliticalAdvertising", enums::EU_POLITICAL).output(),
    Field::message(
        "conversionTrackingSetting",
        &[
            Field::int64("conversionTrackingId").output(),
            Field::choice(
                "conversionTrackingStatus",
                &["NOT_CONVERSION_TRACKED", "CONVERSION_TRACKING_MANAGED_BY_SELF"],
            )
            .output(),
        ],
    ),
];

pub(in crate::google) const CUSTOMER_CLIENT: &[Field] = &[
    RESOURCE_NAME,
    Field::name("clientCustomer", "customers").output(),
    Field::int64("id").output(),
    Field::int64("level").output(),
    Field::bool("manager").output(),
    Field::bool("hidden").output(),
    Field::bool("testAccount").output(),
    Field::text("descriptiveName").output(),
    Field::text("currencyCode").output(),
    Field::text("timeZone").output(),
    Field::choice("status", &["ENABLED", "CANCELED", "SUSPENDED", "CLOSED"]).output(),
];

pub(in crate::google) const GEO_TARGET_CONSTANT: &[Field] = &[
    RESOURCE_NAME,
    Field::int64("id").output(),
    Field::text("name").output(),
    Field::text("countryCode").output(),
    Field::text("targetType").output(),
    Field::text("canonicalName").output(),
    Field::name("parentGeoTarget", "geoTargetConstants").output(),
    Field::choice("status", &["ENABLED", "REMOVAL_PLANNED"]).output(),
    Field::bool("requireEuPoliticalAdvertisingDeclaration").output(),
];

pub(in crate::google) const LANGUAGE_CONSTANT: &[Field] = &[
    RESOURCE_NAME,
    Field::int64("id").output(),
    Field::text("code").output(),
    Field::text("name").output(),
    Field::bool("targetable").output(),
];

pub(in crate::google) const CURRENCY_CONSTANT: &[Field] = &[
    RESOURCE_NAME,
    Field::text("code").output(),
    Field::text("name").output(),
    Field::text("symbol").output(),
    Field::int64("billableUnitMicros").output(),
];

/// Where an API change came from.
const CLIENT_TYPE: &[&str] = &[
    "GOOGLE_ADS_WEB_CLIENT",
    "GOOGLE_ADS_AUTOMATED_RULE",
    "GOOGLE_ADS_SCRIPTS",
    "GOOGLE_ADS_BULK_UPLOAD",
    "GOOGLE_ADS_API",
    "GOOGLE_ADS_EDITOR",
    "GOOGLE_ADS_MOBILE_APP",
    "GOOGLE_ADS_RECOMMENDATIONS",
    "GOOGLE_ADS_RECOMMENDATIONS_SUBSCRIPTION",
    "SEARCH_ADS_360_SYNC",
    "SEARCH_ADS_360_POST",
    "INTERNAL_TOOL",
    "OTHER",
];

/// Resource types that change events cover (not labels, shared sets, asset groups: §3.13).
pub(in crate::google) const CHANGE_RESOURCE_TYPE: &[&str] = &[
    "AD",
    "AD_GROUP",
    "AD_GROUP_AD",
    "AD_GROUP_CRITERION",
    "AD_GROUP_BID_MODIFIER",
    "CAMPAIGN",
    "CAMPAIGN_BUDGET",
    "CAMPAIGN_CRITERION",
    "ASSET",
    "CUSTOMER_ASSET",
    "CAMPAIGN_ASSET",
    "AD_GROUP_ASSET",
    "ASSET_SET",
    "ASSET_SET_ASSET",
    "CAMPAIGN_ASSET_SET",
];

pub(in crate::google) const CHANGE_EVENT: &[Field] = &[
    RESOURCE_NAME,
    Field::date("changeDateTime").output(),
    Field::text("userEmail").output(),
    Field::choice("clientType", CLIENT_TYPE).output(),
    Field::choice("changeResourceType", CHANGE_RESOURCE_TYPE).output(),
    Field::text("changeResourceName").output(),
    Field::choice("resourceChangeOperation", &["CREATE", "UPDATE", "REMOVE"]).output(),
    Field::text("changedFields").output(),
    Field::any("oldResource").output(),
    Field::any("newResource").output(),
    Field::name("campaign", "campaigns").output(),
    Field::name("adGroup", "adGroups").output(),
    Field::name("asset", "assets").output(),
];

/// Resource types that change status covers.
pub(in crate::google) const STATUS_RESOURCE_TYPE: &[&str] = &[
    "AD_GROUP",
    "AD_GROUP_AD",
    "AD_GROUP_CRITERION",
    "CAMPAIGN",
    "CAMPAIGN_CRITERION",
    "CAMPAIGN_BUDGET",
    "ASSET",
    "CUSTOMER_ASSET",
    "CAMPAIGN_ASSET",
    "AD_GROUP_ASSET",
    "SHARED_SET",
    "CAMPAIGN_SHARED_SET",
    "ASSET_GROUP",
];

pub(in crate::google) const CHANGE_STATUS: &[Field] = &[
    RESOURCE_NAME,
    Field::date("lastChangeDateTime").output(),
    Field::choice("resourceType", STATUS_RESOURCE_TYPE).output(),
    Field::choice("resourceStatus", &["ADDED", "CHANGED", "REMOVED"]).output(),
    Field::name("campaign", "campaigns").output(),
    Field::name("adGroup", "adGroups").output(),
    Field::name("adGroupAd", "adGroupAds").output(),
    Field::name("adGroupCriterion", "adGroupCriteria").output(),
    Field::name("campaignCriterion", "campaignCriteria").output(),
    Field::name("campaignBudget", "campaignBudgets").output(),
    Field::name("asset", "assets").output(),
    Field::name("sharedSet", "sharedSets").output(),
    Field::name("campaignSharedSet", "campaignSharedSets").output(),
    Field::name("assetGroup", "assetGroups").output(),
    Field::name("campaignAsset", "campaignAssets").output(),
    Field::name("adGroupAsset", "adGroupAssets").output(),
    Field::name("customerAsset", "customerAssets").output(),
];

pub(in crate::google) const METRICS: &[Field] = &[
    Field::int64("impressions").output(),
    Field::int64("clicks").output(),
    Field::int64("costMicros").output(),
    Field::int64("interactions").output(),
    Field::int64("videoTrueviewViews").output(),
    Field::double("ctr").output(),
    Field::double("interactionRate").output(),
    Field::double("averageCpc").output(),
    Field::double("averageCpm").output(),
    Field::double("averageCost").output(),
    Field::double("costPerConversion").output(),
    Field::double("conversions").output(),
    Field::double("conversionsValue").output(),
    Field::double("allConversions").output(),
    Field::double("allConversionsValue").output(),
    Field::double("valuePerConversion").output(),
    Field::double("conversionsFromInteractionsRate").output(),
    Field::double("conversionsByConversionDate").output(),
    Field::double("conversionsValueByConversionDate").output(),
];

pub(in crate::google) const SEGMENTS: &[Field] = &[
    Field::date("date").output(),
    Field::date("week").output(),
    Field::date("month").output(),
    Field::date("quarter").output(),
    Field::int32("year").output(),
    Field::int32("hour").output(),
    Field::choice("dayOfWeek", enums::DAY_OF_WEEK).output(),
];
