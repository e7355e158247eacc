//! Running helm and kubectl, and what they render.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Where envtest puts its programs.
const USUAL: &str = "/usr/local/kubebuilder/bin";

/// What the chart asks of the API server before it writes policies that change objects.
const MUTATING: &str = "admissionregistration.k8s.io/v1/MutatingAdmissionPolicy";

/// The programs.
#[derive(Debug, Clone)]
pub(crate) struct Tools {
    helm: PathBuf,
    kubectl: PathBuf,
}

impl Tools {
    /// Both, or the name of the one that is missing.
    pub(crate) fn find() -> Result<Self, &'static str> {
        let assets = env::var_os("KUBEBUILDER_ASSETS").map_or_else(|| PathBuf::from(USUAL), PathBuf::from);
        let path = env::var_os("PATH").unwrap_or_default();
        let folders: Vec<PathBuf> = [assets].into_iter().chain(env::split_paths(&path)).collect();
        let program = |name: &'static str| {
            folders.iter().map(|folder| folder.join(name)).find(|path| path.is_file()).ok_or(name)
        };
        Ok(Self { helm: program("helm")?, kubectl: program("kubectl")? })
    }

    /// Runs helm; its stderr where it fails.
    pub(crate) fn helm(&self, arguments: &[&str]) -> Result<String, String> {
        run(&self.helm, arguments)
    }

    /// Runs kubectl without a cluster.
    pub(crate) fn kubectl(&self, arguments: &[&str]) -> Result<String, String> {
        run(&self.kubectl, arguments)
    }

    /// The chart, rendered for the operator's usual namespace.
    pub(crate) fn template(&self, further: &[&str]) -> Result<String, String> {
        let chart = chart();
        let usual =
            ["template", "adplane", &chart, "--namespace", "adplane-system", "--api-versions", MUTATING];
        self.helm(&[&usual, further].concat())
    }

    /// The chart's documents with the project that it needs.
    pub(crate) fn documents(&self, further: &[&str]) -> Result<Vec<Value>, String> {
        documents(&self.template(&[&["--set", "config.project=shop"], further].concat())?)
    }

    /// The chart's documents with everything switched on.
    pub(crate) fn everything(&self) -> Result<Vec<Value>, String> {
        let values = root().join("operator/tests/charts/everything.yaml");
        self.documents(&["--values", &values.to_string_lossy()])
    }
}

fn run(program: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(program).args(arguments).output().map_err(|error| error.to_string())?;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}

/// The repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

pub(crate) fn chart() -> String {
    root().join("charts/adplane").to_string_lossy().into_owned()
}

/// The documents of a stream, empty ones left out.
pub(crate) fn documents(text: &str) -> Result<Vec<Value>, String> {
    let all: Vec<Value> = serde_saphyr::from_multiple(text).map_err(|error| error.to_string())?;
    Ok(all.into_iter().filter(|document| !document.is_null()).collect())
}

/// The document of a kind and name.
pub(crate) fn find<'d>(all: &'d [Value], kind: &str, name: &str) -> Result<&'d Value, String> {
    let found = all.iter().find(|one| one["kind"] == kind && one["metadata"]["name"] == name);
    found.ok_or_else(|| format!("there is no {kind} {name}"))
}

/// Every template of a pod with the name of what it is part of.
pub(crate) fn pods(all: &[Value]) -> Vec<(String, &Value)> {
    let named = |one: &Value| format!("{} {}", one["kind"], one["metadata"]["name"]);
    let with = all.iter().map(|one| (named(one), &one["spec"]["template"]));
    with.filter(|(_, template)| !template.is_null()).collect()
}

/// Fails with a text unless something holds.
pub(crate) fn ensure(holds: bool, text: impl Into<String>) -> Result<(), String> {
    if holds { Ok(()) } else { Err(text.into()) }
}
