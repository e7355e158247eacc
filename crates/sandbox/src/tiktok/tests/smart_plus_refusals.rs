//! What the Upgraded Smart+ lane refuses, and how it says so.

use super::*;

#[test]
fn campaigns() {
    for (changes, code, part) in [
        (json!({"request_id": null}), 40_002, "request_id: Missing"),
        (json!({"objective_type": "PRODUCT_SALES"}), 40_002, "objective_type"),
        (json!({"objective_type": "TRAFFIC"}), 40_002, "objective_type"),
        (json!({"sales_destination": null}), 40_002, "sales_destination: Required"),
        (json!({"sales_destination": "APP"}), 40_002, "catalog_enabled"),
        (json!({"app_promotion_type": "APP_INSTALL"}), 40_002, "app_promotion_type"),
        (json!({"budget": null}), 40_002, "budget: Required"),
        (json!({"budget": 49}), 40_002, "at least 50"),
        (json!({"budget_mode": "BUDGET_MODE_DAY"}), 40_002, "BUDGET_MODE_DAY is not supported"),
        (json!({"budget_mode": "BUDGET_MODE_INFINITE"}), 40_002, "BUDGET_MODE_INFINITE is not supported"),
        (json!({"budget_auto_adjust_strategy": "AUTO_BUDGET_INCREASE"}), 40_118, "allowlist"),
        (json!({"app_id": "5"}), 40_002, "IOS14_CAMPAIGN"),
    ] {
        refused(&mut world(), "/smart_plus/campaign/create/", &with(&smart_campaign(), &changes), code, part);
    }
}

#[test]
fn ad_groups() {
    for (changes, code, part) in [
        (json!({"request_id": null}), 40_002, "request_id: Missing"),
        (json!({"bid_type": null}), 40_002, "bid_type: Missing"),
        (json!({"targeting_spec": null}), 40_002, "targeting_spec: Missing"),
        (json!({"targeting_spec": {}}), 40_002, "location_ids"),
        (
            json!({"targeting_spec": {"location_ids": ["6252001"], "places": []}}),
            40_002,
            "targeting_spec.places",
        ),
        (json!({"location_ids": ["6252001"]}), 40_002, "Unknown field: location_ids"),
        (json!({"pacing": "PACING_MODE_SMOOTH"}), 40_002, "Unknown field: pacing"),
        (json!({"promotion_type": "APP_IOS"}), 40_002, "promotion_type"),
        (json!({"optimization_goal": "INSTALL"}), 40_002, "optimization_goal"),
        (json!({"billing_event": "CPC"}), 40_002, "billing_event"),
        (json!({"pixel_id": null}), 40_002, "pixel_id: Required"),
        (json!({"optimization_event": null}), 40_002, "optimization_event: Required"),
        (json!({"optimization_event": "ON_WEB_ORDER"}), 40_002, "no longer supported"),
        (
            json!({"optimization_goal": "CLICK", "billing_event": "CPC"}),
            40_002,
            "pixel_id: It is not supported",
        ),
        (json!({"schedule_end_time": "2026-12-01 00:00:00"}), 40_002, "SCHEDULE_FROM_NOW"),
        (json!({"bid_type": "BID_TYPE_CUSTOM"}), 40_002, "conversion_bid_price: Required"),
        (json!({"bid_type": "BID_TYPE_CUSTOM", "conversion_bid_price": 120}), 40_002, "less than the budget"),
        (json!({"click_attribution_window": "ONE_DAY"}), 40_002, "together"),
        (
            json!({"targeting_optimization_mode": "MANUAL", "suggestion_audience_enabled": true}),
            40_002,
            "AUTOMATIC",
        ),
        (
            json!({"min_budget": 10, "bid_type": "BID_TYPE_CUSTOM", "conversion_bid_price": 5}),
            40_002,
            "min_budget",
        ),
    ] {
        let mut world = world();
        let campaign_id =
            id(&ok(&mut world, "/smart_plus/campaign/create/", &smart_campaign()), "campaign_id");
        refused(
            &mut world,
            "/smart_plus/adgroup/create/",
            &with(&smart_group(&campaign_id), &changes),
            code,
            part,
        );
    }
}

#[test]
fn without_a_campaign_budget_groups_have_dynamic_or_total() {
    let mut world = world();
    let body = with(&smart_campaign(), &json!({"budget_optimize_on": false, "budget": null}));
    let campaign_id = id(&ok(&mut world, "/smart_plus/campaign/create/", &body), "campaign_id");
    let body = smart_group(&campaign_id);
    for (changes, part) in [
        (json!({}), "budget_mode: Missing"),
        (json!({"budget_mode": "BUDGET_MODE_DAY", "budget": 20}), "requires BUDGET_MODE_DYNAMIC"),
        (json!({"budget_mode": "BUDGET_MODE_TOTAL", "budget": 200}), "requires BUDGET_MODE_DYNAMIC"),
        (json!({"budget_mode": "BUDGET_MODE_DYNAMIC_DAILY_BUDGET", "budget": 19}), "at least 20"),
    ] {
        refused(
            &mut world,
            "/smart_plus/adgroup/create/",
            &with(&body, &changes),
            40_002,
            if part.starts_with("budget_mode") { "BUDGET_MODE_DYNAMIC" } else { part },
        );
    }
}

