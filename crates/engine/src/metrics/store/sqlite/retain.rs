//! Dropping what is older than wanted, in one transaction.

use std::collections::HashMap;

use adplane_core::address::Kind;
use adplane_core::metrics::{Granularity, MetricRow, Reading, Slot};
use adplane_core::time::Zone;
use jiff::Timestamp;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::put::put_in;
use super::read::{external, readings_between};
use super::{Place, sums_of};
use crate::metrics::store::coverage::Covered;
use crate::metrics::store::fold::Total;
use crate::metrics::store::keep::{Plan, days_of_hours, end_of, plan};
use crate::metrics::store::slots::{Prepared, day_of, instant, slots_of_days};
use crate::metrics::store::words::{
    AccountWords, SUMS, account_of, granularity_of, granularity_word, level_of,
};
use crate::metrics::store::{Retained, Retention, StoreAccount, StoreError};

/// A stream of readings and whose it is.
struct Stream {
    id: i64,
    account_id: i64,
    account: StoreAccount,
    level: Kind,
    granularity: Granularity,
    attribution: String,
}

pub(super) fn retain(
    connection: &mut Connection,
    place: &Place,
    account: &StoreAccount,
    retention: Retention,
    now: Timestamp,
) -> Result<Retained, StoreError> {
    let failed = |error| place.error(error);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    let mut retained = Retained::default();
    for stream in streams(&transaction, place, account)? {
        let readings =
            readings_between(&transaction, stream.id, (i64::MIN, i64::MAX), None).map_err(failed)?;
        let plan = plan(&readings, stream.granularity, retention, now, &stream.account.zone);
        if stream.granularity == Granularity::Hour {
            retained.rolled_up += roll_up(&transaction, place, &stream, &readings, plan.oldest_day)?;
        }
        drop_old(&transaction, &stream, &plan, &mut retained).map_err(failed)?;
    }
    transaction.commit().map_err(failed)?;
    connection.execute_batch("PRAGMA incremental_vacuum; PRAGMA optimize;").map_err(failed)?;
    Ok(retained)
}

fn streams(
    transaction: &Transaction<'_>,
    place: &Place,
    account: &StoreAccount,
) -> Result<Vec<Stream>, StoreError> {
    let failed = |error| place.error(error);
    let mut select = transaction
        .prepare(
            "SELECT a.id, a.platform, a.vendor_id, a.currency, a.zone, s.id, s.level, s.granularity, s.attribution
             FROM streams s JOIN accounts a ON a.id = s.account
             WHERE a.platform = ?1 AND a.vendor_id = ?2 ORDER BY s.id",
        )
        .map_err(failed)?;
    let found = select
        .query_map(params![account.platform.slug(), account.id.as_str()], |row| {
            let account: (i64, AccountWords) =
                (row.get(0)?, (row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?));
            let words: (i64, String, String, String) = (row.get(5)?, row.get(6)?, row.get(7)?, row.get(8)?);
            Ok((account, words))
        })
        .map_err(failed)?;
    found
        .map(|row| {
            let ((account_id, account), (id, level, granularity, attribution)) = row.map_err(failed)?;
            let account = account_of(&account).map_err(|what| place.unreadable(what))?;
            let (level, granularity) = level_of(&level)
                .zip(granularity_of(&granularity))
                .ok_or_else(|| place.unreadable(format!("rows of {level} by {granularity}")))?;
            Ok(Stream { id, account_id, account, level, granularity, attribution })
        })
        .collect()
}

/// Makes days of hours that will go, where no day was read.
fn roll_up(
    transaction: &Transaction<'_>,
    place: &Place,
    hours: &Stream,
    readings: &[Covered],
    before: i64,
) -> Result<usize, StoreError> {
    let failed = |error| place.error(error);
    let zone: &Zone = &hours.account.zone;
    let mut rolled_up = 0;
    for (day, as_of) in days_of_hours(readings, before, zone) {
        if day_was_read(transaction, hours, day, end_of(day, zone)).map_err(failed)? {
            continue;
        }
        let reading = Reading {
            level: hours.level,
            granularity: Granularity::Day,
            from: day_of(day),
            to: day_of(day),
            attribution: hours.attribution.clone(),
            as_of: instant(as_of),
            rows: sums_of_day(transaction, place, hours, day)?,
        };
        put_in(transaction, place, &hours.account, &Prepared::new(&reading)?)?;
        rolled_up += 1;
    }
    Ok(rolled_up)
}

