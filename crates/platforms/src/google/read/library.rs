//! Assets of the account: which picture has which digest, what a reference stands for.
//!
//! Source: mapping §7.1; google-ads.md §3.6. The vendor tells no digest of a picture, so it travels in the name
//! of what Adplane uploads, `apl-<64 hex>`.

use std::collections::HashMap;

use adplane_core::asset::AssetRef;
use compact_str::CompactString;
use serde_json::Value as Json;

use crate::google::wire::images::Size;
use crate::google::wire::{at, integer, last, list, text};

const PREFIX: &str = "apl-";
const DIGEST: usize = 64;

/// One asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Asset {
    /// Its resource name.
    pub(in super::super) resource: String,
    /// What it holds.
    pub(in super::super) content: Content,
}

/// What an asset holds, as far as Adplane reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Content {
    /// A text.
    Text(String),
    /// A picture.
    Image {
        /// Its name.
        name: String,
        /// Width and height, where the vendor tells.
        size: Option<Size>,
        /// Where its bytes are served.
        url: Option<String>,
    },
    /// A video's id on YouTube.
    Video(String),
    /// The vendor's word for a button.
    Button(String),
    /// A carousel's card.
    Card {
        /// Its text.
        headline: Option<String>,
        /// The resource name of its picture.
        image: Option<String>,
        /// Where it leads.
        page: Option<String>,
    },
}

/// Assets by resource name, pictures also by digest.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Library {
    assets: HashMap<String, Asset>,
    by_digest: HashMap<CompactString, String>,
}

impl Library {
    /// Reads the rows of assets.
    pub(in super::super) fn read(rows: &[Json]) -> Self {
        let mut library = Self::default();
        for asset in rows.iter().filter_map(|row| asset(row.get("asset")?)) {
            library.insert(asset);
        }
        library
    }

    /// Remembers an asset.
    pub(in super::super) fn insert(&mut self, asset: Asset) {
        if let Content::Image { name, .. } = &asset.content
            && let Some(digest) = digest_of(name)
        {
            self.by_digest.entry(CompactString::new(digest)).or_insert_with(|| asset.resource.clone());
        }
        self.assets.insert(asset.resource.clone(), asset);
    }

    /// An asset by its resource name.
    pub(in super::super) fn get(&self, resource: &str) -> Option<&Asset> {
        self.assets.get(resource)
    }

    /// The uploaded picture with a digest.
    pub(in super::super) fn by_digest(&self, digest: &str) -> Option<&Asset> {
        self.assets.get(self.by_digest.get(digest)?)
    }

    /// The field value of a picture or video.
    pub(in super::super) fn reference(&self, resource: &str) -> String {
        self.get(resource).map_or_else(|| format!("id:{}", last(resource)), Asset::reference)
    }
}

impl Asset {
    /// The field value of a picture or video: its digest or video id where known, else the asset's id.
    pub(in super::super) fn reference(&self) -> String {
        let reference = match &self.content {
            Content::Image { name, .. } => {
                digest_of(name).map(|digest| AssetRef::Digest(CompactString::new(digest)))
            }
            Content::Video(id) => Some(AssetRef::YouTube(CompactString::new(id))),
            Content::Text(_) | Content::Button(_) | Content::Card { .. } => None,
        };
        reference.unwrap_or_else(|| AssetRef::Id(CompactString::new(last(&self.resource)))).to_string()
    }
}

/// The name that an uploaded picture gets.
pub(in super::super) fn image_name(digest: &str) -> String {
    format!("{PREFIX}{digest}")
}

/// The digest in a picture's name.
fn digest_of(name: &str) -> Option<&str> {
    let digest = name.strip_prefix(PREFIX).filter(|digest| digest.len() == DIGEST)?;
    digest.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(digest)
}

/// An asset from the member of a row; `None` for kinds that Adplane does not read.
pub(super) fn asset(asset: &Json) -> Option<Asset> {
    let word = |path: &str| text(asset, path).map(str::to_owned);
    let side = |path: &str| integer(asset, path).and_then(|side| u32::try_from(side).ok());
    let content = if let Some(text) = word("textAsset.text") {
        Content::Text(text)
    } else if let Some(id) = word("youtubeVideoAsset.youtubeVideoId") {
        Content::Video(id)
    } else if let Some(button) = word("callToActionAsset.callToAction") {
        Content::Button(button)
    } else if let Some(card) = at(asset, "demandGenCarouselCardAsset") {
        let image = ["marketingImageAsset", "squareMarketingImageAsset", "portraitMarketingImageAsset"]
            .into_iter()
            .find_map(|member| text(card, member));
        Content::Card {
            headline: text(card, "headline").map(str::to_owned),
            image: image.map(str::to_owned),
            page: list(asset, "finalUrls").first().and_then(Json::as_str).map(str::to_owned),
        }
    } else if text(asset, "type") == Some("IMAGE") || at(asset, "imageAsset").is_some() {
        Content::Image {
            name: word("name").unwrap_or_default(),
            size: side("imageAsset.fullSize.widthPixels").zip(side("imageAsset.fullSize.heightPixels")),
            url: word("imageAsset.fullSize.url"),
        }
    } else {
        return None;
    };
    Some(Asset { resource: word("resourceName")?, content })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pictures_are_known_by_the_digest_in_their_name() {
        let digest = "ab".repeat(32);
        let rows = [
            json!({"asset": {"resourceName": "customers/1/assets/5", "type": "IMAGE", "name": image_name(&digest),
                "imageAsset": {"fullSize": {"widthPixels": "1200", "heightPixels": "628", "url": "https://x/5"}}}}),
            json!({"asset": {"resourceName": "customers/1/assets/6", "type": "IMAGE", "name": "apl-holiday"}}),
            json!({"asset": {"resourceName": "customers/1/assets/7", "type": "YOUTUBE_VIDEO",
                "youtubeVideoAsset": {"youtubeVideoId": "dQw4w9WgXcQ"}}}),
            json!({"asset": {"resourceName": "customers/1/assets/8", "type": "NEWER_KIND"}}),
        ];
        let library = Library::read(&rows);
        assert_eq!(library.reference("customers/1/assets/5"), format!("sha256:{digest}"));
        assert_eq!(library.reference("customers/1/assets/6"), "id:6");
        assert_eq!(library.reference("customers/1/assets/7"), "youtube:dQw4w9WgXcQ");
        assert_eq!(library.reference("customers/1/assets/8"), "id:8");
        let known = library.by_digest(&digest).unwrap();
        assert!(matches!(&known.content, Content::Image { size: Some((1200, 628)), .. }));
    }
}
