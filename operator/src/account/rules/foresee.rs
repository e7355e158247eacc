//! What the plan would be if what rules decided were in force, and what of it must not be.

use adplane_core::desired::Desired;
use adplane_core::overlay::{Overlay, settle};
use adplane_core::plan::document::PlanDocument;
use adplane_core::plan::{Action, Fields, Held, Reason, Removals};
use adplane_engine::drift;
use adplane_engine::rules::Task;
use adplane_engine::rules::carry::{self, Effect, Place};

use super::super::gather::World;
use super::super::planning;
use crate::config::Config;

/// A task with what it does to overlays.
#[derive(Debug, Clone)]
pub(super) struct Going {
    pub(super) task: Task,
    pub(super) effects: Vec<Effect>,
}

/// What stands in the way of putting something in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// It may pass.
    Wait(String),
    /// It does not.
    Never(String),
}

/// What stands in the way of a group on top of what is given by now. Whether somebody must approve is asked of its plan, once it is in force: then
/// everybody sees it.
pub(super) fn obstacle(
    world: &World,
    config: &Config,
    given: &[Overlay],
    group: &[Going],
) -> Option<Obstacle> {
    let mut fields = Fields::new();
    for going in group {
        going.task.add_fields(&mut fields);
    }
    let effects: Vec<Effect> = group.iter().flat_map(|going| going.effects.clone()).collect();
    let mut desired = world.wanted.desired.clone();
    desired.overlays.given = carry::foreseen(given, &effects, Place::Cluster);
    settle(&mut desired, world.now);
    let ignored = drift::ignored(&desired, &config.drift.rules());
    let outweighed = effects.iter().find_map(|effect| match effect {
        Effect::Put(overlay) => overlay.outweighed(&desired),
        Effect::Lift { .. } => None,
    });
    if let Some(why) = left_alone(&ignored, &fields).or(outweighed) {
        return Some(Obstacle::Never(why));
    }
    let mut held = Held::all_but(&desired, &fields);
    held.extend(ignored);
    held.extend(world.wanted.held.clone());
    let document = planning::plan_of(world, config, &desired, &held, Some(Removals::default()));
    judged(&document, &fields).or_else(|| in_the_way(world, config, given, &desired, group))
}

/// What git wants is not kept back by what a rule adds to it: where only both together are denied, the rule waits. What
/// lowers spend waits for nothing: it goes ahead of a plan that is denied.
fn in_the_way(
    world: &World,
    config: &Config,
    given: &[Overlay],
    desired: &Desired,
    group: &[Going],
) -> Option<Obstacle> {
    if group.iter().all(|going| going.task.intent.direction().lowers()) {
        return None;
    }
    let denial = whole(world, config, desired)?;
    let mut without = world.wanted.desired.clone();
    without.overlays.given = given.to_vec();
    settle(&mut without, world.now);
    let denied_anyway = whole(world, config, &without).is_some();
    (!denied_anyway).then(|| Obstacle::Wait(format!("together with what waits in git, {denial}")))
}

/// What denies the plan of everything that would be wanted.
fn whole(world: &World, config: &Config, desired: &Desired) -> Option<String> {
    let mut held = world.wanted.held.clone();
    held.extend(drift::ignored(desired, &config.drift.rules()));
    let document = planning::plan_of(world, config, desired, &held, world.wanted.removals.clone());
    let denial = document.denial()?;
    Some(format!("policy `{}` denies it: {}", denial.rule, denial.message))
}

/// A field that the drift policy leaves as it is, whoever wants it otherwise.
fn left_alone(ignored: &Held, fields: &Fields) -> Option<String> {
    let mut each = fields.iter().flat_map(|(address, paths)| paths.iter().map(move |path| (address, path)));
    let (address, path) = each.find(|(address, path)| {
        ignored.object(address) || ignored.fields(address).is_some_and(|paths| paths.contains(*path))
    })?;
    Some(format!("the drift policy is `Ignore` for `{path}` of {}", address.short()))
}

/// What a plan of these fields says against itself.
fn judged(document: &PlanDocument, fields: &Fields) -> Option<Obstacle> {
    let blocked = document
        .changes
        .iter()
        .filter(|change| change.action == Action::Blocked && fields.contains_key(&change.address));
    for (change, reason) in blocked.flat_map(|change| change.reasons.iter().map(move |why| (change, why))) {
        let Reason::Blocked(blocked) = reason else { continue };
        let why = format!("{}: {}", change.address.short(), blocked.why);
        let passes = matches!(blocked.code.as_str(), "account-not-read" | "account-differs");
        return Some(if passes { Obstacle::Wait(why) } else { Obstacle::Never(why) });
    }
    let denial = document.denial()?;
    Some(Obstacle::Never(format!("policy `{}` denies it: {}", denial.rule, denial.message)))
}
