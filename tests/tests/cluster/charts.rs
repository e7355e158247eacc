//! The charts, with several sets of values: helm's own checks, the API server's, and a release that is installed, upgraded
//! and uninstalled.
//!
//! Whether rendered manifests are valid is asked of the real API server by a dry run: it decodes strictly, fills in
//! defaults, validates each kind as its own code does and runs admission. That is more than schemas can say, and takes no
//! download.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::helm::{MUTATING, helm};
use super::operator::ads::{GOOGLE, Live};
use super::operator::field::Field;
use super::operator::replica::runs;
use super::people::{Case, Outcome, Team};
use super::server::{Cluster, OPERATOR_NAMESPACE};
use super::tools::Tools;

pub(crate) const CASES: &[Case] = &[
    Case::new("helm's own checks pass with every set of values", linted),
    Case::new("the API server takes what is rendered from every set of values", valid),
    Case::new(
        "a release is installed, upgraded, uninstalled and installed again, and no ad is touched",
        release,
    ),
];

/// Sets of values: the least, those for practice, every switch on, every switch off.
const VALUES: [(&str, &[&str]); 4] = [
    ("the least", &["--set", "config.project=shop"]),
    ("for practice", &["--values", "examples/kubernetes/helm/values.yaml", "--set", "config.project=shop"]),
    ("everything", &["--values", "operator/tests/charts/everything.yaml", "--set", "config.project=shop"]),
    (
        "nothing besides",
        &[
            "--set",
            "config.project=shop,replicas=1,uninstall.enabled=false,networkPolicy.enabled=false,podDisruptionBudget.enabled=false",
        ],
    ),
];

/// Sets of values of the definitions' chart.
const OF_DEFINITIONS: [&[&str]; 2] =
    [&[], &["--set", "labels.team=growth", "--set", "annotations.example\\.com/owner=growth"]];

const CHART: &str = "charts/adplane";
const DEFINITIONS: &str = "charts/adplane-crds";

/// A namespace that the set `everything` names.
const NAMED: &str = "growth";

fn tools() -> Result<Tools, String> {
    Tools::find().map_err(str::to_owned)
}

fn linted(_: &Team<'_>) -> Outcome {
    let tools = tools()?;
    for (name, values) in VALUES {
        helm(&tools, None, &[&["lint", "--strict", CHART], values].concat())
            .map_err(|error| format!("{name}: {error}"))?;
    }
    OF_DEFINITIONS.iter().try_for_each(|values| {
        helm(&tools, None, &[&["lint", "--strict", DEFINITIONS], *values].concat()).map(drop)
    })
}

/// What stands in for the definition of the Prometheus operator, which is not here: it knows of a `ServiceMonitor` what every
/// version of it has had.
fn prometheus(cluster: &Cluster) -> Outcome {
    let open = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    let endpoint = json!({
        "type": "object", "properties": {"port": {"type": "string"}, "path": {"type": "string"}, "interval": {"type": "string"}},
    });
    let spec = json!({
        "type": "object", "required": ["selector", "endpoints"],
        "properties": {
            "selector": open, "namespaceSelector": open, "endpoints": {"type": "array", "items": endpoint},
        },
    });
    let names = json!({"kind": "ServiceMonitor", "plural": "servicemonitors", "singular": "servicemonitor", "listKind": "ServiceMonitorList"});
    let schema = json!({"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}});
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {
            "name": "servicemonitors.monitoring.coreos.com",
            "annotations": {"api-approved.kubernetes.io": "https://github.com/prometheus-operator/prometheus-operator"},
        },
        "spec": {
            "group": "monitoring.coreos.com", "scope": "Namespaced", "names": names,
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": schema}],
        },
    });
    let admin = |arguments: &[&str], stdin: &str| {
        let output = cluster.kubectl("admin", arguments, stdin);
        if output.success { Ok(()) } else { Err(output.stderr) }
    };
    admin(&["apply", "--server-side", "-f", "-"], &definition.to_string())?;
    cluster.established()?;
    admin(
        &["apply", "--server-side", "-f", "-"],
        &json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMED}}).to_string(),
    )
}

