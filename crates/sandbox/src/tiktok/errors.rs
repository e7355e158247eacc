//! The answer envelope and its codes (TikTok API for Business v1.3, "Return codes").
//!
//! An application error is HTTP 200 with a code; only an unknown path is an HTTP error.

use serde_json::{Value, json};

use crate::http::Response;
use crate::world::{Vendor, World};

use super::clock;

/// Invalid parameter: the everyday refusal.
pub(super) const INVALID: u32 = 40_002;
/// No permission for this object or account.
pub(super) const NO_PERMISSION: u32 = 40_001;
/// The object does not exist.
pub(super) const NOT_FOUND: u32 = 40_007;
/// Too many ids in one request.
pub(super) const TOO_MANY_IDS: u32 = 40_011;
/// The request was sent before.
pub(super) const DUPLICATE_REQUEST: u32 = 40_050;
/// The video id is unknown.
pub(super) const INVALID_VIDEO: u32 = 40_053;
/// The access token has expired.
pub(super) const TOKEN_EXPIRED: u32 = 40_102;
/// No access token was sent.
pub(super) const TOKEN_MISSING: u32 = 40_104;
/// The access token is not valid.
pub(super) const TOKEN_INVALID: u32 = 40_105;
/// The feature needs an allowlisted account.
pub(super) const NEEDS_ALLOWLIST: u32 = 40_118;
/// Two writes at once on one object.
pub(super) const WRITE_CONFLICT: u32 = 40_202;
/// The ad group is full.
pub(super) const TOO_MANY_ADS: u32 = 40_502;
/// A check inside the platform failed.
pub(super) const INTERNAL: u32 = 40_700;
/// The md5 sent differs from that of the bytes.
pub(super) const MD5_DIFFERS: u32 = 40_900;
/// The file behind a URL cannot be reached.
pub(super) const URL_UNAVAILABLE: u32 = 40_903;
/// The image is not readable.
pub(super) const ILLEGAL_IMAGE: u32 = 40_904;
/// No file was sent.
pub(super) const FILE_MISSING: u32 = 40_905;
/// The file has no bytes.
pub(super) const FILE_EMPTY: u32 = 40_906;
/// The file is larger than allowed.
pub(super) const FILE_TOO_LARGE: u32 = 40_907;
/// A file of that name exists.
pub(super) const DUPLICATE_NAME: u32 = 40_911;

/// Why a request was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The vendor's code.
    pub code: u32,
    /// The only field-level detail a client gets.
    pub message: String,
}

impl Refusal {
    /// A refusal with a code.
    pub(super) fn new(code: u32, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// A refusal for a wrong parameter.
pub(super) fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new(INVALID, message)
}

/// Refuses with 40002 unless the condition holds.
pub(super) fn ensure(condition: bool, message: impl FnOnce() -> String) -> Result<(), Refusal> {
    if condition { Ok(()) } else { Err(invalid(message())) }
}

/// Refuses every other item, counted from the last, of a request that met a `partial` fault.
pub(super) fn fault(world: &World, from_last: usize) -> Result<(), Refusal> {
    if world.fault_partial(Vendor::Tiktok) && from_last.is_multiple_of(2) {
        return Err(Refusal::new(INTERNAL, "Internal service error, please try again."));
    }
    Ok(())
}

/// A successful answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Answer {
    /// `0`, or `20001` when a part failed.
    pub code: u32,
    /// `OK`, or what failed.
    pub message: String,
    /// The `data` member.
    pub data: Value,
    /// Whether something was stored.
    pub wrote: bool,
}

impl Answer {
    /// An answer that stored nothing.
    pub(super) fn read(data: Value) -> Self {
        Self { code: 0, message: "OK".into(), data, wrote: false }
    }

    /// An answer after something was stored.
    pub(super) fn wrote(data: Value) -> Self {
        Self { wrote: true, ..Self::read(data) }
    }
}

/// What an endpoint gives back.
pub(super) type Outcome = Result<Answer, Refusal>;

/// Wraps an outcome in the envelope, with the log id in body and headers.
pub(super) fn envelope(world: &mut World, outcome: Outcome) -> Response {
    let log_id = log_id(world);
    let (code, message, data, wrote) = match outcome {
        Ok(answer) => (answer.code, answer.message, answer.data, answer.wrote),
        Err(refusal) => (refusal.code, refusal.message, json!({}), false),
    };
    let body = json!({"code": code, "message": message, "request_id": log_id, "data": data});
    let response = Response::json(200, &body).with_header("X-TT-LOGID", log_id.clone());
    let response = response.with_header("x-tt-trace-id", format!("00-{log_id}-00"));
    if wrote { response.wrote() } else { response }
}

/// The next log id: the instant and a running number.
fn log_id(world: &mut World) -> String {
    let stamp = clock::compact(world.now);
    let notes = world.notes.entry(Vendor::Tiktok).or_default();
    let number = notes.get("requests").and_then(Value::as_u64).unwrap_or(0) + 1;
    notes.insert("requests".into(), number.into());
    format!("{stamp}{number:018X}")
}
