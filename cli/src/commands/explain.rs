//! `adplane explain`: why each rule did or did not act on an object, from what was recorded.

use adplane_core::address::Address;
use adplane_core::rules::{RuleRun, explain};
use adplane_engine::rules::RunStore;
use serde_json::json;

use super::rules::shadow::file;
use crate::args::{ExplainArgs, Global, TestFormat};
use crate::error::{Exit, Failure};
use crate::pipeline::{self, Prepared, names};
use crate::render::json as render_json;
use crate::settings::Settings;
use crate::ui::Ui;

pub(super) fn run(
    global: &Global,
    args: &ExplainArgs,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let prepared = pipeline::prepare(global, settings, &args.path, &[])?;
    prepared.require_sound(ui)?;
    let object = object(&prepared, &args.address)?;
    let path = file(&prepared);
    if !path.exists() {
        return Err(Failure::error("no rule was run here yet").hint("run `adplane rules shadow`"));
    }
    let runs = RunStore::open(&path)?.newest(object)?;
    if runs.is_empty() {
        return Err(Failure::error(format!("no rule has looked at {} lately", object.short()))
            .hint("a rule looks at objects of its scope that are live; `adplane rules shadow` runs those that are due"));
    }
    match args.format {
        TestFormat::Text => ui.data(&text(object, &runs, &prepared))?,
        TestFormat::Json => {
            ui.data(&render_json::pretty(&json!({"object": object.to_string(), "runs": runs})))?;
        }
    }
    Ok(Exit::Done)
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
fn text(object: &Address, runs: &[RuleRun], prepared: &Prepared) -> String {
    let mut out = format!("{object}\n");
    for run in runs {
        let now = prepared.rules.iter().find(|rule| rule.key == run.rule);
        let since = match now {
            None => " (the rule is gone)",
            Some(rule) if rule.revision != run.revision => " (the rule has changed since)",
            Some(_) => "",
        };
        let Some(why) = explain(run, object) else { continue };
        let mut lines = why.lines();
        out.push('\n');
        out.push_str(lines.next().unwrap_or_default());
        out.push_str(since);
        out.push('\n');
        for line in lines {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}
