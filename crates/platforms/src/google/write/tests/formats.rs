//! Asset groups and Demand Gen ads as operations.

use std::sync::Arc;

use crate::google::read::{Asset, Content, Library, image_name};

use super::*;

const DIGEST: &str = "abababababababababababababababababababababababababababababababab";

/// A memory with one wide picture, `customers/1/assets/50`, known by its digest, and a square one, 51.
fn memory() -> Memory {
    let mut library = Library::default();
    for (id, name, size) in [(50, image_name(DIGEST), (1200, 628)), (51, "logo.png".to_owned(), (300, 300))] {
        let content = Content::Image { name, size: Some(size), url: None };
        library.insert(Asset { resource: format!("customers/1/assets/{id}"), content });
    }
    Memory { library: Arc::new(library), ..Memory::default() }
}

fn lane(word: &str) -> (&'static str, Option<Value>) {
    ("google.advertisingChannelType", Some(text(word)))
}

#[test]
fn an_asset_group_and_its_ad_are_one_object_with_links() {
    let create = step(StepKind::Create);
    let group = Change { parent_id: None, ..change(GROUP, Some(CAMPAIGN), &[lane("PERFORMANCE_MAX")]) };
    let ad = change(
        AD,
        Some(GROUP),
        &[
            lane("PERFORMANCE_MAX"),
            ("creative.headlines", Some(Value::text_list(["Shop"]))),
            ("creative.businessName", Some(text("Shop"))),
            ("creative.images", Some(Value::text_list([format!("sha256:{DIGEST}"), "id:51".to_owned()]))),
            ("creative.callToAction", Some(text("ShopNow"))),
            ("creative.landingPage", Some(text("https://shop.example/"))),
            ("google.urlCustomParameters.aname", Some(text("hero"))),
        ],
    );
    let mut under = item(&create, &group, None);
    under.parent = ExternalId::new("campaigns/5").ok();
    let built = built_with(&memory(), &[under, item(&create, &ad, None)]);
    let link = |asset: &str, kind: &str| {
        json!({"assetGroupAssetOperation": {"create": {"assetGroup": "customers/1/assetGroups/-1",
            "asset": format!("customers/1/assets/{asset}"), "fieldType": kind}}})
    };
    assert_eq!(
        built,
        [
            json!({"assetOperation": {"create": {"textAsset": {"text": "Shop"}, "resourceName": "customers/1/assets/-2"}}}),
            json!({"assetOperation": {"create": {"callToActionAsset": {"callToAction": "SHOP_NOW"},
                "resourceName": "customers/1/assets/-3"}}}),
            json!({"assetGroupOperation": {"create": {"resourceName": "customers/1/assetGroups/-1",
                "campaign": "customers/1/campaigns/5", "name": group.display_name, "status": "PAUSED",
                "urlCustomParameters": [{"key": "adplane", "value": "abcdef.abcdefghij"},
                    {"key": "adplanead", "value": "abcdef.abcdefghij"}, {"key": "aname", "value": "hero"}],
                "finalUrls": ["https://shop.example/"]}}}),
            link("-2", "HEADLINE"),
            link("-2", "BUSINESS_NAME"),
            link("50", "MARKETING_IMAGE"),
            link("51", "SQUARE_MARKETING_IMAGE"),
            link("-3", "CALL_TO_ACTION_SELECTION"),
        ],
        "a text is made once, whatever shows it"
    );
}

#[test]
fn links_are_exchanged_and_those_of_the_vendor_left() {
    let link = |asset: u8, source: &str, words: &str| {
        json!({"assetGroupAsset": {"resourceName": format!("customers/1/assetGroupAssets/9~{asset}~HEADLINE"),
            "fieldType": "HEADLINE", "source": source},
            "asset": {"resourceName": format!("customers/1/assets/{asset}"), "textAsset": {"text": words}}})
    };
    let native = json!({"assetGroup": {}, "links": [link(1, "ADVERTISER", "Old"), link(2, "ADVERTISER", "Kept"),
        link(3, "AUTOMATICALLY_CREATED", "Generated")]});
    let live = live(Kind::Ad, "assetGroupAssets/9", native);
    let change = change(AD, None, &[("creative.headlines", Some(Value::text_list(["Kept", "New"])))]);
    let update = step(StepKind::Update { paths: vec!["creative.headlines".into()] });
    assert_eq!(
        built(&[item(&update, &change, Some(&live))]),
        [
            json!({"assetOperation": {"create": {"textAsset": {"text": "New"}, "resourceName": "customers/1/assets/-1"}}}),
            json!({"assetGroupAssetOperation": {"remove": "customers/1/assetGroupAssets/9~1~HEADLINE"}}),
            json!({"assetGroupAssetOperation": {"create": {"assetGroup": "customers/1/assetGroups/9",
                "asset": "customers/1/assets/-1", "fieldType": "HEADLINE"}}}),
        ]
    );
}

