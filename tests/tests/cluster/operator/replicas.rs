//! Several replicas: one writes, and when it ends without a word another goes on.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::super::people::{Case, Outcome, Team};
use super::super::server::OPERATOR_NAMESPACE;
use super::ads::{Live, META};
use super::deeds::is_ready;
use super::field::{Field, SOON, Wishes};

pub(crate) const CASES: &[Case] = &[
    Case::new("one that is killed in the middle of an apply", killed),
    Case::new("one that sleeps in the middle of an apply and wakes up", asleep),
    Case::new("one that is asked to end hands over at once", asked),
];

/// How late platforms answer, so that an apply can be met in its middle.
const LATENCY: Duration = Duration::from_millis(250);
/// How many campaigns are made, each with a group and an ad.
const CAMPAIGNS: usize = 8;
/// Writes after which the apply is in its middle.
const SOME: usize = 5;

fn name(number: usize) -> String {
    format!("sale-{number}")
}

/// Two replicas in the middle of an apply; the number of the one that writes.
fn halfway<'a>(team: &'a Team<'a>) -> Result<(Field<'a>, usize), String> {
    let field = Field::with(team, Wishes { latency: LATENCY, ..Wishes::default() })?;
    field.replica()?;
    field.accounts(&[&META])?;
    let documents = (0..CAMPAIGNS).flat_map(|number| META.whole(&name(number), &field.pictures));
    field.apply(&documents.collect::<Vec<_>>())?;
    let plan = field.plan(META.account, "Pending")?;
    field.approve("approver-a", &plan)?;
    field.until("some of it is written", || Ok(field.writes()?.len() >= SOME))?;
    let holds =
        |number: usize| Ok::<_, String>(field.page(number, "/metrics")?.contains("adplane_shards_held 1"));
    let writer = match (holds(0)?, holds(1)?) {
        (true, false) => 0,
        (false, true) => 1,
        both => return Err(format!("shards held: {both:?}")),
    };
    Ok((field, writer))
}

/// Who holds the only shard, and how often it changed hands.
fn lease(team: &Team<'_>) -> Result<(String, u64), String> {
    let arguments = ["-n", OPERATOR_NAMESPACE, "get", "lease", "adplane-shard-0", "-o", "json"];
    let output = team.cluster.kubectl("admin", &arguments, "");
    let lease: Value =
        serde_json::from_str(&output.stdout).map_err(|error| format!("{error}: {}", output.stderr))?;
    let spec = &lease["spec"];
    let holder = spec["holderIdentity"].as_str().unwrap_or_default();
    Ok((holder.to_owned(), spec["leaseTransitions"].as_u64().unwrap_or_default()))
}

/// Lines of a replica's log that tell of a write.
fn told(field: &Field<'_>, number: usize) -> Result<usize, String> {
    field.of(number, |replica| replica.log().lines().filter(|line| line.contains(": written ")).count())
}

/// Waits until the shard has another holder; nothing may be written meanwhile but what was under way.
fn taken_over(field: &Field<'_>, former: &(String, u64)) -> Outcome {
    thread::sleep(LATENCY * 4);
    let writes = field.writes()?.len();
    let begun = Instant::now();
    field.until("another replica holds the shard", || {
        let now = lease(field.team)?;
        // Read before the lease was seen to have changed, so nobody may have written.
        let written = field.writes()?.len();
        if lease(field.team)? == *former && written != writes {
            return Err(format!("written {} times while nobody could", written - writes));
        }
        Ok(now.0 != former.0 && !now.0.is_empty() && now.1 > former.1)
    })?;
    // Whoever was asked meanwhile is given up on, but not before the former holder's time is over.
    if begun.elapsed() < Duration::from_secs(1) {
        return Err("taken over while the lease still ran".to_owned());
    }
    Ok(())
}

/// That everything is there once, and serves.
fn complete(field: &Field<'_>) -> Outcome {
    let names: Vec<String> = (0..CAMPAIGNS).map(name).collect();
    // What is left of the plan is another plan, and approved anew.
    field.within(SOON * 2, "the rest is approved and done", || {
        for plan in field.plans(META.account)? {
            let waits = plan["status"]["phase"] == "Pending" && plan["status"]["approvals"].is_null();
            for class in Field::asked(&plan).iter().filter(|_| waits) {
                let approval = Field::approval(&plan, class).to_string();
                field.team.kubectl("approver-a", &["create", "-f", "-"], &approval);
            }
        }
        let found = field.all("campaigns,adgroups")?;
        Ok(found.len() == CAMPAIGNS * 2 && found.iter().all(is_ready))
    })?;
    let mut found = BTreeMap::new();
    for name in &names {
        // More than one of a name is an error.
        found.insert(
            name,
            (META.campaign_lives(field, name)?, META.group_lives(field, &format!("{name}-group"))?),
        );
    }
    if found.values().any(|both| *both != (Live::Serving, Live::Serving)) {
        return Err(format!("{found:?}"));
    }
    let account = &field.sandbox("state", None)?["meta"]["act_1000000001"];
    for collection in ["campaigns", "adsets", "ads"] {
        let count = account[collection].as_array().map_or(0, Vec::len);
        if count != CAMPAIGNS {
            return Err(format!("{count} {collection}, not {CAMPAIGNS}"));
        }
    }
    Ok(())
}

fn killed(team: &Team<'_>) -> Outcome {
    let (field, writer) = halfway(team)?;
    let former = lease(team)?;
    field.kill(writer);
    taken_over(&field, &former)?;
    complete(&field)
}

fn asleep(team: &Team<'_>) -> Outcome {
    let (field, first) = halfway(team)?;
    let former = lease(team)?;
    field.of(first, |replica| replica.signal("STOP"))?;
    taken_over(&field, &former)?;
    complete(&field)?;
    let before = told(&field, first)?;
    let writes = field.writes()?.len();
    field.of(first, |replica| replica.signal("CONT"))?;
    // Time for a look, if it took one.
    thread::sleep(Duration::from_secs(8));
    // The answer to what was under way when it fell asleep is still told of.
    if told(&field, first)? > before + 1 || field.writes()?.len() != writes {
        return Err(format!("the one that woke up wrote on:\n{}", field.logs()));
    }
    if lease(team)?.0 == former.0 {
        return Err("the one that woke up took the shard back".to_owned());
    }
    complete(&field)
}

fn asked(team: &Team<'_>) -> Outcome {
    let (field, writer) = halfway(team)?;
    let former = lease(team)?;
    field.end(writer);
    let now = lease(team)?;
    if now.0 == former.0 {
        return Err(format!("{} ended and still holds the shard", now.0));
    }
    complete(&field)?;
    // A cluster that asks to be restarted gets the same.
    team.patch("editor", "cmp/sale-0", &json!({"spec": {"budget": {"daily": "30.00 EUR"}}}))?;
    field.until("it is applied by the other", || {
        Ok(META.campaigns(&field, "sale-0")?.first().is_some_and(|live| live["daily_budget"] == "3000"))
    })
}
