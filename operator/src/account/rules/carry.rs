//! Carrying out what rules decided: `Override`s, and nothing else. The plan that follows takes the way of every plan.

use adplane_core::overlay::Overlay;
use adplane_core::plan::Fields;
use adplane_core::rules::Snapshot;
use adplane_engine::rules::carry::{Effect, Next, Place, foreseen};
use adplane_engine::rules::outcome::stop;
use adplane_engine::rules::stance::{Ground, stance};
use adplane_engine::rules::{RunStore, Stage, Task};

use super::super::foresee::{Obstacle, Wish, obstacle};
use super::super::gather::World;
use super::super::overrides::{self, Refused};
use super::{Ran, Trouble};
use crate::context::Context;

/// A task with what it does to overlays.
#[derive(Debug, Clone)]
struct Going {
    task: Task,
    effects: Vec<Effect>,
}

/// What a group wants together, on top of what is given by now.
fn wish(given: &[Overlay], group: &[Going]) -> Wish {
    let mut fields = Fields::new();
    for going in group {
        going.task.add_fields(&mut fields);
    }
    let effects: Vec<Effect> = group.iter().flat_map(|going| going.effects.clone()).collect();
    let puts = effects.iter().filter_map(|effect| match effect {
        Effect::Put(overlay) => Some(overlay.clone()),
        Effect::Lift { .. } => None,
    });
    Wish {
        fields,
        puts: puts.collect(),
        given: foreseen(given, &effects, Place::Cluster),
        lowers: group.iter().all(|going| going.task.intent.direction().lowers()),
    }
}

/// Puts in force what may be; what may not says why and waits for the next look, or is given up.
pub(super) async fn carry(
    context: &Context,
    world: &World,
    ground: Ground<'_>,
    seen: &Snapshot,
    runs: &mut RunStore,
    ran: &mut Ran,
) -> Result<(), Trouble> {
    let going = ready(world, ground, seen, runs, &mut ran.moved)?;
    if going.is_empty() {
        return Ok(());
    }
    // Together first: where something is in the way of one, each is tried alone, on top of those before it.
    let mut given = world.wanted.desired.overlays.given.clone();
    let mut groups = vec![going];
    while let Some(group) = groups.pop() {
        let found = obstacle(world, &context.config, &given, &wish(&given, &group));
        match (found, group.as_slice()) {
            (None, group) => {
                for going in group {
                    if put(context, world, going, runs, ran).await? {
                        given = foreseen(&given, &going.effects, Place::Cluster);
                    }
                }
            }
            (Some(obstacle), [alone]) => {
                let (stage, why) = match obstacle {
                    Obstacle::Wait(why) => (None, why),
                    Obstacle::Never(why) => (Some(Stage::Lapsed), why),
                };
                ran.moved.push(stop(alone.task.clone(), stage, why, runs, world.now)?);
            }
            (Some(_), group) => groups.extend(group.iter().rev().map(|one| vec![one.clone()])),
        }
    }
    Ok(())
}

/// What can be put in force now.
fn ready(
    world: &World,
    ground: Ground<'_>,
    seen: &Snapshot,
    runs: &mut RunStore,
    moved: &mut Vec<Task>,
) -> Result<Vec<Going>, Trouble> {
    let mut going = Vec::new();
    let open = runs.tasks()?;
    for task in open.into_iter().filter(|task| matches!(task.stage, Stage::Decided | Stage::InForce)) {
        match (stance(&task, ground, seen, runs)?, task.stage) {
            (Next::Go(effects), Stage::Decided) => going.push(Going { task, effects }),
            // What is in force, the plan brings to the platform.
            (Next::Go(_), _) | (Next::Wait(_), Stage::InForce) => {}
            (Next::Wait(why), _) => moved.push(stop(task, None, why, runs, world.now)?),
            (Next::Drop(why), _) => moved.push(stop(task, Some(Stage::Lapsed), why, runs, world.now)?),
        }
    }
    Ok(going)
}

/// Puts one in force. What the cluster refuses of it keeps no other back: it is tried again until its time is over.
async fn put(
    context: &Context,
    world: &World,
    going: &Going,
    runs: &mut RunStore,
    ran: &mut Ran,
) -> Result<bool, Trouble> {
    let now = world.now;
    match overrides::bring_about(context, world, &going.effects, &mut ran.went).await {
        Ok(()) => {}
        Err(Refused::Alone(why)) => {
            let over = going.task.until <= now;
            let stage = over.then_some(Stage::Lapsed);
            ran.moved.push(stop(going.task.clone(), stage, why, runs, now)?);
            return Ok(false);
        }
        Err(Refused::Failed(error)) => return Err(error.into()),
    }
    let mut task = going.task.clone();
    task.now(Stage::InForce, task.why.clone(), now);
    runs.move_on(std::slice::from_ref(&task), now, |_| ())?;
    ran.moved.push(task);
    Ok(true)
}
