//! What each command does; one file each.

mod apply;
mod describe;
mod doctor;
mod drift;
mod get;
mod import;
mod plan;
mod show;
mod validate;

use crate::args::{Cli, Command};
use crate::error::{Exit, Failure};
use crate::settings::Settings;
use crate::ui::Ui;

/// Carries a command out.
pub(crate) async fn run(cli: &Cli, settings: &Settings, ui: &Ui) -> Result<Exit, Failure> {
    let global = &cli.global;
    match &cli.command {
        Command::Validate(args) => validate::run(global, args, settings, ui),
        Command::Plan(args) => plan::run(global, args, settings, ui).await,
        Command::Show(args) => show::run(args, ui),
        Command::Apply(args) => apply::run(global, args, settings, ui).await,
        Command::Import(args) => import::run(global, args, settings, ui).await,
        Command::Drift(args) => drift::run(global, args, settings, ui).await,
        Command::Get(args) => get::run(global, args, settings, ui).await,
        Command::Describe(args) => describe::run(global, args, settings, ui).await,
        Command::Doctor(args) => doctor::run(global, args, settings, ui).await,
        _ => Err(Failure::new(Exit::Usage, "not landed")),
    }
}
