//! A project with people and keys, a sandbox behind it, and the programs to run there.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use adplane_sandbox::{ClockMode, QuotaMode, RunningSandbox, Sandbox, SandboxOptions};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// What a case gives: a sentence saying what is wrong.
pub(crate) type Outcome = Result<(), String>;

/// One case.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// Programs it cannot do without.
    pub(crate) needs: &'static [&'static str],
    /// How late the sandbox answers.
    pub(crate) latency: Duration,
    pub(crate) run: fn(&Desk) -> Outcome,
}

impl Case {
    /// A case that needs `ssh-keygen` and git.
    pub(crate) const fn new(name: &'static str, run: fn(&Desk) -> Outcome) -> Self {
        Self { name, needs: &["ssh-keygen", "git"], latency: Duration::ZERO, run }
    }
}

/// What a run of a program gave.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) text: String,
}

impl Run {
    /// The run, if it ended with this code.
    pub(crate) fn exits(self, code: i32) -> Result<Self, String> {
        if self.code == code {
            return Ok(self);
        }
        Err(format!("it ended with {}, not {code}:\n{}", self.code, self.text))
    }

    /// The run, if it says all of this.
    pub(crate) fn says(self, expected: &[&str]) -> Result<Self, String> {
        // Messages wrap at the width of a terminal.
        let joined: Vec<&str> = self.text.split_whitespace().collect();
        let joined = joined.join(" ");
        match expected.iter().find(|text| !joined.contains(**text)) {
            Some(missing) => Err(format!("`{missing}` is missing:\n{}", self.text)),
            None => Ok(self),
        }
    }
}

/// People with keys; who wrote the project is Dev, who has none.
pub(crate) const PEOPLE: [&str; 4] = ["ana", "bo", "cleo", "eve"];
pub(crate) const AUTHOR: &str = "dev@shop.example";

/// Two leads must agree to a large raise; anybody listed may allow a small one.
const POLICY: &str = "\
project: shop
allowedSigners: allowed_signers
revokedSigners: revoked_signers
approvals:
  bands:
    - {name: small, upTo: [50.00 EUR]}
    - {name: large}
  groups:
    - {name: leads, members: [ana@shop.example, bo@shop.example]}
  holdsFor: 1d
  classes:
    raise-small: {approvals: 1}
    raise-large: {approvals: 2, approvers: [leads]}
";

const ACCOUNT: &str = "\
apiVersion: adplane.io/v1alpha1
kind: AdAccount
metadata: {name: meta-es}
spec:
  platform: Meta
  accountId: act_1000000001
  currency: EUR
  timeZone: Europe/Madrid
  endpoint: SANDBOX/meta
  credentials: {file: ./credentials.json}
  compliance:
    euPoliticalAds: false
    dsa: {beneficiary: Veleta Outdoor SL, payor: Veleta Outdoor SL}
";

/// A project in a folder of its own, and its sandbox.
pub(crate) struct Desk {
    runtime: Runtime,
    sandbox: RunningSandbox,
    folder: TempDir,
    http: reqwest::Client,
}

