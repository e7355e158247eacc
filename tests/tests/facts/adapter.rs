//! The adapter's side: what it makes of an answer, and what it sends.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use adplane_core::address::{AccountKey, Kind, Platform};
use adplane_core::ids::{AccountId, Namespace, ObjectName};
use adplane_core::metrics::{Slot, Sums};
use adplane_core::money::Currency as Money;
use adplane_core::observed::ObservedAccount;
use adplane_core::time::Zone;
use adplane_engine::error::Retry;
use adplane_engine::port::{AccountConnection, Adapter, MetricsRequest, ObserveRequest};
use adplane_platforms::http::HttpSettings;
use adplane_sandbox::{Sandbox, SandboxOptions};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::fact::{Class, Fact, Request, Response, Sent, Served};
use crate::file::{Currency, Step, Vendor};
use crate::project::Project;
use crate::sandbox;
use crate::server::{self, Script};
use crate::shape::{Depth, differences};

/// One attempt: the failure is looked at, not got over.
fn settings() -> HttpSettings {
    HttpSettings { retries: 0, timeout: Duration::from_secs(10), ..HttpSettings::default() }
}

fn connect(vendor: Vendor, url: &str, token_endpoint: bool) -> Result<Arc<dyn Adapter>, String> {
    let platform = match vendor {
        Vendor::Google => Platform::Google,
        Vendor::Meta => Platform::Meta,
        Vendor::TikTok => Platform::TikTok,
    };
    let credentials = if token_endpoint {
        r#"{"client_id":"a","client_secret":"b","refresh_token":"c"}"#.to_owned()
    } else {
        json!({"access_token": sandbox::TOKEN}).to_string()
    };
    let connection = AccountConnection {
        key: AccountKey {
            namespace: Namespace::new("facts").map_err(|error| error.to_string())?,
            name: ObjectName::new("shop").map_err(|error| error.to_string())?,
        },
        platform,
        account_id: AccountId::new(vendor.account(Currency::Eur).trim_start_matches("act_"))
            .map_err(|error| error.to_string())?,
        currency: Money::EUR,
        zone: Zone::parse(Currency::Eur.zone()).map_err(|error| error.to_string())?,
        endpoint: Some(url.to_owned()),
        token_endpoint: token_endpoint.then(|| format!("{url}/token")),
        login_customer_id: None,
        credentials: credentials.into(),
    };
    adplane_platforms::connect(connection, settings()).map_err(|error| error.to_string())
}

/// The adapter makes the fact's class of its answer.
pub(crate) async fn check_class(vendor: Vendor, fact: &Fact) -> Result<(), String> {
    let class = fact.class.as_ref().ok_or("no class")?;
    let url = server::start(Script { served: Vec::new(), otherwise: fact.response.clone() }).await?;
    let of_token = fact.request.as_ref().is_some_and(|request| request.path == "/token");
    let adapter = connect(vendor, &url, of_token)?;
    let Err(error) = adapter.facts().await else {
        return Err("the adapter takes it for a success".to_owned());
    };
    let found = Class {
        kind: format!("{:?}", error.kind),
        retry: retry(error.retry, &class.retry),
        code: class.code.as_ref().and(error.code.clone()),
        request: class.request.as_ref().and(error.request_id.clone()),
        field: class.field.as_ref().and(error.field.as_ref().map(ToString::to_string)),
    };
    if *class == found { Ok(()) } else { Err(format!("wanted {class:?}\nfound  {found:?}\n{error}")) }
}

/// In the words of facts; a wait is compared where the fact names one.
fn retry(retry: Retry, wanted: &str) -> String {
    match retry {
        Retry::Never => "never".to_owned(),
        Retry::WithFreshToken => "fresh token".to_owned(),
        Retry::AfterReadBack => "read back".to_owned(),
        Retry::After(Some(wait)) if wanted != "after" => format!("after {}s", wait.as_secs()),
        Retry::After(_) => "after".to_owned(),
    }
}

