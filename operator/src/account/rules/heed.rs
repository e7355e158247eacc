//! What people took back of what rules have in force, and what they let go on.

use adplane_core::field::FieldPath;
use adplane_core::overlay::{Overlay, STATE, Target};
use adplane_core::rules::{Rule, RuleMemory, Snapshot};
use adplane_engine::rules::carry::{self, Effect, Place, replaces, same_decision};
use adplane_engine::rules::{RunStore, Stage, Task};
use adplane_manifest::load::DocumentKind;

use super::super::gather::World;
use super::super::overrides::{self, Refused};
use super::{Ran, Told, Trouble};
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
    for task in runs.tasks()? {
        for overlay in missing(world, &task) {
            if overrides::is_there(context, world, &overlay).await? {
                continue;
            }
            moved.push(taken_back(&task, runs, world)?);
            break;
        }
    }
    Ok(())
}

/// What a task has in force and nobody heard of. An amount that another took the place of is not missed.
fn missing(world: &World, task: &Task) -> Vec<Overlay> {
    let given = &world.wanted.desired.overlays.given;
    if !matches!(task.stage, Stage::InForce | Stage::Written) {
        return Vec::new();
    }
    let effects = carry::effects(task, &world.wanted.desired).unwrap_or_default();
    let put = effects.into_iter().filter_map(|effect| match effect {
        Effect::Put(overlay) => Some(overlay),
        Effect::Lift { .. } => None,
    });
    let known = |overlay: &Overlay| {
        given.iter().any(|kept| {
            let anew = kept.rule.is_some() && replaces(&Effect::Put(kept.clone()), overlay, Place::Cluster);
            anew || same_decision(overlay, kept)
        })
    };
    put.filter(|overlay| !known(overlay)).collect()
}

/// Whoever takes it back is left alone for as long as after a pause of the rule's own.
fn taken_back(task: &Task, runs: &mut RunStore, world: &World) -> Result<Task, Trouble> {
    let lifted = lifted(task, "somebody deleted its Override", runs, world)?;
    runs.move_on(&[], world.now, |memory| memory.rest(&task.intent, world.now))?;
    Ok(lifted)
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
        match overrides::bring_about(context, world, &[end_of_hold(task)], &mut ran.went).await {
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

fn end_of_hold(task: &Task) -> Effect {
    Effect::Lift {
        rule: task.intent.rule.name.clone(),
        object: Target::of(&task.intent.object),
        path: FieldPath::new(STATE),
    }
}

#[cfg(test)]
mod tests;