impl Desk {
    /// A sandbox without campaigns, a project with one campaign of 20.00 EUR a day, everybody's keys, and a
    /// first commit by its author.
    pub(crate) fn start(latency: Duration) -> Result<Self, String> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(1).enable_all().build().map_err(|error| error.to_string())?;
        let mut options = SandboxOptions {
            clock: ClockMode::virtual_default(),
            quota: QuotaMode::Off,
            latency,
            ..SandboxOptions::default()
        };
        options.listen.set_port(0);
        let sandbox = runtime.block_on(Sandbox::start(options)).map_err(|error| error.to_string())?;
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let desk = Self { runtime, sandbox, folder, http: reqwest::Client::new() };
        desk.write("adplane.yaml", POLICY)?;
        desk.write("account.yaml", &ACCOUNT.replace("SANDBOX", desk.sandbox.url().trim_end_matches('/')))?;
        desk.write("credentials.json", "{ \"access_token\": \"sandbox-token\" }\n")?;
        desk.write("revoked_signers", "")?;
        desk.campaigns(&[("spring", "20.00 EUR")])?;
        let mut signers = String::new();
        for person in PEOPLE {
            let public = desk.make_key(person, "ed25519")?;
            // Eve has a key that nobody lists.
            if person != "eve" {
                let _ = writeln!(signers, "{person}@shop.example {public}");
            }
        }
        desk.write("allowed_signers", &signers)?;
        desk.write(".gitignore", "keys\n.adplane\nplan.json*\n")?;
        for arguments in [
            &["init", "--quiet", "."] as &[&str],
            &["config", "user.name", "Dev"],
            &["config", "user.email", AUTHOR],
            &["config", "commit.gpgsign", "false"],
        ] {
            desk.git(arguments)?;
        }
        desk.commit("Begin")?;
        Ok(desk)
    }

    /// Makes a key without a passphrase; its public half without a comment.
    pub(crate) fn make_key(&self, name: &str, kind: &str) -> Result<String, String> {
        fs::create_dir_all(self.path("keys")).map_err(|error| error.to_string())?;
        let file = format!("keys/{name}");
        self.program("ssh-keygen", &["-q", "-t", kind, "-N", "", "-C", name, "-f", &file])?.exits(0)?;
        let public = self.read(&format!("{file}.pub"))?;
        Ok(public.split_whitespace().take(2).collect::<Vec<_>>().join(" "))
    }

    /// The project's campaigns, each with its daily budget.
    pub(crate) fn campaigns(&self, budgets: &[(&str, &str)]) -> Outcome {
        let mut text = String::new();
        for (name, daily) in budgets {
            let _ = write!(
                text,
                "apiVersion: adplane.io/v1alpha1\nkind: Campaign\nmetadata: {{name: {name}}}\nspec:\n  \
                 account: meta-es\n  objective: Traffic\n  state: Active\n  budget: {{daily: {daily}}}\n  \
                 specialAdCategories: []\n  targeting: {{locations: [ES]}}\n---\n"
            );
        }
        self.write("campaigns.yaml", &text)
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    pub(crate) fn write(&self, file: &str, content: &str) -> Outcome {
        let path = self.path(file);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| error.to_string())?;
        }
        fs::write(&path, content).map_err(|error| format!("{}: {error}", path.display()))
    }

    pub(crate) fn read(&self, file: &str) -> Result<String, String> {
        fs::read_to_string(self.path(file)).map_err(|error| format!("{file}: {error}"))
    }

    /// Changes a file by replacing one text in it, which must be there.
    pub(crate) fn edit(&self, file: &str, from: &str, to: &str) -> Outcome {
        let text = self.read(file)?;
        if !text.contains(from) {
            return Err(format!("`{from}` is not in {file}:\n{text}"));
        }
        self.write(file, &text.replacen(from, to, 1))
    }

    fn prepared(&self, program: impl AsRef<Path>, arguments: &[&str]) -> Command {
        let mut command = Command::new(program.as_ref());
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("NO_COLOR", "1")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("HOME", self.folder.path())
            .env_remove("SSH_AUTH_SOCK")
            .stdin(Stdio::null());
        command
    }

    /// Runs a program in the project's folder.
    pub(crate) fn program(&self, program: &str, arguments: &[&str]) -> Result<Run, String> {
        finish(self.prepared(program, arguments))
    }

    /// Runs a program with a text as its input.
    pub(crate) fn fed(&self, program: &str, arguments: &[&str], input: &str) -> Result<Run, String> {
        let file = fs::File::open(self.path(input)).map_err(|error| error.to_string())?;
        let mut command = self.prepared(program, arguments);
        command.stdin(file);
        finish(command)
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> Result<Run, String> {
        self.program("git", arguments)?.exits(0)
    }

    /// Commits everything as the project's author.
    pub(crate) fn commit(&self, message: &str) -> Outcome {
        self.git(&["add", "--all"])?;
        self.git(&["commit", "--quiet", "--message", message]).map(|_| ())
    }

    /// Runs `adplane`.
    pub(crate) fn adplane(&self, arguments: &[&str]) -> Result<Run, String> {
        finish(self.prepared(adplane_tests::binary()?, arguments))
    }

    /// Runs `adplane` with one more variable in its environment.
    pub(crate) fn adplane_with(&self, arguments: &[&str], name: &str, value: &str) -> Result<Run, String> {
        let mut command = self.prepared(adplane_tests::binary()?, arguments);
        command.env(name, value);
        finish(command)
    }

    /// Starts `adplane` and does not wait.
    pub(crate) fn begin(&self, arguments: &[&str]) -> Result<Child, String> {
        let mut command = self.prepared(adplane_tests::binary()?, arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().map_err(|error| error.to_string())
    }

    /// Saves a plan.
    pub(crate) fn plan(&self) -> Outcome {
        self.adplane(&["plan", "--out", "plan.json"])?.exits(0).map(|_| ())
    }

    /// Approves the saved plan as somebody, with their key.
    pub(crate) fn approve(&self, person: &str) -> Outcome {
        let key = format!("keys/{person}");
        let principal = format!("{person}@shop.example");
        let run = self.adplane(&["approve", "plan.json", "--key", &key, "--as", &principal])?;
        run.exits(0).map(|_| ())
    }

    /// Applies the saved plan, which must be refused for want of approvals, saying this.
    pub(crate) fn refused(&self, expected: &[&str]) -> Outcome {
        self.adplane(&["apply", "plan.json"])?.exits(6)?.says(expected)?;
        self.unwritten()
    }

    /// Fails where something was written to the platform.
    pub(crate) fn unwritten(&self) -> Outcome {
        match self.writes()? {
            0 => Ok(()),
            writes => Err(format!("{writes} writes reached the platform")),
        }
    }

    /// How many requests stored something.
    pub(crate) fn writes(&self) -> Result<usize, String> {
        let log = self.control("log", None)?;
        let entries = log.as_array().ok_or("the log is no list")?;
        Ok(entries.iter().filter(|entry| entry["write"] == json!(true)).count())
    }

    pub(crate) fn control(&self, endpoint: &str, body: Option<&Value>) -> Result<Value, String> {
        let url = format!("{}/_sandbox/{endpoint}", self.sandbox.url().trim_end_matches('/'));
        let request = match body {
            Some(body) => self.http.post(url).json(body),
            None => self.http.get(url),
        };
        self.runtime.block_on(async {
            let answer = request.send().await.map_err(|error| error.to_string())?;
            let text = answer.text().await.map_err(|error| error.to_string())?;
            Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
        })
    }

    pub(crate) fn advance(&self, by: &str) -> Outcome {
        self.control("clock", Some(&json!({ "advance": by }))).map(|_| ())
    }
}

/// Waits for a program; its output and errors together.
pub(crate) fn finish(mut command: Command) -> Result<Run, String> {
    let output = command.output().map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    Ok(run_of(&output))
}

pub(crate) fn run_of(output: &std::process::Output) -> Run {
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Run { code: output.status.code().unwrap_or(-1), text }
}
