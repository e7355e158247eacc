//! The command line on a database that several share.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use adplane_sandbox::{ClockMode, QuotaMode, Sandbox, SandboxOptions};
use serde_json::Value;
use tempfile::TempDir;

use crate::server::{Database, runtime};

type DatabaseCase = (&'static str, fn(&Database) -> Result<(), String>);

pub(crate) const CASES: &[DatabaseCase] = &[
    ("command::the_project_file_names_the_database", the_project_file_names_the_database),
    ("command::a_database_that_cannot_be_had_is_no_file", a_database_that_cannot_be_had_is_no_file),
];

/// A password that must not be shown; the server here trusts whoever comes over its socket.
const PASSWORD: &str = "hunter2-of-the-database";

pub(crate) struct Run {
    code: Option<i32>,
    pub(crate) out: String,
    err: String,
}

impl Run {
    pub(crate) fn exits(self, code: i32) -> Result<Self, String> {
        let told = format!("exit {:?}\n{}\n{}", self.code, self.out, self.err);
        if told.contains(PASSWORD) {
            return Err(format!("the connection string was shown: {told}"));
        }
        if self.code == Some(code) { Ok(self) } else { Err(told) }
    }
}

/// A project of its own.
pub(crate) struct Project {
    folder: TempDir,
    pub(crate) environment: BTreeMap<&'static str, String>,
}

impl Project {
    pub(crate) fn new(sandbox: &str) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        adplane_tests::copy_examples(folder.path(), sandbox)?;
        Ok(Self { folder, environment: BTreeMap::new() })
    }

    fn append(&self, file: &str, text: &str) -> Result<(), String> {
        let path = self.folder.path().join(file);
        let known = std::fs::read_to_string(&path).unwrap_or_default();
        std::fs::write(path, known + text).map_err(|error| error.to_string())
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    fn command(&self, arguments: &[&str]) -> Result<Command, String> {
        let mut command = Command::new(adplane_tests::binary()?);
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_remove("ADPLANE_METRICS_DATABASE")
            .envs(&self.environment)
            .env("NO_COLOR", "1")
            .stdin(Stdio::null());
        Ok(command)
    }

    /// Starts it; nobody reads what it says.
    pub(crate) fn start(&self, arguments: &[&str]) -> Result<Child, String> {
        let mut command = self.command(arguments)?;
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().map_err(|error| error.to_string())
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Result<Run, String> {
        let output = self.command(arguments)?.output().map_err(|error| error.to_string())?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok(Run { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) })
    }

    fn has_a_file(&self) -> bool {
        self.folder.path().join(".adplane/metrics.db").exists()
    }
}

/// Runs a case against a sandbox that has delivered for two days.
pub(crate) fn with_a_sandbox(
    case: impl FnOnce(&str) -> Result<(), String> + Send + 'static,
) -> Result<(), String> {
    let runtime = runtime()?;
    let _ = rustls::crypto::ring::default_provider().install_default();
    runtime.block_on(async {
        let at = "2026-11-02T08:00:00Z".parse().unwrap();
        let mut options = SandboxOptions {
            clock: ClockMode::Virtual(at),
            quota: QuotaMode::Off,
            ..SandboxOptions::default()
        };
        options.listen.set_port(0);
        let sandbox = Sandbox::start(options).await.map_err(|error| error.to_string())?;
        let url = sandbox.url();
        let done = tokio::task::spawn_blocking(move || case(&url)).await;
        drop(sandbox);
        done.map_err(|error| error.to_string())?
    })
}

/// Asks the sandbox itself, or tells it something.
pub(crate) fn control(sandbox: &str, endpoint: &str, body: Option<Value>) -> Result<Value, String> {
    let words = |error: reqwest::Error| error.to_string();
    let client = reqwest::Client::builder().no_proxy().build().map_err(words)?;
    let url = format!("{}/_sandbox/{endpoint}", sandbox.trim_end_matches('/'));
    let request = match body {
        Some(body) => client.post(url).body(body.to_string()),
        None => client.get(url),
    };
    runtime()?.block_on(async {
        let answer = request.send().await.and_then(reqwest::Response::error_for_status).map_err(words)?;
        let text = answer.text().await.map_err(words)?;
        Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
    })
}

/// Lets the sandbox's time pass.
pub(crate) fn advance(sandbox: &str, by: &str) -> Result<(), String> {
    control(sandbox, "clock", Some(serde_json::json!({ "advance": by }))).map(|_| ())
}

fn spend(run: &Run) -> Result<Vec<String>, String> {
    let answer: Value = serde_json::from_str(&run.out).map_err(|error| format!("{error}: {}", run.out))?;
    let accounts = answer["accounts"].as_array().ok_or("no accounts")?;
    Ok(accounts.iter().map(|account| account["metrics"]["spend"].to_string()).collect())
}

fn the_project_file_names_the_database(database: &Database) -> Result<(), String> {
    let url = format!("{} password={PASSWORD}", database.url());
    with_a_sandbox(move |sandbox| {
        let mut first = Project::new(sandbox)?;
        first.append("adplane.yaml", "metrics:\n  database: {env: SHOP_METRICS}\n")?;
        first.environment.insert("SHOP_METRICS", url.clone());
        let query = ["metrics", "query", "--format", "json", "--window", "today", "-vvv"];
        let none = first.run(&query)?.exits(1)?;
        assert!(none.err.contains("run `adplane metrics sync`"), "{}", none.err);
        first.run(&["apply", "--auto-approve"])?.exits(0)?;
        advance(sandbox, "3h")?;
        first.run(&["metrics", "sync", "--back", "2", "-vvv"])?.exits(0)?;
        let told = spend(&first.run(&query)?.exits(0)?)?;
        assert!(told.iter().all(|spend| spend != "\"0\"" && spend != "null"), "{told:?}");
        assert!(!first.has_a_file());

        let mut second = Project::new(sandbox)?;
        second.environment.insert("ADPLANE_METRICS_DATABASE", url);
        assert_eq!(spend(&second.run(&query)?.exits(0)?)?, told, "what one read all can ask");
        assert!(!second.has_a_file());
        second.environment.clear();
        second.run(&query)?.exits(1)?;
        Ok(())
    })
}

fn a_database_that_cannot_be_had_is_no_file(database: &Database) -> Result<(), String> {
    let nowhere = format!("{}-nowhere password={PASSWORD}", database.url());
    with_a_sandbox(move |sandbox| {
        let mut project = Project::new(sandbox)?;
        project.append("adplane.yaml", "metrics:\n  database: {env: SHOP_METRICS}\n")?;
        let sync = ["metrics", "sync", "--back", "2", "-vvv"];
        let unset = project.run(&sync)?.exits(1)?;
        assert!(unset.err.contains("the environment variable `SHOP_METRICS` is not set"), "{}", unset.err);
        for wrong in [nowhere.as_str(), &format!("postgres://ana:{PASSWORD}@db:port/metrics")] {
            project.environment.insert("SHOP_METRICS", wrong.to_owned());
            let refused = project.run(&sync)?.exits(1)?;
            assert!(refused.err.contains("the metrics database cannot be reached"), "{}", refused.err);
            let shown = project.run(&["get", "campaigns", "-o", "wide", "-vvv"])?.exits(0)?;
            assert!(shown.err.contains("the metrics database cannot be reached"), "{}", shown.err);
        }
        assert!(!project.has_a_file(), "what is kept elsewhere would be missed by the others");
        Ok(())
    })
}
