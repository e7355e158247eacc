//! Sends calls of one account: limits, token, envelope, and the vendor's clock.

use std::sync::{Mutex, PoisonError};

use adplane_core::address::Platform;
use adplane_engine::error::{ErrorKind, PlatformError, Retry};
use jiff::Timestamp;
use serde_json::Value as Json;
use tokio::time::{Duration, Instant};

use super::limiter::Limiter;
use super::{header, quota_key};
use crate::http::{Answer, Call, Credential, Http, HttpSettings};
use crate::tiktok::calls;
use crate::tiktok::config::Config;
use crate::tiktok::errors;
use crate::tiktok::wire::Object;

/// A session of one account.
#[derive(Debug)]
pub(crate) struct Session {
    /// Where and as whom.
    pub config: Config,
    http: Http,
    credentials: [Credential; 1],
    limiter: Limiter,
    /// The vendor's clock at the last answer, and when that was on ours.
    clock: Mutex<Option<(Timestamp, Instant)>>,
}

impl Session {
    /// A session; nothing is sent yet.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub(crate) fn new(config: Config, settings: HttpSettings) -> Result<Self, PlatformError> {
        let limiter = if config.is_vendor {
            Limiter::of_app(quota_key(&config.credentials))
        } else {
            Limiter::on_complaint()
        };
        Ok(Self {
            http: Http::new(Platform::TikTok, &config.advertiser, settings)?.receipt("x-tt-logid"),
            credentials: [header(&config.credentials)],
            config,
            limiter,
            clock: Mutex::new(None),
        })
    }

    /// Sends a call; `data` of the answer's envelope.
    ///
    /// # Errors
    /// The classified failure.
    pub(crate) async fn send(&self, call: &Call) -> Result<Json, PlatformError> {
        self.limiter.ready(&call.operation).await;
        let answer = self.http.send(call, &self.credentials, |answer| self.judge(answer)).await?;
        let mut envelope = answer.json().unwrap_or_default();
        Ok(envelope.get_mut("data").map(Json::take).unwrap_or_default())
    }

    /// Sends a call whose `data` is an object.
    ///
    /// # Errors
    /// The classified failure, or an answer of another form.
    pub(crate) async fn object(&self, call: &Call) -> Result<Object, PlatformError> {
        match self.send(call).await? {
            Json::Object(object) => Ok(object),
            other => Err(PlatformError::unexpected(
                Platform::TikTok,
                &call.operation,
                format!(
                    "`data` is not an object but `{}`",
                    other.to_string().chars().take(80).collect::<String>()
                ),
            )
            .account(&self.config.advertiser)),
        }
    }

    /// The bytes behind a URL that the vendor handed out; no token is sent there.
    ///
    /// # Errors
    /// When it does not answer with success.
    pub(crate) async fn bytes(&self, url: &str) -> Result<Vec<u8>, PlatformError> {
        let call = Call::get("download", url);
        let judge = |answer: &Answer| match answer.status {
            200 => Ok(()),
            status => Err(errors::of_status(status, &answer.excerpt())),
        };
        Ok(self.http.send(&call, &[], judge).await?.body.to_vec())
    }

    /// The vendor's clock: what it calls now decides whether a start lies in the past.
    ///
    /// # Errors
    /// When the vendor cannot be asked, or tells no time.
    pub(crate) async fn now(&self) -> Result<Timestamp, PlatformError> {
        if let Some(now) = self.told_time() {
            return Ok(now);
        }
        self.send(&calls::advertiser(&self.config)).await?;
        self.told_time().ok_or_else(|| {
            PlatformError::new(
                ErrorKind::Unexpected,
                Retry::Never,
                Platform::TikTok,
                "clock",
                "the answer has no `Date` header, so a start time cannot be chosen",
            )
            .account(&self.config.advertiser)
        })
    }

    fn told_time(&self) -> Option<Timestamp> {
        let (told, at) = (*self.clock.lock().unwrap_or_else(PoisonError::into_inner))?;
        told.checked_add(at.elapsed()).ok()
    }

    fn judge(&self, answer: &Answer) -> Result<(), PlatformError> {
        if let Some(told) = answer.headers.get("date").and_then(|date| jiff::fmt::rfc2822::parse(date).ok()) {
            *self.clock.lock().unwrap_or_else(PoisonError::into_inner) =
                Some((told.timestamp(), Instant::now()));
        }
        match errors::of_answer(answer) {
            None => {
                self.limiter.praise();
                Ok(())
            }
            Some(mut error) => {
                if error.kind == ErrorKind::RateLimited {
                    let asked = match error.retry {
                        Retry::After(Some(asked)) => asked,
                        _ => Duration::ZERO,
                    };
                    error.retry = Retry::After(Some(asked.max(self.limiter.complain())));
                }
                Err(error)
            }
        }
    }
}
