//! Slots with all their objects in one value.

use tokio_postgres::{Row, Transaction};

use super::put::known_rows;
use super::session::failed;
use crate::metrics::store::StoreError;
use crate::metrics::store::pack::pack;

/// The layout before which there are none, or some that a writer of before may have left behind.
pub(super) const LAYOUT: i64 = 5;

/// Every slot of some ranges, in order of the ranges.
pub(super) async fn slots(
    snapshot: &Transaction<'_>,
    stream: i64,
    ranges: &[(i64, i64)],
) -> Result<Vec<Row>, StoreError> {
    let select = "SELECT slot, counts FROM packed WHERE stream = $1 AND slot BETWEEN $2 AND $3 ORDER BY slot";
    let mut slots = Vec::new();
    for (first, last) in ranges {
        slots.extend(snapshot.query(select, &[&stream, first, last]).await.map_err(failed)?);
    }
    Ok(slots)
}

/// A slot's number and its bytes.
pub(super) fn of(row: &Row) -> Result<(i64, &[u8]), StoreError> {
    row.try_get(0).and_then(|slot| Ok((slot, row.try_get(1)?))).map_err(failed)
}

pub(super) async fn write(
    transaction: &Transaction<'_>,
    stream: i64,
    slots: &[(i64, Vec<u8>)],
) -> Result<(), StoreError> {
    let (slots, counts): (Vec<i64>, Vec<&[u8]>) =
        slots.iter().map(|(slot, counts)| (*slot, counts.as_slice())).unzip();
    let insert = "INSERT INTO packed (stream, slot, counts)
         SELECT $1, slot, counts FROM unnest($2::bigint[], $3::bytea[]) AS told (slot, counts)
         ON CONFLICT (stream, slot) DO UPDATE SET counts = EXCLUDED.counts";
    transaction.execute(insert, &[&stream, &slots, &counts]).await.map_err(failed)?;
    Ok(())
}

/// Packs all that is stored, anew.
pub(super) async fn fill(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    transaction.execute("DELETE FROM packed", &[]).await.map_err(failed)?;
    let select = "SELECT DISTINCT stream, slot FROM newest";
    for row in transaction.query(select, &[]).await.map_err(failed)? {
        let (stream, slot): (i64, i64) =
            row.try_get(0).and_then(|stream| Ok((stream, row.try_get(1)?))).map_err(failed)?;
        let rows = known_rows(transaction, stream, (slot, slot)).await?;
        write(transaction, stream, &[(slot, pack(&rows))]).await?;
    }
    Ok(())
}
