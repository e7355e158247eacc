//! Every objective and every format: what is created reads back, and what is imported plans empty.

use adplane_core::address::Kind;
use adplane_core::plan::Action;
use adplane_core::value::Value;
use serde_json::json;

use super::harness::{Account, EUR, JPY, Seeded, USD, png, text, texts};
use super::{OTHER_VIDEO, VIDEO, creative};

/// A campaign with one ad group and one ad, everything beside the usual given.
pub(super) fn portfolio(
    account: &mut Account,
    objective: &str,
    campaign: &[(&str, Value)],
    ad_group: &[(&str, Value)],
    ad: &[(&str, Value)],
) {
    let mut fields = vec![
        ("objective", text(objective)),
        ("state", text("Active")),
        ("budget.daily", account.money(120)),
        ("targeting.locations", texts(&["ES"])),
        ("targeting.ages", Value::map([("min", Value::Integer(18))])),
    ];
    fields.extend(campaign.iter().cloned());
    account.campaign("spring", &fields);
    let mut fields = vec![("state", text("Active"))];
    fields.extend(ad_group.iter().cloned());
    account.ad_group("spring", "spring-es", &fields);
    let mut fields = vec![("state", text("Active")), ("creative.primaryTexts", Value::text_list(["Corre."]))];
    fields.extend(ad.iter().cloned());
    account.ad("spring-es", "hero", &fields);
}

/// A video with its cover.
pub(super) fn video(account: &mut Account) -> Vec<(&'static str, Value)> {
    let cover = account.files.add("png", png(720, 1280));
    vec![("creative.images", Value::text_list([cover])), ("creative.videos", Value::text_list([VIDEO]))]
}

/// Applies, then lets people own it all and imports it: both plans end empty.
async fn lives_and_comes_back(mut account: Account) {
    let plan = account.apply().await;
    assert_eq!(plan.changes.iter().filter(|change| change.action == Action::Create).count(), 3);
    for (kind, name) in [(Kind::Campaign, "spring"), (Kind::AdGroup, "spring-es"), (Kind::Ad, "hero")] {
        let live = account.live(kind, name).await;
        assert!(live.marker.is_some() && live.is_active(), "{kind}: {live:#?}");
        assert!(live.unexpressed.is_empty(), "{kind}: {:?}", live.unexpressed);
    }
    account.release().await;
    account.import().await;
    account.settled().await;
}

#[tokio::test]
async fn engagement() {
    for (seeded, goal) in [(EUR, "Followers"), (USD, "ProfileVisits"), (JPY, "Followers")] {
        let mut account = Account::start(seeded).await;
        let ad = video(&mut account);
        portfolio(&mut account, "Engagement", &[], &[("optimization.goal", text(goal))], &ad);
        lives_and_comes_back(account).await;
    }
}

#[tokio::test]
async fn engagement_whatever_the_vendor_bills() {
    let mut account = Account::start(EUR).await;
    let options = json!({"tiktok.engagement_pairs": "any", "tiktok.engagement_identity": "any"});
    account.control("options", &options).await;
    let ad = video(&mut account);
    portfolio(&mut account, "Engagement", &[], &[("optimization.goal", text("Followers"))], &ad);
    lives_and_comes_back(account).await;
}

#[tokio::test]
async fn leads_by_form_and_on_a_website() {
    for seeded in [EUR, USD, JPY] {
        let mut account = Account::start(seeded).await;
        let mut ad = video(&mut account);
        ad.push(("creative.leadForm", text("7300000000000000042")));
        ad.push(("creative.callToAction", text("SignUp")));
        portfolio(&mut account, "Leads", &[], &[("optimization.goal", text("LeadForm"))], &ad);
        lives_and_comes_back(account).await;
    }
    let mut account = Account::start(EUR).await;
    let ad = creative(&mut account);
    portfolio(&mut account, "Leads", &[], &[("optimization.goal", text("Contact"))], &ad);
    lives_and_comes_back(account).await;
}

async fn app(seeded: Seeded, goal: &str, store: &str) {
    let mut account = Account::start(seeded).await;
    let mut ad = video(&mut account);
    ad.push(("creative.callToAction", text("InstallNow")));
    ad.push(("creative.tiktok.deeplink", text("shop://spring")));
    let group = [
        ("optimization.goal", text(goal)),
        ("optimization.app.id", text("7100000000000000088")),
        ("optimization.app.storeUrl", text(store)),
    ];
    portfolio(&mut account, "AppPromotion", &[], &group, &ad);
    lives_and_comes_back(account).await;
}

