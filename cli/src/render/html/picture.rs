//! Pictures in the page: inlined where their file is at hand and small, otherwise named.

use std::cell::Cell;

use adplane_core::asset::{Asset, AssetRef, AssetSource, Assets};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::shown;
use crate::render::ReadPicture;

/// Largest picture that is inlined.
const LARGEST: u64 = 1024 * 1024;
/// Bytes of all pictures of a page together.
const MOST: usize = 24 * 1024 * 1024;

/// The pictures of one page.
pub(super) struct Pictures<'a> {
    assets: &'a Assets,
    read: Option<ReadPicture<'a>>,
    left: Cell<usize>,
}

/// One picture, or its name where it cannot be shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Picture {
    /// `data:…`; empty when it is only named.
    pub(super) data: String,
    /// The file, or the platform's id.
    pub(super) name: String,
    /// Thousand times its width over its height, where that is known.
    pub(super) ratio: Option<u32>,
}

impl Picture {
    fn named(name: impl Into<String>) -> Self {
        Self { data: String::new(), name: name.into(), ratio: None }
    }
}

/// The picture whose shape is nearest to a place's; the first one where shapes are not known.
pub(super) fn nearest(pictures: &[Picture], ratio: u32) -> Option<&Picture> {
    let off = |picture: &&Picture| picture.ratio.map_or(u32::MAX, |own| own.abs_diff(ratio));
    pictures.iter().min_by_key(off)
}

impl<'a> Pictures<'a> {
    pub(super) fn new(assets: &'a Assets, read: Option<ReadPicture<'a>>) -> Self {
        Self { assets, read, left: Cell::new(MOST) }
    }

    /// What a field's text names.
    pub(super) fn find(&self, text: &str) -> Picture {
        match AssetRef::parse(text) {
            Some(AssetRef::Digest(digest)) => match self.assets.get(digest.as_str()) {
                Some(asset) => self.asset(&digest, asset),
                None => Picture::named(format!("picture {}…", &digest[..12])),
            },
            Some(AssetRef::Id(id)) => Picture::named(shown(&format!("picture {id} of the platform"))),
            Some(AssetRef::YouTube(id)) => Picture::named(shown(&format!("YouTube {id}"))),
            None => Picture::named(shown(text)),
        }
    }

    fn asset(&self, digest: &str, asset: &Asset) -> Picture {
        let name = match &asset.source {
            AssetSource::File(path) => path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned(),
            AssetSource::Url(url) => url.clone(),
        };
        let sides = asset.width.zip(asset.height).filter(|(_, height)| *height > 0);
        let ratio = sides.map(|(width, height)| width.saturating_mul(1_000) / height);
        let bytes = self.read.filter(|_| asset.bytes <= LARGEST).and_then(|read| read(digest, asset));
        let inlined = bytes.and_then(|bytes| Some((kind(&bytes)?, bytes)));
        let Some((kind, bytes)) = inlined.filter(|(_, bytes)| bytes.len() <= self.left.get()) else {
            return Picture { ratio, ..Picture::named(shown(&name)) };
        };
        self.left.set(self.left.get() - bytes.len());
        let data = format!("data:{kind};base64,{}", BASE64_STANDARD.encode(bytes));
        Picture { data, name: shown(&name), ratio }
    }
}

/// What the bytes are, whatever their file is called; only plain pictures are shown.
fn kind(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [0xFF, 0xD8, 0xFF, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assets(bytes: u64) -> (String, Assets) {
        let digest = "ab".repeat(32);
        let asset = Asset {
            source: AssetSource::File("assets/hero.png".into()),
            extension: "png".into(),
            bytes,
            width: None,
            height: None,
        };
        (format!("sha256:{digest}"), Assets::from([(digest, asset)]))
    }

    #[test]
    fn only_small_pictures_are_inlined() {
        let png = |_: &str, _: &Asset| Some(b"\x89PNG....".to_vec());
        let (text, small) = assets(8);
        assert!(Pictures::new(&small, Some(&png)).find(&text).data.starts_with("data:image/png;base64,"));
        let (text, large) = assets(LARGEST + 1);
        assert_eq!(Pictures::new(&large, Some(&png)).find(&text), Picture::named("hero.png"));
        let script = |_: &str, _: &Asset| Some(b"<svg onload=alert(1)>".to_vec());
        assert_eq!(Pictures::new(&small, Some(&script)).find(&text), Picture::named("hero.png"));
    }

    #[test]
    fn a_place_takes_the_picture_of_its_shape() {
        let of = |name: &str, ratio| Picture { ratio, ..Picture::named(name) };
        let all = [of("square", Some(1_000)), of("wide", Some(1_910)), of("unknown", None)];
        assert_eq!(nearest(&all, 1_910).map(|found| found.name.as_str()), Some("wide"));
        assert_eq!(nearest(&all, 800).map(|found| found.name.as_str()), Some("square"));
        assert_eq!(nearest(&[], 800), None);
    }

    #[test]
    fn what_is_not_at_hand_is_named() {
        let none = Assets::new();
        let pictures = Pictures::new(&none, None);
        assert_eq!(pictures.find("id:77").name, "picture 77 of the platform");
        assert_eq!(pictures.find("youtube:abc").name, "YouTube abc");
        assert_eq!(pictures.find(&format!("sha256:{}", "cd".repeat(32))).name, "picture cdcdcdcdcdcd…");
    }
}
