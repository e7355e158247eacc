//! Performance Max and Demand Gen: what they need, what they refuse.

use adplane_core::asset::{Asset, AssetSource, Assets};

use super::*;

/// Pictures of a size, by name.
const PICTURES: [(&str, u32, u32); 6] = [
    ("wide", 1200, 628),
    ("square", 600, 600),
    ("portrait", 960, 1200),
    ("logo", 128, 128),
    ("small", 300, 157),
    ("odd", 1000, 700),
];

fn picture(name: &str) -> String {
    let number = PICTURES.iter().position(|(known, ..)| *known == name).unwrap();
    format!("sha256:{number:064x}")
}

pub(super) fn assets() -> Assets {
    let asset = |name: &str, width, height| Asset {
        source: AssetSource::File(format!("./{name}.png")),
        extension: "png".into(),
        bytes: 1_000,
        width: Some(width),
        height: Some(height),
    };
    PICTURES
        .iter()
        .map(|(name, width, height)| (picture(name)[7..].to_owned(), asset(name, *width, *height)))
        .collect()
}

fn pictures(names: &[&str]) -> Value {
    Value::text_list(names.iter().map(|name| picture(name)))
}

/// A campaign of a channel with an ad group, its ad and everything that both channels need.
fn of_channel(channel: &str) -> DesiredAccount {
    let mut account = account();
    let campaign = get(&mut account, CAMPAIGN_ADDRESS);
    campaign.fields.retain(|path, _| !path.is_within("bidding") && !path.is_within("targeting.genders"));
    set(campaign, "google.advertisingChannelType", Value::text(channel));
    set(campaign, "bidding.strategy", Value::text("MaximizeConversions"));
    get(&mut account, GROUP_ADDRESS).fields.clear();
    let ad = get(&mut account, AD_ADDRESS);
    set(ad, "creative.longHeadlines", Value::text_list(["Shoes for every road"]));
    set(ad, "creative.businessName", Value::text("Shop"));
    set(ad, "creative.images", pictures(&["wide", "square"]));
    set(ad, "creative.logos", pictures(&["logo"]));
    account
}

fn performance_max() -> DesiredAccount {
    of_channel("PERFORMANCE_MAX")
}

fn demand_gen() -> DesiredAccount {
    let mut account = of_channel("DEMAND_GEN");
    get(&mut account, AD_ADDRESS).fields.remove("creative.longHeadlines");
    account
}

#[track_caller]
fn max(address: &str, path: &str, value: Value, codes: &[&str]) {
    check_from(performance_max(), |account| set(get(account, address), path, value), codes);
}

#[track_caller]
fn gen_ad(path: &str, value: Value, codes: &[&str]) {
    check_from(demand_gen(), |account| set(get(account, AD_ADDRESS), path, value), codes);
}

#[test]
fn whole_campaigns_have_no_findings_and_refine_to_themselves() {
    for mut account in [performance_max(), demand_gen()] {
        assert_eq!(refined(&mut account), []);
        let before = account.objects.clone();
        assert_eq!(refined(&mut account), []);
        for (address, object) in before {
            assert_eq!(object.fields, account.objects[&address].fields);
        }
    }
}

#[test]
fn what_the_vendor_would_open_by_itself_stays_closed() {
    let mut account = performance_max();
    refined(&mut account);
    let campaign = get(&mut account, CAMPAIGN_ADDRESS);
    let default = |path: &str| {
        let field = campaign.field(path).unwrap();
        assert_eq!(field.source, FieldSource::CreateDefault);
        field.value.clone()
    };
    assert_eq!(default("google.brandGuidelinesEnabled"), Value::Bool(false));
    assert_eq!(default("google.assetAutomationSettings.GENERATE_IMAGE_EXTRACTION"), Value::text("OPTED_OUT"));
    assert_eq!(default("google.geoTargetTypeSetting.positiveGeoTargetType"), Value::text("PRESENCE"));
    assert_eq!(campaign.value("google.networkSettings.targetGoogleSearch"), None);

    let mut account = demand_gen();
    refined(&mut account);
    let ad = get(&mut account, AD_ADDRESS);
    let setting = ad.field("google.adGroupAdAssetAutomationSettings.GENERATE_LANDING_PAGE_PREVIEW").unwrap();
    assert_eq!((setting.source, &setting.value), (FieldSource::CreateDefault, &Value::text("OPTED_OUT")));
}