#[test]
fn ads() {
    let mut world = world();
    let (_, adgroup_id, _) = smart_tree(&mut world);
    let (image, portfolio) = (upload_image(&mut world, EUR, "b.png"), portfolio(&mut world));
    let body = smart_ad(&adgroup_id, &image, &portfolio);
    let info = body["creative_list"][0]["creative_info"].clone();
    let creative = |changes: Value| json!({"creative_list": [{"creative_info": with(&info, &changes)}]});
    for (changes, code, part) in [
        (json!({"creative_list": null}), 40_002, "creative_list: Missing"),
        (creative(json!({"ad_format": "SINGLE_IMAGE"})), 40_002, "ad_format"),
        (creative(json!({"video_info": null})), 40_002, "video_info"),
        (creative(json!({"image_info": null})), 40_002, "exactly one cover"),
        (creative(json!({"video_info": {"video_id": "v1"}})), 40_053, "v1"),
        (creative(json!({"identity_id": "5"})), 40_002, "identity"),
        (json!({"ad_text_list": null}), 40_002, "ad_text_list: Required"),
        (json!({"ad_text_list": vec![json!({"ad_text": "a"}); 6]}), 40_002, "At most 5"),
        (json!({"call_to_action_list": [{"call_to_action": "SHOP_NOW"}]}), 40_002, "call_to_action_list"),
        (json!({"ad_configuration": {}}), 40_002, "call_to_action_id: Required"),
        (json!({"landing_page_url_list": null}), 40_002, "landing_page_url_list: Required"),
        (json!({"ad_name": "a".repeat(513)}), 40_002, "513"),
        (json!({"creatives": []}), 40_002, "Unknown field"),
    ] {
        refused(&mut world, "/smart_plus/ad/create/", &with(&body, &changes), code, part);
    }
    ok(&mut world, "/smart_plus/ad/create/", &with(&body, &json!({"request_id": "5"})));
}

#[test]
fn custom_identities_speak_off_tiktok_only() {
    let mut world = world();
    let campaign_id = id(&ok(&mut world, "/smart_plus/campaign/create/", &smart_campaign()), "campaign_id");
    let identity =
        ok(&mut world, "/identity/create/", &json!({"advertiser_id": EUR, "display_name": "Shop"}));
    let (image, portfolio) = (upload_image(&mut world, EUR, "b.png"), portfolio(&mut world));
    let custom = |adgroup: &str| {
        let mut body = smart_ad(adgroup, &image, &portfolio);
        let info = body["creative_list"][0]["creative_info"].clone();
        body["creative_list"][0]["creative_info"] =
            with(&info, &json!({"identity_type": null, "identity_id": null}));
        body["ad_configuration"] =
            json!({"identity_type": "CUSTOMIZED_USER", "identity_id": identity["identity_id"]});
        body["call_to_action_list"] = json!([{"call_to_action": "SHOP_NOW"}]);
        body
    };
    let on_tiktok =
        id(&ok(&mut world, "/smart_plus/adgroup/create/", &smart_group(&campaign_id)), "adgroup_id");
    refused(&mut world, "/smart_plus/ad/create/", &custom(&on_tiktok), 40_002, "CUSTOMIZED_USER");
    let pangle = with(
        &smart_group(&campaign_id),
        &json!({"request_id": "6", "placement_type": "PLACEMENT_TYPE_NORMAL", "placements": ["PLACEMENT_PANGLE"]}),
    );
    let off_tiktok = id(&ok(&mut world, "/smart_plus/adgroup/create/", &pangle), "adgroup_id");
    ok(&mut world, "/smart_plus/ad/create/", &custom(&off_tiktok));
}

#[test]
fn each_lane_refuses_the_others_objects() {
    let mut world = world();
    let (manual, ..) = manual_tree(&mut world);
    let smart = id(
        &ok(
            &mut world,
            "/smart_plus/campaign/create/",
            &with(&smart_campaign(), &json!({"request_id": "4"})),
        ),
        "campaign_id",
    );
    let rename =
        |campaign: &str| json!({"advertiser_id": EUR, "campaign_id": campaign, "campaign_name": "x"});
    refused(&mut world, "/campaign/update/", &rename(&smart), 40_002, "Upgraded Smart+ object");
    refused(&mut world, "/smart_plus/campaign/update/", &rename(&manual), 40_002, "not an Upgraded Smart+");
    refused(&mut world, "/adgroup/create/", &group(&smart), 40_002, "Upgraded Smart+ object");
}

#[test]
fn fixed_members_are_refused() {
    let mut world = world();
    let (campaign_id, adgroup_id, ad_id) = smart_tree(&mut world);
    for (path, key, id, changes) in [
        ("campaign", "campaign_id", &campaign_id, json!({"budget_optimize_on": false})),
        ("campaign", "campaign_id", &campaign_id, json!({"sales_destination": "WEB_AND_APP"})),
        ("adgroup", "adgroup_id", &adgroup_id, json!({"bid_type": "BID_TYPE_CUSTOM"})),
        ("adgroup", "adgroup_id", &adgroup_id, json!({"pixel_id": "5"})),
        ("ad", "smart_plus_ad_id", &ad_id, json!({"adgroup_id": "5"})),
        ("ad", "smart_plus_ad_id", &ad_id, json!({"operation_status": "DISABLE"})),
    ] {
        let body = with(&json!({"advertiser_id": EUR, key: id}), &changes);
        refused(&mut world, &format!("/smart_plus/{path}/update/"), &body, 40_002, "cannot be updated");
    }
}
