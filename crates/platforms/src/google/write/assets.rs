//! Assets inside a request: each is made once, whoever shows it.

use adplane_core::asset::AssetRef;
use adplane_core::field::FieldPath;
use adplane_engine::error::PlatformError;
use serde_json::{Value as Json, json};

use super::media::{CARDS, refused};
use super::missing_reference;
use super::request::{Operation, Rank, Request};
use crate::google::read::Content;
use crate::google::wire::images::{Size, Slot, ratios, slot};

impl Request<'_> {
    /// An asset of this request, made when it is first asked for.
    pub(super) fn asset(
        &mut self,
        key: String,
        mut asset: Json,
        (path, about): (&str, &str),
        operations: &mut Vec<Operation>,
    ) -> String {
        if let Some(name) = self.assets.get(&key) {
            return name.clone();
        }
        let name = self.temporary("assets");
        self.made.push(key.clone());
        self.assets.insert(key, name.clone());
        asset["resourceName"] = json!(name);
        operations.push(Operation::create(Rank::Asset, asset).about(path, about));
        name
    }

    /// A text.
    pub(super) fn text_asset(&mut self, path: &str, words: &str, operations: &mut Vec<Operation>) -> String {
        let asset = json!({ "textAsset": { "text": words } });
        self.asset(format!("text:{words}"), asset, (path, words), operations)
    }

    /// A button, by the vendor's word.
    pub(super) fn button(&mut self, path: &str, word: &str, operations: &mut Vec<Operation>) -> String {
        let asset = json!({ "callToActionAsset": { "callToAction": word } });
        self.asset(format!("button:{word}"), asset, (path, word), operations)
    }

    /// A video on YouTube.
    ///
    /// # Errors
    /// When the reference is none.
    pub(super) fn video(
        &mut self,
        path: &str,
        reference: &str,
        operations: &mut Vec<Operation>,
    ) -> Result<String, PlatformError> {
        match AssetRef::parse(reference) {
            Some(AssetRef::YouTube(id)) => {
                let asset = json!({ "youtubeVideoAsset": { "youtubeVideoId": id.as_str() } });
                Ok(self.asset(format!("video:{id}"), asset, (path, reference), operations))
            }
            Some(AssetRef::Id(id)) => Ok(self.config.resource(&format!("assets/{id}"))),
            Some(AssetRef::Digest(_)) | None => {
                let message = format!("Google shows videos from YouTube only, `{reference}` is none");
                Err(refused(message).field(FieldPath::new(path)))
            }
        }
    }

    /// A picture and its size: one that the account has, else a new one.
    ///
    /// # Errors
    /// When it is not there, cannot be read, or has no known size.
    pub(super) fn picture(
        &mut self,
        path: &str,
        reference: &str,
        operations: &mut Vec<Operation>,
    ) -> Result<(String, Size), PlatformError> {
        let field = |error: PlatformError| error.field(FieldPath::new(path));
        let known = |content: &Content| match content {
            Content::Image { size, .. } => *size,
            _ => None,
        };
        match AssetRef::parse(reference) {
            Some(AssetRef::Digest(digest)) => {
                if let Some(asset) = self.library.by_digest(&digest)
                    && let Some(size) = known(&asset.content)
                {
                    return Ok((asset.resource.clone(), size));
                }
                if self.media.checking && path == CARDS {
                    return Err(field(missing_reference("a picture of the cards")));
                }
                let file = self.media.file(&digest).map_err(field)?;
                let size = file.size.ok_or_else(|| {
                    field(refused(format!("the size of `{}` cannot be told from its bytes", file.name)))
                })?;
                let (asset, about) = (file.asset(&digest), file.name.clone());
                let key = format!("image:{digest}");
                Ok((self.asset(key, asset, (path, &about), operations), size))
            }
            Some(AssetRef::Id(id)) => {
                let resource = self.config.resource(&format!("assets/{id}"));
                let size = self.library.get(&resource).and_then(|asset| known(&asset.content));
                let size = size.ok_or_else(|| field(refused(format!("the account has no picture {id}"))))?;
                Ok((resource, size))
            }
            Some(AssetRef::YouTube(_)) | None => Err(field(refused(format!("`{reference}` is no picture")))),
        }
    }

    /// A picture with its place among some.
    ///
    /// # Errors
    /// As [`Request::picture`], and when its shape has no place.
    pub(super) fn placed(
        &mut self,
        path: &str,
        reference: &str,
        slots: &'static [Slot],
        operations: &mut Vec<Operation>,
    ) -> Result<(String, &'static Slot), PlatformError> {
        let (resource, (width, height)) = self.picture(path, reference, operations)?;
        let slot = slot(slots, (width, height)).ok_or_else(|| {
            let message = format!(
                "`{reference}` is {width} × {height}: crop it to one of {}, within one percent",
                ratios(slots)
            );
            refused(message).field(FieldPath::new(path))
        })?;
        Ok((resource, slot))
    }
}
