//! Lifting: what was stopped runs again, if nobody changed it since, with the approvals that raising spend needs.

use adplane_core::notify::KillSwitch;
use adplane_core::observed::Coverage;
use adplane_core::plan::Operation;
use adplane_core::plan::document::PlanDocument;
use adplane_engine::approve::{Sources, approve_with};
use adplane_engine::assets::PlannedAssets;
use adplane_engine::execute::{Execution, execute};
use adplane_engine::pause::{Restorable, restorable};
use adplane_engine::state::{Intent, Pause, PauseScope, StateDir};

use super::document;
use crate::args::{OutputFormat, PauseArgs};
use crate::commands::apply::{not_executed, run_info};
use crate::commands::{plan, show};
use crate::error::{Exit, Failure};
use crate::pipeline::notices::Notices;
use crate::pipeline::{self, Connected, Interrupt, Prepared, happenings, people};
use crate::render::{self, report};
use crate::settings::Settings;
use crate::ui::Ui;

pub(super) async fn run(
    args: &PauseArgs,
    scopes: &[PauseScope],
    prepared: &mut Prepared,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    prepared.require_sound(ui)?;
    let state = prepared.state();
    let (lifted, remaining): (Vec<Pause>, Vec<Pause>) = state
        .pauses()?
        .pauses
        .into_iter()
        .partition(|pause| scopes.is_empty() || scopes.contains(&pause.scope));
    if lifted.is_empty() {
        return nothing_paused(&remaining, ui);
    }
    let connected = pipeline::connect_project(prepared, settings).await?;
    let prepared = &*prepared;
    let observed = pipeline::observe_all(prepared, &connected, ui).await;
    let unread = observed.accounts.iter().find(|(_, account)| account.coverage != Coverage::Complete);
    if let Some((key, account)) = unread {
        ui.diagnostics(&account.diagnostics, &|_| None);
        return Err(Failure::error(format!("nothing was lifted: account {key} could not be read"))
            .hint("lifting compares what was stopped with what is live; run the same command again"));
    }
    let found = restorable(&prepared.desired, &observed, &lifted, &remaining);
    let settled = prepared.loaded.project.settings.approvals.as_ref();
    let policy = settled.map(adplane_manifest::api::project::ApprovalPolicy::of_plans);
    let made = document(&prepared.desired, &observed, &found.targets, policy.as_ref(), &connected);
    let document = match &args.plan {
        Some(file) => saved(file, &made)?,
        None => made,
    };
    tell(&found, &document, ui)?;
    if let Some(file) = &args.out {
        plan::save(&document, file)?;
        ui.note(&format!(
            "saved to {0}; approve it, then lift with `adplane pause --lift --plan {0}`",
            file.display()
        ));
        return Ok(Exit::Done);
    }
    if !document.steps.is_empty() {
        let project = Some(&prepared.loaded.project);
        let evidence = people::sources(project, args.plan.as_deref(), &args.approvals, settings);
        let exit = restore(args, &document, evidence, &connected, &state, settings, ui).await?;
        if exit != Exit::Done {
            ui.note("the pause stays until everything is restored: run the same command again");
            return Ok(exit);
        }
    }
    forget(&state, &lifted, &found)?;
    for pause in &lifted {
        ui.note(&format!("lifted: {}", pause.scope));
    }
    let scopes: Vec<(PauseScope, Option<String>)> =
        lifted.into_iter().map(|pause| (pause.scope, pause.reason)).collect();
    let by = Settings::actor(&prepared.loaded.project.root);
    let notices = Notices::of(prepared, connected.clock, settings, ui);
    notices.keep(happenings::switched(&scopes, &prepared.desired, KillSwitch::Lifted, by.shown(), &[]));
    notices.flush().await;
    Ok(Exit::Done)
}

