//! The apply: the one executor, fenced, watched, told of.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use adplane_core::address::{AccountKey, Address};
use adplane_core::plan::document::PlanDocument;
use adplane_core::plan::{Operation, Wave};
use adplane_engine::approve::{ApprovedPlan, Sources, approve_with};
use adplane_engine::assets::PlannedAssets;
use adplane_engine::drift;
use adplane_engine::error::PlatformError;
use adplane_engine::execute::{
    ApplyReport, ChangeResult, ExecuteError, Execution, Progress, RunInfo, execute,
};
use adplane_engine::notify::happenings::{self, Told};
use adplane_engine::port::Adapter;
use adplane_engine::state::{Actor, Intent, StateError};
use adplane_manifest::api::plan::PlanStatus;
use adplane_manifest::api::status::PlanPhase;
use adplane_manifest::api::text::Message;

use super::super::gather::World;
use super::super::{ReconcileError, chain};
use super::leave::Leave;
use super::{MESSAGE, Outcome, may_spend_more, publish};
use crate::context::Context;
use crate::events::{Happening, of_plan};
use crate::notices;
use crate::plans::{SeenPlan, Watchful, cut};

/// How soon the account is looked at again after an apply: platforms' lists may follow their writes by seconds.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// How soon after one that failed, or must wait.
const TRY_AGAIN: Duration = Duration::from_mins(1);
/// How often an apply asks whether the operator is being uninstalled.
const LISTEN_EVERY: Duration = Duration::from_secs(5);
/// Failures that a message names.
const FAILURES: usize = 3;

/// Applies an approved plan. Its approvals are asked for again before every batch, and so is the lease.
pub(super) async fn apply(
    context: &Context,
    world: &World,
    document: &PlanDocument,
    approved: &ApprovedPlan,
    plan: &Arc<SeenPlan>,
    outcome: &mut Outcome,
) -> Result<(), ReconcileError> {
    let Some(adapter) = &world.adapter else { return Ok(()) };
    // What decided was what had been heard; what executes listens on.
    let witness = Watchful {
        plan: Arc::clone(plan),
        cache: Arc::clone(&context.cache),
        rights: Arc::clone(&context.rights),
        handle: tokio::runtime::Handle::current(),
    };
    let sources = Sources { witness: Some(Arc::new(witness)), ..Sources::default() };
    let approved_now = match approve_with(document, sources, context.clock.now()) {
        Ok(approved_now) => approved_now,
        Err(error) => {
            // The next look says what is missing.
            tracing::info!(plan = %plan.name, %error, "an approval lapsed before the apply");
            outcome.next = Some(LOOK_AGAIN);
            return Ok(());
        }
    };
    debug_assert_eq!(approved_now.hash(), approved.hash());
    begin(context, world, document, &approved_now, plan).await?;
    let ran = running(context, world, document, run(context, world, document, &approved_now, adapter)).await;
    let Some((report, withdrawn)) = ran else { return Ok(()) };
    finish(context, world, document, plan, (report, withdrawn), outcome).await
}

/// An apply under way: nobody decides raises on what was read of the account before it, nor meanwhile, when half of it is live.
async fn running<T>(
    context: &Context,
    world: &World,
    document: &PlanDocument,
    apply: impl Future<Output = T>,
) -> T {
    let raises = may_spend_more(document);
    if raises {
        context.spends.raised(&world.key);
    }
    let ran = apply.await;
    if raises {
        context.spends.raised(&world.key);
    }
    ran
}

/// Says that a plan is being applied.
async fn begin(
    context: &Context,
    world: &World,
    document: &PlanDocument,
    approved: &ApprovedPlan,
    plan: &Arc<SeenPlan>,
) -> Result<(), ReconcileError> {
    let count = document.steps.len();
    let hash = &document.hash;
    let applying = PlanStatus {
        phase: Some(PlanPhase::Applying),
        message: Some(Message(format!("{count} steps"))),
        approvals: publish::counted(approved.approvals().iter()),
        ..PlanStatus::default()
    };
    publish::write(context, world, plan, applying).await?;
    context.events.publish(&of_plan(plan), Happening::Applying, &format!("{count} steps")).await;
    tracing::info!(plan = %plan.name, hash, account = %world.key, steps = count, "applying");
    Ok(())
}

