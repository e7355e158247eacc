//! Google's answers to faults (platforms/google-ads.md §1, §5).

use serde_json::{Value, json};

use super::Kind;
use crate::http::{Request, Response};

pub(super) fn answer(kind: Kind, request: &Request, wait_seconds: u64, seq: u64) -> Response {
    let request_id = format!("sandbox-fault-{seq}");
    let token_endpoint = request.path.trim_end_matches('/') == "/token";
    let response = match kind {
        Kind::ExpiredToken if token_endpoint => {
            let text = "Token has been expired or revoked.";
            Response::json(400, &json!({"error": "invalid_grant", "error_description": text}))
        }
        Kind::ExpiredToken => failure(
            (401, "UNAUTHENTICATED", "Request had invalid authentication credentials."),
            &json!({
                "errorCode": {"authenticationError": "OAUTH_TOKEN_EXPIRED"},
                "message": "The access token has expired.",
            }),
            &request_id,
        ),
        Kind::RateLimit => failure(
            (429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."),
            &json!({
                "errorCode": {"quotaError": "RESOURCE_TEMPORARILY_EXHAUSTED"},
                "message": format!("Too many requests. Retry in {wait_seconds} seconds."),
                "details": {"quotaErrorDetails": {
                    "rateScope": "ACCOUNT",
                    "rateName": "Number of operations",
                    "retryDelay": format!("{wait_seconds}s"),
                }},
            }),
            &request_id,
        ),
        Kind::Refused => failure(
            (400, "INVALID_ARGUMENT", "Request contains an invalid argument."),
            &json!({
                "errorCode": {"rangeError": "TOO_LOW"},
                "message": "Too low.",
            }),
            &request_id,
        ),
        _ => failure(
            (500, "INTERNAL", "Internal error encountered."),
            &json!({
                "errorCode": {"internalError": "INTERNAL_ERROR"},
                "message": "An internal error has occurred.",
            }),
            &request_id,
        ),
    };
    response.with_header("request-id", request_id)
}

fn failure((code, status, message): (u16, &str, &str), error: &Value, request_id: &str) -> Response {
    Response::json(
        code,
        &json!({"error": {"code": code, "message": message, "status": status, "details": [{
            "@type": "type.googleapis.com/google.ads.googleads.v26.errors.GoogleAdsFailure",
            "errors": [error],
            "requestId": request_id,
        }]}}),
    )
}
