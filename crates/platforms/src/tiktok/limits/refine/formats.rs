//! Formats: one video, one image, a carousel, a post, products; media and their limits (mapping §7.1).

use adplane_core::asset::{Asset, AssetRef};
use adplane_core::desired::DesiredObject;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::value::Value;

use super::creative::list;
use super::{Pass, creates, set_value};
use crate::tiktok::wire::Lane;

const IMAGES: &str = "creative.images";
const VIDEOS: &str = "creative.videos";
const CARDS: &str = "creative.cards";
const MUSIC: &str = "creative.music";
const POST: &str = "creative.tiktok.tiktok_item_id";
const FORMAT: &str = "creative.tiktok.ad_format";
/// Most creatives of a Smart+ ad.
const MOST_VIDEOS: usize = 50;
/// Most images of a carousel.
const MOST_CARDS: usize = 35;
/// Largest image: pixels and bytes.
const MOST_PIXELS: u64 = 3_686_400;
const LARGEST_IMAGE: u64 = 50 * 1024 * 1024;
const LARGEST_VIDEO: u64 = 500 * 1024 * 1024;

/// What an ad shows, chosen by what its creative holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// A post that exists already.
    Post,
    /// Products of a catalogue.
    Catalog,
    /// Several images with music.
    Carousel,
    /// A video with its cover, in Smart+ several.
    Video,
    /// One image.
    Image,
}

impl Format {
    /// The vendor's words for it, the usual one first.
    fn words(self) -> &'static [&'static str] {
        match self {
            Self::Post => &["SINGLE_VIDEO", "CAROUSEL_ADS"],
            Self::Catalog => &["CATALOG_CAROUSEL"],
            Self::Carousel => &["CAROUSEL_ADS"],
            Self::Video => &["SINGLE_VIDEO"],
            Self::Image => &["SINGLE_IMAGE"],
        }
    }
}

/// Chooses the format, checks the media, and takes out what the format does not show.
pub(super) fn refine(object: &mut DesiredObject, lane: Lane, pass: &mut Pass<'_>) -> Format {
    let format = choose(object);
    written_format(object, format, pass);
    unused(object, format, pass);
    music(object, format, pass);
    let (images, videos) = (list(object, IMAGES), list(object, VIDEOS));
    match format {
        Format::Post | Format::Catalog => {}
        Format::Carousel => carousel(object, pass),
        Format::Image => image_ad(object, lane, &images, pass),
        Format::Video => video_ad(object, lane, &images, &videos, pass),
    }
    for (path, references) in [(IMAGES, list(object, IMAGES)), (VIDEOS, list(object, VIDEOS))] {
        for reference in &references {
            check_asset(object, path, reference, pass);
        }
    }
    format
}

fn choose(object: &DesiredObject) -> Format {
    if object.fields.contains_key(POST) {
        Format::Post
    } else if object.text(FORMAT) == Some("CATALOG_CAROUSEL") {
        Format::Catalog
    } else if object.value(CARDS).is_some_and(|cards| !cards.members().is_empty()) {
        Format::Carousel
    } else if list(object, VIDEOS).is_empty() {
        Format::Image
    } else {
        Format::Video
    }
}

/// The format follows from the content; written, it must say the same.
fn written_format(object: &mut DesiredObject, format: Format, pass: &mut Pass<'_>) {
    let words = format.words();
    let wrong =
        object.text(FORMAT).filter(|word| !words.contains(word) && creates(object)).map(str::to_owned);
    if let Some(word) = wrong {
        let message =
            format!("`tiktok.ad_format: {word}` does not fit what the creative holds: {}", words[0]);
        let finding = Diagnostic::error("format-contradicted", message)
            .hint("leave `tiktok.ad_format` out: it follows from videos, images and cards");
        pass.once("format-contradicted", object, FORMAT, finding);
    }
    // What the content says anyway is compared through the content.
    if object.text(FORMAT) == Some(words[0]) && format != Format::Catalog {
        object.fields.remove(FORMAT);
    }
    object.default_field(FORMAT, words[0]);
}