fn nothing_paused(remaining: &[Pause], ui: &Ui) -> Result<Exit, Failure> {
    if remaining.is_empty() {
        ui.note("nothing is paused");
        return Ok(Exit::Done);
    }
    let scopes: Vec<String> = remaining.iter().map(|pause| pause.scope.to_string()).collect();
    Err(Failure::error("that scope is not paused").hint(format!("paused is {}", scopes.join(", "))))
}

/// A saved plan of lifting: it must be the very plan that would be made now.
fn saved(file: &std::path::Path, made: &PlanDocument) -> Result<PlanDocument, Failure> {
    let document = show::read(file)?;
    if document.steps.iter().any(|step| step.operation != Operation::Enable) {
        return Err(Failure::error(format!("`{}` is not a plan of lifting a pause", file.display()))
            .hint("make one with `adplane pause --lift --out FILE`"));
    }
    if document.hash != made.hash {
        return Err(Failure::new(Exit::Stale, "the plan is stale, nothing was lifted")
            .hint("what was stopped, or what is live, has changed since: make it again with `--out`"));
    }
    Ok(document)
}

fn tell(found: &Restorable<'_>, document: &PlanDocument, ui: &Ui) -> Result<(), Failure> {
    ui.diagnostics(&document.diagnostics, &|_| None);
    ui.data(&render::plan(document, OutputFormat::Text))?;
    for (stopped, because) in &found.left {
        ui.note(&format!(
            "left as it is: {} on {}: {because}",
            stopped.address.short(),
            stopped.address.account
        ));
    }
    for (stopped, scope) in &found.kept {
        ui.note(&format!("stays paused: {}, which the pause of {scope} covers", stopped.address.short()));
    }
    Ok(())
}

async fn restore(
    args: &PauseArgs,
    document: &PlanDocument,
    evidence: Sources,
    connected: &Connected,
    state: &StateDir,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let approved = approve_with(document, evidence, connected.clock.now()).map_err(|error| {
        people::unapproved(&error)
            .hint("save the plan with `--out FILE`, approve it, and lift with `--plan FILE`")
    })?;
    if args.plan.is_none() && !args.auto_approve && !ui.confirm("Let these campaigns spend again?") {
        return Err(if ui.is_interactive() {
            Failure::new(Exit::Interrupted, "nothing was lifted")
        } else {
            Failure::new(Exit::Unapproved, "lifting raises spend, and there is no terminal to ask at")
                .hint("run it at a terminal, or add `--auto-approve`")
        });
    }
    let assets = PlannedAssets::new(document.assets.clone(), settings.cwd.clone());
    let interrupt = Interrupt::watch();
    let progress = ui.apply_progress(document.steps.len());
    let run = run_info(document, Intent::Lift, state);
    let executed = execute(&Execution {
        plan: &approved,
        adapters: &connected.adapters,
        requests: &std::collections::BTreeMap::new(),
        assets: &assets,
        state,
        clock: connected.clock,
        progress: &progress,
        run: &run,
        interrupted: &move || interrupt.is_raised(),
    })
    .await;
    drop(progress);
    let done = executed.map_err(|error| not_executed(&error))?;
    ui.diagnostics(&report::diagnostics(document, &done), &|_| None);
    ui.data(&report::text(document, &done))?;
    Ok(if done.is_complete() { Exit::Done } else { Exit::Partial })
}

/// Takes the lifted pauses out of the record; what another pause covers goes over to that one.
fn forget(state: &StateDir, lifted: &[Pause], found: &Restorable<'_>) -> Result<(), Failure> {
    state.update_pauses(|pauses| {
        pauses.pauses.retain(|pause| !lifted.iter().any(|gone| gone.scope == pause.scope));
        for (stopped, scope) in &found.kept {
            let other = pauses.pauses.iter_mut().find(|pause| pause.scope == *scope);
            if let Some(other) =
                other.filter(|other| !other.stopped.iter().any(|known| known.id == stopped.id))
            {
                other.stopped.push(stopped.clone());
            }
        }
    })?;
    Ok(())
}
