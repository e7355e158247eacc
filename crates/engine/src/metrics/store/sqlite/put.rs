//! Writing a reading, in one transaction.

use std::collections::HashMap;

use adplane_core::metrics::{Reading, Slots};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::doubts::{before, doubt, told_by};
use super::open::LAYOUT;
use super::{Place, packed as table, sums_of};
use crate::metrics::store::coverage::left_of;
use crate::metrics::store::doubt::within;
use crate::metrics::store::judge::judge;
use crate::metrics::store::merge::{Change, Row, merge};
use crate::metrics::store::pack::packed;
use crate::metrics::store::slots::{Prepared, day_of, slots_of_days};
use crate::metrics::store::words::{SUMS, granularity_word, values_of};
use crate::metrics::store::{StoreAccount, StoreError, Stored};

pub(super) fn put(
    connection: &mut Connection,
    place: &Place,
    account: &StoreAccount,
    reading: &Reading,
) -> Result<Stored, StoreError> {
    let prepared = Prepared::new(reading)?;
    let failed = |error| place.error(error);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    let stored = put_in(&transaction, place, account, &prepared)?;
    transaction.commit().map_err(failed)?;
    Ok(stored)
}

/// Writes a reading as a part of a transaction.
pub(super) fn put_in(
    transaction: &Transaction<'_>,
    place: &Place,
    account: &StoreAccount,
    reading: &Prepared<'_>,
) -> Result<Stored, StoreError> {
    let failed = |error| place.error(error);
    let zone = &account.zone;
    let account = account_id(transaction, place, account)?;
    let stream = stream_id(transaction, account, reading).map_err(failed)?;
    let later = later_days(transaction, stream, reading.as_of).map_err(failed)?;
    let open = left_of(reading.days, &later);
    let mut stored = Stored::default();
    if open.is_empty() {
        return Ok(stored);
    }
    let objects = object_ids(transaction, account, reading).map_err(failed)?;
    let before = before(transaction, (account, stream), reading, &open).map_err(failed)?;
    let told = open.iter().flat_map(|days| reading.rows_of(*days, &objects)).collect();
    let judged = judge(reading, zone, &open, told, &before);
    doubt(transaction, stream, reading.as_of, &open, &judged).map_err(failed)?;
    for days in judged.days {
        let slots = slots_of_days(reading.granularity, days);
        let known = within(&before.known, slots);
        let merged = merge(known, within(&judged.told, slots), &judged.metrics);
        write(transaction, stream, reading.as_of, &merged.changes).map_err(failed)?;
        table::write(transaction, stream, &packed(known, &merged.changes)).map_err(failed)?;
        transaction
            .prepare_cached(
                "INSERT INTO readings (stream, as_of, first_day, last_day, layout) VALUES (?1, ?2, ?3, ?4, ?5)",
            )
            .and_then(|mut insert| insert.execute(params![stream, reading.as_of, days.0, days.1, LAYOUT]))
            .map_err(failed)?;
        stored.changed += merged.changes.len();
        stored.unchanged += merged.unchanged;
        stored.zeroed += merged.zeroed;
        stored.days.push(Slots::days(day_of(days.0), day_of(days.1)));
    }
    stored.doubted = told_by(transaction, place, stream, reading)?;
    Ok(stored)
}

fn account_id(
    transaction: &Transaction<'_>,
    place: &Place,
    account: &StoreAccount,
) -> Result<i64, StoreError> {
    let failed = |error| place.error(error);
    let StoreAccount { platform, id, currency, zone } = account;
    transaction
        .execute(
            "INSERT INTO accounts (platform, vendor_id, currency, zone) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO NOTHING",
            params![platform.slug(), id.as_str(), currency.code(), zone.name()],
        )
        .map_err(failed)?;
    let (row, known) = super::read::find_account(transaction, place, account)?
        .ok_or_else(|| place.unreadable(format!("no row of {account} right after it was written")))?;
    account.must_be(&known)?;
    Ok(row)
}

fn stream_id(transaction: &Transaction<'_>, account: i64, reading: &Prepared<'_>) -> rusqlite::Result<i64> {
    let key =
        params![account, reading.level.word(), granularity_word(reading.granularity), reading.attribution];
    transaction.execute(
        "INSERT INTO streams (account, level, granularity, attribution) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO NOTHING",
        key,
    )?;
    transaction.query_row(
        "SELECT id FROM streams WHERE account = ?1 AND level = ?2 AND granularity = ?3 AND attribution = ?4",
        key,
        |row| row.get(0),
    )
}

/// Days that this reading or a later one covers already.
fn later_days(transaction: &Transaction<'_>, stream: i64, as_of: i64) -> rusqlite::Result<Vec<(i64, i64)>> {
    let mut select = transaction
        .prepare_cached("SELECT first_day, last_day FROM readings WHERE stream = ?1 AND as_of >= ?2")?;
    select.query_map(params![stream, as_of], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

fn object_ids(
    transaction: &Transaction<'_>,
    account: i64,
    reading: &Prepared<'_>,
) -> rusqlite::Result<HashMap<String, i64>> {
    let level = reading.level.word();
    let mut find = transaction
        .prepare_cached("SELECT id FROM objects WHERE account = ?1 AND level = ?2 AND vendor_id = ?3")?;
    let mut insert =
        transaction.prepare_cached("INSERT INTO objects (account, level, vendor_id) VALUES (?1, ?2, ?3)")?;
    reading
        .objects()
        .into_iter()
        .map(|object| {
            let key = params![account, level, object.as_str()];
            let id = match find.query_row(key, |row| row.get(0)).optional()? {
                Some(id) => id,
                None => insert.insert(key)?,
            };
            Ok((object.as_str().to_owned(), id))
        })
        .collect()
}

pub(super) fn known_rows(
    transaction: &Transaction<'_>,
    stream: i64,
    slots: (i64, i64),
) -> rusqlite::Result<Vec<Row>> {
    let mut select = transaction.prepare_cached(&format!(
        "SELECT slot, object, {SUMS} FROM newest WHERE stream = ?1 AND slot BETWEEN ?2 AND ?3
         ORDER BY slot, object"
    ))?;
    select
        .query_map(params![stream, slots.0, slots.1], |row| {
            Ok(Row { slot: row.get(0)?, object: row.get(1)?, sums: sums_of(row, 2)? })
        })?
        .collect()
}

/// What gives way moves to the older versions, then the new sums take its place.
fn write(transaction: &Transaction<'_>, stream: i64, as_of: i64, changes: &[Change]) -> rusqlite::Result<()> {
    let mut retire = transaction.prepare_cached(&format!(
        "INSERT INTO older (stream, slot, object, as_of, until, {SUMS})
         SELECT stream, slot, object, as_of, ?4, {SUMS} FROM newest
         WHERE stream = ?1 AND slot = ?2 AND object = ?3"
    ))?;
    let mut insert = transaction.prepare_cached(&format!(
        "INSERT OR REPLACE INTO newest (stream, slot, object, as_of, {SUMS})
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
    ))?;
    for Change { row, replaces } in changes {
        if *replaces {
            retire.execute(params![stream, row.slot, row.object, as_of])?;
        }
        let [spend, impressions, clicks, conversions, value, reach, video_views] = values_of(&row.sums);
        insert.execute(params![
            stream,
            row.slot,
            row.object,
            as_of,
            spend,
            impressions,
            clicks,
            conversions,
            value,
            reach,
            video_views
        ])?;
    }
    Ok(())
}
