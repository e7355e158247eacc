//! Valid trees of the Upgraded Smart+ lane, and what the platform adds to them.

use super::*;

#[test]
fn a_campaign_answers_its_defaults() {
    let mut world = world();
    let campaign = ok(&mut world, "/smart_plus/campaign/create/", &smart_campaign());
    assert_eq!((&campaign["budget_optimize_on"], &campaign["budget"]), (&json!(true), &json!(120.0)));
    assert_eq!(campaign["budget_mode"], "BUDGET_MODE_DYNAMIC_DAILY_BUDGET");
    assert_eq!(
        (&campaign["smart_plus_adgroup_mode"], &campaign["campaign_type"]),
        (&json!("MULTIPLE"), &json!("REGULAR_CAMPAIGN"))
    );
    assert_eq!(campaign["secondary_status"], "CAMPAIGN_STATUS_DISABLE");
    let again = ok(&mut world, "/smart_plus/campaign/create/", &smart_campaign());
    assert_eq!(campaign["campaign_id"], again["campaign_id"]);
    let body =
        with(&smart_campaign(), &json!({"request_id": "2", "budget_optimize_on": false, "budget": null}));
    assert_eq!(ok(&mut world, "/smart_plus/campaign/create/", &body)["budget_mode"], "BUDGET_MODE_INFINITE");
}

#[test]
fn an_automatic_ad_group_reads_back_more_than_was_written() {
    let mut world = world();
    let campaign_id = id(&ok(&mut world, "/smart_plus/campaign/create/", &smart_campaign()), "campaign_id");
    let mut body = smart_group(&campaign_id);
    body["targeting_spec"]["gender"] = json!("GENDER_FEMALE");
    body["targeting_spec"]["interest_category_ids"] = json!(["11"]);
    let group = ok(&mut world, "/smart_plus/adgroup/create/", &body);
    assert_eq!(
        group["targeting_spec"],
        json!({
            "location_ids": ["6252001"], "languages": ["en"], "spc_audience_age": "OVER_EIGHTEEN",
            "age_groups": ["AGE_18_24", "AGE_25_34", "AGE_35_44", "AGE_45_54", "AGE_55_100"],
            "gender": "GENDER_UNLIMITED", "brand_safety_type": "EXPANDED_INVENTORY",
        }),
        "members outside the mode are dropped without a word"
    );
    assert_eq!(group["placement_type"], "PLACEMENT_TYPE_AUTOMATIC");
    assert_eq!((&group["budget_mode"], &group["budget"]), (&json!("BUDGET_MODE_INFINITE"), &json!(0.0)));
    assert_eq!(group["secondary_status"], "ADGROUP_STATUS_CREATE");
    assert!(group.get("schedule_end_time").is_none(), "an open flight has no end here");
    assert_eq!(
        (&group["click_attribution_window"], &group["view_attribution_window"]),
        (&json!("SEVEN_DAYS"), &json!("ONE_DAY"))
    );
}

#[test]
fn a_manual_audience_is_kept() {
    let mut world = world();
    let campaign_id = id(&ok(&mut world, "/smart_plus/campaign/create/", &smart_campaign()), "campaign_id");
    let body = with(
        &smart_group(&campaign_id),
        &json!({
            "targeting_optimization_mode": "MANUAL",
            "targeting_spec": {"location_ids": ["2510769"], "gender": "GENDER_FEMALE", "age_groups": ["AGE_35_44", "AGE_25_34"]},
        }),
    );
    let spec = ok(&mut world, "/smart_plus/adgroup/create/", &body)["targeting_spec"].clone();
    assert_eq!(
        (&spec["gender"], &spec["age_groups"]),
        (&json!("GENDER_FEMALE"), &json!(["AGE_25_34", "AGE_35_44"]))
    );
    assert!(spec.get("spc_audience_age").is_none());
}

#[test]
fn an_ad_gives_each_creative_a_material_id() {
    let mut world = world();
    let (campaign_id, adgroup_id, ad_id) = smart_tree(&mut world);
    let ad = stored(&world, "smart_plus_ads", &ad_id);
    assert_eq!((&ad["campaign_id"], &ad["adgroup_id"]), (&json!(campaign_id), &json!(adgroup_id)));
    let creative = &ad["creative_list"][0];
    assert!(id(creative, "ad_material_id").len() >= 19);
    assert_eq!(
        (&creative["material_operation_status"], &creative["creative_info"]["material_name"]),
        (&json!("ENABLE"), &json!("smoke-1.mp4"))
    );
    assert_eq!(ad["secondary_status"], "AD_STATUS_AUDIT");
    assert!(ad.get("ad_id").is_none());
}

