//! Ads: what reads may name and writes may carry (meta-ads.md §8).

use super::Type::{Any, Boolean, DateTime, Integer, List, Map, OneOf, Text};
use super::enums::AD_STATUS;
use super::{BOTH, CREATE, Parameter};

/// Fields that a read may name.
pub(in crate::meta) const FIELDS: &str = "\
    account_id ad_active_time ad_review_feedback ad_schedule_end_time ad_schedule_start_time adlabels adset \
    adset_id adset_spec audience_id bid_amount bid_info bid_type campaign campaign_id configured_status \
    conversion_domain conversion_specs created_time creative creative_asset_groups_spec \
    creative_audience_pairing_persona creative_automation_spec dataset_split_specs date_format demolink_hash \
    display_sequence draft_adgroup_id effective_status engagement_audience execution_options \
    failed_delivery_checks filename id include_demolink_hashes issues_info last_updated_by_app_id name placement \
    preview_shareable_link priority recommendations source_ad source_ad_id special_ad_categories status \
    targeting tracking_and_conversion_with_defaults tracking_specs updated_time";

/// Parameters that a write may carry.
pub(in crate::meta) const PARAMETERS: &[Parameter] = &[
    ("ad_schedule_end_time", DateTime, BOTH),
    ("ad_schedule_start_time", DateTime, BOTH),
    ("adlabels", List, BOTH),
    ("adset_id", Text, CREATE),
    ("adset_spec", Map, BOTH),
    ("audience_id", Text, BOTH),
    ("bid_amount", Integer, BOTH),
    ("conversion_domain", Text, BOTH),
    ("creative", Map, BOTH),
    ("creative_asset_groups_spec", Map, BOTH),
    ("creative_audience_pairing_persona", Map, BOTH),
    ("creative_automation_spec", Map, BOTH),
    ("dataset_split_specs", List, CREATE),
    ("date_format", Text, CREATE),
    ("display_sequence", Integer, BOTH),
    ("draft_adgroup_id", Text, BOTH),
    ("engagement_audience", Boolean, BOTH),
    ("execution_options", List, BOTH),
    ("include_demolink_hashes", Boolean, BOTH),
    ("name", Text, BOTH),
    ("priority", Integer, BOTH),
    ("source_ad_id", Text, CREATE),
    ("status", OneOf(AD_STATUS), BOTH),
    ("tracking_specs", Any, BOTH),
];
