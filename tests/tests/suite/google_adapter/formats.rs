//! Performance Max and Demand Gen: whole trees, their assets, and what changes of them.

use adplane_core::asset::{Asset, AssetSource};
use adplane_core::observed::ObservedObject;
use adplane_engine::port::Verdict;
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use super::*;

/// The first bytes of a PNG of a size, enough to be measured.
fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend([8, 2, 0, 0, 0, 0, 0, 0, 0]);
    bytes
}

/// Adds a picture of a size to the bench; its reference.
fn picture(bench: &mut Bench<'_>, width: u32, height: u32) -> String {
    let bytes = png(width, height);
    let digest = HEXLOWER.encode(&Sha256::digest(&bytes));
    let asset = Asset {
        source: AssetSource::File(format!("./{width}x{height}.png")),
        extension: "png".into(),
        bytes: bytes.len() as u64,
        width: Some(width),
        height: Some(height),
    };
    bench.assets.0.insert(digest.clone(), (asset, bytes));
    format!("sha256:{digest}")
}

fn texts(texts: &[&str]) -> Value {
    Value::text_list(texts.iter().copied())
}

fn campaign(account: &mut DesiredAccount, channel: &str) {
    let fields = [
        ("displayName", Value::text(channel)),
        ("google.advertisingChannelType", Value::text(channel)),
        ("state", Value::text("Active")),
        ("budget.daily", money(account, 4000)),
        ("bidding.strategy", Value::text("MaximizeConversions")),
        ("targeting.locations", Value::text_set(["ES", "FR-IDF"])),
        ("targeting.languages", Value::text_set(["es"])),
    ];
    put(account, "Campaign", "new", None, &fields);
    let group = [("state", Value::text("Active")), ("displayName", Value::text("All"))];
    put(account, "AdGroup", "all", Some(address("Campaign", "new")), &group);
}

/// A Performance Max campaign with everything that an asset group holds.
fn performance_max(bench: &mut Bench<'_>, account: &mut DesiredAccount) {
    campaign(account, "PERFORMANCE_MAX");
    let images = [picture(bench, 1200, 628), picture(bench, 600, 600), picture(bench, 960, 1200)];
    let logos = [picture(bench, 128, 128), picture(bench, 512, 128)];
    set(account, "AdGroup", "all", "targeting.audiences.include", Value::text_set(["11", "12"]));
    set(account, "AdGroup", "all", "google.urlCustomParameters.season", Value::text("spring"));
    let utm =
        [("campaign", "{campaign.name}"), ("content", "{ad.name} {adGroup.name}"), ("term", "{device}")];
    let fields = [
        ("state", Value::text("Active")),
        ("displayName", Value::text("hero")),
        ("creative.headlines", texts(&["Running shoes", "Free returns", "New in spring"])),
        ("creative.longHeadlines", texts(&["Running shoes for every road"])),
        ("creative.descriptions", texts(&["Light and fast.", "Delivered in two days."])),
        ("creative.businessName", Value::text("Shop")),
        ("creative.images", Value::text_list(images)),
        ("creative.logos", Value::text_list(logos)),
        ("creative.videos", texts(&["youtube:dQw4w9WgXcQ"])),
        ("creative.callToAction", Value::text("ShopNow")),
        ("creative.landingPage", Value::text("https://shop.example/spring")),
        ("creative.google.path1", Value::text("spring")),
        ("creative.tracking.utm", Value::map(utm.map(|(key, text)| (key, Value::text(text))))),
    ];
    put(account, "Ad", "all/hero", Some(address("AdGroup", "all")), &fields);
}

