//! The Meta adapter against the sandbox: what is created reads back as it was refined, in three currencies and
//! for every objective; edits keep ids and what nobody declared; lost answers are never repeated.

mod harness;

use adplane_core::address::Kind;
use adplane_core::field::FieldPath;
use adplane_core::observed::Coverage;
use adplane_core::plan::Action;
use adplane_core::value::Value;
use adplane_engine::error::Retry;
use adplane_engine::port::{ObserveRequest, Verdict};
use rust_decimal::Decimal;
use serde_json::json;

use self::harness::{Account, EUR, JPY, Seeded, USD, live, png, text, texts};

/// A link creative with everything that Meta shows.
fn creative(account: &mut Account) -> Vec<(&'static str, Value)> {
    let image = account.image(1080, 1080);
    vec![
        ("creative.headlines", Value::text_list(["Zapatillas de primavera", "Not shown here"])),
        ("creative.descriptions", Value::text_list(["Hasta un 30 % menos."])),
        ("creative.primaryTexts", Value::text_list(["Corre más ligero."])),
        ("creative.images", Value::text_list([image])),
        ("creative.callToAction", text("ShopNow")),
        ("creative.landingPage", text("https://shop.example/spring?color=red")),
        (
            "creative.tracking.utm",
            Value::map([("campaign", text("{campaign.name}")), ("content", text("{ad.id} & more"))]),
        ),
    ]
}

/// One campaign with a budget, an ad group and an ad.
fn tree(account: &mut Account, objective: &str, goal: Option<&str>) {
    let campaign = [
        ("displayName", text("Spring sale 2026")),
        ("objective", text(objective)),
        ("state", text("Active")),
        ("budget.daily", account.money(120)),
        ("schedule.start", account.time("2027-03-01T00:00:00")),
        ("schedule.end", account.time("2027-03-31T23:59:59")),
        ("targeting.locations", texts(&["ES", "FR-IDF"])),
        ("targeting.languages", texts(&["es", "de"])),
        ("specialAdCategories", texts(&[])),
    ];
    account.put(Kind::Campaign, "spring", "", &campaign);
    let mut ad_group = vec![
        ("state", text("Active")),
        ("targeting.ages", Value::map([("min", Value::Integer(25)), ("max", Value::Integer(44))])),
        ("targeting.genders", texts(&["Female"])),
        ("targeting.devices", texts(&["Mobile"])),
        ("meta.publisher_platforms", texts(&["facebook", "instagram"])),
    ];
    ad_group.extend(goal.map(|goal| ("optimization.goal", text(goal))));
    if objective == "AppPromotion" {
        ad_group.push(("optimization.app.id", text("555000")));
        ad_group.push(("optimization.app.storeUrl", text("https://apps.example/app/id555000")));
    }
    account.put(Kind::AdGroup, "spring-es", "spring", &ad_group);
    let mut ad = creative(account);
    ad.push(("state", text("Active")));
    if goal == Some("LeadForm") {
        ad.push(("creative.leadForm", text("987000")));
    }
    account.put(Kind::Ad, "spring-es/hero", "spring-es", &ad);
}

async fn created_reads_back(seeded: Seeded, objective: &str, goal: Option<&str>) {
    let mut account = Account::start(seeded).await;
    tree(&mut account, objective, goal);
    let (plan, observed) = account.converge().await;
    assert_eq!(plan.changes.iter().filter(|change| change.action == Action::Create).count(), 3);
    assert_eq!(observed.coverage, Coverage::Complete);
    for (kind, name) in
        [(Kind::Campaign, "Spring sale 2026"), (Kind::AdGroup, "spring-es"), (Kind::Ad, "hero")]
    {
        let object = live(&observed, kind, name);
        assert!(object.marker.is_some() && object.is_active(), "{kind}: {object:#?}");
    }
    // Nothing that was learned while writing is needed to read.
    account.reconnect();
    let (again, _) = account.plan().await;
    assert!(again.is_empty(), "left to do: {:#?}", again.steps);
}

#[tokio::test]
async fn sales_in_three_currencies() {
    for seeded in [EUR, USD, JPY] {
        created_reads_back(seeded, "Sales", Some("Purchase")).await;
    }
}

#[tokio::test]
async fn every_objective_and_goal() {
    for (objective, goal) in [
        ("Awareness", None),
        ("Awareness", Some("VideoViews")),
        ("Traffic", None),
        ("Traffic", Some("LandingPageViews")),
        ("Engagement", Some("PostEngagement")),
        ("Engagement", Some("VideoViews")),
        ("Engagement", Some("PageLikes")),
        ("Engagement", Some("Conversations")),
        ("Leads", Some("LeadForm")),
        ("Leads", Some("Lead")),
        ("AppPromotion", Some("AppInstalls")),
        ("AppPromotion", Some("Purchase")),
        ("Sales", Some("Value")),
    ] {
        created_reads_back(EUR, objective, goal).await;
    }
}

