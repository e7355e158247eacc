//! Who can approve what, and every way in which somebody cannot.

use serde_json::{Value, json};

use super::people::{Case, HASH, Outcome, PLAN, Team, approval, document, plan, until, with};

pub(crate) const CASES: &[Case] = &[
    Case::new("who approves is who asks, whatever is written", stamped),
    Case::new("an editor cannot approve, nor the operator, nor a GitOps account", editors),
    Case::new("a class needs its own right", classes),
    Case::new("an approval fits the plan that it names", fits),
    Case::new("who wrote part of it cannot approve it, but may reject it", authors),
    Case::new("the approval policy may let authors approve a class", authors_may),
    Case::new("a plan that is done or superseded is not approved any more", done),
    Case::new("an approver creates, and nothing else", create_only),
    Case::new("nobody but the operator writes a plan or says where it stands", writer),
    Case::new("impersonating needs a right that approvers do not have", impersonation),
    Case::new("what a cluster's admin does in another's name shows in the audit log alone", audited),
    Case::alone("without the stamp a name still cannot be borrowed", unstamped),
];

fn spec(team: &Team<'_>, name: &str) -> Result<Value, String> {
    Ok(team.get(name.trim())?["spec"].clone())
}

fn stamped(team: &Team<'_>) -> Outcome {
    team.create("operator", &plan())?;
    let mut forged = with(approval(), "approver", json!("approver-b"));
    forged["spec"]["approverGroups"] = json!(["system:masters", "leads"]);
    forged["spec"]["approverUid"] = json!("uid-b");
    for (user, document, uid, groups) in [
        ("approver-a", approval(), "uid-a", json!(["approvers", "system:authenticated"])),
        ("approver-a", forged.clone(), "uid-a", json!(["approvers", "system:authenticated"])),
        ("admin", forged, "uid-admin", json!(["system:masters", "system:authenticated"])),
    ] {
        let spec = spec(team, &team.create(user, &document)?)?;
        let expected = json!([user, uid, groups]);
        let found = json!([spec["approver"], spec["approverUid"], spec["approverGroups"]]);
        if found != expected {
            return Err(format!("{user} is written down as {found}"));
        }
    }
    Ok(())
}

fn editors(team: &Team<'_>) -> Outcome {
    team.create("operator", &plan())?;
    for user in ["editor", "viewer", "administrator", "operator", "gitops"] {
        let words = ["planapprovals.adplane.io is forbidden", "cannot create resource"];
        team.cannot_create(user, &approval(), &words)?;
    }
    Ok(())
}

/// A plan of these classes, under a name of its own.
fn plan_of(name: &str, digit: char, classes: &[&str]) -> Value {
    let mut plan = with(plan(), "classes", json!(classes));
    plan["metadata"]["name"] = json!(name);
    plan["spec"]["hash"] = json!(format!("sha256:{}", String::from(digit).repeat(64)));
    plan
}

/// An approval of such a plan.
fn approval_of(plan: &Value, class: &str) -> Value {
    let mut approval = with(approval(), "class", json!(class));
    approval["spec"]["plan"] = plan["metadata"]["name"].clone();
    approval["spec"]["hash"] = plan["spec"]["hash"].clone();
    approval
}

fn classes(team: &Team<'_>) -> Outcome {
    let heavy = plan_of("plan-aaaaaaaaaaaa", 'a', &["raise-large", "raise-other", "delete", "exception"]);
    team.create("operator", &heavy)?;
    for class in ["raise-other", "delete", "exception"] {
        let words = [
            &format!("approver-a may not approve plans of class {class} in {}", team.namespace),
            &format!("approve on plans/{class}"),
        ];
        team.cannot_create("approver-a", &approval_of(&heavy, class), &words.map(String::as_str))?;
    }
    team.create("approver-a", &approval_of(&heavy, "raise-large"))?;
    // Saying no takes the same right as saying yes.
    let no = with(approval_of(&heavy, "delete"), "decision", json!("Reject"));
    team.cannot_create("approver-a", &no, &["may not approve plans of class delete"])?;
    team.create("admin", &approval_of(&heavy, "delete"))?;
    team.cannot_create("approver-a", &approval_of(&heavy, "everything"), &["spec.class"])
}

