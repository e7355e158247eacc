//! `adplane metrics export`: rows for spreadsheets and programs, or sums for Prometheus.

use std::fmt::Write;

use adplane_core::address::AccountKey;
use adplane_core::desired::DesiredAccount;
use adplane_core::metrics::{Metric, Span, WindowTotals};
use adplane_engine::metrics::store::{StoredRow, Versions};
use serde_json::{Map, Value, json};

use super::Asked;
use crate::args::{Global, MetricsExportArgs, MetricsExportFormat};
use crate::error::{Exit, Failure};
use crate::pipeline::metrics::{self, Names};
use crate::render::metrics::{COUNTS, Figures, csv_line, plain_count};
use crate::settings::Settings;
use crate::ui::Ui;

/// What every row begins with.
const HEAD: [&str; 10] =
    ["account", "platform", "currency", "level", "day", "hour", "id", "address", "attribution", "asOf"];

pub(super) async fn run(
    global: &Global,
    args: &MetricsExportArgs,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let asked = Asked::of(global, &args.scope, settings, ui).await?;
    let names = Names::of(&asked.prepared);
    if args.format == MetricsExportFormat::Csv {
        let header = HEAD.into_iter().chain(COUNTS.map(Metric::word));
        ui.data(&csv_line(&header.map(str::to_owned).collect::<Vec<_>>()))?;
    }
    let mut gauges = Gauges::default();
    for (key, account) in &asked.prepared.desired.accounts {
        let totals = asked.totals(&args.scope, account).await?;
        if let Err(unknown) = totals.covered() {
            ui.note(&format!("{key}: {unknown}"));
        }
        if args.format == MetricsExportFormat::Prometheus {
            gauges.add(key, account, &totals, &args.scope.window.to_string(), &names);
            continue;
        }
        let span = asked.span(&args.scope, account)?;
        write_rows(&asked, args, (key, account), &span, &names, ui).await?;
    }
    if args.format == MetricsExportFormat::Prometheus {
        ui.data(&gauges.text())?;
    }
    Ok(Exit::Done)
}

/// Writes the stored rows of an account day by day, so that years of them need no memory.
async fn write_rows(
    asked: &Asked,
    args: &MetricsExportArgs,
    (key, account): (&AccountKey, &DesiredAccount),
    span: &Span,
    names: &Names,
    ui: &Ui,
) -> Result<(), Failure> {
    let versions = if args.versions { Versions::All } else { Versions::AsOf(asked.as_of) };
    let stored = metrics::account(account);
    for range in &span.ranges {
        let mut day = range.first.day;
        while day <= range.last.day {
            let rows = asked.store.rows(&stored, args.scope.level, span.granularity, day, versions).await?;
            let mut text = String::new();
            for row in rows.iter().filter(|row| (range.first..=range.last).contains(&row.slot)) {
                let address = names.address(key, &row.id).map(ToString::to_string).unwrap_or_default();
                let head = head(key, account, &args.scope.level.to_string(), row, address);
                match args.format {
                    MetricsExportFormat::Jsonl => text.push_str(&json_line(head, row)),
                    _ => text.push_str(&csv(head, row)),
                }
            }
            ui.data(&text)?;
            if !ui.is_heard() {
                return Ok(());
            }
            let Ok(next) = day.tomorrow() else { break };
            day = next;
        }
    }
    Ok(())
}

fn head(
    key: &AccountKey,
    account: &DesiredAccount,
    level: &str,
    row: &StoredRow,
    address: String,
) -> [String; 10] {
    [
        key.to_string(),
        account.platform.slug().to_owned(),
        account.currency.to_string(),
        level.to_owned(),
        row.slot.day.to_string(),
        row.slot.hour.map(|hour| hour.to_string()).unwrap_or_default(),
        row.id.to_string(),
        address,
        row.attribution.clone(),
        row.as_of.to_string(),
    ]
}

fn csv(head: [String; 10], row: &StoredRow) -> String {
    let counts =
        COUNTS.map(|metric| row.sums.get(metric).map(|count| plain_count(metric, count)).unwrap_or_default());
    csv_line(&head.into_iter().chain(counts).collect::<Vec<_>>())
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
            object.insert(metric.word().to_owned(), json!(plain_count(metric, count)));
        }
    }
    Value::Object(object).to_string() + "\n"
}

/// Gauges by name, each with its lines.
#[derive(Default)]
struct Gauges(std::collections::BTreeMap<String, String>);

impl Gauges {
    fn add(
        &mut self,
        key: &AccountKey,
        account: &DesiredAccount,
        totals: &WindowTotals,
        window: &str,
        names: &Names,
    ) {
        let of_account = labels(&[
            ("account", &key.to_string()),
            ("platform", account.platform.slug()),
            ("currency", account.currency.code()),
            ("level", totals.level.word()),
            ("window", window),
        ]);
        if let Some(freshness) = totals.freshness {
            self.line("as_of_timestamp_seconds", &of_account, &freshness.oldest.as_second().to_string());
        }
        self.line("covered", &of_account, if totals.gaps.is_empty() { "1" } else { "0" });
        for id in totals.objects.keys() {
            let address = names.address(key, id).map(ToString::to_string).unwrap_or_default();
            let labels = format!("{of_account},{}", labels(&[("id", id.as_str()), ("address", &address)]));
            for (word, value) in Figures::of(totals, id, metrics::told(account), account.currency).plain() {
                // An unknown number is no sample: a scrape that sees zero would take it for one.
                if let Some(value) = value {
                    self.line(&snake(word), &labels, &value);
                }
            }
        }
    }

    fn line(&mut self, name: &str, labels: &str, value: &str) {
        let lines = self.0.entry(format!("adplane_delivery_{name}")).or_default();
        let _ = writeln!(lines, "{{{labels}}} {value}");
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for (name, lines) in &self.0 {
            let _ = writeln!(text, "# TYPE {name} gauge");
            for line in lines.lines() {
                let _ = writeln!(text, "{name}{line}");
            }
        }
        text
    }
}

/// `videoViews` as `video_views`.
fn snake(word: &str) -> String {
    word.chars().fold(String::new(), |mut text, letter| {
        if letter.is_ascii_uppercase() {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
        text
    })
}

fn labels(pairs: &[(&str, &str)]) -> String {
    let pair = |(name, value): &(&str, &str)| {
        let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        format!("{name}=\"{value}\"")
    };
    pairs.iter().map(pair).collect::<Vec<_>>().join(",")
}