#[tokio::test]
async fn bids_live_where_the_vendor_keeps_them() {
    for (strategy, path, goal) in [
        ("CostCap", "bidding.amount", "Purchase"),
        ("BidCap", "bidding.amount", "Purchase"),
        ("MinRoas", "bidding.roas", "Value"),
    ] {
        for on_campaign in [true, false] {
            let mut account = Account::start(JPY).await;
            tree(&mut account, "Sales", Some(goal));
            let amount = |account: &Account, units: i64| match path {
                "bidding.roas" => Value::Decimal(Decimal::new(units * 10 + 5, 1)),
                _ => account.money(units),
            };
            let budget = account.money(120);
            if !on_campaign {
                let campaign = account.desired.objects.values_mut().next().unwrap();
                campaign.fields.remove("budget.daily");
                account.set(Kind::AdGroup, "spring-es", "budget.daily", budget);
            }
            let bid = amount(&account, 2);
            account.set(Kind::Campaign, "spring", "bidding.strategy", strategy);
            account.set(Kind::Campaign, "spring", path, bid);
            account.converge().await;
            let bid = amount(&account, 3);
            account.set(Kind::Campaign, "spring", path, bid);
            let (plan, _) = account.converge().await;
            let changed: Vec<Kind> = plan
                .changes
                .iter()
                .filter(|change| change.action == Action::Update)
                .map(|change| change.address.kind)
                .collect();
            assert_eq!(changed, [Kind::AdGroup], "{strategy}");
        }
    }
}

#[tokio::test]
async fn totals_with_hours_and_a_change_of_budget_kind() {
    let mut account = Account::start(USD).await;
    tree(&mut account, "Traffic", None);
    let campaign = account.desired.objects.values_mut().next().unwrap();
    campaign.fields.remove("budget.daily");
    let total = account.money(5000);
    account.set(Kind::AdGroup, "spring-es", "budget.total", total);
    let hours =
        Value::map([("Mon", texts(&["08:00-20:00"])), ("Sun", texts(&["08:00-20:00", "22:00-24:00"]))]);
    account.set(Kind::AdGroup, "spring-es", "schedule.hours", hours);
    account.converge().await;
    let ad_group = account.desired.objects.values_mut().nth(1).unwrap();
    ad_group.fields.remove("budget.total");
    ad_group.fields.remove("schedule.hours");
    ad_group.clear.insert("schedule.hours".into(), None);
    let daily = account.money(300);
    account.set(Kind::AdGroup, "spring-es", "budget.daily", daily);
    account.converge().await;
    let ad_sets = account.wire("adsets").await;
    assert_eq!(ad_sets[0]["daily_budget"], "30000");
    assert_eq!(ad_sets[0]["lifetime_budget"], "0");
}

#[tokio::test]
async fn an_edited_creative_is_a_new_one_and_the_ad_keeps_its_id() {
    let mut account = Account::start(EUR).await;
    tree(&mut account, "Traffic", None);
    let (_, before) = account.converge().await;
    account.set(Kind::Ad, "spring-es/hero", "creative.headlines", Value::text_list(["New headline"]));
    let (plan, after) = account.converge().await;
    let changed: Vec<_> = plan.changes.iter().filter(|change| change.action.writes()).collect();
    assert_eq!(changed.len(), 1);
    let (before, after) = (live(&before, Kind::Ad, "hero"), live(&after, Kind::Ad, "hero"));
    assert_eq!(before.id, after.id);
    assert_eq!(before.marker, after.marker);
    assert_ne!(before.native["creative"]["id"], after.native["creative"]["id"]);
    assert_eq!(before.value("creative.images"), after.value("creative.images"));
    assert_eq!(account.wire("adimages").await.len(), 1, "the image was uploaded once");
}

#[tokio::test]
async fn what_nobody_declared_goes_back() {
    let mut account = Account::start(EUR).await;
    tree(&mut account, "Traffic", None);
    let (_, observed) = account.converge().await;
    let ad_set = live(&observed, Kind::AdGroup, "spring-es");
    let id = ad_set.id.to_string();
    let mut targeting = ad_set.native["targeting"].clone();
    targeting["geo_locations"]["location_types"] = json!(["home"]);
    targeting["facebook_positions"] = json!(["feed"]);
    account.edit("adsets", &id, json!({"targeting": targeting})).await;
    let label = account.post(&format!("{}/adlabels", account.node()), &[("name", "Q4")]).await;
    let assigned = json!([{"id": label["id"]}]).to_string();
    account.post(&format!("{id}/adlabels"), &[("adlabels", &assigned)]).await;
    account.set(Kind::AdGroup, "spring-es", "targeting.genders", texts(&["Male"]));
    let (_, observed) = account.converge().await;
    let ad_set = live(&observed, Kind::AdGroup, "spring-es");
    let targeting = &ad_set.native["targeting"];
    assert_eq!(targeting["genders"], json!([1]));
    assert_eq!(targeting["geo_locations"]["location_types"], json!(["home"]));
    assert_eq!(targeting["facebook_positions"], json!(["feed"]));
    assert!(ad_set.marker.is_some());
    let labels = ad_set.native["adlabels"].as_array().unwrap();
    assert_eq!(labels.len(), 7, "six of the marker and a person's: {labels:?}");
}

