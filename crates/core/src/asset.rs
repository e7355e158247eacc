//! Images and videos: identified by the digest of their bytes, uploaded once per account.

use std::collections::BTreeMap;
use std::fmt;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

/// How a field names an asset: by digest, or by a platform's own id.
///
/// As a field value an asset is text: `sha256:<64 hex>`, `id:<vendor id>` or `youtube:<id>`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AssetRef {
    /// Lower-case hexadecimal SHA-256 of the bytes.
    Digest(CompactString),
    /// The id the platform gave it.
    Id(CompactString),
    /// A YouTube video id.
    YouTube(CompactString),
}

impl AssetRef {
    /// Reads the text form.
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once(':')?;
        match scheme {
            "sha256" if rest.len() == 64 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                Some(Self::Digest(CompactString::new(rest)))
            }
            "id" if !rest.is_empty() => Some(Self::Id(CompactString::new(rest))),
            "youtube" if !rest.is_empty() => Some(Self::YouTube(CompactString::new(rest))),
            _ => None,
        }
    }
}

impl fmt::Display for AssetRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Digest(digest) => write!(f, "sha256:{digest}"),
            Self::Id(id) => write!(f, "id:{id}"),
            Self::YouTube(id) => write!(f, "youtube:{id}"),
        }
    }
}

/// Where the bytes of an asset can be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum AssetSource {
    /// A file, relative to where the command ran or absolute.
    File(String),
    /// A URL whose content must have the stated digest.
    Url(String),
}

/// What is known of an asset without its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Asset {
    /// Where to read it.
    pub source: AssetSource,
    /// File name extension in lower case, such as `png`.
    pub extension: String,
    /// Size in bytes; 0 when not known (a URL that was not fetched).
    pub bytes: u64,
    /// Width in pixels, of images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Height in pixels, of images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
}

/// Assets by lower-case hexadecimal SHA-256.
pub type Assets = BTreeMap<String, Asset>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_round_trips() {
        for text in [&format!("sha256:{}", "ab".repeat(32)), "id:120", "youtube:dQw4w9WgXcQ"] {
            assert_eq!(AssetRef::parse(text).unwrap().to_string(), *text);
        }
        assert_eq!(AssetRef::parse("sha256:zz"), None);
    }
}
