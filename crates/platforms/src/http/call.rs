//! Requests and answers as plain data.

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
use secrecy::SecretString;

/// What a call does, which decides whether it may be sent twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Changes nothing: may be repeated freely.
    Read,
    /// Changes something: repeated only when the first attempt was certainly not stored.
    Write,
    /// Changes something and carries the vendor's idempotency key, or has the same effect twice.
    IdempotentWrite,
}

/// A secret and where it goes. Added at the last moment; never shown.
#[derive(Clone)]
pub enum Credential {
    /// A header with a prefix in front of the secret, such as `Bearer `.
    Header {
        /// Header name.
        name: &'static str,
        /// Text in front of the secret.
        prefix: &'static str,
        /// The secret.
        secret: SecretString,
    },
    /// A query parameter.
    Query {
        /// Parameter name.
        name: &'static str,
        /// The secret.
        secret: SecretString,
    },
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header { name, .. } | Self::Query { name, .. } => write!(f, "{name}: ****"),
        }
    }
}

/// One part of a multipart body.
#[derive(Debug, Clone)]
pub struct Part {
    /// Field name.
    pub name: String,
    /// File name, for files.
    pub file_name: Option<String>,
    /// Content.
    pub content: Bytes,
}

/// A request body.
#[derive(Debug, Clone)]
pub enum Body {
    /// None.
    Empty,
    /// JSON.
    Json(serde_json::Value),
    /// `application/x-www-form-urlencoded`.
    Form(Vec<(String, String)>),
    /// `multipart/form-data`.
    Multipart(Vec<Part>),
    /// A form with secrets in it (token requests): built at the last moment, never shown.
    SecretForm(Vec<(&'static str, SecretString)>),
}

/// One request, without its secrets.
#[derive(Debug, Clone)]
pub struct Call {
    /// What people are told was called, such as `campaigns:mutate`.
    pub operation: String,
    /// Whether it may be sent twice.
    pub purpose: Purpose,
    /// `GET`, `POST` or `DELETE`.
    pub method: &'static str,
    /// URL without query.
    pub url: String,
    /// Query parameters.
    pub query: Vec<(String, String)>,
    /// Headers.
    pub headers: Vec<(&'static str, String)>,
    /// Body.
    pub body: Body,
}

impl Call {
    /// A GET that changes nothing.
    pub fn get(operation: impl Into<String>, url: impl Into<String>) -> Self {
        Self {
            operation: operation.into(),
            purpose: Purpose::Read,
            method: "GET",
            url: url.into(),
            query: Vec::new(),
            headers: Vec::new(),
            body: Body::Empty,
        }
    }

    /// A POST with a body.
    pub fn post(operation: impl Into<String>, url: impl Into<String>, purpose: Purpose, body: Body) -> Self {
        Self {
            operation: operation.into(),
            purpose,
            method: "POST",
            url: url.into(),
            query: Vec::new(),
            headers: Vec::new(),
            body,
        }
    }

    /// The same call with one more query parameter.
    #[must_use]
    pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// The same call with one more header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers by lower-case name.
    pub headers: BTreeMap<String, String>,
    /// Body.
    pub body: Bytes,
}

impl Answer {
    /// The body as JSON; `None` when it is not.
    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The first 200 characters of the body, for messages about answers that are not JSON.
    pub fn excerpt(&self) -> String {
        String::from_utf8_lossy(&self.body).chars().take(200).collect()
    }
}
