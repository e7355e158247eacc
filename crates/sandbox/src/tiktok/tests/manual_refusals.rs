//! What the manual lane refuses, and how it says so.

use super::*;

#[test]
fn campaigns() {
    for (changes, code, part) in [
        (json!({"campaign_name": null}), 40_002, "campaign_name: Missing data"),
        (json!({"campaign_name": "Boots 👢"}), 40_002, "Emojis"),
        (json!({"campaign_name": "a".repeat(513)}), 40_002, "513"),
        (json!({"campaign_nam": "x"}), 40_002, "Unknown field: campaign_nam"),
        (json!({"objective_type": "CONVERSIONS"}), 40_002, "objective_type"),
        (json!({"objective_type": "RF_REACH"}), 40_118, "allowlist"),
        (json!({"objective_type": "APP_PROMOTION"}), 40_002, "app_promotion_type: Required"),
        (json!({"app_promotion_type": "APP_INSTALL"}), 40_002, "APP_PROMOTION"),
        (json!({"budget_mode": null}), 40_002, "budget_mode: Missing"),
        (json!({"budget_mode": "BUDGET_MODE_DAY"}), 40_002, "budget: Required"),
        (json!({"budget_mode": "BUDGET_MODE_DAY", "budget": 49.99}), 40_002, "at least 50"),
        (json!({"budget_mode": "BUDGET_MODE_DAY", "budget": 50.001}), 40_002, "more precise"),
        (json!({"budget_mode": "BUDGET_MODE_DAY", "budget": "50"}), 40_002, "budget: Not a valid number"),
        (json!({"budget_mode": "BUDGET_MODE_DAY", "budget": 10_000_000}), 40_002, "less than"),
        (
            json!({"budget_mode": "BUDGET_MODE_DYNAMIC_DAILY_BUDGET", "budget": 50}),
            40_002,
            "requires budget_optimize_on",
        ),
        (json!({"budget_optimize_on": true}), 40_002, "BUDGET_MODE_INFINITE is not supported"),
        (
            json!({"objective_type": "REACH", "budget_optimize_on": true, "budget": 50,
                "budget_mode": "BUDGET_MODE_DYNAMIC_DAILY_BUDGET"}),
            40_118,
            "allowlist",
        ),
        (json!({"request_id": "abc"}), 40_002, "64-bit"),
        (json!({"advertiser_id": 7_000_000_000_000_000_001_u64}), 40_002, "advertiser_id: Not a valid id"),
    ] {
        refused(&mut world(), "/campaign/create/", &with(&campaign(), &changes), code, part);
    }
}

#[test]
fn equal_names_need_a_request_id() {
    let mut world = world();
    ok(&mut world, "/campaign/create/", &campaign());
    let unnamed = with(&campaign(), &json!({"request_id": null}));
    refused(&mut world, "/campaign/create/", &unnamed, 40_002, "already exists");
    world.options.insert("tiktok.unique_names".into(), "off".into());
    ok(&mut world, "/campaign/create/", &unnamed);
}

#[test]
fn conversion_campaigns_end_with_the_year() {
    let mut world = world();
    world.now = "2027-01-01T00:00:00Z".parse().expect("an instant");
    let body = with(&campaign(), &json!({"objective_type": "WEB_CONVERSIONS"}));
    refused(&mut world, "/campaign/create/", &body, 40_002, "Smart+");
    ok(&mut world, "/campaign/create/", &campaign());
}

