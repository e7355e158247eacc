//! Runs a query over an account.

use std::cmp::Ordering;

use serde_json::Value;

use super::resolve::{Meaning, Target, resolve};
use super::row::{Row, Source};
use super::{condition, dates, parser, query_error};
use crate::google::errors::ApiError;
use crate::google::read::{self, Reader, change_event};
use crate::google::schema::Field;
use crate::world::Object;

/// All rows of a query, in order, ready to be cut into pages.
#[derive(Debug)]
pub(in crate::google) struct Found {
    pub(in crate::google) rows: Vec<Value>,
    /// `fieldMask` of the answer.
    pub(in crate::google) mask: String,
    /// Totals of the selected metrics; none when no metric is selected.
    pub(in crate::google) summary: Option<Value>,
}

/// Parses, checks and runs a query.
pub(in crate::google) fn run(reader: &Reader<'_>, query: &str) -> Result<Found, ApiError> {
    if query.trim().is_empty() {
        return Err(query_error("UNEXPECTED_END_OF_QUERY", "Error in query: the query is empty."));
    }
    let meaning = resolve(parser::parse(query)?)?;
    for (target, condition) in &meaning.conditions {
        condition::check(target.field(), condition)?;
    }
    let metrics = meaning.uses_metrics();
    if metrics && reader.is_manager() {
        return Err(query_error(
            "REQUESTED_METRICS_FOR_MANAGER",
            "Metrics cannot be requested for a manager account.",
        ));
    }
    let range = condition::date_range(&meaning.conditions, reader.today())?;
    let ranges = changes_range(&meaning, reader)?;
    let mut rows = Vec::new();
    for object in read::objects(reader, meaning.from(), ranges.as_ref()) {
        let row = attributed(reader, &meaning, object);
        if !holds(&meaning, &row, false) {
            continue;
        }
        if metrics {
            rows.extend(
                measured(reader, &meaning, &row, range).into_iter().filter(|row| holds(&meaning, row, true)),
            );
        } else {
            rows.push(row);
        }
    }
    sort(&meaning, &mut rows);
    rows.truncate(meaning.limit.unwrap_or(usize::MAX));
    let summary = summary(&meaning, &rows);
    let rows = rows.iter().map(|row| row.to_json(&meaning)).collect();
    Ok(Found { rows, mask: meaning.mask, summary })
}

/// Change history wants a finite range and a limit (§3.13).
fn changes_range(meaning: &Meaning, reader: &Reader<'_>) -> Result<Option<change_event::Range>, ApiError> {
    let field = match meaning.from().gaql {
        "change_event" => "changeDateTime",
        "change_status" => "lastChangeDateTime",
        _ => return Ok(None),
    };
    let conditions = meaning.conditions.iter().filter(|(target, _)| target.field().name == field);
    let mut bounds = change_event::Bounds::new(meaning.from().gaql);
    for (_, condition) in conditions {
        use parser::Operator as O;
        let text = |index: usize| condition.values.get(index).map_or("", |value| value.text());
        match condition.operator {
            O::Greater | O::GreaterOrEqual => bounds.after(text(0)),
            O::Less | O::LessOrEqual => bounds.before(text(0)),
            O::Between => {
                bounds.after(text(0));
                bounds.before(text(1));
            }
            O::Equal => {
                bounds.after(text(0));
                bounds.before(text(0));
            }
            O::During => {
                let (first, last) = dates::during(text(0), reader.today())?;
                bounds.after(&first.to_string());
                bounds.before(&format!("{last} 23:59:59.999999"));
            }
            _ => {}
        }
    }
    bounds.finish(reader, meaning.limit).map(Some)
}