#[tokio::test]
async fn apps_of_both_stores() {
    const ANDROID: &str = "https://play.google.com/store/apps/details?id=example.shop";
    const APPLE: &str = "https://apps.apple.com/app/id1";
    app(EUR, "AppInstalls", ANDROID).await;
    app(USD, "Clicks", APPLE).await;
    app(JPY, "Purchase", APPLE).await;
    app(EUR, "Value", ANDROID).await;
}

#[tokio::test]
async fn traffic_to_an_app() {
    let mut account = Account::start(EUR).await;
    let ad = video(&mut account);
    let group =
        [("tiktok.promotion_type", text("APP_IOS")), ("optimization.app.id", text("7100000000000000088"))];
    portfolio(&mut account, "Traffic", &[], &group, &ad);
    lives_and_comes_back(account).await;
}

/// A campaign that sells from a catalogue.
fn catalogue(account: &mut Account, ad: &[(&str, Value)]) {
    let campaign = [("tiktok.catalog_enabled", Value::Bool(true))];
    let group = [
        ("optimization.goal", text("Purchase")),
        ("tiktok.catalog_id", text("7200000000000000055")),
        ("tiktok.catalog_authorized_bc_id", text("7100000000000000001")),
    ];
    portfolio(account, "Sales", &campaign, &group, ad);
}

#[tokio::test]
async fn products_of_a_catalogue() {
    for seeded in [EUR, USD, JPY] {
        let mut account = Account::start(seeded).await;
        let mut ad = video(&mut account);
        ad.push(("creative.tiktok.product_specific_type", text("PRODUCT_SET")));
        ad.push(("creative.tiktok.product_set_id", text("7200000000000000077")));
        catalogue(&mut account, &ad);
        lives_and_comes_back(account).await;
    }
    let mut account = Account::start(EUR).await;
    let ad = [
        ("creative.tiktok.ad_format", text("CATALOG_CAROUSEL")),
        ("creative.music", text("7000000000000000333")),
        ("creative.tiktok.product_specific_type", text("CUSTOMIZED_PRODUCTS")),
        ("creative.tiktok.product_ids", texts(&["1", "2"])),
    ];
    catalogue(&mut account, &ad);
    lives_and_comes_back(account).await;
}

fn cards(account: &mut Account, sizes: &[u32]) -> Value {
    let card = |size: &u32| Value::map([("image", text(&account.files.add("png", png(*size, *size))))]);
    Value::List(sizes.iter().map(card).collect())
}

#[tokio::test]
async fn carousels_in_both_lanes() {
    for (seeded, objective, goal) in [(EUR, "Traffic", "Clicks"), (JPY, "Sales", "Purchase")] {
        let mut account = Account::start(seeded).await;
        let cards = cards(&mut account, &[640, 641, 642]);
        let ad = [
            ("creative.cards", cards),
            ("creative.music", text("7000000000000000333")),
            ("creative.landingPage", text("https://shop.example/")),
            ("creative.callToAction", text("ShopNow")),
        ];
        portfolio(&mut account, objective, &[], &[("optimization.goal", text(goal))], &ad);
        lives_and_comes_back(account).await;
    }
}

#[tokio::test]
async fn a_carousel_is_edited_and_a_video_in_its_place_is_a_replacement() {
    for (objective, goal) in [("Traffic", "Clicks"), ("Sales", "Purchase")] {
        let mut account = Account::start(EUR).await;
        let three = cards(&mut account, &[640, 641, 642]);
        let ad = [
            ("creative.cards", three),
            ("creative.music", text("7000000000000000333")),
            ("creative.landingPage", text("https://shop.example/")),
            ("creative.callToAction", text("ShopNow")),
        ];
        portfolio(&mut account, objective, &[], &[("optimization.goal", text(goal))], &ad);
        account.apply().await;
        let two = cards(&mut account, &[643, 640]);
        account.set(Kind::Ad, "spring-es", Some("hero"), "creative.cards", two);
        account.set(Kind::Ad, "spring-es", Some("hero"), "creative.music", text("7000000000000000334"));
        let plan = account.apply().await;
        assert!(plan.changes.iter().any(|change| change.action == Action::Update), "{objective}");
        account.remove(Kind::Ad, "spring-es", Some("hero"));
        let mut ad = vec![("state", text("Active")), ("creative.primaryTexts", Value::text_list(["Corre."]))];
        ad.extend(video(&mut account));
        ad.push(("creative.landingPage", text("https://shop.example/")));
        ad.push(("creative.callToAction", text("ShopNow")));
        account.ad("spring-es", "hero", &ad);
        let plan = account.apply().await;
        assert!(plan.changes.iter().any(|change| change.action == Action::Replace), "{objective}");
    }
}

