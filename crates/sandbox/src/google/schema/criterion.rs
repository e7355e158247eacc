//! Criteria of campaigns and ad groups. Source: google-ads.md §3.8, §3.9.

use super::{CUSTOM_PARAMETER, Field, RESOURCE_NAME, enums};

/// The oneof of criterion values.
pub(in crate::google) const VALUE: &str = "criterion";

/// Criterion types that `type` takes.
pub(in crate::google) const TYPE: &[&str] = &[
    "KEYWORD",
    "PLACEMENT",
    "MOBILE_APP_CATEGORY",
    "MOBILE_APPLICATION",
    "DEVICE",
    "LOCATION",
    "LISTING_GROUP",
    "AD_SCHEDULE",
    "AGE_RANGE",
    "GENDER",
    "INCOME_RANGE",
    "PARENTAL_STATUS",
    "YOUTUBE_VIDEO",
    "YOUTUBE_CHANNEL",
    "USER_LIST",
    "PROXIMITY",
    "TOPIC",
    "LANGUAGE",
    "IP_BLOCK",
    "CONTENT_LABEL",
    "USER_INTEREST",
    "WEBPAGE",
    "CUSTOM_AUDIENCE",
    "COMBINED_AUDIENCE",
    "AUDIENCE",
    "BRAND_LIST",
];

/// `keyword{text, matchType}`, also in shared lists.
pub(in crate::google) const KEYWORD: &[Field] =
    &[Field::text("text"), Field::choice("matchType", enums::MATCH_TYPE)];

/// Values that both levels share; every one fixed at create.
const USER_LIST: Field = value("userList", &[Field::name("userList", "userLists")]);
const AGE_RANGE: Field = value("ageRange", &[Field::choice("type", AGE)]);
const GENDER: Field = value("gender", &[Field::choice("type", &["MALE", "FEMALE", "UNDETERMINED"])]);
const LOCATION: Field = value("location", &[Field::name("geoTargetConstant", "geoTargetConstants")]);
const LANGUAGE: Field = value("language", &[Field::name("languageConstant", "languageConstants")]);
const PLACEMENT: Field = value("placement", &[Field::text("url")]);
const YOUTUBE_CHANNEL: Field = value("youtubeChannel", &[Field::text("channelId")]);
const YOUTUBE_VIDEO: Field = value("youtubeVideo", &[Field::text("videoId")]);
const USER_INTEREST: Field = value("userInterest", &[Field::text("userInterestCategory")]);
const CUSTOM_AUDIENCE: Field = value("customAudience", &[Field::text("customAudience")]);
const COMBINED_AUDIENCE: Field = value("combinedAudience", &[Field::text("combinedAudience")]);
const TOPIC: Field = value("topic", &[Field::text("topicConstant"), Field::text("path").repeated()]);
const INCOME_RANGE: Field = value(
    "incomeRange",
    &[Field::choice(
        "type",
        &[
            "INCOME_RANGE_0_50",
            "INCOME_RANGE_50_60",
            "INCOME_RANGE_60_70",
            "INCOME_RANGE_70_80",
            "INCOME_RANGE_80_90",
            "INCOME_RANGE_90_UP",
            "INCOME_RANGE_UNDETERMINED",
        ],
    )],
);
const PARENTAL_STATUS: Field =
    value("parentalStatus", &[Field::choice("type", &["PARENT", "NOT_A_PARENT", "UNDETERMINED"])]);

/// Age buckets.
pub(in crate::google) const AGE: &[&str] = &[
    "AGE_RANGE_18_24",
    "AGE_RANGE_25_34",
    "AGE_RANGE_35_44",
    "AGE_RANGE_45_54",
    "AGE_RANGE_55_64",
    "AGE_RANGE_65_UP",
    "AGE_RANGE_UNDETERMINED",
];

const fn value(name: &'static str, fields: &'static [Field]) -> Field {
    Field::message(name, fields).immutable().one_of(VALUE)
}

const AD_SCHEDULE: &[Field] = &[
    Field::choice("dayOfWeek", enums::DAY_OF_WEEK),
    Field::int32("startHour"),
    Field::choice("startMinute", enums::MINUTE),
    Field::int32("endHour"),
    Field::choice("endMinute", enums::MINUTE),
];

