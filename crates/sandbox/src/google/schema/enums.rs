//! Enum values used in more than one place. Source: google-ads.md §3.

/// Status of most entities.
pub(in crate::google) const STATUS: &[&str] = &["ENABLED", "PAUSED", "REMOVED"];
/// Status of budgets, shared sets and their members, labels, portfolios.
pub(in crate::google) const STORED_STATUS: &[&str] = &["ENABLED", "REMOVED"];

pub(in crate::google) const CHANNEL: &[&str] = &[
    "SEARCH",
    "DISPLAY",
    "SHOPPING",
    "HOTEL",
    "VIDEO",
    "MULTI_CHANNEL",
    "LOCAL",
    "SMART",
    "PERFORMANCE_MAX",
    "LOCAL_SERVICES",
    "TRAVEL",
    "DEMAND_GEN",
];

pub(in crate::google) const CHANNEL_SUB_TYPE: &[&str] = &[
    "SEARCH_MOBILE_APP",
    "DISPLAY_MOBILE_APP",
    "SEARCH_EXPRESS",
    "DISPLAY_EXPRESS",
    "SHOPPING_SMART_ADS",
    "DISPLAY_GMAIL_AD",
    "DISPLAY_SMART_CAMPAIGN",
    "VIDEO_ACTION",
    "VIDEO_NON_SKIPPABLE",
    "APP_CAMPAIGN",
    "APP_CAMPAIGN_FOR_ENGAGEMENT",
    "LOCAL_CAMPAIGN",
    "SMART_CAMPAIGN",
    "VIDEO_SEQUENCE",
    "APP_CAMPAIGN_FOR_PRE_REGISTRATION",
    "VIDEO_REACH_TARGET_FREQUENCY",
    "TRAVEL_ACTIVITIES",
    "YOUTUBE_AUDIO",
];

pub(in crate::google) const BIDDING_TYPE: &[&str] = &[
    "COMMISSION",
    "ENHANCED_CPC",
    "FIXED_CPM",
    "INVALID",
    "MANUAL_CPA",
    "MANUAL_CPC",
    "MANUAL_CPM",
    "MANUAL_CPV",
    "MAXIMIZE_CONVERSIONS",
    "MAXIMIZE_CONVERSION_VALUE",
    "PERCENT_CPC",
    "TARGET_CPA",
    "TARGET_CPC",
    "TARGET_CPM",
    "TARGET_CPV",
    "TARGET_IMPRESSION_SHARE",
    "TARGET_ROAS",
    "TARGET_SPEND",
];

pub(in crate::google) const PRIMARY_STATUS: &[&str] = &[
    "ELIGIBLE",
    "PAUSED",
    "REMOVED",
    "ENDED",
    "PENDING",
    "MISCONFIGURED",
    "LIMITED",
    "LEARNING",
    "NOT_ELIGIBLE",
];

pub(in crate::google) const TARGETING_DIMENSION: &[&str] =
    &["KEYWORD", "AUDIENCE", "TOPIC", "GENDER", "AGE_RANGE", "PLACEMENT", "PARENTAL_STATUS", "INCOME_RANGE"];

pub(in crate::google) const EU_POLITICAL: &[&str] =
    &["CONTAINS_EU_POLITICAL_ADVERTISING", "DOES_NOT_CONTAIN_EU_POLITICAL_ADVERTISING"];

pub(in crate::google) const MATCH_TYPE: &[&str] = &["EXACT", "PHRASE", "BROAD"];

pub(in crate::google) const APPROVAL_STATUS: &[&str] =
    &["DISAPPROVED", "APPROVED_LIMITED", "APPROVED", "AREA_OF_INTEREST_ONLY"];

pub(in crate::google) const REVIEW_STATUS: &[&str] =
    &["REVIEW_IN_PROGRESS", "REVIEWED", "UNDER_APPEAL", "ELIGIBLE_MAY_SERVE"];

pub(in crate::google) const CALL_TO_ACTION: &[&str] = &[
    "LEARN_MORE",
    "GET_QUOTE",
    "APPLY_NOW",
    "SIGN_UP",
    "CONTACT_US",
    "SUBSCRIBE",
    "DOWNLOAD",
    "BOOK_NOW",
    "SHOP_NOW",
    "BUY_NOW",
    "DONATE_NOW",
    "ORDER_NOW",
    "PLAY_NOW",
    "SEE_MORE",
    "START_NOW",
    "VISIT_SITE",
    "WATCH_NOW",
];

pub(in crate::google) const ASSET_FIELD_TYPE: &[&str] = &[
    "HEADLINE",
    "DESCRIPTION",
    "MANDATORY_AD_TEXT",
    "MARKETING_IMAGE",
    "MEDIA_BUNDLE",
    "YOUTUBE_VIDEO",
    "BOOK_ON_GOOGLE",
    "LEAD_FORM",
    "PROMOTION",
    "CALLOUT",
    "STRUCTURED_SNIPPET",
    "SITELINK",
    "MOBILE_APP",
    "HOTEL_CALLOUT",
    "CALL",
    "PRICE",
    "LONG_HEADLINE",
    "BUSINESS_NAME",
    "SQUARE_MARKETING_IMAGE",
    "PORTRAIT_MARKETING_IMAGE",
    "TALL_PORTRAIT_MARKETING_IMAGE",
    "LOGO",
    "LANDSCAPE_LOGO",
    "VIDEO",
    "CALL_TO_ACTION_SELECTION",
    "AD_IMAGE",
    "BUSINESS_LOGO",
    "HOTEL_PROPERTY",
    "DEMAND_GEN_CAROUSEL_CARD",
];

pub(in crate::google) const DAY_OF_WEEK: &[&str] =
    &["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"];

pub(in crate::google) const MINUTE: &[&str] = &["ZERO", "FIFTEEN", "THIRTY", "FORTY_FIVE"];
