//! Tokens, access to accounts, routes (§1, §2, §5).

use serde_json::json;

use super::support::{EUR, json_of, post, request, world};
use crate::google::handle;

const TOKEN: &str =
    "grant_type=refresh_token&client_id=sandbox-client&client_secret=sandbox-secret&refresh_token=";

#[test]
fn a_refreshed_token_works_until_it_expires() {
    let mut world = world();
    let answer = handle(&mut world, &request("POST", "/token", &[], &format!("{TOKEN}sandbox-refresh")));
    assert_eq!(answer.status, 200);
    let body = json_of(&answer);
    assert_eq!(body["expires_in"], 3599);
    assert_eq!(body["token_type"], "Bearer");
    let bearer = format!("Bearer {}", body["access_token"].as_str().unwrap());
    let list = request("GET", "/v26/customers:listAccessibleCustomers", &[("authorization", &bearer)], "");
    let answer = handle(&mut world, &list);
    assert_eq!(answer.status, 200);
    assert_eq!(json_of(&answer)["resourceNames"][1], "customers/1000000001");
    assert!(answer.headers.iter().any(|(name, value)| name == "request-id" && !value.is_empty()));
    world.now += jiff::SignedDuration::from_secs(3_600);
    let answer = json_of(&handle(&mut world, &list));
    assert_eq!(
        answer["error"]["details"][0]["errors"][0]["errorCode"]["authenticationError"],
        "OAUTH_TOKEN_EXPIRED"
    );
}

#[test]
fn bad_grants_and_clients_are_refused_as_oauth_does() {
    for (form, status, error) in [
        (format!("{TOKEN}wrong"), 400, "invalid_grant"),
        (TOKEN.replace("sandbox-secret", "wrong") + "sandbox-refresh", 401, "invalid_client"),
        (TOKEN.replace("sandbox-client", "wrong") + "sandbox-refresh", 401, "invalid_client"),
        (TOKEN.replace("=refresh_token&", "=password&"), 400, "unsupported_grant_type"),
    ] {
        let answer = handle(&mut world(), &request("POST", "/token", &[], &form));
        assert_eq!((answer.status, json_of(&answer)["error"].as_str()), (status, Some(error)), "{form}");
    }
}

#[test]
fn assertions_are_checked() {
    for assertion in ["", "a.b", "e30.e30.e30", "eyJhbGciOiJSUzI1NiJ9.e30.c2ln"] {
        let form =
            format!("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={assertion}");
        let answer = handle(&mut world(), &request("POST", "/token", &[], &form));
        let body = json_of(&answer);
        assert_eq!((answer.status, body["error"].as_str()), (400, Some("invalid_grant")), "{body}");
        assert!(body["error_description"].as_str().unwrap().starts_with("Invalid JWT: "), "{body}");
    }
}

#[test]
fn tokens_and_managers_decide_who_may() {
    let search = format!("/v26/customers/{EUR}/googleAds:search");
    let valid = ("authorization", "Bearer sandbox-token");
    for (headers, status, code) in [
        (vec![], 401, ""),
        (vec![("authorization", "Basic x")], 401, ""),
        (vec![("authorization", "Bearer other")], 401, "OAUTH_TOKEN_INVALID"),
        (vec![("authorization", "Bearer EXPIRED")], 401, "OAUTH_TOKEN_EXPIRED"),
        (vec![valid], 200, ""),
        (vec![valid, ("login-customer-id", "1000000000")], 200, ""),
        (vec![valid, ("login-customer-id", "9999999999")], 403, "USER_PERMISSION_DENIED"),
        (vec![valid, ("login-customer-id", "100-000-0000")], 400, "INVALID_LOGIN_CUSTOMER_ID"),
    ] {
        let body = json!({"query": "SELECT customer.id FROM customer"}).to_string();
        let answer = handle(&mut world(), &request("POST", &search, &headers, &body));
        assert_eq!(answer.status, status, "{headers:?}");
        assert!(String::from_utf8_lossy(&answer.body).contains(code), "{headers:?}");
    }
}

#[test]
fn unknown_accounts_routes_and_versions_are_refused() {
    let mut world = world();
    let query = json!({"query": "SELECT customer.id FROM customer"});
    assert_eq!(post(&mut world, "1234567890", "googleAds:search", &query).0, 403);
    let headers = [("authorization", "Bearer sandbox-token")];
    for path in
        ["/v26/customers/1000000001/campaigns/5", "/v26/nothing", "/v26/customers/1000000001/unknowns:mutate"]
    {
        let answer = handle(&mut world, &request("POST", path, &headers, "{}"));
        assert_eq!(answer.status, 404, "{path}");
    }
    let old =
        handle(&mut world, &request("POST", "/v19/customers/1000000001/googleAds:search", &headers, "{}"));
    assert!(String::from_utf8_lossy(&old.body).contains("UNSUPPORTED_VERSION"));
}

#[test]
fn the_daily_quota_answers_429_with_a_delay() {
    let mut world = world();
    world.options.insert("quota".into(), "explorer".into());
    let query = json!({"query": "SELECT customer.id FROM customer"});
    let (status, answer) =
        (0..3_000).map(|_| post(&mut world, EUR, "googleAds:search", &query)).last().unwrap();
    assert_eq!(status, 429);
    let error = &answer["error"]["details"][0]["errors"][0];
    assert_eq!(error["errorCode"]["quotaError"], "RESOURCE_EXHAUSTED");
    assert_eq!(error["details"]["quotaErrorDetails"]["retryDelay"], "46800s");
}
