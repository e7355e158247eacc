//! A namespace with its people, and what they do there with `kubectl`.

use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::server::{Cluster, Output};

/// What a case gives: a sentence saying what is wrong.
pub(crate) type Outcome = Result<(), String>;

/// One case.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// Whether it takes away what the other cases stand on.
    pub(crate) alone: bool,
    pub(crate) run: fn(&Team<'_>) -> Outcome,
}

impl Case {
    /// A case that leaves others alone.
    pub(crate) const fn new(name: &'static str, run: fn(&Team<'_>) -> Outcome) -> Self {
        Self { name, alone: false, run }
    }

    /// A case that runs while no other does.
    pub(crate) const fn alone(name: &'static str, run: fn(&Team<'_>) -> Outcome) -> Self {
        Self { name, alone: true, run }
    }
}

/// Which group has which role in a namespace.
const ROLES: [(&str, &str); 4] = [
    ("viewers", "adplane-viewer"),
    ("editors", "adplane-editor"),
    ("approvers", "adplane-approver"),
    ("administrators", "adplane-admin"),
];

/// A namespace with its people.
pub(crate) struct Team<'a> {
    pub(crate) cluster: &'a Cluster,
    pub(crate) namespace: String,
}

impl<'a> Team<'a> {
    /// Makes the namespace and gives everybody their role.
    pub(crate) fn in_namespace(cluster: &'a Cluster, namespace: &str) -> Result<Self, String> {
        let team = Self { cluster, namespace: namespace.to_owned() };
        let bindings = ROLES.map(|(group, role)| {
            json!({
                "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": role},
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
                "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": group}],
            })
        });
        team.may("admin", &["create", "namespace", namespace], "")?;
        team.may("admin", &["create", "-f", "-"], &list(&bindings))?;
        // Rights follow their objects with a delay.
        until(|| {
            team.can("administrator", &["update", "adaccounts"]) && team.can("viewer", &["get", "plans"])
        })?;
        Ok(team)
    }

    /// Runs `kubectl` in the namespace.
    pub(crate) fn kubectl(&self, user: &str, arguments: &[&str], stdin: &str) -> Output {
        self.cluster.kubectl(user, &[&["-n", &self.namespace], arguments].concat(), stdin)
    }

    /// What `kubectl` prints, if it succeeds.
    pub(crate) fn may(&self, user: &str, arguments: &[&str], stdin: &str) -> Result<String, String> {
        let output = self.kubectl(user, arguments, stdin);
        if output.success {
            return Ok(output.stdout);
        }
        Err(format!("{user} was refused `kubectl {}`: {}", arguments.join(" "), output.stderr))
    }

    /// That `kubectl` is refused, with all of these words.
    pub(crate) fn must_not(&self, user: &str, arguments: &[&str], stdin: &str, words: &[&str]) -> Outcome {
        let output = self.kubectl(user, arguments, stdin);
        let command = arguments.join(" ");
        if output.success {
            return Err(format!("{user} was not refused `kubectl {command}`: {}\n{stdin}", output.stdout));
        }
        match words.iter().find(|word| !output.stderr.contains(**word)) {
            Some(missing) => Err(format!(
                "`{missing}` is missing in what `kubectl {command}` says: {}\n{stdin}",
                output.stderr
            )),
            None => Ok(()),
        }
    }

    /// Creates a document as a user.
    pub(crate) fn create(&self, user: &str, document: &Value) -> Result<String, String> {
        self.may(user, &["create", "-o", "name", "-f", "-"], &document.to_string())
    }

    /// That a user may not create a document.
    pub(crate) fn cannot_create(&self, user: &str, document: &Value, words: &[&str]) -> Outcome {
        self.must_not(user, &["create", "-f", "-"], &document.to_string(), words)
    }

    /// Patches an object as a user.
    pub(crate) fn patch(&self, user: &str, object: &str, patch: &Value) -> Result<String, String> {
        self.may(user, &["patch", object, "--type", "merge", "-p", &patch.to_string()], "")
    }

    /// That a user may not patch an object.
    pub(crate) fn cannot_patch(&self, user: &str, object: &str, patch: &Value, words: &[&str]) -> Outcome {
        self.must_not(user, &["patch", object, "--type", "merge", "-p", &patch.to_string()], "", words)
    }

    /// An object as it is stored.
    pub(crate) fn get(&self, object: &str) -> Result<Value, String> {
        let text = self.may("admin", &["get", object, "-o", "json"], "")?;
        serde_json::from_str(&text).map_err(|error| error.to_string())
    }

    /// Takes an object of the whole cluster away, waits until that shows, does something, and puts it back.
    pub(crate) fn without(
        &self,
        object: &str,
        gone: impl Fn() -> bool,
        run: impl FnOnce() -> Outcome,
    ) -> Outcome {
        let mut kept = self.get(object)?;
        if let Some(metadata) = kept["metadata"].as_object_mut() {
            metadata.retain(|key, _| ["name", "labels"].contains(&key.as_str()));
        }
        self.may("admin", &["delete", object], "")?;
        let outcome = until(&gone).and_then(|()| run());
        // Whatever came of it, the next case finds what it needs.
        self.create("admin", &kept)?;
        until(|| !gone())?;
        outcome
    }

    /// Whether a user has a right, as the authorizer sees it.
    pub(crate) fn can(&self, user: &str, right: &[&str]) -> bool {
        let right: Vec<String> = right
            .iter()
            .enumerate()
            .map(|(index, word)| if index == 1 { format!("{word}.adplane.io") } else { (*word).to_owned() })
            .collect();
        let right: Vec<&str> = right.iter().map(String::as_str).collect();
        self.kubectl(user, &[&["auth", "can-i"], &right[..]].concat(), "").stdout.trim() == "yes"
    }
}

