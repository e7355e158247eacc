//! Members of the nested objects whose keys are checked (meta-ads.md §6, §7, §A.3).

/// An ad set's `targeting`.
pub(in crate::meta) const TARGETING: &str = "\
    adgroup_id age_max age_min age_range alternate_auto_targeting_option app_install_state \
    audience_network_positions behaviors brand_safety_content_filter_levels catalog_based_targeting cities \
    college_years connections contextual_targeting_categories countries country country_groups custom_audiences \
    device_platforms direct_install_devices dynamic_audience_ids education_majors education_schools \
    education_statuses effective_audience_network_positions effective_brand_safety_content_filter_levels \
    effective_device_platforms effective_facebook_positions effective_instagram_positions \
    effective_messenger_positions effective_publisher_platforms effective_threads_positions \
    effective_whatsapp_positions engagement_specs ethnic_affinity exclude_reached_since \
    excluded_brand_safety_content_types excluded_connections excluded_custom_audiences \
    excluded_dynamic_audience_ids excluded_engagement_specs excluded_geo_locations excluded_mobile_device_model \
    excluded_product_audience_specs excluded_publisher_categories excluded_publisher_list_ids \
    excluded_user_device exclusions facebook_positions family_statuses fb_deal_id flexible_spec \
    friends_of_connections genders generation geo_locations home_ownership home_type home_value \
    household_composition income industries instagram_positions install_state_application \
    instream_video_skippable_excluded interested_in interests is_whatsapp_destination_ad keywords life_events \
    locales messenger_positions moms net_worth office_type place_page_set_ids political_views politics \
    product_audience_specs prospecting_audience publisher_platforms radius regions relationship_statuses \
    site_category subscriber_universe targeting_automation targeting_optimization targeting_relaxation_types \
    threads_positions user_adclusters user_age_unknown user_device user_event user_os whatsapp_positions \
    wireless_carrier work_employers work_positions zips";

/// `geo_locations` and `excluded_geo_locations`.
pub(in crate::meta) const GEO_LOCATIONS: &str = "\
    cities countries country_groups custom_locations electoral_districts geo_markets large_geo_areas \
    location_cluster_ids location_types medium_geo_areas metro_areas neighborhoods places political_districts \
    regions small_geo_areas subcities subneighborhoods zips";

/// One element of `flexible_spec`, and `exclusions`.
pub(in crate::meta) const FLEXIBLE_SPEC: &str = "\
    behaviors college_years connections custom_audiences education_majors education_schools education_statuses \
    ethnic_affinity family_statuses friends_of_connections generation home_ownership home_type home_value \
    household_composition income industries interested_in interests life_events moms net_worth office_type \
    politics relationship_statuses user_adclusters work_employers work_positions";

/// `targeting_automation`.
pub(in crate::meta) const TARGETING_AUTOMATION: &str = "\
    advantage_audience creative_audience_pairing individual_setting shared_audiences value_expression";

/// `promoted_object`.
pub(in crate::meta) const PROMOTED_OBJECT: &str = "\
    ads_signal_source_type application_id boosted_product_set_id conversion_goal_id \
    custom_attribution_source_ids custom_conversion_id custom_event_str custom_event_type dataset_split_id \
    dataset_split_ids event_id full_funnel_objective fundraiser_campaign_id instagram_actor_id \
    is_catalog_user_acknowledged job_listing_id lead_ads_custom_event_str lead_ads_custom_event_type \
    lead_ads_follow_up_event lead_ads_form_event_source_type lead_ads_offsite_conversion_type \
    lead_ads_quality_volume_setting lead_ads_selected_pixel_id live_video_destination mcme_conversion_id \
    multi_event_product object_store_url object_store_urls offer_id offline_conversion_data_set_id \
    offsite_conversion_event_id omnichannel_object optimization_product_set_id page_id passback_application_id \
    passback_pixel_id pixel_aggregation_rule pixel_id pixel_rule place_page_set place_page_set_id \
    product_catalog_id product_item_id product_set product_set_id product_set_optimization retention_days \
    smart_pse_enabled smart_pse_setting value_semantic_type variation whats_app_business_phone_number_id \
    whatsapp_phone_number";

