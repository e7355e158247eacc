//! Values that rules put in force: `.adplane/overrides/`, one file for each (object, field, author).
//!
//! A file is written whole and under a name that follows from what it is about, so that writing again after a crash
//! changes nothing. Without the folder git's values count again, and the plan that returns to them asks like any other.
//! A file that is there and cannot be read is no such loss: nobody can tell what is in force, and nothing is planned.

use std::fs;
use std::path::{Path, PathBuf};

use adplane_core::overlay::Overlay;
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{StateError, lock, write_atomically};

/// The form of a file.
const FORMAT: u32 = 1;
/// Digits of the hash in a file's name.
const DIGITS: usize = 24;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct File<O> {
    format_version: u32,
    #[serde(flatten)]
    overlay: O,
}

/// Whether a put wrote anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// It is in force now.
    Written,
    /// The same was in force already, by the same evidence.
    Same,
}

/// The folder of overlays that Adplane keeps itself.
#[derive(Debug, Clone)]
pub struct Overrides {
    folder: PathBuf,
}

impl Overrides {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Every overlay, by the names of the files.
    ///
    /// # Errors
    /// When the folder or a file in it cannot be read: then nobody can tell what is in force.
    pub fn all(&self) -> Result<Vec<Overlay>, StateError> {
        self.paths()?.iter().filter_map(|path| read(path).transpose()).collect()
    }

    /// Its files, in the order of their names.
    fn paths(&self) -> Result<Vec<PathBuf>, StateError> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(StateError::io("read", &self.folder)(error)),
        };
        let mut paths = Vec::new();
        for entry in entries {
            let path = entry.map_err(StateError::io("read", &self.folder))?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                paths.push(path);
            }
        }
        paths.sort();
        Ok(paths)
    }

    /// Puts a value in force. The same value by the same evidence changes nothing, unless it is to be in force longer.
    ///
    /// # Errors
    /// When the file cannot be written: what was in force before still is.
    pub fn put(&self, overlay: &Overlay) -> Result<Put, StateError> {
        let _turn = self.turn()?;
        let path = self.path(overlay);
        if let Some(known) = read(&path)?
            && known.evidence.is_some()
            && known.evidence == overlay.evidence
            && known.setting == overlay.setting
            && known.expires >= overlay.expires
        {
            return Ok(Put::Same);
        }
        let file = File { format_version: FORMAT, overlay };
        let text = serde_json::to_vec_pretty(&file).unwrap_or_default();
        write_atomically(&path, &text)?;
        Ok(Put::Written)
    }

    /// Takes a value back, whatever its file is called. One that is gone already is no trouble, and one that another
    /// took the place of stays.
    ///
    /// # Errors
    /// When a file cannot be read, or is there and cannot be removed.
    pub fn remove(&self, overlay: &Overlay) -> Result<(), StateError> {
        let _turn = self.turn()?;
        for path in self.paths()? {
            if read(&path)?.as_ref() != Some(overlay) {
                continue;
            }
            match fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(StateError::io("remove", &path)(error));
                }
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }

    /// Waits until no other process writes here, for as long as the file is held: what is read and then written or
    /// removed is the same.
    fn turn(&self) -> Result<fs::File, StateError> {
        lock::wait_for(&self.folder.join("lock"))
    }

    /// The file of an object's field and an author. A rule and a pool of one name are two authors.
    fn path(&self, overlay: &Overlay) -> PathBuf {
        let about = (&overlay.object, overlay.setting.path(), &overlay.rule);
        let text =
            if overlay.pool { serde_json::to_vec(&(about, "pool")) } else { serde_json::to_vec(&about) };
        let text = text.unwrap_or_default();
        let digits = HEXLOWER.encode(&Sha256::digest(text));
        self.folder.join(format!("{}.json", digits.get(..DIGITS).unwrap_or(&digits)))
    }
}

