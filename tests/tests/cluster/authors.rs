//! Who wrote what is not applied yet: written down by the cluster, and not to be forged.

use serde_json::{Value, json};

use super::people::{Case, Outcome, Team, campaign};

pub(crate) const CASES: &[Case] = &[
    Case::new("everybody who changes something is written down, once", accumulated),
    Case::new("labels and bindings count as changes, notes do not", what_counts),
    Case::new("a forged author is put back", forged),
    Case::new("applying the same again changes nothing", repeated),
    Case::new("stale names in a manifest do no harm", stale),
    Case::new("a comma in a name does not make two people", commas),
    Case::new("the operator strikes names off, adds none and changes no spec", operator),
    Case::new("the operator writes overrides of rules and no others", of_rules),
    Case::new("accounts, policies and freeze windows have authors too", governing),
    Case::alone("without the stamp every forged or missing author is refused", unstamped),
];

const AUTHORS: &str = "adplane.io/authors";
const EDITOR: &str = "adplane.io/last-edited-by";

/// That an object's authors and last editor are these.
fn written(team: &Team<'_>, object: &str, authors: Option<&str>, editor: &str) -> Outcome {
    let annotations = team.get(object)?["metadata"]["annotations"].clone();
    if annotations[AUTHORS].as_str() == authors && annotations[EDITOR].as_str() == Some(editor) {
        return Ok(());
    }
    Err(format!("{object} is written down as {annotations}, not {authors:?} and {editor}"))
}

fn daily(amount: &str) -> Value {
    json!({"spec": {"budget": {"daily": amount}}})
}

fn annotate(name: &str, value: Value) -> Value {
    let mut annotations = json!({});
    annotations[name] = value;
    json!({"metadata": {"annotations": annotations}})
}

fn accumulated(team: &Team<'_>) -> Outcome {
    team.create("editor", &campaign("spring"))?;
    written(team, "cmp/spring", Some("editor"), "editor")?;
    team.patch("approver-b", "cmp/spring", &daily("130.00 EUR"))?;
    written(team, "cmp/spring", Some("editor,approver-b"), "approver-b")?;
    // A small fix by the first does not wash the second away.
    team.patch("editor", "cmp/spring", &json!({"spec": {"displayName": "Spring"}}))?;
    written(team, "cmp/spring", Some("editor,approver-b"), "editor")
}

fn what_counts(team: &Team<'_>) -> Outcome {
    team.create("editor", &campaign("spring"))?;
    team.patch("approver-b", "cmp/spring", &annotate("note", json!("seen")))?;
    team.patch("approver-b", "cmp/spring", &annotate("adplane.io/reconcile-now", json!("1")))?;
    written(team, "cmp/spring", Some("editor"), "editor")?;
    team.patch("approver-b", "cmp/spring", &json!({"metadata": {"labels": {"team": "search"}}}))?;
    written(team, "cmp/spring", Some("editor,approver-b"), "approver-b")?;
    team.patch("administrator", "cmp/spring", &annotate("adplane.io/external-id", json!("120210")))?;
    written(team, "cmp/spring", Some("editor,approver-b,administrator"), "administrator")
}

fn forged(team: &Team<'_>) -> Outcome {
    let mut document = campaign("spring");
    document["metadata"]["annotations"] = json!({AUTHORS: "somebody", EDITOR: "somebody", "note": "kept"});
    team.create("editor", &document)?;
    written(team, "cmp/spring", Some("editor"), "editor")?;
    if team.get("cmp/spring")?["metadata"]["annotations"]["note"] != "kept" {
        return Err("another annotation is gone".to_owned());
    }
    for value in [json!("somebody"), json!(""), Value::Null] {
        for name in [AUTHORS, EDITOR] {
            team.patch("approver-b", "cmp/spring", &annotate(name, value.clone()))?;
        }
        team.patch("approver-b", "cmp/spring", &json!({"metadata": {"annotations": null}}))?;
        written(team, "cmp/spring", Some("editor"), "editor")?;
    }
    // Along with a change: the change counts, the forgery does not.
    let mut both = daily("140.00 EUR");
    both["metadata"] = json!({"annotations": {AUTHORS: "editor", EDITOR: "editor"}});
    team.patch("approver-b", "cmp/spring", &both)?;
    written(team, "cmp/spring", Some("editor,approver-b"), "approver-b")
}

