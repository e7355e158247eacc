//! `adplane drift`: what differs from the YAML now, who changed it on the platform and when.

use std::collections::BTreeSet;

use adplane_core::plan::document::{
    ChangedBy, DocumentChange, DocumentDrift, DocumentField, DriftPolicy, DriftSide, PlanDocument, ThreeWays,
};
use serde_json::{Value, json};

use crate::args::{DriftArgs, GetOutput, Global, PlanFlags};
use crate::error::{Exit, Failure};
use crate::pipeline::notices::Notices;
use crate::pipeline::watch::{self, Sight};
use crate::pipeline::write_back::{Wish, WriteBack};
use crate::pipeline::{self, Prepared, happenings, names};
use crate::render::{json as render_json, table, words};
use crate::settings::Settings;
use crate::ui::Ui;

/// The column of what is in force in place of the YAML's value.
const OVERLAY: usize = 4;

/// One difference.
struct Difference<'a> {
    change: &'a DocumentChange,
    field: Option<&'a DocumentField>,
    policy: DriftPolicy,
    /// What is known of the platform's side, when it moved.
    drift: Option<&'a DocumentDrift>,
}

impl Difference<'_> {
    fn changed_by(&self) -> Option<&ChangedBy> {
        self.drift?.changed_by.as_ref()
    }
}

pub(super) async fn run(
    global: &Global,
    args: &DriftArgs,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let mut prepared = pipeline::prepare(global, settings, &args.path, &[])?;
    prepared.require_sound(ui)?;
    let connected = pipeline::connect_project(&mut prepared, settings).await?;
    let observed = pipeline::observe_all(&prepared, &connected, ui).await;
    let mut document = pipeline::make_plan(&prepared, &connected, &observed, &PlanFlags::default());
    pipeline::explain_drift(&mut document, &prepared, &connected, ui).await;
    ui.diagnostics(&document.diagnostics, &|file| prepared.source(file));
    let notices = Notices::of(&prepared, connected.clock, settings, ui);
    notices.keep(happenings::drifted(&document));
    let sight = Sight { observed: Some(&observed), store: None };
    watch::look(&prepared, &connected, sight, &notices, ui).await;
    notices.flush().await;
    let found = found(&prepared, &document);
    if args.write_back {
        let work = WriteBack {
            prepared: &prepared,
            paths: &args.path,
            settings,
            connected: &connected,
            observed: &observed,
            document: &document,
        };
        return write_back(&work, &wishes(&found, args)?, ui);
    }
    match args.output {
        GetOutput::Json | GetOutput::Yaml => {
            let list: Vec<Value> = found.iter().map(object).collect();
            ui.data(&render_json::pretty(&list))?;
        }
        GetOutput::Table | GetOutput::Wide if found.is_empty() => {
            ui.data("No drift: what is live is as written.\n")?;
        }
        GetOutput::Table | GetOutput::Wide => {
            let mut rows: Vec<Vec<String>> = found.iter().map(row).collect();
            let mut header =
                vec!["OBJECT", "ACCOUNT", "FIELD", "YAML", "OVERLAY", "LIVE", "CHANGED BY", "WHEN", "POLICY"];
            // Most projects have none.
            if rows.iter().all(|row| row[OVERLAY].is_empty()) {
                header.remove(OVERLAY);
                for row in &mut rows {
                    row.remove(OVERLAY);
                }
            }
            ui.data(&table::table(&header, &rows))?;
            for line in found.iter().filter_map(within) {
                ui.note(&line);
            }
        }
    }
    Ok(if pipeline::has_unread_accounts(&document) {
        Exit::Error
    } else if found.is_empty() {
        Exit::Done
    } else {
        Exit::Pending
    })
}

