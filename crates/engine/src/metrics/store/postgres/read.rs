//! Answering questions, each from one snapshot.

use std::collections::HashMap;

use adplane_core::address::Kind;
use adplane_core::ids::ExternalId;
use adplane_core::metrics::completeness::{DaysRead, Restated, Restatements};
use adplane_core::metrics::{Day, Granularity, Metric, Point, Series, Span};
use tokio_postgres::{Client, IsolationLevel, Row, Transaction};

use super::session::{failed, unreadable};
use super::sums_of;
use super::window::{summed_slots, sums_of_object};
use crate::metrics::store::coverage::{Covered, LastRead, read_of};
use crate::metrics::store::slots::{day_number, day_of, instant, slot_number, slot_of, slots_of_days};
use crate::metrics::store::words::{AccountWords, SUMS, account_of, column_of, granularity_word};
use crate::metrics::store::{AsOf, Of, StoreAccount, StoreError, StoredReading, StoredRow, Versions};

/// The stream that answers, and up to which reading it is asked.
pub(super) struct Stream {
    pub(super) id: i64,
    pub(super) attribution: String,
    /// The instant of the newest reading that counts; beyond every one when the question is about now.
    pub(super) cut: i64,
}

pub(super) async fn snapshot(client: &mut Client) -> Result<Transaction<'_>, StoreError> {
    let builder = client.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true);
    builder.start().await.map_err(failed)
}

pub(super) async fn series(
    client: &mut Client,
    account: &StoreAccount,
    level: Kind,
    of: Of<'_>,
    span: &Span,
    as_of: AsOf,
) -> Result<Series, StoreError> {
    let snapshot = snapshot(client).await?;
    let stream = newest_stream(&snapshot, account, level, span.granularity, as_of).await?;
    let (mut readings, mut sums) = (Vec::new(), HashMap::new());
    if let Some(stream) = &stream {
        readings = covering(&snapshot, stream, span).await?;
        sums = match of {
            Of::Account => summed_slots(&snapshot, stream, span).await?,
            Of::Object(id) => match find_object(&snapshot, account, level, id).await? {
                Some(object) => sums_of_object(&snapshot, stream, span, object).await?,
                None => HashMap::new(),
            },
        };
    }
    let points = read_of(span, &LastRead::of(&readings))
        .into_iter()
        .map(|(slot, as_of)| {
            let sums = sums.get(&slot_number(slot)).copied();
            Point { slot, as_of, sums: sums.filter(|_| as_of.is_some()) }
        })
        .collect();
    Ok(Series { span: span.clone(), attribution: stream.map(|stream| stream.attribution), points })
}

pub(super) async fn rows(
    client: &mut Client,
    account: &StoreAccount,
    level: Kind,
    granularity: Granularity,
    day: Day,
    versions: Versions,
) -> Result<Vec<StoredRow>, StoreError> {
    let snapshot = snapshot(client).await?;
    let day = day_number(day);
    let (first, last) = slots_of_days(granularity, (day, day));
    let older = match versions {
        Versions::AsOf(AsOf::Latest) => "FALSE",
        Versions::AsOf(AsOf::At(_)) => "as_of <= $4 AND until > $4",
        Versions::All => "TRUE",
    };
    let columns = SUMS.split(", ").map(|column| format!("v.{column}")).collect::<Vec<_>>().join(", ");
    let select = format!(
        "SELECT v.slot, o.vendor_id, v.as_of, {columns} FROM (
           SELECT slot, object, as_of, {SUMS} FROM newest
           WHERE stream = $1 AND slot BETWEEN $2 AND $3 AND as_of <= $4
           UNION ALL
           SELECT slot, object, as_of, {SUMS} FROM older
           WHERE stream = $1 AND slot BETWEEN $2 AND $3 AND {older}
         ) AS v JOIN objects o ON o.id = v.object"
    );
    let mut found = Vec::new();
    for mut stream in streams(&snapshot, account, level, granularity).await? {
        if let Versions::AsOf(AsOf::At(at)) = versions {
            let Some(cut) = cut_of(&snapshot, stream.id, at.as_millisecond()).await? else { continue };
            stream.cut = cut;
        }
        let rows =
            snapshot.query(&select, &[&stream.id, &first, &last, &stream.cut]).await.map_err(failed)?;
        for row in rows {
            let (slot, id, as_of): (i64, String, i64) = row
                .try_get(0)
                .and_then(|slot| Ok((slot, row.try_get(1)?, row.try_get(2)?)))
                .map_err(failed)?;
            found.push(StoredRow {
                id: external(&id)?,
                slot: slot_of(granularity, slot),
                attribution: stream.attribution.clone(),
                as_of: instant(as_of),
                sums: sums_of(&row, 3).map_err(failed)?,
            });
        }
    }
    found.sort_by(|one, two| {
        (one.slot, &one.id, &one.attribution, one.as_of).cmp(&(
            two.slot,
            &two.id,
            &two.attribution,
            two.as_of,
        ))
    });
    Ok(found)
}

