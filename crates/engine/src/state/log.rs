//! The apply log: one line per apply, each holding the hash of the line before it.

use std::path::PathBuf;

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{StateError, append};

/// One apply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogEntry {
    /// SHA-256 of the line before, in hexadecimal; empty for the first.
    pub previous: String,
    /// When it ended.
    pub at: Timestamp,
    /// The plan's hash.
    pub plan: String,
    /// What was written, as `<address> <operation> <id>`.
    pub writes: Vec<String>,
    /// What failed, as `<address>: <error>`.
    pub failures: Vec<String>,
}

/// Where the chain breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogProblem {
    /// A line does not name the hash of the line before it.
    #[error("line {0} does not follow from the line before it: the log was changed")]
    Broken(usize),
    /// A line is not a log entry.
    #[error("line {0} is not a log entry")]
    Unreadable(usize),
}

/// The log's file.
#[derive(Debug, Clone)]
pub struct ApplyLog {
    path: PathBuf,
}

fn digest(line: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(line.as_bytes()))
}

impl ApplyLog {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Appends an apply; its `previous` is filled in here.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn append(&self, mut entry: LogEntry) -> Result<(), StateError> {
        let text = match std::fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(source) => return Err(StateError::Io { doing: "read", path: self.path.clone(), source }),
        };
        entry.previous = text.lines().last().map(digest).unwrap_or_default();
        let mut line = serde_json::to_vec(&entry).unwrap_or_default();
        line.push(b'\n');
        append(&self.path, &line)
    }

    /// Checks the chain and returns its entries.
    ///
    /// # Errors
    /// The first line where it breaks.
    pub fn verify(&self) -> Result<Vec<LogEntry>, LogProblem> {
        let text = std::fs::read_to_string(&self.path).unwrap_or_default();
        let mut previous = String::new();
        let mut entries = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let entry: LogEntry =
                serde_json::from_str(line).map_err(|_| LogProblem::Unreadable(index + 1))?;
            if entry.previous != previous {
                return Err(LogProblem::Broken(index + 1));
            }
            previous = digest(line);
            entries.push(entry);
        }
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_line_breaks_the_chain() {
        let folder = tempfile::tempdir().unwrap();
        let log = ApplyLog::new(folder.path().join("log.jsonl"));
        let entry = |plan: &str| LogEntry {
            previous: String::new(),
            at: "2026-03-01T00:00:00Z".parse().unwrap(),
            plan: plan.into(),
            writes: vec![],
            failures: vec![],
        };
        for plan in ["a", "b", "c"] {
            log.append(entry(plan)).unwrap();
        }
        assert_eq!(log.verify().unwrap().len(), 3);
        let text =
            std::fs::read_to_string(&log.path).unwrap().replacen("\"plan\":\"a\"", "\"plan\":\"x\"", 1);
        std::fs::write(&log.path, text).unwrap();
        assert_eq!(log.verify(), Err(LogProblem::Broken(2)));
    }
}
