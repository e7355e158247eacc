//! Pools that are used up, and pools whose operator is: campaigns that a hard pool pauses, a memory that others write or
//! that is lost, an end between what is remembered and what is in force.

use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::super::people::{Case, Outcome, Team};
use super::super::super::server::OPERATOR_NAMESPACE;
use super::super::ads::{GOOGLE, Live, META};
use super::super::field::{Field, text};
use super::super::notices::listen;
use super::{
    CAMPAIGNS, day, euros, field, given, is_live, kept, live, memory, pool, remembers, rested, versions,
    with, worked_out,
};

pub(crate) const CASES: &[Case] = &[
    Case::new("a hard pool pauses what could break it, and lets nobody run whom it must not", hard),
    Case::new("what waits for its removal counts until it is stopped", leaves),
    Case::new("an amount about all accounts of a namespace holds a pool on one of them", guarded),
    Case::new("of two replicas one paces, and what another wrote since is given by nobody", two),
    Case::new(
        "an end between memory and Override gives nothing twice, and a lost memory raises nothing",
        cut_off,
    ),
];

/// Type of what is told of a pool's money.
const THRESHOLD: &str = "io.adplane.budget.threshold";
/// How long platforms take to answer, so that a turn is long enough for somebody to come in between.
const LATENCY: Duration = Duration::from_millis(600);

/// A pool that ends today and must not be spent beyond its amount.
fn last_day(total: &str) -> Value {
    let mut last = pool(&json!({"boots": 1, "hats": 1}));
    last["spec"]["pool"]["onExhausted"] = json!("Pause");
    last["spec"]["pool"]["end"] = json!(day(0));
    last["spec"]["pool"]["total"] = json!(total);
    last
}

fn all_are(field: &Field<'_>, wanted: Live) -> Outcome {
    field.until(&format!("both are {wanted:?}"), || {
        for (platform, name) in CAMPAIGNS {
            let lives = platform.campaign_lives(field, name)?;
            if lives != wanted {
                return Err(format!("{name}: {lives:?}"));
            }
        }
        Ok(true)
    })
}

/// Values that the pool has in force, in order.
fn in_force(field: &Field<'_>) -> Result<Vec<String>, String> {
    let found = field.all("adover")?;
    let values = found.iter().filter_map(|one| one["spec"]["value"].as_str().map(str::to_owned));
    let mut values: Vec<String> = values.collect();
    values.sort();
    Ok(values)
}

fn waits_for(field: &Field<'_>, wanted: &[&str]) -> Outcome {
    field.until(&format!("{wanted:?} are in force"), || {
        let found = in_force(field)?;
        if found == wanted { Ok(true) } else { Err(format!("{found:?}")) }
    })
}

