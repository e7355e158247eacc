//! What is stored, for other programs: rows as CSV or JSON Lines, sums as Prometheus' gauges.
//!
//! Money and conversions are decimal text in whole units; what was not told is empty, or left out.

mod gauges;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use adplane_core::address::Kind;
use adplane_core::ids::ExternalId;
use adplane_core::metrics::{Day, Granularity, Metric, Slot, Slots, Span};
use serde_json::{Map, Value, json};

use super::query::COUNTS;
use super::store::{MetricStore, StoreAccount, StoreError, StoredRow, Versions};

pub use gauges::Gauges;

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values (RFC 4180).
    Csv,
    /// One JSON object a line.
    JsonLines,
}

/// An account and its names for people.
pub struct Named<'a> {
    /// The account.
    pub account: &'a StoreAccount,
    /// What it is called in the YAML.
    pub name: &'a str,
    /// The addresses of its objects, as far as they are known.
    pub address: &'a (dyn Fn(&ExternalId) -> Option<String> + Sync),
}

/// Which slots are written.
#[derive(Debug, Clone)]
pub enum Which {
    /// Those of all objects alike.
    All(Span),
    /// Of each object its own.
    Each(BTreeMap<ExternalId, Span>),
}

impl Which {
    fn holds(&self, id: &ExternalId, slot: Slot) -> bool {
        let span = match self {
            Self::All(span) => Some(span),
            Self::Each(spans) => spans.get(id),
        };
        span.is_some_and(|span| span.ranges.iter().any(|range| (range.first..=range.last).contains(&slot)))
    }

    fn spans(&self) -> Vec<&Span> {
        match self {
            Self::All(span) => vec![span],
            Self::Each(spans) => spans.values().collect(),
        }
    }

    /// The days that hold any of the slots, and whether rows are by days or hours.
    fn days(&self) -> (Granularity, Vec<Day>) {
        let spans = self.spans();
        let granularity = spans.first().map_or(Granularity::Day, |span| span.granularity);
        // Objects share flights: each range once.
        let ranges: BTreeSet<Slots> = spans.iter().flat_map(|span| span.ranges.iter().copied()).collect();
        let mut days = BTreeSet::new();
        for Slots { first, last } in ranges {
            days.extend(Slots::days(first.day, last.day).each().map(|slot| slot.day));
        }
        (granularity, days.into_iter().collect())
    }
}

/// What every row begins with.
const HEAD: [&str; 10] =
    ["account", "platform", "currency", "level", "day", "hour", "id", "address", "attribution", "asOf"];

/// The first line: the columns' names, for CSV.
pub fn header(format: Format) -> String {
    match format {
        Format::Csv => csv_line(HEAD.into_iter().chain(COUNTS.map(Metric::word))),
        Format::JsonLines => String::new(),
    }
}

/// Stored rows of one account, day by day, so that years of them need no memory.
pub struct Rows<'a> {
    store: &'a dyn MetricStore,
    named: Named<'a>,
    level: Kind,
    which: Which,
    versions: Versions,
    format: Format,
    granularity: Granularity,
    days: std::vec::IntoIter<Day>,
}

impl<'a> Rows<'a> {
    /// Rows to be read.
    pub fn new(
        store: &'a dyn MetricStore,
        named: Named<'a>,
        level: Kind,
        which: Which,
        versions: Versions,
        format: Format,
    ) -> Self {
        let (granularity, days) = which.days();
        Self { store, named, level, which, versions, format, granularity, days: days.into_iter() }
    }

    /// The lines of the next day; `None` after the last.
    pub async fn next_day(&mut self) -> Result<Option<String>, StoreError> {
        let Some(day) = self.days.next() else { return Ok(None) };
        let account = self.named.account;
        let rows = self.store.rows(account, self.level, self.granularity, day, self.versions).await?;
        let held = rows.iter().filter(|row| self.which.holds(&row.id, row.slot));
        Ok(Some(held.map(|row| self.line(row)).collect()))
    }

    fn line(&self, row: &StoredRow) -> String {
        let StoreAccount { platform, currency, .. } = self.named.account;
        let head = [
            self.named.name.to_owned(),
            platform.slug().to_owned(),
            currency.to_string(),
            self.level.to_string(),
            row.slot.day.to_string(),
            row.slot.hour.map(|hour| hour.to_string()).unwrap_or_default(),
            row.id.to_string(),
            (self.named.address)(&row.id).unwrap_or_default(),
            row.attribution.clone(),
            row.as_of.to_string(),
        ];
        match self.format {
            Format::Csv => {
                let counts = COUNTS.map(|metric| {
                    row.sums.get(metric).map(|count| metric.decimal(count)).unwrap_or_default()
                });
                csv_line(head.into_iter().chain(counts))
            }
            Format::JsonLines => json_line(head, row),
        }
    }
}

/// A row as one line of JSON; what was not told is left out.
fn json_line(head: [String; 10], row: &StoredRow) -> String {
    let mut object: Map<String, Value> = HEAD
        .into_iter()
        .zip(head)
        .filter(|(_, text)| !text.is_empty())
        .map(|(name, text)| (name.to_owned(), json!(text)))
        .collect();
    if let Some(hour) = row.slot.hour {
        object.insert("hour".to_owned(), json!(hour));
    }
    for metric in COUNTS {
        if let Some(count) = row.sums.get(metric) {
            object.insert(metric.word().to_owned(), json!(metric.decimal(count)));
        }
    }
    Value::Object(object).to_string() + "\n"
}

/// One line of CSV; cells with commas, quotes or line breaks are quoted (RFC 4180).
pub fn csv_line(cells: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let mut line = String::new();
    for (place, cell) in cells.into_iter().enumerate() {
        if place > 0 {
            line.push(',');
        }
        let cell = cell.as_ref();
        if cell.contains(['"', ',', '\n', '\r']) {
            line.push('"');
            line.push_str(&cell.replace('"', "\"\""));
            line.push('"');
        } else {
            line.push_str(cell);
        }
    }
    line + "\n"
}
