//! The roles: who may do what, and what no role hands on.

use serde_json::{Value, json};

use super::people::{Case, Outcome, Team, until};

pub(crate) const CASES: &[Case] = &[
    Case::new("everybody may do what their role says, and no more", rights),
    Case::new("viewing and editing are aggregated, approving is not", aggregated),
    Case::new("who administers a namespace cannot make approvers", granting),
    Case::new("every verb on plans approves no class", everything),
];

/// User, right, and whether they have it.
const RIGHTS: &[(&str, &[&str], bool)] = &[
    ("viewer", &["list", "campaigns"], true),
    ("viewer", &["get", "planapprovals"], true),
    ("viewer", &["update", "campaigns"], false),
    ("editor", &["create", "campaigns"], true),
    ("editor", &["patch", "adgroups"], true),
    ("editor", &["delete", "creatives"], true),
    ("editor", &["update", "budgets"], true),
    ("editor", &["update", "adaccounts"], false),
    ("editor", &["update", "policies"], false),
    ("editor", &["update", "freezewindows"], false),
    ("editor", &["create", "plans"], false),
    ("editor", &["create", "planapprovals"], false),
    ("editor", &["approve", "plans", "--subresource=edit"], false),
    ("editor", &["patch", "campaigns", "--subresource=status"], false),
    ("approver-a", &["list", "plans"], true),
    ("approver-a", &["create", "planapprovals"], true),
    ("approver-a", &["approve", "plans", "--subresource=raise"], true),
    ("approver-a", &["approve", "plans", "--subresource=raise-large"], true),
    ("approver-a", &["approve", "plans", "--subresource=raise-other"], false),
    ("approver-a", &["approve", "plans", "--subresource=delete"], false),
    ("approver-a", &["approve", "plans", "--subresource=exception"], false),
    ("approver-a", &["patch", "planapprovals"], false),
    ("approver-a", &["delete", "planapprovals"], false),
    ("approver-a", &["update", "campaigns"], false),
    ("administrator", &["update", "adaccounts"], true),
    ("administrator", &["create", "freezewindows"], true),
    ("administrator", &["delete", "policies"], true),
    ("administrator", &["update", "campaigns"], true),
    ("administrator", &["create", "planapprovals"], false),
    ("administrator", &["approve", "plans", "--subresource=edit"], false),
    ("operator", &["create", "plans"], true),
    ("operator", &["patch", "campaigns"], true),
    ("operator", &["patch", "adgroups", "--subresource=status"], true),
    ("operator", &["get", "plans", "--subresource=status"], true),
    ("operator", &["delete", "planapprovals"], true),
    ("operator", &["create", "planapprovals"], false),
    ("operator", &["patch", "planapprovals"], false),
    ("operator", &["create", "campaigns"], false),
    ("operator", &["delete", "campaigns"], false),
    ("operator", &["approve", "plans", "--subresource=raise"], false),
];

fn rights(team: &Team<'_>) -> Outcome {
    let wrong: Vec<String> = RIGHTS
        .iter()
        .filter(|(user, right, expected)| team.can(user, right) != *expected)
        .map(|(user, right, expected)| format!("{user} {}: not {expected}", right.join(" ")))
        .collect();
    if !wrong.is_empty() {
        return Err(wrong.join("\n"));
    }
    // Beyond Adplane's own kinds.
    for (arguments, expected) in [
        (["auth", "can-i", "create", "subjectaccessreviews.authorization.k8s.io"], "yes"),
        (["auth", "can-i", "list", "validatingadmissionpolicies.admissionregistration.k8s.io"], "yes"),
        (["auth", "can-i", "get", "secrets"], "yes"),
        (["auth", "can-i", "list", "secrets"], "no"),
        (["auth", "can-i", "create", "configmaps"], "yes"),
        (["auth", "can-i", "delete", "configmaps"], "yes"),
        (["auth", "can-i", "update", "configmaps"], "no"),
        (["auth", "can-i", "impersonate", "users"], "no"),
        (["auth", "can-i", "create", "leases.coordination.k8s.io"], "no"),
    ] {
        let answer = team.kubectl("operator", &arguments, "").stdout;
        if answer.trim() != expected {
            return Err(format!("operator {}: {answer}", arguments.join(" ")));
        }
    }
    let own =
        ["auth", "can-i", "create", "leases.coordination.k8s.io", "-n", super::server::OPERATOR_NAMESPACE];
    let answer = team.cluster.kubectl("operator", &own, "").stdout;
    if answer.trim() == "yes" { Ok(()) } else { Err(format!("leases of its own namespace: {answer}")) }
}

fn aggregated(team: &Team<'_>) -> Outcome {
    for (role, expected) in [
        ("adplane-viewer", &["view", "edit", "admin"] as &[&str]),
        ("adplane-editor", &["edit", "admin"]),
        ("adplane-approver", &[]),
        ("adplane-approver-delete", &[]),
        ("adplane-approver-exception", &[]),
        ("adplane-admin", &[]),
        ("adplane-operator", &[]),
    ] {
        let live = team.get(&format!("clusterrole/{role}"))?;
        let found: Vec<&str> = ["view", "edit", "admin"]
            .into_iter()
            .filter(|into| {
                live["metadata"]["labels"][format!("rbac.authorization.k8s.io/aggregate-to-{into}")] == "true"
            })
            .collect();
        if found != expected {
            return Err(format!("{role} goes into {found:?}"));
        }
    }
    Ok(())
}

fn binding(name: &str, kind: &str, role: &str, user: &str) -> Value {
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": role},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}],
    })
}

fn role(name: &str, group: &str, resources: &[&str], verbs: &[&str]) -> Value {
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": name},
        "rules": [{"apiGroups": [group], "resources": resources, "verbs": verbs}],
    })
}

/// Gives a user a role of its own, and waits until it is in force.
fn give(team: &Team<'_>, user: &str, role: &Value, probe: &[&str]) -> Outcome {
    let name = role["metadata"]["name"].as_str().unwrap_or_default();
    team.create("admin", role)?;
    team.create("admin", &binding(name, "Role", name, user))?;
    until(|| team.kubectl(user, &[&["auth", "can-i"], probe].concat(), "").stdout.trim() == "yes")
}

fn granting(team: &Team<'_>) -> Outcome {
    let rbac = "rbac.authorization.k8s.io";
    let handing = role("handing-out", rbac, &["rolebindings"], &["create", "get"]);
    give(team, "administrator", &handing, &["create", "rolebindings.rbac.authorization.k8s.io"])?;
    team.create("administrator", &binding("more", "ClusterRole", "adplane-editor", "guest"))?;
    let words = ["attempting to grant RBAC permissions not currently held"];
    for name in ["adplane-approver", "adplane-approver-delete", "adplane-approver-exception"] {
        team.cannot_create("administrator", &binding("self", "ClusterRole", name, "administrator"), &words)?;
    }
    Ok(())
}

fn everything(team: &Team<'_>) -> Outcome {
    let all = role("all-of-plans", "adplane.io", &["plans", "planapprovals"], &["*"]);
    give(team, "viewer", &all, &["create", "planapprovals.adplane.io"])?;
    team.create("operator", &super::people::plan())?;
    team.cannot_create(
        "viewer",
        &super::people::approval(),
        &["viewer may not approve plans of class raise", "plans/raise"],
    )
}
