//! Where Meta is reached, and with which credentials (design §4).

use adplane_core::address::Platform;
use adplane_core::ids::AccountId;
use adplane_engine::error::{ErrorKind, PlatformError, Retry};
use adplane_engine::port::AccountConnection;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};

/// The version that every call names; without one the app's own default would apply (meta-ads.md §1.1).
pub(super) const VERSION: &str = "v26.0";
const ROOT: &str = "https://graph.facebook.com";
/// Video bytes go to a host of their own (meta-ads.md §9).
const VIDEO_ROOT: &str = "https://graph-video.facebook.com";

/// URLs of one account.
#[derive(Debug, Clone)]
pub(super) struct Endpoint {
    root: String,
    video_root: String,
    account: AccountId,
}

impl Endpoint {
    /// From an account's connection.
    pub(super) fn of(connection: &AccountConnection) -> Self {
        let own = connection.endpoint.as_deref().map(|root| root.trim_end_matches('/').to_owned());
        Self {
            video_root: own.clone().unwrap_or_else(|| VIDEO_ROOT.to_owned()),
            root: own.unwrap_or_else(|| ROOT.to_owned()),
            account: connection.account_id.clone(),
        }
    }

    /// The account's id.
    pub(super) fn account_id(&self) -> &AccountId {
        &self.account
    }

    /// A node, or any path below the version.
    pub(super) fn node(&self, id: &str) -> String {
        format!("{}/{VERSION}/{id}", self.root)
    }

    /// The account.
    pub(super) fn account(&self) -> String {
        self.node(&format!("act_{}", self.account))
    }

    /// An edge of the account.
    pub(super) fn edge(&self, edge: &str) -> String {
        format!("{}/{edge}", self.account())
    }

    /// Where videos are uploaded.
    pub(super) fn videos(&self) -> String {
        format!("{}/{VERSION}/act_{}/advideos", self.video_root, self.account)
    }
}

/// The credentials document: `{"access_token": "…", "app_secret": "…"}`, the secret where the app asks for
/// proofs.
#[derive(Deserialize)]
pub(super) struct Credentials {
    #[serde(deserialize_with = "secret")]
    pub(super) access_token: SecretString,
    #[serde(default, deserialize_with = "optional_secret")]
    pub(super) app_secret: Option<SecretString>,
}

impl Credentials {
    /// Reads the document.
    ///
    /// # Errors
    /// When it has another form; the message never holds any of it.
    pub(super) fn parse(connection: &AccountConnection) -> Result<Self, PlatformError> {
        Self::read(connection.credentials.expose_secret()).map_err(|message| {
            PlatformError::new(ErrorKind::Unauthenticated, Retry::Never, Platform::Meta, "connect", message)
                .account(connection.account_id.as_str())
        })
    }

    fn read(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            format!(
                "the credentials are not `{{\"access_token\": \"…\"}}` as JSON (line {line}, column {column})"
            )
        })
    }
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(SecretString::from)
}

fn optional_secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    Option::<String>::deserialize(deserializer).map(|text| text.map(SecretString::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_credentials_are_told_without_showing_them() {
        let message = Credentials::read(r#"{"access_token": ["sample-token"]}"#).err().unwrap();
        assert!(message.contains("column") && !message.contains("sample"), "{message}");
        assert!(Credentials::read(r#"{"access_token": "t", "app_secret": null}"#).is_ok());
    }
}
