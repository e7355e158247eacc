//! What the platform does by itself: it trims, drops, fills in, closes lanes, and keeps a log.

use adplane_core::address::Kind;
use adplane_core::desired::DeletionPolicy;
use adplane_core::plan::Action;
use adplane_core::value::Value;
use adplane_engine::error::ErrorKind;
use adplane_engine::port::Outcome;
use serde_json::{Value as Json, json};

use super::harness::{Account, EUR, JPY, png, text, texts};
use super::{creative, tree};

async fn edit(account: &Account, collection: &str, id: &str, set: Json) {
    let edit = json!({"platform": "tiktok", "account": account.account().account_id.as_str(),
        "collection": collection, "id": id, "set": set, "actor": "ana"});
    account.control("edit", &edit).await;
}

#[tokio::test]
async fn spaces_around_names_are_nobodys() {
    let mut account = Account::start(EUR).await;
    tree(&mut account, "Traffic", None, None);
    account.set(Kind::Campaign, "spring", None, "displayName", text("  Spring sale "));
    account.set(Kind::AdGroup, "spring-es", None, "displayName", text(" Everybody"));
    account.apply().await;
    assert_eq!(account.live(Kind::Campaign, "Spring sale").await.display_name(), "Spring sale");
}

#[tokio::test]
async fn dropped_targeting_shows() {
    for (objective, goal) in [("Traffic", None), ("Sales", Some("Purchase"))] {
        let mut account = Account::start(EUR).await;
        account.control("options", &json!({"tiktok.drops": "languages:fr,interest_category_ids:13"})).await;
        tree(&mut account, objective, None, goal);
        account.set(Kind::AdGroup, "spring-es", None, "targeting.interests", texts(&["12", "13"]));
        let plan = account.plan().await;
        for outcome in account.perform(&plan).await {
            assert!(matches!(outcome, Outcome::Done(_)), "{outcome:#?}");
        }
        let left = account.plan().await;
        let fields: Vec<&str> = left
            .changes
            .iter()
            .filter(|change| change.action != Action::None)
            .flat_map(|change| &change.fields)
            .map(|field| field.path.as_str())
            .collect();
        assert_eq!(fields, ["targeting.interests", "targeting.languages"], "{objective}");
    }
}

#[tokio::test]
async fn a_closed_lane_is_kept_paused_and_budgeted() {
    let mut account = Account::start(EUR).await;
    account.options.prune = true;
    tree(&mut account, "Traffic", None, None);
    account.apply().await;
    let ours = account.live(Kind::Campaign, "spring").await;
    edit(&account, "campaigns", ours.id.as_str(), json!({"objective_type": "WEB_CONVERSIONS"})).await;
    account.set(Kind::Campaign, "spring", None, "objective", text("Sales"));
    account.set(Kind::Campaign, "spring", None, "tiktok.campaign_automation_type", text("MANUAL"));
    let live = account.live(Kind::Campaign, "spring").await;
    assert_eq!(live.text("tiktok.campaign_automation_type"), Some("MANUAL"));
    assert!(live.no_creates.is_some());
    for (path, value) in [("budget.daily", account.money(150)), ("state", text("Paused"))] {
        account.set(Kind::Campaign, "spring", None, path, value);
        let plan = bound(&mut account, &ours.id).await;
        assert!(plan.contains(&Action::Update), "{path}: {plan:?}");
        assert!(!plan.contains(&Action::Create) && !plan.contains(&Action::Replace), "{path}: {plan:?}");
    }
    // Whoever lets go of it all does not delete what nobody can make again.
    account.account_mut().deletion_policy = DeletionPolicy::Delete;
    account.account_mut().objects.clear();
    let plan = account.plan().await;
    account.perform(&plan).await;
    assert!(!account.live(Kind::Campaign, "spring").await.is_active());
}

/// Binds everything to what is live, plans and carries it out; the actions.
async fn bound(account: &mut Account, campaign: &adplane_core::ids::ExternalId) -> Vec<Action> {
    let observed = account.observe().await;
    for object in account.account_mut().objects.values_mut() {
        let live = observed.objects.iter().find(|live| {
            live.kind == object.address.kind && (live.kind != Kind::Campaign || live.id == *campaign)
        });
        object.external_id = live.map(|live| live.id.clone());
    }
    let plan = account.plan().await;
    for outcome in account.perform(&plan).await {
        assert!(matches!(outcome, Outcome::Done(_)), "{outcome:#?}");
    }
    plan.changes.iter().map(|change| change.action).collect()
}

