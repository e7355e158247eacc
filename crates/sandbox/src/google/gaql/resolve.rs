//! Gives the fields of a query their meaning and refuses what may not be combined.

use super::parser::{Condition, Operator, Query};
use super::query_error;
use crate::google::errors::ApiError;
use crate::google::resource::{Resource, by_gaql};
use crate::google::schema::report::{METRICS, SEGMENTS};
use crate::google::schema::{Field, Kind, by_snake_name};

/// What a field name stands for.
#[derive(Debug, Clone)]
pub(super) enum Target {
    /// A field of the resource at this place in [`Meaning::sources`].
    Resource(usize, Vec<&'static Field>),
    Metric(&'static Field),
    Segment(&'static Field),
}

impl Target {
    /// The field at the end.
    pub(super) fn field(&self) -> &'static Field {
        match self {
            Self::Resource(_, steps) => steps.last().copied().unwrap_or(&METRICS[0]),
            Self::Metric(field) | Self::Segment(field) => field,
        }
    }
}

/// Segments that are plain functions of the date: they may filter without being selected.
const CORE_DATES: [&str; 5] = ["date", "week", "month", "quarter", "year"];

/// A query with every name resolved.
pub(super) struct Meaning {
    /// The resource queried, then its attributed resources.
    pub(super) sources: Vec<&'static Resource>,
    pub(super) select: Vec<Target>,
    pub(super) conditions: Vec<(Target, Condition)>,
    pub(super) order: Vec<(Target, bool)>,
    pub(super) limit: Option<usize>,
    pub(super) omit_names: bool,
    /// `fieldMask` of the answer.
    pub(super) mask: String,
}

impl Meaning {
    pub(super) fn from(&self) -> &'static Resource {
        self.sources[0]
    }

    pub(super) fn segments(&self) -> impl Iterator<Item = &'static Field> + '_ {
        self.select.iter().filter_map(|target| match target {
            Target::Segment(field) => Some(*field),
            _ => None,
        })
    }

    /// Whether metrics are asked for or filtered by.
    pub(super) fn uses_metrics(&self) -> bool {
        let wants = |target: &Target| matches!(target, Target::Metric(_) | Target::Segment(_));
        self.select.iter().any(wants)
            || self.conditions.iter().any(|(target, _)| wants(target))
            || self.order.iter().any(|(target, _)| wants(target))
    }
}

/// Resolves a query.
pub(super) fn resolve(query: Query) -> Result<Meaning, ApiError> {
    let Some(from) = by_gaql(&query.from) else {
        return Err(query_error(
            "BAD_RESOURCE_TYPE_IN_FROM_CLAUSE",
            format!("Error in query: unrecognized resource type in FROM clause: '{}'.", query.from),
        ));
    };
    let mut sources = vec![from];
    sources.extend(from.attributed.iter().filter_map(|(name, ..)| by_gaql(name)));
    let select = query.select.iter().map(|name| selectable(&sources, name)).collect::<Result<Vec<_>, _>>()?;
    let mut conditions = Vec::new();
    for condition in query.conditions {
        let target = target(&sources, &condition.field, "PROHIBITED_RESOURCE_TYPE_IN_WHERE_CLAUSE")?;
        conditions.push((target, condition));
    }
    let mut order = Vec::new();
    for by in query.order {
        let found = target(&sources, &by.field, "PROHIBITED_FIELD_IN_ORDER_BY_CLAUSE")?;
        order.push((found, by.descending));
    }
    let omit_names = query
        .parameters
        .iter()
        .any(|(name, value)| name == "omit_unselected_resource_names" && value == "true");
    let mask = query.select.iter().map(|name| camel(name)).collect::<Vec<_>>().join(",");
    let meaning = Meaning { sources, select, conditions, order, limit: query.limit, omit_names, mask };
    check_segments(&meaning)?;
    Ok(meaning)
}

fn selectable(sources: &[&'static Resource], name: &str) -> Result<Target, ApiError> {
    let found = target(sources, name, "PROHIBITED_RESOURCE_TYPE_IN_SELECT_CLAUSE")?;
    let field = found.field();
    // Repeated messages may be selected, whole singular ones may not (§4, row rules).
    let whole = matches!(field.kind, Kind::Message(inner) if !inner.is_empty()) && !field.repeated;
    if whole { Err(unrecognized(name)) } else { Ok(found) }
}

fn target(sources: &[&'static Resource], name: &str, prohibited: &'static str) -> Result<Target, ApiError> {
    let (head, rest) = name.split_once('.').ok_or_else(|| unrecognized(name))?;
    match head {
        "metrics" => {
            if reports(sources[0]) {
                return by_snake_name(METRICS, rest).map(Target::Metric).ok_or_else(|| unrecognized(name));
            }
            return Err(query_error(
                "PROHIBITED_METRIC_IN_SELECT_OR_WHERE_CLAUSE",
                format!("'{name}' cannot be used with this resource."),
            ));
        }
        "segments" => {
            if reports(sources[0]) {
                return by_snake_name(SEGMENTS, rest).map(Target::Segment).ok_or_else(|| unrecognized(name));
            }
            return Err(query_error(
                "PROHIBITED_SEGMENT_IN_SELECT_OR_WHERE_CLAUSE",
                format!("'{name}' cannot be used with this resource."),
            ));
        }
        _ => {}
    }
    let Some(resource) = by_gaql(head) else { return Err(unrecognized(name)) };
    let Some(source) = sources.iter().position(|known| known.gaql == resource.gaql) else {
        return Err(query_error(prohibited, format!("'{head}' cannot be used with '{}'.", sources[0].gaql)));
    };
    let mut fields = resource.fields;
    let mut steps: Vec<&'static Field> = Vec::new();
    for part in rest.split('.') {
        let below_list = steps.last().is_some_and(|field| field.repeated);
        let field = by_snake_name(fields, part).filter(|_| !below_list).ok_or_else(|| unrecognized(name))?;
        steps.push(field);
        fields = field.fields();
    }
    Ok(Target::Resource(source, steps))
}

/// Whether a resource delivers, so that metrics and segments go with it.
fn reports(resource: &Resource) -> bool {
    matches!(
        resource.gaql,
        "campaign" | "ad_group" | "ad_group_ad" | "customer" | "asset_group" | "ad_group_criterion"
    )
}

fn unrecognized(name: &str) -> ApiError {
    query_error("UNRECOGNIZED_FIELD", format!("Error in query: unrecognized field in the query: '{name}'."))
}

/// Segments that filter must be selected except core dates; selecting one of those needs a finite range (§4).
fn check_segments(meaning: &Meaning) -> Result<(), ApiError> {
    let selected: Vec<&str> = meaning.segments().map(|field| field.name).collect();
    let mut ranged = false;
    for (target, condition) in &meaning.conditions {
        let Target::Segment(field) = target else { continue };
        let core = CORE_DATES.contains(&field.name);
        ranged |= core && condition.operator != Operator::NotEqual;
        if !core && !selected.contains(&field.name) {
            return Err(query_error(
                "EXPECTED_REFERENCED_FIELD_IN_SELECT_CLAUSE",
                format!("'{}' must be in the SELECT clause to be used in WHERE.", condition.field),
            ));
        }
    }
    if !ranged && selected.iter().any(|name| CORE_DATES.contains(name)) {
        return Err(query_error(
            "EXPECTED_FILTERS_ON_DATE_RANGE",
            "Expected filters on a finite date range when a date segment is selected.",
        ));
    }
    Ok(())
}

/// The lowerCamelCase spelling of a dotted `snake_case` name.
fn camel(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    let mut upper = false;
    for character in name.chars() {
        if character == '_' {
            upper = true;
        } else if upper {
            text.push(character.to_ascii_uppercase());
            upper = false;
        } else {
            text.push(character);
        }
    }
    text
}
