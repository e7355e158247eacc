//! Failures of Meta's API, by code and subcode (meta-ads.md §14).
//!
//! Throttles come with status 400, so the code decides, never the status.

use std::time::Duration;

use adplane_core::address::Platform;
use adplane_core::field::FieldPath;
use adplane_engine::error::{ErrorKind, PlatformError, Retry};
use serde_json::Value as Json;

use super::calls::pace::Usage;
use super::wire::json;
use crate::http::Answer;

/// Wire names in `blame_field_specs` and the fields they come from; the longest that fits wins.
const BLAMED: [(&str, &str); 26] = [
    ("name", "displayName"),
    ("status", "state"),
    ("objective", "objective"),
    ("daily_budget", "budget.daily"),
    ("lifetime_budget", "budget.total"),
    ("bid_amount", "bidding.amount"),
    ("bid_strategy", "bidding.strategy"),
    ("bid_constraints", "bidding.roas"),
    ("start_time", "schedule.start"),
    ("end_time", "schedule.end"),
    ("adset_schedule", "schedule.hours"),
    ("special_ad_categories", "specialAdCategories"),
    ("special_ad_category_country", "specialAdCategoryCountries"),
    ("optimization_goal", "optimization.goal"),
    ("promoted_object", "optimization"),
    ("dsa_beneficiary", "compliance.dsa.beneficiary"),
    ("dsa_payor", "compliance.dsa.payor"),
    ("targeting", "targeting"),
    ("targeting.geo_locations", "targeting.locations"),
    ("targeting.excluded_geo_locations", "targeting.locationsExcluded"),
    ("targeting.locales", "targeting.languages"),
    ("targeting.age_min", "targeting.ages"),
    ("targeting.genders", "targeting.genders"),
    ("object_story_spec", "creative"),
    ("creative", "creative"),
    ("url_tags", "creative.tracking.utm"),
];

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
    let (kind, retry) = kind(answer, code, subcode, transient);
    let shown = if subcode == 0 { code.to_string() } else { format!("{code}/{subcode}") };
    let failure = PlatformError::new(kind, retry, Platform::Meta, "", message(error))
        .code(shown)
        .request_id(json::text(error, "fbtrace_id"));
    match blamed(error) {
        Some(path) => failure.field(path),
        None => failure,
    }
}

/// The useful text of a parameter error is the one for people; the other often just says "Invalid parameter".
fn message(error: &Json) -> String {
    let part = |name: &str| json::text(error, name);
    let developer = part("message").unwrap_or_else(|| "no message".to_owned());
    match (part("error_user_title"), part("error_user_msg")) {
        (Some(title), Some(text)) => format!("{title}: {text}"),
        (None, Some(text)) | (Some(text), None) => text,
        (None, None) => developer,
    }
}

fn kind(answer: &Answer, code: i64, subcode: i64, transient: bool) -> (ErrorKind, Retry) {
    let later = || Retry::After(wait(answer));
    match (code, subcode) {
        (190 | 102 | 104, _) => (ErrorKind::Unauthenticated, Retry::Never),
        (17, 1_885_172) | (1_487_225, _) | (613, 1_487_225) => (ErrorKind::QuotaExhausted, Retry::Never),
        // This ad set's budget is frozen for an hour; others go on.
        (613, 1_487_632) => (ErrorKind::QuotaExhausted, Retry::After(Some(Duration::from_hours(1)))),
        // Without a subcode 613 is abuse protection: a person has to look.
        (613, 0) | (368 | 500 | 506, _) => (ErrorKind::Policy, Retry::Never),
        (4 | 17 | 32 | 341 | 613 | 80_000..=80_099, _) => (ErrorKind::RateLimited, later()),
        (10 | 200..=299 | 3, _) => (ErrorKind::PermissionDenied, Retry::Never),
        (100, 33) | (803, _) => (ErrorKind::NotFound, Retry::Never),
        (801, _) => (ErrorKind::Conflict, Retry::Never),
        (2635, _) => (ErrorKind::Unsupported, Retry::Never),
        (1 | 2 | ..=-1, _) => (ErrorKind::Unavailable, Retry::After(None)),
        (100 | 105 | 194 | 900 | 2500 | 2641 | 2695 | 3018 | 1_609_005, _) if !transient => {
            (ErrorKind::Invalid, Retry::Never)
        }
        _ if transient => (ErrorKind::Unavailable, Retry::After(None)),
        _ => (ErrorKind::Unexpected, Retry::Never),
    }
}

/// How long the vendor asks to wait, where it does.
fn wait(answer: &Answer) -> Option<Duration> {
    Usage::of(answer).wait
}

