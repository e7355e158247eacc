//! A sandbox, a copy of `examples/`, and the binary to run there.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::time::Duration;

use adplane_sandbox::{ClockMode, QuotaMode, RunningSandbox, Sandbox, SandboxOptions};
use serde_json::{Value, json};
use tempfile::TempDir;

/// What a run of the binary gave.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    /// Asserts the exit code, showing everything when it is another.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\n--- stdout\n{}\n--- stderr\n{}", self.out, self.err);
        self
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// A sandbox and a project folder.
pub(crate) struct Bench {
    sandbox: RunningSandbox,
    folder: TempDir,
    http: reqwest::Client,
}

impl Bench {
    /// A sandbox with no campaigns, and the examples in a folder of their own.
    pub(crate) async fn start() -> Self {
        Self::with_latency(Duration::ZERO).await
    }

    /// The same with every vendor call answered later.
    pub(crate) async fn with_latency(latency: Duration) -> Self {
        Self::with(SandboxOptions { latency, ..SandboxOptions::default() }).await
    }

    /// The same with what `GET /_sandbox/state` gave elsewhere.
    pub(crate) async fn loaded(state: &Value) -> Self {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        serde_json::to_writer(&mut file, state).unwrap();
        Self::with(SandboxOptions { load: Some(file.path().to_owned()), ..SandboxOptions::default() }).await
    }

    /// The same on the machine's clock.
    pub(crate) async fn on_the_machines_clock() -> Self {
        Self::on(ClockMode::Real, SandboxOptions::default()).await
    }

    /// The same from an instant on.
    pub(crate) async fn at(instant: &str) -> Self {
        Self::on(ClockMode::Virtual(instant.parse().unwrap()), SandboxOptions::default()).await
    }

    /// The same, every vendor call answered later.
    pub(crate) async fn at_with_latency(instant: &str, latency: Duration) -> Self {
        let options = SandboxOptions { latency, ..SandboxOptions::default() };
        Self::on(ClockMode::Virtual(instant.parse().unwrap()), options).await
    }

    async fn with(options: SandboxOptions) -> Self {
        Self::on(ClockMode::virtual_default(), options).await
    }

