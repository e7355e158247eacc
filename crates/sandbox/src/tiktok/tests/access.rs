//! Paths, tokens, accounts.

use super::*;

#[test]
fn only_known_paths_with_their_slash_exist() {
    let mut world = world();
    for (method, path) in [("GET", "/campaign/get"), ("GET", "/campaign/create/"), ("POST", "/nothing/here/")]
    {
        let response = send(&mut world, &request(method, path));
        assert_eq!(
            (response.status, &response.body[..]),
            (404, &b"404 page not found"[..]),
            "{method} {path}"
        );
    }
    let mut off = world_with("tiktok.smart_plus", "off");
    assert_eq!(send(&mut off, &request("GET", "/smart_plus/campaign/get/")).status, 404);
}

#[test]
fn tokens_come_in_the_access_token_header_only() {
    for (header, value, code) in [
        ("access-token", "sandbox-token", 0),
        ("access-token", "EXPIRED", 40_102),
        ("access-token", "other", 40_105),
        ("authorization", "Bearer sandbox-token", 40_104),
    ] {
        let mut request = request("GET", "/user/info/");
        request.headers = [(header.to_owned(), value.to_owned())].into();
        let response = send(&mut world(), &request);
        let body: Value = serde_json::from_slice(&response.body).expect("JSON");
        assert_eq!((response.status, &body["code"]), (200, &json!(code)), "{header}: {value}");
        assert!(
            response
                .headers
                .iter()
                .any(|(name, id)| name == "X-TT-LOGID" && body["request_id"] == id.as_str())
        );
    }
}

#[test]
fn an_authorisation_code_works_once_and_a_revoked_token_no_more() {
    let mut world = world();
    let app = json!({"app_id": "sandbox-client", "secret": "sandbox-secret", "auth_code": "sandbox-code"});
    let token = id(&ok(&mut world, "/oauth2/access_token/", &app), "access_token");
    assert_eq!(token, "sandbox-token");
    refused(&mut world, "/oauth2/access_token/", &app, 40_110, "auth_code");
    refused(&mut world, "/oauth2/access_token/", &with(&app, &json!({"secret": "x"})), 40_101, "secret");
    let revoke = json!({"app_id": "sandbox-client", "secret": "sandbox-secret", "access_token": token});
    ok(&mut world, "/oauth2/revoke_token/", &revoke);
    assert_eq!(get(&mut world, "/user/info/", &[])["code"], 40_105);
    ok(&mut world, "/oauth2/access_token/", &app);
    assert_eq!(get(&mut world, "/user/info/", &[])["code"], 0);
}

#[test]
fn advertisers_are_listed_and_described() {
    let mut world = world();
    let app = [("app_id", "sandbox-client"), ("secret", "sandbox-secret")];
    let reached = data(&get(&mut world, "/oauth2/advertiser/get/", &app));
    assert_eq!(reached["list"].as_array().map(Vec::len), Some(3));
    let query =
        [("advertiser_ids", r#"["7000000000000000003"]"#), ("fields", r#"["currency","display_timezone"]"#)];
    let info = data(&get(&mut world, "/advertiser/info/", &query));
    assert_eq!(info["list"], json!([{"currency": "JPY", "display_timezone": "Asia/Tokyo"}]));
}

#[test]
fn foreign_advertisers_are_refused() {
    let mut world = world();
    let answer = get(&mut world, "/campaign/get/", &[("advertiser_id", "7000000000000000009")]);
    assert_eq!(answer["code"], 40_001);
    assert_eq!(get(&mut world, "/campaign/get/", &[])["code"], 40_002, "advertiser_id is required");
}
