//! Images: stored by content, so that the same bytes are the same image (meta-ads.md §9).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use data_encoding::HEXLOWER;
use md5::{Digest, Md5};
use serde_json::{Map, Value, json};

use super::call::{Answer, Call};
use super::errors::GraphError;
use super::kind::Kind;
use super::params::Params;
use super::reader::Reader;
use super::store::{self, Node};
use crate::world::{Object, Vendor, World};

/// Where the bytes of images and videos are kept, by hash.
pub(super) const BLOBS: &str = "blobs";

/// `POST act_N/adimages`: base64 text, files, or a copy from another account.
pub(super) fn create(call: &mut Call<'_>, account: &str) -> Result<Answer, GraphError> {
    let uploads = uploads(call)?;
    if call.validates_only() {
        return Ok(Answer::valid());
    }
    let mut answer = Map::new();
    for (key, name, bytes) in uploads {
        let hash = add(call.world, account, &name, &bytes)?;
        let object = find(call.world, account, &hash).cloned().unwrap_or_default();
        let url = url(call.base_url, &object);
        let row = json!({
            "hash": hash, "url": url, "url_128": url, "name": object.get("name"),
            "height": object.get("height"), "width": object.get("width"),
        });
        answer.insert(key, row);
    }
    Ok(Answer::wrote(json!({"images": answer})))
}

/// The id of an image: images are told apart by account and hash (§9).
fn id(account: &str, hash: &str) -> String {
    format!("{account}:{hash}")
}

/// An image by its hash.
pub(super) fn find<'a>(world: &'a World, account: &str, hash: &str) -> Option<&'a Object> {
    store::object(world, account, Kind::Image, &id(account, hash))
}

/// Key in the answer, name and bytes of each upload.
fn uploads(call: &Call<'_>) -> Result<Vec<(String, String, Vec<u8>)>, GraphError> {
    if let Some(text) = call.params.text("bytes") {
        let compact: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
        // A form leaves spaces where a client forgot to encode `+`; those bytes are lost, and so is the image.
        let bytes = STANDARD.decode(compact).map_err(|_| GraphError::must_be("bytes", "base64 text"))?;
        let name = call.params.text("name").unwrap_or_else(|| "image".to_owned());
        return Ok(vec![("bytes".to_owned(), name, bytes)]);
    }
    if let Some(source) = call.params.json("copy_from") {
        let hash = source["hash"].as_str().unwrap_or_default();
        let bytes = blob(call.world, hash).ok_or_else(|| {
            let text = format!("Image {hash} does not exist in the source account.");
            GraphError::parameter("copy_from", "Image does not exist", text)
        })?;
        return Ok(vec![(hash.to_owned(), hash.to_owned(), bytes)]);
    }
    let files: Vec<_> = call
        .params
        .files
        .iter()
        .map(|file| (file.filename.clone(), file.filename.clone(), file.content.clone()))
        .collect();
    if files.is_empty() { Err(GraphError::required("bytes")) } else { Ok(files) }
}

/// Adds an image, or finds the one with the same bytes.
fn add(world: &mut World, account: &str, name: &str, bytes: &[u8]) -> Result<String, GraphError> {
    let size = imagesize::blob_size(bytes).map_err(|_| {
        GraphError::parameter(
            "bytes",
            "Image cannot be read",
            "The file is not an image that can be used in an ad.",
        )
    })?;
    // The real algorithm is unverified; clients must take the hash from the answer.
    let hash = HEXLOWER.encode(&Md5::digest(bytes));
    let held = find(world, account, &hash).map(|image| store::text(image, "status").to_owned());
    match held.as_deref() {
        Some("DELETED") => {
            let changes = Object::from_iter([("status".to_owned(), json!("ACTIVE"))]);
            store::update(world, &Node::new(Kind::Image, account, &id(account, &hash)), changes, store::API);
        }
        Some(_) => {}
        None => {
            let stamp = store::clock(world, account).format(world.now);
            let image = json!({
                "id": id(account, &hash), "account_id": account, "hash": hash, "name": name,
                "width": size.width, "height": size.height, "original_width": size.width,
                "original_height": size.height, "status": "ACTIVE", "created_time": stamp, "updated_time": stamp,
            });
            if let Value::Object(image) = image {
                store::insert(world, account, Kind::Image, &id(account, &hash), image);
            }
        }
    }
    store::note_mut(world, BLOBS).insert(hash.clone(), json!(STANDARD.encode(bytes)));
    Ok(hash)
}

/// `DELETE act_N/adimages?hash=`, refused while a live creative uses it (§9).
pub(super) fn delete(call: &mut Call<'_>, account: &str) -> Result<Answer, GraphError> {
    let hash = call.params.text("hash").ok_or_else(|| GraphError::required("hash"))?;
    if find(call.world, account, &hash).is_none() {
        return Err(GraphError::missing(&hash, "delete"));
    }
    let creatives = store::account(call.world, account).and_then(|found| found.collection("adcreatives"));
    let uses = |creative: &Object| {
        store::text(creative, "status") != "DELETED"
            && Value::Object(creative.clone()).to_string().contains(&hash)
    };
    if creatives.is_some_and(|all| all.values().any(uses)) {
        let text = "The image is used by a creative.";
        return Err(GraphError::parameter("hash", "Image is in use", text));
    }
    Ok(call.delete(&Node::new(Kind::Image, account, &id(account, &hash))))
}

/// Whether an image is among the hashes, sizes and names that a list is asked for.
pub(super) fn passes(image: &Object, params: &Params) -> bool {
    let hash = store::text(image, "hash");
    let listed =
        |name: &str| params.words(name).is_none_or(|hashes| hashes.iter().any(|wanted| wanted == hash));
    let at_least = |param: &str, name: &str| {
        params
            .integer(param)
            .is_none_or(|least| image.get(name).and_then(Value::as_i64).is_some_and(|has| has >= least))
    };
    listed("hashes")
        && listed("selected_hashes")
        && at_least("minwidth", "width")
        && at_least("minheight", "height")
        && params.text("name").is_none_or(|name| store::text(image, "name") == name)
}

/// Computed fields of an image.
pub(super) fn computed(reader: &Reader<'_>, object: &Object, name: &str) -> Option<Value> {
    match name {
        "url" | "url_128" | "permalink_url" => Some(json!(url(reader.base_url, object))),
        _ => None,
    }
}

/// Where the bytes of an image can be fetched, without a token as from a content network.
pub(super) fn url(base_url: &str, image: &Object) -> String {
    format!("{base_url}/content/{}", store::text(image, "hash"))
}

/// Bytes kept under a hash.
pub(super) fn blob(world: &World, hash: &str) -> Option<Vec<u8>> {
    let text = world.notes.get(&Vendor::Meta)?.get(BLOBS)?.get(hash)?.as_str()?;
    STANDARD.decode(text).ok()
}
