//! Sums over spans, added up by the server.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use adplane_core::address::Kind;
use adplane_core::ids::ExternalId;
use adplane_core::metrics::{Granularity, Span, Sums, WindowTotals};
use tokio_postgres::{Client, Transaction};

use super::read::{Stream, covering, external, newest_stream, readings_between, snapshot};
use super::session::{failed, unreadable};
use super::{packed, sums_of};
use crate::metrics::store::coverage::{LastRead, totals_of};
use crate::metrics::store::fold::Total;
use crate::metrics::store::pack::Packed;
use crate::metrics::store::slots::{Own, range_of, slot_number};
use crate::metrics::store::totals::Totals;
use crate::metrics::store::words::SUMS;
use crate::metrics::store::{AsOf, StoreAccount, StoreError};

pub(super) async fn window(
    client: &mut Client,
    account: &StoreAccount,
    level: Kind,
    span: &Span,
    as_of: AsOf,
) -> Result<WindowTotals, StoreError> {
    let snapshot = snapshot(client).await?;
    let stream = newest_stream(&snapshot, account, level, span.granularity, as_of).await?;
    let (mut readings, mut objects) = (Vec::new(), BTreeMap::new());
    if let Some(stream) = &stream {
        readings = covering(&snapshot, stream, span).await?;
        let sums = summed_objects(&snapshot, stream, span).await?;
        let names = names(&snapshot, sums.keys()).await?;
        for (object, sums) in sums {
            let id = names.get(&object).ok_or_else(|| unreadable("rows of an object without a name"))?;
            objects.insert(id.clone(), sums);
        }
    }
    Ok(totals_of(level, span, stream.map(|stream| stream.attribution), &LastRead::of(&readings), objects))
}

pub(super) async fn windows_of(
    client: &mut Client,
    account: &StoreAccount,
    level: Kind,
    spans: &[(Span, BTreeSet<ExternalId>)],
    as_of: AsOf,
) -> Result<Vec<WindowTotals>, StoreError> {
    let snapshot = snapshot(client).await?;
    let stream = newest_stream(&snapshot, account, level, Granularity::Day, as_of).await?;
    let mut objects: Vec<BTreeMap<ExternalId, Sums>> = vec![BTreeMap::new(); spans.len()];
    let mut last_read = LastRead::default();
    if let Some(stream) = &stream {
        let numbers = numbers(&snapshot, account, level, spans).await?;
        let own = Own::new(spans, &numbers);
        if let Some(days) = own.all {
            last_read = LastRead::of(&readings_between(&snapshot, stream.id, days, stream.cut).await?);
        }
        let names: HashMap<i64, &ExternalId> = numbers.iter().map(|(id, number)| (*number, id)).collect();
        for (object, sums) in summed_own(&snapshot, stream, &own).await? {
            let known = own.span_of(object).zip(names.get(&object));
            if let Some((place, id)) = known {
                objects[place].insert((*id).clone(), sums);
            }
        }
    }
    let mut told = Vec::with_capacity(spans.len());
    for ((span, _), objects) in spans.iter().zip(objects) {
        let attribution = stream.as_ref().map(|stream| stream.attribution.clone());
        told.push(totals_of(level, span, attribution, &last_read, objects));
    }
    Ok(told)
}

/// The counts added up. One that was not told of a row is unknown in the sum, and so is what does not fit; people reached
/// are known of one row at most.
fn added() -> String {
    let sums: Vec<String> = SUMS
        .split(", ")
        .map(|column| {
            let alone = if column == "reach" { " AND count(*) FILTER (WHERE reach <> 0) <= 1" } else { "" };
            format!(
                "CASE WHEN count({column}) = count(*){alone} AND sum({column}) BETWEEN {} AND {} \
                 THEN sum({column})::bigint END",
                i64::MIN,
                i64::MAX
            )
        })
        .collect();
    sums.join(", ")
}

/// Sums by object or by slot over ranges of slots, as of the stream's cut.
async fn summed(
    snapshot: &Transaction<'_>,
    stream: &Stream,
    ranges: &[(i64, i64)],
    by: &str,
) -> Result<HashMap<i64, Sums>, StoreError> {
    let (firsts, lasts): (Vec<i64>, Vec<i64>) = ranges.iter().copied().unzip();
    let select = format!(
        "SELECT {by}, {} FROM unnest($2::bigint[], $3::bigint[]) AS range (first, last)
         CROSS JOIN LATERAL (
           SELECT slot, object, {SUMS} FROM newest
           WHERE stream = $1 AND slot BETWEEN first AND last AND as_of <= $4
           UNION ALL
           SELECT slot, object, {SUMS} FROM older
           WHERE stream = $1 AND slot BETWEEN first AND last AND as_of <= $4 AND until > $4
         ) AS told
         GROUP BY {by}",
        added()
    );
    snapshot
        .query(&select, &[&stream.id, &firsts, &lasts, &stream.cut])
        .await
        .and_then(|rows| rows.iter().map(|row| Ok((row.try_get(0)?, sums_of(row, 1)?))).collect())
        .map_err(failed)
}

