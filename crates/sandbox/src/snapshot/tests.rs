use serde_json::json;

use super::*;
use crate::vendors::seed_world;

fn seeded() -> World {
    seed_world(1, "2026-11-02T08:00:00Z".parse().unwrap())
}

/// One account a platform with an object of each kind of id.
fn given() -> Value {
    json!({
        "google": {"77": {
            "customers": [{"resourceName": "customers/77", "id": "77", "currencyCode": "EUR"}],
            "campaigns": [
                {"resourceName": "customers/77/campaigns/900", "id": "900", "status": "REMOVED"},
                {"resourceName": "customers/77/campaigns/800", "id": "800", "status": "PAUSED"},
            ],
            "adGroupAds": [{"resourceName": "customers/77/adGroupAds/22~950", "ad": {"id": "950"}}],
        }},
        "meta": {"act_88": {
            "adaccounts": [{"id": "act_88", "account_id": "88"}],
            "adsets": [{"id": "120210000000000700", "campaign_id": "120210000000000600"}],
            "adimages": [{"hash": "0f3a", "id": "88:0f3a"}],
        }},
        "tiktok": {"7000000000000000099": {
            "advertisers": [{"advertiser_id": "7000000000000000099"}],
            "campaigns": [{"campaign_id": "1800000000000000001"}],
            "ads": [{"ad_id": "1800000000000000003", "adgroup_id": "1800000000000000002", "campaign_id": "1800000000000000001"}],
            "smart_plus_ads": [{"smart_plus_ad_id": "1800000000000000009", "ad_id": "5"}],
            "smart_plus_adgroups": [{"adgroup_id": "1800000000000000008", "campaign_id": "1800000000000000007"}],
            "identities": [{"identity_id": "222"}],
        }},
    })
}

fn loaded() -> World {
    let mut world = seeded();
    load(&mut world, &given()).unwrap();
    world
}

#[test]
fn what_was_loaded_is_shown_again() {
    let state = state(&loaded());
    for (platform, accounts) in given().as_object().unwrap() {
        for (account, collections) in accounts.as_object().unwrap() {
            assert_eq!(&state[platform][account], collections, "{platform}");
        }
    }
}

#[test]
fn the_state_of_a_world_loads_into_the_same_world() {
    let mut world = loaded();
    let before = serde_json::to_value(&world.accounts).unwrap();
    let text = state(&world).to_string();
    load(&mut world, &serde_json::from_str(&text).unwrap()).unwrap();
    assert_eq!(serde_json::to_value(&world.accounts).unwrap(), before);
}

#[test]
fn objects_are_stored_by_their_vendors_ids() {
    let world = loaded();
    for (vendor, account, collection, id) in [
        (Vendor::Google, "77", "campaigns", "900"),
        (Vendor::Google, "77", "adGroupAds", "22~950"),
        (Vendor::Meta, "88", "adsets", "120210000000000700"),
        (Vendor::Meta, "88", "adimages", "88:0f3a"),
        (Vendor::Tiktok, "7000000000000000099", "campaigns", "1800000000000000001"),
        (Vendor::Tiktok, "7000000000000000099", "ads", "1800000000000000003"),
        (Vendor::Tiktok, "7000000000000000099", "smart_plus_ads", "1800000000000000009"),
        (Vendor::Tiktok, "7000000000000000099", "smart_plus_adgroups", "1800000000000000008"),
        (Vendor::Tiktok, "7000000000000000099", "identities", "222"),
    ] {
        let stored = world.account(vendor, account).and_then(|account| account.get(collection, id));
        assert!(stored.is_some(), "{vendor:?} {collection} {id}");
    }
}

#[test]
fn fresh_ids_come_after_loaded_ones() {
    let mut world = loaded();
    assert_eq!(world.fresh_id(Vendor::Google, 100), "951");
    assert_eq!(world.fresh_id(Vendor::Google, 5_000), "5000", "but not below where the vendor begins");
    assert_eq!(world.fresh_id(Vendor::Meta, 100), "120210000000000701");
    assert_eq!(world.fresh_id(Vendor::Tiktok, 100), "1800000000000000010");
}

#[test]
fn a_collection_is_replaced_and_others_stay() {
    let mut world = loaded();
    load(&mut world, &json!({"meta": {"88": {"adsets": []}}})).unwrap();
    let account = world.account(Vendor::Meta, "88").unwrap();
    assert_eq!(account.collection("adsets").map(Collection::len), Some(0));
    assert_eq!(account.collection("adimages").map(Collection::len), Some(1));
}

#[test]
fn what_does_not_fit_is_named_with_its_place() {
    let mut world = loaded();
    for (wrong, message) in [
        (json!([]), "the state is not an object"),
        (json!({"meta": []}), "meta is not an object"),
        (json!({"meta": {"act_88": {"ads": {}}}}), "meta.act_88: `ads` is not a list of objects"),
        (json!({"meta": {"act_88": {"ads": [1]}}}), "meta.act_88: `ads` is not a list of objects"),
        (
            json!({"meta": {"act_88": {"ads": [{"name": "x"}]}}}),
            r#"`ads` has no id that tells it apart: {"name":"x"}"#,
        ),
        (json!({"meta": {"act_88": {"adaccounts": []}}}), "exactly one object"),
    ] {
        let error = load(&mut world, &wrong).unwrap_err();
        assert!(error.contains(message), "{error}");
    }
}