fn fits(team: &Team<'_>) -> Outcome {
    // Without any plan there is nothing that it could fit.
    team.cannot_create("approver-a", &approval(), &["adplane-approval-matches-plan"])?;
    team.create("operator", &plan())?;
    // The right to one class is none to another.
    team.cannot_create(
        "approver-a",
        &with(approval(), "class", json!("lower")),
        &["plan plan-3f9c2a71d0b4 has no class lower: it needs edit, raise"],
    )?;
    let other = with(approval(), "hash", json!(format!("sha256:{}", "0".repeat(64))));
    team.cannot_create("approver-a", &other, &["hash is not that of plan", HASH])?;
    let short = with(approval(), "hash", json!("sha256:3f9c"));
    team.cannot_create("approver-a", &short, &["spec.hash"])?;
    // Another plan beside it changes nothing.
    team.create("operator", &plan_of("plan-bbbbbbbbbbbb", 'b', &["lower"]))?;
    team.cannot_create("approver-a", &with(approval(), "class", json!("lower")), &["has no class lower"])?;
    team.create("approver-a", &approval()).map(|_| ())
}

fn authors(team: &Team<'_>) -> Outcome {
    team.create("operator", &plan())?;
    let words = ["approver-b wrote part of this change and cannot approve it"];
    team.cannot_create("approver-b", &approval(), &words)?;
    team.create("approver-b", &with(approval(), "decision", json!("Reject")))?;
    team.create("approver-a", &approval()).map(|_| ())
}

fn authors_may(team: &Team<'_>) -> Outcome {
    team.create("operator", &with(plan(), "authorsMayApprove", json!(["edit"])))?;
    team.create("approver-b", &with(approval(), "class", json!("edit")))?;
    team.cannot_create("approver-b", &approval(), &["wrote part of this change"])
}

fn done(team: &Team<'_>) -> Outcome {
    team.create("operator", &plan())?;
    let object = format!("adplan/{PLAN}");
    let stands = |phase: &str| {
        let status = json!({"status": {"phase": phase}}).to_string();
        team.may("operator", &["patch", &object, "--subresource=status", "--type=merge", "-p", &status], "")
    };
    // The next look makes the plan anew where something is left, and what was decided of this one goes with it.
    for phase in ["Superseded", "Applied", "PartlyApplied", "Failed"] {
        stands(phase)?;
        let words = format!("plan {PLAN} is {phase}: there is nothing left to decide");
        // What the policy reads of a plan follows the plan with a delay.
        until(|| team.cannot_create("approver-a", &approval(), &[&words]).is_ok())?;
    }
    stands("Pending")?;
    until(|| team.create("approver-a", &approval()).is_ok())
}

fn create_only(team: &Team<'_>) -> Outcome {
    team.create("operator", &plan())?;
    let name = team.create("approver-a", &approval())?;
    let object = name.trim();
    let reject = json!({"spec": {"decision": "Reject"}});
    team.cannot_patch("approver-a", object, &reject, &["cannot patch resource"])?;
    team.must_not("approver-a", &["delete", object], "", &["cannot delete resource"])?;
    let mut applied = approval();
    applied["metadata"] = json!({"name": "applied"});
    let arguments = ["apply", "--server-side", "-f", "-"];
    team.must_not("approver-a", &arguments, &applied.to_string(), &["cannot patch resource"])?;
    team.create("approver-a", &with(approval(), "decision", json!("Reject"))).map(|_| ())
}

fn writer(team: &Team<'_>) -> Outcome {
    team.cannot_create("admin", &plan(), &["only the operator writes Plans"])?;
    team.cannot_create("editor", &plan(), &["cannot create resource"])?;
    team.create("operator", &plan())?;
    let approved = team.create("approver-a", &approval())?;
    let stands = json!({"status": {"phase": "Approved"}}).to_string();
    let counted = json!({"status": {"conditions": []}}).to_string();
    let words = ["only the operator writes the status of Plans and PlanApprovals"];
    for (object, patch) in [(format!("adplan/{PLAN}"), &stands), (approved.trim().to_owned(), &counted)] {
        let arguments = ["patch", &object, "--subresource=status", "--type=merge", "-p", patch];
        team.must_not("admin", &arguments, "", &words)?;
        team.may("operator", &arguments, "")?;
    }
    // Owners and finalizers are the cluster's to keep.
    team.patch("admin", &format!("adplan/{PLAN}"), &json!({"metadata": {"finalizers": null}})).map(|_| ())
}

