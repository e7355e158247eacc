//! `adplane drift`: what differs from the YAML now, who changed it on the platform and when.

use adplane_core::plan::Action;
use adplane_core::plan::document::{DocumentChange, DocumentField};
use adplane_engine::port::HistoryEvent;
use adplane_manifest::api::project::{DriftPolicy, DriftSettings};
use serde_json::{Value, json};

use crate::args::{DriftArgs, GetOutput, Global, PlanFlags};
use crate::error::{Exit, Failure};
use crate::pipeline;
use crate::render::{json as render_json, table, words};
use crate::settings::Settings;
use crate::ui::Ui;

/// One field that differs.
struct Drifted<'a> {
    change: &'a DocumentChange,
    field: Option<&'a DocumentField>,
    policy: DriftPolicy,
}

pub(super) async fn run(
    global: &Global,
    args: &DriftArgs,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let prepared = pipeline::prepare(global, settings, &args.path, &[])?;
    prepared.require_sound(ui)?;
    let connected = pipeline::connect(prepared.desired.accounts.values(), settings).await?;
    let observed = pipeline::observe_all(&prepared, &connected, ui).await;
    let document = pipeline::make_plan(&prepared, &connected, &observed, &PlanFlags::default());
    ui.diagnostics(&document.diagnostics, &|file| prepared.source(file));
    let rules = prepared.loaded.project.settings.drift.clone().unwrap_or_default();
    let drifted: Vec<Drifted<'_>> = document
        .changes
        .iter()
        .flat_map(differences)
        .map(|(change, field)| Drifted { change, field, policy: policy(&rules, change, field) })
        .filter(|drifted| drifted.policy != DriftPolicy::Ignore)
        .collect();
    let accounts = drifted.iter().map(|drifted| drifted.change.address.account_key());
    let history = pipeline::history(&connected, accounts, ui).await;
    let who = |drifted: &Drifted<'_>| {
        let id = drifted.change.id.as_ref()?;
        history.last(&drifted.change.address.account_key(), id, drifted.field.map(|field| &field.path))
    };
    match args.output {
        GetOutput::Json | GetOutput::Yaml => {
            let list: Vec<Value> = drifted.iter().map(|drifted| object(drifted, who(drifted))).collect();
            ui.data(&render_json::pretty(&list))?;
        }
        GetOutput::Table | GetOutput::Wide if drifted.is_empty() => {
            ui.data("No drift: what is live is as written.\n")?;
        }
        GetOutput::Table | GetOutput::Wide => {
            let rows: Vec<Vec<String>> = drifted.iter().map(|drifted| row(drifted, who(drifted))).collect();
            let header = ["OBJECT", "ACCOUNT", "FIELD", "YAML", "LIVE", "CHANGED BY", "WHEN", "POLICY"];
            ui.data(&table::table(&header, &rows))?;
        }
    }
    Ok(if pipeline::has_unread_accounts(&document) {
        Exit::Error
    } else if drifted.is_empty() {
        Exit::Done
    } else {
        Exit::Pending
    })
}

/// Differences of live objects; a missing object is one difference without a field.
fn differences(change: &DocumentChange) -> Vec<(&DocumentChange, Option<&DocumentField>)> {
    if change.action == Action::Create {
        return vec![(change, None)];
    }
    words::fields(change).map(|field| (change, Some(field))).collect()
}

fn policy(rules: &DriftSettings, change: &DocumentChange, field: Option<&DocumentField>) -> DriftPolicy {
    let mut matching = rules.rules.iter().flatten().filter(|rule| {
        let account = rule.account.as_ref().is_none_or(|name| name.0 == change.address.account.as_str());
        let path = match (&rule.field, field) {
            (None, _) => true,
            (Some(path), Some(field)) => field.path.is_within(path),
            (Some(_), None) => false,
        };
        account && path
    });
    matching.next_back().map(|rule| rule.policy).or(rules.default).unwrap_or_default()
}

fn row(drifted: &Drifted<'_>, event: Option<&HistoryEvent>) -> Vec<String> {
    let (path, yaml, live) = match drifted.field {
        Some(field) => {
            (field.path.to_string(), words::value(field.after.as_ref()), words::value(field.before.as_ref()))
        }
        None => ("(the object)".to_owned(), "wanted".to_owned(), "not there".to_owned()),
    };
    vec![
        drifted.change.address.short(),
        drifted.change.address.account.to_string(),
        path,
        yaml,
        live,
        event.map(|event| format!("{} ({})", event.actor, event.client)).unwrap_or_default(),
        event.map(|event| event.at.to_string()).unwrap_or_default(),
        format!("{:?}", drifted.policy),
    ]
}

fn object(drifted: &Drifted<'_>, event: Option<&HistoryEvent>) -> Value {
    json!({
        "address": drifted.change.address,
        "id": drifted.change.id,
        "field": drifted.field.map(|field| field.path.as_str()),
        "yaml": drifted.field.and_then(|field| field.after.as_ref()),
        "live": drifted.field.and_then(|field| field.before.as_ref()),
        "policy": drifted.policy,
        "changedBy": event.map(|event| json!({
            "actor": event.actor, "client": event.client, "at": event.at.to_string(), "what": event.what,
        })),
    })
}
