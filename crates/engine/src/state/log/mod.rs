//! The apply log: one line per write, each holding the hash of the line before it.
//!
//! A line is appended and made durable before the next batch is sent. Every line has its number, so that a removed, an
//! altered and an inserted one can be told apart; [`Head`] beside the log says how far it had come, so that a cut-off
//! end is found too. Whoever can write both files can forge both: keep a head elsewhere (`audit verify` prints it).

mod chain;
mod event;
mod written;

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use adplane_core::ids::ProjectName;
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{StateError, write_atomically};

pub use chain::{Chain, LogProblem};
pub(crate) use event::marker_after;
pub use event::{Actor, Event, Intent, Leave, Line, LoggedField, Stored};
pub use written::LastWritten;

/// The form of the log; its first line names it.
const LOG_FORMAT: u32 = 1;

/// How far the log had come when an apply began or ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Number of the last line.
    pub line: u64,
    /// SHA-256 of the last line, in hexadecimal.
    pub hash: String,
}

/// The log's files.
#[derive(Debug, Clone)]
pub struct ApplyLog {
    path: PathBuf,
    head: PathBuf,
}

pub(crate) fn digest(line: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(line.as_bytes()))
}

impl ApplyLog {
    pub(super) fn new(path: PathBuf, head: PathBuf) -> Self {
        Self { path, head }
    }

    /// The log's file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the log for appending, under the state's lock. A line that a crash cut off is healed with a record.
    ///
    /// # Errors
    /// When it cannot be read or written, or its last line is none.
    pub fn open(
        &self,
        project: Option<&ProjectName>,
        engine: &str,
        at: Timestamp,
    ) -> Result<LogWriter, StateError> {
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder).map_err(StateError::io("create", folder))?;
        }
        let mut file = OpenOptions::new()
            .create(true)
            .read(true)
            .append(true)
            .open(&self.path)
            .map_err(StateError::io("open", &self.path))?;
        let tail = Tail::read(&mut file).map_err(StateError::io("read", &self.path))?;
        let last = match &tail.last {
            None => None,
            Some(text) => {
                let line =
                    serde_json::from_str::<Line>(text).map_err(|_| StateError::Log(self.path.clone()))?;
                Some((line, digest(text)))
            }
        };
        let whole = last.as_ref().map_or(0, |(line, _)| line.line);
        let end = last.as_ref().map(|(line, _)| line.at);
        let state = Writer { file, line: whole, hash: last.map(|(_, hash)| hash).unwrap_or_default() };
        let writer = LogWriter { log: self.clone(), last: end, state: Mutex::new(state) };
        writer.heal(tail.torn, at)?;
        if whole == 0 && writer.head().line == 0 {
            let project = project.cloned();
            writer.append(at, [Event::Genesis { format: LOG_FORMAT, project, engine: engine.to_owned() }])?;
        }
        Ok(writer)
    }

    /// Reads the log and follows its chain; problems are in the result, all of them.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(&self) -> Result<Chain, StateError> {
        let read = |path: &Path| match std::fs::read_to_string(path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(StateError::Io { doing: "read", path: path.to_owned(), source }),
        };
        let head = read(&self.head)?.map(|text| serde_json::from_str::<Head>(&text).ok());
        Ok(Chain::follow(&read(&self.path)?.unwrap_or_default(), head))
    }
}

/// The end of the log.
struct Tail {
    /// The last whole line.
    last: Option<String>,
    /// What a crash left of a line, with the position where it begins.
    torn: Option<(u64, Vec<u8>)>,
}

impl Tail {
    /// Reads backwards until the last whole line is in hand, so that a long log opens as fast as a short one.
    fn read(file: &mut File) -> std::io::Result<Self> {
        let length = file.seek(SeekFrom::End(0))?;
        let mut size: u64 = 64 * 1024;
        loop {
            let start = length.saturating_sub(size);
            file.seek(SeekFrom::Start(start))?;
            let mut bytes = Vec::new();
            Read::take(&mut *file, length - start).read_to_end(&mut bytes)?;
            let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
            let begin = bytes[..whole.saturating_sub(1)].iter().rposition(|byte| *byte == b'\n');
            if begin.is_none() && start > 0 {
                size *= 4;
                continue;
            }
            let last = &bytes[begin.map_or(0, |begin| begin + 1)..whole];
            let last = String::from_utf8_lossy(last).trim_end_matches('\n').to_owned();
            let torn = bytes[whole..].to_vec();
            let torn = (!torn.is_empty()).then_some((start + whole as u64, torn));
            return Ok(Self { last: (!last.is_empty()).then_some(last), torn });
        }
    }
}

#[derive(Debug)]
struct Writer {
    file: File,
    line: u64,
    hash: String,
}

/// Appends to the log; one at a time, which the state's lock sees to.
#[derive(Debug)]
pub struct LogWriter {
    log: ApplyLog,
    last: Option<Timestamp>,
    state: Mutex<Writer>,
}

impl LogWriter {
    /// When the last line was written that was there when the log was opened.
    pub fn last(&self) -> Option<Timestamp> {
        self.last
    }

    /// Appends events as lines and makes them durable before returning.
    ///
    /// # Errors
    /// When the disk is full or the file cannot be written.
    pub fn append(&self, at: Timestamp, events: impl IntoIterator<Item = Event>) -> Result<(), StateError> {
        let mut writer = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut number, mut previous) = (writer.line, writer.hash.clone());
        let mut bytes = Vec::new();
        for event in events {
            number += 1;
            let line = Line { line: number, previous, at, event };
            let text = serde_json::to_string(&line).map_err(|_| StateError::Log(self.log.path.clone()))?;
            previous = digest(&text);
            bytes.extend(text.into_bytes());
            bytes.push(b'\n');
        }
        writer.file.write_all(&bytes).map_err(StateError::io("write", &self.log.path))?;
        writer.file.sync_data().map_err(StateError::io("write", &self.log.path))?;
        (writer.line, writer.hash) = (number, previous);
        Ok(())
    }

    /// How far the log has come.
    pub fn head(&self) -> Head {
        let writer = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        Head { line: writer.line, hash: writer.hash.clone() }
    }

    /// Records beside the log how far it has come.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save_head(&self) -> Result<(), StateError> {
        write_atomically(&self.log.head, &serde_json::to_vec(&self.head()).unwrap_or_default())
    }

    /// Completes a line that only lost its end, and takes the rest of a broken one out, saying so.
    fn heal(&self, torn: Option<(u64, Vec<u8>)>, at: Timestamp) -> Result<(), StateError> {
        let Some((start, bytes)) = torn else { return Ok(()) };
        let mut writer = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let whole = serde_json::from_str::<Line>(&text).ok().filter(|line| line.previous == writer.hash);
        if let Some(line) = whole {
            writer.file.write_all(b"\n").map_err(StateError::io("write", &self.log.path))?;
            (writer.line, writer.hash) = (line.line, digest(&text));
            return Ok(());
        }
        writer.file.set_len(start).map_err(StateError::io("write", &self.log.path))?;
        drop(writer);
        let sha256 = HEXLOWER.encode(&Sha256::digest(&bytes));
        self.append(at, [Event::Healed { bytes: bytes.len() as u64, sha256 }])
    }
}

#[cfg(test)]
mod tests;
