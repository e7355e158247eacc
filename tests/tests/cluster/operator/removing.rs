//! One object of each kind is deleted, with each policy that it can have: what becomes of its ads.
//!
//! | kind | deleting one |
//! |---|---|
//! | `Campaign`, `AdGroup`, `Budget` | does what its `deletionPolicy` says, else its account's |
//! | `AdAccount` | does nothing, whatever its policy is: that one is for what it holds |
//! | `Creative`, `Policy`, `FreezeWindow` | does nothing by itself: they have no policy, and nothing live |

use std::thread;
use std::time::Duration;

use adplane_core::ids::{Namespace, ProjectName};
use adplane_core::marker::Owner;
use serde_json::{Value, json};

use super::super::people::{Case, Outcome, Team, document, with};
use super::ads::{ALL, GOOGLE, Live, META, Platform, TIKTOK};
use super::field::{Field, SETTLE, text};

pub(crate) const CASES: &[Case] = &[
    Case::new("groups with each policy, on each platform", groups),
    Case::new("shared budgets with each policy", budgets),
    Case::new("a shared budget that something draws on", drawn_on),
    Case::new("campaigns with the policy of their account, and then the accounts", accounts),
    Case::new("a creative that is shown, and one that is not", creatives),
    Case::new("a policy and a freeze window that held something back", rules),
];

const POLICIES: [&str; 3] = ["Pause", "Orphan", "Delete"];

/// The owner of everything in the team's namespace, as markers on the platforms name it.
fn owner(team: &Team<'_>) -> Result<String, String> {
    let project = ProjectName::new("shop").map_err(text)?;
    let namespace = Namespace::new(&team.namespace).map_err(text)?;
    Ok(Owner::of_cluster(&project, &namespace).as_str().to_owned())
}

/// What became of something live.
#[derive(Debug, PartialEq, Eq)]
struct Became {
    lives: Live,
    /// Whether it carries our marker.
    ours: bool,
}

/// What a policy makes of something that served.
fn promised(policy: &str) -> Became {
    match policy {
        "Pause" => Became { lives: Live::Paused, ours: true },
        "Orphan" => Became { lives: Live::Serving, ours: false },
        _ => Became { lives: Live::Gone, ours: false },
    }
}

fn became(team: &Team<'_>, lives: Live, found: &[Value]) -> Result<Became, String> {
    let owner = owner(team)?;
    Ok(Became { lives, ours: found.iter().any(|object| object.to_string().contains(&owner)) })
}

fn is<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, expected: &T) -> Outcome {
    if found == expected { Ok(()) } else { Err(format!("{what}: {found:?}, not {expected:?}")) }
}

/// Deletes objects as an editor, without waiting; those that go from the platform too are confirmed first.
fn delete(field: &Field<'_>, objects: &[String]) -> Outcome {
    let with = |words: &[&str]| {
        let mut arguments: Vec<&str> = words[..1].to_vec();
        arguments.extend(objects.iter().map(String::as_str));
        arguments.extend(&words[1..]);
        field.team.may("editor", &arguments, "").map(|_| ())
    };
    with(&["annotate", "--overwrite", "adplane.io/confirm-delete=editor"])?;
    with(&["delete", "--wait=false"])
}

/// Waits until objects are gone, all of them.
fn gone(field: &Field<'_>, objects: &[String]) -> Outcome {
    objects.iter().try_for_each(|object| field.gone(object))
}

/// That nothing more is written to any platform: whatever rests has rested, and was looked at.
fn rests(field: &Field<'_>, accounts: &[&Platform], writes: usize) -> Outcome {
    thread::sleep(SETTLE + Duration::from_secs(1));
    accounts.iter().try_for_each(|platform| field.look(0, platform.account))?;
    let written = field.writes()?;
    if written.len() == writes {
        return Ok(());
    }
    Err(format!("written to platforms: {:?}\n{}", &written[writes..], field.logs()))
}