#[test]
fn an_asset_group_has_its_minimum_of_everything() {
    let texts = |texts: &[&str]| Value::text_list(texts.iter().copied());
    let long = "A headline of thirty chars....";
    max(AD_ADDRESS, "creative.headlines", texts(&["One", "Two"]), &["text-count"]);
    max(
        AD_ADDRESS,
        "creative.headlines",
        texts(&[long, "Another one of thirty chars...", "And a third of thirty chars..."]),
        &["short-text-missing"],
    );
    max(AD_ADDRESS, "creative.longHeadlines", texts(&[]), &["text-count"]);
    max(AD_ADDRESS, "creative.descriptions", texts(&["Only one."]), &["text-count"]);
    max(AD_ADDRESS, "creative.businessName", Value::text("x".repeat(26)), &["text-too-long"]);
    max(AD_ADDRESS, "creative.images", pictures(&["wide", "portrait"]), &["image-missing"]);
    max(AD_ADDRESS, "creative.images", pictures(&["square", "portrait"]), &["image-missing"]);
    max(AD_ADDRESS, "creative.images", pictures(&["wide", "square", "odd"]), &["image-ratio"]);
    max(AD_ADDRESS, "creative.images", pictures(&["wide", "square", "small"]), &["image-too-small"]);
    max(AD_ADDRESS, "creative.logos", pictures(&[]), &["image-count"]);
    max(AD_ADDRESS, "creative.logos", pictures(&["wide"]), &["image-ratio", "image-missing"]);
    // A picture that only the vendor knows may fill any place.
    let known = Value::text_list([picture("wide"), "id:5".to_owned()]);
    max(AD_ADDRESS, "creative.images", known, &[]);
    for gone in ["creative.businessName", "creative.landingPage"] {
        let account = performance_max();
        let code = if gone.ends_with("Name") { "missing-business-name" } else { "missing-landing-page" };
        check_from(account, |account| drop(get(account, AD_ADDRESS).fields.remove(gone)), &[code]);
    }
}

#[test]
fn counts_say_what_is_missing() {
    let mut account = performance_max();
    set(get(&mut account, AD_ADDRESS), "creative.headlines", Value::text_list(["One"]));
    let found = refined(&mut account);
    assert_eq!(found[0].message, "the ad has 1 headlines, Google takes 3 to 15");
    assert_eq!(found[0].hint.as_deref(), Some("add 2 to the creative"));
}

#[test]
fn performance_max_refuses_what_it_has_no_place_for() {
    let ages = Value::map([("min", Value::Integer(25))]);
    max(CAMPAIGN_ADDRESS, "targeting.ages", ages.clone(), &["not-on-performance-max"]);
    max(CAMPAIGN_ADDRESS, "bidding.strategy", Value::text("MaximizeClicks"), &["strategy-not-for-channel"]);
    max(CAMPAIGN_ADDRESS, "targeting.devices", Value::text_set(["Mobile"]), &["devices-not-for-channel"]);
    max(CAMPAIGN_ADDRESS, "targeting.audiences.include", Value::text_set(["7"]), &[]);
    let keywords = Value::map([("x", keyword("shoes", "Exact"))]);
    for (path, value) in [
        ("targeting.ages", ages),
        ("targeting.audiences.exclude", Value::text_set(["7"])),
        ("google.userInterests", Value::text_set(["80432"])),
        ("keywords", keywords),
        ("google.type", Value::text("SEARCH_STANDARD")),
        ("google.finalUrlSuffix", Value::text("a=b")),
        ("bidding.bid", money("1 EUR")),
    ] {
        max(GROUP_ADDRESS, path, value, &["not-on-asset-group"]);
    }
    for path in ["targeting.locations", "targeting.languages"] {
        max(GROUP_ADDRESS, path, Value::text_set(["es"]), &["belongs-to-campaign"]);
    }
    for tag in ["{keyword}", "{ad.id}", "{placement}", "{matchType}"] {
        max(AD_ADDRESS, "creative.tracking.utm", utm(tag), &["empty-placeholder"]);
    }
    max(AD_ADDRESS, "creative.videos", Value::text_list([picture("wide")]), &["video-not-on-youtube"]);
    max(AD_ADDRESS, "creative.videos", Value::text_list(["youtube:short"]), &["invalid-video-id"]);
    max(AD_ADDRESS, "creative.videos", Value::text_list(["youtube:dQw4w9WgXcQ"]), &[]);
}

#[test]
fn an_asset_group_is_one_ad_in_its_own_state() {
    let paused = || Value::text("Paused");
    max(AD_ADDRESS, "state", paused(), &["state-differs"]);
    max(GROUP_ADDRESS, "state", paused(), &[]);
    check_from(
        performance_max(),
        |account| {
            set(get(account, AD_ADDRESS), "state", paused());
            set(get(account, GROUP_ADDRESS), "state", paused());
        },
        &[],
    );
    check_from(
        performance_max(),
        |account| account.objects.retain(|address, _| address.kind != Kind::Ad),
        &["one-ad-per-asset-group"],
    );
    check_from(
        performance_max(),
        |account| {
            let mut second = get(account, AD_ADDRESS).clone();
            second.address = format!("{AD_ADDRESS}-2").parse().unwrap();
            account.objects.insert(second.address.clone(), second);
        },
        &["one-ad-per-asset-group"],
    );
}

