//! Rows of the schema: what changing a field does, kind by kind (mapping §8).

use adplane_core::address::Kind;
use adplane_core::schema::{Confidence, Effect, Exclusive, FieldSchema, KindSchema, OnChange};

const EDITS: &str = "significant edits, meta-ads.md §17.12";
const REVIEW: &str = "what triggers review, meta-ads.md §8";
const GOAL: &str = "meta-ads.md §5.1 (100/3260011)";

const BUDGETS: &[Exclusive] = &[Exclusive {
    paths: &["budget.daily", "budget.total", "budget.ref"],
    // An ordinary update, with an end for a total (meta-ads.md §5.1).
    on_switch: OnChange::InPlace,
}];

/// A carousel is another format than an image or a video: what is written takes the other's place.
const FORMATS: &[Exclusive] = &[
    Exclusive { paths: &["creative.cards", "creative.images"], on_switch: OnChange::InPlace },
    Exclusive { paths: &["creative.cards", "creative.videos"], on_switch: OnChange::InPlace },
];

const fn row(path: &'static str) -> FieldSchema {
    FieldSchema::new(path)
}

const fn fixed(path: &'static str) -> FieldSchema {
    FieldSchema::new(path).replaces()
}

const STATE: FieldSchema = row("state").effect(Effect::State);
const DAILY: FieldSchema = row("budget.daily").effect(Effect::Spend).relearns(Confidence::Low, EDITS);
const TOTAL: FieldSchema = row("budget.total").effect(Effect::Spend).relearns(Confidence::Low, EDITS);
const STRATEGY: FieldSchema =
    row("bidding.strategy").effect(Effect::Opaque).relearns(Confidence::High, EDITS);

pub(super) const CAMPAIGN: KindSchema = KindSchema {
    kind: Kind::Campaign,
    fields: &[
        STATE,
        DAILY.governs_children(),
        TOTAL.governs_children(),
        STRATEGY.governs_children(),
        fixed("objective"),
        fixed("meta.objective"),
        fixed("meta.buying_type").vendor_default("AUCTION"),
        row("meta.is_adset_budget_sharing_enabled").effect(Effect::Opaque).vendor_default("false"),
        row("meta.spend_cap").effect(Effect::Spend),
        row("specialAdCategories").vendor_default(""),
    ],
    exclusive: BUDGETS,
    lost_with_it: "history under its id, review and learning of its ads, social proof of its posts",
};

pub(super) const AD_SET: KindSchema = KindSchema {
    kind: Kind::AdGroup,
    fields: &[
        STATE,
        DAILY,
        TOTAL,
        STRATEGY,
        row("bidding.amount").effect(Effect::Spend).relearns(Confidence::Low, EDITS),
        row("bidding.roas").effect(Effect::Return).relearns(Confidence::Low, EDITS),
        row("targeting").reviewed(Confidence::High, REVIEW).relearns(Confidence::High, EDITS),
        targeting("targeting.ages").vendor_default("min: 18"),
        targeting("targeting.genders").vendor_default("Female, Male"),
        targeting("targeting.languages").vendor_default(""),
        targeting("targeting.locationsExcluded").vendor_default(""),
        targeting("targeting.audiences.include").vendor_default(""),
        targeting("targeting.audiences.exclude").vendor_default(""),
        targeting("targeting.interests").vendor_default(""),
        targeting("targeting.devices").vendor_default(""),
        fixed("optimization").relearns(Confidence::High, GOAL),
        fixed("meta.optimization_goal").relearns(Confidence::High, GOAL),
        fixed("meta.promoted_object").relearns(Confidence::High, GOAL),
        fixed("meta.destination_type"),
        fixed("meta.is_dynamic_creative").vendor_default("false"),
        row("meta.billing_event")
            .effect(Effect::Opaque)
            .reviewed(Confidence::High, REVIEW)
            .vendor_default("IMPRESSIONS"),
        fixed("meta.attribution_count_type"),
        row("meta.attribution_spec").relearns(Confidence::Low, EDITS),
        row("meta.daily_spend_cap").effect(Effect::Spend),
        row("meta.lifetime_spend_cap").effect(Effect::Spend),
        row("meta.daily_min_spend_target").effect(Effect::Spend),
        row("meta.lifetime_min_spend_target").effect(Effect::Spend),
        reach("meta.publisher_platforms"),
        reach("meta.facebook_positions"),
        reach("meta.instagram_positions"),
        reach("meta.messenger_positions"),
        reach("meta.audience_network_positions"),
        reach("meta.threads_positions"),
        reach("meta.whatsapp_positions"),
        reach("meta.targeting_automation").vendor_default("0"),
    ],
    exclusive: BUDGETS,
    lost_with_it: "history under its id, review of its ads and its learning",
};

pub(super) const AD: KindSchema = KindSchema {
    kind: Kind::Ad,
    fields: &[
        STATE,
        creative("creative"),
        creative("creative.headlines").vendor_default(""),
        creative("creative.descriptions").vendor_default(""),
        creative("creative.primaryTexts").vendor_default(""),
    ],
    exclusive: FORMATS,
    lost_with_it: "history under its id, its review and the social proof of its post",
};

/// Content: a change is a new creative.
const fn creative(path: &'static str) -> FieldSchema {
    row(path).reviewed(Confidence::High, REVIEW).relearns(Confidence::High, EDITS)
}

/// Targeting that has a value of its own when nobody chose one.
const fn targeting(path: &'static str) -> FieldSchema {
    row(path).reviewed(Confidence::High, REVIEW).relearns(Confidence::High, EDITS)
}

/// A switch of delivery: where ads may appear.
const fn reach(path: &'static str) -> FieldSchema {
    targeting(path).effect(Effect::Opaque)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_costs_an_ad_set_its_history_says_so() {
        for path in ["optimization.goal", "optimization.app.id", "meta.promoted_object.page_id"] {
            assert_eq!(AD_SET.field(path).on_change, OnChange::Replace, "{path}");
        }
        assert_eq!(AD_SET.field("targeting.locations").on_change, OnChange::InPlace);
        assert!(AD_SET.field("targeting.locations").review.is_some());
        assert!(AD.field("creative.headlines").learning.is_some());
        assert_eq!(AD_SET.exclusives("budget.daily").next().unwrap().on_switch, OnChange::InPlace);
    }
}