fn hard(team: &Team<'_>) -> Outcome {
    let field = field(team)?;
    // Nobody gets more than it had, so that amounts alone tell nothing.
    for (_, name) in CAMPAIGNS {
        let most = json!({"spec": {"budget": {"managed": {"daily": {"max": "10.00 EUR"}}}}});
        team.patch("editor", &format!("cmp/{name}"), &most)?;
    }
    let receiver = listen(&field)?;
    team.create("administrator", &last_day("30.00 EUR"))?;
    // Nobody is asked, whatever the worst day of two campaigns at five euros is.
    all_are(&field, Live::Paused)?;
    let stops = || -> Result<usize, String> {
        let told = receiver.events(THRESHOLD)?;
        let title = format!("Pool {}/rain pauses its campaigns", team.namespace);
        Ok(told.iter().filter(|event| event.to_string().contains(&title)).count())
    };
    field.until("people are told that it stops", || Ok(stops()? == 1))?;
    // What was told lies beside what was given, and not in the pod.
    field.restart(0)?;
    waits_for(&field, &["Paused", "Paused"])?;
    let more = json!({"spec": {"pool": {"total": "400.00 EUR", "end": day(7)}}});
    team.patch("administrator", "adbud/rain", &more)?;
    waits_for(&field, &["10.00 EUR", "10.00 EUR"])?;
    for platform in [&META, &GOOGLE] {
        field.plan(platform.account, "Pending")?;
    }
    // The amounts are live, and the campaigns do not run.
    field.has("adbud/rain", "Ready", "False", "AmountsWait", &["in force, and not live yet"])?;
    let mut odd = META.campaign("odd");
    odd["spec"]["account"] = json!("nobody");
    odd["spec"]["budget"] =
        json!({"managed": {"daily": {"initial": "10.00 EUR", "min": "5.00 EUR", "max": "10.00 EUR"}}});
    odd["metadata"]["labels"] = json!({"range": "rain"});
    field.apply(&[odd])?;
    field.has("adbud/rain", "Ready", "False", "ReferenceInvalid", &["campaign `odd` draws on it"])?;
    waits_for(&field, &["10.00 EUR", "10.00 EUR", "Paused", "Paused"])?;
    field.until("nobody can approve it any more", || {
        Ok(field.plans(META.account)?.is_empty() && field.plans(GOOGLE.account)?.is_empty())
    })?;
    all_are(&field, Live::Paused)?;
    team.may("editor", &["delete", "cmp/odd"], "")?;
    for platform in [&META, &GOOGLE] {
        let plan = field.plan(platform.account, "Pending")?;
        field.approve_all("approver-a", &plan)?;
    }
    all_are(&field, Live::Serving)?;
    field.has("adbud/rain", "Ready", "True", "Paced", &[])?;
    if stops()? == 1 { Ok(()) } else { Err(format!("it was told {} times", stops()?)) }
}

/// Answers of the pool.
fn answers(field: &Field<'_>) -> Result<String, String> {
    Ok(field.team.get("adbud/rain")?["status"]["pool"]["answers"].to_string())
}

fn leaves(team: &Team<'_>) -> Outcome {
    let field = field(team)?;
    let mut hard = pool(&json!({"boots": 1, "hats": 1}));
    hard["spec"]["pool"]["onExhausted"] = json!("Pause");
    team.create("administrator", &hard)?;
    approved(&field)?;
    let suspend = |word: &str| {
        let word = format!("adplane.io/suspend={word}");
        team.may("administrator", &["annotate", "--overwrite", "adacc/google-es", &word], "").map(drop)
    };
    suspend("true")?;
    let spends = live(&field, "hats")?;
    team.may("editor", &["delete", "cmp/hats", "--wait=false"], "")?;
    let says = |words: &str| {
        field.until(&format!("the pool says {words}"), || {
            let told = answers(&field)?;
            if told.contains(words) { Ok(true) } else { Err(told) }
        })
    };
    says("campaign/hats draws on the pool no more and is not known to be stopped")?;
    says(&format!("and {spends} a day until it is"))?;
    suspend("false")?;
    field.until("it is paused", || Ok(GOOGLE.campaign_lives(&field, "hats")? == Live::Paused))?;
    field.gone("cmp/hats")?;
    says("campaign/hats draws on the pool no more, and ")
}

/// Forty euros at Meta are 70 on a worst day, and ten at Google 20.
fn guarded(team: &Team<'_>) -> Outcome {
    let field = with(
        team,
        Duration::ZERO,
        &json!({"approvals": {
            "classes": {"raise": {"approvals": 1}, "replace": {"approvals": 1}},
            "spendGuard": {"worstDay": {"namespace": ["85.00 EUR"]}},
        }}),
    )?;
    let alone = json!({
        "metadata": {"labels": {"range": "sun"}},
        "spec": {"budget": {"managed": {"daily": {"max": "40.00 EUR"}}}},
    });
    team.patch("editor", "cmp/boots", &alone)?;
    let mut sun = pool(&json!({"boots": 1}));
    sun["spec"]["pool"]["selector"]["matchLabels"]["range"] = json!("sun");
    team.create("administrator", &sun)?;
    let refused = [
        "boots: spend guard: the worst day of namespace",
        "would be 90.00 EUR, at most 85.00 EUR is allowed",
    ];
    field.has("adbud/rain", "Ready", "False", "AmountsWait", &refused)?;
    if !field.all("adover")?.is_empty() {
        return Err("a raise without room is in force".to_owned());
    }
    // Less elsewhere makes room.
    let less = json!({"spec": {"budget": {"managed": {"daily": {"initial": "5.00 EUR"}}}}});
    team.patch("editor", "cmp/hats", &less)?;
    waits_for(&field, &["40.00 EUR"])?;
    let plan = field.plan(META.account, "Pending")?;
    field.approve_all("approver-a", &plan)?;
    field.applied(&plan)?;
    field.has("adbud/rain", "Ready", "True", "Paced", &[])
}