#[tokio::test]
async fn posts_and_lent_identities() {
    let identities: [&[(&str, Value)]; 3] = [
        &[],
        &[
            ("creative.identity.tiktok.identity_type", text("BC_AUTH_TT")),
            ("creative.identity.tiktok.identity_id", text("223")),
            ("creative.identity.tiktok.identity_authorized_bc_id", text("7100000000000000001")),
        ],
        &[
            ("creative.identity.tiktok.identity_type", text("AUTH_CODE")),
            ("creative.identity.tiktok.identity_id", text("224")),
        ],
    ];
    for identity in identities {
        for (objective, goal) in [("Traffic", "Clicks"), ("Sales", "Purchase")] {
            let mut account = Account::start(EUR).await;
            let mut ad = vec![
                ("creative.tiktok.tiktok_item_id", text("7400000000000000001")),
                ("creative.landingPage", text("https://shop.example/")),
                ("creative.callToAction", text("ShopNow")),
            ];
            ad.extend(identity.iter().cloned());
            portfolio(&mut account, objective, &[], &[("optimization.goal", text(goal))], &ad);
            lives_and_comes_back(account).await;
        }
    }
}

#[tokio::test]
async fn another_identity_keeps_what_the_ad_shows() {
    let mut account = Account::start(EUR).await;
    let mut ad = video(&mut account);
    ad[1].1 = Value::text_list([VIDEO, OTHER_VIDEO]);
    ad.push(("creative.landingPage", text("https://shop.example/")));
    portfolio(&mut account, "Sales", &[], &[("optimization.goal", text("Purchase"))], &ad);
    account.apply().await;
    let hero = (Kind::Ad, "spring-es", Some("hero"));
    account.set(hero.0, hero.1, hero.2, "creative.identity.tiktok.identity_type", text("AUTH_CODE"));
    account.set(hero.0, hero.1, hero.2, "creative.identity.tiktok.identity_id", text("224"));
    account.apply().await;
    let live = account.live(Kind::Ad, "hero").await;
    assert_eq!(live.value("creative.videos"), Some(&Value::text_list([VIDEO, OTHER_VIDEO])));
}

#[tokio::test]
async fn a_button_is_made_once_and_found_again() {
    let mut account = Account::start(EUR).await;
    let mut ad = video(&mut account);
    ad.push(("creative.landingPage", text("https://shop.example/")));
    ad.push(("creative.callToAction", text("ShopNow")));
    ad.push(("creative.primaryTexts", Value::text_list(["Corre."])));
    portfolio(&mut account, "Sales", &[], &[("optimization.goal", text("Purchase"))], &ad);
    account.ad("spring-es", "second", &ad);
    account.apply().await;
    // Another process knows nothing of the portfolio, and the account has no other Smart+ campaign to look at.
    account.reconnect();
    account.ad("spring-es", "third", &ad);
    account.apply().await;
    let written = account.paths_written().await;
    assert_eq!(written.iter().filter(|path| path.contains("/creative/portfolio/create/")).count(), 1);
}

#[tokio::test]
async fn a_goal_that_siblings_share_takes_the_campaign_along() {
    let mut account = Account::start(EUR).await;
    let mut ad = video(&mut account);
    ad.push(("creative.landingPage", text("https://shop.example/")));
    portfolio(&mut account, "Sales", &[], &[("optimization.goal", text("Purchase"))], &ad);
    account.apply().await;
    account.set(Kind::AdGroup, "spring-es", None, "optimization.goal", text("AddToCart"));
    let plan = account.apply().await;
    assert_eq!(plan.changes.iter().filter(|change| change.action == Action::Replace).count(), 3);
    account.set(Kind::Campaign, "spring", None, "bidding.strategy", text("CostCap"));
    account.set(
        Kind::Campaign,
        "spring",
        None,
        "bidding.amount",
        "3.00 EUR".parse().map(Value::Money).unwrap(),
    );
    let plan = account.apply().await;
    assert_eq!(plan.changes.iter().filter(|change| change.action == Action::Replace).count(), 3);
}
