//! Creatives: what reads may name and writes may carry (meta-ads.md §7).

use super::Type::{Boolean, List, Map, OneOf, Text};
use super::enums::{
    AD_CREATIVE_APPLINK_TREATMENT, AD_CREATIVE_AUTHORIZATION_CATEGORY, AD_CREATIVE_CATEGORIZATION_CRITERIA,
    AD_CREATIVE_CATEGORY_MEDIA_SOURCE, AD_CREATIVE_DYNAMIC_AD_VOICE, AD_CREATIVE_STATUS,
};
use super::{BOTH, CREATE, Parameter, UPDATE};

/// Fields that a read may name.
pub(in crate::meta) const FIELDS: &str = "\
    account_id actor_id ad_disclaimer_spec adlabels applink_treatment asset_feed_spec authorization_category \
    auto_update body branded_content branded_content_sponsor_page_id bundle_folder_id call_to_action \
    call_to_action_type categorization_criteria category_media_source collaborative_ads_lsb_image_bank_id \
    contextual_multi_ads creative_sourcing_spec degrees_of_freedom_spec destination_set_id destination_spec \
    dynamic_ad_voice effective_authorization_category effective_instagram_media_id effective_object_story_id \
    enable_direct_install enable_launch_instant_app execution_options existing_post_title \
    facebook_branded_content format_transformation_spec generative_asset_spec id image_crops image_file \
    image_hash image_url instagram_branded_content instagram_permalink_url instagram_user_id \
    interactive_components_spec is_dco_internal link_deep_link_url link_destination_display_url link_og_id \
    link_url marketing_message_structured_spec media_optimization_spec media_sourcing_spec \
    messenger_sponsored_message name object_id object_store_url object_story_id object_story_spec object_type \
    object_url omnichannel_link_spec page_welcome_message photo_album_source_object_story_id place_page_set_id \
    platform_customizations playable_asset_id portrait_customizations product_data product_set_id \
    product_suggestion_settings recommender_settings regional_regulation_disclaimer_spec source_facebook_post_id \
    source_instagram_media_id status template_url template_url_spec thumbnail_id thumbnail_url title url_tags \
    use_page_actor_override video_id wamo_whatsapp_identity_spec";

/// Parameters that a write may carry.
pub(in crate::meta) const PARAMETERS: &[Parameter] = &[
    ("account_id", Text, UPDATE),
    ("actor_id", Text, CREATE),
    ("ad_disclaimer_spec", Map, CREATE),
    ("adlabels", List, BOTH),
    ("applink_treatment", OneOf(AD_CREATIVE_APPLINK_TREATMENT), CREATE),
    ("asset_feed_spec", Map, CREATE),
    ("authorization_category", OneOf(AD_CREATIVE_AUTHORIZATION_CATEGORY), CREATE),
    ("body", Text, CREATE),
    ("branded_content", Map, CREATE),
    ("branded_content_sponsor_page_id", Text, CREATE),
    ("bundle_folder_id", Text, CREATE),
    ("call_to_action", Map, CREATE),
    ("categorization_criteria", OneOf(AD_CREATIVE_CATEGORIZATION_CRITERIA), CREATE),
    ("category_media_source", OneOf(AD_CREATIVE_CATEGORY_MEDIA_SOURCE), CREATE),
    ("contextual_multi_ads", Map, CREATE),
    ("creative_sourcing_spec", Map, CREATE),
    ("degrees_of_freedom_spec", Map, CREATE),
    ("destination_set_id", Text, CREATE),
    ("destination_spec", Map, CREATE),
    ("dynamic_ad_voice", OneOf(AD_CREATIVE_DYNAMIC_AD_VOICE), CREATE),
    ("enable_launch_instant_app", Boolean, CREATE),
    ("execution_options", List, CREATE),
    ("existing_post_title", Text, CREATE),
    ("facebook_branded_content", Map, CREATE),
    ("format_transformation_spec", List, CREATE),
    ("generative_asset_spec", Map, CREATE),
    ("image_crops", Map, CREATE),
    ("image_file", Text, CREATE),
    ("image_hash", Text, CREATE),
    ("image_url", Text, CREATE),
    ("instagram_branded_content", Map, CREATE),
    ("instagram_permalink_url", Text, CREATE),
    ("instagram_user_id", Text, CREATE),
    ("interactive_components_spec", Map, CREATE),
    ("is_dco_internal", Boolean, CREATE),
    ("link_og_id", Text, CREATE),
    ("link_url", Text, CREATE),
    ("marketing_message_structured_spec", Map, CREATE),
    ("media_optimization_spec", Map, CREATE),
    ("media_sourcing_spec", Map, CREATE),
    ("name", Text, BOTH),
    ("object_id", Text, CREATE),
    ("object_story_id", Text, CREATE),
    ("object_story_spec", Map, CREATE),
    ("object_type", Text, CREATE),
    ("object_url", Text, CREATE),
    ("omnichannel_link_spec", Map, CREATE),
    ("page_welcome_message", Text, CREATE),
    ("place_page_set_id", Text, CREATE),
    ("platform_customizations", Map, CREATE),
    ("playable_asset_id", Text, CREATE),
    ("portrait_customizations", Map, CREATE),
    ("product_set_id", Text, CREATE),
    ("product_suggestion_settings", Map, CREATE),
    ("recommender_settings", Map, CREATE),
    ("regional_regulation_disclaimer_spec", Map, CREATE),
    ("source_facebook_post_id", Text, CREATE),
    ("source_instagram_media_id", Text, CREATE),
    ("status", OneOf(AD_CREATIVE_STATUS), UPDATE),
    ("template_url", Text, CREATE),
    ("template_url_spec", Text, CREATE),
    ("thumbnail_url", Text, CREATE),
    ("title", Text, CREATE),
    ("url_tags", Text, CREATE),
    ("use_page_actor_override", Boolean, CREATE),
    ("wamo_whatsapp_identity_spec", Map, CREATE),
];
