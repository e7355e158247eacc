//! Automation rules: what one decides is an `Override`, planned and applied as everything is; what only proposes or watches
//! writes nothing and says what it would do.

pub(crate) mod waits;

use adplane_engine::clock::Clock;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::super::people::{Case, Outcome, Team, document};
use super::ads::{Live, META};
use super::field::{Field, Wishes};

pub(crate) const CASES: &[Case] = &[
    Case::new("a rule that acts pauses what loses, and lets go when it is deleted", acts),
    Case::new("a rule that cuts does so once, whatever is lost", cuts),
    Case::new("a rule in shadow and one that proposes write nothing, and say what they would do", asks),
];

/// How long before now the sandbox's time begins.
const AGO: SignedDuration = SignedDuration::from_hours(48);
/// The end of what counts until its rule lets go of it.
const OPEN_ENDED: &str = "9999-12-30T22:00:00.999999999Z";

/// A field with a campaign that rules may pause and that has spent.
fn field<'a>(team: &'a Team<'a>) -> Result<Field<'a>, String> {
    telling(team, "1h")
}

/// The same, with statuses that are written so often when nothing but figures changes.
fn telling<'a>(team: &'a Team<'a>, every: &str) -> Result<Field<'a>, String> {
    let wishes = Wishes {
        started: Some(Clock::System.now() - AGO),
        config: json!({"metrics": {"every": "5s", "statusEvery": every}}),
        ..Wishes::default()
    };
    let field = Field::with(team, wishes)?;
    field.accounts(&[&META])?;
    let mut whole = META.whole("boots", &field.pictures);
    whole[0]["spec"]["rulesMayPause"] = json!(true);
    let lent = json!({"initial": "60.00 EUR", "min": "10.00 EUR", "max": "90.00 EUR"});
    whole[0]["spec"]["budget"] = json!({"managed": {"daily": lent}});
    whole[0]["metadata"]["labels"] = json!({"team": "boots"});
    field.apply(&whole)?;
    field.carry_out(META.account)?;
    field.ready(&["cmp/boots", "adg/boots-group"])?;
    field.reviewed()?;
    field.sandbox("clock", Some(&json!({"advance": "47h"})))?;
    field.until("what it spent is told", || {
        let status = team.get("cmp/boots")?["status"].clone();
        Ok(status["metrics"]["flight"]["spendMicros"].as_i64().unwrap_or_default() > 0)
    })?;
    Ok(field)
}

/// A rule that pauses what has spent without a conversion that was worth it.
fn rule(name: &str, mode: &str) -> Value {
    document(
        "AutomationRule",
        name,
        json!({
            "mode": mode,
            "scope": {
                "kind": "Campaign", "accounts": [META.account], "selector": {"matchLabels": {"team": "boots"}},
            },
            "schedule": {"every": "5m"},
            "windows": {"recent": {"days": 3, "end": "today"}},
            "params": {"limit": "0.01 EUR"},
            "when": "recent.spend > params.limit",
            "action": {"type": "pause"},
        }),
    )
}

/// Requests that changed something that runs: reports are asked for as well.
fn writes(field: &Field<'_>) -> Result<Vec<Value>, String> {
    let mut found = field.writes()?;
    found.retain(|entry| entry["path"].as_str().is_some_and(|path| !path.contains("insights")));
    Ok(found)
}

/// Objects of a kind, which are few.
fn overrides(field: &Field<'_>) -> Result<Vec<Value>, String> {
    field.all("adover")
}

fn paused(field: &Field<'_>) -> Outcome {
    field.until("the campaign is paused", || Ok(META.campaign_lives(field, "boots")? == Live::Paused))
}