/// Executes a plan; what came of it, and why it was withdrawn meanwhile. `None` where the operator goes.
async fn run(
    context: &Context,
    world: &World,
    document: &PlanDocument,
    approved: &ApprovedPlan,
    adapter: &Arc<dyn Adapter>,
) -> Option<(Result<ApplyReport, ExecuteError>, Option<String>)> {
    let adapters = BTreeMap::from([(world.key.clone(), Arc::clone(adapter))]);
    let state = context.state(&world.key);
    let assets = PlannedAssets::new(document.assets.clone(), context.state_folder(&world.key));
    let leave = Leave::new(context, &world.key, &world.resources);
    let withdrawn: Mutex<Option<String>> = Mutex::default();
    let interrupted = || {
        let because = leave.withdrawn();
        let stop = because.is_some();
        if stop {
            withdrawn
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get_or_insert(because.unwrap_or_default());
        }
        stop
    };
    let info = run_info(context, document);
    let execution = Execution {
        plan: approved,
        adapters: &adapters,
        requests: &world.requests,
        assets: &assets,
        state: &state,
        clock: context.clock,
        progress: &Logged { context, key: &world.key },
        run: &info,
        interrupted: &interrupted,
    };
    // An uninstall is announced once, and nothing else would hear of it while an apply goes on.
    let listening = async {
        loop {
            tokio::time::sleep(LISTEN_EVERY).await;
            if let Err(error) = context.uninstalling().await {
                tracing::warn!(%error, "whether an uninstall is under way cannot be asked");
            }
        }
    };
    let report = tokio::select! {
        report = execute(&execution) => report,
        () = listening => return None,
    };
    Some((report, withdrawn.into_inner().unwrap_or_else(PoisonError::into_inner)))
}

fn run_info(context: &Context, document: &PlanDocument) -> RunInfo {
    RunInfo {
        intent: Intent::Apply,
        actor: Actor {
            automation: Some(format!("adplane-operator in {}", context.namespace)),
            ..Actor::default()
        },
        engine: document.engine.clone(),
        project: document.project.clone(),
        policy: document.approvals.clone(),
    }
}

async fn finish(
    context: &Context,
    world: &World,
    document: &PlanDocument,
    plan: &Arc<SeenPlan>,
    (report, withdrawn): (Result<ApplyReport, ExecuteError>, Option<String>),
    outcome: &mut Outcome,
) -> Result<(), ReconcileError> {
    let withdrawn = withdrawn.as_deref();
    let mut saved = Ok(());
    let (phase, message, next) = match &report {
        Ok(report) => {
            let state = context.state(&world.key);
            let mut applied = state.applied();
            drift::learn_applied(&mut applied, document, report);
            saved = state.save_applied(&applied);
            let (phase, message) = told(report, withdrawn);
            (phase, message, if phase == PlanPhase::Applied { LOOK_AGAIN } else { TRY_AGAIN })
        }
        // Nothing was written: the next look plans anew, and says why this one did not fit.
        Err(ExecuteError::Stale(reasons)) => {
            (PlanPhase::Failed, format!("stale: {}", reasons.join("; ")), LOOK_AGAIN)
        }
        Err(ExecuteError::Held(reasons)) => (PlanPhase::Held, reasons.join("; "), TRY_AGAIN),
        Err(ExecuteError::Interrupted) => {
            (PlanPhase::Approved, because("stopped before any write", withdrawn), LOOK_AGAIN)
        }
        Err(ExecuteError::Unapproved(error)) => (PlanPhase::Pending, error.to_string(), LOOK_AGAIN),
        // Nothing was wrong with the plan: what was approved stays so.
        Err(error @ (ExecuteError::Unreadable(_) | ExecuteError::State(StateError::Locked { .. }))) => {
            (PlanPhase::Approved, chain(error), TRY_AGAIN)
        }
        Err(error) => (PlanPhase::Failed, chain(error), TRY_AGAIN),
    };
    tracing::info!(plan = %plan.name, account = %world.key, phase = ?phase, message, "applied");
    notices::keep(context, &world.key, happened(document, &report, phase, &message));
    // People are told what was written also where it cannot be remembered.
    saved?;
    let happened = if phase == PlanPhase::Applied { Happening::Applied } else { Happening::ApplyFailed };
    context.events.publish(&of_plan(plan), happened, &message).await;
    let writes = report.as_ref().map(|report| report.writes).unwrap_or_default();
    let failed = report.as_ref().map(failures).unwrap_or_default();
    context.metrics.writes(&world.key, writes, failed);
    let plans = context.cache.plans(&world.key);
    let current = plans.iter().find(|seen| seen.name == plan.name).unwrap_or(plan);
    let status = PlanStatus {
        phase: Some(phase),
        message: (!message.is_empty()).then(|| Message(cut(&message, MESSAGE))),
        writes: Some(i64::try_from(writes).unwrap_or(i64::MAX)),
        approvals: current.status.approvals.clone().filter(|_| phase != PlanPhase::Pending),
        ..PlanStatus::default()
    };
    publish::write(context, world, current, status).await?;
    outcome.plan = Some((plan.name.to_string(), phase));
    outcome.next = Some(next);
    outcome.results = report.ok().map(|report| report.results);
    outcome.failure = (phase != PlanPhase::Applied).then_some(message);
    if matches!(phase, PlanPhase::Failed | PlanPhase::PartlyApplied) {
        context.metrics.error(&world.key, "apply");
    }
    Ok(())
}

