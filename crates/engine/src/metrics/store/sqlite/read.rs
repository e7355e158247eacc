//! Answering questions, each from one snapshot.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use adplane_core::address::Kind;
use adplane_core::ids::ExternalId;
use adplane_core::metrics::completeness::{DaysRead, Restated, Restatements};
use adplane_core::metrics::{Day, Granularity, Metric, Point, Series, Span, Sums};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::{Place, packed, sums_of};
use crate::metrics::store::coverage::{Covered, LastRead, read_of};
use crate::metrics::store::fold::Total;
use crate::metrics::store::pack::Packed;
use crate::metrics::store::slots::{
    day_number, day_of, instant, range_of, slot_number, slot_of, slots_of_days,
};
use crate::metrics::store::words::{AccountWords, SUMS, account_of, column_of, granularity_word};
use crate::metrics::store::{AsOf, StoreAccount, StoreError, StoredReading, StoredRow, Versions};

/// The stream that answers: that which was read last, and up to which reading it is asked.
pub(super) struct Stream {
    pub(super) id: i64,
    pub(super) attribution: String,
    /// The instant of the newest reading that counts; none when the question is about now.
    pub(super) cut: Option<i64>,
}

pub(super) fn series(
    connection: &mut Connection,
    place: &Place,
    account: &StoreAccount,
    level: Kind,
    object: Option<&ExternalId>,
    span: &Span,
    as_of: AsOf,
) -> Result<Series, StoreError> {
    let failed = |error| place.error(error);
    let snapshot = connection.transaction().map_err(failed)?;
    let stream = newest_stream(&snapshot, place, account, level, span.granularity, as_of)?;
    let mut totals: BTreeMap<i64, Total> = BTreeMap::new();
    let mut readings = Vec::new();
    if let Some(stream) = &stream {
        readings = covering(&snapshot, stream, span).map_err(failed)?;
        match object {
            None => {
                for range in &span.ranges {
                    each_sum(&snapshot, place, stream, range_of(*range), |slot, sums| {
                        totals.entry(slot).or_default().add(sums);
                    })?;
                }
            }
            Some(id) => {
                if let Some(object) = find_object(&snapshot, place, account, level, id)? {
                    for slot in span.slots() {
                        let slot = slot_number(slot);
                        if let Some(sums) = one_row(&snapshot, stream, slot, object).map_err(failed)? {
                            totals.entry(slot).or_default().add(&sums);
                        }
                    }
                }
            }
        }
    }
    let points = read_of(span, &LastRead::of(&readings))
        .into_iter()
        .map(|(slot, as_of)| {
            let sums = totals.get(&slot_number(slot)).and_then(|total| total.sums());
            Point { slot, as_of, sums: sums.filter(|_| as_of.is_some()) }
        })
        .collect();
    Ok(Series { span: span.clone(), attribution: stream.map(|stream| stream.attribution), points })
}

pub(super) fn rows(
    connection: &mut Connection,
    place: &Place,
    account: &StoreAccount,
    level: Kind,
    granularity: Granularity,
    day: Day,
    versions: Versions,
) -> Result<Vec<StoredRow>, StoreError> {
    let failed = |error| place.error(error);
    let snapshot = connection.transaction().map_err(failed)?;
    let day = day_number(day);
    let slots = slots_of_days(granularity, (day, day));
    let mut names: HashMap<i64, ExternalId> = HashMap::new();
    let mut found = Vec::new();
    for mut stream in streams(&snapshot, place, account, level, granularity)? {
        if let Versions::AsOf(AsOf::At(at)) = versions {
            let Some(cut) = cut_of(&snapshot, stream.id, at.as_millisecond()).map_err(failed)? else {
                continue;
            };
            stream.cut = Some(cut);
        }
        for (slot, object, as_of, sums) in versions_of(&snapshot, &stream, slots, versions).map_err(failed)? {
            let id = match names.entry(object) {
                Entry::Occupied(known) => known.get().clone(),
                Entry::Vacant(vacant) => vacant.insert(name_of(&snapshot, place, object)?).clone(),
            };
            let (slot, as_of) = (slot_of(granularity, slot), instant(as_of));
            found.push(StoredRow { id, slot, attribution: stream.attribution.clone(), as_of, sums });
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

/// The rows of a range of slots with the readings that they are known since.
fn versions_of(
    snapshot: &Transaction<'_>,
    stream: &Stream,
    (first, last): (i64, i64),
    versions: Versions,
) -> rusqlite::Result<Vec<(i64, i64, i64, Sums)>> {
    let older = match versions {
        Versions::AsOf(AsOf::Latest) => "FALSE",
        Versions::AsOf(AsOf::At(_)) => "as_of <= ?4 AND until > ?4",
        Versions::All => "TRUE",
    };
    let mut select = snapshot.prepare_cached(&format!(
        "SELECT slot, object, as_of, {SUMS} FROM newest
         WHERE stream = ?1 AND slot BETWEEN ?2 AND ?3 AND as_of <= ?4
         UNION ALL
         SELECT slot, object, as_of, {SUMS} FROM older
         WHERE stream = ?1 AND slot BETWEEN ?2 AND ?3 AND {older}"
    ))?;
    let cut = stream.cut.unwrap_or(i64::MAX);
    select
        .query_map(params![stream.id, first, last, cut], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, sums_of(row, 3)?))
        })?
        .collect()
}