fn apply(team: &Team<'_>, user: &str, manager: &str, document: &Value) -> Result<String, String> {
    let manager = format!("--field-manager={manager}");
    team.may(user, &["apply", "--server-side", &manager, "-f", "-"], &document.to_string())?;
    let live = team.get("cmp/spring")?;
    Ok(live["metadata"]["resourceVersion"].as_str().unwrap_or_default().to_owned())
}

fn repeated(team: &Team<'_>) -> Outcome {
    let first = apply(team, "gitops", "argocd", &campaign("spring"))?;
    let again = apply(team, "gitops", "argocd", &campaign("spring"))?;
    if first != again {
        return Err("applying the same was a write".to_owned());
    }
    apply(team, "editor", "flux", &campaign("spring"))?;
    let account = "system:serviceaccount:argocd:argocd-application-controller";
    written(team, "cmp/spring", Some(account), account)
}

fn stale(team: &Team<'_>) -> Outcome {
    let mut exported = campaign("spring");
    exported["metadata"]["annotations"] = json!({AUTHORS: "long,gone", EDITOR: "gone"});
    apply(team, "editor", "git", &exported)?;
    written(team, "cmp/spring", Some("editor"), "editor")?;
    // Once a manifest named them, its manager owns them, and leaving them out would remove them.
    apply(team, "editor", "git", &campaign("spring"))?;
    written(team, "cmp/spring", Some("editor"), "editor")?;
    apply(team, "approver-b", "git", &exported)?;
    written(team, "cmp/spring", Some("editor"), "editor")
}

fn commas(team: &Team<'_>) -> Outcome {
    team.create("colleague", &campaign("spring"))?;
    team.patch("editor", "cmp/spring", &daily("1.00 EUR"))?;
    team.patch("colleague", "cmp/spring", &daily("2.00 EUR"))?;
    let name = "O=Shop%2CCN=100%25";
    written(team, "cmp/spring", Some(&format!("{name},editor")), name)
}

fn operator(team: &Team<'_>) -> Outcome {
    team.create("editor", &campaign("spring"))?;
    team.patch("approver-b", "cmp/spring", &daily("130.00 EUR"))?;
    team.patch("operator", "cmp/spring", &json!({"metadata": {"finalizers": ["adplane.io/release"]}}))?;
    written(team, "cmp/spring", Some("editor,approver-b"), "approver-b")?;
    let changed = ["the operator never changes what people wrote"];
    team.cannot_patch("operator", "cmp/spring", &daily("999.00 EUR"), &changed)?;
    team.cannot_patch("operator", "cmp/spring", &json!({"metadata": {"labels": {"a": "b"}}}), &changed)?;
    let added = annotate(AUTHORS, json!("editor,approver-b,somebody"));
    team.cannot_patch("operator", "cmp/spring", &added, &["strikes authors off and adds none"])?;
    team.patch("operator", "cmp/spring", &annotate(AUTHORS, json!("approver-b")))?;
    written(team, "cmp/spring", Some("approver-b"), "approver-b")?;
    team.patch("operator", "cmp/spring", &annotate(AUTHORS, Value::Null))?;
    written(team, "cmp/spring", None, "approver-b")?;
    // From here on it is a new change.
    team.patch("editor", "cmp/spring", &daily("140.00 EUR"))?;
    written(team, "cmp/spring", Some("editor"), "editor")?;
    team.patch("operator", "cmp/spring", &json!({"metadata": {"finalizers": null}})).map(|_| ())
}

