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
        (1, 99, ErrorKind::Unavailable, Retry::Never),
        (2, 0, ErrorKind::Unavailable, after),
        (100, 1_487_534, ErrorKind::Unavailable, Retry::Never),
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
fn too_much_data_is_told_from_a_passing_failure() {
    for (code, subcode, less) in [(1, 99, true), (100, 1_504_018, true), (1, 0, false), (100, 33, false)] {
        let body = json!({"error": {"message": "m", "code": code, "error_subcode": subcode}});
        let error = classify(&answer(400, &body)).unwrap_err();
        assert_eq!(asks_for_less(&error), less, "{code}/{subcode}");
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
    assert_eq!(blame::field(&json!({"error_data": nested})), Some(FieldPath::new("targeting.locations")));
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

/// Every code of the table, as a body that the vendor could send: its class, what it means, its field.
#[test]
fn every_code_has_a_class_a_meaning_and_a_field_where_it_has_one() {
    for row in codes::ROWS {
        let body = json!({"error": {"message": "Invalid parameter", "type": "OAuthException", "code": row.code,
            "error_subcode": row.subcode.unwrap_or(424_242), "fbtrace_id": "A1"}});
        let error = classify(&answer(400, &body)).unwrap_err();
        let (kind, retry) = classified(Some(row), false, None);
        assert_eq!((error.kind, error.retry), (kind, retry), "{row:?}");
        assert_eq!(error.message, format!("Invalid parameter ({})", row.means));
        assert_eq!(error.field.as_ref().map(FieldPath::as_str), row.field, "{row:?}");
    }
}

#[test]
fn no_code_has_two_rows() {
    let mut seen = std::collections::BTreeSet::new();
    for row in codes::ROWS {
        assert!(seen.insert((row.code, row.subcode)), "{row:?}");
    }
}

#[test]
fn what_the_vendor_says_to_people_comes_first() {
    let said = |parts: Json| {
        let mut error = json!({"message": "Invalid parameter", "code": 100, "error_subcode": 1_885_272});
        error.as_object_mut().unwrap().extend(parts.as_object().unwrap().clone());
        classify(&answer(400, &json!({ "error": error }))).unwrap_err().message
    };
    assert_eq!(said(json!({"error_user_title": "T", "error_user_msg": "M"})), "T: M");
    assert_eq!(said(json!({"error_user_title": "T"})), "T: the budget is below the platform's minimum");
    assert_eq!(said(json!({})), "Invalid parameter (the budget is below the platform's minimum)");
}

#[test]
fn a_refusal_is_about_the_blamed_field_rather_than_the_usual_one() {
    let body = json!({"error": {"message": "m", "code": 100, "error_subcode": 1_885_272,
        "error_data": {"blame_field_specs": [["lifetime_budget"]]}}});
    assert_eq!(classify(&answer(400, &body)).unwrap_err().field, Some(FieldPath::new("budget.total")));
}
