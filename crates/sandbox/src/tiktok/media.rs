//! What uploads of images and videos share: sources, signatures, names ("Upload an image", "Upload a video").

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use md5::{Digest, Md5};

use crate::http::Response;
use crate::world::{Object, World};

use super::errors::{
    DUPLICATE_NAME, FILE_EMPTY, FILE_MISSING, FILE_TOO_LARGE, MD5_DIFFERS, Refusal, URL_UNAVAILABLE,
};
use super::json::text;
use super::params::Params;
use super::store;

/// Longest file name; longer ones are cut.
const LONGEST_NAME: usize = 100;

/// Names of the members that differ between images and videos.
#[derive(Debug, Clone, Copy)]
pub(super) struct Medium {
    /// The collection.
    pub collection: &'static str,
    /// The file's form field.
    pub file: &'static str,
    /// The md5's form field.
    pub signature: &'static str,
    /// The URL's parameter.
    pub url: &'static str,
    /// Most bytes.
    pub largest: usize,
}

/// Where files can be fetched without a token, as from a content network.
const FILES: &str = "/_files/";

/// Keeps a file; the URL it can be fetched from.
pub(super) fn keep(world: &mut World, params: &Params, name: &str, bytes: &Bytes) -> String {
    store::set_note(world, format!("file/{name}"), STANDARD.encode(bytes));
    format!("{}{FILES}{name}", params.base_url)
}

/// Answers a path below [`FILES`] with the file there.
pub(super) fn file(world: &World, path: &str) -> Option<Response> {
    let name = path.strip_prefix(FILES)?;
    let bytes = STANDARD.decode(store::note(world, &format!("file/{name}"))?.as_str()?).ok()?;
    let mut response = Response::text(200, "");
    let kind = match name.rsplit('.').next() {
        Some("png") => "image/png",
        Some("jpeg") => "image/jpeg",
        _ => "video/mp4",
    };
    response.headers = vec![("content-type".into(), kind.into())];
    response.body = bytes.into();
    Some(response)
}

/// Takes the uploaded bytes and a free file name.
///
/// Nothing outside the machine is ever fetched: an upload by URL is answered as an unreachable one.
pub(super) fn receive(world: &World, params: &Params, medium: Medium) -> Result<(Bytes, String), Refusal> {
    let kind = params.text("upload_type").unwrap_or("UPLOAD_BY_FILE");
    if kind == "UPLOAD_BY_URL" {
        let url = params.text(medium.url).unwrap_or_default();
        return Err(Refusal::new(
            URL_UNAVAILABLE,
            format!("{}: The URL `{url}` is unavailable.", medium.url),
        ));
    }
    let upload = params.files.iter().find(|upload| upload.field == medium.file);
    let upload = upload
        .ok_or_else(|| Refusal::new(FILE_MISSING, format!("{}: No file was uploaded.", medium.file)))?;
    if upload.bytes.is_empty() {
        return Err(Refusal::new(FILE_EMPTY, format!("{}: The file is empty.", medium.file)));
    }
    if upload.bytes.len() > medium.largest {
        return Err(Refusal::new(FILE_TOO_LARGE, format!("{}: The file is too large.", medium.file)));
    }
    if params.text(medium.signature).map(str::to_ascii_lowercase) != Some(signature(&upload.bytes)) {
        return Err(Refusal::new(
            MD5_DIFFERS,
            format!("{}: It differs from the md5 of the file.", medium.signature),
        ));
    }
    let name = params.text("file_name").filter(|name| !name.is_empty()).unwrap_or(&upload.file_name);
    let name: String = name.chars().take(LONGEST_NAME).collect();
    check_name(world, &params.advertiser, medium.collection, &name, None)?;
    Ok((upload.bytes.clone(), name))
}

/// File names are unique per account and medium.
pub(super) fn check_name(
    world: &World,
    advertiser: &str,
    collection: &str,
    name: &str,
    except: Option<&str>,
) -> Result<(), Refusal> {
    let account = store::account(world, advertiser)?;
    let taken = account.collection(collection).into_iter().flatten().any(|(id, file)| {
        except != Some(id.as_str()) && !name.is_empty() && text(file, "file_name") == Some(name)
    });
    if taken {
        return Err(Refusal::new(DUPLICATE_NAME, format!("file_name: Duplicated material name: {name}.")));
    }
    Ok(())
}

/// The md5 of bytes in hexadecimal.
pub(super) fn signature(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&Md5::digest(bytes))
}

/// Files whose members pass the search filters.
pub(super) fn passes(filter: Option<&Object>, file: &Object, ids: &str, id: &str) -> bool {
    let Some(filter) = filter else { return true };
    let listed = |filter_name: &str, member: &str| {
        !filter.contains_key(filter_name)
            || super::json::texts(filter, filter_name).contains(&text(file, member).unwrap_or_default())
    };
    let equal = |name: &str| filter.get(name).is_none_or(|wanted| file.get(name) == Some(wanted));
    listed(ids, id)
        && listed("material_ids", "material_id")
        && ["displayable", "width", "height"].into_iter().all(equal)
}
