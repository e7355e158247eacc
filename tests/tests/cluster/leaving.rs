//! Deleting: what asks for a confirmation first, and what never stands in a teardown's way.

use serde_json::json;

use super::people::{Case, Outcome, Team, campaign, with};

pub(crate) const CASES: &[Case] = &[
    Case::new("what is deleted on the platform too is confirmed first", confirmed),
    Case::new("whose confirmation it is matters", whose),
    Case::new("what is paused or let go is not confirmed", unconfirmed),
    Case::new("a namespace that goes takes everything along", teardown),
    Case::new("a deletion under way is not asked about again", under_way),
    Case::new("giving up is for those who may change accounts", abandon),
    Case::new("the finalizer is not an editor's to take away", finalizer),
];

fn deleted(name: &str) -> serde_json::Value {
    with(campaign(name), "deletionPolicy", json!("Delete"))
}

const CONFIRM: &str = "deletionPolicy is Delete: first annotate adplane.io/confirm-delete=editor";

fn delete(name: &str) -> [&str; 3] {
    ["delete", name, "--wait=false"]
}

fn confirmed(team: &Team<'_>) -> Outcome {
    team.create("editor", &deleted("spring"))?;
    team.must_not("editor", &delete("cmp/spring"), "", &[CONFIRM])?;
    team.must_not("editor", &["delete", "campaigns", "--all", "--wait=false"], "", &[CONFIRM])?;
    team.may("editor", &["annotate", "cmp/spring", "adplane.io/confirm-delete=editor"], "")?;
    team.may("editor", &delete("cmp/spring"), "")?;
    team.must_not("admin", &["get", "cmp/spring"], "", &["not found"])
}

fn whose(team: &Team<'_>) -> Outcome {
    team.create("editor", &deleted("spring"))?;
    team.may("approver-b", &["annotate", "cmp/spring", "adplane.io/confirm-delete=approver-b"], "")?;
    team.must_not("editor", &delete("cmp/spring"), "", &[CONFIRM])?;
    team.may("approver-b", &delete("cmp/spring"), "").map(|_| ())
}

fn unconfirmed(team: &Team<'_>) -> Outcome {
    team.create("editor", &campaign("absent"))?;
    for policy in ["Pause", "Orphan"] {
        let name = policy.to_lowercase();
        team.create("editor", &with(campaign(&name), "deletionPolicy", json!(policy)))?;
        team.may("editor", &delete(&format!("cmp/{name}")), "")?;
    }
    // Or think again.
    team.create("editor", &deleted("spring"))?;
    team.patch("editor", "cmp/spring", &json!({"spec": {"deletionPolicy": "Pause"}}))?;
    team.may("editor", &["delete", "campaigns", "--all", "--wait=false"], "").map(|_| ())
}

/// A bare API server only marks the namespace; deleting what is in it is played here.
fn teardown(team: &Team<'_>) -> Outcome {
    team.create("editor", &deleted("spring"))?;
    team.must_not("admin", &delete("cmp/spring"), "", &["deletionPolicy is Delete"])?;
    team.cluster.kubectl("admin", &["delete", "namespace", &team.namespace, "--wait=false"], "");
    team.may("admin", &["delete", "campaigns", "--all", "--wait=false"], "")?;
    team.must_not("admin", &["get", "cmp/spring"], "", &["not found"])
}

fn under_way(team: &Team<'_>) -> Outcome {
    team.create("editor", &deleted("spring"))?;
    team.patch("operator", "cmp/spring", &json!({"metadata": {"finalizers": ["adplane.io/release"]}}))?;
    team.may("editor", &["annotate", "cmp/spring", "adplane.io/confirm-delete=editor"], "")?;
    team.may("editor", &delete("cmp/spring"), "")?;
    if team.get("cmp/spring")?["metadata"]["deletionTimestamp"].is_null() {
        return Err("the deletion did not start".to_owned());
    }
    team.may("approver-b", &delete("cmp/spring"), "")?;
    team.patch("operator", "cmp/spring", &json!({"metadata": {"finalizers": null}}))?;
    team.must_not("admin", &["get", "cmp/spring"], "", &["not found"])
}

fn abandon(team: &Team<'_>) -> Outcome {
    team.create("editor", &campaign("spring"))?;
    let abandon = ["annotate", "cmp/spring", "adplane.io/abandon=true"];
    let words = ["adplane.io/abandon gives up a live object, so it is for those who may change AdAccounts"];
    team.must_not("editor", &abandon, "", &words)?;
    let mut born = campaign("born");
    born["metadata"]["annotations"] = json!({"adplane.io/abandon": "true"});
    team.cannot_create("editor", &born, &words)?;
    team.may("administrator", &abandon, "")?;
    // Whoever edits it afterwards is not stopped by what somebody else decided.
    team.patch("editor", "cmp/spring", &json!({"spec": {"displayName": "Spring"}}))?;
    team.may("editor", &["annotate", "cmp/spring", "adplane.io/abandon-"], "").map(|_| ())
}

fn finalizer(team: &Team<'_>) -> Outcome {
    team.create("editor", &campaign("spring"))?;
    team.patch(
        "operator",
        "cmp/spring",
        &json!({"metadata": {"finalizers": ["adplane.io/release", "shop.example/own"]}}),
    )?;
    let stripped = r#"{"metadata":{"finalizers":["shop.example/own"]}}"#;
    let words = ["the finalizer adplane.io/release leaves with what is live"];
    team.must_not("editor", &["patch", "cmp/spring", "--type=merge", "-p", stripped], "", &words)?;
    team.may("editor", &delete("cmp/spring"), "")?;
    team.must_not("editor", &["patch", "cmp/spring", "--type=merge", "-p", stripped], "", &words)?;
    // One of their own is theirs, and so is everything else.
    let own = r#"{"metadata":{"finalizers":["adplane.io/release"]}}"#;
    team.may("editor", &["patch", "cmp/spring", "--type=merge", "-p", own], "")?;
    team.may(
        "administrator",
        &["patch", "cmp/spring", "--type=merge", "-p", r#"{"metadata":{"finalizers":null}}"#],
        "",
    )?;
    team.must_not("admin", &["get", "cmp/spring"], "", &["not found"])
}
