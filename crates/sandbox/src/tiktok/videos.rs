//! Videos ("Upload a video", "Get info about videos", "Search for videos").

use serde_json::{Value, json};

use crate::world::{Object, World};

use super::errors::{Answer, INVALID_VIDEO, NOT_FOUND, Outcome, Refusal, ensure};
use super::field::{Field, Kind, choice, flag, id, object, text, texts};
use super::json::set;
use super::list::Page;
use super::media::{self, Medium};
use super::params::Params;
use super::{clock, store};

const VIDEOS: Medium = Medium {
    collection: "videos",
    file: "video_file",
    signature: "video_signature",
    url: "video_url",
    largest: 500 * 1024 * 1024,
};

/// Parameters of `/file/video/ad/upload/`.
pub(super) const UPLOAD: &[Field] = &[
    id("advertiser_id").required(),
    choice("upload_type", &["UPLOAD_BY_FILE", "UPLOAD_BY_URL", "UPLOAD_BY_FILE_ID", "UPLOAD_BY_VIDEO_ID"]),
    text("video_signature"),
    text("video_url"),
    text("file_id"),
    text("video_id"),
    text("file_name"),
    flag("is_third_party"),
    flag("flaw_detect"),
    flag("auto_fix_enabled"),
    flag("auto_bind_enabled"),
];
/// Parameters of `/file/video/ad/update/`.
pub(super) const UPDATE: &[Field] =
    &[id("advertiser_id").required(), text("video_id").required(), text("file_name").required()];
/// Parameters of `/file/video/ad/info/`.
pub(super) const INFO: &[Field] = &[id("advertiser_id").required(), texts("video_ids").required()];
const FILTER: &[Field] = &[
    texts("video_ids"),
    texts("material_ids"),
    flag("displayable"),
    Field::new("width", Kind::Number),
    Field::new("height", Kind::Number),
    Field::new("ratio", Kind::Any),
];
/// Parameters of `/file/video/ad/search/`.
pub(super) const SEARCH: &[Field] = &[
    id("advertiser_id").required(),
    object("filtering", FILTER),
    Field::new("page", Kind::Number),
    Field::new("page_size", Kind::Number),
];

/// Uploads a video; the answer's `data` is a list, and equal bytes make another video.
pub(super) fn upload(world: &mut World, params: &Params) -> Outcome {
    let (bytes, name) = media::receive(world, params, VIDEOS)?;
    let number = store::fresh_id(world);
    let video_id = format!("v10033g50000{number}");
    let stamp = clock::asset_stamp(world.now);
    let extension = name.rsplit_once('.').map_or("mp4", |(_, extension)| extension).to_lowercase();
    let url = media::keep(world, params, &format!("{number}.mp4"), &bytes);
    let video = json!({
        "video_id": video_id, "material_id": store::fresh_id(world), "width": 720, "height": 1280,
        "duration": 15.0, "size": bytes.len(), "format": extension, "bit_rate": 1_200_000,
        "signature": media::signature(&bytes), "file_name": name, "displayable": true, "allow_download": true,
        "allowed_placements": ["PLACEMENT_TIKTOK", "PLACEMENT_PANGLE"],
        "preview_url": url,
        "preview_url_expire_time": clock::stamp(world.now + jiff::SignedDuration::from_hours(6)),
        "video_cover_url": format!("{}/_files/{number}.jpeg", params.base_url), "fix_task_id": null,
        "flaw_types": null, "create_time": stamp, "modify_time": stamp,
    });
    if let Value::Object(video) = video.clone() {
        store::account_mut(world, &params.advertiser)?.collection_mut("videos").insert(video_id, video);
    }
    Ok(Answer::wrote(json!([video])))
}

/// Renames a video.
pub(super) fn update(world: &mut World, params: &Params) -> Outcome {
    let (id, name) = (params.text_or_empty("video_id"), params.text_or_empty("file_name"));
    media::check_name(world, &params.advertiser, "videos", name, Some(id))?;
    let video = store::account_mut(world, &params.advertiser)?.collection_mut("videos").get_mut(id);
    let video = video.ok_or_else(|| Refusal::new(NOT_FOUND, format!("video_id: {id} does not exist.")))?;
    set(video, "file_name", name);
    Ok(Answer::wrote(json!({})))
}

/// Describes videos; unknown ids are left out.
pub(super) fn info(world: &mut World, params: &Params) -> Outcome {
    let wanted = params.texts("video_ids");
    ensure((1..=60).contains(&wanted.len()), || "video_ids: 1 to 60 ids are allowed.".into())?;
    let account = store::account(world, &params.advertiser)?;
    let list: Vec<&Object> = wanted.iter().filter_map(|id| account.get("videos", id)).collect();
    Ok(Answer::read(json!({"list": list})))
}

/// Searches videos, newest first.
pub(super) fn search(world: &mut World, params: &Params) -> Outcome {
    let page = Page::read_with(params, 100, 20)?;
    let filter = params.object("filtering");
    let account = store::account(world, &params.advertiser)?;
    let found: Vec<&Object> = account
        .collection("videos")
        .into_iter()
        .flat_map(|videos| videos.values().rev())
        .filter(|video| media::passes(filter, video, "video_ids", "video_id"))
        .collect();
    Ok(Answer::read(page.answer("list", &found, |video| (*video).clone())))
}

/// Checks that the account has a video.
pub(super) fn check<'w>(world: &'w World, advertiser: &str, id: &str) -> Result<&'w Object, Refusal> {
    let found = store::account(world, advertiser)?.get("videos", id);
    found.ok_or_else(|| {
        Refusal::new(
            INVALID_VIDEO,
            format!("video_id: The video {id} does not exist in this advertiser account."),
        )
    })
}