fn groups(team: &Team<'_>) -> Outcome {
    let field = Field::start(team)?;
    field.accounts(&ALL)?;
    let mut deleted = Vec::new();
    for platform in ALL {
        let campaign = format!("{}-shop", platform.account);
        let mut documents = vec![platform.campaign(&campaign)];
        // One more, that stays.
        for policy in POLICIES.into_iter().chain(["Stays"]) {
            let name = format!("{}-{}", platform.account, policy.to_lowercase());
            documents.push(platform.creative(&name, &field.pictures));
            let group = platform.group(&name, &campaign, &name);
            if policy == "Stays" {
                documents.push(group);
            } else {
                documents.push(with(group, "deletionPolicy", json!(policy)));
                deleted.push(format!("adg/{name}"));
            }
        }
        field.apply(&documents)?;
    }
    for platform in ALL {
        field.carry_out(platform.account)?;
    }
    field.ready(&deleted.iter().map(String::as_str).collect::<Vec<_>>())?;
    let first = deleted.iter().find(|name| name.ends_with("delete")).ok_or("none")?;
    team.must_not("editor", &["delete", first], "", &["first annotate adplane.io/confirm-delete=editor"])?;
    delete(&field, &deleted)?;
    gone(&field, &deleted)?;
    for platform in ALL {
        for policy in POLICIES {
            let name = format!("{}-{}", platform.account, policy.to_lowercase());
            let (lives, found) = (platform.group_lives(&field, &name)?, platform.groups(&field, &name)?);
            is(&name, &became(team, lives, &found)?, &promised(policy))?;
        }
        // The campaign serves what else it has.
        let stays = format!("{}-stays", platform.account);
        is(&stays, &platform.group_lives(&field, &stays)?, &Live::Serving)?;
        let campaign = format!("{}-shop", platform.account);
        is(&campaign, &platform.campaign_lives(&field, &campaign)?, &Live::Serving)?;
    }
    let writes = field.writes()?.len();
    rests(&field, &ALL, writes)
}

/// A shared budget of Google.
fn budget(name: &str, policy: &str) -> Value {
    let spec = json!({
        "displayName": name, "shared": {"account": GOOGLE.account, "daily": "40.00 EUR"}, "deletionPolicy": policy,
    });
    document("Budget", name, spec)
}

/// What became of a budget; it cannot be paused.
fn of_budget(field: &Field<'_>, name: &str) -> Result<Became, String> {
    let found = GOOGLE.budgets(field, name)?;
    let lives = if found.is_empty() { Live::Gone } else { Live::Serving };
    became(field.team, lives, &found)
}

fn budgets(team: &Team<'_>) -> Outcome {
    let field = Field::start(team)?;
    field.accounts(&[&GOOGLE])?;
    let names = POLICIES.map(str::to_lowercase);
    field.apply(&POLICIES.map(|policy| budget(&policy.to_lowercase(), policy)))?;
    // Nothing draws on them, so they spend nothing, and nobody is asked.
    let objects = names.clone().map(|name| format!("adbud/{name}"));
    field.ready(&objects.each_ref().map(String::as_str))?;
    for name in &names {
        is(name, &of_budget(&field, name)?, &Became { lives: Live::Serving, ours: true })?;
    }
    let words = ["first annotate adplane.io/confirm-delete=editor"];
    team.must_not("editor", &["delete", "adbud/delete"], "", &words)?;
    delete(&field, &objects)?;
    gone(&field, &objects)?;
    // Nothing draws on it, so it spends nothing: it stays as it is, and stays ours.
    is("Pause", &of_budget(&field, "pause")?, &Became { lives: Live::Serving, ours: true })?;
    is("Orphan", &of_budget(&field, "orphan")?, &promised("Orphan"))?;
    is("Delete", &of_budget(&field, "delete")?, &promised("Delete"))?;
    let writes = field.writes()?.len();
    rests(&field, &[&GOOGLE], writes)
}

/// A campaign that draws on a shared budget, both deleted on the platform too.
fn drawing(field: &Field<'_>, name: &str, budget: &str) -> [Value; 3] {
    let [mut campaign, group, creative] = GOOGLE.whole(name, &field.pictures);
    campaign["spec"]["budget"] = json!({"ref": budget});
    let policy = |document| with(document, "deletionPolicy", json!("Delete"));
    [policy(campaign), policy(group), creative]
}

