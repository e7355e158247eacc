//! What goes wrong: credentials, platforms, resources, rights, guards.

use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::people::{Case, Outcome, Team, document, with};
use super::ads::{Live, META};
use super::field::Field;

pub(crate) const CASES: &[Case] = &[
    Case::new("a Secret that is missing, wrong, and then right", secret),
    Case::new("a platform that cannot be reached", unreachable),
    Case::new("a resource that is wrong holds back nothing but itself", invalid),
    Case::new("what no account takes up is told why", unattached),
    Case::new("authors do not approve, whoever edited last", authors),
    Case::new("an approver who lost the right before it was used", lost),
    Case::alone("a guard that is missing for a moment", unguarded),
    Case::alone("nothing is applied while a guard is missing", guardless),
];

/// How long nothing may happen, to be taken for nothing: several looks.
const QUIET: Duration = Duration::from_secs(8);

/// That nothing is written to a platform for a while.
fn quiet(field: &Field<'_>, what: &str) -> Outcome {
    let writes = field.writes()?.len();
    thread::sleep(QUIET);
    field.look(0, META.account)?;
    let written = field.writes()?;
    if written.len() == writes {
        Ok(())
    } else {
        Err(format!("{what}: {:?}\n{}", &written[writes..], field.logs()))
    }
}

fn token(team: &Team<'_>, token: &str) -> Outcome {
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "sandbox"}, "stringData": {"access_token": token},
    });
    team.may("admin", &["apply", "--server-side", "--force-conflicts", "-f", "-"], &secret.to_string())
        .map(|_| ())
}

fn secret(team: &Team<'_>) -> Outcome {
    let field = Field::start(team)?;
    team.may("admin", &["delete", "secret", "sandbox"], "")?;
    field.accounts(&[&META])?;
    field.apply(&META.whole("sale", &field.pictures))?;
    field.has("adacc/meta-es", "Ready", "False", "AccountUnreadable", &["sandbox"])?;
    field.has("cmp/sale", "Ready", "False", "AccountUnreadable", &["sandbox"])?;
    token(team, "not-a-token-of-ours")?;
    field.until("the platform refuses the token", || {
        let found = field.condition("adacc/meta-es", "Ready")?;
        if found[0] == "False" && !found[2].contains("Secret `sandbox`") {
            Ok(true)
        } else {
            Err(format!("{found:?}"))
        }
    })?;
    token(team, "sandbox-token")?;
    field.carry_out(META.account)?;
    field.ready(&["adacc/meta-es", "cmp/sale"])?;
    for secret in ["not-a-token-of-ours", "sandbox-token"] {
        if field.of(0, |replica| replica.log().contains(secret))? {
            return Err(format!("{secret} is in the log"));
        }
        let objects = team.may("admin", &["get", "ads-all,events", "-o", "json"], "")?;
        if objects.contains(secret) {
            return Err(format!("{secret} is in a status or an event"));
        }
    }
    Ok(())
}

fn unreachable(team: &Team<'_>) -> Outcome {
    let field = Field::start(team)?;
    let mut account = META.account(&field);
    account["spec"]["endpoint"] = json!("http://127.0.0.1:1/meta");
    team.create("administrator", &account)?;
    field.apply(&META.whole("sale", &field.pictures))?;
    field.has("cmp/sale", "Ready", "False", "AccountUnreadable", &[])?;
    let endpoint = META.account(&field)["spec"]["endpoint"].clone();
    team.patch("administrator", "adacc/meta-es", &json!({"spec": {"endpoint": endpoint}}))?;
    field.carry_out(META.account)?;
    field.ready(&["cmp/sale"])?;
    // An outage takes nothing back that was known, and touches nothing.
    let id = team.get("cmp/sale")?["status"]["externalId"].clone();
    field.sandbox("faults", Some(&json!([{"kind": "http_500", "times": 60}])))?;
    field.has("cmp/sale", "Ready", "False", "AccountUnreadable", &[])?;
    if id.is_null() || team.get("cmp/sale")?["status"]["externalId"] != id {
        return Err("the id was forgotten".to_owned());
    }
    field.sandbox("faults", Some(&json!([])))?;
    field.ready(&["cmp/sale"])
}

