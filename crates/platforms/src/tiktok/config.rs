//! Where the API is and what the credentials hold.

use adplane_core::address::Platform;
use adplane_engine::error::{ErrorKind, PlatformError, Retry};
use adplane_engine::port::AccountConnection;
use secrecy::SecretString;

use super::auth;

/// The vendor's own root (tiktok-ads.md §1).
const ROOT: &str = "https://business-api.tiktok.com";
/// The only live version.
pub(crate) const API_VERSION: &str = "v1.3";

/// How to reach one advertiser.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    /// `<root>/open_api/v1.3`, without a slash at the end.
    base: String,
    /// The advertiser.
    pub advertiser: String,
    /// Whether the root is the vendor's own: then we keep to its published limits by ourselves.
    pub is_vendor: bool,
    /// The credentials.
    pub credentials: Credentials,
}

/// `{access_token, app_id?, secret?}`; TikTok's tokens do not refresh.
///
/// The app's secret would only be needed to make or revoke tokens, which is not ours to do.
#[derive(Debug, Clone)]
pub(crate) struct Credentials {
    /// The token of the advertiser's consent.
    pub access_token: SecretString,
    /// The developer app.
    pub app_id: Option<String>,
}

impl Config {
    /// Reads a connection.
    ///
    /// # Errors
    /// When the credentials are not the documented JSON object.
    pub(crate) fn new(connection: &AccountConnection) -> Result<Self, PlatformError> {
        let root = connection.endpoint.as_deref().unwrap_or(ROOT).trim_end_matches('/');
        Ok(Self {
            base: format!("{root}/open_api/{API_VERSION}"),
            advertiser: connection.account_id.to_string(),
            is_vendor: root == ROOT,
            credentials: auth::parse(&connection.credentials).map_err(|because| {
                PlatformError::new(
                    ErrorKind::Unauthenticated,
                    Retry::Never,
                    Platform::TikTok,
                    "connect",
                    format!(
                        "the credentials are not the JSON object `{{\"access_token\": \"…\"}}`: {because}"
                    ),
                )
                .account(connection.account_id.as_str())
            })?,
        })
    }

    /// The URL of a path such as `/campaign/get/`; the slash at its end is part of it.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
}

#[cfg(test)]
mod tests {
    use adplane_core::address::AccountKey;
    use adplane_core::ids::{AccountId, Namespace, ObjectName};
    use adplane_core::money::Currency;
    use adplane_core::time::Zone;

    use super::*;

    fn connection(endpoint: Option<&str>, credentials: &str) -> AccountConnection {
        AccountConnection {
            key: AccountKey {
                namespace: Namespace::default_namespace(),
                name: ObjectName::new("tiktok-eu").unwrap(),
            },
            platform: Platform::TikTok,
            account_id: AccountId::new("7000000000000000001").unwrap(),
            currency: Currency::EUR,
            zone: Zone::utc(),
            endpoint: endpoint.map(str::to_owned),
            token_endpoint: None,
            login_customer_id: None,
            credentials: SecretString::from(credentials.to_owned()),
        }
    }

    #[test]
    fn the_root_can_be_overridden() {
        let token = r#"{"access_token":"t"}"#;
        let vendor = Config::new(&connection(None, token)).unwrap();
        assert_eq!(
            vendor.url("/campaign/get/"),
            "https://business-api.tiktok.com/open_api/v1.3/campaign/get/"
        );
        assert!(vendor.is_vendor);
        let sandbox = Config::new(&connection(Some("http://127.0.0.1:9440/tiktok/"), token)).unwrap();
        assert_eq!(sandbox.url("/ad/get/"), "http://127.0.0.1:9440/tiktok/open_api/v1.3/ad/get/");
        assert!(!sandbox.is_vendor);
    }

    #[test]
    fn bad_credentials_are_explained_without_showing_them() {
        let error = Config::new(&connection(None, r#"{"token":"hush-hush"}"#)).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unauthenticated);
        assert!(error.message.contains("access_token"), "{error}");
        assert!(!error.to_string().contains("hush-hush"), "{error}");
        assert!(Config::new(&connection(None, "nonsense")).is_err());
    }
}
