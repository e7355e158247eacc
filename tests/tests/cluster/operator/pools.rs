//! Budget pools: what one gives to campaigns of several platforms are `Override`s, planned and applied as everything is;
//! nothing is raised before what lowers another campaign is live, and nothing is given twice.

pub(crate) mod guard;
pub(crate) mod trouble;

use std::time::Duration;

use adplane_engine::clock::Clock;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::super::people::{Case, Outcome, Team, document};
use super::ads::{GOOGLE, META, Platform};
use super::field::{Field, Wishes};

pub(crate) const CASES: &[Case] = &[
    Case::new("a pool paces campaigns of two platforms, cuts first, and goes with its budget", paces),
    Case::new("a pool that is wrong says so, and nothing moves", wrong),
];

/// How long before now the sandbox's time begins: days before yesterday would be read again only on the next day.
const AGO: SignedDuration = SignedDuration::from_hours(24);
/// The campaigns of the pool, and where each is.
const CAMPAIGNS: [(&Platform, &str); 2] = [(&META, "boots"), (&GOOGLE, "hats")];

/// Two campaigns on two platforms, whose amounts git lends.
fn field<'a>(team: &'a Team<'a>) -> Result<Field<'a>, String> {
    with(team, Duration::ZERO, &json!({}))
}

/// The same, where platforms answer so much later and the operator's configuration says more.
fn with<'a>(team: &'a Team<'a>, latency: Duration, more: &Value) -> Result<Field<'a>, String> {
    let mut config = json!({"metrics": {"every": "5s", "statusEvery": "5s"}});
    for (key, value) in more.as_object().into_iter().flatten() {
        config[key] = value.clone();
    }
    let wishes = Wishes { latency, started: Some(Clock::System.now() - AGO), config };
    let field = Field::with(team, wishes)?;
    field.accounts(&[&META, &GOOGLE])?;
    for (platform, name) in CAMPAIGNS {
        let mut whole = platform.whole(name, &field.pictures);
        let lent = json!({"initial": "10.00 EUR", "min": "5.00 EUR", "max": "60.00 EUR"});
        whole[0]["spec"]["budget"] = json!({"managed": {"daily": lent}});
        whole[0]["metadata"]["labels"] = json!({"range": "rain"});
        field.apply(&whole)?;
    }
    for (platform, name) in CAMPAIGNS {
        field.carry_out(platform.account)?;
        field.ready(&[&format!("cmp/{name}")])?;
    }
    field.reviewed()?;
    field.sandbox("clock", Some(&json!({"advance": "23h"})))?;
    Ok(field)
}

/// A day so many days from now.
fn day(days: i64) -> String {
    let at = Clock::System.now() + SignedDuration::from_hours(24 * days);
    at.to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
}

/// 400 euros over ten days, of which two are over: some fifty a day.
fn pool(weights: &Value) -> Value {
    let pool = json!({
        "total": "400.00 EUR", "start": day(-2), "end": day(7), "pattern": "Even",
        "selector": {"matchLabels": {"range": "rain"}}, "allocation": "Weights", "weights": weights,
    });
    document("Budget", "rain", json!({"pool": pool}))
}

/// What the pool has in force for a campaign.
fn given(field: &Field<'_>, name: &str) -> Result<Value, String> {
    let mut found = field.all("adover")?;
    found.retain(|one| one["spec"]["object"]["name"] == name);
    match found.len() {
        1 => Ok(found.remove(0)),
        _ => Err(format!("{name}: {found:?}")),
    }
}

fn live(field: &Field<'_>, name: &str) -> Result<String, String> {
    let status = &field.team.get(&format!("cmp/{name}"))?["status"];
    Ok(status["budget"].as_str().unwrap_or_default().to_owned())
}

/// Euros of an amount such as `12.50 EUR`.
fn euros(amount: &str) -> f64 {
    amount.trim_end_matches(" EUR").parse().unwrap_or(f64::NAN)
}