#[test]
fn ad_groups() {
    let past = "2026-11-19 20:59:59";
    for (changes, code, part) in [
        (json!({"campaign_id": "1"}), 40_007, "Campaign does not exist"),
        (json!({"promotion_type": null}), 40_002, "promotion_type: Missing"),
        (json!({"billing_event": "OCPM"}), 40_002, "billing_event"),
        (
            json!({"optimization_goal": "CONVERT", "billing_event": "OCPM"}),
            40_002,
            "not supported by the objective",
        ),
        (json!({"pixel_id": PIXEL}), 40_002, "pixel_id: It is not supported"),
        (json!({"placements": null}), 40_002, "placements: Required"),
        (json!({"location_ids": []}), 40_002, "location_ids: At least one"),
        (json!({"location_ids": ["1"]}), 40_002, "not supported"),
        (json!({"location_ids": ["2510769", "3336901"]}), 40_002, "lies within"),
        (json!({"languages": ["xx"]}), 40_002, "languages"),
        (
            json!({"audience_ids": ["5"], "excluded_audience_ids": ["5"]}),
            40_002,
            "both included and excluded",
        ),
        (json!({"operating_systems": ["ANDROID", "IOS"]}), 40_002, "operating_systems"),
        (json!({"age_groups": ["AGE_18_25"]}), 40_002, "age_groups"),
        (json!({"schedule_start_time": past}), 40_002, "12 hours"),
        (json!({"schedule_start_time": "2028-01-02 00:00:00"}), 40_002, "latest start"),
        (json!({"schedule_start_time": "2026-11-20T09:00:00Z"}), 40_002, "YYYY-MM-DD HH:MM:SS"),
        (json!({"schedule_type": "SCHEDULE_START_END"}), 40_002, "schedule_end_time: Required"),
        (json!({"dayparting": "1"}), 40_002, "336"),
        (json!({"budget_mode": "BUDGET_MODE_TOTAL"}), 40_002, "requires SCHEDULE_START_END"),
        (json!({"budget_mode": "BUDGET_MODE_INFINITE"}), 40_002, "not supported by ad groups"),
        (json!({"budget": 19}), 40_002, "at least 20"),
        (json!({"budget": null}), 40_002, "budget: Missing"),
        (json!({"pacing": null}), 40_002, "pacing: Missing"),
        (json!({"pacing": "PACING_MODE_FAST"}), 40_002, "PACING_MODE_SMOOTH"),
        (json!({"bid_type": "BID_TYPE_CUSTOM"}), 40_002, "bid_price: Required"),
        (json!({"bid_price": 1}), 40_002, "BID_TYPE_NO_BID"),
        (json!({"bid_type": "BID_TYPE_CUSTOM", "bid_price": 20}), 40_002, "less than the budget"),
        (json!({"bid_type": "BID_TYPE_CUSTOM", "conversion_bid_price": 1}), 40_002, "conversion_bid_price"),
        (json!({"frequency": 3, "frequency_schedule": 7}), 40_002, "requires the objective REACH"),
        (json!({"click_attribution_window": "ONE_DAY"}), 40_002, "together with"),
        (json!({"tiktok_subplacements": ["LEMON8"]}), 40_002, "IN_FEED"),
    ] {
        let mut world = world();
        let campaign_id = id(&ok(&mut world, "/campaign/create/", &campaign()), "campaign_id");
        refused(&mut world, "/adgroup/create/", &with(&group(&campaign_id), &changes), code, part);
    }
}

#[test]
fn a_lifetime_budget_covers_its_days_and_does_not_fit_a_daily_campaign() {
    let mut world = world();
    let campaign_id = id(&ok(&mut world, "/campaign/create/", &campaign()), "campaign_id");
    let body = with(
        &group(&campaign_id),
        &json!({
            "budget_mode": "BUDGET_MODE_TOTAL", "schedule_type": "SCHEDULE_START_END", "budget": 59,
            "schedule_start_time": "2026-11-21 00:00:00", "schedule_end_time": "2026-11-24 00:00:00",
        }),
    );
    refused(&mut world, "/adgroup/create/", &body, 40_002, "at least 60");
    ok(&mut world, "/adgroup/create/", &with(&body, &json!({"budget": 60})));
    let daily = json!({"budget_mode": "BUDGET_MODE_DAY", "budget": 500, "request_id": "9"});
    let campaign_id = id(&ok(&mut world, "/campaign/create/", &with(&campaign(), &daily)), "campaign_id");
    refused(
        &mut world,
        "/adgroup/create/",
        &with(&body, &json!({"campaign_id": campaign_id})),
        40_002,
        "BUDGET_MODE_DAY",
    );
}

