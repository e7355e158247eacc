//! What became of what rules have in force on the platform, and what nobody needs any more.

use adplane_core::address::Address;
use adplane_core::field::FieldPath;
use adplane_core::overlay::{Ended, Overlay, Setting, Settled, Standing};
use adplane_core::plan::document::PlanDocument;
use adplane_core::value::Value;
use adplane_engine::rules::carry::{self, Effect, same_decision};
use adplane_engine::rules::outcome::{Came, stop};
use adplane_engine::rules::{RunStore, Stage, Task};
use jiff::{SignedDuration, Timestamp};

use super::super::act::Outcome;
use super::super::decide::Decision;
use super::super::decide::Standing as AccountStanding;
use super::super::gather::World;
use super::super::overrides::{self, Refused};
use super::idle::only_records;
use super::{AT_ONCE, Ran, Trouble, day};
use crate::context::Context;
use crate::plans::name_of;

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
        if after == task && !matches!(came, Came::Failed(_) | Came::Down(_)) {
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
    for task in runs.tasks()?.into_iter().filter(|task| has_expired(world, decision, task)) {
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

/// Whether a task raises spend, and was in force for too long without being live.
fn has_expired(world: &World, decision: &Decision, task: &Task) -> bool {
    let rule = world.wanted.rules.iter().find(|rule| rule.key == task.intent.rule);
    rule.is_some_and(|rule| is_overdue(task, rule.approval.timeout, world.now))
        && !is_live(world, decision, task)
}

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

/// What became of a task: each of its fields was written in this look, or is live as it is wanted, or waits.
fn came(world: &World, decision: &Decision, outcome: &Outcome, task: &Task) -> Came {
    Came::of(task, &outcome.executed(decision), |address, path| {
        let live = is_field_live(world, decision, address, path.as_str());
        (!live).then(|| waits(decision, outcome, address, path))
    })
}

/// Whether everything that a task moves is live as it is wanted, whoever has it in force.
fn is_live(world: &World, decision: &Decision, task: &Task) -> bool {
    task.fields().all(|(address, path)| is_field_live(world, decision, address, path.as_str()))
}

fn is_field_live(world: &World, decision: &Decision, address: &Address, path: &str) -> bool {
    let wanted = world.wanted.desired.object(address).and_then(|object| object.value(path));
    let live = live(world, decision, address, path);
    live.is_some() && live == wanted
}

/// What a field is on the platform.
fn live<'w>(world: &'w World, decision: &Decision, address: &Address, path: &str) -> Option<&'w Value> {
    let change = decision.plan.changes.iter().find(|change| change.address == *address)?;
    let id = change.id.as_ref()?;
    let observed = world.observed.accounts.get(&world.key)?;
    let mut objects = observed.objects.iter();
    objects.find(|object| object.kind == address.kind && object.id == *id)?.value(path)
}

/// What holds a field up that is not live.
fn waits(decision: &Decision, outcome: &Outcome, address: &Address, path: &FieldPath) -> String {
    let ahead = decision.ahead.as_ref().filter(|ahead| moves(&ahead.document, address, path));
    if let Some(ahead) = ahead {
        let name = name_of(&ahead.document.hash);
        return match &outcome.failure {
            Some(failure) => format!("{name}: {failure}"),
            None => format!("{name} is being applied"),
        };
    }
    if let Some(why) = &outcome.kept_back {
        return why.clone();
    }
    if !moves(&decision.document, address, path) {
        let held = &decision.held;
        return if held.object(address) || held.fields(address).is_some_and(|paths| paths.contains(path)) {
            format!("`{path}` of {} is left as it is on the platform: it was changed there", address.short())
        } else {
            "it is not live yet".to_owned()
        };
    }
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
            "it is not live yet".to_owned()
        }
    }
}

/// Whether a plan changes a field.
fn moves(document: &PlanDocument, address: &Address, path: &FieldPath) -> bool {
    let mut theirs = document.changes.iter().filter(|change| change.address == *address);
    theirs.any(|change| change.fields.iter().any(|field| field.path == *path))
}

/// Removes overrides of rules and pools that count no more, once what they had in force is gone from the platform by a
/// plan that people could see. Whether there were any.
pub(super) async fn sweep(context: &Context, world: &World, decision: &Decision) -> Result<bool, Trouble> {
    if !context.fence.holds(&world.key) || only_records(world, &context.config).is_some() {
        return Ok(false);
    }
    let mut swept = false;
    let needless = world.wanted.desired.overlays.ended().filter(|settled| is_needless(decision, settled));
    for Settled { overlay, .. } in needless {
        match overrides::remove(context, world, overlay).await {
            Ok(()) => swept = true,
            // Somebody changed it meanwhile: the next look sees what it is now.
            Err(Refused::Alone(why)) => {
                tracing::info!(account = %world.key, name = %overlay.name, why, "an override that is over stays for now");
            }
            Err(Refused::Failed(error)) => return Err(error.into()),
        }
    }
    Ok(swept)
}

/// Whether an overlay of a rule is over, and nothing of it is left to plan.
fn is_needless(decision: &Decision, settled: &Settled) -> bool {
    let overlay = &settled.overlay;
    let decided = overlay.rule.is_some();
    // A pool on which its campaign draws no more has nothing left to decide there.
    let stays = |ended: &Ended| matches!(ended, Ended::OtherOwner) && !overlay.pool;
    let over = matches!(&settled.standing, Standing::Ended(ended) if !stays(ended));
    let path = overlay.setting.path();
    // Asked of the whole plan: what goes ahead leaves the rest as it waits.
    let mut theirs = decision.plan.changes.iter().filter(|change| change.address == settled.address);
    let pending = theirs
        .any(|change| change.fields.iter().any(|field| field.path == path && field.before != field.after));
    decided && over && !pending
}

#[cfg(test)]
mod tests;
