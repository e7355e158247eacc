//! The kustomize bases: rendered from the chart, so that there is one source.

use std::fs;
use std::path::Path;

use adplane_operator::config::Config;
use serde_json::Value;

use super::Outcome;
use super::rendered::{Tools, documents, ensure, find, root};

const HEADER: &str = "# Rendered from charts/adplane: write it anew with ADPLANE_WRITE=1 cargo test -p adplane-operator --test charts\n";

/// The chart without what kustomize does itself or has no word for.
fn base(tools: &Tools, sandbox: bool) -> Result<String, String> {
    let mut further = vec!["--set", "config.project=shop", "--set", "uninstall.enabled=false"];
    if sandbox {
        further.extend(["--set", "sandbox.enabled=true"]);
    }
    let rendered = tools.template(&further)?;
    let wanted = |part: &&str| {
        let of_sandbox = part.contains("name: adplane-sandbox\n");
        let generated = part.contains("\nkind: ConfigMap\n");
        part.contains("\nkind:") && of_sandbox == sandbox && !generated
    };
    let parts: Vec<String> = rendered.split("---\n").filter(wanted).map(plain).collect();
    Ok(format!("{HEADER}{}", parts.join("---\n")))
}

/// A document without traces of helm.
fn plain(part: &str) -> String {
    let helm = |line: &&str| !line.starts_with("# Source:") && !line.contains("checksum/config:");
    let lines = part.lines().filter(helm).map(str::trim_end).filter(|line| !line.is_empty());
    let lines: Vec<String> = lines
        .map(|line| {
            line.replace("app.kubernetes.io/managed-by: Helm", "app.kubernetes.io/managed-by: kustomize")
        })
        .collect();
    lines.join("\n") + "\n"
}

pub(crate) fn fresh(tools: &Tools) -> Outcome {
    for (file, sandbox) in [("base/operator.yaml", false), ("sandbox/sandbox.yaml", true)] {
        let path = root().join("deploy/kustomize").join(file);
        let wanted = base(tools, sandbox)?;
        if std::env::var_os("ADPLANE_WRITE").is_some() {
            fs::write(&path, &wanted).map_err(|error| error.to_string())?;
        }
        let found = fs::read_to_string(&path).unwrap_or_default();
        ensure(
            found == wanted,
            format!("deploy/kustomize/{file} is stale: run the tests with ADPLANE_WRITE=1"),
        )?;
    }
    Ok(())
}

fn build(tools: &Tools, folder: &Path) -> Result<Vec<Value>, String> {
    documents(&tools.kubectl(&["kustomize", &folder.to_string_lossy()])?)
}

fn config(all: &[Value]) -> Result<Config, String> {
    let deployment = find(all, "Deployment", "adplane-operator")?;
    let volumes = deployment["spec"]["template"]["spec"]["volumes"].as_array();
    let name = volumes.into_iter().flatten().find_map(|volume| volume["configMap"]["name"].as_str());
    let map = find(all, "ConfigMap", name.ok_or("no configuration is mounted")?)?;
    let text = map["data"]["config.yaml"].as_str().ok_or("it has no config.yaml")?;
    Config::parse(text).map_err(|problems| problems.join("\n"))
}

pub(crate) fn builds(tools: &Tools) -> Outcome {
    let bases = root().join("deploy/kustomize");
    let all = build(tools, &bases.join("base"))?;
    ensure(config(&all)?.project.as_str() == "shop", "another project")?;
    let practice = build(tools, &bases.join("sandbox"))?;
    find(&practice, "Deployment", "adplane-sandbox")?;
    let policy = find(&practice, "NetworkPolicy", "adplane-operator")?;
    ensure(policy["spec"]["egress"].to_string().contains("9440"), "the sandbox cannot be reached")?;
    // A team's own overlay. Kustomize takes folders below its own alone by relative paths.
    let folder = tempfile::tempdir_in(&bases).map_err(|error| error.to_string())?;
    let kustomization = "resources: [../base]\nconfigMapGenerator:\n- {name: adplane-operator, namespace: adplane-system, behavior: replace, files: [config.yaml]}\n";
    fs::write(folder.path().join("kustomization.yaml"), kustomization).map_err(|error| error.to_string())?;
    fs::write(folder.path().join("config.yaml"), "project: growth\n").map_err(|error| error.to_string())?;
    let own = config(&build(tools, folder.path())?)?;
    ensure(own.project.as_str() == "growth", "the base's configuration stayed")
}
