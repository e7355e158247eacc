//! `adplane explain`: why each rule did or did not act on an object, from what was recorded.

use std::fmt::Write as _;
use std::path::Path;

use adplane_core::address::Address;
use adplane_core::rules::{RuleRun, explain};
use adplane_engine::rules::{RunStore, Task};
use serde_json::json;

use super::rules::shadow;
use crate::args::{ExplainArgs, Global, TestFormat};
use crate::error::{Exit, Failure};
use crate::pipeline::{self, Prepared, names, rules};
use crate::render::json as render_json;
use crate::settings::Settings;
use crate::ui::Ui;

/// Tasks that are told of each rule, the newest.
const TASKS: usize = 3;

/// What is known of an object.
#[derive(Default)]
struct Known {
    /// What rules did or did not do.
    runs: Vec<RuleRun>,
    /// What they would have done, where they were only tried.
    tried: Vec<RuleRun>,
    /// What was to be done or agreed to, the newest first.
    tasks: Vec<Task>,
}

pub(super) fn run(
    global: &Global,
    args: &ExplainArgs,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let prepared = pipeline::prepare(global, settings, &args.path, &[])?;
    prepared.require_sound(ui)?;
    let object = object(&prepared, &args.address)?;
    let (live, tried) = (rules::file(&prepared), shadow::file(&prepared));
    if !live.exists() && !tried.exists() {
        return Err(Failure::error("no rule was run here yet")
            .hint("run `adplane rules run`, or `adplane rules shadow`"));
    }
    let known = known(object, &live, &tried)?;
    if known.runs.is_empty() && known.tried.is_empty() {
        return Err(Failure::error(format!("no rule has looked at {} lately", object.short())).hint(
            "a rule looks at objects of its scope that are live; `adplane rules run` runs those that are due",
        ));
    }
    match args.format {
        TestFormat::Text => ui.data(&text(object, &known, &prepared))?,
        TestFormat::Json => {
            let Known { runs, tried, tasks } = known;
            let object = object.to_string();
            let document = json!({"object": object, "runs": runs, "tried": tried, "tasks": tasks});
            ui.data(&render_json::pretty(&document))?;
        }
    }
    Ok(Exit::Done)
}

fn known(object: &Address, live: &Path, tried: &Path) -> Result<Known, Failure> {
    let mut known = Known::default();
    if live.exists() {
        let store = RunStore::open(live)?;
        known.runs = store.newest(object)?;
        known.tasks = store.tasks_of(object)?;
        known.tasks.reverse();
    }
    if tried.exists() {
        known.tried = RunStore::open(tried)?.newest(object)?;
        // What was tried before it was run for good says nothing new.
        known.tried.retain(|run| {
            let later = known.runs.iter().find(|live| live.rule == run.rule);
            later.is_none_or(|live| live.at < run.at)
        });
    }
    Ok(known)
}

fn object<'p>(prepared: &'p Prepared, text: &str) -> Result<&'p Address, Failure> {
    let all = || prepared.desired.accounts.values().flat_map(|account| account.objects.keys());
    let found: Vec<&Address> = all().filter(|address| names(address, text)).collect();
    match found.as_slice() {
        [one] => Ok(*one),
        [] => Err(Failure::error(format!("nothing is called `{text}`"))
            .hint("write an address such as `campaign/spring-sale`, or the full one that plans show")),
        several => {
            let each: Vec<String> = several.iter().map(ToString::to_string).collect();
            let failure = Failure::error(format!("`{text}` means {} objects", several.len()));
            Err(failure.hint(format!("write one of {}", each.join(", "))))
        }
    }
}

/// Rule by rule, those that no longer say what they said then marked.
fn text(object: &Address, known: &Known, prepared: &Prepared) -> String {
    let mut out = format!("{object}\n");
    for run in &known.runs {
        record(&mut out, run, object, "", prepared);
        for task in known.tasks.iter().filter(|task| task.intent.rule == run.rule).take(TASKS) {
            out.push_str(&came(task));
        }
    }
    for run in &known.tried {
        record(&mut out, run, object, " (in the shadow)", prepared);
    }
    out
}

fn record(out: &mut String, run: &RuleRun, object: &Address, mark: &str, prepared: &Prepared) {
    let now = prepared.rules.iter().find(|rule| rule.key == run.rule);
    let since = match now {
        None => " (the rule is gone)",
        Some(rule) if rule.revision != run.revision => " (the rule has changed since)",
        Some(_) => "",
    };
    let Some(why) = explain(run, object) else { return };
    let mut lines = why.lines();
    for part in ["\n", lines.next().unwrap_or_default(), mark, since, "\n"] {
        out.push_str(part);
    }
    for line in lines {
        out.push_str(line);
        out.push('\n');
    }
}

/// What became of a task, with what was sent.
fn came(task: &Task) -> String {
    let why = task.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    let by = task.by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
    let mut out = format!(
        "  task {} of {}, {}: {}{by} since {}{why}\n",
        task.short(),
        task.at,
        task.shown(),
        task.stage.word(),
        task.since
    );
    for write in &task.writes {
        let requests = if write.requests.is_empty() {
            String::new()
        } else {
            format!(", request {}", write.requests.join(", "))
        };
        let _ = writeln!(out, "    written at {} by plan {}{requests}", write.at, write.plan);
    }
    out
}
