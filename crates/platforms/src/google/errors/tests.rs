use bytes::Bytes;
use serde_json::json;

use super::*;

fn answer(status: u16, body: &Value) -> Answer {
    Answer {
        status,
        headers: [("request-id".to_owned(), "r-header".to_owned())].into(),
        body: Bytes::from(body.to_string()),
    }
}

fn failure(status: u16, family: &str, code: &str, extra: Value) -> Answer {
    let mut error = json!({"errorCode": {family: code}, "message": "Refused."});
    if let (Some(error), Value::Object(extra)) = (error.as_object_mut(), extra) {
        error.extend(extra);
    }
    let detail = json!({
        "@type": "type.googleapis.com/google.ads.googleads.v26.errors.GoogleAdsFailure",
        "errors": [error],
        "requestId": "abc",
    });
    answer(status, &json!({"error": {"code": status, "message": "Bad.", "status": "X", "details": [detail]}}))
}

#[test]
fn codes_map_to_kinds_and_retries() {
    use ErrorKind as K;
    let after = |seconds| Retry::After(Some(Duration::from_secs(seconds)));
    for (status, family, code, kind, retry) in [
        (401, "authenticationError", "OAUTH_TOKEN_EXPIRED", K::Unauthenticated, Retry::WithFreshToken),
        (401, "authenticationError", "NOT_ADS_USER", K::Unauthenticated, Retry::Never),
        (403, "authorizationError", "USER_PERMISSION_DENIED", K::PermissionDenied, Retry::Never),
        (429, "quotaError", "RESOURCE_TEMPORARILY_EXHAUSTED", K::RateLimited, after(5)),
        (429, "quotaError", "RESOURCE_EXHAUSTED", K::QuotaExhausted, Retry::Never),
        (500, "internalError", "INTERNAL_ERROR", K::Unavailable, Retry::After(None)),
        (400, "databaseError", "CONCURRENT_MODIFICATION", K::Conflict, Retry::After(None)),
        (400, "policyFindingError", "POLICY_FINDING", K::Policy, Retry::Never),
        (400, "campaignError", "DUPLICATE_CAMPAIGN_NAME", K::AlreadyExists, Retry::Never),
        (400, "mutateError", "RESOURCE_ALREADY_EXISTS", K::AlreadyExists, Retry::Never),
        (400, "mutateError", "RESOURCE_NOT_FOUND", K::NotFound, Retry::Never),
        (400, "fieldError", "REQUIRED", K::Invalid, Retry::Never),
        (400, "requestError", "CANNOT_BE_EXECUTED_BY_MANAGER_ACCOUNT", K::Unsupported, Retry::Never),
        (400, "internalError", "ERROR_CODE_NOT_PUBLISHED", K::Unexpected, Retry::Never),
    ] {
        let error = check(&failure(status, family, code, json!({}))).unwrap_err();
        assert_eq!((error.kind, error.retry), (kind, retry), "{family}.{code}");
        assert_eq!(error.code.as_deref(), Some(format!("{family}.{code}").as_str()));
        assert_eq!(error.request_id.as_deref(), Some("abc"));
    }
}

#[test]
fn the_vendors_wait_is_obeyed() {
    let details = json!({"details": {"quotaErrorDetails": {"rateScope": "ACCOUNT", "retryDelay": "30.5s"}}});
    let error = check(&failure(429, "quotaError", "RESOURCE_TEMPORARILY_EXHAUSTED", details)).unwrap_err();
    assert_eq!(error.retry, Retry::After(Some(Duration::from_secs(31))));
}

#[test]
fn places_lead_to_operations_and_fields() {
    for (elements, operation, path) in [
        (
            json!([{"fieldName": "mutate_operations", "index": 3}, {"fieldName": "campaign_operation"},
            {"fieldName": "create"}, {"fieldName": "name"}]),
            Some(3),
            Some("displayName"),
        ),
        (
            json!([{"fieldName": "mutate_operations"}, {"fieldName": "campaign_budget_operation"},
            {"fieldName": "update"}, {"fieldName": "amount_micros"}]),
            Some(0),
            Some("budget.daily"),
        ),
        (
            json!([{"fieldName": "mutate_operations", "index": 1}, {"fieldName": "ad_operation"},
            {"fieldName": "update"}, {"fieldName": "responsive_search_ad"},
            {"fieldName": "headlines", "index": 2}, {"fieldName": "text"}]),
            Some(1),
            Some("creative.headlines"),
        ),
        (
            json!([{"fieldName": "mutate_operations", "index": 1}, {"fieldName": "label_operation"}]),
            Some(1),
            None,
        ),
        (json!([]), None, None),
    ] {
        let place =
            json!({"location": {"fieldPathElements": elements}, "trigger": {"stringValue": "Spring"}});
        let found = failures(&failure(400, "fieldError", "INVALID_VALUE", place));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].operation, operation);
        assert_eq!(found[0].error.field.as_ref().map(FieldPath::as_str), path);
        assert_eq!(found[0].error.message, "Refused (at `Spring`)");
    }
}

#[test]
fn answers_without_the_vendors_failure_still_classify() {
    let body = json!({"error": {"code": 400, "status": "INVALID_ARGUMENT", "message": "Bad.", "details": [
        {"@type": "type.googleapis.com/google.rpc.BadRequest",
         "fieldViolations": [{"field": "operations[0].create", "description": "Unknown name `x`"}]}]}});
    let error = check(&answer(400, &body)).unwrap_err();
    assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Unexpected, "Unknown name `x`"));

    let stream = json!([{"error": {"code": 503, "status": "UNAVAILABLE", "message": "Down."}}]);
    let error = check(&answer(503, &stream)).unwrap_err();
    assert_eq!((error.kind, error.retry), (ErrorKind::Unavailable, Retry::After(None)));
    assert_eq!(error.request_id.as_deref(), Some("r-header"));

    let page = Answer { status: 404, headers: [].into(), body: Bytes::from_static(b"<html>Not found") };
    assert_eq!(check(&page).unwrap_err().kind, ErrorKind::NotFound);
}

#[test]
fn a_writer_sees_refused_operations_but_not_outages() {
    assert!(check_write(&failure(400, "campaignError", "DUPLICATE_CAMPAIGN_NAME", json!({}))).is_ok());
    assert!(check_write(&failure(429, "quotaError", "RESOURCE_TEMPORARILY_EXHAUSTED", json!({}))).is_err());
    assert!(check_write(&failure(500, "internalError", "INTERNAL_ERROR", json!({}))).is_err());
}

#[test]
fn token_failures_say_who_must_act() {
    let body = json!({"error": "invalid_grant", "error_description": "Token has been expired or revoked."});
    let error = check_token(&answer(400, &body)).unwrap_err();
    assert_eq!((error.kind, error.retry), (ErrorKind::Unauthenticated, Retry::Never));
    assert!(error.message.contains("a person must grant access again"));
    assert_eq!(check_token(&answer(503, &json!({}))).unwrap_err().kind, ErrorKind::Unavailable);
}
