//! What the chart renders.

use adplane_operator::args::Arguments;
use adplane_operator::config::{Config, PlanStore};
use clap::Parser as _;
use serde_json::{Map, Value, json};

use super::Outcome;
use super::rendered::{Tools, chart, documents, ensure, find, pods};

pub(crate) fn lint(tools: &Tools) -> Outcome {
    tools.helm(&["lint", "--strict", &chart()])?;
    tools.helm(&["lint", "--strict", "--set", "config.project=shop", &chart()]).map(drop)
}

pub(crate) fn project(tools: &Tools) -> Outcome {
    match tools.template(&[]) {
        Ok(_) => Err("it was rendered".into()),
        Err(shown) => ensure(shown.contains("config.project is needed"), shown),
    }
}

pub(crate) fn refused(tools: &Tools) -> Outcome {
    for (values, said) in [
        ("replicas=-1", "replicas"),
        ("replcias=2", "replcias"),
        ("config.shards=0", "shards"),
        ("config.dryrun=true", "dryrun"),
        ("config.settle=fast", "settle"),
        ("config.listen=0.0.0.0:80", "listen"),
        ("image.digest=latest", "digest"),
        ("persistence.enabled=true", "ReadWriteMany"),
        ("config.approvers.serviceAccounts={ana}", "serviceAccounts"),
    ] {
        match tools.template(&["--set", "config.project=shop", "--set", values]) {
            Ok(_) => return Err(format!("{values} was rendered")),
            Err(shown) => ensure(shown.contains(said), format!("{values}: {shown}"))?,
        }
    }
    Ok(())
}

fn config(all: &[Value]) -> Result<Config, String> {
    let map = find(all, "ConfigMap", "adplane-operator")?;
    let text = map["data"]["config.yaml"].as_str().ok_or("it has no config.yaml")?;
    Config::parse(text).map_err(|problems| problems.join("\n"))
}

pub(crate) fn configuration(tools: &Tools) -> Outcome {
    let usual = config(&tools.documents(&[])?)?;
    ensure(usual.project.as_str() == "shop" && usual.guards_required && !usual.dry_run, "not careful")?;
    let all = tools.everything()?;
    let full = config(&all)?;
    ensure(full.plan_store == PlanStore::Directory("/var/lib/adplane/plans".into()), "the plan store")?;
    ensure(full.approvals.bands.len() == 2 && full.dry_run && full.shards == 3, "approvals and numbers")?;
    // Files that the configuration names are mounted beside it.
    let map = find(&all, "ConfigMap", "adplane-operator")?;
    for path in [&full.signatures.allowed_signers, &full.signatures.revoked_signers] {
        let path = path.as_ref().ok_or("keys are not named")?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        ensure(
            path.starts_with("/etc/adplane") && !map["data"][&name].is_null(),
            path.display().to_string(),
        )?;
    }
    Ok(())
}

/// The containers of a pod's template.
fn containers(template: &Value) -> Vec<&Value> {
    let lists = ["initContainers", "containers"].map(|list| template["spec"][list].as_array());
    lists.into_iter().flatten().flatten().collect()
}

pub(crate) fn arguments(tools: &Tools) -> Outcome {
    let all = tools.everything()?;
    for (kind, name) in [("Deployment", "adplane-operator"), ("Job", "adplane-uninstall")] {
        for container in containers(&find(&all, kind, name)?["spec"]["template"]) {
            let words = container["args"].as_array().into_iter().flatten().filter_map(Value::as_str);
            Arguments::try_parse_from(["adplane-operator"].into_iter().chain(words))
                .map_err(|error| format!("{kind} {name}: {error}"))?;
        }
    }
    let job = find(&all, "Job", "adplane-uninstall")?;
    ensure(job["metadata"]["annotations"]["helm.sh/hook"] == "pre-delete", "it is no hook")?;
    let without = tools.documents(&["--set", "uninstall.enabled=false"])?;
    ensure(find(&without, "Job", "adplane-uninstall").is_err(), "the hook cannot be switched off")
}

pub(crate) fn security(tools: &Tools) -> Outcome {
    let all = tools.everything()?;
    let pods = pods(&all);
    ensure(pods.len() == 3, format!("{} pods", pods.len()))?;
    for (name, template) in pods {
        let pod = &template["spec"]["securityContext"];
        ensure(pod["runAsNonRoot"] == true, format!("{name} may run as root"))?;
        ensure(pod["seccompProfile"]["type"] == "RuntimeDefault", format!("{name} has no seccomp profile"))?;
        ensure(pod["runAsUser"].as_u64().is_some_and(|user| user > 0), format!("{name} names no user"))?;
        for container in containers(template) {
            let own = &container["securityContext"];
            let wanted = json!({
                "allowPrivilegeEscalation": false,
                "readOnlyRootFilesystem": true,
                "capabilities": {"drop": ["ALL"]},
            });
            ensure(*own == wanted, format!("{name}: {own}"))?;
            ensure(!container["resources"]["limits"]["memory"].is_null(), format!("{name} has no limit"))?;
        }
    }
    let sandbox = find(&all, "Deployment", "adplane-sandbox")?;
    let mounted = &sandbox["spec"]["template"]["spec"]["automountServiceAccountToken"];
    ensure(*mounted == false, "the sandbox has a token")
}

fn selects(selector: &Value, labels: &Map<String, Value>) -> bool {
    selector.as_object().is_some_and(|wanted| {
        !wanted.is_empty() && wanted.iter().all(|(key, value)| labels.get(key) == Some(value))
    })
}

pub(crate) fn selectors(tools: &Tools) -> Outcome {
    let all = tools.everything()?;
    let labels = |kind: &str, name: &str| -> Result<Map<String, Value>, String> {
        let found = &find(&all, kind, name)?["spec"]["template"]["metadata"]["labels"];
        found.as_object().cloned().ok_or_else(|| format!("{name} has no labels"))
    };
    let operator = labels("Deployment", "adplane-operator")?;
    let others = [labels("Deployment", "adplane-sandbox")?, labels("Job", "adplane-uninstall")?];
    for (kind, path) in [
        ("Deployment", "/spec/selector/matchLabels"),
        ("Service", "/spec/selector"),
        ("NetworkPolicy", "/spec/podSelector/matchLabels"),
        ("PodDisruptionBudget", "/spec/selector/matchLabels"),
    ] {
        let selector = find(&all, kind, "adplane-operator")?.pointer(path).cloned().unwrap_or_default();
        ensure(selects(&selector, &operator), format!("{kind} does not select the operator"))?;
        ensure(!others.iter().any(|other| selects(&selector, other)), format!("{kind} selects others"))?;
    }
    let monitor = find(&all, "ServiceMonitor", "adplane-operator")?;
    let service = find(&all, "Service", "adplane-operator")?["metadata"]["labels"].as_object().cloned();
    let selector = &monitor["spec"]["selector"]["matchLabels"];
    ensure(selects(selector, &service.unwrap_or_default()), "the monitor does not select the Service")?;
    // The name that admission policies know the operator by.
    let account = find(&all, "Deployment", "adplane-operator")?;
    let account = account.pointer("/spec/template/spec/serviceAccountName").and_then(Value::as_str);
    ensure(account == Some("adplane-operator"), "another service account")?;
    ensure(documents(&tools.template(&["--set", "config.project=shop"])?)?.len() > 20, "little is rendered")
}
