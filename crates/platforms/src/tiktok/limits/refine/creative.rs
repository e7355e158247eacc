//! Creatives: what TikTok uses of a neutral creative, and its limits (mapping §7.1, tiktok-ads.md §8.4).

use adplane_core::asset::{Asset, AssetRef};
use adplane_core::desired::DesiredObject;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::value::Value;

use super::foreign::remove_below;
use super::{Pass, creates, set_value};
use crate::tiktok::wire::{Lane, name, words};

const IMAGES: &str = "creative.images";
const VIDEOS: &str = "creative.videos";
const TEXTS: &str = "creative.primaryTexts";
/// Longest ad text, in units.
const LONGEST_TEXT: usize = 100;
/// Most texts and creatives of a Smart+ ad.
const MOST_TEXTS: usize = 5;
const MOST_VIDEOS: usize = 50;
/// Largest image: pixels and bytes.
const MOST_PIXELS: u64 = 3_686_400;
const LARGEST_IMAGE: u64 = 50 * 1024 * 1024;
const LARGEST_VIDEO: u64 = 500 * 1024 * 1024;
/// What only other platforms show.
const UNUSED: [&str; 6] = [
    "creative.headlines",
    "creative.longHeadlines",
    "creative.descriptions",
    "creative.businessName",
    "creative.logos",
    "creative.music",
];
/// Blocks of other platforms: a shared creative has them for others.
const OTHERS: [&str; 3] = ["creative.google", "creative.meta", "creative.identity.meta"];

/// Takes out what TikTok does not use, and says so once per creative.
pub(super) fn remove_unused(object: &mut DesiredObject, pass: &mut Pass<'_>) {
    for prefix in OTHERS {
        remove_below(object, prefix);
    }
    let unused: Vec<&str> = UNUSED.into_iter().filter(|path| object.fields.contains_key(*path)).collect();
    if let Some(first) = unused.first() {
        let names: Vec<&str> = unused.iter().map(|path| path.trim_start_matches("creative.")).collect();
        let finding =
            Diagnostic::info("unused-on-tiktok", format!("TikTok does not use {}", names.join(", ")));
        pass.once("unused-on-tiktok", object, first, finding);
    }
    for path in unused {
        object.fields.remove(path);
    }
}

pub(super) fn refine(object: &mut DesiredObject, lane: Lane, pass: &mut Pass<'_>) {
    if object.fields.contains_key("creative.cards") && creates(object) {
        let finding =
            Diagnostic::error("carousel-not-supported", "carousels on TikTok come with vendor depth")
                .hint("use one video with its cover, or one image");
        pass.error(object, "creative.cards", finding);
    }
    texts(object, lane, pass);
    media(object, lane, pass);
}

/// Checks that TikTok has the button.
pub(super) fn check_call_to_action(object: &DesiredObject, pass: &mut Pass<'_>) {
    let path = "creative.callToAction";
    let Some(word) = object.text(path) else { return };
    if words::call_to_action(word).is_none() {
        let finding =
            Diagnostic::error("call-to-action-not-on-tiktok", format!("TikTok has no call to action {word}"))
                .hint(format!("write {}", words::nearest_call_to_action(word)));
        pass.error(object, path, finding);
    }
}

fn list(object: &DesiredObject, path: &str) -> Vec<String> {
    object.value(path).map(|value| value.texts().map(str::to_owned).collect()).unwrap_or_default()
}

fn texts(object: &mut DesiredObject, lane: Lane, pass: &mut Pass<'_>) {
    let texts = list(object, TEXTS);
    let is_post = object.fields.contains_key("creative.tiktok.tiktok_item_id");
    if texts.is_empty() && creates(object) && !is_post {
        let finding = Diagnostic::error("text-missing", "a TikTok ad needs a text")
            .hint("add one to `primaryTexts` of the creative");
        pass.once("text-missing", object, TEXTS, finding);
    }
    let most = if lane == Lane::Manual { 1 } else { MOST_TEXTS };
    if texts.len() > most {
        let finding = Diagnostic::info(
            "texts-unused",
            format!("TikTok uses the first {most} of {} primary texts here", texts.len()),
        );
        pass.once("texts-unused", object, TEXTS, finding);
        set_value(object, TEXTS, Value::text_list(&texts[..most]));
    }
    for text in texts.iter().take(most) {
        let units = name::units(text);
        if units == 0 || units > LONGEST_TEXT {
            let finding = Diagnostic::error(
                "text-length",
                format!("`{text}` takes {units} units; TikTok takes 1 to {LONGEST_TEXT}"),
            )
            .hint("shorten it; a wide character counts as two");
            pass.once("text-length", object, TEXTS, finding);
        }
        if let Some(emoji) = name::emoji(text) {
            let finding = Diagnostic::error("emoji-in-text", format!("TikTok refuses `{emoji}` in ad texts"))
                .hint("remove the emoji");
            pass.once("emoji-in-text", object, TEXTS, finding);
        }
        if text.contains(['{', '}', '#', '@']) {
            let finding =
                Diagnostic::warning("text-characters", "TikTok may refuse `{`, `}`, `#` and `@` in ad texts");
            pass.once("text-characters", object, TEXTS, finding);
        }
    }
}

