//! Writes down every exchange with a vendor, for other programs to check: `--record FILE`.
//!
//! One JSON object a line: `seq`, `platform`, `method`, `path`, `query` (pairs in the order sent), `request` (a JSON body
//! as it is, a form as pairs, of an attached file its name and size), `status` (0 when the connection was cut) and
//! `response`. Headers are not written, and what authenticates is replaced by [`HIDDEN`] wherever it stands.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use url::form_urlencoded;

use crate::http::{Request, Response};
use crate::snapshot;
use crate::tiktok::multipart;
use crate::world::Vendor;

/// Stands where a secret stood.
const HIDDEN: &str = "(hidden)";

/// Shorter secrets are hidden where they are named, and not looked for inside other texts.
const SHORTEST: usize = 8;

/// Parameters and members that authenticate, at any of the vendors.
const SECRETS: [&str; 12] = [
    "access_token",
    "app_secret",
    "appsecret_proof",
    "assertion",
    "auth_code",
    "client_secret",
    "fb_exchange_token",
    "input_token",
    "page_access_token",
    "password",
    "refresh_token",
    "secret",
];

/// An open record.
#[derive(Debug)]
pub(crate) struct Recorder {
    path: PathBuf,
    /// Absent once writing failed.
    file: Option<File>,
    failed: Option<std::io::Error>,
    last: u64,
}

impl Recorder {
    /// Begins a record; what the file held before is gone.
    pub(crate) fn create(path: &Path) -> std::io::Result<Self> {
        let file = File::create(path)?;
        Ok(Self { path: path.to_owned(), file: Some(file), failed: None, last: 0 })
    }

    /// Where it is written.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Adds one exchange; the first failure ends the record and is kept for [`Self::failure`].
    pub(crate) fn add(&mut self, vendor: Vendor, request: &Request, response: Option<&Response>) {
        self.last += 1;
        let line = format!("{}\n", exchange(self.last, vendor, request, response));
        let Some(file) = &mut self.file else { return };
        if let Err(error) = file.write_all(line.as_bytes()) {
            self.file = None;
            self.failed = Some(error);
        }
    }

    /// Why the record is not whole.
    pub(crate) fn failure(&mut self) -> Option<std::io::Error> {
        self.failed.take()
    }
}

fn exchange(seq: u64, vendor: Vendor, request: &Request, response: Option<&Response>) -> Value {
    let pairs = |pairs: &[(String, String)]| Value::Array(pairs.iter().map(pair).collect());
    let mut line = json!({
        "seq": seq,
        "platform": snapshot::name(vendor),
        "method": request.method,
        "path": request.path,
        "query": pairs(&request.query),
        "request": body(request),
        "status": response.map_or(0, |response| response.status),
        "response": response.map_or(Value::Null, |response| json_or_text(&response.body)),
    });
    let mut secrets = tokens(request);
    hide_named(&mut line, &mut secrets);
    secrets.retain(|secret| secret.len() >= SHORTEST && secret != HIDDEN);
    hide_everywhere(&mut line, &secrets);
    line
}

fn pair((name, value): &(String, String)) -> Value {
    json!([name, value])
}

/// A body in a form that another program reads easily.
fn body(request: &Request) -> Value {
    let content_type = request.header("content-type").unwrap_or_default();
    if request.body.is_empty() {
        Value::Null
    } else if content_type.starts_with("application/x-www-form-urlencoded") {
        let pairs = form_urlencoded::parse(&request.body).into_owned();
        Value::Array(pairs.map(|each| pair(&each)).collect())
    } else if content_type.starts_with("multipart/form-data") {
        form(content_type, request)
    } else {
        json_or_text(&request.body)
    }
}

fn form(content_type: &str, request: &Request) -> Value {
    let Ok(form) = multipart::parse(content_type, &request.body) else { return json_or_text(&request.body) };
    let file = |upload: &multipart::Upload| json!([upload.field, {"file": upload.file_name, "bytes": upload.bytes.len()}]);
    form.texts.iter().map(pair).chain(form.files.iter().map(file)).collect()
}

fn json_or_text(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(bytes).into_owned()))
}