#[tokio::test]
async fn budgets_of_many_ad_groups_go_in_one_call() {
    for (objective, goal, path) in [
        ("Traffic", None, "budget.total"),
        ("Sales", Some("Purchase"), "budget.total"),
        ("Sales", Some("Purchase"), "budget.daily"),
    ] {
        let mut account = Account::start(JPY).await;
        account.campaign(
            "autumn",
            &[
                ("objective", text(objective)),
                ("targeting.locations", texts(&["JP"])),
                ("schedule.end", Value::Time("2027-03-31T23:59:59+09:00[Asia/Tokyo]".parse().unwrap())),
            ],
        );
        let groups = ["one", "two", "three"];
        for name in groups {
            let mut fields = vec![(path, account.money(4_000))];
            fields.extend(goal.map(|goal| ("optimization.goal", text(goal))));
            account.ad_group("autumn", name, &fields);
        }
        account.apply().await;
        let before = account.paths_written().await.len();
        for name in groups {
            account.set(Kind::AdGroup, name, None, path, account.money(5_000));
        }
        account.apply().await;
        let written = account.paths_written().await;
        let [only] = &written[before..] else { panic!("{:#?}", &written[before..]) };
        assert!(only.ends_with("/adgroup/budget/update/"), "{objective} {path}: {only}");
    }
}

#[tokio::test]
async fn a_budget_below_what_was_spent_is_explained() {
    let mut account = Account::start(EUR).await;
    tree(&mut account, "Traffic", None, None);
    account.set(Kind::Campaign, "spring", None, "budget.daily", account.money(900));
    account.clear(Kind::AdGroup, "spring-es", "schedule.hours");
    account.apply().await;
    // At noon more than that is spent, whenever this runs.
    let clock = account.control("clock", &json!({"advance": "1s"})).await;
    let now: jiff::Timestamp = clock["now"].as_str().unwrap().parse().unwrap();
    let hour = now.in_tz("Europe/Madrid").unwrap().hour();
    account.control("clock", &json!({"advance": format!("{}h", 36 - hour)})).await;
    account.set(Kind::Campaign, "spring", None, "budget.daily", account.money(51));
    let plan = account.plan().await;
    let outcomes = account.perform(&plan).await;
    let [Outcome::Failed(error)] = outcomes.as_slice() else { panic!("{outcomes:#?}") };
    assert_eq!(error.kind, ErrorKind::Invalid);
    assert!(error.message.contains("wait for tomorrow"), "{error}");
    assert_eq!(error.field.as_ref().map(ToString::to_string).as_deref(), Some("budget"));
}

#[tokio::test]
async fn files_come_back_for_an_import() {
    let mut account = Account::start(EUR).await;
    tree(&mut account, "Traffic", None, None);
    let bytes = b"bytes of a video".to_vec();
    let video = account.files.add("mp4", bytes.clone());
    account.set(Kind::Ad, "spring-es", Some("hero"), "creative.videos", Value::text_list([&video]));
    account.apply().await;
    account.reconnect();
    account.observe().await;
    assert_eq!(account.adapter.download(&video).await.unwrap(), Some(bytes));
    let cover = account.files.add("png", png(720, 1280));
    assert_eq!(account.adapter.download(&cover).await.unwrap(), Some(png(720, 1280)));
}

#[tokio::test]
async fn the_log_names_people_and_ads() {
    for ids in ["ad", "creative"] {
        let mut account = Account::start(EUR).await;
        account.control("options", &json!({"tiktok.changelog_ids": ids})).await;
        tree(&mut account, "Sales", None, Some("Purchase"));
        account.apply().await;
        let ad = account.live(Kind::Ad, "hero").await;
        let set = json!({"ad_text_list": [{"ad_text": "Ana was here"}]});
        edit(&account, "smart_plus_ads", ad.id.as_str(), set).await;
        let since = ad.created.unwrap().checked_sub(jiff::SignedDuration::from_hours(24 * 45)).unwrap();
        let events = account.adapter.history(since).await.unwrap();
        let event = events.iter().find(|event| event.actor.starts_with('a')).expect("Ana's change");
        assert_eq!(event.id, ad.id, "{ids}");
        assert!(event.what.contains("Ana was here") && event.client.contains("Ads Manager"), "{event:#?}");
        assert!(events.windows(2).all(|pair| pair[0].at >= pair[1].at), "newest first");
    }
}

#[tokio::test]
async fn what_no_field_can_say_is_named() {
    let mut account = Account::start(EUR).await;
    tree(&mut account, "Sales", None, Some("Purchase"));
    let ad = creative(&mut account);
    account.ad("spring-es", "second", &ad);
    account.apply().await;
    let group = account.live(Kind::AdGroup, "spring-es").await;
    let mut spec = group.native["object"]["targeting_spec"].clone();
    spec["interest_keyword_ids"] = json!(["77"]);
    edit(&account, "smart_plus_adgroups", group.id.as_str(), json!({"targeting_spec": spec})).await;
    let group = account.live(Kind::AdGroup, "spring-es").await;
    assert_eq!(group.unexpressed, ["interest_keyword_ids [\"77\"]"]);
    account.set(Kind::AdGroup, "spring-es", None, "targeting.languages", texts(&["es"]));
    account.apply().await;
    let group = account.live(Kind::AdGroup, "spring-es").await;
    assert_eq!(group.unexpressed, ["interest_keyword_ids [\"77\"]"], "a change of something else keeps it");
}
