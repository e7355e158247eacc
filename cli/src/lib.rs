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
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use args::{Cli, KubectlCli};
use error::Exit;
use settings::Settings;
use ui::Ui;

/// How the binary is called as a plugin of `kubectl`.
const PLUGIN: &str = "kubectl-adplane";
/// The same without another name for the binary: `adplane kubectl status`.
const PLUGIN_COMMAND: &str = "kubectl";

/// What was typed.
enum Typed {
    /// A command on files.
    Files(Cli),
    /// A command on a cluster.
    Cluster(KubectlCli),
}

/// Runs a command line and returns its exit code.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let typed = match parse(arguments.into_iter().collect()) {
        Ok(typed) => typed,
        Err(problem) => {
            // Help and version are answers; everything else is a usage error.
            let code = if problem.use_stderr() { Exit::Usage } else { Exit::Done };
            let _ = problem.print();
            return code.into();
        }
    };
    let settings = match &typed {
        Typed::Files(cli) => Settings::read(&cli.global.terminal, cli.global.now),
        Typed::Cluster(cli) => Settings::read(&cli.terminal, None),
    };
    let ui = Ui::new(&settings);
    settings.start_logging();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(problem) => {
            ui.error(&format!("cannot start: {problem}"), None);
            return Exit::Internal.into();
        }
    };
    let result = runtime.block_on(async {
        match &typed {
            Typed::Files(cli) => commands::run(cli, &settings, &ui).await,
            Typed::Cluster(cli) => commands::run_in_cluster(cli, &settings, &ui).await,
        }
    });
    match result {
        Ok(exit) => exit.into(),
        Err(failure) => {
            ui.failure(&failure);
            failure.exit.into()
        }
    }
}

fn parse(mut arguments: Vec<OsString>) -> Result<Typed, clap::Error> {
    let called = arguments.first().map(PathBuf::from).unwrap_or_default();
    let is_plugin = called.file_stem().is_some_and(|name| name == PLUGIN);
    if !is_plugin && arguments.get(1).is_none_or(|word| word != PLUGIN_COMMAND) {
        return Cli::try_parse_from(arguments).map(Typed::Files);
    }
    if !is_plugin {
        arguments.remove(1);
    }
    KubectlCli::try_parse_from(arguments).map(Typed::Cluster).map_err(KubectlCli::explain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(line: &str) -> Result<Typed, String> {
        parse(line.split(' ').map(OsString::from).collect()).map_err(|error| error.to_string())
    }

    #[test]
    fn the_name_it_is_called_by_decides() {
        for line in
            ["kubectl-adplane status", "/usr/bin/kubectl-adplane.exe status", "adplane kubectl status"]
        {
            assert!(matches!(typed(line), Ok(Typed::Cluster(_))), "{line}");
        }
        assert!(matches!(typed("/bin/adplane plan kubectl"), Ok(Typed::Files(_))));
        // The file's verbs are not the cluster's, and the other way round.
        assert!(typed("adplane reject plan-1").is_err());
    }

    #[test]
    fn a_verb_for_files_says_where_it_belongs() {
        let said = typed("kubectl-adplane apply shop").err().unwrap();
        assert!(said.contains("`apply` works on files: run `adplane apply`"), "{said}");
        let said = typed("kubectl-adplane aprove plan-1").err().unwrap();
        assert!(said.contains("approve") && !said.contains("works on files"), "{said}");
    }
}
