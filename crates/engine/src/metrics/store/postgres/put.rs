//! Writing a reading, in one transaction.

use std::collections::HashMap;

use adplane_core::ids::ExternalId;
use adplane_core::metrics::{Reading, Slots};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Transaction};

use super::doubts::{before, doubt, told_by};
use super::open::LAYOUT;
use super::session::{failed, unreadable};
use super::{packed as table, read, sums_of};
use crate::metrics::store::coverage::left_of;
use crate::metrics::store::doubt::within;
use crate::metrics::store::judge::judge;
use crate::metrics::store::merge::{Change, Row, merge};
use crate::metrics::store::pack::packed;
use crate::metrics::store::slots::{Prepared, day_of, slots_of_days};
use crate::metrics::store::words::{SUMS, granularity_word, values_of};
use crate::metrics::store::{StoreAccount, StoreError, Stored};

/// Rows in one statement.
pub(super) const BATCH: usize = 5_000;

pub(super) async fn put(
    client: &mut Client,
    account: &StoreAccount,
    reading: &Reading,
) -> Result<Stored, StoreError> {
    let prepared = Prepared::new(reading)?;
    let transaction = client.transaction().await.map_err(failed)?;
    let stored = put_in(&transaction, account, &prepared).await?;
    transaction.commit().await.map_err(failed)?;
    Ok(stored)
}

/// Writes a reading as a part of a transaction.
pub(super) async fn put_in(
    transaction: &Transaction<'_>,
    account: &StoreAccount,
    reading: &Prepared<'_>,
) -> Result<Stored, StoreError> {
    let zone = &account.zone;
    let account = account_id(transaction, account).await?;
    let stream = stream_id(transaction, account, reading).await?;
    let later = later_days(transaction, stream, reading.as_of).await?;
    let open = left_of(reading.days, &later);
    let mut stored = Stored::default();
    if open.is_empty() {
        return Ok(stored);
    }
    let objects = object_ids(transaction, account, reading).await?;
    let before = before(transaction, (account, stream), reading, &open).await?;
    let told = open.iter().flat_map(|days| reading.rows_of(*days, &objects)).collect();
    let judged = judge(reading, zone, &open, told, &before);
    doubt(transaction, stream, reading.as_of, &open, &judged).await?;
    for days in judged.days {
        let slots = slots_of_days(reading.granularity, days);
        let known = within(&before.known, slots);
        let merged = merge(known, within(&judged.told, slots), &judged.metrics);
        for changes in merged.changes.chunks(BATCH) {
            write(transaction, stream, reading.as_of, changes).await?;
        }
        table::write(transaction, stream, &packed(known, &merged.changes)).await?;
        transaction
            .execute(
                "INSERT INTO readings (stream, as_of, first_day, last_day, layout) VALUES ($1, $2, $3, $4, $5)",
                &[&stream, &reading.as_of, &days.0, &days.1, &LAYOUT],
            )
            .await
            .map_err(failed)?;
        stored.changed += merged.changes.len();
        stored.unchanged += merged.unchanged;
        stored.zeroed += merged.zeroed;
        stored.days.push(Slots::days(day_of(days.0), day_of(days.1)));
    }
    stored.doubted = told_by(transaction, stream, reading).await?;
    Ok(stored)
}

async fn account_id(transaction: &Transaction<'_>, account: &StoreAccount) -> Result<i64, StoreError> {
    let StoreAccount { platform, id, currency, zone } = account;
    transaction
        .execute(
            "INSERT INTO accounts (platform, vendor_id, currency, zone) VALUES ($1, $2, $3, $4)
             ON CONFLICT DO NOTHING",
            &[&platform.slug(), &id.as_str(), &currency.code(), &zone.name()],
        )
        .await
        .map_err(failed)?;
    let (row, known) = read::find_account(transaction, account)
        .await?
        .ok_or_else(|| unreadable(format!("no row of {account} right after it was written")))?;
    account.must_be(&known)?;
    Ok(row)
}

/// The stream, held until the transaction ends.
async fn stream_id(
    transaction: &Transaction<'_>,
    account: i64,
    reading: &Prepared<'_>,
) -> Result<i64, StoreError> {
    let (level, granularity) = (reading.level.word(), granularity_word(reading.granularity));
    let key: [&(dyn ToSql + Sync); 4] = [&account, &level, &granularity, &reading.attribution];
    transaction
        .execute(
            "INSERT INTO streams (account, level, granularity, attribution) VALUES ($1, $2, $3, $4)
             ON CONFLICT DO NOTHING",
            &key,
        )
        .await
        .map_err(failed)?;
    transaction
        .query_one(
            "SELECT id FROM streams WHERE account = $1 AND level = $2 AND granularity = $3 AND attribution = $4
             FOR UPDATE",
            &key,
        )
        .await
        .and_then(|row| row.try_get(0))
        .map_err(failed)
}