/// Every stream of a level, whatever the attribution.
fn streams(
    snapshot: &Transaction<'_>,
    place: &Place,
    account: &StoreAccount,
    level: Kind,
    granularity: Granularity,
) -> Result<Vec<Stream>, StoreError> {
    let failed = |error| place.error(error);
    let Some((number, stored)) = find_account(snapshot, place, account)? else { return Ok(Vec::new()) };
    account.must_be(&stored)?;
    let mut select = snapshot
        .prepare_cached(
            "SELECT id, attribution FROM streams WHERE account = ?1 AND level = ?2 AND granularity = ?3
             ORDER BY attribution",
        )
        .map_err(failed)?;
    let key = params![number, level.word(), granularity_word(granularity)];
    select
        .query_map(key, |row| Ok(Stream { id: row.get(0)?, attribution: row.get(1)?, cut: None }))
        .and_then(Iterator::collect)
        .map_err(failed)
}

/// The newest reading of a stream by an instant.
fn cut_of(snapshot: &Transaction<'_>, stream: i64, at: i64) -> rusqlite::Result<Option<i64>> {
    snapshot
        .prepare_cached("SELECT max(as_of) FROM readings WHERE stream = ?1 AND as_of <= ?2")?
        .query_row(params![stream, at], |row| row.get(0))
}

pub(super) fn restatements(
    connection: &mut Connection,
    place: &Place,
    account: &StoreAccount,
    level: Kind,
    metric: Metric,
    days: (Day, Day),
    as_of: AsOf,
) -> Result<Restatements, StoreError> {
    let failed = |error| place.error(error);
    let snapshot = connection.transaction().map_err(failed)?;
    let mut told = Restatements { metric, readings: Vec::new(), changes: Vec::new() };
    let stream = newest_stream(&snapshot, place, account, level, Granularity::Day, as_of)?;
    let Some(stream) = stream else { return Ok(told) };
    let (first, last) = (day_number(days.0), day_number(days.1));
    let read = readings_between(&snapshot, stream.id, (first, last), stream.cut).map_err(failed)?;
    told.readings = read
        .into_iter()
        .map(|read| DaysRead {
            first: day_of(read.first.max(first)),
            last: day_of(read.last.min(last)),
            as_of: instant(read.as_of),
        })
        .collect();
    let column = column_of(metric);
    let mut select = snapshot
        .prepare_cached(&format!(
            "SELECT slot, as_of, sum(change), count(*) - count(change) FROM (
               SELECT slot, as_of,
                 told - lag(told, 1, 0) OVER (PARTITION BY slot, object ORDER BY as_of) AS change
               FROM (SELECT slot, object, as_of, {column} AS told FROM newest
                     WHERE stream = ?1 AND slot BETWEEN ?2 AND ?3 AND as_of <= ?4
                     UNION ALL
                     SELECT slot, object, as_of, {column} AS told FROM older
                     WHERE stream = ?1 AND slot BETWEEN ?2 AND ?3 AND as_of <= ?4))
             WHERE change IS NULL OR change <> 0
             GROUP BY slot, as_of ORDER BY slot, as_of"
        ))
        .map_err(failed)?;
    let found = select
        .query_map(params![stream.id, first, last, stream.cut.unwrap_or(i64::MAX)], |row| {
            let untold: i64 = row.get(3)?;
            let by: Option<i64> = row.get(2)?;
            Ok(Restated {
                day: day_of(row.get(0)?),
                as_of: instant(row.get(1)?),
                by: by.filter(|_| untold == 0),
            })
        })
        .map_err(failed)?;
    told.changes = found.collect::<rusqlite::Result<_>>().map_err(failed)?;
    Ok(told)
}

