//! Carrying tasks out: a plan of exactly the fields that they move, through every gate, by the one executor.

use std::collections::BTreeSet;

use adplane_core::plan::document::PlanDocument;
use adplane_core::rules::Snapshot;
use adplane_engine::approve::ApprovedPlan;
use adplane_engine::execute::ExecuteError;
use adplane_engine::rules::carry::{self as effects, Next, Place};
use adplane_engine::rules::outcome::{Came, stop};
use adplane_engine::rules::stance::stance;
use adplane_engine::rules::{RunStore, Stage, Task};

use super::Bridge;
use super::outcome::{Done, Obstacle, obstacle};
use super::plan::{Going, Ground, fields};
use crate::error::{Exit, Failure};
use crate::pipeline::{self, Interrupt, happenings};

/// How carrying out went.
#[derive(Debug, Default)]
pub(crate) struct Carried {
    /// The tasks, as they are now.
    pub(crate) tasks: Vec<Task>,
    /// Hashes of plans that were carried out.
    pub(crate) plans: Vec<String>,
    /// Whether a write failed.
    pub(crate) failed: bool,
    /// Whether something waits for an approval of its plan.
    pub(crate) unapproved: bool,
    /// Whether a policy denied something.
    pub(crate) denied: bool,
}

impl Carried {
    /// Counts what was carried out before.
    pub(super) fn after(&mut self, before: Self) {
        let Self { tasks, plans, failed, unapproved, denied } = before;
        self.tasks.splice(0..0, tasks);
        self.plans.splice(0..0, plans);
        self.failed |= failed;
        self.unapproved |= unapproved;
        self.denied |= denied;
    }
}

/// What became of an attempt to carry tasks out together.
enum Attempt {
    /// What it came to is in the store.
    Done,
    /// Something in it stands in the way of the rest: each is tried alone.
    Apart,
}

