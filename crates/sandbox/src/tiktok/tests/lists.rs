//! Paging, filters, trimming, and both lanes in one list.

use super::*;

fn campaigns(world: &mut World, count: usize) -> Vec<String> {
    (0..count)
        .map(|number| {
            let body = with(&campaign(), &json!({"campaign_name": format!("C{number}"), "request_id": null}));
            id(&ok(world, "/campaign/create/", &body), "campaign_id")
        })
        .collect()
}

fn list(world: &mut World, query: &[(&str, &str)]) -> Value {
    let mut pairs = vec![("advertiser_id", EUR)];
    pairs.extend(query);
    data(&get(world, "/campaign/get/", &pairs))
}

fn code(world: &mut World, path: &str, query: &[(&str, &str)]) -> Value {
    let mut pairs = vec![("advertiser_id", EUR)];
    pairs.extend(query);
    get(world, path, &pairs)["code"].clone()
}

#[test]
fn pages_of_ten_newest_first() {
    let mut world = world();
    let ids = campaigns(&mut world, 23);
    let first = list(&mut world, &[]);
    assert_eq!(first["page_info"], json!({"page": 1, "page_size": 10, "total_number": 23, "total_page": 3}));
    assert_eq!(first["list"][0]["campaign_id"], json!(ids[22]));
    let last = list(&mut world, &[("page", "3")]);
    assert_eq!(last["list"].as_array().map(Vec::len), Some(3));
    assert_eq!(last["list"][2]["campaign_id"], json!(ids[0]));
    assert_eq!(list(&mut world, &[("page", "4")])["list"], json!([]));
    assert_eq!(list(&mut world, &[("page_size", "1000")])["list"].as_array().map(Vec::len), Some(23));
}

#[test]
fn members_can_be_chosen_and_nulls_left_out() {
    let mut world = world();
    campaigns(&mut world, 1);
    let row = list(&mut world, &[("fields", r#"["campaign_name","app_id"]"#)])["list"][0].clone();
    assert_eq!(row, json!({"campaign_name": "C0", "app_id": null}));
    let query = [
        ("fields", r#"["campaign_name","app_id"]"#),
        ("exclude_field_types_in_response", r#"["NULL_FIELD"]"#),
    ];
    assert_eq!(list(&mut world, &query)["list"][0], json!({"campaign_name": "C0"}));
}

#[test]
fn wrong_parameters_are_refused() {
    let mut world = world();
    let many =
        json!({"campaign_ids": (0..101).map(|number| number.to_string()).collect::<Vec<_>>()}).to_string();
    for (query, expected) in [
        (("page_size", "1001"), 40_002),
        (("page", "0"), 40_002),
        (("page", "x"), 40_002),
        (("filtering", "{"), 40_002),
        (("filtering", "[]"), 40_002),
        (("filtering", r#"{"campaign_id":"1"}"#), 40_002),
        (("filtering", r#"{"campaign_ids":"1"}"#), 40_002),
        (("filtering", r#"{"campaign_ids":[]}"#), 40_002),
        (("filtering", many.as_str()), 40_011),
        (("fields", "campaign_id"), 40_002),
        (("campaign_ids", "1"), 40_002),
    ] {
        assert_eq!(code(&mut world, "/campaign/get/", &[query]), expected, "{query:?}");
    }
    assert_eq!(code(&mut world, "/smart_plus/ad/get/", &[("page_size", "101")]), 40_002);
}

#[test]
fn filters_narrow() {
    let mut world = world();
    let ids = campaigns(&mut world, 12);
    let total = |world: &mut World, filter: Value| {
        list(world, &[("filtering", &filter.to_string())])["page_info"]["total_number"].clone()
    };
    assert_eq!(total(&mut world, json!({"campaign_ids": [ids[0], ids[3], "5"]})), 2);
    assert_eq!(total(&mut world, json!({"campaign_name": "c1"})), 3, "fuzzy: C1, C10, C11");
    assert_eq!(total(&mut world, json!({"objective_type": "REACH"})), 0);
    assert_eq!(total(&mut world, json!({"primary_status": "STATUS_DISABLE"})), 12);
    assert_eq!(total(&mut world, json!({"primary_status": "STATUS_DELIVERY_OK"})), 0);
    assert_eq!(total(&mut world, json!({"secondary_status": "CAMPAIGN_STATUS_DISABLE"})), 12);
    assert_eq!(total(&mut world, json!({"creation_filter_start_time": "2026-11-20 09:00:01"})), 0);
    assert_eq!(total(&mut world, json!({"campaign_system_origins": ["PROMOTE"]})), 0);
}

#[test]
fn manual_lists_show_both_lanes() {
    let mut world = world();
    let (manual, _, ad) = manual_tree(&mut world);
    let ids: Vec<String> = {
        let body = with(&smart_campaign(), &json!({"request_id": "99"}));
        vec![id(&ok(&mut world, "/smart_plus/campaign/create/", &body), "campaign_id"), manual]
    };
    let rows =
        list(&mut world, &[("fields", r#"["campaign_id","campaign_automation_type"]"#)])["list"].clone();
    assert_eq!(
        rows,
        json!([
            {"campaign_id": ids[0], "campaign_automation_type": "UPGRADED_SMART_PLUS"},
            {"campaign_id": ids[1], "campaign_automation_type": "MANUAL"},
        ])
    );
    let only = list(&mut world, &[("filtering", r#"{"campaign_automation_type":"MANUAL"}"#)]);
    assert_eq!(only["page_info"]["total_number"], 1);
    let group = with(&smart_group(&ids[0]), &json!({"request_id": "98"}));
    let adgroup = id(&ok(&mut world, "/smart_plus/adgroup/create/", &group), "adgroup_id");
    let (image, portfolio) = (upload_image(&mut world, EUR, "s.png"), portfolio(&mut world));
    let mut body = smart_ad(&adgroup, &image, &portfolio);
    let creative = body["creative_list"][0].clone();
    body["creative_list"] = json!([creative.clone(), creative]);
    let smart = id(&ok(&mut world, "/smart_plus/ad/create/", &body), "smart_plus_ad_id");
    let ads = data(&get(&mut world, "/ad/get/", &[("advertiser_id", EUR)]));
    assert_eq!(ads["page_info"]["total_number"], 3, "an ad of two creatives shows as two");
    assert_eq!((&ads["list"][0]["ad_id_v2"], &ads["list"][2]["ad_id"]), (&json!(smart), &json!(ad)));
    let groups = data(&get(&mut world, "/adgroup/get/", &[("advertiser_id", EUR)]));
    assert_eq!(groups["list"][0]["location_ids"], json!(["6252001"]), "targeting lies flat here");
}

#[test]
fn indexes_are_rebuilt_for_a_loaded_account() {
    let mut world = world();
    let (campaign_id, adgroup_id, _) = manual_tree(&mut world);
    world.notes.clear();
    world.next_id.clear();
    let twin = with(&campaign(), &json!({"request_id": null}));
    refused(&mut world, "/campaign/create/", &twin, 40_002, "already exists");
    let fresh = ok(&mut world, "/adgroup/create/", &group(&campaign_id));
    assert!(id(&fresh, "adgroup_id") > adgroup_id, "ids never repeat");
    let groups = data(&get(&mut world, "/adgroup/get/", &[("advertiser_id", EUR)]));
    assert_eq!(groups["list"][1]["secondary_status"], "ADGROUP_STATUS_DISABLE", "its ad is found again");
}