fn acts(team: &Team<'_>) -> Outcome {
    let field = field(team)?;
    // Somebody is asked about something else, and the rule does not wait for that.
    field.apply(&[META.campaign("hats")])?;
    let waiting = field.plan(META.account, "Pending")?;
    team.create("administrator", &rule("stop-loss", "act"))?;
    field.until("the rule puts a pause in force", || Ok(overrides(&field)?.len() == 1))?;
    let made = overrides(&field)?.remove(0);
    let (spec, owner) = (&made["spec"], &made["metadata"]["ownerReferences"][0]);
    let is_it = spec["object"] == json!({"kind": "Campaign", "name": "boots"})
        && spec["field"] == "state"
        && spec["value"] == "Paused"
        && spec["rule"] == "stop-loss"
        && spec["expires"] == OPEN_ENDED
        && spec["evidence"].as_str().is_some_and(|evidence| evidence.starts_with("sha256:"))
        && owner["kind"] == "AutomationRule"
        && owner["uid"] == team.get("adrule/stop-loss")?["metadata"]["uid"];
    if !is_it {
        return Err(made.to_string());
    }
    // Less is spent without asking anybody, and by a plan that people can read.
    paused(&field)?;
    lowered(&field)?;
    let still = field.plan(META.account, "Pending")?;
    if still["metadata"]["uid"] != waiting["metadata"]["uid"] {
        return Err(format!("another plan waits: {still}"));
    }
    field.carry_out(META.account)?;
    if team.get("cmp/boots")?["spec"]["state"] != "Active" {
        return Err("the rule wrote into what people wrote".to_owned());
    }
    field.has("adrule/stop-loss", "Ready", "True", "Running", &["mode `act`"])?;
    field.until("the rule tells what it has in force", || {
        let runs = &team.get("adrule/stop-loss")?["status"]["runs"];
        if runs["inForce"] == 1 && runs["objects"] == 1 { Ok(true) } else { Err(runs.to_string()) }
    })?;
    fired(&field, "RuleFired", "is in force, and planned")?;
    twice(&field, &made)?;
    given_back(&field)
}

/// A cut would go on and on, if it were forgotten; it would not stop at the first, as a pause does.
fn cuts(team: &Team<'_>) -> Outcome {
    let field = field(team)?;
    let mut cut = rule("cut", "act");
    cut["spec"]["action"] = json!({"type": "adjustBudget", "by": "-20%"});
    team.create("administrator", &cut)?;
    field.until("the rule puts a cut in force", || Ok(overrides(&field)?.len() == 1))?;
    let made = overrides(&field)?.remove(0);
    if made["spec"]["value"] != "48.00 EUR" {
        return Err(made.to_string());
    }
    lowered(&field)?;
    twice(&field, &made)
}

/// The plan that paused it was of class `lower` and named who wrote the rule.
fn lowered(field: &Field<'_>) -> Outcome {
    field.until("the plan that pauses it is applied", || {
        let plans = field.all("adplan")?;
        let ours = plans.iter().find(|plan| plan["spec"]["classes"] == json!(["lower"]));
        let Some(plan) = ours else { return Err(format!("{plans:?}")) };
        let told = plan["status"]["phase"] == "Applied" && plan["spec"]["authors"] == authors();
        if told { Ok(true) } else { Err(plan.to_string()) }
    })
}

/// Whoever wrote the campaign last, and whoever wrote the rule.
fn authors() -> Value {
    json!(["administrator", "editor"])
}

/// An event of the rule, with these words.
fn fired(field: &Field<'_>, reason: &str, words: &str) -> Outcome {
    field.until(&format!("an event {reason} says {words}"), || {
        let events = field.all("events.events.k8s.io")?;
        let theirs = events.iter().filter(|event| event["reason"] == reason);
        let notes: Vec<&str> = theirs.filter_map(|event| event["note"].as_str()).collect();
        if notes.iter().any(|note| note.contains(words)) { Ok(true) } else { Err(format!("{notes:?}")) }
    })
}

