//! Adplane in Kubernetes: the same documents as custom resources, the same planner and executor.
//!
//! The key of everything is the ad account. Who may write to which account is decided by leases ([`lease`]);
//! whether approvals were guarded, by [`guard`]. [`run`] starts the parts and stops them. Nothing here knows the
//! command line.

pub mod account;
pub mod args;
pub mod cache;
pub mod cluster;
pub mod config;
pub mod connect;
pub mod context;
pub mod controller;
pub mod deletion;
pub mod delivered;
pub mod events;
pub mod guard;
pub mod health;
pub mod lease;
pub mod metrics;
pub mod names;
pub mod notices;
pub mod plans;
pub mod pools;
pub mod queue;
pub mod release;
pub mod rights;
pub mod run;
pub mod secrets;
pub mod spends;
pub mod telemetry;
pub mod unattached;

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use adplane_manifest::schema;
use clap::Parser;

use args::{Arguments, Command};

/// Exit code of a command line that was not understood.
const USAGE: u8 = 64;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum OperatorError {
    /// A definition has no YAML form: a defect.
    #[error("cannot write the definitions as YAML")]
    Definitions(#[from] schema::YamlError),
    /// Stdout could not be written.
    #[error("cannot write to stdout")]
    Output(#[from] io::Error),
    /// No threads can be started.
    #[error("cannot start: {0}")]
    Start(#[source] io::Error),
    /// The operator does not run.
    #[error(transparent)]
    Run(#[from] run::RunError),
    /// The cluster cannot be reached.
    #[error(transparent)]
    Cluster(#[from] cluster::ClusterError),
    /// Resources were not let go.
    #[error(transparent)]
    Release(#[from] release::ReleaseError),
}

/// Runs a command line and returns its exit code.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(problem) => {
            // Help and version are answers; everything else is a usage error.
            let code = if problem.use_stderr() { ExitCode::from(USAGE) } else { ExitCode::SUCCESS };
            let _ = problem.print();
            return code;
        }
    };
    match carry_out(&arguments.command, &mut io::stdout()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(OperatorError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {}", told(&error));
            ExitCode::FAILURE
        }
    }
}

/// An error with its cause, where its own text does not tell it already.
fn told(error: &OperatorError) -> String {
    let text = error.to_string();
    match std::error::Error::source(error).map(ToString::to_string) {
        Some(cause) if !text.contains(&cause) => format!("{text}: {cause}"),
        _ => text,
    }
}

/// Carries a command out.
fn carry_out(command: &Command, out: &mut (impl Write + Send)) -> Result<(), OperatorError> {
    match command {
        Command::Crds => {
            for (_, yaml) in schema::crds_yaml()? {
                write!(out, "---\n{yaml}")?;
            }
            Ok(out.flush()?)
        }
        Command::Run(arguments) => Ok(runtime()?.block_on(run::run(arguments))?),
        Command::Release(arguments) => runtime()?.block_on(async {
            let (client, namespace) = cluster::connect(&arguments.cluster).await?;
            release::release(&client, &namespace, arguments, out).await?;
            Ok(out.flush()?)
        }),
    }
}

/// Threads, and the one provider of cryptography that everything uses.
fn runtime() -> Result<tokio::runtime::Runtime, OperatorError> {
    // It is there already where a test runs several commands in one process.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    // Looks are rare, and what their threads took goes back when they end.
    builder.enable_all().thread_keep_alive(std::time::Duration::from_secs(1));
    builder.build().map_err(OperatorError::Start)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Full;

    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn output_that_cannot_be_written_is_an_error() {
        assert!(matches!(carry_out(&Command::Crds, &mut Full), Err(OperatorError::Output(_))));
    }
}
