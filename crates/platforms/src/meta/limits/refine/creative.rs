//! Creatives: one link, video or carousel ad out of platform-neutral parts (mapping §7).

use adplane_core::asset::{AssetRef, Assets};
use adplane_core::desired::DesiredObject;
use adplane_core::field::FieldPath;
use adplane_core::value::Value;

use super::findings::Findings;
use super::{feed, shared};
use crate::meta::wire::feed as wire;
use crate::meta::wire::words::{self, CALLS_TO_ACTION};
use crate::meta::wire::{tracking, vendor};

const IMAGES: &str = "creative.images";
const VIDEOS: &str = "creative.videos";
const CARDS: &str = "creative.cards";
const LANDING_PAGE: &str = "creative.landingPage";
const UTM: &str = "creative.tracking.utm";
const CALL: &str = "creative.callToAction";
const FEATURES: &str = "creative.meta.degrees_of_freedom_spec";

/// Parts that other platforms use; a creative is shared, so they are not wrong here.
const UNUSED: [(&str, &str); 3] = [
    ("creative.longHeadlines", "Meta Ads shows the first headline"),
    ("creative.businessName", "Meta Ads shows the page's name"),
    ("creative.logos", "Meta Ads shows the page's picture"),
];
/// Parts that belong to other platforms by name.
const FOREIGN: [&str; 4] =
    ["creative.google", "creative.tiktok", "creative.music", "creative.identity.tiktok"];
/// Texts of which one is shown, with the length from which people no longer see all of it.
const TEXTS: [(&str, usize); 3] =
    [("creative.headlines", 255), ("creative.descriptions", 255), ("creative.primaryTexts", 125)];
/// Pixels below which feeds refuse an image (meta-ads.md §16).
const SMALLEST_IMAGE: u32 = 600;

/// Normalises and checks an ad's creative.
pub(super) fn refine(object: &mut DesiredObject, assets: &Assets, findings: &mut Findings) {
    leave_out(object, findings);
    if !feed::settle(object, findings) {
        normalise_texts(object, findings);
        normalise_media(object, assets, findings);
        check_landing_page_is_written(object, findings);
    }
    normalise_tracking(object, findings);
    normalise_features(object, findings);
    check_landing_page(object, findings);
    check_call(object, findings);
    object.default_field(FEATURES, Value::text("OPT_OUT"));
}

fn leave_out(object: &mut DesiredObject, findings: &mut Findings) {
    for (path, instead) in UNUSED {
        if object.field(path).is_some() {
            let message = format!("`{}` is not used on Meta Ads", short(path));
            findings.info(object, path, "unused-field", message, instead);
            object.fields.remove(path);
        }
    }
    for path in FOREIGN {
        shared::remove(object, path);
    }
}

pub(super) fn short(path: &str) -> &str {
    path.trim_start_matches("creative.")
}

fn normalise_texts(object: &mut DesiredObject, findings: &mut Findings) {
    for (path, advised) in TEXTS {
        let Some(texts) = object.value(path) else { continue };
        let rest = texts.members().len().saturating_sub(1);
        let first: Option<String> = texts.texts().next().map(|text| text.trim().to_owned());
        if rest > 0 {
            let message = format!("Meta Ads shows the first of `{}`; {rest} more are not used", short(path));
            findings.info(object, path, "unused-texts", message, "put the text for Meta Ads first");
        }
        if first.as_ref().is_some_and(|text| text.chars().count() > advised) {
            let message = format!("longer than {advised} characters, which Meta Ads cuts");
            findings.warning(object, path, "text-too-long", message, "write a shorter text");
        }
        shared::set(object, path, Value::text_list(first));
    }
}

fn normalise_media(object: &mut DesiredObject, assets: &Assets, findings: &mut Findings) {
    drop_youtube(object, findings);
    let count =
        |object: &DesiredObject, path: &str| object.value(path).map_or(0, |list| list.members().len());
    if count(object, CARDS) > 0 {
        let cards = count(object, CARDS);
        if !(2..=10).contains(&cards) {
            let message = format!("a carousel on Meta Ads has 2 to 10 cards, not {cards}");
            findings.error(object, CARDS, "cards-count", message, "write 2 to 10 `cards`");
        }
        for path in [IMAGES, VIDEOS, "creative.headlines", "creative.descriptions"] {
            if count(object, path) > 0 {
                let message = format!("`{}` is not used beside `cards` on Meta Ads", short(path));
                findings.info(object, path, "unused-field", message, "the cards' own parts are shown");
            }
            object.fields.remove(path);
        }
        return;
    }
    match (count(object, VIDEOS), count(object, IMAGES)) {
        (0, 0) if object.external_id.is_none() => findings.error(
            object,
            "creative",
            "media-required",
            "an ad on Meta Ads needs an image, a video or cards",
            "write `images`, or `videos` and `images` for the thumbnail, or `cards`",
        ),
        (1.., 0) if object.external_id.is_none() => findings.error(
            object,
            VIDEOS,
            "thumbnail-required",
            "a video ad on Meta Ads needs a thumbnail",
            "give `videos`, and `images[0]` becomes the thumbnail",
        ),
        _ => {}
    }
    for path in [VIDEOS, IMAGES] {
        keep_first(object, path, findings);
    }
    warn_of_small_images(object, assets, findings);
}

/// Videos on YouTube are for Google Ads.
pub(super) fn drop_youtube(object: &mut DesiredObject, findings: &mut Findings) {
    let Some(videos) = object.value(VIDEOS) else { return };
    let kept: Vec<Value> = videos
        .members()
        .iter()
        .filter(|video| !matches!(video.as_text().and_then(AssetRef::parse), Some(AssetRef::YouTube(_))))
        .cloned()
        .collect();
    if kept.len() < videos.members().len() {
        let message = "Meta Ads does not play videos from YouTube";
        findings.info(object, VIDEOS, "unused-field", message, "give the file itself: `{file: …}`");
        if kept.is_empty() {
            object.fields.remove(VIDEOS);
        } else {
            shared::set(object, VIDEOS, Value::List(kept));
        }
    }
}