fn valid(team: &Team<'_>) -> Outcome {
    let tools = tools()?;
    prometheus(team.cluster)?;
    let dry = |rendered: &str| {
        let arguments = [
            "apply",
            "--server-side",
            "--force-conflicts",
            "--validate=strict",
            "--dry-run=server",
            "-o",
            "name",
            "-f",
            "-",
        ];
        let output = team.cluster.kubectl("admin", &arguments, rendered);
        if output.success { Ok(output.stdout) } else { Err(output.stderr) }
    };
    for (name, values) in VALUES {
        let template =
            ["template", "adplane", CHART, "--namespace", OPERATOR_NAMESPACE, "--api-versions", MUTATING];
        let rendered = helm(&tools, None, &[&template[..], values].concat())?;
        let taken = dry(&rendered).map_err(|error| format!("{name}: {error}"))?;
        let (written, taken) = (rendered.matches("\nkind: ").count(), taken.lines().count());
        if written < 20 || written != taken {
            return Err(format!("{name}: {written} documents, {taken} taken"));
        }
        // A field that no kind has is told, so the server looked at all of them.
        let wrong = rendered.replace("\n  replicas: ", "\n  replcas: ");
        match dry(&wrong) {
            Err(error) if error.contains("replcas") => {}
            other => return Err(format!("{name}: a field that does not exist was taken: {other:?}")),
        }
    }
    for values in OF_DEFINITIONS {
        let rendered = helm(&tools, None, &[&["template", "adplane-crds", DEFINITIONS], values].concat())?;
        dry(&rendered)?;
    }
    Ok(())
}

/// A cluster with both charts installed.
fn installed(tools: &Tools) -> Result<Cluster, String> {
    let cluster = Cluster::bare(tools)?;
    prometheus(&cluster)?;
    helm(tools, Some(&cluster), &["install", "adplane-crds", DEFINITIONS])?;
    cluster.established()?;
    install(tools, &cluster)?;
    cluster.in_force()?;
    Ok(cluster)
}

fn install(tools: &Tools, cluster: &Cluster) -> Outcome {
    let arguments = ["install", "adplane", CHART, "--namespace", OPERATOR_NAMESPACE, "--create-namespace"];
    helm(tools, Some(cluster), &[&arguments[..], VALUES[1].1].concat()).map(drop)
}

/// On a server of its own: what helm installs must not be there already. The operator that runs here is no pod, because
/// nothing starts pods here; its rights are the release's.
fn release(_: &Team<'_>) -> Outcome {
    let tools = tools()?;
    let cluster = installed(&tools)?;
    let team = Team::in_namespace(&cluster, "shop")?;
    let field = Field::start(&team)?;
    field.accounts(&[&GOOGLE])?;
    field.apply(&GOOGLE.whole("search", &field.pictures))?;
    field.carry_out(GOOGLE.account)?;
    field.ready(&["cmp/search", "adg/search-group", "crv/search-creative"])?;
    let writes = field.writes()?.len();
    upgrades(&tools, &field)?;
    helm(&tools, Some(&cluster), &["upgrade", "adplane-crds", DEFINITIONS, "--set", "labels.team=growth"])?;
    uninstalled(&tools, &field)?;
    // Definitions are kept, and with them everything that people wrote.
    helm(&tools, Some(&cluster), &["uninstall", "adplane-crds"])?;
    let found = field.all("adaccounts,campaigns,adgroups,creatives")?;
    let held = |object: &&Value| !object["metadata"]["finalizers"].is_null();
    if found.len() != 4
        || found.iter().any(|object| held(&object) || !object["metadata"]["deletionTimestamp"].is_null())
    {
        return Err(format!("uninstalling touched what people wrote: {found:?}"));
    }
    again(&tools, &field)?;
    let written = field.writes()?;
    if written.len() != writes {
        return Err(format!("written to platforms: {:?}\n{}", &written[writes..], field.logs()));
    }
    match GOOGLE.campaign_lives(&field, "search")? {
        Live::Serving => Ok(()),
        other => Err(format!("the campaign is {other:?}")),
    }
}

/// Upgraded to each set of values in turn, the operator keeps its rights and its guards.
fn upgrades(tools: &Tools, field: &Field<'_>) -> Outcome {
    for (name, values) in VALUES.iter().chain([&VALUES[1]]) {
        let upgrade = ["upgrade", "adplane", CHART, "--namespace", OPERATOR_NAMESPACE];
        // The accounts' Secret lies in the team's namespace.
        let secrets = ["--set", "credentials.namespaces={growth,shop}"];
        helm(tools, Some(field.team.cluster), &[&upgrade[..], values, &secrets].concat())
            .map_err(|error| format!("{name}: {error}"))?;
        field.look_now(GOOGLE.account)?;
        field.look(0, GOOGLE.account)?;
        field
            .ready(&["adacc/google-es", "cmp/search", "adg/search-group"])
            .map_err(|error| format!("{name}: {error}"))?;
        let guards = field.condition("adacc/google-es", "GuardMissing")?;
        if guards[0] == "True" {
            return Err(format!("{name}: {guards:?}"));
        }
    }
    Ok(())
}

