//! Adplane in Kubernetes: the same documents as custom resources, the same planner and executor.
//!
//! Only the resources' definitions are here so far. Reconciling comes with its own issue and lives in
//! `account/`, whose key is the ad account: gather, decide, act, status. Nothing here knows the command line.

pub mod args;
pub mod config;
pub mod guard;
pub mod health;
pub mod lease;
pub mod metrics;
pub mod secrets;
pub mod telemetry;

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
    match run(arguments.command, &mut io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(OperatorError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            let cause =
                std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
            let _ = writeln!(io::stderr(), "error: {error}{cause}");
            ExitCode::FAILURE
        }
    }
}

/// Carries a command out.
fn run(command: Command, out: &mut impl Write) -> Result<(), OperatorError> {
    match command {
        Command::Crds => {
            for (_, yaml) in schema::crds_yaml()? {
                write!(out, "---\n{yaml}")?;
            }
            Ok(out.flush()?)
        }
    }
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
        assert!(matches!(run(Command::Crds, &mut Full), Err(OperatorError::Output(_))));
    }
}
