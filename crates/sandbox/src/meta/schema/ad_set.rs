//! Ad sets: what reads may name and writes may carry (meta-ads.md §5).

use super::Type::{Any, Boolean, DateTime, Integer, List, ListOf, Map, Money, NumberText, OneOf, Text};
use super::enums::{
    AD_SET_AUTOMATIC_MANUAL_STATE, AD_SET_BID_STRATEGY, AD_SET_BILLING_EVENT,
    AD_SET_CREATIVE_SEQUENCE_REPETITION_PATTERN, AD_SET_DESTINATION_TYPE,
    AD_SET_FULL_FUNNEL_EXPLORATION_MODE, AD_SET_MULTI_OPTIMIZATION_GOAL_WEIGHT, AD_SET_OPTIMIZATION_GOAL,
    AD_SET_OPTIMIZATION_SUB_EVENT, AD_SET_REGIONAL_REGULATED_CATEGORIES, AD_SET_STATUS,
    AD_SET_TUNE_FOR_CATEGORY,
};
use super::{BOTH, CREATE, Parameter, UPDATE};

/// Fields that a read may name.
pub(in crate::meta) const FIELDS: &str = "\
    account_id ad_set_goal adlabels adset_schedule anchor_event_attribution_window_days asset_feed_id \
    attribution_count_type attribution_spec automatic_manual_state bid_adjustments bid_amount bid_constraints \
    bid_info bid_strategy billing_event brand_safety_config budget_remaining campaign campaign_active_time \
    campaign_attribution campaign_id configured_status created_time creative_diversity_label \
    creative_diversity_score creative_sequence creative_sequence_repetition_pattern daily_budget \
    daily_min_spend_target daily_spend_cap destination_type dsa_beneficiary dsa_payor effective_status end_time \
    existing_customer_budget_percentage frequency_control_specs full_funnel_exploration_mode id \
    instagram_user_id is_ba_skip_delayed_eligible is_budget_schedule_enabled is_dc_follow_optimized \
    is_dynamic_creative is_incremental_attribution_enabled is_organic_ad_joint_optimized \
    is_sequenced_conversion_creation issues_info learning_stage_info lifetime_budget lifetime_imps \
    lifetime_min_spend_target lifetime_spend_cap live_video_ad_campaign_config low_creative_reach \
    max_budget_spend_percentage meta_moment_maker_spec min_budget_spend_percentage \
    multi_event_conversion_attribution_window_seconds multi_optimization_goal_weight name optimization_goal \
    optimization_sub_event pacing_type placement_soft_opt_out promoted_object recommendations \
    recurring_budget_semantics regional_regulated_categories regional_regulation_identities relative_value \
    review_feedback rf_prediction_id source_adset source_adset_id special_ad_categories start_time status \
    targeting targeting_optimization_types time_based_ad_rotation_id_blocks time_based_ad_rotation_intervals \
    trending_topics_spec updated_time use_new_app_click value_rule_set_id value_rules_applied";

