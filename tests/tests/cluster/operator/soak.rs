//! People edit while operators and API servers end and start again; in the end what is written is what is live.
//!
//! `ADPLANE_SOAK_MINUTES` says how long, `ADPLANE_SOAK_SEED` which edits; without them it is half a minute of the same
//! ones.

use std::collections::BTreeMap;
use std::env;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::super::people::{Case, Outcome, Team};
use super::super::server::Cluster;
use super::super::tools::Tools;
use super::ads::{Live, META};
use super::deeds::is_ready;
use super::field::{Field, text};

pub(crate) const CASES: &[Case] = &[
    Case::new("an API server that ends and starts again", restarted),
    Case::new("edits, kills and restarts converge", soak),
];

const SHORT: Duration = Duration::from_secs(30);
/// How many campaigns there may be.
const NAMES: u64 = 12;
/// What the operator may take of memory, in KiB.
const MEMORY: u64 = 150 * 1024;
/// How long everything may take to come to rest.
const REST: Duration = Duration::from_mins(4);

/// Chance that is the same for the same seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

fn number(variable: &str) -> Option<u64> {
    env::var(variable).ok()?.parse().ok()
}

/// On a server of its own, because others would miss theirs.
fn alone() -> Result<Cluster, String> {
    Cluster::start(&Tools::find().map_err(text)?)
}

fn restarted(_: &Team<'_>) -> Outcome {
    let cluster = alone()?;
    let team = Team::in_namespace(&cluster, "shop")?;
    let field = Field::start(&team)?;
    field.accounts(&[&META])?;
    field.apply(&META.whole("sale", &field.pictures))?;
    field.carry_out(META.account)?;
    field.ready(&["cmp/sale"])?;
    let writes = field.writes()?.len();
    // Longer than a lease, so that nobody may write when it is back.
    cluster.restart(|| thread::sleep(Duration::from_secs(10)))?;
    field.look(0, META.account)?;
    if field.writes()?.len() != writes {
        return Err("an outage of the API server made the operator write".to_owned());
    }
    team.patch("editor", "cmp/sale", &json!({"spec": {"budget": {"daily": "90.00 EUR"}}}))?;
    field.carry_out(META.account)?;
    field.ready(&["cmp/sale"])
}

fn soak(_: &Team<'_>) -> Outcome {
    let lasts = number("ADPLANE_SOAK_MINUTES").map_or(SHORT, Duration::from_mins);
    let seed = number("ADPLANE_SOAK_SEED").unwrap_or(1);
    let cluster = alone()?;
    let team = Team::in_namespace(&cluster, "shop")?;
    let field = Field::start(&team)?;
    field.accounts(&[&META])?;
    let mut chance = Chance(seed);
    let mut wanted = BTreeMap::new();
    let mut deeds = Vec::new();
    let begun = Instant::now();
    while begun.elapsed() < lasts {
        let deed = disturb(&field, &cluster, &mut chance, &mut wanted)?;
        deeds.push(deed);
        // Somebody approves what there is; what changed meanwhile is refused or counts for nothing.
        for plan in field.plans(META.account)? {
            for class in Field::asked(&plan) {
                team.kubectl(
                    "approver-a",
                    &["create", "-f", "-"],
                    &Field::approval(&plan, &class).to_string(),
                );
            }
        }
        thread::sleep(Duration::from_millis(500 * chance.below(5)));
    }
    let told = |error: String| {
        format!(
            "seed {seed}, {} deeds, the last of them {:?}: {error}",
            deeds.len(),
            deeds.iter().rev().take(8).collect::<Vec<_>>()
        )
    };
    rest(&field).and_then(|()| settled(&field, &wanted)).map_err(told)
}

