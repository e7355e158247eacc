//! What each command does; one file each.

mod apply;
mod approve;
mod audit;
mod budgets;
mod demo;
mod describe;
mod doctor;
mod drift;
mod explain;
pub(crate) mod generated;
mod get;
mod import;
mod kubectl;
mod log;
mod metrics;
mod ops;
mod pause;
mod plan;
mod policy;
mod rules;
mod run;
mod sandbox;
pub(crate) mod schema;
mod show;
mod signals;
mod validate;

use crate::args::{Cli, Command, KubectlCli, PolicyCommand};
use crate::error::{Exit, Failure};
use crate::settings::Settings;
use crate::ui::Ui;

/// Carries a command out.
pub(crate) async fn run(cli: &Cli, settings: &Settings, ui: &Ui) -> Result<Exit, Failure> {
    let global = &cli.global;
    match &cli.command {
        Command::Validate(args) => validate::run(global, args, settings, ui),
        Command::Plan(args) => plan::run(global, args, settings, ui).await,
        Command::Show(args) => show::run(args, settings, ui),
        Command::Approve(args) => approve::run(args, settings, ui).await,
        Command::Apply(args) => apply::run(global, args, settings, ui).await,
        Command::Pause(args) => pause::run(global, args, settings, ui).await,
        Command::Import(args) => import::run(global, args, settings, ui).await,
        Command::Drift(args) => drift::run(global, args, settings, ui).await,
        Command::Log(args) => log::run(args, settings, ui),
        Command::Run(args) => run::run(global, args, settings, ui).await,
        Command::Audit(command) => audit::run(global, command, settings, ui).await,
        Command::Get(args) => get::run(global, args, settings, ui).await,
        Command::Describe(args) => describe::run(global, args, settings, ui).await,
        Command::Metrics(command) => metrics::run(global, command, settings, ui).await,
        Command::Doctor(args) => doctor::run(global, args, settings, ui).await,
        Command::Ops(command) => ops::run(global, command, settings, ui).await,
        Command::Policy(PolicyCommand::Test(args)) => policy::test(args, settings, ui),
        Command::Rules(command) => rules::run(global, command, settings, ui).await,
        Command::Signals(command) => signals::run(global, command, settings, ui).await,
        Command::Explain(args) => explain::run(global, args, settings, ui).await,
        Command::Budgets(args) => budgets::run(global, args, settings, ui).await,
        Command::Sandbox(args) => sandbox::run(global, args, ui).await,
        Command::Demo(args) => demo::run(global, args, settings, ui).await,
        Command::Schema(args) => schema::run(args, ui),
        Command::Crds => generated::print_crds(ui),
        Command::Completions { shell } => generated::completions(*shell, ui),
        Command::Man(args) => generated::man(args, ui),
    }
}

/// Carries a command on a cluster out.
pub(crate) async fn run_in_cluster(cli: &KubectlCli, settings: &Settings, ui: &Ui) -> Result<Exit, Failure> {
    kubectl::run(cli, settings, ui).await
}