#[tokio::test]
async fn a_frozen_goal_replaces_the_ad_set_and_keeps_the_old_one_paused() {
    let mut account = Account::start(EUR).await;
    tree(&mut account, "Sales", Some("Purchase"));
    let (_, before) = account.converge().await;
    let old = live(&before, Kind::AdGroup, "spring-es").id.clone();
    account.set(Kind::AdGroup, "spring-es", "optimization.goal", "AddToCart");
    let (plan, after) = account.converge().await;
    assert!(plan.changes.iter().any(|change| change.action == Action::Replace));
    let ad_sets: Vec<_> = after.objects.iter().filter(|object| object.kind == Kind::AdGroup).collect();
    assert_eq!(ad_sets.len(), 2);
    for ad_set in ad_sets {
        assert_eq!(ad_set.is_active(), ad_set.id != old);
        assert!(ad_set.marker.is_some());
    }
}

#[tokio::test]
async fn carousels_and_videos() {
    let mut account = Account::start(EUR).await;
    tree(&mut account, "Traffic", None);
    let (first, second) = (account.image(1080, 1080), account.image(1200, 1200));
    let video = account.file("mp4", b"moving pictures".to_vec(), None);
    let card = |image: &str, headline: &str| {
        Value::map([
            ("image", text(image)),
            ("headline", text(headline)),
            ("landingPage", text("https://shop.example/card")),
        ])
    };
    let page = ("creative.landingPage", text("https://shop.example/"));
    let cards = Value::List(vec![card(&second, "Two"), card(&first, "One")]);
    account.put(Kind::Ad, "spring-es/cards", "spring-es", &[("creative.cards", cards), page.clone()]);
    let images = ("creative.images", Value::text_list([&first]));
    let videos = ("creative.videos", Value::text_list([&video]));
    account.put(Kind::Ad, "spring-es/video", "spring-es", &[images, videos, page]);
    account.converge().await;
    account.reconnect();
    let (again, _) = account.plan().await;
    assert!(again.is_empty(), "left to do: {:#?}", again.changes);
}

#[tokio::test]
async fn an_image_that_was_there_under_another_name_is_recognised() {
    let mut account = Account::start(EUR).await;
    let bytes = data_encoding::BASE64.encode(&png(1080, 1080));
    account
        .post(&format!("{}/adimages", account.node()), &[("bytes", &bytes), ("name", "holiday.png")])
        .await;
    tree(&mut account, "Traffic", None);
    account.converge().await;
    account.reconnect();
    let (again, _) = account.plan().await;
    assert!(again.is_empty(), "left to do: {:#?}", again.changes);
    let images = account.wire("adimages").await;
    assert_eq!((images.len(), &images[0]["name"]), (1, &json!("holiday.png")));
}

#[tokio::test]
async fn a_lost_answer_is_in_doubt_and_the_marker_tells() {
    let mut account = Account::start(EUR).await;
    tree(&mut account, "Traffic", None);
    let (plan, observed) = account.plan().await;
    let fault = json!([{"match": {"platform": "meta", "method": "POST", "path": "/campaigns"},
        "kind": "drop_after", "times": 1}]);
    account.control("faults", &fault).await;
    let failures = account.apply(&plan, &observed).await;
    let (who, error) = &failures[0];
    assert_eq!((who.as_str(), error.retry), ("campaign/spring", Retry::AfterReadBack));
    assert_eq!(account.wire("campaigns").await.len(), 1, "stored, and never sent twice");
    account.converge().await;
    assert_eq!(account.wire("campaigns").await.len(), 1);
}

#[tokio::test]
async fn failures_of_the_vendor_pass_unless_they_last() {
    let mut account = Account::start(EUR).await;
    tree(&mut account, "Traffic", None);
    let fault = json!([
        {"match": {"platform": "meta", "method": "GET"}, "kind": "http_500", "times": 1},
        {"match": {"platform": "meta", "method": "POST", "path": "/adlabels"}, "kind": "http_500", "times": 1},
        {"match": {"platform": "meta", "method": "POST", "path": "/adsets"}, "kind": "rate_limit", "times": 1},
    ]);
    account.control("faults", &fault).await;
    account.converge().await;
}

