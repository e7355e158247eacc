//! The TikTok adapter against the sandbox: what is created reads back as it was wanted, in both lanes and in
//! three currencies; edits, replacements and removals leave nothing to do.

mod edits;
mod faults;
mod fidelity;
mod harness;
mod imports;
mod objectives;
mod others;

use adplane_core::address::Kind;
use adplane_core::plan::Action;
use adplane_core::value::Value;

use self::harness::{Account, EUR, JPY, Seeded, USD, png, text, texts};

const VIDEO: &str = "id:v10033g50000smoke0000000000000001";
const OTHER_VIDEO: &str = "id:v10033g50000smoke0000000000000002";

/// A creative with one video, its cover, tracking and a button.
fn creative(account: &mut Account) -> Vec<(&'static str, Value)> {
    let cover = account.files.add("png", png(720, 1280));
    vec![
        ("creative.headlines", Value::text_list(["Unused on TikTok"])),
        ("creative.primaryTexts", Value::text_list(["Corre más ligero."])),
        ("creative.images", Value::text_list([cover])),
        ("creative.videos", Value::text_list([VIDEO])),
        ("creative.callToAction", text("ShopNow")),
        ("creative.landingPage", text("https://shop.example/spring?color=red")),
        (
            "creative.tracking.utm",
            Value::map([("campaign", text("{campaign.name}")), ("content", text("{ad.id}"))]),
        ),
    ]
}

/// One campaign of an objective with a budget, an ad group and an ad.
fn tree(account: &mut Account, objective: &str, typed: Option<&str>, goal: Option<&str>) {
    let mut campaign = vec![
        ("objective", text(objective)),
        ("state", text("Active")),
        ("budget.daily", account.money(120)),
        ("targeting.locations", texts(&["ES", "FR"])),
        ("targeting.languages", texts(&["es", "fr"])),
    ];
    campaign.extend(typed.map(|typed| ("tiktok.objective_type", text(typed))));
    account.campaign("spring", &campaign);
    let mut ad_group = vec![
        ("state", text("Active")),
        ("targeting.ages", Value::map([("min", Value::Integer(25)), ("max", Value::Integer(44))])),
        ("targeting.genders", texts(&["Female"])),
        ("schedule.hours", Value::map([("Mon", texts(&["08:00-12:00", "12:00-20:00"]))])),
    ];
    ad_group.extend(goal.map(|goal| ("optimization.goal", text(goal))));
    account.ad_group("spring", "spring-es", &ad_group);
    let mut ad = creative(account);
    ad.push(("state", text("Active")));
    account.ad("spring-es", "hero", &ad);
}

async fn created_reads_back(seeded: Seeded, objective: &str, typed: Option<&str>, goal: Option<&str>) {
    let mut account = Account::start(seeded).await;
    tree(&mut account, objective, typed, goal);
    let plan = account.apply().await;
    assert_eq!(plan.changes.iter().filter(|change| change.action == Action::Create).count(), 3);
    for (kind, name) in [(Kind::Campaign, "spring"), (Kind::AdGroup, "spring-es"), (Kind::Ad, "hero")] {
        let live = account.live(kind, name).await;
        assert!(live.marker.is_some() && live.is_active(), "{kind}: {live:#?}");
    }
    let writes = account.paths_written().await;
    account.settled().await;
    assert_eq!(account.paths_written().await, writes, "observing and planning write nothing");
}

#[tokio::test]
async fn traffic_in_three_currencies() {
    for seeded in [EUR, USD, JPY] {
        created_reads_back(seeded, "Traffic", None, None).await;
    }
}

#[tokio::test]
async fn reach_and_video_views() {
    created_reads_back(EUR, "Awareness", None, None).await;
    created_reads_back(JPY, "Awareness", Some("VIDEO_VIEWS"), None).await;
}

#[tokio::test]
async fn sales_in_smart_plus_in_three_currencies() {
    for seeded in [EUR, USD, JPY] {
        created_reads_back(seeded, "Sales", None, Some("Purchase")).await;
    }
}

#[tokio::test]
async fn landing_page_views_and_value() {
    created_reads_back(EUR, "Traffic", None, Some("LandingPageViews")).await;
    created_reads_back(USD, "Sales", None, Some("Value")).await;
}
