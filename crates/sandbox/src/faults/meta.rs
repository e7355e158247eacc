//! Meta's answers to faults (platforms/meta-ads.md §14, §15).

use serde_json::{Value, json};

use super::Kind;
use crate::http::{Request, Response};

pub(super) fn answer(kind: Kind, request: &Request, wait_seconds: u64, seq: u64) -> Response {
    let trace = format!("AsandboxFault{seq}");
    match kind {
        Kind::ExpiredToken => error(
            401,
            &json!({
                "message": "Error validating access token: Session has expired.",
                "type": "OAuthException",
                "code": 190,
                "error_subcode": 463,
                "fbtrace_id": trace,
            }),
        ),
        Kind::Refused => error(
            400,
            &json!({
                "message": "Invalid parameter",
                "type": "OAuthException",
                "is_transient": false,
                "code": 100,
                "fbtrace_id": trace,
            }),
        ),
        Kind::RateLimit => throttle(request, wait_seconds, &trace),
        _ => error(
            500,
            &json!({
                "message": "Service temporarily unavailable",
                "type": "OAuthException",
                "is_transient": true,
                "code": 2,
                "fbtrace_id": trace,
            }),
        ),
    }
}

/// The limit that a call of this kind meets: insights have their own quota, calls under an account use up its
/// score, and calls on a node the number of calls for the account.
fn throttle(request: &Request, wait_seconds: u64, trace: &str) -> Response {
    let account = account_of(&request.path);
    let (code, subcode, message) = if request.path.trim_end_matches('/').ends_with("/insights") {
        (80_000, None, "(#80000) There have been too many calls from this ad-account.")
    } else if account.is_some() {
        (17, Some(2_446_079), "(#17) User request limit reached")
    } else {
        (613, Some(1_487_742), "(#613) Calls to this api have exceeded the rate limit.")
    };
    let mut body = json!({"message": message, "type": "OAuthException", "code": code, "fbtrace_id": trace});
    if let Some(subcode) = subcode {
        body["error_subcode"] = json!(subcode);
    }
    // Named in minutes, where less than one is none.
    let minutes = if wait_seconds < 60 { 0 } else { wait_seconds.div_ceil(60) };
    let usage = json!({
        account.unwrap_or("0"): [{
            "type": if code == 80_000 { "ads_insights" } else { "ads_management" },
            "call_count": 100,
            "total_cputime": 20,
            "total_time": 20,
            "estimated_time_to_regain_access": minutes,
            "ads_api_access_tier": "standard_access",
        }]
    });
    let score = json!({
        "acc_id_util_pct": 100,
        "reset_time_duration": wait_seconds,
        "ads_api_access_tier": "standard_access",
    });
    error(400, &body)
        .with_header("x-business-use-case-usage", usage.to_string())
        .with_header("x-ad-account-usage", score.to_string())
}

fn account_of(path: &str) -> Option<&str> {
    path.split('/').find_map(|part| part.strip_prefix("act_"))
}

fn error(status: u16, error: &Value) -> Response {
    Response::json(status, &json!({"error": error}))
}
