//! Assets. Source: google-ads.md §3.6, §7.

use base64::Engine as _;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Check, text, text_of, urls};
use crate::google::errors::{ApiError, Path};
use crate::google::schema::{asset::ASSET, asset::CONTENT, snake};
use crate::world::Object;

/// Largest image file (§3.7: 5120 KB).
const LARGEST_IMAGE: usize = 5_120 * 1_024;
/// Headers a structured snippet may carry.
const SNIPPET_HEADERS: [&str; 13] = [
    "Amenities",
    "Brands",
    "Courses",
    "Degree programs",
    "Destinations",
    "Featured hotels",
    "Insurance coverage",
    "Models",
    "Neighborhoods",
    "Service catalog",
    "Shows",
    "Styles",
    "Types",
];

/// The content member that an asset carries.
pub(in crate::google) fn content(object: &Object) -> Option<&'static str> {
    ASSET
        .iter()
        .filter(|field| field.oneof == Some(CONTENT))
        .map(|field| field.name)
        .find(|name| object.contains_key(*name))
}

/// What makes two assets the same; only kinds whose content is fixed are shared (§3.6).
pub(in crate::google) fn content_key(object: &Object) -> Option<String> {
    let inner = |member: &str, field: &str| {
        object.get(member).and_then(|value| value.get(field)).and_then(Value::as_str).map(str::to_owned)
    };
    let key = match content(object)? {
        "textAsset" => inner("textAsset", "text")?,
        "youtubeVideoAsset" => inner("youtubeVideoAsset", "youtubeVideoId")?,
        "callToActionAsset" => inner("callToActionAsset", "callToAction")?,
        "imageAsset" => {
            let url = object.get("imageAsset")?.pointer("/fullSize/url")?.as_str()?;
            url.rsplit_once('/')?.1.to_owned()
        }
        _ => return None,
    };
    Some(format!("content:{}:{key}", content(object)?))
}

/// A carousel's card names pictures that exist already: it takes no temporary ids (§2.3; the code is unverified).
pub(in crate::google) fn refuse_temporary(object: &Object, path: &Path, errors: &mut Vec<ApiError>) {
    let card = object.get("demandGenCarouselCardAsset").and_then(Value::as_object);
    for (field, value) in card.into_iter().flatten() {
        if value.as_str().is_some_and(|name| name.contains("/assets/-")) {
            errors.push(
                ApiError::new("mutateError", "RESOURCE_NOT_FOUND", "Resource was not found.")
                    .trigger(value)
                    .at(path.at(&format!("demandGenCarouselCardAsset.{field}"))),
            );
        }
    }
}

pub(super) fn check(check: &mut Check<'_, '_>) {
    let Some(content) = content(&check.new) else {
        check.require("assetData");
        return;
    };
    if check.old.as_ref().is_some_and(|old| self::content(old) != Some(content)) {
        check.fail("fieldError", "IMMUTABLE_FIELD", content, "The content of an asset cannot be changed.");
        return;
    }
    let inner = check.new.get(content).and_then(Value::as_object).cloned().unwrap_or_default();
    match content {
        "textAsset" if text_of(&inner, "text").is_empty() => check.require("textAsset.text"),
        "imageAsset" if check.is_create() => check_image(check, &inner),
        "youtubeVideoAsset" => check_video(check, &inner),
        "sitelinkAsset" => check_sitelink(check, &inner),
        "calloutAsset" => {
            text::check_length(check, "calloutAsset.calloutText", text_of(&inner, "calloutText"), 25);
        }
        "structuredSnippetAsset" => check_snippet(check, &inner),
        _ => {}
    }
    urls::check(check, "");
    check.new.insert("type".into(), json!(type_of(content)));
    check.default("source", json!("ADVERTISER"));
}

/// The read-only `type` of a content member.
fn type_of(content: &str) -> String {
    snake(content).trim_end_matches("_asset").to_ascii_uppercase()
}