fn media(object: &mut DesiredObject, lane: Lane, pass: &mut Pass<'_>) {
    if object.fields.contains_key("creative.tiktok.tiktok_item_id") {
        return;
    }
    let (images, videos) = (list(object, IMAGES), list(object, VIDEOS));
    let format = if videos.is_empty() { "SINGLE_IMAGE" } else { "SINGLE_VIDEO" };
    object.default_field("creative.tiktok.ad_format", format);
    if videos.is_empty() {
        image_ad(object, lane, &images, pass);
    } else {
        video_ad(object, lane, &images, &videos, pass);
    }
    for (path, references) in [(IMAGES, &images), (VIDEOS, &videos)] {
        for reference in references {
            check_asset(object, path, reference, pass);
        }
    }
}

fn image_ad(object: &DesiredObject, lane: Lane, images: &[String], pass: &mut Pass<'_>) {
    if !creates(object) {
        return;
    }
    let finding = match (lane, images.len()) {
        (_, 0) => Diagnostic::error("media-missing", "a TikTok ad needs a video, or one image")
            .hint("add `videos` with `images[0]` as the cover, or one image, to the creative"),
        (Lane::SmartPlus, _) => {
            Diagnostic::error("image-not-in-smart-plus", "Smart+ ads show videos, not single images")
                .hint("add `videos`; `images[0]` becomes the cover")
        }
        (Lane::Manual, 1) => return,
        (Lane::Manual, count) => {
            Diagnostic::error("too-many-images", format!("an image ad shows one image, not {count}"))
                .hint("keep one image; carousels come with vendor depth")
        }
    };
    pass.once("media", object, IMAGES, finding);
}

fn video_ad(
    object: &mut DesiredObject,
    lane: Lane,
    images: &[String],
    videos: &[String],
    pass: &mut Pass<'_>,
) {
    let most = if lane == Lane::Manual { 1 } else { MOST_VIDEOS };
    if videos.len() > most && creates(object) {
        let finding = Diagnostic::error(
            "too-many-videos",
            format!("{} videos: this ad shows at most {most}", videos.len()),
        )
        .hint("use one ad for each video");
        pass.once("too-many-videos", object, VIDEOS, finding);
    }
    if images.is_empty() {
        if creates(object) {
            let finding = Diagnostic::error("cover-missing", "a TikTok video needs a cover image")
                .hint("add `images`: the first one becomes the cover");
            pass.once("cover-missing", object, IMAGES, finding);
        }
        return;
    }
    let covers = covers(images, videos.len());
    if covers.len() < images.len() && !images.iter().all(|image| *image == images[0]) {
        let finding = Diagnostic::info(
            "images-unused",
            format!("TikTok uses the first of {} images, as the cover", images.len()),
        );
        pass.once("images-unused", object, IMAGES, finding);
    }
    set_value(object, IMAGES, Value::text_list(covers));
}

/// One cover for all videos, or one for each; one when they are all the same.
pub(crate) fn covers(images: &[String], videos: usize) -> Vec<String> {
    let each = videos > 1 && images.len() == videos && images.iter().any(|image| *image != images[0]);
    images[..if each { images.len() } else { images.len().min(1) }].to_vec()
}

fn check_asset(object: &DesiredObject, path: &str, reference: &str, pass: &mut Pass<'_>) {
    let digest = match AssetRef::parse(reference) {
        Some(AssetRef::Digest(digest)) => digest,
        Some(AssetRef::YouTube(_)) => {
            let finding = Diagnostic::error("youtube-not-on-tiktok", "TikTok does not show YouTube videos")
                .hint("name the video's file, or its TikTok id: `{id: v10033..}`");
            pass.once("youtube-not-on-tiktok", object, path, finding);
            return;
        }
        Some(AssetRef::Id(_)) | None => return,
    };
    let Some(asset) = pass.assets.get(digest.as_str()) else { return };
    let problem = if path == IMAGES { image_problem(asset) } else { video_problem(asset) };
    if let Some((problem, hint)) = problem {
        pass.once(
            "asset-not-accepted",
            object,
            path,
            Diagnostic::error("asset-not-accepted", problem).hint(hint),
        );
    }
}

fn image_problem(asset: &Asset) -> Option<(String, &'static str)> {
    if !matches!(asset.extension.as_str(), "png" | "jpg" | "jpeg") {
        return Some((format!("TikTok takes no `.{}` images", asset.extension), "use JPG or PNG"));
    }
    if asset.bytes > LARGEST_IMAGE {
        return Some((format!("the image has {} bytes, TikTok takes 50 MB", asset.bytes), "make it smaller"));
    }
    let pixels = u64::from(asset.width?) * u64::from(asset.height?);
    (pixels > MOST_PIXELS).then(|| {
        (
            format!("the image has {pixels} pixels, TikTok takes {MOST_PIXELS}"),
            "scale it down, to 1440 × 2560 for instance",
        )
    })
}

fn video_problem(asset: &Asset) -> Option<(String, &'static str)> {
    if !matches!(asset.extension.as_str(), "mp4" | "mov" | "mpeg" | "mpg" | "avi") {
        return Some((format!("TikTok takes no `.{}` videos", asset.extension), "use mp4, mov, mpeg or avi"));
    }
    (asset.bytes > LARGEST_VIDEO)
        .then(|| (format!("the video has {} bytes, TikTok takes 500 MB", asset.bytes), "make it smaller"))
}
