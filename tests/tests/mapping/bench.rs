//! A sandbox of its own, a project folder, and the binary to run there.

use std::path::Path;
use std::process::Command;

use adplane_sandbox::{ClockMode, QuotaMode, RunningSandbox, Sandbox, SandboxOptions};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::file::{Call, Currency, Vendor};
use crate::project::Project;

/// What a run of the binary gave.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    /// Fails unless the exit code is one of `codes`, showing everything.
    pub(crate) fn exits(self, codes: &[i32], what: &str) -> Result<Self, String> {
        if codes.contains(&self.code) {
            return Ok(self);
        }
        let Self { code, out, err } = self;
        Err(format!("{what} exits with {code}, not {codes:?}\n--- stdout\n{out}\n--- stderr\n{err}"))
    }

    /// What it printed, as JSON.
    pub(crate) fn json(&self) -> Result<Value, String> {
        serde_json::from_str(&self.out).map_err(|error| format!("{error}: {}", self.out))
    }
}

/// A sandbox with an empty account, and a project for it.
pub(crate) struct Bench {
    pub(crate) vendor: Vendor,
    pub(crate) currency: Currency,
    runtime: Runtime,
    sandbox: RunningSandbox,
    folder: TempDir,
    http: reqwest::Client,
}

impl Bench {
    pub(crate) fn start(vendor: Vendor, currency: Currency) -> Result<Self, String> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(|error| error.to_string())?;
        let mut options = SandboxOptions {
            clock: ClockMode::virtual_default(),
            quota: QuotaMode::Off,
            record: adplane_tests::record("mapping"),
            ..SandboxOptions::default()
        };
        options.listen.set_port(0);
        let sandbox = runtime.block_on(Sandbox::start(options)).map_err(|error| error.to_string())?;
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let bench = Self { vendor, currency, runtime, sandbox, folder, http: reqwest::Client::new() };
        bench.write_file("adplane.yaml", b"project: mapping\n")?;
        bench.write_file("token.json", br#"{"access_token": "sandbox-token"}"#)?;
        let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/assets");
        for entry in std::fs::read_dir(assets).map_err(|error| error.to_string())? {
            let path = entry.map_err(|error| error.to_string())?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let bytes = std::fs::read(&path).map_err(|error| error.to_string())?;
            bench.write_file(&format!("assets/{name}"), &bytes)?;
        }
        Ok(bench)
    }

    pub(crate) fn account(&self) -> String {
        self.vendor.account(self.currency)
    }

    fn write_file(&self, name: &str, content: &[u8]) -> Result<(), String> {
        let path = self.folder.path().join(name);
        let folder = path.parent().unwrap_or(self.folder.path());
        std::fs::create_dir_all(folder)
            .and_then(|()| std::fs::write(&path, content))
            .map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Writes the project's documents; returns their text.
    pub(crate) fn write(&self, project: &Project) -> Result<String, String> {
        let text = project.text(self.vendor, self.currency, &self.sandbox.url());
        self.write_file("ads.yaml", text.as_bytes())?;
        Ok(text)
    }

    /// All files below a folder of the project, as one text.
    pub(crate) fn texts(&self, folder: &str) -> String {
        fn collect(folder: &Path, into: &mut String) {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    collect(&path, into);
                } else if let Ok(text) = std::fs::read_to_string(&path) {
                    into.push_str(&text);
                }
            }
        }
        let mut found = String::new();
        collect(&self.folder.path().join(folder), &mut found);
        found
    }

    /// Runs the binary in the project folder.
    pub(crate) fn run(&self, arguments: &[&str]) -> Result<Run, String> {
        let output = Command::new(adplane_tests::binary()?)
            .args(arguments)
            .current_dir(self.folder.path())
            .env("NO_COLOR", "1")
            .stdin(std::process::Stdio::null())
            .output()
            .map_err(|error| error.to_string())?;
        Ok(Run {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// A call of the sandbox's own controls.
    pub(crate) fn control(&self, endpoint: &str, body: Option<&Value>) -> Result<Value, String> {
        let url = format!("{}/_sandbox/{endpoint}", self.sandbox.url().trim_end_matches('/'));
        let request = match body {
            Some(body) => self.http.post(url).json(body),
            None => self.http.get(url),
        };
        let text = self.send(request, endpoint)?;
        Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// A call of the vendor's API by another tool.
    pub(crate) fn call(&self, call: &Call) -> Result<(), String> {
        let method = call.method.parse().map_err(|_| format!("`{}` is no method", call.method))?;
        let path = call.path.replace("{account}", &self.account());
        let url = format!("{}/{}{path}", self.sandbox.url().trim_end_matches('/'), self.vendor.word());
        let mut request = self.http.request(method, url);
        request = match self.vendor {
            Vendor::Google => request
                .header("Authorization", "Bearer sandbox-token")
                .header("developer-token", "sandbox")
                .header("login-customer-id", "1000000000"),
            Vendor::Meta => request.header("Authorization", "Bearer sandbox-token"),
            Vendor::TikTok => request.header("Access-Token", "sandbox-token"),
        };
        if let Some(json) = &call.json {
            let text = json.to_string().replace("{account}", &self.account());
            request = request.header("Content-Type", "application/json").body(text);
        }
        if let Some(form) = &call.form {
            request = request.form(form);
        }
        let answer = self.send(request, &path)?;
        let answer: Value = serde_json::from_str(&answer).unwrap_or(Value::Null);
        match answer.get("code").and_then(Value::as_i64) {
            Some(code) if code != 0 => Err(format!("{path}: {answer}")),
            _ => Ok(()),
        }
    }

    fn send(&self, request: reqwest::RequestBuilder, what: &str) -> Result<String, String> {
        self.runtime.block_on(async {
            let answer = request.send().await.map_err(|error| error.to_string())?;
            let status = answer.status();
            let text = answer.text().await.map_err(|error| error.to_string())?;
            if status.is_success() { Ok(text) } else { Err(format!("{what}: {status} {text}")) }
        })
    }

    /// What the platform holds of one collection.
    pub(crate) fn collection(&self, name: &str) -> Result<Vec<Value>, String> {
        let state = self.control("state", None)?;
        let account = &state[self.vendor.word()][self.account()];
        Ok(account[name].as_array().cloned().unwrap_or_default())
    }

    /// Changes live objects as a person would, in the vendor's own screens.
    pub(crate) fn edit(&self, edit: &crate::file::Edit) -> Result<(), String> {
        let objects = self.collection(&edit.collection)?;
        let fits = |object: &&Value| {
            let matching = edit.matching.as_ref();
            matching.is_none_or(|part| crate::matching::mismatch(part, Some(object), "").is_none())
        };
        let found: Vec<&Value> = objects.iter().filter(fits).collect();
        if found.is_empty() {
            return Err(format!("nothing to edit among {} {}", objects.len(), edit.collection));
        }
        for object in found {
            let body = json!({
                "platform": self.vendor.word(), "account": self.account(), "collection": edit.collection,
                "id": id(object), "set": edit.set, "actor": edit.actor,
            });
            self.control("edit", Some(&body))?;
        }
        Ok(())
    }
}

/// The id of an object, whatever the vendor calls it.
fn id(object: &Value) -> Value {
    let keys = ["id", "resourceName", "smart_plus_ad_id", "ad_id", "adgroup_id", "campaign_id"];
    keys.iter().find_map(|key| object.get(key)).cloned().unwrap_or(Value::Null)
}
