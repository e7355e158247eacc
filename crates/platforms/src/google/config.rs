//! Where Google Ads is, which version is spoken, and what the credentials look like.

use adplane_core::address::Platform;
use adplane_engine::error::{ErrorKind, PlatformError, Retry};
use adplane_engine::port::AccountConnection;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::auth::ServiceAccount;

/// The API version in every path.
pub(super) const VERSION: &str = "v26";
const ROOT: &str = "https://googleads.googleapis.com";
const TOKEN_ENDPOINT: &str = "https://oauth2.googleapis.com/token";

/// Roots and ids of one account.
#[derive(Debug, Clone)]
pub(super) struct Config {
    /// The root with its version, without a slash at the end.
    pub(super) root: String,
    /// Where tokens are refreshed.
    pub(super) token_endpoint: String,
    /// Ten digits.
    pub(super) customer: String,
    /// The manager through which access was granted, digits only.
    pub(super) login_customer: Option<String>,
}

impl Config {
    /// Reads a connection.
    pub(super) fn new(connection: &AccountConnection) -> Self {
        let endpoint = connection.endpoint.as_deref().map(|text| text.trim_end_matches('/'));
        let token_endpoint = match (&connection.token_endpoint, endpoint) {
            (Some(endpoint), _) => endpoint.clone(),
            (None, Some(endpoint)) if endpoint != ROOT => format!("{endpoint}/token"),
            (None, _) => TOKEN_ENDPOINT.to_owned(),
        };
        Self {
            root: format!("{}/{VERSION}", endpoint.unwrap_or(ROOT)),
            token_endpoint,
            customer: connection.account_id.as_str().to_owned(),
            login_customer: connection
                .login_customer_id
                .as_ref()
                .map(|id| id.chars().filter(char::is_ascii_digit).collect()),
        }
    }

    /// A resource name of this account: `customers/1/campaigns/2` from `campaigns/2`.
    pub(super) fn resource(&self, id: &str) -> String {
        format!("customers/{}/{id}", self.customer)
    }
}

/// What the credentials hold.
#[derive(Debug)]
pub(super) enum Credentials {
    /// An access token, used until it expires.
    AccessToken(SecretString),
    /// What a fresh access token is made from.
    Refresh(RefreshCredentials),
    /// Whose assertions fresh access tokens are made from.
    ServiceAccount(ServiceAccount),
}

/// An OAuth client and its refresh token.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct RefreshCredentials {
    pub(super) client_id: String,
    pub(super) client_secret: SecretText,
    pub(super) refresh_token: SecretText,
}

/// A secret read from JSON.
#[derive(Debug, Clone)]
pub(super) struct SecretText(pub(super) SecretString);

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(SecretString::from(text)))
    }
}

#[derive(Deserialize)]
struct Stored {
    access_token: Option<SecretText>,
    client_id: Option<String>,
    client_secret: Option<SecretText>,
    refresh_token: Option<SecretText>,
    service_account: Option<ServiceAccount>,
}

/// Reads the credentials' JSON object.
///
/// # Errors
/// When it is no such object. The text itself is never shown.
pub(super) fn credentials(secret: &SecretString) -> Result<Credentials, PlatformError> {
    let refuse = |kind, message: &str| {
        PlatformError::new(kind, Retry::Never, Platform::Google, "read the credentials", message)
    };
    let stored: Stored = serde_json::from_str(secret.expose_secret()).map_err(|_| {
        refuse(
            ErrorKind::Unauthenticated,
            "they are not a JSON object with `client_id`, `client_secret` and `refresh_token`, with `service_account` (Google's key file), or with `access_token`",
        )
    })?;
    match stored {
        Stored {
            client_id: Some(client_id),
            client_secret: Some(client_secret),
            refresh_token: Some(refresh_token),
            ..
        } => Ok(Credentials::Refresh(RefreshCredentials { client_id, client_secret, refresh_token })),
        Stored { access_token: Some(SecretText(token)), .. } => Ok(Credentials::AccessToken(token)),
        Stored { service_account: Some(account), .. } => Ok(Credentials::ServiceAccount(account)),
        _ => Err(refuse(
            ErrorKind::Unauthenticated,
            "they need `client_id`, `client_secret` and `refresh_token`, or `service_account`, or `access_token`",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_each_form() {
        let read = |text: &str| credentials(&SecretString::from(text));
        assert!(matches!(read(r#"{"access_token":"t"}"#), Ok(Credentials::AccessToken(_))));
        let refresh = r#"{"client_id":"c","client_secret":"s","refresh_token":"r"}"#;
        assert!(matches!(read(refresh), Ok(Credentials::Refresh(_))));
        let account = r#"{"service_account":{"type":"service_account","client_email":"a@b.example","private_key":"k"}}"#;
        assert!(matches!(read(account), Ok(Credentials::ServiceAccount(_))));
        assert_eq!(read(r#"{"service_account":{}}"#).unwrap_err().kind, ErrorKind::Unauthenticated);
        assert_eq!(read(r#"{"client_id":"c"}"#).unwrap_err().kind, ErrorKind::Unauthenticated);
    }

    #[test]
    fn never_shows_the_text() {
        let error = credentials(&SecretString::from("hush-hush")).unwrap_err();
        assert!(!format!("{error:?}").contains("hush-hush"));
        let parsed = credentials(&SecretString::from(r#"{"access_token":"hush-hush"}"#)).unwrap();
        assert!(!format!("{parsed:?}").contains("hush-hush"));
    }
}
