//! Proving who calls: the access token, and the app's proof of it (meta-ads.md §2).
//!
//! A token that ran out cannot be refreshed from itself, so there is nothing to cache or renew here: an expired
//! one is an error that asks for a new token.

use data_encoding::HEXLOWER;
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use super::config::Credentials;
use crate::http::Credential;

/// What every call carries.
#[derive(Debug, Clone)]
pub(super) struct Auth {
    every_call: Vec<Credential>,
    token: SecretString,
}

impl Auth {
    /// From the credentials document.
    pub(super) fn of(credentials: &Credentials) -> Self {
        let token = credentials.access_token.clone();
        let mut every_call =
            vec![Credential::Header { name: "authorization", prefix: "Bearer ", secret: token.clone() }];
        if let Some(secret) = &credentials.app_secret {
            every_call.push(Credential::Query { name: "appsecret_proof", secret: proof(secret, &token) });
        }
        Self { every_call, token }
    }

    /// What every call carries.
    pub(super) fn credentials(&self) -> &[Credential] {
        &self.every_call
    }

    /// What a question about the token itself carries.
    pub(super) fn about_itself(&self) -> Vec<Credential> {
        let mut credentials = self.every_call.clone();
        credentials.push(Credential::Query { name: "input_token", secret: self.token.clone() });
        credentials
    }
}

/// Lower-case hexadecimal HMAC-SHA256 of the token under the app's secret.
fn proof(secret: &SecretString, token: &SecretString) -> SecretString {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()) else {
        // HMAC takes keys of any length; an empty proof would be refused by the vendor, never accepted.
        return SecretString::default();
    };
    mac.update(token.expose_secret().as_bytes());
    SecretString::from(HEXLOWER.encode(&mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proofs_follow_the_recipe_and_stay_hidden() {
        // RFC 4231, test case 2.
        let shown = proof(&"Jefe".into(), &"what do ya want for nothing?".into());
        assert_eq!(shown.expose_secret(), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        let credentials =
            Credentials { access_token: "sample-token".into(), app_secret: Some("sample-secret".into()) };
        let text = format!("{:?}", Auth::of(&credentials));
        assert!(!text.contains("sample"), "{text}");
    }
}
