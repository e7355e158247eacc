//! The rows the planner reads.

use adplane_core::address::{Kind, Platform};
use adplane_core::schema::{
    Claim, Confidence, EditLimit, EditWindow, Effect, Exclusive, FieldSchema, KindSchema, OnChange,
    OverDelivery, PlatformSchema,
};

use crate::tiktok::wire::hours;

const REVIEW: &str = "TikTok help centre: editing ads and ad groups";
const LEARNING: &str = "TikTok help centre: about the learning phase";
const AUTOMATIC: &str =
    "TikTok API for Business, `budget_auto_adjust_strategy`; tiktok-smart-plus.md, campaigns";
const BUDGETS: &str = "TikTok API for Business, budgets; tiktok-ads.md §8.2";

/// A budget's mode is fixed at create, and so is the level it sits on.
const BUDGET: &[Exclusive] =
    &[Exclusive { paths: &["budget.daily", "budget.total", "budget.ref"], on_switch: OnChange::Replace }];

/// A carousel stays one, and nothing else becomes one.
const CAROUSEL: &[Exclusive] = &[
    Exclusive { paths: &["creative.cards", "creative.videos"], on_switch: OnChange::Replace },
    Exclusive { paths: &["creative.cards", "creative.images"], on_switch: OnChange::Replace },
];

const CAMPAIGN: &[FieldSchema] = &[
    FieldSchema::new("displayName"),
    FieldSchema::new("state").effect(Effect::State),
    FieldSchema::new("objective").replaces(),
    FieldSchema::new("budget.daily").effect(Effect::Spend),
    FieldSchema::new("budget.total").effect(Effect::Spend),
    FieldSchema::new("specialAdCategories").replaces_unless_emptied().vendor_default(""),
    FieldSchema::new("tiktok").replaces(),
    FieldSchema::new("tiktok.objective_type").replaces().vendor_default("REACH"),
    FieldSchema::new("tiktok.budget_optimize_on").replaces().vendor_default("true"),
    FieldSchema::new("tiktok.catalog_enabled").replaces().vendor_default("false"),
    FieldSchema::new("tiktok.sales_destination").replaces().vendor_default("WEBSITE"),
    FieldSchema::new("tiktok.app_promotion_type").replaces().vendor_default("APP_INSTALL"),
    FieldSchema::new("tiktok.catalog_type").replaces().vendor_default("ECOMMERCE"),
    FieldSchema::new("tiktok.campaign_automation_type")
        .refuses("move what is below it to a new campaign, which Adplane makes in Smart+"),
    FieldSchema::new("tiktok.po_number"),
];

const AD_GROUP: &[FieldSchema] = &[
    FieldSchema::new("displayName"),
    FieldSchema::new("state").effect(Effect::State),
    FieldSchema::new("budget.daily").effect(Effect::Spend).relearns(Confidence::Medium, LEARNING),
    FieldSchema::new("budget.total").effect(Effect::Spend).relearns(Confidence::Medium, LEARNING),
    FieldSchema::new("bidding.strategy").effect(Effect::Opaque).vendor_default("LowestCost"),
    FieldSchema::new("bidding.amount").effect(Effect::Spend).relearns(Confidence::Medium, LEARNING),
    FieldSchema::new("bidding.roas").effect(Effect::Return).relearns(Confidence::Medium, LEARNING),
    FieldSchema::new("optimization").replaces(),
    // It only tells the app's system.
    FieldSchema::new("optimization.app.storeUrl").unreadable(),
    FieldSchema::new("schedule.start")
        .refuses_once_past("an ad group's start is history: leave `schedule.start` as it is live"),
    FieldSchema::new("schedule.hours").vendor_default(hours::ALWAYS),
    FieldSchema::new("targeting.locations")
        .reviewed(Confidence::Medium, REVIEW)
        .relearns(Confidence::Low, LEARNING),
    FieldSchema::new("targeting.languages")
        .reviewed(Confidence::Medium, REVIEW)
        .relearns(Confidence::Low, LEARNING)
        .vendor_default(""),
    FieldSchema::new("targeting.ages")
        .reviewed(Confidence::Medium, REVIEW)
        .relearns(Confidence::Low, LEARNING)
        .vendor_default("min: 13"),
    FieldSchema::new("targeting.genders").relearns(Confidence::Low, LEARNING).vendor_default("Female, Male"),
    FieldSchema::new("targeting.audiences.include").relearns(Confidence::Low, LEARNING).vendor_default(""),
    FieldSchema::new("targeting.audiences.exclude").relearns(Confidence::Low, LEARNING).vendor_default(""),
    FieldSchema::new("targeting.interests").relearns(Confidence::Low, LEARNING).vendor_default(""),
    // What is not named below is fixed at create.
    FieldSchema::new("tiktok").replaces(),
    FieldSchema::new("tiktok.promotion_type").replaces().vendor_default("WEBSITE"),
    FieldSchema::new("tiktok.placement_type").replaces().vendor_default("PLACEMENT_TYPE_NORMAL"),
    FieldSchema::new("tiktok.pacing").vendor_default("PACING_MODE_SMOOTH"),
    FieldSchema::new("tiktok.targeting_optimization_mode"),
    FieldSchema::new("tiktok.operating_systems").vendor_default(""),
    FieldSchema::new("tiktok.network_types").vendor_default(""),
    FieldSchema::new("tiktok.comment_disabled").vendor_default("false"),
    FieldSchema::new("tiktok.share_disabled").vendor_default("false"),
    FieldSchema::new("tiktok.video_download_disabled").replaces().vendor_default("false"),
    FieldSchema::new("tiktok.search_result_enabled").vendor_default("true"),
    FieldSchema::new("tiktok.frequency"),
    FieldSchema::new("tiktok.frequency_schedule"),
    FieldSchema::new("tiktok.click_attribution_window").replaces().vendor_default("SEVEN_DAYS"),
    FieldSchema::new("tiktok.view_attribution_window").replaces().vendor_default("ONE_DAY"),
    FieldSchema::new("tiktok.attribution_event_count").replaces().vendor_default("EVERY"),
];

