//! Files of image assets, served where `imageAsset.fullSize.url` says (google-ads.md §3.6).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};

use crate::http::{Request, Response};
use crate::world::{Vendor, World};

/// Where images are served below the vendor's root; no token is needed there.
pub(super) const PATH: &str = "/simgad/";
/// Notes under which files are kept, in base64.
const NOTE: &str = "image/";
/// Note that holds the URL root clients use.
const BASE_URL: &str = "base_url";

/// Remembers the root that the links in answers begin with.
pub(super) fn remember_root(world: &mut World, request: &Request) {
    let notes = world.notes.entry(Vendor::Google).or_default();
    if notes.get(BASE_URL).and_then(Value::as_str) != Some(request.base_url.as_str()) {
        notes.insert(BASE_URL.to_owned(), json!(request.base_url));
    }
}

/// The root that the links in answers begin with.
pub(super) fn root(world: &World) -> String {
    let root = world.notes.get(&Vendor::Google).and_then(|notes| notes.get(BASE_URL)).and_then(Value::as_str);
    root.unwrap_or_default().to_owned()
}

/// Keeps files, each with its name and content in base64.
pub(super) fn keep(world: &mut World, files: Vec<(String, String)>) {
    let notes = world.notes.entry(Vendor::Google).or_default();
    for (name, data) in files {
        notes.insert(format!("{NOTE}{name}"), json!(data));
    }
}

/// Answers with a file.
pub(super) fn serve(world: &World, name: &str) -> Response {
    let data = world.notes.get(&Vendor::Google).and_then(|notes| notes.get(&format!("{NOTE}{name}")));
    let bytes = data.and_then(Value::as_str).and_then(|data| STANDARD.decode(data).ok());
    let Some(bytes) = bytes else { return Response::text(404, "not found") };
    let kind = match imagesize::image_type(&bytes) {
        Ok(imagesize::ImageType::Png) => "image/png",
        Ok(imagesize::ImageType::Gif) => "image/gif",
        _ => "image/jpeg",
    };
    let mut response = Response::text(200, "");
    response.headers = vec![("content-type".into(), kind.into())];
    response.body = Bytes::from(bytes);
    response
}
