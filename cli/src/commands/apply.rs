//! `adplane apply`: a saved plan exactly, or plan, show, ask and apply.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use adplane_core::address::AccountKey;
use adplane_core::plan::document::PlanDocument;
use adplane_engine::approve::{ApprovedPlan, Objection, Sources, Unapproved, approve_with};
use adplane_engine::assets::PlannedAssets;
use adplane_engine::execute::{ApplyReport, ExecuteError, Execution, RunInfo, execute, wait_for_unfinished};
use adplane_engine::port::ObserveRequest;
use adplane_engine::state::{Intent, StateDir, StateError};

use super::show;
use crate::args::{ApplyArgs, Global, OutputFormat, PathArgs, PlanFlags};
use crate::error::{Exit, Failure};
use crate::pipeline::notices::Notices;
use crate::pipeline::{self, Connected, Interrupt, Prepared, happenings, people};
use crate::render::{self, Extras, report};
use crate::settings::Settings;
use crate::ui::Ui;

/// Looks at what was applied before what differs counts, and the time between them.
const LOOKS: u32 = 6;
const BETWEEN_LOOKS: Duration = Duration::from_secs(2);
/// Reasons that are listed before the rest is only counted.
const REASONS: usize = 20;

pub(super) async fn run(
    global: &Global,
    args: &ApplyArgs,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    match args.paths.as_slice() {
        [file] if pipeline::is_plan_file(file) => {
            if args.flags.prune
                || args.flags.take_over
                || args.flags.adopt_now
                || !args.flags.target.is_empty()
            {
                return Err(Failure::new(Exit::Usage, "a saved plan is applied exactly as it is")
                    .hint("give `--prune`, `--take-over`, `--adopt-now` and `--target` to `adplane plan`"));
            }
            apply_file(file, args, settings, ui).await
        }
        _ => apply_paths(global, args, settings, ui).await,
    }
}

async fn apply_file(file: &Path, args: &ApplyArgs, settings: &Settings, ui: &Ui) -> Result<Exit, Failure> {
    let document = show::read(file)?;
    let project = people::project_of(&document, file, settings)?;
    let evidence = people::sources(project.as_ref(), Some(file), &args.approvals, settings);
    let connected = pipeline::connect_documents(&document, settings).await?;
    let root = project_root(&document, settings);
    let notices = Notices::beside(&root, connected.clock, settings, ui);
    let state = StateDir::of_project(&root);
    let sources = |_: &str| None;
    let desk = Desk { state, settings, ui, sources: &sources, notices: &notices };
    let outcome = match approved(&document, evidence, &connected, ui) {
        Ok(approved) => carry_out(&document, &approved, &connected, &regions(&document), &desk).await,
        Err(failure) => Err(failure),
    };
    finish(outcome, &document, &notices).await
}

/// Tells what was not applied, and sends what is to be told.
async fn finish(
    outcome: Result<Exit, Failure>,
    document: &PlanDocument,
    notices: &Notices<'_>,
) -> Result<Exit, Failure> {
    if let Err(failure) = &outcome
        && !notices.has_told()
    {
        notices.keep_outcome(happenings::not_applied(document, failure));
    }
    notices.flush().await;
    outcome
}

/// The plan as approved; what does not count as an approval is shown.
pub(super) fn approved(
    document: &PlanDocument,
    evidence: Sources,
    connected: &Connected,
    ui: &Ui,
) -> Result<ApprovedPlan, Failure> {
    approve_with(document, evidence, connected.clock.now()).map_err(|error| {
        if let Unapproved::Missing(judgement) = &error {
            let found: Vec<_> = judgement.objections.iter().map(Objection::diagnostic).collect();
            ui.diagnostics(&found, &|_| None);
        }
        people::unapproved(&error)
    })
}

/// Local state lies where planning found the project; when that folder is not here (another machine), beside
/// an `adplane.yaml` upwards from the current directory.
fn project_root(document: &PlanDocument, settings: &Settings) -> PathBuf {
    if let Some(root) =
        document.root.as_ref().map(|root| settings.cwd.join(root)).filter(|root| root.is_dir())
    {
        return root;
    }
    let found = settings.cwd.ancestors().find(|folder| folder.join("adplane.yaml").is_file());
    found.unwrap_or(&settings.cwd).to_owned()
}

/// Regions that the plan's fields name, so that re-reading resolves them as planning did.
fn regions(document: &PlanDocument) -> BTreeMap<AccountKey, ObserveRequest> {
    let mut requests: BTreeMap<AccountKey, ObserveRequest> = BTreeMap::new();
    for change in &document.changes {
        let request = requests.entry(change.address.account_key()).or_default();
        let places =
            change.fields.iter().filter(|field| field.path.as_str().starts_with("targeting.locations"));
        for code in places.filter_map(|field| field.after.as_ref()?.as_array()).flatten() {
            if let Some(code) = code.as_str().filter(|code| code.contains('-') && !code.starts_with("id:")) {
                request.regions.insert(code.into());
            }
        }
    }
    requests
}

