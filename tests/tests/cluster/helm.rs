//! helm: what the charts render to, and releases of them.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::server::{Cluster, OPERATOR_NAMESPACE, run};
use super::tools::Tools;

/// What the chart asks of the API server before it writes policies that change objects.
pub(crate) const MUTATING: &str = "admissionregistration.k8s.io/v1/MutatingAdmissionPolicy";

/// A file of the repository.
pub(crate) fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// What the operator's chart renders to: its roles and its admission policies.
pub(crate) fn chart(tools: &Tools, further: &[&str]) -> Result<String, String> {
    render(tools, &[GUARDING, &["--api-versions", MUTATING], further].concat())
}

/// The same for a server that has no policies that change objects.
pub(crate) fn chart_of_older_servers(tools: &Tools) -> Result<String, String> {
    render(tools, GUARDING)
}

/// All of the operator's chart.
pub(crate) fn whole_chart(tools: &Tools, further: &[&str]) -> Result<String, String> {
    render(tools, &[&["--api-versions", MUTATING], further].concat())
}

/// The part of the chart that says who may do what.
const GUARDING: &[&str] =
    &["--show-only", "templates/rbac-*.yaml", "--show-only", "templates/admission-*.yaml"];

fn render(tools: &Tools, further: &[&str]) -> Result<String, String> {
    let chart = file("charts/adplane");
    let usual = ["template", "adplane", &chart.to_string_lossy(), "--namespace", OPERATOR_NAMESPACE];
    helm(tools, None, &[&usual[..], &["--set", "config.project=shop"], further].concat())
}

/// Runs helm in the root of the repository, as the administrator of a cluster, or of none.
pub(crate) fn helm(tools: &Tools, cluster: Option<&Cluster>, arguments: &[&str]) -> Result<String, String> {
    let mut command = Command::new(&tools.helm);
    command.current_dir(file(""));
    // What it would keep in a home folder.
    let home = tempfile::tempdir().map_err(|error| error.to_string())?;
    for variable in ["HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME"] {
        command.env(variable, home.path());
    }
    if let Some(cluster) = cluster {
        command.arg("--kubeconfig").arg(cluster.kubeconfig("admin")?);
    }
    command.args(arguments);
    let output = run(command, "");
    if output.success {
        return Ok(output.stdout);
    }
    Err(format!("helm {}: {}{}", arguments.join(" "), output.stdout, output.stderr))
}