/// Approves what is asked for until what the pool gives is live.
fn approved(field: &Field<'_>) -> Outcome {
    field.until("what the pool gives is approved and live", || {
        for (platform, _) in CAMPAIGNS {
            for plan in
                field.plans(platform.account)?.iter().filter(|one| one["status"]["phase"] == "Pending")
            {
                // One that was superseded meanwhile is asked for anew.
                let _ = field.approve_all("approver-a", plan);
            }
        }
        for (_, name) in CAMPAIGNS {
            let (wanted, live) = (given(field, name)?["spec"]["value"].clone(), live(field, name)?);
            if wanted != json!(live) {
                return Err(format!("{name}: {wanted}, and {live} is live"));
            }
        }
        Ok(true)
    })
}

/// Writes into what is remembered again and again, as another replica would, while something is done.
fn while_written(field: &Field<'_>, done: impl FnOnce() -> Outcome) -> Outcome {
    let map = memory(field)?;
    let name = map["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    let (cluster, is_done) = (field.team.cluster, AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0.. {
                let word = format!("touched={number}");
                let touch = ["-n", OPERATOR_NAMESPACE, "annotate", "--overwrite", "configmap", &name, &word];
                cluster.kubectl("admin", &touch, "");
                if is_done.load(Ordering::Relaxed) {
                    return;
                }
            }
        });
        let outcome = done();
        is_done.store(true, Ordering::Relaxed);
        outcome
    })
}

/// Whoever holds the only shard.
fn holder(field: &Field<'_>) -> Result<usize, String> {
    let holds = |number: &usize| {
        field.page(*number, "/metrics").is_ok_and(|page| page.contains("adplane_shards_held 1"))
    };
    let holders: Vec<usize> = (0..field.started()).filter(holds).collect();
    match holders.as_slice() {
        [one] => Ok(*one),
        _ => Err(format!("the shard is held by {holders:?}")),
    }
}

fn two(team: &Team<'_>) -> Outcome {
    let field = with(team, LATENCY, &json!({}))?;
    field.replica()?;
    team.create("administrator", &pool(&json!({"boots": 1, "hats": 1})))?;
    approved(&field)?;
    rested(&field)?;
    let rising = || given(&field, "hats").map(|one| one["spec"]["value"].clone());
    let before = rising()?;
    // While somebody else writes nothing is raised, whatever was worked out; what falls gives nothing away.
    while_written(&field, || {
        let others = json!({"spec": {"pool": {"weights": {"boots": 1, "hats": 4}}}});
        team.patch("administrator", "adbud/rain", &others)?;
        field.has("adbud/rain", "Ready", "False", "NotPaced", &["somebody else paces the pool"])?;
        thread::sleep(Duration::from_secs(10));
        let now = rising()?;
        if now == before { Ok(()) } else { Err(format!("{before}, then {now}\n{}", field.logs())) }
    })?;
    field.until("it is given after all", || Ok(rising()? != before))?;
    approved(&field)?;
    let after = rested(&field)?;
    kept(&field)?;
    let writer = holder(&field)?;
    field.kill(writer);
    field.until("the other paces it", || {
        let now = holder(&field)?;
        Ok(now != writer)
    })?;
    let since = adplane_engine::clock::Clock::System.now();
    field.until("it is worked out again", || {
        Ok(worked_out(&field)? > since + jiff::SignedDuration::from_secs(2))
    })?;
    if versions(&field)? != after {
        return Err(format!("{after:?}, then {:?}\n{}", versions(&field)?, field.logs()));
    }
    kept(&field)
}

