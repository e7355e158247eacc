//! Answers that are failures: which kind, whether a retry may help, which field it is about.
//!
//! Source: google-ads.md §5.

use std::time::Duration;

use adplane_core::address::Platform;
use adplane_core::money::Currency;
use adplane_engine::error::{ErrorKind, PlatformError, Retry};
use serde::Deserialize;
use serde_json::Value;

use crate::http::Answer;

mod fields;
mod policy;
mod table;

/// One error of an answer, and the operation of a mutate that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    /// Index into the request's operations.
    pub(super) operation: Option<usize>,
    /// The failure.
    pub(super) error: PlatformError,
    /// Texts that the vendor objects to.
    pub(super) texts: Vec<String>,
}

/// Refuses every answer that is a failure.
pub(super) fn check(answer: &Answer) -> Result<(), PlatformError> {
    summary(failures(answer)).map_or(Ok(()), Err)
}

/// Lets failures of single operations pass, for the writer to tell which; refuses the others.
pub(super) fn check_write(answer: &Answer) -> Result<(), PlatformError> {
    let failures = failures(answer);
    if failures.iter().all(|failure| is_about_content(failure.error.kind)) {
        return Ok(());
    }
    summary(failures).map_or(Ok(()), Err)
}

/// Whether an error is about what was asked for, not about access, limits or outages.
pub(super) fn is_about_content(kind: ErrorKind) -> bool {
    match kind {
        ErrorKind::NotFound
        | ErrorKind::Invalid
        | ErrorKind::AlreadyExists
        | ErrorKind::Conflict
        | ErrorKind::Policy
        | ErrorKind::Unsupported => true,
        ErrorKind::Unauthenticated
        | ErrorKind::PermissionDenied
        | ErrorKind::RateLimited
        | ErrorKind::QuotaExhausted
        | ErrorKind::Unavailable
        | ErrorKind::Timeout
        | ErrorKind::Network
        | ErrorKind::Unexpected => false,
    }
}

/// Refuses a token answer that is a failure; its body is OAuth's own, not the API's.
pub(super) fn check_token(answer: &Answer) -> Result<(), PlatformError> {
    if answer.status < 300 {
        return Ok(());
    }
    let body = answer.json().unwrap_or_default();
    let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let code = text("error");
    let (kind, retry) = match (code.as_str(), answer.status) {
        (_, 429) => (ErrorKind::RateLimited, Retry::After(None)),
        (_, 500..) => (ErrorKind::Unavailable, Retry::After(None)),
        _ => (ErrorKind::Unauthenticated, Retry::Never),
    };
    let message = match code.as_str() {
        "invalid_grant" => format!(
            "{}: the refresh token has expired or was revoked, or the service account's key is not valid: a person must \
             grant access again",
            text("error_description").trim_end_matches('.')
        ),
        "invalid_client" => "the OAuth client is not known: check `client_id` and `client_secret`".to_owned(),
        _ => format!("the token endpoint answered {} {}", answer.status, text("error_description")),
    };
    let error = PlatformError::new(kind, retry, Platform::Google, "", message);
    Err(if code.is_empty() { error } else { error.code(format!("oauth.{code}")) })
}

/// The errors of an answer; empty when it is none.
pub(super) fn failures(answer: &Answer) -> Vec<Failure> {
    if answer.status < 300 {
        return Vec::new();
    }
    let body = answer.json().unwrap_or_default();
    // A stream wraps the error in an array.
    let error = body.get(0).unwrap_or(&body).get("error").cloned().unwrap_or_default();
    let details = error.get("details").and_then(Value::as_array).cloned().unwrap_or_default();
    let request_id = details
        .iter()
        .find_map(|detail| detail.get("requestId").and_then(Value::as_str).map(str::to_owned))
        .or_else(|| answer.headers.get("request-id").cloned());
    let mut failures: Vec<Failure> = details
        .iter()
        .filter_map(|detail| detail.get("errors").and_then(Value::as_array))
        .flatten()
        .filter_map(|error| WireError::deserialize(error).ok())
        .map(|error| error.failure(request_id.clone()))
        .collect();
    if failures.is_empty() {
        failures.push(Failure {
            operation: None,
            error: plain(answer, &error, request_id),
            texts: Vec::new(),
        });
    }
    failures
}

/// The most telling failure, with the number of the others.
fn summary(failures: Vec<Failure>) -> Option<PlatformError> {
    let others = failures.len().saturating_sub(1);
    let mut error =
        failures.into_iter().map(|failure| failure.error).min_by_key(|error| match error.retry {
            Retry::WithFreshToken => 0,
            Retry::After(_) => 1,
            Retry::AfterReadBack => 2,
            Retry::Never => 3,
        })?;
    if others > 0 {
        error.message = format!("{} (and {others} more)", error.message);
    }
    Some(error)
}

