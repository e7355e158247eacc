//! Ownership markers: how a live object says whose it is.
//!
//! The live account is the state, so every object that Adplane manages carries `<owner6>.<key10>`: two short
//! hashes in lower-case base32 of SHA-256. Owner and key are compared apart: the same owner with another
//! key is a rename, another owner is somebody else's.

use std::fmt;
use std::str::FromStr;

use compact_str::CompactString;
use data_encoding::BASE32_NOPAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::address::Kind;
use crate::ids::{AccountId, Namespace, ProjectName};

const OWNER_LENGTH: usize = 6;
const KEY_LENGTH: usize = 10;

fn short_hash(parts: &[&str], length: usize) -> CompactString {
    let mut hasher = Sha256::new();
    for part in parts {
        // Length first, so that no two lists of parts hash alike.
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    let text = BASE32_NOPAD.encode(&hasher.finalize()).to_ascii_lowercase();
    CompactString::new(&text[..length])
}

fn is_hash(text: &str, length: usize) -> bool {
    text.len() == length
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || (b'2'..=b'7').contains(&byte))
}

/// Whose an object is: six base32 characters (30 bits).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Owner(CompactString);

impl Owner {
    /// The owner of a project of files.
    pub fn of_project(project: &ProjectName) -> Self {
        Self(short_hash(&["project", project.as_str()], OWNER_LENGTH))
    }

    /// The owner of a namespace in a cluster.
    pub fn of_cluster(project: &ProjectName, namespace: &Namespace) -> Self {
        Self(short_hash(&["cluster", project.as_str(), namespace.as_str()], OWNER_LENGTH))
    }

    /// Reads six base32 characters.
    pub fn parse(text: &str) -> Option<Self> {
        is_hash(text, OWNER_LENGTH).then(|| Self(CompactString::new(text)))
    }

    /// The six characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Which object it is: ten base32 characters (50 bits) over account id, namespace, kind and name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdentityKey(CompactString);

impl IdentityKey {
    /// The key of an object; an ad's name is `<ad group>/<ad>`.
    pub fn of(account: &AccountId, namespace: &Namespace, kind: Kind, name: &str) -> Self {
        Self(short_hash(&[account.as_str(), namespace.as_str(), kind.word(), name], KEY_LENGTH))
    }

    /// The key that an object carries once a replacement has taken its place.
    ///
    /// Re-marking the old object before its successor is made keeps every key unique on the platform, at
    /// any moment a crash may choose.
    #[must_use]
    pub fn superseded(&self) -> Self {
        Self(short_hash(&["superseded", &self.0], KEY_LENGTH))
    }

    /// Reads ten base32 characters.
    pub fn parse(text: &str) -> Option<Self> {
        is_hash(text, KEY_LENGTH).then(|| Self(CompactString::new(text)))
    }

    /// The ten characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `<owner6>.<key10>`, what a live object carries.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Marker {
    /// Whose it is.
    pub owner: Owner,
    /// Which one it is.
    pub key: IdentityKey,
}

impl fmt::Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.owner.0, self.key.0)
    }
}

/// A text that is not `<owner6>.<key10>`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an ownership marker")]
pub struct InvalidMarker(String);

impl FromStr for Marker {
    type Err = InvalidMarker;

    fn from_str(text: &str) -> Result<Self, InvalidMarker> {
        text.split_once('.')
            .and_then(|(owner, key)| {
                Some(Self { owner: Owner::parse(owner)?, key: IdentityKey::parse(key)? })
            })
            .ok_or_else(|| InvalidMarker(text.to_owned()))
    }
}

impl Serialize for Marker {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Marker {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_are_stable_and_round_trip() {
        let project = ProjectName::new("retail").unwrap();
        let account = AccountId::new("1000000001").unwrap();
        let namespace = Namespace::new("growth").unwrap();
        let marker = Marker {
            owner: Owner::of_project(&project),
            key: IdentityKey::of(&account, &namespace, Kind::Campaign, "spring-sale"),
        };
        let text = marker.to_string();
        assert_eq!(text.len(), 17);
        assert_eq!(text.parse::<Marker>().unwrap(), marker);
        assert_ne!(marker.key, marker.key.superseded());
        assert_ne!(Owner::of_project(&project), Owner::of_cluster(&project, &namespace));
    }

    #[test]
    fn parts_do_not_run_together() {
        assert_ne!(short_hash(&["ab", "c"], 10), short_hash(&["a", "bc"], 10));
    }

    #[test]
    fn refuses_other_text() {
        for text in ["", "abcdef", "abcdef.abcdefghi", "ABCDEF.abcdefghij", "abcde1.abcdefghij"] {
            assert!(text.parse::<Marker>().is_err(), "{text}");
        }
    }
}
