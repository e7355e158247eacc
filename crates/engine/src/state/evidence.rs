//! What the audit needs to judge again: plans and approvals as they were, each file named after its own hash.
//!
//! The apply log names the hashes, so that its chain covers these files too: one that was altered or taken away is
//! told from one that was not.

use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::{StateError, write_atomically};

/// The folder of kept evidence.
#[derive(Debug, Clone)]
pub struct EvidenceStore {
    folder: PathBuf,
}

/// Why a kept file does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unkept {
    /// It is not there, or cannot be read.
    #[error("`{0}` cannot be read: {1}")]
    Missing(PathBuf, String),
    /// It says something else than when it was written.
    #[error("`{0}` was altered since: it has another hash than the log recorded")]
    Altered(PathBuf),
}

impl EvidenceStore {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Keeps a text, durably, unless it is kept already; gives its name.
    ///
    /// # Errors
    /// When the disk is full or the folder cannot be written.
    pub fn keep(&self, text: &[u8]) -> Result<String, StateError> {
        let name = HEXLOWER.encode(&Sha256::digest(text));
        let path = self.path(&name);
        // What lies there under this name may have been altered: then it is written anew.
        if std::fs::read(&path).ok().as_deref() != Some(text) {
            write_atomically(&path, text)?;
        }
        Ok(name)
    }

    /// Reads what was kept under a name.
    ///
    /// # Errors
    /// When it is not there, or is not what was kept.
    pub fn read(&self, name: &str) -> Result<Vec<u8>, Unkept> {
        let is_hash = name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        // A forged log must not make the audit read other files.
        let path = if is_hash { self.path(name) } else { self.folder.clone() };
        let text = std::fs::read(&path).map_err(|error| Unkept::Missing(path.clone(), error.to_string()))?;
        if HEXLOWER.encode(&Sha256::digest(&text)) == name { Ok(text) } else { Err(Unkept::Altered(path)) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(Path::new(name).with_extension("json"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_back_or_refused() {
        let folder = tempfile::tempdir().unwrap();
        let store = EvidenceStore::new(folder.path().join("evidence"));
        let name = store.keep(b"{}").unwrap();
        assert_eq!(store.keep(b"{}").unwrap(), name, "kept once");
        assert_eq!(store.read(&name).unwrap(), b"{}");
        std::fs::write(store.path(&name), b"[]").unwrap();
        assert!(matches!(store.read(&name), Err(Unkept::Altered(_))));
        assert_eq!(store.keep(b"{}").unwrap(), name);
        assert_eq!(store.read(&name).unwrap(), b"{}", "mended by whoever keeps it again");
        assert!(matches!(store.read("../../etc/passwd"), Err(Unkept::Missing(..))));
        assert!(matches!(store.read(&"0".repeat(64)), Err(Unkept::Missing(..))));
    }
}
