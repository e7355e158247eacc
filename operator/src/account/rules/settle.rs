//! What became of what rules have in force: on the platform, and in the hands of the cluster's people.

use adplane_core::address::Address;
use adplane_core::field::FieldPath;
use adplane_core::overlay::{Ended, Overlay, STATE, Setting, Standing, Target};
use adplane_core::plan::Change;
use adplane_core::rules::{Rule, RuleMemory, Snapshot};
use adplane_core::value::Value;
use adplane_engine::rules::carry::{self, Effect, same_decision};
use adplane_engine::rules::outcome::{Came, stop};
use adplane_engine::rules::{RunStore, Stage, Task};
use adplane_manifest::load::DocumentKind;
use jiff::{SignedDuration, Timestamp};

use super::super::act::Outcome;
use super::super::decide::Decision;
use super::super::decide::Standing as AccountStanding;
use super::super::gather::World;
use super::super::overrides::{self, Refused};
use super::idle::only_records;
use super::{AT_ONCE, Ran, Told, Trouble, day};
use crate::cache::ResourceKey;
use crate::context::Context;
use crate::names;

/// What somebody took back: a hold, or an amount that was not live yet, whose `Override` is gone. Asked of the API server,
/// since what was made just now is heard of late.
pub(super) async fn heed(
    context: &Context,
    world: &World,
    runs: &mut RunStore,
    moved: &mut Vec<Task>,
) -> Result<(), Trouble> {
    let given = &world.wanted.desired.overlays.given;
    for task in runs.tasks()? {
        if !matches!(task.stage, Stage::InForce | Stage::Written) {
            continue;
        }
        let Ok(effects) = carry::effects(&task, &world.wanted.desired) else { continue };
        for effect in effects {
            let Effect::Put(overlay) = effect else { continue };
            let known = given.iter().any(|kept| kept.name == overlay.name || same_decision(&overlay, kept));
            if known || overrides::is_there(context, world, &overlay).await? {
                continue;
            }
            moved.push(lifted(&task, "somebody deleted its Override", runs, world)?);
            // Whoever takes it back is left alone for as long as after a pause of the rule's own.
            runs.move_on(&[], world.now, |memory| memory.rest(&task.intent, world.now))?;
            break;
        }
    }
    Ok(())
}

fn lifted(task: &Task, why: &str, runs: &mut RunStore, world: &World) -> Result<Task, Trouble> {
    let mut lifted = task.clone();
    lifted.now(Stage::Lifted, Some(why.to_owned()), world.now);
    let (rule, object) = (task.intent.rule.clone(), task.intent.object.clone());
    runs.move_on(std::slice::from_ref(&lifted), world.now, |memory| memory.forget_pause(&rule, &object))?;
    Ok(lifted)
}

/// Lets suspended rules go on where somebody asked for that since: by a new value of the annotation.
pub(super) fn lift(
    world: &World,
    rules: &[Rule],
    runs: &mut RunStore,
    told: &mut Told,
) -> Result<(), Trouble> {
    for rule in rules {
        let (namespace, name) = (rule.key.namespace.as_str(), rule.key.name.as_str());
        let key = ResourceKey::new(DocumentKind::AutomationRule, namespace, name);
        let resource = world.resources.iter().find(|resource| resource.key == key);
        let asked = resource.and_then(|resource| resource.annotation(names::LIFT)).unwrap_or_default();
        let known = told.lifted.get(name).map(String::as_str).unwrap_or_default();
        if asked == known {
            continue;
        }
        let suspended = runs.memory()?.rule(&rule.key).is_some_and(RuleMemory::is_suspended);
        if suspended && !asked.is_empty() {
            runs.move_on(&[], world.now, |memory| memory.lift(&rule.key))?;
            tracing::info!(account = %world.key, rule = %rule.key, "the rule goes on: somebody lifted its suspension");
        }
        told.lifted.insert(name.to_owned(), asked.to_owned());
    }
    Ok(())
}

