//! Access tokens: where they are carried, which are valid (meta-ads.md §1.2, §2).

use data_encoding::HEXLOWER;
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::errors::GraphError;
use super::params::Params;
use super::store;
use crate::http::Request;
use crate::world::World;

const VALID: &str = "sandbox-token";
const EXPIRED: &str = "EXPIRED";
const APP_ID: &str = "2000000000000001";
const SCOPES: [&str; 4] = ["ads_management", "ads_read", "business_management", "pages_read_engagement"];

/// The token of a call: a parameter of the query or the form, else the Authorization header.
pub(super) fn token(request: &Request, params: &Params) -> Option<String> {
    params.text("access_token").or_else(|| {
        let header = request.header("authorization")?;
        let (scheme, token) = header.split_once(' ')?;
        (scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("oauth"))
            .then(|| token.trim().to_owned())
    })
}

/// Refuses calls without a valid token, or with a proof that does not fit it.
pub(super) fn check(world: &World, request: &Request, params: &Params) -> Result<(), GraphError> {
    let token = token(request, params);
    match token.as_deref() {
        None | Some("") => Err(GraphError::new(104, "An access token is required to request this resource.")),
        Some(EXPIRED) => Err(GraphError::expired_token()),
        Some(VALID) => check_proof(world, params),
        Some(_) => Err(GraphError::invalid_token()),
    }
}

/// `appsecret_proof` is the HMAC-SHA256 of the token under the app's secret, option `meta.app_secret` (§2).
fn check_proof(world: &World, params: &Params) -> Result<(), GraphError> {
    let required = world.option("meta.require_proof", "off") == "on";
    let Some(proof) = params.text("appsecret_proof") else {
        return if required {
            Err(GraphError::invalid("API calls from the server require an appsecret_proof argument"))
        } else {
            Ok(())
        };
    };
    let secret = world.option("meta.app_secret", "sandbox-secret");
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return Ok(()) };
    mac.update(VALID.as_bytes());
    if HEXLOWER.encode(&mac.finalize().into_bytes()) == proof {
        return Ok(());
    }
    Err(GraphError::invalid("Invalid appsecret_proof provided in the API argument"))
}

/// `GET debug_token` (shape unverified, §2).
pub(super) fn debug(world: &World, params: &Params) -> Result<Value, GraphError> {
    let token = params.text("input_token").ok_or_else(|| GraphError::required("input_token"))?;
    let now = world.now.as_second();
    let expires = world.option("meta.token_expires_at", "0").parse::<i64>().unwrap_or(0);
    let data = match token.as_str() {
        VALID => json!({
            "app_id": APP_ID, "type": "SYSTEM_USER", "application": "Sandbox App", "is_valid": true,
            "expires_at": expires, "data_access_expires_at": 0, "issued_at": now - 86_400, "scopes": SCOPES,
            "granular_scopes": [{"scope": "ads_management"}], "user_id": store::API_USER.0,
        }),
        EXPIRED => json!({
            "app_id": APP_ID, "type": "USER", "application": "Sandbox App", "is_valid": false,
            "expires_at": now - 3_600, "scopes": SCOPES, "user_id": store::API_USER.0,
            "error": {"code": 190, "subcode": 463, "message": "Session has expired."},
        }),
        _ => {
            json!({"is_valid": false, "scopes": [], "error": {"code": 190, "message": "The token is not valid."}})
        }
    };
    Ok(json!({ "data": data }))
}

/// `GET oauth/access_token`: exchanges a token for one that lives about 60 days (§2).
pub(super) fn exchange(params: &Params) -> Result<Value, GraphError> {
    if params.text("grant_type").as_deref() != Some("fb_exchange_token") {
        return Err(GraphError::must_be("grant_type", "fb_exchange_token"));
    }
    match params.text("fb_exchange_token").as_deref() {
        Some(VALID) => Ok(json!({"access_token": VALID, "token_type": "bearer", "expires_in": 5_183_944})),
        Some(EXPIRED) => Err(GraphError::expired_token()),
        _ => Err(GraphError::invalid_token()),
    }
}
