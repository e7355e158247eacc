//! Requests as plain data. Source: google-ads.md §1, §2.

use secrecy::SecretString;
use serde_json::json;

use super::config::{Config, RefreshCredentials, SecretText};
use crate::http::{Body, Call, Purpose};

/// A query; further pages carry the token of the page before.
pub(super) fn search(config: &Config, query: &str, page: Option<&str>) -> Call {
    let mut body = json!({ "query": query });
    if let Some(page) = page {
        body["pageToken"] = json!(page);
    }
    let url = format!("{}/customers/{}/googleAds:search", config.root, config.customer);
    with_manager(config, Call::post("googleAds:search", url, Purpose::Read, Body::Json(body)))
}

/// Whether a write is stored, or only checked as if it were.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Stored.
    Store,
    /// The vendor's own dry run: full validation, nothing stored (google-ads.md §2.3).
    Validate,
}

/// Writes to several kinds of resource at once: all of them or none.
pub(super) fn mutate(config: &Config, operations: &[serde_json::Value], mode: Mode) -> Call {
    let mut body = json!({ "mutateOperations": operations });
    let purpose = match mode {
        Mode::Store => Purpose::Write,
        Mode::Validate => {
            body["validateOnly"] = json!(true);
            Purpose::Read
        }
    };
    let url = format!("{}/customers/{}/googleAds:mutate", config.root, config.customer);
    with_manager(config, Call::post("googleAds:mutate", url, purpose, Body::Json(body)))
}

/// The bytes behind a link that the vendor handed out.
pub(super) fn file(url: &str) -> Call {
    Call::get("download", url)
}

/// A fresh access token.
pub(super) fn refresh(config: &Config, credentials: &RefreshCredentials) -> Call {
    let RefreshCredentials { client_id, client_secret, refresh_token } = credentials;
    let SecretText(client_secret) = client_secret.clone();
    let SecretText(refresh_token) = refresh_token.clone();
    let form = vec![
        ("grant_type", "refresh_token".to_owned().into()),
        ("client_id", client_id.clone().into()),
        ("client_secret", client_secret),
        ("refresh_token", refresh_token),
    ];
    Call::post("token refresh", &config.token_endpoint, Purpose::Read, Body::SecretForm(form))
}

/// An access token for a service account's assertion (RFC 7523).
pub(super) fn assert(config: &Config, assertion: SecretString) -> Call {
    let form = vec![
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer".to_owned().into()),
        ("assertion", assertion),
    ];
    Call::post("token of the service account", &config.token_endpoint, Purpose::Read, Body::SecretForm(form))
}

fn with_manager(config: &Config, call: Call) -> Call {
    match &config.login_customer {
        Some(manager) => call.header("login-customer-id", manager),
        None => call,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        Config {
            root: "https://ads.example/v26".into(),
            token_endpoint: "https://ads.example/token".into(),
            customer: "1000000001".into(),
            login_customer: Some("1000000000".into()),
        }
    }

    #[test]
    fn search_pages_and_names_the_manager() {
        let call = search(&config(), "SELECT customer.id FROM customer", Some("p2"));
        assert_eq!(call.url, "https://ads.example/v26/customers/1000000001/googleAds:search");
        assert_eq!(call.headers, [("login-customer-id", "1000000000".to_owned())]);
        let Body::Json(body) = call.body else { panic!("no JSON") };
        assert_eq!(body, json!({"query": "SELECT customer.id FROM customer", "pageToken": "p2"}));
    }

    #[test]
    fn mutate_is_atomic_and_never_sent_twice_blindly() {
        let call = mutate(
            &config(),
            &[json!({"campaignOperation": {"remove": "customers/1/campaigns/2"}})],
            Mode::Store,
        );
        assert_eq!(call.purpose, Purpose::Write);
        let Body::Json(body) = call.body else { panic!("no JSON") };
        assert!(body.get("partialFailure").is_none());
        assert_eq!(body["mutateOperations"].as_array().unwrap().len(), 1);
    }

    #[test]
    fn a_dry_run_stores_nothing_and_may_be_repeated() {
        let call = mutate(&config(), &[json!({})], Mode::Validate);
        assert_eq!(call.purpose, Purpose::Read);
        let Body::Json(body) = call.body else { panic!("no JSON") };
        assert_eq!(body["validateOnly"], json!(true));
    }

    #[test]
    fn refresh_hides_its_secrets() {
        let credentials: RefreshCredentials = serde_json::from_value(json!({
            "client_id": "c", "client_secret": "hush-1", "refresh_token": "hush-2"
        }))
        .unwrap();
        let shown = format!("{:?}", refresh(&config(), &credentials));
        assert!(!shown.contains("hush"), "{shown}");
    }
}
