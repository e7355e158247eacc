//! Fields of the kinds that are read more than written (meta-ads.md §9, §11, §A.3).

/// Ad accounts.
pub(in crate::meta) const ACCOUNT_FIELDS: &str = "\
    account_id account_status ad_account_promotable_objects age agency_client_declaration all_capabilities \
    amount_spent attribution_spec balance brand_safety_content_filter_levels business business_city \
    business_country_code business_name business_state business_street business_street2 business_zip \
    can_create_brand_lift_study capabilities created_time currency custom_audience_info default_dsa_beneficiary \
    default_dsa_payor disable_reason end_advertiser end_advertiser_name existing_customers \
    expired_funding_source_details extended_credit_invoice_group failed_delivery_checks fb_entity funding_source \
    funding_source_details has_migrated_permissions has_page_authorized_adaccount id io_number \
    is_attribution_spec_system_default is_ba_skip_delayed_eligible is_direct_deals_enabled \
    is_in_3ds_authorization_enabled_market is_notifications_enabled is_personal is_prepay_account \
    is_tax_id_required liable_address line_numbers marketing_messages_settings media_agency \
    min_campaign_group_spend_cap min_daily_budget name offsite_clo_signal_status offsite_pixels_tos_accepted \
    opportunity_score opportunity_score_weight owner owner_business partner rf_spec send_bill_to_address \
    show_checkout_experience sold_to_address spend_cap tax_id tax_id_status tax_id_type timezone_id \
    timezone_name timezone_offset_hours_utc tos_accepted user_access_expire_time user_tasks user_tos_accepted \
    viewable_business";

/// Images.
pub(in crate::meta) const IMAGE_FIELDS: &str = "\
    account_id bytes copy_from created_time creatives filename hash height id \
    is_associated_creatives_in_adgroups name original_height original_width owner_business permalink_url status \
    updated_time url url_128 width";

/// Videos.
pub(in crate::meta) const VIDEO_FIELDS: &str = "\
    ad_breaks ad_placements_validation_only admin_creator application_id asked_fun_fact_prompt_id audio_isrc \
    audio_story_wave_animation_handle backdated_time backdated_time_granularity boost_eligibility_info \
    chunk_session_id composer_entry_picker composer_entry_point composer_entry_time composer_session_events_log \
    composer_session_id composer_source_surface composer_type container_type content_category content_tags \
    copyright copyright_check_information copyright_monitoring_status created_time creative_folder_id \
    creative_tools custom_labels description edit_description_spec embed_html embeddable end_offset event \
    expiration fbuploader_video_file_chunk file_size file_url filename filepath fisheye_video_cropped format \
    formatting fov from front_z_rotation fun_fact_prompt_id fun_fact_toastee_id guide guide_enabled icon id \
    initial_heading initial_pitch instant_game_entry_point_data is_ai_generated is_boost_intended \
    is_crosspost_video is_crossposting_eligible is_episode is_group_linking_post is_instagram_eligible \
    is_partnership_ad is_reference_only is_voice_clip length live_audience_count live_status location_source_id \
    music_video_copyright name og_action_type_id og_icon_id og_object_id og_phrase og_suggestion_mechanism \
    original_fov original_projection_type partnership_ad_ad_code permalink_url picture place post_id post_views \
    premiere_living_room_status privacy publish_event_id published referenced_sticker_id replace_audio_status \
    replace_video_id scheduled_publish_time selected_audio_spec slideshow_spec source source_instagram_media_id \
    spherical start_offset status swap_mode text_format_metadata thumb time_since_original_post title \
    transcode_setting_properties universal_video_id unpublished_content_type updated_time upload_phase \
    upload_session_id upload_setting_properties validation_ad_placements video_file_chunk video_id \
    video_id_original video_start_time_ms video_state views waterfall_id";

/// Labels.
pub(in crate::meta) const LABEL_FIELDS: &str = "account created_time id name updated_time";

/// Runs of asynchronous reports.
pub(in crate::meta) const REPORT_RUN_FIELDS: &str = "\
    account_id action_attribution_windows action_breakdowns action_report_time async_percent_completion \
    async_report_url async_status breakdowns cpas_only date_preset date_start date_stop default_summary emails \
    error_code error_message error_subcode error_user_msg error_user_title export_columns export_format \
    export_name fields filtering friendly_name graph_cache id is_async_export is_bookmarked is_running level \
    limit product_id_limit schedule_id sort summary summary_action_breakdowns time_completed time_increment \
    time_range time_ranges time_ref use_account_attribution_setting use_unified_attribution_setting";

/// Rows of the change history.
pub(in crate::meta) const ACTIVITY_FIELDS: &str = "\
    actor_id actor_name application_id application_name date_time_in_timezone event_time event_type extra_data \
    object_id object_name object_type tool translated_event_type";
