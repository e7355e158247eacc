//! `adplane explain`: why rules did or did not act on an object, and what pools gave it, from what was recorded.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use adplane_core::address::Address;
use adplane_core::overlay::{Overlay, Standing, settle};
use adplane_core::rules::{Part, RuleRun, explain};
use adplane_engine::pools::{PoolAction, PoolRecords};
use adplane_engine::rules::{RunStore, Task, TaskWrite};
use adplane_engine::state::Stored;
use serde_json::{Value, json};

use super::rules::shadow;
use crate::args::{ExplainArgs, Global, TestFormat};
use crate::error::{Exit, Failure};
use crate::pipeline::{self, Prepared, names, rules};
use crate::render::json as render_json;
use crate::settings::Settings;
use crate::ui::Ui;

/// Tasks that are told of each rule, and actions of each pool, the newest.
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
    /// The values that these rest on, by digest.
    evidence: BTreeMap<String, String>,
    /// What pools have in force.
    given: Vec<Overlay>,
    /// What they gave and does not count, with why where that can be told.
    behind: Vec<(Overlay, Option<String>)>,
    /// What pools did to it or could not do, the newest first.
    actions: Vec<PoolAction>,
}

impl Known {
    /// Whether nobody has looked at the object.
    fn is_nothing(&self) -> bool {
        let no_rule = self.runs.is_empty() && self.tried.is_empty();
        no_rule && self.given.is_empty() && self.behind.is_empty() && self.actions.is_empty()
    }
}

pub(super) async fn run(
    global: &Global,
    args: &ExplainArgs,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let mut prepared = pipeline::prepare(global, settings, &args.path, &[])?;
    prepared.require_sound(ui)?;
    let clock = pipeline::clock_of_accounts(prepared.desired.accounts.values(), settings).await?;
    settle(&mut prepared.desired, clock.now());
    let object = object(&prepared, &args.address)?;
    let (live, tried) = (rules::file(&prepared), shadow::file(&prepared));
    let mut known = known(object, &live, &tried)?;
    known.actions = PoolRecords::of(&prepared.state()).about(object)?;
    known.actions.reverse();
    let settled = prepared.desired.overlays.settled.iter();
    for settled in settled.filter(|settled| settled.overlay.pool && settled.address == *object) {
        let overlay = settled.overlay.clone();
        match settled.overlay.outweighed(&prepared.desired) {
            _ if matches!(settled.standing, Standing::InForce | Standing::Idle) => known.given.push(overlay),
            why => known.behind.push((overlay, why)),
        }
    }
    if known.is_nothing() && !live.exists() && !tried.exists() {
        return Err(Failure::error("no rule was run here yet")
            .hint("run `adplane rules run`, or `adplane rules shadow`"));
    }
    if known.is_nothing() {
        return Err(Failure::error(format!("no rule has looked at {} lately", object.short())).hint(
            "a rule looks at objects of its scope that are live; `adplane rules run` runs those that are due",
        ));
    }
    match args.format {
        TestFormat::Text => ui.data(&text(object, &known, &prepared))?,
        TestFormat::Json => {
            ui.data(&render_json::pretty(&document(object, &known)))?;
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
        for task in &known.tasks {
            if let Some(values) = store.decided(task)?.map(values) {
                known.evidence.insert(task.digest.clone(), values);
            }
        }
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

/// The object that a text means.
pub(super) fn object<'p>(prepared: &'p Prepared, text: &str) -> Result<&'p Address, Failure> {
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

/// The public form.
fn document(object: &Address, known: &Known) -> Value {
    let Known { runs, tried, tasks, evidence, given, behind, actions } = known;
    let behind =
        behind.iter().map(|(overlay, why)| json!({"overlay": overlay, "why": without(why.as_deref())}));
    json!({
        "object": object.to_string(),
        "runs": runs,
        "tried": tried,
        "tasks": tasks,
        "evidence": evidence,
        "pools": {"inForce": given, "behind": behind.collect::<Vec<_>>(), "actions": actions},
    })
}

/// Why an amount does not count.
fn without(why: Option<&str>) -> &str {
    why.unwrap_or("something else goes before it")
}

/// Rule by rule, those that no longer say what they said then marked.
fn text(object: &Address, known: &Known, prepared: &Prepared) -> String {
    let mut out = format!("{object}\n");
    for run in &known.runs {
        record(&mut out, run, object, "", prepared);
        for task in known.tasks.iter().filter(|task| task.intent.rule == run.rule).take(TASKS) {
            out.push_str(&came(task));
            if let Some(values) = known.evidence.get(&task.digest) {
                let _ = writeln!(out, "    decided on {values}");
            }
            written(&mut out, &task.writes);
        }
    }
    for run in &known.tried {
        record(&mut out, run, object, " (in the shadow)", prepared);
    }
    pools(&mut out, known);
    out
}

/// What pools have in force, and how it came there.
fn pools(out: &mut String, known: &Known) {
    for overlay in &known.given {
        let pool = overlay.rule.as_ref().map(|pool| format!("{}/{pool}", overlay.object.namespace));
        let why = overlay.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        // Writing to a string does not fail.
        let _ = writeln!(
            out,
            "\npool {}: {} is in force until {}{why}",
            pool.unwrap_or_default(),
            overlay.setting,
            overlay.expires
        );
    }
    for (overlay, why) in &known.behind {
        let (name, setting) = (overlay.rule.as_ref().map(ToString::to_string), overlay.setting);
        let why = without(why.as_deref());
        let _ = writeln!(
            out,
            "\npool {}/{}: {setting} does not count: {why}",
            overlay.object.namespace,
            name.unwrap_or_default()
        );
    }
    for action in known.actions.iter().take(TASKS) {
        let why = action.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
        let _ = writeln!(
            out,
            "\npool {} at {}: {}: {} since {}{why}\n  since {}",
            action.pool,
            action.at,
            action.change,
            action.stage.word(),
            action.since,
            action.because
        );
        written(out, &action.writes);
    }
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

/// What became of a task.
fn came(task: &Task) -> String {
    let why = task.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    let by = task.by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
    format!(
        "  task {} of {}, {}: {}{by} since {}{why}\n",
        task.short(),
        task.at,
        task.shown(),
        task.stage.word(),
        task.since
    )
}

/// What its condition rested on.
fn values(run: RuleRun) -> String {
    let clauses = run.objects.into_iter().flat_map(|object| object.clauses);
    let used = clauses.filter(|clause| clause.part == Part::When).flat_map(|clause| clause.values);
    let mut each: Vec<String> = used.map(|used| format!("{} = {}", used.name, used.value)).collect();
    each.dedup();
    each.join(", ")
}

fn written(out: &mut String, writes: &[TaskWrite]) {
    for write in writes {
        let requests = if write.requests.is_empty() {
            String::new()
        } else {
            format!(", request {}", write.requests.join(", "))
        };
        let came = match write.result {
            Stored::Done => "written",
            Stored::Failed => "not written",
            Stored::Unclear => "sent with no clear answer",
        };
        let _ = writeln!(out, "    {came} at {} by plan {}{requests}", write.at, write.plan);
    }
}