/// Days that this reading or a later one covers already.
async fn later_days(
    transaction: &Transaction<'_>,
    stream: i64,
    as_of: i64,
) -> Result<Vec<(i64, i64)>, StoreError> {
    transaction
        .query(
            "SELECT first_day, last_day FROM readings WHERE stream = $1 AND as_of >= $2",
            &[&stream, &as_of],
        )
        .await
        .and_then(|rows| rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect())
        .map_err(failed)
}

async fn object_ids(
    transaction: &Transaction<'_>,
    account: i64,
    reading: &Prepared<'_>,
) -> Result<HashMap<String, i64>, StoreError> {
    let level = reading.level.word();
    let names: Vec<&str> = reading.objects().into_iter().map(ExternalId::as_str).collect();
    // In order, so that two who write the same objects wait for each other and do not lock each other out.
    transaction
        .execute(
            "INSERT INTO objects (account, level, vendor_id)
             SELECT $1, $2, name FROM unnest($3::text[]) AS name
             WHERE NOT EXISTS (SELECT 1 FROM objects WHERE account = $1 AND level = $2 AND vendor_id = name)
             ORDER BY name ON CONFLICT DO NOTHING",
            &[&account, &level, &names],
        )
        .await
        .map_err(failed)?;
    transaction
        .query(
            "SELECT vendor_id, id FROM objects WHERE account = $1 AND level = $2 AND vendor_id = ANY ($3::text[])",
            &[&account, &level, &names],
        )
        .await
        .and_then(|rows| rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect())
        .map_err(failed)
}

pub(super) async fn known_rows(
    transaction: &Transaction<'_>,
    stream: i64,
    slots: (i64, i64),
) -> Result<Vec<Row>, StoreError> {
    let select = format!(
        "SELECT slot, object, {SUMS} FROM newest WHERE stream = $1 AND slot BETWEEN $2 AND $3
         ORDER BY slot, object"
    );
    transaction
        .query(&select, &[&stream, &slots.0, &slots.1])
        .await
        .and_then(|rows| {
            let row = |row: &tokio_postgres::Row| {
                Ok(Row { slot: row.try_get(0)?, object: row.try_get(1)?, sums: sums_of(row, 2)? })
            };
            rows.iter().map(row).collect()
        })
        .map_err(failed)
}

/// What gives way moves to the older versions, then the new sums take its place.
async fn write(
    transaction: &Transaction<'_>,
    stream: i64,
    as_of: i64,
    changes: &[Change],
) -> Result<(), StoreError> {
    let replaced: Vec<&Row> =
        changes.iter().filter(|change| change.replaces).map(|change| &change.row).collect();
    if !replaced.is_empty() {
        let slots: Vec<i64> = replaced.iter().map(|row| row.slot).collect();
        let objects: Vec<i64> = replaced.iter().map(|row| row.object).collect();
        let columns = SUMS.split(", ").map(|column| format!("n.{column}")).collect::<Vec<_>>().join(", ");
        let retire = format!(
            "INSERT INTO older (stream, slot, object, as_of, until, {SUMS})
             SELECT n.stream, n.slot, n.object, n.as_of, $4, {columns}
             FROM unnest($2::bigint[], $3::bigint[]) AS gone (slot, object)
             JOIN newest n ON n.stream = $1 AND n.slot = gone.slot AND n.object = gone.object"
        );
        transaction.execute(&retire, &[&stream, &slots, &objects, &as_of]).await.map_err(failed)?;
    }
    let mut columns: [Vec<Option<i64>>; 7] = Default::default();
    for change in changes {
        for (column, value) in columns.iter_mut().zip(values_of(&change.row.sums)) {
            column.push(value);
        }
    }
    let slots: Vec<i64> = changes.iter().map(|change| change.row.slot).collect();
    let objects: Vec<i64> = changes.iter().map(|change| change.row.object).collect();
    let excluded = SUMS.split(", ").map(|column| format!("{column} = EXCLUDED.{column}")).collect::<Vec<_>>();
    let insert = format!(
        "INSERT INTO newest (stream, slot, object, as_of, {SUMS})
         SELECT $1, slot, object, $2, {SUMS}
         FROM unnest($3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[],
                     $9::bigint[], $10::bigint[], $11::bigint[]) AS told (slot, object, {SUMS})
         ON CONFLICT (stream, slot, object) DO UPDATE SET as_of = EXCLUDED.as_of, {}",
        excluded.join(", ")
    );
    let [spend, impressions, clicks, conversions, value, reach, video_views] = &columns;
    transaction
        .execute(
            &insert,
            &[
                &stream,
                &as_of,
                &slots,
                &objects,
                spend,
                impressions,
                clicks,
                conversions,
                value,
                reach,
                video_views,
            ],
        )
        .await
        .map_err(failed)?;
    Ok(())
}