fn invalid(team: &Team<'_>) -> Outcome {
    let field = Field::start(team)?;
    field.accounts(&[&META])?;
    field.apply(&META.whole("good", &field.pictures))?;
    // What the definition cannot see: another platform's settings, an ad that shows what is not there.
    let bad = with(META.campaign("bad"), "google", json!({"advertisingChannelType": "SEARCH"}));
    let lonely = META.group("lonely", "good", "nowhere");
    field.apply(&[bad, lonely])?;
    field.has("cmp/bad", "Stalled", "True", "Invalid", &["google"])?;
    field.has("adg/lonely", "Stalled", "True", "Invalid", &["nowhere"])?;
    field.carry_out(META.account)?;
    field.ready(&["cmp/good", "adg/good-group"])?;
    if META.campaign_lives(&field, "bad")? != Live::Gone {
        return Err("a campaign that is wrong was made".to_owned());
    }
    field.apply(&[META.campaign("bad")])?;
    field.carry_out(META.account)?;
    field.ready(&["cmp/bad"])
}

/// A slip in a reference must not leave a resource without a word; nor is what nobody uses yet without one.
fn unattached(team: &Team<'_>) -> Outcome {
    let field = Field::start(team)?;
    field.accounts(&[&META])?;
    field.apply(&META.whole("summer", &field.pictures))?;
    let spare = META.creative("spare", &field.pictures);
    field.apply(&[META.group("lost", "sumer", "summer-creative"), spare])?;
    field.has("adg/lost", "Stalled", "True", "ReferenceInvalid", &["sumer", "did you mean `summer`?"])?;
    field.has("crv/spare", "Ready", "True", "Unused", &["no ad uses it"])?;
    let hook =
        json!({ "url": "https://hooks.shop.example", "credentials": { "secretRef": { "name": "hook" } } });
    let routes = |channel: &str| json!([{ "name": "all", "channels": [channel] }]);
    let spec = json!({ "channels": [{ "name": "hook", "webhook": hook }], "routes": routes("hoook") });
    team.create("administrator", &document("NotificationPolicy", "team", spec))?;
    field.has("adnotify/team", "Stalled", "True", "ReferenceInvalid", &["hoook"])?;
    team.patch("administrator", "adnotify/team", &json!({ "spec": { "routes": routes("hook") } }))?;
    field.has("adnotify/team", "Ready", "True", "InUse", &[])?;
    // Taken up, its account tells of it.
    field.apply(&[META.campaign("sumer"), META.group("other", "summer", "spare")])?;
    field.carry_out(META.account)?;
    field.ready(&["adg/lost", "adg/other"])?;
    field.has("crv/spare", "Ready", "True", "InUse", &[])
}

fn raise(team: &Team<'_>, user: &str, daily: &str) -> Outcome {
    team.patch(user, "cmp/sale", &json!({"spec": {"budget": {"daily": daily}}})).map(|_| ())
}

fn live<'a>(team: &'a Team<'a>) -> Result<Field<'a>, String> {
    let field = Field::start(team)?;
    field.accounts(&[&META])?;
    field.apply(&META.whole("sale", &field.pictures))?;
    field.carry_out(META.account)?;
    field.ready(&["cmp/sale", "adg/sale-group", "crv/sale-creative"])?;
    Ok(field)
}

/// `approver-b` may edit and approve; `colleague` has a comma and a percent sign in their name.
fn authors(team: &Team<'_>) -> Outcome {
    let field = live(team)?;
    field.until("the first authors are forgotten", || {
        Ok(team.get("cmp/sale")?["metadata"]["annotations"]["adplane.io/authors"].is_null())
    })?;
    raise(team, "approver-b", "90.00 EUR")?;
    field.plan(META.account, "Pending")?;
    team.patch(
        "colleague",
        "cmp/sale",
        &json!({"spec": {"displayName": "sale"}, "metadata": {"labels": {"a": "b"}}}),
    )?;
    raise(team, "colleague", "91.00 EUR")?;
    let mut plan = Value::Null;
    field.until("both are written down", || {
        let plans = field.plans(META.account)?;
        plan = plans.first().cloned().unwrap_or_default();
        let expected = json!(["O=Shop,CN=100%", "approver-b"]);
        // What was written in two steps may have been planned in between.
        let whole = plan["spec"]["changes"].to_string().contains("91.00 EUR");
        if whole && plan["spec"]["authors"] == expected {
            Ok(true)
        } else {
            Err(plan["spec"]["authors"].to_string())
        }
    })?;
    let refused = "approver-b wrote part of this change and cannot approve it";
    field.until("the admission policy knows the plan", || {
        let output =
            team.kubectl("approver-b", &["create", "-f", "-"], &Field::approval(&plan, "raise").to_string());
        if output.success {
            Err("approver-b approved a change of their own".to_owned())
        } else {
            Ok(output.stderr.contains(refused))
        }
    })?;
    field.approve("approver-a", &plan)?;
    field.applied(&plan)?;
    field.ready(&["cmp/sale"])
}