/// A row with what belongs to its object.
fn attributed<'r>(
    reader: &'r Reader<'_>,
    meaning: &Meaning,
    object: std::borrow::Cow<'r, Object>,
) -> Row<'r> {
    let from = meaning.from();
    let mut objects: Vec<Option<Source<'r>>> = Vec::with_capacity(meaning.sources.len());
    objects.push(Some(Source { computed: overlay(reader, meaning, 0, &object), stored: object }));
    for (place, (_, holder, field)) in from.attributed.iter().enumerate() {
        let place = place + 1;
        let found = if holder.is_empty() {
            Some(std::borrow::Cow::Borrowed(reader.customer()))
        } else {
            let holder = meaning.sources.iter().position(|source| source.gaql == *holder);
            let name = holder
                .and_then(|holder| objects.get(holder)?.as_ref()?.stored.get(*field)?.as_str())
                .map(str::to_owned);
            name.and_then(|name| reader.follow(&name)).map(std::borrow::Cow::Borrowed)
        };
        objects
            .push(found.map(|stored| Source { computed: overlay(reader, meaning, place, &stored), stored }));
    }
    Row { objects, metrics: None, segments: None }
}

/// Computed fields, only where the query uses one of the source's read-only fields.
fn overlay(reader: &Reader<'_>, meaning: &Meaning, source: usize, object: &Object) -> Option<Object> {
    let gaql = meaning.sources[source].gaql;
    let wanted = |target: &Target| {
        matches!(target, Target::Resource(place, steps)
            if *place == source && steps.first().is_some_and(|field| is_computed(gaql, field)))
    };
    let used = meaning.select.iter().any(wanted)
        || meaning.conditions.iter().any(|(target, _)| wanted(target))
        || meaning.order.iter().any(|(target, _)| wanted(target));
    used.then(|| read::computed::overlay(reader, gaql, object))
}

/// Read-only fields that are not stored. Names of implicit budgets are among them: they follow the campaign.
fn is_computed(gaql: &str, field: &Field) -> bool {
    let stored = matches!(field.name, "id" | "criterionId" | "type" | "status");
    let read_only = field.mode == crate::google::schema::Mode::OutputOnly && !stored;
    read_only || (field.name == "name" && gaql == "campaign_budget")
}

/// Whether the conditions hold: those on fields before metrics are known, those on metrics and segments after.
fn holds(meaning: &Meaning, row: &Row<'_>, measured: bool) -> bool {
    meaning.conditions.iter().all(|(target, condition)| {
        let late = matches!(target, Target::Metric(_) | Target::Segment(_));
        if late != measured {
            return true;
        }
        // Ranges of days were applied while counting.
        if matches!(target, Target::Segment(field) if row.segments.as_ref().is_none_or(|segments| !segments.contains_key(field.name))) {
            return true;
        }
        condition::holds(target.field(), condition, row.value(target))
    })
}

/// The row once per segment, or once with its totals.
fn measured<'r>(reader: &Reader<'_>, meaning: &Meaning, row: &Row<'r>, range: dates::Range) -> Vec<Row<'r>> {
    let Some(Some(source)) = row.objects.first() else { return Vec::new() };
    let segments: Vec<&'static str> = meaning.segments().map(|field| field.name).collect();
    let carriers = read::metrics::carriers(reader, meaning.from().gaql, &source.stored);
    let selected = selected_metrics(meaning);
    read::metrics::rows(reader, &carriers, (range.first, range.last), &segments, &selected)
        .into_iter()
        .map(|(segments, metrics)| Row {
            objects: row.objects.clone(),
            metrics: Some(metrics),
            segments: Some(segments),
        })
        .collect()
}

fn selected_metrics(meaning: &Meaning) -> Vec<&'static str> {
    let metric = |target: &Target| match target {
        Target::Metric(field) => Some(field.name),
        _ => None,
    };
    meaning.select.iter().filter_map(metric).collect()
}

/// The totals of the selected metrics over all rows.
fn summary(meaning: &Meaning, rows: &[Row<'_>]) -> Option<Value> {
    let selected = selected_metrics(meaning);
    if selected.is_empty() {
        return None;
    }
    let mut total = read::metrics::total(rows.iter().filter_map(|row| row.metrics.as_ref()));
    total.retain(|name, _| selected.contains(&name.as_str()));
    Some(serde_json::json!({"metrics": total}))
}

fn sort(meaning: &Meaning, rows: &mut [Row<'_>]) {
    if meaning.order.is_empty() {
        return;
    }
    rows.sort_by(|left, right| {
        for (target, descending) in &meaning.order {
            let order = condition::compare(target.field(), left.value(target), right.value(target));
            let order = if *descending { order.reverse() } else { order };
            if order != Ordering::Equal {
                return order;
            }
        }
        Ordering::Equal
    });
}