/// The tokens in a request's headers.
fn tokens(request: &Request) -> Vec<String> {
    let bearer = |value: &str| value.split_once(' ').map_or(value, |(_, token)| token).trim().to_owned();
    let authorization = request.header("authorization").map(bearer);
    authorization.into_iter().chain(request.header("access-token").map(str::to_owned)).collect()
}

/// Hides the values of [`SECRETS`], as members and as pairs, and collects them.
fn hide_named(value: &mut Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                if SECRETS.contains(&name.as_str()) { hide(member, found) } else { hide_named(member, found) }
            }
        }
        Value::Array(items) => match items.as_mut_slice() {
            [Value::String(name), value] if SECRETS.contains(&name.as_str()) => hide(value, found),
            items => items.iter_mut().for_each(|item| hide_named(item, found)),
        },
        _ => {}
    }
}

fn hide(value: &mut Value, found: &mut Vec<String>) {
    if let Value::String(secret) = std::mem::replace(value, Value::String(HIDDEN.to_owned())) {
        found.push(secret);
    }
}

/// Hides known secrets inside other texts, such as links and the requests within a batch.
fn hide_everywhere(value: &mut Value, secrets: &[String]) {
    match value {
        Value::String(text) => {
            for secret in secrets {
                if text.contains(secret.as_str()) {
                    *text = text.replace(secret.as_str(), HIDDEN);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| hide_everywhere(item, secrets)),
        Value::Object(members) => members.values_mut().for_each(|member| hide_everywhere(member, secrets)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use bytes::Bytes;

    use super::*;

    fn request(content_type: &str, body: &str) -> Request {
        let headers = [("authorization", "Bearer the-token"), ("content-type", content_type)];
        Request {
            method: "POST".into(),
            path: "/v26.0/act_1/campaigns".into(),
            query: vec![("limit".into(), "5".into()), ("access_token".into(), "other-token".into())],
            headers: BTreeMap::from(headers.map(|(name, value)| (name.to_owned(), value.to_owned()))),
            body: Bytes::copy_from_slice(body.as_bytes()),
            base_url: String::new(),
        }
    }

    #[test]
    fn bodies_of_every_kind_are_readable() {
        let written = |content_type, body| {
            exchange(1, Vendor::Meta, &request(content_type, body), None)["request"].clone()
        };
        assert_eq!(written("application/json", r#"{"a":1}"#), json!({"a": 1}));
        assert_eq!(
            written("application/x-www-form-urlencoded", "a=1%202&b="),
            json!([["a", "1 2"], ["b", ""]])
        );
        assert_eq!(written("application/json", ""), Value::Null);
        let form = "--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n7\r\n\
                    --X\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.png\"\r\n\r\n123\r\n--X--\r\n";
        let shown = json!([["a", "7"], ["f", {"file": "a.png", "bytes": 3}]]);
        assert_eq!(written("multipart/form-data; boundary=X", form), shown);
    }

    #[test]
    fn no_secret_is_written() {
        let page = json!({"paging": {"next": "http://x/?access_token=other-token"}, "data": [{"access_token": "third-token"}]});
        let response = Response::json(200, &page);
        let body =
            r#"{"batch":"relative_url=me?access_token=the-token","secret":"fourth-secret","name":"kept"}"#;
        let line = exchange(7, Vendor::Meta, &request("application/json", body), Some(&response));
        let text = line.to_string();
        for secret in ["the-token", "other-token", "third-token", "fourth-secret"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
        assert_eq!(line["query"], json!([["limit", "5"], ["access_token", HIDDEN]]));
        assert_eq!(
            (&line["seq"], &line["status"], &line["request"]["name"]),
            (&json!(7), &json!(200), &json!("kept"))
        );
    }

    #[test]
    fn a_record_that_cannot_be_written_says_so() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Recorder::create(&folder.path().join("none/record.jsonl")).is_err());
        let mut recorder = Recorder::create(&folder.path().join("record.jsonl")).unwrap();
        recorder.file = File::open(recorder.path()).ok();
        recorder.add(Vendor::Google, &request("application/json", "{}"), None);
        assert!(recorder.failure().is_some());
    }
}
