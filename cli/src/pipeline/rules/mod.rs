//! Automation rules on live accounts: one tick, and bringing what it decides to the platforms.
//!
//! ```text
//! snapshot ──decide──> run, memory, tasks: one transaction ──carry──> overlays on disk ──plan of these fields──> gates ──execute──>
//! records: what was written, as which requests
//! ```
//!
//! What a tick decides is on disk before anything comes of it, and every step can be cut off: the next tick takes up what
//! is open. `plan` plans, `carry` decides what is written, `send` sends it, `agree` is about
//! what people are asked, `propose` makes patches for pull requests, `tell` says it.

mod agree;
mod carry;
mod ending;
mod outcome;
mod plan;
mod propose;
mod report;
mod send;
mod tell;

use std::path::PathBuf;

use adplane_core::address::AccountKey;
use adplane_core::observed::Observed;
use adplane_core::rules::{Run, Snapshot, is_due};
use adplane_engine::metrics::store::MetricStore;
use adplane_engine::rules::{
    Keep, RunStore, Stage, Task, World, adopt, carry as effects, decide, reaches, snapshot,
};

use super::notices::Notices;
use super::{Connected, Prepared};
use crate::args::ApprovalFlags;
use crate::error::{Exit, Failure};
use crate::pipeline;
use crate::settings::Settings;
use crate::ui::Ui;

pub(crate) use carry::Carried;
pub(in crate::pipeline) use outcome::{Obstacle, obstacle};
pub(in crate::pipeline) use plan::{Ground, held};

/// What a tick works on.
pub(crate) struct Bridge<'a> {
    pub(crate) prepared: &'a mut Prepared,
    pub(crate) connected: &'a Connected,
    pub(crate) observed: &'a Observed,
    /// What was delivered.
    pub(crate) numbers: &'a dyn MetricStore,
    /// Where approvals of plans are found.
    pub(crate) approvals: &'a ApprovalFlags,
    /// Where plans that wait for approvals are kept.
    pub(crate) plans: PathBuf,
    pub(crate) notices: &'a Notices<'a>,
    pub(crate) settings: &'a Settings,
    pub(crate) ui: &'a Ui,
}

/// What a tick came to.
pub(crate) struct Ticked {
    /// What rules decided.
    pub(crate) run: Run,
    /// What they saw.
    pub(crate) snapshot: Snapshot,
    /// What became of every task that was looked at, in the order of decisions.
    pub(crate) tasks: Vec<Task>,
    /// How the writes went.
    pub(crate) carried: Carried,
}

/// Shows rules what was told from outside; what cannot be read is unknown to them.
pub(crate) fn add_signals(snapshot: &mut Snapshot, prepared: &Prepared, ui: &Ui) {
    let (known, unreadable) = prepared.state().signals().all();
    snapshot.signals.extend(known);
    for path in unreadable {
        ui.note(&format!("`{}` cannot be read, so its signal is unknown: put it again", path.display()));
    }
}

/// Where runs on live accounts are recorded; what is only tried has a file of its own, so that it uses nothing up.
pub(crate) fn file(prepared: &Prepared) -> PathBuf {
    prepared.state().root().join("rules").join("live.db")
}

/// Whether a tick has anything to do: a rule is due, or something is open.
pub(crate) fn is_anything_due(prepared: &Prepared, connected: &Connected) -> Result<bool, Failure> {
    let path = file(prepared);
    if prepared.rules.is_empty() && !path.exists() {
        return Ok(false);
    }
    let runs = RunStore::open(&path)?;
    let (memory, now) = (runs.memory()?, connected.clock.now());
    let due = prepared.rules.iter().any(|rule| {
        let mut accounts = prepared.desired.accounts.values().filter(|account| reaches(rule, account));
        accounts.any(|account| is_due(rule, &account.key, &account.zone, &memory, now))
    });
    Ok(due || runs.tasks()?.iter().any(|task| task.stage.is_open()))
}

/// Rules and pools act on whole projects: with a part of one, what is last, what shares a budget and what is peerless look
/// otherwise.
pub(crate) fn require_whole(prepared: &Prepared) -> Result<(), Failure> {
    if !prepared.desired.complete {
        return Err(Failure::new(
            Exit::Usage,
            "rules and pools act on a whole project, and this is a part of one",
        )
        .hint("run it on the project's folder, without `--account`, `--namespace` or single files"));
    }
    if prepared.desired.project.is_none() {
        return Err(Failure::error("the project has no name, so nothing live could be recognised as ours")
            .hint("write `project: <name>` in `adplane.yaml`"));
    }
    Ok(())
}

