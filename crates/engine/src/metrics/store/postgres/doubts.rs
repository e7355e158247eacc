//! Days and objects that are doubted.

use adplane_core::address::Kind;
use adplane_core::metrics::Granularity;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row, Transaction};

use super::put::{BATCH, known_rows};
use super::read::{external, readings_between};
use super::session::failed;
use crate::metrics::store::coverage::LastRead;
use crate::metrics::store::doubt::{Doubted, FORGOTTEN_AFTER, millis};
use crate::metrics::store::judge::{Before, Judged};
use crate::metrics::store::merge;
use crate::metrics::store::missing::Missing;
use crate::metrics::store::slots::{Prepared, day_of, instant, slots_of_days};
use crate::metrics::store::words::{doubts_where, granularity_word};
use crate::metrics::store::{Doubt, StoreAccount, StoreError};

pub(super) async fn doubts(
    client: &mut Client,
    account: &StoreAccount,
    level: Kind,
    granularity: Granularity,
) -> Result<Vec<Doubt>, StoreError> {
    let which = "s.account = (SELECT id FROM accounts WHERE platform = $1 AND vendor_id = $2)
         AND s.level = $3 AND s.granularity = $4";
    let key: [&(dyn ToSql + Sync); 4] =
        [&account.platform.slug(), &account.id.as_str(), &level.word(), &granularity_word(granularity)];
    let rows = client.query(&doubts_where(which), &key).await.map_err(failed)?;
    rows.iter().map(doubt_of).collect()
}

/// Those that a reading told: of its days, since another one of the same instant may have told others.
pub(super) async fn told_by(
    transaction: &Transaction<'_>,
    stream: i64,
    reading: &Prepared<'_>,
) -> Result<Vec<Doubt>, StoreError> {
    let select = doubts_where("s.id = $1 AND d.as_of = $2 AND d.day BETWEEN $3 AND $4");
    let key: [&(dyn ToSql + Sync); 4] = [&stream, &reading.as_of, &reading.days.0, &reading.days.1];
    let rows = transaction.query(&select, &key).await.map_err(failed)?;
    rows.iter().map(doubt_of).collect()
}

fn doubt_of(row: &Row) -> Result<Doubt, StoreError> {
    let object: Option<String> = row.try_get(6).map_err(failed)?;
    let object = object.map(|id| external(&id)).transpose()?;
    let doubt = || {
        Ok(Doubt {
            attribution: row.try_get(0)?,
            object,
            is_unread: row.try_get(7)?,
            day: day_of(row.try_get(1)?),
            since: instant(row.try_get(2)?),
            as_of: instant(row.try_get(3)?),
            known: row.try_get(4)?,
            told: row.try_get(5)?,
        })
    };
    doubt().map_err(failed)
}

/// What is known before a reading is stored.
pub(super) async fn before(
    transaction: &Transaction<'_>,
    (account, stream): (i64, i64),
    reading: &Prepared<'_>,
    open: &[(i64, i64)],
) -> Result<Before, StoreError> {
    let rows = async |stream: i64| {
        let mut found: Vec<merge::Row> = Vec::new();
        for days in open {
            found.extend(known_rows(transaction, stream, slots_of_days(reading.granularity, *days)).await?);
        }
        Ok::<_, StoreError>(found)
    };
    let mut before = Before { known: rows(stream).await?, ..Before::default() };
    let unread = "SELECT NOT EXISTS (SELECT 1 FROM readings WHERE stream = $1)";
    let row = transaction.query_one(unread, &[&stream]).await.map_err(failed)?;
    before.is_first = row.try_get(0).map_err(failed)?;
    if before.is_first
        && let Some(former) = former(transaction, account, stream, reading).await?
    {
        before.former = rows(former).await?;
    }
    before.last_read = LastRead::of(&readings_between(transaction, stream, reading.days, i64::MAX).await?);
    let select = "SELECT day, since FROM doubts WHERE stream = $1";
    let days = transaction.query(select, &[&stream]).await;
    before.days = days
        .and_then(|rows| rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect())
        .map_err(failed)?;
    let select = "SELECT object, day, since FROM missing WHERE stream = $1";
    let objects = transaction.query(select, &[&stream]).await;
    let object = |row: &Row| Ok(((row.try_get(0)?, row.try_get(1)?), row.try_get(2)?));
    before.objects = objects.and_then(|rows| rows.iter().map(object).collect()).map_err(failed)?;
    Ok(before)
}

/// The stream of the same level that was read last, under another attribution.
async fn former(
    transaction: &Transaction<'_>,
    account: i64,
    stream: i64,
    reading: &Prepared<'_>,
) -> Result<Option<i64>, StoreError> {
    let select = "SELECT s.id FROM streams s JOIN readings r ON r.stream = s.id
         WHERE s.account = $1 AND s.level = $2 AND s.granularity = $3 AND s.id <> $4
         ORDER BY r.as_of DESC LIMIT 1";
    let (level, granularity) = (reading.level.word(), granularity_word(reading.granularity));
    let found = transaction.query_opt(select, &[&account, &level, &granularity, &stream]).await;
    found.and_then(|row| row.map(|row| row.try_get(0)).transpose()).map_err(failed)
}

/// Keeps what is doubted of some days; what was doubted of the others is settled.
pub(super) async fn doubt(
    transaction: &Transaction<'_>,
    stream: i64,
    as_of: i64,
    days: &[(i64, i64)],
    judged: &Judged,
) -> Result<(), StoreError> {
    let run = async |statement: &str, values: &[&(dyn ToSql + Sync)]| {
        transaction.execute(statement, values).await.map_err(failed)
    };
    for table in ["doubts", "missing"] {
        let delete = format!("DELETE FROM {table} WHERE stream = $1 AND day BETWEEN $2 AND $3");
        for (first, last) in days {
            run(&delete, &[&stream, first, last]).await?;
        }
        // Of days that nobody asks for any more.
        let old = as_of.saturating_sub(millis(FORGOTTEN_AFTER));
        run(&format!("DELETE FROM {table} WHERE stream = $1 AND since < $2"), &[&stream, &old]).await?;
    }
    if judged.ends_all {
        run("DELETE FROM doubts WHERE stream = $1", &[&stream]).await?;
    }
    if !judged.doubts.is_empty() {
        let of = |column: fn(&Doubted) -> i64| judged.doubts.iter().map(column).collect::<Vec<i64>>();
        let (days, since) = (of(|one| one.day), of(|one| one.since));
        let (known, told) = (of(|one| one.known), of(|one| one.told));
        let insert = "INSERT INTO doubts (stream, day, since, as_of, known, told)
             SELECT $1, day, since, $2, known, told
             FROM unnest($3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[]) AS told (day, since, known, told)";
        run(insert, &[&stream, &as_of, &days, &since, &known, &told]).await?;
    }
    for missing in judged.missing.chunks(BATCH) {
        let of = |column: fn(&Missing) -> i64| missing.iter().map(column).collect::<Vec<i64>>();
        let (objects, days) = (of(|one| one.object), of(|one| one.day));
        let (since, known) = (of(|one| one.since), of(|one| one.known));
        let insert = "INSERT INTO missing (stream, object, day, since, as_of, known)
             SELECT $1, object, day, since, $2, known
             FROM unnest($3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[]) AS gone (object, day, since, known)";
        run(insert, &[&stream, &as_of, &objects, &days, &since, &known]).await?;
    }
    Ok(())
}
