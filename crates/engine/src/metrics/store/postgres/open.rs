//! Making the tables: is the schema ours, and of which layout.

use tokio_postgres::{Client, Transaction};

use super::packed;
use super::session::{SCHEMA, failed, place};
use crate::metrics::store::StoreError;

/// The layouts, each from the one before; the table `layout` counts those that there are.
pub(super) const LAYOUTS: &[&str] = &[
    include_str!("schema.sql"),
    include_str!("doubts.sql"),
    include_str!("packed.sql"),
    include_str!("missing.sql"),
    include_str!("writers.sql"),
];

/// The newest, which readings are written with: what knows less must not write.
pub(super) const LAYOUT: i64 = 5;
const _: () = assert!(LAYOUTS.len() == 5, "the layouts that there are");

/// One process at a time makes tables: `ADPL` as a number.
const LOCK: i64 = 0x4144_504C;

pub(super) async fn prepare(client: &mut Client, layouts: &[&str]) -> Result<(), StoreError> {
    let newest = i64::try_from(layouts.len()).unwrap_or(i64::MAX);
    let transaction = client.transaction().await.map_err(failed)?;
    transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK]).await.map_err(failed)?;
    let found = layout_of(&transaction).await?;
    if found > newest {
        return Err(StoreError::Newer { place: place(), found, known: newest });
    }
    if found < newest {
        for layout in layouts.iter().skip(usize::try_from(found).unwrap_or(0)) {
            transaction.batch_execute(layout).await.map_err(failed)?;
        }
        if found < packed::LAYOUT && packed::LAYOUT <= newest {
            packed::fill(&transaction).await?;
        }
        transaction
            .batch_execute("CREATE TABLE IF NOT EXISTS layout (version BIGINT NOT NULL); DELETE FROM layout")
            .await
            .map_err(failed)?;
        transaction.execute("INSERT INTO layout (version) VALUES ($1)", &[&newest]).await.map_err(failed)?;
    }
    transaction.commit().await.map_err(failed)
}

/// How many layouts the schema has; none where it is new or empty. Makes the schema where it is missing.
async fn layout_of(transaction: &Transaction<'_>) -> Result<i64, StoreError> {
    let known = transaction
        .query_opt("SELECT 1 FROM pg_namespace WHERE nspname = $1", &[&SCHEMA])
        .await
        .map_err(failed)?;
    if known.is_none() {
        transaction.batch_execute(&format!("CREATE SCHEMA {SCHEMA}")).await.map_err(failed)?;
        return Ok(0);
    }
    let tables: Vec<String> = transaction
        .query(
            "SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname = $1 AND c.relkind IN ('r', 'v')",
            &[&SCHEMA],
        )
        .await
        .map_err(failed)?
        .iter()
        .map(|row| row.try_get(0))
        .collect::<Result<_, _>>()
        .map_err(failed)?;
    if tables.is_empty() {
        return Ok(0);
    }
    if !tables.iter().any(|table| table == "layout") {
        return Err(StoreError::Foreign { place: format!("the schema `{SCHEMA}` of {}", place()) });
    }
    let row = transaction.query_one("SELECT max(version) FROM layout", &[]).await.map_err(failed)?;
    Ok(row.try_get::<_, Option<i64>>(0).map_err(failed)?.unwrap_or(0))
}
