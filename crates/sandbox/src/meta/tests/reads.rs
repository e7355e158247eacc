//! Reading nodes and lists.

use serde_json::json;

use super::{EUR, Sandbox, request};

#[test]
fn tokens() {
    for (token, expected) in [("EXPIRED", (190, 463)), ("other", (190, 467)), ("", (104, 0))] {
        let mut sandbox = Sandbox::new();
        let answer = sandbox.send("GET", &format!("/v26.0/{EUR}"), &[("access_token", token)], &[]);
        assert_eq!((answer.status, answer.refusal()), (400, expected), "{token}");
    }
    let mut sandbox = Sandbox::new();
    sandbox.send("GET", "/me", &[], &[("access_token", "sandbox-token")]).ok();
    let mut header = request("GET", "/v26.0/me/adaccounts/", &[("fields", "currency,timezone_name")]);
    header.headers.insert("authorization".into(), "OAuth sandbox-token".into());
    let accounts = sandbox.send_request(&header).ok();
    assert_eq!(accounts["data"].as_array().unwrap().len(), 3);
    assert_eq!(accounts["data"][0], json!({"currency": "EUR", "timezone_name": "Europe/Madrid", "id": EUR}));
    let facts = sandbox.get("/v26.0/debug_token", &[("input_token", "EXPIRED")]).ok();
    assert_eq!(facts["data"]["is_valid"], false);
}

#[test]
fn proofs_are_checked_when_given() {
    let mut sandbox = Sandbox::new();
    let answer = sandbox.get("/me", &[("appsecret_proof", "00")]);
    assert_eq!(answer.refusal(), (100, 0));
    sandbox.world.options.insert("meta.require_proof".into(), "on".into());
    assert_eq!(sandbox.get("/me", &[]).refusal(), (100, 0));
}

#[test]
fn dead_versions_and_unknown_paths() {
    let mut sandbox = Sandbox::new();
    for (path, expected) in [
        (format!("/v19.0/{EUR}"), (2635, 0)),
        ("/v26.0/act_5".to_owned(), (100, 33)),
        ("/v26.0/120210000000999999/adsets".to_owned(), (100, 33)),
        (format!("/v26.0/{EUR}/unicorns"), (2500, 0)),
    ] {
        assert_eq!(sandbox.get(&path, &[]).refusal(), expected, "{path}");
    }
}

#[test]
fn unknown_fields_are_refused_and_defaults_are_narrow() {
    let mut sandbox = Sandbox::new();
    let (campaign, ..) = sandbox.tree();
    let answer = sandbox.get(&format!("/v26.0/{campaign}"), &[("fields", "id,colour")]);
    assert_eq!(answer.refusal(), (100, 0));
    assert!(answer.body["error"]["message"].as_str().unwrap().contains("nonexisting field (colour)"));
    assert_eq!(sandbox.get(&format!("/v26.0/{campaign}/"), &[]).ok(), json!({"id": campaign}));
    let account = sandbox.get(&format!("/v26.0/{EUR}"), &[]).ok();
    assert_eq!(account, json!({"account_id": "1000000001", "id": EUR}));
}

#[test]
fn fields_expand_into_edges_and_references() {
    let mut sandbox = Sandbox::new();
    let (campaign, set, ad) = sandbox.tree();
    let read = sandbox.read(&campaign, "id,adsets.limit(5){name,ads{id,creative{id,url_tags}}}");
    assert_eq!(read["adsets"]["data"][0]["id"], set);
    let inner = &read["adsets"]["data"][0]["ads"]["data"][0];
    assert_eq!(inner["id"], ad);
    assert_eq!(inner["creative"]["url_tags"], "utm_source=meta");
    let many = sandbox.get("/v26.0/", &[("ids", &format!("{campaign},{set}")), ("fields", "name")]).ok();
    assert_eq!(many[&set], json!({"name": "Spain", "id": set}));
}

#[test]
fn pages_walk_until_next_is_absent() {
    let mut sandbox = Sandbox::new();
    let made: Vec<String> =
        (0..5).map(|number| sandbox.campaign(&json!({"name": format!("c{number}")}))).collect();
    let path = format!("/v26.0/{EUR}/campaigns");
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let mut query = vec![("limit", "2"), ("fields", "name"), ("summary", "true")];
        if !after.is_empty() {
            query.push(("after", &after));
        }
        let page = sandbox.get(&path, &query).ok();
        assert_eq!(page["summary"]["total_count"], 5);
        seen.extend(
            page["data"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()),
        );
        let cursor = page["paging"]["cursors"]["after"].as_str().unwrap().to_owned();
        let Some(next) = page["paging"]["next"].as_str() else { break };
        assert!(next.starts_with("http://127.0.0.1:9440/meta/v26.0/act_1000000001/campaigns?"), "{next}");
        assert!(next.contains(&format!("after={cursor}")) && next.contains("access_token="), "{next}");
        after = cursor;
    }
    let mut expected = made;
    expected.reverse();
    assert_eq!(seen, expected, "newest first, each once");
    assert_eq!(sandbox.get(&path, &[("after", "nonsense")]).refusal(), (100, 0));
}

