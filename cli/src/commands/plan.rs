//! `adplane plan`: observe, plan, show, save.

use adplane_core::observed::Observed;
use adplane_core::plan::document::PlanDocument;
use adplane_engine::assets::PlannedAssets;
use adplane_engine::rehearse::rehearse;
use adplane_manifest::api::project::OutputFormat as ProjectFormat;

use crate::args::{Global, OutputFormat, PlanArgs};
use crate::error::{Exit, Failure};
use crate::pipeline::{self, Connected, Prepared, Revisions, people};
use crate::render::{self, Extras, report};
use crate::settings::Settings;
use crate::ui::Ui;

pub(super) async fn run(
    global: &Global,
    args: &PlanArgs,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let mut prepared = match &args.from {
        Some(from) => {
            let revisions = Revisions { from, to: args.to.as_deref() };
            pipeline::prepare_range(global, settings, &args.path, &revisions)?
        }
        None => pipeline::prepare(global, settings, &args.path, &args.flags.target)?,
    };
    prepared.require_sound(ui)?;
    let connected = pipeline::connect_project(&mut prepared, settings).await?;
    let observed = pipeline::observe_all(&prepared, &connected, ui).await;
    let mut document = pipeline::make_plan(&prepared, &connected, &observed, &args.flags);
    pipeline::explain_drift(&mut document, &prepared, &connected, ui).await;
    pipeline::note_edits(&mut document, &connected, ui).await;
    ui.diagnostics(&document.diagnostics, &|file| prepared.source(file));
    let format = args.format.unwrap_or_else(|| project_format(&prepared));
    let project = Some(&prepared.loaded.project);
    let sources = people::sources(project, args.out.as_deref(), &args.approvals, settings);
    let judgement = people::judged(&document, &sources, connected.clock);
    let pictures = pipeline::pictures(&prepared.loaded.cwd);
    let extras =
        Extras { link: args.shown.link.as_deref(), pictures: Some(&pictures), judgement: judgement.as_ref() };
    ui.data(&render::plan_with(&document, format, &extras))?;
    if let Some(file) = &args.out {
        save(&document, file)?;
        ui.note(&format!("saved to {}; apply it with `adplane apply {}`", file.display(), file.display()));
    }
    let refused = args.validate_remote && !checked(&document, &prepared, &connected, &observed, ui).await?;
    Ok(if refused { Exit::Error } else { exit(&document, args.detailed_exitcode) })
}

/// Has the platforms check the plan; whether none refuses a part of it.
async fn checked(
    document: &PlanDocument,
    prepared: &Prepared,
    connected: &Connected,
    observed: &Observed,
    ui: &Ui,
) -> Result<bool, Failure> {
    let plan = document.to_plan().map_err(|error| Failure::from_error(Exit::Internal, &error))?;
    let verdicts = {
        let _waiting = ui.spinner("asking the platforms");
        let assets = PlannedAssets::new(document.assets.clone(), prepared.loaded.cwd.clone());
        rehearse(&plan, observed, &connected.adapters, &assets).await
    };
    let refused = report::refusals(document, &verdicts);
    ui.diagnostics(&refused, &|file| prepared.source(file));
    ui.note(&report::rehearsed(&verdicts));
    Ok(refused.is_empty())
}

/// Saves a plan.
pub(super) fn save(document: &PlanDocument, file: &std::path::Path) -> Result<(), Failure> {
    pipeline::save_plan(document, file)
}

fn project_format(prepared: &Prepared) -> OutputFormat {
    let settings = &prepared.loaded.project.settings;
    match settings.output.as_ref().and_then(|output| output.format) {
        None | Some(ProjectFormat::Text) => OutputFormat::Text,
        Some(ProjectFormat::Markdown) => OutputFormat::Markdown,
        Some(ProjectFormat::Json) => OutputFormat::Json,
        Some(ProjectFormat::Sarif) => OutputFormat::Sarif,
        Some(ProjectFormat::Html) => OutputFormat::Html,
    }
}

fn exit(document: &PlanDocument, detailed: bool) -> Exit {
    if pipeline::has_unread_accounts(document) {
        Exit::Error
    } else if document.denial().is_some() {
        Exit::Denied
    } else if detailed && document.summary.has_pending() {
        Exit::Pending
    } else {
        Exit::Done
    }
}
