//! What Google Ads allows: immutability, money, over-delivery, and the checks that need no live data.
//!
//! Sources: mapping §1–§8; google-ads.md §3, §7, §8.

mod ad;
mod ad_group;
mod amounts;
mod asset_group;
mod bidding;
mod campaign;
mod creative;
mod demand_gen;
mod family;
mod refine;
mod report;
mod rsa;
mod schedule;
mod targeting;
mod texts;
mod vendor;

#[cfg(test)]
mod tests;

use adplane_core::address::{Kind, Platform};
use adplane_core::schema::{
    Claim, Confidence, Effect, Exclusive, FieldSchema, KindSchema, OnChange, OverDelivery, PlatformSchema,
};

pub(super) use refine::refine;

const fn field(path: &'static str) -> FieldSchema {
    FieldSchema::new(path)
}

const AD_REVIEW: &str = "google-ads.md §3.5: texts and URLs of an ad are reviewed";
const STRATEGY: &str = "mapping §8: a strategy or portfolio switch";
const STEP: &str = "mapping §8: a target or budget step above about 20 %";

const BUDGET: &[FieldSchema] =
    &[field("shared.daily").effect(Effect::Spend).relearns_above(20, Confidence::Low, STEP)];

const CAMPAIGN: &[FieldSchema] = &[
    // Google stores no objective: it feeds checks and policies only (mapping §1).
    field("objective").unreadable(),
    field("state").effect(Effect::State),
    field("budget").effect(Effect::Spend).relearns_above(20, Confidence::Low, STEP),
    field("budget.ref").effect(Effect::Opaque),
    field("bidding.strategy").effect(Effect::Opaque).relearns(Confidence::High, STRATEGY),
    field("bidding.amount").effect(Effect::Spend).relearns_above(20, Confidence::Low, STEP),
    field("bidding.maxCpc").effect(Effect::Spend),
    field("bidding.roas").effect(Effect::Return).relearns_above(20, Confidence::Low, STEP),
    field("bidding.share").effect(Effect::Opaque),
    field("bidding.location").effect(Effect::Opaque),
    field("google.biddingStrategy").effect(Effect::Opaque).relearns(Confidence::High, STRATEGY),
    field("google.advertisingChannelType").replaces(),
    field("google.advertisingChannelSubType").replaces(),
    field("google.brandGuidelinesEnabled").replaces(),
    field("google.networkSettings").effect(Effect::Opaque),
    field("google.networkSettings.targetGoogleSearch").effect(Effect::Opaque).vendor_default("true"),
    field("google.networkSettings.targetPartnerSearchNetwork").effect(Effect::Opaque).vendor_default("false"),
    field("google.geoTargetTypeSetting").effect(Effect::Opaque),
    field("google.geoTargetTypeSetting.negativeGeoTargetType")
        .effect(Effect::Opaque)
        .vendor_default("PRESENCE"),
    field("google.assetAutomationSettings").effect(Effect::Opaque),
    field("google.aiMaxSetting").effect(Effect::Opaque),
    field("google.aiMaxSetting.enableAiMax").effect(Effect::Opaque).vendor_default("false"),
    field("schedule.start")
        .refuses_once_past("a campaign's start is history: leave `schedule.start` as it is live"),
    field("targeting.locationsExcluded").vendor_default(""),
    field("targeting.languages").vendor_default(""),
    field("targeting.devices").vendor_default("Desktop, Mobile, Tablet"),
    field("negativeKeywords").vendor_default(""),
    field("sitelinks").vendor_default(""),
    field("callouts").vendor_default(""),
];

const AD_GROUP: &[FieldSchema] = &[
    field("state").effect(Effect::State),
    field("google.type").replaces(),
    field("bidding.bid").effect(Effect::Spend),
    field("bidding.amount").effect(Effect::Spend).relearns_above(20, Confidence::Low, STEP),
    field("bidding.roas").effect(Effect::Return).relearns_above(20, Confidence::Low, STEP),
    field("targeting.ages").vendor_default("min: 18"),
    field("targeting.genders").vendor_default("Female, Male"),
    field("targeting.audiences").vendor_default(""),
    field("google.excludeUndetermined").vendor_default("false"),
    field("google.userInterests").vendor_default(""),
    // Written on ad groups under Demand Gen only.
    field("targeting.locations").vendor_default(""),
    field("targeting.locationsExcluded").vendor_default(""),
    field("targeting.languages").vendor_default(""),
    field("keywords").vendor_default(""),
    field("negativeKeywords").vendor_default(""),
];

