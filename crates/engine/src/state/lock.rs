//! The lock: one apply at a time, and who is at it for whoever comes second.

use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Actor, StateError};

/// The most that is read of who holds a lock.
const LARGEST: u64 = 4096;
/// How often it is looked who holds one, and how long lies between: who has just taken it has not written its name yet.
const LOOKS: usize = 6;
const SHORTLY: Duration = Duration::from_millis(20);
/// Digits of a plan's hash that people compare.
const DIGITS: usize = 19;

/// Who holds the lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Holder {
    /// The user of the operating system, or who set an automation going.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The process.
    pub process: u32,
    /// Since when.
    pub since: Timestamp,
    /// What it carries out: the hash of a plan.
    pub plan: String,
}

impl Holder {
    /// This process, about to carry out a plan.
    pub fn here(actor: &Actor, plan: &str, since: Timestamp) -> Self {
        Self {
            user: actor.user.clone().or_else(|| actor.automation.clone()),
            host: actor.host.clone(),
            process: std::process::id(),
            since,
            plan: plan.to_owned(),
        }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plan: String = self.plan.chars().take(DIGITS).collect();
        let user = self.user.as_deref().unwrap_or("somebody");
        let host = self.host.as_deref().unwrap_or("an unknown machine");
        write!(f, "{user}@{host}, process {}, applies plan {plan} since {}", self.process, self.since)
    }
}

/// Opens a file that is there to be locked; makes it and its folder where they are missing.
pub(crate) fn open(path: &Path) -> Result<File, StateError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(StateError::io("create", folder))?;
    }
    let mut options = OpenOptions::new();
    options
        .create(true)
        .read(true)
        .write(true)
        .truncate(false)
        .open(path)
        .map_err(StateError::io("open", path))
}

/// Waits until no other process holds a file; it is let go when it is closed, even by a crash.
pub(crate) fn wait_for(path: &Path) -> Result<File, StateError> {
    let file = open(path)?;
    file.lock().map_err(StateError::io("lock", path))?;
    Ok(file)
}

/// Held while an apply runs; released when dropped or when the process ends, however it ends.
#[derive(Debug)]
pub struct StateLock {
    file: File,
}

impl StateLock {
    pub(super) fn take(path: &Path, holder: &Holder) -> Result<Self, StateError> {
        let mut file = open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StateError::Locked {
                    path: path.to_owned(),
                    holder: told(&mut file).map(Box::new),
                });
            }
            Err(TryLockError::Error(source)) => {
                return Err(StateError::Io { doing: "lock", path: path.to_owned(), source });
            }
        }
        let text = serde_json::to_vec(holder).unwrap_or_default();
        let written = file.set_len(0).and_then(|()| file.write_all(&text));
        written.map_err(StateError::io("write", path))?;
        Ok(Self { file })
    }
}

impl Drop for StateLock {
    fn drop(&mut self) {
        // A name that stays behind would be told of whoever holds it next, until they have written theirs.
        let _ = self.file.set_len(0);
    }
}

/// What the holder wrote about itself; nothing when it does not, or the system does not let anybody read it.
fn told(file: &mut File) -> Option<Holder> {
    for _ in 0..LOOKS {
        let mut text = String::new();
        file.rewind().ok()?;
        (&*file).take(LARGEST).read_to_string(&mut text).ok()?;
        if !text.is_empty() {
            return serde_json::from_str(&text).ok();
        }
        std::thread::sleep(SHORTLY);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder() -> Holder {
        Holder {
            user: Some("ana".into()),
            host: Some("laptop".into()),
            process: 4711,
            since: "2026-03-01T09:00:00Z".parse().unwrap(),
            plan: format!("sha256:{}", "3f9c2a71d0b4".repeat(6)),
        }
    }

    #[test]
    fn one_at_a_time_and_the_second_is_told_who_is_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".adplane/lock");
        let lock = StateLock::take(&path, &holder()).unwrap();
        let refused = StateLock::take(&path, &holder()).unwrap_err().to_string();
        assert!(
            refused.contains(
                "ana@laptop, process 4711, applies plan sha256:3f9c2a71d0b4 since 2026-03-01T09:00:00Z"
            ),
            "{refused}"
        );
        // One that has just taken it is named as soon as it has written that.
        let text = fs::read(&path).unwrap();
        fs::write(&path, "").unwrap();
        let late = path.clone();
        let writing = std::thread::spawn(move || {
            std::thread::sleep(SHORTLY);
            fs::write(late, text).unwrap();
        });
        let refused = StateLock::take(&path, &holder()).unwrap_err().to_string();
        assert!(refused.contains("ana@laptop, process 4711"), "{refused}");
        writing.join().unwrap();
        // What is there may be cut off or of another version.
        fs::write(&path, "{").unwrap();
        let refused = StateLock::take(&path, &holder()).unwrap_err().to_string();
        assert!(refused.starts_with("another apply is running here (it holds"), "{refused}");
        drop(lock);
        assert_eq!(fs::read_to_string(&path).unwrap(), "");
        assert!(StateLock::take(&path, &holder()).is_ok());
    }
}