/// What to write back: what was named, else everything that changed on the platform alone.
fn wishes(found: &[Difference<'_>], args: &DriftArgs) -> Result<BTreeSet<Wish>, Failure> {
    let named = !args.target.is_empty() || !args.field.is_empty();
    let wishes: BTreeSet<Wish> = found
        .iter()
        .filter(|found| named || found.drift.is_some_and(|drift| drift.side == DriftSide::Platform))
        .filter(|found| {
            args.target.is_empty() || args.target.iter().any(|text| names(&found.change.address, text))
        })
        .filter_map(|found| {
            let path = &found.field?.path;
            let wanted = args.field.is_empty() || args.field.iter().any(|prefix| path.is_within(prefix));
            wanted.then(|| Wish { address: found.change.address.clone(), path: path.clone() })
        })
        .collect();
    if wishes.is_empty() && named {
        return Err(Failure::error("nothing that was named differs in a field")
            .hint("`adplane drift` lists what differs; an object that is gone has no values to write back"));
    }
    Ok(wishes)
}

fn write_back(work: &WriteBack<'_>, wishes: &BTreeSet<Wish>, ui: &Ui) -> Result<Exit, Failure> {
    let outcome = work.run(wishes)?;
    for line in &outcome.written {
        ui.data(&format!("{line}\n"))?;
    }
    ui.diagnostics(&outcome.refused, &|file| work.prepared.source(file));
    if outcome.written.is_empty() && outcome.refused.is_empty() {
        ui.note("nothing to write back: no field is known to have changed on the platform alone");
        ui.note("name what to take over with `--target` and `--field`");
    }
    Ok(if outcome.refused.is_empty() { Exit::Done } else { Exit::Error })
}

/// Every difference, with who brought it about where the platform's side moved.
fn found<'a>(prepared: &Prepared, document: &'a PlanDocument) -> Vec<Difference<'a>> {
    let rules = pipeline::drift_rules(&prepared.loaded.project);
    let changes = document.changes.iter();
    let pairs = changes
        .flat_map(|change| pipeline::differences(change).into_iter().map(move |field| (change, field)));
    pairs
        .map(|(change, field)| {
            let path = field.map(|field| &field.path);
            Difference {
                change,
                field,
                policy: rules.policy(change.address.account.as_str(), path),
                drift: document
                    .drift
                    .iter()
                    .find(|drift| drift.address == change.address && drift.path.as_ref() == path),
            }
        })
        .collect()
}

fn row(found: &Difference<'_>) -> Vec<String> {
    let (path, yaml, overlay, live) = match found.field {
        Some(field) => {
            let ways = ThreeWays::of(field);
            let overlay = ways.overlay.map(|overlay| {
                let author = overlay.by.author();
                format!("{} ({author})", words::value(overlay.value.as_ref()))
            });
            (
                field.path.to_string(),
                words::value(ways.yaml.as_ref()),
                overlay.unwrap_or_default(),
                words::value(field.before.as_ref()),
            )
        }
        None => ("(the object)".to_owned(), "wanted".to_owned(), String::new(), "not there".to_owned()),
    };
    let by = found.changed_by();
    let who = match (by, found.drift) {
        (Some(by), _) => format!("{} ({})", by.actor, by.client),
        (None, Some(_)) => "(not told)".to_owned(),
        (None, None) => String::new(),
    };
    vec![
        found.change.address.short(),
        found.change.address.account.to_string(),
        path,
        yaml,
        overlay,
        live,
        who,
        by.map(|by| by.local.clone()).unwrap_or_default(),
        format!("{:?}", found.policy),
    ]
}

/// A live value that git lets a rule choose is nobody's choice here: it is told, so that nobody takes it for one.
fn within(found: &Difference<'_>) -> Option<String> {
    let field = found.field?;
    let bounds = ThreeWays::of(field).bounds.filter(|bounds| bounds.hold(field.before.as_ref()))?;
    Some(format!(
        "`{}` of {} is live within the bounds of git ({} to {}); they are for rules, and it is drift all the same",
        field.path,
        found.change.address.short(),
        bounds.min,
        bounds.max
    ))
}

fn object(found: &Difference<'_>) -> Value {
    let ways = found.field.map(ThreeWays::of);
    json!({
        "address": found.change.address,
        "id": found.drift.and_then(|drift| drift.id.as_ref()).or(found.change.id.as_ref()),
        "field": found.field.map(|field| field.path.as_str()),
        "yaml": ways.as_ref().and_then(|ways| ways.yaml.as_ref()),
        "overlay": ways.as_ref().and_then(|ways| ways.overlay.as_ref()),
        "bounds": ways.as_ref().and_then(|ways| ways.bounds),
        "live": found.field.and_then(|field| field.before.as_ref()),
        "origin": found.field.and_then(|field| field.origin.as_ref()),
        "policy": format!("{:?}", found.policy),
        "moved": found.drift.map(|drift| drift.side),
        "changedBy": found.changed_by(),
    })
}
