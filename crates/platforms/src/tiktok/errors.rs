//! From an answer to a failure: the vendor's codes (tiktok-ads.md §2).
//!
//! Application errors come with HTTP 200 and a `code`; other statuses mean that the API was not reached.

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
/// A Smart+ ad takes one write in five seconds: a few waits of this length get past that.
const CONFLICT_WAIT: Duration = Duration::from_secs(2);
const SHORT_WAIT: Duration = Duration::from_secs(1);

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
    let (kind, retry) = of_code(code);
    let error = fail(kind, retry, message)
        .code(code.to_string())
        .request_id(envelope.get("request_id").and_then(Json::as_str).map(str::to_owned));
    Some(match member(message).filter(|_| kind == ErrorKind::Invalid) {
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

/// Kind and retry of a code. The retry set is the table's; what may have been stored is read back first.
fn of_code(code: i64) -> (ErrorKind, Retry) {
    let short = Retry::After(Some(SHORT_WAIT));
    match code {
        20_001 => (ErrorKind::Conflict, Retry::AfterReadBack),
        // Asking again gets the same answer; whoever sent it looks for what the first request made.
        40_050 => (ErrorKind::Conflict, Retry::Never),
        40_000 | 40_002 | 40_011 | 40_012 | 40_052 | 40_053 | 40_061 | 40_065 | 40_502 => {
            (ErrorKind::Invalid, Retry::Never)
        }
        40_001
        | 40_003
        | 40_113
        | 40_117..=40_119
        | 40_124
        | 40_125
        | 40_130
        | 40_131
        | 40_301
        | 40_302
        | 41_000 => (ErrorKind::PermissionDenied, Retry::Never),
        40_006 | 40_008..=40_010 | 40_014 | 40_051 | 40_400 | 41_001 | 41_002 => {
            (ErrorKind::Unsupported, Retry::Never)
        }
        40_007 | 40_013 | 40_300 => (ErrorKind::NotFound, Retry::Never),
        40_016 | 40_100 | 40_132 | 40_133 => (ErrorKind::RateLimited, short),
        // Blocked for long, as long as maintenance is waited for.
        61_000 => (ErrorKind::RateLimited, Retry::After(Some(GATEWAY_WAIT))),
        40_101..=40_110 | 40_112 | 40_114..=40_116 => (ErrorKind::Unauthenticated, Retry::Never),
        40_200 | 40_201 | 40_700 | 40_901 => (ErrorKind::Unavailable, short),
        40_202 => (ErrorKind::Conflict, Retry::After(Some(CONFLICT_WAIT))),
        40_902 | 40_903 | 40_912..=40_914 => (ErrorKind::Unavailable, Retry::After(None)),
        40_911 => (ErrorKind::AlreadyExists, Retry::Never),
        40_900 | 40_904..=40_910 | 40_915 | 40_916 => (ErrorKind::Invalid, Retry::Never),
        // A system error may come after the write was stored; the client turns this into a read-back for
        // writes that carry no idempotency key.
        50_000 | 50_002 | 51_000..=51_099 | 51_305 | 52_000..=52_299 | 53_102 | 53_103 => {
            (ErrorKind::Unavailable, Retry::After(None))
        }
        60_001 => (ErrorKind::Unavailable, Retry::After(Some(GATEWAY_WAIT))),
        _ => (ErrorKind::Unexpected, Retry::Never),
    }
}

/// Members that messages name, and the field each comes from.
const MEMBERS: [(&str, &str); 34] = [
    ("campaign_name", "displayName"),
    ("adgroup_name", "displayName"),
    ("ad_name", "displayName"),
    ("objective_type", "objective"),
    ("special_industries", "specialAdCategories"),
    ("scheduled_budget", "budget"),
    ("budget_mode", "budget"),
    ("budget", "budget"),
    ("conversion_bid_price", "bidding.amount"),
    ("bid_price", "bidding.amount"),
    ("bid_type", "bidding.strategy"),
    ("roas_bid", "bidding.roas"),
    ("deep_bid_type", "bidding.strategy"),
    ("schedule_start_time", "schedule.start"),
    ("schedule_end_time", "schedule.end"),
    ("schedule_type", "schedule"),
    ("dayparting", "schedule.hours"),
    ("location_ids", "targeting.locations"),
    ("languages", "targeting.languages"),
    ("age_groups", "targeting.ages"),
    ("spc_audience_age", "targeting.ages"),
    ("gender", "targeting.genders"),
    ("excluded_audience_ids", "targeting.audiences.exclude"),
    ("audience_ids", "targeting.audiences.include"),
    ("interest_category_ids", "targeting.interests"),
    ("pixel_id", "optimization.pixel"),
    ("optimization_goal", "optimization.goal"),
    ("optimization_event", "optimization.goal"),
    ("ad_text", "creative.primaryTexts"),
    ("landing_page_url", "creative.landingPage"),
    ("call_to_action", "creative.callToAction"),
    ("video_id", "creative.videos"),
    ("image_ids", "creative.images"),
    ("identity_id", "creative.identity.tiktok.identity_id"),
];

/// The field of the first member that a message names, as a whole word.
fn member(message: &str) -> Option<&'static str> {
    message
        .split(|character: char| !(character.is_ascii_alphanumeric() || character == '_'))
        .find_map(|word| MEMBERS.iter().find(|(member, _)| *member == word).map(|(_, path)| *path))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use bytes::Bytes;

    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, headers: BTreeMap::new(), body: Bytes::copy_from_slice(body.as_bytes()) }
    }

    #[track_caller]
    fn check(code: i64, kind: ErrorKind, retry: Retry) {
        let body = format!(r#"{{"code":{code},"message":"m","request_id":"20260101","data":{{}}}}"#);
        let error = of_answer(&answer(200, &body)).unwrap();
        assert_eq!((error.kind, error.retry), (kind, retry), "{code}");
        assert_eq!(error.code, Some(code.to_string()));
        assert_eq!(error.request_id.as_deref(), Some("20260101"));
    }

    #[test]
    fn success_has_code_zero() {
        assert_eq!(of_answer(&answer(200, r#"{"code":0,"message":"OK","request_id":"1","data":{}}"#)), None);
    }

    #[test]
    fn every_row_of_the_table_has_a_kind() {
        use ErrorKind as K;
        let short = Retry::After(Some(SHORT_WAIT));
        for (codes, kind, retry) in [
            (&[20_001][..], K::Conflict, Retry::AfterReadBack),
            (&[40_050], K::Conflict, Retry::Never),
            (&[40_000, 40_002, 40_011, 40_061, 40_052, 40_053, 40_065, 40_502], K::Invalid, Retry::Never),
            (
                &[40_001, 40_003, 40_118, 40_119, 40_124, 40_125, 40_130, 40_131],
                K::PermissionDenied,
                Retry::Never,
            ),
            (&[40_006, 40_051, 40_008, 40_400, 40_009, 40_014, 41_001, 41_002], K::Unsupported, Retry::Never),
            (&[40_007, 40_013, 40_300], K::NotFound, Retry::Never),
            (&[40_016, 40_100, 40_133, 40_132], K::RateLimited, short),
            (&[61_000], K::RateLimited, Retry::After(Some(GATEWAY_WAIT))),
            (
                &[40_101, 40_110, 40_115, 40_102, 40_103, 40_104, 40_105, 40_106, 40_107, 40_116],
                K::Unauthenticated,
                Retry::Never,
            ),
            (&[40_200, 40_201, 40_700, 40_901], K::Unavailable, short),
            (&[40_202], K::Conflict, Retry::After(Some(CONFLICT_WAIT))),
            (&[40_902, 40_903, 40_912, 40_913, 40_914], K::Unavailable, Retry::After(None)),
            (&[40_911], K::AlreadyExists, Retry::Never),
            (&[40_900, 40_904, 40_905, 40_910, 40_915, 40_916], K::Invalid, Retry::Never),
            (
                &[50_000, 50_002, 51_010, 51_052, 51_305, 52_003, 52_204, 53_103],
                K::Unavailable,
                Retry::After(None),
            ),
            (&[60_001], K::Unavailable, Retry::After(Some(GATEWAY_WAIT))),
            (&[99_999], K::Unexpected, Retry::Never),
        ] {
            for code in codes {
                check(*code, kind, retry);
            }
        }
    }

    #[test]
    fn statuses_mean_that_the_api_was_not_reached() {
        assert_eq!(of_answer(&answer(404, "404 page not found")).unwrap().kind, ErrorKind::Unsupported);
        assert_eq!(of_answer(&answer(502, "")).unwrap().kind, ErrorKind::Unavailable);
        assert_eq!(of_answer(&answer(200, "<html>")).unwrap().kind, ErrorKind::Unexpected);
    }

    #[test]
    fn messages_name_the_field() {
        let field = |message: &str| {
            let body = serde_json::json!({"code": 40002, "message": message, "data": {}}).to_string();
            of_answer(&answer(200, &body)).unwrap().field.map(|path| path.to_string())
        };
        assert_eq!(field("budget: must be at least 50.").as_deref(), Some("budget"));
        assert_eq!(field("conversion_bid_price: must be below").as_deref(), Some("bidding.amount"));
        assert_eq!(field("excluded_audience_ids overlap").as_deref(), Some("targeting.audiences.exclude"));
        assert_eq!(field("Something else"), None);
    }
}
