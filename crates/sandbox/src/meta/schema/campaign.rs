//! Campaigns: what reads may name and writes may carry (meta-ads.md §4).

use super::Type::{Boolean, DateTime, List, ListOf, Map, Money, OneOf, Text};
use super::enums::{
    CAMPAIGN_BID_STRATEGY, CAMPAIGN_OBJECTIVE, CAMPAIGN_SMART_PROMOTION_TYPE, CAMPAIGN_SPECIAL_AD_CATEGORIES,
    CAMPAIGN_SPECIAL_AD_CATEGORY, CAMPAIGN_STATUS,
};
use super::{BOTH, CREATE, Parameter, UPDATE};

/// Fields that a read may name.
pub(in crate::meta) const FIELDS: &str = "\
    account_id adbatch adlabels advantage_state_info bid_constraints bid_strategy boosted_object_id \
    brand_lift_studies budget_rebalance_flag budget_remaining budget_schedule_specs buying_type \
    campaign_group_active_time can_create_brand_lift_study can_use_spend_cap configured_status created_time \
    daily_budget effective_status execution_options frequency_control_specs has_secondary_skadnetwork_reporting \
    id is_adset_budget_sharing_enabled is_budget_schedule_enabled is_direct_send_campaign is_message_campaign \
    is_meta_moment_maker_enabled is_pca_unified is_reels_trending_ads_enabled is_skadnetwork_attribution \
    issues_info iterative_split_test_configs last_budget_toggling_time lifetime_budget name objective \
    pacing_type primary_attribution promoted_object recommendations smart_promotion_type source_campaign \
    source_campaign_id source_recommendation_type special_ad_categories special_ad_category \
    special_ad_category_country spend_cap start_time status stop_time topline_id updated_time";

/// Parameters that a write may carry.
pub(in crate::meta) const PARAMETERS: &[Parameter] = &[
    ("adlabels", List, BOTH),
    ("adset_bid_amounts", Map, UPDATE),
    ("adset_budgets", List, UPDATE),
    ("bid_strategy", OneOf(CAMPAIGN_BID_STRATEGY), BOTH),
    ("budget_rebalance_flag", Boolean, UPDATE),
    ("budget_schedule_specs", List, BOTH),
    ("buying_type", Text, CREATE),
    ("daily_budget", Money, BOTH),
    ("execution_options", List, BOTH),
    ("frequency_control_specs", List, BOTH),
    ("is_adset_budget_sharing_enabled", Boolean, BOTH),
    ("is_budget_schedule_enabled", Boolean, BOTH),
    ("is_direct_send_campaign", Boolean, BOTH),
    ("is_message_campaign", Boolean, BOTH),
    ("is_meta_moment_maker_enabled", Boolean, BOTH),
    ("is_pca_unified", Boolean, BOTH),
    ("is_reels_trending_ads_enabled", Boolean, BOTH),
    ("is_skadnetwork_attribution", Boolean, BOTH),
    ("iterative_split_test_configs", List, BOTH),
    ("lifetime_budget", Money, BOTH),
    ("migrate_to_advantage_plus", Boolean, UPDATE),
    ("name", Text, BOTH),
    ("objective", OneOf(CAMPAIGN_OBJECTIVE), BOTH),
    ("pacing_type", List, BOTH),
    ("promoted_object", Map, BOTH),
    ("smart_promotion_type", OneOf(CAMPAIGN_SMART_PROMOTION_TYPE), BOTH),
    ("source_campaign_id", Text, CREATE),
    ("special_ad_categories", ListOf(CAMPAIGN_SPECIAL_AD_CATEGORIES), BOTH),
    ("special_ad_category", OneOf(CAMPAIGN_SPECIAL_AD_CATEGORY), UPDATE),
    ("special_ad_category_country", List, BOTH),
    ("spend_cap", Money, BOTH),
    ("start_time", DateTime, BOTH),
    ("status", OneOf(CAMPAIGN_STATUS), BOTH),
    ("stop_time", DateTime, BOTH),
    ("topline_id", Text, CREATE),
];
