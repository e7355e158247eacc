//! The resources of the API: where they live, what may be done to them, what belongs to them.
//!
//! Source: google-ads.md §2.3 (operation keys), §2.4 (collections, verbs, flags, names).

use super::schema::{
    Field, ad, ad_group, asset, asset_group, bidding, budget, campaign, conversion, criterion, report, shared,
};

/// How the last part of a resource name is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Identity {
    /// A number of its own.
    Number,
    /// Parent, then the id of the ad inside.
    Ad,
    /// Parent (a reference field, none for the account itself), then the criterion's id.
    Criterion(Option<&'static str>),
    /// The ids of these reference fields, and the value of `fieldType` where `typed`.
    Link { parts: &'static [&'static str], typed: bool },
    /// Not stored: made while reading.
    Virtual,
}

/// One kind of resource.
#[derive(Debug)]
pub(super) struct Resource {
    /// Its collection in paths and resource names.
    pub(super) collection: &'static str,
    /// Its member in rows and results; `Operation` and `Result` are appended for mutates.
    pub(super) key: &'static str,
    /// Its name in queries.
    pub(super) gaql: &'static str,
    pub(super) fields: &'static [Field],
    pub(super) identity: Identity,
    /// Which of `create`, `update`, `remove` exist, as letters `CUR`.
    pub(super) verbs: &'static str,
    /// Which request flags exist on its own endpoint: `p`artialFailure, `v`alidateOnly, `c`ontent type.
    pub(super) flags: &'static str,
    /// Operation members besides the verbs and `updateMask`.
    pub(super) extras: &'static [&'static str],
    /// Other resources whose fields may be selected with it, in the order they are found:
    /// name, the resource that holds the reference, the reference field (empty: the account).
    pub(super) attributed: &'static [(&'static str, &'static str, &'static str)],
}

impl Resource {
    pub(super) fn allows(&self, verb: &str) -> bool {
        let letter = match verb {
            "create" => 'C',
            "update" => 'U',
            _ => 'R',
        };
        self.verbs.contains(letter)
    }

    /// Whether objects carry a `status` that ends in REMOVED; the others vanish when removed.
    pub(super) fn keeps_removed(&self) -> bool {
        self.fields.iter().any(|field| field.name == "status")
    }
}

const ACCOUNT: (&str, &str, &str) = ("customer", "", "");
const CAMPAIGN_CHAIN: &[(&str, &str, &str)] = &[
    ("campaign_budget", "campaign", "campaignBudget"),
    ("bidding_strategy", "campaign", "biddingStrategy"),
    ACCOUNT,
];
const AD_GROUP_CHAIN: &[(&str, &str, &str)] = &[
    ("campaign", "ad_group", "campaign"),
    ("campaign_budget", "campaign", "campaignBudget"),
    ("bidding_strategy", "campaign", "biddingStrategy"),
    ACCOUNT,
];

const fn stored(
    collection: &'static str,
    key: &'static str,
    gaql: &'static str,
    fields: &'static [Field],
    identity: Identity,
) -> Resource {
    Resource {
        collection,
        key,
        gaql,
        fields,
        identity,
        verbs: "CUR",
        flags: "pvc",
        extras: &[],
        attributed: &[ACCOUNT],
    }
}

const fn virtual_resource(key: &'static str, gaql: &'static str, fields: &'static [Field]) -> Resource {
    Resource { verbs: "", flags: "", ..stored("", key, gaql, fields, Identity::Virtual) }
}

const fn link(parts: &'static [&'static str], typed: bool) -> Identity {
    Identity::Link { parts, typed }
}