const AD: &[FieldSchema] = &[
    field("state").effect(Effect::State),
    // An ad's name is ours alone; the vendor has no field for it (mapping §7.1).
    field("displayName").unreadable(),
    field("creative").reviewed(Confidence::High, AD_REVIEW),
    field("creative.google.pins").reviewed(Confidence::High, AD_REVIEW).vendor_default(""),
    field("creative.longHeadlines").reviewed(Confidence::High, AD_REVIEW).vendor_default(""),
    field("creative.videos").reviewed(Confidence::High, AD_REVIEW).vendor_default(""),
    field("creative.callToAction").reviewed(Confidence::High, AD_REVIEW).vendor_default("None"),
    field("creative.tracking").reviewed(Confidence::Medium, AD_REVIEW),
    field("google.urlCustomParameters").reviewed(Confidence::Low, "mapping §8: custom parameters on the ad"),
];

/// Amount and reference may be switched in place; the kind of an amount is fixed with the campaign.
const BUDGETS: &[Exclusive] = &[
    Exclusive { paths: &["budget.daily", "budget.total"], on_switch: OnChange::Replace },
    Exclusive { paths: &["budget.total", "budget.ref"], on_switch: OnChange::Replace },
    Exclusive { paths: &["budget.daily", "budget.ref"], on_switch: OnChange::InPlace },
    Exclusive { paths: &["bidding.strategy", "google.biddingStrategy"], on_switch: OnChange::InPlace },
];

/// The format of a Demand Gen ad is fixed. An asset group shows several of them, and then reads all.
const MEDIA: &[Exclusive] = &[Exclusive {
    paths: &["creative.images", "creative.videos", "creative.cards"],
    on_switch: OnChange::Replace,
}];

const DAILY_CHANGED: &str = "today counts with the highest amount set today; the month in progress becomes what is \
                             spent plus the new amount times the days left";

const HELP: Claim =
    Claim { confidence: Confidence::High, source: "Google Ads help centre, average daily budgets" };

static SCHEMA: PlatformSchema = PlatformSchema {
    platform: Platform::Google,
    amount_step: crate::google::amount_step,
    kinds: &[
        KindSchema {
            kind: Kind::Budget,
            fields: BUDGET,
            exclusive: &[],
            lost_with_it: "the shared budget's id in reports",
        },
        KindSchema {
            kind: Kind::Campaign,
            fields: CAMPAIGN,
            exclusive: BUDGETS,
            lost_with_it: "the campaign's history, the bid strategy's learning and its id in reports",
        },
        KindSchema {
            kind: Kind::AdGroup,
            fields: AD_GROUP,
            exclusive: &[],
            lost_with_it: "the ad group's history, its quality scores and its id in reports",
        },
        KindSchema {
            kind: Kind::Ad,
            fields: AD,
            exclusive: MEDIA,
            lost_with_it: "the ad's history, its review and its id in reports",
        },
    ],
    marker_in_name: false,
    over_delivery: &[
        OverDelivery {
            path: "budget.daily",
            automatic: false,
            worst_day: Some((2, 1)),
            worst_period: (304, 10),
            period: "calendar month",
            on_change: DAILY_CHANGED,
            claim: HELP,
            since: "2017-10-04",
        },
        OverDelivery {
            path: "shared.daily",
            automatic: false,
            worst_day: Some((2, 1)),
            worst_period: (304, 10),
            period: "calendar month",
            on_change: DAILY_CHANGED,
            claim: HELP,
            since: "2017-10-04",
        },
        OverDelivery {
            path: "budget.total",
            automatic: false,
            worst_day: None,
            worst_period: (1, 1),
            period: "flight",
            on_change: "the new total holds for what is left of the flight; a day has no limit of its own",
            claim: HELP,
            since: "2026-10-14",
        },
    ],
    edit_limits: &[],
    new_ad_relearns: None,
    pause_relearns: None,
    metrics: super::metrics::TOLD,
    restated_days: 30,
};

/// The platform's declarations.
pub(super) fn schema() -> &'static PlatformSchema {
    &SCHEMA
}
