//! Local state in `.adplane/`: lock, journal, bindings, apply log with its evidence, pauses, overlays of rules and pools.
//!
//! None of it is the truth: deleting the folder loses nothing that the live markers do not restore. It makes
//! an interrupted apply safe to repeat and leaves an audit trail.

mod applied;
mod bindings;
mod evidence;
mod journal;
pub(crate) mod lock;
mod log;
mod overrides;
mod pause;
mod pools;
pub mod signals;

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

pub use applied::{Applied, Moved};
pub use bindings::{Binding, Bindings};
pub use evidence::{EvidenceStore, Unkept};
pub use journal::{Entry, Journal, Unfinished};
pub use lock::{Holder, StateLock};
pub(crate) use log::marker_after;
pub use log::{
    Actor, ApplyLog, Chain, Event, Head, Intent, LastWritten, Leave, Line, LogProblem, LogWriter,
    LoggedField, Stored,
};
pub use overrides::{Overrides, Put};
pub use pause::{Pause, PauseScope, Pauses, Stopped};
pub use pools::{Drawn, PoolMemory, PoolTold, Remembered};

/// Why local state could not be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Another apply holds the lock.
    #[error("another apply is running here{}", holding(.path, .holder.as_deref()))]
    Locked {
        /// The lock.
        path: PathBuf,
        /// Who holds it, where that can be read.
        holder: Option<Box<Holder>>,
    },
    /// The log cannot be continued.
    #[error(
        "`{0}` does not end in a log entry, so it cannot be continued: see `adplane audit verify`, then move it away"
    )]
    Log(PathBuf),
    /// Nobody can tell what is paused.
    #[error(
        "`{0}` cannot be read, so nobody can tell what is paused: mend it, or remove it to lift every pause"
    )]
    Pauses(PathBuf),
    /// Nobody can tell what rules put in force.
    #[error(
        "`{0}` cannot be read, so nobody can tell what a rule put in force: mend it, or remove it to let git's value count again"
    )]
    Overrides(PathBuf),
    /// Nobody can tell what a pool gave.
    #[error(
        "`{0}` cannot be read, so nobody can tell what a pool gave and who has spent of it: mend it; without it what \
         campaigns spent that have left the pool in this period does not count"
    )]
    Pool(PathBuf),
    /// A file could not be read or written.
    #[error("cannot {doing} `{path}`")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

fn holding(path: &Path, holder: Option<&Holder>) -> String {
    match holder {
        Some(holder) => format!(": {holder} (`{}`)", path.display()),
        None => format!(" (it holds `{}`)", path.display()),
    }
}

impl StateError {
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { doing, path, source }
    }
}

/// The folder `.adplane/` beside `adplane.yaml`, or in the current directory.
#[derive(Debug, Clone)]
pub struct StateDir {
    root: PathBuf,
}

impl StateDir {
    /// The state of a project whose folder is `project`.
    pub fn of_project(project: &Path) -> Self {
        Self { root: project.join(".adplane") }
    }

    /// The project's folder.
    pub fn project(&self) -> &Path {
        self.root.parent().unwrap_or(&self.root)
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn file(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Takes the lock: one apply at a time.
    ///
    /// # Errors
    /// [`StateError::Locked`] when another process holds it.
    pub fn lock(&self, holder: &Holder) -> Result<StateLock, StateError> {
        StateLock::take(&self.file("lock"), holder)
    }

    /// The journal of applies.
    pub fn journal(&self) -> Journal {
        Journal::new(self.file("journal.jsonl"))
    }

    /// Ids remembered from earlier applies; an unreadable file counts as empty.
    pub fn bindings(&self) -> Bindings {
        Bindings::read(&self.file("bindings.json"))
    }

    /// Remembers ids for the next run.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save_bindings(&self, bindings: &Bindings) -> Result<(), StateError> {
        let text = serde_json::to_vec_pretty(bindings).unwrap_or_default();
        write_atomically(&self.file("bindings.json"), &text)
    }

    /// What the platforms were last seen to agree on with the YAML; an unreadable file counts as nothing.
    pub fn applied(&self) -> Applied {
        Applied::read(&self.file("applied.json"))
    }

    /// Remembers it for the next run; an unchanged file is left alone.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save_applied(&self, applied: &Applied) -> Result<(), StateError> {
        if self.applied() == *applied {
            return Ok(());
        }
        let text = serde_json::to_vec(applied).unwrap_or_default();
        write_atomically(&self.file("applied.json"), &text)
    }

    /// What is paused and has not been lifted.
    ///
    /// # Errors
    /// When the record is there and cannot be read: then nobody can tell, and nothing that spends is written.
    pub fn pauses(&self) -> Result<Pauses, StateError> {
        Pauses::read(&self.file("pause.json"))
    }

    /// Changes what is paused; waits for another process that does the same.
    ///
    /// # Errors
    /// When the record cannot be read or written.
    pub fn update_pauses(&self, change: impl FnOnce(&mut Pauses)) -> Result<Pauses, StateError> {
        let _turn = lock::wait_for(&self.file("pause.lock"))?;
        let mut pauses = self.pauses()?;
        change(&mut pauses);
        pauses.write(&self.file("pause.json"))?;
        Ok(pauses)
    }

    /// Values that rules put in force.
    pub fn overrides(&self) -> Overrides {
        Overrides::new(self.file("overrides"))
    }

    /// What pools gave on the days before.
    pub fn pools(&self) -> PoolMemory {
        PoolMemory::new(self.file("pools"))
    }

    /// Values from outside that rules ask for.
    pub fn signals(&self) -> signals::Signals {
        signals::Signals::new(self.file("signals"))
    }

    /// Plans and approvals that the log names.
    pub fn evidence(&self) -> EvidenceStore {
        EvidenceStore::new(self.file("evidence"))
    }

    /// The hash-chained log of writes.
    pub fn apply_log(&self) -> ApplyLog {
        ApplyLog::new(self.file("log.jsonl"), self.file("log.head"))
    }
}

/// Writes a file so that a reader sees the old content or the new, never a part: written beside, synced,
/// renamed.
///
/// # Errors
/// When the disk is full or the folder cannot be written; the old content stays.
pub fn write_atomically(path: &Path, content: &[u8]) -> Result<(), StateError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(StateError::io("create", folder))?;
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(StateError::io("write in", folder))?;
    file.write_all(content).map_err(StateError::io("write", path))?;
    file.as_file().sync_all().map_err(StateError::io("write", path))?;
    file.persist(path).map_err(|error| StateError::Io {
        doing: "write",
        path: path.to_owned(),
        source: error.error,
    })?;
    Ok(())
}

/// Appends lines to a file and makes them durable before returning.
pub(crate) fn append(path: &Path, lines: &[u8]) -> Result<(), StateError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(StateError::io("create", folder))?;
    }
    let mut file =
        OpenOptions::new().create(true).append(true).open(path).map_err(StateError::io("open", path))?;
    file.write_all(lines).map_err(StateError::io("write", path))?;
    file.sync_data().map_err(StateError::io("write", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_replaces_the_whole_file_or_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plan.json");
        write_atomically(&path, b"one").unwrap();
        write_atomically(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
        assert!(write_atomically(&path.join("below-a-file"), b"x").is_err());
    }
}
