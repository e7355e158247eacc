//! Opening a file: is it ours, and of which layout.

use std::fs;
use std::path::Path;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::{Place, SqliteOptions, packed};
use crate::metrics::store::StoreError;

/// `ADPL`: the mark of our files in the header of SQLite's.
const APPLICATION: i64 = 0x4144_504C;

/// The layouts, each from the one before; a file's `user_version` counts those it has.
const LAYOUTS: &[&str] = &[
    include_str!("schema.sql"),
    include_str!("doubts.sql"),
    include_str!("packed.sql"),
    include_str!("missing.sql"),
    include_str!("writers.sql"),
];

/// The newest, which readings are written with: what knows less must not write.
pub(super) const LAYOUT: i64 = 5;
const _: () = assert!(LAYOUTS.len() == 5, "the layouts that there are");

/// A connection that writes and one that only reads.
pub(super) fn open(options: &SqliteOptions, place: &Place) -> Result<(Connection, Connection), StoreError> {
    if let Some(folder) = options.path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(|error| StoreError::Unreachable {
            place: Place::of(folder),
            detail: error.to_string(),
        })?;
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_PRIVATE_CACHE;
    let mut writer = connect(&options.path, flags, options).map_err(|error| place.error(error))?;
    prepare(&mut writer, place, LAYOUTS)?;
    let reader = connect(&options.path, flags, options)
        .and_then(|reader| {
            reader.pragma_update(None, "query_only", true)?;
            Ok(reader)
        })
        .map_err(|error| place.error(error))?;
    Ok((writer, reader))
}

fn connect(path: &Path, flags: OpenFlags, options: &SqliteOptions) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(options.patience)?;
    connection.pragma_update(None, "cache_size", -i64::from(options.cache))?;
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Makes sure that the file is ours, before anything is written, and of the newest layout.
pub(super) fn prepare(
    connection: &mut Connection,
    place: &Place,
    layouts: &[&str],
) -> Result<(), StoreError> {
    let failed = |error| place.error(error);
    let newest = i64::try_from(layouts.len()).unwrap_or(i64::MAX);
    let found = layout_of(connection, place)?;
    if found > newest {
        return Err(StoreError::Newer { place: place.0.clone(), found, known: newest });
    }
    if found == 0 {
        // Only before the first table; free pages go back to the disk when old rows go.
        connection.pragma_update(None, "auto_vacuum", "incremental").map_err(failed)?;
    }
    connection.pragma_update(None, "journal_mode", "wal").map_err(failed)?;
    connection.pragma_update(None, "synchronous", "full").map_err(failed)?;
    connection.pragma_update(None, "foreign_keys", true).map_err(failed)?;
    if found == newest {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    // Another process may have been first.
    let found = layout_of(&transaction, place)?;
    for layout in layouts.iter().skip(usize::try_from(found).unwrap_or(0)) {
        transaction.execute_batch(layout).map_err(failed)?;
    }
    if found < packed::LAYOUT && packed::LAYOUT <= newest {
        packed::fill(&transaction).map_err(failed)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION).map_err(failed)?;
    transaction.pragma_update(None, "user_version", newest.max(found)).map_err(failed)?;
    transaction.commit().map_err(failed)
}

/// How many layouts a file has; none where it is new.
fn layout_of(connection: &Connection, place: &Place) -> Result<i64, StoreError> {
    let failed = |error| place.error(error);
    let pragma = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let application = pragma("application_id").map_err(failed)?;
    let version = pragma("user_version").map_err(failed)?;
    if application == APPLICATION {
        return Ok(version);
    }
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(failed)?;
    if application == 0 && version == 0 && tables == 0 {
        return Ok(0);
    }
    Err(StoreError::Foreign { place: place.0.clone() })
}
