//! Real-shaped bodies, one for every code of tiktok-ads.md §2.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::codes::Class;
use super::*;

/// A code, the message that comes with it, the kind it becomes, who helps.
type Case = (i64, &'static str, ErrorKind, Class);

use Class as C;
use ErrorKind as K;

const CASES: [Case; 96] = [
    (20_001, "Partial success", K::Conflict, C::ReadBack),
    (40_000, "Invalid parameter", K::Invalid, C::FixYaml),
    (40_001, "No permission to operate advertiser 7000000000000000001.", K::PermissionDenied, C::AskPerson),
    (40_002, "budget: The budget must be at least 50 EUR.", K::Invalid, C::FixYaml),
    (40_003, "Forbidden", K::PermissionDenied, C::AskPerson),
    (40_006, "Version is offline", K::Unsupported, C::Nobody),
    (40_007, "Ad does not exist. ad_id 1.", K::NotFound, C::FixYaml),
    (40_008, "Not implemented", K::Unsupported, C::Nobody),
    (40_009, "The sandbox does not support this parameter", K::Unsupported, C::FixYaml),
    (40_010, "Domain does not fit the version", K::Unsupported, C::Nobody),
    (40_011, "filtering.campaign_ids: 101 ids, the limit is 100.", K::Invalid, C::Nobody),
    (40_012, "Nothing to update", K::Invalid, C::Nobody),
    (40_013, "Sandbox advertiser unknown", K::NotFound, C::FixYaml),
    (40_014, "Function is not supported in the sandbox", K::Unsupported, C::FixYaml),
    (40_016, "Too many requests from the app", K::RateLimited, C::Retry),
    (40_050, "Duplicate request", K::Conflict, C::Nobody),
    (40_051, "Version mismatch", K::Unsupported, C::Nobody),
    (40_052, "ACO material exists", K::Invalid, C::FixYaml),
    (40_053, "video_id: The video v1 does not exist in this advertiser account.", K::Invalid, C::FixYaml),
    (40_061, "Batch size exceeds the limit", K::Invalid, C::Nobody),
    (40_065, "age_groups: AGE_13_17 is not supported", K::Invalid, C::FixYaml),
    (40_100, "Too many requests. Please retry in some time.", K::RateLimited, C::Retry),
    (40_101, "App secret mismatch", K::Unauthenticated, C::Reconnect),
    (40_102, "Access token is expired.", K::Unauthenticated, C::Reconnect),
    (40_103, "Refresh token is expired.", K::Unauthenticated, C::Reconnect),
    (
        40_104,
        "Access token is null, you should set it in http header with key Access-Token.",
        K::Unauthenticated,
        C::Reconnect,
    ),
    (40_105, "Access token is incorrect or has been revoked.", K::Unauthenticated, C::Reconnect),
    (40_106, "Wrong user", K::Unauthenticated, C::Reconnect),
    (40_107, "Refresh token is incorrect", K::Unauthenticated, C::Reconnect),
    (40_108, "Unsupported grant type", K::Unauthenticated, C::Reconnect),
    (40_109, "Deciphering failed", K::Unauthenticated, C::Reconnect),
    (40_110, "auth_code is expired", K::Unauthenticated, C::Reconnect),
    (40_112, "Wrong password", K::Unauthenticated, C::Reconnect),
    (40_113, "App is blocked", K::PermissionDenied, C::AskPerson),
    (40_114, "Advertiser is logged out", K::Unauthenticated, C::Reconnect),
    (40_115, "auth_code used", K::Unauthenticated, C::Reconnect),
    (40_116, "Signature error", K::Unauthenticated, C::Reconnect),
    (40_117, "Method forbidden", K::PermissionDenied, C::AskPerson),
    (40_118, "scheduled_budget: It requires an allowlist.", K::PermissionDenied, C::AskPerson),
    (40_119, "Company mismatch", K::PermissionDenied, C::AskPerson),
    (40_124, "Developer profile incomplete", K::PermissionDenied, C::AskPerson),
    (40_125, "Developer has no permission", K::PermissionDenied, C::AskPerson),
    (40_130, "Permission error", K::PermissionDenied, C::AskPerson),
    (40_131, "Scope is not authorized", K::PermissionDenied, C::AskPerson),
    (40_132, "Field value over the limit", K::RateLimited, C::Retry),
    (40_133, "Advertiser over the limit", K::RateLimited, C::Retry),
    (40_200, "Task error", K::Unavailable, C::Retry),
    (40_201, "Task is not ready", K::Unavailable, C::Retry),
    (40_202, "Write conflict", K::Conflict, C::RetryWrite),
    (40_300, "Advertiser does not exist", K::NotFound, C::FixYaml),
    (40_301, "Role mismatch", K::PermissionDenied, C::AskPerson),
    (40_302, "Role mismatch", K::PermissionDenied, C::AskPerson),
    (40_400, "Route not found", K::Unsupported, C::Nobody),
    (40_502, "The ad group has 20 ads, at most 20 are allowed.", K::Invalid, C::FixYaml),
    (40_700, "Internal service validation failed", K::Unavailable, C::Retry),
    (40_900, "video_signature: It differs from the md5 of the file.", K::Invalid, C::FixYaml),
    (40_901, "Video is transcoding", K::Unavailable, C::RetryLater),
    (40_902, "URL fetch timeout", K::Unavailable, C::RetryLater),
    (40_903, "URL is unavailable", K::Unavailable, C::RetryLater),
    (40_904, "image_file: Only JPG and PNG files are supported.", K::Invalid, C::FixYaml),
    (40_905, "File missing", K::Invalid, C::FixYaml),
    (40_906, "File is empty", K::Invalid, C::FixYaml),
    (40_907, "File is too large", K::Invalid, C::FixYaml),
    (40_908, "File type is not supported", K::Invalid, C::FixYaml),
    (40_909, "File type is not supported", K::Invalid, C::FixYaml),
    (40_910, "File is expired", K::Invalid, C::FixYaml),
    (40_911, "file_name: Duplicated material name: hero.mp4.", K::AlreadyExists, C::Nobody),
    (40_912, "Image is unavailable", K::Unavailable, C::RetryLater),
    (40_913, "Image fetch error", K::Unavailable, C::RetryLater),
    (40_914, "Fetch error or invalid file", K::Unavailable, C::RetryLater),
    (40_915, "Image specification error", K::Invalid, C::FixYaml),
    (40_916, "Illegal video", K::Invalid, C::FixYaml),
    (41_000, "IP is blocked", K::PermissionDenied, C::AskPerson),
    (41_001, "Interface is offline", K::Unsupported, C::Nobody),
    (41_002, "Field is retired", K::Unsupported, C::Nobody),
    (50_000, "System error", K::Unavailable, C::RetryLater),
    (50_002, "Service timeout", K::Unavailable, C::RetryLater),
    (51_000, "Internal service error", K::Unavailable, C::RetryLater),
    (51_010, "Internal service timeout", K::Unavailable, C::RetryLater),
    (51_052, "Rule engine error", K::Unavailable, C::RetryLater),
    (51_099, "Internal service error", K::Unavailable, C::RetryLater),
    (51_305, "Internal service error", K::Unavailable, C::RetryLater),
    (52_000, "Storage error", K::Unavailable, C::RetryLater),
    (52_001, "Storage error", K::Unavailable, C::RetryLater),
    (52_003, "Storage error", K::Unavailable, C::RetryLater),
    (52_100, "Storage error", K::Unavailable, C::RetryLater),
    (52_101, "Storage error", K::Unavailable, C::RetryLater),
    (52_103, "Storage error", K::Unavailable, C::RetryLater),
    (52_201, "Storage error", K::Unavailable, C::RetryLater),
    (52_203, "Storage error", K::Unavailable, C::RetryLater),
    (52_204, "Storage error", K::Unavailable, C::RetryLater),
    (53_102, "Storage error", K::Unavailable, C::RetryLater),
    (53_103, "Storage error", K::Unavailable, C::RetryLater),
    (60_001, "Under maintenance", K::Unavailable, C::WaitUntil),
    (61_000, "Too many requests", K::RateLimited, C::WaitUntil),
    (40_002, "Something else", K::Invalid, C::FixYaml),
];

fn answer(status: u16, body: &str) -> Answer {
    Answer { status, headers: BTreeMap::new(), body: Bytes::copy_from_slice(body.as_bytes()) }
}

fn of_body(code: i64, message: &str) -> PlatformError {
    let body = serde_json::json!({"code": code, "message": message,
        "request_id": "2026112010000001017409621402B3C8", "data": {}});
    of_answer(&answer(200, &body.to_string())).unwrap()
}

#[test]
fn success_has_code_zero() {
    assert_eq!(of_answer(&answer(200, r#"{"code":0,"message":"OK","request_id":"1","data":{}}"#)), None);
}

#[test]
fn every_code_has_a_kind_a_class_and_a_message() {
    for (code, message, kind, class) in CASES {
        let error = of_body(code, message);
        assert_eq!((error.kind, error.retry), (kind, class.retry()), "{code}");
        assert_eq!(error.code, Some(code.to_string()));
        assert_eq!(error.request_id.as_deref(), Some("2026112010000001017409621402B3C8"));
        assert!(error.message.contains(message.trim_end_matches('.')), "{code}: {error}");
        let row = codes::row(code).unwrap();
        assert_eq!(row.class, class, "{code}");
        // The everyday refusal says it all by itself.
        assert!(row.means.is_some() || matches!(code, 40_000 | 40_002), "{code}");
    }
    let unknown = of_body(99_999, "New");
    assert_eq!((unknown.kind, unknown.retry), (ErrorKind::Unexpected, Retry::Never));
}

#[test]
fn what_a_person_must_do_is_said() {
    let said = |code, message| of_body(code, message).message;
    assert!(said(40_118, "dayparting: It requires an allowlist.").contains("TikTok representative"));
    assert!(
        said(40_105, "Access token is incorrect or has been revoked.")
            .contains("authorise the app once more")
    );
    assert!(said(40_131, "Scope is not authorized").contains("authorise the app with it"));
    assert!(said(40_065, "age_groups: AGE_13_17").contains("min: 18"));
}

#[test]
fn rules_of_budgets_are_explained() {
    let low = of_body(40_002, "budget: The budget must be at least 105% of the current spend (33.10).");
    assert!(low.message.contains("33.10") && low.message.contains("wait for tomorrow"), "{low}");
    assert_eq!(low.field.unwrap().as_str(), "budget");
    let late = of_body(40_002, "scheduled_budget: It cannot be updated between 23:55 and 00:00.");
    assert!(late.message.contains("run it again after 00:10"), "{late}");
}

#[test]
fn statuses_mean_that_the_api_was_not_reached() {
    assert_eq!(of_answer(&answer(404, "404 page not found")).unwrap().kind, ErrorKind::Unsupported);
    assert_eq!(of_answer(&answer(502, "")).unwrap().kind, ErrorKind::Unavailable);
    assert_eq!(of_answer(&answer(429, "")).unwrap().kind, ErrorKind::RateLimited);
    assert_eq!(of_answer(&answer(200, "<html>")).unwrap().kind, ErrorKind::Unexpected);
}

#[test]
fn messages_name_the_field() {
    let field = |message: &str| of_body(40_002, message).field.map(|path| path.to_string());
    assert_eq!(field("budget: must be at least 50.").as_deref(), Some("budget"));
    assert_eq!(field("conversion_bid_price: must be below").as_deref(), Some("bidding.amount"));
    assert_eq!(field("excluded_audience_ids overlap").as_deref(), Some("targeting.audiences.exclude"));
    assert_eq!(field("creatives.0.music_id: Required").as_deref(), Some("creative.music"));
    assert_eq!(field("page_list: Required").as_deref(), Some("creative.leadForm"));
    assert_eq!(field("Something else"), None);
}
