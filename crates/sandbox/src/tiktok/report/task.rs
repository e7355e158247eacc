//! Asynchronous reports ("Create an asynchronous report task"): the same numbers, as CSV to download later.

use serde_json::{Value, json};

use crate::http::Response;
use crate::tiktok::errors::{Answer, NOT_FOUND, Outcome, Refusal, ensure};
use crate::tiktok::field::{Field, choice, flag, id, text};
use crate::tiktok::json::texts;
use crate::tiktok::params::Params;
use crate::tiktok::store;
use crate::world::{Object, World};

use super::{request, table};

/// Code of a task that is not ready.
const NOT_READY: u32 = 40_201;

/// Members of `/report/task/create/` besides those of a synchronous report.
pub(in crate::tiktok) const CREATE: &[Field] = &[
    choice("output_format", &["CSV_STRING", "CSV_DOWNLOAD", "XLSX_DOWNLOAD"]),
    text("file_name"),
    flag("enable_report_title_translation"),
];
/// Parameters of the calls that follow a task.
pub(in crate::tiktok) const TASK: &[Field] = &[id("advertiser_id"), id("task_id").required()];

/// Starts a task; what a synchronous report refuses is refused here.
pub(in crate::tiktok) fn create(world: &mut World, params: &Params) -> Outcome {
    super::advertisers(world, params)?;
    request::read(params)?;
    let kind = params.text_or_empty("report_type");
    ensure(!matches!(kind, "BC" | "TT_SHOP"), || format!("report_type: {kind} cannot be a task."))?;
    let format = params.text("output_format").unwrap_or("CSV_STRING");
    ensure(format == "CSV_STRING", || {
        format!("output_format: the sandbox makes no {format}; ask for CSV_STRING.")
    })?;
    let task = store::fresh_id(world);
    store::set_note(world, key(&task), Value::Object(params.values.clone()));
    store::set_note(world, state_key(&task), "QUEUING");
    Ok(Answer::wrote(json!({"task_id": task})))
}

/// Says how far a task is; each look finds it one step further.
pub(in crate::tiktok) fn check(world: &mut World, params: &Params) -> Outcome {
    let task = params.text_or_empty("task_id").to_owned();
    find(world, &task)?;
    let state = state(world, &task);
    let next = match state.as_str() {
        "QUEUING" => "PROCESSING",
        "PROCESSING" => "SUCCESS",
        other => other,
    };
    store::set_note(world, state_key(&task), next);
    Ok(Answer::read(json!({"status": state, "message": ""})))
}

/// Ends a task that is not done.
pub(in crate::tiktok) fn cancel(world: &mut World, params: &Params) -> Outcome {
    let task = params.text_or_empty("task_id").to_owned();
    find(world, &task)?;
    let running = matches!(state(world, &task).as_str(), "QUEUING" | "PROCESSING");
    ensure(running, || format!("task_id: The task {task} is done."))?;
    store::set_note(world, state_key(&task), "CANCELED");
    Ok(Answer::wrote(json!({})))
}

/// Hands out the table as text.
pub(in crate::tiktok) fn download(world: &mut World, params: &Params) -> Outcome {
    let task = params.text_or_empty("task_id").to_owned();
    let wanted = find(world, &task)?;
    if state(world, &task) != "SUCCESS" {
        return Err(Refusal::new(NOT_READY, "The task is not ready."));
    }
    Ok(Answer::read(Value::String(csv(world, params, wanted)?)))
}

/// The answer to a download: bare text where the data is a table.
pub(in crate::tiktok) fn plain(outcome: &Outcome) -> Option<Response> {
    match outcome {
        Ok(Answer { data: Value::String(table), .. }) => {
            let mut response = Response::text(200, table);
            response.headers = vec![("content-type".into(), "text/csv; charset=utf-8".into())];
            Some(response)
        }
        _ => None,
    }
}

fn csv(world: &mut World, params: &Params, wanted: Object) -> Result<String, Refusal> {
    let columns: Vec<String> = ["dimensions", "metrics"]
        .iter()
        .flat_map(|member| texts(&wanted, member).into_iter().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let asked = Params { values: wanted, ..params.clone() };
    let (found, report) = table(world, &asked)?;
    let mut lines = vec![columns.join(",")];
    for row in &found {
        let shown = row.render(&report);
        let cell = |name: &String| {
            let value = ["dimensions", "metrics"].iter().find_map(|part| shown.get(*part)?.get(name));
            value.and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        lines.push(columns.iter().map(cell).map(|text| quoted(&text)).collect::<Vec<_>>().join(","));
    }
    Ok(lines.join("\n") + "\n")
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

fn find(world: &World, task: &str) -> Result<Object, Refusal> {
    let values = store::note(world, &key(task)).and_then(Value::as_object).cloned();
    values.ok_or_else(|| Refusal::new(NOT_FOUND, format!("task_id: The task {task} does not exist.")))
}

fn state(world: &World, task: &str) -> String {
    store::note(world, &state_key(task)).and_then(Value::as_str).unwrap_or("FAILED").to_owned()
}

fn key(task: &str) -> String {
    format!("report_task/{task}")
}

fn state_key(task: &str) -> String {
    format!("report_task_state/{task}")
}
