//! The examples through the real binary against recording emulators, and that record spoilt on purpose.

use std::path::{Path, PathBuf};
use std::process::Command;

use adplane_sandbox::{RunningSandbox, Sandbox, SandboxOptions};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::spoil::{Spoiler, spoilers};

const ACCOUNTS: [&str; 3] = ["google-es", "meta-es", "tiktok-es"];

/// A record and the folder it lies in.
pub(crate) struct Journey {
    folder: TempDir,
}

/// A project, its sandbox, and the binary.
struct Bench<'a> {
    runtime: &'a Runtime,
    sandbox: &'a RunningSandbox,
    project: PathBuf,
}

impl Journey {
    /// Records plan, apply, changes, removals, refusals and imports of all examples.
    pub(crate) fn record_all() -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let journey = Self { folder };
        let runtime = crate::runtime()?;
        let options = SandboxOptions { record: Some(journey.record()), ..crate::options() };
        let sandbox = runtime.block_on(Sandbox::start(options)).map_err(|error| error.to_string())?;
        let project = journey.folder.path().join("project");
        adplane_tests::copy_examples(&project, &sandbox.url())?;
        Bench { runtime: &runtime, sandbox: &sandbox, project }.travel()?;
        runtime.block_on(sandbox.shutdown()).map_err(|error| error.to_string())?;
        Ok(journey)
    }

    /// The record.
    pub(crate) fn record(&self) -> PathBuf {
        self.folder.path().join("record.jsonl")
    }

    /// A record with wrong exchanges, and what is wrong with each.
    pub(crate) fn spoilt(&self, platform: &str) -> Result<(PathBuf, Vec<String>), String> {
        let text = std::fs::read_to_string(self.record()).map_err(|error| error.to_string())?;
        let parsed: Result<Vec<Value>, _> = text.lines().map(serde_json::from_str).collect();
        let mut lines = parsed.map_err(|error| error.to_string())?;
        let mut wrongs = Vec::new();
        for Spoiler(what, fits, change) in spoilers(platform) {
            let of_platform =
                lines.iter_mut().filter(|line| line["platform"] == platform && line["status"] == 200);
            let mut unspoilt = of_platform.filter(|line| !wrongs.contains(&place(line)));
            let line =
                unspoilt.find(|line| fits(line)).ok_or_else(|| format!("nothing to spoil by {what}"))?;
            wrongs.push(place(line));
            change(line);
        }
        let path = self.folder.path().join(format!("{platform}.jsonl"));
        let spoilt: Vec<String> = lines.iter().map(Value::to_string).collect();
        std::fs::write(&path, spoilt.join("\n")).map_err(|error| error.to_string())?;
        Ok((path, wrongs))
    }
}

/// How a witness names an exchange.
fn place(line: &Value) -> String {
    format!("exchange {} ", line["seq"])
}

impl Bench<'_> {
    fn travel(&self) -> Result<(), String> {
        self.run(&["plan", "--out", "plan.json"], 0)?;
        self.run(&["apply", "plan.json"], 0)?;
        self.run(&["plan", "--detailed-exitcode"], 0)?;
        self.import_all()?;
        self.run(&["doctor"], 0)?;
        self.edits()?;
        // What people changed is found, with who did it; its exit code tells that there is some.
        self.start(&["drift"])?;
        self.run(&["describe", "campaign/search-boots"], 0)?;
        // Other words and amounts: updates.
        for (from, to) in [
            ("daily: 20.00", "daily: 22.00"),
            ("daily: 60.00", "daily: 64.00"),
            ("daily: 75.00", "daily: 80.00"),
        ] {
            self.replace(from, to)?;
        }
        self.run(&["apply", "--auto-approve"], 0)?;
        // Nothing left of one campaign each: pauses or removals.
        for file in ["google/brand.yaml", "meta/guide-traffic.yaml", "tiktok/awareness.yaml"] {
            std::fs::remove_file(self.project.join(file)).map_err(|error| format!("{file}: {error}"))?;
        }
        self.run(&["apply", "--prune", "--auto-approve"], 0)?;
        for kind in ["expired_token", "rate_limit", "http_500", "drop_before"] {
            let faults = ["/google/v26", "/meta/", "/tiktok/"]
                .map(|path| json!({"kind": kind, "match": {"path": path}}));
            self.control("faults", &json!(faults))?;
            // Whether it gets over them is not the point here: the answers are.
            self.start(&["plan"])?;
        }
        self.control("faults", &json!([]))
    }

    /// A person's changes on each platform.
    fn edits(&self) -> Result<(), String> {
        let state = self.runtime.block_on(async {
            let answer = reqwest::get(format!("{}/_sandbox/state", self.sandbox.url())).await?;
            answer.json::<Value>().await
        });
        let state = state.map_err(|error| error.to_string())?;
        for (platform, account, name) in [
            ("google", "1000000001", "name"),
            ("meta", "act_1000000001", "name"),
            ("tiktok", "7000000000000000001", "campaign_name"),
        ] {
            let campaign = &state[platform][account]["campaigns"][0];
            let id = ["id", "campaign_id"].iter().find_map(|member| campaign[*member].as_str());
            let set = json!({name: "Renamed by a person"});
            self.control("edit", &json!({"platform": platform, "account": account, "collection": "campaigns", "id": id, "set": set}))?;
        }
        Ok(())
    }

    fn import_all(&self) -> Result<(), String> {
        for account in ACCOUNTS {
            let folder = format!("../imported-{account}");
            self.run(&["import", "--account", account, "--out", &folder], 0)?;
        }
        Ok(())
    }

    /// Runs the binary in the project's folder; its exit code and everything it said.
    fn start(&self, arguments: &[&str]) -> Result<(i32, String), String> {
        let output = Command::new(adplane_tests::binary()?)
            .args(arguments)
            .current_dir(&self.project)
            .env("NO_COLOR", "1")
            .stdin(std::process::Stdio::null())
            .output()
            .map_err(|error| error.to_string())?;
        let text =
            [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        Ok((output.status.code().unwrap_or(-1), text))
    }

    fn run(&self, arguments: &[&str], code: i32) -> Result<(), String> {
        let (exit, text) = self.start(arguments)?;
        if exit == code {
            Ok(())
        } else {
            Err(format!("adplane {} exits with {exit}\n{text}", arguments.join(" ")))
        }
    }

    fn control(&self, endpoint: &str, body: &Value) -> Result<(), String> {
        let url = format!("{}/_sandbox/{endpoint}", self.sandbox.url());
        let send = reqwest::Client::new().post(url).json(body).send();
        let answer = self.runtime.block_on(send).map_err(|error| error.to_string())?;
        if answer.status().is_success() { Ok(()) } else { Err(format!("{endpoint}: {}", answer.status())) }
    }

    fn replace(&self, from: &str, to: &str) -> Result<(), String> {
        let mut found = 0;
        for platform in ["google", "meta", "tiktok"] {
            for entry in std::fs::read_dir(self.project.join(platform)).map_err(|error| error.to_string())? {
                let path = entry.map_err(|error| error.to_string())?.path();
                found += replace_in(&path, from, to)?;
            }
        }
        if found > 0 { Ok(()) } else { Err(format!("no example has `{from}`")) }
    }
}

fn replace_in(path: &Path, from: &str, to: &str) -> Result<usize, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let found = text.matches(from).count();
    if found > 0 {
        std::fs::write(path, text.replace(from, to))
            .map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(found)
}