/// Waits until something that follows with a delay is so.
pub(crate) fn until(holds: impl Fn() -> bool) -> Outcome {
    for _ in 0..100 {
        if holds() {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(100));
    }
    Err("what was asked for did not come about in time".to_owned())
}

/// Several documents as one.
pub(crate) fn list(documents: &[Value]) -> String {
    json!({"apiVersion": "v1", "kind": "List", "items": documents}).to_string()
}

/// A document of a kind.
pub(crate) fn document(kind: &str, name: &str, spec: Value) -> Value {
    let mut document = json!({"apiVersion": "adplane.io/v1alpha1", "kind": kind, "metadata": {"name": name}});
    document["spec"] = spec;
    document
}

/// A campaign of 120.00 EUR a day.
pub(crate) fn campaign(name: &str) -> Value {
    document(
        "Campaign",
        name,
        json!({"account": "meta-eu", "state": "Active", "budget": {"daily": "120.00 EUR"}}),
    )
}

/// The hash of the only plan.
pub(crate) const HASH: &str = "sha256:3f9c2a71d0b4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e";
/// The name of the only plan.
pub(crate) const PLAN: &str = "plan-3f9c2a71d0b4";

/// A plan of classes `edit` and `raise`, part of which `approver-b` wrote.
pub(crate) fn plan() -> Value {
    let spec = json!({
        "account": "meta-eu", "hash": HASH, "classes": ["edit", "raise"],
        "money": {
            "dailyBefore": "120.00 EUR", "dailyAfter": "110.00 EUR", "delta": "-10.00 EUR", "worstDay": "262.50 EUR",
        },
        "summary": {"create": 0, "update": 2, "replace": 0, "delete": 0, "adopt": 0, "release": 0, "blocked": 0},
        "changesTotal": 2,
        "changes": [{
            "address": "meta/meta-eu/Campaign/growth/spring", "action": "update", "class": "raise",
            "text": "raises the daily budget",
        }],
        "authors": ["editor", "approver-b"],
        "policy": [{"rule": "growth/guard/cap", "severity": "Warn", "message": "above 100.00 EUR"}],
        "body": {"store": "ConfigMap", "name": PLAN, "chunks": 1},
    });
    document("Plan", PLAN, spec)
}

/// An approval of that plan's raise, by whoever creates it.
pub(crate) fn approval() -> Value {
    let spec = json!({"plan": PLAN, "hash": HASH, "class": "raise", "decision": "Approve"});
    let mut approval = document("PlanApproval", "", spec);
    approval["metadata"] = json!({"generateName": format!("{PLAN}-")});
    approval
}

/// A document with one field of its spec written otherwise.
pub(crate) fn with(mut document: Value, field: &str, value: Value) -> Value {
    document["spec"][field] = value;
    document
}
