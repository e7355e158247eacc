//! What the operator takes for ten thousand resources of one account: to plan and apply them, to look at them again when
//! nothing changed, and to start.
//!
//! `cargo build --release -p adplane-operator && cargo bench -p adplane-tests --bench operator [RESOURCES]`. The API
//! server and etcd run beside it on the same machine, and the platform is the sandbox in this process. Needs what the
//! tests of `cluster` need; without it the bench says so.

#![expect(clippy::print_stdout, reason = "figures are for whoever runs the bench")]

#[expect(dead_code, reason = "shared with tests that use more of it")]
#[path = "../tests/cluster/helm.rs"]
mod helm;
#[path = "../tests/cluster/keys.rs"]
mod keys;
#[expect(dead_code, reason = "the cases of the tests are not run here")]
#[path = "../tests/cluster/operator/mod.rs"]
mod operator;
#[expect(dead_code, reason = "shared with tests that use more of it")]
#[path = "../tests/cluster/people.rs"]
mod people;
#[expect(dead_code, reason = "shared with tests that use more of it")]
#[path = "../tests/cluster/server.rs"]
mod server;
#[path = "../tests/cluster/tools.rs"]
mod tools;

use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use operator::ads::META;
use operator::deeds::is_ready;
use operator::field::Field;
use people::{Team, list};
use serde_json::{Value, json};
use server::Cluster;
use tools::Tools;

/// Resources, unless another number is named.
const RESOURCES: usize = 10_000;
/// Resources of a campaign: itself, a group, a creative.
const EACH: usize = 3;
/// Clients that create at a time, and what each sends at once.
const CLIENTS: usize = 8;
const AT_ONCE: usize = 300;
/// Looks that are measured.
const LOOKS: u64 = 5;
/// How long anything may take.
const LONG: Duration = Duration::from_mins(20);

