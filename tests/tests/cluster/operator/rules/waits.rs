//! What rules have in force and is not done yet: it waits for people, fails, or is taken back.

use adplane_engine::clock::Clock;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::super::people::{Case, Outcome, Team, document};
use super::super::ads::{Live, META};
use super::super::field::Field;
use super::super::notices::listen;
use super::super::receiver::Receiver;
use super::{field, fired, overrides, paused, rule, telling};

pub(crate) const CASES: &[Case] = &[
    Case::new("half of a rebalance is live and told as nothing before the other half is approved", shares),
    Case::new("where a cut fails nothing is raised, and a rule that was suspended is lifted", fails),
    Case::new("what a person takes back of a rule rests", rests),
    Case::new("in a closed freeze window a rule raises nothing, and cuts where spend may fall", frozen),
];

const FIRED: &str = "io.adplane.rule.fired";
const SUSPENDED: &str = "io.adplane.rule.suspended";
const FAILED: &str = "io.adplane.apply.failed";

/// A field with a second campaign, and somebody who is told everything.
fn two<'a>(team: &'a Team<'a>) -> Result<(Field<'a>, Receiver), String> {
    let field = field(team)?;
    let mut hats = META.whole("hats", &field.pictures);
    let lent = json!({"initial": "30.00 EUR", "min": "10.00 EUR", "max": "90.00 EUR"});
    hats[0]["spec"]["budget"] = json!({"managed": {"daily": lent}});
    hats[0]["metadata"]["labels"] = json!({"team": "boots"});
    field.apply(&hats)?;
    field.carry_out(META.account)?;
    field.ready(&["cmp/boots", "cmp/hats", "adg/hats-group"])?;
    field.reviewed()?;
    let receiver = listen(&field)?;
    Ok((field, receiver))
}

/// A rule that moves a fifth of the budget of `boots` to `hats`.
fn share() -> Value {
    let mut share = rule("share", "act");
    share["spec"]["when"] = json!("self.name == 'boots' && recent.spend > params.limit");
    share["spec"]["action"] = json!({"type": "rebalance", "by": "-20%"});
    share["spec"]["limits"] = json!({"maxShareOfScope": 1});
    share
}

/// The daily budgets of `boots` and `hats`, in cents.
fn live(field: &Field<'_>) -> Result<[String; 2], String> {
    let daily = |name: &str| -> Result<String, String> {
        let found = META.campaigns(field, name)?;
        let first = found.first().ok_or_else(|| format!("no campaign {name}"))?;
        Ok(first["daily_budget"].as_str().unwrap_or_default().to_owned())
    };
    Ok([daily("boots")?, daily("hats")?])
}

fn become_live(field: &Field<'_>, wanted: [&str; 2]) -> Outcome {
    field.until(&format!("{wanted:?} are live"), || {
        let live = live(field)?;
        if live == wanted { Ok(true) } else { Err(format!("{live:?}")) }
    })
}

fn shares(team: &Team<'_>) -> Outcome {
    let (field, receiver) = two(team)?;
    team.create("administrator", &share())?;
    field.until("the rule puts both in force", || Ok(overrides(&field)?.len() == 2))?;
    become_live(&field, ["4800", "3000"])?;
    let plan = field.plan(META.account, "Pending")?;
    if plan["spec"]["classes"] != json!(["raise"]) {
        return Err(plan.to_string());
    }
    field.look_now(META.account)?;
    field.look(0, META.account)?;
    if !receiver.events(FIRED)?.is_empty() || live(&field)? != ["4800", "3000"] {
        return Err(format!("half of it is told as done: {:?}", receiver.events(FIRED)?));
    }
    field.approve_all("approver-a", &plan)?;
    become_live(&field, ["4800", "4200"])?;
    field.until("it is told as done, once", || {
        let told = receiver.events(FIRED)?;
        let words = told.first().map(Value::to_string).unwrap_or_default();
        let both = ["budget from 60.00 EUR to 48.00 EUR", "budget from 30.00 EUR to 42.00 EUR"];
        if told.len() == 1 && both.iter().all(|word| words.contains(word)) {
            Ok(true)
        } else {
            Err(format!("{told:?}"))
        }
    })?;
    field.ready(&["cmp/boots", "cmp/hats"])
}

fn fails(team: &Team<'_>) -> Outcome {
    let (field, receiver) = two(team)?;
    let boots = META.campaigns(&field, "boots")?;
    let id = boots.first().and_then(|campaign| campaign["id"].as_str()).unwrap_or_default().to_owned();
    let refused = json!({"platform": "meta", "method": "POST", "path": id});
    field.sandbox("faults", Some(&json!([{"kind": "refused", "times": 9999, "match": refused}])))?;
    team.create("administrator", &share())?;
    field.until("it is told that the cut failed", || Ok(!receiver.events(FAILED)?.is_empty()))?;
    let plan = field.plan(META.account, "Pending")?;
    field.approve_all("approver-a", &plan)?;
    let name = plan["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    field.until("what raises waits for what failed", || {
        field.look_now(META.account)?;
        let status = team.get(&format!("adplan/{name}"))?["status"].clone();
        let waits = status["message"].as_str().is_some_and(|message| message.contains("it may raise spend"));
        if status["phase"] == "Approved" && waits { Ok(true) } else { Err(status.to_string()) }
    })?;
    suspended(&field, &receiver)?;
    if live(&field)? != ["6000", "3000"] {
        return Err(format!("raised without the cut: {:?}", live(&field)?));
    }
    lifted(&field)?;
    // What was approved goes on by itself.
    field.sandbox("faults", Some(&json!([])))?;
    field.until("both are live", || {
        field.look_now(META.account)?;
        let live = live(&field)?;
        if live == ["4800", "4200"] { Ok(true) } else { Err(format!("{live:?}")) }
    })?;
    field.until("it is told as done", || Ok(receiver.events(FIRED)?.len() == 1))
}

