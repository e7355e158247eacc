//! `adplane signals`: values from outside that rules ask for.

use std::collections::{BTreeMap, BTreeSet};

use adplane_core::rules::{Rule, SignalSource, signal_value};
use adplane_core::suggest::nearest;
use adplane_engine::state::signals::{Told, is_name};
use jiff::Timestamp;
use serde_json::json;

use crate::args::{
    Global, PathArgs, SignalsCommand, SignalsDropArgs, SignalsListArgs, SignalsPutArgs, TestFormat,
};
use crate::error::{Exit, Failure};
use crate::pipeline::{self, Prepared};
use crate::render::{json as render_json, table};
use crate::settings::Settings;
use crate::ui::Ui;

pub(super) async fn run(
    global: &Global,
    command: &SignalsCommand,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let paths = match command {
        SignalsCommand::List(args) => args.path.clone(),
        SignalsCommand::Put(_) | SignalsCommand::Drop(_) => PathArgs::default(),
    };
    let prepared = pipeline::prepare(global, settings, &paths, &[])?;
    let clock = pipeline::clock_of_accounts(prepared.desired.accounts.values(), settings).await?;
    match command {
        SignalsCommand::Put(args) => put(args, &prepared, clock.now(), ui),
        SignalsCommand::List(args) => list(args, &prepared, clock.now(), ui),
        SignalsCommand::Drop(args) => forget(args, &prepared, ui),
    }
}

fn put(args: &SignalsPutArgs, prepared: &Prepared, now: Timestamp, ui: &Ui) -> Result<Exit, Failure> {
    let SignalsPutArgs { name, value: text, as_of } = args;
    if !is_name(name) {
        return Err(Failure::new(Exit::Usage, format!("`{name}` cannot stand in an expression"))
            .hint("write letters, digits and `_`, a letter first"));
    }
    let as_of = as_of.unwrap_or(now);
    if as_of > now {
        return Err(Failure::new(Exit::Usage, format!("{as_of} has not come yet: it is {now}"))
            .hint("leave `--as-of` out, or write when the value was true"));
    }
    let found = signal_value(text);
    let wrong = declared(&prepared.rules, name).find(|(_, signal)| !signal.kind.fits(&found));
    if let Some((rule, signal)) = wrong {
        let message = format!(
            "rule `{}` declares `{name}` as `{}`, and `{text}` is none",
            rule.key,
            signal.kind.word()
        );
        return Err(Failure::new(Exit::Usage, message).hint("nothing was kept: write a value of that type"));
    }
    if declared(&prepared.rules, name).next().is_none() {
        let names: BTreeSet<&str> = prepared.rules.iter().flat_map(Rule::signals).collect();
        let meant =
            nearest(name, names).map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
        ui.note(&format!("no rule declares a signal `{name}`{meant}"));
    }
    match prepared.state().signals().put(name, text, as_of)? {
        Told::Kept => {}
        Told::Older(newer) => ui.note(&format!("a newer value of `{name}` is known, of {newer}: it stays")),
    }
    Ok(Exit::Done)
}

/// Rules that declare a signal.
fn declared<'r>(rules: &'r [Rule], name: &str) -> impl Iterator<Item = (&'r Rule, SignalSource)> {
    rules.iter().filter_map(move |rule| Some((rule, rule.signal(name)?)))
}

fn list(args: &SignalsListArgs, prepared: &Prepared, now: Timestamp, ui: &Ui) -> Result<Exit, Failure> {
    let (known, unreadable) = prepared.state().signals().all();
    for path in unreadable {
        ui.note(&format!("`{}` cannot be read, so its signal is unknown: put it again", path.display()));
    }
    let mut users: BTreeMap<&str, Vec<(&Rule, SignalSource)>> =
        known.keys().map(|name| (name.as_str(), Vec::new())).collect();
    for rule in &prepared.rules {
        for name in rule.signals() {
            users.entry(name).or_default().extend(rule.signal(name).map(|signal| (rule, signal)));
        }
    }
    let mut rows = Vec::new();
    let mut objects = Vec::new();
    for (name, rules) in users {
        let signal = known.get(name);
        let stale = |(_, source): &&(&Rule, SignalSource)| {
            signal.is_some_and(|signal| now.duration_since(signal.as_of) > source.freshness)
        };
        let stale = rules.iter().any(|one| stale(&one));
        let is = match signal {
            None => "unknown",
            Some(_) if stale => "stale",
            Some(_) => "fresh",
        };
        let of: Vec<String> = rules.iter().map(|(rule, _)| rule.key.to_string()).collect();
        let shown = signal.map(|signal| signal.value.to_string());
        let as_of = signal.map(|signal| signal.as_of.to_string());
        objects.push(json!({ "name": name, "value": shown, "asOf": as_of, "is": is, "rules": of }));
        let cell = |text: Option<String>| text.unwrap_or_default();
        rows.push(vec![name.to_owned(), cell(shown), cell(as_of), is.to_owned(), of.join(", ")]);
    }
    match args.format {
        TestFormat::Json => ui.data(&render_json::pretty(&objects))?,
        TestFormat::Text if rows.is_empty() => {
            ui.data("No signal is known, and no rule asks for one.\n")?;
        }
        TestFormat::Text => ui.data(&table::table(&["NAME", "VALUE", "AS OF", "IS", "RULES"], &rows))?,
    }
    Ok(Exit::Done)
}

fn forget(args: &SignalsDropArgs, prepared: &Prepared, ui: &Ui) -> Result<Exit, Failure> {
    if !is_name(&args.name) || !prepared.state().signals().remove(&args.name)? {
        ui.note(&format!("no value of `{}` was known", args.name));
    }
    Ok(Exit::Done)
}
