//! Requests and responses as the vendor modules see them: no sockets, no async.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::Value;

/// One request to a vendor, its `/google`, `/meta` or `/tiktok` prefix already removed.
#[derive(Debug, Clone)]
pub struct Request {
    /// `GET`, `POST` or `DELETE`.
    pub method: String,
    /// Path after the vendor prefix, as sent (still percent-encoded), such as `/v26.0/act_1/campaigns`.
    pub path: String,
    /// Decoded query pairs in the order sent.
    pub query: Vec<(String, String)>,
    /// Header values by lower-case name; of a repeated header the last one.
    pub headers: BTreeMap<String, String>,
    /// The body as sent.
    pub body: Bytes,
    /// The URL root the client used, such as `http://127.0.0.1:9440/meta`; for links in answers.
    pub base_url: String,
}

impl Request {
    /// The last value of a query parameter.
    pub fn query_value(&self, name: &str) -> Option<&str> {
        self.query.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The value of a header, by lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// What a vendor module answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Headers besides `content-length`.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
    /// Whether this request stored something; the request log shows it as `write`.
    pub wrote: bool,
    /// The ad account the request was about, for the request log.
    pub account: Option<String>,
}

impl Response {
    /// A JSON answer.
    pub fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            headers: vec![("content-type".into(), "application/json; charset=UTF-8".into())],
            body: Bytes::from(body.to_string()),
            wrote: false,
            account: None,
        }
    }

    /// A plain text answer.
    pub fn text(status: u16, body: &str) -> Self {
        Self {
            status,
            headers: vec![("content-type".into(), "text/plain; charset=utf-8".into())],
            body: Bytes::copy_from_slice(body.as_bytes()),
            wrote: false,
            account: None,
        }
    }

    /// The same answer with one more header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The same answer, marked as one that stored something.
    #[must_use]
    pub fn wrote(mut self) -> Self {
        self.wrote = true;
        self
    }

    /// The same answer, naming the ad account it was about.
    #[must_use]
    pub fn for_account(mut self, account: impl Into<String>) -> Self {
        self.account = Some(account.into());
        self
    }
}
