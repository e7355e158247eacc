//! `kubectl adplane diff`: all of a plan, in the command line's own renderings.

use super::cluster::Cluster;
use super::plan;
use crate::args::{ClusterDiffArgs, DiffFormat, OutputFormat};
use crate::error::{Exit, Failure};
use crate::pipeline;
use crate::render::{self, Extras};
use crate::settings::Settings;
use crate::ui::Ui;

pub(super) async fn run(
    cluster: &Cluster,
    args: &ClusterDiffArgs,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let plan = plan::read(cluster, &args.plan).await?;
    let document = plan::body(cluster, &plan).await?;
    let pictures = pipeline::pictures(&settings.cwd);
    let extras = Extras { pictures: Some(&pictures), ..Extras::default() };
    ui.data(&render::plan_with(&document, format(args.format), &extras))?;
    if args.format == DiffFormat::Text {
        ui.note(&format!("{} is {:?}", plan.name, plan.status.phase.unwrap_or_default()));
        for line in plan::standing(&plan.status) {
            ui.note(&format!("  {line}"));
        }
    }
    Ok(Exit::Done)
}

fn format(format: DiffFormat) -> OutputFormat {
    match format {
        DiffFormat::Text => OutputFormat::Text,
        DiffFormat::Markdown => OutputFormat::Markdown,
        DiffFormat::Json => OutputFormat::Json,
        DiffFormat::Html => OutputFormat::Html,
    }
}
