//! The document as a file: one text for one document, of which no byte can change unnoticed.
//!
//! The hash covers what is applied; it leaves out what may differ between two plans that do the same (folders,
//! wording, figures of the day). The digest covers the rest: it is the SHA-256 of the file itself, with zeros in
//! its own place. Whoever wants to can check it with `sed` and `sha256sum`.

use data_encoding::HEXLOWER;
use serde::Serializer;
use sha2::{Digest, Sha256};

use super::{FORMAT_VERSION, InvalidDocument, PlanDocument};

/// Stands where the digest is while it is computed; what it is in memory.
pub(super) const UNSET: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
/// What stands before the digest in the file.
const MEMBER: &str = "\"digest\": \"";

/// Writes the digest's place, whatever it holds.
pub(super) fn unset<S: Serializer>(_: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(UNSET)
}

fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", HEXLOWER.encode(&Sha256::digest(bytes)))
}

impl PlanDocument {
    /// The text of its file, ending in a line break.
    pub fn to_text(&self) -> String {
        // A document has text keys only, so it always serializes.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        let digest = digest(text.as_bytes());
        if let Some(at) = text.find(MEMBER).map(|at| at + MEMBER.len()) {
            text.replace_range(at..at + UNSET.len(), &digest);
        }
        text
    }

    /// Reads a file: refuses what is cut off, of another version, or changed in any byte.
    ///
    /// # Errors
    /// See [`InvalidDocument`].
    pub fn read(bytes: &[u8]) -> Result<Self, InvalidDocument> {
        let broken = |error: &serde_json::Error| {
            if error.is_eof() {
                InvalidDocument::Truncated
            } else {
                InvalidDocument::Unreadable(error.to_string())
            }
        };
        let json: serde_json::Value = serde_json::from_slice(bytes).map_err(|error| broken(&error))?;
        let version = json.get("formatVersion").and_then(serde_json::Value::as_u64);
        if let Some(version) = version.and_then(|version| u32::try_from(version).ok())
            && version != FORMAT_VERSION
        {
            return Err(InvalidDocument::Version(version));
        }
        let mut document: Self = serde_json::from_value(json).map_err(|error| broken(&error))?;
        document.to_plan()?;
        document.check_digest(bytes)?;
        UNSET.clone_into(&mut document.digest);
        Ok(document)
    }

    fn check_digest(&self, bytes: &[u8]) -> Result<(), InvalidDocument> {
        let changed = || InvalidDocument::Digest;
        let text = std::str::from_utf8(bytes).map_err(|_| changed())?;
        let at = text.find(MEMBER).map(|at| at + MEMBER.len()).ok_or_else(changed)?;
        let end = at + UNSET.len();
        if text.get(at..end) != Some(&self.digest) {
            return Err(changed());
        }
        let unset = [&text[..at], UNSET, &text[end..]].concat();
        if digest(unset.as_bytes()) == self.digest { Ok(()) } else { Err(changed()) }
    }
}