#[test]
fn value_bidding_needs_its_companions() {
    let mut world = world();
    let web = with(&campaign(), &json!({"objective_type": "WEB_CONVERSIONS"}));
    let campaign_id = id(&ok(&mut world, "/campaign/create/", &web), "campaign_id");
    let body = with(&group(&campaign_id), &json!({"optimization_goal": "VALUE", "billing_event": "OCPM"}));
    let pixel = json!({"pixel_id": PIXEL, "optimization_event": "SHOPPING"});
    refused(&mut world, "/adgroup/create/", &body, 40_002, "pixel_id: Required");
    let other_event = with(&body, &json!({"pixel_id": PIXEL, "optimization_event": "FORM"}));
    refused(&mut world, "/adgroup/create/", &other_event, 40_002, "SHOPPING");
    let foreign = with(&body, &json!({"pixel_id": "5", "optimization_event": "SHOPPING"}));
    refused(&mut world, "/adgroup/create/", &foreign, 40_002, "does not exist");
    let body = with(&body, &pixel);
    refused(&mut world, "/adgroup/create/", &body, 40_002, "deep_bid_type");
    let floor = with(&body, &json!({"deep_bid_type": "VO_MIN_ROAS", "roas_bid": 2.5}));
    refused(&mut world, "/adgroup/create/", &floor, 40_002, "dynamic daily");
    ok(&mut world, "/adgroup/create/", &with(&body, &json!({"deep_bid_type": "VO_HIGHEST_VALUE"})));
}

#[test]
fn ads() {
    let mut world = world();
    let campaign_id = id(&ok(&mut world, "/campaign/create/", &campaign()), "campaign_id");
    let adgroup_id = id(&ok(&mut world, "/adgroup/create/", &group(&campaign_id)), "adgroup_id");
    let image = upload_image(&mut world, EUR, "cover.png");
    for (changes, code, part) in [
        (json!({"ad_text": null}), 40_002, "ad_text: Missing"),
        (json!({"ad_text": "a".repeat(101)}), 40_002, "101"),
        (json!({"ad_text": "Boots 👢"}), 40_002, "Emojis"),
        (json!({"ad_text": "all #boots"}), 40_002, "#"),
        (json!({"identity_id": null}), 40_002, "identity_id: Missing"),
        (json!({"identity_id": "223"}), 40_002, "does not exist"),
        (json!({"identity_type": "CUSTOMIZED_USER"}), 40_002, "CUSTOMIZED_USER"),
        (json!({"video_id": "v1"}), 40_053, "video"),
        (json!({"image_ids": []}), 40_002, "exactly one image"),
        (json!({"image_ids": ["none"]}), 40_002, "does not exist"),
        (json!({"ad_format": "SINGLE_IMAGE"}), 40_002, "SINGLE_IMAGE requires"),
        (json!({"ad_format": "CAROUSEL_ADS"}), 40_002, "music_id"),
        (json!({"landing_page_url": null}), 40_002, "landing_page_url: Required"),
        (json!({"landing_page_url": "shop.example"}), 40_002, "not a valid URL"),
        (json!({"call_to_action": "BUY_NOW"}), 40_002, "call_to_action"),
        (json!({"call_to_action_id": "5"}), 40_002, "portfolio"),
        (json!({"utm_params": [{"key": "utm_source", "value": "tiktok"}]}), 40_002, "equal the query"),
        (json!({"deeplink": "app://x"}), 40_002, "deeplink_type"),
    ] {
        let body = ad(&adgroup_id, &with(&creative(&image), &changes));
        refused(&mut world, "/ad/create/", &body, code, part);
    }
    assert_eq!(
        world.account(Vendor::Tiktok, EUR).and_then(|a| a.collection("ads")).map(indexmap::IndexMap::len),
        Some(0)
    );
}

