//! `adplane rules shadow`: rules on what is live, once, with everything that they would do written down and nothing done.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use adplane_core::address::AccountKey;
use adplane_core::observed::Observed;
use adplane_core::rules::{Intent, ObjectRun, Outcome, RuleRun, Run, Snapshot, sentence};
use adplane_engine::rules::{RunStore, RunStoreError, World, rehearse, snapshot, spendable};
use serde_json::{Value, json};

use crate::args::{Global, RulesShadowArgs, TestFormat};
use crate::error::{Exit, Failure};
use crate::pipeline::{self, Prepared, metrics};
use crate::render::{json as render_json, table};
use crate::settings::Settings;
use crate::ui::Ui;

pub(in crate::commands) async fn run(
    global: &Global,
    args: &RulesShadowArgs,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let prepared = prepared(global, &args.path, settings, ui)?;
    let store = metrics::existing(&prepared).await?.ok_or_else(|| {
        Failure::error("nothing was read from the platforms yet, so every condition would be unknown")
            .hint("run `adplane metrics sync`")
    })?;
    let connected = pipeline::connect(prepared.desired.accounts.values(), settings).await?;
    let observed = pipeline::observe_all(&prepared, &connected, ui).await;
    let failed = pipeline::show_observation(&observed, ui);
    let pauses = prepared.state().pauses().map_err(|error| Failure::from_error(Exit::Error, &error))?;
    let (schemas, remembered) = (adplane_platforms::schemas(), prepared.state().bindings().ids());
    let world = World {
        desired: &prepared.desired,
        rules: &prepared.rules,
        schemas: &schemas,
        pauses: &pauses,
        remembered: &remembered,
    };
    let mut snapshot = snapshot(world, &observed, store.as_ref(), connected.clock.now()).await?;
    crate::pipeline::rules::add_signals(&mut snapshot, &prepared, ui);
    let spendable = spendable(&snapshot, &observed);
    let mut runs = RunStore::open(&file(&prepared))?;
    let run = rehearse(&prepared.rules, &mut snapshot, &spendable, &mut runs)?;
    tell(&run, world, &observed, ui);
    match args.format {
        TestFormat::Text => ui.data(&text(&run, args.all))?,
        TestFormat::Json => ui.data(&render_json::pretty(&document(&run, &snapshot, &observed)))?,
    }
    Ok(if failed { Exit::Error } else { Exit::Done })
}

/// The project with its rules; a part of the objects would give other ranks and shares than all of them.
pub(super) fn prepared(
    global: &Global,
    path: &crate::args::PathArgs,
    settings: &Settings,
    ui: &Ui,
) -> Result<Prepared, Failure> {
    if global.selector.is_some() {
        let failure = Failure::new(
            Exit::Usage,
            "rules look at all objects of their scope: `--selector` would change ranks and limits",
        );
        return Err(failure.hint("leave it out; `adplane explain ADDRESS` shows one object"));
    }
    let prepared = pipeline::prepare(global, settings, path, &[])?;
    prepared.require_sound(ui)?;
    if prepared.rules.is_empty() {
        return Err(Failure::error("there are no automation rules")
            .hint("name the files that hold `kind: AutomationRule`; see docs/rules.md"));
    }
    Ok(prepared)
}

/// Where runs of the shadow are recorded.
pub(in crate::commands) fn file(prepared: &Prepared) -> std::path::PathBuf {
    prepared.state().root().join("rules").join("shadow.db")
}

