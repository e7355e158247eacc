//! What the formats share: counted texts, pictures by shape, videos, the button. Sources: mapping §7; google-ads.md
//! §3.5, §3.7, §7.

use std::collections::BTreeSet;

use adplane_core::asset::{Asset, AssetRef, Assets};
use adplane_core::desired::DesiredObject;
use adplane_core::field::FieldPath;
use adplane_core::value::Value;

use super::report::Report;
use super::texts;
use crate::google::wire::images::{self, Slot};
use crate::google::wire::words;

/// Largest picture in bytes (google-ads.md §7).
const LARGEST_IMAGE: u64 = 5_120 * 1_024;
/// What the vendor reads as a picture (google-ads.md §7).
const EXTENSIONS: [&str; 4] = ["png", "jpg", "jpeg", "gif"];
const VIDEO_ID: usize = 11;
const VIDEOS: &str = "creative.videos";
const BUTTON: &str = "creative.callToAction";
const OWN_BUTTON: &str = "creative.google.callToAction";
/// Lists in which the order says nothing: the vendor combines their members and may send them back in another
/// order (google-ads.md §8, unverified).
const UNORDERED: [&str; 6] = [
    "creative.headlines",
    "creative.longHeadlines",
    "creative.descriptions",
    "creative.images",
    "creative.logos",
    VIDEOS,
];

/// One list of texts.
#[derive(Debug)]
pub(super) struct Texts {
    pub(super) path: &'static str,
    /// One of them, as people call it.
    pub(super) item: &'static str,
    pub(super) fewest: usize,
    pub(super) most: usize,
    pub(super) width: usize,
    /// At least one must be no wider than this.
    pub(super) short: Option<usize>,
}

/// One list of pictures.
pub(super) struct Pictures {
    pub(super) path: &'static str,
    pub(super) item: &'static str,
    pub(super) slots: &'static [Slot],
    pub(super) fewest: usize,
    pub(super) most: usize,
    /// Places that must not stay empty, by their field type.
    pub(super) required: &'static [&'static str],
}

/// Puts lists without an order into one.
pub(super) fn sort(object: &mut DesiredObject) {
    for path in UNORDERED {
        if let Some(Value::List(members)) = object.fields.get_mut(path).map(|field| &mut field.value) {
            members.sort();
        }
    }
}

/// The count of a list, and what to do about it.
fn check_count(
    object: &DesiredObject,
    path: &str,
    code: &'static str,
    item: &str,
    (fewest, most): (usize, usize),
    count: usize,
    report: &mut Report,
) {
    if (fewest..=most).contains(&count) {
        return;
    }
    let message = format!("the ad has {count} {item}s, Google takes {fewest} to {most}");
    let hint = match fewest.checked_sub(count) {
        Some(missing) if missing > 0 => format!("add {missing} to the creative"),
        _ => format!("remove {} from the creative", count.saturating_sub(most)),
    };
    report.error(object, path, code, message, hint);
}

/// Checks count, width and repetition of texts.
pub(super) fn check_texts(object: &DesiredObject, list: &Texts, report: &mut Report) {
    let found: Vec<&str> = object.value(list.path).into_iter().flat_map(Value::texts).collect();
    // What is bound may be an ad of a former kind, which has other texts.
    if found.is_empty() && object.external_id.is_some() {
        return;
    }
    check_count(object, list.path, "text-count", list.item, (list.fewest, list.most), found.len(), report);
    let mut seen = BTreeSet::new();
    for text in &found {
        texts::check_width(object, list.path, list.item, text, list.width, report);
        if !seen.insert(*text) {
            let message = format!("{} `{text}` is written twice", list.item);
            report.error(object, list.path, "text-twice", message, "remove one of the two");
        }
    }
    let Some(short) = list.short else { return };
    if !found.is_empty() && !found.iter().any(|text| crate::google::wire::texts::width(text) <= short) {
        let message = format!("no {} is at most {short} wide, and Google needs one", list.item);
        report.error(object, list.path, "short-text-missing", message, format!("shorten one to {short}"));
    }
}

/// Checks a text that is one value and must be there.
pub(super) fn check_business_name(object: &DesiredObject, report: &mut Report) {
    let path = "creative.businessName";
    match object.text(path) {
        Some(name) => texts::check_width(object, path, "business name", name, 25, report),
        None if object.external_id.is_some() => {}
        None => {
            let hint = "write `businessName:` in the creative, at most 25 wide";
            report.error(object, path, "missing-business-name", "the ad needs a business name", hint);
        }
    }
}

/// Checks count, shape, size and format of pictures, as far as they are known.
pub(super) fn check_pictures(object: &DesiredObject, list: &Pictures, assets: &Assets, report: &mut Report) {
    let references: Vec<&str> = object.value(list.path).into_iter().flat_map(Value::texts).collect();
    if references.is_empty() && object.external_id.is_some() {
        return;
    }
    check_count(
        object,
        list.path,
        "image-count",
        list.item,
        (list.fewest, list.most),
        references.len(),
        report,
    );
    let mut filled = BTreeSet::new();
    let mut unknown = false;
    for reference in &references {
        match picture(reference, assets) {
            Some((name, asset, size)) => {
                filled.extend(check_picture(object, list, (&name, asset, size), report));
            }
            None => unknown = true,
        }
    }
    if unknown || references.is_empty() {
        return;
    }
    for slot in list.slots.iter().filter(|slot| list.required.contains(&slot.field_type)) {
        if !filled.contains(slot.field_type) {
            let message = format!("no {} has the ratio {}, and Google needs one", list.item, slot.shown);
            let (width, height) = slot.smallest;
            let hint = format!("add one of {}, at least {width} × {height} pixels", slot.shown);
            report.error(object, list.path, "image-missing", message, hint);
        }
    }
}

