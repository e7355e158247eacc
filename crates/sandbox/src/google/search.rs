//! Queries: pages, streams, and looking places up by name. Source: google-ads.md §2.1, §2.2.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::data::geo;
use super::errors::{ApiError, Refusal, Violation};
use super::gaql::{self, Found};
use super::json;
use super::read::Reader;
use crate::world::World;

/// Found of a page (§0.2).
const PAGE: usize = 10_000;

fn request_error(code: &'static str, message: &str) -> Refusal {
    ApiError::new("requestError", code, message).into()
}

/// `googleAds:search`.
pub(super) fn paged(world: &World, customer: &str, body: &Value) -> Result<Value, Refusal> {
    let mut violations = Vec::new();
    let allowed = ["customerId", "query", "pageToken", "pageSize", "validateOnly", "searchSettings"];
    json::only(body, &allowed, "", &mut violations);
    let settings = body.get("searchSettings").cloned().unwrap_or_else(|| json!({}));
    let known = ["omitResults", "returnSummaryRow", "returnTotalResultsCount"];
    json::only(&settings, &known, "searchSettings", &mut violations);
    refuse(violations)?;
    if body.get("pageSize").is_some_and(|size| !size.is_null() && size != 0) {
        return Err(request_error(
            "PAGE_SIZE_NOT_SUPPORTED",
            "Setting the page size is not supported. Search responses have a fixed page size of 10000 rows.",
        ));
    }
    let query = body.get("query").and_then(Value::as_str).unwrap_or_default();
    let Found { mut rows, mask, summary } = run(world, customer, query)?;
    if body.get("validateOnly") == Some(&Value::Bool(true)) {
        return Ok(json!({"fieldMask": mask}));
    }
    let total = rows.len();
    let offset = match body.get("pageToken").and_then(Value::as_str).filter(|token| !token.is_empty()) {
        None => 0,
        Some(token) => read_token(token, query)?,
    };
    let flag = |name: &str| settings.get(name) == Some(&Value::Bool(true));
    let mut answer = Map::new();
    let page: Vec<Value> = rows.drain(offset.min(total)..total.min(offset + PAGE)).collect();
    if !page.is_empty() && !flag("omitResults") {
        answer.insert("results".into(), Value::Array(page));
    }
    if offset + PAGE < total {
        answer.insert("nextPageToken".into(), json!(token(offset + PAGE, query)));
    }
    if flag("returnTotalResultsCount") {
        answer.insert("totalResultsCount".into(), json!(total.to_string()));
    }
    if flag("returnSummaryRow") {
        answer.insert("summaryRow".into(), summary.ok_or_else(no_metrics)?);
    }
    answer.insert("fieldMask".into(), json!(mask));
    answer.insert("queryResourceConsumption".into(), json!(total.to_string()));
    Ok(Value::Object(answer))
}

/// `googleAds:searchStream`: an array of batches.
pub(super) fn stream(
    world: &World,
    customer: &str,
    body: &Value,
    request_id: &str,
) -> Result<Value, Refusal> {
    let mut violations = Vec::new();
    json::only(body, &["customerId", "query", "summaryRowSetting"], "", &mut violations);
    refuse(violations)?;
    let query = body.get("query").and_then(Value::as_str).unwrap_or_default();
    let Found { rows, mask, summary } = run(world, customer, query)?;
    let consumption = rows.len().to_string();
    let (with_rows, with_summary) = match body.get("summaryRowSetting").and_then(Value::as_str) {
        None | Some("UNSPECIFIED" | "NO_SUMMARY_ROW") => (true, false),
        Some("SUMMARY_ROW_WITH_RESULTS") => (true, true),
        Some("SUMMARY_ROW_ONLY") => (false, true),
        Some(other) => {
            return Err(Refusal::Schema(vec![json::misfit(
                "summaryRowSetting",
                "SummaryRowSettingEnum",
                &json!(other),
            )]));
        }
    };
    let summary = if with_summary { Some(summary.ok_or_else(no_metrics)?) } else { None };
    let mut batches = batches(if with_rows { &rows } else { &[] }, &mask, request_id, &consumption);
    if let (Some(summary), Some(last)) = (summary, batches.last_mut()) {
        last["summaryRow"] = summary;
    }
    Ok(Value::Array(batches))
}

fn no_metrics() -> Refusal {
    request_error(
        "CANNOT_RETURN_SUMMARY_ROW_FOR_REQUEST_WITHOUT_METRICS",
        "Cannot return a summary row for a request without metrics.",
    )
}

/// At least one batch, even without rows.
fn batches(rows: &[Value], mask: &str, request_id: &str, consumption: &str) -> Vec<Value> {
    if rows.is_empty() {
        return vec![
            json!({"fieldMask": mask, "requestId": request_id, "queryResourceConsumption": consumption}),
        ];
    }
    let batch = |rows: &[Value]| {
        json!({
            "results": rows,
            "fieldMask": mask,
            "requestId": request_id,
            "queryResourceConsumption": consumption,
        })
    };
    rows.chunks(PAGE).map(batch).collect()
}

fn run(world: &World, customer: &str, query: &str) -> Result<Found, Refusal> {
    let reader = Reader::new(world, customer).ok_or(Refusal::NotFound)?;
    gaql::run(&reader, query).map_err(Refusal::from)
}

fn refuse(violations: Vec<Violation>) -> Result<(), Refusal> {
    if violations.is_empty() { Ok(()) } else { Err(Refusal::Schema(violations)) }
}

fn digest(query: &str) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(query.as_bytes())[..8])
}

fn token(offset: usize, query: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{offset}:{}", digest(query)))
}

/// Another query's token is no good (§2.1, unverified trigger).
fn read_token(token: &str, query: &str) -> Result<usize, Refusal> {
    let invalid = || request_error("INVALID_PAGE_TOKEN", "Page token is invalid.");
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| invalid())?;
    let text = String::from_utf8(bytes).map_err(|_| invalid())?;
    let (offset, of) = text.split_once(':').ok_or_else(invalid)?;
    if of != digest(query) {
        return Err(invalid());
    }
    offset.parse().map_err(|_| invalid())
}

/// `geoTargetConstants:suggest`: places by name or by constant.
pub(super) fn suggest(body: &Value) -> Result<Value, Refusal> {
    let mut violations = Vec::new();
    json::only(body, &["locale", "countryCode", "locationNames", "geoTargets"], "", &mut violations);
    refuse(violations)?;
    let texts = |pointer: &str| -> Vec<String> {
        let list = body.pointer(pointer).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let country = body.get("countryCode").and_then(Value::as_str).filter(|code| !code.is_empty());
    let locale = body.get("locale").and_then(Value::as_str).filter(|code| !code.is_empty()).unwrap_or("en");
    let mut suggestions = Vec::new();
    for name in texts("/locationNames/names") {
        let wanted = name.to_lowercase();
        let found = geo::all()
            .filter(|place| place.name.to_lowercase().contains(&wanted))
            .filter(|place| country.is_none_or(|code| code == place.country));
        suggestions.extend(
            found.map(
                |place| json!({"locale": locale, "searchTerm": name, "geoTargetConstant": place.object()}),
            ),
        );
    }
    for name in texts("/geoTargets/geoTargetConstants") {
        let place = super::names::id_of(&name).parse().ok().and_then(geo::find);
        suggestions.extend(place.map(|place| json!({"geoTargetConstant": place.object()})));
    }
    if suggestions.is_empty() {
        return Ok(json!({}));
    }
    Ok(json!({"geoTargetConstantSuggestions": suggestions}))
}
