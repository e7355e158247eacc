use adplane_core::money::Currency;
use adplane_core::value::Value as Field;
use serde_json::json;

use super::*;

fn facts() -> AccountFacts {
    AccountFacts {
        name: "Shop".into(),
        currency: Currency::EUR,
        zone: Zone::parse("Europe/Madrid").unwrap(),
        inactive: None,
    }
}

fn rows(campaign: Value) -> Rows {
    Rows { campaigns: vec![campaign], ..Rows::default() }
}

#[test]
fn a_row_with_nothing_chosen_reads_as_the_vendor_shows_it() {
    let row = json!({
        "campaign": {"resourceName": "customers/1/campaigns/5", "name": "Brand", "status": "ENABLED",
            "advertisingChannelType": "SEARCH", "campaignBudget": "customers/1/campaignBudgets/7",
            "newerField": {"x": 1}, "startDateTime": "2026-03-01 00:00:00", "endDateTime": "2037-12-30 23:59:59"},
        "campaignBudget": {"resourceName": "customers/1/campaignBudgets/7", "amountMicros": "40000000"}});
    let objects = assemble(rows(row), &facts(), &Regions::default(), &Library::default());
    let [campaign] = objects.as_slice() else { panic!("one object") };
    assert_eq!(campaign.id.as_str(), "campaigns/5");
    let shown = |path: &str| campaign.value(path).map(ToString::to_string);
    assert_eq!(shown("budget.daily").as_deref(), Some("40.00 EUR"));
    assert_eq!(shown("schedule.start").as_deref(), Some("2026-03-01T00:00:00+01:00[Europe/Madrid]"));
    assert_eq!(shown("schedule.end"), None, "the vendor's former `forever`");
    assert_eq!(shown("targeting.locations").as_deref(), Some("WORLD"));
    assert_eq!(shown("targeting.devices").as_deref(), Some("Desktop, Mobile, Tablet"));
    assert_eq!(shown("negativeKeywords").as_deref(), Some(""));
    assert_eq!(shown("bidding.strategy"), None);
    assert_eq!(campaign.read_only, None);
}

#[test]
fn an_ad_keeps_the_name_that_its_tracking_carries() {
    let named = json!([{"key": "aname", "value": "hero"}]);
    for (parameters, name) in [(named, Some("hero")), (json!([]), None)] {
        let ads = vec![json!({"adGroupAd": {"resourceName": "customers/1/adGroupAds/9~77",
            "adGroup": "customers/1/adGroups/9", "ad": {"id": "77", "urlCustomParameters": parameters}}})];
        let objects =
            assemble(Rows { ads, ..Rows::default() }, &facts(), &Regions::default(), &Library::default());
        assert_eq!(objects[0].text("displayName"), name);
    }
}

#[test]
fn experiments_and_video_are_read_only_with_all_below() {
    for extra in [json!({"experimentType": "EXPERIMENT"}), json!({"advertisingChannelType": "VIDEO"})] {
        let mut campaign = json!({"resourceName": "customers/1/campaigns/5", "name": "Brand"});
        campaign.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let rows = Rows {
            campaigns: vec![json!({ "campaign": campaign })],
            ad_groups: vec![json!({"adGroup": {"resourceName": "customers/1/adGroups/9",
                "campaign": "customers/1/campaigns/5", "name": "All"}})],
            ads: vec![json!({"adGroupAd": {"resourceName": "customers/1/adGroupAds/9~77",
                "adGroup": "customers/1/adGroups/9", "ad": {"id": "77"}}})],
            ..Rows::default()
        };
        let objects = assemble(rows, &facts(), &Regions::default(), &Library::default());
        assert_eq!(objects.len(), 3);
        assert!(objects.iter().all(|object| object.read_only.is_some()));
    }
}

