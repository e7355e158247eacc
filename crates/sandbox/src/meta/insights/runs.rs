//! Asynchronous reports: started by POST, polled, then read (meta-ads.md §11).

use serde_json::{Value, json};

use crate::meta::call::{Answer, Call};
use crate::meta::errors::GraphError;
use crate::meta::kind::Kind;
use crate::meta::params::Params;
use crate::meta::store::{self, Node};
use crate::world::World;

const RUNS: &str = "report_runs";

/// `POST …/insights`.
pub(in crate::meta) fn start(call: &mut Call<'_>, node: &Node) -> Result<Answer, GraphError> {
    // A report that cannot be made is refused now.
    super::Query::of(call.world, node, &call.params, None)?;
    let id = store::fresh_id(call.world);
    let query: Vec<Value> = call
        .params
        .pairs()
        .filter(|(name, _)| !matches!(*name, "access_token" | "appsecret_proof"))
        .map(|(name, value)| json!([name, value]))
        .collect();
    let run = json!({
        "id": id, "account_id": node.account, "async_status": "Job Not Started", "async_percent_completion": 0,
        "is_running": true, "time_ref": call.world.now.as_second(), "node": node.id, "query": query,
    });
    store::note_mut(call.world, RUNS).insert(id.clone(), run);
    Ok(Answer::wrote(json!({"report_run_id": id})))
}

/// Moves a run on: not ready when first asked for, completed when asked again.
pub(in crate::meta) fn poll(world: &mut World, id: &str) {
    let now = world.now.as_second();
    let Some(run) = store::note_mut(world, RUNS).get_mut(id) else { return };
    let (state, percent) = match run["async_status"].as_str() {
        Some("Job Not Started") => ("Job Running", 40),
        _ => ("Job Completed", 100),
    };
    run["async_status"] = json!(state);
    run["async_percent_completion"] = json!(percent);
    if percent == 100 {
        run["is_running"] = json!(false);
        run["time_completed"] = json!(now);
    }
}

/// Where a completed run's rows come from: the node it was made for and its parameters.
pub(in crate::meta) fn source(world: &World, run: &str, page: &Params) -> Result<(Node, Params), GraphError> {
    let entry = store::note(world, RUNS).and_then(|runs| runs.get(run));
    let entry = entry.ok_or_else(|| GraphError::missing(run, "get"))?;
    if entry["async_status"] != "Job Completed" {
        return Err(GraphError::new(2601, "The report is not ready: poll the run until it is completed"));
    }
    let pairs: Vec<(String, String)> = entry["query"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|pair| Some((pair[0].as_str()?.to_owned(), pair[1].as_str()?.to_owned())))
        .collect();
    let mut params = Params::from_pairs(&pairs);
    for name in ["limit", "after", "before", "summary"] {
        if let Some(value) = page.text(name) {
            params.set(name, value);
        }
    }
    let id = entry["node"].as_str().unwrap_or_default();
    let node = store::locate(world, id).filter(|node| node.kind != Kind::ReportRun);
    Ok((node.ok_or_else(|| GraphError::missing(id, "get"))?, params))
}
