//! Field values back to the shape they have in YAML.

use std::collections::BTreeMap;

use adplane_core::asset::AssetRef;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::time::{Time, Zone};
use adplane_core::value::Value;
use compact_str::CompactString;

use super::tree::Tree;
use crate::load::DocumentKind;
use crate::lower::moment::Edge;
use crate::yaml::emit::Yaml;

/// What values need to know of their account.
pub(super) struct Context<'a> {
    pub(super) zone: &'a Zone,
    /// Paths of downloaded assets by digest, relative to the account's folder.
    pub(super) assets: &'a BTreeMap<String, String>,
    /// From the file to the account's folder.
    pub(super) up: &'static str,
}

/// The YAML of a field, or why it cannot be written.
pub(super) fn raise(
    tree: &Tree,
    path: &str,
    value: &Value,
    context: &Context<'_>,
) -> Result<Yaml, Diagnostic> {
    let kind = tree.kind;
    if !tree.takes(path) {
        return Err(Diagnostic::warning(
            "raise-unknown-field",
            format!("`{path}` of {kind} has no place in the YAML"),
        )
        .field(path)
        .hint("it stays as it is on the platform"));
    }
    match (path, value) {
        ("schedule.start", Value::Time(time)) => Ok(moment(time, Edge::Start, context.zone)),
        ("schedule.end", Value::Time(time)) => Ok(moment(time, Edge::End, context.zone)),
        ("schedule.hours", Value::Map(days)) => Ok(hours(days)),
        ("keywords" | "negativeKeywords" | "sitelinks", Value::Map(entries)) => {
            Ok(Yaml::List(entries.values().map(plain).collect()))
        }
        ("images" | "logos" | "videos", _) if kind == DocumentKind::Creative => value
            .members()
            .iter()
            .map(|asset| asset_of(asset, path, context))
            .collect::<Result<_, _>>()
            .map(Yaml::List),
        ("cards", _) if kind == DocumentKind::Creative => value
            .members()
            .iter()
            .map(|card| card_of(card, path, context))
            .collect::<Result<_, _>>()
            .map(Yaml::List),
        (_, Value::Money(money)) if !money.is_payable() => Err(Diagnostic::warning(
            "raise-money",
            format!("`{path}` is {money}, finer than the currency allows"),
        )
        .field(path)
        .hint("it stays as it is on the platform")),
        (_, value) => Ok(plain(value)),
    }
}

fn plain(value: &Value) -> Yaml {
    match value {
        Value::Bool(_) | Value::Integer(_) | Value::Decimal(_) => Yaml::Plain(value.to_string()),
        Value::Money(_) | Value::Text(_) | Value::Time(_) => Yaml::text(value.to_string()),
        Value::Set(members) | Value::List(members) => Yaml::List(members.iter().map(plain).collect()),
        Value::Map(entries) => {
            Yaml::Map(entries.iter().map(|(key, value)| (key.to_string(), plain(value))).collect())
        }
    }
}

/// A date where the time is the day's edge, else a local time.
fn moment(time: &Time, edge: Edge, zone: &Zone) -> Yaml {
    let local = time.at.to_zoned(zone.rules()).datetime();
    let clock = (local.hour(), local.minute(), local.second());
    let text = match (edge, clock) {
        (Edge::Start, (0, 0, 0)) | (Edge::End, (23, 59, 59)) => local.date().to_string(),
        // Without seconds an end at 23:59 would mean 23:59:59.
        (Edge::End, (23, 59, _)) => local.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
        (_, (_, _, 0)) => local.strftime("%Y-%m-%dT%H:%M").to_string(),
        _ => local.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
    };
    Yaml::Text(text)
}

/// Spans by day to days by span.
fn hours(days: &BTreeMap<CompactString, Value>) -> Yaml {
    const WEEK: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let mut spans: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for day in WEEK {
        for span in days.get(day).into_iter().flat_map(Value::texts) {
            spans.entry(span).or_default().push(day);
        }
    }
    let entry = |key: &str, value: Yaml| (key.to_owned(), value);
    let spans = spans.into_iter().map(|(span, days)| {
        let (from, to) = span.split_once('-').unwrap_or((span, "24:00"));
        Yaml::Map(vec![
            entry("days", Yaml::List(days.into_iter().map(Yaml::text).collect())),
            entry("from", Yaml::text(from)),
            entry("to", Yaml::text(to)),
        ])
    });
    Yaml::List(spans.collect())
}

fn asset_of(value: &Value, path: &str, context: &Context<'_>) -> Result<Yaml, Diagnostic> {
    let text = value.as_text().unwrap_or_default();
    let entry = match AssetRef::parse(text) {
        Some(AssetRef::Id(id)) => ("id", id.to_string()),
        Some(AssetRef::YouTube(id)) => ("youtube", id.to_string()),
        Some(AssetRef::Digest(digest)) => match context.assets.get(digest.as_str()) {
            Some(file) => ("file", format!("{}{file}", context.up)),
            None => return Err(lost(text, path)),
        },
        None => return Err(lost(text, path)),
    };
    Ok(Yaml::Map(vec![(entry.0.to_owned(), Yaml::Text(entry.1))]))
}

fn lost(text: &str, path: &str) -> Diagnostic {
    Diagnostic::warning("raise-asset", format!("the file of `{text}` in `{path}` was not downloaded"))
        .field(path)
        .hint("the field stays as it is on the platform; write it once you have the file")
}

fn card_of(card: &Value, path: &str, context: &Context<'_>) -> Result<Yaml, Diagnostic> {
    let mut entries = Vec::new();
    for (key, value) in card.entries().into_iter().flatten() {
        let raised = if key == "image" { asset_of(value, path, context)? } else { plain(value) };
        entries.push((key.to_string(), raised));
    }
    Ok(Yaml::Map(entries))
}