#[test]
fn criteria_belong_to_their_holder() {
    let criterion = |campaign: &str, extra: Value| {
        let mut criterion = json!({ "campaign": campaign });
        criterion.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        json!({ "campaignCriterion": criterion })
    };
    let mine = "customers/1/campaigns/5";
    let mut rows = rows(json!({"campaign": {"resourceName": mine}}));
    rows.campaign_criteria = vec![
        criterion(mine, json!({"location": {"geoTargetConstant": "geoTargetConstants/2724"}})),
        criterion(
            mine,
            json!({"location": {"geoTargetConstant": "geoTargetConstants/1005402"}, "negative": true}),
        ),
        criterion(
            "customers/1/campaigns/6",
            json!({"location": {"geoTargetConstant": "geoTargetConstants/2250"}}),
        ),
        criterion(mine, json!({"language": {"languageConstant": "languageConstants/1003"}})),
        criterion(mine, json!({"ipBlock": {"ipAddress": "192.0.2.1"}})),
    ];
    let objects = assemble(rows, &facts(), &Regions::default(), &Library::default());
    assert_eq!(objects[0].value("targeting.locations"), Some(&Field::text_set(["ES"])));
    assert_eq!(objects[0].value("targeting.locationsExcluded"), Some(&Field::text_set(["id:1005402"])));
    assert_eq!(objects[0].value("targeting.languages"), Some(&Field::text_set(["es"])));
    assert_eq!(objects[0].native["criteria"].as_array().unwrap().len(), 4, "what nobody expresses is kept");
}

#[test]
fn a_manager_account_is_refused_with_what_to_write() {
    let row = json!({"customer": {"id": "1000000000", "manager": true, "currencyCode": "EUR"}});
    let error = facts_of(&row).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unsupported);
    assert!(error.message.contains("google.loginCustomerId"));
    let row = json!({"customer": {"id": "1", "currencyCode": "EUR", "timeZone": "Europe/Madrid",
        "status": "SUSPENDED", "descriptiveName": "Shop"}});
    assert_eq!(facts_of(&row).unwrap().inactive.as_deref(), Some("SUSPENDED"));
}

fn facts_of(row: &Value) -> Result<AccountFacts, PlatformError> {
    super::facts(row)
}

#[test]
fn asset_groups_read_past_what_nobody_knows() {
    let link = |kind: &str, asset: Value| {
        json!({"assetGroupAsset": {"resourceName": format!("customers/1/assetGroupAssets/9~1~{kind}"),
            "assetGroup": "customers/1/assetGroups/9", "fieldType": kind, "source": "NEWER_SOURCE"}, "asset": asset})
    };
    let text = |words: &str| json!({"resourceName": "customers/1/assets/1", "type": "TEXT", "textAsset": {"text": words}});
    let rows = Rows {
        campaigns: vec![json!({"campaign": {"resourceName": "customers/1/campaigns/5", "name": "Max",
            "advertisingChannelType": "PERFORMANCE_MAX", "assetAutomationSettings": [{"assetAutomationType": "NEWER"}]}})],
        asset_groups: vec![json!({"assetGroup": {"resourceName": "customers/1/assetGroups/9", "name": "All",
            "campaign": "customers/1/campaigns/5", "status": "NEWER_STATUS", "primaryStatus": "NEWER",
            "newerField": [1]}})],
        asset_group_assets: vec![
            link("HEADLINE", text("Shoes")),
            link("NEWER_KIND", text("Surprise")),
            link(
                "CALL_TO_ACTION_SELECTION",
                json!({"resourceName": "customers/1/assets/2",
                "callToActionAsset": {"callToAction": "NEWER_WORD"}}),
            ),
            link(
                "MARKETING_IMAGE",
                json!({"resourceName": "customers/1/assets/3", "type": "IMAGE", "name": "hand.png"}),
            ),
            link("LOGO", json!({"resourceName": "customers/1/assets/4", "type": "NEWER_TYPE"})),
        ],
        asset_group_signals: vec![json!({"assetGroupSignal": {"assetGroup": "customers/1/assetGroups/9",
            "resourceName": "customers/1/assetGroupSignals/9~1", "newerSignal": {}}})],
        ..Rows::default()
    };
    let objects = assemble(rows, &facts(), &Regions::default(), &Library::default());
    let [_, group, ad] = objects.as_slice() else { panic!("{objects:#?}") };
    assert_eq!((group.id.as_str(), ad.id.as_str()), ("assetGroups/9", "assetGroupAssets/9"));
    assert_eq!(ad.parent, Some(group.id.clone()));
    let shown = |path: &str| ad.value(path).map(ToString::to_string).unwrap_or_default();
    assert_eq!((shown("creative.headlines"), shown("creative.images")), ("Shoes".into(), "id:3".into()));
    assert_eq!(shown("creative.google.callToAction"), "NEWER_WORD");
    assert_eq!(shown("creative.logos"), "");
    assert_eq!(group.status.reason.as_deref(), Some("Unknown:NEWER"));
    assert_eq!(ad.value("state"), None);
}
