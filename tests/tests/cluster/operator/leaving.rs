//! Resources that go: what a person asked for is done, what is torn down is left as it is, and nothing hangs.
//!
//! A bare API server has no namespace controller: it only marks a namespace. What that controller does is played here,
//! in its order: five seconds later the contents are deleted kind by kind, secrets and pieces of plans at once, and then it
//! waits until what has a finalizer is gone.

use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::people::{Case, Outcome, Team, with};
use super::super::server::{Cluster, OPERATOR_NAMESPACE};
use super::super::tools::Tools;
use super::ads::{ALL, GOOGLE, Live, META, Platform};
use super::field::{Field, SETTLE, Wishes, text};
use super::replica::released;

pub(crate) const CASES: &[Case] = &[
    Case::new("one campaign with each policy", policies),
    Case::new("a removal that somebody must approve", asked),
    Case::new("a group on each platform, and what shows nothing any more", kinds),
    Case::new("an account that is suspended keeps what is removed waiting", suspended),
    Case::new("many at once wait for somebody", many),
    Case::new("a namespace that goes leaves every ad as it was", namespace),
    Case::new("an account that goes first leaves every ad as it was", account),
    Case::new("an uninstall leaves every ad as it was", uninstall),
    Case::new("definitions that go leave every ad as it was", definitions),
];

/// Deletes objects as an editor, without waiting.
fn delete(field: &Field<'_>, objects: &[&str]) -> Outcome {
    let arguments = [&["delete", "--wait=false"], objects].concat();
    field.team.may("editor", &arguments, "").map(|_| ())
}

/// Applies documents and has them approved.
fn made(field: &Field<'_>, platform: &Platform, documents: &[Value]) -> Outcome {
    field.apply(documents)?;
    field.carry_out(platform.account)
}

/// A campaign, its group and its creative, with a deletion policy on the first two.
fn whole(field: &Field<'_>, platform: &Platform, name: &str, policy: &str) -> [Value; 3] {
    let [campaign, group, creative] = platform.whole(name, &field.pictures);
    let policy = |document| with(document, "deletionPolicy", json!(policy));
    [policy(campaign), policy(group), creative]
}

fn policies(team: &Team<'_>) -> Outcome {
    let field = Field::start(team)?;
    field.accounts(&[&META])?;
    let documents =
        ["Pause", "Orphan", "Delete"].map(|policy| whole(&field, &META, &policy.to_lowercase(), policy));
    made(&field, &META, &documents.concat())?;
    field.ready(&["cmp/pause", "cmp/orphan", "cmp/delete"])?;

    // One after the other: several at once would be many.
    delete(&field, &["adg/pause-group", "cmp/pause"])?;
    field.gone("cmp/pause")?;
    field.gone("adg/pause-group")?;
    lives(META.campaign_lives(&field, "pause")?, Live::Paused, "Pause")?;

    delete(&field, &["adg/orphan-group", "cmp/orphan"])?;
    field.gone("cmp/orphan")?;
    lives(META.campaign_lives(&field, "orphan")?, Live::Serving, "Orphan")?;

    confirmed(&field)?;
    field.gone("cmp/delete")?;
    field.gone("adg/delete-group")?;
    lives(META.campaign_lives(&field, "delete")?, Live::Gone, "Delete")
}

/// Deletes what is deleted on the platform too, after saying so.
fn confirmed(field: &Field<'_>) -> Outcome {
    let first = "deletionPolicy is Delete: first annotate adplane.io/confirm-delete=editor";
    let team = field.team;
    team.must_not("editor", &["delete", "cmp/delete"], "", &[first])?;
    let confirm = ["annotate", "cmp/delete", "adg/delete-group", "adplane.io/confirm-delete=editor"];
    team.may("editor", &confirm, "")?;
    delete(field, &["adg/delete-group", "cmp/delete"])
}

/// Where the approval policy asks somebody before anything is deleted, a confirmation is not enough.
fn asked(team: &Team<'_>) -> Outcome {
    let config = json!({"approvals": {"classes": {"raise": {"approvals": 1}, "delete": {"approvals": 1}}}});
    let field = Field::with(team, Wishes { config, ..Wishes::default() })?;
    field.accounts(&[&META])?;
    made(&field, &META, &whole(&field, &META, "delete", "Delete"))?;
    field.ready(&["cmp/delete"])?;
    confirmed(&field)?;
    let plan = field.plan(META.account, "Pending")?;
    if !Field::asked(&plan).contains(&"delete".to_owned()) {
        return Err(format!("nobody is asked before a campaign is deleted: {}", plan["spec"]));
    }
    field.look(0, META.account)?;
    lives(META.campaign_lives(&field, "delete")?, Live::Serving, "before the approval")?;
    field.approve_all("approver-a", &plan)?;
    field.gone("cmp/delete")?;
    lives(META.campaign_lives(&field, "delete")?, Live::Gone, "Delete")
}