/// The field behind the first blamed parameter; `error_data` is text that holds JSON, or JSON.
fn blamed(error: &Json) -> Option<FieldPath> {
    let data = error.get("error_data")?;
    let parsed: Option<Json> = data.as_str().and_then(|text| serde_json::from_str(text).ok());
    let data = parsed.as_ref().unwrap_or(data);
    let path = data.get("blame_field_specs")?.as_array()?.first()?;
    let parts: Vec<&str> = path.as_array()?.iter().filter_map(Json::as_str).collect();
    (1..=parts.len()).rev().find_map(|length| {
        let wanted = parts[..length].join(".");
        BLAMED.iter().find(|(wire, _)| *wire == wanted).map(|(_, field)| FieldPath::new(field))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(status: u16, body: &Json) -> Answer {
        Answer { status, headers: [].into(), body: body.to_string().into_bytes().into() }
    }

    /// Real-shaped bodies: code, subcode, what it is, whether to retry.
    #[test]
    fn codes_decide() {
        let after = Retry::After(None);
        let cases = [
            (1, 0, ErrorKind::Unavailable, after),
            (2, 0, ErrorKind::Unavailable, after),
            (4, 1_504_022, ErrorKind::RateLimited, after),
            (17, 2_446_079, ErrorKind::RateLimited, after),
            (17, 1_885_172, ErrorKind::QuotaExhausted, Retry::Never),
            (613, 1_487_742, ErrorKind::RateLimited, after),
            (613, 1_487_632, ErrorKind::QuotaExhausted, Retry::After(Some(Duration::from_hours(1)))),
            (613, 0, ErrorKind::Policy, Retry::Never),
            (80_004, 2_446_079, ErrorKind::RateLimited, after),
            (190, 463, ErrorKind::Unauthenticated, Retry::Never),
            (200, 1_870_034, ErrorKind::PermissionDenied, Retry::Never),
            (294, 0, ErrorKind::PermissionDenied, Retry::Never),
            (100, 33, ErrorKind::NotFound, Retry::Never),
            (100, 4_834_011, ErrorKind::Invalid, Retry::Never),
            (368, 0, ErrorKind::Policy, Retry::Never),
            (2635, 0, ErrorKind::Unsupported, Retry::Never),
            (-3, 1_504_045, ErrorKind::Unavailable, after),
            (123_456, 0, ErrorKind::Unexpected, Retry::Never),
        ];
        for (code, subcode, kind, retry) in cases {
            let body = json!({"error": {"message": "m", "type": "OAuthException", "code": code,
                "error_subcode": subcode, "fbtrace_id": "A1"}});
            let error = classify(&answer(400, &body)).unwrap_err();
            assert_eq!((error.kind, error.retry), (kind, retry), "{code}/{subcode}");
            assert_eq!(error.request_id.as_deref(), Some("A1"));
        }
    }

    #[test]
    fn tells_which_field_is_to_blame() {
        let body = json!({"error": {"message": "Invalid parameter", "type": "OAuthException", "code": 100,
            "error_subcode": 1_885_272, "error_user_title": "Budget is too low", "error_user_msg": "Raise it.",
            "error_data": "{\"blame_field_specs\":[[\"daily_budget\"]]}", "fbtrace_id": "A"}});
        let error = classify(&answer(400, &body)).unwrap_err();
        assert_eq!(error.field, Some(FieldPath::new("budget.daily")));
        assert_eq!(error.message, "Budget is too low: Raise it.");
        assert_eq!(error.code.as_deref(), Some("100/1885272"));
        let nested = json!({"blame_field_specs": [["targeting", "geo_locations", "countries"]]});
        assert_eq!(blamed(&json!({"error_data": nested})), Some(FieldPath::new("targeting.locations")));
    }

    #[test]
    fn a_throttle_says_how_long() {
        let mut throttled = answer(400, &json!({"error": {"message": "m", "code": 80_004}}));
        let usage = json!({"1": [{"call_count": 100, "estimated_time_to_regain_access": 2}]});
        throttled.headers.insert("x-business-use-case-usage".into(), usage.to_string());
        let error = classify(&throttled).unwrap_err();
        assert_eq!(error.retry, Retry::After(Some(Duration::from_mins(2))));
    }

    #[test]
    fn what_is_not_json_is_judged_by_status() {
        let html = Answer { status: 503, headers: [].into(), body: "<html>Service Unavailable".into() };
        assert_eq!(classify(&html).unwrap_err().kind, ErrorKind::Unavailable);
        assert!(classify(&answer(200, &json!({"success": true}))).is_ok());
        assert!(classify(&answer(200, &json!({"success": false}))).is_err());
    }
}
