//! Automation rules of one account: run when they are due, and put in force by `Override`s that the next look plans.
//!
//! ```text
//! gather ──run──> run store: what was decided ──carry──> Override resources ──next look──> plan, approvals, executor
//!           └──settle, after the act──> what became of it, what nobody needs any more, what statuses tell
//! ```
//!
//! What rules decide, and whether it may still be acted on, is `engine::rules`, the same as on the command line. Here is
//! what a cluster adds: what its people did to what is in force (`heed`), what became of it (`settle`), and what people are
//! told (`tell`, `told`). Trouble with rules never fails a look: what git wants goes on.

mod carry;
mod heed;
mod idle;
mod settle;
mod tell;
mod told;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use adplane_core::rules::{Memory, Mode, Rule, is_due, next_look};
use adplane_engine::metrics::store::StoreError;
use adplane_engine::notify::happenings;
use adplane_engine::rules::outcome::blind;
use adplane_engine::rules::{self as engine, Keep, RunStore, RunStoreError, Stage, Task, adopt, stance};
use adplane_engine::state::StateError;
use adplane_manifest::load::DocumentKind;
use jiff::Timestamp;

use super::act::Outcome;
use super::decide::Decision;
use super::gather::World;
use super::{ReconcileError, chain, overrides, spend};
use crate::cache::ResourceKey;
use crate::context::Context;
use crate::delivered::HomeError;
use crate::spends::Turn;

pub use idle::Idle;
pub(crate) use idle::{idle_here, only_records};
pub use told::{RuleTold, Told};

/// How soon the account is looked at again after something was put in force or taken back.
const AT_ONCE: Duration = Duration::from_secs(1);
/// How soon where a raise is to end first.
const ENDING: Duration = Duration::from_secs(30);
/// How soon where another account is to be looked at first.
const SOON: Duration = Duration::from_secs(5);
/// The folder of rules in an account's state.
const FOLDER: &str = "rules";

/// What rules came to at a look.
#[derive(Debug, Default)]
pub struct Ran {
    /// Why none ran, where that is so.
    pub idle: Option<Idle>,
    /// What went wrong.
    pub trouble: Option<String>,
    /// Why rules of every mode only record what they would do.
    pub only_records: Option<&'static str>,
    /// What is told of them on this account.
    pub told: Told,
    /// What is told of those that this account reports on.
    pub merged: BTreeMap<ResourceKey, RuleTold>,
    /// How long until the next look at the latest.
    pub next: Option<Duration>,
    /// Whether something was put in force or taken back before anything was planned.
    pub(super) went: bool,
    /// What moved in this look.
    moved: Vec<Task>,
    /// Rules that cannot judge what they look at.
    blind: Vec<happenings::Told>,
    /// What was remembered before it.
    before: Option<Memory>,
}