fn keep_first(object: &mut DesiredObject, path: &'static str, findings: &mut Findings) {
    let Some(list) = object.value(path) else { return };
    let rest = list.members().len().saturating_sub(1);
    let first = list.members().first().cloned();
    if rest > 0 {
        let message = format!("Meta Ads shows the first of `{}`; {rest} more are not used", short(path));
        findings.info(object, path, "unused-media", message, "use `cards` to show several");
    }
    shared::set(object, path, Value::List(first.into_iter().collect()));
}

fn warn_of_small_images(object: &DesiredObject, assets: &Assets, findings: &mut Findings) {
    let images = object.value(IMAGES);
    for reference in images.into_iter().flat_map(Value::texts) {
        let Some(AssetRef::Digest(digest)) = AssetRef::parse(reference) else { continue };
        let Some((width, height)) =
            assets.get(digest.as_str()).and_then(|asset| asset.width.zip(asset.height))
        else {
            continue;
        };
        if width < SMALLEST_IMAGE || height < SMALLEST_IMAGE {
            let message = format!("the image is {width} × {height} pixels");
            let hint =
                format!("Meta Ads advises at least {SMALLEST_IMAGE} × {SMALLEST_IMAGE}, better 1080 × 1080");
            findings.warning(object, IMAGES, "image-small", message, hint);
        }
    }
}

fn normalise_tracking(object: &mut DesiredObject, findings: &mut Findings) {
    let Some(utm) = object.value(UTM).cloned() else { return };
    for text in utm.entries().into_iter().flat_map(|entries| entries.values()).filter_map(Value::as_text) {
        for unknown in tracking::unknown_placeholders(text) {
            findings.error(
                object,
                UTM,
                "unknown-placeholder",
                format!("Meta Ads cannot fill in `{unknown}`"),
                "use {campaign.id}, {campaign.name}, {adGroup.id}, {adGroup.name}, {ad.id}, {ad.name}, {placement} or {source}",
            );
        }
    }
    shared::set(object, UTM, tracking::normal(&utm));
}

/// Features that alter a creative are opted out unless written otherwise, so only an opt-in says something.
fn normalise_features(object: &mut DesiredObject, findings: &mut Findings) {
    let leaves: Vec<(FieldPath, Option<String>)> = object
        .below("creative.meta")
        .map(|(path, field)| (path.clone(), field.value.as_text().map(str::to_owned)))
        .collect();
    for (path, word) in leaves {
        match (path.as_str(), word.as_deref()) {
            ("creative.meta.url_tags" | FEATURES, Some(_)) | (wire::SPEC, None) => {}
            ("creative.meta.call_to_action_type", Some(word)) => check_word(object, word, findings),
            (name, Some("OPT_IN")) if is_feature(name) => {}
            (name, Some("OPT_OUT")) if is_feature(name) => {
                object.fields.remove(&path);
            }
            _ => {
                let message = format!("`{path}` is not supported here");
                findings.error(
                    object,
                    path.as_str(),
                    "unsupported-field",
                    message,
                    "`meta` of a creative has: asset_feed_spec, call_to_action_type, url_tags, \
                     degrees_of_freedom_spec.creative_features_spec.<feature>.enroll_status (OPT_IN or OPT_OUT)",
                );
            }
        }
    }
}

fn check_word(object: &DesiredObject, word: &str, findings: &mut Findings) {
    if !vendor::has(vendor::CALLS_TO_ACTION, word) {
        let message = format!("Meta Ads has no call to action `{word}`");
        let hint = format!("write one of {}", vendor::list(vendor::CALLS_TO_ACTION));
        findings.error(object, "creative.meta.call_to_action_type", "unknown-call-to-action", message, hint);
    }
}

fn is_feature(path: &str) -> bool {
    path.strip_prefix(FEATURES)
        .is_some_and(|rest| rest.starts_with(".creative_features_spec.") && rest.ends_with(".enroll_status"))
}

fn check_landing_page(object: &DesiredObject, findings: &mut Findings) {
    let Some(page) = object.text(LANDING_PAGE) else { return };
    let good = url::Url::parse(page).is_ok_and(|url| matches!(url.scheme(), "https" | "http"));
    if !good {
        let message = format!("`{page}` is not a web address");
        findings.error(object, LANDING_PAGE, "landing-page-invalid", message, "write https://…");
    }
}

fn check_landing_page_is_written(object: &DesiredObject, findings: &mut Findings) {
    if object.text(LANDING_PAGE).is_none() && object.external_id.is_none() {
        findings.error(
            object,
            LANDING_PAGE,
            "landing-page-required",
            "an ad on Meta Ads needs a landing page",
            "write `landingPage: https://…` on the creative",
        );
    }
}

fn check_call(object: &mut DesiredObject, findings: &mut Findings) {
    match object.text(CALL) {
        Some(word) if words::to_wire(CALLS_TO_ACTION, word).is_none() => {
            let message = format!("Meta Ads has no call to action `{word}`");
            let hint = format!(
                "write one of {}, or the vendor's word as `meta: {{call_to_action_type: …}}`",
                words::neutral_list(CALLS_TO_ACTION)
            );
            findings.error(object, CALL, "unknown-call-to-action", message, hint);
        }
        None if object.field("creative.meta.call_to_action_type").is_none() && !feed::has_calls(object) => {
            object.default_field(CALL, Value::text("LearnMore"));
        }
        _ => {}
    }
}
