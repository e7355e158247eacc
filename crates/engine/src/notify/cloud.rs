//! What programs get: `CloudEvents` 1.0 as JSON, and the signature that proves where they come from.

use adplane_core::notify::Event;
use data_encoding::HEXLOWER;
use hmac::{Hmac, Mac};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::Sha256;

/// The header that carries time and signature: `t=<seconds since 1970>,v1=<hexadecimal HMAC-SHA256>`.
pub const SIGNATURE_HEADER: &str = "adplane-signature";

/// An event as a `CloudEvent`.
pub fn cloud_event(event: &Event) -> Value {
    let source = match &event.project {
        Some(project) => format!("/adplane/{project}"),
        None => "/adplane".to_owned(),
    };
    let mut cloud = json!({
        "specversion": "1.0",
        "id": event.id,
        "source": source,
        "type": event.kind.cloud_type(),
        "time": event.at.to_string(),
        "datacontenttype": "application/json",
        "data": {
            "severity": event.severity,
            "title": event.title,
            "key": event.key,
            "account": event.account,
            "address": event.address,
            "facts": event.facts,
            "repeats": event.repeats,
        },
    });
    if let Some(pool) = &event.pool {
        cloud["data"]["pool"] = json!(pool);
    }
    if let (Some(subject), Value::Object(fields)) = (event.subject(), &mut cloud) {
        fields.insert("subject".to_owned(), Value::String(subject));
    }
    cloud
}

/// Body and content type of a message: one event, or several as a batch.
pub(super) fn body(events: &[Event]) -> (Vec<u8>, &'static str) {
    match events {
        [event] => {
            (cloud_event(event).to_string().into_bytes(), "application/cloudevents+json; charset=utf-8")
        }
        events => {
            let batch = Value::Array(events.iter().map(cloud_event).collect());
            (batch.to_string().into_bytes(), "application/cloudevents-batch+json; charset=utf-8")
        }
    }
}

/// The value of [`SIGNATURE_HEADER`] for a body sent at a time: an HMAC over `<seconds>.<body>`.
pub fn sign(secret: &str, at: Timestamp, body: &[u8]) -> String {
    let seconds = at.as_second();
    match mac(secret, seconds, body) {
        Some(mac) => format!("t={seconds},v1={}", HEXLOWER.encode(&mac.finalize().into_bytes())),
        // HMAC takes keys of any length.
        None => format!("t={seconds}"),
    }
}

/// Whether a signature is ours and not older (or newer) than a tolerance; what a receiver does.
///
/// The comparison takes the same time wherever the first difference is.
pub fn verify(secret: &str, header: &str, body: &[u8], now: Timestamp, tolerance: SignedDuration) -> bool {
    let part =
        |name: &str| header.split(',').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='));
    let Some(seconds) = part("t").and_then(|text| text.parse::<i64>().ok()) else { return false };
    let Some(given) = part("v1").and_then(|text| HEXLOWER.decode(text.as_bytes()).ok()) else { return false };
    let fresh = Timestamp::from_second(seconds).is_ok_and(|at| now.duration_since(at).abs() <= tolerance);
    fresh && mac(secret, seconds, body).is_some_and(|mac| mac.verify_slice(&given).is_ok())
}

fn mac(secret: &str, seconds: i64, body: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(seconds.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    Some(mac)
}
