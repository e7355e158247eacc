//! `adplane show`: renders a saved plan, offline.

use std::path::Path;

use adplane_core::plan::document::{InvalidDocument, PlanDocument};

use adplane_engine::clock::Clock;

use crate::args::ShowArgs;
use crate::error::{Exit, Failure};
use crate::pipeline::{self, people};
use crate::render::{self, Extras};
use crate::settings::Settings;
use crate::ui::Ui;

pub(super) fn run(args: &ShowArgs, settings: &Settings, ui: &Ui) -> Result<Exit, Failure> {
    let document = read(&args.file)?;
    // Showing asks nobody: what cannot be told of approvals is left out.
    let project = people::project_of(&document, &args.file, settings).unwrap_or_default();
    let sources = people::sources(project.as_ref(), Some(&args.file), &args.approvals, settings);
    let clock = settings.now.map_or(Clock::System, Clock::Fixed);
    let judgement = people::judged(&document, &sources, clock);
    let pictures = pipeline::pictures(&settings.cwd);
    let extras =
        Extras { link: args.shown.link.as_deref(), pictures: Some(&pictures), judgement: judgement.as_ref() };
    ui.data(&render::plan_with(&document, args.format, &extras))?;
    Ok(Exit::Done)
}

/// Reads a saved plan; one that was changed since is refused.
pub(super) fn read(file: &Path) -> Result<PlanDocument, Failure> {
    let failed = |what: &str| Failure::error(format!("{what} `{}`", file.display()));
    let text = std::fs::read(file).map_err(|error| failed("cannot read the plan").caused_by(&error))?;
    PlanDocument::read(&text).map_err(|error| {
        let failure = failed(&format!("{error}:"));
        match error {
            InvalidDocument::Unreadable(_) => failure.hint("make one with `adplane plan --out FILE`"),
            InvalidDocument::Truncated => failure.hint("copy the whole file, or plan again"),
            InvalidDocument::Version(_)
            | InvalidDocument::Hash
            | InvalidDocument::Digest
            | InvalidDocument::Damaged(_) => failure.hint("plan again"),
        }
    })
}