/// A failure without a `GoogleAdsFailure`: HTTP's status has to do.
fn plain(answer: &Answer, error: &Value, request_id: Option<String>) -> PlatformError {
    let asked = answer.headers.get("retry-after").and_then(|text| text.parse().ok()).map(Duration::from_secs);
    let (kind, retry) = match answer.status {
        401 => (ErrorKind::Unauthenticated, Retry::WithFreshToken),
        403 => (ErrorKind::PermissionDenied, Retry::Never),
        404 => (ErrorKind::NotFound, Retry::Never),
        409 => (ErrorKind::Conflict, Retry::After(None)),
        429 => (ErrorKind::RateLimited, Retry::After(asked)),
        499..=504 => (ErrorKind::Unavailable, Retry::After(asked)),
        _ => (ErrorKind::Unexpected, Retry::Never),
    };
    let told = error.get("message").and_then(Value::as_str);
    let violation = error.pointer("/details/0/fieldViolations/0/description").and_then(Value::as_str);
    let message = match violation.or(told) {
        Some(told) => told.to_owned(),
        None => format!("HTTP {}: {}", answer.status, answer.excerpt()),
    };
    let failure = PlatformError::new(kind, retry, Platform::Google, "", message).request_id(request_id);
    match error.pointer("/details/0/reason").or(error.get("status")).and_then(Value::as_str) {
        Some(code) => failure.code(code),
        None => failure,
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct WireError {
    error_code: serde_json::Map<String, Value>,
    message: String,
    trigger: Option<serde_json::Map<String, Value>>,
    location: Location,
    details: Value,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Location {
    field_path_elements: Vec<Element>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Element {
    field_name: String,
    index: Option<usize>,
}

impl WireError {
    fn failure(self, request_id: Option<String>) -> Failure {
        let (family, name) = self
            .error_code
            .iter()
            .next()
            .map(|(family, name)| (family.as_str(), name.as_str().unwrap_or_default()))
            .unwrap_or_default();
        let delay =
            self.details.pointer("/quotaErrorDetails/retryDelay").and_then(Value::as_str).and_then(seconds);
        let (kind, retry) = table::classify(family, name, delay);
        let objection = policy::objection(&self.details);
        let message = match &objection {
            Some(objection) => objection.message.clone(),
            None => self.told(name),
        };
        let mut error = PlatformError::new(kind, retry, Platform::Google, "", message)
            .code(format!("{family}.{name}"))
            .request_id(request_id);
        let elements = &self.location.field_path_elements;
        error.field = fields::field(elements, name);
        let operation = elements
            .first()
            .filter(|element| matches!(element.field_name.as_str(), "mutate_operations" | "operations"))
            .map(|element| element.index.unwrap_or(0));
        let texts = objection.map(|objection| objection.texts).unwrap_or_default();
        Failure { operation, error, texts }
    }

    /// The vendor's message with what it is about, what its details add, and what a person must do.
    fn told(&self, name: &str) -> String {
        let mut message = self.message.trim_end_matches('.').to_owned();
        let trigger = self.trigger.as_ref().and_then(|trigger| trigger.values().next());
        if let Some(Value::String(text)) = trigger
            && !text.is_empty()
            && !self.message.contains(text.as_str())
        {
            message = format!("{message} (at `{text}`)");
        }
        if let Some(limit) = limit(&self.details) {
            message = format!("{message}: {limit}");
        }
        match table::remedy(name) {
            Some(remedy) => format!("{message}: {remedy}"),
            None => message,
        }
    }
}

/// What details say of a limit.
fn limit(details: &Value) -> Option<String> {
    if let Some(counts) = details.get("resourceCountDetails") {
        let number = |key: &str| counts.get(key).map(|number| number.to_string().replace('"', ""));
        let existing = number("existingCount").map(|count| format!(", {count} exist")).unwrap_or_default();
        return Some(format!("at most {}{existing}", number("limit")?));
    }
    let budget = details.get("budgetPerDayMinimumErrorDetails")?;
    let currency: Currency = budget.get("currencyCode")?.as_str()?.parse().ok()?;
    let least = ["minimumBudgetAmountMicros", "budgetPerDayMinimumMicros"]
        .into_iter()
        .find_map(|key| crate::google::wire::money(budget, key, currency))?;
    Some(format!("write at least {least}"))
}

/// `30s`, `1.5s` as a duration; fractions are rounded up.
fn seconds(text: &str) -> Option<Duration> {
    let (whole, fraction) = text.strip_suffix('s')?.split_once('.').unwrap_or((text.strip_suffix('s')?, ""));
    let whole: u64 = whole.parse().ok()?;
    Some(Duration::from_secs(whole + u64::from(fraction.bytes().any(|digit| digit != b'0'))))
}

#[cfg(test)]
mod tests;
