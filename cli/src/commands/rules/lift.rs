//! `adplane rules lift`: a suspended rule goes on, and what rules hold on an object is let go of.
//!
//! Nothing is written to a platform: git's value counts again, and the next plan shows what that spends.

use std::collections::BTreeSet;

use adplane_core::address::Address;
use adplane_core::ids::{Namespace, ObjectName};
use adplane_core::overlay::{Overlay, Target, settle};
use adplane_core::rules::RuleKey;
use adplane_engine::rules::carry::{Effect, Place, bring_about};
use adplane_engine::rules::{RunStore, Stage, Task};
use jiff::Timestamp;

use super::proposals::{now, who};
use crate::args::{Global, RulesLiftArgs};
use crate::commands::explain;
use crate::error::{Exit, Failure};
use crate::pipeline::rules::file;
use crate::pipeline::{self, Prepared};
use crate::render::table;
use crate::settings::Settings;
use crate::ui::Ui;

pub(super) async fn lift(
    global: &Global,
    args: &RulesLiftArgs,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let mut prepared = pipeline::prepare(global, settings, &args.path, &[])?;
    let rule = args.rule.as_deref().map(key).transpose()?;
    match (&args.on, rule) {
        (Some(on), rule) => {
            prepared.require_sound(ui)?;
            let now = now(&prepared, settings).await?;
            settle(&mut prepared.desired, now);
            let object = explain::object(&prepared, on)?;
            holds(&prepared, object, rule.as_ref(), now, ui)
        }
        (None, Some(rule)) => suspension(&prepared, &rule, settings, ui).await,
        (None, None) => Err(Failure::new(Exit::Usage, "nothing is named that could be lifted")
            .hint("name a suspended rule, or an object with `--on ADDRESS`")),
    }
}

fn key(text: &str) -> Result<RuleKey, Failure> {
    let (namespace, name) = text.split_once('/').unwrap_or(("default", text));
    Ok(RuleKey {
        namespace: Namespace::new(namespace).map_err(|_| unknown(text))?,
        name: ObjectName::new(name).map_err(|_| unknown(text))?,
    })
}

fn unknown(rule: &str) -> Failure {
    Failure::error(format!("no rule is called `{rule}`"))
        .hint("write its namespace and name, such as `growth/stop-loss`")
}

/// Lets a suspended rule go on.
async fn suspension(
    prepared: &Prepared,
    rule: &RuleKey,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let path = file(prepared);
    if !path.exists() {
        return Err(unknown(&rule.to_string()));
    }
    let mut store = RunStore::open(&path)?;
    if store.memory()?.rule(rule).is_none() {
        return Err(unknown(&rule.to_string()));
    }
    let now = now(prepared, settings).await?;
    store.move_on(&[], now, |memory| memory.lift(rule))?;
    ui.note(&format!("rule `{rule}` goes on with its next tick"));
    Ok(Exit::Done)
}

/// What a rule holds, with the task that decided it, where that is known.
struct Held {
    rule: RuleKey,
    overlay: Overlay,
    task: Option<Task>,
}

/// Lets go of what rules hold on an object.
fn holds(
    prepared: &Prepared,
    object: &Address,
    rule: Option<&RuleKey>,
    now: Timestamp,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let mut store = RunStore::open(&file(prepared))?;
    let held = held(prepared, &store, object, rule)?;
    if held.is_empty() {
        let whose =
            rule.map_or_else(|| "no rule holds".to_owned(), |rule| format!("rule `{rule}` does not hold"));
        let message = format!("{whose} anything on {}", object.short());
        return Err(Failure::error(message).hint(
            "`adplane explain ADDRESS` tells what rules did there; a person's `Override` is lifted in git, and a pool's \
             amount ends with its `ref` or label",
        ));
    }
    let by = who(prepared);
    let mut rows = BTreeSet::new();
    for one in &held {
        let gone = gone(prepared, one);
        let effects: Vec<Effect> = gone.iter().map(|overlay| taken_back(one, overlay)).collect();
        bring_about(&prepared.state().overrides(), &effects)?;
        record(&mut store, one, object, &by, now)?;
        rows.extend(gone.iter().map(|overlay| row(&one.rule, overlay)));
    }
    let rows: Vec<Vec<String>> = rows.into_iter().collect();
    ui.data(&table::table(&["RULE", "OBJECT", "FIELD", "HELD"], &rows))?;
    ui.note("nothing was written: git's values count again, and `adplane plan` shows what that changes");
    Ok(Exit::Done)
}

