//! Valid trees of the manual lane, and what the platform adds to them.

use super::*;

#[test]
fn a_campaign_answers_the_full_object_with_nulls() {
    let mut world = world();
    let campaign = ok(&mut world, "/campaign/create/", &campaign());
    assert!(id(&campaign, "campaign_id").len() >= 19);
    assert_eq!(campaign["secondary_status"], "CAMPAIGN_STATUS_DISABLE");
    assert_eq!(campaign["budget"], 0.0, "an unlimited budget reads 0");
    assert_eq!(campaign["objective"], "LANDING_PAGE");
    assert_eq!(campaign["create_time"], "2026-11-20 09:00:00");
    assert_eq!(campaign["campaign_automation_type"], "MANUAL");
    let members = campaign.as_object().expect("an object");
    assert!(!members.contains_key("budget_optimize_on"), "returned only when true");
    assert!(!members.contains_key("request_id"));
    assert!(members.contains_key("app_id") && campaign["app_id"].is_null());
}

#[test]
fn a_tree_is_stored_and_reads_back_normalised() {
    let mut world = world();
    let (campaign_id, adgroup_id, ad_id) = manual_tree(&mut world);
    let group = stored(&world, "adgroups", &adgroup_id);
    assert_eq!(group["schedule_end_time"], "2036-11-20 09:02:00", "an open flight reads ten years");
    assert_eq!(group["dayparting"], "1".repeat(336));
    assert_eq!(group["budget"].to_string(), "20.0");
    assert_eq!(group["gender"], "GENDER_UNLIMITED");
    assert!(group["age_groups"].is_null());
    assert_eq!(group["secondary_status"], "ADGROUP_STATUS_DISABLE");
    let ad = stored(&world, "ads", &ad_id);
    assert_eq!((&ad["campaign_id"], &ad["adgroup_id"]), (&json!(campaign_id), &json!(adgroup_id)));
    assert_eq!((&ad["tracking_pixel_id"], &ad["promotional_music_disabled"]), (&json!(0), &json!(true)));
}

#[test]
fn conversion_ad_groups_read_the_five_adult_ages() {
    let mut world = world();
    let web = with(&campaign(), &json!({"objective_type": "WEB_CONVERSIONS"}));
    let campaign_id = id(&ok(&mut world, "/campaign/create/", &web), "campaign_id");
    let body = with(
        &group(&campaign_id),
        &json!({
            "optimization_goal": "CONVERT", "billing_event": "OCPM", "pixel_id": PIXEL, "optimization_event": "SHOPPING",
            "bid_type": "BID_TYPE_CUSTOM", "conversion_bid_price": 5.5, "placement_type": "PLACEMENT_TYPE_AUTOMATIC",
            "placements": null, "dayparting": "0".repeat(336),
        }),
    );
    let group = ok(&mut world, "/adgroup/create/", &body);
    assert_eq!(group["age_groups"].as_array().map(Vec::len), Some(5));
    assert_eq!(group["placements"], json!(["PLACEMENT_TIKTOK", "PLACEMENT_PANGLE"]), "the effective ones");
    assert_eq!(group["dayparting"], "1".repeat(336), "no half hour at all means always");
    assert_eq!(group["conversion_bid_price"], 5.5);
}

#[test]
fn a_campaign_budget_rules_its_ad_groups() {
    let mut world = world();
    let body = with(
        &campaign(),
        &json!({
            "budget_optimize_on": true, "budget_mode": "BUDGET_MODE_DYNAMIC_DAILY_BUDGET", "budget": 50.5,
        }),
    );
    let campaign = ok(&mut world, "/campaign/create/", &body);
    assert_eq!((&campaign["budget_optimize_on"], &campaign["budget"]), (&json!(true), &json!(50.5)));
    let body = with(
        &group(&id(&campaign, "campaign_id")),
        &json!({"budget": null, "budget_mode": null, "pacing": null}),
    );
    let group = ok(&mut world, "/adgroup/create/", &body);
    assert_eq!((&group["budget_mode"], &group["budget"]), (&json!("BUDGET_MODE_INFINITE"), &json!(0.0)));
    assert_eq!(group["pacing"], "PACING_MODE_SMOOTH");
}

#[test]
fn a_repeated_request_id_takes_effect_once() {
    let mut world = world();
    let first = ok(&mut world, "/campaign/create/", &campaign());
    let again = ok(&mut world, "/campaign/create/", &campaign());
    assert_eq!(first["campaign_id"], again["campaign_id"]);
    let other = ok(&mut world, "/campaign/create/", &with(&campaign(), &json!({"request_id": "7"})));
    assert_ne!(first["campaign_id"], other["campaign_id"], "another request_id permits the same name");
    world.options.insert("tiktok.replay".into(), "40050".into());
    refused(&mut world, "/campaign/create/", &campaign(), 40_050, "Duplicate request");
}

#[test]
fn the_review_takes_its_time_and_reads_the_text() {
    let mut world = world();
    let (campaign_id, adgroup_id, good) = manual_tree(&mut world);
    let image = upload_image(&mut world, EUR, "other.png");
    let bad =
        with(&creative(&image), &json!({"ad_text": "Please DISAPPROVE-ME", "operation_status": "ENABLE"}));
    let bad = ok(&mut world, "/ad/create/", &ad(&adgroup_id, &bad))["ad_ids"][0].clone();
    let bad = bad.as_str().expect("an id").to_owned();
    for (path, member, value) in [
        ("/campaign", "campaign_ids", &campaign_id),
        ("/adgroup", "adgroup_ids", &adgroup_id),
        ("/ad", "ad_ids", &good),
    ] {
        let body = json!({"advertiser_id": EUR, member: [value], "operation_status": "ENABLE"});
        ok(&mut world, &format!("{path}/status/update/"), &body);
    }
    let state = |world: &mut World, ad: &str| {
        let filter = json!({"ad_ids": [ad]}).to_string();
        data(&get(world, "/ad/get/", &[("advertiser_id", EUR), ("filtering", &filter)]))["list"][0]["secondary_status"].clone()
    };
    assert_eq!(
        (state(&mut world, &good), state(&mut world, &bad)),
        (json!("AD_STATUS_AUDIT"), json!("AD_STATUS_AUDIT"))
    );
    wait(&mut world, 59);
    assert_eq!(state(&mut world, &good), "AD_STATUS_AUDIT");
    wait(&mut world, 61);
    assert_eq!(
        (state(&mut world, &good), state(&mut world, &bad)),
        (json!("AD_STATUS_DELIVERY_OK"), json!("AD_STATUS_AUDIT_DENY"))
    );
    assert_eq!(stored(&world, "ads", &good)["secondary_status"], "AD_STATUS_DELIVERY_OK", "kept up to date");
    let filter = json!({"adgroup_ids": [adgroup_id]}).to_string();
    let groups = data(&get(&mut world, "/adgroup/get/", &[("advertiser_id", EUR), ("filtering", &filter)]));
    assert_eq!(groups["list"][0]["secondary_status"], "ADGROUP_STATUS_DELIVERY_OK");
}

#[test]
fn amounts_in_yen_are_whole_and_a_hundredfold() {
    let mut world = world();
    let body = with(
        &campaign(),
        &json!({
            "advertiser_id": JPY, "budget_optimize_on": true, "budget_mode": "BUDGET_MODE_TOTAL", "budget": 5000,
        }),
    );
    assert_eq!(ok(&mut world, "/campaign/create/", &body)["budget"], 5000.0);
    let body = with(&body, &json!({"request_id": "8", "budget": 5000.5}));
    refused(&mut world, "/campaign/create/", &body, 40_002, "more precise");
}
