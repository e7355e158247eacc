//! Stopping: record first, then pause the dearest first, then look again until nothing runs.

use std::fmt::Write;
use std::time::Duration;

use adplane_core::desired::Desired;
use adplane_core::diagnostic::{Diagnostic, Severity};
use adplane_core::marker::Owner;
use adplane_core::notify::KillSwitch;
use adplane_core::observed::{Coverage, Observed};
use adplane_engine::approve::approve_stop;
use adplane_engine::assets::PlannedAssets;
use adplane_engine::execute::{ChangeResult, ExecuteError, Execution, execute};
use adplane_engine::pause::{Running, running};
use adplane_engine::state::{Event, Intent, Pause, PauseScope, StateDir, StateError, Stopped};

use super::document;
use crate::args::PauseArgs;
use crate::commands::apply::run_info;
use crate::error::{Exit, Failure};
use crate::pipeline::notices::Notices;
use crate::pipeline::{self, Connected, Prepared, happenings};
use crate::settings::Settings;
use crate::ui::Ui;

/// Rounds of looking and stopping: what somebody changes meanwhile, or a platform refuses once, is tried again.
const ROUNDS: u32 = 4;
/// An apply under way ends after its batches under way; it is waited for this long.
const LOCK_TRIES: u32 = 300;
const BETWEEN_TRIES: Duration = Duration::from_millis(200);

/// What a pause came to.
struct Outcome {
    stopped: u64,
    still_running: Vec<String>,
    unread: Vec<String>,
}

pub(super) async fn run(
    args: &PauseArgs,
    scopes: &[PauseScope],
    prepared: &Prepared,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let errors: Vec<Diagnostic> =
        prepared.diagnostics.iter().filter(|found| found.severity == Severity::Error).cloned().collect();
    if !errors.is_empty() {
        ui.diagnostics(&errors, &|file| prepared.source(file));
        ui.note("the YAML has errors; spend is stopped all the same");
    }
    let state = prepared.state();
    let desired = recognisable(prepared, &state)?;
    record(&state, args, scopes, &[], settings, prepared)?;
    let connected = pipeline::connect(desired.accounts.values(), settings).await?;
    let outcome = stop(args, scopes, &desired, prepared, &connected, &state, settings, ui).await?;
    let by_labels = scopes.iter().any(|scope| matches!(scope, PauseScope::Selector(_)));
    let blind = by_labels && !errors.is_empty();
    let complete = outcome.still_running.is_empty() && outcome.unread.is_empty() && !blind;
    let pauses = state.update_pauses(|pauses| {
        for pause in pauses.pauses.iter_mut().filter(|pause| scopes.contains(&pause.scope)) {
            pause.complete = complete;
        }
    })?;
    let own = pauses.pauses.iter().filter(|pause| scopes.contains(&pause.scope));
    let reasons: Vec<(PauseScope, Option<String>)> =
        own.clone().map(|pause| (pause.scope.clone(), pause.reason.clone())).collect();
    let by = Settings::actor(&prepared.loaded.project.root);
    let switched = if complete {
        KillSwitch::Stopped { campaigns: outcome.stopped }
    } else {
        KillSwitch::Incomplete { campaigns: outcome.stopped }
    };
    let left: Vec<String> = outcome.still_running.iter().chain(&outcome.unread).cloned().collect();
    let notices = Notices::of(prepared, connected.clock, settings, ui);
    notices.keep(happenings::switched(&reasons, &desired, switched, by.shown(), &left));
    let shown = ui.data(&told(&outcome, own));
    notices.flush().await;
    shown?;
    if blind {
        ui.note("labels could not be read everywhere: what lies in files with errors was not stopped; `--account` or `--all` stops it");
    }
    Ok(if complete { Exit::Done } else { Exit::Partial })
}

/// What is wanted, with the owner whose marker says what is ours; a broken `adplane.yaml` is helped out by the log.
fn recognisable(prepared: &Prepared, state: &StateDir) -> Result<Desired, Failure> {
    let mut desired = prepared.desired.clone();
    // The switch stops in a freeze as well.
    desired.freezes.clear();
    if desired.project.is_none() {
        let log = state.apply_log().read()?;
        desired.project = log.lines.into_iter().find_map(|line| match line.event {
            Event::Genesis { project, .. } => project,
            _ => None,
        });
    }
    if desired.project.is_none() {
        return Err(Failure::error("the project has no name, so nothing can be recognised as ours")
            .hint("write `project: <name>` in `adplane.yaml`"));
    }
    if desired.accounts.is_empty() {
        return Err(Failure::error("no account could be loaded, so nothing can be stopped")
            .hint("load the file that holds the AdAccount"));
    }
    Ok(desired)
}

