//! Pictures that a request needs: known ones by their resource name, new ones with their bytes.
//!
//! Assets are never removed, so none is made twice when that can be known. A picture travels in the request that
//! shows it, except below a carousel's card, which takes no temporary id (google-ads.md §2.3), and when a
//! request would grow too large.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use adplane_core::address::Platform;
use adplane_core::asset::{AssetRef, AssetSource};
use adplane_core::field::FieldPath;
use adplane_core::plan::Operation as Step;
use adplane_core::value::Value;
use adplane_engine::error::{ErrorKind, PlatformError, Retry};
use adplane_engine::port::{AssetReader, WorkItem};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

use super::request::{Operation, Rank};
use crate::google::Google;
use crate::google::calls::{self, Mode};
use crate::google::errors;
use crate::google::read::{Asset, Content, Library, image_name};
use crate::google::wire::images::Size;
use crate::google::wire::{list, text};

/// Where pictures must be on the account before.
pub(super) const CARDS: &str = "creative.cards";
/// Bytes of pictures in one request; the vendor's bound is not published (google-ads.md §2.6).
const MOST_BYTES: usize = 16 * 1_024 * 1_024;

/// A picture that is not on the account yet.
#[derive(Debug, Clone)]
pub(super) struct File {
    /// Its name for people.
    pub(super) name: String,
    /// Its bytes in base64.
    data: String,
    pub(super) size: Option<Size>,
}

impl File {
    /// The asset that it becomes.
    pub(super) fn asset(&self, digest: &str) -> Json {
        json!({ "name": image_name(digest), "imageAsset": { "data": self.data } })
    }
}

/// Pictures of the items of one call.
#[derive(Debug, Default)]
pub(super) struct Media {
    files: BTreeMap<String, Result<File, PlatformError>>,
    /// Nothing is stored, so nothing can be uploaded ahead either.
    pub(super) checking: bool,
}

impl Media {
    /// A picture that must be uploaded, or why it cannot be.
    pub(super) fn file(&self, digest: &str) -> Result<&File, PlatformError> {
        match self.files.get(digest) {
            Some(Ok(file)) => Ok(file),
            Some(Err(error)) => Err(error.clone()),
            None => Err(refused(format!("the picture sha256:{digest} is not in the plan"))),
        }
    }

    /// The size of an uploaded picture by the name it got.
    pub(super) fn size(&self, name: &str) -> Option<Size> {
        self.files.iter().find(|(digest, _)| image_name(digest) == name)?.1.as_ref().ok()?.size
    }

    /// Reads every picture that the account does not have.
    pub(super) async fn gather(items: &[WorkItem<'_>], library: &Library, reader: &dyn AssetReader) -> Self {
        let mut media = Self::default();
        let wanted: BTreeSet<String> = items.iter().flat_map(digests).map(|(_, digest)| digest).collect();
        for digest in wanted.into_iter().filter(|digest| library.by_digest(digest).is_none()) {
            let read = reader.read(&digest).await.map_err(|why| refused(why.clone()));
            let name = match reader.describe(&digest).map(|asset| asset.source) {
                Some(AssetSource::File(name) | AssetSource::Url(name)) => name,
                None => format!("sha256:{digest}"),
            };
            let file = read.map(|bytes| File { name, data: STANDARD.encode(&bytes), size: measured(&bytes) });
            media.files.insert(digest, file);
        }
        media
    }

    /// Uploads what cannot travel with the request that shows it.
    pub(super) async fn upload_ahead(
        &mut self,
        google: &Google,
        items: &[WorkItem<'_>],
        mode: Mode,
        library: &mut Arc<Library>,
    ) {
        if mode == Mode::Validate {
            self.checking = true;
            return;
        }
        let bytes: usize = self.files.values().flatten().map(|file| file.data.len()).sum();
        let ahead: BTreeSet<String> = items
            .iter()
            .flat_map(digests)
            .filter(|(path, _)| *path == CARDS || bytes > MOST_BYTES)
            .map(|(_, digest)| digest)
            .collect();
        for digest in ahead {
            let Some(Ok(file)) = self.files.get(&digest) else { continue };
            let asset = file.asset(&digest);
            match upload(google, &asset).await {
                Ok(resource) => {
                    let size = file.size;
                    self.files.remove(&digest);
                    let content = Content::Image { name: image_name(&digest), size, url: None };
                    keep_name(google, &resource, &image_name(&digest), library).await;
                    Arc::make_mut(library).insert(Asset { resource, content });
                }
                Err(error) => {
                    self.files.insert(digest, Err(error));
                }
            }
        }
    }
}

async fn upload(google: &Google, asset: &Json) -> Result<String, PlatformError> {
    let body = Operation::create(Rank::Asset, asset.clone()).body;
    let call = calls::mutate(&google.config, &[body], Mode::Store);
    let answer = google.send(&call, errors::check).await?.json().unwrap_or_default();
    let first = list(&answer, "mutateOperationResponses").first();
    match first.and_then(|result| text(result, "assetResult.resourceName")) {
        Some(name) => Ok(name.to_owned()),
        None => Err(PlatformError::unexpected(
            Platform::Google,
            "googleAds:mutate",
            "the answer does not name the uploaded picture",
        )),
    }
}

/// The vendor answers a known picture with the asset it has, under its former name. The digest travels in the
/// name, so that asset is renamed: nothing else tells what is in it.
pub(super) async fn keep_name(google: &Google, resource: &str, name: &str, library: &Library) {
    let known = library.get(resource).map(|asset| &asset.content);
    let Some(Content::Image { name: former, .. }) = known else { return };
    if former == name {
        return;
    }
    let body = json!({ "assetOperation": {
        "update": { "resourceName": resource, "name": name }, "updateMask": "name" } });
    let call = calls::mutate(&google.config, &[body], Mode::Store);
    if let Err(error) = google.send(&call, errors::check).await {
        tracing::warn!(%resource, %error, "a picture keeps its former name, so it is not recognised");
    }
}

/// Width and height from the first bytes.
fn measured(bytes: &[u8]) -> Option<Size> {
    let size = imagesize::blob_size(bytes).ok()?;
    Some((u32::try_from(size.width).ok()?, u32::try_from(size.height).ok()?))
}

/// Digests of the pictures that an item shows, each with its path.
fn digests(item: &WorkItem<'_>) -> Vec<(&'static str, String)> {
    let written = |path: &str| match &item.step.operation {
        Step::Create => true,
        Step::Update { paths } => paths.iter().any(|written| written.as_str() == path),
        _ => false,
    };
    ["creative.images", "creative.logos", CARDS]
        .into_iter()
        .filter(|path| written(path))
        .flat_map(|path| {
            let value = item.change.after(path);
            let members = value.map(Value::members).unwrap_or_default();
            members.iter().filter_map(move |member| {
                let reference = member.entry("image").unwrap_or(member).as_text()?;
                match AssetRef::parse(reference)? {
                    AssetRef::Digest(digest) => Some((path, digest.to_string())),
                    AssetRef::Id(_) | AssetRef::YouTube(_) => None,
                }
            })
        })
        .collect()
}

/// Something about a picture that keeps a request from being sent.
pub(super) fn refused(message: String) -> PlatformError {
    PlatformError::new(ErrorKind::Invalid, Retry::Never, Platform::Google, "upload", message)
        .field(FieldPath::new("creative"))
}