pub(super) async fn restatements(
    client: &mut Client,
    account: &StoreAccount,
    level: Kind,
    metric: Metric,
    days: (Day, Day),
    as_of: AsOf,
) -> Result<Restatements, StoreError> {
    let snapshot = snapshot(client).await?;
    let mut told = Restatements { metric, readings: Vec::new(), changes: Vec::new() };
    let Some(stream) = newest_stream(&snapshot, account, level, Granularity::Day, as_of).await? else {
        return Ok(told);
    };
    let (first, last) = (day_number(days.0), day_number(days.1));
    let read = readings_between(&snapshot, stream.id, (first, last), stream.cut).await?;
    told.readings = read
        .into_iter()
        .map(|read| DaysRead {
            first: day_of(read.first.max(first)),
            last: day_of(read.last.min(last)),
            as_of: instant(read.as_of),
        })
        .collect();
    let column = column_of(metric);
    let select = format!(
        "SELECT slot, as_of, CASE WHEN count(*) = count(change) THEN sum(change)::bigint END FROM (
           SELECT slot, as_of,
             told - lag(told, 1, 0::bigint) OVER (PARTITION BY slot, object ORDER BY as_of) AS change
           FROM (SELECT slot, object, as_of, {column} AS told FROM newest
                 WHERE stream = $1 AND slot BETWEEN $2 AND $3 AND as_of <= $4
                 UNION ALL
                 SELECT slot, object, as_of, {column} AS told FROM older
                 WHERE stream = $1 AND slot BETWEEN $2 AND $3 AND as_of <= $4) AS version) AS step
         WHERE change IS NULL OR change <> 0
         GROUP BY slot, as_of ORDER BY slot, as_of"
    );
    let rows = snapshot.query(&select, &[&stream.id, &first, &last, &stream.cut]).await.map_err(failed)?;
    let change = |row: &Row| {
        Ok(Restated { day: day_of(row.try_get(0)?), as_of: instant(row.try_get(1)?), by: row.try_get(2)? })
    };
    told.changes = rows.iter().map(change).collect::<Result<_, _>>().map_err(failed)?;
    Ok(told)
}

pub(super) async fn readings(
    client: &mut Client,
    account: &StoreAccount,
    level: Kind,
    granularity: Granularity,
) -> Result<Vec<StoredReading>, StoreError> {
    let select = "SELECT s.attribution, r.first_day, r.last_day, r.as_of
         FROM accounts a JOIN streams s ON s.account = a.id JOIN readings r ON r.stream = s.id
         WHERE a.platform = $1 AND a.vendor_id = $2 AND s.level = $3 AND s.granularity = $4
         ORDER BY r.as_of DESC, r.first_day";
    let reading = |row: &Row| {
        Ok(StoredReading {
            attribution: row.try_get(0)?,
            first: day_of(row.try_get(1)?),
            last: day_of(row.try_get(2)?),
            as_of: instant(row.try_get(3)?),
        })
    };
    client
        .query(
            select,
            &[&account.platform.slug(), &account.id.as_str(), &level.word(), &granularity_word(granularity)],
        )
        .await
        .and_then(|rows| rows.iter().map(reading).collect())
        .map_err(failed)
}

pub(super) async fn accounts(client: &mut Client) -> Result<Vec<StoreAccount>, StoreError> {
    let select = "SELECT id, platform, vendor_id, currency, zone FROM accounts ORDER BY platform, vendor_id";
    let rows = client.query(select, &[]).await.map_err(failed)?;
    rows.iter()
        .map(|row| {
            let (_, words) = numbered_account(row, 0).map_err(failed)?;
            account_of(&words).map_err(unreadable)
        })
        .collect()
}

/// An account's number and what is stored of it.
pub(super) async fn find_account(
    snapshot: &Transaction<'_>,
    account: &StoreAccount,
) -> Result<Option<(i64, StoreAccount)>, StoreError> {
    let select = "SELECT id, platform, vendor_id, currency, zone FROM accounts
         WHERE platform = $1 AND vendor_id = $2";
    let found = snapshot
        .query_opt(select, &[&account.platform.slug(), &account.id.as_str()])
        .await
        .map_err(failed)?;
    found
        .map(|row| {
            let (number, words) = numbered_account(&row, 0).map_err(failed)?;
            Ok((number, account_of(&words).map_err(unreadable)?))
        })
        .transpose()
}

