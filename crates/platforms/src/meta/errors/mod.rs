//! Failures of Meta's API, by code and subcode (meta-ads.md §14).
//!
//! Throttles come with status 400, so the code decides, never the status. What each code means is a row of `codes`;
//! which field it is about is in `blame`.

mod blame;
mod codes;

use std::time::Duration;

use adplane_core::address::Platform;
use adplane_core::field::FieldPath;
use adplane_engine::error::{ErrorKind, PlatformError, Retry};
use serde_json::Value as Json;

use super::calls::usage::Usage;
use super::wire::json;
use crate::http::Answer;
use codes::{Class, Row};

/// Fails when an answer is a failure.
///
/// # Errors
/// The failure, classified.
pub(super) fn classify(answer: &Answer) -> Result<(), PlatformError> {
    let body = answer.json();
    if let Some(error) = body.as_ref().and_then(|body| body.get("error")).filter(|error| error.is_object()) {
        return Err(failure(answer, error));
    }
    let refused = body.as_ref().and_then(|body| body.get("success")).and_then(Json::as_bool) == Some(false);
    let good = (200..300).contains(&answer.status);
    if good && !refused && body.is_some() {
        return Ok(());
    }
    let (kind, retry) = match answer.status {
        429 => (ErrorKind::RateLimited, Retry::After(wait(answer))),
        500.. => (ErrorKind::Unavailable, Retry::After(None)),
        _ => (ErrorKind::Unexpected, Retry::Never),
    };
    let message = if refused { "the answer says it did not succeed".to_owned() } else { answer.excerpt() };
    let message = format!("status {}: {message}", answer.status);
    Err(PlatformError::new(kind, retry, Platform::Meta, "", message))
}

fn failure(answer: &Answer, error: &Json) -> PlatformError {
    let code = json::integer(error, "code").unwrap_or_default();
    let subcode = json::integer(error, "error_subcode").unwrap_or_default();
    let transient = error.get("is_transient").and_then(Json::as_bool).unwrap_or_default();
    let row = codes::find(code, subcode);
    let (kind, retry) = classified(row, transient, wait(answer));
    let shown = if subcode == 0 { code.to_string() } else { format!("{code}/{subcode}") };
    let failure =
        PlatformError::new(kind, retry, Platform::Meta, "", message(error, row.map(|row| row.means)))
            .code(shown)
            .request_id(json::text(error, "fbtrace_id"));
    let known = || row.and_then(|row| row.field).map(FieldPath::new);
    match blame::field(error).or_else(known) {
        Some(path) => failure.field(path),
        None => failure,
    }
}

/// The useful text of a parameter error is the one for people; the other often just says "Invalid parameter". Where
/// the vendor says nothing to people, we do.
fn message(error: &Json, means: Option<&str>) -> String {
    let part = |name: &str| json::text(error, name);
    let developer = part("message").unwrap_or_else(|| "no message".to_owned());
    match (part("error_user_title"), part("error_user_msg"), means) {
        (Some(title), Some(text), _) => format!("{title}: {text}"),
        (None, Some(text), _) | (Some(text), None, None) => text,
        (Some(title), None, Some(means)) => format!("{title}: {means}"),
        (None, None, Some(means)) => format!("{developer} ({means})"),
        (None, None, None) => developer,
    }
}

/// Kind and retry of a code; one that nobody described is never retried unless the vendor calls it transient.
fn classified(row: Option<&Row>, transient: bool, asked: Option<Duration>) -> (ErrorKind, Retry) {
    match row.map(|row| row.class) {
        Some(Class::Fix) | None if transient => (ErrorKind::Unavailable, Retry::After(None)),
        Some(Class::Again) => (ErrorKind::Unavailable, Retry::After(None)),
        Some(Class::Smaller) => (ErrorKind::Unavailable, Retry::Never),
        Some(Class::Slower) => (ErrorKind::RateLimited, Retry::After(asked)),
        Some(Class::Later(wait)) => {
            (ErrorKind::QuotaExhausted, wait.map_or(Retry::Never, |wait| Retry::After(Some(wait))))
        }
        Some(Class::Token) => (ErrorKind::Unauthenticated, Retry::Never),
        Some(Class::Permission) => (ErrorKind::PermissionDenied, Retry::Never),
        Some(Class::Fix) => (ErrorKind::Invalid, Retry::Never),
        Some(Class::Person) => (ErrorKind::Policy, Retry::Never),
        Some(Class::Gone) => (ErrorKind::NotFound, Retry::Never),
        Some(Class::Moved) => (ErrorKind::Conflict, Retry::Never),
        Some(Class::Unsupported) => (ErrorKind::Unsupported, Retry::Never),
        None => (ErrorKind::Unexpected, Retry::Never),
    }
}

/// Whether a report failed because it was too much for one call: made asynchronously it may succeed.
pub(super) fn asks_for_less(error: &PlatformError) -> bool {
    let row = error
        .code
        .as_deref()
        .and_then(|code| code.split_once('/'))
        .and_then(|(code, subcode)| codes::find(code.parse().ok()?, subcode.parse().ok()?));
    row.is_some_and(|row| row.class == Class::Smaller)
}

/// How long the vendor asks to wait, where it does.
fn wait(answer: &Answer) -> Option<Duration> {
    Usage::of(answer).wait
}

#[cfg(test)]
mod tests;