/// Neither further looks nor a restart do anything again, with the operator's folder or without it.
fn twice(field: &Field<'_>, made: &Value) -> Outcome {
    field.look(0, META.account)?;
    let before = writes(field)?.len();
    field.restart(0)?;
    field.until("it looks again", || Ok(field.looks(0, META.account).unwrap_or_default() > 2))?;
    field.end(0);
    let fresh = field.replica()?;
    // It has read what was delivered, so that rules run, and takes up what it does not remember.
    field.until("one without memory takes up what is in force", || {
        Ok(field.logs().contains("local state was lost: rules have these in force"))
    })?;
    field.look(fresh, META.account)?;
    let same = overrides(field)?;
    let versions =
        |object: &Value| [object["metadata"]["uid"].clone(), object["metadata"]["generation"].clone()];
    if same.len() != 1 || versions(&same[0]) != versions(made) {
        return Err(format!("written again: {same:?}"));
    }
    let later = writes(field)?;
    if later.len() == before { Ok(()) } else { Err(format!("{:?}\n{}", &later[before..], field.logs())) }
}

/// Deleting the rule gives back what it held, by a plan that somebody approves, and its override goes.
fn given_back(field: &Field<'_>) -> Outcome {
    field.team.may("administrator", &["delete", "adrule/stop-loss"], "")?;
    let plan = field.plan(META.account, "Pending")?;
    if plan["spec"]["classes"] != json!(["raise"]) || META.campaign_lives(field, "boots")? != Live::Paused {
        return Err(plan.to_string());
    }
    field.approve_all("approver-a", &plan)?;
    field.applied(&plan)?;
    field.until("it serves again", || Ok(META.campaign_lives(field, "boots")? == Live::Serving))?;
    field.until("nothing is left of the rule", || Ok(overrides(field)?.is_empty()))?;
    field.ready(&["cmp/boots", "adacc/meta-es"])
}

fn asks(team: &Team<'_>) -> Outcome {
    let field = field(team)?;
    let before = writes(&field)?.len();
    team.create("administrator", &rule("watch", "shadow"))?;
    let would = |name: &str, words: &str| {
        field.until(&format!("{name} says {words}"), || {
            let runs = team.get(&format!("adrule/{name}"))?["status"]["runs"].clone();
            let wanted = runs["wanted"][0].as_str().unwrap_or_default();
            let told = wanted.contains("campaign/boots") && wanted.contains(words) && runs["fired"] == 1;
            if told { Ok(true) } else { Err(runs.to_string()) }
        })
    };
    would("watch", "it would do that")?;
    field.has("adrule/watch", "Ready", "True", "Running", &["mode `shadow`"])?;
    team.may("administrator", &["delete", "adrule/watch"], "")?;
    team.create("administrator", &rule("ask", "propose"))?;
    would("ask", "it proposes, since the rule's mode is `propose`")?;
    field.until("the proposal is open", || Ok(team.get("adrule/ask")?["status"]["runs"]["proposed"] == 1))?;
    fired(&field, "RuleFired", "to agree, write it in git or as an `Override` of your own")?;
    broken(&field)?;
    field.look(0, META.account)?;
    if !overrides(&field)?.is_empty() || !field.plans(META.account)?.is_empty() {
        return Err("something is in force or planned though nobody agreed".to_owned());
    }
    let later = writes(&field)?;
    if later.len() != before {
        return Err(format!("{:?}", &later[before..]));
    }
    agreed(&field)
}

/// A rule that makes no sense says so, and the others go on.
fn broken(field: &Field<'_>) -> Outcome {
    let mut nonsense = rule("nonsense", "act");
    nonsense["spec"]["when"] = json!("recent.spend > params.nothing");
    field.team.create("administrator", &nonsense)?;
    field.has("adrule/nonsense", "Ready", "False", "Invalid", &["nothing"])?;
    field.has("adrule/ask", "Ready", "True", "Running", &[])
}

/// A person agrees by an override of their own: it goes before every rule.
fn agreed(field: &Field<'_>) -> Outcome {
    let own = json!({
        "object": {"kind": "Campaign", "name": "boots"}, "field": "state", "value": "Paused",
        "expires": "2099-01-01T00:00:00Z", "reason": "as the rule proposes",
    });
    field.team.create("administrator", &document("Override", "mine", own))?;
    paused(field)?;
    field.look(0, META.account)?;
    let left: Vec<Value> = overrides(field)?;
    if left.len() == 1 && left[0]["metadata"]["name"] == "mine" { Ok(()) } else { Err(format!("{left:?}")) }
}