/// `helm uninstall` waits for the hook's Job. A bare API server has no controller that runs Jobs: its command is run here,
/// with its arguments and as its service account, and then its end is written down as that controller would.
fn uninstalled(tools: &Tools, field: &Field<'_>) -> Outcome {
    let cluster = field.team.cluster;
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        let hook = scope.spawn(|| play_hook(cluster, &ended));
        let arguments = ["uninstall", "adplane", "--namespace", OPERATOR_NAMESPACE, "--timeout", "3m"];
        let outcome = helm(tools, Some(cluster), &arguments);
        ended.store(true, Ordering::Relaxed);
        let told = hook.join().map_err(|_| "the hook's command panicked".to_owned())?;
        outcome.map_err(|error| format!("{error}; the hook: {told:?}"))?;
        let told = told?;
        if told.contains("nothing changed on the platforms") { Ok(()) } else { Err(told) }
    })?;
    let left = [
        "-n",
        OPERATOR_NAMESPACE,
        "get",
        "deployments,jobs,serviceaccounts,roles,rolebindings,services",
        "-o",
        "name",
    ];
    let left = cluster.kubectl("admin", &left, "");
    let policies =
        ["get", "validatingadmissionpolicies,mutatingadmissionpolicies,clusterroles", "-o", "name"];
    let policies = cluster.kubectl("admin", &policies, "");
    if !left.success || !policies.success || (left.stdout + &policies.stdout).contains("/adplane") {
        return Err(format!("left behind: {} {}", left.stderr, policies.stdout));
    }
    Ok(())
}

/// Waits for the hook's Job and plays its controller; what the command said.
fn play_hook(cluster: &Cluster, ended: &AtomicBool) -> Result<String, String> {
    let begun = Instant::now();
    let job = loop {
        let found = cluster.kubectl(
            "admin",
            &["-n", OPERATOR_NAMESPACE, "get", "job/adplane-uninstall", "-o", "json"],
            "",
        );
        if found.success {
            break serde_json::from_str::<Value>(&found.stdout).map_err(|error| error.to_string())?;
        }
        if ended.load(Ordering::Relaxed) || begun.elapsed() > Duration::from_mins(2) {
            return Err("helm made no Job of the hook".to_owned());
        }
        thread::sleep(Duration::from_millis(100));
    };
    let pod = &job["spec"]["template"]["spec"];
    if pod["serviceAccountName"] != "adplane-operator" {
        return Err(format!("whose rights? {pod}"));
    }
    let words = pod["containers"][0]["args"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let arguments: Vec<String> =
        words.map(|word| word.replace("$(POD_NAMESPACE)", OPERATOR_NAMESPACE)).collect();
    let told = runs(cluster, &arguments.iter().map(String::as_str).collect::<Vec<_>>())?;
    // Only now: helm goes on to delete the rights that the command needed.
    let now = adplane_engine::clock::Clock::System.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let condition = |kind: &str| json!({"type": kind, "status": "True", "reason": "CompletionsReached", "lastProbeTime": now, "lastTransitionTime": now});
    let status = json!({"status": {
        "startTime": now, "completionTime": now, "succeeded": 1,
        "conditions": [condition("SuccessCriteriaMet"), condition("Complete")],
    }});
    let patch = status.to_string();
    let patch = [
        "-n",
        OPERATOR_NAMESPACE,
        "patch",
        "job/adplane-uninstall",
        "--subresource=status",
        "--type=merge",
        "-p",
        &patch,
    ];
    let patched = cluster.kubectl("admin", &patch, "");
    if patched.success { Ok(told) } else { Err(patched.stderr) }
}

/// Installed again, the operator knows its own, and takes hold of it without a write to a platform.
fn again(tools: &Tools, field: &Field<'_>) -> Outcome {
    let cluster = field.team.cluster;
    field.end(0);
    let sign = [
        "-n",
        OPERATOR_NAMESPACE,
        "get",
        "configmap/adplane-uninstall",
        "-o",
        "jsonpath={.metadata.ownerReferences[*].kind}",
    ];
    let owner = cluster.kubectl("admin", &sign, "");
    if owner.stdout != "Deployment" {
        return Err(format!("the sign of an uninstall would outlast the release: {owner:?}"));
    }
    // Which it does here, where nothing collects what belonged to the Deployment.
    cluster.kubectl("admin", &["-n", OPERATOR_NAMESPACE, "delete", "configmap/adplane-uninstall"], "");
    helm(tools, Some(cluster), &["install", "adplane-crds", DEFINITIONS])?;
    install(tools, cluster)?;
    field.restart(0)?;
    field.until("it answers", || field.page(0, "/livez").map(|_| true))?;
    field.look(0, GOOGLE.account)?;
    field.ready(&["adacc/google-es", "cmp/search", "adg/search-group"])?;
    field.until("it takes hold again", || {
        let finalizers = field.team.get("cmp/search")?["metadata"]["finalizers"].clone();
        if finalizers == json!(["adplane.io/release"]) { Ok(true) } else { Err(finalizers.to_string()) }
    })
}
