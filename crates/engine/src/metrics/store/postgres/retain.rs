//! Dropping what is older than wanted, in one transaction.

use std::collections::HashMap;

use adplane_core::address::Kind;
use adplane_core::metrics::{Granularity, MetricRow, Reading, Slot};
use jiff::Timestamp;
use tokio_postgres::{Client, Row, Transaction};

use super::put::put_in;
use super::read::{external, numbered_account, readings_between};
use super::session::{failed, unreadable};
use super::sums_of;
use crate::metrics::store::coverage::Covered;
use crate::metrics::store::fold::Total;
use crate::metrics::store::keep::{Plan, days_of_hours, end_of, plan};
use crate::metrics::store::slots::{Prepared, day_of, instant, slots_of_days};
use crate::metrics::store::words::{SUMS, account_of, granularity_of, granularity_word, level_of};
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

pub(super) async fn retain(
    client: &mut Client,
    account: &StoreAccount,
    retention: Retention,
    now: Timestamp,
) -> Result<Retained, StoreError> {
    let transaction = client.transaction().await.map_err(failed)?;
    let mut retained = Retained::default();
    for stream in streams(&transaction, account).await? {
        let readings = readings_between(&transaction, stream.id, (i64::MIN, i64::MAX), i64::MAX).await?;
        let plan = plan(&readings, stream.granularity, retention, now, &stream.account.zone);
        if stream.granularity == Granularity::Hour {
            retained.rolled_up += roll_up(&transaction, &stream, &readings, plan.oldest_day).await?;
        }
        drop_old(&transaction, &stream, &plan, &mut retained).await?;
    }
    transaction.commit().await.map_err(failed)?;
    Ok(retained)
}

/// Every stream of an account, held until the transaction ends.
async fn streams(transaction: &Transaction<'_>, account: &StoreAccount) -> Result<Vec<Stream>, StoreError> {
    let select = "SELECT a.id, a.platform, a.vendor_id, a.currency, a.zone, s.id, s.level, s.granularity,
           s.attribution
         FROM streams s JOIN accounts a ON a.id = s.account
         WHERE a.platform = $1 AND a.vendor_id = $2 ORDER BY s.id FOR UPDATE OF s";
    let rows =
        transaction.query(select, &[&account.platform.slug(), &account.id.as_str()]).await.map_err(failed)?;
    let words = |row: &Row| -> Result<(i64, String, String, String), tokio_postgres::Error> {
        Ok((row.try_get(5)?, row.try_get(6)?, row.try_get(7)?, row.try_get(8)?))
    };
    rows.iter()
        .map(|row| {
            let (account_id, account) = numbered_account(row, 0).map_err(failed)?;
            let account = account_of(&account).map_err(unreadable)?;
            let (id, level, granularity, attribution) = words(row).map_err(failed)?;
            let (level, granularity) = level_of(&level)
                .zip(granularity_of(&granularity))
                .ok_or_else(|| unreadable(format!("rows of {level} by {granularity}")))?;
            Ok(Stream { id, account_id, account, level, granularity, attribution })
        })
        .collect()
}

/// Makes days of hours that will go, where no day was read.
async fn roll_up(
    transaction: &Transaction<'_>,
    hours: &Stream,
    readings: &[Covered],
    before: i64,
) -> Result<usize, StoreError> {
    let mut rolled_up = 0;
    for (day, as_of) in days_of_hours(readings, before, &hours.account.zone) {
        if day_was_read(transaction, hours, day, end_of(day, &hours.account.zone)).await? {
            continue;
        }
        let reading = Reading {
            level: hours.level,
            granularity: Granularity::Day,
            from: day_of(day),
            to: day_of(day),
            attribution: hours.attribution.clone(),
            as_of: instant(as_of),
            rows: sums_of_day(transaction, hours, day).await?,
        };
        put_in(transaction, &hours.account, &Prepared::new(&reading)?).await?;
        rolled_up += 1;
    }
    Ok(rolled_up)
}

