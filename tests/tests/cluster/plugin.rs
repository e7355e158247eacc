//! `kubectl adplane` and `examples/kubernetes`, as people type them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::people::{Case, Outcome, PLAN, Team, document, plan, with};
use super::server::Output;

pub(crate) const CASES: &[Case] = &[
    Case::new("the examples of the folder apply at once, in their order", examples),
    Case::new("an approver approves class by class, in no name but their own", approves),
    Case::new("who may not approve is told why, and by whom it can be changed", refused),
    Case::new("a plan that is done or denied is not decided on", closed),
    Case::new("a body that is not the plan's is not shown, and nothing approved", forged_body),
    Case::new("pausing sets an annotation, and names nobody as an author", pauses),
];

/// Runs `kubectl adplane` as a user.
fn plugin(team: &Team<'_>, user: &str, arguments: &[&str]) -> Result<Output, String> {
    let mut command = Command::new(adplane_tests::binary()?);
    command.arg("kubectl").args(arguments).args(["-n", &team.namespace, "--kubeconfig"]);
    let output = command.arg(team.cluster.kubeconfig(user)?).output().map_err(|error| error.to_string())?;
    Ok(Output {
        success: output.status.success(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: format!("{}exit {:?}", String::from_utf8_lossy(&output.stderr), output.status.code()),
    })
}

/// That it succeeds; what it says on stderr.
fn works(team: &Team<'_>, user: &str, arguments: &[&str]) -> Result<Output, String> {
    let output = plugin(team, user, arguments)?;
    if output.success {
        Ok(output)
    } else {
        Err(format!("{user} was refused {arguments:?}: {}", output.stderr))
    }
}

/// That it fails with all of these words.
fn fails(team: &Team<'_>, user: &str, arguments: &[&str], words: &[&str]) -> Outcome {
    let output = plugin(team, user, arguments)?;
    match words.iter().find(|word| output.success || !output.stderr.contains(**word)) {
        Some(word) => {
            Err(format!("`{word}` is missing in what {arguments:?} says to {user}: {}", output.stderr))
        }
        None => Ok(()),
    }
}

/// The specs of all approvals, by class.
fn approvals(team: &Team<'_>) -> Result<Vec<Value>, String> {
    let list = team.get("planapprovals")?;
    let mut specs: Vec<Value> =
        list["items"].as_array().into_iter().flatten().map(|item| item["spec"].clone()).collect();
    specs.sort_by_key(|spec| spec["class"].to_string());
    Ok(specs)
}

/// The plan with a phase; the operator writes both.
fn planned(team: &Team<'_>, phase: &str) -> Outcome {
    let body = json!({"store": "Directory", "name": PLAN, "chunks": 1});
    team.create("operator", &with(plan(), "body", body))?;
    stands(team, phase)
}

fn stands(team: &Team<'_>, phase: &str) -> Outcome {
    let patch = json!({"status": {"phase": phase, "message": "as the operator says"}}).to_string();
    let arguments =
        ["patch", &format!("plan/{PLAN}"), "--subresource", "status", "--type", "merge", "-p", &patch];
    team.may("operator", &arguments, "").map(|_| ())
}

fn examples(team: &Team<'_>) -> Outcome {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/kubernetes");
    // The folder makes a namespace of its own; here everything goes into that of the case.
    let kept = tempfile::tempdir().map_err(|error| error.to_string())?;
    let entries = fs::read_dir(&folder).map_err(|error| error.to_string())?;
    let files = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    for path in files.filter(|path: &PathBuf| path.extension().is_some_and(|ending| ending == "yaml")) {
        let text = fs::read_to_string(&path).map_err(|error| error.to_string())?;
        let text = text.replace("namespace: veleta", &format!("namespace: {}", team.namespace));
        let target = kept.path().join(path.file_name().unwrap_or_default());
        fs::write(target, text).map_err(|error| error.to_string())?;
    }
    let all = kept.path().display().to_string();
    team.may("admin", &["apply", "--filename", &all], "")?;
    let again = team.may("admin", &["apply", "--filename", &all], "")?;
    let changed = again.lines().filter(|line| line.contains("adplane.io") && !line.ends_with("unchanged"));
    match changed.collect::<Vec<_>>().as_slice() {
        [] => Ok(()),
        changed => Err(format!("applied again, it changes {changed:?}")),
    }
}

fn approves(team: &Team<'_>) -> Outcome {
    planned(team, "Pending")?;
    fails(team, "approver-a", &["approve", PLAN], &["there is no terminal", "--yes", "exit Some(6)"])?;
    let name = format!("plan.adplane.io/{PLAN}");
    let shown = works(team, "approver-a", &["approve", &name, "--expires", "8h", "--yes"])?;
    for part in ["raises the daily budget", "120.00 EUR a day → 110.00 EUR a day"] {
        if !shown.stdout.contains(part) {
            return Err(format!("`{part}` is not shown before: {}", shown.stdout));
        }
    }
    let found = approvals(team)?;
    let [edit, raise] = found.as_slice() else { return Err(format!("one for each class: {found:?}")) };
    for (spec, class) in [(edit, "edit"), (raise, "raise")] {
        let expected = json!([class, "Approve", "approver-a", "uid-a", true]);
        let seen = json!([
            spec["class"],
            spec["decision"],
            spec["approver"],
            spec["approverUid"],
            spec["expires"].is_string()
        ]);
        if seen != expected {
            return Err(format!("{seen} is not {expected}"));
        }
    }
    works(team, "approver-a", &["reject", PLAN, "--class", "raise", "--reason", "too much", "--yes"])?;
    match approvals(team)?.iter().filter(|spec| spec["decision"] == "Reject").count() {
        1 => Ok(()),
        other => Err(format!("{other} rejections")),
    }
}

fn refused(team: &Team<'_>) -> Outcome {
    planned(team, "Pending")?;
    let words = ["you have no right to", "--clusterrole=adplane-approver --user=editor", "exit Some(6)"];
    fails(team, "editor", &["approve", PLAN, "--yes"], &words)?;
    let words =
        ["approver-b wrote part of this change", "its authors are editor, approver-b", "exit Some(6)"];
    fails(team, "approver-b", &["approve", PLAN, "--yes"], &words)?;
    fails(team, "approver-a", &["approve", PLAN, "--class", "delete", "--yes"], &["no class `delete`"])?;
    fails(team, "approver-a", &["diff", "plan-000000000000"], &["it is not in namespace"])?;
    match approvals(team)?.len() {
        0 => Ok(()),
        other => Err(format!("{other} approvals were made")),
    }
}

fn closed(team: &Team<'_>) -> Outcome {
    planned(team, "Denied")?;
    fails(
        team,
        "approver-a",
        &["approve", PLAN, "--yes"],
        &["is Denied: as the operator says", "exit Some(3)"],
    )?;
    stands(team, "Superseded")?;
    fails(team, "approver-a", &["approve", PLAN, "--yes"], &["is Superseded", "exit Some(5)"])?;
    stands(team, "Approved")?;
    fails(team, "approver-a", &["approve", PLAN, "--yes"], &["nobody's approval is missing"])?;
    // What may be applied can still be stopped.
    works(team, "approver-a", &["reject", PLAN, "--yes"]).map(|_| ())
}

fn forged_body(team: &Team<'_>) -> Outcome {
    team.create("operator", &plan())?;
    let body = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": format!("{PLAN}-0")},
        "data": {"plan.json": "{\"formatVersion\": 1"},
    });
    // Nobody else can be kept from writing ConfigMaps.
    team.create("admin", &body)?;
    for verb in [["diff", PLAN].as_slice(), &["approve", PLAN, "--yes"]] {
        fails(team, "admin", verb, &["the body of plan-3f9c2a71d0b4"])?;
    }
    match approvals(team)?.len() {
        0 => Ok(()),
        other => Err(format!("{other} approvals were made")),
    }
}

