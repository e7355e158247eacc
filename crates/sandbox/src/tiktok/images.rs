//! Images ("Upload an image", "Get info about images", "Search for images").

use serde_json::{Value, json};

use crate::world::{Object, World};

use super::errors::{Answer, ILLEGAL_IMAGE, NOT_FOUND, Outcome, Refusal, ensure};
use super::field::{Field, Kind, choice, flag, id, object, text, texts};
use super::json::{set, text_or_empty};
use super::list::Page;
use super::media::{self, Medium};
use super::params::Params;
use super::{clock, store};

const IMAGES: Medium = Medium {
    collection: "images",
    file: "image_file",
    signature: "image_signature",
    url: "image_url",
    largest: 50 * 1024 * 1024,
};
/// Most pixels.
const MOST_PIXELS: usize = 3_686_400;

/// Parameters of `/file/image/ad/upload/`.
pub(super) const UPLOAD: &[Field] = &[
    id("advertiser_id").required(),
    choice("upload_type", &["UPLOAD_BY_FILE", "UPLOAD_BY_URL", "UPLOAD_BY_FILE_ID"]),
    text("image_signature"),
    text("image_url"),
    text("file_id"),
    text("file_name"),
];
/// Parameters of `/file/image/ad/update/`.
pub(super) const UPDATE: &[Field] =
    &[id("advertiser_id").required(), text("image_id").required(), text("file_name").required()];
/// Parameters of `/file/image/ad/info/`.
pub(super) const INFO: &[Field] = &[id("advertiser_id").required(), texts("image_ids").required()];
const FILTER: &[Field] = &[
    texts("image_ids"),
    texts("material_ids"),
    flag("displayable"),
    Field::new("width", Kind::Number),
    Field::new("height", Kind::Number),
    Field::new("ratio", Kind::Any),
];
/// Parameters of `/file/image/ad/search/`.
pub(super) const SEARCH: &[Field] = &[
    id("advertiser_id").required(),
    object("filtering", FILTER),
    Field::new("page", Kind::Number),
    Field::new("page_size", Kind::Number),
];

/// Uploads an image.
pub(super) fn upload(world: &mut World, params: &Params) -> Outcome {
    let (bytes, name) = media::receive(world, params, IMAGES)?;
    let (width, height, format) = measure(&bytes)?;
    let number = store::fresh_id(world);
    let image_id = format!("ad-site-i18n-sg/{}{number}", &media::signature(&bytes)[..12]);
    let stamp = clock::asset_stamp(world.now);
    let url = media::keep(world, params, &format!("{number}.{format}"), &bytes);
    let image = json!({
        "image_id": image_id, "material_id": store::fresh_id(world), "width": width, "height": height,
        "format": format, "size": bytes.len(), "signature": media::signature(&bytes), "file_name": name,
        "image_url": url, "displayable": true,
        "is_carousel_usable": true, "create_time": stamp, "modify_time": stamp,
    });
    if let Value::Object(image) = image.clone() {
        store::account_mut(world, &params.advertiser)?.collection_mut("images").insert(image_id, image);
    }
    Ok(Answer::wrote(image))
}

fn measure(bytes: &[u8]) -> Result<(usize, usize, &'static str), Refusal> {
    let illegal = |message: &str| Refusal::new(ILLEGAL_IMAGE, format!("image_file: {message}"));
    let format = match imagesize::image_type(bytes) {
        Ok(imagesize::ImageType::Png) => "png",
        Ok(imagesize::ImageType::Jpeg) => "jpeg",
        _ => return Err(illegal("Only JPG and PNG files are supported.")),
    };
    let size = imagesize::blob_size(bytes).map_err(|_| illegal("The file is not a readable image."))?;
    if size.width.saturating_mul(size.height) > MOST_PIXELS {
        return Err(illegal("The image has more than 3686400 pixels."));
    }
    Ok((size.width, size.height, format))
}

/// Renames an image.
pub(super) fn update(world: &mut World, params: &Params) -> Outcome {
    let (id, name) = (params.text_or_empty("image_id"), params.text_or_empty("file_name"));
    media::check_name(world, &params.advertiser, "images", name, Some(id))?;
    let image = store::account_mut(world, &params.advertiser)?.collection_mut("images").get_mut(id);
    let image = image.ok_or_else(|| Refusal::new(NOT_FOUND, format!("image_id: {id} does not exist.")))?;
    set(image, "file_name", name);
    Ok(Answer::wrote(json!({})))
}

/// Describes images; unknown ids are left out.
pub(super) fn info(world: &mut World, params: &Params) -> Outcome {
    let wanted = params.texts("image_ids");
    ensure((1..=100).contains(&wanted.len()), || "image_ids: 1 to 100 ids are allowed.".into())?;
    let account = store::account(world, &params.advertiser)?;
    let list: Vec<&Object> = wanted.iter().filter_map(|id| account.get("images", id)).collect();
    Ok(Answer::read(json!({"list": list})))
}

/// Searches images, newest first.
pub(super) fn search(world: &mut World, params: &Params) -> Outcome {
    let page = Page::read_with(params, 100, 20)?;
    let filter = params.object("filtering");
    let account = store::account(world, &params.advertiser)?;
    let found: Vec<&Object> = account
        .collection("images")
        .into_iter()
        .flat_map(|images| images.values().rev())
        .filter(|image| media::passes(filter, image, "image_ids", "image_id"))
        .collect();
    Ok(Answer::read(page.answer("list", &found, |image| (*image).clone())))
}

/// Checks that the account has these images.
pub(super) fn check(world: &World, advertiser: &str, member: &str, ids: &[&str]) -> Result<(), Refusal> {
    let account = store::account(world, advertiser)?;
    let missing = ids.iter().find(|id| account.get("images", id).is_none());
    ensure(missing.is_none(), || {
        format!(
            "{member}: The image {} does not exist in this advertiser account.",
            missing.copied().unwrap_or_default()
        )
    })
}

/// Width and height of an image.
pub(super) fn size(world: &World, advertiser: &str, id: &str) -> Option<(u64, u64)> {
    let image = store::account(world, advertiser).ok()?.get("images", id)?;
    Some((image.get("width")?.as_u64()?, image.get("height")?.as_u64()?))
}

/// The file name of an image.
pub(super) fn file_name<'w>(world: &'w World, advertiser: &str, id: &str) -> Option<&'w str> {
    let image = store::account(world, advertiser).ok()?.get("images", id)?;
    Some(text_or_empty(image, "file_name"))
}