fn drawn_on(team: &Team<'_>) -> Outcome {
    let field = Field::start(team)?;
    field.accounts(&[&GOOGLE])?;
    let mut documents = ["stays", "goes"].map(|name| budget(name, "Delete")).to_vec();
    documents.extend(drawing(&field, "shop", "stays"));
    documents.extend(drawing(&field, "sale", "goes"));
    field.apply(&documents)?;
    field.carry_out(GOOGLE.account)?;
    field.ready(&["cmp/shop", "cmp/sale", "adbud/stays", "adbud/goes"])?;
    for name in ["stays", "goes"] {
        is(name, &of_budget(&field, name)?, &Became { lives: Live::Serving, ours: true })?;
    }
    // Together with everything that draws on it.
    let together = ["cmp/sale", "adg/sale-group", "adbud/goes"].map(ToOwned::to_owned);
    delete(&field, &together)?;
    gone(&field, &together)?;
    is("the campaign", &GOOGLE.campaign_lives(&field, "sale")?, &Live::Gone)?;
    is("its budget", &of_budget(&field, "goes")?, &promised("Delete"))?;
    // While something draws on it, it is not taken away, and says so.
    delete(&field, &["adbud/stays".to_owned()])?;
    field.has("adbud/stays", "Ready", "False", "Deleting", &["shop", "draws on it"])?;
    let writes = field.writes()?.len();
    rests(&field, &[&GOOGLE], writes)?;
    is("the campaign", &GOOGLE.campaign_lives(&field, "shop")?, &Live::Serving)?;
    is("its budget", &of_budget(&field, "stays")?, &Became { lives: Live::Serving, ours: true })?;
    team.patch("editor", "cmp/shop", &json!({"spec": {"budget": {"ref": null, "daily": "40.00 EUR"}}}))?;
    field.until("the campaign has a budget of its own, and the shared one is gone", || {
        for plan in field.plans(GOOGLE.account)? {
            if plan["status"]["phase"] == "Pending" && plan["status"]["approvals"].is_null() {
                field.approve_all("approver-a", &plan)?;
            }
        }
        Ok(team.kubectl("admin", &["get", "adbud/stays"], "").stderr.contains("not found"))
    })?;
    is("its budget", &of_budget(&field, "stays")?, &promised("Delete"))?;
    is("the campaign", &GOOGLE.campaign_lives(&field, "shop")?, &Live::Serving)?;
    field.ready(&["cmp/shop"])
}

/// An account's policy holds for what has none of its own. The account itself has nothing live.
fn accounts(team: &Team<'_>) -> Outcome {
    let field = Field::start(team)?;
    let policies = [(&GOOGLE, "Pause"), (&META, "Orphan"), (&TIKTOK, "Delete")];
    for (platform, policy) in policies {
        let account = with(platform.account(&field), "deletionPolicy", json!(policy));
        team.create("administrator", &account)?;
        for name in ["first", "second"] {
            field.apply(&platform.whole(&format!("{}-{name}", platform.account), &field.pictures))?;
        }
    }
    for (platform, _) in policies {
        field.carry_out(platform.account)?;
    }
    let of =
        |kind: &str, name: &str| policies.map(|(platform, _)| format!("{kind}/{}-{name}", platform.account));
    field.ready(&of("cmp", "first").each_ref().map(String::as_str))?;
    field.ready(&of("cmp", "second").each_ref().map(String::as_str))?;
    let first = [of("adg", "first-group"), of("cmp", "first")].concat();
    delete(&field, &first)?;
    gone(&field, &first)?;
    for (platform, policy) in policies {
        let name = format!("{}-first", platform.account);
        let (lives, found) = (platform.campaign_lives(&field, &name)?, platform.campaigns(&field, &name)?);
        is(&name, &became(team, lives, &found)?, &promised(policy))?;
    }
    // Accounts hold no finalizer: they go at once, and what they held is left as it is.
    let writes = field.writes()?.len();
    for (platform, _) in policies {
        team.may("administrator", &["delete", &format!("adacc/{}", platform.account), "--timeout=10s"], "")?;
    }
    for name in of("cmp", "second") {
        field.has(&name, "Ready", "False", "Invalid", &["there is no AdAccount"])?;
    }
    let second = [of("adg", "second-group"), of("cmp", "second")].concat();
    delete(&field, &second)?;
    gone(&field, &second)?;
    thread::sleep(SETTLE + Duration::from_secs(3));
    is("writes", &field.writes()?.len(), &writes)?;
    for (platform, _) in policies {
        let name = format!("{}-second", platform.account);
        let (lives, found) = (platform.campaign_lives(&field, &name)?, platform.campaigns(&field, &name)?);
        is(&name, &became(team, lives, &found)?, &Became { lives: Live::Serving, ours: true })?;
    }
    Ok(())
}