fn ad_of(observed: &ObservedAccount) -> &ObservedObject {
    observed.objects.iter().find(|object| object.kind == Kind::Ad).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn performance_max_reads_back_in_every_currency() {
    for deduplication in ["on", "off"] {
        let sandbox = sandbox_with(&[("google.asset_deduplication", deduplication)]).await;
        for of in [EUR, USD, JPY] {
            let adapter = adapter(&sandbox, of);
            let mut bench = Bench::new(adapter.as_ref());
            let mut account = account(of);
            performance_max(&mut bench, &mut account);
            let observed = converge(&bench, &account).await;
            assert_eq!((observed.objects.len(), marked(&observed)), (3, 3));
            assert!(observed.objects.iter().all(ObservedObject::is_active));
            let ad = ad_of(&observed);
            assert!(ad.id.as_str().starts_with("assetGroupAssets/"));
            assert_eq!(ad.text("displayName"), Some("hero"));
        }
        sandbox.shutdown().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tree_of_performance_max_arrives_in_one_request() {
    let sandbox = sandbox().await;
    let adapter = adapter(&sandbox, EUR);
    let mut bench = Bench::new(adapter.as_ref());
    let mut account = account(EUR);
    performance_max(&mut bench, &mut account);
    bench.refine(&mut account);
    let observed = bench.observe(&account).await;
    let plan = bench.plan(&account, &observed);
    assert!(bench.apply(&plan, &observed).await.is_empty());
    let log: Vec<Json> =
        reqwest::get(format!("{}/_sandbox/log", sandbox.url())).await.unwrap().json().await.unwrap();
    let writes = log.iter().filter(|entry| entry["write"] == true).count();
    assert_eq!(writes, 3, "the tree; the asset group enabled; the campaign enabled");
    sandbox.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn assets_are_exchanged_while_the_minimum_holds() {
    let sandbox = sandbox().await;
    let adapter = adapter(&sandbox, EUR);
    let mut bench = Bench::new(adapter.as_ref());
    let mut account = account(EUR);
    performance_max(&mut bench, &mut account);
    let before = converge(&bench, &account).await;
    let (wide, square) = (picture(&mut bench, 1910, 1000), picture(&mut bench, 600, 600));
    let logo = picture(&mut bench, 256, 256);
    for (path, value) in [
        ("creative.headlines", texts(&["Summer shoes", "Free returns", "Lighter", "New colours"])),
        ("creative.longHeadlines", texts(&["Summer shoes for every road"])),
        ("creative.businessName", Value::text("The Shop")),
        ("creative.images", Value::text_list([wide, square])),
        ("creative.logos", Value::text_list([logo])),
        ("creative.videos", texts(&[])),
        ("creative.callToAction", Value::text("None")),
        ("creative.landingPage", Value::text("https://shop.example/summer")),
    ] {
        set(&mut account, "Ad", "all/hero", path, value);
    }
    set(&mut account, "AdGroup", "all", "displayName", Value::text("Everything"));
    set(&mut account, "AdGroup", "all", "targeting.audiences.include", Value::text_set(["12", "13"]));
    let after = converge(&bench, &account).await;
    let ids = |observed: &ObservedAccount| -> Vec<ExternalId> {
        observed.objects.iter().map(|object| object.id.clone()).collect()
    };
    assert_eq!(ids(&before), ids(&after), "nothing was replaced");
    assert_eq!(marked(&after), 3);
    let group = after.objects.iter().find(|object| object.kind == Kind::AdGroup).unwrap();
    assert_eq!(group.text("google.urlCustomParameters.gname"), Some("Everything"));
    assert_eq!(group.text("google.urlCustomParameters.season"), Some("spring"), "others are kept");

    // Another name of the ad is another ad, on the same asset group.
    let mut ad = object(&mut account, "Ad", "all/hero").clone();
    account.objects.remove(&address("Ad", "all/hero"));
    ad.address = address("Ad", "all/second");
    account.objects.insert(ad.address.clone(), ad);
    let renamed = converge(&bench, &account).await;
    assert_eq!(ids(&before), ids(&renamed));

    let clock: Json =
        reqwest::get(format!("{}/_sandbox/clock", sandbox.url())).await.unwrap().json().await.unwrap();
    let now: jiff::Timestamp = clock["now"].as_str().unwrap().parse().unwrap();
    let events = adapter.history(now - jiff::SignedDuration::from_hours(24)).await.unwrap();
    for id in ids(&before) {
        assert!(events.iter().any(|event| event.id == id), "{id} is not in {events:#?}");
    }

    for wanted in ["Paused", "Active"] {
        set(&mut account, "Ad", "all/second", "state", Value::text(wanted));
        set(&mut account, "AdGroup", "all", "state", Value::text(wanted));
        let observed = converge(&bench, &account).await;
        assert_eq!(ad_of(&observed).text("state"), Some(wanted));
    }
    sandbox.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_campaign_takes_its_asset_group_along() {
    let sandbox = sandbox().await;
    let adapter = adapter(&sandbox, EUR);
    let mut bench = Bench::new(adapter.as_ref());
    let mut account = account(EUR);
    performance_max(&mut bench, &mut account);
    let (start, end) = (time(&account, "2027-01-01T00:00:00"), time(&account, "2027-01-31T23:59:59"));
    set(&mut account, "Campaign", "new", "schedule.start", start);
    set(&mut account, "Campaign", "new", "schedule.end", end);
    converge(&bench, &account).await;
    object(&mut account, "Campaign", "new").fields.remove("budget.daily");
    let total = money(&account, 90_000);
    set(&mut account, "Campaign", "new", "budget.total", total);
    let after = converge(&bench, &account).await;
    assert_eq!(after.objects.iter().filter(|object| object.is_active()).count(), 3);
    assert_eq!(marked(&after), 6, "the old ones keep a marker of their own");
    sandbox.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_was_there_before_is_known_by_its_digest_afterwards() {
    let sandbox = sandbox().await;
    let adapter = adapter(&sandbox, EUR);
    let mut bench = Bench::new(adapter.as_ref());
    let mut account = account(EUR);
    performance_max(&mut bench, &mut account);
    let data = data_encoding::BASE64.encode(&png(1200, 628));
    by_hand(
        &sandbox,
        json!([{"assetOperation": {"create": {"name": "Holiday.png", "imageAsset": {"data": data}}}}]),
    )
    .await;
    let observed = converge(&bench, &account).await;
    let wide = picture(&mut bench, 1200, 628);
    assert!(ad_of(&observed).value("creative.images").unwrap().texts().any(|known| known == wide));
    let bytes = adapter.download(&wide).await.unwrap();
    assert_eq!(bytes, Some(png(1200, 628)), "import brings the file along");
    sandbox.shutdown().await.unwrap();
}

/// A Demand Gen campaign with an ad of every format.
fn demand_gen(bench: &mut Bench<'_>, account: &mut DesiredAccount) {
    campaign(account, "DEMAND_GEN");
    let logo = picture(bench, 128, 128);
    let (wide, square, tall) =
        (picture(bench, 1200, 628), picture(bench, 600, 600), picture(bench, 720, 1280));
    let common = |name: &str| {
        vec![
            ("state", Value::text("Active")),
            ("displayName", Value::text(name)),
            ("creative.headlines", texts(&["Running shoes", "Free returns"])),
            ("creative.descriptions", texts(&["Light and fast."])),
            ("creative.businessName", Value::text("Shop")),
            ("creative.logos", Value::text_list([&logo])),
            ("creative.callToAction", Value::text("ShopNow")),
            ("creative.landingPage", Value::text("https://shop.example/spring")),
            (
                "creative.tracking.utm",
                Value::map([
                    ("campaign", Value::text("{campaign.name}")),
                    ("content", Value::text("{ad.name}")),
                ]),
            ),
        ]
    };
    let mut images = common("images");
    images.push(("creative.images", Value::text_list([&wide, &square, &tall])));
    let mut video = common("video");
    video.push(("creative.videos", texts(&["youtube:dQw4w9WgXcQ", "youtube:aaaaaaaaaaa"])));
    video.push(("creative.longHeadlines", texts(&["Running shoes for every road"])));
    let card = |headline: &str, image: &str, page: &str| {
        Value::map([
            ("headline", Value::text(headline)),
            ("image", Value::text(image)),
            ("description", Value::text("Unused here")),
            ("landingPage", Value::text(format!("https://shop.example/{page}"))),
        ])
    };
    let mut cards = common("cards");
    let all = vec![card("Road", &square, "road"), card("Trail", &wide, "trail")];
    cards.push(("creative.cards", Value::List(all)));
    for (name, fields) in [("images", images), ("video", video), ("cards", cards)] {
        put(account, "Ad", &format!("all/{name}"), Some(address("AdGroup", "all")), &fields);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn demand_gen_reads_back_in_every_currency() {
    for deduplication in ["on", "off"] {
        let order = if deduplication == "on" { "keep" } else { "reverse" };
        let sandbox =
            sandbox_with(&[("google.asset_deduplication", deduplication), ("google.list_order", order)])
                .await;
        for of in [EUR, USD, JPY] {
            let adapter = adapter(&sandbox, of);
            let mut bench = Bench::new(adapter.as_ref());
            let mut account = account(of);
            demand_gen(&mut bench, &mut account);
            let observed = converge(&bench, &account).await;
            assert_eq!((observed.objects.len(), marked(&observed)), (5, 5));
            assert!(observed.objects.iter().all(ObservedObject::is_active));
        }
        sandbox.shutdown().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn demand_gen_changes_in_place_but_for_its_format() {
    let sandbox = sandbox().await;
    let adapter = adapter(&sandbox, EUR);
    let mut bench = Bench::new(adapter.as_ref());
    let mut account = account(EUR);
    demand_gen(&mut bench, &mut account);
    let before = converge(&bench, &account).await;
    let (wide, square) = (picture(&mut bench, 1910, 1000), picture(&mut bench, 700, 700));
    for name in ["images", "video", "cards"] {
        let ad = format!("all/{name}");
        set(&mut account, "Ad", &ad, "creative.headlines", texts(&["Summer shoes"]));
        set(&mut account, "Ad", &ad, "creative.businessName", Value::text("The Shop"));
        set(&mut account, "Ad", &ad, "creative.callToAction", Value::text("LearnMore"));
    }
    set(&mut account, "Ad", "all/images", "creative.images", Value::text_list([&wide]));
    set(&mut account, "Ad", "all/video", "creative.videos", texts(&["youtube:bbbbbbbbbbb"]));
    let cards = ["Shirts", "Socks", "Caps"]
        .map(|headline| Value::map([("headline", Value::text(headline)), ("image", Value::text(&square))]));
    set(&mut account, "Ad", "all/cards", "creative.cards", Value::List(cards.into()));
    let ages = Value::map([("min", Value::Integer(25)), ("max", Value::Integer(54))]);
    let campaign = object(&mut account, "Campaign", "new");
    for path in ["targeting.locations", "targeting.languages"] {
        campaign.fields.remove(path);
    }
    for (path, value) in [
        ("targeting.locations", Value::text_set(["PT", "ES-MD"])),
        ("targeting.locationsExcluded", Value::text_set(["ES"])),
        ("targeting.languages", Value::text_set(["pt"])),
        ("targeting.ages", ages),
        ("google.userInterests", Value::text_set(["80432"])),
    ] {
        set(&mut account, "AdGroup", "all", path, value);
    }
    let after = converge(&bench, &account).await;
    let ids = |observed: &ObservedAccount| -> Vec<ExternalId> {
        observed.objects.iter().map(|object| object.id.clone()).collect()
    };
    assert_eq!(ids(&before), ids(&after), "nothing was replaced");

    let images = object(&mut account, "Ad", "all/images");
    images.fields.remove("creative.images");
    set(&mut account, "Ad", "all/images", "creative.videos", texts(&["youtube:ccccccccccc"]));
    set(&mut account, "Ad", "all/images", "creative.longHeadlines", texts(&["Longer"]));
    let replaced = converge(&bench, &account).await;
    assert_eq!(replaced.objects.len(), before.objects.len() + 1, "another format is another ad");
    sandbox.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_picture_is_named_with_the_reason() {
    let sandbox = sandbox().await;
    let adapter = adapter(&sandbox, EUR);
    let mut bench = Bench::new(adapter.as_ref());
    let mut account = account(EUR);
    performance_max(&mut bench, &mut account);
    // A WebP picture of 600 by 600 under the name of another format.
    let mut bytes = b"RIFF\x1a\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0".to_vec();
    bytes.extend([0x57, 0x02, 0, 0x57, 0x02, 0]);
    let digest = HEXLOWER.encode(&Sha256::digest(&bytes));
    let asset = Asset {
        source: AssetSource::File("./lies.png".into()),
        extension: "png".into(),
        bytes: bytes.len() as u64,
        width: Some(600),
        height: Some(600),
    };
    bench.assets.0.insert(digest.clone(), (asset, bytes));
    let images = [picture(&mut bench, 1200, 628), format!("sha256:{digest}")];
    set(&mut account, "Ad", "all/hero", "creative.images", Value::text_list(images));
    let found = bench.refine(&mut account);
    assert!(found.iter().all(|found| !found.is_error()), "{found:#?}");
    let observed = bench.observe(&account).await;
    let failures = bench.apply(&bench.plan(&account, &observed), &observed).await;
    let (_, error) = failures.iter().find(|(address, _)| address == "ad/all/hero").unwrap();
    assert_eq!(error.field.as_ref().map(FieldPath::as_str), Some("creative.images"));
    assert!(error.message.contains("./lies.png"), "{}", error.message);
    assert_eq!(error.code.as_deref(), Some("imageError.FORMAT_NOT_ALLOWED"));
    sandbox.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_shows_everything_but_cards_whose_pictures_are_not_there() {
    let sandbox = sandbox().await;
    let adapter = adapter(&sandbox, EUR);
    let mut bench = Bench::new(adapter.as_ref());
    let mut account = account(EUR);
    demand_gen(&mut bench, &mut account);
    bench.refine(&mut account);
    let observed = bench.observe(&account).await;
    let verdicts = bench.validate(&bench.plan(&account, &observed), &observed).await;
    for (wanted, accepted) in [
        ("campaign/new", true),
        ("ad-group/all", true),
        ("ad/all/images", true),
        ("ad/all/video", true),
        ("ad/all/cards", false),
    ] {
        let (_, verdict) = verdicts.iter().find(|(address, _)| address == wanted).unwrap();
        match verdict {
            Verdict::Accepted => assert!(accepted, "{wanted}"),
            Verdict::Unasked(why) => assert!(!accepted && why.contains("picture"), "{wanted}: {why}"),
            Verdict::Refused(error) => panic!("{wanted}: {error}"),
        }
    }
    let assets = adapter.observe(&ObserveRequest::default()).await.unwrap();
    assert!(assets.objects.is_empty());
    sandbox.shutdown().await.unwrap();
}
