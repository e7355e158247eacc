//! Days that are doubted.

use std::collections::BTreeMap;

use adplane_core::address::Kind;
use adplane_core::metrics::Granularity;
use tokio_postgres::{Client, Row, Transaction};

use super::session::failed;
use crate::metrics::store::doubt::Doubted;
use crate::metrics::store::slots::{day_of, instant};
use crate::metrics::store::words::granularity_word;
use crate::metrics::store::{Doubt, StoreAccount, StoreError};

pub(super) async fn doubts(
    client: &mut Client,
    account: &StoreAccount,
    level: Kind,
    granularity: Granularity,
) -> Result<Vec<Doubt>, StoreError> {
    let select = "SELECT s.attribution, d.day, d.since, d.as_of, d.known, d.told
         FROM accounts a JOIN streams s ON s.account = a.id JOIN doubts d ON d.stream = s.id
         WHERE a.platform = $1 AND a.vendor_id = $2 AND s.level = $3 AND s.granularity = $4
         ORDER BY d.day, s.attribution";
    let doubt = |row: &Row| {
        Ok(Doubt {
            attribution: row.try_get(0)?,
            day: day_of(row.try_get(1)?),
            since: instant(row.try_get(2)?),
            as_of: instant(row.try_get(3)?),
            known: row.try_get(4)?,
            told: row.try_get(5)?,
        })
    };
    client
        .query(
            select,
            &[&account.platform.slug(), &account.id.as_str(), &level.word(), &granularity_word(granularity)],
        )
        .await
        .and_then(|rows| rows.iter().map(doubt).collect())
        .map_err(failed)
}

/// The days that are doubted, and since when.
pub(super) async fn standing(
    transaction: &Transaction<'_>,
    stream: i64,
) -> Result<BTreeMap<i64, i64>, StoreError> {
    transaction
        .query("SELECT day, since FROM doubts WHERE stream = $1", &[&stream])
        .await
        .and_then(|rows| rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect())
        .map_err(failed)
}

/// Keeps what is doubted of some days; what was doubted of the others is settled.
pub(super) async fn doubt(
    transaction: &Transaction<'_>,
    stream: i64,
    as_of: i64,
    (days, doubts): (&[(i64, i64)], &[Doubted]),
) -> Result<(), StoreError> {
    for (first, last) in days {
        let delete = "DELETE FROM doubts WHERE stream = $1 AND day BETWEEN $2 AND $3";
        transaction.execute(delete, &[&stream, first, last]).await.map_err(failed)?;
    }
    for Doubted { day, since, known, told } in doubts {
        let insert =
            "INSERT INTO doubts (stream, day, since, as_of, known, told) VALUES ($1, $2, $3, $4, $5, $6)";
        transaction.execute(insert, &[&stream, day, since, &as_of, known, told]).await.map_err(failed)?;
    }
    Ok(())
}
