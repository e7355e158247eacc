//! OAuth tokens and access to accounts. Source: google-ads.md §1.

use serde_json::{Value, json};

use super::errors::{ApiError, Refusal};
use super::seed::MANAGER;
use crate::http::{Request, Response};
use crate::world::{Vendor, World};

const CLIENT_ID: &str = "sandbox-client";
const CLIENT_SECRET: &str = "sandbox-secret";
const REFRESH_TOKEN: &str = "sandbox-refresh";
/// Valid without a refresh.
const FIXED_TOKEN: &str = "sandbox-token";
/// Always expired.
const EXPIRED_TOKEN: &str = "EXPIRED";
const LIFETIME_SECONDS: i64 = 3_599;
const ISSUED: &str = "token/";
const SCOPE: &str = "https://www.googleapis.com/auth/adwords";

/// The token endpoint (bodies of its errors are unverified).
pub(super) fn token(world: &mut World, request: &Request) -> Response {
    let form: Vec<(String, String)> = url::form_urlencoded::parse(&request.body).into_owned().collect();
    let value = |name: &str| form.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
    let refusal = |status: u16, error: &str, description: &str| {
        Response::json(status, &json!({"error": error, "error_description": description}))
    };
    if request.method != "POST" {
        return refusal(400, "invalid_request", "Only POST requests are accepted.");
    }
    match value("grant_type") {
        "refresh_token" => {}
        super::service_account::GRANT => {
            return match super::service_account::check(value("assertion")) {
                Ok(()) => issued(world),
                Err(problem) => refusal(400, "invalid_grant", &format!("Invalid JWT: {problem}")),
            };
        }
        "" => return refusal(400, "invalid_request", "Missing required parameter: grant_type"),
        other => return refusal(400, "unsupported_grant_type", &format!("Invalid grant_type: {other}")),
    }
    if value("client_id") != CLIENT_ID {
        return refusal(401, "invalid_client", "The OAuth client was not found.");
    }
    if value("client_secret") != CLIENT_SECRET {
        return refusal(401, "invalid_client", "Unauthorized");
    }
    if value("refresh_token") != REFRESH_TOKEN {
        return refusal(400, "invalid_grant", "Token has been expired or revoked.");
    }
    issued(world)
}

/// A fresh access token.
fn issued(world: &mut World) -> Response {
    let token = format!("ya29.sandbox-{}", super::random_hex(world));
    let expires = world.now.as_second() + LIFETIME_SECONDS;
    let now = world.now.as_second();
    let notes = world.notes.entry(Vendor::Google).or_default();
    notes.retain(|key, value| {
        !key.starts_with(ISSUED) || value.as_i64().is_some_and(|until| until > now - 86_400)
    });
    notes.insert(format!("{ISSUED}{token}"), json!(expires));
    Response::json(
        200,
        &json!({
            "access_token": token,
            "expires_in": LIFETIME_SECONDS,
            "scope": SCOPE,
            "token_type": "Bearer",
        }),
    )
}

/// Checks the bearer token.
pub(super) fn authenticate(world: &World, request: &Request) -> Result<(), Refusal> {
    let Some(token) = request.header("authorization").and_then(bearer) else {
        return Err(Refusal::Unauthenticated);
    };
    let refuse =
        |code: &'static str, message: &str| Err(ApiError::new("authenticationError", code, message).into());
    if token == FIXED_TOKEN {
        return Ok(());
    }
    let issued = world.notes.get(&Vendor::Google).and_then(|notes| notes.get(&format!("{ISSUED}{token}")));
    match issued.and_then(Value::as_i64) {
        Some(expires) if expires > world.now.as_second() => Ok(()),
        Some(_) => refuse("OAUTH_TOKEN_EXPIRED", "The access token has expired."),
        None if token == EXPIRED_TOKEN => refuse("OAUTH_TOKEN_EXPIRED", "The access token has expired."),
        None => refuse("OAUTH_TOKEN_INVALID", "The access token in the request is invalid."),
    }
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty()).then(|| token.trim())
}

/// Checks that the user may reach an account, directly or through the manager named in `login-customer-id`.
pub(super) fn authorize(world: &World, request: &Request, customer: &str) -> Result<(), Refusal> {
    let denied = || -> Refusal {
        ApiError::new(
            "authorizationError",
            "USER_PERMISSION_DENIED",
            "User doesn't have permission to access customer. Note: If you're accessing a client customer, the manager's customer id must be set in the 'login-customer-id' header.",
        )
        .into()
    };
    if !customer.bytes().all(|byte| byte.is_ascii_digit()) || customer.is_empty() {
        return Err(ApiError::new("requestError", "INVALID_CUSTOMER_ID", "Invalid customer ID.").into());
    }
    let account = world.account(Vendor::Google, customer).ok_or_else(denied)?;
    match request.header("login-customer-id") {
        Some(login) if !login.bytes().all(|byte| byte.is_ascii_digit()) => {
            return Err(ApiError::new(
                "headerError",
                "INVALID_LOGIN_CUSTOMER_ID",
                "The login customer id is not digits only.",
            )
            .into());
        }
        Some(login) if login != MANAGER && login != customer => return Err(denied()),
        // The option makes the sandbox as strict as for a user who reaches the account only through the manager.
        None if world.option("google.require_login_customer_id", "off") == "on" && customer != MANAGER => {
            return Err(denied());
        }
        _ => {}
    }
    let status = account.object.get("status").and_then(Value::as_str).unwrap_or("ENABLED");
    if status != "ENABLED" {
        return Err(ApiError::new(
            "authorizationError",
            "CUSTOMER_NOT_ENABLED",
            "The customer account is not enabled.",
        )
        .into());
    }
    Ok(())
}

/// `customers:listAccessibleCustomers`: everything the user reaches directly.
pub(super) fn accessible_customers(world: &World) -> Value {
    let names: Vec<String> = world
        .accounts
        .get(&Vendor::Google)
        .into_iter()
        .flat_map(|accounts| accounts.keys())
        .map(|id| format!("customers/{id}"))
        .collect();
    json!({"resourceNames": names})
}