/// Kinds without a policy: the definition takes none.
fn has_no_policy(team: &Team<'_>, document: &Value) -> Outcome {
    let document = with(document.clone(), "deletionPolicy", json!("Delete"));
    team.cannot_create("administrator", &document, &["unknown field \"spec.deletionPolicy\""])
}

fn creatives(team: &Team<'_>) -> Outcome {
    let field = Field::start(team)?;
    field.accounts(&[&META])?;
    let [campaign, group, creative] = META.whole("sale", &field.pictures);
    let spare = META.creative("spare", &field.pictures);
    has_no_policy(team, &META.creative("other", &field.pictures))?;
    field.apply(&[campaign, group, creative.clone(), spare])?;
    field.carry_out(META.account)?;
    field.ready(&["cmp/sale", "adg/sale-group", "crv/sale-creative"])?;
    let writes = field.writes()?.len();
    team.may("editor", &["delete", "crv/spare", "crv/sale-creative", "--timeout=10s"], "")?;
    // What shows it says so, and shows on.
    field.has("adg/sale-group", "Stalled", "True", "Invalid", &["sale-creative"])?;
    field.ready(&["cmp/sale"])?;
    rests(&field, &[&META], writes)?;
    is("the group", &META.group_lives(&field, "sale-group")?, &Live::Serving)?;
    // Written again, it is the same, and nothing was lost.
    field.apply(&[creative])?;
    field.ready(&["adg/sale-group", "crv/sale-creative"])?;
    rests(&field, &[&META], writes)
}

fn rules(team: &Team<'_>) -> Outcome {
    let field = Field::start(team)?;
    field.accounts(&[&META])?;
    let rule = json!({
        "name": "cap", "severity": "Deny", "when": "after.budget.daily > money('50 EUR')", "message": "above 50",
    });
    let policy = document("Policy", "guard", json!({"rules": [rule]}));
    let always = json!({"ranges": [{"from": "2020-01-01", "to": "2099-12-31"}], "reason": "Peak season"});
    let window = document("FreezeWindow", "peak", always);
    has_no_policy(team, &policy)?;
    has_no_policy(team, &window)?;
    team.create("administrator", &policy)?;
    field.apply(&META.whole("sale", &field.pictures))?;
    field.ready(&["adpol/guard"])?;
    field.plan(META.account, "Denied")?;
    team.create("administrator", &window)?;
    field.ready(&["adfreeze/peak"])?;
    // The policy goes at once; nothing is written for that.
    team.may("administrator", &["delete", "adpol/guard", "--timeout=10s"], "")?;
    let plan = field.plan(META.account, "Pending")?;
    field.approve("approver-a", &plan)?;
    field.plan(META.account, "Held")?;
    field.look(0, META.account)?;
    is("writes", &field.writes()?.len(), &0)?;
    // Neither is anything for the window, but what it held back and somebody approved.
    team.may("administrator", &["delete", "adfreeze/peak", "--timeout=10s"], "")?;
    field.look_now(META.account)?;
    field.until("what was held back is live", || {
        // Without the window it is another plan.
        for plan in field.plans(META.account)? {
            if plan["status"]["phase"] == "Pending" && plan["status"]["approvals"].is_null() {
                field.approve("approver-a", &plan)?;
            }
        }
        Ok(META.campaign_lives(&field, "sale")? == Live::Serving)
    })?;
    field.ready(&["cmp/sale", "adg/sale-group"])?;
    is("the campaign", &META.campaign_lives(&field, "sale")?, &Live::Serving)
}