pub(super) fn tell(run: &Run, world: World<'_>, observed: &Observed, ui: &Ui) {
    for notice in &run.notices {
        ui.note(&notice.message);
    }
    let held_back: BTreeSet<String> = run
        .runs
        .iter()
        .filter_map(|one| Some(format!("rule `{}` only records: {}", one.rule, one.held_back.as_ref()?)))
        .collect();
    for why in held_back {
        ui.note(&why);
    }
    let unread = world.unread(observed);
    if run.runs.is_empty() && unread.is_empty() {
        ui.note("no rule is due: each has run for its newest tick, or is outside of its hours");
    }
    for (account, why) in unread {
        ui.note(&format!(
            "no rule looked at account {account}, since not all of it could be read ({why}): what is due there stays due"
        ));
    }
    let reached: Vec<&AccountKey> = world.accounts().map(|account| &account.key).collect();
    let others = world.desired.accounts.keys().filter(|key| !reached.contains(key));
    let others: Vec<String> = others.map(ToString::to_string).collect();
    if !others.is_empty() {
        ui.note(&format!("no rule looks at {}", others.join(", ")));
    }
}

/// A line for each object of which something is wanted or not known; with `all`, for every object.
fn text(run: &Run, all: bool) -> String {
    let mut rows = Vec::new();
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    for one in &run.runs {
        for object in &one.objects {
            let outcome = object.outcome.decided();
            *counts.entry(outcome.word()).or_default() += 1;
            if all || object.intent.is_some() || matches!(outcome, Outcome::Unknown) {
                rows.push(row(one, object));
            }
        }
    }
    let mut out = String::new();
    if !rows.is_empty() {
        out = table::table(&["RULE", "MODE", "ACCOUNT", "OBJECT", "WOULD", "CHANGE", "WHY"], &rows);
    }
    if run.runs.is_empty() {
        return out;
    }
    let counted: Vec<String> = counts.iter().map(|(word, count)| format!("{count} {word}")).collect();
    let rules: BTreeSet<_> = run.runs.iter().map(|one| &one.rule).collect();
    // Writing to a string does not fail.
    let _ = writeln!(out, "{} looked: {}", plural(rules.len(), "rule"), counted.join(", "));
    out
}

fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

fn row(run: &RuleRun, one: &ObjectRun) -> Vec<String> {
    let outcome = one.outcome.decided();
    vec![
        run.rule.name.to_string(),
        run.mode.word().to_owned(),
        run.account.to_string(),
        one.object.short(),
        outcome.word().to_owned(),
        one.intent.as_deref().map(changes).unwrap_or_default(),
        why(one, outcome),
    ]
}

/// What is wanted, change by change.
pub(super) fn changes(intent: &Intent) -> String {
    let each = intent.changes.iter().map(|planned| {
        let what = planned.change.to_string();
        if planned.object == intent.object { what } else { format!("{}: {what}", planned.object.short()) }
    });
    each.collect::<Vec<_>>().join("; ")
}

pub(super) fn why(one: &ObjectRun, outcome: &Outcome) -> String {
    match outcome {
        Outcome::Act | Outcome::False => String::new(),
        Outcome::Unknown => {
            let reason = one.told.reason.clone().unwrap_or_default();
            match &one.told.code {
                Some(code) => format!("{code}: {reason}"),
                None => reason,
            }
        }
        Outcome::Propose { why } => why.clone(),
        other => sentence(other),
    }
}

/// The public form.
pub(super) fn document(run: &Run, snapshot: &Snapshot, observed: &Observed) -> Value {
    let account = |key: &AccountKey| {
        let read = observed.accounts.get(key);
        json!({
            "account": key.to_string(),
            "coverage": read.map(|read| &read.coverage),
            "baseline": snapshot.accounts.get(key).and_then(|account| account.baseline),
        })
    };
    json!({
        "formatVersion": 1,
        "at": snapshot.now,
        "snapshot": snapshot.id,
        "accounts": snapshot.accounts.keys().map(account).collect::<Vec<_>>(),
        "runs": run.runs,
        "notices": run.notices.iter().map(|notice| json!({"code": notice.code, "message": notice.message})).collect::<Vec<_>>(),
    })
}

impl From<RunStoreError> for Failure {
    fn from(error: RunStoreError) -> Self {
        Self::from_error(Exit::Error, &error)
    }
}
