//! Asking for a report: at once where it is small, made and polled where it is large.

use std::time::Duration;

use adplane_core::address::{Kind, Platform};
use adplane_core::metrics::Granularity;
use adplane_engine::error::{ErrorKind, PlatformError, Retry};
use adplane_engine::port::MetricsRequest;
use serde_json::{Value as Json, json};

use crate::meta::calls::{Graph, build};
use crate::meta::errors;
use crate::meta::wire::json;

/// The breakdown by the hour of the advertiser's clock.
pub(super) const HOURLY: &str = "hourly_stats_aggregated_by_advertiser_time_zone";

/// Rows of an object that are still asked for at once: two months of days, or two days of hours. How many objects there
/// are is not known beforehand; the vendor refuses what is too much, and then the report is made.
const FEW: i32 = 62;

/// Waits between polls; the last one repeats.
const POLLS: [Duration; 6] = [
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(10),
    Duration::from_secs(30),
];
/// Polls at most, about half an hour: reports of large accounts take minutes.
const MOST_POLLS: usize = 64;

/// The rows of a report.
///
/// # Errors
/// The failure of a call; a report that failed or was not ready in time.
pub(super) async fn rows(graph: &Graph, request: &MetricsRequest) -> Result<Vec<Json>, PlatformError> {
    let report = parameters(request);
    if slots(request) <= FEW {
        match graph.list(build::insights(&graph.endpoint, &report)).await {
            Err(error) if errors::asks_for_less(&error) => {
                tracing::debug!(%error, "the report is too large for one call: it is made instead");
            }
            answered => return answered,
        }
    }
    let started = graph.send(&build::start_insights(&graph.endpoint, &report)).await?;
    let run =
        json::text(&started, "report_run_id").ok_or_else(|| failed(graph, "it has no `report_run_id`"))?;
    await_run(graph, &run).await?;
    graph.list(build::report_rows(&graph.endpoint, &run)).await
}

fn slots(request: &MetricsRequest) -> i32 {
    let days = (request.to - request.from).get_days() + 1;
    match request.granularity {
        Granularity::Day => days,
        Granularity::Hour => days * 24,
    }
}

/// Waits until a report is complete: its state says so, and its percentage is 100.
async fn await_run(graph: &Graph, run: &str) -> Result<(), PlatformError> {
    for poll in 0..MOST_POLLS {
        let told = graph.send(&build::report_run(&graph.endpoint, run)).await?;
        let whole = json::integer(&told, "async_percent_completion") == Some(100);
        match json::word(&told, "async_status") {
            "Job Completed" if whole => return Ok(()),
            state @ ("Job Failed" | "Job Skipped") => {
                let why =
                    ["error_user_msg", "error_message"].into_iter().find_map(|name| json::text(&told, name));
                let why = why.map(|why| format!(": {why}")).unwrap_or_default();
                let mut error = failed(graph, &format!("{state}{why}"));
                error.code = json::text(&told, "error_code");
                return Err(error);
            }
            _ => tokio::time::sleep(POLLS[poll.min(POLLS.len() - 1)]).await,
        }
    }
    let mut error = failed(graph, &format!("report {run} was not ready after {MOST_POLLS} polls"));
    error.kind = ErrorKind::Timeout;
    Err(error)
}

fn failed(graph: &Graph, message: &str) -> PlatformError {
    let kind = ErrorKind::Unavailable;
    PlatformError::new(kind, Retry::After(None), Platform::Meta, "insights report", message)
        .account(graph.endpoint.account_id().as_str())
}

/// The member that names a level's object.
pub(super) fn id_member(level: Kind) -> Option<&'static str> {
    match level {
        Kind::Campaign => Some("campaign_id"),
        Kind::AdGroup => Some("adset_id"),
        Kind::Ad => Some("ad_id"),
        Kind::Budget => None,
    }
}

/// What a report is asked for, alike for both ways.
pub(super) fn parameters(request: &MetricsRequest) -> Vec<(&'static str, String)> {
    let (level, ids, states) = match request.level {
        Kind::Campaign | Kind::Budget => ("campaign", "campaign_id", STATES),
        Kind::AdGroup => ("adset", "campaign_id,adset_id", STATES),
        Kind::Ad => ("ad", "campaign_id,adset_id,ad_id", AD_STATES),
    };
    let reach = if request.granularity == Granularity::Day { ",reach" } else { "" };
    let gone = json!([{"field": format!("{level}.effective_status"), "operator": "IN",
        "value": states.split_ascii_whitespace().collect::<Vec<_>>()}]);
    let range = json!({"since": request.from.to_string(), "until": request.to.to_string()});
    let mut parameters = vec![
        ("level", level.to_owned()),
        ("fields", format!("{ids},spend,impressions,inline_link_clicks,actions,action_values{reach}")),
        ("time_range", range.to_string()),
        ("time_increment", "1".to_owned()),
        ("use_unified_attribution_setting", "true".to_owned()),
        ("filtering", gone.to_string()),
    ];
    if request.granularity == Granularity::Hour {
        parameters.push(("breakdowns", json!([HOURLY]).to_string()));
    }
    parameters
}

/// States of campaigns and ad sets.
const STATES: &str = "ACTIVE PAUSED DELETED ARCHIVED CAMPAIGN_PAUSED IN_PROCESS WITH_ISSUES";
/// States of ads.
const AD_STATES: &str = "ACTIVE PAUSED DELETED ARCHIVED CAMPAIGN_PAUSED ADSET_PAUSED IN_PROCESS WITH_ISSUES \
    PENDING_REVIEW DISAPPROVED PREAPPROVED PENDING_BILLING_INFO";
