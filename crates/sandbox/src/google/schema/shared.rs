//! Labels, shared sets and their links. Source: google-ads.md §3.10, §3.11.

use super::criterion::KEYWORD;
use super::{Field, RESOURCE_NAME, enums};

pub(in crate::google) const LABEL: &[Field] = &[
    RESOURCE_NAME,
    Field::int64("id").output(),
    Field::text("name").required(),
    Field::choice("status", enums::STORED_STATUS).output(),
    Field::message("textLabel", &[Field::text("backgroundColor"), Field::text("description")]),
];

pub(in crate::google) const CAMPAIGN_LABEL: &[Field] =
    &[RESOURCE_NAME, Field::name("campaign", "campaigns").immutable().required(), LABEL_REFERENCE];

pub(in crate::google) const AD_GROUP_LABEL: &[Field] =
    &[RESOURCE_NAME, Field::name("adGroup", "adGroups").immutable().required(), LABEL_REFERENCE];

pub(in crate::google) const AD_GROUP_AD_LABEL: &[Field] =
    &[RESOURCE_NAME, Field::name("adGroupAd", "adGroupAds").immutable().required(), LABEL_REFERENCE];

pub(in crate::google) const AD_GROUP_CRITERION_LABEL: &[Field] = &[
    RESOURCE_NAME,
    Field::name("adGroupCriterion", "adGroupCriteria").immutable().required(),
    LABEL_REFERENCE,
];

const LABEL_REFERENCE: Field = Field::name("label", "labels").immutable().required();

/// What a shared set may hold.
const SET_TYPE: &[&str] = &[
    "NEGATIVE_KEYWORDS",
    "NEGATIVE_PLACEMENTS",
    "ACCOUNT_LEVEL_NEGATIVE_KEYWORDS",
    "BRANDS",
    "WEBPAGES",
    "NEGATIVE_PLACEMENT_LISTS",
];

pub(in crate::google) const SHARED_SET: &[Field] = &[
    RESOURCE_NAME,
    Field::int64("id").output(),
    Field::choice("type", SET_TYPE).immutable().required(),
    Field::text("name").required(),
    Field::choice("status", enums::STORED_STATUS).output(),
    Field::int64("memberCount").output(),
    Field::int64("referenceCount").output(),
];

pub(in crate::google) const SHARED_CRITERION: &[Field] = &[
    RESOURCE_NAME,
    Field::name("sharedSet", "sharedSets").immutable().required(),
    Field::message("keyword", KEYWORD).immutable().one_of("criterion"),
    Field::message("placement", &[Field::text("url")]).immutable().one_of("criterion"),
    Field::message("youtubeChannel", &[Field::text("channelId")]).immutable().one_of("criterion"),
    Field::message("youtubeVideo", &[Field::text("videoId")]).immutable().one_of("criterion"),
    Field::int64("criterionId").output(),
    Field::choice("type", super::criterion::TYPE).output(),
];

pub(in crate::google) const CAMPAIGN_SHARED_SET: &[Field] = &[
    RESOURCE_NAME,
    Field::name("campaign", "campaigns").immutable().required(),
    Field::name("sharedSet", "sharedSets").immutable().required(),
    Field::choice("status", enums::STORED_STATUS).output(),
];