/// Decodes an image; the file itself is kept aside and served where `fullSize.url` says.
fn check_image(check: &mut Check<'_, '_>, inner: &Object) {
    let path = "imageAsset.data";
    // Images among the types that need a name: unverified (§3.6).
    if check.text("name").is_empty() {
        check.fail("assetError", "NAME_REQUIRED_FOR_ASSET_TYPE", "name", "This type of asset needs a name.");
    }
    let Ok(bytes) = base64::engine::general_purpose::STANDARD.decode(text_of(inner, "data")) else {
        check.fail("imageError", "INVALID_IMAGE", path, "The image is not valid base64.");
        return;
    };
    if bytes.is_empty() {
        check.require(path);
        return;
    }
    if bytes.len() > LARGEST_IMAGE {
        check.fail("imageError", "FILE_TOO_LARGE", path, "The file is larger than 5120 KB.");
    }
    let kind = match imagesize::image_type(&bytes) {
        Ok(imagesize::ImageType::Png) => "IMAGE_PNG",
        Ok(imagesize::ImageType::Jpeg) => "IMAGE_JPEG",
        Ok(imagesize::ImageType::Gif) => "IMAGE_GIF",
        _ => {
            check.fail("imageError", "FORMAT_NOT_ALLOWED", path, "The image must be a GIF, JPEG or PNG.");
            return;
        }
    };
    let Ok(size) = imagesize::blob_size(&bytes) else {
        check.fail("imageError", "INVALID_IMAGE", path, "The image cannot be read.");
        return;
    };
    let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes));
    let stored = json!({
        "fileSize": bytes.len().to_string(),
        "mimeType": kind,
        "fullSize": {
            "heightPixels": size.height.to_string(),
            "widthPixels": size.width.to_string(),
            "url": format!("{}{}{}", check.tx.base_url(), crate::google::images::PATH, &digest[..20]),
        },
    });
    check.new.insert("imageAsset".into(), stored);
    check.tx.keep_image(&digest[..20], text_of(inner, "data"));
}

fn check_video(check: &mut Check<'_, '_>, inner: &Object) {
    let id = text_of(inner, "youtubeVideoId");
    let valid =
        id.len() == 11 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if !valid {
        check.fail(
            "youtubeVideoRegistrationError",
            "VIDEO_NOT_FOUND",
            "youtubeVideoAsset.youtubeVideoId",
            "Video to be registered wasn't found.",
        );
    }
}

fn check_sitelink(check: &mut Check<'_, '_>, inner: &Object) {
    text::check_length(check, "sitelinkAsset.linkText", text_of(inner, "linkText"), 25);
    let (first, second) = (text_of(inner, "description1"), text_of(inner, "description2"));
    for (field, words, other) in [("description1", first, second), ("description2", second, first)] {
        let path = format!("sitelinkAsset.{field}");
        if words.is_empty() && !other.is_empty() {
            check.require(&path);
        } else if !words.is_empty() {
            text::check_length(check, &path, words, 35);
        }
    }
    if check.new.get("finalUrls").and_then(Value::as_array).is_none_or(Vec::is_empty) {
        check.require("finalUrls");
    }
}

fn check_snippet(check: &mut Check<'_, '_>, inner: &Object) {
    if !SNIPPET_HEADERS.contains(&text_of(inner, "header")) {
        check.fail(
            "fieldError",
            "INVALID_VALUE",
            "structuredSnippetAsset.header",
            "The header is not one of the list.",
        );
    }
    let values = inner.get("values").and_then(Value::as_array).cloned().unwrap_or_default();
    let path = "structuredSnippetAsset.values";
    if values.len() < 3 {
        check.fail("collectionSizeError", "TOO_FEW", path, "Too few.");
    } else if values.len() > 10 {
        check.fail("collectionSizeError", "TOO_MANY", path, "Too many.");
    }
    for (index, value) in values.iter().enumerate() {
        text::check_length(check, &format!("{path}[{index}]"), value.as_str().unwrap_or_default(), 25);
    }
}