/// A picture whose size is known: its name, what is known of it, its size.
fn picture<'a>(reference: &str, assets: &'a Assets) -> Option<(String, &'a Asset, images::Size)> {
    let Some(AssetRef::Digest(digest)) = AssetRef::parse(reference) else { return None };
    let asset = assets.get(digest.as_str())?;
    let name = match &asset.source {
        adplane_core::asset::AssetSource::File(name) | adplane_core::asset::AssetSource::Url(name) => name,
    };
    Some((name.clone(), asset, (asset.width?, asset.height?)))
}

/// Checks one picture; the field type of its place.
fn check_picture(
    object: &DesiredObject,
    list: &Pictures,
    (name, asset, (width, height)): (&str, &Asset, images::Size),
    report: &mut Report,
) -> Option<&'static str> {
    let path = list.path;
    if asset.bytes > LARGEST_IMAGE {
        let message = format!("`{name}` has {} bytes, Google takes {LARGEST_IMAGE}", asset.bytes);
        report.error(object, path, "image-too-large", message, "save it smaller, or as JPEG");
    }
    if !asset.extension.is_empty() && !EXTENSIONS.contains(&asset.extension.as_str()) {
        let message = format!("`{name}` is no picture that Google reads");
        report.error(object, path, "image-format", message, "save it as PNG, JPEG or GIF");
    }
    let Some(slot) = images::slot(list.slots, (width, height)) else {
        let message = format!("`{name}` is {width} × {height}, a shape Google has no place for");
        let hint = format!("crop it to one of {}, within one percent", images::ratios(list.slots));
        report.error(object, path, "image-ratio", message, hint);
        return None;
    };
    if width < slot.smallest.0 || height < slot.smallest.1 {
        let message = format!("`{name}` is {width} × {height}, which is too small for {}", slot.shown);
        let hint = format!("use at least {} × {} pixels", slot.smallest.0, slot.smallest.1);
        report.error(object, path, "image-too-small", message, hint);
    }
    Some(slot.field_type)
}

/// Checks pictures inside cards.
pub(super) fn check_card(object: &DesiredObject, card: &Value, assets: &Assets, report: &mut Report) {
    let list = Pictures {
        path: "creative.cards",
        item: "card",
        slots: &images::CARDS,
        fewest: 0,
        most: usize::MAX,
        required: &[],
    };
    let reference = card.entry("image").and_then(Value::as_text);
    if let Some((name, asset, size)) = reference.and_then(|reference| picture(reference, assets)) {
        check_picture(object, &list, (&name, asset, size), report);
    }
}

/// Videos live on YouTube; the vendor takes no files.
pub(super) fn check_videos(object: &DesiredObject, (fewest, most): (usize, usize), report: &mut Report) {
    let Some(value) = object.value(VIDEOS) else { return };
    check_count(object, VIDEOS, "video-count", "video", (fewest, most), value.members().len(), report);
    for reference in value.texts() {
        let hint = "upload it to YouTube and write `{youtube: <the 11 characters after v=>}`";
        match AssetRef::parse(reference) {
            Some(AssetRef::YouTube(id)) if is_video_id(&id) => {}
            Some(AssetRef::YouTube(id)) => {
                let message = format!("`{id}` is no YouTube video id");
                report.error(object, VIDEOS, "invalid-video-id", message, hint);
            }
            Some(AssetRef::Digest(_) | AssetRef::Id(_)) | None => {
                let message = "Google shows videos from YouTube only";
                report.error(object, VIDEOS, "video-not-on-youtube", message, hint);
            }
        }
    }
}

fn is_video_id(id: &str) -> bool {
    id.len() == VIDEO_ID && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// The button as a neutral word where there is one, else as the vendor's.
pub(super) fn refine_button(object: &mut DesiredObject, report: &mut Report) {
    if object.value(BUTTON).is_some() && object.value(OWN_BUTTON).is_some() {
        let hint = "remove one of the two";
        report.error(object, OWN_BUTTON, "two-buttons", "`callToAction` names the button already", hint);
    } else if let Some(word) = object.text(OWN_BUTTON).and_then(words::to_neutral)
        && let Some(mut field) = object.fields.remove(OWN_BUTTON)
    {
        field.value = Value::text(word);
        object.fields.insert(FieldPath::new(BUTTON), field);
    }
    let Some(word) = object.text(BUTTON) else { return };
    if word != "None" && words::to_wire(word).is_none() {
        let message = format!("Google has no button `{word}`");
        let hint = format!("write `{}`, or another word of Google's", words::nearest(word));
        report.error(object, BUTTON, "call-to-action", message, hint);
    }
}