/// The adapter reads the fact's values out of its answer.
pub(crate) async fn check_reads(vendor: Vendor, fact: &Fact, others: &[Served]) -> Result<(), String> {
    let request = fact.request.as_ref().ok_or("no request")?;
    let asks = request.body.as_ref().and_then(|body| body.get("query")).and_then(Value::as_str);
    let from =
        asks.and_then(|query| query.split(" FROM ").nth(1)).and_then(|rest| rest.split_whitespace().next());
    let own = Served {
        path: request.path.clone(),
        asks: from.map(|resource| format!("FROM {resource}")).unwrap_or_default(),
        body: fact.response.body.clone(),
    };
    let served = std::iter::once(own).chain(others.iter().cloned()).collect();
    let url = server::start(Script { served, otherwise: empty(vendor) }).await?;
    let observed = connect(vendor, &url, false)?.observe(&ObserveRequest::default()).await;
    let observed = observed.map_err(|error| error.to_string())?;
    let wrong: Vec<String> = fact.reads.iter().flat_map(|read| unread(&observed, read)).collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

/// The adapter counts the fact's rows.
pub(crate) async fn check_counts(vendor: Vendor, fact: &Fact, others: &[Served]) -> Result<(), String> {
    let counts = fact.counts.as_ref().ok_or("no counts")?;
    let url = server::start(Script { served: others.to_vec(), otherwise: fact.response.clone() }).await?;
    let request = MetricsRequest {
        level: Kind::parse_loosely(&counts.level).ok_or("no such level")?,
        granularity: counts.granularity,
        from: counts.from,
        to: counts.to,
        as_of: Timestamp::UNIX_EPOCH,
    };
    let reading = connect(vendor, &url, false)?.metrics(&request).await.map_err(|error| error.to_string())?;
    let found: Vec<(String, Slot, Sums)> =
        reading.rows.iter().map(|row| (row.id.to_string(), row.slot, row.sums)).collect();
    let wanted: Vec<(String, Slot, Sums)> = counts
        .rows
        .iter()
        .map(|row| (row.id.clone(), Slot { day: row.day, hour: row.hour }, row.sums))
        .collect();
    if wanted == found { Ok(()) } else { Err(format!("wanted {wanted:#?}\nfound  {found:#?}")) }
}

fn unread(observed: &ObservedAccount, read: &crate::fact::Read) -> Vec<String> {
    let found = observed.objects.iter().find(|object| {
        object.kind.to_string().eq_ignore_ascii_case(&read.kind) && object.id.to_string() == read.id
    });
    let Some(object) = found else {
        let all = observed.objects.iter().map(|object| format!("{} {}", object.kind, object.id));
        return vec![format!("no {} {}; read were {:?}", read.kind, read.id, all.collect::<Vec<_>>())];
    };
    let differs = |(path, wanted): (&String, &String)| {
        let value = object
            .fields
            .iter()
            .find(|(found, _)| found.to_string() == *path)
            .map(|(_, value)| value.to_string());
        (value.as_ref() != Some(wanted)).then(|| format!("{path} is {value:?}, not {wanted:?}"))
    };
    let wrong: Vec<String> = read.fields.iter().filter_map(differs).collect();
    if wrong.is_empty() {
        return wrong;
    }
    let all = object.fields.iter().map(|(path, value)| format!("{path}={value}"));
    wrong.into_iter().chain([format!("it has {}", all.collect::<Vec<_>>().join(", "))]).collect()
}

/// A list without rows.
fn empty(vendor: Vendor) -> Response {
    let body = match vendor {
        Vendor::Google => json!({"fieldMask": ""}),
        Vendor::Meta => json!({"data": []}),
        Vendor::TikTok => {
            json!({"code": 0, "message": "OK", "request_id": "1", "data": {"list": [], "page_info": {
            "page": 1, "page_size": 1000, "total_number": 0, "total_page": 0}}})
        }
    };
    Response { status: 200, headers: std::collections::BTreeMap::new(), body }
}

/// Applying the fact's project sends the fact's request.
pub(crate) async fn check_sent(vendor: Vendor, fact: &Fact) -> Result<(), String> {
    let (sent, request) =
        (fact.sent.as_ref().ok_or("no project")?, fact.request.as_ref().ok_or("no request")?);
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let record = folder.path().join("record.jsonl");
    let options = SandboxOptions { record: Some(record.clone()), ..sandbox::options(fact) };
    let running = Sandbox::start(options).await.map_err(|error| error.to_string())?;
    write(vendor, sent, folder.path(), &running.url())?;
    let output = Command::new(adplane_tests::binary()?)
        .args(["apply", "--auto-approve"])
        .current_dir(folder.path())
        .env("NO_COLOR", "1")
        .stdin(std::process::Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    running.shutdown().await.map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let text = std::fs::read_to_string(&record).map_err(|error| error.to_string())?;
    let mut nearest: Option<(Vec<String>, Value)> = None;
    for line in text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        if line["method"] != request.method
            || !same_path(&request.path, line["path"].as_str().unwrap_or_default())
        {
            continue;
        }
        let body = sent_body(&line);
        let mut wrong = differences(&wanted_body(request), &body, Depth::Values);
        if wrong.is_empty() {
            wrong = differences(&fact.response.body, &line["response"], Depth::Shape);
        }
        if wrong.is_empty() {
            return Ok(());
        }
        if nearest.as_ref().is_none_or(|(least, _)| wrong.len() < least.len()) {
            nearest = Some((wrong, body));
        }
    }
    let (wrong, body) = nearest.ok_or_else(|| format!("nothing was sent to {}", request.path))?;
    Err(format!("{}\nthe nearest request is {body}", wrong.join("\n")))
}

fn write(vendor: Vendor, sent: &Sent, folder: &Path, url: &str) -> Result<(), String> {
    let base = format!("mapping/{}/base/{}.yaml", vendor.word(), sent.base);
    let step: Step = serde_json::from_value(json!({"set": sent.set})).map_err(|error| error.to_string())?;
    let project = Project::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(base))?.with(&step)?;
    adplane_tests::copy_examples(&folder.join("examples"), url)?;
    let put =
        |name: &str, text: &str| std::fs::write(folder.join(name), text).map_err(|error| error.to_string());
    std::fs::rename(folder.join("examples/assets"), folder.join("assets"))
        .map_err(|error| error.to_string())?;
    std::fs::remove_dir_all(folder.join("examples")).map_err(|error| error.to_string())?;
    put("adplane.yaml", "project: facts\n")?;
    put("token.json", &json!({"access_token": sandbox::TOKEN}).to_string())?;
    put("ads.yaml", &project.text(vendor, Currency::Eur, url))
}

/// Segments in angle brackets stand for any.
fn same_path(fact: &str, found: &str) -> bool {
    let (fact, found): (Vec<&str>, Vec<&str>) = (fact.split('/').collect(), found.split('/').collect());
    fact.len() == found.len()
        && fact.iter().zip(found).all(|(fact, found)| fact.starts_with('<') || *fact == found)
}

fn wanted_body(request: &Request) -> Value {
    match (&request.form, &request.body) {
        (Some(form), _) => Value::Object(form.clone()),
        (None, Some(body)) => body.clone(),
        (None, None) => json!({"...": true}),
    }
}

/// A recorded body with a form's JSON texts decoded.
fn sent_body(line: &Value) -> Value {
    let Some(pairs) = line["request"].as_array() else { return line["request"].clone() };
    let member = |pair: &Value| {
        let text = pair[1].as_str().unwrap_or_default();
        let decoded =
            serde_json::from_str(text).ok().filter(|value: &Value| value.is_object() || value.is_array());
        Some((pair[0].as_str()?.to_owned(), decoded.unwrap_or_else(|| pair[1].clone())))
    };
    Value::Object(pairs.iter().filter_map(member).collect())
}