/// What a file holds; nothing where it is not there, or not any more.
fn read(path: &Path) -> Result<Option<Overlay>, StateError> {
    let unreadable = || StateError::Overrides(path.to_owned());
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(_) => return Err(unreadable()),
    };
    let file: File<Overlay> = serde_json::from_slice(&text).map_err(|_| unreadable())?;
    if file.format_version == FORMAT { Ok(Some(file.overlay)) } else { Err(unreadable()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overlay(amount: &str, evidence: &str) -> Overlay {
        let text = format!(
            r#"{{"name": "cut-sale", "object": {{"namespace": "growth", "kind": "Campaign", "name": "sale"}},
                "field": "budget.daily", "value": "{amount} EUR", "rule": "cut", "evidence": "{evidence}",
                "expires": "2026-11-28T00:00:00Z"}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn what_was_put_is_in_force_until_it_is_taken_back() {
        let folder = tempfile::tempdir().unwrap();
        let overrides = Overrides::new(folder.path().join("overrides"));
        assert_eq!(overrides.all().unwrap(), []);
        let first = overlay("8", "sha256:1");
        assert_eq!(overrides.put(&first).unwrap(), Put::Written);
        assert_eq!(overrides.put(&first).unwrap(), Put::Same, "a retry compounds nothing");
        assert_eq!(overrides.all().unwrap(), [first]);
        let next = overlay("6", "sha256:2");
        assert_eq!(overrides.put(&next).unwrap(), Put::Written);
        assert_eq!(
            overrides.all().unwrap(),
            std::slice::from_ref(&next),
            "an author has one value for a field"
        );
        overrides.remove(&next).unwrap();
        overrides.remove(&next).unwrap();
        assert_eq!(overrides.all().unwrap(), []);
    }

    #[test]
    fn a_rule_and_a_pool_of_one_name_have_values_of_their_own() {
        let folder = tempfile::tempdir().unwrap();
        let overrides = Overrides::new(folder.path().to_owned());
        let rule = overlay("8", "sha256:1");
        let pool = Overlay { pool: true, ..overlay("6", "sha256:2") };
        overrides.put(&rule).unwrap();
        overrides.put(&pool).unwrap();
        assert_eq!(overrides.all().unwrap().len(), 2, "neither takes the other's place");
        overrides.remove(&pool).unwrap();
        assert_eq!(overrides.all().unwrap(), [rule]);
    }

    #[test]
    fn what_is_to_last_longer_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let overrides = Overrides::new(folder.path().to_owned());
        let first = overlay("8", "sha256:1");
        let longer = Overlay { expires: "2026-11-29T00:00:00Z".parse().unwrap(), ..first.clone() };
        overrides.put(&first).unwrap();
        assert_eq!(
            overrides.put(&longer).unwrap(),
            Put::Written,
            "an expired one would come back as nothing"
        );
        assert_eq!(overrides.put(&first).unwrap(), Put::Same, "and it is never made shorter by a late retry");
        assert_eq!(overrides.all().unwrap(), std::slice::from_ref(&longer));
        overrides.remove(&first).unwrap();
        assert_eq!(overrides.all().unwrap(), [longer], "the former one is gone already");
    }

    /// One process decides to forget what was over while another puts it in force anew.
    #[test]
    fn who_removes_waits_for_who_puts() {
        let folder = tempfile::tempdir().unwrap();
        let overrides = Overrides::new(folder.path().to_owned());
        let old = overlay("8", "sha256:1");
        let fresh = overlay("6", "sha256:2");
        overrides.put(&old).unwrap();
        let turn = overrides.turn().unwrap();
        let (other, gone) = (overrides.clone(), old.clone());
        let removing = std::thread::spawn(move || other.remove(&gone));
        std::thread::sleep(std::time::Duration::from_millis(50));
        assert!(!removing.is_finished());
        let text = serde_json::to_vec(&File { format_version: FORMAT, overlay: &fresh }).unwrap();
        write_atomically(&overrides.path(&fresh), &text).unwrap();
        drop(turn);
        removing.join().unwrap().unwrap();
        assert_eq!(overrides.all().unwrap(), [fresh]);
    }

    #[test]
    fn what_cannot_be_read_is_not_lost() {
        let folder = tempfile::tempdir().unwrap();
        let overrides = Overrides::new(folder.path().to_owned());
        overrides.put(&overlay("8", "sha256:1")).unwrap();
        let path = overrides.path(&overlay("8", "sha256:1"));
        for text in ["", "{}", "{\"formatVersion\": 2}"] {
            fs::write(&path, text).unwrap();
            assert!(matches!(overrides.all(), Err(StateError::Overrides(_))), "{text}");
        }
    }
}
