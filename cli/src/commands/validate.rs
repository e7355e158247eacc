//! `adplane validate`: everything that can be checked offline.

use adplane_core::diagnostic::{Diagnostic, Severity};
use adplane_core::policy::foresee;

use crate::args::{Global, ValidateArgs, ValidateFormat};
use crate::error::{Exit, Failure};
use crate::pipeline;
use crate::render::{github, json, junit, sarif};
use crate::settings::Settings;
use crate::ui::Ui;

pub(super) fn run(
    global: &Global,
    args: &ValidateArgs,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let mut prepared = pipeline::prepare(global, settings, &args.path, &[])?;
    if !prepared.has_errors() {
        prepared.diagnostics.extend(foresee(&prepared.desired));
    }
    match args.format {
        ValidateFormat::Text => {
            ui.diagnostics(&prepared.diagnostics, &|file| prepared.source(file));
            let objects: usize =
                prepared.desired.accounts.values().map(|account| account.objects.len()).sum();
            let accounts = prepared.desired.accounts.len();
            if prepared.loaded.documents.is_empty() {
                ui.note("no documents of `adplane.io/v1alpha1` were found");
            } else if !prepared.has_errors() {
                let files = counted(prepared.loaded.files.len(), "file");
                let verb = if prepared.loaded.files.len() == 1 { "is" } else { "are" };
                let (objects, accounts) = (counted(objects, "object"), counted(accounts, "account"));
                ui.data(&format!("{files} {verb} valid: {objects} on {accounts}\n"))?;
            }
        }
        ValidateFormat::Json => ui.data(&json::diagnostics(&prepared.diagnostics))?,
        ValidateFormat::Sarif => ui.data(&sarif::diagnostics(&prepared.diagnostics))?,
        ValidateFormat::Github => ui.data(&github::diagnostics(&prepared.diagnostics))?,
        ValidateFormat::Junit => ui.data(&junit::diagnostics(&prepared.diagnostics))?,
    }
    let worst = prepared.diagnostics.iter().map(|finding: &Diagnostic| finding.severity).min();
    Ok(if worst == Some(Severity::Error) { Exit::Error } else { Exit::Done })
}

/// `1 file`, `2 files`.
fn counted(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