#[test]
fn lists_hide_what_is_gone_and_filter() {
    let mut sandbox = Sandbox::new();
    let kept = sandbox.campaign(&json!({"name": "Q4 kept"}));
    let gone = sandbox.campaign(&json!({"name": "Q4 gone"}));
    sandbox.campaign(&json!({"name": "other", "status": "PAUSED"}));
    sandbox.delete(&format!("/v26.0/{gone}"), &[]).ok();
    let path = format!("/v26.0/{EUR}/campaigns");
    let ids = |sandbox: &mut Sandbox, query: &[(&str, &str)]| -> Vec<String> {
        let page = sandbox.get(&path, query).ok();
        page["data"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(&mut sandbox, &[]).len(), 2);
    assert_eq!(ids(&mut sandbox, &[("effective_status", r#"["DELETED"]"#)]), *std::slice::from_ref(&gone));
    let wrong = sandbox.get(&path, &[("effective_status", r#"["CAMPAIGN_PAUSED"]"#)]);
    assert_eq!(wrong.refusal(), (100, 0), "campaigns have no such state");
    let named = r#"[{"field":"name","operator":"CONTAIN","value":"q4"}]"#;
    assert_eq!(ids(&mut sandbox, &[("filtering", named)]), *std::slice::from_ref(&kept));
    let by_id = format!(r#"[{{"field":"id","operator":"IN","value":["{kept}","{gone}"]}}]"#);
    assert_eq!(ids(&mut sandbox, &[("filtering", &by_id)]), *std::slice::from_ref(&kept));
    assert_eq!(sandbox.read(&gone, "status,effective_status")["status"], "DELETED", "readable by id");
    let future = r#"[{"field":"updated_time","operator":"GREATER_THAN","value":1900000000}]"#;
    assert!(ids(&mut sandbox, &[("filtering", future)]).is_empty());
}

#[test]
fn parents_filter_their_children() {
    let mut sandbox = Sandbox::new();
    let (campaign, set, ad) = sandbox.tree();
    sandbox.tree();
    let filter = format!(r#"[{{"field":"campaign.id","operator":"EQUAL","value":"{campaign}"}}]"#);
    let page = sandbox.get(&format!("/v26.0/{EUR}/adsets"), &[("filtering", &filter)]).ok();
    assert_eq!(page["data"], json!([{"id": set}]));
    let page = sandbox.get(&format!("/v26.0/{campaign}/ads"), &[]).ok();
    assert_eq!(page["data"], json!([{"id": ad}]));
}

#[test]
fn an_unchanged_read_is_not_sent_again() {
    let mut sandbox = Sandbox::new();
    let (campaign, ..) = sandbox.tree();
    let first = sandbox.get(&format!("/v26.0/{campaign}"), &[("fields", "name")]);
    let tag = first.response.headers.iter().find(|(name, _)| name == "etag").unwrap().1.clone();
    assert!(tag.starts_with('"') && tag.ends_with('"'));
    let mut again = request(
        "GET",
        &format!("/v26.0/{campaign}"),
        &[("fields", "name"), ("access_token", "sandbox-token")],
    );
    again.headers.insert("if-none-match".into(), tag);
    let answer = sandbox.send_request(&again);
    assert_eq!((answer.status, answer.response.body.len()), (304, 0));
    sandbox.post(&format!("/v26.0/{campaign}"), &json!({"name": "new"})).ok();
    assert_eq!(sandbox.send_request(&again).status, 200);
}

#[test]
fn times_can_be_numbers() {
    let mut sandbox = Sandbox::new();
    let (campaign, ..) = sandbox.tree();
    let read = sandbox.get(&format!("/{campaign}"), &[("fields", "created_time"), ("date_format", "U")]).ok();
    assert_eq!(read["created_time"], 1_772_445_600);
}

#[test]
fn searches_find_places_languages_and_interests() {
    let mut sandbox = Sandbox::new();
    let query = [("type", "adgeolocation"), ("location_types", r#"["region"]"#), ("q", "ile-de")];
    let found = sandbox.get("/v26.0/search", &query).ok();
    assert_eq!(found["data"][0]["name"], "Île-de-France");
    assert_eq!(found["data"][0]["country_code"], "FR");
    let found = sandbox.get("/v26.0/search", &[("type", "adlocale"), ("q", "span")]).ok();
    assert_eq!(found["data"][0], json!({"key": 1002, "name": "Spanish (All)"}));
    let found = sandbox.get("/v26.0/search", &[("type", "adinterest"), ("q", "running")]).ok();
    assert_eq!(found["data"].as_array().unwrap().len(), 3);
    assert_eq!(sandbox.get("/v26.0/search", &[("type", "adplanet")]).refusal(), (100, 0));
}

#[test]
fn usage_headers_and_limits() {
    let mut sandbox = Sandbox::new();
    sandbox.world.options.insert("quota".into(), "development".into());
    let answer = sandbox.get(&format!("/v26.0/{EUR}"), &[]);
    let header = |name: &str| {
        let found = answer.response.headers.iter().find(|(header, _)| header == name);
        serde_json::from_str::<serde_json::Value>(&found.unwrap().1).unwrap()
    };
    assert_eq!(header("x-ad-account-usage")["ads_api_access_tier"], "development_access");
    assert_eq!(header("x-business-use-case-usage")["1000000001"][0]["type"], "ads_management");
    assert!(header("x-app-usage")["call_count"].is_number());
    let refused =
        (0..60).map(|_| sandbox.get(&format!("/v26.0/{EUR}"), &[])).find(|answer| answer.status != 200);
    assert_eq!(refused.unwrap().refusal(), (17, 2_446_079));
    sandbox.get("/v26.0/act_1000000002", &[]).ok();
}
