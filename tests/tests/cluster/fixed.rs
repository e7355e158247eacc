//! What is fixed once written, and the ways around that which are closed.

use serde_json::{Value, json};

use super::people::{Case, Outcome, PLAN, Team, approval, campaign, document, plan};

pub(crate) const CASES: &[Case] = &[
    Case::new("a campaign keeps its account", account),
    Case::new("an ad group keeps its campaign", group),
    Case::new("an account keeps its platform and id", platform),
    Case::new("a budget keeps its account and its form", budget),
    Case::new("a plan is immutable", plans),
    Case::new("an approval is final", approvals),
];

/// That neither writing another value nor leaving it out first is accepted.
fn fixed(team: &Team<'_>, object: &str, field: &str, other: &str, words: &str) -> Outcome {
    team.cannot_patch("administrator", object, &json!({"spec": {field: other}}), &[words])?;
    let required = format!("spec.{field}: Required value");
    team.cannot_patch("administrator", object, &json!({"spec": {field: null}}), &[&required])?;
    // The whole spec, and with it every rule below it.
    team.cannot_patch("administrator", object, &json!({"spec": null}), &["spec: Required value"])?;
    let mut replaced = team.get(object)?;
    replaced["spec"][field] = json!(other);
    team.must_not("administrator", &["replace", "-f", "-"], &replaced.to_string(), &[words])?;
    let arguments = ["apply", "--server-side", "--force-conflicts", "--field-manager=other", "-f", "-"];
    let applied = json!({
        "apiVersion": replaced["apiVersion"], "kind": replaced["kind"],
        "metadata": {"name": replaced["metadata"]["name"]}, "spec": replaced["spec"],
    });
    team.must_not("administrator", &arguments, &applied.to_string(), &[words])
}

fn account(team: &Team<'_>) -> Outcome {
    team.create("editor", &campaign("spring"))?;
    fixed(team, "cmp/spring", "account", "google-eu", "spec.account: Invalid value: account is fixed")
}

fn group(team: &Team<'_>) -> Outcome {
    team.create("editor", &document("AdGroup", "adults", json!({"campaign": "spring"})))?;
    fixed(team, "adg/adults", "campaign", "summer", "spec.campaign: Invalid value: campaign is fixed")
}

fn platform(team: &Team<'_>) -> Outcome {
    let spec =
        json!({"platform": "Meta", "accountId": "act_1", "currency": "EUR", "timeZone": "Europe/Madrid"});
    team.create("administrator", &document("AdAccount", "meta-eu", spec))?;
    fixed(team, "adacc/meta-eu", "platform", "Google", "spec.platform: Invalid value: platform is fixed")?;
    fixed(team, "adacc/meta-eu", "accountId", "act_2", "spec.accountId: Invalid value: accountId is fixed")
}

fn budget(team: &Team<'_>) -> Outcome {
    let shared = json!({"shared": {"account": "google-eu", "daily": "85.00 EUR"}});
    team.create("editor", &document("Budget", "shared", shared))?;
    let other = json!({"spec": {"shared": {"account": "google-us"}}});
    team.cannot_patch(
        "editor",
        "adbud/shared",
        &other,
        &["spec.shared.account: Invalid value: account is fixed"],
    )?;
    // As a pool it would forget its account.
    let pool = json!({"spec": {"shared": null, "pool": {"monthly": "900.00 EUR"}}});
    team.cannot_patch("editor", "adbud/shared", &pool, &["a shared budget stays one, and so does a pool"])?;
    team.patch("editor", "adbud/shared", &json!({"spec": {"shared": {"daily": "90.00 EUR"}}})).map(|_| ())
}

fn plans(team: &Team<'_>) -> Outcome {
    team.create("operator", &plan())?;
    let object = format!("adplan/{PLAN}");
    let changes: [Value; 4] = [
        json!({"spec": {"hash": format!("sha256:{}", "0".repeat(64))}}),
        json!({"spec": {"authors": []}}),
        json!({"spec": {"authors": null}}),
        json!({"spec": {"authorsMayApprove": ["raise"]}}),
    ];
    for change in &changes {
        team.cannot_patch("operator", &object, change, &["a Plan is immutable"])?;
        team.cannot_patch("admin", &object, change, &["a Plan is immutable"])?;
    }
    team.cannot_patch("operator", &object, &json!({"spec": null}), &["spec: Required value"])
}

fn approvals(team: &Team<'_>) -> Outcome {
    team.create("operator", &plan())?;
    let name = team.create("approver-a", &approval())?;
    let object = name.trim();
    for change in [
        json!({"spec": {"decision": "Reject"}}),
        json!({"spec": {"expires": "2099-01-01T00:00:00Z"}}),
        json!({"spec": {"approverGroups": null}}),
        json!({"spec": {"approver": "approver-b"}}),
    ] {
        team.cannot_patch("admin", object, &change, &["a PlanApproval is final"])?;
    }
    // What the cluster itself keeps in metadata is not anybody's word.
    team.patch("admin", object, &json!({"metadata": {"annotations": {"note": "seen"}}})).map(|_| ())
}
