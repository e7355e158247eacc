//! TikTok's answers to faults (platforms/tiktok-ads.md §2, §3).

use serde_json::json;

use super::Kind;
use crate::http::Response;

pub(super) fn answer(kind: Kind, seq: u64) -> Response {
    let (code, message) = match kind {
        Kind::Refused => (40_002, "Invalid value for a parameter."),
        Kind::RateLimit => (40_100, "Too many requests. Please retry in some time."),
        Kind::ExpiredToken => (40_102, "Access token is expired."),
        // A gateway's error never reached the API, so it comes without the envelope.
        _ => return Response::text(500, "Internal Server Error"),
    };
    let log_id = format!("20260101000000{seq:018}");
    let body = json!({"code": code, "message": message, "request_id": log_id, "data": {}});
    Response::json(200, &body).with_header("x-tt-logid", log_id)
}