#[test]
fn tracking_parameters_equal_the_query() {
    let mut world = world();
    let (_, adgroup_id, _) = manual_tree(&mut world);
    let image = upload_image(&mut world, EUR, "b.png");
    let body = ad(
        &adgroup_id,
        &with(
            &creative(&image),
            &json!({
                "landing_page_url": "https://shop.example/?utm_source=tiktok&utm_campaign=__CAMPAIGN_ID__",
                "utm_params": [{"key": "utm_campaign", "value": "__CAMPAIGN_ID__"}, {"key": "utm_source", "value": "tiktok"}],
            }),
        ),
    );
    ok(&mut world, "/ad/create/", &body);
}

#[test]
fn batches_of_ads_are_bounded_and_all_or_nothing() {
    let mut world = world();
    let (_, adgroup_id, _) = manual_tree(&mut world);
    let image = upload_image(&mut world, EUR, "b.png");
    let good = creative(&image);
    let bad = with(&good, &json!({"video_id": "v1"}));
    let call = |creatives: Vec<Value>| json!({"advertiser_id": EUR, "adgroup_id": adgroup_id, "creatives": creatives});
    refused(&mut world, "/ad/create/", &call(vec![good.clone(); 21]), 40_002, "1 to 20");
    refused(&mut world, "/ad/create/", &call(vec![good.clone(); 20]), 40_502, "at most 20");
    refused(&mut world, "/ad/create/", &call(vec![good.clone(), bad.clone()]), 40_053, "creatives.1");
    world.options.insert("tiktok.partial_ads".into(), "on".into());
    let answer = post(&mut world, "/ad/create/", &call(vec![good, bad]));
    assert_eq!(
        (&answer["code"], answer["data"]["ad_ids"].as_array().map(Vec::len)),
        (&json!(20_001), Some(1))
    );
}

#[test]
fn a_cover_can_be_held_to_the_ratio_of_its_video() {
    let mut world = world_with("tiktok.cover_ratio", "enforce");
    let (_, adgroup_id, _) = manual_tree(&mut world);
    let bytes = png(1200, 628);
    let signature = crate::tiktok::media::signature(&bytes);
    let texts = [("advertiser_id", EUR), ("image_signature", signature.as_str()), ("file_name", "wide.png")];
    let response = send(&mut world, &upload("/file/image/ad/upload/", "image_file", "w.png", &bytes, &texts));
    let wide: Value = serde_json::from_slice(&response.body).expect("JSON");
    let body = ad(&adgroup_id, &creative(&id(&wide["data"], "image_id")));
    refused(&mut world, "/ad/create/", &body, 40_002, "ratio of the video");
    world.options.clear();
    world.options.insert("quota".into(), "off".into());
    ok(&mut world, "/ad/create/", &body);
}

#[test]
fn an_armed_partial_fault_refuses_every_other_item() {
    let mut world = world();
    let (campaign_id, adgroup_id, _) = manual_tree(&mut world);
    let image = upload_image(&mut world, EUR, "b.png");
    let two = vec![creative(&image), creative(&image)];
    let notes = world.notes.entry(Vendor::Tiktok).or_default();
    notes.insert(crate::world::FAULT_PARTIAL.into(), true.into());
    let body = json!({"advertiser_id": EUR, "adgroup_id": adgroup_id, "creatives": two});
    let answer = post(&mut world, "/ad/create/", &body);
    assert_eq!(
        (&answer["code"], answer["data"]["ad_ids"].as_array().map(Vec::len)),
        (&json!(20_001), Some(1))
    );
    let body = json!({"advertiser_id": EUR, "campaign_ids": [campaign_id], "operation_status": "ENABLE"});
    assert_eq!(
        post(&mut world, "/campaign/status/update/", &body)["code"],
        0,
        "this call knows no partial success"
    );
    let body = json!({"advertiser_id": EUR, "adgroup_ids": [adgroup_id], "operation_status": "ENABLE", "allow_partial_success": true});
    let answer = ok(&mut world, "/adgroup/status/update/", &body);
    assert_eq!(
        (&answer["adgroup_ids"], answer["error_list"].as_array().map(Vec::len)),
        (&json!([]), Some(1))
    );
}