fn pauses(team: &Team<'_>) -> Outcome {
    let spec = json!({
        "platform": "Meta", "accountId": "act_1", "currency": "EUR", "timeZone": "Europe/Madrid",
        "credentials": {"secretRef": {"name": "meta"}},
    });
    team.create("administrator", &document("AdAccount", "meta-eu", spec))?;
    fails(team, "editor", &["pause", "meta-eu"], &["cannot pause meta-eu", "adplane-admin"])?;
    let annotations = || Ok::<_, String>(team.get("adaccount/meta-eu")?["metadata"]["annotations"].clone());
    let before = annotations()?;
    works(team, "administrator", &["pause", "meta-eu", "--reason", "audit"])?;
    let paused = annotations()?;
    if paused["adplane.io/suspend"] != "true" || paused["adplane.io/suspend-reason"] != "audit" {
        return Err(format!("it is not paused: {paused}"));
    }
    let status = works(team, "viewer", &["status", "meta-eu"])?.stdout;
    if !status.contains("paused: audit") {
        return Err(format!("the pause is not told: {status}"));
    }
    works(team, "administrator", &["pause", "--lift", "meta-eu"])?;
    if annotations()? != before {
        return Err(format!("{} is not as before: {before}", annotations()?));
    }
    works(team, "administrator", &["reconcile", "meta-eu"])?;
    match annotations()?["adplane.io/reconcile-now"].as_str() {
        Some(_) => Ok(()),
        None => Err("nobody was asked to look".to_owned()),
    }
}