/// Overlays of rules on an object; what a person wrote in git and what pools give are none.
fn held(
    prepared: &Prepared,
    store: &RunStore,
    object: &Address,
    wanted: Option<&RuleKey>,
) -> Result<Vec<Held>, Failure> {
    let mut tasks = store.tasks_since(Timestamp::MIN)?;
    tasks.retain(|task| matches!(task.stage, Stage::Decided | Stage::InForce | Stage::Written));
    let target = Target::of(object);
    let given = prepared.desired.overlays.given.iter();
    let of_rules = given
        .filter(|overlay| overlay.object == target && !overlay.pool && Place::LocalState.is_kept(overlay));
    let held = of_rules.filter_map(|overlay| {
        let name = overlay.rule.clone()?;
        let rule = RuleKey { namespace: object.namespace.clone(), name };
        let decided = |task: &&Task| {
            let mut fields = task.fields();
            task.intent.rule == rule
                && overlay.evidence.as_ref() == Some(&task.intent.evidence)
                && fields.any(|(claimed, path)| claimed == object && path == overlay.setting.path())
        };
        let task = tasks.iter().rev().find(decided).cloned();
        wanted.is_none_or(|wanted| *wanted == rule).then(|| Held { rule, overlay: overlay.clone(), task })
    });
    Ok(held.collect())
}

/// Everything that goes with it: what was decided together, such as the two sides of a `rebalance`, is let go of together.
fn gone(prepared: &Prepared, held: &Held) -> Vec<Overlay> {
    let together = |overlay: &&Overlay| {
        let task = held.task.as_ref();
        let of_task = task.is_some_and(|task| {
            let mut fields = task.fields();
            overlay.evidence.as_ref() == Some(&task.intent.evidence)
                && fields.any(|(object, path)| {
                    Target::of(object) == overlay.object && path == overlay.setting.path()
                })
        });
        **overlay == held.overlay
            || (of_task && overlay.rule.as_ref() == Some(&held.rule.name) && !overlay.pool)
    };
    prepared.desired.overlays.given.iter().filter(together).cloned().collect()
}

fn taken_back(held: &Held, overlay: &Overlay) -> Effect {
    Effect::Lift {
        rule: held.rule.name.clone(),
        object: overlay.object.clone(),
        path: overlay.setting.path(),
    }
}

/// The rule holds nothing any more, and rests as after a decision of its own.
fn record(
    store: &mut RunStore,
    held: &Held,
    object: &Address,
    by: &str,
    now: Timestamp,
) -> Result<(), Failure> {
    let mut lifted = held.task.clone();
    if let Some(task) = &mut lifted {
        task.now(Stage::Lifted, Some(format!("{by} lifted it")), now);
    }
    let moved: Vec<Task> = lifted.into_iter().collect();
    store.move_on(&moved, now, |memory| {
        memory.forget_pause(&held.rule, moved.first().map_or(object, |task| &task.intent.object));
        for task in &moved {
            memory.rest(&task.intent, now);
        }
    })?;
    Ok(())
}

fn row(rule: &RuleKey, overlay: &Overlay) -> Vec<String> {
    let setting = &overlay.setting;
    vec![rule.to_string(), overlay.object.to_string(), setting.path().to_string(), setting.to_string()]
}
