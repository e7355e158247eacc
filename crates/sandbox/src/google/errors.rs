//! Errors as the API words them. Source: google-ads.md §5.

use serde_json::{Map, Value, json};

use super::schema::snake;
use crate::http::Response;

/// Where in the request an error lies: `snake_case` names, an index for lists (§5, `fieldPathElements`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Path(Vec<(String, Option<usize>)>);

impl Path {
    /// One element of the list of operations.
    pub(super) fn operation(list: &str, index: usize) -> Self {
        Self(vec![(snake(list), Some(index))])
    }

    /// The path extended by a dotted path such as `ad.responsiveSearchAd.headlines[2].text`.
    pub(super) fn at(&self, dotted: &str) -> Self {
        let mut path = self.clone();
        for part in dotted.split('.').filter(|part| !part.is_empty()) {
            let (name, index) = match part.split_once('[') {
                Some((name, index)) => (name, index.trim_end_matches(']').parse().ok()),
                None => (part, None),
            };
            path.0.push((snake(name), index));
        }
        path
    }

    fn to_json(&self) -> Value {
        let elements: Vec<Value> = self
            .0
            .iter()
            .map(|(name, index)| match index {
                Some(index) => json!({"fieldName": name, "index": index}),
                None => json!({"fieldName": name}),
            })
            .collect();
        json!({"fieldPathElements": elements})
    }
}

impl std::fmt::Display for Path {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (position, (name, index)) in self.0.iter().enumerate() {
            if position > 0 {
                formatter.write_str(".")?;
            }
            formatter.write_str(name)?;
            if let Some(index) = index {
                write!(formatter, "[{index}]")?;
            }
        }
        Ok(())
    }
}

/// One error of a `GoogleAdsFailure`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ApiError {
    /// The family, such as `campaignError`.
    pub(super) family: &'static str,
    /// The code within the family.
    pub(super) code: &'static str,
    pub(super) message: String,
    trigger: Option<Value>,
    pub(super) path: Option<Path>,
    details: Option<Value>,
}

impl ApiError {
    pub(super) fn new(family: &'static str, code: &'static str, message: impl Into<String>) -> Self {
        Self { family, code, message: message.into(), trigger: None, path: None, details: None }
    }

    pub(super) fn at(mut self, path: Path) -> Self {
        self.path = Some(path);
        self
    }

    /// The offending value.
    pub(super) fn trigger(mut self, value: &Value) -> Self {
        self.trigger = match value {
            Value::String(text) => Some(json!({"stringValue": text})),
            Value::Bool(flag) => Some(json!({"booleanValue": flag})),
            Value::Number(number) if number.is_i64() || number.is_u64() => {
                Some(json!({"int64Value": number.to_string()}))
            }
            Value::Number(number) => Some(json!({"doubleValue": number})),
            _ => None,
        };
        self
    }

    pub(super) fn details(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }

    fn to_json(&self) -> Value {
        let mut object = Map::new();
        object.insert("errorCode".into(), json!({self.family: self.code}));
        object.insert("message".into(), json!(self.message));
        if let Some(trigger) = &self.trigger {
            object.insert("trigger".into(), trigger.clone());
        }
        if let Some(path) = &self.path {
            object.insert("location".into(), path.to_json());
        }
        if let Some(details) = &self.details {
            object.insert("details".into(), details.clone());
        }
        Value::Object(object)
    }

    /// HTTP status, canonical status and its number, by family (§5, HTTP mapping).
    fn status(&self) -> (u16, &'static str, u8) {
        match self.family {
            "authenticationError" => (401, "UNAUTHENTICATED", 16),
            "authorizationError" => (403, "PERMISSION_DENIED", 7),
            "quotaError" => (429, "RESOURCE_EXHAUSTED", 8),
            "internalError" => (500, "INTERNAL", 13),
            _ => (400, "INVALID_ARGUMENT", 3),
        }
    }
}

/// Why a whole request is refused.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Refusal {
    /// A `GoogleAdsFailure`.
    Failure(Vec<ApiError>),
    /// JSON that does not fit the schema: `google.rpc.BadRequest` (§5, unverified shape).
    Schema(Vec<Violation>),
    /// No usable credentials at all: no `GoogleAdsFailure`.
    Unauthenticated,
    /// A path that is no endpoint (§5: an HTML page, unverified).
    NotFound,
}

/// One mismatch between a request's JSON and the schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Violation {
    pub(super) field: String,
    pub(super) description: String,
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self::Failure(vec![error])
    }
}

impl Refusal {
    /// The answer; streams wrap it in an array (§2.2).
    pub(super) fn response(&self, request_id: &str, stream: bool) -> Response {
        let (status, body) = match self {
            Self::Failure(errors) => failure_body(errors, request_id),
            Self::Schema(violations) => (400, schema_body(violations)),
            Self::Unauthenticated => (401, unauthenticated_body()),
            Self::NotFound => return not_found(),
        };
        Response::json(status, &if stream { json!([body]) } else { body })
    }
}

/// A `GoogleAdsFailure` as one detail.
fn failure_detail(errors: &[ApiError], request_id: &str) -> Value {
    json!({
        "@type": "type.googleapis.com/google.ads.googleads.v26.errors.GoogleAdsFailure",
        "errors": errors.iter().map(ApiError::to_json).collect::<Vec<_>>(),
        "requestId": request_id,
    })
}

fn failure_body(errors: &[ApiError], request_id: &str) -> (u16, Value) {
    let (code, status, _) = errors.first().map_or((400, "INVALID_ARGUMENT", 3), ApiError::status);
    let message = match code {
        401 => "Request had invalid authentication credentials.",
        403 => "The caller does not have permission",
        429 => "Resource has been exhausted (e.g. check quota).",
        500 => "Internal error encountered.",
        _ => "Request contains an invalid argument.",
    };
    let body = json!({"error": {
        "code": code,
        "message": message,
        "status": status,
        "details": [failure_detail(errors, request_id)],
    }});
    (code, body)
}

/// The `partialFailureError` of an answer that succeeded in part (§5, Partial failure).
pub(super) fn partial_failure(errors: &[ApiError], request_id: &str) -> Value {
    let first = errors.first();
    let place =
        first.and_then(|error| error.path.as_ref()).map_or_else(String::new, |path| format!(", at {path}"));
    let text = first.map_or("", |error| error.message.as_str());
    let message = if errors.len() == 1 {
        format!("{text}{place}")
    } else {
        format!("Multiple errors in ‘details’. First error: {text}{place}")
    };
    json!({
        "code": first.map_or(3, |error| error.status().2),
        "message": message,
        "details": [failure_detail(errors, request_id)],
    })
}

fn schema_body(violations: &[Violation]) -> Value {
    let message: Vec<&str> = violations.iter().map(|violation| violation.description.as_str()).collect();
    let fields: Vec<Value> = violations
        .iter()
        .map(|violation| json!({"field": violation.field, "description": violation.description}))
        .collect();
    json!({"error": {
        "code": 400,
        "message": message.join("\n"),
        "status": "INVALID_ARGUMENT",
        "details": [{"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": fields}],
    }})
}

fn unauthenticated_body() -> Value {
    json!({"error": {
        "code": 401,
        "message": "Request is missing required authentication credential.",
        "status": "UNAUTHENTICATED",
    }})
}

fn not_found() -> Response {
    let mut response = Response::text(
        404,
        "<!DOCTYPE html>\n<html lang=en>\n<title>Error 404 (Not Found)</title>\n<p>The requested URL was not found on this server.\n",
    );
    response.headers = vec![("content-type".into(), "text/html; charset=UTF-8".into())];
    response
}