fn of_rules(team: &Team<'_>) -> Outcome {
    let spec = |value: &str| {
        json!({
            "object": {"kind": "Campaign", "name": "spring"}, "field": "budget.daily", "value": value,
            "rule": "cut", "evidence": super::people::HASH, "expires": "9999-12-30T22:00:00.999999999Z",
        })
    };
    let of_rule = |name: &str, value: &str| super::people::document("Override", name, spec(value));
    let changed = ["the operator never changes what people wrote"];
    let mut by_hand = of_rule("by-hand", "96.00 EUR");
    for member in ["rule", "evidence"] {
        by_hand["spec"].as_object_mut().map(|spec| spec.remove(member));
    }
    team.cannot_create("operator", &by_hand, &changed)?;
    team.create("operator", &of_rule("cut", "96.00 EUR"))?;
    team.patch("operator", "adover/cut", &json!({"spec": spec("80.00 EUR")}))?;
    let named = json!({"spec": {"rule": "other"}});
    team.cannot_patch("operator", "adover/cut", &named, &changed)?;
    let annotations = team.get("adover/cut")?["metadata"]["annotations"].clone();
    if !annotations.is_null() {
        return Err(format!("the operator is written down as an author: {annotations}"));
    }
    // For which rule it was decided, the operator alone says.
    let decided = |rule: &str| json!({"metadata": {"annotations": {"adplane.io/decided-for": rule}}});
    team.patch("operator", "adover/cut", &decided("1"))?;
    let forged = ["adplane.io/decided-for is set by the operator"];
    team.cannot_patch("administrator", "adover/cut", &decided("2"), &forged)?;
    team.patch(
        "operator",
        "adover/cut",
        &json!({"metadata": {"annotations": {"adplane.io/decided-for": null}}}),
    )?;
    // What somebody wrote in a rule's name stays theirs, and says so.
    team.create("administrator", &of_rule("forged", "96.00 EUR"))?;
    written(team, "adover/forged", Some("administrator"), "administrator")?;
    team.cannot_patch("operator", "adover/forged", &json!({"spec": spec("80.00 EUR")}), &changed)?;
    team.may("operator", &["delete", "adover/cut"], "").map(|_| ())
}

fn governing(team: &Team<'_>) -> Outcome {
    let account =
        json!({"platform": "Meta", "accountId": "act_1", "currency": "EUR", "timeZone": "Europe/Madrid"});
    let rule = json!({"name": "cap", "severity": "Warn", "when": "true", "message": "always"});
    for (kind, object, spec) in [
        ("AdAccount", "adacc/x", account),
        ("Policy", "adpol/x", json!({"rules": [rule]})),
        ("FreezeWindow", "adfreeze/x", json!({"yearly": [{"from": "12-24", "to": "01-02"}]})),
    ] {
        team.create("administrator", &super::people::document(kind, "x", spec))?;
        written(team, object, Some("administrator"), "administrator")?;
    }
    Ok(())
}

fn unstamped(team: &Team<'_>) -> Outcome {
    team.create("editor", &campaign("spring"))?;
    let gone = || {
        let document = campaign("probe").to_string();
        team.kubectl("editor", &["create", "--dry-run=server", "-f", "-"], &document)
            .stderr
            .contains("adplane.io/last-edited-by is set by the cluster: expected editor, got nothing")
    };
    team.without("mutatingadmissionpolicybinding/adplane-stamp-author", gone, || {
        let words = ["adplane.io/authors is set by the cluster: expected editor, got somebody"];
        team.cannot_patch("approver-b", "cmp/spring", &annotate(AUTHORS, json!("somebody")), &words)?;
        let words = ["adplane.io/last-edited-by is set by the cluster: expected approver-b, got editor"];
        team.cannot_patch("approver-b", "cmp/spring", &daily("130.00 EUR"), &words)?;
        // What names its author rightly is accepted, and so is what changes nothing.
        let mut right = daily("130.00 EUR");
        right["metadata"] = json!({"annotations": {AUTHORS: "editor,approver-b", EDITOR: "approver-b"}});
        team.patch("approver-b", "cmp/spring", &right)?;
        team.patch("editor", "cmp/spring", &annotate("note", json!("seen"))).map(|_| ())
    })
}