/// Whether the day was read by days after it was over: before, it was told in part.
fn day_was_read(transaction: &Transaction<'_>, hours: &Stream, day: i64, end: i64) -> rusqlite::Result<bool> {
    transaction
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM streams s JOIN readings r ON r.stream = s.id
               WHERE s.account = ?1 AND s.level = ?2 AND s.granularity = ?3 AND s.attribution = ?4
                 AND r.first_day <= ?5 AND r.last_day >= ?5 AND r.as_of >= ?6)",
        )?
        .query_row(
            params![
                hours.account_id,
                hours.level.word(),
                granularity_word(Granularity::Day),
                hours.attribution,
                day,
                end
            ],
            |row| row.get(0),
        )
}

fn sums_of_day(
    transaction: &Transaction<'_>,
    place: &Place,
    hours: &Stream,
    day: i64,
) -> Result<Vec<MetricRow>, StoreError> {
    let failed = |error| place.error(error);
    let (first, last) = slots_of_days(Granularity::Hour, (day, day));
    let names: Vec<&str> = SUMS.split(", ").collect();
    let mut select = transaction
        .prepare_cached(&format!(
            "SELECT o.vendor_id, n.{} FROM newest n JOIN objects o ON o.id = n.object
             WHERE n.stream = ?1 AND n.slot BETWEEN ?2 AND ?3",
            names.join(", n.")
        ))
        .map_err(failed)?;
    let mut totals: HashMap<String, Total> = HashMap::new();
    let mut rows = select.query(params![hours.id, first, last]).map_err(failed)?;
    while let Some(row) = rows.next().map_err(failed)? {
        let id: String = row.get(0).map_err(failed)?;
        totals.entry(id).or_default().add(&sums_of(row, 1).map_err(failed)?);
    }
    let slot = Slot::day(day_of(day));
    let sums = totals.into_iter().filter_map(|(id, total)| Some((id, total.sums()?)));
    sums.map(|(id, sums)| Ok(MetricRow { id: external(place, &id)?, slot, sums })).collect()
}

fn drop_old(
    transaction: &Transaction<'_>,
    stream: &Stream,
    plan: &Plan,
    retained: &mut Retained,
) -> rusqlite::Result<()> {
    let (oldest_slot, _) = slots_of_days(stream.granularity, (plan.oldest_day, plan.oldest_day));
    for dropped in &plan.dropped {
        retained.readings += transaction
            .prepare_cached("DELETE FROM readings WHERE stream = ?1 AND as_of = ?2 AND first_day = ?3")?
            .execute(params![stream.id, dropped.as_of, dropped.first])?;
    }
    // A day whose rows go must not look as if it had been read: that would be zeros.
    transaction.execute(
        "UPDATE readings SET first_day = ?2 WHERE stream = ?1 AND first_day < ?2",
        params![stream.id, plan.oldest_day],
    )?;
    retained.rows += transaction
        .execute("DELETE FROM newest WHERE stream = ?1 AND slot < ?2", params![stream.id, oldest_slot])?;
    transaction
        .execute("DELETE FROM packed WHERE stream = ?1 AND slot < ?2", params![stream.id, oldest_slot])?;
    retained.versions += transaction
        .execute("DELETE FROM older WHERE stream = ?1 AND slot < ?2", params![stream.id, oldest_slot])?;
    for table in ["doubts", "missing"] {
        let delete = format!("DELETE FROM {table} WHERE stream = ?1 AND day < ?2");
        transaction.execute(&delete, params![stream.id, plan.oldest_day])?;
    }
    if !plan.dropped.is_empty() {
        retained.versions += transaction.execute(
            "DELETE FROM older WHERE stream = ?1 AND NOT EXISTS (
               SELECT 1 FROM readings r
               WHERE r.stream = ?1 AND r.as_of >= older.as_of AND r.as_of < older.until)",
            params![stream.id],
        )?;
    }
    Ok(())
}
