//! Images and videos: which digest an uploaded file has.
//!
//! The vendor names an image by a hash whose algorithm it does not state (meta-ads.md §9), so the digest
//! travels in the file name, `apl-<64 hex>.<extension>` (at most 100 characters, ours have 73), and comes back
//! with the list of images. Bytes that somebody uploaded before under another name keep that name; for those
//! the creative that uses them carries the digest at the end of its own name, see [`creative_name`].

use std::collections::BTreeMap;

use adplane_core::asset::AssetRef;
use compact_str::CompactString;
use serde_json::Value as Json;

use super::json;

const PREFIX: &str = "apl-";
const DIGEST: usize = 64;
/// Characters of a creative's name (meta-ads.md §7).
const LONGEST_CREATIVE_NAME: usize = 100;

/// What is uploaded, by vendor id (image hash, video id), with its digest.
#[derive(Debug, Clone, Default)]
pub(crate) struct Library {
    digests: BTreeMap<CompactString, CompactString>,
    ids: BTreeMap<CompactString, CompactString>,
}

impl Library {
    /// Remembers one file.
    pub(crate) fn insert(&mut self, id: &str, digest: &str) {
        self.digests.insert(CompactString::new(id), CompactString::new(digest));
        self.ids.entry(CompactString::new(digest)).or_insert_with(|| CompactString::new(id));
    }

    /// The vendor's id of a digest.
    pub(crate) fn id(&self, digest: &str) -> Option<&str> {
        self.ids.get(digest).map(CompactString::as_str)
    }

    /// The field value of a vendor id: its digest where known.
    pub(crate) fn reference(&self, id: &str) -> String {
        let reference = match self.digests.get(id) {
            Some(digest) => AssetRef::Digest(digest.clone()),
            None => AssetRef::Id(CompactString::new(id)),
        };
        reference.to_string()
    }
}

/// The name that an upload gets.
pub(crate) fn file_name(digest: &str, extension: &str) -> String {
    format!("{PREFIX}{digest}.{extension}")
}

/// The digest in an uploaded file's name.
pub(crate) fn digest_of(name: &str) -> Option<&str> {
    let digest = name.strip_prefix(PREFIX)?.get(..DIGEST)?;
    digest.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(digest)
}

/// A creative's name: the ad's, cut, and the digest of a file whose own name does not tell it.
pub(crate) fn creative_name(ad: &str, untold: Option<&str>) -> String {
    let Some(digest) = untold else { return ad.chars().take(LONGEST_CREATIVE_NAME).collect() };
    let room = LONGEST_CREATIVE_NAME - PREFIX.len() - DIGEST - 1;
    let ad: String = ad.chars().take(room).collect();
    format!("{} {PREFIX}{digest}", ad.trim_end())
}

/// The digest at the end of a creative's name.
pub(crate) fn untold_digest(creative: &Json) -> Option<&str> {
    digest_of(json::word(creative, "name").rsplit(' ').next()?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn digests_travel_in_names() {
        let digest = "ab".repeat(32);
        let name = file_name(&digest, "png");
        assert!(name.len() <= 100);
        assert_eq!(digest_of(&name), Some(digest.as_str()));
        assert_eq!(digest_of("apl-holiday.png"), None);
        let mut library = Library::default();
        library.insert("hash", &digest);
        assert_eq!(library.reference("hash"), format!("sha256:{digest}"));
        assert_eq!(library.reference("other"), "id:other");
    }

    #[test]
    fn a_creative_tells_what_the_file_does_not() {
        let digest = "cd".repeat(32);
        let name = creative_name(&"é".repeat(200), Some(&digest));
        assert_eq!(name.chars().count(), 100);
        assert_eq!(untold_digest(&json!({"name": name})), Some(digest.as_str()));
        assert_eq!(untold_digest(&json!({"name": "hero"})), None);
    }
}