/// What people are told of an apply. One that was stopped before it wrote anything goes on by itself.
fn happened(
    document: &PlanDocument,
    report: &Result<ApplyReport, ExecuteError>,
    phase: PlanPhase,
    message: &str,
) -> Vec<Told> {
    match report {
        Ok(report) => happenings::executed(document, report),
        Err(ExecuteError::Held(reasons)) => happenings::waiting(document, reasons),
        Err(_) if phase == PlanPhase::Failed => happenings::not_applied(document, message, &[]),
        Err(_) => Vec::new(),
    }
}

/// Where a plan stands after an execution, and what to say of it.
fn told(report: &ApplyReport, withdrawn: Option<&str>) -> (PlanPhase, String) {
    if report.is_complete() {
        return (PlanPhase::Applied, format!("{} writes", report.writes));
    }
    let mut reasons: Vec<String> = Vec::new();
    if let Some(lapsed) = &report.lapsed {
        reasons.push(format!("approvals lapsed: {lapsed}"));
    }
    if let Some(trouble) = &report.trouble {
        reasons.push(trouble.to_string());
    }
    if report.interrupted {
        reasons.push(because("stopped before its end", withdrawn));
    }
    let failed = report.results.iter().filter_map(|(address, result)| match result {
        ChangeResult::Failed(failure) => Some(format!("{}: {failure}", address.short())),
        ChangeResult::Applied | ChangeResult::Skipped { .. } => None,
    });
    let failed: Vec<String> = failed.collect();
    let more = failed.len().saturating_sub(FAILURES);
    reasons.extend(failed.into_iter().take(FAILURES));
    if more > 0 {
        reasons.push(format!("{more} more changes failed"));
    }
    let phase = match report.writes {
        // Nothing was wrong with the plan, and nothing was done: what was approved stays so.
        0 if failures(report) == 0 && report.trouble.is_none() => {
            if report.lapsed.is_some() {
                PlanPhase::Pending
            } else {
                PlanPhase::Approved
            }
        }
        0 => PlanPhase::Failed,
        _ => PlanPhase::PartlyApplied,
    };
    (phase, reasons.join("; "))
}

/// How many changes failed.
fn failures(report: &ApplyReport) -> u64 {
    let failed = report.results.values().filter(|result| matches!(result, ChangeResult::Failed(_)));
    failed.count() as u64
}

/// What happened, and why where that is known.
fn because(what: &str, why: Option<&str>) -> String {
    why.map_or_else(|| what.to_owned(), |why| format!("{what}: {why}"))
}

/// Progress as log lines, and as a sign of life.
struct Logged<'a> {
    context: &'a Context,
    key: &'a AccountKey,
}

impl Progress for Logged<'_> {
    fn wave(&self, wave: Wave, writes: usize) {
        tracing::debug!(?wave, writes, "a wave begins");
    }

    fn written(&self, address: &Address, operation: &Operation, error: Option<&PlatformError>) {
        self.context.health.progressed(self.key);
        match error {
            None => tracing::info!(%address, ?operation, "written"),
            Some(error) => tracing::warn!(%address, ?operation, %error, "not written"),
        }
    }
}
