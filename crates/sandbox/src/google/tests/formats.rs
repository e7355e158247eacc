//! Performance Max, Demand Gen, images (§3.5-§3.7).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::support::*;
use crate::google::handle;

/// The first bytes of a PNG of a size, enough to be measured.
fn png(width: u32, height: u32) -> String {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend([8, 2, 0, 0, 0, 0, 0, 0, 0]);
    STANDARD.encode(bytes)
}

fn image(name: &str, width: u32, height: u32) -> Value {
    json!({"name": name, "imageAsset": {"data": png(width, height)}})
}

fn pmax_campaign() -> Value {
    let campaign = with(campaign(), "/advertisingChannelType", json!("PERFORMANCE_MAX"));
    let campaign = with(campaign, "/targetSpend", Value::Null);
    with(campaign, "/maximizeConversions", json!({}))
}

/// A whole Performance Max tree; its assets by field type.
fn pmax(campaign: &Value) -> Vec<Value> {
    let text = |words: &str| json!({"textAsset": {"text": words}});
    let assets = [
        ("HEADLINE", text("Running shoes")),
        ("HEADLINE", text("Free returns")),
        ("HEADLINE", text("New in spring")),
        ("LONG_HEADLINE", text("Running shoes for every road")),
        ("DESCRIPTION", text("Light and fast.")),
        ("DESCRIPTION", text("Delivered in two days.")),
        ("BUSINESS_NAME", text("Shop")),
        ("MARKETING_IMAGE", image("wide", 1200, 628)),
        ("SQUARE_MARKETING_IMAGE", image("square", 600, 600)),
        ("LOGO", image("logo", 128, 128)),
    ];
    let mut operations = vec![
        json!({"campaignBudgetOperation": {"create": budget()}}),
        json!({"campaignOperation": {"create": campaign}}),
    ];
    let mut links = Vec::new();
    for (number, (kind, asset)) in assets.into_iter().enumerate() {
        let name = format!("customers/1000000001/assets/-{}", number + 10);
        let mut asset = asset;
        asset["resourceName"] = json!(name);
        operations.push(json!({"assetOperation": {"create": asset}}));
        links.push(json!({"assetGroupAssetOperation": {"create": {
            "assetGroup": "customers/1000000001/assetGroups/-5", "asset": name, "fieldType": kind,
        }}}));
    }
    operations.push(json!({"assetGroupOperation": {"create": {
        "resourceName": "customers/1000000001/assetGroups/-5",
        "campaign": "customers/1000000001/campaigns/-2",
        "name": "All shoes",
        "finalUrls": ["https://shop.example/"],
    }}}));
    operations.extend(links);
    operations.push(json!({"assetGroupSignalOperation": {"create": {
        "assetGroup": "customers/1000000001/assetGroups/-5", "searchTheme": {"text": "running"},
    }}}));
    operations
}

fn check(operations: &[Value], expected: &[&str]) {
    let (_, answer) = post(&mut world(), EUR, "googleAds:mutate", &json!({"mutateOperations": operations}));
    let codes: Vec<String> =
        errors(&answer).iter().map(|error| error.split(" at ").next().unwrap().to_owned()).collect();
    assert_eq!(codes, expected);
}

#[test]
fn an_asset_group_arrives_with_its_minimum_assets() {
    let whole = pmax(&pmax_campaign());
    check(&whole, &[]);
    let without = |kind: &str| -> Vec<Value> {
        let is = |operation: &&Value| operation["assetGroupAssetOperation"]["create"]["fieldType"] != kind;
        whole.iter().filter(is).cloned().collect()
    };
    check(&without("LOGO"), &["assetGroupError.NOT_ENOUGH_LOGO_ASSET"]);
    check(&without("HEADLINE"), &["assetGroupError.NOT_ENOUGH_HEADLINE_ASSET"]);
    let branded = pmax(&with(pmax_campaign(), "/brandGuidelinesEnabled", json!(true)));
    check(&branded, &["assetLinkError.BRAND_ASSETS_NOT_LINKED_AT_CAMPAIGN_LEVEL"; 2]);
    let mut elsewhere = vec!["assetGroupError.CANNOT_ADD_ASSET_GROUP_FOR_CAMPAIGN_TYPE"];
    elsewhere.extend(["newResourceCreationError.TEMP_ID_RESOURCE_HAD_ERRORS"; 11]);
    check(&pmax(&campaign()), &elsewhere);
}

