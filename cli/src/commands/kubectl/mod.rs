//! `kubectl adplane`: decisions on plans of a cluster, and looks at it. It writes approvals and annotations, nothing
//! else; who may do what is the API server's to say.

mod cluster;
mod decide;
mod diff;
mod plan;
mod refusal;
mod status;
mod steer;

use adplane_engine::approve::Decision;

use crate::args::{KubectlCli, KubectlCommand};
use crate::error::{Exit, Failure};
use crate::settings::Settings;
use crate::ui::Ui;

/// Name under which fields are written; the API server keeps no user there.
const MANAGER: &str = "kubectl-adplane";

pub(super) async fn run(cli: &KubectlCli, settings: &Settings, ui: &Ui) -> Result<Exit, Failure> {
    let cluster = cluster::connect(&cli.cluster).await?;
    match &cli.command {
        KubectlCommand::Approve(args) => decide::run(&cluster, args, Decision::Approve, settings, ui).await,
        KubectlCommand::Reject(args) => decide::run(&cluster, args, Decision::Reject, settings, ui).await,
        KubectlCommand::Diff(args) => diff::run(&cluster, args, settings, ui).await,
        KubectlCommand::Status(args) => status::run(&cluster, args, ui).await,
        KubectlCommand::Pause(args) => steer::pause(&cluster, args, ui).await,
        KubectlCommand::Reconcile(args) => steer::reconcile(&cluster, args, ui).await,
    }
}

#[cfg(test)]
mod tests;