#[test]
fn an_update_replaces_lists_and_keeps_known_creatives() {
    let mut world = world();
    let (_, _, ad_id) = smart_tree(&mut world);
    let before = stored(&world, "smart_plus_ads", &ad_id);
    let kept = id(&before["creative_list"][0], "ad_material_id");
    wait(&mut world, 120);
    let mut second = before["creative_list"][0]["creative_info"].clone();
    second["video_info"]["video_id"] = json!("v10033g50000smoke0000000000000002");
    let body = json!({"advertiser_id": EUR, "smart_plus_ad_id": ad_id, "creative_list": [
        {"creative_info": second}, {"creative_info": before["creative_list"][0]["creative_info"]},
    ]});
    let ad = ok(&mut world, "/smart_plus/ad/update/", &body);
    assert_eq!(ad["creative_list"][1]["ad_material_id"], json!(kept), "a creative sent again keeps its id");
    assert_ne!(ad["creative_list"][0]["ad_material_id"], json!(kept));
    assert_eq!(ad["ad_text_list"], before["ad_text_list"], "a list that was not sent is kept");
    assert_eq!(ad["secondary_status"], "AD_STATUS_REAUDIT");
    let materials = json!({"advertiser_id": EUR, "smart_plus_ad_id": ad_id, "ad_material_ids": [kept], "operation_status": "DISABLE"});
    ok(&mut world, "/smart_plus/ad/material_status/update/", &materials);
    assert_eq!(
        stored(&world, "smart_plus_ads", &ad_id)["creative_list"][1]["material_operation_status"],
        "DISABLE"
    );
}

#[test]
fn status_calls_are_partial_for_campaigns_and_groups() {
    let mut world = world();
    let (campaign_id, adgroup_id, ad_id) = smart_tree(&mut world);
    let body =
        json!({"advertiser_id": EUR, "campaign_ids": [campaign_id, "5"], "operation_status": "ENABLE"});
    let answer = ok(&mut world, "/smart_plus/campaign/status/update/", &body);
    assert_eq!(answer["campaign_list"], json!([{"campaign_id": campaign_id, "status": "ENABLE"}]));
    assert_eq!(answer["error_list"][0]["campaign_id"], "5");
    let body = json!({"advertiser_id": EUR, "adgroup_ids": ["5"], "operation_status": "ENABLE"});
    let answer = post(&mut world, "/smart_plus/adgroup/status/update/", &body);
    assert_eq!((&answer["code"], &answer["data"]["adgroup_list"]), (&json!(0), &json!([])));
    assert_eq!(answer["data"]["error_list"][0]["error_message"], "Adgroup does not exist. adgroup_id 5.");
    let body =
        json!({"advertiser_id": EUR, "smart_plus_ad_ids": [ad_id, "5"], "operation_status": "DISABLE"});
    refused(&mut world, "/smart_plus/ad/status/update/", &body, 40_007, "smart_plus_ad_id 5");
    let body = with(&body, &json!({"smart_plus_ad_ids": [ad_id]}));
    assert_eq!(
        ok(&mut world, "/smart_plus/ad/status/update/", &body),
        json!({"smart_plus_ad_ids": [ad_id], "status": "DISABLE"})
    );
    assert_eq!(stored(&world, "smart_plus_adgroups", &adgroup_id)["operation_status"], "ENABLE");
}

#[test]
fn bids_reach_every_sibling() {
    let mut world = world();
    let campaign_id = id(&ok(&mut world, "/smart_plus/campaign/create/", &smart_campaign()), "campaign_id");
    let bid = json!({"bid_type": "BID_TYPE_CUSTOM", "conversion_bid_price": 8});
    let body = with(&smart_group(&campaign_id), &bid);
    let first = id(&ok(&mut world, "/smart_plus/adgroup/create/", &body), "adgroup_id");
    let second = with(&body, &json!({"request_id": "3", "adgroup_name": "two"}));
    refused(
        &mut world,
        "/smart_plus/adgroup/create/",
        &with(&second, &json!({"conversion_bid_price": 9})),
        40_002,
        "the same in all ad groups",
    );
    let second = id(&ok(&mut world, "/smart_plus/adgroup/create/", &second), "adgroup_id");
    let update = json!({"advertiser_id": EUR, "adgroup_id": first, "conversion_bid_price": 9.5});
    ok(&mut world, "/smart_plus/adgroup/update/", &update);
    assert_eq!(stored(&world, "smart_plus_adgroups", &second)["conversion_bid_price"], 9.5);
}

