//! Exchanges made wrong, to see that the witnesses find it.

use serde_json::{Value, json};

/// What is wrong, which exchange it fits, and how it is done.
pub(crate) struct Spoiler(pub(crate) &'static str, pub(crate) fn(&Value) -> bool, pub(crate) fn(&mut Value));

/// What each witness must find.
pub(crate) fn spoilers(platform: &str) -> Vec<Spoiler> {
    fn writes(line: &Value, end: &str) -> bool {
        line["method"] == "POST" && line["path"].as_str().is_some_and(|path| path.ends_with(end))
    }
    fn searches(line: &Value) -> bool {
        writes(line, "googleAds:search") && line.pointer("/response/results/0/campaign/id").is_some()
    }
    match platform {
        "google" => vec![
            Spoiler(
                "an unknown member",
                |line| writes(line, "googleAds:mutate"),
                |line| {
                    line["request"]["mutateOperations"][0]["noSuchOperation"] = json!({});
                },
            ),
            Spoiler(
                "a member in snake_case",
                |line| writes(line, "googleAds:mutate"),
                |line| {
                    line["request"]["partial_failure"] = json!(true);
                },
            ),
            Spoiler("an unknown enum value", searches, |line| {
                line["response"]["results"][0]["campaign"]["status"] = json!("RUNNING");
            }),
            Spoiler("a long integer as a number", searches, |line| {
                line["response"]["results"][0]["campaign"]["id"] = json!(7);
            }),
            Spoiler("a null", searches, |line| {
                line["response"]["results"][0]["campaign"]["name"] = Value::Null;
            }),
            Spoiler("a mask of nothing", searches, |line| {
                line["response"]["fieldMask"] = json!("campaign.noSuchField");
            }),
            Spoiler("a query of nothing", searches, |line| {
                line["request"]["query"] = json!("SELECT campaign.no_such_field FROM campaign");
            }),
        ],
        "meta" => vec![
            Spoiler(
                "an unknown parameter",
                |line| writes(line, "/campaigns"),
                |line| add(line, "no_such_parameter", "1"),
            ),
            Spoiler(
                "an unknown enum value",
                |line| writes(line, "/campaigns"),
                |line| add(line, "objective", "RUNNING"),
            ),
            Spoiler(
                "an unknown member of targeting",
                |line| writes(line, "/adsets"),
                |line| {
                    add(line, "targeting", r#"{"no_such_member":1}"#);
                },
            ),
            Spoiler(
                "an unknown field",
                |line| line["path"] == "/v26.0/act_1000000001/ads" && line["method"] == "GET",
                |line| {
                    line["query"] = json!([["fields", "id,creative{no_such_field}"]]);
                },
            ),
            Spoiler(
                "an unknown member of an answer",
                |line| line.pointer("/response/data/0/targeting/age_min").is_some(),
                |line| line["response"]["data"][0]["targeting"]["no_such_member"] = json!(1),
            ),
        ],
        _ => vec![
            Spoiler(
                "an unknown path",
                |line| writes(line, "/campaign/create/"),
                |line| {
                    line["path"] = json!("/open_api/v1.3/campaign/make/");
                },
            ),
            Spoiler(
                "an unknown member",
                |line| writes(line, "/campaign/create/"),
                |line| {
                    line["request"]["no_such_member"] = json!(1);
                },
            ),
            Spoiler(
                "an unknown member below",
                |line| writes(line, "v1.3/ad/create/"),
                |line| {
                    line["request"]["creatives"][0]["no_such_member"] = json!(1);
                },
            ),
            Spoiler(
                "an id as a number",
                |line| writes(line, "/adgroup/create/"),
                |line| line["request"]["campaign_id"] = json!(1),
            ),
            Spoiler(
                "an unknown parameter",
                |line| line["path"] == "/open_api/v1.3/campaign/get/",
                |line| {
                    line["query"] = json!([["no_such_parameter", "1"]]);
                },
            ),
        ],
    }
}

/// Sets a parameter of a form.
fn add(line: &mut Value, name: &str, value: &str) {
    if let Some(pairs) = line["request"].as_array_mut() {
        pairs.push(json!([name, value]));
    }
}
