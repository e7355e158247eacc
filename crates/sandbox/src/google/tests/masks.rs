//! Update masks (§2.5).

use serde_json::{Value, json};

use super::support::*;

fn update(object: &Value, mask: Option<&str>) -> Value {
    let mut operation = json!({"update": object});
    if let Some(mask) = mask {
        operation["updateMask"] = json!(mask);
    }
    json!({"operations": [operation]})
}

#[test]
fn masks_decide_what_changes() {
    let mut world = world();
    let names = create_tree(&mut world);
    let body = json!({"resourceName": names[1], "status": "ENABLED", "name": "Other", "networkSettings": {"targetGoogleSearch": true}});
    apply(&mut world, "campaigns:mutate", &update(&body, Some("status,networkSettings.targetSearchNetwork")));
    let found = rows(
        &mut world,
        "SELECT campaign.name, campaign.status, campaign.network_settings.target_google_search, campaign.network_settings.target_search_network FROM campaign",
    );
    let campaign = &found[0]["campaign"];
    assert_eq!(campaign["name"], "Brand search");
    assert_eq!(campaign["status"], "ENABLED");
    assert_eq!(
        campaign["networkSettings"],
        json!({"targetGoogleSearch": true, "targetSearchNetwork": false})
    );
}

#[test]
fn switching_the_strategy_clears_the_other() {
    let mut world = world();
    let names = create_tree(&mut world);
    let body = json!({"resourceName": names[1], "maximizeConversions": {"targetCpaMicros": "2000000"}});
    apply(&mut world, "campaigns:mutate", &update(&body, Some("maximizeConversions.targetCpaMicros")));
    let query = "SELECT campaign.bidding_strategy_type, campaign.target_spend.cpc_bid_ceiling_micros, campaign.maximize_conversions.target_cpa_micros FROM campaign";
    let found = rows(&mut world, query);
    assert_eq!(found[0]["campaign"]["biddingStrategyType"], "MAXIMIZE_CONVERSIONS");
    assert_eq!(found[0]["campaign"]["maximizeConversions"]["targetCpaMicros"], "2000000");
    assert!(found[0]["campaign"].get("targetSpend").is_none());
    let clear = json!({"resourceName": names[1], "maximizeConversions": {}});
    apply(&mut world, "campaigns:mutate", &update(&clear, Some("maximizeConversions.targetCpaMicros")));
    assert_eq!(rows(&mut world, query)[0]["campaign"]["maximizeConversions"], json!({}));
}

#[test]
fn wrong_masks_are_refused() {
    let mut world = world();
    let names = create_tree(&mut world);
    let body = json!({"resourceName": names[1], "name": "x", "advertisingChannelType": "DISPLAY"});
    for (mask, expected) in [
        (None, "fieldMaskError.FIELD_MASK_MISSING at operations[0].update_mask"),
        (Some("nam"), "fieldMaskError.FIELD_NOT_FOUND at operations[0].update_mask"),
        (Some("networkSettings"), "fieldMaskError.FIELD_HAS_SUBFIELDS at operations[0].update_mask"),
        (Some("urlCustomParameters.key"), "fieldMaskError.FIELD_NOT_FOUND at operations[0].update_mask"),
        (
            Some("advertisingChannelType"),
            "fieldError.IMMUTABLE_FIELD at operations[0].update.advertising_channel_type",
        ),
        (Some("servingStatus"), "fieldError.IMMUTABLE_FIELD at operations[0].update.serving_status"),
        (
            Some("campaignBudget"),
            "fieldError.FIELD_CANNOT_BE_CLEARED at operations[0].update.campaign_budget",
        ),
    ] {
        let (status, answer) = post(&mut world, EUR, "campaigns:mutate", &update(&body, mask));
        assert_eq!((status, errors(&answer).first().map(String::as_str)), (400, Some(expected)), "{mask:?}");
    }
}

#[test]
fn creates_take_no_mask_and_targets_must_exist() {
    let mut world = world();
    let body = json!({"operations": [{"create": budget(), "updateMask": "name"}]});
    let (_, answer) = post(&mut world, EUR, "campaignBudgets:mutate", &body);
    assert_eq!(errors(&answer), ["fieldMaskError.FIELD_MASK_NOT_ALLOWED at operations[0].update_mask"]);
    let missing = json!({"resourceName": "customers/1000000001/campaigns/1", "name": "x"});
    let (_, answer) = post(&mut world, EUR, "campaigns:mutate", &update(&missing, Some("name")));
    assert_eq!(errors(&answer), ["mutateError.RESOURCE_NOT_FOUND at operations[0].update.resource_name"]);
    let other = json!({"resourceName": "customers/1000000001/adGroups/1", "name": "x"});
    let (_, answer) = post(&mut world, EUR, "campaigns:mutate", &update(&other, Some("name")));
    assert_eq!(
        errors(&answer),
        ["requestError.RESOURCE_NAME_MALFORMED at operations[0].update.resource_name"]
    );
}

#[test]
fn lists_are_replaced_whole_and_emptied_by_absence() {
    let mut world = world();
    let names = create_tree(&mut world);
    let query = "SELECT campaign.url_custom_parameters FROM campaign";
    let body = json!({"resourceName": names[1], "urlCustomParameters": [{"key": "other", "value": "1"}]});
    apply(&mut world, "campaigns:mutate", &update(&body, Some("urlCustomParameters")));
    let found = rows(&mut world, query);
    assert_eq!(found[0]["campaign"]["urlCustomParameters"], json!([{"key": "other", "value": "1"}]));
    let body = json!({"resourceName": names[1]});
    apply(&mut world, "campaigns:mutate", &update(&body, Some("urlCustomParameters")));
    assert!(rows(&mut world, query)[0]["campaign"].get("urlCustomParameters").is_none());
}