fn paces(team: &Team<'_>) -> Outcome {
    let field = field(team)?;
    team.create("administrator", &pool(&json!({"boots": 1, "hats": 1})))?;
    let uid = team.get("adbud/rain")?["metadata"]["uid"].clone();
    for (platform, name) in CAMPAIGNS {
        let plan = field.plan(platform.account, "Pending")?;
        let authors = plan["spec"]["authors"].to_string();
        if plan["spec"]["classes"] != json!(["raise"]) || !authors.contains("administrator") {
            return Err(plan.to_string());
        }
        let made = given(&field, name)?;
        let owner = &made["metadata"]["ownerReferences"][0];
        if owner["kind"] != "Budget" || owner["uid"] != uid || made["spec"]["rule"] != "rain" {
            return Err(made.to_string());
        }
        field.approve_all("approver-a", &plan)?;
        field.applied(&plan)?;
    }
    is_live(&field)?;
    field.has("adbud/rain", "Ready", "True", "Paced", &[])?;
    let standing = team.get("adbud/rain")?["status"]["pool"].clone();
    let names: Vec<&str> = standing["campaigns"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| one["name"].as_str())
        .collect();
    if names != ["hats", "boots"] || euros(standing["today"].as_str().unwrap_or_default()) <= 20.0 {
        return Err(standing.to_string());
    }
    field.until("an event tells what was put in force", || {
        let events = field.all("events.events.k8s.io")?;
        let mut paced = events.iter().filter(|event| event["reason"] == "PoolPaced");
        Ok(paced.any(|event| {
            event["note"].as_str().is_some_and(|note| note.contains("boots: budget from 10.00 EUR"))
        }))
    })?;
    remembered(&field)?;
    cuts_first(&field)?;
    given_back(&field)
}

/// What is in force is what is live.
fn is_live(field: &Field<'_>) -> Outcome {
    field.until("what the pool gives is live", || {
        for (_, name) in CAMPAIGNS {
            let (wanted, live) = (given(field, name)?["spec"]["value"].clone(), live(field, name)?);
            if wanted != json!(live) {
                return Err(format!("{name}: {wanted}, and {live} is live"));
            }
        }
        Ok(true)
    })
}

fn versions(field: &Field<'_>) -> Result<Vec<Value>, String> {
    let made = CAMPAIGNS.iter().map(|(_, name)| given(field, name));
    made.map(|one| one.map(|one| json!([one["metadata"]["uid"], one["metadata"]["generation"]]))).collect()
}

/// When the pool was worked out last.
fn worked_out(field: &Field<'_>) -> Result<Timestamp, String> {
    let status = &field.team.get("adbud/rain")?["status"]["pool"];
    status["asOf"].as_str().unwrap_or_default().parse().map_err(|_| status.to_string())
}

/// Waits until the pool has been worked out anew and gives what it gave; the sandbox tells of its days little by little.
fn rested(field: &Field<'_>) -> Result<Vec<Value>, String> {
    let (mut since, mut before) = (worked_out(field)?, versions(field)?);
    field.until("the pool gives what it gave", || {
        let at = worked_out(field)?;
        if at < since + SignedDuration::from_secs(12) {
            return Ok(false);
        }
        let now = versions(field)?;
        let same = now == before;
        (since, before) = (at, now);
        Ok(same)
    })?;
    is_live(field)?;
    Ok(before)
}

/// The `ConfigMap` of what was given, beside the operator and not in its folder.
fn memory(field: &Field<'_>) -> Result<Value, String> {
    let listed = field.team.cluster.kubectl("admin", &["get", "configmaps", "-A", "-o", "json"], "");
    let found: Value = serde_json::from_str(&listed.stdout).map_err(super::field::text)?;
    let named = format!("{}/rain", field.team.namespace);
    let mut maps = found["items"].as_array().into_iter().flatten();
    let map = maps.find(|map| map["metadata"]["annotations"]["adplane.io/pool"] == named.as_str());
    Ok(map.ok_or("nothing is remembered")?.clone())
}

/// What is remembered of today's amounts of the campaigns, in euros.
fn remembers(field: &Field<'_>) -> Result<Vec<f64>, String> {
    let map = memory(field)?;
    let memory = map["data"]["memory.json"].as_str().unwrap_or_default();
    let memory: Value = serde_json::from_str(memory).map_err(super::field::text)?;
    let today = memory["given"].as_object().and_then(|days| days.values().next_back()).cloned();
    let amounts = today.unwrap_or_default()["amounts"].as_object().cloned().unwrap_or_default();
    let kept = CAMPAIGNS.iter().map(|(_, name)| {
        let own = amounts.iter().find(|(object, _)| object.ends_with(&format!("/{name}")));
        let micros = own.and_then(|(_, amount)| amount["amount"].as_f64());
        micros.map(|micros| micros / 1_000_000.0).ok_or_else(|| format!("nothing of {name}: {memory}"))
    });
    kept.collect()
}

/// What was given is remembered, by day and campaign.
fn kept(field: &Field<'_>) -> Outcome {
    for ((_, name), kept) in CAMPAIGNS.iter().zip(remembers(field)?) {
        let given = given(field, name)?["spec"]["value"].as_str().map(euros).unwrap_or_default();
        if (kept - given).abs() > 0.001 {
            return Err(format!("{name}: {given}, and {kept} is remembered"));
        }
    }
    Ok(())
}

