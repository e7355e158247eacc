//! Several replicas: one writes, and when it ends without a word another goes on.
//!
//! That no two write at a time is read from the sandbox's log, where every replica has a name of its own: see `turns`.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::super::people::{Case, Outcome, Team};
use super::super::server::OPERATOR_NAMESPACE;
use super::ads::{ALL, Live, META};
use super::deeds::is_ready;
use super::field::{Field, SOON, Wishes};

pub(crate) const CASES: &[Case] = &[
    Case::new("one that is killed in the middle of an apply", killed),
    Case::new("one that is frozen in the middle of an apply and wakes up", asleep),
    Case::new("one that is asked to end hands over at once", asked),
    Case::new("one after the other goes, and never two write to an account", several),
];

/// How late platforms answer, so that an apply can be met in its middle.
const LATENCY: Duration = Duration::from_millis(250);
/// The account as the sandbox names it.
const ACCOUNT: &str = "act_1000000001";
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
    field.until("some of it is written", || {
        // What was planned while `kubectl` still applied is superseded.
        approve_all(&field)?;
        Ok(field.writes()?.len() >= SOME)
    })?;
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

/// Approves whatever waits for it and was not approved yet.
fn approve_all(field: &Field<'_>) -> Outcome {
    for platform in ALL {
        for plan in field.plans(platform.account)? {
            let waits = plan["status"]["phase"] == "Pending" && plan["status"]["approvals"].is_null();
            for class in Field::asked(&plan).iter().filter(|_| waits) {
                let approval = Field::approval(&plan, class).to_string();
                field.team.kubectl("approver-a", &["create", "-f", "-"], &approval);
            }
        }
    }
    Ok(())
}

/// That everything is there once, and serves.
fn complete(field: &Field<'_>) -> Outcome {
    let names: Vec<String> = (0..CAMPAIGNS).map(name).collect();
    // What is left of the plan is another plan, and approved anew.
    field.within(SOON * 2, "the rest is approved and done", || {
        approve_all(field)?;
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
    let account = &field.sandbox("state", None)?["meta"][ACCOUNT];
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
    complete(&field)?;
    field.took_turns(ACCOUNT, &[&former.0, &lease(team)?.0])
}

/// Frozen in the middle of a write, and thawed the moment that another may write: then there is much left to do, and its
/// own plan and approval are still in its memory.
fn asleep(team: &Team<'_>) -> Outcome {
    let (field, first) = halfway(team)?;
    let former = lease(team)?;
    field.of(first, |replica| replica.signal("STOP"))?;
    taken_over(&field, &former)?;
    let successor = lease(team)?;
    field.of(first, |replica| replica.signal("CONT"))?;
    complete(&field)?;
    // Time for a look of the one that woke up, if it took one, and for a write.
    let writes = field.writes()?.len();
    thread::sleep(Duration::from_secs(8));
    if field.writes()?.len() != writes {
        return Err(format!("somebody wrote on:\n{}", field.logs()));
    }
    if lease(team)? != successor {
        return Err("the one that woke up took the shard back".to_owned());
    }
    // It runs, and knows that it holds nothing.
    if !field.page(first, "/metrics")?.contains("adplane_shards_held 0") {
        return Err(format!("the one that woke up thinks that it holds a shard\n{}", field.logs()));
    }
    field.took_turns(ACCOUNT, &[&former.0, &successor.0])
}

/// Three accounts; whoever writes is killed, asked to end, frozen, and another is started in its place. There is one
/// shard, and nobody holds it twice.
fn several(team: &Team<'_>) -> Outcome {
    let field = Field::with(team, Wishes { latency: LATENCY, ..Wishes::default() })?;
    field.replica()?;
    field.accounts(&ALL)?;
    for platform in ALL {
        let documents = (0..CAMPAIGNS / 2)
            .flat_map(|number| platform.whole(&format!("{}-{number}", platform.account), &field.pictures));
        field.apply(&documents.collect::<Vec<_>>())?;
    }
    let mut former: Option<String> = None;
    for end in [End::Killed, End::Asked, End::Frozen] {
        let mut writer = None;
        field.within(SOON * 2, "somebody else is in the middle of an apply", || {
            approve_all(&field)?;
            writer = field.last_writer()?.filter(|writer| Some(writer) != former.as_ref());
            Ok(writer.is_some())
        })?;
        let writer = writer.unwrap_or_default();
        let number = numbered(&field, &writer)?;
        match end {
            End::Killed => field.kill(number),
            End::Frozen => field.of(number, |replica| replica.signal("STOP"))?,
            End::Asked => field.end(number),
        }
        field.replica()?;
        former = Some(writer);
    }
    field.until("somebody else holds the shard", || {
        let holder = lease(team)?.0;
        Ok(!holder.is_empty() && Some(&holder) != former.as_ref())
    })?;
    for number in 0..field.started() {
        // Whoever slept wakes up while another writes.
        let _ = field.of(number, |replica| replica.signal("CONT"));
    }
    field.within(SOON * 3, "everything is approved and done", || {
        approve_all(&field)?;
        let found = field.all("campaigns,adgroups")?;
        Ok(found.len() == CAMPAIGNS * 3 && found.iter().all(is_ready))
    })?;
    let turns = field.turns()?;
    // Those three, and whoever did the rest.
    let writers: BTreeSet<&String> = turns.values().flatten().collect();
    if turns.len() != ALL.len() || writers.len() < 4 {
        return Err(format!("too few took over: {turns:?}"));
    }
    for platform in ALL {
        for name in (0..CAMPAIGNS / 2).map(|number| format!("{}-{number}", platform.account)) {
            // More than one of a name is an error.
            let lives = [
                platform.campaign_lives(&field, &name)?,
                platform.group_lives(&field, &format!("{name}-group"))?,
            ];
            if lives != [Live::Serving; 2] {
                return Err(format!("{name}: {lives:?}"));
            }
        }
    }
    Ok(())
}

/// How a replica goes.
enum End {
    Killed,
    Frozen,
    Asked,
}

/// The number of the replica that has a name.
fn numbered(field: &Field<'_>, name: &str) -> Result<usize, String> {
    let named = |number: &usize| field.of(*number, |replica| replica.log().contains(name)) == Ok(true);
    (0..field.started())
        .find(named)
        .ok_or_else(|| format!("no replica that runs is {name}\n{}", field.logs()))
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
    let successor = lease(team)?.0;
    field.took_turns(ACCOUNT, &[&former.0, &successor])?;
    // What comes later is the other's too.
    team.patch("editor", "cmp/sale-0", &json!({"spec": {"budget": {"daily": "30.00 EUR"}}}))?;
    field.until("it is applied by the other", || {
        Ok(META.campaigns(&field, "sale-0")?.first().is_some_and(|live| live["daily_budget"] == "3000"))
    })?;
    field.took_turns(ACCOUNT, &[&former.0, &successor])
}
