//! Sums over spans.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use adplane_core::address::Kind;
use adplane_core::ids::ExternalId;
use adplane_core::metrics::{Granularity, Span, Sums, WindowTotals};
use rusqlite::{Connection, Transaction, params};

use super::read::{
    Stream, covering, each_row, external, find_account, name_of, newest_stream, readings_between,
};
use super::{Place, packed};
use crate::metrics::store::coverage::{LastRead, totals_of};
use crate::metrics::store::slots::{Own, range_of};
use crate::metrics::store::totals::Totals;
use crate::metrics::store::{AsOf, StoreAccount, StoreError};

/// Above so many objects their names are read together.
const FEW: usize = 100;

pub(super) fn window(
    connection: &mut Connection,
    place: &Place,
    account: &StoreAccount,
    level: Kind,
    span: &Span,
    as_of: AsOf,
) -> Result<WindowTotals, StoreError> {
    let failed = |error| place.error(error);
    let snapshot = connection.transaction().map_err(failed)?;
    let stream = newest_stream(&snapshot, place, account, level, span.granularity, as_of)?;
    let mut totals = Totals::default();
    let mut readings = Vec::new();
    if let Some(stream) = &stream {
        readings = covering(&snapshot, stream, span).map_err(failed)?;
        for range in &span.ranges {
            add(&mut totals, &snapshot, place, stream, range_of(*range))?;
        }
    }
    let sums: Vec<(i64, Sums)> = totals.into_sums().collect();
    let names = Names::of(&snapshot, place, account, level, sums.len())?;
    let objects =
        sums.into_iter().map(|(object, sums)| Ok((names.of_object(&snapshot, place, object)?, sums)));
    let objects: BTreeMap<ExternalId, Sums> = objects.collect::<Result<_, StoreError>>()?;
    Ok(totals_of(level, span, stream.map(|stream| stream.attribution), &LastRead::of(&readings), objects))
}

pub(super) fn windows_of(
    connection: &mut Connection,
    place: &Place,
    account: &StoreAccount,
    level: Kind,
    spans: &[(Span, BTreeSet<ExternalId>)],
    as_of: AsOf,
) -> Result<Vec<WindowTotals>, StoreError> {
    let failed = |error| place.error(error);
    let snapshot = connection.transaction().map_err(failed)?;
    let stream = newest_stream(&snapshot, place, account, level, Granularity::Day, as_of)?;
    let names = Names::of(&snapshot, place, account, level, usize::MAX)?;
    let own = Own::new(spans, &names.0.iter().map(|(number, id)| (id.clone(), *number)).collect());
    let mut totals = Totals::of_own(&own);
    let mut last_read = LastRead::default();
    if let Some((stream, days)) = stream.as_ref().zip(own.all) {
        add(&mut totals, &snapshot, place, stream, days)?;
        last_read = LastRead::of(&readings_between(&snapshot, stream.id, days, stream.cut).map_err(failed)?);
    }
    let mut objects: Vec<BTreeMap<ExternalId, Sums>> = vec![BTreeMap::new(); spans.len()];
    for (object, sums) in totals.into_sums() {
        if let Some(span) = own.span_of(object) {
            objects[span].insert(names.of_object(&snapshot, place, object)?, sums);
        }
    }
    let mut told = Vec::with_capacity(spans.len());
    for ((span, _), objects) in spans.iter().zip(objects) {
        let attribution = stream.as_ref().map(|stream| stream.attribution.clone());
        told.push(totals_of(level, span, attribution, &last_read, objects));
    }
    Ok(told)
}

/// Adds up a range of slots, as of the stream's cut.
fn add(
    totals: &mut Totals<'_>,
    snapshot: &Transaction<'_>,
    place: &Place,
    stream: &Stream,
    range: (i64, i64),
) -> Result<(), StoreError> {
    let failed = |error| place.error(error);
    if stream.cut.is_some() {
        return each_row(snapshot, stream, range, |slot, object, sums| totals.add(slot, object, &sums))
            .map_err(failed);
    }
    packed::each(snapshot, stream.id, range, |slot, counts| totals.add_packed(slot, counts))
        .map_err(failed)?
        .map_err(|what| place.unreadable(what))
}

/// The vendor's ids of a level's objects; empty where few are asked for.
struct Names(HashMap<i64, ExternalId>);

impl Names {
    fn of(
        snapshot: &Transaction<'_>,
        place: &Place,
        account: &StoreAccount,
        level: Kind,
        asked: usize,
    ) -> Result<Self, StoreError> {
        let failed = |error| place.error(error);
        let mut names = HashMap::new();
        if asked <= FEW {
            return Ok(Self(names));
        }
        let Some((number, _)) = find_account(snapshot, place, account)? else { return Ok(Self(names)) };
        let mut select = snapshot
            .prepare_cached("SELECT id, vendor_id FROM objects WHERE account = ?1 AND level = ?2")
            .map_err(failed)?;
        let mut rows = select.query(params![number, level.word()]).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            let id = external(place, row.get_ref(1).map_err(failed)?.as_str().unwrap_or_default())?;
            names.insert(row.get(0).map_err(failed)?, id);
        }
        Ok(Self(names))
    }

    fn of_object(
        &self,
        snapshot: &Transaction<'_>,
        place: &Place,
        object: i64,
    ) -> Result<ExternalId, StoreError> {
        match self.0.get(&object) {
            Some(id) => Ok(id.clone()),
            None => name_of(snapshot, place, object),
        }
    }
}
