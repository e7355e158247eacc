//! What the plan would be if what rules and pools decided were in force, and what of it must not be.

use adplane_core::desired::Desired;
use adplane_core::overlay::{Overlay, settle};
use adplane_core::plan::document::PlanDocument;
use adplane_core::plan::{Action, Fields, Held, Reason, Removals};
use adplane_engine::drift;

use super::gather::World;
use super::planning;
use crate::config::Config;

/// What would be put in force together.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    /// The fields that it moves.
    pub(crate) fields: Fields,
    /// What is put in force.
    pub(crate) puts: Vec<Overlay>,
    /// All that is in force then.
    pub(crate) given: Vec<Overlay>,
    /// Whether it can only lower what is spent.
    pub(crate) lowers: bool,
}

/// What stands in the way of putting something in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Obstacle {
    /// It may pass.
    Wait(String),
    /// It does not.
    Never(String),
}

impl Obstacle {
    /// Why, as a sentence fragment.
    pub(crate) fn why(self) -> String {
        match self {
            Self::Wait(why) | Self::Never(why) => why,
        }
    }
}

/// What stands in the way of a wish on top of what is given by now. Whether somebody must approve is asked of its plan, once
/// it is in force: then everybody sees it.
pub(crate) fn obstacle(world: &World, config: &Config, given: &[Overlay], wish: &Wish) -> Option<Obstacle> {
    foresee(world, config, given, wish).err()
}

/// The plan of exactly what is wished; what stands in its way, where something does.
pub(crate) fn foresee(
    world: &World,
    config: &Config,
    given: &[Overlay],
    wish: &Wish,
) -> Result<PlanDocument, Obstacle> {
    let mut desired = world.wanted.desired.clone();
    desired.overlays.given.clone_from(&wish.given);
    settle(&mut desired, world.now);
    let ignored = drift::ignored(&desired, &config.drift.rules());
    let outweighed = wish.puts.iter().find_map(|overlay| overlay.outweighed(&desired));
    if let Some(why) = left_alone(&ignored, &wish.fields).or(outweighed) {
        return Err(Obstacle::Never(why));
    }
    let mut held = Held::all_but(&desired, &wish.fields);
    held.extend(ignored);
    held.extend(world.wanted.held.clone());
    let document = planning::plan_of(world, config, &desired, &held, Some(Removals::default()));
    let found = judged(&document, &wish.fields);
    match found.or_else(|| in_the_way(world, config, given, &desired, wish)) {
        Some(obstacle) => Err(obstacle),
        None => Ok(document),
    }
}

/// What git wants is not kept back by what is added to it: where only both together are denied, this waits. What lowers
/// spend waits for nothing: it goes ahead of a plan that is denied.
fn in_the_way(
    world: &World,
    config: &Config,
    given: &[Overlay],
    desired: &Desired,
    wish: &Wish,
) -> Option<Obstacle> {
    if wish.lowers {
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
