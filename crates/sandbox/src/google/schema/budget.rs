//! Campaign budgets. Source: google-ads.md §3.1.

use super::{Field, RESOURCE_NAME, enums};

pub(in crate::google) const CAMPAIGN_BUDGET: &[Field] = &[
    RESOURCE_NAME,
    Field::int64("id").output(),
    Field::text("name"),
    Field::int64("amountMicros"),
    Field::int64("totalAmountMicros"),
    Field::choice("deliveryMethod", &["STANDARD", "ACCELERATED"]),
    Field::bool("explicitlyShared"),
    Field::choice("period", &["DAILY", "CUSTOM_PERIOD"]).immutable(),
    Field::choice("type", &["STANDARD", "FIXED_CPA", "SMART_CAMPAIGN", "LOCAL_SERVICES"]).immutable(),
    Field::int64("alignedBiddingStrategyId"),
    Field::choice("status", enums::STORED_STATUS).output(),
    Field::int64("referenceCount").output(),
    Field::bool("hasRecommendedBudget").output(),
    Field::int64("recommendedBudgetAmountMicros").output(),
];