/// A webhook that never answers whether an `Override` may be made in the namespace, so that making one hangs.
fn silence(namespace: &str, listener: &TcpListener) -> Result<Value, String> {
    let address = listener.local_addr().map_err(text)?;
    Ok(json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": format!("silence-{namespace}")},
        "webhooks": [{
            "name": "silence.adplane.test", "admissionReviewVersions": ["v1"], "sideEffects": "None",
            "failurePolicy": "Fail", "timeoutSeconds": 30,
            "clientConfig": {"url": format!("https://{address}/")},
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
            "rules": [{
                "apiGroups": ["adplane.io"], "apiVersions": ["*"], "operations": ["CREATE"], "resources": ["overrides"],
            }],
        }],
    }))
}

/// Whether the cluster takes an `Override` now.
fn takes(field: &Field<'_>) -> bool {
    let own = json!({
        "object": {"kind": "Campaign", "name": "boots"}, "field": "state", "value": "Paused",
        "expires": "2099-01-01T00:00:00Z",
    });
    let own = super::document("Override", "tried", own).to_string();
    let create = ["create", "--dry-run=server", "--request-timeout=2s", "-f", "-"];
    field.team.kubectl("administrator", &create, &own).success
}

fn sum(amounts: &[f64]) -> f64 {
    amounts.iter().sum()
}

fn cut_off(team: &Team<'_>) -> Outcome {
    let field = field(team)?;
    // Whoever connects is never answered.
    let listener = TcpListener::bind("127.0.0.1:0").map_err(text)?;
    let silence = silence(&team.namespace, &listener)?;
    team.create("admin", &silence)?;
    field.until("the cluster takes no Override", || Ok(!takes(&field)))?;
    team.create("administrator", &last_day("120.00 EUR"))?;
    field.until("it is remembered while the first Override is still to be made", || {
        remembers(&field).map(|_| true)
    })?;
    field.kill(0);
    let remembered = remembers(&field)?;
    let made = field.all("adover")?;
    let name = silence["metadata"]["name"].as_str().unwrap_or_default();
    team.may("admin", &["delete", "validatingwebhookconfiguration", name], "")?;
    if !made.is_empty() || sum(&remembered) < 10.0 {
        return Err(format!("{remembered:?} is remembered, {made:?} in force"));
    }
    field.until("the cluster takes Overrides again", || Ok(takes(&field)))?;
    field.restart(0)?;
    field.until("it puts in force what it remembers", || Ok(field.all("adover")?.len() == 2))?;
    approved(&field)?;
    rested(&field)?;
    let amounts = || -> Result<Vec<f64>, String> {
        let values = CAMPAIGNS.iter().map(|(_, name)| given(&field, name));
        values.map(|one| one.map(|one| one["spec"]["value"].as_str().map_or(f64::NAN, euros))).collect()
    };
    let given = amounts()?;
    if sum(&given) > sum(&remembered) + 0.01 {
        return Err(format!("{remembered:?} was remembered, and {given:?} is given"));
    }
    kept(&field)?;
    lost(&field, &given, amounts)
}

/// Without what was given, what is in force counts as that: nothing rises.
fn lost(field: &Field<'_>, before: &[f64], amounts: impl Fn() -> Result<Vec<f64>, String>) -> Outcome {
    let map = memory(field)?;
    let name = map["metadata"]["name"].as_str().unwrap_or_default();
    let uid = map["metadata"]["uid"].clone();
    let arguments = ["-n", OPERATOR_NAMESPACE, "delete", "configmap", name];
    let output = field.team.cluster.kubectl("admin", &arguments, "");
    if !output.success {
        return Err(output.stderr);
    }
    field.until("it is remembered anew", || Ok(memory(field)?["metadata"]["uid"] != uid))?;
    rested(field)?;
    let after = amounts()?;
    let rises = after.iter().zip(before).any(|(after, before)| *after > before + 0.01);
    if rises {
        return Err(format!("{before:?}, then {after:?}\n{}", field.logs()));
    }
    is_live(field)?;
    kept(field)
}