pub(super) fn readings(
    connection: &mut Connection,
    place: &Place,
    account: &StoreAccount,
    level: Kind,
    granularity: Granularity,
) -> Result<Vec<StoredReading>, StoreError> {
    let failed = |error| place.error(error);
    let mut select = connection
        .prepare_cached(
            "SELECT s.attribution, r.first_day, r.last_day, r.as_of
             FROM streams s JOIN readings r ON r.stream = s.id
             WHERE s.account = (SELECT id FROM accounts WHERE platform = ?1 AND vendor_id = ?2)
               AND s.level = ?3 AND s.granularity = ?4
             ORDER BY r.as_of DESC, r.first_day",
        )
        .map_err(failed)?;
    let key =
        params![account.platform.slug(), account.id.as_str(), level.word(), granularity_word(granularity)];
    let found = select
        .query_map(key, |row| {
            Ok(StoredReading {
                attribution: row.get(0)?,
                first: day_of(row.get(1)?),
                last: day_of(row.get(2)?),
                as_of: instant(row.get(3)?),
            })
        })
        .map_err(failed)?;
    found.collect::<rusqlite::Result<_>>().map_err(failed)
}

pub(super) fn accounts(connection: &mut Connection, place: &Place) -> Result<Vec<StoreAccount>, StoreError> {
    let failed = |error| place.error(error);
    let mut select = connection
        .prepare_cached(
            "SELECT id, platform, vendor_id, currency, zone FROM accounts ORDER BY platform, vendor_id",
        )
        .map_err(failed)?;
    let found = select.query_map([], numbered_account).map_err(failed)?;
    found.map(|row| account_of(&row.map_err(failed)?.1).map_err(|what| place.unreadable(what))).collect()
}

/// An account's number and what is stored of it.
pub(super) fn find_account(
    snapshot: &Transaction<'_>,
    place: &Place,
    account: &StoreAccount,
) -> Result<Option<(i64, StoreAccount)>, StoreError> {
    let found = snapshot
        .query_row(
            "SELECT id, platform, vendor_id, currency, zone FROM accounts WHERE platform = ?1 AND vendor_id = ?2",
            params![account.platform.slug(), account.id.as_str()],
            numbered_account,
        )
        .optional()
        .map_err(|error| place.error(error))?;
    found
        .map(|(row, words)| Ok((row, account_of(&words).map_err(|what| place.unreadable(what))?)))
        .transpose()
}