/// `object_story_spec`.
pub(in crate::meta) const OBJECT_STORY_SPEC: &str = "\
    instagram_user_id link_data page_id photo_data product_data template_data text_data video_data \
    whats_app_business_phone_number";

/// `link_data` and `template_data`.
pub(in crate::meta) const LINK_DATA: &str = "\
    ad_context additional_image_index app_link_spec attachment_style automated_product_tags \
    boosted_product_set_id branded_content_shared_to_sponsor_status branded_content_sponsor_page_id \
    call_to_action caption child_attachments collection_thumbnails customization_rules_spec description event_id \
    force_single_link format_option image_crops image_hash image_layer_specs image_overlay_spec \
    is_local_expansion link message multi_share_end_card multi_share_optimized name offer_id \
    page_welcome_message picture post_click_configuration preferred_image_tags preferred_video_tags \
    retailer_item_ids show_multiple_images smart_pse_enabled static_fallback_spec \
    use_flexible_image_aspect_ratio";

/// One card of a carousel.
pub(in crate::meta) const CHILD_ATTACHMENT: &str = "\
    android_url call_to_action caption description ig_media_id image_crops image_hash ios_url link \
    marketing_message_buttons name picture place_data static_card video_id";

/// `video_data`.
pub(in crate::meta) const VIDEO_DATA: &str = "\
    additional_image_index branded_content_shared_to_sponsor_status branded_content_sponsor_page_id \
    call_to_action collection_thumbnails customization_rules_spec image_hash image_url link_description message \
    offer_id page_welcome_message post_click_configuration retailer_item_ids targeting title video_id";

/// `photo_data`.
pub(in crate::meta) const PHOTO_DATA: &str = "\
    branded_content_shared_to_sponsor_status branded_content_sponsor_page_id caption image_hash \
    page_welcome_message url";

/// `asset_feed_spec`.
pub(in crate::meta) const ASSET_FEED_SPEC: &str = "\
    ad_formats additional_data app_product_page_id asset_customization_rules audios autotranslate bodies \
    call_ads_configuration call_to_action_types call_to_actions captions carousels ctwa_consent_data \
    descriptions events groups images link_urls message_extensions onsite_destinations optimization_type \
    promotional_metadata reasons_to_shop shops_bundle titles translations upcoming_events videos \
    web_destination_spec";

/// Features of `degrees_of_freedom_spec.creative_features_spec`.
pub(in crate::meta) const CREATIVE_FEATURES: &str = "\
    adapt_to_placement add_text_overlay ads_with_benefits advantage_plus_creative app_highlights audio \
    auto_promotion_tag biz_ai carousel_to_video catalog_feed_tag creative_stickers \
    customize_product_recommendation cv_transformation description_automation dha_optimization dynamic_cta_text \
    dynamic_partner_content enable_ncs_testimonials enhance_cta fb_feed_tag fb_reels_tag fb_story_tag \
    feed_caption_optimization generate_cta hide_price hyperlink_formatting ig_feed_tag ig_glados_feed \
    ig_reels_tag ig_stream_tag ig_video_native_subtitle image_animation image_auto_crop image_background_gen \
    image_banner image_brightness_and_contrast image_end_card image_enhancement image_templates \
    image_text_translation image_touchups image_uncrop inline_comment local_store_extension \
    media_liquidity_animated_image media_order media_type_automation multi_creative_post_carousel \
    multi_photo_to_video music_generation pac_genai_recomposition pac_recomposition pac_relaxation \
    product_browsing product_extensions product_metadata_automation product_tags profile_card profile_extension \
    replace_media_text reveal_details_over_time show_destination_blurbs show_summary site_extensions \
    standard_enhancements standard_enhancements_catalog text_extraction_for_headline \
    text_extraction_for_tap_target text_formatting_optimization text_generation text_optimizations \
    text_overlay_translation text_translation translate_voiceover video_auto_crop video_filtering \
    video_highlight video_highlights video_to_image video_uncrop video_uncrop_9x16_to_9x18 video_voiceover \
    wa_mm_image_filtering wa_mm_text_truncation_length";
