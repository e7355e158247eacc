//! Slots with all their objects in one value.

use rusqlite::{Transaction, params};

use super::put::known_rows;
use crate::metrics::store::pack::pack;

/// The layout before which there are none, or some that a writer of before may have left behind.
pub(super) const LAYOUT: i64 = 5;

/// Hands on every slot of a range, in order.
pub(super) fn each(
    snapshot: &Transaction<'_>,
    stream: i64,
    (first, last): (i64, i64),
    mut take: impl FnMut(i64, &[u8]) -> Result<(), String>,
) -> rusqlite::Result<Result<(), String>> {
    let mut select = snapshot.prepare_cached(
        "SELECT slot, counts FROM packed WHERE stream = ?1 AND slot BETWEEN ?2 AND ?3 ORDER BY slot",
    )?;
    let mut rows = select.query(params![stream, first, last])?;
    while let Some(row) = rows.next()? {
        let counts = row.get_ref(1)?.as_blob().unwrap_or_default();
        if let Err(what) = take(row.get(0)?, counts) {
            return Ok(Err(what));
        }
    }
    Ok(Ok(()))
}

pub(super) fn write(
    transaction: &Transaction<'_>,
    stream: i64,
    slots: &[(i64, Vec<u8>)],
) -> rusqlite::Result<()> {
    let mut insert = transaction
        .prepare_cached("INSERT OR REPLACE INTO packed (stream, slot, counts) VALUES (?1, ?2, ?3)")?;
    for (slot, counts) in slots {
        insert.execute(params![stream, slot, counts])?;
    }
    Ok(())
}

/// Packs all that is stored, anew.
pub(super) fn fill(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    transaction.execute("DELETE FROM packed", [])?;
    let mut select = transaction.prepare("SELECT DISTINCT stream, slot FROM newest")?;
    let slots: Vec<(i64, i64)> =
        select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
    for (stream, slot) in slots {
        let rows = known_rows(transaction, stream, (slot, slot))?;
        write(transaction, stream, &[(slot, pack(&rows))])?;
    }
    Ok(())
}