#[test]
fn updates_of_a_group_and_its_ad_are_merged() {
    let native = json!({"assetGroup": {"urlCustomParameters": [{"key": "season", "value": "spring"}]}});
    let group = live(Kind::AdGroup, "assetGroups/9", native.clone());
    let mut ad = live(Kind::Ad, "assetGroupAssets/9", native);
    ad.marker = None;
    let renamed = change(
        GROUP,
        None,
        &[("displayName", Some(text("All"))), ("google.urlCustomParameters.gname", Some(text("All")))],
    );
    let moved = change(AD, None, &[("creative.landingPage", Some(text("https://shop.example/")))]);
    let names = step(StepKind::Update {
        paths: vec!["displayName".into(), "google.urlCustomParameters.gname".into()],
    });
    let page = step(StepKind::Update { paths: vec!["creative.landingPage".into()] });
    let built = built(&[item(&names, &renamed, Some(&group)), item(&page, &moved, Some(&ad))]);
    assert_eq!(built.len(), 1, "an object is named once in a request");
    let operation = &built[0]["assetGroupOperation"];
    assert_eq!(operation["updateMask"], json!("name,urlCustomParameters,finalUrls"));
    assert_eq!(
        operation["update"]["urlCustomParameters"],
        json!([{"key": "adplane", "value": "abcdef.abcdefghij"}, {"key": "adplanead", "value": "abcdef.abcdefghij"},
            {"key": "gname", "value": "All"}, {"key": "season", "value": "spring"}])
    );
}

#[test]
fn a_carousel_has_cards_that_are_assets() {
    let card = Value::map([
        ("headline", text("Road")),
        ("image", text(&format!("sha256:{DIGEST}"))),
        ("landingPage", text("https://shop.example/road")),
    ]);
    let change = change(
        AD,
        Some(GROUP),
        &[
            lane("DEMAND_GEN"),
            ("creative.cards", Some(Value::List(vec![card]))),
            ("creative.headlines", Some(Value::text_list(["Shoes"]))),
            ("creative.logos", Some(Value::text_list(["id:51"]))),
            ("creative.callToAction", Some(text("ShopNow"))),
            (
                "google.adGroupAdAssetAutomationSettings.GENERATE_LANDING_PAGE_PREVIEW",
                Some(text("OPTED_OUT")),
            ),
        ],
    );
    let create = step(StepKind::Create);
    let mut under = item(&create, &change, None);
    under.parent = ExternalId::new("adGroups/9").ok();
    let built = built_with(&memory(), &[under]);
    assert_eq!(
        built[0],
        json!({"assetOperation": {"create": {"demandGenCarouselCardAsset": {"headline": "Road",
            "marketingImageAsset": "customers/1/assets/50"}, "finalUrls": ["https://shop.example/road"],
            "resourceName": "customers/1/assets/-1"}}})
    );
    let ad = &built[1]["adGroupAdOperation"]["create"];
    assert_eq!(
        ad["ad"]["demandGenCarouselAd"],
        json!({"headline": {"text": "Shoes"}, "callToActionText": "Shop now",
            "logoImage": {"asset": "customers/1/assets/51"}, "carouselCards": [{"asset": "customers/1/assets/-1"}]})
    );
    assert_eq!(
        ad["adGroupAdAssetAutomationSettings"],
        json!([{"assetAutomationType": "GENERATE_LANDING_PAGE_PREVIEW", "assetAutomationStatus": "OPTED_OUT"}])
    );
}

#[test]
fn pictures_find_their_lists_and_leave_the_others_empty() {
    let native = json!({"adGroupAd": {"ad": {"demandGenMultiAssetAd": {}}}});
    let live = live(Kind::Ad, "adGroupAds/9~77", native);
    let change = change(AD, None, &[("creative.images", Some(Value::text_list(["id:51"])))]);
    let update = step(StepKind::Update { paths: vec!["creative.images".into()] });
    let built = built_with(&memory(), &[item(&update, &change, Some(&live))]);
    let operation = &built[0]["adOperation"];
    assert_eq!(
        operation["update"]["demandGenMultiAssetAd"],
        json!({"squareMarketingImages": [{"asset": "customers/1/assets/51"}]})
    );
    let mask = operation["updateMask"].as_str().unwrap();
    assert!(mask.contains("demandGenMultiAssetAd.marketingImages"), "{mask}");
}
