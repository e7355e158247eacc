//! Ad groups. Source: google-ads.md §3.4.

use super::{CUSTOM_PARAMETER, Field, RESOURCE_NAME, TARGETING_SETTING, enums};

const CHANNELS: &[Field] = &[
    Field::bool("youtubeInStream"),
    Field::bool("youtubeInFeed"),
    Field::bool("youtubeShorts"),
    Field::bool("discover"),
    Field::bool("gmail"),
    Field::bool("display"),
    Field::bool("maps"),
];

const CHANNEL_CONTROLS: &[Field] = &[
    Field::choice("channelConfig", &["CHANNEL_STRATEGY", "SELECTED_CHANNELS"]).output(),
    Field::choice("channelStrategy", &["ALL_CHANNELS", "ALL_OWNED_AND_OPERATED_CHANNELS"])
        .one_of("channel_control"),
    Field::message("selectedChannels", CHANNELS).one_of("channel_control"),
];

/// Types that `type` takes.
pub(in crate::google) const TYPE: &[&str] = &[
    "SEARCH_STANDARD",
    "DISPLAY_STANDARD",
    "SHOPPING_PRODUCT_ADS",
    "HOTEL_ADS",
    "SHOPPING_SMART_ADS",
    "VIDEO_BUMPER",
    "VIDEO_TRUE_VIEW_IN_STREAM",
    "VIDEO_TRUE_VIEW_IN_DISPLAY",
    "VIDEO_NON_SKIPPABLE_IN_STREAM",
    "SEARCH_DYNAMIC_ADS",
    "SHOPPING_COMPARISON_LISTING_ADS",
    "PROMOTED_HOTEL_ADS",
    "VIDEO_RESPONSIVE",
    "VIDEO_EFFICIENT_REACH",
    "SMART_CAMPAIGN_ADS",
    "TRAVEL_ADS",
    "YOUTUBE_AUDIO",
];

pub(in crate::google) const AD_GROUP: &[Field] = &[
    RESOURCE_NAME,
    Field::int64("id").output(),
    Field::text("name").required(),
    Field::choice("status", enums::STATUS),
    Field::choice("type", TYPE).immutable(),
    Field::choice("adRotationMode", &["OPTIMIZE", "ROTATE_FOREVER"]),
    Field::name("campaign", "campaigns").immutable().required(),
    Field::int64("cpcBidMicros"),
    Field::int64("cpmBidMicros"),
    Field::int64("cpvBidMicros"),
    Field::int64("targetCpaMicros"),
    Field::double("targetRoas"),
    Field::int64("targetCpmMicros"),
    Field::int64("targetCpcMicros"),
    Field::int64("percentCpcBidMicros"),
    Field::int64("fixedCpmMicros"),
    Field::bool("optimizedTargetingEnabled"),
    Field::message("targetingSetting", TARGETING_SETTING),
    Field::text("trackingUrlTemplate"),
    Field::text("finalUrlSuffix"),
    Field::message("urlCustomParameters", CUSTOM_PARAMETER).repeated(),
    Field::message("audienceSetting", &[Field::bool("useAudienceGrouped").immutable()]).immutable(),
    Field::message("demandGenAdGroupSettings", &[Field::message("channelControls", CHANNEL_CONTROLS)]),
    Field::message("aiMaxAdGroupSetting", &[Field::bool("disableSearchTermMatching")]),
    Field::choice("excludedParentAssetFieldTypes", enums::ASSET_FIELD_TYPE).repeated(),
    Field::name("labels", "labels").repeated().output(),
    Field::name("baseAdGroup", "adGroups").output(),
    Field::choice("primaryStatus", enums::PRIMARY_STATUS).output(),
    Field::text("primaryStatusReasons").repeated().output(),
    Field::int64("effectiveTargetCpaMicros").output(),
    Field::double("effectiveTargetRoas").output(),
    Field::int64("effectiveCpcBidMicros").output(),
];