fn lost(team: &Team<'_>) -> Outcome {
    let field = live(team)?;
    let suspend =
        |value: &str| team.may("administrator", &["annotate", "adacc/meta-es", value], "").map(|_| ());
    suspend("adplane.io/suspend=true")?;
    raise(team, "editor", "90.00 EUR")?;
    let plan = field.plan(META.account, "Held")?;
    field.approve("approver-a", &plan)?;
    let mut binding = team.get("rolebinding/adplane-approver")?;
    binding["metadata"] = json!({"name": "adplane-approver"});
    team.may("admin", &["delete", "rolebinding", "adplane-approver"], "")?;
    field.until("the right is gone", || {
        Ok(!team.can("approver-a", &["approve", "plans", "--subresource=raise"]))
    })?;
    suspend("adplane.io/suspend-")?;
    let waiting = field.plan(META.account, "Pending")?;
    if waiting["spec"]["hash"] != plan["spec"]["hash"] {
        return Err("another plan".to_owned());
    }
    quiet(&field, "an approval counted whose author may not approve any more")?;
    counted(&field, "NotAllowed")?;
    team.create("admin", &binding)?;
    field.applied(&plan)
}

/// Waits until the only approval of a plan that waits is told why it does not count.
fn counted(field: &Field<'_>, reason: &str) -> Outcome {
    field.until(&format!("the approval counts for nothing: {reason}"), || {
        let approvals = field.all("planapprovals")?;
        let found: Vec<String> = approvals
            .iter()
            .filter_map(|approval| {
                approval["status"]["conditions"][0]["reason"].as_str().map(ToOwned::to_owned)
            })
            .collect();
        if found.iter().any(|found| found == reason) { Ok(true) } else { Err(format!("{found:?}")) }
    })
}

const BINDING: &str = "validatingadmissionpolicybinding/adplane-approval";

/// A binding is taken away, an approval is written in somebody's name, the binding is put back.
fn unguarded(team: &Team<'_>) -> Outcome {
    let field = live(team)?;
    team.may("administrator", &["annotate", "adacc/meta-es", "adplane.io/suspend=true"], "")?;
    raise(team, "editor", "90.00 EUR")?;
    let plan = field.plan(META.account, "Held")?;
    let gone = || team.kubectl("admin", &["get", BINDING], "").stderr.contains("not found");
    team.without(BINDING, gone, || {
        // Admission hears of it with a delay.
        thread::sleep(Duration::from_secs(2));
        let forged = with(Field::approval(&plan, "raise"), "approver", json!("approver-a"));
        let forged = with(forged, "approverGroups", json!(["approvers"]));
        let made = team.kubectl(
            "admin",
            &["create", "--as=approver-a", "--as-group=approvers", "-f", "-"],
            &forged.to_string(),
        );
        if made.success { Ok(()) } else { Err(made.stderr) }
    })?;
    team.may("administrator", &["annotate", "adacc/meta-es", "adplane.io/suspend-"], "")?;
    field.plan(META.account, "Pending")?;
    quiet(&field, "an approval counted that nobody guarded")?;
    counted(&field, "GuardMissing")?;
    // And nobody can write another into it.
    let approval = &field.all("planapprovals")?;
    let mut newest = approval.iter().filter(|approval| approval["spec"]["plan"] == plan["metadata"]["name"]);
    let name = newest.find_map(|approval| approval["metadata"]["name"].as_str()).ok_or("no approval")?;
    team.cannot_patch(
        "admin",
        &format!("adapproval/{name}"),
        &json!({"spec": {"class": "delete"}}),
        &["is final"],
    )?;
    field.approve("approver-a", &plan)?;
    field.applied(&plan)
}

fn guardless(team: &Team<'_>) -> Outcome {
    let field = live(team)?;
    raise(team, "editor", "90.00 EUR")?;
    let plan = field.plan(META.account, "Pending")?;
    let gone = || team.kubectl("admin", &["get", BINDING], "").stderr.contains("not found");
    team.without(BINDING, gone, || {
        field.has("adacc/meta-es", "GuardMissing", "True", "PoliciesMissing", &["adplane-approval"])?;
        field.approve("approver-a", &plan)?;
        field.plan(META.account, "Held")?;
        quiet(&field, "applied although a guard was missing")
    })?;
    field.until("the guards are there again", || {
        Ok(field.condition("adacc/meta-es", "GuardMissing")?[0] != "True")
    })?;
    quiet(&field, "an approval counted that nobody guarded")?;
    field.approve("approver-a", &plan)?;
    field.applied(&plan)
}
