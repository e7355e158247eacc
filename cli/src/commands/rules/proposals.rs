//! `adplane rules proposals|approve|reject`: what rules ask, and what people say.

use adplane_engine::rules::{RunStore, Stage, Task};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{patch, run, shadow};
use crate::args::{Global, RulesApproveArgs, RulesProposalsArgs, RulesRejectArgs, TestFormat};
use crate::error::{Exit, Failure};
use crate::pipeline::patches::{Pen, heading, sayings};
use crate::pipeline::rules::{file, require_whole};
use crate::pipeline::{self, Prepared};
use crate::render::{json as render_json, table};
use crate::settings::Settings;
use crate::ui::Ui;

/// How far back decided proposals are listed.
const LISTED: SignedDuration = SignedDuration::from_hours(24 * 30);

pub(super) fn list(
    global: &Global,
    args: &RulesProposalsArgs,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let prepared = pipeline::prepare(global, settings, &args.path, &[])?;
    let path = file(&prepared);
    let mut found = Vec::new();
    if path.exists() {
        let store = RunStore::open(&path)?;
        found = store.tasks()?;
        if args.all {
            let newest = found.iter().map(|task| task.at).max().unwrap_or(Timestamp::MIN);
            let since = newest.checked_sub(LISTED).unwrap_or(Timestamp::MIN);
            found = store.tasks_since(since)?;
        }
    }
    // What acts by itself is no question to anybody.
    found.retain(|task| {
        task.stage == Stage::Proposed || (args.all && (task.by.is_some() || !task.remembered))
    });
    match args.format {
        TestFormat::Json => {
            ui.data(&render_json::pretty(&json!({"formatVersion": 1, "proposals": found})))?;
        }
        TestFormat::Text if found.is_empty() => ui.note("no rule asks for anything"),
        TestFormat::Text => ui.data(&listed(&found))?,
    }
    Ok(Exit::Done)
}

fn listed(tasks: &[Task]) -> String {
    let rows: Vec<Vec<String>> = tasks
        .iter()
        .map(|task| {
            vec![
                task.short().to_owned(),
                task.intent.rule.to_string(),
                task.intent.object.short(),
                task.shown(),
                run::came(task),
                task.until.to_string(),
                task.why.clone().unwrap_or_default(),
            ]
        })
        .collect();
    table::table(&["PROPOSAL", "RULE", "OBJECT", "CHANGE", "IS", "UNTIL", "WHY"], &rows)
}

pub(super) async fn approve(
    global: &Global,
    args: &RulesApproveArgs,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let prepared = shadow::prepared(global, &args.path, settings, ui)?;
    require_whole(&prepared)?;
    let task = open(&prepared, &args.proposal, &[Stage::Proposed, Stage::Agreed])?;
    if task.stage == Stage::Agreed {
        // Somebody agreed before: what git has to say is told again, whatever the rule wants by now.
        let now = now(&prepared, settings).await?;
        return said(&task, args, now, settings, ui);
    }
    let plans = run::plans(&prepared, args.plans.as_ref(), settings);
    let by = who(&prepared);
    run::with_bridge(prepared, plans, &args.approvals, settings, ui, async |bridge, _| {
        if task.until <= bridge.connected.clock.now() {
            return Err(Failure::new(Exit::Stale, format!("nobody decided it by {}", task.until))
                .hint("the rule asks again when it wants it again"));
        }
        let answer = bridge.agree(&task, &by).await?;
        let task = &answer.task;
        let why = task.why.clone().unwrap_or_default();
        match task.stage {
            Stage::Stale => Err(Failure::new(Exit::Stale, format!("the proposal is stale: {why}"))
                .hint("nothing was written; the rule asks again when it wants it again")),
            Stage::Agreed => {
                ui.note(&format!("{why}: commit it, and apply it"));
                said(task, args, bridge.connected.clock.now(), settings, ui)
            }
            Stage::Written => {
                ui.data(&listed(std::slice::from_ref(task)))?;
                Ok(Exit::Done)
            }
            _ => {
                ui.data(&listed(std::slice::from_ref(task)))?;
                let carried = &answer.carried;
                Ok(if carried.denied {
                    Exit::Denied
                } else if carried.unapproved {
                    Exit::Unapproved
                } else {
                    Exit::Partial
                })
            }
        }
    })
    .await
}

pub(super) async fn reject(
    global: &Global,
    args: &RulesRejectArgs,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let prepared = pipeline::prepare(global, settings, &args.path, &[])?;
    let mut task = open(&prepared, &args.proposal, &[Stage::Proposed])?;
    let now = now(&prepared, settings).await?;
    task.by = Some(who(&prepared));
    task.now(Stage::Rejected, args.reason.clone(), now);
    RunStore::open(&file(&prepared))?.move_on(std::slice::from_ref(&task), now, |_| ())?;
    ui.note(&format!("{} is rejected: {}", task.short(), task.shown()));
    Ok(Exit::Done)
}

pub(super) async fn now(prepared: &Prepared, settings: &Settings) -> Result<Timestamp, Failure> {
    Ok(pipeline::clock_of_accounts(prepared.desired.accounts.values(), settings).await?.now())
}

/// Who decides, as far as the machine knows.
pub(super) fn who(prepared: &Prepared) -> String {
    let actor = Settings::actor(prepared.state().project());
    actor.shown().unwrap_or("somebody").to_owned()
}

/// What git has to say for a task that somebody agreed to.
fn said(
    task: &Task,
    args: &RulesApproveArgs,
    now: Timestamp,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let pen = Pen::new(settings, &args.path, now);
    let made = pen.say(&sayings(task));
    patch::give(&pen, &made, &heading(task), &args.patch, ui)
}

/// The proposal that digits name, in one of these stages.
fn open(prepared: &Prepared, digits: &str, stages: &[Stage]) -> Result<Task, Failure> {
    let path = file(prepared);
    let found = if path.exists() { RunStore::open(&path)?.tasks_named(digits)? } else { Vec::new() };
    let known = |failure: Failure| failure.hint("`adplane rules proposals` lists them");
    match found.as_slice() {
        [] => Err(known(Failure::error(format!("no proposal begins with `{digits}`")))),
        [task] if stages.contains(&task.stage) => Ok(task.clone()),
        [task] => {
            let why = task.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
            Err(known(Failure::error(format!("{} is {} already{why}", task.short(), task.stage.word()))))
        }
        _ => Err(known(Failure::error(format!("`{digits}` means {} proposals", found.len())))),
    }
}