const PROXIMITY: &[Field] = &[
    Field::message(
        "geoPoint",
        &[Field::int32("latitudeInMicroDegrees"), Field::int32("longitudeInMicroDegrees")],
    ),
    Field::message(
        "address",
        &[
            Field::text("postalCode"),
            Field::text("provinceCode"),
            Field::text("countryCode"),
            Field::text("provinceName"),
            Field::text("streetAddress"),
            Field::text("streetAddress2"),
            Field::text("cityName"),
        ],
    ),
    Field::double("radius"),
    Field::choice("radiusUnits", &["MILES", "KILOMETERS"]),
];

pub(in crate::google) const AD_GROUP_CRITERION: &[Field] = &[
    RESOURCE_NAME,
    Field::int64("criterionId").output(),
    Field::name("adGroup", "adGroups").immutable().required(),
    Field::choice("status", enums::STATUS),
    Field::bool("negative").immutable(),
    Field::double("bidModifier"),
    Field::int64("cpcBidMicros"),
    Field::int64("cpmBidMicros"),
    Field::int64("cpvBidMicros"),
    Field::int64("percentCpcBidMicros"),
    Field::text("finalUrls").repeated(),
    Field::text("finalMobileUrls").repeated(),
    Field::text("finalUrlSuffix"),
    Field::text("trackingUrlTemplate"),
    Field::message("urlCustomParameters", CUSTOM_PARAMETER).repeated(),
    value("keyword", KEYWORD),
    USER_LIST,
    AGE_RANGE,
    GENDER,
    LOCATION,
    LANGUAGE,
    PLACEMENT,
    YOUTUBE_CHANNEL,
    YOUTUBE_VIDEO,
    USER_INTEREST,
    CUSTOM_AUDIENCE,
    COMBINED_AUDIENCE,
    value("audience", &[Field::text("audience")]),
    TOPIC,
    INCOME_RANGE,
    PARENTAL_STATUS,
    Field::choice("type", TYPE).output(),
    Field::text("displayName").output(),
    Field::message(
        "qualityInfo",
        &[
            Field::int32("qualityScore"),
            Field::choice("creativeQualityScore", &["BELOW_AVERAGE", "AVERAGE", "ABOVE_AVERAGE"]),
        ],
    )
    .output(),
    Field::choice("approvalStatus", &["APPROVED", "DISAPPROVED", "PENDING_REVIEW", "UNDER_REVIEW"]).output(),
    Field::text("disapprovalReasons").repeated().output(),
    Field::choice("systemServingStatus", &["ELIGIBLE", "RARELY_SERVED"]).output(),
    Field::name("labels", "labels").repeated().output(),
    Field::int64("effectiveCpcBidMicros").output(),
    Field::choice("primaryStatus", enums::PRIMARY_STATUS).output(),
    Field::text("primaryStatusReasons").repeated().output(),
    Field::bool("requireEuPoliticalAdvertisingDeclaration").output(),
];

pub(in crate::google) const CAMPAIGN_CRITERION: &[Field] = &[
    RESOURCE_NAME,
    Field::int64("criterionId").output(),
    Field::name("campaign", "campaigns").immutable().required(),
    Field::choice("status", enums::STATUS),
    Field::bool("negative").immutable(),
    Field::double("bidModifier"),
    value("keyword", KEYWORD),
    USER_LIST,
    AGE_RANGE,
    GENDER,
    LOCATION,
    LANGUAGE,
    PLACEMENT,
    YOUTUBE_CHANNEL,
    YOUTUBE_VIDEO,
    USER_INTEREST,
    CUSTOM_AUDIENCE,
    COMBINED_AUDIENCE,
    TOPIC,
    INCOME_RANGE,
    PARENTAL_STATUS,
    value("device", &[Field::choice("type", &["MOBILE", "TABLET", "DESKTOP", "CONNECTED_TV", "OTHER"])]),
    value("adSchedule", AD_SCHEDULE),
    value("proximity", PROXIMITY),
    value("ipBlock", &[Field::text("ipAddress")]),
    value("contentLabel", &[Field::text("type")]),
    value("brandList", &[Field::name("sharedSet", "sharedSets")]),
    Field::choice("type", TYPE).output(),
    Field::text("displayName").output(),
    Field::bool("requireEuPoliticalAdvertisingDeclaration").output(),
];
