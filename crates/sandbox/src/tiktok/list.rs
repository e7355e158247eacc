//! Lists: paging, `fields`, and the filters that several endpoints share ("Filtering", "Page info").

use serde_json::{Value, json};

use crate::world::Object;

use super::errors::{Refusal, TOO_MANY_IDS, ensure, invalid};
use super::field::{Field, Kind, choices, texts};
use super::json::{text_or_empty, texts as texts_of};
use super::params::Params;

/// Page size when none is asked for.
const DEFAULT_SIZE: usize = 10;
/// Most ids in one filter.
const MOST_IDS: usize = 100;

/// Parameters of every list.
pub(super) const PAGING: &[Field] =
    &[Field::new("page", Kind::Number), Field::new("page_size", Kind::Number)];

/// Parameters that trim a list's rows.
pub(super) const TRIMMING: &[Field] =
    &[texts("fields"), choices("exclude_field_types_in_response", &["NULL_FIELD"])];

/// Which part of a list is asked for, and which members.
#[derive(Debug)]
pub(super) struct Page<'a> {
    number: usize,
    size: usize,
    fields: Option<Vec<&'a str>>,
    hide_nulls: bool,
}

impl<'a> Page<'a> {
    /// Reads `page`, `page_size`, `fields` and the null switch.
    pub(super) fn read(params: &'a Params, largest: usize) -> Result<Self, Refusal> {
        Self::read_with(params, largest, DEFAULT_SIZE)
    }

    /// The same where the usual page size is another.
    pub(super) fn read_with(params: &'a Params, largest: usize, usual: usize) -> Result<Self, Refusal> {
        let number = whole(params, "page", 1)?;
        let size = whole(params, "page_size", usual)?;
        ensure(number >= 1, || "page: Must be greater than or equal to 1.".into())?;
        ensure((1..=largest).contains(&size), || format!("page_size: Must be between 1 and {largest}."))?;
        let fields = params.has("fields").then(|| params.texts("fields"));
        let hide_nulls = params.texts("exclude_field_types_in_response").contains(&"NULL_FIELD");
        Ok(Self { number, size, fields, hide_nulls })
    }

    /// Cuts the page out of the matches and renders its rows under `list_name`.
    pub(super) fn answer<T>(&self, list_name: &str, matches: &[T], render: impl Fn(&T) -> Object) -> Value {
        let start = (self.number - 1).saturating_mul(self.size).min(matches.len());
        let end = start.saturating_add(self.size).min(matches.len());
        let rows: Vec<Value> =
            matches[start..end].iter().map(|row| Value::Object(self.trim(render(row)))).collect();
        json!({
            list_name: rows,
            "page_info": {
                "page": self.number,
                "page_size": self.size,
                "total_number": matches.len(),
                "total_page": matches.len().div_ceil(self.size),
            },
        })
    }

    fn trim(&self, mut row: Object) -> Object {
        row.retain(|name, value| {
            let asked = self.fields.as_ref().is_none_or(|fields| fields.contains(&name.as_str()));
            asked && !(self.hide_nulls && value.is_null())
        });
        row
    }
}

fn whole(params: &Params, name: &str, default: usize) -> Result<usize, Refusal> {
    match params.values.get(name) {
        None => Ok(default),
        Some(value) => value
            .as_u64()
            .and_then(|number| usize::try_from(number).ok())
            .ok_or_else(|| invalid(format!("{name}: Not a valid integer."))),
    }
}

/// The ids of a filter, 1 to 100 of them; `None` when the filter is absent.
pub(super) fn ids<'a>(filter: Option<&'a Object>, name: &str) -> Result<Option<Vec<&'a str>>, Refusal> {
    let Some(filter) = filter.filter(|filter| filter.contains_key(name)) else { return Ok(None) };
    let ids = texts_of(filter, name);
    ensure(!ids.is_empty(), || format!("filtering.{name}: Shorter than minimum length 1."))?;
    if ids.len() > MOST_IDS {
        return Err(Refusal::new(
            TOO_MANY_IDS,
            format!("filtering.{name}: {} ids, the limit is 100.", ids.len()),
        ));
    }
    Ok(Some(ids))
}

/// Whether a row passes an id filter.
pub(super) fn in_ids(ids: Option<&Vec<&str>>, row: &Object, member: &str) -> bool {
    ids.is_none_or(|ids| ids.contains(&text_or_empty(row, member)))
}

/// Whether a row passes an equality filter of the same or another name.
pub(super) fn equals(filter: Option<&Object>, name: &str, row: &Object, member: &str) -> bool {
    filter.and_then(|filter| filter.get(name)).is_none_or(|wanted| row.get(member) == Some(wanted))
}

/// Whether a row passes a fuzzy name filter.
pub(super) fn resembles(filter: Option<&Object>, name: &str, row: &Object) -> bool {
    let Some(wanted) = filter.and_then(|filter| filter.get(name)).and_then(Value::as_str) else {
        return true;
    };
    text_or_empty(row, name).to_lowercase().contains(&wanted.to_lowercase())
}

/// Whether a row was created (or changed) inside the filter's times; times are fixed-width UTC text.
pub(super) fn in_times(filter: Option<&Object>, row: &Object) -> bool {
    let bound = |name: &str| filter.and_then(|filter| filter.get(name)).and_then(Value::as_str);
    let created = text_or_empty(row, "create_time");
    bound("creation_filter_start_time").is_none_or(|start| created >= start)
        && bound("creation_filter_end_time").is_none_or(|end| created <= end)
        && bound("modified_after").is_none_or(|after| text_or_empty(row, "modify_time") > after)
}
