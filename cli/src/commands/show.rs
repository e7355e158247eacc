//! `adplane show`: renders a saved plan, offline.

use std::path::Path;

use adplane_core::plan::document::{FORMAT_VERSION, InvalidDocument, PlanDocument};

use crate::args::ShowArgs;
use crate::error::{Exit, Failure};
use crate::pipeline;
use crate::render::{self, Extras};
use crate::settings::Settings;
use crate::ui::Ui;

pub(super) fn run(args: &ShowArgs, settings: &Settings, ui: &Ui) -> Result<Exit, Failure> {
    let document = read(&args.file)?;
    let pictures = pipeline::pictures(&settings.cwd);
    let extras = Extras { link: args.shown.link.as_deref(), pictures: Some(&pictures) };
    ui.data(&render::plan_with(&document, args.format, &extras))?;
    Ok(Exit::Done)
}

/// Reads a saved plan; one that was changed since is refused.
pub(super) fn read(file: &Path) -> Result<PlanDocument, Failure> {
    let failed = |what: &str| Failure::error(format!("{what} `{}`", file.display()));
    let text = std::fs::read(file).map_err(|error| failed("cannot read the plan").caused_by(&error))?;
    let json: serde_json::Value = serde_json::from_slice(&text).map_err(|error| {
        failed("this is not a plan document:")
            .caused_by(&error)
            .hint("make one with `adplane plan --out FILE`")
    })?;
    let version = json.get("formatVersion").and_then(serde_json::Value::as_u64);
    if let Some(version) = version.and_then(|version| u32::try_from(version).ok())
        && version != FORMAT_VERSION
    {
        return Err(Failure::from_error(Exit::Error, &InvalidDocument::Version(version)));
    }
    let document: PlanDocument = serde_json::from_value(json).map_err(|error| {
        failed("this is not a plan document:")
            .caused_by(&error)
            .hint("make one with `adplane plan --out FILE`")
    })?;
    document.to_plan().map_err(|error| Failure::from_error(Exit::Error, &error).hint("plan again"))?;
    Ok(document)
}