fn main() -> ExitCode {
    let resources = std::env::args().filter_map(|argument| argument.parse().ok()).next_back();
    let outcome = match Tools::find() {
        Ok(tools) => measure(&tools, resources.unwrap_or(RESOURCES)),
        Err(missing) => {
            println!("not measured: {missing} is missing");
            return ExitCode::SUCCESS;
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(tools: &Tools, resources: usize) -> Result<(), String> {
    let cluster = Cluster::start(tools)?;
    let team = Team::in_namespace(&cluster, "shop")?;
    let field = Field::start(&team)?;
    println!("operator without resources: {} MiB", memory(&field, "VmRSS")?);
    created(&field, resources / EACH)?;
    field.accounts(&[&META])?;
    applied(&field)?;
    looked(&field, resources)?;
    started(&field)
}

fn created(field: &Field<'_>, campaigns: usize) -> Result<(), String> {
    let documents: Vec<Value> =
        (0..campaigns).flat_map(|number| META.whole(&format!("sale-{number}"), &field.pictures)).collect();
    let begun = Instant::now();
    let team = field.team;
    let share = documents.len().div_ceil(CLIENTS);
    let results: Vec<Result<(), String>> = thread::scope(|scope| {
        let clients: Vec<_> = documents
            .chunks(share)
            .map(|share| {
                scope.spawn(move || {
                    share.chunks(AT_ONCE).try_for_each(|some| {
                        team.may("editor", &["create", "-f", "-"], &list(some)).map(|_| ())
                    })
                })
            })
            .collect();
        clients.into_iter().map(|client| client.join().map_err(|_| "a client failed".to_owned())?).collect()
    });
    results.into_iter().collect::<Result<(), String>>()?;
    told("created", documents.len(), "resources", begun.elapsed());
    Ok(())
}

fn applied(field: &Field<'_>) -> Result<(), String> {
    let begun = Instant::now();
    let pending = || {
        field
            .plans(META.account)
            .map(|plans| plans.into_iter().find(|plan| plan["status"]["phase"] == "Pending"))
    };
    field.within(LONG, "a plan is there", || Ok(pending()?.is_some()))?;
    let plan = pending()?.ok_or("the plan is gone")?;
    println!(
        "planned: {} changes after {:.1} s",
        plan["spec"]["changesTotal"],
        begun.elapsed().as_secs_f64()
    );
    let begun = Instant::now();
    field.approve("approver-a", &plan)?;
    let name = plan["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    field.within(LONG, "the plan is applied", || {
        let status = field.team.get(&format!("adplan/{name}"))?["status"].clone();
        if status["phase"] == "Applied" { Ok(true) } else { Err(status.to_string()) }
    })?;
    told("applied", field.writes()?.len(), "writes", begun.elapsed());
    field.within(LONG, "every campaign is ready", || {
        let campaigns = field.all("campaigns")?;
        Ok(campaigns.iter().all(is_ready))
    })?;
    println!("every campaign is ready after {:.1} s", begun.elapsed().as_secs_f64());
    Ok(())
}

/// Seconds spent in looks at the account, and how many there were.
fn spent(field: &Field<'_>) -> Result<(f64, f64), String> {
    let metrics = field.page(0, "/metrics")?;
    let sum_of = |name: &str| -> f64 {
        let lines = metrics.lines().filter(|line| line.starts_with(name));
        lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    };
    Ok((sum_of("adplane_reconcile_duration_seconds_sum"), sum_of("adplane_reconcile_duration_seconds_count")))
}

/// How many requests the sandbox answered, and the seconds that it took for them.
fn answers(field: &Field<'_>) -> Result<(f64, f64), String> {
    let log = field.log()?;
    let seconds = log.iter().filter_map(|entry| entry["millis"].as_f64()).sum::<f64>() / 1000.0;
    Ok((f64::from(u32::try_from(log.len()).unwrap_or(u32::MAX)), seconds))
}

fn looked(field: &Field<'_>, resources: usize) -> Result<(), String> {
    quiet(field, 3)?;
    let (versions, writes, before, answered) =
        (field.versions()?, field.writes()?.len(), spent(field)?, answers(field)?);
    quiet(field, LOOKS)?;
    let after = spent(field)?;
    let looks = after.1 - before.1;
    let each = (after.0 - before.0) / looks;
    let (requests, waited) = answers(field)?;
    println!(
        "a look when nothing changed: {each:.2} s; in it the sandbox took {:.2} s for {:.0} answers",
        (waited - answered.1) / looks,
        (requests - answered.0) / looks,
    );
    told("looked at", resources, "resources", Duration::from_secs_f64(each));
    unchanged(field, &versions, writes)?;
    Ok(())
}

/// Memory of the operator in MiB.
fn memory(field: &Field<'_>, what: &str) -> Result<u64, String> {
    Ok(field.of(0, |replica| replica.memory(what))?? / 1024)
}

fn started(field: &Field<'_>) -> Result<(), String> {
    let (versions, writes) = (field.versions()?, field.writes()?.len());
    field.config.replace(json!({ "observeEvery": "60s" }));
    let begun = Instant::now();
    field.restart(0)?;
    field.within(LONG, "the first look is over", || {
        Ok(field.looks(0, META.account).unwrap_or_default() > 0)
    })?;
    println!("started and looked at everything after {:.1} s", begun.elapsed().as_secs_f64());
    rested(field)?;
    quiet(field, 2)?;
    rested(field)?;
    unchanged(field, &versions, writes)
}

/// Memory between two looks that are a minute apart.
fn rested(field: &Field<'_>) -> Result<(), String> {
    let mut seen = Vec::new();
    for _ in 0..30 {
        thread::sleep(Duration::from_secs(1));
        seen.push(memory(field, "VmRSS")?);
    }
    let at = |second: usize| seen.get(second).copied().unwrap_or_default();
    println!(
        "memory after a look: {} MiB, 5 s later {} MiB, 30 s later {} MiB; the most ever {} MiB",
        at(0),
        at(5),
        at(29),
        memory(field, "VmHWM")?
    );
    Ok(())
}

/// Waits for a number of looks.
fn quiet(field: &Field<'_>, looks: u64) -> Result<(), String> {
    let before = field.looks(0, META.account)?;
    field.within(LONG, "the account is looked at", || Ok(field.looks(0, META.account)? >= before + looks))
}

fn unchanged(
    field: &Field<'_>,
    versions: &std::collections::BTreeMap<String, String>,
    writes: usize,
) -> Result<(), String> {
    let later = field.versions()?;
    let changed = later.iter().filter(|(name, version)| versions.get(*name) != Some(version)).count();
    println!(
        "written meanwhile: {changed} statuses, {} objects of the platform",
        field.writes()?.len() - writes
    );
    Ok(())
}

fn told(what: &str, count: usize, of: &str, time: Duration) {
    let seconds = time.as_secs_f64();
    println!(
        "{what}: {count} {of} in {seconds:.2} s, {:.0} a second",
        f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / seconds
    );
}