async fn apply_paths(
    global: &Global,
    args: &ApplyArgs,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let paths = PathArgs { paths: args.paths.clone() };
    let mut prepared = pipeline::prepare(global, settings, &paths, &args.flags.target)?;
    prepared.require_sound(ui)?;
    let connected = pipeline::connect_project(&mut prepared, settings).await?;
    let state = prepared.state();
    wait_for_unfinished(&state.journal(), connected.clock).await;
    let observed = pipeline::observe_all(&prepared, &connected, ui).await;
    let mut document = pipeline::make_plan(&prepared, &connected, &observed, &args.flags);
    pipeline::explain_drift(&mut document, &prepared, &connected, ui).await;
    pipeline::note_edits(&mut document, &connected, ui).await;
    let sources = |file: &str| prepared.source(file);
    ui.diagnostics(&document.diagnostics, &sources);
    let evidence = people::sources(Some(&prepared.loaded.project), None, &args.approvals, settings);
    let judgement = people::judged(&document, &evidence, connected.clock);
    ui.data(&render::plan_with(
        &document,
        OutputFormat::Text,
        &Extras { judgement: judgement.as_ref(), ..Extras::default() },
    ))?;
    let notices = Notices::of(&prepared, connected.clock, settings, ui);
    if document.steps.is_empty() {
        pipeline::remember(&prepared, &document)?;
        notices.flush().await;
        return Ok(nothing_to_do(&document));
    }
    let desk = Desk { state, settings, ui, sources: &sources, notices: &notices };
    let outcome = ask_and_apply(args, &document, evidence, &prepared, &connected, &desk).await;
    finish(outcome, &document, &notices).await
}

/// What follows once people have seen the plan: approvals, the question, the writes, another look.
async fn ask_and_apply(
    args: &ApplyArgs,
    document: &PlanDocument,
    evidence: Sources,
    prepared: &Prepared,
    connected: &Connected,
    desk: &Desk<'_>,
) -> Result<Exit, Failure> {
    let ui = desk.ui;
    if let Some(verdict) = document.denial() {
        return Err(people::denied(&verdict.rule, &verdict.message));
    }
    let approved = approved(document, evidence, connected, ui)?;
    if !args.auto_approve && !ui.confirm("Apply these changes?") {
        return Err(if ui.is_interactive() {
            Failure::new(Exit::Interrupted, "nothing was written")
        } else {
            Failure::new(Exit::Unapproved, "nobody approved the plan and there is no terminal to ask at")
                .hint("run it at a terminal, add `--auto-approve`, or apply a saved plan")
        });
    }
    let requests = pipeline::requests(&prepared.desired);
    let exit = carry_out(document, &approved, connected, &requests, desk).await?;
    if exit != Exit::Done {
        return Ok(exit);
    }
    let Some(left) = left_after(prepared, connected, &args.flags, ui).await? else {
        ui.note("planned again: nothing is left to do");
        return Ok(Exit::Done);
    };
    ui.data(&render::plan(&left, OutputFormat::Text))?;
    Err(Failure::new(Exit::Partial, "something still differs after the apply")
        .hint("somebody may be changing it, or the platform stores it differently; see the plan above"))
}

