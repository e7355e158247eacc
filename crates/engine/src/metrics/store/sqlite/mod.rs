//! The store in one file.
//!
//! Written by one connection at a time in write-ahead mode, so that reading goes on meanwhile and a process that is
//! killed leaves either the whole reading or nothing. Calls run on threads that may block.

mod doubts;
mod open;
mod packed;
mod put;
mod read;
mod retain;
#[cfg(test)]
mod tests;
mod window;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use adplane_core::address::Kind;
use adplane_core::ids::ExternalId;
use adplane_core::metrics::completeness::Restatements;
use adplane_core::metrics::{Day, Granularity, Metric, Reading, Series, Span, Sums, WindowTotals};
use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, Row};

use super::words::sums_from;
use super::{
    AsOf, Doubt, MetricStore, Of, Retained, Retention, StoreAccount, StoreError, Stored, StoredReading,
    StoredRow, Versions,
};

/// How a file is opened.
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    /// The file; it is made where it is missing, and its folder too.
    pub path: PathBuf,
    /// How long to wait for another process that writes.
    pub patience: Duration,
    /// Memory in KiB that each of the two connections may keep pages in.
    pub cache: u32,
}

impl SqliteOptions {
    /// A file, with the patience that suits a command.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), patience: Duration::from_secs(10), cache: 64 * 1024 }
    }
}

/// A store in one file.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    writer: Arc<Mutex<Connection>>,
    reader: Arc<Mutex<Connection>>,
    place: Arc<Place>,
}

impl SqliteStore {
    /// Opens a file, or makes it. Blocks for a moment.
    pub fn open(options: &SqliteOptions) -> Result<Self, StoreError> {
        let place = Arc::new(Place(format!("`{}`", options.path.display())));
        let (writer, reader) = open::open(options, &place)?;
        Ok(Self { writer: Arc::new(Mutex::new(writer)), reader: Arc::new(Mutex::new(reader)), place })
    }

    /// Runs something on one of the connections, on a thread that may block.
    async fn with<T: Send + 'static>(
        &self,
        connection: &Arc<Mutex<Connection>>,
        task: impl FnOnce(&mut Connection, &Place) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (connection, place) = (connection.clone(), self.place.clone());
        let failed = self.place.clone();
        tokio::task::spawn_blocking(move || {
            // A transaction that panicked was rolled back when it was dropped.
            let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            undo_rest(&connection).map_err(|error| place.error(error))?;
            task(&mut connection, &place)
        })
        .await
        .map_err(|error| StoreError::Other { place: failed.0.clone(), detail: error.to_string() })?
    }
}

#[async_trait]
impl MetricStore for SqliteStore {
    async fn put(&self, account: &StoreAccount, reading: &Reading) -> Result<Stored, StoreError> {
        let (account, reading) = (account.clone(), reading.clone());
        self.with(&self.writer, move |connection, place| put::put(connection, place, &account, &reading))
            .await
    }

    async fn window(
        &self,
        account: &StoreAccount,
        level: Kind,
        span: &Span,
        as_of: AsOf,
    ) -> Result<WindowTotals, StoreError> {
        let (account, span) = (account.clone(), span.clone());
        self.with(&self.reader, move |connection, place| {
            window::window(connection, place, &account, level, &span, as_of)
        })
        .await
    }

    async fn windows_of(
        &self,
        account: &StoreAccount,
        level: Kind,
        spans: &[(Span, BTreeSet<ExternalId>)],
        as_of: AsOf,
    ) -> Result<Vec<WindowTotals>, StoreError> {
        let (account, spans) = (account.clone(), spans.to_vec());
        self.with(&self.reader, move |connection, place| {
            window::windows_of(connection, place, &account, level, &spans, as_of)
        })
        .await
    }

    async fn series(
        &self,
        account: &StoreAccount,
        level: Kind,
        of: Of<'_>,
        span: &Span,
        as_of: AsOf,
    ) -> Result<Series, StoreError> {
        let (account, span) = (account.clone(), span.clone());
        let object = match of {
            Of::Object(id) => Some(id.clone()),
            Of::Account => None,
        };
        self.with(&self.reader, move |connection, place| {
            read::series(connection, place, &account, level, object.as_ref(), &span, as_of)
        })
        .await
    }