/// Ends holds on what somebody runs again by hand.
pub(super) async fn let_go(
    context: &Context,
    world: &World,
    runs: &mut RunStore,
    seen: &Snapshot,
    ran: &mut Ran,
) -> Result<(), Trouble> {
    let known = runs.tasks()?;
    for task in carry::resumed(&known, seen, world.now) {
        let lift = Effect::Lift {
            rule: task.intent.rule.name.clone(),
            object: Target::of(&task.intent.object),
            path: FieldPath::new(STATE),
        };
        match overrides::bring_about(context, world, &[lift], &mut ran.went).await {
            Ok(()) => ran.moved.push(lifted(task, "somebody runs it again by hand", runs, world)?),
            // The next look tries again.
            Err(Refused::Alone(why)) => {
                tracing::warn!(account = %world.key, object = %task.intent.object, why, "a hold stays for now");
            }
            Err(Refused::Failed(error)) => return Err(error.into()),
        }
    }
    Ok(())
}

/// What became of what is in force: live, written in this look, refused by the platform, or on its way.
pub(super) fn settle(
    world: &World,
    decision: &Decision,
    outcome: &Outcome,
    runs: &mut RunStore,
    moved: &mut Vec<Task>,
) -> Result<(), Trouble> {
    let now = world.now;
    for task in runs.tasks()?.into_iter().filter(|task| task.stage == Stage::InForce) {
        let mut after = task.clone();
        // What was put in force in this look is in no plan yet.
        if task.since >= now {
            continue;
        }
        let came = came(world, decision, outcome, &task);
        came.moves(&mut after, now);
        if after == task && !matches!(came, Came::Failed(_)) {
            continue;
        }
        let day = day(world, now);
        runs.move_on(std::slice::from_ref(&after), now, |memory| came.learn(memory, &task, day, now))?;
        moved.push(after);
    }
    Ok(())
}