#[test]
fn an_asset_group_keeps_its_minimum_and_a_campaign_its_last_group() {
    let mut world = world();
    let answer = apply(&mut world, "googleAds:mutate", &json!({"mutateOperations": pmax(&pmax_campaign())}));
    let names: Vec<Value> = answer["mutateOperationResponses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| result.as_object().unwrap().values().next().unwrap()["resourceName"].clone())
        .collect();
    let logo = &names[names.len() - 2];
    let (_, answer) =
        post(&mut world, EUR, "assetGroupAssets:mutate", &json!({"operations": [{"remove": logo}]}));
    assert_eq!(errors(&answer), ["assetGroupError.NOT_ENOUGH_LOGO_ASSET at operations[0].remove"]);
    let (_, answer) =
        post(&mut world, EUR, "assetGroups:mutate", &json!({"operations": [{"remove": names[12]}]}));
    assert_eq!(
        errors(&answer),
        ["assetGroupError.CANNOT_REMOVE_ALL_ASSET_GROUPS_FROM_CAMPAIGN at operations[0].remove"]
    );
    let found = rows(
        &mut world,
        "SELECT asset_group_asset.field_type, asset.text_asset.text, campaign.name FROM asset_group_asset WHERE asset_group_asset.field_type = 'LONG_HEADLINE'",
    );
    assert_eq!(found[0]["asset"]["textAsset"]["text"], "Running shoes for every road");
    assert_eq!(found[0]["campaign"]["name"], "Brand search");
}

#[test]
fn shared_budgets_and_other_strategies_do_not_go_with_performance_max() {
    let mut operations = pmax(&pmax_campaign());
    operations.truncate(2);
    operations[0] =
        with(operations[0].clone(), "/campaignBudgetOperation/create/explicitlyShared", Value::Null);
    operations[0] = with(operations[0].clone(), "/campaignBudgetOperation/create/name", json!("shared"));
    check(&operations, &["campaignError.BUDGET_CANNOT_BE_SHARED"]);
    let manual = with(with(campaign(), "/targetSpend", Value::Null), "/manualCpc", json!({}));
    let mut operations = pmax(&with(manual, "/advertisingChannelType", json!("PERFORMANCE_MAX")));
    operations.truncate(2);
    check(&operations, &["biddingError.CANNOT_CREATE_CAMPAIGN_WITH_BIDDING_STRATEGY"]);
}

#[test]
fn images_are_measured_and_served() {
    let mut world = world();
    let create = |asset: Value| json!({"operations": [{"create": asset}]});
    let made = apply(&mut world, "assets:mutate", &create(image("wide", 1200, 628)));
    let found = rows(
        &mut world,
        "SELECT asset.name, asset.type, asset.image_asset.mime_type, asset.image_asset.full_size.width_pixels, asset.image_asset.full_size.url FROM asset",
    );
    let asset = &found[0]["asset"];
    assert_eq!(asset["imageAsset"]["mimeType"], "IMAGE_PNG");
    assert_eq!(asset["imageAsset"]["fullSize"]["widthPixels"], "1200");
    let url = asset["imageAsset"]["fullSize"]["url"].as_str().unwrap();
    let path = url.strip_prefix("http://127.0.0.1:9440/google").unwrap();
    let served = handle(&mut world, &request("GET", path, &[], ""));
    assert_eq!(STANDARD.encode(&served.body), png(1200, 628));
    let again = apply(&mut world, "assets:mutate", &create(image("other", 1200, 628)));
    assert_eq!(again["results"], made["results"], "the same bytes are the same asset");
    for (asset, expected) in [
        (
            json!({"imageAsset": {"data": png(10, 10)}}),
            "assetError.NAME_REQUIRED_FOR_ASSET_TYPE at operations[0].create.name",
        ),
        (
            json!({"name": "x", "imageAsset": {"data": "aGVsbG8="}}),
            "imageError.FORMAT_NOT_ALLOWED at operations[0].create.image_asset.data",
        ),
        (
            json!({"youtubeVideoAsset": {"youtubeVideoId": "short"}}),
            "youtubeVideoRegistrationError.VIDEO_NOT_FOUND at operations[0].create.youtube_video_asset.youtube_video_id",
        ),
        (
            json!({"calloutAsset": {"calloutText": "x".repeat(26)}}),
            "stringLengthError.TOO_LONG at operations[0].create.callout_asset.callout_text",
        ),
    ] {
        let (_, answer) = post(&mut world, EUR, "assets:mutate", &create(asset));
        assert_eq!(errors(&answer), [expected]);
    }
}

#[test]
fn demand_gen_has_ad_groups_without_a_type() {
    let mut operations = tree();
    operations.truncate(3);
    operations[1]["campaignOperation"]["create"] =
        with(pmax_campaign(), "/advertisingChannelType", json!("DEMAND_GEN"));
    operations[2]["adGroupOperation"]["create"] = with(ad_group(), "/cpcBidMicros", Value::Null);
    check(&operations, &[]);
    operations[2]["adGroupOperation"]["create"]["type"] = json!("SEARCH_STANDARD");
    check(&operations, &["adGroupError.AD_GROUP_TYPE_NOT_VALID_FOR_ADVERTISING_CHANNEL_TYPE"]);
    operations[2]["adGroupOperation"]["create"] = ad_group();
    let video = json!({"headlines": [{"text": "x".repeat(31)}], "businessName": {"text": "Shop"}});
    operations.push(json!({"adGroupAdOperation": {"create": {
        "adGroup": "customers/1000000001/adGroups/-3",
        "ad": {"finalUrls": ["https://shop.example/"], "demandGenVideoResponsiveAd": video},
    }}}));
    check(
        &operations,
        &["collectionSizeError.TOO_FEW", "collectionSizeError.TOO_FEW", "adError.LINE_TOO_WIDE"],
    );
}