impl Bridge<'_> {
    /// What rules see now.
    pub(crate) async fn look(&self) -> Result<Snapshot, Failure> {
        let pauses = self.prepared.state().pauses()?;
        let (schemas, remembered) = (adplane_platforms::schemas(), self.prepared.state().bindings().ids());
        let world = World {
            desired: &self.prepared.desired,
            rules: &self.prepared.rules,
            schemas: &schemas,
            pauses: &pauses,
            remembered: &remembered,
        };
        let mut found = snapshot(world, self.observed, self.numbers, self.connected.clock.now()).await?;
        add_signals(&mut found, self.prepared, self.ui);
        Ok(found)
    }

    /// What rules are run on, for somebody who asks about it.
    pub(crate) fn with_world<T>(&self, ask: impl FnOnce(World<'_>) -> T) -> Result<T, Failure> {
        let pauses = self.prepared.state().pauses()?;
        let (schemas, remembered) = (adplane_platforms::schemas(), self.prepared.state().bindings().ids());
        Ok(ask(World {
            desired: &self.prepared.desired,
            rules: &self.prepared.rules,
            schemas: &schemas,
            pauses: &pauses,
            remembered: &remembered,
        }))
    }

    /// The record of runs. Where it was lost, it takes up what rules have in force.
    pub(crate) fn runs(&self) -> Result<RunStore, Failure> {
        let Prepared { desired, rules, .. } = &*self.prepared;
        let mut runs = RunStore::open(&file(self.prepared))?;
        let taken_up = adopt(desired, rules, &mut runs, self.connected.clock.now())?;
        if let count @ 1.. = taken_up.len() {
            let what = match count {
                1 => "1 override in force is its rule's again and rests".to_owned(),
                _ => format!("{count} overrides in force are their rules' again and rest"),
            };
            // A daemon's log holds nothing but events.
            tracing::warn!(
                "the record of rules was lost: {what}, and nothing is raised on these accounts before their next day"
            );
        }
        Ok(runs)
    }

    /// Ends raises whose time is over, then runs what is due and carries out what is open.
    ///
    /// The ends go first, and what was written is read again: what rules raise is counted from what is in force now, and
    /// not from the raise of the day before.
    pub(crate) async fn tick(&mut self) -> Result<Ticked, Failure> {
        let mut ended = Carried::default();
        let snapshot = self.look().await?;
        self.end_raises(&snapshot, &mut ended).await?;
        if ended.plans.is_empty() {
            return self.run_due(snapshot, ended).await;
        }
        let observed = pipeline::observe_all(self.prepared, self.connected, self.ui).await;
        let mut anew = self.seeing(&observed);
        let snapshot = anew.look().await?;
        anew.run_due(snapshot, ended).await
    }

    /// The same on what was read anew.
    pub(crate) fn seeing<'s>(&'s mut self, observed: &'s Observed) -> Bridge<'s> {
        Bridge {
            prepared: &mut *self.prepared,
            connected: self.connected,
            observed,
            numbers: self.numbers,
            approvals: self.approvals,
            plans: self.plans.clone(),
            notices: self.notices,
            settings: self.settings,
            ui: self.ui,
        }
    }

    /// Runs what is due and carries out what is open.
    async fn run_due(&mut self, mut snapshot: Snapshot, ended: Carried) -> Result<Ticked, Failure> {
        let mut runs = self.runs()?;
        let overdue = self.review(&mut runs).await?;
        let before = runs.memory()?;
        let (run, new) = decide(&self.prepared.rules, &mut snapshot, self.observed, &mut runs, Keep::All)?;
        self.let_go(&mut runs, &snapshot)?;
        let mut carried = self.carry(&mut runs, &snapshot).await?;
        carried.after(ended);
        self.propose(&new);
        self.report(&new);
        let mut tasks = overdue;
        tasks.extend(new);
        for task in std::mem::take(&mut carried.tasks) {
            match tasks.iter_mut().find(|known| known.digest == task.digest) {
                Some(known) => *known = task,
                None => tasks.push(task),
            }
        }
        let unheard = self.mark_unheard(&mut tasks, snapshot.now);
        runs.move_on(&unheard, snapshot.now, |_| ())?;
        let ticked = Ticked { run, snapshot, tasks, carried };
        self.tell(&ticked, &before, &runs)?;
        Ok(ticked)
    }

    /// What a tick would decide now, with nothing kept and nothing carried out.
    pub(crate) async fn foresee(&mut self) -> Result<Ticked, Failure> {
        let mut runs = self.runs()?;
        let mut snapshot = self.look().await?;
        let (run, new) =
            decide(&self.prepared.rules, &mut snapshot, self.observed, &mut runs, Keep::Nothing)?;
        let mut tasks = runs.tasks()?;
        tasks.retain(|task| task.stage.is_open());
        tasks.extend(new);
        self.mark_unheard(&mut tasks, snapshot.now);
        Ok(Ticked { run, snapshot, tasks, carried: Carried::default() })
    }

    /// Ends holds on what somebody runs again by hand.
    fn let_go(&mut self, runs: &mut RunStore, snapshot: &Snapshot) -> Result<(), Failure> {
        let now = snapshot.now;
        let known = runs.tasks()?;
        for task in effects::resumed(&known, snapshot, now) {
            let mut lifted = task.clone();
            let lift = effects::Effect::Lift {
                rule: task.intent.rule.name.clone(),
                object: adplane_core::overlay::Target::of(&task.intent.object),
                path: adplane_core::field::FieldPath::new(adplane_core::overlay::STATE),
            };
            let effect = [lift];
            effects::bring_about(&self.prepared.state().overrides(), &effect)?;
            let overlays = &mut self.prepared.desired.overlays;
            overlays.given = effects::foreseen(&overlays.given, &effect, effects::Place::LocalState);
            lifted.now(Stage::Lifted, Some("somebody runs it again by hand".to_owned()), now);
            let (rule, object) = (lifted.intent.rule.clone(), lifted.intent.object.clone());
            runs.move_on(&[lifted], now, |memory| memory.forget_pause(&rule, &object))?;
            self.ui.note(&format!("{} runs again by hand: `{rule}` lets go of it", object.short()));
        }
        adplane_core::overlay::settle(&mut self.prepared.desired, now);
        Ok(())
    }

    /// The day of a task's account.
    fn day(&self, task: &Task, now: jiff::Timestamp) -> jiff::civil::Date {
        let account =
            AccountKey { namespace: task.intent.rule.namespace.clone(), name: task.account.clone() };
        let zone = self.prepared.desired.accounts.get(&account).map(|account| account.zone.clone());
        now.to_zoned(zone.unwrap_or_else(adplane_core::time::Zone::utc).rules()).date()
    }
}