/// Ends raises that were in force for as long as a proposal of their rule would wait, and are not live: the numbers that they
/// rest on have passed. Amounts stay at what is live, and keep nothing of git's waiting any more.
pub(super) async fn expire(
    context: &Context,
    world: &World,
    decision: &Decision,
    runs: &mut RunStore,
    ran: &mut Ran,
) -> Result<(), Trouble> {
    if only_records(world, &context.config).is_some() {
        return Ok(());
    }
    for task in runs.tasks()? {
        let rule = world.wanted.rules.iter().find(|rule| rule.key == task.intent.rule);
        let over = rule.is_some_and(|rule| is_overdue(&task, rule.approval.timeout, world.now));
        if !over || is_live(world, decision, &task) {
            continue;
        }
        let mut done = Ok(());
        for overlay in unreached(world, decision, &task) {
            done = done.and(overrides::put(context, world, &overlay).await.map(|_| ()));
        }
        match done {
            Ok(()) => {
                let why = "it was not live in time: amounts stay as they are live".to_owned();
                ran.moved.push(stop(task, Some(Stage::Expired), why, runs, world.now)?);
                ran.next = Some(AT_ONCE);
            }
            Err(Refused::Alone(why)) => ran.moved.push(stop(task, None, why, runs, world.now)?),
            Err(Refused::Failed(error)) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Whether what raises spend has been in force and not live for too long.
fn is_overdue(task: &Task, timeout: SignedDuration, now: Timestamp) -> bool {
    let raises = task.intent.changes.iter().any(|planned| !planned.direction.lowers());
    let until = task.at.checked_add(timeout).unwrap_or(task.until);
    task.stage == Stage::InForce && raises && until <= now
}

/// Amounts that a task raises and that are not live, at what is live instead.
fn unreached(world: &World, decision: &Decision, task: &Task) -> Vec<Overlay> {
    let Ok(effects) = carry::effects(task, &world.wanted.desired) else { return Vec::new() };
    let puts = task.fields().zip(effects).filter_map(|((address, path), effect)| {
        let Effect::Put(mut overlay) = effect else { return None };
        // What was decided anew since is not this task's.
        let mut given = world.wanted.desired.overlays.given.iter();
        given.find(|kept| same_decision(&overlay, kept))?;
        let Setting::DailyBudget(wanted) = overlay.setting else { return None };
        let Some(Value::Money(live)) = live(world, decision, address, path.as_str()) else { return None };
        overlay.setting = Setting::DailyBudget(*live);
        (*live < wanted).then_some(overlay)
    });
    puts.collect()
}

fn came(world: &World, decision: &Decision, outcome: &Outcome, task: &Task) -> Came {
    if let Some(results) = &outcome.results {
        let came = Came::of(task, results);
        if came != Came::Live {
            return came;
        }
    }
    if is_live(world, decision, task) {
        return Came::Live;
    }
    Came::Waits(waits(decision, task))
}

/// Whether everything that a task moves is live as it is wanted, whoever has it in force.
fn is_live(world: &World, decision: &Decision, task: &Task) -> bool {
    task.fields().all(|(address, path)| {
        let wanted = world.wanted.desired.object(address).and_then(|object| object.value(path.as_str()));
        let live = live(world, decision, address, path.as_str());
        live.is_some() && live == wanted
    })
}

/// What a field is on the platform.
fn live<'w>(world: &'w World, decision: &Decision, address: &Address, path: &str) -> Option<&'w Value> {
    let change = decision.plan.changes.iter().find(|change| change.address == *address)?;
    let id = change.id.as_ref()?;
    let observed = world.observed.accounts.get(&world.key)?;
    let mut objects = observed.objects.iter();
    objects.find(|object| object.kind == address.kind && object.id == *id)?.value(path)
}

/// What holds it up.
fn waits(decision: &Decision, task: &Task) -> String {
    let plan = decision.plan_name().unwrap_or_default();
    match &decision.standing {
        AccountStanding::Waiting(judgement) => {
            format!("{plan} waits for approval: {}", judgement.missing().join("; "))
        }
        AccountStanding::Denied { rule, message } => format!("{plan}: policy {rule}: {message}"),
        AccountStanding::Holding(hold) => hold.to_string(),
        AccountStanding::Unsound(because) => because.clone(),
        AccountStanding::Ready(_) => format!("{plan} is being applied"),
        AccountStanding::InSync | AccountStanding::NoAccount | AccountStanding::Unreadable { .. } => {
            let left = task.fields().find(|(address, path)| {
                let held = &decision.held;
                held.object(address) || held.fields(address).is_some_and(|paths| paths.contains(path))
            });
            match left {
                Some((address, path)) => format!(
                    "`{path}` of {} is left as it is on the platform: it was changed there",
                    address.short()
                ),
                None => "it is not live yet".to_owned(),
            }
        }
    }
}

/// Removes overrides of rules and pools that count no more, once what they had in force is gone from the platform by a plan that
/// people could see. Whether there were any.
pub(super) async fn sweep(context: &Context, world: &World, decision: &Decision) -> Result<bool, Trouble> {
    if !context.fence.holds(&world.key) || only_records(world, &context.config).is_some() {
        return Ok(false);
    }
    let mut swept = false;
    for settled in world.wanted.desired.overlays.ended() {
        let overlay = &settled.overlay;
        let decided = overlay.rule.is_some();
        // A pool on which its campaign draws no more has nothing left to decide there.
        let over = matches!(&settled.standing, Standing::Ended(ended) if overlay.pool || !matches!(ended, Ended::OtherOwner));
        let path = overlay.setting.path();
        let theirs = |change: &&Change| change.address == settled.address;
        let moves = |change: &Change| {
            change.fields.iter().any(|field| field.path == path && field.before != field.after)
        };
        // Asked of the whole plan: what goes ahead leaves the rest as it waits.
        let pending = decision.plan.changes.iter().filter(theirs).any(moves);
        if decided && over && !pending {
            match overrides::remove(context, world, overlay).await {
                Ok(()) => swept = true,
                // Somebody changed it meanwhile: the next look sees what it is now.
                Err(Refused::Alone(why)) => {
                    tracing::info!(account = %world.key, name = %overlay.name, why, "an override that is over stays for now");
                }
                Err(Refused::Failed(error)) => return Err(error.into()),
            }
        }
    }
    Ok(swept)
}
