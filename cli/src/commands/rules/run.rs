//! `adplane rules run`: rules that are due on what is live, once, and what they decide is done.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use adplane_core::rules::{ObjectRun, Outcome, RuleRun};
use adplane_engine::execute::wait_for_unfinished;
use adplane_engine::rules::{Stage, Task};
use serde_json::json;

use super::shadow;
use crate::args::{ApprovalFlags, Global, OutputFormat, RulesRunArgs, TestFormat};
use crate::error::{Exit, Failure};
use crate::pipeline::notices::Notices;
use crate::pipeline::rules::{Bridge, Ticked, require_whole};
use crate::pipeline::{self, Prepared, metrics};
use crate::render::{self, json as render_json, table};
use crate::settings::Settings;
use crate::ui::Ui;

/// The folder of plans that wait, in local state.
const PLANS: &str = "plans";

pub(super) async fn run(
    global: &Global,
    args: &RulesRunArgs,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let prepared = shadow::prepared(global, &args.path, settings, ui)?;
    require_whole(&prepared)?;
    let plans = plans(&prepared, args.plans.as_ref(), settings);
    with_bridge(prepared, plans, &args.approvals, settings, ui, async |bridge, failed| {
        if args.dry_run { foresee(bridge, args, ui).await } else { tick(bridge, args, failed, ui).await }
    })
    .await
}

/// Where plans that wait for approvals are kept.
pub(super) fn plans(prepared: &Prepared, named: Option<&PathBuf>, settings: &Settings) -> PathBuf {
    named.map_or_else(|| prepared.state().root().join(PLANS), |folder| settings.cwd.join(folder))
}

/// Reads what is live, lets something happen on it, and tells people; `failed` is whether an account was not read.
pub(super) async fn with_bridge(
    mut prepared: Prepared,
    plans: PathBuf,
    approvals: &ApprovalFlags,
    settings: &Settings,
    ui: &Ui,
    work: impl AsyncFnOnce(&mut Bridge<'_>, bool) -> Result<Exit, Failure>,
) -> Result<Exit, Failure> {
    let numbers = metrics::existing(&prepared).await?.ok_or_else(|| {
        Failure::error("nothing was read from the platforms yet, so every condition would be unknown")
            .hint("run `adplane metrics sync`")
    })?;
    let connected = pipeline::connect_project(&mut prepared, settings).await?;
    wait_for_unfinished(&prepared.state().journal(), connected.clock).await;
    let observed = pipeline::observe_all(&prepared, &connected, ui).await;
    let failed = pipeline::show_observation(&observed, ui);
    let notices = Notices::of(&prepared, connected.clock, settings, ui);
    let mut bridge = Bridge {
        prepared: &mut prepared,
        connected: &connected,
        observed: &observed,
        numbers: numbers.as_ref(),
        approvals,
        plans,
        notices: &notices,
        settings,
        ui,
    };
    let outcome = work(&mut bridge, failed).await;
    notices.flush().await;
    outcome
}

async fn tick(bridge: &mut Bridge<'_>, args: &RulesRunArgs, failed: bool, ui: &Ui) -> Result<Exit, Failure> {
    let ticked = bridge.tick().await?;
    show(&ticked, bridge, args, ui)?;
    let carried = &ticked.carried;
    Ok(if carried.failed {
        Exit::Partial
    } else if failed {
        Exit::Error
    } else if carried.denied {
        Exit::Denied
    } else if carried.unapproved {
        Exit::Unapproved
    } else {
        Exit::Done
    })
}

async fn foresee(bridge: &mut Bridge<'_>, args: &RulesRunArgs, ui: &Ui) -> Result<Exit, Failure> {
    let ticked = bridge.foresee().await?;
    show(&ticked, bridge, args, ui)?;
    let plan = bridge.foreseen_plan(&ticked.tasks, &ticked.snapshot);
    if let (Some(document), TestFormat::Text) = (&plan, args.format) {
        ui.data(&render::plan(document, OutputFormat::Text))?;
    }
    ui.note("nothing was recorded and nothing was written");
    Ok(Exit::Done)
}

fn show(ticked: &Ticked, bridge: &Bridge<'_>, args: &RulesRunArgs, ui: &Ui) -> Result<(), Failure> {
    bridge.with_world(|world| shadow::tell(&ticked.run, world, bridge.observed, ui))?;
    match args.format {
        TestFormat::Text => ui.data(&text(ticked, args.all))?,
        TestFormat::Json => {
            let mut document = shadow::document(&ticked.run, &ticked.snapshot, bridge.observed);
            document["tasks"] = json!(ticked.tasks);
            document["plans"] = json!(ticked.carried.plans);
            ui.data(&render_json::pretty(&document))?;
        }
    }
    Ok(())
}

/// A line for each object of which something is wanted or not known, then what earlier runs left open.
fn text(ticked: &Ticked, all: bool) -> String {
    let mut rows = Vec::new();
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut shown: Vec<&str> = Vec::new();
    for run in &ticked.run.runs {
        for one in &run.objects {
            *counts.entry(one.outcome.decided().word()).or_default() += 1;
            let task = ticked.tasks.iter().find(|task| is_of(task, run, one));
            shown.extend(task.map(|task| task.digest.as_str()));
            if all || one.intent.is_some() || matches!(one.outcome.decided(), Outcome::Unknown) {
                rows.push(row(run, one, task));
            }
        }
    }
    for task in ticked.tasks.iter().filter(|task| !shown.contains(&task.digest.as_str())) {
        rows.push(vec![
            task.intent.rule.name.to_string(),
            task.account.to_string(),
            task.intent.object.short(),
            came(task),
            task.shown(),
            task.why.clone().unwrap_or_default(),
        ]);
    }
    let mut out = String::new();
    if !rows.is_empty() {
        out = table::table(&["RULE", "ACCOUNT", "OBJECT", "DID", "CHANGE", "WHY"], &rows);
    }
    if !ticked.run.runs.is_empty() {
        let counted: Vec<String> = counts.iter().map(|(word, count)| format!("{count} {word}")).collect();
        // Writing to a string does not fail.
        let _ = writeln!(out, "{}", counted.join(", "));
    }
    out
}

fn is_of(task: &Task, run: &RuleRun, one: &ObjectRun) -> bool {
    task.at == run.at && task.intent.rule == run.rule && one.intent.as_deref() == Some(&task.intent)
}

fn row(run: &RuleRun, one: &ObjectRun, task: Option<&Task>) -> Vec<String> {
    let (did, why) = match task {
        Some(task) => (came(task), task.why.clone().unwrap_or_default()),
        None => (one.outcome.word().to_owned(), shadow::why(one, &one.outcome)),
    };
    vec![
        run.rule.name.to_string(),
        run.account.to_string(),
        one.object.short(),
        did,
        one.intent.as_deref().map(shadow::changes).unwrap_or_default(),
        why,
    ]
}

/// The word for what became of a task.
pub(super) fn came(task: &Task) -> String {
    match task.stage {
        Stage::Decided if task.why.is_some() => "waits".to_owned(),
        Stage::Decided => "acts".to_owned(),
        Stage::InForce => "inForce".to_owned(),
        Stage::Told if task.why.is_some() => "toldNobody".to_owned(),
        stage => stage.word().to_owned(),
    }
}
