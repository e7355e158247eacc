//! Messages by HTTP: signed `CloudEvents`, and Slack's form.

use std::time::Duration;

use adplane_core::time::Zone;
use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use url::Url;

use super::super::cloud::{SIGNATURE_HEADER, body, sign};
use super::super::outbox::Delivery;
use super::super::render::Letter;
use super::{ATTEMPT, Refusal, SendError};

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// The header that carries the id of a message.
const DELIVERY_HEADER: &str = "adplane-delivery";

/// An address that messages are posted to.
pub struct Hook {
    url: SecretString,
    host: String,
    client: Client,
}

impl Hook {
    pub(super) fn new(url: &SecretString) -> Result<Self, SendError> {
        // An error of the parser may hold the address.
        let read = Url::parse(url.expose_secret())
            .ok()
            .filter(|read| matches!(read.scheme(), "https" | "http") && read.has_host())
            .ok_or_else(|| SendError::down("the webhook's `url` is not a web address"))?;
        let local = match read.host() {
            Some(url::Host::Domain(name)) => name == "localhost",
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        if read.scheme() == "http" && !local {
            return Err(SendError::down("the webhook's `url` begins with `http://`: write `https://`"));
        }
        let _ = rustls::crypto::ring::default_provider().install_default();
        // What is signed for one host is not handed on to another.
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT)
            .timeout(ATTEMPT)
            .user_agent(concat!("adplane/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|_| SendError::down("no HTTP client can be made on this machine"))?;
        let host = read.host_str().unwrap_or_default().to_owned();
        Ok(Self { url: url.clone(), host, client })
    }

    /// The host of the address.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// Posts `CloudEvents` with a signature of now.
    pub(super) async fn signed(
        &self,
        delivery: &Delivery,
        secret: &SecretString,
        now: Timestamp,
    ) -> Result<(), SendError> {
        let (body, content_type) = body(&delivery.events);
        let signature = sign(secret.expose_secret(), now, &body);
        let request = self
            .client
            .post(self.url.expose_secret())
            .header(CONTENT_TYPE, content_type)
            .header(DELIVERY_HEADER, &delivery.id)
            .header(SIGNATURE_HEADER, signature)
            .body(body);
        self.answered(request.send().await, now)
    }

    /// Posts text in Slack's form.
    pub(super) async fn slack(
        &self,
        delivery: &Delivery,
        zone: &Zone,
        now: Timestamp,
    ) -> Result<(), SendError> {
        let letter = Letter { events: &delivery.events, zone };
        let body = json!({ "text": letter.slack(), "unfurl_links": false, "unfurl_media": false });
        let request = self.client.post(self.url.expose_secret()).header(DELIVERY_HEADER, &delivery.id);
        self.answered(request.json(&body).send().await, now)
    }

    fn answered(&self, answer: reqwest::Result<Response>, now: Timestamp) -> Result<(), SendError> {
        let answer = answer.map_err(|error| self.unreachable(error))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        let refusal = match status {
            StatusCode::GONE => Refusal::Gone,
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => {
                Refusal::Down
            }
            status if status.is_server_error() => Refusal::Down,
            _ => Refusal::Refused,
        };
        // The body of an answer is not shown: it may repeat the address.
        let mut error = SendError::new(refusal, format!("{} answered {}", self.host, status.as_u16()));
        let asked = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        error.retry_after = asked.and_then(|text| wait(text, now));
        Err(error)
    }

    fn unreachable(&self, error: reqwest::Error) -> SendError {
        if error.is_timeout() {
            return SendError::down(format!("{} did not answer in {} s", self.host, ATTEMPT.as_secs()));
        }
        let error = error.without_url();
        let mut cause: &dyn std::error::Error = &error;
        while let Some(next) = cause.source() {
            cause = next;
        }
        SendError::down(format!("{} cannot be reached: {cause}", self.host))
    }
}

/// What `Retry-After` asks for: seconds, or a date.
fn wait(text: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::parse(text.trim()).ok()?.timestamp();
    Duration::try_from(at.duration_since(now)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receivers_may_ask_for_seconds_or_a_date() {
        let now: Timestamp = "2026-03-02T10:00:00Z".parse().unwrap();
        assert_eq!(wait("120", now), Some(Duration::from_mins(2)));
        assert_eq!(wait("Mon, 02 Mar 2026 10:05:00 GMT", now), Some(Duration::from_mins(5)));
        assert_eq!(wait("Mon, 02 Mar 2026 09:00:00 GMT", now), None, "it is over");
        assert_eq!(wait("soon", now), None);
    }

    #[test]
    fn an_address_that_cannot_be_used_is_not_shown() {
        for url in ["not an address", "ftp://x.example/s3cret", "http://x.example/s3cret"] {
            let error = Hook::new(&SecretString::from(url.to_owned())).err().unwrap();
            assert!(!error.message.contains("s3cret"), "{error}");
        }
        let hook = Hook::new(&SecretString::from("https://hooks.slack.example/T/B/s3cret".to_owned())).ok();
        assert_eq!(hook.unwrap().host(), "hooks.slack.example");
    }
}