#[test]
fn budgets_of_groups_change_at_once() {
    let mut world = world();
    let body = with(&smart_campaign(), &json!({"budget_optimize_on": false, "budget": null}));
    let campaign_id = id(&ok(&mut world, "/smart_plus/campaign/create/", &body), "campaign_id");
    let body = with(
        &smart_group(&campaign_id),
        &json!({"budget_mode": "BUDGET_MODE_DYNAMIC_DAILY_BUDGET", "budget": 20}),
    );
    let adgroup_id = id(&ok(&mut world, "/smart_plus/adgroup/create/", &body), "adgroup_id");
    let now = json!({"advertiser_id": EUR, "budget": [{"adgroup_id": adgroup_id, "budget": "30"}]});
    ok(&mut world, "/smart_plus/adgroup/budget/update/", &now);
    assert_eq!(
        stored(&world, "smart_plus_adgroups", &adgroup_id)["budget"],
        30.0,
        "the quoted number is accepted"
    );
    let later = json!({"advertiser_id": EUR, "scheduled_budget": [{"adgroup_id": adgroup_id, "scheduled_budget": 40}]});
    refused(&mut world, "/smart_plus/adgroup/budget/update/", &later, 40_118, "allowlist");
}

#[test]
fn reviews_explain_a_refusal() {
    let mut world = world();
    let (_, adgroup_id, _) = smart_tree(&mut world);
    let (image, portfolio) = (upload_image(&mut world, EUR, "b.png"), portfolio(&mut world));
    let body = with(
        &smart_ad(&adgroup_id, &image, &portfolio),
        &json!({"ad_text_list": [{"ad_text": "DISAPPROVE-ME"}]}),
    );
    let ad_id = id(&ok(&mut world, "/smart_plus/ad/create/", &body), "smart_plus_ad_id");
    wait(&mut world, 61);
    let query = [("advertiser_id", EUR), ("smart_plus_ad_ids", &json!([ad_id]).to_string())];
    let info = data(&get(&mut world, "/smart_plus/ad/review_info/", &query));
    assert_eq!(info["smart_plus_ad_review_infos"][0]["review_status"], "UNAVAILABLE");
    assert_eq!(info["material_review_infos"].as_array().map(Vec::len), Some(1));
    let appeal = json!({"advertiser_id": EUR, "smart_plus_ad_id": ad_id, "appeal_reason": "It is fine."});
    ok(&mut world, "/smart_plus/ad/appeal/", &appeal);
    let info = data(&get(&mut world, "/smart_plus/ad/review_info/", &query));
    assert_eq!(info["smart_plus_ad_review_infos"][0]["appeal_status"], "APPEALING");
}

#[test]
fn the_platform_may_add_creatives_and_refuse_quick_writes() {
    let mut world = world_with("tiktok.auto_add", "on");
    world.options.insert("tiktok.ad_write_gap".into(), "5".into());
    let (_, adgroup_id, quiet) = smart_tree(&mut world);
    let (image, portfolio) = (upload_image(&mut world, EUR, "b.png"), portfolio(&mut world));
    let mut body = smart_ad(&adgroup_id, &image, &portfolio);
    body["ad_configuration"]["creative_auto_add_toggle"] = json!(true);
    let open = id(&ok(&mut world, "/smart_plus/ad/create/", &body), "smart_plus_ad_id");
    wait(&mut world, 1);
    let count = |world: &World, ad: &str| {
        stored(world, "smart_plus_ads", ad)["creative_list"].as_array().map(Vec::len)
    };
    assert_eq!((count(&world, &quiet), count(&world, &open)), (Some(1), Some(2)));
    let update = json!({"advertiser_id": EUR, "smart_plus_ad_id": quiet, "ad_name": "b"});
    ok(&mut world, "/smart_plus/ad/update/", &update);
    refused(&mut world, "/smart_plus/ad/update/", &update, 40_202, "another request");
    wait(&mut world, 5);
    ok(&mut world, "/smart_plus/ad/update/", &update);
}