/// An operator that has lost its folder gives nothing of the day again.
fn remembered(field: &Field<'_>) -> Outcome {
    let before = rested(field)?;
    kept(field)?;
    field.end(0);
    let ended = Clock::System.now();
    field.replica()?;
    field.until("the pool is worked out again", || {
        Ok(worked_out(field)? > ended + SignedDuration::from_secs(2))
    })?;
    let after = versions(field)?;
    if before == after { Ok(()) } else { Err(format!("{before:?}, then {after:?}\n{}", field.logs())) }
}

/// Another split: one campaign falls, on an account where nothing is written for now, and the other waits for that.
fn cuts_first(field: &Field<'_>) -> Outcome {
    let team = field.team;
    let suspend = |word: &str| {
        let word = format!("adplane.io/suspend={word}");
        team.may("administrator", &["annotate", "--overwrite", "adacc/meta-es", &word], "").map(drop)
    };
    let before = rested(field)?;
    let (boots, hats) = (euros(&live(field, "boots")?), euros(&live(field, "hats")?));
    suspend("true")?;
    let weights = json!({"spec": {"pool": {"weights": {"boots": 1, "hats": 4}}}});
    team.patch("administrator", "adbud/rain", &weights)?;
    field.has(
        "adbud/rain",
        "Ready",
        "False",
        "AmountsWait",
        &["boots: its account is suspended", "hats: what lowers"],
    )?;
    if versions(field)? != before {
        return Err("something was put in force".to_owned());
    }
    suspend("false")?;
    // Less is spent without asking anybody; only then more is asked for elsewhere.
    let plan = field.plan(GOOGLE.account, "Pending")?;
    let fell = live(field, "boots")?;
    let rises = given(field, "hats")?["spec"]["value"].as_str().map(euros).unwrap_or_default();
    if given(field, "boots")?["spec"]["value"] != json!(fell) || euros(&fell) >= boots || rises <= hats {
        return Err(format!("boots {boots} to {fell}, hats {hats} to {rises}: {plan}"));
    }
    field.has("adbud/rain", "Ready", "False", "AmountsWait", &["hats: in force, and not live yet"])?;
    field.approve_all("approver-a", &plan)?;
    field.applied(&plan)?;
    is_live(field)?;
    field.has("adbud/rain", "Ready", "True", "Paced", &[])
}

/// With its budget goes what it has in force, by plans, and git's amounts count again.
fn given_back(field: &Field<'_>) -> Outcome {
    field.team.may("administrator", &["delete", "adbud/rain"], "")?;
    // For the one that had less it is a raise.
    let plan = field.plan(META.account, "Pending")?;
    field.approve_all("approver-a", &plan)?;
    field.applied(&plan)?;
    field.until("git's amounts are live", || {
        for (_, name) in CAMPAIGNS {
            let live = live(field, name)?;
            if live != "10.00 EUR" {
                return Err(format!("{name}: {live}"));
            }
        }
        Ok(true)
    })?;
    field.until("nothing is left of the pool", || Ok(field.all("adover")?.is_empty()))
}

fn wrong(team: &Team<'_>) -> Outcome {
    let field = field(team)?;
    let before = field.writes()?.len();
    let mut poor = pool(&json!({"boots": 1, "hats": 1}));
    poor["spec"]["pool"]["total"] = json!("90.00 EUR");
    team.create("administrator", &poor)?;
    field.has(
        "adbud/rain",
        "Ready",
        "False",
        "Invalid",
        &["the campaigns spend at least 100.00 EUR in 10 days"],
    )?;
    let mut alone = pool(&json!({}));
    alone["metadata"]["name"] = json!("nobodys");
    alone["spec"]["pool"]["selector"] = json!({"matchLabels": {"range": "snow"}});
    team.create("administrator", &alone)?;
    field.has("adbud/nobodys", "Ready", "True", "Unused", &["no campaign draws on it"])?;
    if !field.all("adover")?.is_empty() {
        return Err("a pool that is wrong gave something".to_owned());
    }
    let enough = json!({"spec": {"pool": {"total": "400.00 EUR"}}});
    team.patch("administrator", "adbud/rain", &enough)?;
    field.until("mended, it gives amounts", || Ok(field.all("adover")?.len() == 2))?;
    let budgets = |entry: &&Value| entry["path"].as_str().is_some_and(|path| !path.contains("insights"));
    let later = field.writes()?.iter().skip(before).filter(budgets).count();
    // Raises wait for somebody to approve them.
    if later == 0 { Ok(()) } else { Err(format!("{later} writes")) }
}