fn lives(found: Live, expected: Live, what: &str) -> Outcome {
    if found == expected { Ok(()) } else { Err(format!("{what}: {found:?}, not {expected:?}")) }
}

fn kinds(team: &Team<'_>) -> Outcome {
    let field = Field::start(team)?;
    field.accounts(&ALL)?;
    for platform in ALL {
        let [campaign, group, creative] = whole(&field, platform, "shop", "Pause");
        let of = |document: &Value, name: &str| {
            let mut document = document.clone();
            let name = format!("{}-{name}", platform.account);
            document["metadata"]["name"] = json!(name);
            if document["kind"] != "Creative" {
                document["spec"]["displayName"] = json!(name);
            }
            document
        };
        let (campaign, creative) = (of(&campaign, "shop"), of(&creative, "creative"));
        let mut group = of(&group, "group");
        group["spec"]["campaign"] = campaign["metadata"]["name"].clone();
        group["spec"]["ads"][0]["creative"] = creative["metadata"]["name"].clone();
        made(&field, platform, &[campaign, group, creative])?;
        let name = format!("{}-group", platform.account);
        field.ready(&[&format!("adg/{name}")])?;
        delete(&field, &[&format!("adg/{name}")])?;
        field.gone(&format!("adg/{name}"))?;
        lives(platform.group_lives(&field, &name)?, Live::Paused, "a group")?;
        // The campaign serves what else it has.
        lives(
            platform.campaign_lives(&field, &format!("{}-shop", platform.account))?,
            Live::Serving,
            "its campaign",
        )?;
        // A creative has nothing live of its own.
        let creative = format!("crv/{}-creative", platform.account);
        delete(&field, &[&creative])?;
        field.gone(&creative)?;
    }
    Ok(())
}

fn suspended(team: &Team<'_>) -> Outcome {
    let field = Field::start(team)?;
    field.accounts(&[&META])?;
    made(&field, &META, &whole(&field, &META, "sale", "Pause"))?;
    team.may("administrator", &["annotate", "adacc/meta-es", "adplane.io/suspend=true"], "")?;
    delete(&field, &["cmp/sale", "adg/sale-group"])?;
    field.has("cmp/sale", "Ready", "False", "Deleting", &["suspended"])?;
    thread::sleep(SETTLE);
    field.look(0, META.account)?;
    lives(META.campaign_lives(&field, "sale")?, Live::Serving, "suspended")?;
    // An admin can give it up.
    team.may("administrator", &["annotate", "adg/sale-group", "adplane.io/abandon=true"], "")?;
    field.gone("adg/sale-group")?;
    team.may("administrator", &["annotate", "adacc/meta-es", "adplane.io/suspend-"], "")?;
    field.gone("cmp/sale")?;
    lives(META.campaign_lives(&field, "sale")?, Live::Paused, "no longer suspended")
}

/// Fifty objects in one folder, as a pruning tool would delete them.
fn many(team: &Team<'_>) -> Outcome {
    let field = Field::start(team)?;
    field.accounts(&[&META])?;
    let campaigns: Vec<Value> = (0..50).map(|number| META.campaign(&format!("sale-{number}"))).collect();
    made(&field, &META, &campaigns)?;
    field.ready(&["cmp/sale-0", "cmp/sale-49"])?;
    let writes = field.writes()?.len();
    team.may("editor", &["delete", "campaigns", "--all", "--wait=false"], "")?;
    let plan = field.plan(META.account, "Pending")?;
    // Groups and ads have none here.
    if plan["spec"]["changesTotal"] != 50 {
        return Err(format!("not fifty: {}", plan["spec"]));
    }
    field.look(0, META.account)?;
    if field.writes()?.len() != writes || field.all("campaigns")?.len() != 50 {
        return Err("not everything waited for an approval".to_owned());
    }
    field.approve_all("approver-a", &plan)?;
    field.until("all campaigns are gone", || Ok(field.all("campaigns")?.is_empty()))?;
    for number in [0, 49] {
        lives(META.campaign_lives(&field, &format!("sale-{number}"))?, Live::Paused, "approved")?;
    }
    Ok(())
}

/// Accounts on all platforms, and campaigns that would be deleted on the platforms with their resources.
fn settled<'a>(team: &'a Team<'a>) -> Result<(Field<'a>, usize), String> {
    let field = Field::start(team)?;
    populate(&field)?;
    let writes = field.writes()?.len();
    Ok((field, writes))
}

