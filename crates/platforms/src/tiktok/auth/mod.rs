//! The token and the session that sends calls with it.

mod limiter;
mod session;

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

pub(crate) use session::Session;

use super::config::Credentials;
use crate::http::Credential;

/// Reads the credentials; the message never repeats their content.
pub(crate) fn parse(credentials: &SecretString) -> Result<Credentials, String> {
    #[derive(serde::Deserialize)]
    struct Plain {
        access_token: String,
        #[serde(default)]
        app_id: Option<String>,
    }
    serde_json::from_str(credentials.expose_secret())
        .map(|Plain { access_token, app_id }| Credentials { access_token: access_token.into(), app_id })
        .map_err(|error| {
            if error.is_data() {
                "`access_token` is missing or not a text".to_owned()
            } else {
                "it is not JSON".to_owned()
            }
        })
}

/// The header that carries the token: `Access-Token`, without any prefix (tiktok-ads.md §1).
fn header(credentials: &Credentials) -> Credential {
    Credential::Header { name: "Access-Token", prefix: "", secret: credentials.access_token.clone() }
}

/// What shares one quota: the developer app, or the token where the app is not named. A hash, so that it can
/// be kept without keeping the secret.
fn quota_key(credentials: &Credentials) -> [u8; 32] {
    let shared = credentials.app_id.as_deref().unwrap_or_else(|| credentials.access_token.expose_secret());
    Sha256::digest(shared.as_bytes()).into()
}
