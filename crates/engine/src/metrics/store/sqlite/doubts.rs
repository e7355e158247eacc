//! Days and objects that are doubted.

use std::collections::BTreeMap;

use adplane_core::address::Kind;
use adplane_core::metrics::Granularity;
use rusqlite::{Connection, OptionalExtension, Params, Transaction, params};

use super::Place;
use super::put::known_rows;
use super::read::{external, readings_between};
use crate::metrics::store::coverage::LastRead;
use crate::metrics::store::doubt::{Doubted, FORGOTTEN_AFTER, millis};
use crate::metrics::store::judge::{Before, Judged};
use crate::metrics::store::missing::Missing;
use crate::metrics::store::slots::{Prepared, day_of, instant, slots_of_days};
use crate::metrics::store::words::{doubts_where, granularity_word};
use crate::metrics::store::{Doubt, StoreAccount, StoreError};

pub(super) fn doubts(
    connection: &mut Connection,
    place: &Place,
    account: &StoreAccount,
    level: Kind,
    granularity: Granularity,
) -> Result<Vec<Doubt>, StoreError> {
    let which = "s.account = (SELECT id FROM accounts WHERE platform = ?1 AND vendor_id = ?2)
         AND s.level = ?3 AND s.granularity = ?4";
    let key =
        params![account.platform.slug(), account.id.as_str(), level.word(), granularity_word(granularity)];
    ask(connection, place, which, key)
}

/// Those that a reading told: of its days, since another one of the same instant may have told others.
pub(super) fn told_by(
    transaction: &Transaction<'_>,
    place: &Place,
    stream: i64,
    reading: &Prepared<'_>,
) -> Result<Vec<Doubt>, StoreError> {
    let which = "s.id = ?1 AND d.as_of = ?2 AND d.day BETWEEN ?3 AND ?4";
    ask(transaction, place, which, params![stream, reading.as_of, reading.days.0, reading.days.1])
}

fn ask(
    connection: &Connection,
    place: &Place,
    which: &str,
    key: impl Params,
) -> Result<Vec<Doubt>, StoreError> {
    let failed = |error| place.error(error);
    let mut select = connection.prepare_cached(&doubts_where(which)).map_err(failed)?;
    let found = select
        .query_map(key, |row| {
            let doubt = Doubt {
                attribution: row.get(0)?,
                object: None,
                is_unread: row.get(7)?,
                day: day_of(row.get(1)?),
                since: instant(row.get(2)?),
                as_of: instant(row.get(3)?),
                known: row.get(4)?,
                told: row.get(5)?,
            };
            Ok((doubt, row.get::<_, Option<String>>(6)?))
        })
        .map_err(failed)?;
    found
        .map(|row| {
            let (doubt, id) = row.map_err(failed)?;
            let object = id.map(|id| external(place, &id)).transpose()?;
            Ok(Doubt { object, ..doubt })
        })
        .collect()
}

/// What is known before a reading is stored.
pub(super) fn before(
    transaction: &Transaction<'_>,
    (account, stream): (i64, i64),
    reading: &Prepared<'_>,
    open: &[(i64, i64)],
) -> rusqlite::Result<Before> {
    let rows = |stream: i64| {
        let each = open
            .iter()
            .map(|days| known_rows(transaction, stream, slots_of_days(reading.granularity, *days)));
        Ok::<_, rusqlite::Error>(each.collect::<rusqlite::Result<Vec<_>>>()?.concat())
    };
    let is_first: bool = transaction
        .prepare_cached("SELECT NOT EXISTS (SELECT 1 FROM readings WHERE stream = ?1)")?
        .query_row([stream], |row| row.get(0))?;
    let former = if is_first { former(transaction, account, stream, reading)? } else { None };
    let former = former.map(rows).transpose()?.unwrap_or_default();
    let mut days = transaction.prepare_cached("SELECT day, since FROM doubts WHERE stream = ?1")?;
    let days = days.query_map([stream], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let days = days.collect::<rusqlite::Result<BTreeMap<_, _>>>()?;
    let mut objects =
        transaction.prepare_cached("SELECT object, day, since FROM missing WHERE stream = ?1")?;
    let objects = objects.query_map([stream], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)))?;
    let objects = objects.collect::<rusqlite::Result<BTreeMap<_, _>>>()?;
    let last_read = LastRead::of(&readings_between(transaction, stream, reading.days, None)?);
    Ok(Before { known: rows(stream)?, is_first, former, last_read, days, objects })
}

/// The stream of the same level that was read last, under another attribution.
fn former(
    transaction: &Transaction<'_>,
    account: i64,
    stream: i64,
    reading: &Prepared<'_>,
) -> rusqlite::Result<Option<i64>> {
    transaction
        .prepare_cached(
            "SELECT s.id FROM streams s JOIN readings r ON r.stream = s.id
             WHERE s.account = ?1 AND s.level = ?2 AND s.granularity = ?3 AND s.id <> ?4
             ORDER BY r.as_of DESC LIMIT 1",
        )?
        .query_row(
            params![account, reading.level.word(), granularity_word(reading.granularity), stream],
            |row| row.get(0),
        )
        .optional()
}

/// Keeps what is doubted of some days; what was doubted of the others is settled.
pub(super) fn doubt(
    transaction: &Transaction<'_>,
    stream: i64,
    as_of: i64,
    days: &[(i64, i64)],
    judged: &Judged,
) -> rusqlite::Result<()> {
    for table in ["doubts", "missing"] {
        let mut delete = transaction
            .prepare_cached(&format!("DELETE FROM {table} WHERE stream = ?1 AND day BETWEEN ?2 AND ?3"))?;
        for (first, last) in days {
            delete.execute(params![stream, first, last])?;
        }
        // Of days that nobody asks for any more.
        transaction
            .prepare_cached(&format!("DELETE FROM {table} WHERE stream = ?1 AND since < ?2"))?
            .execute(params![stream, as_of.saturating_sub(millis(FORGOTTEN_AFTER))])?;
    }
    if judged.ends_all {
        transaction.execute("DELETE FROM doubts WHERE stream = ?1", [stream])?;
    }
    let mut insert = transaction.prepare_cached(
        "INSERT INTO doubts (stream, day, since, as_of, known, told) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for Doubted { day, since, known, told } in &judged.doubts {
        insert.execute(params![stream, day, since, as_of, known, told])?;
    }
    let mut insert = transaction.prepare_cached(
        "INSERT INTO missing (stream, object, day, since, as_of, known) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for Missing { object, day, since, known } in &judged.missing {
        insert.execute(params![stream, object, day, since, as_of, known])?;
    }
    Ok(())
}