fn populate(field: &Field<'_>) -> Outcome {
    field.accounts(&[&GOOGLE, &META])?;
    for (platform, name) in [(&GOOGLE, "search"), (&META, "sale")] {
        made(field, platform, &whole(field, platform, name, "Delete"))?;
    }
    field.ready(&["cmp/search", "cmp/sale", "adg/search-group", "adg/sale-group"])
}

/// That nothing was written to a platform since.
fn untouched(field: &Field<'_>, writes: usize) -> Outcome {
    // Whatever rested has rested.
    thread::sleep(SETTLE + Duration::from_secs(3));
    let written = field.writes()?;
    if written.len() != writes {
        return Err(format!("written to platforms: {:?}\n{}", &written[writes..], field.logs()));
    }
    lives(GOOGLE.campaign_lives(field, "search")?, Live::Serving, "on Google")?;
    lives(META.campaign_lives(field, "sale")?, Live::Serving, "on Meta")
}

const OURS: &str = "adgroups,campaigns,creatives,budgets,adaccounts,plans,planapprovals,policies,freezewindows,automationrules,overrides,notificationpolicies";

fn namespace(team: &Team<'_>) -> Outcome {
    let (field, writes) = settled(team)?;
    let admin = |arguments: &[&str]| team.may("admin", arguments, "");
    // A person's own deletion just before, which would be carried out otherwise.
    team.may("editor", &["annotate", "cmp/sale", "adplane.io/confirm-delete=editor"], "")?;
    delete(&field, &["cmp/sale"])?;
    let output = team.cluster.kubectl("admin", &["delete", "namespace", &team.namespace, "--wait=false"], "");
    if !output.success {
        return Err(output.stderr);
    }
    thread::sleep(Duration::from_secs(5));
    admin(&["delete", "secrets,configmaps", "--all", "--wait=false"])?;
    for kind in OURS.split(',') {
        admin(&["delete", kind, "--all", "--wait=false"])?;
    }
    field.until("nothing is left in the namespace", || Ok(field.all(OURS)?.is_empty()))?;
    untouched(&field, writes)
}

fn account(team: &Team<'_>) -> Outcome {
    let (field, writes) = settled(team)?;
    team.may("administrator", &["delete", "adaccounts", "--all", "--wait=false"], "")?;
    team.may(
        "administrator",
        &["annotate", "cmp,adg", "--all", "adplane.io/confirm-delete=administrator"],
        "",
    )?;
    team.may("administrator", &["delete", "adgroups,campaigns", "--all", "--wait=false"], "")?;
    field.until("nothing is left", || Ok(field.all("adaccounts,campaigns,adgroups")?.is_empty()))?;
    untouched(&field, writes)
}

/// The hook that runs before the chart is removed, while the operator still runs.
fn uninstall(team: &Team<'_>) -> Outcome {
    let (field, writes) = settled(team)?;
    let told = released(team.cluster, &["--all"])?;
    if !told.contains("nothing changed on the platforms") {
        return Err(told);
    }
    let sign = ["-n", OPERATOR_NAMESPACE, "get", "configmap", "adplane-uninstall"];
    if !team.cluster.kubectl("admin", &sign, "").success {
        return Err("nothing says that the operator is being uninstalled".to_owned());
    }
    // It does not take hold again.
    field.look(0, META.account)?;
    let held = |object: &Value| !object["metadata"]["finalizers"].is_null();
    if let Some(object) = field.all("adgroups,campaigns")?.iter().find(|object| held(object)) {
        return Err(format!("taken hold of again: {}", object["metadata"]));
    }
    team.may("editor", &["annotate", "cmp,adg", "--all", "adplane.io/confirm-delete=editor"], "")?;
    team.may("editor", &["delete", "adgroups,campaigns", "--all", "--timeout=20s"], "")?;
    untouched(&field, writes)
}

/// On a server of its own: all others need their definitions.
fn definitions(_: &Team<'_>) -> Outcome {
    let cluster = Cluster::start(&Tools::find().map_err(text)?)?;
    let team = Team::in_namespace(&cluster, "shop")?;
    let (field, writes) = settled(&team)?;
    let all = ["get", "crd", "-o", "name"];
    let names = cluster.kubectl("admin", &all, "").stdout;
    let ours: Vec<&str> = names.lines().filter(|name| name.ends_with(".adplane.io")).collect();
    let output = cluster.kubectl("admin", &[&["delete", "--wait=false"][..], &ours].concat(), "");
    if !output.success {
        return Err(output.stderr);
    }
    field.until("no definition is left", || {
        let left = cluster.kubectl("admin", &all, "");
        Ok(left.success && !left.stdout.contains(".adplane.io"))
    })?;
    untouched(&field, writes)
}