/// One thing that people or machines do; what it was.
fn disturb(
    field: &Field<'_>,
    cluster: &Cluster,
    chance: &mut Chance,
    wanted: &mut BTreeMap<String, u64>,
) -> Result<String, String> {
    let name = format!("sale-{}", chance.below(NAMES));
    let object = format!("cmp/{name}");
    match chance.below(20) {
        0 => {
            field.kill(0);
            field.restart(0)?;
            Ok("the operator was killed".to_owned())
        }
        1 => {
            field.restart(0)?;
            Ok("the operator was restarted".to_owned())
        }
        2 => {
            cluster.restart(|| ())?;
            Ok("the API server was killed".to_owned())
        }
        3 | 4 if wanted.contains_key(&name) => {
            field.team.may(
                "editor",
                &["delete", &object, &format!("adg/{name}-group"), "--wait=false"],
                "",
            )?;
            wanted.remove(&name);
            // Under the same name something new begins only when the old is gone.
            Ok(format!("{name} was deleted"))
        }
        _ => {
            if field.team.get(&object).is_ok_and(|found| !found["metadata"]["deletionTimestamp"].is_null()) {
                return Ok(format!("{name} is still being deleted"));
            }
            let daily = 20 + chance.below(100);
            let mut documents = META.whole(&name, &field.pictures);
            documents[0]["spec"]["budget"]["daily"] = json!(format!("{daily}.00 EUR"));
            if documents.iter().take(2).any(|document| leaving(field, document)) {
                return Ok(format!("{name} is still being deleted"));
            }
            field.apply(&documents)?;
            wanted.insert(name.clone(), daily);
            Ok(format!("{name} has {daily}"))
        }
    }
}

fn leaving(field: &Field<'_>, document: &Value) -> bool {
    let kind = document["kind"].as_str().unwrap_or_default().to_lowercase();
    let object = format!("{kind}/{}", document["metadata"]["name"].as_str().unwrap_or_default());
    field.team.get(&object).is_ok_and(|found| !found["metadata"]["deletionTimestamp"].is_null())
}

/// Approves until nothing is planned and nothing is leaving any more.
fn rest(field: &Field<'_>) -> Outcome {
    field.within(REST, "everything comes to rest", || {
        let plans = field.plans(META.account)?;
        for plan in &plans {
            for class in Field::asked(plan) {
                for user in ["approver-a", "approver-b"] {
                    field.team.kubectl(
                        user,
                        &["create", "-f", "-"],
                        &Field::approval(plan, &class).to_string(),
                    );
                }
            }
        }
        let objects = field.all("campaigns,adgroups")?;
        let unsettled = objects.iter().filter(|object| !is_ready(object));
        let unsettled: Vec<String> =
            unsettled.map(|object| format!("{}: {}", object["metadata"]["name"], object["status"])).collect();
        if plans.is_empty() && unsettled.is_empty() { Ok(true) } else { Err(format!("{unsettled:#?}")) }
    })
}

/// That what is written is what is live, once, and that whatever spends more was approved.
fn settled(field: &Field<'_>, wanted: &BTreeMap<String, u64>) -> Outcome {
    for number in 0..NAMES {
        let name = format!("sale-{number}");
        let live = META.campaigns(field, &name)?;
        let serving: Vec<&Value> = live.iter().filter(|object| object["status"] == "ACTIVE").collect();
        match (wanted.get(&name), serving.as_slice()) {
            (None, []) => {}
            (Some(daily), [one]) if one["daily_budget"] == json!(format!("{}", daily * 100)) => {}
            (wanted, _) => return Err(format!("{name} should have {wanted:?}: {live:?}")),
        }
        if wanted.contains_key(&name) && META.group_lives(field, &format!("{name}-group"))? != Live::Serving {
            return Err(format!("the group of {name} does not serve"));
        }
    }
    // Every process is another writer, and none writes when the next has begun to.
    field.turns()?;
    let memory = field.of(0, |replica| replica.memory("VmRSS"))??;
    if memory > MEMORY {
        return Err(format!("the operator takes {memory} KiB"));
    }
    let approvals = field.all("planapprovals")?;
    for plan in field.all("adplan")? {
        let raises = Field::asked(&plan);
        let approved = |class: &String| {
            approvals.iter().any(|approval| {
                approval["spec"]["hash"] == plan["spec"]["hash"] && approval["spec"]["class"] == json!(class)
            })
        };
        if plan["status"]["phase"] == "Applied" && !raises.iter().all(approved) {
            return Err(format!("applied without an approval: {}", plan["spec"]));
        }
    }
    Ok(())
}