#[tokio::test]
async fn a_refusal_names_the_field() {
    let mut account = Account::start(EUR).await;
    tree(&mut account, "Traffic", None);
    let tiny: adplane_core::money::Money = "0.01 EUR".parse().unwrap();
    account.set(Kind::Campaign, "spring", "budget.daily", tiny);
    let (plan, observed) = account.plan().await;
    let failures = account.apply(&plan, &observed).await;
    let (_, error) = failures.iter().find(|(who, _)| who == "campaign/spring").unwrap();
    assert_eq!(error.field.as_ref().map(FieldPath::as_str), Some("budget.daily"));
    assert_eq!(error.code.as_deref(), Some("100/1885272"));
}

#[tokio::test]
async fn the_vendor_checks_a_plan_without_storing_anything() {
    let mut account = Account::start(EUR).await;
    tree(&mut account, "Traffic", None);
    let (plan, observed) = account.plan().await;
    let verdicts = account.validate(&plan, &observed).await;
    let (who, first) = &verdicts[0];
    assert_eq!((who.as_str(), first), ("campaign/spring", &Verdict::Accepted));
    let unasked = |verdict: &Verdict| matches!(verdict, Verdict::Unasked(why) if why.contains("parent") || why.contains("no id"));
    assert!(verdicts[1..].iter().all(|(_, verdict)| unasked(verdict)), "{verdicts:#?}");
    for collection in ["campaigns", "adsets", "ads", "adcreatives", "adimages", "adlabels"] {
        assert!(account.wire(collection).await.is_empty(), "{collection}");
    }

    account.converge().await;
    let before = account.wire("adsets").await;
    account.set(Kind::AdGroup, "spring-es", "targeting.genders", texts(&["Male"]));
    account.set(Kind::Ad, "spring-es/hero", "creative.headlines", Value::text_list(["New headline"]));
    let tiny: adplane_core::money::Money = "0.01 EUR".parse().unwrap();
    account.set(Kind::Campaign, "spring", "budget.daily", tiny);
    let (plan, observed) = account.plan().await;
    for (who, verdict) in account.validate(&plan, &observed).await {
        match (who.as_str(), verdict) {
            ("campaign/spring", Verdict::Refused(error)) => {
                assert_eq!(error.field.as_ref().map(FieldPath::as_str), Some("budget.daily"));
            }
            ("ad-group/spring-es" | "ad/spring-es/hero", Verdict::Accepted) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(account.wire("adsets").await, before);
    assert_eq!(account.wire("adcreatives").await.len(), 1);
}

#[tokio::test]
async fn reads_are_kinds_times_pages() {
    let mut account = Account::start(EUR).await;
    for campaign in 0..3 {
        let name = format!("c{campaign}");
        let fields = [
            ("objective", text("Traffic")),
            ("budget.daily", account.money(100)),
            ("targeting.locations", texts(&["US"])),
        ];
        account.put(Kind::Campaign, &name, "", &fields);
        for ad_group in 0..10 {
            let group = format!("{name}-g{ad_group}");
            account.put(Kind::AdGroup, &group, &name, &[]);
            let ad = creative(&mut account);
            account.put(Kind::Ad, &format!("{group}/hero"), &group, &ad);
        }
    }
    let (plan, observed) = account.converge().await;
    assert_eq!(plan.changes.len(), 63);
    assert_eq!(observed.objects.len(), 63);
    let before = account.calls("GET", "/ads").await;
    account.adapter.observe(&ObserveRequest::default()).await.unwrap();
    assert_eq!(account.calls("GET", "/ads").await - before, 1);
    let labels = account.wire("adlabels").await;
    let names: std::collections::BTreeSet<_> = labels.iter().map(|label| label["name"].to_string()).collect();
    assert_eq!(names.len(), labels.len(), "no label was made twice");
}

#[tokio::test]
async fn the_account_speaks_for_itself() {
    let mut account = Account::start(JPY).await;
    let health = account.adapter.health().await.unwrap();
    assert_eq!(health.facts.currency.code(), "JPY");
    assert_eq!(health.facts.zone.name(), "Asia/Tokyo");
    assert_eq!(health.facts.inactive, None);
    tree(&mut account, "Traffic", None);
    let (_, observed) = account.converge().await;
    let since = "2020-01-01T00:00:00Z".parse().unwrap();
    let events = account.adapter.history(since).await.unwrap();
    let id = &live(&observed, Kind::Campaign, "Spring sale 2026").id;
    assert!(events.iter().any(|event| event.id == *id), "{events:?}");
    assert!(events.is_sorted_by(|one, other| one.at >= other.at));
    let hash = account.wire("adimages").await[0]["hash"].as_str().unwrap().to_owned();
    let bytes = account.adapter.download(&format!("id:{hash}")).await.unwrap();
    assert_eq!(bytes, Some(png(1080, 1080)));
}
