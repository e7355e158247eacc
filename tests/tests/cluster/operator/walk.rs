//! The usual way: applied, planned, approved, live; edited here and there.

use serde_json::json;

use super::super::people::{Case, Outcome, Team};
use super::ads::{ALL, META};
use super::field::Field;

pub(crate) const CASES: &[Case] = &[
    Case::new("three platforms at once", platforms),
    Case::new("an edit makes another plan, and approvals of the former hold for nothing", edited),
    Case::new("what somebody changed on the platform is told with their name", drifted),
    Case::new("less is spent without asking anybody", lowered),
];

/// Nothing is written by further looks, neither to the platforms nor to the cluster.
fn peace(field: &Field<'_>, accounts: &[&str]) -> Outcome {
    field.reviewed()?;
    for account in accounts {
        field.look(0, account)?;
        field.look_now(account)?;
    }
    let (versions, writes) = (field.versions()?, field.writes()?.len());
    for account in accounts {
        field.look(0, account)?;
    }
    let later = field.versions()?;
    let changed: Vec<_> =
        later.iter().filter(|(name, version)| versions.get(*name) != Some(version)).collect();
    if !changed.is_empty() || versions.len() != later.len() {
        return Err(format!("written although nothing changed: {changed:?}\n{}", field.logs()));
    }
    let written = field.writes()?;
    if written.len() == writes { Ok(()) } else { Err(format!("{:?}", &written[writes..])) }
}

fn platforms(team: &Team<'_>) -> Outcome {
    let field = Field::start(team)?;
    field.accounts(&ALL)?;
    let names = ["google-boots", "meta-boots", "tiktok-boots"];
    for (platform, name) in ALL.iter().zip(names) {
        field.apply(&platform.whole(name, &field.pictures))?;
    }
    for platform in ALL {
        field.carry_out(platform.account)?;
    }
    for name in names {
        let (group, creative) = (format!("adg/{name}-group"), format!("crv/{name}-creative"));
        field.ready(&[&format!("cmp/{name}"), &group, &creative])?;
        if team.get(&format!("cmp/{name}"))?["status"]["externalId"].is_null() {
            return Err(format!("{name} tells no external id"));
        }
    }
    // Fetched once for each account.
    if field.pictures.fetched() != 1 {
        return Err(format!("the picture was fetched {} times", field.pictures.fetched()));
    }
    peace(&field, &ALL.map(|platform| platform.account))
}

/// The daily budget of a campaign, changed by an editor.
fn budget(field: &Field<'_>, name: &str, daily: &str) -> Outcome {
    let change = json!({"spec": {"budget": {"daily": daily}}});
    field.team.patch("editor", &format!("cmp/{name}"), &change).map(|_| ())
}

fn edited(team: &Team<'_>) -> Outcome {
    let field = Field::start(team)?;
    field.accounts(&[&META])?;
    field.apply(&META.whole("sale", &field.pictures))?;
    field.carry_out(META.account)?;
    // Nothing is applied while suspended, so that an approval can be there before the edit.
    team.may("administrator", &["annotate", "adacc/meta-es", "adplane.io/suspend=true"], "")?;
    budget(&field, "sale", "90.00 EUR")?;
    let first = field.plan(META.account, "Held")?;
    field.approve("approver-a", &first)?;
    budget(&field, "sale", "120.00 EUR")?;
    let name = first["metadata"]["name"].as_str().unwrap_or_default();
    field.until("the former plan is superseded", || {
        Ok(team.get(&format!("adplan/{name}"))?["status"]["phase"] == "Superseded")
    })?;
    team.may("administrator", &["annotate", "adacc/meta-es", "adplane.io/suspend-"], "")?;
    let second = field.plan(META.account, "Pending")?;
    if second["spec"]["hash"] == first["spec"]["hash"] {
        return Err("another change has the same hash".to_owned());
    }
    let writes = field.writes()?.len();
    field.look(0, META.account)?;
    if field.writes()?.len() != writes {
        return Err("an approval of a plan that was superseded counted".to_owned());
    }
    // Going back to what was approved once needs somebody again.
    budget(&field, "sale", "90.00 EUR")?;
    field.until("the plan is there again", || {
        let plans = field.plans(META.account)?;
        Ok(plans.len() == 1 && plans[0]["spec"]["hash"] == first["spec"]["hash"])
    })?;
    field.look(0, META.account)?;
    if field.writes()?.len() != writes {
        return Err("an approval of a plan that had run its course counted".to_owned());
    }
    field.carry_out(META.account)?;
    field.ready(&["cmp/sale"])
}

fn drifted(team: &Team<'_>) -> Outcome {
    let field = Field::start(team)?;
    field.accounts(&[&META])?;
    field.apply(&META.whole("sale", &field.pictures))?;
    field.carry_out(META.account)?;
    field.ready(&["cmp/sale", "adg/sale-group"])?;
    let writes = field.writes()?.len();
    META.edit(&field, "sale", &json!({"daily_budget": "4400"}), "ana@shop.example")?;
    field.has("cmp/sale", "Drifted", "True", "ChangedOnPlatform", &["44", "ana@shop.example"])?;
    field.has("adg/sale-group", "Drifted", "False", "NoDrift", &[])?;
    field.look(0, META.account)?;
    if field.writes()?.len() != writes {
        return Err("what was changed on the platform was changed back, though nobody asked".to_owned());
    }
    // Taken up, it is no drift any more.
    budget(&field, "sale", "44.00 EUR")?;
    field.has("cmp/sale", "Drifted", "False", "NoDrift", &[])?;
    field.ready(&["cmp/sale"])
}

fn lowered(team: &Team<'_>) -> Outcome {
    let field = Field::start(team)?;
    field.accounts(&[&META])?;
    field.apply(&META.whole("sale", &field.pictures))?;
    field.carry_out(META.account)?;
    budget(&field, "sale", "30.00 EUR")?;
    field.until("it is applied", || {
        Ok(META.campaigns(&field, "sale")?.first().is_some_and(|live| live["daily_budget"] == "3000"))
    })?;
    field.ready(&["cmp/sale"])
}
