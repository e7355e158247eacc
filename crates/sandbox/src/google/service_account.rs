//! The sandbox's own service account: tokens for signed assertions (google-ads.md §1; details unverified).
//!
//! Its key file is known to everybody and served at `GET /_sandbox/service-account`, for practice. Times are only
//! compared with each other, because the sandbox's clock may be another one than the caller's.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use serde_json::Value;

/// The grant type of an assertion (RFC 7523).
pub(super) const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

const KEY_FILE: &str = include_str!("service-account.json");
const SCOPE: &str = "https://www.googleapis.com/auth/adwords";
const LONGEST_SECONDS: i64 = 3_600;

/// The key file.
pub(crate) fn key_file() -> Value {
    serde_json::from_str(KEY_FILE).unwrap_or_default()
}

/// Checks an assertion; says what is wrong with it.
pub(super) fn check(assertion: &str) -> Result<(), &'static str> {
    let (signed, signature) = assertion.rsplit_once('.').ok_or("it has no three parts")?;
    let (header, claims) = signed.split_once('.').ok_or("it has no three parts")?;
    let header = part(header)?;
    let claims = part(claims)?;
    let file = key_file();
    if header["alg"] != "RS256" {
        return Err("its algorithm is not RS256");
    }
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| "its signature is no base64url")?;
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public_key(&file)?)
        .verify(signed.as_bytes(), &signature)
        .map_err(|_| "Invalid signature")?;
    if claims["iss"] != file["client_email"] {
        return Err("its issuer is not known");
    }
    if claims["scope"] != SCOPE {
        return Err("its scope is not the one of Google Ads");
    }
    if !claims["aud"].as_str().is_some_and(|audience| audience.ends_with("/token")) {
        return Err("its audience is not the token endpoint");
    }
    let time = |name: &str| claims[name].as_i64().ok_or("Token must be a short-lived token (60 minutes)");
    match time("exp")?.saturating_sub(time("iat")?) {
        1..=LONGEST_SECONDS => Ok(()),
        _ => Err("Token must be a short-lived token (60 minutes)"),
    }
}

fn part(text: &str) -> Result<Value, &'static str> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| "a part of it is no base64url")?;
    serde_json::from_slice(&bytes).map_err(|_| "a part of it is no JSON")
}

fn public_key(file: &Value) -> Result<Vec<u8>, &'static str> {
    let pem: String = file["private_key"]
        .as_str()
        .unwrap_or_default()
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect();
    let der = STANDARD.decode(pem).map_err(|_| "the sandbox's key is broken")?;
    let pair = RsaKeyPair::from_pkcs8(&der).map_err(|_| "the sandbox's key is broken")?;
    Ok(pair.public_key().as_ref().to_vec())
}