/// Parameters that a write may carry.
pub(in crate::meta) const PARAMETERS: &[Parameter] = &[
    ("account_id", Text, UPDATE),
    ("ad_set_goal", Map, BOTH),
    ("adlabels", List, BOTH),
    ("adset_schedule", List, BOTH),
    ("attribution_count_type", OneOf("ALL_CONVERSIONS FIRST_CONVERSION"), CREATE),
    ("attribution_spec", List, BOTH),
    ("automatic_manual_state", OneOf(AD_SET_AUTOMATIC_MANUAL_STATE), BOTH),
    ("bid_adjustments", Map, BOTH),
    ("bid_amount", Integer, BOTH),
    ("bid_constraints", Map, BOTH),
    ("bid_strategy", OneOf(AD_SET_BID_STRATEGY), BOTH),
    ("billing_event", OneOf(AD_SET_BILLING_EVENT), BOTH),
    ("budget_schedule_specs", List, BOTH),
    ("budget_source", OneOf("NONE RMN"), CREATE),
    ("budget_split_set_id", Text, CREATE),
    ("campaign_attribution", Any, BOTH),
    ("campaign_id", Text, CREATE),
    ("campaign_spec", Map, BOTH),
    ("creative_sequence", List, BOTH),
    ("creative_sequence_repetition_pattern", OneOf(AD_SET_CREATIVE_SEQUENCE_REPETITION_PATTERN), BOTH),
    ("daily_budget", Money, BOTH),
    ("daily_imps", Integer, BOTH),
    ("daily_min_spend_target", Money, BOTH),
    ("daily_spend_cap", Money, BOTH),
    ("date_format", Text, BOTH),
    ("destination_type", OneOf(AD_SET_DESTINATION_TYPE), BOTH),
    ("dsa_beneficiary", Text, BOTH),
    ("dsa_payor", Text, BOTH),
    ("end_time", DateTime, BOTH),
    ("execution_options", List, BOTH),
    ("existing_customer_budget_percentage", Integer, BOTH),
    ("frequency_control_specs", List, BOTH),
    ("full_funnel_exploration_mode", OneOf(AD_SET_FULL_FUNNEL_EXPLORATION_MODE), BOTH),
    ("is_ba_skip_delayed_eligible", Boolean, BOTH),
    ("is_budget_schedule_enabled", Boolean, BOTH),
    ("is_dc_follow_optimized", Boolean, BOTH),
    ("is_dynamic_creative", Boolean, CREATE),
    ("is_incremental_attribution_enabled", Boolean, BOTH),
    ("is_sac_cfca_terms_certified", Boolean, BOTH),
    ("is_sequenced_conversion_creation", Boolean, BOTH),
    ("lifetime_budget", Money, BOTH),
    ("lifetime_imps", Integer, BOTH),
    ("lifetime_min_spend_target", Money, BOTH),
    ("lifetime_spend_cap", Money, BOTH),
    ("line_number", Integer, CREATE),
    ("live_video_ad_campaign_config", Map, BOTH),
    ("max_budget_spend_percentage", NumberText, BOTH),
    ("meta_moment_maker_spec", Map, BOTH),
    ("min_budget_spend_percentage", NumberText, BOTH),
    ("multi_event_conversion_attribution_window_seconds", Integer, BOTH),
    ("multi_optimization_goal_weight", OneOf(AD_SET_MULTI_OPTIMIZATION_GOAL_WEIGHT), BOTH),
    ("name", Text, BOTH),
    ("optimization_goal", OneOf(AD_SET_OPTIMIZATION_GOAL), BOTH),
    ("optimization_sub_event", OneOf(AD_SET_OPTIMIZATION_SUB_EVENT), BOTH),
    ("pacing_type", List, BOTH),
    ("placement_soft_opt_out", Map, BOTH),
    ("promoted_object", Map, BOTH),
    ("rb_prediction_id", Text, BOTH),
    ("regional_regulated_categories", ListOf(AD_SET_REGIONAL_REGULATED_CATEGORIES), BOTH),
    ("regional_regulation_identities", Map, BOTH),
    ("relative_value", NumberText, BOTH),
    ("rf_prediction_id", Text, BOTH),
    ("source_adset_id", Text, CREATE),
    ("start_time", DateTime, BOTH),
    ("status", OneOf(AD_SET_STATUS), BOTH),
    ("targeting", Map, BOTH),
    ("time_based_ad_rotation_id_blocks", List, BOTH),
    ("time_based_ad_rotation_intervals", List, BOTH),
    ("time_start", DateTime, BOTH),
    ("time_stop", DateTime, BOTH),
    ("topline_id", Text, CREATE),
    ("trending_topics_spec", Map, BOTH),
    ("tune_for_category", OneOf(AD_SET_TUNE_FOR_CATEGORY), BOTH),
    ("value_rule_set_id", Text, BOTH),
    ("value_rules_applied", Boolean, BOTH),
];