/// Whether the day was read by days after it was over: before, it was told in part.
async fn day_was_read(
    transaction: &Transaction<'_>,
    hours: &Stream,
    day: i64,
    end: i64,
) -> Result<bool, StoreError> {
    let select = "SELECT EXISTS (SELECT 1 FROM streams s JOIN readings r ON r.stream = s.id
         WHERE s.account = $1 AND s.level = $2 AND s.granularity = $3 AND s.attribution = $4
           AND r.first_day <= $5 AND r.last_day >= $5 AND r.as_of >= $6)";
    let (level, granularity) = (hours.level.word(), granularity_word(Granularity::Day));
    transaction
        .query_one(select, &[&hours.account_id, &level, &granularity, &hours.attribution, &day, &end])
        .await
        .and_then(|row| row.try_get(0))
        .map_err(failed)
}

async fn sums_of_day(
    transaction: &Transaction<'_>,
    hours: &Stream,
    day: i64,
) -> Result<Vec<MetricRow>, StoreError> {
    let (first, last) = slots_of_days(Granularity::Hour, (day, day));
    let columns = SUMS.split(", ").map(|column| format!("n.{column}")).collect::<Vec<_>>().join(", ");
    let select = format!(
        "SELECT o.vendor_id, {columns} FROM newest n JOIN objects o ON o.id = n.object
         WHERE n.stream = $1 AND n.slot BETWEEN $2 AND $3"
    );
    let mut totals: HashMap<String, Total> = HashMap::new();
    for row in transaction.query(&select, &[&hours.id, &first, &last]).await.map_err(failed)? {
        let id: String = row.try_get(0).map_err(failed)?;
        totals.entry(id).or_default().add(&sums_of(&row, 1).map_err(failed)?);
    }
    let slot = Slot::day(day_of(day));
    let sums = totals.into_iter().filter_map(|(id, total)| Some((id, total.sums()?)));
    sums.map(|(id, sums)| Ok(MetricRow { id: external(&id)?, slot, sums })).collect()
}

async fn drop_old(
    transaction: &Transaction<'_>,
    stream: &Stream,
    plan: &Plan,
    retained: &mut Retained,
) -> Result<(), StoreError> {
    let (oldest_slot, _) = slots_of_days(stream.granularity, (plan.oldest_day, plan.oldest_day));
    let instants: Vec<i64> = plan.dropped.iter().map(|read| read.as_of).collect();
    let days: Vec<i64> = plan.dropped.iter().map(|read| read.first).collect();
    let run = async |statement: &str, values: &[&(dyn tokio_postgres::types::ToSql + Sync)]| {
        let count = transaction.execute(statement, values).await.map_err(failed)?;
        Ok::<usize, StoreError>(usize::try_from(count).unwrap_or(usize::MAX))
    };
    retained.readings += run(
        "DELETE FROM readings r USING unnest($2::bigint[], $3::bigint[]) AS gone (as_of, first_day)
         WHERE r.stream = $1 AND r.as_of = gone.as_of AND r.first_day = gone.first_day",
        &[&stream.id, &instants, &days],
    )
    .await?;
    // A day whose rows go must not look as if it had been read: that would be zeros.
    run(
        "UPDATE readings SET first_day = $2 WHERE stream = $1 AND first_day < $2",
        &[&stream.id, &plan.oldest_day],
    )
    .await?;
    retained.rows +=
        run("DELETE FROM newest WHERE stream = $1 AND slot < $2", &[&stream.id, &oldest_slot]).await?;
    run("DELETE FROM packed WHERE stream = $1 AND slot < $2", &[&stream.id, &oldest_slot]).await?;
    retained.versions +=
        run("DELETE FROM older WHERE stream = $1 AND slot < $2", &[&stream.id, &oldest_slot]).await?;
    for table in ["doubts", "missing"] {
        let delete = format!("DELETE FROM {table} WHERE stream = $1 AND day < $2");
        run(&delete, &[&stream.id, &plan.oldest_day]).await?;
    }
    if !plan.dropped.is_empty() {
        retained.versions += run(
            "DELETE FROM older o WHERE o.stream = $1 AND NOT EXISTS (
               SELECT 1 FROM readings r
               WHERE r.stream = $1 AND r.as_of >= o.as_of AND r.as_of < o.until)",
            &[&stream.id],
        )
        .await?;
    }
    Ok(())
}
