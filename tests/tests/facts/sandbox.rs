//! The emulator's side: it answers the request as the vendor does.

use std::collections::BTreeMap;

use adplane_sandbox::{ClockMode, QuotaMode, Sandbox, SandboxOptions};
use data_encoding::BASE64;
use serde_json::{Value, json};

use crate::fact::{Fact, Request};
use crate::file::Vendor;
use crate::shape::{Depth, differences};

pub(crate) const TOKEN: &str = "sandbox-token";

/// What names an error, and must be equal and not just alike.
fn errors(vendor: Vendor) -> &'static [&'static str] {
    match vendor {
        Vendor::Google => &["/error/code", "/error/status", "/error/details/0/errors/0/errorCode"],
        Vendor::Meta => &["/error/code", "/error/error_subcode", "/error/type"],
        Vendor::TikTok => &["/code"],
    }
}

/// A sandbox for one fact.
pub(crate) fn options(fact: &Fact) -> SandboxOptions {
    let mut options = SandboxOptions {
        clock: ClockMode::virtual_default(),
        quota: QuotaMode::Off,
        options: fact.options.clone(),
        record: adplane_tests::record("facts"),
        ..SandboxOptions::default()
    };
    options.listen.set_port(0);
    options
}

/// Sends the fact's request and compares the answer.
pub(crate) async fn check(vendor: Vendor, fact: &Fact) -> Result<(), String> {
    let sandbox = Sandbox::start(options(fact)).await.map_err(|error| error.to_string())?;
    let request = fact.request.as_ref().ok_or("no request")?;
    let mut kept = BTreeMap::new();
    for given in &fact.given {
        let (status, body) = send(vendor, &sandbox.url(), &given.request, &kept).await?;
        if status != 200 {
            return Err(format!("{} {} answers {status} {body}", given.request.method, given.request.path));
        }
        for (name, pointer) in &given.keep {
            let value = body.pointer(pointer).ok_or_else(|| format!("no {pointer} in {body}"))?;
            kept.insert(format!("<{name}>"), value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        }
    }
    if let Some(fault) = &fact.fault {
        let url = format!("{}/_sandbox/faults", sandbox.url());
        let send = reqwest::Client::new().post(url).json(&json!([fault])).send();
        send.await.and_then(reqwest::Response::error_for_status).map_err(|error| error.to_string())?;
    }
    let (status, body) = send(vendor, &sandbox.url(), request, &kept).await?;
    let mut wrong = differences(&fact.response.body, &body, Depth::Shape);
    if status != fact.response.status {
        wrong.push(format!("the status is {status}, not {}", fact.response.status));
    }
    for pointer in errors(vendor).iter().copied().chain(fact.equal.iter().map(String::as_str)) {
        if let Some(wanted) = fact.response.body.pointer(pointer) {
            let found = body.pointer(pointer).cloned().unwrap_or_default();
            wrong.extend(
                differences(wanted, &found, Depth::Values).into_iter().map(|what| format!("{pointer}{what}")),
            );
        }
    }
    sandbox.shutdown().await.map_err(|error| error.to_string())?;
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(format!("{}\nthe sandbox answers {status} {body}", wrong.join("\n")))
    }
}

async fn send(
    vendor: Vendor,
    url: &str,
    request: &Request,
    kept: &BTreeMap<String, String>,
) -> Result<(u16, Value), String> {
    let method = request.method.parse::<reqwest::Method>().map_err(|error| error.to_string())?;
    let url = format!("{url}/{}{}", vendor.word(), filled(&request.path, kept));
    let mut call = reqwest::Client::new().request(method, url);
    let token = request.headers.get("authorization").cloned();
    call = match (vendor, token) {
        (_, Some(own)) if own.is_empty() => call,
        (_, Some(own)) => call.header("authorization", own),
        (Vendor::TikTok, None) if !request.headers.contains_key("access-token") => {
            call.header("access-token", TOKEN)
        }
        (Vendor::TikTok, None) => call,
        _ => call.bearer_auth(TOKEN),
    };
    for (name, value) in
        request.headers.iter().filter(|(name, value)| *name != "authorization" && !value.is_empty())
    {
        call = call.header(name, value);
    }
    let pairs = |values: &mut dyn Iterator<Item = (&String, &Value)>| -> Vec<(String, String)> {
        values.map(|(name, value)| (name.clone(), filled(&plain(value), kept))).collect()
    };
    call = call.query(&pairs(&mut request.query.iter()));
    let form = request.form.as_ref().map(|form| pairs(&mut form.iter()));
    if let Some(file) = &request.file {
        let bytes = BASE64.decode(file.base64.as_bytes()).map_err(|error| error.to_string())?;
        let part = reqwest::multipart::Part::bytes(bytes).file_name(file.name.clone());
        let texts = form.into_iter().flatten();
        let parts =
            texts.fold(reqwest::multipart::Form::new(), |parts, (name, value)| parts.text(name, value));
        call = call.multipart(parts.part(file.part.clone(), part));
    } else if let Some(form) = form {
        call = call.form(&form);
    }
    if let Some(body) = &request.body {
        call = call.header("content-type", "application/json").body(filled(&body.to_string(), kept));
    }
    let answer = call.send().await.map_err(|error| error.to_string())?;
    let status = answer.status().as_u16();
    let text = answer.text().await.map_err(|error| error.to_string())?;
    Ok((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
}

/// A value as it travels in a query or a form.
pub(crate) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn filled(text: &str, kept: &BTreeMap<String, String>) -> String {
    kept.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
}