#[test]
fn demand_gen_chooses_its_format_by_content() {
    let video = || Value::text_list(["youtube:dQw4w9WgXcQ"]);
    let card = |headline: &str| {
        Value::map([("headline", Value::text(headline)), ("image", Value::text(picture("square")))])
    };
    gen_ad("creative.videos", video(), &["mixed-media"]);
    gen_ad("creative.images", pictures(&["odd"]), &["image-ratio"]);
    gen_ad("creative.headlines", Value::text_list(["1", "2", "3", "4", "5", "6"]), &["text-count"]);
    let without_images = |account: &mut DesiredAccount, path: &str, value: Value| {
        let ad = get(account, AD_ADDRESS);
        ad.fields.remove("creative.images");
        set(ad, path, value);
    };
    check_from(
        demand_gen(),
        |account| without_images(account, "creative.music", Value::text("1")),
        &["missing-media", "unused-field"],
    );
    check_from(demand_gen(), |account| without_images(account, "creative.videos", video()), &["text-count"]);
    check_from(
        demand_gen(),
        |account| {
            without_images(account, "creative.videos", video());
            set(get(account, AD_ADDRESS), "creative.longHeadlines", Value::text_list(["Longer"]));
        },
        &[],
    );
    let one = Value::List(vec![card("One")]);
    check_from(
        demand_gen(),
        |account| without_images(account, "creative.cards", one),
        &["card-count", "only-first-used", "only-first-used"],
    );
    let mut account = demand_gen();
    without_images(&mut account, "creative.cards", Value::List(vec![card("One"), card("Two")]));
    assert!(refined(&mut account).iter().all(|found| !found.is_error()));
    let ad = get(&mut account, AD_ADDRESS);
    assert_eq!(
        ad.value("creative.headlines"),
        Some(&Value::text_list(["One"])),
        "the first as it was written"
    );
}

#[test]
fn places_of_demand_gen_lie_on_either_level() {
    let bare = |account: &mut DesiredAccount| {
        get(account, CAMPAIGN_ADDRESS).fields.remove("targeting.locations");
    };
    check_from(demand_gen(), bare, &["missing-locations"]);
    check_from(
        demand_gen(),
        |account| {
            bare(account);
            set(get(account, GROUP_ADDRESS), "targeting.locations", Value::text_set(["ES"]));
            set(get(account, GROUP_ADDRESS), "targeting.languages", Value::text_set(["es"]));
        },
        &[],
    );
    let keywords = Value::map([("x", keyword("shoes", "Exact"))]);
    check_from(
        demand_gen(),
        |account| set(get(account, GROUP_ADDRESS), "keywords", keywords),
        &["only-on-search"],
    );
}

#[test]
fn buttons_are_words_of_the_vendors() {
    max(AD_ADDRESS, "creative.callToAction", Value::text("ShopNow"), &[]);
    max(AD_ADDRESS, "creative.callToAction", Value::text("None"), &[]);
    for word in ["InstallNow", "ListenNow", "SendMessage", "CallNow"] {
        max(AD_ADDRESS, "creative.callToAction", Value::text(word), &["call-to-action"]);
    }
    let mut account = performance_max();
    set(get(&mut account, AD_ADDRESS), "creative.google.callToAction", Value::text("SHOP_NOW"));
    assert_eq!(refined(&mut account), []);
    let ad = get(&mut account, AD_ADDRESS);
    assert_eq!(ad.text("creative.callToAction"), Some("ShopNow"), "one form for one meaning");
    assert_eq!(ad.value("creative.google.callToAction"), None);
}

#[test]
fn markers_and_names_need_room_among_the_parameters() {
    let fill = |address: &'static str, count: usize| {
        move |account: &mut DesiredAccount| {
            for index in 0..count {
                let path = format!("google.urlCustomParameters.p{index}");
                set(get(account, address), &path, Value::text("x"));
            }
        }
    };
    check(fill(CAMPAIGN_ADDRESS, 6), &[]);
    check(fill(CAMPAIGN_ADDRESS, 7), &["too-many-parameters"]);
    check_from(performance_max(), fill(GROUP_ADDRESS, 4), &[]);
    check_from(performance_max(), fill(GROUP_ADDRESS, 5), &["too-many-parameters"]);
}