/// Why rules could not be run.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Runs(#[from] RunStoreError),
    #[error(transparent)]
    Numbers(#[from] StoreError),
    #[error(transparent)]
    Home(#[from] HomeError),
    #[error(transparent)]
    State(#[from] StateError),
    #[error(transparent)]
    Cluster(#[from] ReconcileError),
}

/// Where the runs of an account's rules are recorded.
pub(super) fn file(world: &World) -> PathBuf {
    world.state.root().join(FOLDER).join("live.db")
}

/// Whether there is anything to run, or anything left of rules that are gone or of pools.
fn concerned(world: &World) -> bool {
    world.resources.iter().any(|resource| resource.key.kind == DocumentKind::AutomationRule)
        || file(world).exists()
        || world.wanted.desired.overlays.given.iter().any(|overlay| overlay.rule.is_some())
}

/// The rules as they may act here: where nothing is written, each only records what it would do.
fn rules(world: &World, context: &Context) -> Vec<Rule> {
    let mut rules = world.wanted.rules.clone();
    if idle::only_records(world, &context.config).is_some() {
        for rule in &mut rules {
            rule.mode = Mode::Shadow;
        }
    }
    rules
}

/// Runs what is due before anything is planned: what is live was just read, and nothing was written since.
pub(super) async fn run(context: &Context, world: &World) -> Ran {
    let mut ran = Ran::default();
    if !concerned(world) {
        return ran;
    }
    ran.told = told::read(&world.state);
    ran.only_records = idle::only_records(world, &context.config);
    ran.idle = idle::idle(context, world).await;
    if ran.idle.is_none() {
        let ticked = tick(context, world, &mut ran).await;
        grasp(context, world, &mut ran, ticked);
    }
    ran
}

/// Trouble is told, and the look goes on.
fn grasp(context: &Context, world: &World, ran: &mut Ran, done: Result<(), Trouble>) {
    if let Err(trouble) = done {
        let told = chain(&trouble);
        context.metrics.error(&world.key, "rules");
        tracing::error!(account = %world.key, error = told, "rules were not run");
        ran.trouble = Some(told);
    }
}

async fn tick(context: &Context, world: &World, ran: &mut Ran) -> Result<(), Trouble> {
    let rules = rules(world, context);
    let mut runs = RunStore::open(&file(world))?;
    let now = world.now;
    ran.before = Some(runs.memory()?);
    heed::heed(context, world, &mut runs, &mut ran.moved).await?;
    let taken_up = adopt(&world.wanted.desired, &rules, &mut runs, now)?;
    if !taken_up.is_empty() {
        tracing::warn!(account = %world.key, overrides = taken_up.len(), "local state was lost: rules have these in force, and rest");
    }
    heed::lift(world, &rules, &mut runs, &mut ran.told)?;
    if is_anything_due(world, &rules, &runs)? {
        evaluate(context, world, &rules, &mut runs, ran).await?;
    }
    if ran.went {
        ran.next = Some(AT_ONCE);
    }
    ran.next = ran.next.or_else(|| next(world, &rules));
    Ok(())
}

/// Whether a rule is due, or something is open that a run takes further.
fn is_anything_due(world: &World, rules: &[Rule], runs: &RunStore) -> Result<bool, Trouble> {
    let Some(account) = world.wanted.account() else { return Ok(false) };
    let memory = runs.memory()?;
    let due = rules.iter().any(|rule| is_due(rule, &account.key, &account.zone, &memory, world.now));
    let over = |task: &Task| task.stage == Stage::Proposed && task.until <= world.now;
    let goes_on = |task: &Task| matches!(task.stage, Stage::Decided) || over(task);
    Ok(due || runs.tasks()?.iter().any(goes_on))
}

/// How long until a rule may be due.
fn next(world: &World, rules: &[Rule]) -> Option<Duration> {
    let account = world.wanted.account()?;
    let looks = rules.iter().filter_map(|rule| next_look(rule, &account.key, &account.zone, world.now));
    let wait = looks.min()?.duration_since(world.now);
    Some(Duration::try_from(wait).unwrap_or_default().max(AT_ONCE))
}

/// Runs what is due and carries out what is open.
async fn evaluate(
    context: &Context,
    world: &World,
    rules: &[Rule],
    runs: &mut RunStore,
    ran: &mut Ran,
) -> Result<(), Trouble> {
    let numbers = context.delivered.store(&world.state).await?;
    let (pauses, schemas) = (world.state.pauses()?, adplane_platforms::schemas());
    let desired = &world.wanted.desired;
    let seen_by =
        engine::World { desired, rules, schemas: &schemas, pauses: &pauses, remembered: &world.bindings };
    let spans = desired.spend_guard.spans_accounts();
    let turn = match take_turn(context, world).await {
        Ok(turn) => turn,
        Err(wait) => {
            ran.next = Some(wait);
            return Ok(());
        }
    };
    let mut fresh = engine::snapshot(seen_by, &world.observed, numbers.as_ref(), world.now).await?;
    if let Some(account) = world.wanted.account().filter(|_| spans) {
        let alike = (account.platform, account.currency);
        let namespace = world.key.namespace.as_str();
        fresh.others = spend::others(context, namespace, alike, |key| *key == world.key);
    }
    // Rules raise from what is in force: where this look brings git's amount back, they are run by the next.
    if engine::is_ending(desired, &fresh) {
        ran.next = Some(ENDING);
        return Ok(());
    }
    let ground = stance::Ground { desired, rules, observed: &world.observed, fresh: &fresh };
    // Since numbers were read, another replica may have taken over.
    overrides::fenced(context, world)?;
    let acts = ran.only_records.is_none();
    if acts {
        let overdue = stance::overdue(runs, world.now)?;
        ran.moved.extend(stance::review(&overdue, ground, runs, world.now)?);
    }
    let mut seen = fresh.clone();
    let (run, new) = engine::decide(rules, &mut seen, &world.observed, runs, Keep::All)?;
    for notice in &run.notices {
        tracing::warn!(account = %world.key, "{}", notice.message);
    }
    ran.moved.extend(new);
    ran.told.ran(&run, world.now);
    ran.blind = blind(&run);
    // What was decided before stays as it is while nothing is written.
    if !acts {
        return Ok(());
    }
    heed::let_go(context, world, runs, &seen, ran).await?;
    let carried = carry::carry(context, world, ground, &seen, runs, ran).await;
    if ran.went {
        spend::note_raised(context, world);
    } else {
        spend::note(context, world);
    }
    drop(turn);
    carried
}

/// The turn to decide, where the spend guard has amounts: of those who share one, one decides at a time, and the next sees
/// what came of it. How soon to look again, where it must not be decided on what was read: more may be spent on the account
/// since, or nothing is known of another one just now. What is due stays due.
async fn take_turn<'c>(context: &'c Context, world: &World) -> Result<Option<Turn<'c>>, Duration> {
    let guard = &world.wanted.desired.spend_guard;
    if !guard.has_amounts() {
        return Ok(None);
    }
    let turn = spend::turn(context, [world]).await.ok_or(AT_ONCE)?;
    let awaits = guard.spans_accounts() && spend::awaits(context, world);
    if awaits { Err(SOON) } else { Ok(Some(turn)) }
}

/// After the act: what became of what rules have in force, what is not needed any more, and what is told of it.
pub(super) async fn settle(
    context: &Context,
    world: &World,
    decision: &Decision,
    outcome: &Outcome,
    ran: &mut Ran,
) {
    if ran.idle.is_none() && ran.before.is_some() {
        let settled = close(context, world, decision, outcome, ran).await;
        grasp(context, world, ran, settled);
    }
    ran.merged = told::merged(context, world, &ran.told);
}

async fn close(
    context: &Context,
    world: &World,
    decision: &Decision,
    outcome: &Outcome,
    ran: &mut Ran,
) -> Result<(), Trouble> {
    overrides::fenced(context, world)?;
    let mut runs = RunStore::open(&file(world))?;
    settle::settle(world, decision, outcome, &mut runs, &mut ran.moved)?;
    settle::expire(context, world, decision, &mut runs, ran).await?;
    if settle::sweep(context, world, decision).await? {
        ran.next = Some(AT_ONCE);
    }
    tell::tell(context, world, ran, &runs).await?;
    let (memory, tasks) = (runs.memory()?, runs.tasks()?);
    ran.told.stand(world, &memory, &tasks);
    told::keep(&world.state, &ran.told)?;
    Ok(())
}

/// The day of the account.
fn day(world: &World, now: Timestamp) -> jiff::civil::Date {
    let zone = world.wanted.account().map(|account| account.zone.clone());
    now.to_zoned(zone.unwrap_or_else(adplane_core::time::Zone::utc).rules()).date()
}

#[cfg(test)]
pub(super) mod worlds;