/// Adds to the record, before anything is sent: from here on an apply stops at its next batch.
fn record(
    state: &StateDir,
    args: &PauseArgs,
    scopes: &[PauseScope],
    stopped: &[Stopped],
    settings: &Settings,
    prepared: &Prepared,
) -> Result<(), Failure> {
    let at = settings.now.unwrap_or_else(|| adplane_engine::clock::Clock::System.now());
    let by = Settings::actor(&prepared.loaded.project.root);
    state.update_pauses(|pauses| {
        for scope in scopes {
            let known = pauses.pauses.iter().position(|pause| pause.scope == *scope);
            let index = known.unwrap_or_else(|| {
                pauses.pauses.push(Pause {
                    scope: scope.clone(),
                    at,
                    by: by.clone(),
                    reason: args.reason.clone(),
                    complete: false,
                    stopped: Vec::new(),
                });
                pauses.pauses.len() - 1
            });
            let pause = &mut pauses.pauses[index];
            pause.complete = false;
            for one in stopped {
                let covered = scopes.len() == 1 || scope.covers(&one.address, None);
                if covered && !pause.stopped.iter().any(|known| known.id == one.id) {
                    pause.stopped.push(one.clone());
                }
            }
        }
    })?;
    Ok(())
}

#[expect(clippy::too_many_arguments, reason = "one flat loop over everything the command was given")]
async fn stop(
    args: &PauseArgs,
    scopes: &[PauseScope],
    desired: &Desired,
    prepared: &Prepared,
    connected: &Connected,
    state: &StateDir,
    settings: &Settings,
    ui: &Ui,
) -> Result<Outcome, Failure> {
    let owners: Vec<Owner> =
        desired.owner().into_iter().chain(desired.previous_owners.iter().cloned()).collect();
    let mut stopped = 0;
    for round in 1.. {
        let observed = pipeline::observe_all(prepared, connected, ui).await;
        let found = running(desired, &owners, &observed, scopes);
        if found.targets.is_empty() || round > ROUNDS {
            if round == 1 || found.targets.is_empty() {
                others_left(&found, ui);
            }
            return Ok(Outcome {
                stopped,
                still_running: found.targets.iter().map(|target| target.address.short()).collect(),
                unread: unread(&observed),
            });
        }
        record(state, args, scopes, &found.stopped, settings, prepared)?;
        match send(desired, &observed, &found, connected, state, settings, ui).await {
            Ok(writes) => stopped += writes,
            // Somebody changed something meanwhile: look again.
            Err(ExecuteError::Stale(_)) if round < ROUNDS => {}
            Err(ExecuteError::Unreadable(because)) if round < ROUNDS => ui.note(&because),
            Err(error) => {
                return Err(Failure::from_error(Exit::Error, &error).hint("run the same command again"));
            }
        }
    }
    Err(Failure::new(Exit::Internal, "the kill switch ended without looking"))
}

async fn send(
    desired: &Desired,
    observed: &Observed,
    found: &Running<'_>,
    connected: &Connected,
    state: &StateDir,
    settings: &Settings,
    ui: &Ui,
) -> Result<u64, ExecuteError> {
    let document = document(desired, observed, &found.targets, None, connected);
    let approved = approve_stop(&document).map_err(|error| ExecuteError::Unreadable(error.to_string()))?;
    let assets = PlannedAssets::new(document.assets.clone(), settings.cwd.clone());
    let run = run_info(&document, Intent::Pause, state);
    let requests = std::collections::BTreeMap::new();
    for attempt in 1.. {
        let progress = ui.apply_progress(document.steps.len());
        let report = execute(&Execution {
            plan: &approved,
            adapters: &connected.adapters,
            requests: &requests,
            assets: &assets,
            state,
            clock: connected.clock,
            progress: &progress,
            run: &run,
            // What was begun is brought to its end: half a pause helps nobody.
            interrupted: &|| false,
        })
        .await;
        match report {
            Err(ExecuteError::State(StateError::Locked { .. })) if attempt < LOCK_TRIES => {
                if attempt == 1 {
                    ui.note("waiting for the apply under way: it stops after the writes under way");
                }
                tokio::time::sleep(BETWEEN_TRIES).await;
            }
            Err(error) => return Err(error),
            Ok(report) => {
                for (address, result) in &report.results {
                    if let ChangeResult::Failed(failure) = result {
                        ui.note(&format!("{}: {failure}", address.short()));
                    }
                }
                return Ok(report.writes);
            }
        }
    }
    Ok(0)
}

fn unread(observed: &Observed) -> Vec<String> {
    let partial = observed.accounts.iter().filter_map(|(key, account)| match &account.coverage {
        Coverage::Complete => None,
        Coverage::Partial { because } => Some(format!("{key}: {because}")),
    });
    partial.collect()
}

fn others_left(found: &Running<'_>, ui: &Ui) {
    for (account, count) in &found.others {
        let campaigns = if *count == 1 { "1 campaign".to_owned() } else { format!("{count} campaigns") };
        ui.note(&format!("left running on {account}: {campaigns} that this project does not own"));
    }
}

fn told<'a>(outcome: &Outcome, pauses: impl Iterator<Item = &'a Pause>) -> String {
    let mut out = String::new();
    for pause in pauses {
        let _ = writeln!(out, "Paused: {pause}");
        out.push_str(&super::listed(pause));
    }
    let _ = writeln!(out, "Stopped {} campaigns now; `adplane pause --lift` restores them.", outcome.stopped);
    for left in &outcome.still_running {
        let _ = writeln!(out, "STILL RUNNING: {left}: run the same command again");
    }
    for account in &outcome.unread {
        let _ =
            writeln!(out, "NOT READ: {account}: what runs there may still spend; run the same command again");
    }
    out
}
