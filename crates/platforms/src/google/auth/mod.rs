//! Access tokens: given, or refreshed and kept until shortly before they expire.
//!
//! Source: google-ads.md §1.

mod service_account;

use std::time::Duration;

use adplane_core::address::Platform;
use adplane_engine::clock::Clock;
use adplane_engine::error::{ErrorKind, PlatformError, Retry};
use secrecy::SecretString;
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::calls;
use super::config::{Config, Credentials, SecretText};
use super::errors;
use crate::http::{Call, Credential, Http};

pub(super) use service_account::ServiceAccount;

/// Refreshing this long before expiry keeps a long call from outliving its token.
const MARGIN: Duration = Duration::from_mins(5);

/// The tokens of one account.
#[derive(Debug)]
pub(super) struct Tokens {
    credentials: Credentials,
    current: Mutex<Option<Current>>,
}

#[derive(Debug, Clone)]
struct Current {
    token: SecretString,
    until: Instant,
    scopes: Vec<String>,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: SecretText,
    #[serde(default)]
    expires_in: u64,
    #[serde(default)]
    scope: String,
}

impl Tokens {
    /// Tokens made from credentials.
    pub(super) fn new(credentials: Credentials) -> Self {
        Self { credentials, current: Mutex::new(None) }
    }

    /// The header that authorises a call, refreshed when needed.
    pub(super) async fn credential(&self, config: &Config, http: &Http) -> Result<Credential, PlatformError> {
        let secret = match &self.credentials {
            Credentials::AccessToken(token) => token.clone(),
            Credentials::Refresh(_) | Credentials::ServiceAccount(_) => {
                self.refreshed(config, http).await?.token
            }
        };
        Ok(Credential::Header { name: "authorization", prefix: "Bearer ", secret })
    }

    /// Scopes that the last refresh was granted; empty for a given token, which does not tell.
    pub(super) async fn scopes(&self) -> Vec<String> {
        self.current.lock().await.as_ref().map(|current| current.scopes.clone()).unwrap_or_default()
    }

    /// Forgets the token after the vendor called it expired; whether a fresh one can be made.
    pub(super) async fn forget(&self) -> bool {
        *self.current.lock().await = None;
        !matches!(self.credentials, Credentials::AccessToken(_))
    }

    /// The lock is held over the refresh, so that many calls at once make one refresh.
    async fn refreshed(&self, config: &Config, http: &Http) -> Result<Current, PlatformError> {
        let mut slot = self.current.lock().await;
        if let Some(current) = slot.as_ref().filter(|current| Instant::now() + MARGIN < current.until) {
            return Ok(current.clone());
        }
        let call = self.token_call(config)?;
        let answer = http.send(&call, &[], errors::check_token).await?;
        let answer: TokenAnswer = serde_json::from_slice(&answer.body).map_err(|_| {
            PlatformError::new(
                ErrorKind::Unexpected,
                Retry::Never,
                Platform::Google,
                &call.operation,
                "the answer holds no access token",
            )
        })?;
        let current = Current {
            token: answer.access_token.0,
            until: Instant::now() + Duration::from_secs(answer.expires_in),
            scopes: answer.scope.split_whitespace().map(str::to_owned).collect(),
        };
        *slot = Some(current.clone());
        Ok(current)
    }

    /// The call that makes a fresh token. Google compares an assertion with its own clock, which is the
    /// machine's as far as anybody knows.
    fn token_call(&self, config: &Config) -> Result<Call, PlatformError> {
        match &self.credentials {
            Credentials::Refresh(refresh) => Ok(calls::refresh(config, refresh)),
            Credentials::ServiceAccount(account) => {
                let assertion = account.assertion(&config.token_endpoint, Clock::System.now())?;
                Ok(calls::assert(config, assertion))
            }
            Credentials::AccessToken(_) => Err(PlatformError::new(
                ErrorKind::Unauthenticated,
                Retry::Never,
                Platform::Google,
                "token refresh",
                "a given access token cannot be refreshed",
            )),
        }
    }
}
