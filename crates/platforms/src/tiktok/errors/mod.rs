//! From an answer to a failure: the vendor's codes (tiktok-ads.md §2).
//!
//! Application errors come with HTTP 200 and a `code`; other statuses mean that the API was not reached. [`codes`]
//! holds a row for every code, [`members`] the fields that messages name.

mod codes;
mod members;
#[cfg(test)]
mod tests;

use std::time::Duration;

use adplane_core::address::Platform;
use adplane_core::field::FieldPath;
use adplane_engine::error::{ErrorKind, PlatformError, Retry};
use serde_json::Value as Json;

use crate::http::Answer;

/// Nothing to update: as good as done.
pub(crate) const NOTHING_TO_UPDATE: &str = "40012";
/// The same request came before.
pub(crate) const DUPLICATE_REQUEST: &str = "40050";
/// A file of this name exists already.
pub(crate) const DUPLICATE_FILE: &str = "40911";

/// Service unavailable: the published advice is five minutes.
const GATEWAY_WAIT: Duration = Duration::from_mins(5);

/// The failure that an answer is; `None` when it is a success.
pub(crate) fn of_answer(answer: &Answer) -> Option<PlatformError> {
    if answer.status != 200 {
        return Some(of_status(answer.status, &answer.excerpt()));
    }
    let Some(envelope) = answer.json() else {
        return Some(fail(ErrorKind::Unexpected, Retry::Never, format!("not JSON: {}", answer.excerpt())));
    };
    let Some(code) = envelope.get("code").and_then(Json::as_i64) else {
        return Some(fail(ErrorKind::Unexpected, Retry::Never, format!("no `code`: {}", answer.excerpt())));
    };
    if code == 0 {
        return None;
    }
    let message = envelope.get("message").and_then(Json::as_str).unwrap_or("no message");
    let row = codes::row(code);
    let (kind, retry) =
        row.map_or((ErrorKind::Unexpected, Retry::Never), |row| (row.kind, row.class.retry()));
    let means = rule(message).or_else(|| row.and_then(|row| row.means));
    let error = fail(kind, retry, explained(message, means))
        .code(code.to_string())
        .request_id(envelope.get("request_id").and_then(Json::as_str).map(str::to_owned));
    Some(match members::path(message).filter(|_| kind == ErrorKind::Invalid) {
        Some(path) => error.field(FieldPath::new(path)),
        None => error,
    })
}

/// The failure behind a status other than 200: the API itself was not reached.
pub(crate) fn of_status(status: u16, excerpt: &str) -> PlatformError {
    let (kind, retry) = match status {
        404 | 405 => (ErrorKind::Unsupported, Retry::Never),
        408 | 500..=599 => (ErrorKind::Unavailable, Retry::After(None)),
        429 => (ErrorKind::RateLimited, Retry::After(Some(GATEWAY_WAIT))),
        _ => (ErrorKind::Unexpected, Retry::Never),
    };
    fail(kind, retry, format!("HTTP {status}: {excerpt}")).code(format!("HTTP {status}"))
}

fn fail(kind: ErrorKind, retry: Retry, message: impl Into<String>) -> PlatformError {
    // The HTTP client fills in the operation.
    PlatformError::new(kind, retry, Platform::TikTok, "", message)
}

/// The vendor's words, and what they mean for whoever wrote the YAML.
fn explained(message: &str, means: Option<&str>) -> String {
    match means {
        Some(means) => format!("{} ({means})", message.trim_end_matches('.')),
        None => message.to_owned(),
    }
}

/// Rules of budgets that the message alone does not explain (tiktok-ads.md §8.2).
fn rule(message: &str) -> Option<&'static str> {
    if message.contains("105%") || message.contains("105 %") {
        Some(
            "a budget cannot go below 105 % of what its period has spent: today for a daily one, the whole flight \
             for a total; write more, pause it, or wait for tomorrow",
        )
    } else if message.contains("23:55") || message.contains("23:50") {
        Some("TikTok takes no budgets around midnight of the account: run it again after 00:10")
    } else {
        None
    }
}
