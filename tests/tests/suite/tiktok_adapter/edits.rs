//! Changes of live objects: in place, by replacement, by removal.

use std::collections::BTreeSet;

use adplane_core::address::Kind;
use adplane_core::plan::Action;
use adplane_core::value::Value;

use super::harness::{Account, EUR, JPY, USD, png, text, texts};
use super::{OTHER_VIDEO, creative, tree};

/// The action of the one change that is not `none`.
fn only_action(plan: &adplane_core::plan::Plan) -> Action {
    let actions: Vec<Action> =
        plan.changes.iter().map(|change| change.action).filter(|action| *action != Action::None).collect();
    assert_eq!(actions.len(), 1, "{:#?}", plan.changes);
    actions[0]
}

fn ages(min: i64, max: Option<i64>) -> Value {
    let max = max.map(|max| ("max", Value::Integer(max)));
    Value::map([("min", Value::Integer(min))].into_iter().chain(max))
}

/// Applies single-field edits one after the other; each is an update in place.
async fn edits(account: &mut Account, edits: Vec<(Kind, &str, Option<&str>, &str, Value)>) {
    account.apply().await;
    for (kind, name, ad, path, value) in edits {
        account.set(kind, name, ad, path, value);
        let plan = account.apply().await;
        let actions: BTreeSet<Action> = plan.changes.iter().map(|change| change.action).collect();
        assert!(actions.is_subset(&BTreeSet::from([Action::Update, Action::None])), "{path}: {actions:?}");
        assert!(actions.contains(&Action::Update), "{path}");
    }
}

#[tokio::test]
async fn the_manual_lane_is_edited_in_place() {
    let mut account = Account::start(EUR).await;
    tree(&mut account, "Traffic", None, None);
    let cover = account.files.add("png", png(640, 640));
    let (campaign, group, ad) = (
        (Kind::Campaign, "spring", None),
        (Kind::AdGroup, "spring-es", None),
        (Kind::Ad, "spring-es", Some("hero")),
    );
    let budget = account.money(150);
    let all = [
        (campaign, "budget.daily", budget),
        (campaign, "displayName", text("Primavera 2026")),
        (group, "displayName", text("Mujeres 25–44")),
        (group, "targeting.ages", ages(18, None)),
        (group, "targeting.genders", texts(&["Female", "Male"])),
        (group, "targeting.locations", texts(&["ES", "PT"])),
        (group, "targeting.languages", texts(&[])),
        (group, "tiktok.operating_systems", texts(&["IOS"])),
        (group, "tiktok.comment_disabled", Value::Bool(true)),
        (group, "schedule.hours", Value::map([("Sun", texts(&["00:00-24:00"]))])),
        (ad, "creative.landingPage", text("https://shop.example/autumn#top")),
        (ad, "creative.tracking.utm", Value::map([("campaign", text("autumn & more")), ("zone", text("x"))])),
        (ad, "creative.primaryTexts", Value::text_list(["Otro texto"])),
        (ad, "creative.callToAction", text("LearnMore")),
        (ad, "creative.callToAction", text("None")),
        (ad, "creative.videos", Value::text_list([OTHER_VIDEO])),
        (ad, "creative.images", Value::text_list([cover])),
        (ad, "state", text("Paused")),
    ];
    let all = all.into_iter().map(|((kind, name, ad), path, value)| (kind, name, ad, path, value)).collect();
    edits(&mut account, all).await;
}

#[tokio::test]
async fn smart_plus_is_edited_in_place() {
    let mut account = Account::start(USD).await;
    tree(&mut account, "Sales", None, Some("Purchase"));
    let (campaign, group, ad) = (
        (Kind::Campaign, "spring", None),
        (Kind::AdGroup, "spring-es", None),
        (Kind::Ad, "spring-es", Some("hero")),
    );
    let budget = account.money(90);
    let cover = account.files.add("png", png(640, 640));
    let video = account.files.add("mp4", b"not really a video".to_vec());
    let all = [
        (campaign, "budget.daily", budget),
        (campaign, "displayName", text("Autumn sales")),
        (group, "displayName", text("Everybody")),
        (group, "targeting.ages", ages(35, Some(54))),
        (group, "targeting.genders", texts(&["Male"])),
        (group, "targeting.locations", texts(&["US"])),
        (ad, "displayName", text("Hero 2")),
        (ad, "creative.primaryTexts", Value::text_list(["One", "Two", "Three"])),
        (ad, "creative.callToAction", text("LearnMore")),
        (ad, "creative.landingPage", text("https://shop.example/other")),
        (ad, "creative.videos", Value::text_list([OTHER_VIDEO, &video])),
        (ad, "creative.images", Value::text_list([cover])),
        (group, "state", text("Paused")),
    ];
    let all = all.into_iter().map(|((kind, name, ad), path, value)| (kind, name, ad, path, value)).collect();
    edits(&mut account, all).await;
}

#[tokio::test]
async fn a_resetting_update_loses_nothing() {
    let mut account = Account::start(EUR).await;
    account.control("options", &serde_json::json!({"tiktok.adgroup_update": "replace"})).await;
    tree(&mut account, "Traffic", None, None);
    account.apply().await;
    account.set(Kind::AdGroup, "spring-es", None, "displayName", text("Renamed"));
    account.apply().await;
}

