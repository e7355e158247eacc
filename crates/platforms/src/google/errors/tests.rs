use bytes::Bytes;
use serde_json::json;

use adplane_core::field::FieldPath;

use super::*;

mod codes;

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

#[test]
fn policy_findings_show_what_an_exemption_would_name() {
    let entry = json!({"topic": "HEALTH_IN_PERSONALIZED_ADS", "type": "PROHIBITED",
        "evidences": [{"textList": {"texts": ["lose weight"]}}]});
    let details = json!({"details": {"policyFindingDetails": {"policyTopicEntries": [entry]}}});
    let found = failures(&failure(400, "policyFindingError", "POLICY_FINDING", details));
    let message = &found[0].error.message;
    for part in
        ["HEALTH_IN_PERSONALIZED_ADS (prohibited)", "`lose weight`", "ignorablePolicyTopics", "never asks"]
    {
        assert!(message.contains(part), "{message}");
    }
    assert_eq!(
        (found[0].error.kind, found[0].texts.as_slice()),
        (ErrorKind::Policy, &["lose weight".to_owned()][..])
    );
}

#[test]
fn policy_violations_show_their_key() {
    for (exemptible, part) in [
        (true, "exemptPolicyViolationKeys: [{policyName: pharma, violatingText: pills}]"),
        (false, "grants no exemption"),
    ] {
        let details = json!({"details": {"policyViolationDetails": {"externalPolicyName": "Pharmacy",
            "externalPolicyDescription": "..", "key": {"policyName": "pharma", "violatingText": "pills"},
            "isExemptible": exemptible}}});
        let error = check(&failure(400, "policyViolationError", "POLICY_ERROR", details)).unwrap_err();
        assert!(error.message.contains(part) && error.message.contains("`Pharmacy`"), "{}", error.message);
    }
}

#[test]
fn details_of_limits_become_words() {
    for (details, part) in [
        (
            json!({"resourceCountDetails": {"enclosingId": "9", "limit": 3, "existingCount": 3}}),
            "at most 3, 3 exist",
        ),
        (
            json!({"budgetPerDayMinimumErrorDetails": {"currencyCode": "EUR", "minimumBudgetAmountMicros": "150000000"}}),
            "write at least 150.00 EUR",
        ),
    ] {
        let error =
            check(&failure(400, "campaignBudgetError", "X", json!({"details": details}))).unwrap_err();
        assert!(error.message.contains(part), "{}", error.message);
    }
}

#[test]
fn what_a_person_must_do_is_said() {
    let error = check(&failure(401, "authenticationError", "OAUTH_TOKEN_REVOKED", json!({}))).unwrap_err();
    assert!(error.message.contains("grant Adplane access again"), "{}", error.message);
    let error = check(&failure(403, "authorizationError", "USER_PERMISSION_DENIED", json!({}))).unwrap_err();
    assert!(error.message.contains("loginCustomerId"), "{}", error.message);
}

#[test]
fn what_an_asset_group_lacks_is_named_in_yaml() {
    let place = json!({"location": {"fieldPathElements": [{"fieldName": "mutate_operations", "index": 7},
        {"fieldName": "asset_group_operation"}, {"fieldName": "create"}]}});
    let found = failures(&failure(400, "assetGroupError", "NOT_ENOUGH_LOGO_ASSET", place));
    assert_eq!(found[0].error.field, Some(FieldPath::new("creative.logos")));
}
