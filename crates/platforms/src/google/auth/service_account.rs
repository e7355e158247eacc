//! Access tokens of a service account: a signed assertion instead of a refresh token.
//!
//! Source: google-ads.md §1, RFC 7523 (the flow is Google's standard one; its details are unverified). The
//! account's e-mail address must be a user of the Google Ads account, or `subject` names the user it speaks for.

use adplane_core::address::Platform;
use adplane_engine::error::{ErrorKind, PlatformError, Retry};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use rustls::SignatureScheme;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;

use crate::google::config::SecretText;

const SCOPE: &str = "https://www.googleapis.com/auth/adwords";
/// The longest that Google accepts.
const LIFETIME_SECONDS: i64 = 3_600;

/// What a key file of Google holds, as far as it is needed.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::google) struct ServiceAccount {
    client_email: String,
    private_key: SecretText,
    /// Name of the key, so that Google finds it.
    private_key_id: Option<String>,
    /// The user it speaks for, under domain-wide delegation.
    subject: Option<String>,
}

impl ServiceAccount {
    /// The assertion that an access token is asked with.
    ///
    /// # Errors
    /// When the private key is none, or not of RSA. The key is never shown.
    pub(in crate::google) fn assertion(
        &self,
        token_endpoint: &str,
        now: Timestamp,
    ) -> Result<SecretString, PlatformError> {
        let header = json!({"alg": "RS256", "typ": "JWT", "kid": self.private_key_id});
        let issued = now.as_second();
        let mut claims = json!({
            "iss": self.client_email,
            "scope": SCOPE,
            "aud": token_endpoint,
            "iat": issued,
            "exp": issued + LIFETIME_SECONDS,
        });
        if let Some(subject) = &self.subject {
            claims["sub"] = json!(subject);
        }
        let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let signature = URL_SAFE_NO_PAD.encode(self.sign(signed.as_bytes())?);
        Ok(SecretString::from(format!("{signed}.{signature}")))
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, PlatformError> {
        let SecretText(pem) = &self.private_key;
        let key = PrivateKeyDer::from_pem_slice(pem.expose_secret().as_bytes())
            .map_err(|_| refused("the service account's `private_key` is not a private key in PEM"))?;
        let key = any_supported_type(&key)
            .map_err(|_| refused("the service account's `private_key` cannot be used: is it whole?"))?;
        let signer = key
            .choose_scheme(&[SignatureScheme::RSA_PKCS1_SHA256])
            .ok_or_else(|| refused("the service account's `private_key` is not an RSA key"))?;
        signer.sign(message).map_err(|_| refused("the service account's `private_key` cannot sign"))
    }
}

fn refused(message: &str) -> PlatformError {
    PlatformError::new(
        ErrorKind::Unauthenticated,
        Retry::Never,
        Platform::Google,
        "read the credentials",
        format!("{message}; download a new key file from Google Cloud"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(key: &str) -> ServiceAccount {
        serde_json::from_value(json!({"client_email": "ads@shop.example", "private_key": key})).unwrap()
    }

    #[test]
    fn a_broken_key_is_told_and_never_shown() {
        let now = "2026-11-02T08:00:00Z".parse().unwrap();
        for key in ["hush-hush", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"] {
            let error = account(key).assertion("https://ads.example/token", now).unwrap_err();
            assert!(error.message.contains("private_key"), "{error}");
            assert!(!format!("{error:?} {:?}", account(key)).contains("hush-hush"));
        }
    }
}
