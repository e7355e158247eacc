//! Settings: flags over environment over defaults; the only reader of the environment.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use adplane_engine::approve::Surroundings;
use adplane_engine::state::Actor;
use jiff::Timestamp;
use kube::config::{Kubeconfig, KubeconfigError};
use tracing_subscriber::EnvFilter;

use crate::args::{ColorWhen, LogFormat, TerminalFlags};

/// Everything that varies between one run and another besides its command.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The current directory.
    pub cwd: PathBuf,
    /// Whether to colour.
    pub color: ColorWhen,
    /// Whether progress bars may be drawn.
    pub progress: bool,
    /// Whether questions may be asked.
    pub interactive: bool,
    /// 0 normal, above verbose, below quiet.
    pub verbosity: i8,
    /// Form of log lines.
    pub log_format: LogFormat,
    /// The instant to plan for, when given.
    pub now: Option<Timestamp>,
}

impl Settings {
    /// Reads flags and environment.
    pub fn read(flags: &TerminalFlags, now: Option<Timestamp>) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let ci = std::env::var_os("CI").is_some();
        Self {
            cwd: std::env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
            color: flags.color,
            progress: terminal && !ci && !flags.no_progress && flags.quiet == 0,
            interactive: std::io::stdin().is_terminal() && terminal,
            verbosity: i8::try_from(flags.verbose).unwrap_or(i8::MAX)
                - i8::try_from(flags.quiet).unwrap_or(i8::MAX),
            log_format: flags.log_format,
            now,
        }
    }

    /// An environment variable, for credentials.
    pub fn environment(name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    /// What other programs need of the environment to be found and configured.
    pub fn surroundings() -> Surroundings {
        Surroundings { search_path: std::env::var_os("PATH"), home: std::env::var_os("HOME") }
    }

    /// Clusters and who one is there: a file that was named, else those of `KUBECONFIG`, else `~/.kube/config`.
    ///
    /// # Errors
    /// When a file cannot be read or understood.
    pub fn kubeconfig(file: Option<&Path>) -> Result<Kubeconfig, KubeconfigError> {
        match file {
            Some(file) => Kubeconfig::read_from(file),
            None => Kubeconfig::read(),
        }
    }

    /// Who runs the command, as far as the machine knows: for the apply log.
    pub fn actor(folder: &Path) -> Actor {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let first = |names: &[&str]| {
            names.iter().find_map(|name| Self::environment(name).filter(|text| !text.is_empty()))
        };
        let automation = first(&["GITHUB_ACTOR", "GITLAB_USER_LOGIN", "BUILD_USER_ID"]).map(|who| {
            let run = first(&["GITHUB_RUN_ID", "CI_JOB_ID", "BUILD_TAG"]);
            run.map_or_else(|| who.clone(), |run| format!("{who} (run {run})"))
        });
        let git = git_setting(folder, "user.email").map(|email| match git_setting(folder, "user.name") {
            Some(name) => format!("{name} <{email}>"),
            None => email,
        });
        let host =
            first(&["COMPUTERNAME"]).or_else(|| said("uname", &["-n"])).or_else(|| first(&["HOSTNAME"]));
        Actor { user: first(&["USER", "LOGNAME", "USERNAME"]), host, git, automation }
    }

    /// Sends log lines to stderr; `ADPLANE_LOG` refines what is logged.
    pub fn start_logging(&self) {
        let level = match self.verbosity {
            ..=-1 => "warn",
            0 => "warn,adplane_run=info",
            1 => "adplane_run=info,adplane_cli=info,adplane_engine=info,adplane_platforms=info,warn",
            2 => "adplane_run=debug,adplane_cli=debug,adplane_engine=debug,adplane_platforms=debug,info",
            _ => "trace",
        };
        let filter = std::env::var("ADPLANE_LOG")
            .ok()
            .and_then(|text| EnvFilter::try_new(text).ok())
            .unwrap_or_else(|| EnvFilter::new(level));
        let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
        // Only the first of several runs in one process can install itself; the others share it.
        let _ = match self.log_format {
            LogFormat::Text => builder.with_ansi(false).without_time().try_init(),
            LogFormat::Json => builder.json().try_init(),
        };
    }
}

/// What git is configured for; nothing without git or outside a repository that says so.
fn git_setting(folder: &Path, name: &str) -> Option<String> {
    let mut git = Command::new("git");
    git.args(["config", "--get", name]).current_dir(folder);
    output(git)
}

/// What a program says, on one line.
fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new(program);
    command.args(arguments);
    output(command)
}

fn output(mut command: Command) -> Option<String> {
    command.stdin(Stdio::null()).stderr(Stdio::null());
    let output = command.output().ok().filter(|output| output.status.success())?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (!text.is_empty()).then_some(text)
}
