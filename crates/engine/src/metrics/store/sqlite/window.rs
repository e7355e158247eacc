//! Sums over spans.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use adplane_core::address::Kind;
use adplane_core::ids::ExternalId;
use adplane_core::metrics::{Granularity, Span, Sums, WindowTotals};
use rusqlite::{Connection, Transaction, params};

use super::Place;
use super::read::{covering, each_row, external, find_account, name_of, newest_stream, readings_between};
use crate::metrics::store::coverage::{LastRead, totals_of};
use crate::metrics::store::fold::Total;
use crate::metrics::store::slots::{Own, range_of};
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
    let mut totals: HashMap<i64, Total> = HashMap::new();
    let mut readings = Vec::new();
    if let Some(stream) = &stream {
        readings = covering(&snapshot, stream, span).map_err(failed)?;
        for range in &span.ranges {
            each_row(&snapshot, stream, range_of(*range), |_, object, sums| {
                totals.entry(object).or_default().add(&sums);
            })
            .map_err(failed)?;
        }
    }
    let names = Names::of(&snapshot, place, account, level, totals.len())?;
    let objects = named(&snapshot, place, &names, totals)?;
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
    let mut totals: Vec<HashMap<i64, Total>> = vec![HashMap::new(); spans.len()];
    if let Some((stream, days)) = stream.as_ref().zip(own.all) {
        each_row(&snapshot, stream, days, |slot, object, sums| {
            if let Some(place) = own.place(object, slot) {
                totals[place].entry(object).or_default().add(&sums);
            }
        })
        .map_err(failed)?;
    }
    let last_read = match stream.as_ref().zip(own.all) {
        Some((stream, days)) => {
            LastRead::of(&readings_between(&snapshot, stream.id, days, stream.cut).map_err(failed)?)
        }
        None => LastRead::default(),
    };
    let mut told = Vec::with_capacity(spans.len());
    for ((span, _), totals) in spans.iter().zip(totals) {
        let objects = named(&snapshot, place, &names, totals)?;
        let attribution = stream.as_ref().map(|stream| stream.attribution.clone());
        told.push(totals_of(level, span, attribution, &last_read, objects));
    }
    Ok(told)
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
}

/// Sums by the vendor's ids.
fn named(
    snapshot: &Transaction<'_>,
    place: &Place,
    names: &Names,
    totals: HashMap<i64, Total>,
) -> Result<BTreeMap<ExternalId, Sums>, StoreError> {
    totals
        .into_iter()
        .filter_map(|(object, total)| Some((object, total.sums()?)))
        .map(|(object, sums)| match names.0.get(&object) {
            Some(id) => Ok((id.clone(), sums)),
            None => Ok((name_of(snapshot, place, object)?, sums)),
        })
        .collect()
}