#[tokio::test]
async fn automatic_targeting_becomes_manual_when_narrowed() {
    let mut account = Account::start(EUR).await;
    tree(&mut account, "Sales", None, Some("Purchase"));
    account.set(Kind::AdGroup, "spring-es", None, "targeting.ages", ages(25, None));
    account.set(Kind::AdGroup, "spring-es", None, "targeting.genders", texts(&["Female", "Male"]));
    account.apply().await;
    let mode = |live: &adplane_core::observed::ObservedObject| {
        live.text("tiktok.targeting_optimization_mode").unwrap().to_owned()
    };
    assert_eq!(mode(&account.live(Kind::AdGroup, "spring-es").await), "AUTOMATIC");
    account.set(Kind::AdGroup, "spring-es", None, "targeting.genders", texts(&["Male"]));
    account.apply().await;
    assert_eq!(mode(&account.live(Kind::AdGroup, "spring-es").await), "MANUAL");
}

#[tokio::test]
async fn budgets_on_ad_groups_and_totals() {
    for (objective, goal) in [("Traffic", None), ("Awareness", None), ("Sales", Some("Purchase"))] {
        let mut account = Account::start(JPY).await;
        account.campaign(
            "autumn",
            &[
                ("objective", text(objective)),
                ("targeting.locations", texts(&["JP"])),
                ("schedule.end", Value::Time("2027-03-31T23:59:59+09:00[Asia/Tokyo]".parse().unwrap())),
            ],
        );
        let ad = creative(&mut account);
        for name in ["one", "two"] {
            let mut fields = vec![("budget.total", account.money(4_000))];
            fields.extend(goal.map(|goal| ("optimization.goal", text(goal))));
            account.ad_group("autumn", name, &fields);
            account.ad(name, "hero", &ad);
        }
        account.apply().await;
        account.set(Kind::AdGroup, "one", None, "budget.total", account.money(5_000));
        assert_eq!(only_action(&account.apply().await), Action::Update);
    }
}

#[tokio::test]
async fn bids_are_written_and_changed() {
    for (objective, goal) in [("Traffic", "Clicks"), ("Traffic", "LandingPageViews"), ("Awareness", "Reach")]
    {
        let mut account = Account::start(EUR).await;
        tree(&mut account, objective, None, Some(goal));
        account.set(Kind::Campaign, "spring", None, "bidding.strategy", text("CostCap"));
        account.set(
            Kind::Campaign,
            "spring",
            None,
            "bidding.amount",
            "2.50 EUR".parse().map(Value::Money).unwrap(),
        );
        account.apply().await;
    }
    let mut account = Account::start(EUR).await;
    tree(&mut account, "Sales", None, Some("Value"));
    account.set(Kind::Campaign, "spring", None, "bidding.strategy", text("MinRoas"));
    account.set(Kind::Campaign, "spring", None, "bidding.roas", Value::Decimal("3.5".parse().unwrap()));
    account.apply().await;
    account.set(Kind::Campaign, "spring", None, "bidding.roas", Value::Decimal("2.75".parse().unwrap()));
    assert_eq!(only_action(&account.apply().await), Action::Update);
}

#[tokio::test]
async fn what_is_fixed_at_create_is_replaced() {
    let mut account = Account::start(EUR).await;
    tree(&mut account, "Traffic", None, None);
    account.apply().await;
    account.set(Kind::AdGroup, "spring-es", None, "optimization.goal", text("LandingPageViews"));
    let plan = account.apply().await;
    let replaced = plan.changes.iter().filter(|change| change.action == Action::Replace).count();
    assert_eq!(replaced, 2, "the ad group and the ad in it");
    let observed = account.observe().await;
    let groups = observed.objects.iter().filter(|object| object.kind == Kind::AdGroup && object.is_active());
    let goals: Vec<_> = groups.map(|group| group.text("optimization.goal")).collect();
    assert_eq!(goals, [Some("LandingPageViews")], "the old one is paused, the new one runs");
}

#[tokio::test]
async fn what_leaves_the_yaml_is_paused_and_comes_back() {
    for (objective, goal) in [("Traffic", None), ("Sales", Some("Purchase"))] {
        let mut account = Account::start(EUR).await;
        account.options.prune = true;
        tree(&mut account, objective, None, goal);
        account.apply().await;
        let before = account.observe().await.objects.len();
        account.remove(Kind::Ad, "spring-es", Some("hero"));
        account.remove(Kind::AdGroup, "spring-es", None);
        account.remove(Kind::Campaign, "spring", None);
        account.apply().await;
        assert!(!account.live(Kind::Campaign, "spring").await.is_active());
        tree(&mut account, objective, None, goal);
        account.apply().await;
        assert_eq!(account.observe().await.objects.len(), before, "adopted, not created again");
        assert!(account.live(Kind::Campaign, "spring").await.is_active());
    }
}

#[tokio::test]
async fn the_level_of_the_budget_is_fixed_at_create() {
    let mut account = Account::start(EUR).await;
    tree(&mut account, "Traffic", None, None);
    account.apply().await;
    account.clear(Kind::Campaign, "spring", "budget.daily");
    account.set(Kind::AdGroup, "spring-es", None, "budget.daily", account.money(60));
    let plan = account.apply().await;
    assert_eq!(plan.changes.iter().filter(|change| change.action == Action::Replace).count(), 3);
}
