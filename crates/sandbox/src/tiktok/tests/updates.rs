//! Updates of the manual lane: what is kept, what is fixed, when budgets take effect.

use super::*;

#[test]
fn a_campaign_changes_name_and_budget_only() {
    let mut world = world();
    let daily = with(&campaign(), &json!({"budget_mode": "BUDGET_MODE_DAY", "budget": 100}));
    let campaign_id = id(&ok(&mut world, "/campaign/create/", &daily), "campaign_id");
    let update = json!({"advertiser_id": EUR, "campaign_id": campaign_id});
    wait(&mut world, 10);
    let body = with(&update, &json!({"campaign_name": "Winter", "budget": 80.5}));
    let changed = ok(&mut world, "/campaign/update/", &body);
    assert_eq!((&changed["campaign_name"], &changed["budget"]), (&json!("Winter"), &json!(80.5)));
    assert_eq!(
        (&changed["create_time"], &changed["modify_time"]),
        (&json!("2026-11-20 09:00:00"), &json!("2026-11-20 09:00:10"))
    );
    for (changes, part) in [
        (json!({"objective_type": "REACH"}), "objective_type: It cannot be updated"),
        (json!({"budget_mode": "BUDGET_MODE_TOTAL"}), "budget_mode: It cannot be updated"),
        (json!({"operation_status": "ENABLE"}), "operation_status: It cannot be updated"),
        (json!({"budget": 10}), "at least 50"),
        (json!({"special_industries": ["HOUSING"]}), "only be cleared"),
    ] {
        refused(&mut world, "/campaign/update/", &with(&update, &changes), 40_002, part);
    }
    world.options.insert("tiktok.immutable".into(), "ignore".into());
    ok(&mut world, "/campaign/update/", &with(&update, &json!({"objective_type": "REACH"})));
    assert_eq!(
        stored(&world, "campaigns", &campaign_id)["objective_type"],
        "TRAFFIC",
        "ignored, never applied"
    );
}

#[test]
fn history_names_old_and_new_values() {
    let mut world = world();
    let campaign_id = id(&ok(&mut world, "/campaign/create/", &campaign()), "campaign_id");
    let body = json!({"advertiser_id": EUR, "campaign_id": campaign_id, "campaign_name": "Winter"});
    ok(&mut world, "/campaign/update/", &body);
    ok(&mut world, "/campaign/update/", &body);
    let edit = json!({"campaign_name": "By hand"});
    super::super::edit(&mut world, EUR, "campaigns", &campaign_id, edit.as_object().expect("object"), "ana")
        .expect("edited");
    let history = &world.account(Vendor::Tiktok, EUR).expect("account").history;
    let seen: Vec<_> = history
        .iter()
        .map(|change| (change.operation.as_str(), change.actor.as_str(), change.via_api))
        .collect();
    assert_eq!(
        seen,
        [("CREATE", "sandbox-user", true), ("UPDATE", "sandbox-user", true), ("UPDATE", "ana", false)]
    );
    assert_eq!(history[2].before["campaign_name"], "Winter");
}

#[test]
fn an_ad_group_keeps_what_is_not_sent() {
    let mut world = world();
    let campaign_id = id(&ok(&mut world, "/campaign/create/", &campaign()), "campaign_id");
    let body = with(&group(&campaign_id), &json!({"languages": ["es"], "age_groups": ["AGE_25_34"]}));
    let adgroup_id = id(&ok(&mut world, "/adgroup/create/", &body), "adgroup_id");
    let update =
        json!({"advertiser_id": EUR, "adgroup_id": adgroup_id, "adgroup_name": "España", "budget": 25});
    let changed = ok(&mut world, "/adgroup/update/", &update);
    assert_eq!((&changed["adgroup_name"], &changed["budget"]), (&json!("España"), &json!(25.0)));
    assert_eq!((&changed["languages"], &changed["age_groups"]), (&json!(["es"]), &json!(["AGE_25_34"])));
    world.options.insert("tiktok.adgroup_update".into(), "replace".into());
    let changed = ok(&mut world, "/adgroup/update/", &with(&update, &json!({"location_ids": ["2510769"]})));
    assert_eq!(changed["languages"], json!([]), "a full replacement resets what was left out");
}

