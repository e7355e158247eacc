//! `adplane metrics export`: rows for spreadsheets and programs, or sums for Prometheus.

use std::collections::BTreeMap;

use adplane_core::ids::ExternalId;
use adplane_engine::metrics::export::{Format, Gauges, Named, Rows, Which, header};
use adplane_engine::metrics::query::Answer;
use adplane_engine::metrics::store::{StoreAccount, Versions};

use super::Asked;
use crate::args::{Global, MetricsExportArgs, MetricsExportFormat};
use crate::error::{Exit, Failure};
use crate::pipeline::metrics::Names;
use crate::settings::Settings;
use crate::ui::Ui;

pub(super) async fn run(
    global: &Global,
    args: &MetricsExportArgs,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let asked = Asked::of(global, &args.scope, settings, ui).await?;
    let names = Names::of(&asked.prepared);
    let format = match args.format {
        MetricsExportFormat::Csv => Some(Format::Csv),
        MetricsExportFormat::Jsonl => Some(Format::JsonLines),
        MetricsExportFormat::Prometheus => None,
    };
    if let Some(format) = format {
        ui.data(&header(format))?;
    }
    let mut gauges = Gauges::default();
    for (key, account) in &asked.prepared.desired.accounts {
        let answer = asked.answer(key, account).await?;
        if let Err(unknown) = answer.all.sums() {
            ui.note(&format!("{key}: {unknown}"));
        }
        let stored = StoreAccount::from(account);
        let address = |id: &ExternalId| names.address(key, id).map(ToString::to_string);
        let whose = Named { account: &stored, name: &key.to_string(), address: &address };
        match format {
            None => gauges.add(&whose, asked.level, asked.period, &answer),
            Some(format) => write_rows(&asked, args, whose, format, &answer, ui).await?,
        }
    }
    if format.is_none() {
        ui.data(&gauges.text())?;
    }
    Ok(Exit::Done)
}

async fn write_rows(
    asked: &Asked,
    args: &MetricsExportArgs,
    whose: Named<'_>,
    format: Format,
    answer: &Answer,
    ui: &Ui,
) -> Result<(), Failure> {
    let versions = if args.versions { Versions::All } else { Versions::AsOf(asked.as_of) };
    let Some(which) = which(asked, answer) else { return Ok(()) };
    let mut rows = Rows::new(asked.store.as_ref(), whose, asked.level, which, versions, format);
    while let Some(text) = rows.next_day().await? {
        ui.data(&text)?;
        if !ui.is_heard() {
            break;
        }
    }
    Ok(())
}

/// The slots to write; none where the window means none.
fn which(asked: &Asked, answer: &Answer) -> Option<Which> {
    if !asked.period.is_own() {
        return answer.all.basis.span.clone().map(Which::All);
    }
    let own = answer.each.iter().filter_map(|(id, figures)| Some((id.clone(), figures.basis.span.clone()?)));
    Some(Which::Each(own.collect::<BTreeMap<_, _>>()))
}