/// What a plan after the apply would still do, once platforms have had time to show what was written: their
/// lists may follow their writes by seconds.
async fn left_after(
    prepared: &Prepared,
    connected: &Connected,
    flags: &PlanFlags,
    ui: &Ui,
) -> Result<Option<PlanDocument>, Failure> {
    let mut looked = 0;
    loop {
        let observed = pipeline::observe_all(prepared, connected, ui).await;
        let again = pipeline::make_plan(prepared, connected, &observed, flags);
        pipeline::remember(prepared, &again)?;
        looked += 1;
        if again.steps.is_empty() {
            return Ok(None);
        }
        if looked == LOOKS {
            return Ok(Some(again));
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}

fn nothing_to_do(document: &PlanDocument) -> Exit {
    if pipeline::has_unread_accounts(document) {
        Exit::Error
    } else if document.summary.blocked > 0 {
        Exit::Partial
    } else {
        Exit::Done
    }
}

/// Where an apply works and reports.
pub(super) struct Desk<'a> {
    pub(super) state: StateDir,
    pub(super) settings: &'a Settings,
    pub(super) ui: &'a Ui,
    /// Texts of files, for carets.
    pub(super) sources: &'a dyn Fn(&str) -> Option<String>,
    /// Who is told.
    pub(super) notices: &'a Notices<'a>,
}

/// Executes and reports.
pub(super) async fn carry_out(
    document: &PlanDocument,
    approved: &ApprovedPlan,
    connected: &Connected,
    requests: &BTreeMap<AccountKey, ObserveRequest>,
    desk: &Desk<'_>,
) -> Result<Exit, Failure> {
    let Desk { state, settings, ui, sources, notices } = desk;
    if document.project.is_none() {
        return Err(Failure::error(
            "the project has no name, so nothing created could be recognised as ours",
        )
        .hint("write `project: <name>` in `adplane.yaml`, then plan again"));
    }
    if document.steps.is_empty() {
        ui.note("nothing to do");
        return Ok(nothing_to_do(document));
    }
    if let Some((key, account)) = connected.unreachable.iter().next() {
        let because = account.diagnostics.first().map(|finding| finding.message.clone()).unwrap_or_default();
        return Err(
            Failure::error(format!("nothing was written: account {key} cannot be reached")).hint(because)
        );
    }
    let assets = PlannedAssets::new(document.assets.clone(), settings.cwd.clone());
    let interrupt = Interrupt::watch();
    let progress = ui.apply_progress(document.steps.len());
    let run = run_info(document, Intent::Apply, state);
    let report = execute(&Execution {
        plan: approved,
        adapters: &connected.adapters,
        requests,
        assets: &assets,
        state,
        clock: connected.clock,
        run: &run,
        progress: &progress,
        interrupted: &move || interrupt.is_raised(),
    })
    .await;
    drop(progress);
    let report = report.map_err(|error| not_executed(&error))?;
    // First of all: whatever fails from here on, people are told.
    notices.keep_outcome(happenings::executed(document, &report));
    ui.diagnostics(&report::diagnostics(document, &report), sources);
    ui.data(&report::text(document, &report))?;
    pipeline::remember_applied(document, &report, state)?;
    if let Some(lapsed) = &report.lapsed {
        ui.failure(&people::unapproved(lapsed));
    }
    if let Some(trouble) = &report.trouble {
        ui.failure(&Failure::from_error(Exit::Partial, trouble).hint(
            "free the disk or the folder, then run the same command again: it goes on from what is live",
        ));
    }
    Ok(outcome(document, &report))
}

/// What the apply log says of a run.
pub(super) fn run_info(document: &PlanDocument, intent: Intent, state: &StateDir) -> RunInfo {
    RunInfo {
        intent,
        actor: Settings::actor(state.project()),
        engine: pipeline::ENGINE.to_owned(),
        project: document.project.clone(),
        policy: document.approvals.clone(),
    }
}

fn outcome(document: &PlanDocument, report: &ApplyReport) -> Exit {
    if report.is_complete() && document.summary.blocked == 0 && !pipeline::has_unread_accounts(document) {
        Exit::Done
    } else if report.writes == 0 && report.lapsed.is_some() {
        Exit::Unapproved
    } else if report.writes == 0 && report.interrupted {
        Exit::Interrupted
    } else if report.writes == 0 && document.summary.blocked == 0 {
        Exit::Error
    } else {
        Exit::Partial
    }
}

pub(super) fn not_executed(error: &ExecuteError) -> Failure {
    match error {
        ExecuteError::Stale(reasons) => {
            let mut failure = Failure::new(Exit::Stale, "the plan is stale, nothing was written");
            failure.causes.clone_from(reasons);
            failure.hint("plan again and look at what changed")
        }
        ExecuteError::Held(reasons) => {
            let mut failure = Failure::new(Exit::Denied, "nothing was written: every change must wait");
            failure.causes = first_of(reasons);
            failure
                .hint("apply it after the opening; what only lowers spend may pass a window that allows it")
        }
        ExecuteError::ClockWentBack { .. } => Failure::from_error(Exit::Error, error)
            .hint("set the clock right; approvals, freeze windows and the log rest on it"),
        ExecuteError::Unapproved(error) => people::unapproved(error),
        ExecuteError::State(StateError::Locked { .. }) => Failure::from_error(Exit::Error, error)
            .hint("nothing was written: wait until that one has ended, then run the same command again"),
        ExecuteError::Unreadable(_) | ExecuteError::State(_) => Failure::from_error(Exit::Error, error),
        ExecuteError::Interrupted => Failure::from_error(Exit::Interrupted, error),
    }
}

/// Reasons that fit on a screen.
fn first_of(reasons: &[String]) -> Vec<String> {
    let mut shown: Vec<String> = reasons.iter().take(REASONS).cloned().collect();
    if reasons.len() > REASONS {
        shown.push(format!("and {} more", reasons.len() - REASONS));
    }
    shown
}
