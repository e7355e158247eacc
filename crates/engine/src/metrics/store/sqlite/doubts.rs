//! Days that are doubted.

use std::collections::BTreeMap;

use adplane_core::address::Kind;
use adplane_core::metrics::Granularity;
use rusqlite::{Connection, Transaction, params};

use super::Place;
use crate::metrics::store::doubt::Doubted;
use crate::metrics::store::slots::{day_of, instant};
use crate::metrics::store::words::granularity_word;
use crate::metrics::store::{Doubt, StoreAccount, StoreError};

pub(super) fn doubts(
    connection: &mut Connection,
    place: &Place,
    account: &StoreAccount,
    level: Kind,
    granularity: Granularity,
) -> Result<Vec<Doubt>, StoreError> {
    let failed = |error| place.error(error);
    let mut select = connection
        .prepare_cached(
            "SELECT s.attribution, d.day, d.since, d.as_of, d.known, d.told
             FROM streams s JOIN doubts d ON d.stream = s.id
             WHERE s.account = (SELECT id FROM accounts WHERE platform = ?1 AND vendor_id = ?2)
               AND s.level = ?3 AND s.granularity = ?4
             ORDER BY d.day, s.attribution",
        )
        .map_err(failed)?;
    let key =
        params![account.platform.slug(), account.id.as_str(), level.word(), granularity_word(granularity)];
    let found = select
        .query_map(key, |row| {
            Ok(Doubt {
                attribution: row.get(0)?,
                day: day_of(row.get(1)?),
                since: instant(row.get(2)?),
                as_of: instant(row.get(3)?),
                known: row.get(4)?,
                told: row.get(5)?,
            })
        })
        .map_err(failed)?;
    found.collect::<rusqlite::Result<_>>().map_err(failed)
}

/// The days that are doubted, and since when.
pub(super) fn standing(transaction: &Transaction<'_>, stream: i64) -> rusqlite::Result<BTreeMap<i64, i64>> {
    let mut select = transaction.prepare_cached("SELECT day, since FROM doubts WHERE stream = ?1")?;
    select.query_map([stream], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

/// Keeps what is doubted of some days; what was doubted of the others is settled.
pub(super) fn doubt(
    transaction: &Transaction<'_>,
    stream: i64,
    as_of: i64,
    (days, doubts): (&[(i64, i64)], &[Doubted]),
) -> rusqlite::Result<()> {
    let mut delete =
        transaction.prepare_cached("DELETE FROM doubts WHERE stream = ?1 AND day BETWEEN ?2 AND ?3")?;
    for (first, last) in days {
        delete.execute(params![stream, first, last])?;
    }
    let mut insert = transaction.prepare_cached(
        "INSERT INTO doubts (stream, day, since, as_of, known, told) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for Doubted { day, since, known, told } in doubts {
        insert.execute(params![stream, day, since, as_of, known, told])?;
    }
    Ok(())
}