/// Media that the format leaves aside.
fn unused(object: &mut DesiredObject, format: Format, pass: &mut Pass<'_>) {
    let leaves: &[(&str, &str)] = match format {
        Format::Post | Format::Catalog => &[(IMAGES, "images"), (VIDEOS, "videos"), (CARDS, "cards")],
        Format::Carousel => &[(IMAGES, "images"), (VIDEOS, "videos")],
        Format::Video | Format::Image => &[(CARDS, "cards")],
    };
    let found: Vec<_> = leaves.iter().filter(|(path, _)| object.fields.contains_key(*path)).collect();
    let Some((first, _)) = found.first() else { return };
    let names: Vec<&str> = found.iter().map(|(_, name)| *name).collect();
    let because = match format {
        Format::Post => "a post brings its own media",
        Format::Catalog => "the catalogue brings the pictures",
        Format::Carousel => "the cards are shown",
        Format::Video | Format::Image => "there are none",
    };
    let finding =
        Diagnostic::info("unused-on-tiktok", format!("TikTok does not use {}: {because}", names.join(", ")));
    pass.once("media-unused", object, first, finding);
    for (path, _) in leaves {
        object.fields.remove(*path);
    }
}

/// Carousels and products need music, a video has its own.
fn music(object: &mut DesiredObject, format: Format, pass: &mut Pass<'_>) {
    let photo_post = format == Format::Post && object.text(FORMAT) == Some("CAROUSEL_ADS");
    let needed = photo_post || matches!(format, Format::Carousel | Format::Catalog);
    let written = object.fields.contains_key(MUSIC);
    if needed && !written && creates(object) {
        let finding = Diagnostic::error("music-missing", "a carousel on TikTok plays music")
            .hint("add `music: \"<TikTok music id>\"` to the creative");
        pass.once("music-missing", object, MUSIC, finding);
    } else if !needed && written {
        let finding = Diagnostic::info("unused-on-tiktok", "TikTok does not use music: this is no carousel");
        pass.once("music-unused", object, MUSIC, finding);
        object.fields.remove(MUSIC);
    }
}

/// Of a card only the image is shown.
fn carousel(object: &mut DesiredObject, pass: &mut Pass<'_>) {
    let Some(Value::List(cards)) = object.value(CARDS) else { return };
    let count = cards.len();
    let texts = ["headline", "description", "landingPage"];
    let has_texts = cards.iter().any(|card| texts.iter().any(|key| card.entry(key).is_some()));
    let images: Vec<Value> = cards
        .iter()
        .map(|card| Value::map(card.entry("image").map(|image| ("image", image.clone()))))
        .collect();
    let references: Vec<String> =
        images.iter().filter_map(|card| card.entry("image")?.as_text().map(str::to_owned)).collect();
    set_value(object, CARDS, Value::List(images));
    if count > MOST_CARDS && creates(object) {
        let finding = Diagnostic::error(
            "too-many-cards",
            format!("{count} cards: a carousel on TikTok shows at most {MOST_CARDS}"),
        )
        .hint("remove some, or use several ads");
        pass.once("too-many-cards", object, CARDS, finding);
    }
    if has_texts {
        let finding = Diagnostic::info(
            "unused-on-tiktok",
            "TikTok shows the images of cards, not their texts and links",
        );
        pass.once("card-texts-unused", object, CARDS, finding);
    }
    for reference in &references {
        check_asset(object, CARDS, reference, pass);
    }
}

fn image_ad(object: &DesiredObject, lane: Lane, images: &[String], pass: &mut Pass<'_>) {
    if !creates(object) {
        return;
    }
    let finding = match (lane, images.len()) {
        (_, 0) => Diagnostic::error("media-missing", "a TikTok ad needs a video, or one image")
            .hint("add `videos` with `images[0]` as the cover, or one image, to the creative"),
        (Lane::SmartPlus, _) => Diagnostic::error(
            "image-not-in-smart-plus",
            "Smart+ ads show videos or carousels, not single images",
        )
        .hint("add `videos`, then `images[0]` becomes the cover, or `cards` with `music`"),
        (Lane::Manual, 1) => return,
        (Lane::Manual, count) => {
            Diagnostic::error("too-many-images", format!("an image ad shows one image, not {count}"))
                .hint("keep one image, or write them as `cards` with `music`: a carousel")
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
    let problem = if path == VIDEOS { video_problem(asset) } else { image_problem(asset) };
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