fn numbered_account(row: &Row<'_>) -> rusqlite::Result<(i64, AccountWords)> {
    Ok((row.get(0)?, (row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))
}

/// The stream of a level that was read last, by an instant.
pub(super) fn newest_stream(
    snapshot: &Transaction<'_>,
    place: &Place,
    account: &StoreAccount,
    level: Kind,
    granularity: Granularity,
    as_of: AsOf,
) -> Result<Option<Stream>, StoreError> {
    let failed = |error| place.error(error);
    let at = match as_of {
        AsOf::Latest => None,
        AsOf::At(at) => Some(at.as_millisecond()),
    };
    let mut newest: Option<(i64, Stream)> = None;
    for stream in streams(snapshot, place, account, level, granularity)? {
        let cut_at = |at| cut_of(snapshot, stream.id, at).map_err(failed);
        let Some(last) = cut_at(i64::MAX)? else { continue };
        // As of its last reading, or after, what is known now was known.
        let cut = at.filter(|at| *at < last).map(cut_at).transpose()?;
        let Some(read) = cut.unwrap_or(Some(last)) else { continue };
        if newest.as_ref().is_none_or(|(known, _)| *known < read) {
            newest = Some((read, Stream { cut: cut.flatten(), ..stream }));
        }
    }
    Ok(newest.map(|(_, stream)| stream))
}

/// The readings that cover any day of a span.
pub(super) fn covering(
    snapshot: &Transaction<'_>,
    stream: &Stream,
    span: &Span,
) -> rusqlite::Result<Vec<Covered>> {
    let Some((first, last)) = span.first().zip(span.last()) else { return Ok(Vec::new()) };
    readings_between(snapshot, stream.id, (day_number(first.day), day_number(last.day)), stream.cut)
}

pub(super) fn readings_between(
    snapshot: &Transaction<'_>,
    stream: i64,
    (first, last): (i64, i64),
    cut: Option<i64>,
) -> rusqlite::Result<Vec<Covered>> {
    let mut select = snapshot.prepare_cached(
        "SELECT first_day, last_day, as_of FROM readings
         WHERE stream = ?1 AND last_day >= ?2 AND first_day <= ?3 AND as_of <= ?4 ORDER BY as_of",
    )?;
    select
        .query_map(params![stream, first, last, cut.unwrap_or(i64::MAX)], |row| {
            Ok(Covered { first: row.get(0)?, last: row.get(1)?, as_of: row.get(2)? })
        })?
        .collect()
}

/// The sums of every row of a range of slots, as of the stream's cut.
fn each_sum(
    snapshot: &Transaction<'_>,
    place: &Place,
    stream: &Stream,
    range: (i64, i64),
    mut add: impl FnMut(i64, &Sums),
) -> Result<(), StoreError> {
    let failed = |error| place.error(error);
    if stream.cut.is_some() {
        return each_row(snapshot, stream, range, |slot, _, sums| add(slot, &sums)).map_err(failed);
    }
    packed::each(snapshot, stream.id, range, |slot, counts| {
        let packed = Packed::read(slot, counts)?;
        packed.sums().iter().for_each(|sums| add(slot, sums));
        Ok(())
    })
    .map_err(failed)?
    .map_err(|what| place.unreadable(what))
}

/// Every row of a range of slots, as of the stream's cut.
pub(super) fn each_row(
    snapshot: &Transaction<'_>,
    stream: &Stream,
    (first, last): (i64, i64),
    mut add: impl FnMut(i64, i64, Sums),
) -> rusqlite::Result<()> {
    let newest =
        format!("SELECT slot, object, {SUMS} FROM newest WHERE stream = ?1 AND slot BETWEEN ?2 AND ?3");
    let mut take = |row: &Row<'_>| {
        add(row.get(0)?, row.get(1)?, sums_of(row, 2)?);
        Ok::<(), rusqlite::Error>(())
    };
    match stream.cut {
        None => {
            let mut select = snapshot.prepare_cached(&newest)?;
            let mut rows = select.query(params![stream.id, first, last])?;
            while let Some(row) = rows.next()? {
                take(row)?;
            }
        }
        Some(cut) => {
            let mut select = snapshot.prepare_cached(&format!(
                "{newest} AND as_of <= ?4 UNION ALL
                 SELECT slot, object, {SUMS} FROM older WHERE stream = ?1 AND slot BETWEEN ?2 AND ?3
                   AND as_of <= ?4 AND until > ?4"
            ))?;
            let mut rows = select.query(params![stream.id, first, last, cut])?;
            while let Some(row) = rows.next()? {
                take(row)?;
            }
        }
    }
    Ok(())
}

fn one_row(
    snapshot: &Transaction<'_>,
    stream: &Stream,
    slot: i64,
    object: i64,
) -> rusqlite::Result<Option<Sums>> {
    let cut = stream.cut.unwrap_or(i64::MAX);
    let mut select = snapshot.prepare_cached(&format!(
        "SELECT {SUMS} FROM newest WHERE stream = ?1 AND slot = ?2 AND object = ?3 AND as_of <= ?4
         UNION ALL
         SELECT {SUMS} FROM older WHERE stream = ?1 AND slot = ?2 AND object = ?3
           AND as_of <= ?4 AND until > ?4 AND ?4 < {MAX}",
        MAX = i64::MAX
    ))?;
    select.query_row(params![stream.id, slot, object, cut], |row| sums_of(row, 0)).optional()
}

fn find_object(
    snapshot: &Transaction<'_>,
    place: &Place,
    account: &StoreAccount,
    level: Kind,
    id: &ExternalId,
) -> Result<Option<i64>, StoreError> {
    snapshot
        .query_row(
            "SELECT id FROM objects
             WHERE account = (SELECT id FROM accounts WHERE platform = ?1 AND vendor_id = ?2)
               AND level = ?3 AND vendor_id = ?4",
            params![account.platform.slug(), account.id.as_str(), level.word(), id.as_str()],
            |row| row.get(0),
        )
        .optional()
        .map_err(|error| place.error(error))
}

pub(super) fn name_of(
    snapshot: &Transaction<'_>,
    place: &Place,
    object: i64,
) -> Result<ExternalId, StoreError> {
    let id: String = snapshot
        .prepare_cached("SELECT vendor_id FROM objects WHERE id = ?1")
        .and_then(|mut select| select.query_row([object], |row| row.get(0)))
        .map_err(|error| place.error(error))?;
    external(place, &id)
}

pub(super) fn external(place: &Place, id: &str) -> Result<ExternalId, StoreError> {
    ExternalId::new(id).map_err(|_| place.unreadable(format!("an object named `{id}`")))
}