fn impersonation(team: &Team<'_>) -> Outcome {
    team.create("operator", &plan())?;
    let arguments =
        ["--as", "approver-b", "--as-group", "approvers", "create", "--validate=false", "-f", "-"];
    for user in ["approver-a", "editor", "operator", "administrator"] {
        team.must_not(user, &arguments, &approval().to_string(), &["cannot impersonate"])?;
    }
    // Groups are not looked up: a name alone brings none.
    let alone = ["--as", "approver-a", "create", "-f", "-"];
    team.must_not("admin", &alone, &approval().to_string(), &["cannot create resource"])
}

fn audited(team: &Team<'_>) -> Outcome {
    team.create("operator", &plan())?;
    let borrow = ["--as", "approver-a", "--as-group", "approvers", "create", "-o", "name", "-f", "-"];
    let name = team.may("admin", &borrow, &approval().to_string())?;
    if spec(team, &name)?["approver"] != "approver-a" {
        return Err("the object names who it really was".to_owned());
    }
    let name = name.trim().rsplit('/').next().unwrap_or_default();
    let entries = team.cluster.audited()?;
    let of_object = |entry: &&Value| {
        entry["objectRef"]["namespace"] == team.namespace.as_str()
            && entry["responseStatus"]["code"] == 201
            && entry["objectRef"]["resource"] == "planapprovals"
    };
    let Some(entry) = entries.iter().find(of_object) else {
        return Err(format!("{name} is not in the audit log"));
    };
    let found = json!([
        entry["user"]["username"],
        entry["impersonatedUser"]["username"],
        entry["annotations"]["adplane-approval/approval"],
    ]);
    let decision = format!("Approve raise of {HASH} by approver-a");
    if found == json!(["admin", "approver-a", decision]) { Ok(()) } else { Err(found.to_string()) }
}

/// What an API server without policies that change objects makes of it, or a cluster whose stamp was taken away.
fn unstamped(team: &Team<'_>) -> Outcome {
    team.create("operator", &plan())?;
    let honest = |user: &str, uid: &str, groups: Value| {
        let mut approval = with(approval(), "approver", json!(user));
        approval["spec"]["approverUid"] = json!(uid);
        approval["spec"]["approverGroups"] = groups;
        approval
    };
    let groups = json!(["system:authenticated", "approvers"]);
    let gone = || {
        let document = document("PlanApproval", "probe", approval()["spec"].clone()).to_string();
        team.kubectl("approver-a", &["create", "--dry-run=server", "-f", "-"], &document)
            .stderr
            .contains("spec.approver: Required value")
    };
    team.without("mutatingadmissionpolicybinding/adplane-stamp-approver", gone, || {
        let borrowed = honest("approver-b", "uid-a", groups.clone());
        let words = ["spec.approver must be approver-a, the user making the request"];
        team.cannot_create("approver-a", &borrowed, &words)?;
        team.cannot_create(
            "admin",
            &honest("approver-a", "uid-a", groups.clone()),
            &["spec.approver must be admin"],
        )?;
        let more = honest("approver-a", "uid-a", json!(["system:authenticated", "approvers", "leads"]));
        team.cannot_create("approver-a", &more, &["spec.approverGroups must be the groups of the user"])?;
        let fewer = honest("approver-a", "uid-a", json!(["approvers"]));
        team.cannot_create("approver-a", &fewer, &["spec.approverGroups must be the groups of the user"])?;
        let other = honest("approver-a", "uid-b", groups.clone());
        team.cannot_create("approver-a", &other, &["spec.approverUid must be the uid of the user"])?;
        team.create("approver-a", &honest("approver-a", "uid-a", groups.clone())).map(|_| ())
    })
}