pub(super) fn numbered_account(row: &Row, from: usize) -> Result<(i64, AccountWords), tokio_postgres::Error> {
    let words =
        (row.try_get(from + 1)?, row.try_get(from + 2)?, row.try_get(from + 3)?, row.try_get(from + 4)?);
    Ok((row.try_get(from)?, words))
}

/// Every stream of a level, whatever the attribution.
async fn streams(
    snapshot: &Transaction<'_>,
    account: &StoreAccount,
    level: Kind,
    granularity: Granularity,
) -> Result<Vec<Stream>, StoreError> {
    let Some((number, stored)) = find_account(snapshot, account).await? else { return Ok(Vec::new()) };
    account.must_be(&stored)?;
    let select = "SELECT id, attribution FROM streams WHERE account = $1 AND level = $2 AND granularity = $3
         ORDER BY attribution COLLATE \"C\"";
    let stream = |row: &Row| Ok(Stream { id: row.try_get(0)?, attribution: row.try_get(1)?, cut: i64::MAX });
    snapshot
        .query(select, &[&number, &level.word(), &granularity_word(granularity)])
        .await
        .and_then(|rows| rows.iter().map(stream).collect())
        .map_err(failed)
}

/// The newest reading of a stream by an instant.
async fn cut_of(snapshot: &Transaction<'_>, stream: i64, at: i64) -> Result<Option<i64>, StoreError> {
    snapshot
        .query_one("SELECT max(as_of) FROM readings WHERE stream = $1 AND as_of <= $2", &[&stream, &at])
        .await
        .and_then(|row| row.try_get(0))
        .map_err(failed)
}

/// The stream of a level that was read last, by an instant.
pub(super) async fn newest_stream(
    snapshot: &Transaction<'_>,
    account: &StoreAccount,
    level: Kind,
    granularity: Granularity,
    as_of: AsOf,
) -> Result<Option<Stream>, StoreError> {
    let at = match as_of {
        AsOf::Latest => i64::MAX,
        AsOf::At(at) => at.as_millisecond(),
    };
    let mut newest: Option<(i64, Stream)> = None;
    for stream in streams(snapshot, account, level, granularity).await? {
        let Some(last) = cut_of(snapshot, stream.id, i64::MAX).await? else { continue };
        // As of its last reading, or after, what is known now was known.
        let cut = if at < last { cut_of(snapshot, stream.id, at).await? } else { Some(i64::MAX) };
        let Some(cut) = cut else { continue };
        if newest.as_ref().is_none_or(|(known, _)| *known < cut.min(last)) {
            newest = Some((cut.min(last), Stream { cut, ..stream }));
        }
    }
    Ok(newest.map(|(_, stream)| stream))
}

/// The readings that cover any day of a span.
pub(super) async fn covering(
    snapshot: &Transaction<'_>,
    stream: &Stream,
    span: &Span,
) -> Result<Vec<Covered>, StoreError> {
    let Some((first, last)) = span.first().zip(span.last()) else { return Ok(Vec::new()) };
    readings_between(snapshot, stream.id, (day_number(first.day), day_number(last.day)), stream.cut).await
}

pub(super) async fn readings_between(
    snapshot: &Transaction<'_>,
    stream: i64,
    (first, last): (i64, i64),
    cut: i64,
) -> Result<Vec<Covered>, StoreError> {
    let select = "SELECT first_day, last_day, as_of FROM readings
         WHERE stream = $1 AND last_day >= $2 AND first_day <= $3 AND as_of <= $4 ORDER BY as_of";
    let covered =
        |row: &Row| Ok(Covered { first: row.try_get(0)?, last: row.try_get(1)?, as_of: row.try_get(2)? });
    snapshot
        .query(select, &[&stream, &first, &last, &cut])
        .await
        .and_then(|rows| rows.iter().map(covered).collect())
        .map_err(failed)
}

async fn find_object(
    snapshot: &Transaction<'_>,
    account: &StoreAccount,
    level: Kind,
    id: &ExternalId,
) -> Result<Option<i64>, StoreError> {
    let select = "SELECT o.id FROM accounts a JOIN objects o ON o.account = a.id
         WHERE a.platform = $1 AND a.vendor_id = $2 AND o.level = $3 AND o.vendor_id = $4";
    let found = snapshot
        .query_opt(select, &[&account.platform.slug(), &account.id.as_str(), &level.word(), &id.as_str()])
        .await
        .map_err(failed)?;
    found.map(|row| row.try_get(0)).transpose().map_err(failed)
}

pub(super) fn external(id: &str) -> Result<ExternalId, StoreError> {
    ExternalId::new(id).map_err(|_| unreadable(format!("an object named `{id}`")))
}