impl Bridge<'_> {
    /// Carries out what is open. What fails or must wait says why and stays for the next tick.
    pub(super) async fn carry(
        &mut self,
        runs: &mut RunStore,
        snapshot: &Snapshot,
    ) -> Result<Carried, Failure> {
        let mut carried = Carried::default();
        let going = self.ready(runs, snapshot, &mut carried).await?;
        if going.is_empty() {
            return Ok(carried);
        }
        let mut ground = self.take_ground();
        let mut groups = vec![going];
        let mut outcome = Ok(());
        while let Some(group) = groups.pop() {
            match self.attempt(&group, &mut ground, runs, &mut carried).await {
                Ok(Attempt::Done) => {}
                Ok(Attempt::Apart) => groups.extend(group.into_iter().rev().map(|one| vec![one])),
                Err(failure) => {
                    outcome = Err(failure);
                    break;
                }
            }
        }
        self.leave_ground(ground);
        outcome.map(|()| carried)
    }

    /// What can be carried out now; what cannot says why.
    async fn ready(
        &self,
        runs: &mut RunStore,
        snapshot: &Snapshot,
        carried: &mut Carried,
    ) -> Result<Vec<Going>, Failure> {
        let mut going = Vec::new();
        let mut open = runs.tasks()?;
        open.retain(|task| matches!(task.stage, Stage::Decided | Stage::InForce));
        if open.is_empty() {
            return Ok(going);
        }
        let fresh = self.look().await?;
        for task in open {
            let next = stance(&task, self.ground(&fresh), snapshot, runs)?;
            match next {
                Next::Go(effects) => going.push(Going { task, effects }),
                Next::Wait(why) => self.stop(task, None, why, runs, carried)?,
                Next::Drop(why) => self.stop(task, Some(Stage::Lapsed), why, runs, carried)?,
            }
        }
        Ok(going)
    }

    /// A task goes no further now, or not at all.
    fn stop(
        &self,
        task: Task,
        stage: Option<Stage>,
        why: String,
        runs: &mut RunStore,
        carried: &mut Carried,
    ) -> Result<(), Failure> {
        carried.tasks.push(stop(task, stage, why, runs, self.connected.clock.now())?);
        Ok(())
    }

    async fn attempt(
        &mut self,
        group: &[Going],
        ground: &mut Ground,
        runs: &mut RunStore,
        carried: &mut Carried,
    ) -> Result<Attempt, Failure> {
        let document = self.plan(group, ground);
        let fields = fields(group);
        let obstacle = self
            .left_alone(&fields)
            .or_else(|| self.outweighed(group))
            .or_else(|| obstacle(&document, &fields));
        let approved = match obstacle {
            None => self.judge(&document),
            Some(obstacle) => Err(obstacle),
        };
        match (approved, group) {
            (Ok(approved), _) => {
                self.put(group, ground, runs)?;
                if document.steps.is_empty() {
                    self.settle_written(group, None, runs, carried)?;
                } else {
                    self.write(group, &document, &approved, runs, carried).await?;
                }
                Ok(Attempt::Done)
            }
            (Err(obstacle), [alone]) => {
                self.hold_back(alone, obstacle, &document, runs, carried)?;
                Ok(Attempt::Done)
            }
            (Err(_), _) => Ok(Attempt::Apart),
        }
    }

    /// A task that cannot be carried out as it is.
    fn hold_back(
        &self,
        alone: &Going,
        obstacle: Obstacle,
        document: &PlanDocument,
        runs: &mut RunStore,
        carried: &mut Carried,
    ) -> Result<(), Failure> {
        let task = alone.task.clone();
        match obstacle {
            Obstacle::Wait(why) => self.stop(task, None, why, runs, carried),
            Obstacle::Never(why) => {
                let stage = (task.stage == Stage::Decided).then_some(Stage::Lapsed);
                self.stop(task, stage, why, runs, carried)
            }
            // What is in force by it, git's bounds decide from here on; it is not what was decided any more.
            Obstacle::Outweighed(why) => self.stop(task, Some(Stage::Lapsed), why, runs, carried),
            Obstacle::Denied(why) => {
                carried.denied = true;
                let stage = (task.stage == Stage::Decided).then_some(Stage::Lapsed);
                self.stop(task, stage, why, runs, carried)
            }
            Obstacle::Unapproved(missing) => {
                carried.unapproved = true;
                let file = self.plan_file(document);
                pipeline::save_plan(document, &file)?;
                let why = format!(
                    "its plan waits for an approval ({missing}): `adplane approve {}`",
                    file.strip_prefix(&self.settings.cwd).unwrap_or(&file).display()
                );
                if task.why.as_ref() != Some(&why) {
                    let failure = Failure::new(Exit::Unapproved, why.clone());
                    self.notices.keep(happenings::not_applied(document, &failure));
                }
                self.stop(self.until_agreed(task), None, why, runs, carried)
            }
        }
    }

    /// What somebody is asked about waits for as long as a proposal of its rule would.
    fn until_agreed(&self, mut task: Task) -> Task {
        let rule = self.prepared.rules.iter().find(|rule| rule.key == task.intent.rule);
        if let Some(until) = rule.and_then(|rule| task.at.checked_add(rule.approval.timeout).ok()) {
            task.until = task.until.max(until);
        }
        task
    }

    /// Puts overlays on disk, and says so of the tasks: from here on they count for every plan.
    fn put(&mut self, group: &[Going], ground: &mut Ground, runs: &mut RunStore) -> Result<(), Failure> {
        // The executor would stop before its first write, and this would count meanwhile.
        Interrupt::watch().stops_here()?;
        let overrides = self.prepared.state().overrides();
        let now = self.connected.clock.now();
        let mut moved = Vec::new();
        for going in group {
            effects::bring_about(&overrides, &going.effects)?;
            ground.given = effects::foreseen(&ground.given, &going.effects, Place::LocalState);
            let mut task = going.task.clone();
            task.now(Stage::InForce, task.why.clone(), now);
            moved.push(task);
        }
        runs.move_on(&moved, now, |_| ())?;
        Ok(())
    }

    async fn write(
        &self,
        group: &[Going],
        document: &PlanDocument,
        approved: &ApprovedPlan,
        runs: &mut RunStore,
        carried: &mut Carried,
    ) -> Result<(), Failure> {
        let started = self.connected.clock.now();
        match self.execute(rules_of(group), document, approved).await {
            Ok(report) => {
                pipeline::remember_applied(document, &report, &self.prepared.state())?;
                carried.plans.push(document.hash.clone());
                if !report.is_complete() {
                    carried.failed = true;
                    self.notices.keep(happenings::executed(document, &report));
                }
                let done = Done { document, report: &report, started };
                self.settle_written(group, Some(&done), runs, carried)
            }
            Err(ExecuteError::Interrupted) => Err(Failure::new(
                Exit::Interrupted,
                "interrupted before any write; what rules decided waits for the next run",
            )),
            Err(error) => {
                match self.not_sent(document, &error) {
                    None => {}
                    Some(Exit::Unapproved) => carried.unapproved = true,
                    Some(_) => carried.failed = true,
                }
                for going in group {
                    let mut task = going.task.clone();
                    task.stage = Stage::InForce;
                    self.stop(task, None, error.to_string(), runs, carried)?;
                }
                Ok(())
            }
        }
    }

    /// Says of each task what became of it, and of what rules remember.
    fn settle_written(
        &self,
        group: &[Going],
        done: Option<&Done<'_>>,
        runs: &mut RunStore,
        carried: &mut Carried,
    ) -> Result<(), Failure> {
        let now = self.connected.clock.now();
        let mut moved = Vec::new();
        let mut learned: Vec<(Task, Came)> = Vec::new();
        for going in group {
            let mut task = going.task.clone();
            let came = done.map_or(Came::Live, |done| done.came(&task));
            let writes = done.map(|done| done.writes(&task, &self.prepared.state()));
            task.writes.extend(writes.unwrap_or_default());
            came.moves(&mut task, now);
            learned.push((going.task.clone(), came));
            moved.push(task);
        }
        runs.move_on(&moved, now, |memory| {
            for (task, came) in &learned {
                came.learn(memory, task, self.day(task, now), now);
            }
        })?;
        carried.tasks.extend(moved);
        Ok(())
    }
}

/// The rules that decided, for the log: nobody else did, whoever started the program.
fn rules_of(group: &[Going]) -> String {
    let rules: BTreeSet<String> = group.iter().map(|going| going.task.intent.rule.to_string()).collect();
    let rules: Vec<String> = rules.into_iter().map(|rule| format!("rule {rule}")).collect();
    rules.join(", ")
}