    async fn on(clock: ClockMode, options: SandboxOptions) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut options = SandboxOptions { clock, quota: QuotaMode::Off, ..options };
        options.listen.set_port(0);
        let sandbox = Sandbox::start(options).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        adplane_tests::copy_examples(folder.path(), &sandbox.url()).unwrap();
        Self { sandbox, folder, http: reqwest::Client::new() }
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    pub(crate) fn write(&self, file: &str, content: impl AsRef<[u8]>) {
        let path = self.path(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// A command in the project folder, not yet run.
    pub(crate) fn command(&self, arguments: &[&str]) -> tokio::process::Command {
        let mut command = tokio::process::Command::new(adplane_tests::binary().unwrap());
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Runs the binary in the project folder.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Run {
        let output = self.command(arguments).output().await.unwrap();
        Run::from(output)
    }

    /// Runs the binary in a folder of the project.
    pub(crate) async fn run_in(&self, folder: &str, arguments: &[&str]) -> Run {
        let mut command = self.command(arguments);
        let output = command.current_dir(self.path(folder)).output().await.unwrap();
        Run::from(output)
    }

    /// The sandbox's address, without a slash at the end.
    pub(crate) fn url(&self) -> String {
        self.sandbox.url().trim_end_matches('/').to_owned()
    }

    async fn control(&self, endpoint: &str, body: Option<&Value>) -> Value {
        let url = format!("{}/_sandbox/{endpoint}", self.sandbox.url().trim_end_matches('/'));
        let request = match body {
            Some(body) => self.http.post(url).json(body),
            None => self.http.get(url),
        };
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{endpoint}: {status} {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    pub(crate) async fn state(&self) -> Value {
        self.control("state", None).await
    }

    /// All requests to the vendors.
    pub(crate) async fn log(&self) -> Vec<Value> {
        self.control("log", None).await.as_array().unwrap().clone()
    }

    /// Requests that stored something; long reports are asked for with `POST` as well.
    pub(crate) async fn writes(&self) -> usize {
        let is_report =
            |entry: &Value| entry["path"].as_str().is_some_and(|path| path.ends_with("/insights"));
        let log = self.log().await;
        log.iter().filter(|entry| entry["write"] == json!(true) && !is_report(entry)).count()
    }

    pub(crate) async fn edit(&self, edit: Value) {
        self.control("edit", Some(&edit)).await;
    }

    /// An ad set below a campaign of the first Meta account, made by other means than Adplane.
    pub(crate) async fn create_ad_set(&self, campaign: &str) {
        let url = format!("{}/meta/v26.0/act_1000000001/adsets", self.sandbox.url().trim_end_matches('/'));
        let form = [
            ("name", "by hand"),
            ("campaign_id", campaign),
            ("billing_event", "IMPRESSIONS"),
            ("optimization_goal", "LINK_CLICKS"),
            ("bid_strategy", "LOWEST_COST_WITHOUT_CAP"),
            (
                "targeting",
                r#"{"geo_locations": {"countries": ["ES"]}, "targeting_automation": {"advantage_audience": 0}}"#,
            ),
            ("status", "ACTIVE"),
            ("dsa_beneficiary", "Shop Ltd"),
            ("dsa_payor", "Shop Ltd"),
            ("access_token", "sandbox-token"),
        ];
        let answer = self.http.post(url).form(&form).send().await.unwrap();
        let status = answer.status();
        assert!(status.is_success(), "{status} {}", answer.text().await.unwrap());
    }

    pub(crate) async fn faults(&self, faults: Value) {
        self.control("faults", Some(&faults)).await;
    }

    /// Sets behaviour switches of the sandbox.
    pub(crate) async fn set_options(&self, options: Value) {
        self.control("options", Some(&options)).await;
    }

    /// How many faults have not happened yet.
    pub(crate) async fn faults_left(&self) -> u64 {
        let faults = self.control("faults", None).await;
        faults.as_array().unwrap().iter().filter_map(|fault| fault["times"].as_u64()).sum()
    }

    /// What was delivered so far, by account.
    pub(crate) async fn delivery(&self) -> Vec<Value> {
        self.control("delivery", None).await.as_array().unwrap().clone()
    }

    /// The sandbox's clock.
    pub(crate) async fn now(&self) -> jiff::Timestamp {
        self.control("clock", None).await["now"].as_str().unwrap().parse().unwrap()
    }

    pub(crate) async fn advance(&self, by: &str) {
        self.control("clock", Some(&json!({ "advance": by }))).await;
    }

    /// An empty platform and a forgetful project.
    pub(crate) async fn reset(&self) {
        self.control("reset", Some(&json!({}))).await;
        let _ = std::fs::remove_dir_all(self.path(".adplane"));
    }

    /// Live objects per platform and kind, by ownership marker: how many carry each.
    pub(crate) async fn markers(&self) -> BTreeMap<String, usize> {
        markers(&self.state().await)
    }
}

/// Finds `<owner6>.<key10>` where each platform carries it (mapping §9).
fn markers(state: &Value) -> BTreeMap<String, usize> {
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    let mut note = |collection: &str, marker: String| {
        *found.entry(format!("{collection} {marker}")).or_default() += 1;
    };
    let objects = |platform: &str, collection: &str| -> Vec<Value> {
        let accounts = state[platform].as_object().into_iter().flat_map(|accounts| accounts.values());
        accounts.filter_map(|account| account[collection].as_array()).flatten().cloned().collect()
    };
    for collection in ["campaigns", "adGroups", "assetGroups", "adGroupAds"] {
        for object in objects("google", collection).iter().filter(|object| object["status"] != "REMOVED") {
            let carrier = if collection == "adGroupAds" { &object["ad"] } else { object };
            let parameters = carrier["urlCustomParameters"].as_array().cloned().unwrap_or_default();
            for parameter in parameters.iter().filter(|parameter| parameter["key"] == "adplane") {
                note(collection, parameter["value"].as_str().unwrap_or_default().to_owned());
            }
        }
    }
    for collection in ["campaigns", "adsets", "ads"] {
        for object in objects("meta", collection) {
            let labels = object["adlabels"].as_array().cloned().unwrap_or_default();
            let mut names: Vec<&str> = labels.iter().filter_map(|label| label["name"].as_str()).collect();
            names.retain(|name| name.starts_with("apl"));
            names.sort_unstable();
            if !names.is_empty() {
                note(collection, names.join(" "));
            }
        }
    }
    for collection in
        ["campaigns", "adgroups", "ads", "smart_plus_campaigns", "smart_plus_adgroups", "smart_plus_ads"]
    {
        let name = match collection.rsplit('_').next() {
            Some("campaigns") => "campaign_name",
            Some("adgroups") => "adgroup_name",
            _ => "ad_name",
        };
        for object in
            objects("tiktok", collection).iter().filter(|object| object["operation_status"] != "DELETE")
        {
            if let Some((_, marker)) = object[name].as_str().and_then(|name| name.rsplit_once(" ~")) {
                note(&format!("tiktok {collection}"), marker.to_owned());
            }
        }
    }
    found
}
