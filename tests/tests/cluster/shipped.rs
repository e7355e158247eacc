//! The charts: what the API server stores is what was shipped, to the last default.

use serde_json::Value;

use super::helm::{chart, chart_of_older_servers, whole_chart};
use super::people::{Case, Outcome, Team};
use super::server::OPERATOR_NAMESPACE;
use super::tools::Tools;

pub(crate) const CASES: &[Case] = &[
    Case::new("admission policies are stored as they were shipped", stored),
    Case::new("a server without policies that change objects gets none", older),
    Case::new("the operator of another namespace is another user", namespaced),
    Case::new("the whole chart applies", whole),
    Case::new("secrets are read in the namespaces that are named, and plans kept where it is said", secrets),
];

fn tools() -> Result<Tools, String> {
    Tools::find().map_err(str::to_owned)
}

/// What admission consists of in a rendered chart.
fn admission(rendered: &str) -> Result<Vec<Value>, String> {
    let documents: Vec<Value> = rendered
        .split("\n---\n")
        .filter(|part| part.contains("\nkind:"))
        .map(|part| serde_saphyr::from_str(part).map_err(|error| format!("{error}\n{part}")))
        .collect::<Result<_, String>>()?;
    let of_admission = |document: &Value| document["apiVersion"] == "admissionregistration.k8s.io/v1";
    Ok(documents.into_iter().filter(of_admission).collect())
}

fn names(documents: &[Value], kind: &str) -> Vec<String> {
    let of_kind = documents.iter().filter(|document| document["kind"] == kind);
    let mut names: Vec<String> =
        of_kind.filter_map(|document| Some(document["metadata"]["name"].as_str()?.to_owned())).collect();
    names.sort();
    names
}

fn stored(team: &Team<'_>) -> Outcome {
    let shipped = admission(&chart(&tools()?, &[])?)?;
    // Fewer than ten in all: each costs every request that it matches.
    if shipped.len() != 14 {
        return Err(format!("{} documents", shipped.len()));
    }
    for document in &shipped {
        let (kind, name) = (document["kind"].as_str(), document["metadata"]["name"].as_str());
        let object = format!("{}/{}", kind.unwrap_or_default(), name.unwrap_or_default());
        let live = team.get(&object.to_lowercase())?;
        if live["spec"] != document["spec"] {
            return Err(format!("{object} is stored as\n{}\nnot as\n{}", live["spec"], document["spec"]));
        }
    }
    for kind in ["ValidatingAdmissionPolicy", "MutatingAdmissionPolicy"] {
        let bindings = names(&shipped, &format!("{kind}Binding"));
        if names(&shipped, kind) != bindings {
            return Err(format!("{kind} and its bindings differ: {bindings:?}"));
        }
    }
    Ok(())
}

/// Where authors cannot be written down nobody is asked for them either; the operator takes them for unknown.
fn older(_: &Team<'_>) -> Outcome {
    let rendered = chart_of_older_servers(&tools()?)?;
    let shipped = admission(&rendered)?;
    let found = names(&shipped, "ValidatingAdmissionPolicy");
    let expected = [
        "adplane-approval",
        "adplane-approval-matches-plan",
        "adplane-confirm-delete",
        "adplane-plan-writer",
    ];
    if found != expected || !names(&shipped, "MutatingAdmissionPolicy").is_empty() {
        return Err(format!("{found:?}"));
    }
    Ok(())
}

fn namespaced(_: &Team<'_>) -> Outcome {
    let rendered = chart(&tools()?, &["--namespace", "elsewhere"])?;
    let user = |namespace: &str| format!("'system:serviceaccount:{namespace}:adplane-operator'");
    if rendered.contains(&user(OPERATOR_NAMESPACE)) || rendered.matches(&user("elsewhere")).count() != 4 {
        return Err(rendered);
    }
    Ok(())
}

/// With namespaces named, no rule reaches the secrets of all the others.
fn secrets(_: &Team<'_>) -> Outcome {
    let everywhere = chart(&tools()?, &[])?;
    let named = chart(&tools()?, &["--set", "credentials.namespaces={growth,brand}"])?;
    let rules = |text: &str| text.matches("resources: [secrets]").count();
    if rules(&everywhere) != 1 || !everywhere.contains("Credentials, one by one") {
        return Err(everywhere);
    }
    if rules(&named) != 2 || named.contains("Credentials, one by one") {
        return Err(named);
    }
    let on_disk = chart(&tools()?, &["--set", "config.planStore.directory=/var/lib/adplane/plans"])?;
    let bodies = |text: &str| text.matches("verbs: [get, list, create, delete]").count();
    if (bodies(&everywhere), bodies(&on_disk)) != (1, 0) {
        return Err(on_disk);
    }
    // A role and its binding in each.
    let both = |namespace: &&str| named.matches(&format!("namespace: {namespace}\n")).count() == 2;
    if ["growth", "brand"].iter().all(both) { Ok(()) } else { Err(named) }
}

fn whole(team: &Team<'_>) -> Outcome {
    let rendered = whole_chart(&tools()?, &["--set", "sandbox.enabled=true"])?;
    for kind in ["Deployment", "ServiceAccount", "ConfigMap", "NetworkPolicy"] {
        if !rendered.contains(&format!("\nkind: {kind}\n")) {
            return Err(format!("the chart has no {kind}"));
        }
    }
    let arguments = ["apply", "--server-side", "--dry-run=server", "-n", OPERATOR_NAMESPACE, "-f", "-"];
    let output = team.cluster.kubectl("admin", &arguments, &rendered);
    if output.success { Ok(()) } else { Err(output.stderr) }
}