/// Write after write fails, until the rule is suspended and people are told.
fn suspended(field: &Field<'_>, receiver: &Receiver) -> Outcome {
    field.until("the rule is suspended", || {
        field.look_now(META.account)?;
        let found = field.condition("adrule/share", "Suspended")?;
        if found[0] == "True" && found[1] == "WritesFailed" { Ok(true) } else { Err(format!("{found:?}")) }
    })?;
    field.has("adrule/share", "Ready", "False", "WritesFailed", &["adplane.io/lift"])?;
    fired(field, "RuleSuspended", "writes failed")?;
    field.until("people are told", || Ok(!receiver.events(SUSPENDED)?.is_empty()))
}

/// A new value of the annotation lets it go on, and the same value a second time does not.
fn lifted(field: &Field<'_>) -> Outcome {
    let lift = ["annotate", "--overwrite", "adrule/share", "adplane.io/lift=once"];
    field.team.may("administrator", &lift, "")?;
    field.has("adrule/share", "Ready", "True", "Running", &["mode `act`"])
}

fn rests(team: &Team<'_>) -> Outcome {
    let field = telling(team, "5s")?;
    let mut stop = rule("stop-loss", "act");
    // The next tick comes within this case.
    stop["spec"]["schedule"] = json!({"every": "1m"});
    team.create("administrator", &stop)?;
    paused(&field)?;
    let made = overrides(&field)?.remove(0);
    let name = made["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    field.ready(&["cmp/boots"])?;
    team.may("administrator", &["delete", &format!("adover/{name}")], "")?;
    fired(&field, "RuleFired", "is over: somebody deleted its Override")?;
    let plan = field.plan(META.account, "Pending")?;
    if plan["spec"]["classes"] != json!(["raise"]) {
        return Err(plan.to_string());
    }
    field.approve_all("approver-a", &plan)?;
    field.until("it serves again", || Ok(META.campaign_lives(&field, "boots")? == Live::Serving))?;
    let served = Clock::System.now();
    field.until("the rule runs again", || {
        let runs = team.get("adrule/stop-loss")?["status"]["runs"].clone();
        let ran = runs["lastRun"].as_str().and_then(|at| at.parse::<Timestamp>().ok());
        if ran.is_some_and(|ran| ran > served) { Ok(runs["objects"] == 1) } else { Err(runs.to_string()) }
    })?;
    field.look(0, META.account)?;
    if overrides(&field)?.is_empty() && META.campaign_lives(&field, "boots")? == Live::Serving {
        Ok(())
    } else {
        Err(format!("it was paused again: {:?}", overrides(&field)?))
    }
}

/// Waits until a rule says what it would do, with these words.
fn says(field: &Field<'_>, name: &str, words: &str) -> Outcome {
    field.until(&format!("{name} says {words}"), || {
        let runs = field.team.get(&format!("adrule/{name}"))?["status"]["runs"].clone();
        if runs["wanted"].to_string().contains(words) { Ok(true) } else { Err(runs.to_string()) }
    })
}

fn frozen(team: &Team<'_>) -> Outcome {
    let field = field(team)?;
    let always = json!({"ranges": [{"from": "2020-01-01", "to": "2099-12-31"}], "reason": "audit"});
    team.create("administrator", &document("FreezeWindow", "audit", always))?;
    let by = |name: &str, by: &str| {
        let mut rule = rule(name, "act");
        rule["spec"]["action"] = json!({"type": "adjustBudget", "by": by});
        team.create("administrator", &rule).map(drop)
    };
    by("more", "+20%")?;
    says(&field, "more", "a freeze window lets spend fall and nothing else")?;
    field.look(0, META.account)?;
    if !overrides(&field)?.is_empty() {
        return Err(format!("{:?}", overrides(&field)?));
    }
    team.may("administrator", &["delete", "adrule/more"], "")?;
    by("less", "-20%")?;
    field.until("the cut is live", || {
        let found = META.campaigns(&field, "boots")?;
        Ok(found.first().is_some_and(|live| live["daily_budget"] == "4800"))
    })?;
    let nothing = json!({"spec": {"allow": "Nothing"}});
    team.patch("administrator", "adfreeze/audit", &nothing)?;
    team.create("administrator", &rule("stop-loss", "act"))?;
    says(&field, "stop-loss", "a freeze window is closed")?;
    field.look(0, META.account)?;
    let lives = META.campaign_lives(&field, "boots")?;
    if overrides(&field)?.len() == 1 && lives == Live::Serving { Ok(()) } else { Err(format!("{lives:?}")) }
}
