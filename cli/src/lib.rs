//! Adplane's command line.
//!
//! `args` says what can be typed, `commands` carries it out, `pipeline` holds what commands share (from
//! files to a plan), `render` turns plan documents into text, markdown, JSON, SARIF and HTML. [`ui::Ui`] is
//! the only writer of the terminal and [`settings::Settings`] the only reader of the environment.

pub mod args;
pub mod error;
pub mod mapping;
pub mod render;
pub mod settings;
pub mod ui;

mod commands;
mod pipeline;

pub use commands::schema::schemas;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use args::Cli;
use error::Exit;
use settings::Settings;
use ui::Ui;

/// Runs a command line and returns its exit code.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(problem) => {
            // Help and version are answers; everything else is a usage error.
            let code = if problem.use_stderr() { Exit::Usage } else { Exit::Done };
            let _ = problem.print();
            return code.into();
        }
    };
    let settings = Settings::read(&cli.global);
    let ui = Ui::new(&settings);
    settings.start_logging();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(problem) => {
            ui.error(&format!("cannot start: {problem}"), None);
            return Exit::Internal.into();
        }
    };
    let result = runtime.block_on(commands::run(&cli, &settings, &ui));
    match result {
        Ok(exit) => exit.into(),
        Err(failure) => {
            ui.failure(&failure);
            failure.exit.into()
        }
    }
}