/// Every resource the emulator knows.
pub(super) static RESOURCES: &[Resource] = &[
    stored("campaignBudgets", "campaignBudget", "campaign_budget", budget::CAMPAIGN_BUDGET, Identity::Number),
    Resource {
        attributed: CAMPAIGN_CHAIN,
        ..stored("campaigns", "campaign", "campaign", campaign::CAMPAIGN, Identity::Number)
    },
    Resource {
        attributed: AD_GROUP_CHAIN,
        ..stored("adGroups", "adGroup", "ad_group", ad_group::AD_GROUP, Identity::Number)
    },
    Resource {
        extras: &["policyValidationParameter"],
        attributed: &[
            ("ad_group", "ad_group_ad", "adGroup"),
            AD_GROUP_CHAIN[0],
            AD_GROUP_CHAIN[1],
            AD_GROUP_CHAIN[2],
            ACCOUNT,
        ],
        ..stored("adGroupAds", "adGroupAd", "ad_group_ad", ad::AD_GROUP_AD, Identity::Ad)
    },
    Resource {
        verbs: "U",
        extras: &["policyValidationParameter"],
        ..stored("ads", "ad", "ad", ad::AD, Identity::Number)
    },
    Resource {
        extras: &["exemptPolicyViolationKeys"],
        attributed: &[
            ("ad_group", "ad_group_criterion", "adGroup"),
            AD_GROUP_CHAIN[0],
            AD_GROUP_CHAIN[1],
            AD_GROUP_CHAIN[2],
            ACCOUNT,
        ],
        ..stored(
            "adGroupCriteria",
            "adGroupCriterion",
            "ad_group_criterion",
            criterion::AD_GROUP_CRITERION,
            Identity::Criterion(Some("adGroup")),
        )
    },
    Resource {
        attributed: &[
            ("campaign", "campaign_criterion", "campaign"),
            CAMPAIGN_CHAIN[0],
            CAMPAIGN_CHAIN[1],
            ACCOUNT,
        ],
        ..stored(
            "campaignCriteria",
            "campaignCriterion",
            "campaign_criterion",
            criterion::CAMPAIGN_CRITERION,
            Identity::Criterion(Some("campaign")),
        )
    },
    Resource { verbs: "CU", ..stored("assets", "asset", "asset", asset::ASSET, Identity::Number) },
    Resource {
        attributed: &[
            ("campaign", "campaign_asset", "campaign"),
            ("asset", "campaign_asset", "asset"),
            ACCOUNT,
        ],
        ..stored(
            "campaignAssets",
            "campaignAsset",
            "campaign_asset",
            asset::CAMPAIGN_ASSET,
            link(&["campaign", "asset"], true),
        )
    },
    Resource {
        attributed: &[
            ("ad_group", "ad_group_asset", "adGroup"),
            ("campaign", "ad_group", "campaign"),
            ("asset", "ad_group_asset", "asset"),
            ACCOUNT,
        ],
        ..stored(
            "adGroupAssets",
            "adGroupAsset",
            "ad_group_asset",
            asset::AD_GROUP_ASSET,
            link(&["adGroup", "asset"], true),
        )
    },
    Resource {
        attributed: &[("asset", "customer_asset", "asset"), ACCOUNT],
        ..stored(
            "customerAssets",
            "customerAsset",
            "customer_asset",
            asset::CUSTOMER_ASSET,
            link(&["asset"], true),
        )
    },
    Resource {
        flags: "v",
        attributed: &[("campaign", "asset_group", "campaign"), CAMPAIGN_CHAIN[0], ACCOUNT],
        ..stored("assetGroups", "assetGroup", "asset_group", asset_group::ASSET_GROUP, Identity::Number)
    },
    Resource {
        flags: "pv",
        attributed: &[
            ("asset_group", "asset_group_asset", "assetGroup"),
            ("campaign", "asset_group", "campaign"),
            ("asset", "asset_group_asset", "asset"),
            ACCOUNT,
        ],
        ..stored(
            "assetGroupAssets",
            "assetGroupAsset",
            "asset_group_asset",
            asset_group::ASSET_GROUP_ASSET,
            link(&["assetGroup", "asset"], true),
        )
    },
    Resource {
        verbs: "CR",
        extras: &["exemptPolicyViolationKeys"],
        attributed: &[
            ("asset_group", "asset_group_signal", "assetGroup"),
            ("campaign", "asset_group", "campaign"),
            ACCOUNT,
        ],
        ..stored(
            "assetGroupSignals",
            "assetGroupSignal",
            "asset_group_signal",
            asset_group::ASSET_GROUP_SIGNAL,
            Identity::Criterion(Some("assetGroup")),
        )
    },
    stored("labels", "label", "label", shared::LABEL, Identity::Number),
    Resource {
        verbs: "CR",
        flags: "pv",
        attributed: &[
            ("campaign", "campaign_label", "campaign"),
            ("label", "campaign_label", "label"),
            ACCOUNT,
        ],
        ..stored(
            "campaignLabels",
            "campaignLabel",
            "campaign_label",
            shared::CAMPAIGN_LABEL,
            link(&["campaign", "label"], false),
        )
    },
    Resource {
        verbs: "CR",
        flags: "pv",
        attributed: &[
            ("ad_group", "ad_group_label", "adGroup"),
            ("label", "ad_group_label", "label"),
            ACCOUNT,
        ],
        ..stored(
            "adGroupLabels",
            "adGroupLabel",
            "ad_group_label",
            shared::AD_GROUP_LABEL,
            link(&["adGroup", "label"], false),
        )
    },
    Resource {
        verbs: "CR",
        flags: "pv",
        attributed: &[
            ("ad_group_ad", "ad_group_ad_label", "adGroupAd"),
            ("label", "ad_group_ad_label", "label"),
            ACCOUNT,
        ],
        ..stored(
            "adGroupAdLabels",
            "adGroupAdLabel",
            "ad_group_ad_label",
            shared::AD_GROUP_AD_LABEL,
            link(&["adGroupAd", "label"], false),
        )
    },
    Resource {
        verbs: "CR",
        flags: "pv",
        attributed: &[
            ("ad_group_criterion", "ad_group_criterion_label", "adGroupCriterion"),
            ("label", "ad_group_criterion_label", "label"),
            ACCOUNT,
        ],
        ..stored(
            "adGroupCriterionLabels",
            "adGroupCriterionLabel",
            "ad_group_criterion_label",
            shared::AD_GROUP_CRITERION_LABEL,
            link(&["adGroupCriterion", "label"], false),
        )
    },
    stored("sharedSets", "sharedSet", "shared_set", shared::SHARED_SET, Identity::Number),
    Resource {
        verbs: "CR",
        attributed: &[("shared_set", "shared_criterion", "sharedSet"), ACCOUNT],
        ..stored(
            "sharedCriteria",
            "sharedCriterion",
            "shared_criterion",
            shared::SHARED_CRITERION,
            Identity::Criterion(Some("sharedSet")),
        )
    },
    Resource {
        verbs: "CR",
        attributed: &[
            ("campaign", "campaign_shared_set", "campaign"),
            ("shared_set", "campaign_shared_set", "sharedSet"),
            ACCOUNT,
        ],
        ..stored(
            "campaignSharedSets",
            "campaignSharedSet",
            "campaign_shared_set",
            shared::CAMPAIGN_SHARED_SET,
            link(&["campaign", "sharedSet"], false),
        )
    },
    stored(
        "biddingStrategies",
        "biddingStrategy",
        "bidding_strategy",
        bidding::BIDDING_STRATEGY,
        Identity::Number,
    ),
    stored(
        "conversionActions",
        "conversionAction",
        "conversion_action",
        conversion::CONVERSION_ACTION,
        Identity::Number,
    ),
    Resource { attributed: &[], ..virtual_resource("customer", "customer", report::CUSTOMER) },
    virtual_resource("customerClient", "customer_client", report::CUSTOMER_CLIENT),
    Resource {
        attributed: &[],
        ..virtual_resource("geoTargetConstant", "geo_target_constant", report::GEO_TARGET_CONSTANT)
    },
    Resource {
        attributed: &[],
        ..virtual_resource("languageConstant", "language_constant", report::LANGUAGE_CONSTANT)
    },
    Resource {
        attributed: &[],
        ..virtual_resource("currencyConstant", "currency_constant", report::CURRENCY_CONSTANT)
    },
    Resource {
        attributed: &[
            ("campaign", "change_event", "campaign"),
            ("ad_group", "change_event", "adGroup"),
            ACCOUNT,
        ],
        ..virtual_resource("changeEvent", "change_event", report::CHANGE_EVENT)
    },
    Resource {
        attributed: &[
            ("campaign", "change_status", "campaign"),
            ("ad_group", "change_status", "adGroup"),
            ACCOUNT,
        ],
        ..virtual_resource("changeStatus", "change_status", report::CHANGE_STATUS)
    },
];

/// A resource by its collection.
pub(super) fn by_collection(collection: &str) -> Option<&'static Resource> {
    RESOURCES.iter().find(|resource| !collection.is_empty() && resource.collection == collection)
}

/// A resource by its member in rows and operations.
pub(super) fn by_key(key: &str) -> Option<&'static Resource> {
    RESOURCES.iter().find(|resource| resource.key == key)
}

/// A resource by its name in queries.
pub(super) fn by_gaql(name: &str) -> Option<&'static Resource> {
    RESOURCES.iter().find(|resource| resource.gaql == name && resource.collection != "ads")
}