    async fn rows(
        &self,
        account: &StoreAccount,
        level: Kind,
        granularity: Granularity,
        day: Day,
        versions: Versions,
    ) -> Result<Vec<StoredRow>, StoreError> {
        let account = account.clone();
        self.with(&self.reader, move |connection, place| {
            read::rows(connection, place, &account, level, granularity, day, versions)
        })
        .await
    }

    async fn restatements(
        &self,
        account: &StoreAccount,
        level: Kind,
        metric: Metric,
        days: (Day, Day),
        as_of: AsOf,
    ) -> Result<Restatements, StoreError> {
        let account = account.clone();
        self.with(&self.reader, move |connection, place| {
            read::restatements(connection, place, &account, level, metric, days, as_of)
        })
        .await
    }

    async fn readings(
        &self,
        account: &StoreAccount,
        level: Kind,
        granularity: Granularity,
    ) -> Result<Vec<StoredReading>, StoreError> {
        let account = account.clone();
        self.with(&self.reader, move |connection, place| {
            read::readings(connection, place, &account, level, granularity)
        })
        .await
    }

    async fn doubts(
        &self,
        account: &StoreAccount,
        level: Kind,
        granularity: Granularity,
    ) -> Result<Vec<Doubt>, StoreError> {
        let account = account.clone();
        self.with(&self.reader, move |connection, place| {
            doubts::doubts(connection, place, &account, level, granularity)
        })
        .await
    }

    async fn accounts(&self) -> Result<Vec<StoreAccount>, StoreError> {
        self.with(&self.reader, read::accounts).await
    }

    async fn retain(
        &self,
        account: &StoreAccount,
        retention: Retention,
        now: Timestamp,
    ) -> Result<Retained, StoreError> {
        let account = account.clone();
        self.with(&self.writer, move |connection, place| {
            retain::retain(connection, place, &account, retention, now)
        })
        .await
    }
}

/// Undoes what a call left that failed so badly that not even undoing went well, for want of room for instance.
fn undo_rest(connection: &Connection) -> rusqlite::Result<()> {
    if connection.is_autocommit() { Ok(()) } else { connection.execute_batch("ROLLBACK") }
}

/// The file, for messages.
#[derive(Debug)]
struct Place(String);

impl Place {
    fn of(path: &Path) -> String {
        format!("`{}`", path.display())
    }

    /// What an error of SQLite means.
    #[expect(clippy::needless_pass_by_value, reason = "a function for `map_err`")]
    fn error(&self, error: rusqlite::Error) -> StoreError {
        let place = self.0.clone();
        let detail = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy { place },
            Some(ErrorCode::DiskFull) => StoreError::Full { place },
            Some(ErrorCode::NotADatabase) => StoreError::Foreign { place },
            Some(ErrorCode::DatabaseCorrupt) => StoreError::Corrupt { place, detail },
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => StoreError::Refused {
                place,
                detail: "it cannot be written: let its user write the file and its folder".to_owned(),
            },
            Some(ErrorCode::CannotOpen) => StoreError::Unreachable { place, detail },
            // A full disk shows so as well, where it is the files beside the database that find no room.
            Some(ErrorCode::SystemIoFailure) => {
                StoreError::Unreachable { place, detail: format!("{detail}; look whether its disk has room") }
            }
            _ => StoreError::Other { place, detail },
        }
    }

    fn unreadable(&self, what: impl Into<String>) -> StoreError {
        StoreError::Unreadable { place: self.0.clone(), what: what.into() }
    }
}

/// The counts of a row, from a column on.
fn sums_of(row: &Row<'_>, from: usize) -> rusqlite::Result<Sums> {
    let mut values = [None; 7];
    for (position, value) in values.iter_mut().enumerate() {
        *value = row.get(from + position)?;
    }
    Ok(sums_from(values))
}