/// One object's sums by slot, as of the stream's cut.
pub(super) async fn sums_of_object(
    snapshot: &Transaction<'_>,
    stream: &Stream,
    span: &Span,
    object: i64,
) -> Result<HashMap<i64, Sums>, StoreError> {
    let slots: Vec<i64> = span.slots().map(slot_number).collect();
    // Every slot by itself: a range of slots would be walked with all their objects.
    let select = format!(
        "SELECT slot, {SUMS} FROM newest
         WHERE stream = $1 AND slot = ANY ($2::bigint[]) AND object = $3 AND as_of <= $4
         UNION ALL
         SELECT slot, {SUMS} FROM older
         WHERE stream = $1 AND slot = ANY ($2::bigint[]) AND object = $3 AND as_of <= $4 AND until > $4"
    );
    snapshot
        .query(&select, &[&stream.id, &slots, &object, &stream.cut])
        .await
        .and_then(|rows| rows.iter().map(|row| Ok((row.try_get(0)?, sums_of(row, 1)?))).collect())
        .map_err(failed)
}

fn ranges_of(span: &Span) -> Vec<(i64, i64)> {
    span.ranges.iter().map(|range| range_of(*range)).collect()
}

/// Sums by object over a span, as of the stream's cut.
async fn summed_objects(
    snapshot: &Transaction<'_>,
    stream: &Stream,
    span: &Span,
) -> Result<HashMap<i64, Sums>, StoreError> {
    let ranges = ranges_of(span);
    if stream.cut == i64::MAX {
        return added_up(snapshot, stream, &ranges, Totals::default()).await;
    }
    summed(snapshot, stream, &ranges, "object").await
}

/// Sums of all objects by slot, as of the stream's cut.
pub(super) async fn summed_slots(
    snapshot: &Transaction<'_>,
    stream: &Stream,
    span: &Span,
) -> Result<HashMap<i64, Sums>, StoreError> {
    let ranges = ranges_of(span);
    if stream.cut != i64::MAX {
        return summed(snapshot, stream, &ranges, "slot").await;
    }
    let mut sums = HashMap::new();
    for row in packed::slots(snapshot, stream.id, &ranges).await? {
        let (slot, counts) = packed::of(&row)?;
        let mut total = Total::default();
        let packed = Packed::read(slot, counts).map_err(unreadable)?;
        packed.sums().iter().for_each(|sums| total.add(sums));
        sums.extend(total.sums().map(|sums| (slot, sums)));
    }
    Ok(sums)
}

/// Packed slots, added up by object.
async fn added_up(
    snapshot: &Transaction<'_>,
    stream: &Stream,
    ranges: &[(i64, i64)],
    mut totals: Totals<'_>,
) -> Result<HashMap<i64, Sums>, StoreError> {
    for row in packed::slots(snapshot, stream.id, ranges).await? {
        let (slot, counts) = packed::of(&row)?;
        totals.add_packed(slot, counts).map_err(unreadable)?;
    }
    Ok(totals.into_sums().collect())
}

/// Sums by object, each over days of its own.
async fn summed_own(
    snapshot: &Transaction<'_>,
    stream: &Stream,
    own: &Own,
) -> Result<HashMap<i64, Sums>, StoreError> {
    let Some((first, last)) = own.all else { return Ok(HashMap::new()) };
    if stream.cut == i64::MAX {
        return added_up(snapshot, stream, &[(first, last)], Totals::of_own(own)).await;
    }
    let (objects, firsts, lasts) = own.columns();
    let select = format!(
        "SELECT told.object, {} FROM (
           SELECT slot, object, {SUMS} FROM newest
           WHERE stream = $1 AND slot BETWEEN $5 AND $6 AND as_of <= $7
           UNION ALL
           SELECT slot, object, {SUMS} FROM older
           WHERE stream = $1 AND slot BETWEEN $5 AND $6 AND as_of <= $7 AND until > $7
         ) AS told
         JOIN unnest($2::bigint[], $3::bigint[], $4::bigint[]) AS own (object, first, last)
           ON own.object = told.object AND told.slot BETWEEN own.first AND own.last
         GROUP BY told.object",
        added()
    );
    snapshot
        .query(&select, &[&stream.id, &objects, &firsts, &lasts, &first, &last, &stream.cut])
        .await
        .and_then(|rows| rows.iter().map(|row| Ok((row.try_get(0)?, sums_of(row, 1)?))).collect())
        .map_err(failed)
}

/// The numbers of objects by the vendor's ids.
async fn numbers(
    snapshot: &Transaction<'_>,
    account: &StoreAccount,
    level: Kind,
    spans: &[(Span, BTreeSet<ExternalId>)],
) -> Result<HashMap<ExternalId, i64>, StoreError> {
    let ids: Vec<&str> = spans.iter().flat_map(|(_, ids)| ids).map(ExternalId::as_str).collect();
    let select = "SELECT o.id, o.vendor_id FROM accounts a JOIN objects o ON o.account = a.id
         WHERE a.platform = $1 AND a.vendor_id = $2 AND o.level = $3 AND o.vendor_id = ANY ($4::text[])";
    let rows = snapshot
        .query(select, &[&account.platform.slug(), &account.id.as_str(), &level.word(), &ids])
        .await
        .map_err(failed)?;
    rows.iter()
        .map(|row| {
            let id: String = row.try_get(1).map_err(failed)?;
            Ok((external(&id)?, row.try_get(0).map_err(failed)?))
        })
        .collect()
}

/// The vendor's ids of objects.
async fn names(
    snapshot: &Transaction<'_>,
    objects: impl Iterator<Item = &i64>,
) -> Result<HashMap<i64, ExternalId>, StoreError> {
    let objects: Vec<i64> = objects.copied().collect();
    let rows = snapshot
        .query("SELECT id, vendor_id FROM objects WHERE id = ANY ($1::bigint[])", &[&objects])
        .await
        .map_err(failed)?;
    rows.iter()
        .map(|row| {
            let id: String = row.try_get(1).map_err(failed)?;
            Ok((row.try_get(0).map_err(failed)?, external(&id)?))
        })
        .collect()
}
