//! The plan of what rules move: these fields of these objects, as if their overlays were in force.

use std::path::PathBuf;

use adplane_core::address::Address;
use adplane_core::field::FieldPath;
use adplane_core::overlay::{Overlay, settle};
use adplane_core::plan::document::PlanDocument;
use adplane_core::plan::{Fields, Held, Removals};
use adplane_core::rules::Snapshot;
use adplane_engine::rules::carry::{self as effects, Effect, Next, Place};
use adplane_engine::rules::{Stage, Task};

use super::Bridge;
use super::outcome::Obstacle;
use crate::args::PlanFlags;
use crate::pipeline::{self, drift};

/// Digits of a plan's hash in the name of its file.
const DIGITS: usize = 12;

/// A task with what it does to overlays.
#[derive(Debug, Clone)]
pub(super) struct Going {
    pub(super) task: Task,
    pub(super) effects: Vec<Effect>,
}

/// What a plan of tasks rests on, while it is made.
pub(in crate::pipeline) struct Ground {
    /// Overlays without those of tasks that are not in force yet.
    pub(in crate::pipeline) given: Vec<Overlay>,
    pub(in crate::pipeline) held: Held,
    removals: Option<Removals>,
}

impl Bridge<'_> {
    /// The plan of what is open, and of new tasks, as it would be made now.
    pub(crate) fn foreseen_plan(&mut self, tasks: &[Task], snapshot: &Snapshot) -> Option<PlanDocument> {
        let (desired, rules) = (&self.prepared.desired, &self.prepared.rules);
        let going: Vec<Going> = tasks
            .iter()
            .filter(|task| matches!(task.stage, Stage::Decided | Stage::InForce))
            .filter_map(|task| match effects::next(task, desired, rules, snapshot, snapshot.now) {
                Next::Go(effects) => Some(Going { task: task.clone(), effects }),
                Next::Wait(_) | Next::Drop(_) => None,
            })
            .collect();
        if going.is_empty() {
            return None;
        }
        let ground = self.take_ground();
        let document = self.plan(&going, &ground);
        self.leave_ground(ground);
        Some(document)
    }

    pub(in crate::pipeline) fn take_ground(&mut self) -> Ground {
        Ground {
            given: self.prepared.desired.overlays.given.clone(),
            held: std::mem::take(&mut self.prepared.held),
            removals: self.prepared.removals.take(),
        }
    }

    pub(in crate::pipeline) fn leave_ground(&mut self, ground: Ground) {
        self.prepared.desired.overlays.given = ground.given;
        self.prepared.held = ground.held;
        self.prepared.removals = ground.removals;
        settle(&mut self.prepared.desired, self.connected.clock.now());
    }

    /// The plan of exactly the fields that tasks move, as if their overlays were in force.
    pub(super) fn plan(&mut self, group: &[Going], ground: &Ground) -> PlanDocument {
        let effects: Vec<Effect> = group.iter().flat_map(|going| going.effects.clone()).collect();
        let desired = &mut self.prepared.desired;
        desired.overlays.given = effects::foreseen(&ground.given, &effects, Place::LocalState);
        settle(desired, self.connected.clock.now());
        let mut held = Held::all_but(&self.prepared.desired, &fields(group));
        held.extend(self.ignored());
        self.prepared.held = held;
        // Nothing is removed: a rule's plan is about what it moves and nothing else.
        self.prepared.removals = Some(Removals::default());
        pipeline::make_plan(self.prepared, self.connected, self.observed, &PlanFlags::default())
    }

    /// Why what a group puts in force would not be what counts: somebody's word goes before it, or git's bounds have moved.
    /// Asked after [`Self::plan`], while the project is as if it were in force.
    pub(super) fn outweighed(&self, group: &[Going]) -> Option<Obstacle> {
        let mut puts = group.iter().flat_map(|going| &going.effects).filter_map(|effect| match effect {
            Effect::Put(overlay) => Some(overlay),
            Effect::Lift { .. } => None,
        });
        let desired = &self.prepared.desired;
        puts.find_map(|overlay| overlay.outweighed(desired)).map(Obstacle::Outweighed)
    }

    /// What the drift policy leaves as it is on the platform.
    pub(in crate::pipeline) fn ignored(&self) -> Held {
        drift::ignored(&self.prepared.desired, &drift::rules(&self.prepared.loaded.project))
    }

    /// A field that the drift policy leaves as it is, whoever wants it otherwise.
    pub(super) fn left_alone(&self, fields: &Fields) -> Option<Obstacle> {
        let (address, path) = held(&self.ignored(), fields)?;
        let why = format!("the drift policy is `Ignore` for `{path}` of {}", address.short());
        Some(Obstacle::Never(why))
    }

    pub(in crate::pipeline) fn plan_file(&self, document: &PlanDocument) -> PathBuf {
        let digits: String = document.hash.trim_start_matches("sha256:").chars().take(DIGITS).collect();
        self.plans.join(format!("plan-{digits}.json"))
    }
}

/// The first of these fields that is left as it is.
pub(in crate::pipeline) fn held<'f>(held: &Held, fields: &'f Fields) -> Option<(&'f Address, &'f FieldPath)> {
    let is_held = |address: &Address, path: &FieldPath| {
        held.object(address) || held.fields(address).is_some_and(|paths| paths.contains(path))
    };
    let mut each = fields.iter().flat_map(|(address, paths)| paths.iter().map(move |path| (address, path)));
    each.find(|(address, path)| is_held(address, path))
}

/// The fields of a group.
pub(super) fn fields(group: &[Going]) -> Fields {
    let mut fields = Fields::new();
    for going in group {
        going.task.add_fields(&mut fields);
    }
    fields
}
