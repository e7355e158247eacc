//! One process of the operator.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::server::{Cluster, OPERATOR_NAMESPACE, lasting};
use super::field::text;

/// How long a replica may take to end when it is asked to.
const END: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(50);
/// The operator's service account.
const ACCOUNT: &str = "adplane-operator";

/// A process; dropping it asks it to end, and ends it if it does not.
pub(crate) struct Replica {
    process: Child,
    log: PathBuf,
    /// Where health and metrics are served.
    pub(crate) listens: SocketAddr,
}

impl Drop for Replica {
    fn drop(&mut self) {
        if !matches!(self.process.try_wait(), Ok(None)) {
            return;
        }
        self.signal("TERM");
        // One that was stopped hears of nothing.
        self.signal("CONT");
        let mut waited = Duration::ZERO;
        while waited < END && matches!(self.process.try_wait(), Ok(None)) {
            thread::sleep(POLL);
            waited += POLL;
        }
        self.kill();
    }
}

impl Replica {
    /// Starts one that keeps its state in a folder. Whatever is not on this machine it finds at `elsewhere`: the examples
    /// name the sandbox as a cluster's own names do.
    pub(crate) fn start(
        cluster: &Cluster,
        folder: &Path,
        namespace: &str,
        elsewhere: &str,
        further: &Value,
    ) -> Result<Self, String> {
        let listens = free()?;
        let config = folder.join("config.yaml");
        fs::write(&config, configuration(folder, namespace, listens, further).to_string()).map_err(text)?;
        let log = folder.join("operator.log");
        let output = File::options().create(true).append(true).open(&log).map_err(text)?;
        let errors = output.try_clone().map_err(text)?;
        let process = lasting(&adplane_tests::operator()?)
            .args(["run", "--config"])
            .arg(&config)
            .arg("--kubeconfig")
            .arg(credentials(cluster)?)
            .args(["--operator-namespace", OPERATOR_NAMESPACE])
            .envs([("http_proxy", elsewhere), ("no_proxy", "127.0.0.1")])
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .spawn()
            .map_err(text)?;
        Ok(Self { process, log, listens })
    }

    /// Sends it a signal; the standard library knows only the one that ends without a word.
    pub(crate) fn signal(&self, name: &str) {
        let _ = Command::new("kill").args([&format!("-{name}"), &self.process.id().to_string()]).status();
    }

    /// Ends it at once.
    pub(crate) fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// What it wrote so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Its memory in KiB, as the kernel counts it: `VmRSS` is what it holds, `VmHWM` the most that it ever held.
    pub(crate) fn memory(&self, what: &str) -> Result<u64, String> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).map_err(text)?;
        let line = status.lines().find_map(|line| line.strip_prefix(what)?.strip_prefix(':'));
        let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        number.ok_or_else(|| "the kernel tells no memory".to_owned())
    }
}

/// What the operator reads; `further` wins.
fn configuration(folder: &Path, namespace: &str, listens: SocketAddr, further: &Value) -> Value {
    let mut config = json!({
        "project": "shop",
        "namespaces": [namespace],
        "approvals": {"classes": {"raise": {"approvals": 1}, "replace": {"approvals": 1}}},
        "observeEvery": "5s",
        "settle": "6s",
        "lease": {"duration": "6s", "callTimeout": "2s"},
        "stateDirectory": folder.join("state"),
        "listen": listens.to_string(),
        "log": {"format": "text", "filter": "info"},
    });
    for (key, value) in further.as_object().into_iter().flatten() {
        config[key] = value.clone();
    }
    config
}

/// A file with a token that the API server itself made out for the service account.
fn credentials(cluster: &Cluster) -> Result<PathBuf, String> {
    let account = ["-n", OPERATOR_NAMESPACE, "create", "serviceaccount", ACCOUNT];
    let made = cluster.kubectl("admin", &account, "");
    if !made.success && !made.stderr.contains("already exists") {
        return Err(made.stderr);
    }
    let token = cluster.kubectl("admin", &["-n", OPERATOR_NAMESPACE, "create", "token", ACCOUNT], "");
    if !token.success {
        return Err(token.stderr);
    }
    cluster.kubeconfig_with("service-account", token.stdout.trim())
}

fn free() -> Result<SocketAddr, String> {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).map_err(text)
}

/// Lets go of resources, as the chart's hook does; what it says.
pub(crate) fn released(cluster: &Cluster, arguments: &[&str]) -> Result<String, String> {
    runs(cluster, &[&["release", "--operator-namespace", OPERATOR_NAMESPACE], arguments].concat())
}

/// Runs the operator's program to its end with a token of its service account; what it says.
pub(crate) fn runs(cluster: &Cluster, arguments: &[&str]) -> Result<String, String> {
    let output = lasting(&adplane_tests::operator()?)
        .args(arguments)
        .arg("--kubeconfig")
        .arg(credentials(cluster)?)
        .output()
        .map_err(text)?;
    let told = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(told(&output.stdout)) } else { Err(told(&output.stderr)) }
}