#[test]
fn fixed_members_of_an_ad_group_are_refused() {
    let mut world = world();
    let (_, adgroup_id, _) = manual_tree(&mut world);
    let update = json!({"advertiser_id": EUR, "adgroup_id": adgroup_id});
    for (changes, part) in [
        (json!({"optimization_goal": "REACH"}), "optimization_goal"),
        (json!({"placements": ["PLACEMENT_PANGLE"]}), "placements"),
        (json!({"budget_mode": "BUDGET_MODE_TOTAL"}), "budget_mode"),
        (json!({"schedule_type": "SCHEDULE_FROM_NOW"}), "schedule_start_time: Required"),
        (json!({"budget": 1}), "at least 20"),
        (json!({"location_ids": []}), "location_ids"),
        (json!({"bid_type": "BID_TYPE_CUSTOM"}), "bid_price"),
    ] {
        refused(&mut world, "/adgroup/update/", &with(&update, &changes), 40_002, part);
    }
    wait(&mut world, 600);
    let moved = json!({"schedule_type": "SCHEDULE_FROM_NOW", "schedule_start_time": "2026-11-22 00:00:00"});
    refused(&mut world, "/adgroup/update/", &with(&update, &moved), 40_002, "once the ad group has started");
    ok(
        &mut world,
        "/adgroup/update/",
        &with(&update, &json!({"optimization_goal": "CLICK", "adgroup_name": "Same"})),
    );
}

#[test]
fn the_united_states_stay_targeted() {
    let mut world = world();
    let campaign_id = id(&ok(&mut world, "/campaign/create/", &campaign()), "campaign_id");
    let body = with(&group(&campaign_id), &json!({"location_ids": ["6252001"]}));
    let adgroup_id = id(&ok(&mut world, "/adgroup/create/", &body), "adgroup_id");
    let update = json!({"advertiser_id": EUR, "adgroup_id": adgroup_id, "location_ids": ["2510769"]});
    refused(&mut world, "/adgroup/update/", &update, 40_002, "United States");
}

#[test]
fn daily_budgets_change_at_midnight_of_the_account() {
    let mut world = world();
    let (_, adgroup_id, _) = manual_tree(&mut world);
    let now = json!({"advertiser_id": EUR, "budget": [{"adgroup_id": adgroup_id, "budget": 30}]});
    refused(&mut world, "/adgroup/budget/update/", &now, 40_002, "use scheduled_budget");
    let body = json!({"advertiser_id": EUR, "scheduled_budget": [{"adgroup_id": adgroup_id, "scheduled_budget": 30}]});
    assert_eq!(ok(&mut world, "/adgroup/budget/update/", &body), json!({}));
    let group = stored(&world, "adgroups", &adgroup_id);
    assert_eq!((&group["budget"], &group["scheduled_budget"]), (&json!(20.0), &json!(30.0)));
    wait(&mut world, 14 * 3600 - 1);
    assert_eq!(stored(&world, "adgroups", &adgroup_id)["budget"], 20.0, "23:59:59 in Madrid");
    refused(&mut world, "/adgroup/budget/update/", &body, 40_002, "23:55");
    wait(&mut world, 1);
    let group = stored(&world, "adgroups", &adgroup_id);
    assert_eq!((&group["budget"], &group["scheduled_budget"]), (&json!(30.0), &json!(0.0)));
}

#[test]
fn ads_are_replaced_or_patched_and_reviewed_again() {
    let mut world = world();
    let (_, adgroup_id, ad_id) = manual_tree(&mut world);
    wait(&mut world, 120);
    let enable = json!({"advertiser_id": EUR, "ad_ids": [ad_id], "operation_status": "ENABLE"});
    ok(&mut world, "/ad/status/update/", &enable);
    let call = |patch: bool, creative: Value| json!({"advertiser_id": EUR, "adgroup_id": adgroup_id, "patch_update": patch, "creatives": [creative]});
    let body = call(true, json!({"ad_id": ad_id, "ad_name": "hero 2"}));
    let ad = ok(&mut world, "/ad/update/", &body)["creatives"][0].clone();
    assert_eq!(
        (&ad["ad_name"], &ad["secondary_status"]),
        (&json!("hero 2"), &json!("AD_STATUS_ADGROUP_DISABLE"))
    );
    let body = call(true, json!({"ad_id": ad_id, "ad_text": "Dry feet"}));
    assert_eq!(ok(&mut world, "/ad/update/", &body)["creatives"][0]["secondary_status"], "AD_STATUS_REAUDIT");
    let body = call(true, json!({"ad_id": ad_id, "landing_page_url": "https://shop.example/"}));
    refused(&mut world, "/ad/update/", &body, 40_002, "patch_update");
    let image = upload_image(&mut world, EUR, "b.png");
    let whole =
        with(&creative(&image), &json!({"ad_id": ad_id, "call_to_action": null, "operation_status": null}));
    let ad = ok(&mut world, "/ad/update/", &call(false, whole))["creatives"][0].clone();
    assert!(ad["call_to_action"].is_null(), "what a replacement leaves out is gone");
    assert_eq!(
        (&ad["operation_status"], &ad["create_time"]),
        (&json!("ENABLE"), &json!("2026-11-20 09:00:00"))
    );
}
