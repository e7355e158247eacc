//! Generated variations of a creative: opted out one by one (meta-ads.md §7, §17.21).
//!
//! Text and images that nobody approved must be asked for, so every feature known to the vendor's client is sent
//! as `OPT_OUT` unless it is written as `OPT_IN`. Whether ineligible ones are accepted is unverified.

use adplane_core::field::Values;
use adplane_core::value::Value;
use serde_json::{Value as Json, json};

use crate::meta::wire::json::Object;

/// Where an opt-in is written.
const PREFIX: &str = "creative.meta.degrees_of_freedom_spec.creative_features_spec.";
const SUFFIX: &str = ".enroll_status";

/// Every feature of the vendor's client, version 26.
const FEATURES: &str = "\
    adapt_to_placement add_text_overlay ads_with_benefits advantage_plus_creative app_highlights \
    audio auto_promotion_tag biz_ai carousel_to_video catalog_feed_tag creative_stickers \
    customize_product_recommendation cv_transformation description_automation dha_optimization \
    dynamic_cta_text dynamic_partner_content enable_ncs_testimonials enhance_cta fb_feed_tag \
    fb_reels_tag fb_story_tag feed_caption_optimization generate_cta hide_price \
    hyperlink_formatting ig_feed_tag ig_glados_feed ig_reels_tag ig_stream_tag \
    ig_video_native_subtitle image_animation image_auto_crop image_background_gen image_banner \
    image_brightness_and_contrast image_end_card image_enhancement image_templates \
    image_text_translation image_touchups image_uncrop inline_comment local_store_extension \
    media_liquidity_animated_image media_order media_type_automation multi_creative_post_carousel \
    multi_photo_to_video music_generation pac_genai_recomposition pac_recomposition pac_relaxation \
    product_browsing product_extensions product_metadata_automation product_tags profile_card \
    profile_extension replace_media_text reveal_details_over_time show_destination_blurbs \
    show_summary site_extensions standard_enhancements standard_enhancements_catalog \
    text_extraction_for_headline text_extraction_for_tap_target text_formatting_optimization \
    text_generation text_optimizations text_overlay_translation text_translation \
    translate_voiceover video_auto_crop video_filtering video_highlight video_highlights \
    video_to_image video_uncrop video_uncrop_9x16_to_9x18 video_voiceover wa_mm_image_filtering \
    wa_mm_text_truncation_length";

/// `degrees_of_freedom_spec` of a creative.
pub(super) fn spec(content: &Values) -> Json {
    let mut features: Object =
        FEATURES.split_whitespace().map(|name| (name.to_owned(), enrolled("OPT_OUT"))).collect();
    for (path, value) in content {
        let feature = path.as_str().strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(SUFFIX));
        if let (Some(feature), Some(word)) = (feature, Value::as_text(value)) {
            features.insert(feature.to_owned(), enrolled(word));
        }
    }
    json!({"creative_features_spec": features})
}

fn enrolled(status: &str) -> Json {
    json!({"enroll_status": status})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_written_is_opted_in() {
        let path = format!("{PREFIX}image_touchups{SUFFIX}");
        let content = Values::from([(path.as_str().into(), Value::text("OPT_IN"))]);
        let spec = spec(&content);
        let features = spec["creative_features_spec"].as_object().unwrap();
        let chosen: Vec<_> = features.iter().filter(|(_, it)| it["enroll_status"] == "OPT_IN").collect();
        assert_eq!(chosen.len(), 1);
        assert_eq!(features["text_generation"]["enroll_status"], "OPT_OUT");
    }
}
