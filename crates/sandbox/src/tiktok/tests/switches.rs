//! Status updates and what they do to the objects below.

use super::*;

fn state(world: &mut World, path: &str, filter: &Value) -> Value {
    let filter = filter.to_string();
    let answer = data(&get(world, path, &[("advertiser_id", EUR), ("filtering", &filter)]));
    answer["list"][0]["secondary_status"].clone()
}

#[test]
fn a_child_under_a_disabled_parent_says_so() {
    let mut world = world();
    let (_, adgroup_id, ad_id) = manual_tree(&mut world);
    wait(&mut world, 120);
    let ad = json!({"advertiser_id": EUR, "ad_ids": [ad_id], "operation_status": "ENABLE"});
    assert_eq!(
        ok(&mut world, "/ad/status/update/", &ad),
        json!({"ad_ids": [ad_id], "aco_ad_ids": [], "status": "ENABLE"})
    );
    assert_eq!(state(&mut world, "/ad/get/", &json!({"ad_ids": [ad_id]})), "AD_STATUS_ADGROUP_DISABLE");
    let group = json!({"advertiser_id": EUR, "adgroup_ids": [adgroup_id], "operation_status": "ENABLE"});
    ok(&mut world, "/adgroup/status/update/", &group);
    assert_eq!(state(&mut world, "/ad/get/", &json!({"ad_ids": [ad_id]})), "AD_STATUS_CAMPAIGN_DISABLE");
    assert_eq!(state(&mut world, "/adgroup/get/", &json!({})), "ADGROUP_STATUS_CAMPAIGN_DISABLE");
    assert_eq!(
        stored(&world, "adgroups", &adgroup_id)["secondary_status"],
        "ADGROUP_STATUS_CAMPAIGN_DISABLE"
    );
}

#[test]
fn an_ad_group_without_ads_is_only_created() {
    let mut world = world();
    let campaign_id = id(&ok(&mut world, "/campaign/create/", &campaign()), "campaign_id");
    let group = ok(&mut world, "/adgroup/create/", &group(&campaign_id));
    assert_eq!(group["secondary_status"], "ADGROUP_STATUS_CREATE");
}

#[test]
fn deletion_is_final_and_hides_the_object() {
    let mut world = world();
    let (campaign_id, adgroup_id, ad_id) = manual_tree(&mut world);
    let delete = json!({"advertiser_id": EUR, "campaign_ids": [campaign_id], "operation_status": "DELETE"});
    let answer = ok(&mut world, "/campaign/status/update/", &delete);
    assert_eq!(answer["campaign_list"][0]["status"], "DELETE");
    refused(&mut world, "/campaign/status/update/", &delete, 40_007, "deleted");
    refused(
        &mut world,
        "/campaign/status/update/",
        &with(&delete, &json!({"operation_status": "ENABLE"})),
        40_002,
        "deleted",
    );
    let update = json!({"advertiser_id": EUR, "campaign_id": campaign_id, "campaign_name": "x"});
    refused(&mut world, "/campaign/update/", &update, 40_007, "deleted");
    let list = data(&get(&mut world, "/campaign/get/", &[("advertiser_id", EUR)]));
    assert_eq!(list["page_info"]["total_number"], 0);
    let all = json!({"primary_status": "STATUS_ALL"});
    assert_eq!(state(&mut world, "/campaign/get/", &all), "CAMPAIGN_STATUS_DELETE");
    assert_eq!(state(&mut world, "/adgroup/get/", &all), "ADGROUP_STATUS_CAMPAIGN_DELETE");
    assert_eq!(state(&mut world, "/ad/get/", &all), "AD_STATUS_CAMPAIGN_DELETE");
    assert_eq!(
        stored(&world, "adgroups", &adgroup_id)["operation_status"],
        "DISABLE",
        "children keep their own"
    );
    assert_eq!(stored(&world, "ads", &ad_id)["operation_status"], "DISABLE");
    refused(&mut world, "/adgroup/create/", &group(&campaign_id), 40_007, "Campaign");
}

#[test]
fn batches_are_all_or_nothing_unless_asked() {
    let mut world = world();
    let (_, adgroup_id, _) = manual_tree(&mut world);
    let body = json!({"advertiser_id": EUR, "adgroup_ids": [adgroup_id, "5"], "operation_status": "ENABLE"});
    refused(&mut world, "/adgroup/status/update/", &body, 40_007, "adgroup_id 5");
    assert_eq!(stored(&world, "adgroups", &adgroup_id)["operation_status"], "DISABLE");
    let answer =
        ok(&mut world, "/adgroup/status/update/", &with(&body, &json!({"allow_partial_success": true})));
    assert_eq!(answer["adgroup_ids"], json!([adgroup_id]));
    assert_eq!(answer["error_list"][0]["adgroup_id"], "5");
    let many: Vec<String> = (0..21).map(|number| number.to_string()).collect();
    refused(
        &mut world,
        "/adgroup/status/update/",
        &with(&body, &json!({"adgroup_ids": many})),
        40_002,
        "1 to 20",
    );
}

#[test]
fn disable_at_create_can_be_ignored() {
    let mut world = world_with("tiktok.create_disable", "ignore");
    assert_eq!(ok(&mut world, "/campaign/create/", &campaign())["operation_status"], "ENABLE");
}

#[test]
fn a_frozen_object_cannot_be_enabled() {
    let mut world = world();
    let (campaign_id, _, _) = manual_tree(&mut world);
    let frozen = json!({"operation_status": "FROZEN"});
    super::super::edit(
        &mut world,
        EUR,
        "campaigns",
        &campaign_id,
        frozen.as_object().expect("object"),
        "vendor",
    )
    .expect("edited");
    let body = json!({"advertiser_id": EUR, "campaign_ids": [campaign_id], "operation_status": "ENABLE"});
    refused(&mut world, "/campaign/status/update/", &body, 40_002, "frozen");
}
