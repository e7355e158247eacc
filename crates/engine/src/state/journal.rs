//! The journal: intent before every write, result after it.
//!
//! One JSON object a line, appended and synced. A line without its result tells the next run that a write
//! may be under way still, so that it waits before it looks at the platform.

use std::path::PathBuf;

use adplane_core::address::Address;
use adplane_core::ids::ExternalId;
use adplane_core::plan::Operation;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{StateError, append};

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "entry")]
pub enum Entry {
    /// An apply begins.
    Begin {
        /// When.
        at: Timestamp,
        /// The plan's hash.
        plan: String,
    },
    /// A write is about to be sent.
    Intent {
        /// When.
        at: Timestamp,
        /// Number of the write within this apply.
        write: u64,
        /// The object.
        address: Address,
        /// What is done to it.
        operation: Operation,
        /// The marker it is to carry.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        marker: Option<String>,
    },
    /// What became of a write.
    Result {
        /// When.
        at: Timestamp,
        /// Number of the write.
        write: u64,
        /// The object's id, when it is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<ExternalId>,
        /// The failure, if it failed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
    /// The apply ended by itself.
    End {
        /// When.
        at: Timestamp,
    },
}

/// Writes of an apply that ended without saying so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// The plan's hash.
    pub plan: String,
    /// When the last intent was written.
    pub last: Timestamp,
    /// Objects whose write has no result.
    pub addresses: Vec<Address>,
    /// The markers that they were to carry, in the same order.
    pub markers: Vec<Option<String>>,
}

/// The file of entries.
#[derive(Debug, Clone)]
pub struct Journal {
    path: PathBuf,
}

impl Journal {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Appends entries and makes them durable.
    ///
    /// # Errors
    /// When the disk is full or the file cannot be written: then nothing must be sent.
    pub fn append(&self, entries: &[Entry]) -> Result<(), StateError> {
        let mut lines = Vec::new();
        for entry in entries {
            // Entries have string keys only, so they always serialize.
            lines.extend(serde_json::to_vec(entry).unwrap_or_default());
            lines.push(b'\n');
        }
        append(&self.path, &lines)
    }

    /// Starts anew for another apply; the former one's entries are no longer needed once it is known how it
    /// ended.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn begin(&self, plan: &str, at: Timestamp) -> Result<(), StateError> {
        let line = serde_json::to_vec(&Entry::Begin { at, plan: plan.to_owned() }).unwrap_or_default();
        super::write_atomically(&self.path, &[line, b"\n".to_vec()].concat())
    }

    /// The last apply's unfinished writes; `None` when it ended by itself or there was none.
    ///
    /// A last line that was cut by a crash is ignored: what it would have said had no effect.
    pub fn unfinished(&self) -> Option<Unfinished> {
        let text = std::fs::read_to_string(&self.path).ok()?;
        let mut found: Option<Unfinished> = None;
        let mut open: std::collections::BTreeMap<u64, (Address, Option<String>)> =
            std::collections::BTreeMap::new();
        for entry in text.lines().filter_map(|line| serde_json::from_str::<Entry>(line).ok()) {
            match entry {
                Entry::Begin { at, plan } => {
                    open.clear();
                    found = Some(Unfinished { plan, last: at, addresses: Vec::new(), markers: Vec::new() });
                }
                Entry::Intent { at, write, address, marker, .. } => {
                    open.insert(write, (address, marker));
                    if let Some(found) = &mut found {
                        found.last = at;
                    }
                }
                Entry::Result { write, .. } => {
                    open.remove(&write);
                }
                Entry::End { .. } => found = None,
            }
        }
        let (addresses, markers) = open.into_values().unzip();
        found.map(|found| Unfinished { addresses, markers, ..found })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_which_writes_have_no_result() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::new(folder.path().join("journal.jsonl"));
        assert_eq!(journal.unfinished(), None);
        let at: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
        let address: Address = "meta/m/Campaign/default/a".parse().unwrap();
        journal.begin("sha256:1", at).unwrap();
        let intent = |write| Entry::Intent {
            at,
            write,
            address: address.clone(),
            operation: Operation::Create,
            marker: None,
        };
        journal.append(&[intent(1), intent(2)]).unwrap();
        journal.append(&[Entry::Result { at, write: 1, id: None, error: None }]).unwrap();
        let unfinished = journal.unfinished().unwrap();
        assert_eq!(unfinished.addresses, std::slice::from_ref(&address));
        // A line cut by a crash is as if it had not been written.
        std::fs::write(
            &journal.path,
            [std::fs::read(&journal.path).unwrap(), b"{\"entry\":\"res".to_vec()].concat(),
        )
        .unwrap();
        assert_eq!(journal.unfinished().unwrap().addresses, [address]);
        journal.begin("sha256:2", at).unwrap();
        journal.append(&[Entry::End { at }]).unwrap();
        assert_eq!(journal.unfinished(), None);
    }
}