const AD: &[FieldSchema] = &[
    FieldSchema::new("displayName"),
    FieldSchema::new("state").effect(Effect::State),
    FieldSchema::new("creative").reviewed(Confidence::Medium, REVIEW),
    FieldSchema::new("creative.videos")
        .reviewed(Confidence::High, REVIEW)
        .relearns(Confidence::Medium, LEARNING),
    FieldSchema::new("creative.images")
        .reviewed(Confidence::High, REVIEW)
        .relearns(Confidence::Medium, LEARNING),
    FieldSchema::new("creative.landingPage").reviewed(Confidence::High, REVIEW),
    FieldSchema::new("creative.tracking").reviewed(Confidence::High, REVIEW),
    FieldSchema::new("creative.callToAction").reviewed(Confidence::Low, REVIEW).vendor_default("None"),
    FieldSchema::new("creative.identity").reviewed(Confidence::High, REVIEW),
    FieldSchema::new("creative.cards")
        .reviewed(Confidence::High, REVIEW)
        .relearns(Confidence::Medium, LEARNING),
    FieldSchema::new("creative.tiktok.ad_format").replaces(),
    FieldSchema::new("creative.tiktok.deeplink_type").vendor_default("NORMAL"),
    FieldSchema::new("creative.tiktok.catalog_creative_toggle").vendor_default("false"),
    FieldSchema::new("creative.tiktok.dark_post_status").vendor_default("ON"),
    FieldSchema::new("creative.tiktok.promotional_music_disabled").vendor_default("true"),
    FieldSchema::new("creative.tiktok.creative_auto_add_toggle").vendor_default("false"),
    FieldSchema::new("creative.tiktok.creative_auto_enhancement_strategy_list").vendor_default(""),
];

/// Budgets stand still while a day ends.
const AROUND_MIDNIGHT: EditLimit = EditLimit {
    kind: Kind::Campaign,
    path: "budget",
    when: EditWindow::TimeOfDay { from: 23 * 60 + 50, to: 10 },
    claim: Claim { confidence: Confidence::High, source: BUDGETS },
};

/// Everything TikTok declares.
pub(crate) static SCHEMA: PlatformSchema = PlatformSchema {
    platform: Platform::TikTok,
    amount_step: crate::tiktok::amount_step,
    kinds: &[
        KindSchema {
            kind: Kind::Campaign,
            fields: CAMPAIGN,
            exclusive: BUDGET,
            lost_with_it: "its history, and with it the learning and the reviews of everything in it",
        },
        KindSchema {
            kind: Kind::AdGroup,
            fields: AD_GROUP,
            exclusive: BUDGET,
            lost_with_it: "its learning phase, and the reviews of its ads",
        },
        KindSchema {
            kind: Kind::Ad,
            fields: AD,
            exclusive: CAROUSEL,
            lost_with_it: "its review and its history",
        },
    ],
    marker_in_name: true,
    over_delivery: &[
        OverDelivery {
            path: "budget.daily",
            automatic: false,
            worst_day: Some((5, 4)),
            worst_period: (7, 1),
            period: "calendar week",
            on_change: "today counts with the highest amount set today; a change splits the week into two parts of \
                        their own",
            claim: Claim { confidence: Confidence::High, source: BUDGETS },
            since: "2025-01-01",
        },
        // A fifth more, up to ten times a day: 1.2¹⁰ = 6.19…, and the day after it starts from the written amount.
        OverDelivery {
            path: "budget.daily",
            automatic: true,
            worst_day: Some((62, 10)),
            worst_period: (434, 10),
            period: "calendar week",
            on_change: "the platform raises it by 20 % up to ten times a day; git does not bound it",
            claim: Claim { confidence: Confidence::Medium, source: AUTOMATIC },
            since: "2025-12-01",
        },
        OverDelivery {
            path: "budget.total",
            automatic: false,
            worst_day: None,
            worst_period: (1, 1),
            period: "flight",
            on_change: "the new total holds for what is left of the flight; a day has no limit of its own",
            claim: Claim { confidence: Confidence::High, source: BUDGETS },
            since: "2025-01-01",
        },
    ],
    edit_limits: &[AROUND_MIDNIGHT, EditLimit { kind: Kind::AdGroup, ..AROUND_MIDNIGHT }],
    new_ad_relearns: None,
    pause_relearns: None,
    metrics: crate::tiktok::metrics::TOLD,
    restated_days: 30,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_vendor_fixes_is_replaced() {
        let ad_group = SCHEMA.kind(Kind::AdGroup).unwrap();
        for path in ["optimization.goal", "optimization.pixel", "tiktok.placements", "tiktok.promotion_type"]
        {
            assert_eq!(ad_group.field(path).on_change, OnChange::Replace, "{path}");
        }
        for path in ["budget.daily", "bidding.amount", "schedule.end", "tiktok.comment_disabled"] {
            assert_eq!(ad_group.field(path).on_change, OnChange::InPlace, "{path}");
        }
        assert!(SCHEMA.kind(Kind::Budget).is_none());
    }
}
